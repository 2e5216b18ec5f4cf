"""The stages that compose the next edition of a digest.

    eligible -> rules -> group -> select -> compose

The first four stages read the database through a connection.  `compose` uses only their results, so
that no transaction is open while the embedder runs.  No stage writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from digest import compose as composing
from digest import match
from digest.compose import DigestFeed, Selection
from digest.compose.rules import SEARCHED, unwanted
from digest.compose.updates import Update
from digest.model import (
    AilingFeed,
    Body,
    Decision,
    Digest,
    Edition,
    EditionContent,
    Entry,
    Redirect,
    Retelling,
)
from digest.pipeline.due_feeds import unmuted
from digest.pipeline.embedder import embedder
from digest.pipeline.faulty_entries import FaultyEntries, FaultyEntry
from digest.pipeline.feed_health import ailing
from digest.pipeline.grouping import Grouping, grouped
from digest.pipeline.resurfacing import returning
from digest.schedule import slots
from digest.store import editions, entries, stories, story_verdicts
from digest.store import feeds as feed_rows
from digest.text.marks import plain

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from digest.store import Store
    from digest.store.editions import DigestState


@dataclass(frozen=True, slots=True, kw_only=True)
class DueSlot:
    """A slot that is due: the name of its edition, and its time."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """All undecided entries of a digest, with the state of the digest and its feeds."""

    digest: Digest
    slot: DueSlot
    now: datetime
    state: DigestState | None
    verdict: int
    """The id of the newest verdict about stories."""
    feeds: Mapping[int, DigestFeed]
    entries: tuple[Entry, ...]
    old: Mapping[int, str]
    """The entries that are too old for this digest, as entry id -> rule."""
    faults: FaultyEntries
    """The entries that raised an unforeseen error: they stay undecided."""

    @property
    def is_first(self) -> bool:
        """Whether the digest has no edition yet."""
        return self.state is None or self.state.number == 0

    @property
    def all_failed(self) -> bool:
        """Whether the last poll of every feed of the digest failed."""
        return all(subscribed.state.error for subscribed in self.feeds.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """The stories chosen for an edition, with the texts and feed health that it shows."""

    selection: Selection
    joined: tuple[Redirect, ...]
    bodies: Mapping[int, Body]
    ailing: tuple[AilingFeed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An edition that is not frozen yet, with all data that freezing writes."""

    digest: Digest
    slot: DueSlot
    state: DigestState | None
    """The state of the digest that the draft was made from."""
    verdict: int
    """The id of the newest verdict about stories that the draft was made from."""
    edition: Edition
    decisions: tuple[Decision, ...]
    retold: tuple[Retelling, ...]
    joined: tuple[Redirect, ...]
    story_entries: Mapping[str, tuple[int, ...]]
    """`Story.key` -> the ids of the entries that tell the story, its lead first."""
    versions: Mapping[int, entries.EntryVersion]
    """The version of each entry that the edition shows, by entry id."""
    ready: bool
    """Whether there are enough stories for an edition."""
    is_first: bool
    all_failed: bool
    faults: tuple[FaultyEntry, ...]

    @property
    def stories(self) -> int:
        """How many stories the edition tells."""
        return sum(len(section.stories) for section in self.edition.sections)

    @property
    def content(self) -> EditionContent:
        """Return the data that freezing or holding the edition writes."""
        return EditionContent(
            edition=self.edition,
            decisions=self.decisions,
            retold=self.retold,
            joined=self.joined,
            entries=self.story_entries,
        )


def due(store: Store, digest: Digest, now: datetime) -> DueSlot | None:
    """Return the newest slot up to `now`; ``None`` if it is settled."""
    schedule = slots.parse_schedule(digest.schedule)
    at = slots.latest_slot(schedule, digest.timezone, now)
    with store.read() as connection:
        state = editions.digest_state(connection, digest.name)
        if is_settled(digest, state, at):
            return None
        name = slots.slot_name(at)
        if editions.has_slot(connection, digest.name, name):
            name = _free_name(connection, digest, now)
    return DueSlot(name=name, at=at)


def is_settled(digest: Digest, state: DigestState | None, at: datetime) -> bool:
    """Say whether the slot at `at`, or a later one, is settled.

    Slots are compared by time, because the digest's zone, which their names depend on, may change.
    """
    settled = _settled_at(digest, state)
    return settled is not None and at <= settled


def _settled_at(digest: Digest, state: DigestState | None) -> datetime | None:
    if state is None or state.settled is None:
        return None
    return state.settled_at or slots.parse_slot_name(state.settled, digest.timezone)


def _free_name(connection: Connection, digest: Digest, now: datetime) -> str:
    """Return the name of the first minute from `now` on that has no edition.

    The slot's own name is taken if a clock that was ahead has made an edition for it, or if the
    digest's zone was changed to the west and the local time occurs again.
    """
    minute = now
    while True:
        name = slots.slot_name(minute.astimezone(ZoneInfo(digest.timezone)))
        if not editions.has_slot(connection, digest.name, name):
            return name
        minute += timedelta(minutes=1)


def eligible(connection: Connection, digest: Digest, slot: DueSlot, now: datetime) -> Candidates:
    """Read the undecided entries of the digest, and find those that are too old."""
    state = editions.digest_state(connection, digest.name)
    feeds_to_read = unmuted(digest.feeds, now, digest.timezone)
    feeds = subscriptions(connection, replace(digest, feeds=feeds_to_read), state)
    found = tuple(stories.eligible(connection, digest.name, tuple(feeds)))
    is_first = state is None or state.number == 0
    since = _slot_before_latest(digest, now) if is_first else None
    return Candidates(
        digest=digest,
        slot=slot,
        now=now,
        state=state,
        verdict=story_verdicts.newest(connection),
        feeds=feeds,
        entries=found,
        faults=FaultyEntries(digest.name),
        old=composing.too_old(found, feeds, since),
    )


def rules(connection: Connection, candidates: Candidates) -> dict[int, str]:
    """Find the entries that the digest's rules leave out, as entry id -> rule."""
    feeds = {feed_id: subscribed.feed for feed_id, subscribed in candidates.feeds.items()}
    texts = partial(entries.texts, connection, most=SEARCHED)

    def judge(fresh: Sequence[Entry]) -> dict[int, str]:
        return unwanted(fresh, candidates.digest, feeds, candidates.now, texts)

    fresh = [entry for entry in candidates.entries if entry.id not in candidates.old]
    return candidates.faults.leaving_out(fresh, judge)


def group(connection: Connection, candidates: Candidates, left_out: Mapping[int, str]) -> Grouping:
    """Group the entries that tell the same story, without those that the rules leave out."""

    def grouping(fresh: Sequence[Entry]) -> Grouping:
        return grouped(connection, candidates.digest, fresh, candidates.feeds)

    fresh = [
        entry
        for entry in candidates.entries
        if entry.id not in candidates.old and entry.id not in left_out
    ]
    return candidates.faults.leaving_out(fresh, grouping)


def select(
    connection: Connection, candidates: Candidates, left_out: Mapping[int, str], found: Grouping
) -> Material:
    """Choose the stories of the edition, with updates of told stories, and read their texts."""
    digest, feeds, state = candidates.digest, candidates.feeds, candidates.state
    updates: Sequence[Update] = ()
    if digest.updates:
        updates = returning(connection, digest, candidates.slot.name, found, feeds, candidates.now)
    selection = composing.select(digest, found.groups, candidates.old, left_out, feeds, updates)
    leads = [telling.lead.id for telling in selection.stories if telling.lead.id]
    before = state.composed_at if state else None
    return Material(
        selection=selection,
        joined=found.joined,
        bodies=entries.bodies(connection, leads),
        ailing=ailing(connection, digest, feeds, candidates.now, before),
    )


def compose(settings: match.Settings, candidates: Candidates, material: Material) -> Draft:
    """Make the edition of the chosen stories; calls the operator's embedder, if there is one."""
    digest, state, selection = candidates.digest, candidates.state, material.selection
    related: Mapping[int, Sequence[int]] = {}
    if digest.related:
        related = match.relate(
            [telling.lead for telling in selection.stories],
            {
                entry_id: plain(body.text[: match.COMPARED])
                for entry_id, body in material.bodies.items()
            },
            embedder(settings),
            settings.likeness,
        )
    edition, decisions = composing.compose(
        digest,
        selection,
        slot=candidates.slot.name,
        number=state.number + 1 if state else 1,
        now=candidates.now,
        feeds=candidates.feeds,
        bodies=material.bodies,
        related=related,
        cut=candidates.faults.guarded_excerpt,
    )
    return Draft(
        digest=digest,
        slot=candidates.slot,
        state=state,
        verdict=candidates.verdict,
        edition=replace(edition, ailing=material.ailing),
        decisions=decisions,
        retold=selection.retold,
        joined=material.joined,
        story_entries={
            composing.key_of(telling, candidates.feeds): tuple(
                entry.id for entry in telling.entries if entry.id is not None
            )
            for telling in selection.stories
        },
        versions=entries.versions_of(
            entry for telling in selection.stories for entry in telling.entries
        ),
        ready=_is_ready(candidates, selection),
        is_first=candidates.is_first,
        all_failed=candidates.all_failed,
        faults=candidates.faults.found,
    )


def subscriptions(
    connection: Connection, digest: Digest, state: DigestState | None
) -> dict[int, DigestFeed]:
    """Return the digest's feeds by id, without feeds that were never fetched.

    A feed is new to a digest that has editions but has decided about no entry of the feed.  The
    entries that the feed held when it was first read, or when the digest was last composed, count
    as older than the subscription.
    """
    states = {
        state.url: state
        for state in feed_rows.states(connection, [feed.url for feed in digest.feeds])
    }
    since = _composed_at(digest, state)
    decided = stories.seen_by(connection, digest.name) if since else set()
    return {
        known.id: DigestFeed(
            feed=feed,
            state=known,
            position=position,
            backlog_until=max(since, known.first_read_at or since)
            if since and known.id not in decided
            else None,
        )
        for position, feed in enumerate(digest.feeds)
        if (known := states.get(feed.url))
    }


def _is_ready(candidates: Candidates, selection: Selection) -> bool:
    """Say whether there are enough stories.

    A digest's first edition and the entries of a new feed never wait: `too_old` would judge waiting
    entries again and leave out more of them each time.
    """
    settled = candidates.state.settled if candidates.state else None
    if candidates.is_first or settled is None:
        return True
    if any(candidates.feeds[entry.feed_id].backlog_until for entry in candidates.entries):
        return True
    return composing.ready(candidates.digest, selection, slot=candidates.slot.name, settled=settled)


def _slot_before_latest(digest: Digest, now: datetime) -> datetime:
    schedule = slots.parse_schedule(digest.schedule)
    latest = slots.latest_slot(schedule, digest.timezone, now)
    return slots.slot_before(schedule, digest.timezone, latest)


def _composed_at(digest: Digest, state: DigestState | None) -> datetime | None:
    """Return when a digest last took its entries; ``None`` before its first edition."""
    if state is None or state.composed_at is None:
        return None
    settled = _settled_at(digest, state)
    return max(state.composed_at, settled.astimezone(UTC)) if settled else state.composed_at
