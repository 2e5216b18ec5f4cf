"""Renditions in, a receipt out: one module of this folder for each channel.

Every channel module holds ``Settings`` (a frozen dataclass: the keys of
``[digests.NAME.deliver.X]``).  There are two sorts:

- one that takes an edition as a whole (files, a webhook) holds ``formats(settings)`` (the formats
  it wants rendered) and ``deliver(parcel, settings)``, which returns a Receipt once the edition is
  safely there.  Delivering the same parcel twice must leave what delivering it once leaves.
- one that carries mail, whose ``Settings`` is a `Mail`, holds ``connect(settings)``, a context
  manager that gives a `Post`; its ``send(envelope)`` returns a Receipt once the recipient's server
  is answerable for the message.

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
class Piece:
    """One rendition and where it belongs: to its edition's slot, or to the digest as a whole."""

    format: str
    filename: str
    scope: Literal["edition", "digest"]
    rendition: Rendition


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """All that one delivery carries."""

    digest: str
    slot: str
    newest: bool
    """Whether no later edition of this digest exists."""
    at: datetime
    """The moment of this attempt."""
    recipient: str = ""
    """Which of the channel's `recipients` it is for."""
    pieces: tuple[Piece, ...]
    kept: Mapping[str, Callable[[], bytes]] = field(default_factory=dict)
    """Files of the digest that stay as they are where they are: name -> what gives the bytes."""
    feeds: tuple[str, ...] = ()
    """Where the digest's feeds are published, as far as they tell of this edition already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
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
    """What is done about a message whose fate is unknown."""
    connections: int = field(default=1, metadata={"min": 1, "max": 20})
    """How many messages are on their way at once."""
    rate: int | None = field(default=None, metadata={"min": 1})
    """At most so many messages a minute."""


class Post(Protocol):
    """An open way for mail, used by one thread."""

    def send(self, envelope: Envelope) -> Receipt: ...


@runtime_checkable
class Carrier(Protocol):
    """What a module of this package is that carries mail."""

    Settings: type[Mail]

    def connect(self, settings: Any) -> AbstractContextManager[Post]: ...


class Channel(Protocol):
    """What a module of this package is that takes an edition as a whole."""

    Settings: type[Any]

    def formats(self, settings: Any) -> tuple[str, ...]: ...

    def deliver(self, parcel: Parcel, settings: Any) -> Receipt: ...


def comes_last(name: str) -> bool:
    """Tell whether the channel `name` speaks of what others have delivered."""
    return bool(getattr(load(name), "AFTER_OTHERS", False))


def recipients(channel: Channel, settings: object) -> tuple[str, ...]:
    """Name the places that a channel takes an edition to, each a delivery of its own.

    A module that knows of several has a function `recipients`; to the others there is one, "".
    """
    places = getattr(channel, "recipients", None)
    return tuple(places(settings)) if places else ("",)


def names() -> tuple[str, ...]:
    """Name the channels there are, without importing them."""
    return tuple(sorted(module.name for module in iter_modules(__path__) if not module.ispkg))


def load(name: str) -> Channel | Carrier:
    """Import the channel `name`; raise ConfigError, with the names there are, for another."""
    known = names()
    if name not in known:
        raise ConfigError(f"there is no channel {name!r}{suggestion(name, known)}")
    return cast(Channel | Carrier, import_module(f"{__name__}.{name}"))
