"""Clean an entry: safe HTML, a plain text with formulas and code marked, a language.

    choose a source -> read its blocks -> trim what the feed added -> mark formulas -> Markdown

The text is stored up to `MAX_TEXT` and is cut when an edition is composed.  Nothing here raises on
any input, and the time is linear in the size of the input.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

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
from digest.normalize import html as _html
from digest.normalize import image as _image
from digest.normalize.source import KNOWN_TAGS, SourceText, read_source
from digest.text import language as _language
from digest.text import marks
from digest.text.characters import (
    collapse,
    comparison_form,
    decode_again,
    decode_references,
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
LEAST_LETTERS = 100
"""Letters and digits that a text needs to have a fingerprint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanedDocument:
    """A cleaned document."""

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
    """Return the cleaned entry."""
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
    """Return an entry with only the fields that identify it: id, link, dates, title."""
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
) -> CleanedDocument:
    """Clean one document that is no entry, up to about `most` characters of its text.

    `language` is the language that its author declares.
    """
    reading = read_source(Markup(value=source, html=html, base=base_url), "", most=most)
    text = reading.text()
    base_url = reading.links_base(base_url)
    return CleanedDocument(
        text=MarkedText(text),
        html=reading.safe(base_url),
        language=_language.language(text, declared=language),
        image=_image.lead((), (), reading.pictures, base=base_url, text_base=base_url),
        notes=tuple(reading.notes),
    )


def fingerprint(text: str) -> str | None:
    """Return a hash of the comparison form of the text's beginning; ``None`` for a short text."""
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


_TITLE_TAG = re.compile(
    rf"</?(?:{KNOWN_TAGS}|mark|cite|q|del|s|kbd|var|bdi)(?:\s[^<>]*)?/?>", re.IGNORECASE
)
_BREAKING_TAG = re.compile(
    r"</?(?:br|p|div|li|ul|ol|dd|dt|dl|h[1-6]|hr|tr|td|th|table|tbody|blockquote|pre|figure)"
    r"(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)


def _without_tags(line: str) -> str:
    """Remove the tags from a line; tags of blocks leave a space."""
    if "<" not in line:
        return line
    return _TITLE_TAG.sub("", _BREAKING_TAG.sub(" ", line))


_COMMENT = re.compile(r"<!--[^<>]{0,80}-->")
_LOOKS_ESCAPED = re.compile(
    r"&(?:#\d{2,7}|#x[0-9a-f]{2,6}|[a-z]{2,8});|</(?:em|i|b|strong|code|sup|sub|span)>",
    re.IGNORECASE,
)


# --- an entry's parts ----------------------------------------------------------------------------


def _cleaned(entry: ParsedEntry, headline: str, base: str, declared: str | None) -> CleanedDocument:
    notes: list[str] = []
    summary = (
        read_source(entry.summary, headline, most=MAX_TEXT)
        if entry.summary and entry.summary.value
        else None
    )
    content = (
        read_source(entry.content, headline, most=MAX_TEXT)
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
    return CleanedDocument(
        text=MarkedText(text),
        html=html,
        # A short text may be only a link and two names, so the title helps.
        language=_language.language(
            text if len(text) > 200 else f"{headline}\n{text}", declared=declared
        ),
        image=image,
        notes=tuple(notes),
    )


_CUT = re.compile(r"(?:…|\.\.\.|\[…\])\s*$")


def _why_summary(summary: SourceText, content: SourceText) -> str | None:
    """Return why the summary is a better source than the content; ``None`` if it is not.

    A summary written for the entry is better; one that is cut, that repeats the beginning of the
    content or that is too short is not.
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


def _verbatim(entry: ParsedEntry, declared: str | None) -> CleanedDocument:
    construct = entry.content or entry.summary
    text = scrub(construct.value) if construct else ""
    return CleanedDocument(
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
    """Decode a name that shows escaped tags; return any other name unchanged."""
    return decode_references(name) if "&lt;" in name and _ESCAPED_TAG.search(name) else name


_ESCAPED_TAG = re.compile(rf"&lt;/?(?:{KNOWN_TAGS})(?:\s|/|&gt;)", re.IGNORECASE)


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
