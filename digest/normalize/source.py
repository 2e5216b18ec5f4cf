"""Read a summary or a content by its real format, whatever is declared, and write its text.

bound it -> read its blocks -> trim what the feed added -> mark formulas -> Markdown
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from digest.model import Markup, SafeHtml
from digest.net import urls
from digest.normalize import boilerplate
from digest.normalize import html as _html
from digest.normalize import text as _text
from digest.normalize.blocks import OPAQUE, Block, OpaquePieces, prose_of, read_lines
from digest.normalize.code import without_line_numbers
from digest.normalize.formulas.find_in_text import mark_math
from digest.normalize.markdown import strip_markdown
from digest.text import marks, scripts
from digest.text.characters import (
    comparison_form,
    decode_again,
    decode_references,
    is_lower,
    mended,
    scrub,
)

LONGEST_HEADING = 70
"""Characters of a paragraph that may be a heading; half as many in Chinese."""

KNOWN_TAGS = (
    "a|abbr|b|blockquote|br|code|dd|div|dl|dt|em|figure|font|h[1-6]|hr|i|img|li|ol|p|pre|small|span"
    "|strong|sub|sup|table|tbody|td|th|tr|tt|u|ul|wbr"
)
"""Elements that show that a text is HTML."""


@dataclass(slots=True)
class SourceText:
    """A summary or a content: its trimmed blocks and the pieces behind its opaque characters."""

    blocks: list[Block]
    kept: OpaquePieces
    pictures: list[dict[str, str | None]]
    markup: str | None
    plain: str
    may_need_scrub: bool
    """Whether the markup may hold characters that `scrub` drops."""
    base: str | None
    """The address in its own ``<base>``."""
    notes: list[str]

    def text(self) -> str:
        return _joined(self.blocks, self.kept)

    def letters(self, most: int) -> str:
        """Return the comparison form of about the first `most` characters."""
        parts: list[str] = []
        for block in self.blocks:
            if most <= 0:
                break
            parts.append(block.text)
            most -= len(block.text)
        return comparison_form("".join(parts))

    def links_base(self, base: str | None) -> str | None:
        """Return the base of its links: its own ``<base>``, resolved against `base`, or `base`."""
        return (urls.absolute(self.base, base or "") if self.base else None) or base

    def safe(self, base: str | None) -> SafeHtml:
        if self.markup is None:
            return _html.paragraphs(self.plain)
        return _html.sanitize(self.markup, base=base, may_need_scrub=self.may_need_scrub)


_A_TAG = re.compile(r"<[a-zA-Z/!?]")
_ENDING_TAG = re.compile(rf"</(?:{KNOWN_TAGS})\s*>|<(?:br|hr)\s*/?>|<img\s[^<>]*>", re.IGNORECASE)
_ESCAPED_ENDS = re.compile(
    rf"\A\s*&lt;(?:{KNOWN_TAGS})(?:\s|/|&gt;)|&lt;/(?:{KNOWN_TAGS})\s*&gt;\s*$"
    r"|&lt;(?:a|img)\s(?:href|src|class|alt)=",
    re.IGNORECASE,
)


def read_source(construct: Markup, headline: str, *, most: int) -> SourceText:
    """Read a text construct by its real format, whatever is declared.

    HTML without a tag is plain text; but with escaped tags at an end, or an escaped link or image,
    it was escaped once too often.  Plain text that closes known tags is HTML.
    """
    value, html = mended(construct.value), construct.html
    notes = []
    if html and not _A_TAG.search(value):
        # These three are most of the references in doubly escaped HTML.
        decoded = value.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"')
        decoded = decode_references(decoded)
        if "&lt;" in value and _ESCAPED_ENDS.search(value):
            notes.append("escaped twice")
            value = decoded
        else:
            value, html = decoded, False
    elif not html and _ENDING_TAG.search(value):
        notes.append("HTML declared as text")
        html = True
    kept = OpaquePieces()
    checked = _html.bounded(value) if html else None
    if checked is not None:
        found = _text.read(checked, kept, most=most)
        blocks, markup, plain = found.blocks, found.html, ""
        pictures, may_need_scrub, own_base = found.pictures, found.may_need_scrub, found.base
        notes += found.notes
    else:
        plain = scrub((_html.strip(value) if html else value)[:most])
        if html:
            notes.append("tags stripped: nested too deeply")
        blocks, markup, pictures, may_need_scrub = read_lines(decode_again(plain)), None, [], False
        own_base = None
    for block in blocks:
        if " 2 3 4" in block.text and block.kind != "code":
            block.text = without_line_numbers(block.text) or block.text
    blocks, taken = boilerplate.trim(blocks, title=headline)
    if len(blocks) == 1 and blocks[0].kind == "code":
        blocks = prose_of(blocks[0], kept)
    return SourceText(
        blocks, kept, pictures, markup, plain, may_need_scrub, own_base, notes + taken
    )


_FENCES = ("```", "~~~")


def _joined(blocks: Sequence[Block], kept: OpaquePieces) -> str:
    """Return the blocks as one marked text."""
    parts: list[str] = []
    before = ""
    fenced = None
    for block, following in zip_longest(blocks, blocks[1:]):
        words = block.mark + block.text
        kind = block.kind
        separator = "\n"
        if block.parted == "break":
            fenced = _is_fenced(blocks) if fenced is None else fenced
            separator = "\n" if fenced else _within(before, words)
        if kind == "row" and following is not None and following.kind == "row":
            if words[-1:] not in _PUNCTUATION:
                words += ";"
        elif kind == "heading" or (
            kind == "text" and len(words) <= LONGEST_HEADING and _is_heading(block, following)
        ):
            words = f"{marks.HEADING}{words}{marks.END}"
        parts += (separator, words)
        before = words
    text = "".join(parts[1:])
    text = kept.restore(strip_markdown(mark_math(text)))
    return "\n".join(map(_unnested, text.split("\n"))) if marks.HEADING in text else text


_PUNCTUATION = frozenset(".;:!?…。；：！？")


def _is_fenced(blocks: Sequence[Block]) -> bool:
    return any(block.text.startswith(_FENCES) for block in blocks)


def _within(before: str, words: str) -> str:
    """Return the separator of two lines with only a line break between them.

    It is a space inside a sentence (hard-wrapped sources), a semicolon between the fields of a
    form, and a line feed otherwise.
    """
    if before[-1:].isalpha() and is_lower(words[:1]):
        return " "
    return "; " if _FIELD.fullmatch(before) and _FIELD.fullmatch(words) else "\n"


_FIELD = re.compile(r"[^\W\d][^\n:.!?。！？；;]{1,24}: [^\n:!?。！？；;]{1,80}[\w)]")


_WIDE = re.compile(f"[{scripts.WIDE}{scripts.HANGUL}]")


def _is_heading(block: Block, following: Block | None) -> bool:
    """Say whether a paragraph is in fact a heading: short, without a stop, above a longer one."""
    if following is None or following.kind != "text":
        return False
    words, under = block.text, following.text
    if not block.parted == following.parted == "block":
        return False
    longest = LONGEST_HEADING // 2 if _WIDE.search(words) else LONGEST_HEADING
    return (
        longest // 8 <= len(words) <= longest <= len(under)
        and words[-1].isalnum()
        and words[0].isalnum()
        and not is_lower(words[0])
        and not is_lower(under[0])
        and not OPAQUE.search(words)
    )


def _unnested(line: str) -> str:
    """Remove the mark of a heading that holds a formula, because marks do not nest."""
    if line[:1] != marks.HEADING:
        return line
    inner = line[1:-1]
    return inner if marks.ANY.search(inner) else line
