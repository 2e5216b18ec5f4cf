"""Clean an entry: safe HTML, a plain text with formulas and code marked, a language.

    choose a source -> read its blocks -> trim what the feed added -> mark formulas -> Markdown

The text is stored whole; it is cut when an edition is composed.  Nothing here raises on any input,
and everything is linear in its size.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from itertools import zip_longest

from digest.model import (
    Body,
    Enclosure,
    Entry,
    Image,
    MarkedText,
    Markup,
    ParsedEntry,
    SafeHtml,
    Source,
)
from digest.net import urls
from digest.normalize import boilerplate
from digest.normalize import html as _html
from digest.normalize import image as _image
from digest.normalize import text as _text
from digest.normalize.blocks import OPAQUE, Block, Kept, prose_of, read_lines
from digest.normalize.formulas.delimiters import mark_math
from digest.normalize.markdown import strip_markdown
from digest.text import language as _language
from digest.text import marks, scripts
from digest.text.characters import (
    collapse,
    comparison_form,
    decode_again,
    decode_references,
    is_lower,
    mended,
    scrub,
)
from digest.text.dates import parse_date

MAX_TEXT = 10_000
"""Characters of text that are stored of an entry."""
MAX_TITLE = 300
MAX_NAMES = 32
MOST_COMPARED = 2_000
"""Characters that a fingerprint covers: ends differ by what sites add, beginnings do not."""
LONGEST_HEADING = 70
"""Characters of a paragraph that may be a heading; of a Chinese one half as many."""
LEAST_LETTERS = 100
"""Letters and digits that a text needs to have a fingerprint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """A document, cleaned."""

    text: MarkedText
    html: SafeHtml
    language: str | None = None
    image: Image | None = None
    notes: tuple[str, ...] = ()


def normalize(
    entry: ParsedEntry,
    *,
    feed_id: int,
    uid: str,
    feed_url: str,
    feed_link: str | None,
    feed_language: str | None,
    canonical_link: str | None,
    raw_hash: str,
    first_seen: datetime,
) -> Entry:
    """Clean an entry."""
    base = entry.base or feed_link or feed_url
    headline = title(entry.title)
    declared = _declared(entry) or feed_language
    if entry.verbatim:
        cleaned = _verbatim(entry, declared)
    else:
        cleaned = _cleaned(entry, headline, base, declared)
    return Entry(
        feed_id=feed_id,
        uid=uid,
        link=_link(entry, base),
        canonical_link=canonical_link,
        title=headline,
        authors=_names(entry.authors),
        published=parse_date(entry.published, first_seen),
        updated=parse_date(entry.updated, first_seen),
        first_seen=first_seen,
        language=cleaned.language,
        image=cleaned.image,
        enclosures=_enclosures(entry, base),
        categories=_names(entry.categories),
        source=_source(entry.source, base),
        raw_hash=raw_hash,
        fingerprint=fingerprint(cleaned.text),
        notes=cleaned.notes,
        body=Body(html=cleaned.html, text=cleaned.text, verbatim=entry.verbatim),
    )


def skeleton(
    entry: ParsedEntry,
    *,
    feed_id: int,
    uid: str,
    feed_url: str,
    feed_link: str | None,
    canonical_link: str | None,
    raw_hash: str,
    first_seen: datetime,
) -> Entry:
    """Keep of an entry what recognizes it: id, link, dates, title."""
    return Entry(
        feed_id=feed_id,
        uid=uid,
        link=_link(entry, entry.base or feed_link or feed_url),
        canonical_link=canonical_link,
        title=title(entry.title),
        published=parse_date(entry.published, first_seen),
        updated=parse_date(entry.updated, first_seen),
        first_seen=first_seen,
        raw_hash=raw_hash,
        backlog=True,
    )


def document(
    source: str,
    *,
    html: bool = True,
    base_url: str | None = None,
    language: str | None = None,
    most: int = MAX_TEXT,
) -> Cleaned:
    """Clean one document that is no entry, about `most` characters of its text.

    `language` is what its author declares.
    """
    reading = _read(Markup(value=source, html=html, base=base_url), "", most=most)
    text = reading.text()
    base_url = reading.links_base(base_url)
    return Cleaned(
        text=MarkedText(text),
        html=reading.safe(base_url),
        language=_language.language(text, declared=language),
        image=_image.lead((), (), reading.pictures, base=base_url, text_base=base_url),
        notes=tuple(reading.notes),
    )


def fingerprint(text: str) -> str | None:
    """Hash the comparison form of a text's beginning; ``None`` below `LEAST_LETTERS`."""
    head = text[:MOST_COMPARED]
    form = comparison_form(head if head.isascii() else marks.plain(head))
    if len(form) < LEAST_LETTERS:
        return None
    return blake2b(form.encode(), digest_size=8).hexdigest()


def title(construct: Markup | None) -> str:
    """Return a title as plain text on one line, at most `MAX_TITLE` characters; "" for none."""
    if construct is None:
        return ""
    text = mended(construct.value[: 8 * MAX_TITLE])
    if "<!--" in text:
        text = _COMMENT.sub(" ", text)
    if construct.html or (("&" in text or "</" in text) and _LOOKS_ESCAPED.search(text)):
        text = decode_references(_without_tags(text))
    text = collapse(decode_again(scrub(text)))
    return text if len(text) <= MAX_TITLE else text[: MAX_TITLE - 1].rstrip() + "…"


_KNOWN = (
    "a|abbr|b|blockquote|br|code|dd|div|dl|dt|em|figure|font|h[1-6]|hr|i|img|li|ol|p|pre|small|span"
    "|strong|sub|sup|table|tbody|td|th|tr|tt|u|ul|wbr"
)
_TITLE_TAG = re.compile(
    rf"</?(?:{_KNOWN}|mark|cite|q|del|s|kbd|var|bdi)(?:\s[^<>]*)?/?>", re.IGNORECASE
)
_BREAKING_TAG = re.compile(
    r"</?(?:br|p|div|li|ul|ol|dd|dt|dl|h[1-6]|hr|tr|td|th|table|tbody|blockquote|pre|figure)"
    r"(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)


def _without_tags(line: str) -> str:
    """Take the tags off a line: those that break it leave a space."""
    if "<" not in line:
        return line
    return _TITLE_TAG.sub("", _BREAKING_TAG.sub(" ", line))


_COMMENT = re.compile(r"<!--[^<>]{0,80}-->")
_LOOKS_ESCAPED = re.compile(
    r"&(?:#\d{2,7}|#x[0-9a-f]{2,6}|[a-z]{2,8});|</(?:em|i|b|strong|code|sup|sub|span)>",
    re.IGNORECASE,
)


# --- a document's text ---------------------------------------------------------------------------


@dataclass(slots=True)
class _Reading:
    """A source that was read: its blocks, trimmed, and what stands behind its opaque signs."""

    blocks: list[Block]
    kept: Kept
    pictures: list[dict[str, str | None]]
    markup: str | None
    plain: str
    hides: bool
    """Whether `scrub` may find something in the markup."""
    base: str | None
    """What its own ``<base>`` names."""
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
        """Return what its links are relative to: its own ``<base>``, itself relative to `base`."""
        return (urls.absolute(self.base, base or "") if self.base else None) or base

    def safe(self, base: str | None) -> SafeHtml:
        if self.markup is None:
            return _html.paragraphs(self.plain)
        return _html.sanitize(self.markup, base=base, hides=self.hides)


_A_TAG = re.compile(r"<[a-zA-Z/!?]")
_KNOWN_TAG = re.compile(rf"</(?:{_KNOWN})\s*>|<(?:br|hr)\s*/?>|<img\s[^<>]*>", re.IGNORECASE)
_ESCAPED_ENDS = re.compile(
    rf"\A\s*&lt;(?:{_KNOWN})(?:\s|/|&gt;)|&lt;/(?:{_KNOWN})\s*&gt;\s*$"
    r"|&lt;(?:a|img)\s(?:href|src|class|alt)=",
    re.IGNORECASE,
)


def _read(construct: Markup, headline: str, *, most: int) -> _Reading:
    """Read a construct as what it is, whatever it says it is.

    HTML without a tag is plain text; if it shows escaped tags at an end, or an escaped link or
    image, it was escaped once too often.  Plain text that closes known tags is HTML.
    """
    value, html = mended(construct.value), construct.html
    notes = []
    if html and not _A_TAG.search(value):
        # Most references of doubly escaped HTML are these three.
        decoded = value.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"')
        decoded = decode_references(decoded)
        if "&lt;" in value and _ESCAPED_ENDS.search(value):
            notes.append("escaped twice")
            value = decoded
        else:
            value, html = decoded, False
    elif not html and _KNOWN_TAG.search(value):
        notes.append("HTML declared as text")
        html = True
    kept = Kept()
    checked = _html.bounded(value) if html else None
    if checked is not None:
        found = _text.read(checked, kept, most=most)
        blocks, markup, plain = found.blocks, found.html, ""
        pictures, hides, own_base = found.pictures, found.hides, found.base
        notes += found.notes
    else:
        plain = scrub((_html.strip(value) if html else value)[:most])
        if html:
            notes.append("tags stripped: nested too deeply")
        blocks, markup, pictures, hides = read_lines(decode_again(plain)), None, [], False
        own_base = None
    blocks, taken = boilerplate.trim(blocks, title=headline)
    if len(blocks) == 1 and blocks[0].kind == "code":
        blocks = prose_of(blocks[0], kept)
    return _Reading(blocks, kept, pictures, markup, plain, hides, own_base, notes + taken)


_FENCES = ("```", "~~~")


def _joined(blocks: Sequence[Block], kept: Kept) -> str:
    """Write blocks as a marked text."""
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
    """Return what parts two lines with but a line break between them.

    Hard-wrapped sources break inside a sentence: a space; a form's fields get semicolons.
    """
    if before[-1:].isalpha() and is_lower(words[:1]):
        return " "
    return "; " if _FIELD.fullmatch(before) and _FIELD.fullmatch(words) else "\n"


_FIELD = re.compile(r"[^\W\d][^\n:.!?。！？；;]{1,24}: [^\n:!?。！？；;]{1,80}[\w)]")


_WIDE = re.compile(f"[{scripts.WIDE}{scripts.HANGUL}]")


def _is_heading(block: Block, following: Block | None) -> bool:
    """Tell whether a paragraph is a heading in all but name: short, open, above a longer one."""
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
    """Take the mark from a heading that holds a formula: marks do not nest."""
    if line[:1] != marks.HEADING:
        return line
    inner = line[1:-1]
    return inner if marks.ANY.search(inner) else line


# --- an entry's parts ----------------------------------------------------------------------------


def _cleaned(entry: ParsedEntry, headline: str, base: str, declared: str | None) -> Cleaned:
    notes: list[str] = []
    summary = (
        _read(entry.summary, headline, most=MAX_TEXT)
        if entry.summary and entry.summary.value
        else None
    )
    content = (
        _read(entry.content, headline, most=MAX_TEXT)
        if entry.content and entry.content.value
        else None
    )
    chosen = content or summary
    if summary and content:
        why = _why_summary(summary, content)
        notes.append(why or "text from the content")
        chosen = summary if why else content
    text = chosen.text() if chosen else ""
    whole = content or summary
    construct = entry.content if content else entry.summary
    text_base = (construct.base if construct else None) or base
    if whole:
        text_base = whole.links_base(text_base) or text_base
    html = whole.safe(text_base) if whole else SafeHtml("")
    pictures = [given for reading in (content, summary) if reading for given in reading.pictures]
    image = _image.lead(entry.images, entry.enclosures, pictures, base=base, text_base=text_base)
    if chosen:
        notes += chosen.notes
    if not text:
        notes.append("no text: title and link only")
    return Cleaned(
        text=MarkedText(text),
        html=html,
        # A short text may be a link and two names: the title helps.
        language=_language.language(
            text if len(text) > 200 else f"{headline}\n{text}", declared=declared
        ),
        image=image,
        notes=tuple(notes),
    )


_CUT = re.compile(r"(?:…|\.\.\.|\[…\])\s*$")


def _why_summary(summary: _Reading, content: _Reading) -> str | None:
    """Say why a summary beside a content is the better source; ``None`` where the content is.

    A summary that somebody wrote is; one that is cut, or is the beginning of the content, or says
    too little, is not.
    """
    short = summary.letters(MOST_COMPARED)
    long = content.letters(4 * len(short) + 1000)
    if len(long) * 2 < len(short) or not long:
        return "text from the summary: longer than the content"
    if len(short) < (20 if not short.isascii() else 50) or len(short) > len(long):
        return None
    if {"read more", "cut mark"} & set(summary.notes) or _CUT.search(summary.blocks[-1].text):
        return None
    probe = short[: max(40, len(short) // 2)]
    if probe in long[: len(short) * 2 + 400]:
        return None
    return "text from the summary: written for it"


def _verbatim(entry: ParsedEntry, declared: str | None) -> Cleaned:
    construct = entry.content or entry.summary
    text = scrub(construct.value) if construct else ""
    return Cleaned(
        text=MarkedText(text),
        html=_html.paragraphs(text),
        language=_language.language(text, declared=declared),
        notes=("text as the page gives it",),
    )


def _declared(entry: ParsedEntry) -> str | None:
    construct = entry.content or entry.summary or entry.title
    return (construct.language if construct else None) or entry.language


def _link(entry: ParsedEntry, base: str) -> str | None:
    written = entry.link or ""
    if not written and entry.id and entry.id.startswith(("http://", "https://")):
        written = entry.id
    return _html.web_link(written, base) if written else None


def _names(written: Sequence[str]) -> tuple[str, ...]:
    if not written:
        return ()
    names = (
        collapse(scrub(decode_again(_without_tags(_unescaped(name)))))[:200] for name in written
    )
    return tuple(dict.fromkeys(name for name in names if name))[:MAX_NAMES]


def _unescaped(name: str) -> str:
    """Decode a name that shows escaped tags; leave any other alone."""
    return decode_references(name) if "&lt;" in name and _ESCAPED_TAG.search(name) else name


_ESCAPED_TAG = re.compile(rf"&lt;/?(?:{_KNOWN})(?:\s|/|&gt;)", re.IGNORECASE)


def _enclosures(entry: ParsedEntry, base: str) -> tuple[Enclosure, ...]:
    found = []
    for enclosure in entry.enclosures[:MAX_NAMES]:
        address = _html.web_link(enclosure.url, base)
        if address:
            found.append(
                Enclosure(
                    url=address,
                    media_type=enclosure.media_type,
                    length=enclosure.length,
                    title=collapse(scrub(enclosure.title or ""))[:MAX_TITLE] or None,
                )
            )
    return tuple(found)


def _source(source: Source | None, base: str) -> Source | None:
    if source is None:
        return None
    return Source(
        title=collapse(scrub(source.title or ""))[:MAX_TITLE] or None,
        link=_html.web_link(source.link, base) if source.link else None,
        id=source.id,
    )
