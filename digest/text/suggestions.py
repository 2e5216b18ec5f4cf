"""Suggest the nearest known name for an unknown one ("did you mean ...?")."""

from __future__ import annotations

import json
from collections.abc import Iterable

SHOWN = 20
"""How many of the known names a message lists."""

_LONGEST = 100
"""Characters of a name that are compared: the time grows with their square."""


def nearest(name: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """Return the known name that is most similar to `name` in any case, or ``None``.

    `cutoff` is the least similarity, from 0 to 1, as `difflib` computes it.

    >>> nearest("Titel", ["title", "timezone"])
    'title'
    """
    from difflib import get_close_matches  # only mistakes need it

    folded = {known_name.casefold(): known_name for known_name in sorted({*known})}
    matches = get_close_matches(name.strip().casefold()[:_LONGEST], folded, n=1, cutoff=cutoff)
    return folded[matches[0]] if matches else None


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return the end of a message about an unknown name: the nearest known one, or all of them.

    >>> suggestion("titel", ["title", "timezone"])
    '; did you mean "title"?'
    """
    names = sorted({*known})
    if near := nearest(name, names):
        return f"; did you mean {json.dumps(near, ensure_ascii=False)}?"
    if not names:
        return ""
    return f"; known: {', '.join(names[:SHOWN])}{', ...' if len(names) > SHOWN else ''}"
