"""The shapes of what the API takes and gives: the JSON schemas are made of these types."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from digest.model import DeliveryState, SubscriberState

MOST = 200
"""The most items of one page."""

Limit = Annotated[int, Meta(ge=1, le=MOST, description="The most items of the page.")]
Cursor = Annotated[
    str, Meta(max_length=200, description="`next` of the page before; the first has none.")
]
Next = Annotated[
    str | None, Meta(description="The cursor of the next page; null where this one is the last.")
]
Text = Annotated[str, Meta(max_length=2000)]
Rule = Annotated[str, Meta(max_length=2000)]


class ApiQuestion(Struct, forbid_unknown_fields=True):
    """What a request asks or sends; a name that it does not have is a mistake."""


class ApiAnswer(Struct):
    """What a response holds."""


# --- pages and problems --------------------------------------------------------------------------


class PageQuestion(ApiQuestion):
    """Which page of a list."""

    limit: Limit = 50
    after: Cursor = ""


class Mistake(ApiAnswer):
    """A mistake in what was sent, or in the configuration that it would make."""

    where: Annotated[str, Meta(description="The key; empty for the whole.")]
    message: str


class Problem(ApiAnswer):
    """Why a request failed (RFC 9457)."""

    title: str
    status: int
    detail: str
    type: str = "about:blank"
    mistakes: tuple[Mistake, ...] = ()


# --- feeds and entries ---------------------------------------------------------------------------


class FeedAnswer(ApiAnswer):
    """A feed: its settings, and how it is doing."""

    name: Annotated[str, Meta(description="Its name in the configuration; it is unique.")]
    url: Annotated[str, Meta(description="Its address, without passwords and tokens.")]
    title: str | None
    category: str | None
    priority: int
    backfill: int | None
    max_entries: int | None
    fulltext: bool
    muted_until: date | None
    drop: tuple[str, ...]
    keep: tuple[str, ...]
    state: Annotated[str, Meta(description="new, well, failing, gone or muted")]
    error: str | None
    failures: int
    last_success: datetime | None
    next_fetch: datetime | None
    moved_to: str | None


class FeedPage(ApiAnswer):
    items: tuple[FeedAnswer, ...]
    next: Next


class FeedsQuestion(PageQuestion):
    """Which feeds."""

    category: Text = ""
    state: Annotated[str, Meta(description="new, well, failing, gone or muted")] = ""
    search: Annotated[Text, Meta(description="Words of the name or the title.")] = ""


class NewFeed(ApiQuestion):
    """A feed to add."""

    address: Annotated[
        Text, Meta(min_length=1, description="The address of the feed, or of its page.")
    ]
    name: Text | None = None
    title: Text | None = None
    category: Text | None = None
    discover: Annotated[
        bool,
        Meta(
            description="Whether the address is fetched to find the feed; otherwise it is written "
            "to the configuration as it is."
        ),
    ] = True


class FeedChange(ApiQuestion):
    """The keys of a feed to set; null removes a key, and a key left out stays as it is."""

    title: Text | UnsetType | None = UNSET
    category: Text | UnsetType | None = UNSET
    priority: int | UnsetType | None = UNSET
    backfill: Annotated[int, Meta(ge=0)] | UnsetType | None = UNSET
    max_entries: Annotated[int, Meta(ge=0)] | UnsetType | None = UNSET
    fulltext: bool | UnsetType | None = UNSET
    muted_until: date | UnsetType | None = UNSET
    drop: tuple[Rule, ...] | UnsetType | None = UNSET
    keep: tuple[Rule, ...] | UnsetType | None = UNSET


class EntryAnswer(ApiAnswer):
    """An entry of a feed."""

    id: int
    feed: Annotated[str | None, Meta(description="The feed's name; null once it is removed.")]
    title: str
    link: str | None
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    language: str | None
    published: datetime | None
    updated: datetime | None
    first_seen: datetime


class EntryPage(ApiAnswer):
    items: tuple[EntryAnswer, ...]
    next: Next


class EntriesQuestion(PageQuestion):
    """Which entries."""

    feed: Annotated[Text, Meta(description="Only those of the feed of this name.")] = ""


class OtherEntry(ApiAnswer):
    """An entry that an explanation speaks of."""

    id: int
    title: str
    feed: str


class Outcome(ApiAnswer):
    """What one digest did with an entry, and why."""

    digest: str
    verdict: Annotated[
        str,
        Meta(
            description="told, duplicate, filtered, capped, too old; or waits, held, muted, or "
            "does not follow this feed"
        ),
    ]
    rule: str | None
    score: float | None
    edition: Annotated[str | None, Meta(description="The slot of the edition.")]
    rank: int | None
    of: Annotated[OtherEntry | None, Meta(description="The lead of the story it repeats.")]


class Explanation(ApiAnswer):
    """What became of an entry."""

    entry: EntryAnswer
    parser: str | None
    flaw: str | None
    notes: tuple[str, ...]
    outcomes: tuple[Outcome, ...]


# --- digests and editions ------------------------------------------------------------------------


class DigestAnswer(ApiAnswer):
    """A digest of the configuration."""

    name: str
    title: str
    schedule: str
    timezone: str
    language: str
    feeds: int
    channels: tuple[str, ...]
    next_slot: datetime
    subscribers: Annotated[dict[str, int], Meta(description="State -> how many.")]


class DigestList(ApiAnswer):
    items: tuple[DigestAnswer, ...]


class StoryAnswer(ApiAnswer):
    """A story of an edition."""

    key: str
    rank: int
    title: str
    link: str | None
    feed: str
    excerpt: str


class SectionAnswer(ApiAnswer):
    title: str
    stories: tuple[StoryAnswer, ...]


class EditionAnswer(ApiAnswer):
    """An edition in a list."""

    digest: str
    slot: str
    number: int
    composed_at: datetime
    stories: int
    deliveries: Annotated[dict[str, int], Meta(description="State -> how many deliveries.")]


class EditionPage(ApiAnswer):
    items: tuple[EditionAnswer, ...]
    next: Next


class EditionContents(ApiAnswer):
    """An edition with its stories."""

    edition: EditionAnswer
    channels: Annotated[
        dict[str, dict[str, int]], Meta(description="Channel -> state -> how many deliveries.")
    ]
    sections: tuple[SectionAnswer, ...]


class Preview(ApiAnswer):
    """The edition that would be made now."""

    digest: str
    slot: str
    stories: int
    sections: tuple[SectionAnswer, ...]


class OmittedAnswer(ApiAnswer):
    """An entry that an edition left out."""

    id: int
    title: str
    feed: str
    link: str | None


class OmissionGroup(ApiAnswer):
    """A reason, and the entries that it kept out."""

    verdict: str
    rule: str | None
    entries: tuple[OmittedAnswer, ...]


class Omissions(ApiAnswer):
    """What an edition left out; of each reason at most 200 entries."""

    digest: str
    slot: str
    left_out: int
    reasons: tuple[OmissionGroup, ...]


class DeliveryAnswer(ApiAnswer):
    """An edition on its way to one recipient."""

    id: int
    channel: str
    recipient: Annotated[str, Meta(description="Empty where the channel has only one.")]
    state: DeliveryState
    attempts: int
    error: Annotated[str | None, Meta(description="The words of the server that refused it.")]
    receipt: str | None
    updated_at: datetime | None
    next_attempt_at: datetime | None


class DeliveryPageAnswer(ApiAnswer):
    items: tuple[DeliveryAnswer, ...]
    next: Next


class DeliveriesQuestion(PageQuestion):
    """Which deliveries of an edition; a state needs a channel."""

    channel: Text = ""
    state: DeliveryState | None = None


class Resend(ApiQuestion):
    """Which deliveries of an edition to try again."""

    failed: bool = True
    unknown: Annotated[
        bool, Meta(description="Also those that a server never answered: they may arrive twice.")
    ] = False


class Requeued(ApiAnswer):
    """How many deliveries are tried again; `digest serve` begins within a minute."""

    deliveries: int


# --- subscribers ---------------------------------------------------------------------------------


class SubscriberAnswer(ApiAnswer):
    """A present or former subscriber of a digest."""

    id: int
    digest: str
    address: Annotated[str, Meta(description="Empty once it was forgotten.")]
    name: str | None
    state: SubscriberState
    origin: str
    since: Annotated[datetime, Meta(description="When the state last changed.")]
    bounces: int
    frequency: Annotated[str, Meta(description="each or weekly")]


class SubscriberPageAnswer(ApiAnswer):
    items: tuple[SubscriberAnswer, ...]
    next: Next


class SubscribersQuestion(PageQuestion):
    """Which subscribers."""

    state: SubscriberState | None = None


class SubscriberSearch(PageQuestion, kw_only=True):
    """Which subscribers, by a part of their address."""

    contains: Annotated[str, Meta(min_length=1, max_length=254)]
    state: SubscriberState | None = None


class NewSubscriber(ApiQuestion):
    """A person to add to a list."""

    address: Annotated[str, Meta(min_length=3, max_length=320)]
    name: Annotated[str, Meta(max_length=200)] | None = None
    again: Annotated[
        bool,
        Meta(description="Whether the person asked to come back after they left."),
    ] = False


class Suspension(ApiQuestion):
    """Why a subscriber gets nothing for now."""

    reason: Annotated[str, Meta(max_length=200)] = ""


class WeekAnswer(ApiAnswer):
    """A week of a list."""

    monday: date
    states: Annotated[dict[str, int], Meta(description="State -> how many at the week's end.")]
    joined: int
    left: int
    suspended: int
    bounced: int


class History(ApiAnswer):
    items: tuple[WeekAnswer, ...]


class HistoryQuestion(ApiQuestion):
    weeks: Annotated[int, Meta(ge=1, le=260)] = 52


class ReturnedMailAnswer(ApiAnswer):
    """A mail that came back from a subscriber, or was held up."""

    subscriber: SubscriberAnswer
    event: str
    at: datetime
    reason: str


class ReturnedMailList(ApiAnswer):
    items: tuple[ReturnedMailAnswer, ...]


class Forgotten(ApiAnswer):
    """The lists from which an address was erased."""

    lists: int
