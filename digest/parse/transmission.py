"""Read a transmission page: plain text with one finished excerpt on each line.

There are two layouts.  The plain one: a line ``INCOMING TRANSMISSION``, an empty line, ``LATEST
UPDATES``, then the excerpts.  The labelled one: the site's name, then for each entry a category
line and a date line, either of which may be missing, and the excerpt.  An excerpt is taken exactly
as it stands on its line.

If the last line has no line break and does not end a sentence, the page was cut there.

In the labelled layout a date (2026-01-11) is a line of its own that an excerpt never is; the
category is a short line before a date, or before an excerpt that is long.
"""

from __future__ import annotations

import re

from digest.errors import ParseError
from digest.model import Document, Markup, ParsedEntry, ParsedFeed
from digest.parse.reading.elements import MAX_ENTRIES
from digest.text.charset import FORBIDDEN, decode

_BANNER = "INCOMING TRANSMISSION"
_UPDATES = "LATEST UPDATES"
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_LABEL = 60
"""The most characters of a site's name or a category; an excerpt next to one is longer."""
_SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’)»」』]*$")


def recognizes(head: str) -> bool:
    """Return whether `head` begins a transmission page, of either layout."""
    lines = head.replace("\r\n", "\n").split("\n")
    if len(lines[-1]) <= _LABEL:
        lines[-1:] = []  # The head may end within a line.
    return lines[:1] == [_BANNER] or _is_labelled(lines)


def parse(document: Document) -> ParsedFeed:
    """Read a transmission page; raise ParseError if it has no excerpt."""
    text, flaw = decode(document.body, document.media_type)
    lines = text.replace("\r\n", "\n").lstrip("\ufeff\n").split("\n", 4 * MAX_ENTRIES)
    if lines[0].strip() == _BANNER:
        title, entries = None, [_entry(line) for line in _after_banner(lines)]
    else:
        title, entries = lines[0].strip() or None, _labelled(lines[1:])
    if not entries:
        raise ParseError("this transmission page has no entries", url=document.url)
    cut = lines[-1] != "" and (document.cut or _SENTENCE_END.search(lines[-1]) is None)
    entries = entries[:MAX_ENTRIES]
    return ParsedFeed(
        title=title,
        entries=tuple(entries),
        parser="transmission",
        flaw=flaw or ("the page ends amid a line" if cut else None),
        cut=cut,
        open_entry=len(entries) - 1 if cut else None,
    )


def _after_banner(lines: list[str]) -> list[str]:
    return [
        line
        for number, line in enumerate(lines)
        if line.strip() and not (number < 4 and line.strip() in (_BANNER, _UPDATES))
    ]


def _labelled(lines: list[str]) -> list[ParsedEntry]:
    entries = []
    category = published = None
    lines = [line for line in lines if line.strip()]
    for line, following in zip(lines, [*lines, ""][1:], strict=True):
        if published is None and _DATE.fullmatch(line.strip()):
            published = line.strip()
        elif category is None and published is None and _is_category(line, following):
            category = line.strip()
        else:
            entries.append(_entry(line, category, published))
            category = published = None
    return entries


def _is_category(line: str, following: str) -> bool:
    return (
        len(line) <= _LABEL
        and _SENTENCE_END.search(line) is None
        and (_DATE.fullmatch(following.strip()) is not None or len(following) > _LABEL)
    )


def _is_labelled(lines: list[str]) -> bool:
    """Return whether `lines` are a labelled page.

    Few other texts have dates on lines of their own, a long line after each, and neither empty nor
    indented lines.
    """
    if not lines or len(lines[0]) > _LABEL or _DATE.fullmatch(lines[0]):
        return False
    if any(not line.strip() or line[0].isspace() for line in lines):
        return False
    dated = [n for n, line in enumerate(lines[:-1]) if _DATE.fullmatch(line)]
    return bool(dated) and all(len(lines[n + 1]) > _LABEL for n in dated)


def _entry(line: str, category: str | None = None, published: str | None = None) -> ParsedEntry:
    return ParsedEntry(
        summary=Markup(value=FORBIDDEN.sub("", line)),
        categories=(category,) if category else (),
        published=published,
        verbatim=True,
    )
