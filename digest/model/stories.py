"""Stories: entries that tell the same thing, and a digest's decision about each entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from digest.model.entries import Enclosure, Image, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyHolder:
    """An entry that has a key of the matching index."""

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


BY_EDITOR = "the editor"
"""The rule of the decision on an entry that the editor has dropped."""


class Verdict(StrEnum):
    """A digest's final decision about an entry."""

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
    """The rule: "link", "text", "max_per_feed = 5", "backfill = 5", a filter as written."""
    rank: int | None = None
    score: float | None = None
    """The share of the shorter text that the longer one has, from 0 to 1; for duplicates only."""
    tied_to: int | None = None
    """The entry of the story that `score` compares a duplicate with."""
    story: str | None = None
    """The `Story.key` of an entry that is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retelling:
    """An entry that an edition tells again; the decision about it does not change."""

    entry_id: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """Two stories that were told separately and have turned out to be one.

    The story of the lead `entry_id` is merged into the story of the lead `of`.  The entry `by`
    tells both.
    """

    entry_id: int
    of: int
    by: int


class Judgment(StrEnum):
    """What a person says about two entries."""

    SAME = "same"
    APART = "apart"
    WITHDRAWN = "withdrawn"
    """Whatever was said before: the texts decide again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedEntry:
    """One of the two entries of a verdict, as it was when a person judged it."""

    entry_id: int
    fingerprint: str | None = None
    """The fingerprint of its text then; ``None`` for a text that is missing or short."""
    current: str | None = None
    """The fingerprint of its text now."""
    link: str | None = None
    """Its canonical link, by which copies of an entry without a text are known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryVerdict:
    """A person's verdict about two entries: they tell one story, or they do not.

    It holds for these entries, whatever their texts become, and for entries with the same texts.
    The verdict with the greater `id` is the newer.
    """

    id: int
    judgment: Judgment
    at: datetime
    one: JudgedEntry
    other: JudgedEntry


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
    """The stable, opaque value that generated ids are made from."""
    rank: int
    """The position in the whole edition, from 1."""
    title: str
    """Never empty: an untitled entry gets the beginning of its text as title."""
    untitled: bool = False
    link: str | None = None
    feed: str = ""
    """The feed's title."""
    feed_url: str = ""
    """The subscription's URL; `digest.render.templating.public` decides what readers may see."""
    feed_self: str | None = None
    """The address by which the feed names itself."""
    feed_link: str | None = None
    source: Source | None = None
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    published: datetime | None = None
    updated: datetime
    """The entry's date, else the time it was first seen; for an update, the time it became one."""
    undated: bool = False
    """Whether the feed gives no date: `updated` is a fetch time, and only its day is shown."""
    language: str | None = None
    excerpt: str = ""
    truncated: bool = False
    image: Image | None = None
    enclosures: tuple[Enclosure, ...] = ()
    also_in: tuple[Mention, ...] = ()
    related: tuple[str, ...] = ()
    update: bool = False
    """Whether the story was told before and comes back as an update."""
    first_told: str | None = None
    """The slot of the edition that told an update first."""
