"""The parts of a mailing: ranges of the deliveries of an edition over one channel.

A delivery is claimed only by the holder of its part (`HELD`, in the statement of the claim).
Whoever takes a part over takes back what its former holder had claimed.  So a sender that was
stopped, or cut off, claims nothing more once its part has a new holder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from digest.errors import BusyError
from digest.store.leases import database_time
from digest.store.tables import deliveries, editions, is_open, parts

RUN = "run"
"""The kind of holder that has the lock of the digest's channel as well."""

HELD = exists().where(
    parts.c.edition_id == deliveries.c.edition_id,
    parts.c.channel == deliveries.c.channel,
    parts.c.first_id <= deliveries.c.id,
    parts.c.last_id >= deliveries.c.id,
    parts.c.holder == bindparam("holder"),
)
"""Whether a delivery is in a part that `holder` holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPart:
    """A range of the deliveries of an edition over a channel."""

    id: int
    edition_id: int
    channel: str


def cover(connection: Connection, edition_id: int, channel: str, *, size: int | None) -> None:
    """Cut the open deliveries that are in no part into parts of at most `size` ids, or into one.

    Ids grow in the order of commits, because writers take turns.
    """
    ours = (parts.c.edition_id == edition_id, parts.c.channel == channel)
    covered = connection.scalar(select(func.max(parts.c.last_id)).where(*ours)) or 0
    first, last = connection.execute(
        select(func.min(deliveries.c.id), func.max(deliveries.c.id)).where(
            deliveries.c.edition_id == edition_id,
            deliveries.c.channel == channel,
            deliveries.c.id > covered,
            is_open,
        )
    ).one()
    if last is None:
        return
    rows = []
    while covered < last:
        end = last if size is None else first + size - 1
        rows.append({"first_id": covered + 1, "last_id": end})
        covered, first = end, end + 1
    row = {"edition_id": edition_id, "channel": channel}
    connection.execute(insert(parts), [{**row, **bounds} for bounds in rows])


def find(connection: Connection, part_id: int) -> DeliveryPart | None:
    """Return a part; ``None`` where it is done."""
    statement = select(parts.c.id, parts.c.edition_id, parts.c.channel).where(parts.c.id == part_id)
    row = connection.execute(statement).one_or_none()
    return None if row is None else DeliveryPart(**row._asdict())


def digest_of(connection: Connection, part_id: int) -> str | None:
    """Return the name of the digest of a part; None where the part is done."""
    statement = (
        select(editions.c.digest)
        .join(parts, parts.c.edition_id == editions.c.id)
        .where(parts.c.id == part_id)
    )
    return connection.scalar(statement)


def take(connection: Connection, part_id: int, holder: str, length: timedelta) -> bool:
    """Take a part for `holder`; return False where another one holds it."""
    now = database_time(connection)
    taken = connection.execute(
        update(parts)
        .where(parts.c.id == part_id, or_(parts.c.holder.is_(None), parts.c.held_until <= now))
        .values(holder=holder, held_until=now + length)
    )
    return taken.rowcount == 1


def take_all(
    connection: Connection, edition_id: int, channel: str, holder: str, length: timedelta
) -> None:
    """Take all parts of an edition over a channel that no worker holds.

    The caller holds the lock of the digest's channel: the other holders of its kind are dead.
    """
    now = database_time(connection)
    connection.execute(
        update(parts)
        .where(
            parts.c.edition_id == edition_id,
            parts.c.channel == channel,
            or_(
                parts.c.holder.is_(None),
                parts.c.held_until <= now,
                parts.c.holder.startswith(f"{RUN} "),
            ),
        )
        .values(holder=holder, held_until=now + length)
    )


def renew(connection: Connection, holder: str, length: timedelta) -> None:
    """Prolong the parts of a holder, which nobody can take then until the commit.

    Raises BusyError where another one has taken them over.
    """
    until = database_time(connection) + length
    statement = update(parts).where(parts.c.holder == holder).values(held_until=until)
    if connection.execute(statement).rowcount == 0:
        raise BusyError("another sender has taken over the deliveries of this one")


def release(connection: Connection, holder: str) -> None:
    """Give back the parts of a holder; drop the parts of editions that are delivered."""
    held = select(parts.c.edition_id, parts.c.channel).where(parts.c.holder == holder).distinct()
    of_holder = connection.execute(held).all()
    connection.execute(
        update(parts).where(parts.c.holder == holder).values(holder=None, held_until=None)
    )
    for edition_id, channel in of_holder:
        is_left = exists().where(
            deliveries.c.edition_id == edition_id, deliveries.c.channel == channel, is_open
        )
        connection.execute(
            delete(parts).where(
                parts.c.edition_id == edition_id, parts.c.channel == channel, ~is_left
            )
        )


def free(
    connection: Connection,
    edition_id: int,
    channel: str,
    due: ColumnElement[bool],
    values: Mapping[str, object],
) -> list[int]:
    """Return the ids of the parts that nobody holds and in which a delivery is `due`.

    `values` are the parameters of `due`.
    """
    within = exists().where(
        deliveries.c.edition_id == parts.c.edition_id,
        deliveries.c.channel == parts.c.channel,
        deliveries.c.id.between(parts.c.first_id, parts.c.last_id),
        due,
    )
    at = database_time(connection)
    statement = (
        select(parts.c.id)
        .where(
            parts.c.edition_id == edition_id,
            parts.c.channel == channel,
            or_(parts.c.holder.is_(None), parts.c.held_until <= at),
            within,
        )
        .order_by(parts.c.id)
    )
    return list(connection.scalars(statement, values))
