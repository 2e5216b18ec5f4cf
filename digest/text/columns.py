"""Break a text into lines that fit a number of columns on a terminal.

A wide character takes two columns and a combining one none (UAX 11).  Lines break at spaces and
between the characters of scripts written without spaces, never before a closing mark nor after an
opening one.  A word longer than a line is cut, an address is not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from digest.text import scripts

WIDTH = 78
"""Columns of a line."""

_OPENING = "([{（［｛「『〈《【〔“‘"
_CLOSING = ",.;:!?)]}、。，．・：；？！）］｝」』〉》】〕”’…ー々"
_CLOSING += "ぁぃぅぇぉっゃゅょァィゥェォッャュョ"
_UNSPACED = "\u2e80-\u2fff\u3005-\u3007\uff00-\uff60" + scripts.CHINESE_JAPANESE
_PIECE = re.compile(
    rf" +"
    rf"|[{re.escape(_OPENING)}]{{0,3}}[{_UNSPACED}][{re.escape(_CLOSING)}]*"
    rf"|[^ {_UNSPACED}]+?(?=[ {_UNSPACED}]|[{re.escape(_OPENING)}]{{1,3}}[{_UNSPACED}]|$)"
)


def columns(text: str) -> int:
    """Return the number of columns that `text` takes.

    >>> columns("abc"), columns("中文"), columns("e\u0301")
    (3, 4, 1)
    """
    if text.isascii():
        return len(text)
    return sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def wrap(text: str, indent: str = "", width: int = WIDTH) -> str:
    """Break `text` into lines of at most `width` columns; `indent` precedes all but the first.

    The first line leaves room for `indent` too, in which the caller writes a label.
    """
    room = width - columns(indent)
    lines: list[str] = []
    line, used = "", 0
    for piece in _pieces(text, room):
        wide = columns(piece)
        if line and used + wide > room and piece != " ":
            lines.append(line.rstrip(" "))
            line, used = "", 0
        if line or piece.strip(" "):
            line, used = line + piece, used + wide
    return f"\n{indent}".join([*lines, line.rstrip(" ")])


def _pieces(text: str, room: int) -> Iterator[str]:
    """Yield the pieces between which a line may end; each run of spaces is one piece."""
    for piece in _PIECE.findall(text):
        if piece.startswith(" "):
            yield " "
        elif "://" in piece or columns(piece) <= room:
            yield piece
        else:
            yield from _cut(piece, room)


def _cut(piece: str, room: int) -> Iterator[str]:
    start, used = 0, 0
    for position, character in enumerate(piece):
        wide = _columns(character)
        if used + wide > room:
            yield piece[start:position]
            start, used = position, 0
        used += wide
    yield piece[start:]
