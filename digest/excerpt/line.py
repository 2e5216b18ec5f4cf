"""Write marked text as one line of plain text, with the places that matter to a cut.

Only as much of the text is read as the line needs.  The settings say how formulas and code are
shown.  A colon separates a heading from the text after it, a space separates blocks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from digest.excerpt import placeholders
from digest.model import ExcerptSettings, MarkedText
from digest.normalize.formulas.tex_to_text import readable
from digest.text.clusters import limit_marks
from digest.text.marks import ANY, CODE, DISPLAY, END, HEADING, MATH

_NOISE = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\ufeff\ufffe\uffff\ud800-\udfff]")
_TOKEN = re.compile(
    "([\ue000-\ue002])([^\ue000-\ue00f]*)\ue00f|[^\ue000-\ue00f\n]+|\n+|\ue003+|\ue00f+"
)
_SPACES = re.compile("\\s{2,}|[^\\S\u00a0\u202f]")
_CLOSING = frozenset("，。、；：！？）】」』》")
_OPENING = frozenset("（【「『《")
"""Full-width brackets contain their own space: no space is written between them and a formula."""
_HALF_STOPS = frozenset("、，；：")
"""Full-width punctuation within a sentence: no space follows it, not even at a line break."""
_PUNCTUATION = frozenset("-.!?:;,…–—。！？：；，、")
_WIDE = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uff9f\U00020000-\U0003ffff]")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text; positions are code point indices into it."""

    text: str
    whole: bool
    """Whether the line holds the whole source text."""
    language: str
    """The primary subtag of the language of the line."""
    formulas: Sequence[tuple[int, int]] = ()
    """The spans that no cut may enter: formulas, placeholders, lines of code."""
    headings: Sequence[tuple[int, int]] = ()
    """The span of each heading, from its start to the start of the text under it."""
    seams: Sequence[int] = ()
    """The positions where a block ends and another follows."""


def verbatim(text: str, need: int, language: str | None) -> Line:
    """Return about `need` code points of a finished text without changing it."""
    head = _NOISE.sub("", text[:need])
    return Line(head, need >= len(text), placeholders.primary(language, head))


def line(text: MarkedText, need: int, settings: ExcerptSettings, language: str | None) -> Line:
    """Return about `need` code points of `text` as one line, white space collapsed."""
    end = _end(text, need)
    head = limit_marks(_NOISE.sub("", text[:end]))
    writer = _Writer(settings, placeholders.primary(language, head))
    for token in _TOKEN.finditer(head):
        if writer.size >= need:
            end = 0
            break
        writer.write(token[1], token[2] if token[1] else token[0])
    return Line(
        "".join(writer.parts),
        end >= len(text),
        writer.language,
        writer.formulas,
        writer.headings,
        writer.seams,
    )


def _end(text: str, need: int) -> int:
    """Return where to stop reading for `need` code points, never inside a formula or code.

    The source of a formula is a few times longer than the formula that is shown.
    """
    if ANY.search(text, 0, need):
        need *= 4
    opened = max(text.rfind(mark, 0, need) for mark in (MATH, DISPLAY, CODE))
    if opened > text.rfind(END, 0, need):
        closed = text.find(END, need)
        return closed + 1 if closed >= 0 else need
    return need


class _Writer:
    """The line written so far, and the state of its last piece."""

    def __init__(self, settings: ExcerptSettings, language: str) -> None:
        self.settings = settings
        self.language = language
        self.parts: list[str] = []
        self.formulas: list[tuple[int, int]] = []
        self.headings: list[tuple[int, int]] = []
        self.seams: list[int] = []
        self.size = 0
        self.gap = False
        self.new_block = False
        self.heading: int | None = None
        """The position where the heading that is being written begins."""
        self.under_heading = False
        self.placeholder = ""
        self.after_formula = False

    def write(self, mark: str | None, content: str) -> None:
        if mark == CODE:
            self.write_code(content)
        elif mark:
            self.write_formula(content, displayed=mark == DISPLAY)
        elif content[0] == HEADING:
            self.open_heading()
        elif content[0] in "\n\ue00f":
            self.close_heading()
            self.gap = self.new_block = True
        else:
            self.write_text(content)

    def write_text(self, content: str) -> None:
        words = squeeze(content)
        self.gap |= content[0].isspace()
        if words:
            self.gap &= not (self.after_formula and words[0] in _CLOSING)
            self.gap |= bool(self.placeholder) and words[0].isalnum()
            self.append(words)
            self.gap = content[-1].isspace()

    def open_heading(self) -> None:
        if self.under_heading:
            self.push(" " if self.parts[-1][-1] in _PUNCTUATION else " – ")
            self.headings[-1] = (self.headings[-1][0], self.size)
            self.under_heading = self.gap = False
        else:
            self.gap = self.new_block = True
        self.heading = self.size + (self.size > 0 and self.gap)

    def close_heading(self) -> None:
        if self.heading is not None and self.heading < self.size:
            self.headings.append((self.heading, self.size))
            self.under_heading = True
        self.heading = None

    def write_formula(self, tex: str, *, displayed: bool) -> None:
        if not tex.strip():
            return
        how = self.settings.math
        shown = (
            readable(tex) if how == "text" else _source(tex, displayed) if how == "tex" else None
        )
        self.gap |= displayed
        if shown and len(shown) <= max(self.settings.length // 2, 1):
            self.append_formula(shown)
        else:
            self.append_placeholder(placeholders.formula(self.language, displayed=displayed))
        self.gap = displayed

    def write_code(self, content: str) -> None:
        how = self.settings.code
        self.gap = True
        if how == "placeholder":
            self.append_placeholder(placeholders.code(self.language))
        elif how == "text":
            first = next((row for row in content.splitlines() if row.strip()), "")
            if shown := squeeze(first[: 4 * self.settings.length]):
                self.append_formula(shown)
        else:
            self.close_lead_in()
        self.gap = self.new_block = True

    def append_formula(self, shown: str) -> None:
        self.new_block = False
        self.gap &= not (self.parts and self.parts[-1][-1] in _OPENING)
        self.append(shown)
        self.formulas.append((self.size - len(shown), self.size))
        self.after_formula = True

    def append_placeholder(self, word: str) -> None:
        if word == self.placeholder:
            return
        self.gap |= bool(self.parts) and self.parts[-1][-1].isalnum()
        self.append_formula(word)
        self.placeholder = word

    def append(self, words: str) -> None:
        """Append `words` to the line, with the separator that is due."""
        if self.under_heading:
            self.push(self.separator(words))
            self.headings[-1] = (self.headings[-1][0], self.size)
        elif self.size and self.gap:
            if self.new_block:
                self.seams.append(self.size)
            if not (self.parts[-1][-1] in _HALF_STOPS and _WIDE.match(words)):
                self.push(" ")
        self.push(words)
        self.gap = self.new_block = self.under_heading = False
        self.placeholder = ""
        self.after_formula = False

    def separator(self, words: str) -> str:
        """Return the separator between a heading and the text under it."""
        last = self.parts[-1][-1]
        if last in _PUNCTUATION:
            return " "
        return "：" if _WIDE.match(last) and words[0] != "•" else ": "

    def close_lead_in(self) -> None:
        """Replace a colon that announces an omitted code block by a full stop."""
        if self.parts and self.parts[-1][-1] in ":：":
            stop = "." if self.parts[-1][-1] == ":" else "。"
            self.parts[-1] = self.parts[-1][:-1] + stop

    def push(self, piece: str) -> None:
        self.parts.append(piece)
        self.size += len(piece)


def squeeze(text: str) -> str:
    """Make each run of white space one space; a no-break space between two words stays as it is.

    >>> squeeze(" 10\\u00a0km \\t in\\u00a0 all")
    '10\\xa0km in all'
    """
    if "\xa0" in text or "\u202f" in text:
        return _SPACES.sub(" ", text).strip()
    return " ".join(text.split())


def _source(tex: str, displayed: bool) -> str:
    """Return TeX with the delimiters that make it a formula."""
    tex = squeeze(tex)
    if tex.startswith("\\begin{"):
        return tex
    return f"$${tex}$$" if displayed else f"${tex}$"
