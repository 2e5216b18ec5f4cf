"""Whatever happens in whatever order: who left stays away, and the log tells the state."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from digest.mailing_list.states import SubscriberEvent, after
from digest.model import SubscriberState
from digest.store import (
    Store,
    bounces,
    forgetting,
    imports,
    open_store,
    subscriber_history,
    subscribers,
)
from digest.store.tables import subscriber_events
from support.stored import NOW

ADDRESSES = ("a@example.org", "B@example.org", "c@example.org")
STEP = timedelta(hours=7)

EVENTS = """
    add again import name unname request confirm leave complain remove bounce forget
"""
steps = st.lists(
    st.tuples(
        st.sampled_from(EVENTS.split()),
        st.sampled_from(["daily", "weekly"]),
        st.sampled_from(ADDRESSES),
    ),
    max_size=15,
)


@pytest.fixture(scope="module")
def blank(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store for many examples, each of which leaves nothing behind."""
    path = shutil.copy(empty_database, tmp_path_factory.mktemp("history") / "digest.db")
    with closing(open_store(f"sqlite:///{path}")) as store:
        yield store


@contextmanager
def connected(store: Store) -> Iterator[Connection]:
    with store.write() as connection:
        yield connection
        connection.rollback()


def happen(connection: Connection, what: str, digest: str, address: str, number: int) -> None:
    now = NOW + number * STEP
    known = subscribers.by_address(connection, digest, address)
    id = known.id if known else 0
    match what:
        case "add" | "again":
            subscribers.add(connection, digest, address.swapcase(), now=now, again=what == "again")
        case "import":
            imports.import_(connection, digest, ADDRESSES, now=now)
        case "name" | "unname":
            subscribers.sync_named(connection, digest, [address] if what == "name" else [], now=now)
        case "request":
            subscribers.request(connection, digest, address, now=now)
        case "confirm":
            subscribers.confirm(connection, id, now=now)
        case "leave" | "complain":
            complained = what == "complain"
            subscribers.unsubscribe(connection, id, by="test", now=now, complained=complained)
        case "remove":
            subscribers.remove(connection, digest, address, now=now)
        case "bounce":
            bounces.bounce(
                connection, id, mail=f"<{number}@x>", reason="5.2.1", final=False, now=now
            )
        case "forget":
            forgetting.forget(connection, address, now=now)


@given(history=steps)
def test_who_left_comes_back_by_confirming_or_at_their_wish_alone(
    blank: Store, history: list[tuple[str, str, str]]
) -> None:
    away: set[tuple[str, str]] = set()
    with connected(blank) as connection:
        for number, (what, digest, address) in enumerate(history):
            happen(connection, what, digest, address, number)
            if what in ("confirm", "again"):
                away.discard((digest, address.lower()))
            if what == "forget":
                away |= {(each, address.lower()) for each in ("daily", "weekly")}
            for one in (listed.subscriber for listed in subscribers.listing(connection)):
                if one.state == SubscriberState.UNSUBSCRIBED and one.address:
                    away.add((one.digest, one.address.lower()))
                assert (
                    one.state != SubscriberState.ACTIVE
                    or (one.digest, one.address.lower()) not in away
                )


@given(history=steps)
def test_the_log_tells_the_state(blank: Store, history: list[tuple[str, str, str]]) -> None:
    with connected(blank) as connection:
        for number, (what, digest, address) in enumerate(history):
            happen(connection, what, digest, address, number)
        listed = [one.subscriber for one in subscribers.listing(connection)]
        assert len({(one.digest, one.address.lower() or one.id) for one in listed}) == len(listed)
        for one in listed:
            log = connection.scalars(
                select(subscriber_events.c.event)
                .where(subscriber_events.c.subscriber_id == one.id)
                .order_by(subscriber_events.c.id)
            ).all()
            state = SubscriberState.UNSUBSCRIBED if log[0] == SubscriberEvent.FORGOTTEN else None
            for event in log:
                state = after(state, SubscriberEvent(event))
            assert state == one.state


@given(history=steps)
def test_the_address_of_who_is_forgotten_is_nowhere(
    blank: Store, history: list[tuple[str, str, str]]
) -> None:
    with connected(blank) as connection:
        for number, (what, digest, address) in enumerate(history):
            happen(connection, what, digest, address, number)
        for address in ADDRESSES:
            forgetting.forget(connection, address, now=NOW)
        listed = [one.subscriber for one in subscribers.listing(connection)]
        assert {(one.address, one.state) for one in listed} <= {("", SubscriberState.UNSUBSCRIBED)}
        for digest in ("daily", "weekly"):
            done = imports.import_(connection, digest, ADDRESSES, now=NOW)
            assert done == imports.ImportResult(left=len(ADDRESSES))


@given(steps)
def test_the_counts_of_days_tell_the_states_of_each_week(
    blank: Store, happened: list[tuple[str, str, str]]
) -> None:
    with connected(blank) as connection:
        at_end: dict[date, dict[SubscriberState, int]] = {}
        today = NOW.date()
        for number, (what, digest, address) in enumerate(happened):
            happen(connection, what, digest, address, number * 10)
            today = (NOW + number * 10 * STEP).date()
            monday = today - timedelta(days=today.weekday())
            at_end[monday] = subscribers.counts(connection).get("daily", {})
        weeks = subscriber_history.weeks(connection, "daily", today=today, most=9)
        before: dict[SubscriberState, int] = {}
        for week in weeks:
            before = at_end.get(week.monday, before)
            assert {state: n for state, n in week.states.items() if n} == before
        assert sum(week.joined - week.left - week.suspended for week in weeks) <= len(ADDRESSES)
