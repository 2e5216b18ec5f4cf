"""The trail of an entry: how it was fetched, read and cleaned, and what each digest decided."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from digest import match
from digest.diagnostics.explain.names import EntryNames, NamedEntry
from digest.model import Decision, Digest, Entry, FeedState, HeldEdition, Judgment, Verdict
from digest.net.secret_urls import without_secrets
from digest.net.urls import canonical_link
from digest.schedule import slots
from digest.store import (
    edition_lists,
    editions,
    entries,
    held_editions,
    stories,
    story_verdicts,
)
from digest.text.marks import plain

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from digest.settings import Config

WAITS, NOT_FOLLOWED, MUTED, HELD = "waits", "does not follow this feed", "muted", "held"
"""Verdicts for an entry about which a digest has decided nothing."""

AMONG = 100_000
"""How many of the newest entries `look_up` searches for words."""

_KEY = re.compile("(?<![0-9a-f])[0-9a-f]{20}$")
"""The key of a story, alone or at the end of its `tag:`."""

Tally = Mapping[str, Mapping[str, int]]
"""Channel -> state -> how many deliveries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatedTelling:
    """An edition that told an entry again, and why."""

    slot: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedStory:
    """A story told before that was merged with this one in the edition of `slot`."""

    other: NamedEntry
    by: NamedEntry
    """The entry that tells both stories."""
    slot: str
    by_verdict: bool = False
    """Whether a person said that both are the same; `by` is then the story told later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestOutcome:
    """The decision of one digest about the entry."""

    digest: str
    verdict: str
    rule: str | None = None
    score: float | None = None
    edition: str | None = None
    settled: str | None = None
    """The slot that had nothing to tell, or the one that the entry waits for."""
    rank: int | None = None
    story: str | None = None
    again: tuple[RepeatedTelling, ...] = ()
    of: NamedEntry | None = None
    """The lead of the story that a duplicate repeats."""
    told: str | None = None
    """The slot of the edition that told this story."""
    tied_to: NamedEntry | None = None
    """The entry of this story that the duplicate resembles most."""
    shared: tuple[str, ...] = ()
    """The longest runs of words that both texts share."""
    into: JoinedStory | None = None
    """The story into which this one was merged."""
    took: tuple[JoinedStory, ...] = ()
    """The stories that were merged into this one."""
    deliveries: Mapping[str, Tally] = field(default_factory=dict)
    """Slot -> deliveries of the editions that told the entry, or the story that it repeats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailVerdict:
    """What a person said about this entry, or one with the same text, and another."""

    id: int
    judgment: Judgment
    at: datetime
    other: NamedEntry
    copy_of: NamedEntry | None = None
    """The entry with the same text that was judged, unless it was this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryTrail:
    """An entry, its feed, and the decisions of all digests about it."""

    entry: Entry
    title: str
    """The title of the entry, or a substitute for a missing one."""
    feed: FeedState
    feed_title: str
    subscribed: bool
    """Whether its feed is still in the configuration."""
    characters: int | None
    """The length of its text; ``None`` where the text is no longer kept."""
    outcomes: tuple[DigestOutcome, ...]
    verdicts: tuple[TrailVerdict, ...] = ()
    """What people have said about it, the newest first; of two entries only the last word."""

    def as_dict(self) -> dict[str, Any]:
        """Return everything as a dictionary for JSON."""
        entry, feed = self.entry, self.feed
        return {
            "id": entry.id,
            "uid": entry.uid,
            "title": entry.title,
            "link": entry.link,
            "canonical_link": entry.canonical_link,
            "feed": without_secrets(feed.url),
            "feed_title": self.feed_title,
            "published": entry.published,
            "updated": entry.updated,
            "first_seen": entry.first_seen,
            "revised": entry.revised_at,
            "fetched": {
                "subscribed": self.subscribed,
                "address": without_secrets(feed.fetch_url or feed.url),
                "first_read": feed.first_read_at,
                "last_read": feed.read_at,
                "last_asked": feed.checked_at,
                "last_success": feed.succeeded_at,
                "next": feed.next_fetch_at,
                "failures": feed.failures,
                "error": feed.error,
                "gone": feed.gone,
            },
            "parsed": {"by": entry.parser, "flaw": entry.flaw},
            "language": entry.language,
            "characters": self.characters,
            "backlog": entry.backlog,
            "notes": entry.notes,
            "verdicts": [asdict(verdict) for verdict in self.verdicts],
            "digests": [asdict(outcome) for outcome in self.outcomes],
        }


def follow(config: Config, connection: Connection, needle: str, now: datetime) -> list[EntryTrail]:
    """Return the trails of the entries that `needle` names, the newest first.

    `needle` is a link, an id, the key of a story or a `tag:` that ends in one; otherwise it is a
    title or words of titles.
    """
    found = entries.find(connection, needle)
    if not found and (link := canonical_link(needle)):
        found = entries.find(connection, link)
    if not found and (key := _KEY.search(needle)):
        told = stories.told_as(connection, key.group())
        found = list(entries.by_ids(connection, told).values())
    if not found:
        found = entries.titled(connection, needle)
    reader = _TrailReader(connection, EntryNames(config, connection), now)
    reader.names.read(found)
    return [_trail(config, reader, entry) for entry in found]


def look_up(config: Config, connection: Connection, needle: str) -> list[tuple[Entry, str, str]]:
    """Return the entries that `needle` names, each with its title and its feed, by indexes alone.

    `needle` is the number of an entry, a link, or words of titles of the newest `AMONG` entries.
    """
    needle = needle.strip()
    found: list[Entry] = []
    if needle.isdecimal() and len(needle) < 19:
        found = list(entries.by_ids(connection, [int(needle)]).values())
    elif link := canonical_link(needle):
        holders = stories.sharing(connection, [match.link_key(link).hash])
        ids = {holder.entry_id for each in holders.values() for holder in each}
        found = list(entries.by_ids(connection, ids).values())
    if not found:
        found = entries.titled(connection, needle, AMONG)
    names = EntryNames(config, connection)
    names.read(found)
    return [
        (entry, names.title(entry), names.feed(entry.feed_id))
        for entry in sorted(found, key=lambda entry: -(entry.id or 0))
    ]


def _trail(config: Config, reader: _TrailReader, entry: Entry) -> EntryTrail:
    names = reader.names
    feed = names.state(entry.feed_id)
    decided = reader.decisions(entry)
    return EntryTrail(
        entry=entry,
        title=names.title(entry),
        feed=feed,
        feed_title=names.feed(entry.feed_id),
        subscribed=feed.url in names.feeds,
        characters=reader.characters(entry),
        verdicts=reader.verdicts(entry),
        outcomes=tuple(
            reader.decided(entry, decided.pop(digest.name))
            if digest.name in decided
            else reader.undecided(entry, feed, digest)
            for digest in config.digests
        )
        + tuple(reader.decided(entry, stored) for stored in decided.values()),
    )


class _TrailReader:
    """Looks up the decisions about an entry."""

    def __init__(self, connection: Connection, names: EntryNames, now: datetime) -> None:
        self._connection = connection
        self.names = names
        self._now = now
        self._held_editions: dict[str, tuple[HeldEdition | None, dict[int, Decision]]] = {}

    def decisions(self, entry: Entry) -> dict[str, stories.Trail]:
        """Return the decisions about an entry, by digest."""
        assert entry.id is not None
        return {decided.digest: decided for decided in stories.trail(self._connection, entry.id)}

    def characters(self, entry: Entry) -> int | None:
        """Return the length of an entry's text, or ``None`` if the text is no longer kept."""
        assert entry.id is not None
        body = entries.bodies(self._connection, [entry.id]).get(entry.id)
        return len(plain(body.text)) if body else None

    def verdicts(self, entry: Entry) -> tuple[TrailVerdict, ...]:
        """Return what people have said about an entry and others."""
        found = story_verdicts.about(self._connection, entry)
        named = self.names.entries(story_verdicts.entries_of(found))
        trail: dict[frozenset[int], TrailVerdict] = {}
        for verdict in found:
            own, other = verdict.one, verdict.other
            if entry.id == other.entry_id or (
                entry.id != own.entry_id and entry.fingerprint in (other.fingerprint, other.current)
            ):
                own, other = other, own
            if own.entry_id != entry.id and own.fingerprint == other.fingerprint:
                continue  # a verdict about two entries of one text is about these two alone
            trail.setdefault(
                frozenset((own.entry_id, other.entry_id)),
                TrailVerdict(
                    id=verdict.id,
                    judgment=verdict.judgment,
                    at=verdict.at,
                    other=named[other.entry_id],
                    copy_of=None if own.entry_id == entry.id else named[own.entry_id],
                ),
            )
        return tuple(
            verdict
            for verdict in trail.values()
            if verdict.judgment is not Judgment.WITHDRAWN and verdict.other.id != entry.id
        )

    def decided(self, entry: Entry, decided: stories.Trail) -> DigestOutcome:
        """Return a decision with its deliveries and the stories that it concerns."""
        assert entry.id is not None
        decision = decided.decision
        again = [
            RepeatedTelling(slot=slot, reason=reason)
            for name, slot, reason in stories.retold(self._connection, entry.id)
            if name == decided.digest
        ]
        into, took = self._joined(decided.digest, entry.id)
        repeated = self._repeated(decided.digest, entry.id, decision)
        told = decided.slot if decision.verdict is Verdict.TOLD else repeated.get("told")
        return DigestOutcome(
            digest=decided.digest,
            verdict=decision.verdict.value,
            rule=decision.rule,
            score=decision.score,
            edition=decided.slot,
            settled=decided.settled,
            rank=decision.rank,
            story=decision.story,
            again=tuple(again),
            into=into,
            took=took,
            deliveries=edition_lists.tallies(
                self._connection,
                decided.digest,
                [slot for slot in (told, *(each.slot for each in again)) if slot],
            ),
            **repeated,
        )

    def undecided(self, entry: Entry, feed: FeedState, digest: Digest) -> DigestOutcome:
        """Return why a digest has decided nothing about the entry yet."""
        subscription = next((known for known in digest.feeds if known.url == feed.url), None)
        if subscription is None:
            return DigestOutcome(digest=digest.name, verdict=NOT_FOLLOWED)
        if entry.backlog:
            return DigestOutcome(digest=digest.name, verdict=Verdict.TOO_OLD.value, rule="backfill")
        if subscription.muted_until and subscription.muted_until > self._now.date():
            until = f"muted_until = {subscription.muted_until}"
            return DigestOutcome(digest=digest.name, verdict=MUTED, rule=until)
        if held := self._held(entry, digest.name):
            return held
        return DigestOutcome(digest=digest.name, verdict=WAITS, settled=self._awaited(digest))

    def _held(self, entry: Entry, digest: str) -> DigestOutcome | None:
        """Tell what the edition that waits for approval makes of an entry, if it decides on it."""
        if digest not in self._held_editions:
            waits = held_editions.waiting(self._connection, digest)
            decisions = held_editions.content(self._connection, waits.id).decisions if waits else ()
            self._held_editions[digest] = (waits, {each.entry_id: each for each in decisions})
        waits, decided = self._held_editions[digest]
        assert entry.id is not None
        decision = decided.get(entry.id)
        if waits is None or decision is None:
            return None
        return DigestOutcome(
            digest=digest,
            verdict=HELD,
            rule=decision.verdict.value,
            score=decision.score,
            settled=waits.slot,
            rank=decision.rank,
        )

    def _awaited(self, digest: Digest) -> str:
        """Return the slot that is due, or else the next one."""
        schedule = slots.parse_schedule(digest.schedule)
        due = slots.slot_name(slots.latest_slot(schedule, digest.timezone, self._now))
        state = editions.digest_state(self._connection, digest.name)
        if state is None or state.settled is None or due > state.settled:
            return due
        return slots.slot_name(slots.next_slot(schedule, digest.timezone, self._now))

    def _repeated(self, digest: str, entry_id: int, decision: Decision) -> dict[str, Any]:
        """Return the fields that name what a duplicate repeats, and the words that both share."""
        if decision.of is None:
            return {}
        tied_to = decision.tied_to or decision.of
        texts = entries.texts(self._connection, [entry_id, tied_to], match.COMPARED)
        own, other = texts.get(entry_id), texts.get(tied_to)
        told = stories.tellings(self._connection, digest, [decision.of]).get(decision.of)
        return {
            "of": self.names.entries([decision.of])[decision.of],
            "told": told[0].slot if told else None,
            "tied_to": self.names.entries([tied_to])[tied_to] if tied_to != decision.of else None,
            "shared": match.shared_runs(own, other) if own and other else (),
        }

    def _joined(
        self, digest: str, entry_id: int
    ) -> tuple[JoinedStory | None, tuple[JoinedStory, ...]]:
        found = stories.redirects_of(self._connection, digest, entry_id)
        named = self.names.entries(
            entry_id for row in found for entry_id in (row.entry_id, row.of, row.by)
        )
        into = None
        took = []
        for row in found:
            away = row.entry_id == entry_id
            other = named[row.of if away else row.entry_id]
            joined = JoinedStory(
                other=other,
                by=named[row.by],
                slot=row.slot,
                by_verdict=row.by == row.entry_id,
            )
            if away:
                into = joined
            else:
                took.append(joined)
        return into, tuple(took)
