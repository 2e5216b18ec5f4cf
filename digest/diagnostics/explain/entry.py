"""An entry's whole trail: how it was fetched, read and cleaned, and what each digest made of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from digest import match
from digest.diagnostics.explain.names import EntryNames, NamedEntry
from digest.model import Decision, Digest, Entry, FeedState, Verdict
from digest.net.secret_urls import without_secrets
from digest.net.urls import canonical_link
from digest.schedule import slots
from digest.store import edition_lists, editions, entries, stories
from digest.text.marks import plain

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from digest.settings import Config

WAITS, NOT_FOLLOWED, MUTED = "waits", "does not follow this feed", "muted"
"""What there is to say where a digest has decided nothing."""

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
    """A story told before that has become one with this one since the edition of `slot`."""

    other: NamedEntry
    by: NamedEntry
    """What tells both."""
    slot: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestOutcome:
    """What one digest made of the entry."""

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
    """What a duplicate repeats: the lead of its story, told in"""
    told: str | None = None
    """The slot of the edition that told it."""
    tied_to: NamedEntry | None = None
    """The entry of that story which it resembles most."""
    shared: tuple[str, ...] = ()
    """The longest runs of words that both texts have."""
    into: JoinedStory | None = None
    """The story into which this one has gone."""
    took: tuple[JoinedStory, ...] = ()
    """The stories that have gone into this one."""
    deliveries: Mapping[str, Tally] = field(default_factory=dict)
    """Of the editions that told it, or what it duplicates, by slot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryTrail:
    """An entry and all that is known of its way."""

    entry: Entry
    title: str
    """Its own, or what stands in for one."""
    feed: FeedState
    feed_title: str
    subscribed: bool
    """Whether the configuration still has its feed."""
    characters: int | None
    """Of its text, as far as it is still kept."""
    outcomes: tuple[DigestOutcome, ...]

    def as_dict(self) -> dict[str, Any]:
        """Give everything, for JSON."""
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
            "digests": [asdict(outcome) for outcome in self.outcomes],
        }


def follow(config: Config, connection: Connection, needle: str, now: datetime) -> list[EntryTrail]:
    """Find the entries that `needle` names, the newest first, and follow each.

    It is a link, an id, the key of a story or a `tag:` that ends in one; else a title, else words
    of titles.
    """
    found = entries.find(connection, needle)
    if not found and (link := canonical_link(needle)):
        found = entries.find(connection, link)
    if not found and (key := _KEY.search(needle)):
        told = stories.told_as(connection, key.group())
        found = list(entries.by_ids(connection, told).values())
    if not found:
        found = entries.titled(connection, needle)
    look = _TrailReader(connection, EntryNames(config, connection), now)
    look.names.read(found)
    return [_trail(config, look, entry) for entry in found]


def _trail(config: Config, look: _TrailReader, entry: Entry) -> EntryTrail:
    names = look.names
    feed = names.states[entry.feed_id]
    decided = look.decisions(entry)
    return EntryTrail(
        entry=entry,
        title=names.title(entry),
        feed=feed,
        feed_title=names.feed(entry.feed_id),
        subscribed=feed.url in names.feeds,
        characters=look.characters(entry),
        outcomes=tuple(
            look.decided(entry, decided.pop(digest.name))
            if digest.name in decided
            else look.undecided(entry, feed, digest)
            for digest in config.digests
        )
        + tuple(look.decided(entry, stored) for stored in decided.values()),
    )


class _TrailReader:
    """What is looked up of an entry and a digest."""

    def __init__(self, connection: Connection, names: EntryNames, now: datetime) -> None:
        self._connection = connection
        self.names = names
        self._now = now

    def decisions(self, entry: Entry) -> dict[str, stories.Trail]:
        """Give what was decided about an entry, by digest."""
        assert entry.id is not None
        return {decided.digest: decided for decided in stories.trail(self._connection, entry.id)}

    def characters(self, entry: Entry) -> int | None:
        """Count the characters of an entry's text, if that is still kept."""
        assert entry.id is not None
        body = entries.bodies(self._connection, [entry.id]).get(entry.id)
        return len(plain(body.text)) if body else None

    def decided(self, entry: Entry, decided: stories.Trail) -> DigestOutcome:
        """Tell what was decided, and what came of it."""
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
        """Tell why nothing was decided yet."""
        subscription = next((known for known in digest.feeds if known.url == feed.url), None)
        if subscription is None:
            return DigestOutcome(digest=digest.name, verdict=NOT_FOLLOWED)
        if entry.backlog:
            return DigestOutcome(digest=digest.name, verdict=Verdict.TOO_OLD.value, rule="backfill")
        if subscription.muted_until and subscription.muted_until > self._now.date():
            until = f"muted_until = {subscription.muted_until}"
            return DigestOutcome(digest=digest.name, verdict=MUTED, rule=until)
        return DigestOutcome(digest=digest.name, verdict=WAITS, settled=self._awaited(digest))

    def _awaited(self, digest: Digest) -> str:
        """Name the slot that is due, or else the next one."""
        schedule = slots.parse_schedule(digest.schedule)
        due = slots.slot_name(slots.latest_slot(schedule, digest.timezone, self._now))
        state = editions.digest_state(self._connection, digest.name)
        if state is None or state.settled is None or due > state.settled:
            return due
        return slots.slot_name(slots.next_slot(schedule, digest.timezone, self._now))

    def _repeated(self, digest: str, entry_id: int, decision: Decision) -> dict[str, Any]:
        """Name what a duplicate repeats, and the words that they share."""
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
            joined = JoinedStory(other=other, by=named[row.by], slot=row.slot)
            if away:
                into = joined
            else:
                took.append(joined)
        return into, tuple(took)
