"""What is kept for a time only is dropped in short transactions, by an ordinary refresh."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, func, insert, select

from digest import pipeline
from digest.model import DeliveryState
from digest.pipeline.retention import drop_old
from digest.store import Store, deliveries, editions, entries, folding, tables
from support.house import NOW, House, item, rss
from support.stored import edition, enlist

LATER = NOW + timedelta(days=100)
MORE = """
[store]
keep_deliveries = "30d"
[digests.daily.deliver.files]
path = "out"
"""
ENTRIES = 4_500
PEOPLE = 4_100


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A house with many old texts, and two editions that went to many people long ago."""
    (tmp_path / "a.xml").write_bytes(rss([item("a1")]))
    house = House(tmp_path, ["a.xml"], more=MORE)
    house.run(NOW)
    with house.store() as store, store.write() as connection:
        (feed_id,) = connection.scalars(select(tables.feeds.c.id))
        first = 1_000
        numbers = range(first, first + ENTRIES)
        base = {"feed_id": feed_id, "raw_hash": "", "backlog": False, "title": "Old"}
        times = {"first_seen": NOW, "changed_at": NOW}
        rows = [{"id": n, "uid": f"u{n}", **base, **times} for n in numbers]
        connection.execute(insert(tables.entries), rows)
        old = {"saved_at": NOW, "verbatim": False, "text": "t", "html": "h"}
        connection.execute(insert(tables.bodies), [{"entry_id": n, **old} for n in numbers])
        keys = [{"hash": key, "entry_id": n} for n in numbers for key in (1, 2)]
        connection.execute(insert(tables.keys), keys)
        editions.name_authority(connection, "old", "example.org", date(2026, 1, 1))
        for slot in ("2026-01-12T0700", "2026-01-13T0700"):
            edition_id = editions.freeze(connection, edition("old", slot, "1", composed_at=NOW), [])
            enlist(connection, edition_id, ("files", ""))
            row = {"edition_id": edition_id, "channel": "smtp", "state": "sent", "attempts": 1}
            people = [
                {**row, "recipient": f"p{n}@example.org", "updated_at": NOW} for n in range(PEOPLE)
            ]
            connection.execute(insert(tables.deliveries), people)
    return house


@contextmanager
def rows_of_transactions(store: Store) -> Iterator[list[int]]:
    """Count the rows that each transaction that commits deletes."""
    counted: list[int] = []
    with store.read() as connection:
        rows = [all_rows(connection)]

    def commit(connection) -> None:
        before, rows[0] = rows[0], all_rows(connection)
        counted.append(before - rows[0])

    event.listen(store._backend.engine, "commit", commit)
    yield counted
    event.remove(store._backend.engine, "commit", commit)


def all_rows(connection) -> int:
    found = 0
    with closing(connection.connection.cursor()) as cursor:
        for table in ("bodies", "keys", "deliveries"):
            cursor.execute(f"SELECT count(*) FROM {table}")
            found += cursor.fetchone()[0]
    return found


def left(store: Store) -> tuple[object, object, object]:
    """How many texts, keys of texts and rows of mails are left of what the house had."""
    mails = select(func.count()).where(tables.deliveries.c.channel == "smtp")
    with store.read() as connection:
        bodies = connection.scalar(select(func.count()).select_from(tables.bodies))
        keys = connection.scalar(select(func.count()).where(tables.keys.c.hash.in_((1, 2))))
        return bodies, keys, connection.scalar(mails)


def test_no_transaction_drops_many_rows(house: House) -> None:
    with house.store() as store, rows_of_transactions(store) as counted:
        drop_old(house.config, store, LATER)
        assert left(store) == (0, 0, PEOPLE), "those of the newest edition stay"
        with store.read() as connection:
            newest, oldest = editions_of(store)
            for edition_id in (newest, oldest):
                assert deliveries.counts(connection, edition_id)["smtp"] == {
                    DeliveryState.SENT: PEOPLE
                }
    most = max(entries.DROPPED_AT_ONCE * 3, folding.PORTION)
    assert max(counted) <= most
    assert sum(counted) >= ENTRIES * 3 + PEOPLE


def editions_of(store: Store) -> list[int]:
    with store.read() as connection:
        statement = select(tables.editions.c.id).where(tables.editions.c.digest == "old")
        return list(connection.scalars(statement.order_by(tables.editions.c.number.desc())))


def test_a_run_that_is_stopped_leaves_the_rest_to_the_next(house: House) -> None:
    with house.store() as store:
        stops = iter((False, False, True, True))
        drop_old(house.config, store, LATER, stop=lambda: next(stops))
        assert left(store)[0] == ENTRIES + 1 - 2 * entries.DROPPED_AT_ONCE
        drop_old(house.config, store, LATER)
        assert left(store) == (0, 0, PEOPLE)


def test_a_refresh_that_finds_something_new_drops_what_is_old(house: House) -> None:
    (house.folder / "a.xml").write_bytes(rss([item("a1"), item("a2", published=LATER)]))
    with house.store() as store:
        assert pipeline.refresh(house.config, store, LATER).new == 1
        assert left(store) == (1, 0, PEOPLE)


def test_young_things_stay(house: House) -> None:
    with house.store() as store:
        before = left(store)
        drop_old(house.config, store, NOW + timedelta(days=29))
        assert left(store) == before


def test_a_wrong_clock_does_not_empty_the_table_of_texts(house: House) -> None:
    (house.folder / "a.xml").write_bytes(rss([item("a1"), item("a2")]))
    with house.store() as store:
        pipeline.refresh(house.config, store, NOW + timedelta(days=20))
        drop_old(house.config, store, NOW + timedelta(days=4000))
        assert left(store)[0] == 1, "what was saved within keep_bodies / 10 of the oldest goes"
