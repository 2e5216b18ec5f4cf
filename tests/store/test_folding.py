"""Deliveries that were done long ago become counts, and nobody sees a difference."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from digest.model import DeliveryState
from digest.store import Store, deliveries, edition_lists, editions, enlisting, folding, subscribers
from digest.store import deliveries as rows
from support.stored import NOW, edition

SENT, FAILED, WITHDRAWN = DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.WITHDRAWN
PENDING, UNKNOWN = DeliveryState.PENDING, DeliveryState.UNKNOWN
SLOTS = ("2026-01-12T0700", "2026-01-13T0700", "2026-01-14T0700")
LATER = NOW + timedelta(days=100)
PEOPLE = 20


@pytest.fixture
def ids(store: Store) -> list[int]:
    """Freeze three editions; the last two are the newest of their digests."""
    with store.write() as connection:
        for name in ("daily", "other"):
            editions.name_authority(connection, name, "example.org", date(2026, 1, 1))
        for number in range(PEOPLE):
            subscribers.add(connection, "daily", f"p{number}@example.org", now=NOW)
        made = [
            editions.freeze(connection, edition("daily", SLOTS[0], "1"), []),
            editions.freeze(connection, edition("daily", SLOTS[1], "2", number=2), []),
            editions.freeze(connection, edition("other", SLOTS[2], "1"), []),
        ]
        for edition_id in made:
            enlisting.enlist_recipients(
                connection, edition_id, "daily", "smtp", subscribed=True, named=(), now=NOW
            )
            enlisting.enlist(connection, edition_id, "files", [""], now=NOW)
        states = (SENT, SENT, FAILED, WITHDRAWN)
        for edition_id in made:
            for number, delivery in enumerate(list(rows.of_edition(connection, edition_id))):
                rows.mark(connection, delivery.id, states[number % 4], now=NOW)
    return made


def fold_all(store: Store, most: int = 7) -> int:
    """Fold whatever is old enough; return how many transactions that took."""
    with store.read() as connection:
        found = folding.foldable(connection, LATER)
    transactions = 0
    for edition_id in found:
        folded = most
        while folded == most:
            with store.write() as connection:
                folded = folding.fold(connection, edition_id, most)
                assert folded <= most
                transactions += 1
    return transactions


def seen(store: Store, made: list[int]) -> object:
    """All that commands show about deliveries."""
    with store.read() as connection:
        return (
            [deliveries.counts(connection, edition_id) for edition_id in made],
            edition_lists.listing(connection),
            edition_lists.listing(connection, "daily"),
            edition_lists.tallies(connection, "daily", SLOTS),
            [edition_lists.delivered(connection, "daily", slot) for slot in SLOTS],
            [
                deliveries.reached(connection, edition_id, channel)
                for edition_id in made
                for channel in ("smtp", "files", "lmtp")
            ],
        )


def kept(store: Store, edition_id: int) -> int:
    with store.read() as connection:
        return len(list(deliveries.of_edition(connection, edition_id)))


def test_what_commands_show_stays_the_same(store: Store, ids: list[int]) -> None:
    before = seen(store, ids)
    assert fold_all(store) == 4, "21 rows, 7 each, and one that finds none"
    assert [kept(store, edition_id) for edition_id in ids] == [0, PEOPLE + 1, PEOPLE + 1]
    assert seen(store, ids) == before
    with store.read() as connection:
        assert folding.folded(connection, ids[0]) == PEOPLE + 1
        assert store.flaws() == []


def test_the_newest_edition_of_a_digest_is_left_alone(store: Store, ids: list[int]) -> None:
    """Its recipients may be enlisted again, and none of them twice."""
    fold_all(store)
    with store.write() as connection:
        enlisting.enlist_recipients(
            connection, ids[1], "daily", "smtp", subscribed=True, named=(), now=LATER
        )
    assert kept(store, ids[1]) == PEOPLE + 1


@pytest.mark.parametrize("state", [PENDING, UNKNOWN, DeliveryState.DEFERRED])
def test_what_is_not_done_is_left_alone(store: Store, ids: list[int], state: DeliveryState) -> None:
    with store.write() as connection:
        first = next(rows.of_edition(connection, ids[0]))
        rows.mark(connection, first.id, state, now=NOW)
    before = seen(store, ids)
    fold_all(store)
    assert kept(store, ids[0]) == 1
    assert seen(store, ids) == before
    with store.write() as connection:
        rows.mark(connection, first.id, SENT, now=NOW)
    after = seen(store, ids)
    fold_all(store)
    assert seen(store, ids) == after, "counts are added to those of the first time"
    assert kept(store, ids[0]) == 0


def test_a_young_edition_is_left_alone(store: Store, ids: list[int]) -> None:
    with store.read() as connection:
        assert folding.foldable(connection, NOW - timedelta(days=1)) == []


def test_nothing_is_left_to_fold_afterwards(store: Store, ids: list[int]) -> None:
    fold_all(store)
    with store.read() as connection:
        assert folding.foldable(connection, LATER) == []
    with store.write() as connection:
        assert folding.fold(connection, ids[0]) == 0


def test_an_address_of_a_delivery_is_found_by_an_index(store: Store) -> None:
    prefix = "EXPLAIN" if store.name.startswith("postgresql") else "EXPLAIN QUERY PLAN"
    with store.read() as connection:
        if prefix == "EXPLAIN":
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        plan = connection.exec_driver_sql(
            f"{prefix} SELECT id FROM deliveries WHERE lower(recipient) = 'a@example.org'"
        )
        assert "deliveries_recipient" in str(plan.all())
