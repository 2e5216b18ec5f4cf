"""Digests and their editions: the recurring definition, one frozen instance, and its renditions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Literal

from digest.model.entries import ExcerptSettings
from digest.model.feeds import AilingFeed, FailedFeed, Feed
from digest.model.look import Look, Picture
from digest.model.stories import Story


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
    """With fewer stories an edition waits for more."""
    at_latest: str | timedelta | None = None
    """The end of that wait: a weekday ("mon" ...), or the longest that a story may wait."""
    drop: tuple[str, ...] = ()
    """Rules as written (`digest.compose.rules`): an entry that meets one is not told."""
    keep: tuple[str, ...] = ()
    """Rules as written: where there are any, an entry that meets none is not told."""
    updates: bool = True
    """Whether a story that was told may come back as an update (`digest.compose.updates`)."""
    related: bool = True
    """Whether stories of one event point to each other."""
    health: Literal["weekly", "always", "never"] | None = None
    """How often an edition names the feeds that ail (`digest.compose.health`).

    ``None``: weekly, and never once the digest has subscribers.
    """
    failed_feeds: bool = True
    """Whether readers are told which feeds could not be read."""
    counts: bool | None = None
    """Whether readers are told how many entries the limits left out.

    ``None``: until the digest has subscribers.
    """
    images: bool = False
    public: bool = True
    """Whether the web side shows it to everybody; otherwise to nobody."""
    noindex: bool = False
    """Whether search engines are asked to leave its pages out."""
    weekly: str = "0 7 * * 1"
    """When those who chose one mail a week get it: a cron line."""
    approve: bool | None = None
    """Whether an edition is held until the editor approves it; ``None``: no."""
    approve_by: time | timedelta | None = None
    """When a held edition goes out without approval: at the first such time of day after it was
    composed, or so long after that.  ``None``: never."""
    editor: str | None = None
    """The address that held editions are mailed to."""
    excerpt: ExcerptSettings = field(default_factory=ExcerptSettings)
    channels: Mapping[str, object] = field(default_factory=dict)
    """Channel name -> that channel's own `Settings`."""
    look: Look = field(default_factory=Look)
    options: Mapping[str, object] = field(default_factory=dict)
    """Format name -> that format's own `Settings`, where it has any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of an edition; ``title`` is the category, or empty for the one without."""

    title: str
    stories: tuple[Story, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CappedFeed:
    """A feed with more stories than it may tell: `shown` are told of `of`."""

    feed: str
    """Its title."""
    shown: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSpan:
    """A piece of text of an editor's note, in one style."""

    text: str
    link: str | None = None
    strong: bool = False
    emphasis: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteParagraph:
    """A paragraph of an editor's note, or an item of a list in it."""

    spans: tuple[NoteSpan, ...]
    bullet: str = ""
    """What stands before an item of a list: "•", or its number ("2.")."""


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
    damped: tuple[CappedFeed, ...] = ()
    """The feeds that their own limit cut, the most cut first."""
    failed: tuple[FailedFeed, ...] = ()
    ailing: tuple[AilingFeed, ...] = ()
    """Feeds to look at; most editions leave them out."""
    images: bool = False
    note: tuple[NoteParagraph, ...] = ()
    """What the editor says before the stories."""
    approved_at: datetime | None = None
    """When it went out, where it was held for the editor."""


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
    before: str | None = None
    """The slot of the edition before the one that is shown, as `after` is of the one after it."""
    after: str | None = None
    months: tuple[str, ...] = ()
    """The months with editions (``2026-01``), the newest first, where each has a page."""
    hub: str | None = None
    """Who is told when the feeds change (WebSub)."""
    sign_up: str | None = None
    """Where people sign up to have the digest by mail, if they can."""
    search: str | None = None
    """Where the editions are searched, if they can be."""
    noindex: bool = False
    """Whether search engines are asked to leave the pages out."""
    private: frozenset[str] = frozenset()
    """Texts that no output may hold: keys and logins in the addresses of private feeds."""
    failed_feeds: bool = True
    """Whether the feeds that could not be read are named."""
    health: bool = True
    """Whether the feeds that ail are named, where an edition has any."""
    counts: bool = True
    """Whether is said how many entries the limits left out."""
    templates: str | None = None
    """A directory looked in before our own templates."""
    look: Look | None = None
    logo: Picture | None = None
    share_image: Picture | None = None
    """The picture that other sites show beside a link to a page."""
    options: Mapping[str, object] = field(default_factory=dict)
    """Format name -> that format's own `Settings`, where it has any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendition:
    """An edition, or several, in one format."""

    media_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
