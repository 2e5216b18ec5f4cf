"""Find stored times that lie in the future because a clock was ahead, and set them back.

A run writes no time after its own `now`, except the times that feeds, hosts and deliveries wait
for.  Another time in the future was written by a clock that was ahead, or is seen by one that is
behind.  In both cases it must not keep feeds, editions and deliveries waiting.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select, update

from digest.store.column_types import Utc
from digest.store.errors import DamagedValueError
from digest.store.statements import sound_rows
from digest.store.tables import (
    deliveries,
    digests,
    editions,
    entries,
    feeds,
    held_editions,
    hosts,
    is_open,
)

TOLERANCE = timedelta(minutes=15)
"""The clocks of two runs, also on two machines, differ by less."""
LONGEST_WAIT = timedelta(days=32)
"""No feed, host or delivery is made to wait longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FutureTimes:
    """Times of one kind that lie in the future."""

    what: str
    count: int
    latest: datetime


def in_future(connection: Connection, now: datetime) -> list[FutureTimes]:
    """Return the kinds of times that no right clock can have written: too far in the future."""
    far, farther = now + TOLERANCE, now + TOLERANCE + LONGEST_WAIT
    kinds: tuple[tuple[str, ColumnElement[datetime | None], ColumnElement[bool]], ...] = (
        ("feeds were asked", feeds.c.checked_at, feeds.c.checked_at > far),
        ("feeds wait", feeds.c.next_fetch_at, feeds.c.next_fetch_at > farther),
        ("feeds wait for their servers", feeds.c.retry_after, feeds.c.retry_after > farther),
        ("hosts are left alone", hosts.c.closed_until, hosts.c.closed_until > farther),
        ("editions were composed", editions.c.composed_at, editions.c.composed_at > far),
        ("editions were held", held_editions.c.held_at, held_editions.c.held_at > far),
        ("slots were settled", digests.c.settled_at, digests.c.settled_at > far),
        (
            "deliveries were tried",
            deliveries.c.updated_at,
            and_(is_open, deliveries.c.updated_at > far),
        ),
    )
    found = []
    for what, column, condition in kinds:
        statement = select(func.count(), func.max(column, type_=Utc)).where(condition)
        try:
            count, latest = connection.execute(statement).one()
        except DamagedValueError:  # a damaged time is reported where it is read
            continue
        if latest is not None:
            found.append(FutureTimes(what=what, count=count, latest=latest))
    return found


def set_back(connection: Connection, now: datetime) -> None:
    """Set times in the future back to `now`; a feed then waits as long as it was meant to wait.

    The caller sets the settled slots back, because it knows the schedules.
    """
    _set_feeds_back(connection, now)
    farther = now + LONGEST_WAIT
    connection.execute(delete(hosts).where(hosts.c.closed_until > farther))
    connection.execute(update(editions).where(editions.c.composed_at > now).values(composed_at=now))
    for column in (held_editions.c.held_at, held_editions.c.mail_next_at):
        connection.execute(update(held_editions).where(column > now).values({column: now}))
    connection.execute(update(entries).where(entries.c.revised_at > now).values(revised_at=now))
    connection.execute(
        update(deliveries)
        .where(is_open, deliveries.c.updated_at > now, deliveries.c.next_attempt_at > now)
        .values(next_attempt_at=now)
    )
    connection.execute(
        update(deliveries).where(is_open, deliveries.c.attempted_at > now).values(attempted_at=now)
    )
    connection.execute(
        update(deliveries).where(is_open, deliveries.c.updated_at > now).values(updated_at=now)
    )


_PAST = ("checked_at", "succeeded_at", "read_at", "first_read_at", "asked_since", "moved_since")
_AHEAD = ("next_fetch_at", "retry_after", "fresh_until")


def _set_feeds_back(connection: Connection, now: datetime) -> None:
    farther = now + LONGEST_WAIT
    columns = [feeds.c[name] for name in (*_PAST, *_AHEAD)]
    wrong = or_(
        feeds.c.checked_at > now, feeds.c.next_fetch_at > farther, feeds.c.retry_after > farther
    )
    for row in sound_rows(connection, select(feeds.c.id, *columns).where(wrong), {}):
        stored = row._asdict()
        checked_at = stored["checked_at"] or now
        offset = max(checked_at - now, timedelta())
        values: dict[str, datetime | None] = {}
        for name in _PAST:
            values[name] = stored[name] and min(stored[name], now)
        for name in _AHEAD:
            moved = stored[name] and stored[name] - offset
            values[name] = now if moved and moved > farther else moved
        connection.execute(update(feeds).where(feeds.c.id == row.id).values(values))
