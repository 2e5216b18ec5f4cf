"""Entries: as a publisher wrote them, cleaned, known to the store, and cut to an excerpt."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NewType

from digest.model.feeds import PollHints

RawHtml = NewType("RawHtml", str)
"""HTML as the publisher wrote it: hostile until `normalize` has seen it."""


SafeHtml = NewType("SafeHtml", str)
"""HTML that holds only what the allow-list names, every link absolute."""


MarkedText = NewType("MarkedText", str)
"""Plain text with formulas and code between the marks of `digest.text.marks`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Markup:
    """A text construct (RFC 4287, 3.1): plain text, or HTML with the base of its links."""

    value: str | RawHtml
    html: bool = False
    base: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """Attached media; ``length`` in bytes is the publisher's hint and often wrong."""

    url: str
    media_type: str | None = None
    length: int | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture; sizes in CSS pixels."""

    url: str
    width: int | None = None
    height: int | None = None
    alt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The feed that an aggregator copied an entry from (RFC 4287, 4.2.11)."""

    title: str | None = None
    link: str | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedEntry:
    """An entry as the publisher wrote it: nothing cleaned, nothing resolved, nothing guessed."""

    id: str | None = None
    link: str | None = None
    base: str | None = None
    """What relative links of this entry (`link`, enclosures, images) are resolved against."""
    title: Markup | None = None
    summary: Markup | None = None
    content: Markup | None = None
    authors: tuple[str, ...] = ()
    published: str | None = None
    updated: str | None = None
    categories: tuple[str, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    images: tuple[Image, ...] = ()
    """From media: elements and the like, best first."""
    language: str | None = None
    source: Source | None = None
    verbatim: bool = False
    """The text is a finished excerpt (a transmission page's): no cleaning may touch it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """A whole feed document.  `parser` names the path that read it, `flaw` what was wrong."""

    title: str | None = None
    link: str | None = None
    self_link: str | None = None
    """The address by which the feed names itself (RFC 4287, 4.2.7.2)."""
    new_url: str | None = None
    """Where the feed says that it has moved to (itunes:new-feed-url)."""
    hub: str | None = None
    """The hub that tells of new entries (WebSub, 4)."""
    older: str | None = None
    """The address of the entries before these: an archive or the next page (RFC 5005, 3 and 4)."""
    generator: str | None = None
    """The program that made it."""
    language: str | None = None
    entries: tuple[ParsedEntry, ...] = ()
    hints: PollHints = field(default_factory=PollHints)
    parser: str
    flaw: str | None = None
    cut: bool = False
    """The document ends before its root element is closed, or before its announced length.

    What it says of known entries proves nothing: an entry that is shorter than before, or absent,
    has not changed.
    """
    open_entry: int | None = None
    """The position in `entries` of the entry that was open where a cut document ends.

    Any of its elements may be missing or incomplete.  `None` where the cut lies between entries.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The heavy part of an entry, dropped after the retention period."""

    html: SafeHtml
    text: MarkedText
    verbatim: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A cleaned entry.  ``id`` is the store's; ``uid`` the publisher's, unique in its feed."""

    id: int | None = None
    feed_id: int
    uid: str
    link: str | None = None
    canonical_link: str | None = None
    title: str = ""
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    first_seen: datetime
    language: str | None = None
    """A BCP 47 tag."""
    image: Image | None = None
    enclosures: tuple[Enclosure, ...] = ()
    categories: tuple[str, ...] = ()
    source: Source | None = None
    raw_hash: str
    fingerprint: str | None = None
    """The text's comparison form, hashed; ``None`` where the text is too short to tell."""
    notes: tuple[str, ...] = ()
    """What cleaning did to it, for `explain`."""
    backlog: bool = False
    """Older than its feed's `backfill` on the first fetch: kept to be known, never told."""
    revised_at: datetime | None = None
    """When it was last seen to say something else than before."""
    parser: str | None = None
    """The reader that parsed the document which brought it."""
    flaw: str | None = None
    """What was wrong with that document."""
    body: Body | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """What the store already holds of an entry: enough to tell whether it is new or changed."""

    id: int
    uid: str
    raw_hash: str
    link: str | None = None
    title: str = ""
    backlog: bool = False
    published: datetime | None = None
    updated: datetime | None = None
    fingerprint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcerptSettings:
    """How a digest cuts its excerpts: the keys of ``[excerpt]``."""

    length: int = field(default=350, metadata={"min": 1, "max": 100_000})
    """Grapheme clusters (UAX 29), the ellipsis not counted."""
    boundary: Literal["sentence", "word", "character"] = "sentence"
    ellipsis: str = "…"
    math: Literal["text", "placeholder", "tex"] = "text"
    code: Literal["placeholder", "text", "omit"] = "placeholder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """A text cut to size."""

    text: str
    truncated: bool
