"""The workers that share the database, and the newest configuration that any of them has read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, or_, select, update

from digest.store.leases import database_time
from digest.store.tables import configurations, insert_into, workers

SILENT_AFTER = timedelta(minutes=1)
"""A worker that was not seen for so long counts as gone."""
_KEPT = timedelta(days=1)
"""How long a worker that has ended is listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerState:
    """A worker, as it was seen last."""

    name: str
    """Its host and process."""
    version: str
    kinds: str
    """What it does, such as "refresh publish deliver"."""
    configuration: str
    """A short hash of its configuration: workers with the same one agree."""
    started_at: datetime
    seen_at: datetime
    ticked_at: datetime | None
    """When it looked last for what is due, for all workers."""
    ended_at: datetime | None
    is_alive: bool


def states(connection: Connection) -> list[WorkerState]:
    """Return the workers of the last day, those that live first, by name."""
    now = database_time(connection)
    found = [
        WorkerState(
            **row._asdict(), is_alive=row.ended_at is None and row.seen_at > now - SILENT_AFTER
        )
        for row in connection.execute(select(workers).order_by(workers.c.name))
    ]
    return sorted(found, key=lambda worker: (not worker.is_alive, worker.name))


def register(
    connection: Connection, name: str, *, version: str, kinds: str, configuration: str
) -> None:
    """Store that a worker has begun; forget those that ended long ago."""
    now = database_time(connection)
    old = or_(workers.c.ended_at < now - _KEPT, workers.c.seen_at < now - _KEPT)
    connection.execute(delete(workers).where(old))
    values = {
        "version": version,
        "kinds": kinds,
        "configuration": configuration,
        "started_at": now,
        "seen_at": now,
        "ended_at": None,
    }
    insert = insert_into(workers, connection.dialect.name).values(name=name, **values)
    connection.execute(insert.on_conflict_do_update(index_elements=[workers.c.name], set_=values))


def seen(
    connection: Connection,
    name: str,
    *,
    configuration: str | None = None,
    ticked: bool = False,
    ended: bool = False,
) -> None:
    """Store that a worker lives, has ticked, or has ended."""
    now = database_time(connection)
    values: dict[str, object] = {"seen_at": now}
    if configuration is not None:
        values["configuration"] = configuration
    if ticked:
        values["ticked_at"] = now
    if ended:
        values["ended_at"] = now
    connection.execute(update(workers).where(workers.c.name == name).values(values))


def agree(connection: Connection, pieces: Mapping[str, str], changed_at: datetime) -> set[str]:
    """Store the pieces of a configuration (name -> hash) that are new; return those out of date.

    `changed_at` is when the configuration was changed.  Of two states of a piece the one that was
    changed later holds; of two that were changed at once, the one with the greater hash.
    """
    stored = {row.name: row for row in connection.execute(select(configurations))}
    older = set()
    for name, hash_ in sorted(pieces.items()):
        known = stored.get(name)
        if known is None or (changed_at, hash_) > (known.changed_at, known.hash):
            values = {"hash": hash_, "changed_at": changed_at}
            insert = insert_into(configurations, connection.dialect.name).values(
                name=name, **values
            )
            connection.execute(
                insert.on_conflict_do_update(index_elements=[configurations.c.name], set_=values)
            )
        elif known.hash != hash_:
            older.add(name)
    return older


def is_current(connection: Connection, name: str, hash_: str) -> bool:
    """Return whether no worker has a newer state of a piece of the configuration."""
    statement = select(configurations.c.hash).where(configurations.c.name == name)
    stored = connection.scalar(statement)
    return stored is None or stored == hash_
