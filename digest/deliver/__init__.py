"""Renditions in, a receipt out: one module of this folder for each channel.

A channel module holds ``Settings`` (a frozen dataclass: the keys of ``[digests.NAME.deliver.X]``),
``formats(settings)`` (the formats it wants rendered) and ``deliver(parcel, settings)``, which
returns a Receipt once the edition is safely there, or raises DeliveryError.  Delivering the same
parcel twice must leave what delivering it once leaves.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Literal, Protocol, cast

from digest.errors import ConfigError
from digest.model import Receipt, Rendition


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
    pieces: tuple[Piece, ...]


class Channel(Protocol):
    """What a module of this package is."""

    Settings: type[Any]

    def formats(self, settings: Any) -> tuple[str, ...]: ...

    def deliver(self, parcel: Parcel, settings: Any) -> Receipt: ...


def names() -> tuple[str, ...]:
    """Name the channels there are, without importing them."""
    return tuple(sorted(name for _, name, _ in iter_modules(__path__) if not name.startswith("_")))


def load(name: str) -> Channel:
    """Import the channel `name`; raise ConfigError, with the names there are, for another."""
    known = names()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        raise ConfigError(f"there is no channel {name!r}{hint}; there are: {', '.join(known)}")
    return cast(Channel, import_module(f"{__name__}.{name}"))
