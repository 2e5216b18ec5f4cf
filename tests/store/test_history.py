"""Any history of saving, deciding and forgetting leaves what a few dictionaries would hold."""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from digest.errors import BusyError
from digest.model import Decision, Entry, KeyHolder, StoredEntry, Verdict
from digest.store import (
    edition_lists,
    editions,
    entries,
    feeds,
    open_store,
    stories,
)
from support import databases
from support.stored import NOW, body, edition, entry

FEEDS = (1, 2)
DIGESTS = ("daily", "weekly")
KEYS = (-2, 0, 1, entries.OF_TEXTS, entries.OF_TEXTS + 1)

words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5)
batches = st.dictionaries(
    st.tuples(st.sampled_from(FEEDS), st.sampled_from("abcdef")),
    st.tuples(
        st.fixed_dictionaries(
            {
                "title": words,
                "raw_hash": st.sampled_from(["one", "other"]),
                "backlog": st.booleans(),
                "revised_at": st.none() | st.sampled_from([NOW, NOW + timedelta(days=1)]),
                "authors": st.lists(words, max_size=2).map(tuple),
                "body": st.none() | words.map(body),
            }
        ),
        st.lists(st.sampled_from(KEYS), max_size=3),
    ),
    max_size=6,
)


class History(RuleBasedStateMachine):
    """`stored`, `keys`, `saved_at` and `decided` are what the database is to hold."""

    empty: Path

    @initialize()
    def open(self) -> None:
        self.end = ExitStack()
        if databases.server():
            url = self.end.enter_context(databases.fresh())
        else:
            folder = self.end.enter_context(tempfile.TemporaryDirectory())
            url = f"sqlite:///{shutil.copy(self.empty, Path(folder) / 'digest.db')}"
        self.store = open_store(url)
        self.end.callback(self.store.close)
        self.stored: dict[tuple[int, str], Entry] = {}
        self.keys: dict[int, set[int]] = {}
        self.saved_at: dict[int, datetime] = {}
        self.decided: defaultdict[str, dict[int, Decision]] = defaultdict(dict)
        self.slots: defaultdict[str, list[str]] = defaultdict(list)
        self.now = NOW
        with self.store.write() as connection:
            feeds.ensure(connection, [f"https://example.org/{feed}" for feed in FEEDS])
            for digest in DIGESTS:
                editions.name_authority(connection, digest, "example.org", date(2026, 1, 1))

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.end.close()

    @rule(batch=batches, twice=st.booleans())
    def save(self, batch: dict, twice: bool) -> None:
        self.now += timedelta(hours=1)
        rows = [
            entry(feed, uid, first_seen=self.now, **more)
            for (feed, uid), (more, _) in batch.items()
        ]
        keys = [held for _, held in batch.values()]
        with self.store.write() as connection:
            ids = entries.save(connection, rows, keys, self.now)
            assert not twice or entries.save(connection, rows, keys, self.now) == ids
        for entry_id, row, held in zip(ids, rows, keys, strict=True):
            before = self.stored.get((row.feed_id, row.uid))
            if before:
                assert entry_id == before.id
                row = replace(
                    row,
                    first_seen=before.first_seen,
                    backlog=before.backlog,
                    revised_at=row.revised_at or before.revised_at,
                )
            self.stored[row.feed_id, row.uid] = replace(row, id=entry_id)
            self.keys[entry_id] = set(held)
            self.saved_at[entry_id] = self.now

    @rule(digest=st.sampled_from(DIGESTS), tell=st.booleans(), chosen=st.sets(st.integers(0, 11)))
    def decide(self, digest: str, tell: bool, chosen: set[int]) -> None:
        """Decide about some entries, eligible or not; all is refused where one is decided."""
        self.now += timedelta(hours=1)
        slot = self.now.strftime("%Y-%m-%dT%H%M")
        ids = sorted(row.id or 0 for at, row in enumerate(self.stored.values()) if at in chosen)
        decisions = [Decision(entry_id=entry_id, verdict=Verdict.CAPPED) for entry_id in ids]
        busy = bool(self.decided[digest].keys() & set(ids))
        try:
            with self.store.write() as connection:
                if tell:
                    editions.freeze(connection, edition(digest, slot, "One"), decisions)
                else:
                    editions.settle(connection, digest, slot, decisions)
        except BusyError:
            assert busy
        else:
            assert not busy
            self.decided[digest].update({one.entry_id: one for one in decisions})
            self.slots[digest] += [slot] * tell

    @precondition(lambda self: self.saved_at)
    @rule(hours=st.integers(0, 3))
    def forget(self, hours: int) -> None:
        before = self.now - timedelta(hours=hours)
        with self.store.write() as connection:
            entries.drop_bodies(connection, before)
        for name, row in self.stored.items():
            if row.body and self.saved_at[row.id or 0] < before:
                self.stored[name] = replace(row, body=None)
                self.keys[row.id or 0] -= set(range(2)) | {entries.OF_TEXTS}

    @invariant()
    def entries_are_as_saved(self) -> None:
        ids = [row.id or 0 for row in self.stored.values()]
        with self.store.read() as connection:
            assert self.store.flaws() == []
            bodies = entries.bodies(connection, ids)
            assert {
                entry_id: replace(row, body=bodies.get(entry_id))
                for entry_id, row in entries.by_ids(connection, ids).items()
            } == {row.id: row for row in self.stored.values()}
            assert entries.known(connection, dict.fromkeys(FEEDS, "abcdef")) == {
                feed: {
                    uid: StoredEntry(
                        id=row.id or 0,
                        uid=uid,
                        raw_hash=row.raw_hash,
                        link=row.canonical_link,
                        title=row.title,
                        backlog=row.backlog,
                    )
                    for (of, uid), row in self.stored.items()
                    if of == feed
                }
                for feed in FEEDS
            }

    @invariant()
    def keys_find_their_entries(self) -> None:
        holders = defaultdict(list)
        for row in sorted(self.stored.values(), key=lambda row: row.id or 0):
            for key in self.keys[row.id or 0]:
                holders[key].append(KeyHolder(entry_id=row.id or 0, feed_id=row.feed_id))
        with self.store.read() as connection:
            assert stories.sharing(connection, KEYS) == holders
            assert stories.shared_by(connection, self.keys) == {
                key: bearers for key, bearers in holders.items() if len(bearers) > 1
            }

    @invariant()
    def what_is_undecided_is_eligible(self) -> None:
        with self.store.read() as connection:
            for digest in DIGESTS:
                decided = self.decided[digest]
                assert {row.id for row in stories.eligible(connection, digest, FEEDS)} == {
                    row.id
                    for row in self.stored.values()
                    if not row.backlog and row.id not in decided
                }
                assert stories.decisions_of(connection, digest, range(50)) == decided
                assert stories.seen_by(connection, digest) == {
                    row.feed_id
                    for row in self.stored.values()
                    if row.id in decided and not row.backlog
                }
                assert [
                    (one.slot, one.number)
                    for one in reversed(edition_lists.listing(connection, digest))
                ] == [(slot, at) for at, slot in enumerate(self.slots[digest], 1)]


def test_any_history(empty_database: Path) -> None:
    machine = type("HistoryFromHere", (History,), {"empty": empty_database})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=20,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
