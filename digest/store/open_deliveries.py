"""The deliveries that are not done: which are due, and what waits of each edition and channel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, exists, func, or_, select

from digest.store import parts
from digest.store.tables import deliveries, editions, is_open

FARTHEST = timedelta(hours=24)
"""The longest time for which an attempt is put off: a longer one was set by a wrong clock."""

IS_LATER = and_(
    deliveries.c.next_attempt_at > bindparam("now"),
    deliveries.c.next_attempt_at <= bindparam("far"),
    deliveries.c.updated_at <= bindparam("now"),
)
"""Whether an attempt is put off.  A time counts as reached where a clock that was ahead has set it,
or where it lies farther ahead than any wait can be."""
IS_DUE = and_(
    is_open,
    or_(
        deliveries.c.state == "pending",
        and_(
            deliveries.c.state.in_(("deferred", "unknown")),
            deliveries.c.next_attempt_at.is_not(None),
            ~IS_LATER,
        ),
    ),
)
"""Whether a delivery is to be tried now.  An unknown delivery without a time for the next attempt
is held until the operator decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDeliveries:
    """Counts of the deliveries of an edition over one channel that are not done."""

    edition_id: int
    digest: str
    slot: str
    channel: str
    due: int
    waiting: int
    """How many are put off until later."""
    until: datetime | None
    """When the first of the waiting deliveries is due."""
    error: str | None
    """Why one of the waiting deliveries is put off."""
    rests: bool
    """Whether the channel as a whole failed a moment ago and is to be left alone for a while."""
    abandoned: int
    """How many were claimed by a run that died."""
    unknown: int


def still_open(connection: Connection, *, now: datetime) -> list[OpenDeliveries]:
    """Count the deliveries that are not done, by edition and channel, the oldest edition first."""
    waits = and_(deliveries.c.state.in_(("deferred", "unknown")), IS_LATER)

    def count(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.sum(case((condition, 1), else_=0))

    statement = (
        select(
            editions.c.id.label("edition_id"),
            editions.c.digest,
            editions.c.slot,
            deliveries.c.channel,
            count(IS_DUE).label("due"),
            count(waits).label("waiting"),
            func.min(case((waits, deliveries.c.next_attempt_at))).label("until"),
            func.max(case((waits, deliveries.c.error))).label("error"),
            count(and_(deliveries.c.state == "pending", IS_LATER)).label("rests"),
            count(deliveries.c.state == "sending").label("abandoned"),
            count(deliveries.c.state == "unknown").label("unknown"),
        )
        .join(editions, editions.c.id == deliveries.c.edition_id)
        .where(is_open)
        .group_by(editions.c.id, deliveries.c.channel)
        .order_by(editions.c.id, deliveries.c.channel)
    )
    counted = connection.execute(statement, times(now)).mappings()
    return [OpenDeliveries(**{**row, "rests": row["rests"] > 0}) for row in counted]


def opened(
    connection: Connection, edition_id: int, channel: str, *, now: datetime
) -> OpenDeliveries | None:
    """Return an edition and channel without counting; ``None`` where the channel is left alone.

    `due` and `unknown` are 1: there may be such deliveries.
    """
    rests = exists().where(
        deliveries.c.edition_id == edition_id,
        deliveries.c.channel == channel,
        deliveries.c.state == "pending",
        IS_LATER,
    )
    statement = select(editions.c.digest, editions.c.slot).where(
        editions.c.id == edition_id, ~rests
    )
    row = connection.execute(statement, times(now)).one_or_none()
    if row is None:
        return None
    return OpenDeliveries(
        edition_id=edition_id,
        digest=row.digest,
        slot=row.slot,
        channel=channel,
        due=1,
        waiting=0,
        until=None,
        error=None,
        rests=False,
        abandoned=0,
        unknown=1,
    )


def free_parts(
    connection: Connection, edition_id: int, channel: str, *, now: datetime
) -> list[int]:
    """Return the ids of the parts that nobody holds and that have something to send."""
    waits = or_(IS_DUE, and_(is_open, deliveries.c.state == "sending"))
    return parts.free(connection, edition_id, channel, waits, times(now))


def times(now: datetime) -> dict[str, datetime]:
    """Return the parameters of `IS_DUE` and `IS_LATER`."""
    return {"now": now, "far": now + FARTHEST}
