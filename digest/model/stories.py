"""Stories: entries that tell the same, and what a digest decided about each entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from digest.model.entries import Enclosure, Image, Source


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


BY_EDITOR = "the editor"
"""The rule by which an entry is left out that the editor has dropped."""


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
    """Of a duplicate: how much of the shorter text the longer has, from 0 to 1."""
    tied_to: int | None = None
    """Of a duplicate: the entry of the story to which `score` compares it."""
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
    """The subscription's; what readers may see decides `digest.render.templating.public`."""
    feed_self: str | None = None
    """The address by which the feed names itself."""
    feed_link: str | None = None
    source: Source | None = None
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    published: datetime | None = None
    updated: datetime
    """Never unknown: the entry's own date, else when it was first seen; of an update, when it
    became one."""
    undated: bool = False
    """The feed gives no date: `updated` is the moment of a fetch, and only its day is shown."""
    language: str | None = None
    excerpt: str = ""
    truncated: bool = False
    image: Image | None = None
    enclosures: tuple[Enclosure, ...] = ()
    also_in: tuple[Mention, ...] = ()
    related: tuple[str, ...] = ()
    update: bool = False
    """Whether it was told before and comes back."""
    first_told: str | None = None
    """Of an update: the slot of the edition that told it first."""
