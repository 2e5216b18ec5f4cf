from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import update

from digest.model import Delivery, DeliveryState, Letter, SubscriberState
from digest.store import (
    Store,
    deliveries,
    editions,
    enlisting,
    letters,
    open_deliveries,
    parts,
    subscribers,
)
from digest.store.deliveries import ClaimRecipient
from digest.store.open_deliveries import FARTHEST
from digest.store.tables import subscribers as subscribers_table
from support.stored import NOW, edition

SLOT = "2026-01-12T0700"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ME, OTHER = "run me", "worker other"
SENT, DEFERRED, FAILED = DeliveryState.SENT, DeliveryState.DEFERRED, DeliveryState.FAILED
UNKNOWN, PENDING = DeliveryState.UNKNOWN, DeliveryState.PENDING
WITHDRAWN, SENDING = DeliveryState.WITHDRAWN, DeliveryState.SENDING
A, B, C = "A@example.org", "b@example.org", "c@example.org"


@pytest.fixture
def daily(store: Store) -> int:
    """Freeze an edition that goes to files and, by mail, to three subscribers; return its id."""
    with store.write() as connection:
        editions.name_authority(connection, "daily", "example.org", date(2026, 1, 1))
        for address in (A, B, C):
            subscribers.add(connection, "daily", address, now=NOW)
        subscribers.add(connection, "weekly", "other@example.org", now=NOW)
        edition_id = editions.freeze(connection, edition("daily", SLOT, "1"), [])
        enlisting.enlist(connection, edition_id, "files", [""], now=NOW)
    enlist(store, edition_id)
    return edition_id


def enlist(store: Store, edition_id: int, *named: str, subscribed: bool = True) -> None:
    with store.write() as connection:
        enlisting.enlist_recipients(
            connection, edition_id, "daily", "smtp", subscribed=subscribed, named=named, now=NOW
        )
        for channel in ("files", "smtp"):
            parts.cover(connection, edition_id, channel, size=None)
            parts.take_all(connection, edition_id, channel, ME, HOUR)


def held(store: Store, edition_id: int) -> dict[str, Delivery]:
    """Give the edition's deliveries by recipient."""
    with store.read() as connection:
        return {one.recipient: one for one in deliveries.of_edition(connection, edition_id)}


def due(store: Store, edition_id: int, now: datetime = NOW, after: int = 0) -> list[str]:
    with store.read() as connection:
        page = deliveries.due(
            connection, edition_id, "smtp", holder=ME, now=now, after=after, most=10
        )
    return [one.delivery.recipient for one in page]


def claim(
    store: Store,
    edition_id: int,
    address: str,
    *,
    as_named: bool = False,
    as_subscriber: bool = True,
    now: datetime = NOW,
) -> bool:
    key = address.casefold()
    with store.write() as connection:
        recipient = ClaimRecipient(
            digest="daily",
            key=key,
            number=deliveries.numbers(connection, "daily", [key]).get(key, 0),
            as_subscriber=as_subscriber,
            as_named=as_named,
        )
        return deliveries.claim(
            connection,
            held(store, edition_id)[address].id,
            recipient,
            message_id=f"<{key}>",
            message=b"bytes",
            holder=ME,
            now=now,
        )


def mark(store: Store, edition_id: int, address: str, state: DeliveryState, **more: object) -> None:
    with store.write() as connection:
        delivery = held(store, edition_id)[address]
        deliveries.mark(connection, delivery.id, state, now=NOW, **more)


# --- enlisting -----------------------------------------------------------------------------------


def test_subscribers_of_the_digest_are_enlisted_by_their_addresses(
    store: Store, daily: int
) -> None:
    rows = held(store, daily)
    assert list(rows) == ["", A, B, C]
    assert rows[A] == Delivery(
        id=rows[A].id,
        edition_id=daily,
        channel="smtp",
        recipient=A,
        state=PENDING,
        updated_at=NOW,
    )


def test_nobody_is_enlisted_twice(store: Store, daily: int) -> None:
    before = held(store, daily)
    enlist(store, daily)
    enlist(store, daily, A.casefold(), B, B)
    assert held(store, daily) == before


@pytest.mark.parametrize(
    ("origin", "subscribed", "named", "enlisted"),
    [
        pytest.param("operator", True, False, True, id="a subscriber"),
        pytest.param("operator", True, True, True, id="a subscriber who is named too"),
        pytest.param("operator", False, False, False, id="a subscriber, but not over this channel"),
        pytest.param("operator", False, True, True, id="a subscriber who is named"),
        pytest.param("config", True, True, True, id="one named"),
        pytest.param("config", True, False, False, id="one named for another channel"),
    ],
)
def test_who_gets_an_edition_over_a_channel(
    store: Store, daily: int, origin: str, subscribed: bool, named: bool, enlisted: bool
) -> None:
    address = "new@example.org"
    with store.write() as connection:
        if origin == "config":
            subscribers.sync_named(connection, "daily", [address], now=NOW)
        else:
            subscribers.add(connection, "daily", address, now=NOW)
    enlist(store, daily, *([address] if named else []), subscribed=subscribed)
    assert (address in held(store, daily)) is enlisted


@pytest.mark.parametrize("named", [False, True])
def test_who_left_is_not_enlisted_though_they_be_named(
    store: Store, daily: int, named: bool
) -> None:
    with store.write() as connection:
        for number, address in enumerate(("left@example.org", "off@example.org")):
            added = subscribers.add(connection, "daily", address, now=NOW).subscriber
            if number:
                subscribers.remove(connection, "daily", address, now=NOW)
            else:
                subscribers.unsubscribe(connection, added.id, by="link", now=NOW)
        subscribers.request(connection, "daily", "asked@example.org", now=NOW)
    before = held(store, daily)
    gone = ["left@example.org", "off@example.org", "asked@example.org", "nobody@example.org"]
    enlist(store, daily, *(gone if named else []))
    assert held(store, daily) == before


# --- claiming ------------------------------------------------------------------------------------


def test_a_claimed_message_is_kept_until_it_is_sent(store: Store, daily: int) -> None:
    assert claim(store, daily, A)
    assert held(store, daily)[A] == Delivery(
        id=held(store, daily)[A].id,
        edition_id=daily,
        channel="smtp",
        recipient=A,
        state=SENDING,
        attempts=1,
        updated_at=NOW,
        attempted_at=NOW,
        message_id="<a@example.org>",
    )
    assert due(store, daily) == [B, C]
    mark(store, daily, A, UNKNOWN, error="no answer", next_attempt_at=NOW)
    with store.read() as connection:
        first = deliveries.due(connection, daily, "smtp", holder=ME, now=NOW, after=0, most=1)[0]
    assert (first.delivery.recipient, first.message) == (A, b"bytes")
    assert claim(store, daily, A, now=NOW + MINUTE)
    assert held(store, daily)[A].attempts == 2
    assert held(store, daily)[A].attempted_at == NOW
    mark(store, daily, A, SENT, receipt="250 OK")
    with store.read() as connection:
        assert connection.exec_driver_sql("SELECT count(message) FROM deliveries").scalar() == 0
    assert held(store, daily)[A].receipt == "250 OK"
    assert not claim(store, daily, A)


@pytest.mark.parametrize("state", sorted(set(SubscriberState) - {SubscriberState.ACTIVE}))
def test_nothing_is_claimed_for_who_is_not_on_the_list_any_more(
    store: Store, daily: int, state: str
) -> None:
    with store.write() as connection:
        change = update(subscribers_table).where(subscribers_table.c.address == A)
        connection.execute(change.values(state=state))
    assert not claim(store, daily, A, as_named=True)


def test_nothing_is_claimed_for_who_was_forgotten(store: Store, daily: int) -> None:
    with store.read() as connection:
        (number,) = deliveries.numbers(connection, "daily", [A.casefold()]).values()
    recipient = ClaimRecipient(
        digest="daily", key=A.casefold(), number=number, as_subscriber=True, as_named=True
    )
    with store.write() as connection:
        connection.exec_driver_sql(f"UPDATE subscribers SET key = 'forgotten' WHERE id = {number}")
        delivery = held(store, daily)[A].id
        assert not deliveries.claim(
            connection, delivery, recipient, message_id="<a>", message=b"bytes", holder=ME, now=NOW
        )


@pytest.mark.parametrize(
    ("as_subscriber", "as_named", "claimed"),
    [
        pytest.param(True, False, False, id="not named any more"),
        pytest.param(True, True, True, id="named"),
        pytest.param(False, True, True, id="named, where subscribers get nothing"),
    ],
)
def test_one_who_is_named_is_claimed_as_such(
    store: Store, daily: int, as_subscriber: bool, as_named: bool, claimed: bool
) -> None:
    address = "named@example.org"
    with store.write() as connection:
        subscribers.sync_named(connection, "daily", [address], now=NOW)
    enlist(store, daily, address)
    outcome = claim(store, daily, address, as_subscriber=as_subscriber, as_named=as_named)
    assert outcome is claimed


# --- what is due ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "after", "is_due"),
    [
        pytest.param(PENDING, None, True, id="pending"),
        pytest.param(PENDING, MINUTE, True, id="pending, while the channel rests"),
        pytest.param(DEFERRED, MINUTE, False, id="put off"),
        pytest.param(DEFERRED, 0 * MINUTE, True, id="put off until now"),
        pytest.param(DEFERRED, -MINUTE, True, id="put off until a moment ago"),
        pytest.param(DEFERRED, FARTHEST, False, id="put off as long as can be"),
        pytest.param(DEFERRED, FARTHEST + MINUTE, True, id="put off by a clock that was ahead"),
        pytest.param(UNKNOWN, None, False, id="unknown and held"),
        pytest.param(UNKNOWN, 0 * MINUTE, True, id="unknown, to be repeated"),
        pytest.param(UNKNOWN, MINUTE, False, id="unknown, to be repeated later"),
        pytest.param(SENDING, None, False, id="on its way"),
        pytest.param(SENT, None, False, id="sent"),
        pytest.param(FAILED, None, False, id="failed"),
        pytest.param(WITHDRAWN, None, False, id="withdrawn"),
    ],
)
def test_what_is_due(
    store: Store, daily: int, state: DeliveryState, after: timedelta | None, is_due: bool
) -> None:
    at = None if after is None else NOW + after
    mark(store, daily, B, state, next_attempt_at=at)
    assert due(store, daily) == ([A, B, C] if is_due else [A, C])
    with store.read() as connection:
        (files, smtp) = open_deliveries.still_open(connection, now=NOW)
    assert (files.due, smtp.due) == (1, 3 if is_due else 2)
    waits = after is not None and not is_due
    assert (smtp.waiting, smtp.until) == ((1, at) if waits else (0, None))
    assert smtp.rests is (state is PENDING and after is not None)


def test_what_is_due_comes_in_pages(store: Store, daily: int) -> None:
    first = held(store, daily)[A].id
    assert due(store, daily, after=first) == [B, C]
    with store.read() as connection:
        page = deliveries.due(connection, daily, "smtp", holder=ME, now=NOW, after=first, most=1)
    assert [one.delivery.recipient for one in page] == [B]


def test_nothing_is_open_where_all_is_done(store: Store, daily: int) -> None:
    for address, state in (("", SENT), (A, SENT), (B, FAILED), (C, WITHDRAWN)):
        mark(store, daily, address, state)
    with store.read() as connection:
        assert open_deliveries.still_open(connection, now=NOW) == []


# --- a run that died -----------------------------------------------------------------------------


def test_what_a_dead_run_had_claimed_is_unknown_and_files_are_written_again(
    store: Store, daily: int
) -> None:
    with store.write() as connection:
        deliveries.begin(connection, held(store, daily)[""].id, holder=ME, now=NOW)
    claim(store, daily, B)
    with store.read() as connection:
        assert [one.abandoned for one in open_deliveries.still_open(connection, now=NOW)] == [1, 1]
    with store.write() as connection:
        for channel in ("files", "smtp"):
            deliveries.recover(connection, daily, channel, "it died", holder=ME, now=NOW)
    rows = held(store, daily)
    assert (rows[""].state, rows[""].attempts, rows[""].next_attempt_at) == (PENDING, 1, None)
    assert (rows[B].state, rows[B].attempts, rows[B].error) == (UNKNOWN, 1, "it died")
    assert due(store, daily) == [A, B, C]


def test_held_is_what_is_unknown(store: Store, daily: int) -> None:
    claim(store, daily, B)
    with store.write() as connection:
        deliveries.recover(connection, daily, "smtp", "it died", holder=ME, now=NOW)
        assert [
            one.recipient for one in deliveries.hold(connection, daily, "smtp", holder=ME, now=NOW)
        ] == [B]
        assert deliveries.hold(connection, daily, "smtp", holder=ME, now=NOW) == []
    assert due(store, daily) == [A, C]


@pytest.mark.parametrize(
    ("before", "then"), [(PENDING, PENDING), (DEFERRED, PENDING), (UNKNOWN, UNKNOWN)]
)
def test_what_is_given_back_is_as_if_never_claimed(
    store: Store, daily: int, before: DeliveryState, then: DeliveryState
) -> None:
    if before is not PENDING:
        claim(store, daily, B, now=NOW - MINUTE)
        mark(store, daily, B, before, error="earlier", next_attempt_at=NOW)
    delivery = held(store, daily)[B]
    claim(store, daily, B)
    with store.write() as connection:
        later = NOW + MINUTE
        deliveries.give_back(connection, delivery, error="no server", rest_until=later, now=NOW)
    after = held(store, daily)[B]
    assert (after.state, after.error) == (then, "no server")
    assert due(store, daily) == [A, B, C]
    assert (after.attempts, after.attempted_at) == (delivery.attempts, delivery.attempted_at)
    with store.read() as connection:
        assert open_deliveries.still_open(connection, now=NOW)[-1].rests is (then is PENDING)


# --- again ---------------------------------------------------------------------------------------


def test_what_is_requeued_is_as_if_never_tried(store: Store, daily: int) -> None:
    before = held(store, daily)
    for address, state in ((A, SENT), (B, FAILED), (C, UNKNOWN)):
        claim(store, daily, address)
        mark(store, daily, address, state, error="why", receipt="proof")
    with store.write() as connection:
        assert deliveries.counts(connection, daily) == {
            "files": {PENDING: 1},
            "smtp": {FAILED: 1, SENT: 1, UNKNOWN: 1},
        }
        assert deliveries.counts(connection, daily, A.upper()) == {"smtp": {SENT: 1}}
        assert (deliveries.mailed(connection, daily), deliveries.mailed(connection, daily, B)) == (
            1,
            0,
        )
        assert deliveries.reached(connection, daily, "smtp")
        assert not deliveries.reached(connection, daily, "files")
        assert deliveries.requeue(connection, daily, [FAILED], recipient=A, now=NOW) == 0
        assert deliveries.requeue(connection, daily, [FAILED], recipient=B.upper(), now=NOW) == 1
        assert deliveries.requeue(connection, daily, [FAILED, UNKNOWN], now=NOW) == 1
    rows = held(store, daily)
    assert rows[A].state is SENT
    assert rows[B] == Delivery(
        **{name: getattr(before[B], name) for name in before[B].__slots__ if name != "message_id"},
        message_id="<b@example.org>",
    )
    assert due(store, daily) == [B, C]


def test_a_delivery_that_is_not_there_cannot_be_marked(store: Store) -> None:
    with store.write() as connection, pytest.raises(AssertionError, match="no delivery 5"):
        deliveries.mark(connection, 5, SENT, now=NOW)
    with store.write() as connection:
        assert not deliveries.begin(connection, 5, holder=ME, now=NOW)
        assert not deliveries.withdraw(connection, 5, now=NOW)


def test_a_hundred_thousand_recipients_are_enlisted_and_read_in_pages(
    store: Store, daily: int
) -> None:
    with store.write() as connection:
        connection.exec_driver_sql(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)"
            "INSERT INTO subscribers (digest, address, key, state, origin, created_at, changed_at)"
            "SELECT 'daily', i || '@many.example', i || '@many.example', 'active', 'import',"
            " '2026-01-01 00:00:00', '2026-01-01 00:00:00' FROM n"
        )
    enlist(store, daily)
    with store.read() as connection:
        (_, smtp) = open_deliveries.still_open(connection, now=NOW)
        assert smtp.due == 100_003
        ask = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
        plan = connection.exec_driver_sql(
            f"{ask} SELECT * FROM deliveries WHERE edition_id = 1 AND channel = 'smtp'"
            " AND id > 5 AND state IN ('pending', 'sending', 'deferred', 'unknown')"
            " ORDER BY id LIMIT 50"
        ).all()
    steps = "\n".join(str(row[-1]) for row in plan)
    assert "deliveries_open" in steps
    assert not re.search("sort|temp b-tree", steps, re.IGNORECASE)


# --- letters -------------------------------------------------------------------------------------


def letter(subject: str) -> Letter:
    return Letter(
        subject=subject,
        text="Words \ufdd0.\n",
        html="<p>Words \ufdd0.",
        date=NOW,
        list_id="daily.example.org",
        title="Daily",
        language="en",
    )


def test_a_letter_is_kept_as_it_is(store: Store, daily: int) -> None:
    with store.write() as connection:
        assert letters.find(connection, daily, "smtp") is None
        letters.keep(connection, daily, "smtp", letter("One"))
        letters.keep(connection, daily, "lmtp", letter("Two"))
        assert letters.find(connection, daily, "smtp") == letter("One")
        letters.keep(connection, daily, "smtp", letter("Three"))
        assert letters.find(connection, daily, "smtp") == letter("Three")


@pytest.mark.parametrize(
    ("state", "age", "dropped"),
    [
        pytest.param(SENT, 1, 1, id="an old one that went to all"),
        pytest.param(SENT, 0, 0, id="a new one"),
        pytest.param(DEFERRED, 1, 0, id="an old one that is still to go"),
    ],
)
def test_old_letters_are_dropped(
    store: Store, daily: int, state: DeliveryState, age: int, dropped: int
) -> None:
    for address in (A, B, C):
        mark(store, daily, address, state)
    with store.write() as connection:
        letters.keep(connection, daily, "smtp", letter("One"))
        assert letters.drop(connection, NOW + age * MINUTE) == dropped
