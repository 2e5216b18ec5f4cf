"""The types that travel between the stages: one frozen dataclass a hop, no behavior.

Dates are aware and in UTC; ``None`` is unknown.  HTML as a publisher wrote it and HTML that has
passed the allow-list are of different types, so that mypy refuses to mix them up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Literal, NewType

RawHtml = NewType("RawHtml", str)
"""HTML as the publisher wrote it: hostile until `normalize` has seen it."""

SafeHtml = NewType("SafeHtml", str)
"""HTML that holds only what the allow-list names, every link absolute."""

MarkedText = NewType("MarkedText", str)
"""Plain text with formulas and code between the marks of `digest.marks`."""


# --- what we subscribe to -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A subscription, as the configuration names it.  ``url`` is its identity in the store."""

    url: str
    name: str
    title: str | None = None
    category: str | None = None
    kind: str | None = None
    backfill: int | None = 5
    """How many entries of the first fetch may enter an edition; ``None`` for all of them."""
    muted_until: date | None = None
    """Neither fetched nor told before this day."""
    fulltext: bool = False
    """Entries that are teasers get the text of their page."""
    max_entries: int | None = None
    """How many of its stories an edition may tell; ``None``: the digest's `max_per_feed`."""
    priority: int = 0
    """Higher ones lead the stories they share, and come first where places are dealt."""
    drop: tuple[str, ...] = ()
    """Rules as written, like those of a digest."""
    keep: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What the server gave to recognize a version by, byte for byte (RFC 9110, 8.8)."""

    etag: str | None = None
    last_modified: str | None = None
    url: str | None = None
    """The address that gave them, the only one they are sent to; ``None``: the one asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """What the store remembers of a feed: who it says it is, and when to ask it again."""

    id: int
    url: str
    fetch_url: str | None = None
    """Where it is fetched since a permanent redirect was adopted; ``None``: from `url`."""
    title: str | None = None
    link: str | None = None
    language: str | None = None
    validators: Validators = Validators()
    body_hash: str | None = None
    checked_at: datetime | None = None
    succeeded_at: datetime | None = None
    next_fetch_at: datetime | None = None
    """Not due before; ``None``: due at once."""
    retry_after: datetime | None = None
    """The server's own word (Retry-After): binds even where a person asks for the feed."""
    failures: int = 0
    """Failed fetches since the last success."""
    error: str | None = None
    gone: bool = False
    moved_to: str | None = None
    moved_since: datetime | None = None
    moved_sightings: int = 0
    hints: PollHints | None = None
    """What the feed itself last said of how often it changes: holds through every 304."""
    first_read_at: datetime | None = None
    """When a document of it was parsed for the first time,"""
    read_at: datetime | None = None
    """and when the last new one."""


# --- fetch ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRequest:
    """Ask `url` for a feed; `feed` is the subscription's own URL, which names the outcome."""

    feed: str
    url: str
    kind: str | None = None
    validators: Validators = Validators()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a fetch brought."""

    url: str
    """The address that answered, after redirects: the base of relative links."""
    media_type: str | None
    """The Content-Type as sent, parameters included."""
    body: bytes
    validators: Validators = Validators()
    fresh_until: datetime | None = None
    """The end of freshness (RFC 9111, 4.2)."""
    permanent_url: str | None = None
    """Where a chain of permanent redirects alone led to, if there was one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """The server's 304: an expected outcome, so a value and not an exception."""

    validators: Validators = Validators()
    """Those of the 304 itself, where it carried any."""
    fresh_until: datetime | None = None
    permanent_url: str | None = None


# --- parse ---------------------------------------------------------------------------------------


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
class PollHints:
    """When a feed itself says it changes; each is only ever a bounded floor for polling."""

    ttl: timedelta | None = None
    skip_hours: frozenset[int] = frozenset()
    """Hours of the day in GMT."""
    skip_days: frozenset[int] = frozenset()
    """Days of the week in GMT, Monday is 0."""
    update_interval: timedelta | None = None
    """sy:updatePeriod divided by sy:updateFrequency."""


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
    language: str | None = None
    entries: tuple[ParsedEntry, ...] = ()
    hints: PollHints = PollHints()
    parser: str
    flaw: str | None = None


# --- normalize -----------------------------------------------------------------------------------


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
    """The path that read the document which brought it,"""
    flaw: str | None = None
    """and what was wrong with that."""
    body: Body | None = None


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


# --- match ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the store already holds of an entry: enough to tell whether it is new or changed."""

    id: int
    uid: str
    raw_hash: str
    link: str | None = None
    title: str = ""
    backlog: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyHolder:
    """An entry that bears a key of the matching index."""

    entry_id: int
    feed_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """Why an entry belongs to a group: what it has in common with `other`.

    `score`, from 0 to 1, is the share of the shorter text that the longer has.
    """

    other: int
    rule: str
    score: float = 1.0

    def __str__(self) -> str:
        return self.rule if self.score == 1.0 else f"{self.rule} {self.score:.2f}"


# --- compose -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A recurring definition, as the configuration gives it."""

    name: str
    title: str
    schedule: str
    timezone: str
    language: str
    feeds: tuple[Feed, ...]
    max_entries: int = 40
    max_per_feed: int = 5
    sections: Mapping[str, int] = field(default_factory=dict)
    """Category -> how many of its stories an edition may tell, where that is limited."""
    min_entries: int = 1
    """With fewer stories an edition waits for more,"""
    at_latest: str | timedelta | None = None
    """but not past this weekday ("mon" ...), or not until a story has waited so long."""
    drop: tuple[str, ...] = ()
    """Rules as written (`digest.rules`): an entry that meets one is not told,"""
    keep: tuple[str, ...] = ()
    """nor, where there are any of these, one that meets none."""
    updates: bool = True
    """Whether a story that was told may come back as an update (`digest.updates`)."""
    related: bool = True
    """Whether stories of one event point to each other."""
    health: Literal["weekly", "always", "never"] = "weekly"
    """How often an edition names the feeds that ail (`digest.health`)."""
    images: bool = False
    excerpt: ExcerptSettings = ExcerptSettings()
    channels: Mapping[str, object] = field(default_factory=dict)
    """Channel name -> that channel's own `Settings`."""


class Verdict(StrEnum):
    """What a digest decided about an entry, once and for all."""

    TOLD = "told"
    DUPLICATE = "duplicate"
    FILTERED = "filtered"
    CAPPED = "capped"
    TOO_OLD = "too old"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One digest's decision about one entry.  `of` is the entry it duplicates."""

    entry_id: int
    verdict: Verdict
    of: int | None = None
    rule: str | None = None
    """Which rule spoke: "link", "text", "max_per_feed = 5", "backfill = 5", a filter as written."""
    rank: int | None = None
    score: float | None = None
    """Of a duplicate: how much of the shorter text the longer has, from 0 to 1,"""
    tied_to: int | None = None
    """and which entry of the story that is said of."""
    story: str | None = None
    """Of what is told: its `Story.key`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retelling:
    """An entry that an edition tells again; its decision stays what it is."""

    entry_id: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """Two stories that were told each for itself have turned out to be one.

    That of the lead `entry_id` has gone into that of the lead `of`: `by` tells both.
    """

    entry_id: int
    of: int
    by: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """Another entry that tells a story."""

    feed: str
    link: str | None
    title: str
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One story as an edition tells it: its lead entry's data and where else it is told."""

    key: str
    """Stable and opaque: what generated ids are made from."""
    rank: int
    """From 1, over the whole edition."""
    title: str
    """Never empty: an untitled entry bears the beginning of its text."""
    untitled: bool = False
    link: str | None = None
    feed: str = ""
    """The feed's title."""
    feed_url: str = ""
    feed_link: str | None = None
    source: Source | None = None
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    published: datetime | None = None
    updated: datetime
    """Never unknown: the entry's own date, else when it was first seen; of an update, when it
    became one."""
    language: str | None = None
    excerpt: str = ""
    truncated: bool = False
    image: Image | None = None
    enclosures: tuple[Enclosure, ...] = ()
    also_in: tuple[Mention, ...] = ()
    related: tuple[str, ...] = ()
    update: bool = False
    """Whether it was told before and comes back,"""
    first_told: str | None = None
    """in the edition of this slot for the first time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of an edition; ``title`` is the category, or empty for the one without."""

    title: str
    stories: tuple[Story, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedFeed:
    """A feed that could not be read for this edition, and why, in one sentence."""

    title: str
    url: str
    error: str


class Ailment(StrEnum):
    """What may be wrong with a feed for longer than a day."""

    GONE = "gone"
    FAILING = "failing"
    MOVED = "moved"
    SILENT = "silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class AilingFeed:
    """A feed that somebody should look at."""

    title: str
    url: str
    ailment: Ailment
    since: str | None = None
    """The slot-like local date (``2026-01-12T0000``), where it is known."""
    moved_to: str | None = None
    link: str | None = None
    """The feed's own site, to look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Damped:
    """A feed with more stories than it may tell: `shown` are told of `of`."""

    feed: str
    """Its title."""
    shown: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One produced instance of a digest, frozen in the store before anything is sent."""

    digest: str
    slot: str
    """Local date and time in the digest's zone: ``2026-01-12T0700``."""
    number: int
    title: str
    """The digest's."""
    timezone: str
    language: str
    composed_at: datetime
    sections: tuple[Section, ...]
    entries: int = 0
    """How many entries tell these stories."""
    feeds: int = 0
    """How many feeds these entries come from."""
    capped: int = 0
    """Eligible entries left out by a cap."""
    damped: tuple[Damped, ...] = ()
    """The feeds that their own limit cut, the most cut first."""
    failed: tuple[FailedFeed, ...] = ()
    ailing: tuple[AilingFeed, ...] = ()
    """Feeds to look at; most editions leave them out."""
    images: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """What a list says of a story."""

    title: str
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """An edition in a list."""

    slot: str
    number: int
    stories: int
    """How many it tells."""
    headlines: tuple[Headline, ...] = ()
    """Of the first of them; none in a list that leaves them out."""


# --- render, deliver -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where a digest's output lives: what renderers need beside the editions themselves."""

    title: str
    """The configuration's own title."""
    digest: str
    digest_title: str
    language: str
    timezone: str
    base_url: str | None
    """With a slash at the end; the digest's page is ``base_url/NAME/SLOT/``."""
    authority: str
    """Of `tag:` URIs (RFC 4151): fixed at the digest's first edition, as is `since`."""
    since: date
    formats: tuple[str, ...] = ()
    """The formats written beside each other, so that one may link to another."""
    closed: Mapping[str, str] = field(default_factory=dict)
    """Format name -> the file of its newest page that will never change (RFC 5005, 4)."""
    months: tuple[str, ...] = ()
    """The months with editions (``2026-01``), the newest first, where each has a page."""
    hub: str | None = None
    """Who is told when the feeds change (WebSub)."""
    sign_up: str | None = None
    """Where people sign up to have the digest by mail, if they can."""
    templates: str | None = None
    """A directory looked in before our own templates."""
    options: Mapping[str, object] = field(default_factory=dict)
    """Format name -> that format's own `Settings`, where it has any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendition:
    """An edition, or several, in one format."""

    media_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


LINK = "\ufdd0"
"""Stands in a letter where each recipient's own address for leaving belongs.

A noncharacter, which no cleaned text of an edition holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """An edition as mail, but for what differs from recipient to recipient.

    Frozen with the first attempt to send it, so that an upgrade changes nothing halfway.
    """

    subject: str
    text: str
    """The plain part, whole; lines end with one LF here."""
    html: str
    date: datetime
    list_id: str
    """As in RFC 2919, without its brackets: ``daily.news.example.org``."""
    title: str
    """The digest's, for people."""
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One message to one recipient, ready for the wire: CRLF, ASCII."""

    sender: str
    """Where bounces go; the address alone."""
    recipient: str
    message_id: str
    message: bytes


class DeliveryState(StrEnum):
    """How far one delivery has come."""

    PENDING = "pending"
    SENDING = "sending"
    """Claimed before the first byte: found by a later run, it is of one that died."""
    SENT = "sent"
    DEFERRED = "deferred"
    """Refused for now; tried again at `next_attempt_at`."""
    FAILED = "failed"
    UNKNOWN = "unknown"
    """All was sent and no answer came."""
    WITHDRAWN = "withdrawn"
    """Its recipient left before it was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One edition on its way to one recipient over one channel."""

    id: int
    edition_id: int
    channel: str
    recipient: str = ""
    """Empty where the channel has only one."""
    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    error: str | None = None
    receipt: str | None = None
    updated_at: datetime | None = None
    attempted_at: datetime | None = None
    """The first attempt: what is deferred is given up five days after it."""
    next_attempt_at: datetime | None = None
    message_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The proof that a channel took an edition: a path, or the server's reply."""

    detail: str


# --- subscribers ---------------------------------------------------------------------------------


class SubscriberState(StrEnum):
    """Whether somebody gets a digest."""

    REQUESTED = "requested"
    """Signed up, and has not confirmed."""
    ACTIVE = "active"
    SUSPENDED = "suspended"
    """Mail to them came back."""
    UNSUBSCRIBED = "unsubscribed"
    """Left; only they themselves can come back."""
    REMOVED = "removed"
    """Taken off the list by the operator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """Somebody who gets, or got, one digest."""

    id: int
    digest: str
    address: str
    state: SubscriberState
    origin: str
    """``operator``, ``import``, ``web``, or ``config`` for those named in a channel's `to`."""
    created_at: datetime
    changed_at: datetime
    """When the state last changed."""
    requested_at: datetime | None = None
    bounces: int = 0
    """Hard bounces since the last success we know of."""
