"""The state of each feed, by URL: titles, validators, the time of the next fetch."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Boolean, Connection, Row, bindparam, case, delete, func, or_, select, update

from digest.errors import DigestError
from digest.model import FeedState, HostState, Validators
from digest.model.feeds import REFUSED
from digest.store.column_types import Utc
from digest.store.statements import prepared, rows
from digest.store.tables import entries, feeds, fetches, hosts, hubs, insert_into, pings

logger = logging.getLogger(__name__)

RHYTHM = timedelta(weeks=8)
"""The span over which a feed's entries a week are counted."""

FARTHEST_POLL = timedelta(days=33)
"""No feed waits longer for its next poll."""

_BY_ID = select(feeds).where(feeds.c.id.in_(bindparam("values", expanding=True)))
_BY_URL = select(feeds).where(feeds.c.url.in_(bindparam("values", expanding=True)))
_DATE = func.coalesce(entries.c.published, entries.c.first_seen, type_=Utc)
_LAST_DATES = (
    select(_DATE)
    .where(entries.c.feed_id == bindparam("feed"), ~entries.c.backlog)
    .order_by(entries.c.id.desc())
    .limit(bindparam("most"))
)
_URLS = select(feeds.c.id, feeds.c.url).where(feeds.c.id.in_(bindparam("values", expanding=True)))
_WHICH = "which"
_SAVE = update(feeds).where(feeds.c.id == bindparam(_WHICH))


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedHealth:
    """How many entries a feed has brought, and how often."""

    entries: int = 0
    a_week: float = 0.0
    """Entries a week over the last eight weeks."""
    newest: datetime | None = None
    """The date of the newest entry, or the time when it was first seen where it has no date."""


def ensure(connection: Connection, urls: Sequence[str]) -> dict[str, FeedState]:
    """Return the states of the feeds at `urls`, in that order; create those not yet known."""
    known = {state.url: state for state in states(connection, urls)}
    new = [url for url in dict.fromkeys(urls) if url not in known]
    if new:
        insert = insert_into(feeds, connection.dialect.name).on_conflict_do_nothing()
        connection.execute(insert, [{"url": url} for url in new])
        known.update((state.url, state) for state in states(connection, new))
        if damaged := [url for url in new if url not in known]:
            _begin_anew(connection, damaged)
            known.update((state.url, state) for state in states(connection, damaged))
    return {url: known[url] for url in urls}


def _begin_anew(connection: Connection, urls: Sequence[str]) -> None:
    """Reset the unreadable rows of feeds, except the id and URL, which entries refer to."""
    kept = {"id", "url"}
    values = {
        column.name: (False if isinstance(column.type, Boolean) else 0)
        if not column.nullable
        else None
        for column in feeds.c
        if column.name not in kept
    }
    for url in urls:
        logger.warning("the database is damaged: what is known of the feed %s begins anew", url)
        connection.execute(update(feeds).where(feeds.c.url == url).values(values))


def states(connection: Connection, urls: Sequence[str] | None = None) -> list[FeedState]:
    """Return the states of the known feeds at `urls`, or of all, the oldest first."""
    if urls is None:
        return [_state(row) for row in connection.execute(select(feeds).order_by(feeds.c.id))]
    found = [_state(row) for row in rows(connection, _BY_URL, urls)]
    return sorted(found, key=lambda state: state.id)


def addresses(connection: Connection) -> set[str]:
    """Return the addresses of all feeds that are stored."""
    return set(connection.scalars(select(feeds.c.url)))


def due_addresses(connection: Connection, now: datetime) -> set[str]:
    """Return the addresses of the feeds that may be due at `now`, by the index of their times.

    A time too far ahead was set by a wrong clock, or is damaged: such a feed is looked at as well.
    """
    at, wait = feeds.c.next_fetch_at, feeds.c.retry_after
    statement = select(feeds.c.url).where(
        or_(at.is_(None), at <= now, at > now + FARTHEST_POLL),
        feeds.c.gone.is_(False),
        or_(wait.is_(None), wait <= now, wait > now + FARTHEST_POLL),
    )
    return set(connection.scalars(statement))


def failing_addresses(connection: Connection) -> set[str]:
    """Return the addresses of the feeds whose last poll failed."""
    return set(connection.scalars(select(feeds.c.url).where(feeds.c.error.is_not(None))))


def by_id(connection: Connection, ids: Collection[int]) -> dict[int, FeedState]:
    """Return the states of the feeds with these ids."""
    return {row.id: _state(row) for row in rows(connection, _BY_ID, ids)}


def urls(connection: Connection, ids: Collection[int]) -> dict[int, str]:
    """Return the addresses of feeds, by id."""
    return {row.id: row.url for row in rows(connection, _URLS, ids)}


def save(connection: Connection, states: Sequence[FeedState]) -> None:
    """Store these states in place of the stored ones."""
    if not states:
        return
    statement = prepared(_SAVE, connection.dialect, tuple(_values(states[0])))
    values = [tuple(_values(state).values()) for state in states]
    connection.exec_driver_sql(statement.sql, statement.rows(values))


def rename(connection: Connection, old: str, new: str) -> None:
    """Give the feed at `old` the address `new`; it keeps its id, its entries and its stories.

    The state of the old address (redirects, validators, failures, the time of the next fetch) is
    dropped, so the next refresh fetches the new one.  Raises DigestError where no feed at `old` is
    known, or where entries of a feed at `new` are stored.
    """
    known = {state.url: state for state in states(connection, [old, new])}
    if old not in known:
        raise DigestError(f"no feed with the address {old} has ever been fetched")
    if old == new:
        return
    if new in known:
        any_entry = select(entries.c.id).where(entries.c.feed_id == known[new].id).limit(1)
        if connection.scalar(any_entry) is not None:
            raise DigestError(f"entries of the feed {new} are stored already; it cannot take over")
        for table in (pings, hubs, fetches):
            connection.execute(delete(table).where(table.c.feed_id == known[new].id))
        connection.execute(delete(feeds).where(feeds.c.id == known[new].id))
    before = known[old]
    connection.execute(update(feeds).where(feeds.c.id == before.id).values(url=new))
    moved = FeedState(
        id=before.id,
        url=new,
        title=before.title,
        link=before.link,
        language=before.language,
        body_hash=before.body_hash,
        checked_at=before.checked_at,
        succeeded_at=before.succeeded_at,
        hints=before.hints,
        first_read_at=before.first_read_at,
        read_at=before.read_at,
    )
    save(connection, [moved])


def keep_address(connection: Connection, feed_id: int, target: str, now: datetime) -> None:
    """Ask a feed at its own address again, though it redirects to `target`.

    The redirect counts as refused: sightings of it are counted anew before it is followed.
    """
    values = {
        "fetch_url": None,
        "moved_to": target,
        "moved_since": now,
        "moved_sightings": REFUSED,
        "next_fetch_at": None,
    }
    connection.execute(update(feeds).where(feeds.c.id == feed_id).values(values))


def health(connection: Connection, now: datetime) -> dict[int, FeedHealth]:
    """Return the health of each feed at `now`, by feed id; a feed without entries is left out."""
    recent = case((_DATE.between(now - RHYTHM, now), 1), else_=0)
    statement = select(
        entries.c.feed_id, func.count(), func.sum(recent), func.max(_DATE, type_=Utc)
    ).group_by(entries.c.feed_id)
    weeks = RHYTHM / timedelta(weeks=1)
    return {
        feed_id: FeedHealth(entries=count, a_week=recently / weeks, newest=newest)
        for feed_id, count, recently, newest in connection.execute(statement)
    }


def newest_dates(
    connection: Connection, feed_ids: Collection[int], most: int
) -> dict[int, list[datetime]]:
    """Return the dates of the newest `most` entries of each feed, the newest first.

    For an entry without a date, this is the time when it was first seen.
    """
    order = func.row_number().over(partition_by=entries.c.feed_id, order_by=_DATE.desc())
    ordered = (
        select(entries.c.feed_id, _DATE.label("date"), order.label("place"))
        .where(entries.c.feed_id.in_(bindparam("values", expanding=True)))
        .subquery()
    )
    newest = (
        select(ordered.c.feed_id, ordered.c.date)
        .where(ordered.c.place <= most)
        .order_by(ordered.c.feed_id, ordered.c.place)
    )
    dates: defaultdict[int, list[datetime]] = defaultdict(list)
    for row in rows(connection, newest, feed_ids):
        dates[row.feed_id].append(row.date)
    return dict(dates)


def last_dates(connection: Connection, feed_id: int, most: int) -> list[datetime]:
    """Return the dates of the `most` entries that were stored last, without the backlog.

    The statement walks the index of tellable entries backwards: the cost does not grow with their
    number.
    """
    return list(connection.scalars(_LAST_DATES, {"feed": feed_id, "most": most}))


def closed_hosts(connection: Connection, now: datetime) -> list[HostState]:
    """Return the hosts that are to be left alone at `now`."""
    statement = select(hosts).where(hosts.c.closed_until > now)
    return [HostState(**row._asdict()) for row in connection.execute(statement)]


def close_hosts(connection: Connection, closed: Sequence[HostState], now: datetime) -> None:
    """Store the hosts to be left alone, and drop those that may be fetched from again."""
    connection.execute(delete(hosts).where(hosts.c.closed_until <= now))
    for host in closed:
        values = {"closed_until": host.closed_until, "reason": host.reason}
        insert = insert_into(hosts, connection.dialect.name).values(name=host.name, **values)
        connection.execute(insert.on_conflict_do_update(index_elements=[hosts.c.name], set_=values))


def _state(row: Row[Any]) -> FeedState:
    values = row._asdict()
    validators = Validators(
        etag=values.pop("etag"),
        last_modified=values.pop("last_modified"),
        url=values.pop("validators_url"),
    )
    return FeedState(**values, validators=validators)


def _values(state: FeedState) -> dict[str, object]:
    return {
        _WHICH: state.id,
        "fetch_url": state.fetch_url,
        "title": state.title,
        "link": state.link,
        "self_link": state.self_link,
        "language": state.language,
        "etag": state.validators.etag,
        "last_modified": state.validators.last_modified,
        "validators_url": state.validators.url,
        "body_hash": state.body_hash,
        "checked_at": state.checked_at,
        "succeeded_at": state.succeeded_at,
        "next_fetch_at": state.next_fetch_at,
        "retry_after": state.retry_after,
        "failures": state.failures,
        "error": state.error,
        "gone": state.gone,
        "moved_to": state.moved_to,
        "moved_since": state.moved_since,
        "moved_sightings": state.moved_sightings,
        "hints": state.hints,
        "first_read_at": state.first_read_at,
        "read_at": state.read_at,
        "fresh_until": state.fresh_until,
        "max_age": state.max_age,
        "unconditional": state.unconditional,
        "rhythm": state.rhythm,
        "gap": state.gap,
        "requests": state.requests,
        "not_modified": state.not_modified,
        "received": state.received,
        "asked_since": state.asked_since,
        "pushed_until": state.pushed_until,
    }
