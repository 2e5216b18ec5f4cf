"""Lists in pages: the same as whole, bounded, and never read from a whole table."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, insert

from digest.model import Delivery, DeliveryState, Subscriber, SubscriberState
from digest.store import (
    Store,
    bounces,
    deliveries,
    delivery_lists,
    edition_lists,
    editions,
    enlisting,
    folding,
    subscriber_history,
    subscriber_lists,
    subscribers,
)
from digest.store import tables as schema
from support.plans import whole_reads
from support.stored import NOW, edition

MANY = 2000
SENT, FAILED, PENDING = DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.PENDING
NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {most})"


def people(connection: Connection, *addresses: str, digest: str = "daily") -> None:
    for address in addresses:
        subscribers.add(connection, digest, address, now=NOW)


def crowd(connection: Connection, most: int = MANY, digest: str = "daily") -> None:
    """Add many subscribers at once, every tenth of whom has left, each with an event."""
    connection.exec_driver_sql(
        f"INSERT INTO subscribers (digest, address, key, state, origin, created_at, changed_at) "
        f"{NUMBERS.format(most=most)} SELECT '{digest}', 'p' || i || '@many.example', "
        "'p' || i || '@many.example', "
        "CASE WHEN i - i / 10 * 10 = 0 THEN 'unsubscribed' ELSE 'active' END, "
        "'import', '2026-01-01 00:00:00', '2026-01-01 00:00:00' FROM n"
    )
    connection.exec_driver_sql(
        "INSERT INTO subscriber_events (subscriber_id, event, at) "
        f"SELECT id, 'imported', created_at FROM subscribers WHERE digest = '{digest}'"
    )


def freeze(connection: Connection, slot: str, number: str = "1") -> int:
    editions.name_authority(connection, "daily", "example.org", date(2026, 1, 1))
    edition_id = editions.freeze(connection, edition("daily", slot, number), [])
    enlisting.enlist(connection, edition_id, "files", [""], now=NOW)
    enlisting.enlist_recipients(
        connection, edition_id, "daily", "smtp", subscribed=True, named=(), now=NOW
    )
    return edition_id


# --- deliveries ----------------------------------------------------------------------------------


def all_pages(connection: Connection, edition_id: int, most: int, **only: object) -> list[Delivery]:
    found: list[Delivery] = []
    more = True
    while more:
        page = delivery_lists.page(
            connection, edition_id, most=most, after=found[-1] if found else None, **only
        )
        found += page.deliveries
        more = page.more
    return found


@pytest.mark.parametrize("most", [1, 2, 3, 50])
def test_pages_of_deliveries_hold_each_once(store: Store, most: int) -> None:
    with store.write() as connection:
        people(connection, *(f"{name}@example.org" for name in "abcde"))
        first = freeze(connection, "2026-01-12T0700")
        freeze(connection, "2026-01-13T0700", "2")
        held = {d.recipient: d.id for d in deliveries.of_edition(connection, first)}
        deliveries.mark(connection, held["b@example.org"], FAILED, error="550 no", now=NOW)
        deliveries.mark(connection, held["d@example.org"], SENT, now=NOW)
        every = all_pages(connection, first, most)
        failed = all_pages(connection, first, most, channel="smtp", state=FAILED)
        mailed = all_pages(connection, first, most, channel="smtp")
        waiting = all_pages(connection, first, most, channel="smtp", state=PENDING)
    assert sorted(d.id for d in every) == sorted(held.values())
    assert [(d.recipient, d.error) for d in failed] == [("b@example.org", "550 no")]
    assert len(mailed) == 5
    assert [d.recipient[0] for d in waiting] == ["a", "c", "e"]


def test_counts_of_deliveries_are_those_of_all_rows(store: Store) -> None:
    with store.write() as connection:
        people(connection, *(f"{name}@example.org" for name in "abc"))
        made = freeze(connection, "2026-01-12T0700")
        (d, *_) = deliveries.of_edition(connection, made, "smtp")
        deliveries.mark(connection, d.id, SENT, now=NOW)
        assert delivery_lists.counts(connection, made) == deliveries.counts(connection, made)
        assert delivery_lists.counts(connection, made)["smtp"] == {PENDING: 2, SENT: 1}
        assert delivery_lists.counts(connection, made + 1) == {}
        assert delivery_lists.channels_of(connection, made) == ("files", "smtp")


def test_totals_that_are_known_give_the_same_counts_whatever_happens(store: Store) -> None:
    totals = delivery_lists.DeliveryTotals()

    def check(connection: Connection, made: int) -> None:
        assert delivery_lists.counts(connection, made, totals) == delivery_lists.counts(
            connection, made
        )
        assert delivery_lists.counts(connection, made, totals) == deliveries.counts(
            connection, made
        )

    with store.write() as connection:
        people(connection, *(f"{name}@example.org" for name in "abcd"))
        made = freeze(connection, "2026-01-12T0700")
        freeze(connection, "2026-01-13T0700", "2")
        check(connection, made)
        for delivery in deliveries.of_edition(connection, made, "smtp"):
            deliveries.mark(connection, delivery.id, SENT, now=NOW)
            check(connection, made)
        (first, *_) = deliveries.of_edition(connection, made, "smtp")
        deliveries.mark(connection, first.id, FAILED, error="no", now=NOW)
        check(connection, made)
        deliveries.requeue_by_id(connection, first.id, now=NOW)
        check(connection, made)
        deliveries.mark(connection, first.id, SENT, now=NOW)
        enlisting.enlist(connection, made, "smtp", ["late@example.org"], now=NOW)
        check(connection, made)
        folding.fold(connection, made, 2)
        check(connection, made)
        folding.fold(connection, made, 2)
        check(connection, made)


def test_the_deliveries_of_a_subscriber_are_found_by_edition(store: Store) -> None:
    with store.write() as connection:
        people(connection, "Jane@example.org", "joe@example.org")
        freeze(connection, "2026-01-12T0700")
        freeze(connection, "2026-01-13T0700", "2")
        jane = subscribers.by_address(connection, "daily", "jane@example.org")
        assert jane is not None
        found = delivery_lists.to_subscriber(connection, jane.id, editions_back=5)
        only_last = delivery_lists.to_subscriber(connection, jane.id, editions_back=1)
        assert delivery_lists.to_subscriber(connection, 999, editions_back=5) == ()
    assert [(slot, d.recipient) for slot, d in found] == [
        ("2026-01-13T0700", "Jane@example.org"),
        ("2026-01-12T0700", "Jane@example.org"),
    ]
    assert len(only_last) == 1


# --- editions ------------------------------------------------------------------------------------


def test_pages_of_editions_are_the_whole_list(store: Store) -> None:
    with store.write() as connection:
        people(connection, "jane@example.org")
        for day in range(5):
            freeze(connection, f"2026-01-1{day}T0700", str(day + 1))
        whole = edition_lists.listing(connection, "daily")
        for digest in ("daily", None):
            paged: list[edition_lists.ListedEdition] = []
            while page := edition_lists.page(
                connection, digest, before=paged[-1].id if paged else None, most=2
            ):
                paged += page
            assert paged == whole
        assert edition_lists.named(connection, "daily", "latest") == whole[0]
        assert edition_lists.named(connection, "daily", "2026-01-12T0700") == whole[2]
        assert edition_lists.named(connection, "daily", "2026-02-12T0700") is None
        assert edition_lists.page(connection, "other", before=None, most=2) == []


# --- subscribers ---------------------------------------------------------------------------------


def walked(connection: Connection, most: int, **only: object) -> list[Subscriber]:
    found: list[Subscriber] = []
    last: int | None = None
    for _ in range(100):
        page = subscriber_lists.page(connection, "daily", most=most, after=last, **only)
        found += page.subscribers
        last = page.last
        if last is None:
            return found
    raise AssertionError("the pages have no end")


@pytest.mark.parametrize("most", [1, 2, 3, 50])
@pytest.mark.parametrize("searched", [1, 2, 3, 50])
def test_a_search_finds_a_part_of_an_address_once(
    store: Store, monkeypatch: pytest.MonkeyPatch, most: int, searched: int
) -> None:
    monkeypatch.setattr(subscriber_lists, "SEARCHED", searched)
    with store.write() as connection:
        people(connection, "Jane@example.org", "joe@a.example", "max_100%@a.example", "x@b.example")
        people(connection, "jane@a.example", digest="weekly")
        subscribers.remove(connection, "daily", "x@b.example", now=NOW)

        def found(text: str, **only: object) -> list[str]:
            return [p.address for p in walked(connection, most, contains=text, **only)]

        assert found("") == [
            "Jane@example.org",
            "joe@a.example",
            "max_100%@a.example",
            "x@b.example",
        ]
        assert found("JANE") == ["Jane@example.org"]
        assert found("@a.ex") == ["joe@a.example", "max_100%@a.example"]
        assert found("_100%") == ["max_100%@a.example"]
        assert found("%") == ["max_100%@a.example"]
        assert found("a_e") == []
        assert found("nobody") == []
        assert found("", state=SubscriberState.REMOVED) == ["x@b.example"]
        assert found("a", state=SubscriberState.ACTIVE) == [
            "Jane@example.org",
            "joe@a.example",
            "max_100%@a.example",
        ]


def test_counts_of_subscribers_are_those_of_all_rows(store: Store) -> None:
    with store.write() as connection:
        people(connection, "a@example.org", "b@example.org", "c@example.org")
        subscribers.remove(connection, "daily", "b@example.org", now=NOW)
        counted = subscriber_lists.counts(connection, "daily")
        assert counted == subscribers.counts(connection)["daily"]
        assert subscriber_lists.counts(connection, "other") == {}


def test_returned_mail_is_listed_with_its_reason(store: Store) -> None:
    with store.write() as connection:
        people(connection, "a@example.org", "b@example.org")
        people(connection, "c@example.org", digest="weekly")
        a, b, c = (
            subscribers.by_address(connection, digest, f"{name}@example.org")
            for name, digest in (("a", "daily"), ("b", "daily"), ("c", "weekly"))
        )
        assert a
        assert b
        assert c
        for number, subscriber in enumerate((a, b, c)):
            bounces.bounce(
                connection,
                subscriber.id,
                mail=f"<{number}@x>",
                reason="5.1.1 no such <b>user</b>",
                final=subscriber is a,
                now=NOW,
            )
        found = subscriber_lists.returned_mail(connection, "daily", most=10)
        log = subscriber_lists.log(connection, a.id, most=10)
        assert len(subscriber_lists.returned_mail(connection, "daily", most=1)) == 1
    assert [(e.event, e.subscriber.address, e.reason) for e in found] == [
        ("bounced", "b@example.org", "5.1.1 no such <b>user</b>"),
        ("suspended", "a@example.org", "5.1.1 no such <b>user</b>"),
        ("bounced", "a@example.org", "5.1.1 no such <b>user</b>"),
    ]
    assert [e.event for e in log] == ["suspended", "bounced", "added"]


# --- plans ---------------------------------------------------------------------------------------


def test_no_list_reads_a_table_whole(store: Store) -> None:
    with store.write() as connection:
        for number in range(10):
            crowd(connection, digest=f"d{number}")
        crowd(connection)
        for number in range(10):
            made = freeze(connection, f"2026-01-1{number}T0700", str(number))
        for day in range(30):
            connection.execute(
                insert(schema.subscriber_days),
                [
                    {
                        "digest": f"d{number}",
                        "day": date(2026, 1, 1) + timedelta(days=day),
                        "event": "added",
                        "before": "",
                        "after": "active",
                        "subscribers": 1,
                    }
                    for number in range(100)
                ],
            )
        # PostgreSQL reads an empty table whole.
        connection.execute(
            insert(schema.delivery_counts),
            [
                {
                    "edition_id": made - 1 - number % 9,
                    "channel": f"c{number}",
                    "state": SENT,
                    "deliveries": 1,
                }
                for number in range(MANY)
            ],
        )
        connection.exec_driver_sql("ANALYZE")
    with store.read() as connection:
        after = delivery_lists.page(connection, made, channel="smtp", most=5).deliveries[-1]
        last = subscriber_lists.page(connection, "daily", most=50).last
        assert last is not None
        active = SubscriberState.ACTIVE
        with whole_reads(connection) as whole:
            delivery_lists.counts(connection, made)
            delivery_lists.page(connection, made, most=50)
            delivery_lists.page(connection, made, most=50, after=after)
            delivery_lists.page(connection, made, channel="smtp", most=50, after=after)
            delivery_lists.page(
                connection, made, channel="smtp", state=PENDING, most=50, after=after
            )
            delivery_lists.page(connection, made, channel="smtp", state=FAILED, most=50)
            delivery_lists.to_recipients(connection, made, ["smtp"], ["p7@many.example"])
            delivery_lists.by_id(connection, after.id)
            subscriber_lists.counts(connection, "daily")
            subscriber_lists.page(connection, "daily", most=50, after=last)
            subscriber_lists.page(connection, "daily", state=active, most=50, after=last)
            subscriber_lists.page(connection, "daily", contains="9@", most=50)
            subscriber_lists.page(connection, "daily", state=active, contains="zz", most=50)
            subscriber_lists.log(connection, last, most=20)
            subscriber_history.weeks(connection, "d1", today=date(2026, 1, 30), most=52)
        assert whole == []


def test_no_list_of_few_editions_reads_all_their_deliveries(store: Store) -> None:
    with store.write() as connection:
        crowd(connection)
        for number in range(10):
            freeze(connection, f"2026-01-1{number}T0700", str(number))
        connection.exec_driver_sql("ANALYZE")
    with store.read() as connection, whole_reads(connection) as whole:
        edition_lists.page(connection, "daily", before=3, most=2)
        subscriber_lists.returned_mail(connection, "daily", most=10)
    # The editions are ten and the events about returned mail none: PostgreSQL reads such whole.
    assert [step for step in whole if "deliveries" in step.partition(":")[0]] == []
