"""The figures of the operator's table of feeds, and the last fetches of a feed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from digest.model import Rhythm
from digest.store import Store, feed_overview, feeds, fetches
from digest.store.feed_overview import FeedOverview
from digest.store.fetches import KEPT, FetchRecord
from digest.store.tables import entries
from support.stored import NOW

A, B = "https://example.org/a.xml", "https://example.org/b.xml"


def test_the_overview_holds_what_is_sorted_and_filtered_by(store: Store) -> None:
    with store.write() as connection:
        state = feeds.ensure(connection, [A, B])[A]
        full = replace(
            state,
            title="A",
            succeeded_at=NOW,
            next_fetch_at=NOW + timedelta(hours=1),
            failures=2,
            error="HTTP status 500",
            fetch_url="https://example.org/new.xml",
            rhythm=Rhythm(window=3, newest=NOW),
        )
        feeds.save(connection, [full])
        found = {row.url: row for row in feed_overview.overview(connection)}
    day = f"{NOW:%Y-%m-%d %H:%M:%S}"
    later = f"{NOW + timedelta(hours=1):%Y-%m-%d %H:%M:%S}"
    assert found == {
        A: FeedOverview(A, "A", day, later, 2, True, False, True, day),
        B: FeedOverview(B, None, "", "", 0, False, False, False, ""),
    }


def test_entries_are_counted_by_their_day(store: Store) -> None:
    ages = [0, 0, 1, 6, 7, 400]
    with store.write() as connection:
        feed_id = feeds.ensure(connection, [A])[A].id
        rows = [
            {
                "feed_id": feed_id,
                "uid": str(number),
                "raw_hash": "x",
                "backlog": number == 1,
                "first_seen": NOW - timedelta(days=age),
                "changed_at": NOW,
                "published": NOW - timedelta(days=age) if number % 2 else None,
                "title": str(number),
            }
            for number, age in enumerate(ages)
        ]
        connection.execute(entries.insert(), rows)
        days = feed_overview.entries_by_day(connection, [feed_id], NOW, 7)
        assert days[feed_id] == [1, 0, 0, 0, 0, 1, 1]
        assert feed_overview.entries_by_day(connection, [], NOW, 7) == {}
        listed = feed_overview.newest_entries(connection, feed_id, limit=3)
        assert [entry.title for entry in listed] == ["5", "4", "3"]
        older = feed_overview.newest_entries(connection, feed_id, limit=3, before=listed[-1].id)
        assert [entry.title for entry in older] == ["2", "0"]  # the backlog is left out


def test_the_last_fetches_take_the_places_of_older_ones(store: Store) -> None:
    with store.write() as connection:
        feed_id = feeds.ensure(connection, [A])[A].id
        made = [
            FetchRecord(
                feed_id=feed_id,
                number=number,
                at=NOW + timedelta(minutes=number),
                is_unchanged=number % 2 == 0,
                received=10**10,
                error="x" if number % 3 == 0 else None,
            )
            for number in range(2 * KEPT + 5)
        ]
        for fetch in made:
            fetches.record(connection, [fetch])
        fetches.record(connection, [])
        kept = fetches.last(connection, feed_id)
    assert [fetch.at for fetch in kept] == [fetch.at for fetch in made[-KEPT:]]
    assert [fetch.error for fetch in kept] == [fetch.error for fetch in made[-KEPT:]]


def test_a_kept_address_is_asked_again(store: Store) -> None:
    with store.write() as connection:
        state = feeds.ensure(connection, [A])[A]
        feeds.save(connection, [replace(state, fetch_url=B, next_fetch_at=NOW)])
        feeds.keep_address(connection, state.id, B, NOW)
        (after,) = feeds.states(connection)
    assert (after.fetch_url, after.moved_to, after.next_fetch_at) == (None, B, None)
