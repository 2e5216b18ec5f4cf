"""When feeds spoke, as the database remembers it."""

from __future__ import annotations

from datetime import timedelta

from digest.store import Store, entries, feeds
from digest.store.feeds import newest_dates
from support.stored import NOW, entry

A, B, C = (f"https://example.org/{name}.xml" for name in "abc")
DAY = timedelta(days=1)


def test_the_newest_dates_of_each_feed_come_first(store: Store) -> None:
    with store.write() as connection:
        ids = {url: state.id for url, state in feeds.ensure(connection, [A, B, C]).items()}
        entries.save(
            connection,
            [
                entry(ids[A], "1", published=NOW - 3 * DAY),
                entry(ids[A], "2", published=NOW - 1 * DAY),
                entry(ids[A], "3", published=NOW - 2 * DAY),
                entry(ids[B], "1", published=None, first_seen=NOW - 9 * DAY),
            ],
            [()] * 4,
            NOW,
        )
    with store.read() as connection:
        found = newest_dates(connection, list(ids.values()), 2)
    assert found == {ids[A]: [NOW - 1 * DAY, NOW - 2 * DAY], ids[B]: [NOW - 9 * DAY]}
