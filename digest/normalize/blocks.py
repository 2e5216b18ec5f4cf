"""The parts of a text while it is cleaned: blocks, and opaque characters for code and formulas.

A block is a paragraph, a heading, a list item, a table row or code.  Later steps must not change
code and formulas, so `OpaquePieces` replaces each such piece by one opaque character, and puts it
back between its marks at the end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from digest.text import marks
from digest.text.characters import collapse, scrub

Kind = Literal["text", "heading", "item", "caption", "row", "code"]

_FIRST = 0xF0000
_CAPACITY = 0xFFFD
OPAQUE = re.compile("[\U000f0000-\U000ffffd]")


class OpaquePieces:
    """Pieces of text, each replaced by one opaque character."""

    def __init__(self) -> None:
        self._pieces: list[str] = []

    def put(self, piece: str) -> str:
        """Return the character that replaces `piece`; after 65,533 pieces, the piece itself."""
        if len(self._pieces) >= _CAPACITY:
            return marks.plain(piece)
        self._pieces.append(piece)
        return chr(_FIRST + len(self._pieces) - 1)

    def restore(self, text: str) -> str:
        """Return `text` with every opaque character replaced by its piece."""
        if not self._pieces:
            return text
        return OPAQUE.sub(lambda found: self._pieces[ord(found[0]) - _FIRST], text)


@dataclass(slots=True)
class Block:
    """A block of text; ``mark`` is a list item's number or bullet."""

    text: str
    kind: Kind = "text"
    mark: str = ""
    linked: int = 0
    """The number of its characters in links."""
    inner: int = 0
    """The number of its characters in links into the page itself."""
    pictured: bool = False
    """Whether an image stands directly before it."""
    parted: Literal["feed", "break", "block"] = "feed"
    """The separator before it: a line feed of plain text, ``<br>``, or a border of an element."""


def read_lines(text: str) -> list[Block]:
    """Read plain text: a line is a block, a paragraph of hard-wrapped lines is one.

    A paragraph is hard-wrapped if all its lines but the last are 50 to 90 characters long.
    """
    if "\n" not in text and "\r" not in text:
        line = collapse(scrub(text))
        return [Block(line)] if line else []
    blocks = []
    for paragraph in _PARAGRAPHS.split(text.replace("\r\n", "\n").replace("\r", "\n")):
        rows = [row for row in map(scrub, paragraph.split("\n")) if row.strip()]
        if len(rows) > 1 and _are_wrapped(rows):
            rows = ["\n".join(rows)]
        blocks += [Block(line) for line in map(collapse, rows) if line]
    return blocks


def prose_of(block: Block, kept: OpaquePieces) -> list[Block]:
    """Return a block of code that is in fact prose (a letter, an announcement) as blocks of text.

    Prose has sentences, few of the signs that are frequent in code, and no indented lines.
    """
    text = marks.plain(kept.restore(block.text))
    letters = sum(map(str.isalpha, text)) + text.count(" ") + text.count("\n")
    signs = sum(map(text.count, "{}()[]<>=;$\\|#_@*/"))
    if letters < 0.85 * len(text) or signs > len(text) // 50 or not _SENTENCE_END.search(text):
        return [block]
    return read_lines(text)


_SENTENCE_END = re.compile(r"[^\W\d_]{2}[.!?](?:\s|$)|[。！？।؟]")
_PARAGRAPHS = re.compile(r"\n[^\S\n]*\n")


def _are_wrapped(rows: list[str]) -> bool:
    return all(50 <= len(row.rstrip()) <= 90 for row in rows[:-1]) and not any(
        _ITEM.match(row) for row in rows[1:]
    )


_ITEM = re.compile(r"\s*(?:[-–—*•·▪►▶#]|\d{1,3}[.)])\s?|[^\n]{0,60}https?://\S+\s*\Z")
