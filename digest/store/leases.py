"""Leases: rights that one holder at a time has, until a time on the database's clock.

A holder's name is never used again.  The holder renews its leases again and again; one that shows
no life for the length of a lease loses them, and finds that out before it writes the next time.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, or_, select, text, update

from digest.errors import BusyError
from digest.store.tables import insert_into, leases


def new_holder(kind: str) -> str:
    """Return a name that no holder of a lease has had before; it begins with `kind`."""
    return f"{kind} {os.getpid()} {os.urandom(8).hex()}"


def database_time(connection: Connection) -> datetime:
    """Return the time on the clock of the database's machine."""
    if connection.dialect.name == "postgresql":
        moment: datetime = connection.scalar(text("SELECT clock_timestamp()"))
        return moment.astimezone(UTC)
    stamp = connection.scalar(text("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')"))
    return datetime.fromisoformat(f"{stamp}+00:00")


def take(connection: Connection, name: str, holder: str, length: timedelta) -> bool:
    """Take the lease `name` for `holder`; return False where another one holds it."""
    now = database_time(connection)
    values = {"holder": holder, "held_until": now + length}
    insert = insert_into(leases, connection.dialect.name).values(name=name, **values)
    statement = insert.on_conflict_do_update(
        index_elements=[leases.c.name],
        set_=values,
        where=or_(leases.c.held_until <= now, leases.c.holder == holder),
    ).returning(leases.c.name)
    return connection.scalar(statement) is not None


def renew(connection: Connection, holder: str, length: timedelta) -> int:
    """Prolong all leases of a holder; return how many it still has."""
    until = database_time(connection) + length
    statement = update(leases).where(leases.c.holder == holder).values(held_until=until)
    return connection.execute(statement).rowcount


def check(connection: Connection, name: str, holder: str) -> None:
    """Raise BusyError where `holder` has lost the lease; it cannot be taken until the commit."""
    statement = (
        select(leases.c.name)
        .where(leases.c.name == name, leases.c.holder == holder)
        .with_for_update(read=True)
    )
    if connection.scalar(statement) is None:
        raise BusyError(f"another worker has taken over the work of this one ({name})")


def release(connection: Connection, holder: str, name: str | None = None) -> None:
    """Give back one lease of a holder, or all."""
    statement = delete(leases).where(leases.c.holder == holder)
    connection.execute(statement if name is None else statement.where(leases.c.name == name))
