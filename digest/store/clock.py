"""Times that lie in the future because a run had a clock that was ahead, and setting them back.

Nothing that a run writes lies after its own `now`, but for times that something waits for.  What
does was written by a clock that was ahead, or is seen by one that is behind: either way it must not
keep feeds, editions and deliveries waiting.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select, update

from digest.store.errors import DamagedValueError
from digest.store.statements import sound_rows
from digest.store.tables import (
    Utc,
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
"""Runs side by side, and on two machines, differ by less."""
LONGEST_WAIT = timedelta(days=32)
"""No feed, host or delivery is made to wait longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FutureTimes:
    """Times of one kind that lie in the future."""

    what: str
    count: int
    latest: datetime


def in_future(connection: Connection, now: datetime) -> list[FutureTimes]:
    """Name what lies so far in the future that no sane clock has written it."""
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
        except DamagedValueError:  # what is no time lies nowhere; its readers tell
            continue
        if latest is not None:
            found.append(FutureTimes(what=what, count=count, latest=latest))
    return found


def set_back(connection: Connection, now: datetime) -> None:
    """Set what lies in the future back to `now`, and let feeds wait as long as they were to.

    Which slots are settled is for the caller to say: it knows the schedules.
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
        held = row._asdict()
        asked = held["checked_at"] or now
        offset = max(asked - now, timedelta())
        values: dict[str, datetime | None] = {}
        for name in _PAST:
            values[name] = held[name] and min(held[name], now)
        for name in _AHEAD:
            moved = held[name] and held[name] - offset
            values[name] = now if moved and moved > farther else moved
        connection.execute(update(feeds).where(feeds.c.id == row.id).values(values))
