"""Deliveries: which edition has still to go to whom, and what became of the others.

A delivery is `pending` until it is `sent` or has `failed` for good.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, update

from digest.model import Delivery
from digest.store.tables import deliveries, is_open

_SHOWN = [column for column in deliveries.c if column.name != "message"]


def pending(conn: Connection) -> list[Delivery]:
    """Give the deliveries that are still to be made, oldest first."""
    statement = select(*_SHOWN).where(is_open).order_by(deliveries.c.id)
    return [Delivery(**row._asdict()) for row in conn.execute(statement)]


def of_edition(conn: Connection, edition_id: int) -> list[Delivery]:
    """Give all deliveries of an edition, in the order they were made."""
    statement = (
        select(*_SHOWN).where(deliveries.c.edition_id == edition_id).order_by(deliveries.c.id)
    )
    return [Delivery(**row._asdict()) for row in conn.execute(statement)]


def mark(
    conn: Connection,
    delivery_id: int,
    state: str,
    *,
    error: str | None = None,
    receipt: str | None = None,
    now: datetime,
) -> None:
    """Record how an attempt ended; ``pending`` with an error is to be tried again."""
    marked = conn.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery_id)
        .values(
            state=state,
            attempts=deliveries.c.attempts + 1,
            error=error,
            receipt=receipt,
            updated_at=now,
        )
    )
    assert marked.rowcount == 1, f"there is no delivery {delivery_id}"


def requeue(conn: Connection, edition_id: int, *, now: datetime) -> int:
    """Make all deliveries of an edition anew, as if none had been tried; return how many."""
    return conn.execute(
        update(deliveries)
        .where(deliveries.c.edition_id == edition_id)
        .values(state="pending", attempts=0, error=None, receipt=None, updated_at=now)
    ).rowcount
