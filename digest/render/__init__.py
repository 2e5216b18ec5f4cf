"""Editions in, a rendition out: one module of this folder for each format.

A format module holds ``FILENAME`` (what its file is called), ``SCOPE`` ("edition": it shows one
edition and lies in that slot's folder; "digest": it shows the last editions, newest first, and
lies beside the slots), ``Settings`` where it has any (a frozen dataclass: the keys of
``[render.NAME]``) and ``render(editions, site)``.  It reads only texts and links that `_clean` has
passed, so no format can forget to; the same editions and site always give the same bytes.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from importlib import import_module
from pkgutil import iter_modules
from typing import Literal, Protocol, cast

from digest.errors import ConfigError
from digest.model import Edition, Rendition, Site
from digest.render import _clean


class Format(Protocol):
    """What a module of this package is."""

    FILENAME: str
    SCOPE: Literal["edition", "digest"]

    def render(self, editions: Sequence[Edition], site: Site) -> Rendition: ...


def names() -> tuple[str, ...]:
    """Name the formats there are, without importing them."""
    return tuple(sorted(name for _, name, _ in iter_modules(__path__) if not name.startswith("_")))


def load(name: str) -> Format:
    """Import the format `name`; raise ConfigError, with the names there are, for another."""
    known = names()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        raise ConfigError(f"there is no format {name!r}{hint}; there are: {', '.join(known)}")
    return cast(Format, import_module(f"{__name__}.{name}"))


def render(name: str, editions: Sequence[Edition], site: Site) -> Rendition:
    """Render in the format `name`: one edition, or for a digest-wide format the last ones.

    Raises ConfigError for an unknown format, RenderError where a template fails.
    """
    form = load(name)
    return form.render(tuple(map(_clean.edition, editions)), _clean.site(site))
