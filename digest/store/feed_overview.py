"""What a table of many feeds shows of each: a narrow read, and figures of a few feeds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Text, bindparam, func, select, type_coerce

from digest.store.column_types import Utc
from digest.store.tables import entries, feeds

_NEWEST = '"newest":"'


@dataclass(frozen=True, slots=True)
class FeedOverview:
    """The state of a feed for sorting and filtering; times are texts that sort as time does."""

    url: str
    title: str | None
    succeeded: str
    next_fetch: str
    failures: int
    is_failing: bool
    is_gone: bool
    is_moved: bool
    newest: str
    """The date of its newest entry, of `YYYY-MM-DD` and more; empty if unknown."""


def overview(connection: Connection) -> list[FeedOverview]:
    """Return the state of each known feed, in no order.

    No column is decoded: 5,000 feeds take about 20 ms.
    """
    statement = select(
        feeds.c.url,
        feeds.c.title,
        type_coerce(feeds.c.succeeded_at, Text),
        type_coerce(feeds.c.next_fetch_at, Text),
        feeds.c.failures,
        feeds.c.error.is_not(None),
        feeds.c.gone,
        feeds.c.fetch_url.is_not(None) | feeds.c.moved_to.is_not(None),
        type_coerce(feeds.c.rhythm, Text),
    )
    return [
        FeedOverview(
            url,
            title,
            succeeded or "",
            upcoming or "",
            failures,
            bool(failing),
            bool(gone),
            bool(moved),
            (rhythm or "").partition(_NEWEST)[2][:19].replace("T", " "),
        )
        for url, title, succeeded, upcoming, failures, failing, gone, moved, rhythm in (
            connection.execute(statement)
        )
    ]


_DATE = func.coalesce(entries.c.published, entries.c.first_seen)
_DAY = func.substr(type_coerce(_DATE, Text), 1, 10)
_BY_DAY = (
    select(entries.c.feed_id, _DAY.label("day"), func.count())
    .where(
        entries.c.feed_id.in_(bindparam("values", expanding=True)),
        ~entries.c.backlog,
        type_coerce(_DATE, Utc) >= bindparam("since", type_=Utc),
    )
    .group_by(entries.c.feed_id, "day")  # by name: PostgreSQL takes parameters for different
)


def entries_by_day(
    connection: Connection, feed_ids: Collection[int], now: datetime, days: int
) -> dict[int, list[int]]:
    """Return how many entries each feed had on each of the last `days` (UTC), today last."""
    today = now.date()
    first = today - timedelta(days=days - 1)
    since = now.replace(
        year=first.year, month=first.month, day=first.day, hour=0, minute=0, second=0, microsecond=0
    )
    found: defaultdict[int, list[int]] = defaultdict(lambda: [0] * days)
    if not feed_ids:
        return found
    places = {(first + timedelta(days=at)).isoformat(): at for at in range(days)}
    values = {"values": list(feed_ids), "since": since}
    for feed_id, day, number in connection.execute(_BY_DAY, values):
        if (place := places.get(day)) is not None:
            found[feed_id][place] = number
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedEntry:
    """An entry in a list of a feed's entries."""

    id: int
    title: str
    link: str | None
    published: datetime | None
    first_seen: datetime


def newest_entries(
    connection: Connection, feed_id: int, *, limit: int, before: int | None = None
) -> list[ListedEntry]:
    """Return the entries of a feed that were stored last, the newest first, without the backlog.

    `before` is the id of the last entry of the page before.
    """
    statement = (
        select(
            entries.c.id,
            entries.c.title,
            entries.c.link,
            entries.c.published,
            entries.c.first_seen,
        )
        .where(entries.c.feed_id == feed_id, ~entries.c.backlog)
        .order_by(entries.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(entries.c.id < before)
    return [ListedEntry(**row._asdict()) for row in connection.execute(statement)]
