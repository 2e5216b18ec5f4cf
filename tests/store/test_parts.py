"""Parts of mailings: one holder at a time, and a former holder claims nothing more."""

from __future__ import annotations

from datetime import timedelta

import pytest

from digest.errors import BusyError
from digest.model import Delivery, DeliveryState
from digest.store import Store, deliveries, enlisting, leases, open_deliveries, parts
from digest.store.deliveries import ClaimRecipient
from store.test_deliveries import A, B, C, daily  # noqa: F401 (a fixture)
from support.stored import NOW

HOUR, PAST = timedelta(hours=1), timedelta(hours=-1)
FIRST, SECOND = "worker first", "worker second"
ALL = [A, B, C]


@pytest.fixture
def edition(store: Store, daily: int) -> int:  # noqa: F811
    """An edition whose mail is in no part yet."""
    with store.write() as connection:
        connection.exec_driver_sql("DELETE FROM parts")
    return daily


def cut(store: Store, edition_id: int, size: int | None) -> list[int]:
    """Cut the mailing into parts; return the ids of those that are free."""
    with store.write() as connection:
        parts.cover(connection, edition_id, "smtp", size=size)
        return open_deliveries.free_parts(connection, edition_id, "smtp", now=NOW)


def take(store: Store, part_id: int, holder: str, lease: timedelta = HOUR) -> bool:
    with store.write() as connection:
        return parts.take(connection, part_id, holder, lease)


def mails(store: Store, edition_id: int) -> dict[str, Delivery]:
    with store.read() as connection:
        return {row.recipient: row for row in deliveries.of_edition(connection, edition_id, "smtp")}


def due(store: Store, edition_id: int, holder: str) -> list[str]:
    with store.read() as connection:
        page = deliveries.due(
            connection, edition_id, "smtp", holder=holder, now=NOW, after=0, most=50
        )
    return [row.delivery.recipient for row in page]


def claim(store: Store, edition_id: int, address: str, holder: str) -> bool:
    delivery = mails(store, edition_id)[address]
    with store.write() as connection:
        key = address.casefold()
        number = deliveries.numbers(connection, "daily", [key])[key]
        recipient = ClaimRecipient(
            digest="daily", key=key, number=number, as_subscriber=True, as_named=False
        )
        return deliveries.claim(
            connection,
            delivery.id,
            recipient,
            message_id=f"<{key}>",
            message=b"bytes",
            holder=holder,
            now=NOW,
        )


@pytest.mark.parametrize(
    ("size", "count"),
    [
        pytest.param(None, 1, id="all in one part"),
        pytest.param(1, 3, id="each delivery in a part of its own"),
        pytest.param(2, 2, id="the last part is smaller"),
        pytest.param(3, 1, id="as large as the mailing"),
        pytest.param(100, 1, id="larger than the mailing"),
    ],
)
def test_the_parts_hold_each_delivery_once(
    store: Store, edition: int, size: int | None, count: int
) -> None:
    ids = cut(store, edition, size)
    assert len(ids) == count
    found = []
    for number, part_id in enumerate(ids):
        assert take(store, part_id, f"worker {number}")
        found += due(store, edition, f"worker {number}")
    assert found == ALL
    assert cut(store, edition, size) == [], "held parts are not free, and no part is made twice"


def test_who_is_enlisted_later_gets_a_part(store: Store, edition: int) -> None:
    (first,) = cut(store, edition, None)
    with store.write() as connection:
        enlisting.enlist(connection, edition, "smtp", ["late@example.org"], now=NOW)
    free = cut(store, edition, None)
    assert free[0] == first
    assert len(free) == 2
    assert take(store, free[1], SECOND)
    assert due(store, edition, SECOND) == ["late@example.org"]


def test_one_holder_at_a_time(store: Store, edition: int) -> None:
    (part_id,) = cut(store, edition, None)
    assert take(store, part_id, FIRST)
    assert not take(store, part_id, SECOND)
    assert (due(store, edition, FIRST), due(store, edition, SECOND)) == (ALL, [])
    assert claim(store, edition, A, FIRST)
    assert not claim(store, edition, B, SECOND)


def test_a_holder_that_shows_no_life_loses_its_part_and_claims_nothing_more(
    store: Store, edition: int
) -> None:
    (part_id,) = cut(store, edition, None)
    assert take(store, part_id, FIRST, PAST)
    assert claim(store, edition, A, FIRST)
    assert take(store, part_id, SECOND)
    assert not claim(store, edition, B, FIRST), "the first one wakes up"
    with pytest.raises(BusyError, match="taken over"), store.write() as connection:
        parts.renew(connection, FIRST, HOUR)
    with store.write() as connection:
        deliveries.recover(connection, edition, "smtp", "it died", holder=FIRST, now=NOW)
    assert mails(store, edition)[A].state is DeliveryState.SENDING, "only its holder recovers"
    with store.write() as connection:
        deliveries.recover(connection, edition, "smtp", "it died", holder=SECOND, now=NOW)
    assert mails(store, edition)[A].state is DeliveryState.UNKNOWN
    assert claim(store, edition, B, SECOND)


def test_only_the_claims_in_a_part_that_was_taken_over_are_taken_back(
    store: Store, edition: int
) -> None:
    first, second, _ = cut(store, edition, 1)
    take(store, first, FIRST)
    take(store, second, SECOND, PAST)
    assert claim(store, edition, A, FIRST)
    assert claim(store, edition, B, SECOND)
    assert take(store, second, "worker third")
    with store.write() as connection:
        deliveries.recover(connection, edition, "smtp", "it died", holder="worker third", now=NOW)
    states = {address: row.state for address, row in mails(store, edition).items()}
    assert states[A] is DeliveryState.SENDING
    assert states[B] is DeliveryState.UNKNOWN


def test_a_run_leaves_the_parts_of_workers_that_live(store: Store, edition: int) -> None:
    first, second, third = cut(store, edition, 1)
    take(store, first, FIRST)
    take(store, second, SECOND, PAST)
    take(store, third, "run of a process that died")
    with store.write() as connection:
        parts.take_all(connection, edition, "smtp", "run now", HOUR)
    assert due(store, edition, "run now") == [B, C]


@pytest.mark.parametrize(
    ("state", "kept"),
    [
        pytest.param(DeliveryState.UNKNOWN, True, id="taken back, not sent again yet"),
        pytest.param(DeliveryState.SENT, True, id="sent by another"),
        pytest.param(DeliveryState.SENDING, False, id="just being sent by another"),
    ],
)
def test_a_late_receipt_is_kept_unless_the_message_is_on_its_way_again(
    store: Store, edition: int, state: DeliveryState, kept: bool
) -> None:
    (part_id,) = cut(store, edition, None)
    take(store, part_id, FIRST, PAST)
    claim(store, edition, A, FIRST)
    take(store, part_id, SECOND)
    delivery = mails(store, edition)[A]
    with store.write() as connection:
        deliveries.mark(connection, delivery.id, state, now=NOW, next_attempt_at=NOW)
        deliveries.keep_receipt(connection, delivery.id, "250 OK", holder=FIRST, now=NOW)
    assert (mails(store, edition)[A].state is DeliveryState.SENT) is kept


def test_the_parts_of_a_mailing_that_is_done_are_dropped(store: Store, edition: int) -> None:
    first, second = cut(store, edition, 2)
    take(store, first, FIRST)
    with store.write() as connection:
        for address in (A, B):
            number = mails(store, edition)[address].id
            deliveries.mark(connection, number, DeliveryState.SENT, now=NOW)
        parts.release(connection, FIRST)
        assert open_deliveries.free_parts(connection, edition, "smtp", now=NOW) == [second]
    take(store, second, FIRST)
    with store.write() as connection:
        number = mails(store, edition)[C].id
        deliveries.mark(connection, number, DeliveryState.SENT, now=NOW)
        parts.release(connection, FIRST)
        assert parts.find(connection, second) is None


def test_a_lease_has_one_holder_until_it_ends(store: Store) -> None:
    with store.write() as connection:
        assert leases.take(connection, "shard 1", FIRST, HOUR)
        assert not leases.take(connection, "shard 1", SECOND, HOUR)
        assert leases.take(connection, "shard 2", SECOND, HOUR)
        leases.check(connection, "shard 1", FIRST)
        assert leases.renew(connection, FIRST, PAST) == 1
        assert leases.take(connection, "shard 1", SECOND, HOUR)
        assert leases.renew(connection, FIRST, HOUR) == 0
        with pytest.raises(BusyError, match="taken over"):
            leases.check(connection, "shard 1", FIRST)
        leases.release(connection, SECOND, "shard 1")
        assert leases.take(connection, "shard 1", FIRST, HOUR)


def test_no_holder_has_the_name_of_another() -> None:
    assert len({leases.new_holder("run") for _ in range(1000)}) == 1000
