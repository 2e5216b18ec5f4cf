"""Write header fields: ASCII, folded, and each one field only, whatever its text holds.

A text is made one line first, and nothing in it can be read as an encoded word of somebody else's
(RFC 2047): what a feed calls a story ends up in a subject.  What is not plain is encoded whole,
with no character in two pieces; decoded it is the cleaned text again.
"""

from __future__ import annotations

import re
import unicodedata
from base64 import b64encode
from collections.abc import Callable, Iterator

import regex

from digest.text.characters import UNPRINTABLE

WIDTH = 76
"""RFC 2047, 2: the most that a line with an encoded word may have."""

_BREAKS = re.compile("[\t-\r\x1c-\x1e\x85\u2028\u2029]")
_BIDI = "\u202a-\u202e\u2066-\u2069"
_FORBIDDEN = re.compile(f"[{UNPRINTABLE}{_BIDI}]")
_SPACES = re.compile(" {2,}")

_LONGEST_WORD = 60
_ENCODED = 75
"""RFC 2047, 2: the most that an encoded word may have, with its frame."""
_CLUSTER = regex.compile(r"\X")
_Q_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
"""RFC 2047, 5 (3): what may stand for itself anywhere."""


def clean(text: str) -> str:
    r"""Make one line of `text`, without controls of any kind and without look-alikes of encoding.

    >>> clean(" two\r\nlines =?utf-8?q?=0ABcc?= ")
    'two lines = ?utf-8?q?=0ABcc?='
    """
    line = _FORBIDDEN.sub("", _BREAKS.sub(" ", text))
    line = unicodedata.normalize("NFC", line).replace("=?", "= ?")
    return _SPACES.sub(" ", line).strip()


def words(name: str, text: str) -> str:
    """Write a field of free text, such as a subject."""
    line = clean(text)
    plain = _is_plain(line)
    return field(name, *(line.split(" ") if plain else _encoded(line, WIDTH - len(name) - 2)))


def named(name: str, text: str, value: str) -> str:
    """Write a field of a name for people and, in angle brackets, what is meant by it."""
    line = clean(text)
    if not line:
        return field(name, f"<{value}>")
    if _is_plain(line) and len(line) <= _LONGEST_WORD:
        quoted = re.sub(r'(["\\])', r"\\\1", line)
        return field(name, f'"{quoted}"', f"<{value}>")
    return field(name, *_encoded(line, WIDTH - len(name) - 2), f"<{value}>")


def field(name: str, *pieces: str) -> str:
    """Write a field of `pieces` with a space between each two, folded there where it is long."""
    lines, line = [], f"{name}: {pieces[0]}"
    for piece in pieces[1:]:
        if len(line) + 1 + len(piece) > WIDTH:
            lines.append(line)
            line = ""
        line += f" {piece}"
    return "\r\n".join([*lines, line, ""])


def _is_plain(line: str) -> bool:
    return line.isascii() and all(len(word) <= _LONGEST_WORD for word in line.split(" "))


def _encoded(line: str, first: int) -> list[str]:
    """Encode `line` in the shorter of the two ways; the first word has room for `first`."""
    ways = (_pack(line, first, "q", _q), _pack(line, first, "b", _b))
    return min(ways, key=lambda packed: sum(map(len, packed)))


def _pack(line: str, first: int, letter: str, encode: Callable[[str], str]) -> list[str]:
    """Fill encoded words of at most 75 characters with whole clusters of `line`."""
    frame = len(f"=?utf-8?{letter}??=")
    packed: list[str] = []
    held, room = "", first - frame
    for unit in _units(line, _ENCODED - frame, encode):
        if held and len(encode(held + unit)) > room:
            packed.append(f"=?utf-8?{letter}?{encode(held)}?=")
            held, room = "", _ENCODED - frame
        held += unit
    return [*packed, f"=?utf-8?{letter}?{encode(held)}?="]


def _units(line: str, room: int, encode: Callable[[str], str]) -> Iterator[str]:
    """Cut `line` into clusters (UAX 29), and those that no word has room for into characters."""
    for cluster in _CLUSTER.findall(line):
        if len(encode(cluster)) <= room:
            yield cluster
        else:
            yield from cluster


def _q(text: str) -> str:
    return "".join(
        chr(byte) if byte in _Q_SAFE else "_" if byte == 0x20 else f"={byte:02X}"
        for byte in text.encode()
    )


def _b(text: str) -> str:
    return b64encode(text.encode()).decode()
