"""Who is on a list, who asked to be, and who left."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, select, update

from digest.mailing_list.states import SubscriberEvent
from digest.model import DeliveryState, Subscriber, SubscriberState
from digest.store import (
    Store,
    bounces,
    deliveries,
    editions,
    forgetting,
    imports,
    subscribers,
)
from digest.store.tables import deliveries as delivery_rows
from digest.store.tables import subscriber_events
from support.stored import NOW, edition, enlist

ADDRESS = "Jane.Doe@example.org"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

ACTIVE = SubscriberState.ACTIVE
LEFT = SubscriberState.UNSUBSCRIBED


@pytest.fixture
def connection(store: Store) -> Iterator[Connection]:
    with store.write() as connection:
        yield connection


def events(connection: Connection, subscriber_id: int) -> list[tuple[str, str | None]]:
    statement = (
        select(subscriber_events.c.event, subscriber_events.c.detail)
        .where(subscriber_events.c.subscriber_id == subscriber_id)
        .order_by(subscriber_events.c.id)
    )
    return [(row.event, row.detail) for row in connection.execute(statement)]


def active(connection: Connection, address: str = ADDRESS, digest: str = "daily") -> Subscriber:
    change = subscribers.add(connection, digest, address, now=NOW)
    assert change.subscriber.state == ACTIVE
    return change.subscriber


def left(connection: Connection, address: str = ADDRESS, digest: str = "daily") -> Subscriber:
    gone = subscribers.unsubscribe(
        connection, active(connection, address, digest).id, by="web", now=NOW
    )
    assert gone is not None
    return gone.subscriber


# --- on the operator's word -----------------------------------------------------------------------


def test_who_is_added_is_on_the_list_and_nobody_is_twice(connection: Connection) -> None:
    first = subscribers.add(connection, "daily", f" {ADDRESS} ", now=NOW)
    assert first.before is None
    assert first.subscriber == Subscriber(
        id=1,
        digest="daily",
        address=ADDRESS,
        state=ACTIVE,
        origin="operator",
        created_at=NOW,
        changed_at=NOW,
    )
    again = subscribers.add(connection, "daily", ADDRESS.upper(), now=NOW + DAY)
    assert again == subscribers.SubscriberChange(subscriber=first.subscriber, before=ACTIVE)
    assert events(connection, 1) == [("added", None)]
    assert subscribers.add(connection, "weekly", ADDRESS, now=NOW).subscriber.id == 2
    with pytest.raises(ValueError, match="no @"):
        subscribers.add(connection, "daily", "jane", now=NOW)


def test_who_left_is_added_again_only_where_the_operator_says_so(connection: Connection) -> None:
    gone = left(connection)
    refused = subscribers.add(connection, "daily", ADDRESS, now=NOW + DAY)
    assert refused == subscribers.SubscriberChange(subscriber=gone, before=LEFT)
    back = subscribers.add(connection, "daily", ADDRESS, now=NOW + DAY, again=True)
    assert (back.before, back.subscriber.state, back.subscriber.id) == (LEFT, ACTIVE, gone.id)
    assert back.subscriber.changed_at == NOW + DAY
    assert events(connection, gone.id) == [("added", None), ("left", "web"), ("added again", None)]


def test_who_is_removed_may_be_added_but_is_not_imported(connection: Connection) -> None:
    one = active(connection)
    gone = subscribers.remove(connection, "daily", ADDRESS, now=NOW)
    assert gone is not None
    assert gone.subscriber.state == SubscriberState.REMOVED
    assert imports.import_(connection, "daily", [ADDRESS], now=NOW) == imports.ImportResult(
        removed=1
    )
    assert active(connection).id == one.id
    assert subscribers.remove(connection, "daily", "joe@example.org", now=NOW) is None


def test_the_configuration_names_who_is_on_the_list_and_no_longer(connection: Connection) -> None:
    own = active(connection, "own@example.org")
    gone = left(connection, "gone@example.org")
    named = ["a@example.org", "b@example.org", "own@example.org", "gone@example.org"]
    subscribers.sync_named(connection, "daily", named, now=NOW)
    subscribers.sync_named(connection, "weekly", named, now=NOW)
    subscribers.sync_named(connection, "daily", ["B@example.org", "new@example.org"], now=NOW + DAY)
    states = {
        one.subscriber.address: (one.subscriber.origin, one.subscriber.state)
        for one in subscribers.listing(connection, "daily")
    }
    assert states == {
        "a@example.org": ("config", SubscriberState.REMOVED),
        "b@example.org": ("config", ACTIVE),
        "gone@example.org": ("operator", LEFT),
        "new@example.org": ("config", ACTIVE),
        "own@example.org": ("operator", ACTIVE),
    }
    assert subscribers.by_id(connection, gone.id) == gone
    assert subscribers.by_id(connection, own.id) == own
    assert subscribers.counts(connection)["weekly"] == {ACTIVE: 4}
    subscribers.sync_named(connection, "daily", ["a@example.org"], now=NOW + 2 * DAY)
    back = subscribers.by_address(connection, "daily", "a@example.org")
    assert back is not None
    assert back.state == ACTIVE


# --- on their own ---------------------------------------------------------------------------------


def test_a_request_waits_for_its_confirmation(connection: Connection) -> None:
    asked = subscribers.request(connection, "daily", ADDRESS, now=NOW)
    assert asked is not None
    assert (asked.state, asked.requested_at, asked.origin) == ("requested", NOW, "web")
    assert events(connection, asked.id) == [("requested", None)]
    on_it = subscribers.confirm(connection, asked.id, now=NOW + DAY)
    assert on_it is not None
    assert (on_it.state, on_it.changed_at, on_it.requested_at) == (ACTIVE, NOW + DAY, NOW)
    assert subscribers.confirm(connection, asked.id, now=NOW + 2 * DAY) == on_it, "a second click"
    assert [event for event, _ in events(connection, asked.id)] == ["requested", "confirmed"]


def test_links_are_sent_once_an_hour_and_thrice_a_day(connection: Connection) -> None:
    def sent(minutes: int) -> bool:
        now = NOW + minutes * MINUTE
        return subscribers.request(connection, "daily", ADDRESS, now=now) is not None

    asked = {minutes: sent(minutes) for minutes in (0, 1, 59, 60, 61, 119, 120, 180, 1440, 1500)}
    assert [minutes for minutes, one in asked.items() if one] == [0, 60, 120, 1440, 1500]
    assert subscribers.request(connection, "weekly", ADDRESS, now=NOW) is not None


def test_a_clock_that_was_ahead_locks_nobody_out(connection: Connection) -> None:
    assert subscribers.request(connection, "daily", ADDRESS, now=NOW + 1000 * DAY)
    assert subscribers.request(connection, "daily", ADDRESS, now=NOW)


def test_who_is_on_the_list_is_sent_no_link(connection: Connection) -> None:
    one = active(connection)
    assert subscribers.request(connection, "daily", ADDRESS, now=NOW + DAY) is None
    assert subscribers.by_id(connection, one.id) == one


@pytest.mark.parametrize("how", ["unsubscribed", "suspended", "removed"])
def test_others_come_back_by_confirming_and_not_by_asking(connection: Connection, how: str) -> None:
    one = active(connection)
    if how == "unsubscribed":
        subscribers.unsubscribe(connection, one.id, by="web", now=NOW)
    elif how == "suspended":
        bounces.bounce(connection, one.id, mail="m", reason="5.1.1", final=True, now=NOW)
    else:
        subscribers.remove(connection, "daily", ADDRESS, now=NOW)
    asked = subscribers.request(connection, "daily", ADDRESS.lower(), now=NOW + HOUR)
    assert asked is not None
    assert asked.state == how, "somebody else may have asked"
    imports.import_(connection, "daily", [ADDRESS], now=NOW + HOUR)
    back = subscribers.confirm(connection, one.id, now=NOW + DAY)
    assert back is not None
    assert (back.state, back.origin, back.bounces) == (ACTIVE, "web", 0)


def test_a_link_is_good_for_seven_days_and_not_beyond_leaving(connection: Connection) -> None:
    asked = subscribers.request(connection, "daily", ADDRESS, now=NOW)
    assert asked is not None
    assert subscribers.may_confirm(asked, NOW + 7 * DAY)
    assert not subscribers.may_confirm(asked, NOW + 7 * DAY + MINUTE)
    assert subscribers.confirm(connection, asked.id, now=NOW + 8 * DAY) is None
    subscribers.confirm(connection, asked.id, now=NOW + HOUR)
    subscribers.unsubscribe(connection, asked.id, by="web", now=NOW + 2 * HOUR)
    assert subscribers.confirm(connection, asked.id, now=NOW + 3 * HOUR) is None
    assert subscribers.confirm(connection, 99, now=NOW) is None
    assert (
        subscribers.confirm(connection, active(connection, "never@asked.example").id, now=NOW)
        is None
    )


def test_a_link_that_was_not_sent_may_be_asked_for_at_once(connection: Connection) -> None:
    asked = subscribers.request(connection, "daily", ADDRESS, now=NOW)
    assert asked is not None
    subscribers.unsent(connection, asked, "451 later", now=NOW)
    assert subscribers.confirm(connection, asked.id, now=NOW) is None
    assert events(connection, asked.id) == [("unsent", "451 later")]
    again = subscribers.request(connection, "daily", ADDRESS, now=NOW + MINUTE)
    assert again is not None
    subscribers.unsent(connection, asked, "of the first one", now=NOW)
    assert subscribers.by_id(connection, asked.id) == again, "the second link stays good"


def test_requests_that_nobody_confirmed_are_dropped(connection: Connection) -> None:
    def ask(name: str, days: int) -> int:
        asked = subscribers.request(
            connection, "daily", f"{name}@example.org", now=NOW + days * DAY
        )
        assert asked is not None
        return asked.id

    old, confirmed, newer = ask("old", 0), ask("confirmed", 0), ask("newer", 4)
    subscribers.confirm(connection, confirmed, now=NOW)
    last = ask("last", 8)
    before = NOW + 8 * DAY - subscribers.CONFIRM_WITHIN
    assert forgetting.has_stale_requests(connection, before)
    forgetting.drop_requests(connection, before, now=NOW + 9 * DAY)
    assert not forgetting.has_stale_requests(connection, before)
    assert subscribers.by_id(connection, old) is None
    assert events(connection, old) == []
    assert {one.subscriber.id for one in subscribers.listing(connection)} == {
        confirmed,
        newer,
        last,
    }
    assert ask("later", 30) > last, "a number is never given twice"


# --- leaving --------------------------------------------------------------------------------------


def test_who_leaves_gets_nothing_that_has_not_been_sent(connection: Connection) -> None:
    one, other = active(connection), active(connection, "joe@example.org")
    ids = []
    for digest in ("daily", "weekly"):
        editions.name_authority(connection, digest, "example.org", date(2026, 1, 1))
        for slot in ("2026-01-12T0700", "2026-01-13T0700"):
            to = [("files", ""), ("smtp", ADDRESS), ("other", ADDRESS), ("smtp", other.address)]
            ids.append(
                enlist(
                    connection, editions.freeze(connection, edition(digest, slot, slot), []), *to
                )
            )
    states = ["pending", "deferred", "unknown", "sending"]
    of_jane = (
        select(delivery_rows.c.id)
        .where(delivery_rows.c.recipient == ADDRESS, delivery_rows.c.edition_id.in_(ids[:2]))
        .order_by(delivery_rows.c.id)
    )
    for row, state in zip(connection.scalars(of_jane).all(), states, strict=True):
        connection.execute(
            update(delivery_rows).where(delivery_rows.c.id == row).values(state=state)
        )
    gone = subscribers.unsubscribe(connection, one.id, by="web", now=NOW + HOUR)
    assert gone is not None
    found = [d for id in ids for d in deliveries.of_edition(connection, id)]
    states_of = {(d.edition_id, d.channel): d.state for d in found if d.recipient == ADDRESS}
    assert list(states_of.values()) == [
        *[DeliveryState.WITHDRAWN] * 3,
        "sending",
        *["pending"] * 4,
    ]
    assert {d.state for d in found if d.recipient != ADDRESS} == {"pending"}
    assert events(connection, one.id)[-1] == ("left", "web")


def test_leaving_twice_is_leaving_once(connection: Connection) -> None:
    gone = left(connection)
    again = subscribers.unsubscribe(connection, gone.id, by="mail", now=NOW + DAY)
    assert again == subscribers.SubscriberChange(subscriber=gone, before=LEFT)
    assert subscribers.unsubscribe(connection, 99, by="mail", now=NOW) is None
    assert len(events(connection, gone.id)) == 2


def test_who_complains_has_left(connection: Connection) -> None:
    one = active(connection)
    gone = subscribers.unsubscribe(connection, one.id, by="a report", now=NOW, complained=True)
    assert gone is not None
    assert gone.subscriber.state == LEFT
    assert events(connection, one.id)[-1] == ("complained", "a report")


# --- what came back -------------------------------------------------------------------------------


def bounced(
    connection: Connection, id: int, mail: str, days: float, final: bool = False
) -> Subscriber:
    now = NOW + days * DAY
    reason = "5.2.1 mailbox disabled"
    change = bounces.bounce(connection, id, mail=mail, reason=reason, final=final, now=now)
    assert change is not None
    return change.subscriber


def test_two_mails_that_came_back_suspend(connection: Connection) -> None:
    one = active(connection)
    assert bounced(connection, one.id, "<1@x>", 0).state == ACTIVE
    assert bounced(connection, one.id, "<1@x>", 1).bounces == 1, "the same mail, reported twice"
    assert bounced(connection, one.id, "<2@x>", 1).state == SubscriberState.SUSPENDED
    (listed,) = subscribers.listing(connection, state=SubscriberState.SUSPENDED)
    assert listed.reason == "5.2.1 mailbox disabled"
    assert listed.subscriber.bounces == 2
    back = subscribers.add(connection, "daily", ADDRESS, now=NOW + DAY, again=True).subscriber
    assert (back.state, back.bounces) == (ACTIVE, 0)
    assert bounced(connection, one.id, "<2@x>", 2).state == ACTIVE, "an old report, read again"
    assert [one.reason for one in subscribers.listing(connection)] == [None]


def test_a_mailbox_that_is_not_there_suspends_at_once(connection: Connection) -> None:
    assert bounced(connection, active(connection).id, "<1@x>", 0, final=True).state == "suspended"


def test_mails_that_came_back_months_apart_do_not_add_up(connection: Connection) -> None:
    one = active(connection)
    assert bounced(connection, one.id, "<1@x>", 0).bounces == 1
    assert bounced(connection, one.id, "<2@x>", 61).bounces == 1
    assert bounced(connection, one.id, "<3@x>", 121).state == "suspended"


@pytest.mark.parametrize("state", ["requested", "unsubscribed"])
def test_mail_that_came_back_takes_nobody_from_another_state(
    connection: Connection, state: str
) -> None:
    if state == "requested":
        asked = subscribers.request(connection, "daily", ADDRESS, now=NOW)
        assert asked is not None
        id = asked.id
    else:
        id = left(connection).id
    assert bounced(connection, id, "<1@x>", 0, final=True).state == state


def test_what_changes_nothing_is_noted(connection: Connection) -> None:
    one = active(connection)
    assert (
        bounces.note(connection, one.id, SubscriberEvent.DELAYED, reason="4.2.2 full", now=NOW)
        == one
    )
    assert (
        bounces.note(connection, 99, SubscriberEvent.DELAYED, reason="4.2.2 full", now=NOW) is None
    )
    assert bounces.bounce(connection, 99, mail="m", reason="r", final=True, now=NOW) is None
    assert events(connection, one.id)[-1] == ("delayed", "4.2.2 full")


# --- many -----------------------------------------------------------------------------------------


def test_an_import_says_of_each_what_became_of_it(connection: Connection) -> None:
    active(connection, "known@example.org")
    left(connection, "left@example.org")
    bounced(connection, active(connection, "held@example.org").id, "m", 0, final=True)
    subscribers.request(connection, "daily", "asked@example.org", now=NOW)
    active(connection, "off@example.org")
    subscribers.remove(connection, "daily", "off@example.org", now=NOW)
    active(connection, "elsewhere@example.org", "weekly")
    names = ["known", "Left", "held", "asked", "off", "elsewhere", "new", "NEW", "newer"]
    steps: list[int] = []
    done = imports.import_(
        connection, "daily", [f"{name}@example.org" for name in names], now=NOW, step=steps.append
    )
    assert done == imports.ImportResult(added=4, known=2, left=1, suspended=1, removed=1)
    assert sum(steps) == len(names)
    new = subscribers.by_address(connection, "daily", "new@example.org")
    assert new is not None
    assert (new.state, new.origin, events(connection, new.id)) == (
        ACTIVE,
        "import",
        [("imported", None)],
    )
    asked = subscribers.by_address(connection, "daily", "asked@example.org")
    assert asked is not None
    assert (asked.state, asked.origin) == (ACTIVE, "import")
    again = imports.import_(connection, "daily", [f"{name}@example.org" for name in names], now=NOW)
    assert again == imports.ImportResult(known=6, left=1, suspended=1, removed=1)


def test_a_long_list_comes_in_portions_and_in_order(connection: Connection) -> None:
    many = [f"reader{n}@example.org" for n in range(2500)]
    assert imports.import_(connection, "daily", many, now=NOW).added == 2500
    active(connection, "aaa@example.org", "weekly")
    given = [one.subscriber for one in subscribers.listing(connection)]
    assert [(one.digest, one.address) for one in given] == [
        *(("daily", address) for address in sorted(many)),
        ("weekly", "aaa@example.org"),
    ]
    assert len(list(subscribers.listing(connection, "daily", ACTIVE))) == 2500
    assert list(subscribers.listing(connection, "daily", LEFT)) == []
    assert subscribers.counts(connection) == {"daily": {ACTIVE: 2500}, "weekly": {ACTIVE: 1}}


# --- forgetting -----------------------------------------------------------------------------------


def everything(connection: Connection) -> str:
    """All that the database holds, as one text."""
    from digest.store.tables import metadata

    return "\n".join(
        repr(tuple(row))
        for table in metadata.sorted_tables
        for row in connection.execute(select(table))
    ).casefold()


def test_who_is_forgotten_stands_nowhere_and_is_not_imported(connection: Connection) -> None:
    editions.name_authority(connection, "daily", "example.org", date(2026, 1, 1))
    to = [("smtp", ADDRESS), ("other", ADDRESS), ("smtp", "joe@example.org")]
    frozen = editions.freeze(connection, edition("daily", "2026-01-12T0700", "1"), [])
    enlist(connection, frozen, *to)
    connection.execute(
        update(delivery_rows).values(error=f"550 <{ADDRESS}> unknown", message=ADDRESS.encode())
    )
    one, other = active(connection), active(connection, digest="weekly")
    bounces.bounce(connection, one.id, mail="m", reason=f"550 <{ADDRESS}>", final=False, now=NOW)
    assert forgetting.forget(connection, f" {ADDRESS.upper()}", now=NOW + DAY) == 2
    connection.execute(update(delivery_rows).values(message=None, error=None))  # Joe's
    assert "jane" not in everything(connection)
    first, second, joe = deliveries.of_edition(connection, frozen)
    assert {first.recipient, second.recipient} == {
        f"forgotten {first.id}",
        f"forgotten {second.id}",
    }
    assert joe.recipient == "joe@example.org"
    assert first.state == "withdrawn"
    for id in (one.id, other.id):
        kept = subscribers.by_id(connection, id)
        assert kept is not None
        assert (kept.address, kept.state) == ("", LEFT)
        assert events(connection, id) == [("forgotten", None)]
    for digest in ("daily", "weekly", "a new one"):
        done = imports.import_(connection, digest, [ADDRESS.lower(), "new@example.org"], now=NOW)
        assert done == imports.ImportResult(added=1, left=1)
        assert subscribers.add(connection, digest, ADDRESS, now=NOW).before == LEFT
        subscribers.sync_named(connection, digest, [ADDRESS], now=NOW)
    assert "jane" not in everything(connection)
    assert forgetting.forget(connection, ADDRESS, now=NOW) == 0


def test_a_stranger_is_forgotten_beforehand(connection: Connection) -> None:
    assert forgetting.forget(connection, ADDRESS, now=NOW) == 0
    assert imports.import_(connection, "daily", [ADDRESS], now=NOW) == imports.ImportResult(left=1)
    assert list(subscribers.listing(connection)) == []
    assert subscribers.counts(connection) == {}


def test_who_is_forgotten_may_come_back_under_their_old_number(connection: Connection) -> None:
    one = active(connection)
    forgetting.forget(connection, ADDRESS, now=NOW)
    asked = subscribers.request(connection, "daily", ADDRESS, now=NOW + DAY)
    assert asked is not None
    assert (asked.id, asked.state, asked.address) == (one.id, LEFT, ADDRESS)
    assert imports.import_(connection, "daily", [ADDRESS], now=NOW).left == 1
    back = subscribers.confirm(connection, one.id, now=NOW + DAY)
    assert back is not None
    assert (back.state, back.address) == (ACTIVE, ADDRESS)
    assert imports.import_(connection, "daily", [ADDRESS], now=NOW).known == 1
    assert imports.import_(connection, "weekly", [ADDRESS], now=NOW).left == 1


def test_a_request_for_who_is_forgotten_is_forgotten_too(connection: Connection) -> None:
    active(connection)
    forgetting.forget(connection, ADDRESS, now=NOW)
    subscribers.request(connection, "daily", ADDRESS, now=NOW + DAY)
    subscribers.request(connection, "weekly", ADDRESS, now=NOW + DAY)
    assert imports.import_(connection, "weekly", [ADDRESS], now=NOW) == imports.ImportResult(left=1)
    assert subscribers.add(connection, "weekly", ADDRESS, now=NOW).before == LEFT
    subscribers.request(connection, "daily", "joe@example.org", now=NOW + 9 * DAY)
    before = NOW + 9 * DAY - subscribers.CONFIRM_WITHIN
    assert forgetting.has_stale_requests(connection, before)
    forgetting.drop_requests(connection, before, now=NOW + 9 * DAY)
    assert not forgetting.has_stale_requests(connection, before)
    assert "jane" not in everything(connection)


def test_the_operator_may_add_again_who_is_forgotten(connection: Connection) -> None:
    one = active(connection)
    forgetting.forget(connection, ADDRESS, now=NOW)
    back = subscribers.add(connection, "daily", ADDRESS, now=NOW, again=True).subscriber
    assert (back.id, back.state, back.address) == (one.id, ACTIVE, ADDRESS)
    other = subscribers.add(connection, "weekly", ADDRESS, now=NOW, again=True).subscriber
    assert (other.state, other.address) == (ACTIVE, ADDRESS)


def test_a_token_of_nobody_finds_nobody(connection: Connection) -> None:
    forgetting.forget(connection, ADDRESS, now=NOW)  # a row of no list has the number 1
    assert subscribers.by_id(connection, 1) is None
    assert subscribers.unsubscribe(connection, 1, by="web", now=NOW) is None
