"""Read an editor's note: Markdown, cleaned like the content of feeds, as paragraphs of text.

A note may hold text, links, emphasis and lists; of all other elements only the text stays.  Each
format writes the paragraphs in its own markup, so no markup of a note is passed through.
"""

# ruff: noqa: SIM905  # a set of words reads best as words

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from markdown_it import MarkdownIt
from selectolax.lexbor import LexborHTMLParser, LexborNode

from digest.model import NoteParagraph, NoteSpan
from digest.normalize import html
from digest.text.characters import scrub

LONGEST = 4_000
"""Characters of a note; a longer one is refused."""

_BLOCKS = frozenset(
    """
    address article aside blockquote caption dd div dl dt figcaption figure h1 h2 h3 h4 h5 h6 hr
    li ol p pre section table td th tr ul
    """.split()
)
_HEADINGS = frozenset(f"h{level}" for level in range(1, 7))
_SPACE = re.compile(r"[ \t\r\n\f]+")


def note(markdown: str) -> tuple[NoteParagraph, ...]:
    """Return the paragraphs of a note; none if it has no text.

    Raises ValueError with a sentence if it is too long or nested too deeply.

    >>> [[span.text for span in paragraph.spans] for paragraph in note("Hello *you*.\\n\\n- a")]
    [['Hello ', 'you', '.'], ['a']]
    """
    if len(markdown) > LONGEST:
        raise ValueError(
            f"a note has at most {LONGEST} characters, and this one has {len(markdown)}"
        )
    made = MarkdownIt("commonmark").render(markdown)
    bounded = html.bounded(made)
    if bounded is None:
        raise ValueError("the HTML in the note is nested too deeply")
    safe = html.sanitize(bounded, base=None)
    reading = _NoteReading()
    reading.through(LexborHTMLParser(f"<!---->{safe}", is_fragment=True).root, NoteSpan(text=""))
    reading.end_paragraph()
    return tuple(reading.paragraphs)


@dataclass(slots=True)
class _NoteReading:
    """The paragraphs and spans that a walk over the cleaned HTML has read so far."""

    paragraphs: list[NoteParagraph] = field(default_factory=list)
    spans: list[NoteSpan] = field(default_factory=list)
    bullet: str = ""

    def through(self, node: LexborNode | None, style: NoteSpan) -> None:
        """Read `node` and the siblings after it; their text has this style."""
        while node is not None:
            self._read(node, style)
            node = node.next

    def _read(self, node: LexborNode, style: NoteSpan) -> None:
        tag = node.tag or ""
        if tag == "-text":
            self._add(replace(style, text=_SPACE.sub(" ", node.text_content or "")))
        elif tag == "br":
            self.end_paragraph(keep_bullet=True)
        elif tag == "img":
            self._add(replace(style, text=node.attributes.get("alt") or ""))
        elif tag in _BLOCKS:
            self.end_paragraph()
            if tag == "li":
                self.bullet = _bullet(node)
            self.through(node.first_child, replace(style, strong=style.strong or tag in _HEADINGS))
            self.end_paragraph()
            if tag == "li":
                self.bullet = ""
        elif not tag.startswith("-"):
            self.through(node.first_child, _styled(style, tag, node))

    def _add(self, span: NoteSpan) -> None:
        if span.text:
            self.spans.append(span)

    def end_paragraph(self, *, keep_bullet: bool = False) -> None:
        """End the open paragraph, if it has text."""
        spans = _trimmed(self.spans)
        self.spans = []
        if not spans:
            return
        self.paragraphs.append(NoteParagraph(spans=spans, bullet=self.bullet))
        if not keep_bullet:
            self.bullet = ""


def _styled(style: NoteSpan, tag: str, node: LexborNode) -> NoteSpan:
    if tag == "a":
        return replace(style, link=node.attributes.get("href") or None)
    if tag in ("strong", "b"):
        return replace(style, strong=True)
    if tag in ("em", "i"):
        return replace(style, emphasis=True)
    return style


def _bullet(item: LexborNode) -> str:
    """Return the bullet or the number of a list item."""
    parent = item.parent
    if parent is None or parent.tag != "ol":
        return "•"
    start = parent.attributes.get("start") or "1"
    number = int(start) if start.isascii() and start.isdecimal() and len(start) < 7 else 1
    before = item.prev
    while before is not None:
        number += before.tag == "li"
        before = before.prev
    return f"{number}."


def _trimmed(spans: list[NoteSpan]) -> tuple[NoteSpan, ...]:
    """Join neighboring spans of one style; drop unprintable characters and space at both ends."""
    joined: list[NoteSpan] = []
    for span in spans:
        text = scrub(span.text)
        if joined and joined[-1].text.endswith(" "):
            text = text.lstrip(" ")
        if not joined:
            text = text.lstrip(" ")
        if not text:
            continue
        if joined and replace(joined[-1], text="") == replace(span, text=""):
            joined[-1] = replace(span, text=joined[-1].text + text)
        else:
            joined.append(replace(span, text=text))
    while joined and not (last := joined[-1].text.rstrip(" ")):
        joined.pop()
    if joined:
        joined[-1] = replace(joined[-1], text=last)
    return tuple(joined)
