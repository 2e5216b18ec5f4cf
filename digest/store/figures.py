"""Figures of the whole database for its operator: sizes, ages, open deliveries, workers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, distinct, func, select

from digest.model import DeliveryState
from digest.store import Store, schema, workers
from digest.store.column_types import Utc
from digest.store.tables import (
    deliveries,
    digests,
    editions,
    entries,
    feeds,
    is_open,
    metadata,
)
from digest.store.workers import WorkerState


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSize:
    """How large a table is."""

    name: str
    rows: int
    exact: bool
    """Whether the rows were counted; otherwise the server's statistics say about how many."""
    size: int | None
    """Its bytes, with its indexes; ``None`` where the database does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCount:
    """The deliveries over a channel that are in an open state."""

    channel: str
    state: DeliveryState
    count: int
    oldest: datetime
    """When the oldest edition among them was composed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreFigures:
    """What `digest store status` shows."""

    database: str
    server: str
    revision: str
    size: int
    tables: tuple[TableSize, ...]
    oldest_entry: datetime | None
    open_deliveries: tuple[OpenCount, ...]
    workers: tuple[WorkerState, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedTotals:
    """Sums over all feeds that were ever asked."""

    known: int
    requests: int
    not_modified: int
    received: int
    """How many bytes."""


def of_store(store: Store) -> StoreFigures:
    """Return the figures of a whole database, as of one moment."""
    with store.read() as connection:
        storage = store.storage(connection)
        return StoreFigures(
            database=store.name,
            server=storage.server,
            revision=schema.HEAD,
            size=storage.size,
            tables=tuple(
                _table_size(connection, table.name, storage.rows, storage.tables)
                for table in sorted(metadata.tables.values(), key=lambda table: table.name)
            ),
            oldest_entry=connection.scalar(select(func.min(entries.c.first_seen, type_=Utc))),
            open_deliveries=open_deliveries(connection),
            workers=tuple(workers.states(connection)),
        )


def _table_size(
    connection: Connection, name: str, about: Mapping[str, int], sizes: Mapping[str, int]
) -> TableSize:
    rows = about.get(name)
    if rows is None:
        counted = select(func.count()).select_from(metadata.tables[name])
        return TableSize(
            name=name, rows=connection.scalar(counted) or 0, exact=True, size=sizes.get(name)
        )
    return TableSize(name=name, rows=rows, exact=False, size=sizes.get(name))


def open_deliveries(connection: Connection) -> tuple[OpenCount, ...]:
    """Count the deliveries that are not done, by channel and state."""
    columns = (deliveries.c.channel, deliveries.c.state)
    statement = (
        select(
            *columns,
            func.count().label("number"),
            func.min(editions.c.composed_at, type_=Utc).label("oldest"),
        )
        .join(editions, editions.c.id == deliveries.c.edition_id)
        .where(is_open)
        .group_by(*columns)
        .order_by(*columns)
    )
    return tuple(
        OpenCount(
            channel=row.channel,
            state=DeliveryState(row.state),
            count=row.number,
            oldest=row.oldest,
        )
        for row in connection.execute(statement)
    )


def feed_totals(connection: Connection) -> FeedTotals:
    """Add up what all feeds have cost."""
    row = connection.execute(
        select(
            func.count(),
            func.coalesce(func.sum(feeds.c.requests), 0),
            func.coalesce(func.sum(feeds.c.not_modified), 0),
            func.coalesce(func.sum(feeds.c.received), 0),
        )
    ).one()
    known, requests, not_modified, received = map(int, row)
    return FeedTotals(known=known, requests=requests, not_modified=not_modified, received=received)


def due_times(connection: Connection, before: datetime) -> list[datetime]:
    """Return when each feed that was due before `before` was due; one that is gone never is."""
    statement = select(feeds.c.next_fetch_at).where(feeds.c.next_fetch_at <= before, ~feeds.c.gone)
    return [moment for moment in connection.scalars(statement) if moment is not None]


def feed_errors(connection: Connection) -> dict[str, int]:
    """Count the errors of the last polls of all feeds, by their text."""
    statement = (
        select(feeds.c.error, func.count())
        .where(feeds.c.error.is_not(None))
        .group_by(feeds.c.error)
    )
    return {row[0]: row[1] for row in connection.execute(statement)}


def entry_count(store: Store, connection: Connection) -> int:
    """Return how many entries there are, or about how many where there are many."""
    about = store.storage(connection).rows.get("entries")
    if about is not None:
        return about
    return connection.scalar(select(func.count()).select_from(entries)) or 0


def edition_counts(connection: Connection) -> dict[str, int]:
    """Return how many editions each digest has had."""
    statement = select(digests.c.name, func.count(distinct(editions.c.id))).outerjoin(
        editions, editions.c.digest == digests.c.name
    )
    return {row[0]: row[1] for row in connection.execute(statement.group_by(digests.c.name))}
