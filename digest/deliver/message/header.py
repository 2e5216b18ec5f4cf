"""Write header fields: ASCII, folded, and exactly one field each, whatever its text holds.

A text is first made one line in which nothing can be read as an encoded word (RFC 2047), because a
feed's title of a story may become a subject.  A text that is not plain is encoded as a whole, with
no character divided between two words; decoding gives the cleaned text again.
"""

from __future__ import annotations

import re
import unicodedata
from base64 import b64encode
from collections.abc import Callable, Iterator

import regex

from digest.text.characters import UNPRINTABLE

WIDTH = 76
"""How many characters a line with an encoded word may have (RFC 2047, 2)."""

_BREAKS = re.compile("[\t-\r\x1c-\x1e\x85\u2028\u2029]")
_BIDI = "\u202a-\u202e\u2066-\u2069"
_FORBIDDEN = re.compile(f"[{UNPRINTABLE}{_BIDI}]")
_SPACES = re.compile(" {2,}")

_LONGEST_WORD = 60
_ENCODED = 75
"""How many characters an encoded word may have, with its delimiters (RFC 2047, 2)."""
_CLUSTER = regex.compile(r"\X")
_Q_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
"""The characters that need no encoding in any field (RFC 2047, 5 (3))."""


def clean(text: str) -> str:
    r"""Return `text` as one line without control characters and without encoded words.

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
    """Write a field of a name for people and a value in angle brackets."""
    line = clean(text)
    if not line:
        return field(name, f"<{value}>")
    if _is_plain(line) and len(line) <= _LONGEST_WORD:
        quoted = re.sub(r'(["\\])', r"\\\1", line)
        return field(name, f'"{quoted}"', f"<{value}>")
    return field(name, *_encoded(line, WIDTH - len(name) - 2), f"<{value}>")


def field(name: str, *pieces: str) -> str:
    """Write a field of `pieces` joined by spaces; fold a long field at these spaces."""
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
    """Return the encoded words of `line` in the shorter encoding, Q or B.

    The first word may have `first` characters.
    """
    ways = (_pack(line, first, "q", _q), _pack(line, first, "b", _b))
    return min(ways, key=lambda packed: sum(map(len, packed)))


def _pack(line: str, first: int, letter: str, encode: Callable[[str], str]) -> list[str]:
    """Fill encoded words of at most 75 characters with whole clusters of `line`."""
    frame = len(f"=?utf-8?{letter}??=")
    packed: list[str] = []
    word, room = "", first - frame
    for unit in _units(line, _ENCODED - frame, encode):
        if word and len(encode(word + unit)) > room:
            packed.append(f"=?utf-8?{letter}?{encode(word)}?=")
            word, room = "", _ENCODED - frame
        word += unit
    return [*packed, f"=?utf-8?{letter}?{encode(word)}?="]


def _units(line: str, room: int, encode: Callable[[str], str]) -> Iterator[str]:
    """Yield the grapheme clusters (UAX 29) of `line`; divide those too long for one word."""
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
