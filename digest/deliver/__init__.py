"""The channels: one module of this folder for each way by which an edition reaches people.

Every channel module holds ``Settings`` (a frozen dataclass: the keys of
``[digests.NAME.deliver.X]``).  There are two sorts of channels:

- An edition channel takes an edition as a whole (files, a webhook).  It holds
  ``formats(settings)``, the formats that it wants rendered, and ``deliver(package, settings)``,
  which returns a Receipt once the edition is safely there.  Such a channel is idempotent:
  delivering the same package twice leaves what delivering it once leaves.
- A mail channel sends messages; its ``Settings`` is a `MailSettings`.  It holds
  ``connect(settings)``, a context manager that gives a `MailSession`, whose ``send(envelope)``
  returns a Receipt once the recipient's server is answerable for the message.

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
    """One rendition and where it belongs: to its edition's slot, or to the digest as a whole."""

    format: str
    filename: str
    scope: Literal["edition", "digest"]
    rendition: Rendition


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionPackage:
    """All that one delivery carries."""

    digest: str
    slot: str
    newest: bool
    """Whether no later edition of this digest exists."""
    at: datetime
    """The moment of this attempt."""
    recipient: str = ""
    """Which of the channel's `recipients` it is for."""
    pieces: tuple[RenderedFile, ...]
    kept: Mapping[str, Callable[[], bytes]] = field(default_factory=dict)
    """Files of the digest that stay as they are where they are: name -> what gives the bytes."""
    amended: Mapping[str, Callable[[bytes], bytes]] = field(default_factory=dict)
    """Files that this edition adds to: name -> what makes the new bytes of the old ones."""
    feeds: tuple[str, ...] = ()
    """Where the digest's feeds are published, as far as they tell of this edition already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """What every channel that carries mail must know."""

    from_: str
    """``Name <address>``, or the address alone."""
    to: tuple[str, ...] = ()
    """Who gets it always, beside the subscribers."""
    subscribers: bool = True
    """Whether the digest's subscribers get it over this channel."""
    reply_to: str | None = None
    bounces: str | None = None
    """Where mail that cannot be delivered comes back to; ``bounces@...`` becomes
    ``bounces+KEY@...``, which names the recipient.  ``None``: the address in `from_`."""
    unsubscribe: str | None = None
    """An address where a mail from a subscriber means that they leave."""
    unknown: Literal["resend", "hold"] = "resend"
    """What is done about a message that was sent and never answered."""
    connections: int = field(default=1, metadata={"min": 1, "max": 20})
    """How many messages are on their way at once."""
    rate: int | None = field(default=None, metadata={"min": 1})
    """At most so many messages a minute."""


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
    """Name the places that a channel takes an edition to, each a delivery of its own.

    A module that knows of several has a function `recipients`; to the others there is one, "".
    """
    places = getattr(channel, "recipients", None)
    return tuple(places(settings)) if places else ("",)


def names() -> tuple[str, ...]:
    """Name the channels there are, without importing them."""
    return tuple(sorted(module.name for module in iter_modules(__path__) if not module.ispkg))


def load(name: str) -> EditionChannel | MailChannel:
    """Import the channel `name`; raise ConfigError, with the names there are, for another."""
    known = names()
    if name not in known:
        raise ConfigError(f"there is no channel {name!r}{suggestion(name, known)}")
    return cast(EditionChannel | MailChannel, import_module(f"{__name__}.{name}"))
