"""The channels: one module of this folder for each way in which an edition is delivered.

Every channel module holds ``Settings`` (a frozen dataclass: the keys of
``[digests.NAME.deliver.X]``).  There are two sorts of channels:

- An edition channel takes an edition as a whole (files, a webhook).  It holds
  ``formats(settings)``, the formats that it wants rendered, and ``deliver(package, settings)``,
  which returns a Receipt once the edition is safely there.  Such a channel is idempotent:
  delivering the same package twice leaves what delivering it once leaves.
- A mail channel sends messages; its ``Settings`` is a `MailSettings`.  It holds
  ``connect(settings)``, a context manager that yields a `MailSession`, whose ``send(envelope)``
  returns a Receipt once the server has taken responsibility for the message.

Both raise DeliveryError.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Literal, Protocol, cast, runtime_checkable

from digest.errors import ConfigError
from digest.model import Envelope, Receipt, Rendition
from digest.text.suggestions import suggestion


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedFile:
    """A rendition as a file, of its edition's slot or of the digest as a whole (`scope`)."""

    format: str
    filename: str
    scope: Literal["edition", "digest"]
    rendition: Rendition


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionPackage:
    """The contents of one delivery of an edition."""

    digest: str
    slot: str
    newest: bool
    """Whether no later edition of this digest exists."""
    at: datetime
    """The moment of this attempt."""
    recipient: str = ""
    """The name of the recipient, one of the channel's `recipients`."""
    pieces: tuple[RenderedFile, ...]
    kept: Mapping[str, Callable[[], bytes]] = field(default_factory=dict)
    """Files of the digest, written only where missing: name -> function that returns the bytes."""
    amended: Mapping[str, Callable[[bytes], bytes]] = field(default_factory=dict)
    """Files that this edition changes: name -> function from the old bytes to the new ones."""
    feeds: tuple[str, ...] = ()
    """The addresses of those of the digest's feeds that contain this edition already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """The settings that all mail channels share."""

    from_: str
    """``Name <address>``, or the address alone."""
    to: tuple[str, ...] = ()
    """Who always gets the digest, beside the subscribers."""
    subscribers: bool = True
    """Whether the digest's subscribers get the digest over this channel."""
    reply_to: str | None = None
    bounces: str | None = None
    """The address to which undeliverable mail is returned; ``bounces@...`` becomes
    ``bounces+KEY@...``, which names the recipient.  ``None``: the address in `from_`."""
    unsubscribe: str | None = None
    """An address; a mail from a subscriber to it means that they leave."""
    unknown: Literal["resend", "hold"] = "resend"
    """What to do with a message that was sent and got no answer."""
    connections: int = field(default=1, metadata={"min": 1, "max": 20})
    """How many messages are sent at once, at most."""
    rate: int | None = field(default=None, metadata={"min": 1})
    """How many messages are sent in a minute, at most."""


class MailSession(Protocol):
    """An open connection that takes mail, used by one thread."""

    def send(self, envelope: Envelope) -> Receipt: ...


@runtime_checkable
class MailChannel(Protocol):
    """The interface of a module of this package that sends mail."""

    Settings: type[MailSettings]

    def connect(self, settings: Any) -> AbstractContextManager[MailSession]: ...


class EditionChannel(Protocol):
    """The interface of a module of this package that takes an edition as a whole."""

    Settings: type[Any]

    def formats(self, settings: Any) -> tuple[str, ...]: ...

    def deliver(self, package: EditionPackage, settings: Any) -> Receipt: ...


def comes_last(name: str) -> bool:
    """Return whether the channel `name` announces what other channels have delivered."""
    return bool(getattr(load(name), "AFTER_OTHERS", False))


def recipients(channel: EditionChannel, settings: object) -> tuple[str, ...]:
    """Return the names of a channel's recipients; each gets a delivery of its own.

    A channel with several recipients has a function `recipients`; another has the recipient "".
    """
    places = getattr(channel, "recipients", None)
    return tuple(places(settings)) if places else ("",)


def names() -> tuple[str, ...]:
    """Return the names of all channels, without importing them."""
    return tuple(sorted(module.name for module in iter_modules(__path__) if not module.ispkg))


def load(name: str) -> EditionChannel | MailChannel:
    """Import the channel `name`; raise ConfigError, with a suggestion, for an unknown name."""
    known = names()
    if name not in known:
        raise ConfigError(f"there is no channel {name!r}{suggestion(name, known)}")
    return cast(EditionChannel | MailChannel, import_module(f"{__name__}.{name}"))
