"""Feeds: what we subscribe to, what a fetch asks for and brings, and what is remembered of both."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum


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
    user_agent: str | None = None
    """What its server is told instead of our own name."""
    headers: tuple[tuple[str, str], ...] = ()
    """More headers of each request, as names and values."""
    user: str | None = None
    password_file: str | None = None
    password_env: str | None = None
    token_file: str | None = None
    token_env: str | None = None
    """Where a password or a bearer token stands, relative to the configuration's folder."""
    proxy: str | None = field(default=None, repr=False)
    """The proxy that it is asked through; "none": none; ``None``: that of all feeds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What the server gave to recognize a version by, byte for byte (RFC 9110, 8.8)."""

    etag: str | None = None
    last_modified: str | None = None
    url: str | None = None
    """The address that gave them, the only one they are sent to; ``None``: the one asked."""


ON_TRIAL = -1
"""`FeedState.moved_sightings` of a feed whose `fetch_url` is a hint that is not proved yet."""
REFUSED = -2
"""`FeedState.moved_sightings` where the hint `moved_to` was tried and proved to be another feed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """What the store remembers of a feed: who it says it is, and when to ask it again."""

    id: int
    url: str
    fetch_url: str | None = None
    """Where it is fetched since a permanent redirect was adopted; ``None``: from `url`."""
    title: str | None = None
    link: str | None = None
    self_link: str | None = None
    """The address by which the feed names itself (RFC 4287, 4.2.7.2)."""
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
    """When it was first seen to redirect to `moved_to`; of a feed with a `fetch_url`, when that
    was adopted."""
    moved_sightings: int = 0
    """How often it was seen to redirect to `moved_to`; else `ON_TRIAL` or `REFUSED`."""
    fresh_until: datetime | None = None
    """The end of freshness of the last answer (RFC 9111, 4.2)."""
    max_age: timedelta | None = None
    """The max-age that a server last gave: holds through every 304 that does not speak of it."""
    unconditional: bool = False
    """The last document came without validators, or though ours were those of the same one."""
    rhythm: Rhythm | None = None
    gap: Gap | None = None
    requests: int = 0
    """How often the feed was asked, failures included."""
    not_modified: int = 0
    """How many of the answers were 304s."""
    received: int = 0
    """How many bytes the documents had, unpacked."""
    asked_since: datetime | None = None
    """When it was asked for the first time."""
    hints: PollHints | None = None
    """What the feed itself last said of how often it changes: holds through every 304."""
    first_read_at: datetime | None = None
    """When a document of it was parsed for the first time."""
    read_at: datetime | None = None
    """When the last new document of it was parsed."""
    pushed_until: datetime | None = None
    """Until when its hub (WebSub) is relied upon to bring what is new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How a feed publishes, as far as that decides when to ask it; spans are in minutes."""

    window: int
    """How many entries its document shows."""
    waits: tuple[int, ...] = ()
    """For each hour of the day (UTC): how long after its beginning the next poll may be."""
    gap: int | None = None
    """The mean time between two entries."""
    newest: datetime | None = None
    """The date of the newest entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Entries that a feed showed and took away between two polls."""

    at: datetime
    """When the later poll was."""
    missing: int | None = None
    """How many there may be; ``None`` where the dates do not tell."""
    minutes: int | None = None
    """How often the feed would have had to be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostState:
    """A host that has asked not to be asked for a while."""

    name: str
    closed_until: datetime
    reason: str
    """One sentence: what it answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRequest:
    """Ask `url` for a feed; `feed` is the subscription's own URL, which names the outcome."""

    feed: str
    url: str
    kind: str | None = None
    validators: Validators = Validators()
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """More headers, credentials among them: for the address's own host alone."""
    proxy: str | None = field(default=None, repr=False)
    """The proxy to ask through; "none": none; ``None``: as the settings say."""
    has_waited: bool = False
    """A redirect with Retry-After has had its time, and is followed."""
    follows: bool = False
    """Its host was asked just before: even the first request waits for the host's spacing."""


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
    max_age: timedelta | None = None
    """The max-age of the answer, where that is what its freshness came from."""
    permanent_url: str | None = None
    """Where a chain of permanent redirects alone led to, if there was one."""
    cut: bool = False
    """The connection ended before the whole body had come; there are no validators then."""
    hub: str | None = None
    """The hub of the Link header, where there is one (WebSub, 4)."""
    self_link: str | None = None
    """The address by which the Link header names the document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """The server's 304: an expected outcome, so a value and not an exception."""

    validators: Validators = Validators()
    """Those of the 304 itself, where it carried any."""
    fresh_until: datetime | None = None
    max_age: timedelta | None = None
    silent: bool = True
    """It says nothing of freshness: what was said before holds on (RFC 9111, 4.3.4)."""
    permanent_url: str | None = None


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
class FailedFeed:
    """A feed that could not be read for this edition."""

    title: str
    url: str
    """The subscription's; readers do not see it (`digest.render.templating.public`)."""
    error: str
    """Why, in one sentence for the operator; readers do not see it."""
    link: str | None = None
    """The feed's own site."""


class Ailment(StrEnum):
    """What may be wrong with a feed for longer than a day."""

    GONE = "gone"
    FAILING = "failing"
    MOVED = "moved"
    LOSING = "losing"
    """It shows its entries for a shorter time than lies between two polls."""
    EMPTY = "empty"
    """It had entries, and its document has none now."""
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
    missing: int | None = None
    """How many entries may be missing, of a feed that is losing them."""
    minutes: int | None = None
    """How often it would have to be asked."""
    link: str | None = None
    """The feed's own site, to look at."""
