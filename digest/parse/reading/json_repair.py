"""Repair text that is nearly a JSON feed, so that a strict parser accepts it.

Extra commas, unknown escapes and text after the end are removed.  A document that was cut is closed
after its last whole value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+){0,100000}"|[{}\[\],:]|"|[^\s"{}\[\],:]++', re.DOTALL)
_BAD_ESCAPE = re.compile(r'\\(?:u(?![0-9a-fA-F]{4})|[^"\\/bfnrtu]|(.))', re.DOTALL)
_ENDS = {"{": "}", "[": "]"}
_PATH = ("{", "[", "{")
"""The nesting of a feed, its list of items, and an item."""
MOST_TOKENS = 1_000_000


class RepairedJson(NamedTuple):
    """JSON, and whether and where it was cut."""

    text: str
    cut: bool = False
    within_item: bool = False


@dataclass(slots=True)
class _OpenValue:
    """An object or list that has not ended."""

    bracket: str
    key: str = ""
    """The name of the member whose value is read next."""
    pieces: int = 0
    """The number of pieces of output up to its last whole value."""


def repaired(text: str) -> RepairedJson | None:
    """Return `text` repaired; None if it is no JSON object, or has too many tokens."""
    pieces: list[str] = []
    open_: list[_OpenValue] = []
    before = ""
    for count, found in enumerate(_TOKEN.finditer(text)):
        mark = found[0]
        if count == MOST_TOKENS or not (open_ or mark == "{"):
            return None
        if mark in _ENDS:
            pieces.append(mark)
            open_.append(_OpenValue(mark, pieces=len(pieces)))
        elif mark in ("}", "]"):
            if _ENDS[open_[-1].bracket] != mark:
                return None
            if before == ",":
                pieces.pop()
            open_.pop()
            pieces.append(mark)
            if not open_:
                return RepairedJson("".join(pieces))
            open_[-1].pieces = len(pieces)
        elif mark == ",":
            if before in (",", "{", "["):
                continue
            pieces.append(mark)
        elif mark == '"':
            break  # A string that never ends: the rest of the text belongs to it.
        else:
            if mark[0] == '"':
                mark = _BAD_ESCAPE.sub(_escape, mark) if "\\" in mark else mark
                if before in (",", "{") and open_[-1].bracket == "{":
                    open_[-1].key = mark
            pieces.append(mark)
            is_value = mark != ":" and (before == ":" or open_[-1].bracket == "[")
            if is_value and (mark[0] == '"' or found.end() < len(text)):  # A number may go on.
                open_[-1].pieces = len(pieces)
        before = mark if mark in ",{[:" else "value"
    return _closed(pieces, open_)


def _closed(pieces: list[str], open_: list[_OpenValue]) -> RepairedJson | None:
    depth = 0
    for bracket, outer in zip(_PATH, open_, strict=False):
        if outer.bracket != bracket or (depth == 1 and open_[0].key != '"items"'):
            break
        depth += 1
    if not depth:
        return None
    ends = "".join(_ENDS[outer.bracket] for outer in reversed(open_[:depth]))
    kept = "".join(pieces[: open_[depth - 1].pieces])
    return RepairedJson(kept + ends, cut=True, within_item=depth == len(_PATH))


def _escape(found: re.Match[str]) -> str:
    return found[0] if found[1] is not None else "\\" + found[0]
