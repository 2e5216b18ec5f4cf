"""Fold deliveries that were done long ago into counts: by edition, channel and state.

A row of `deliveries` keeps an edition from going twice to the same recipient.  The rows of the
newest edition of a digest are therefore kept however old they are: only to that edition are
recipients added later, for a weekly mail.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Subquery,
    delete,
    exists,
    func,
    select,
    union_all,
)

from digest.store.tables import deliveries, delivery_counts, editions, insert_into, is_open

PORTION = 2_000
"""Most rows of a transaction: it takes about a tenth of a second."""


def foldable(connection: Connection, before: datetime) -> list[int]:
    """Return the ids of the editions from before `before` with deliveries to fold, oldest first."""
    newer = editions.alias()
    statement = (
        select(editions.c.id)
        .where(
            editions.c.composed_at < before,
            exists().where(newer.c.digest == editions.c.digest, newer.c.number > editions.c.number),
            exists().where(deliveries.c.edition_id == editions.c.id, ~is_open),
        )
        .order_by(editions.c.id)
    )
    return list(connection.scalars(statement))


def fold(connection: Connection, edition_id: int, most: int = PORTION) -> int:
    """Fold at most `most` deliveries of an edition that are done; return how many were folded.

    What is counted is what was deleted, so two runs that fold the same edition count no delivery
    twice.
    """
    done = (
        select(deliveries.c.id)
        .where(deliveries.c.edition_id == edition_id, ~is_open)
        .order_by(deliveries.c.id)
        .limit(most)
    )
    dropped = connection.execute(
        delete(deliveries)
        .where(deliveries.c.id.in_(done.scalar_subquery()))
        .returning(deliveries.c.channel, deliveries.c.state)
    ).all()
    add = insert_into(delivery_counts, connection.dialect.name)
    add = add.on_conflict_do_update(
        index_elements=["edition_id", "channel", "state"],
        set_={"deliveries": delivery_counts.c.deliveries + add.excluded.deliveries},
    )
    counts = Counter((row.channel, row.state) for row in dropped)
    for (channel, state), number in sorted(counts.items()):
        values = {"edition_id": edition_id, "channel": channel, "state": state}
        connection.execute(add, {**values, "deliveries": number})
    return len(dropped)


def folded_states(connection: Connection, edition_id: int) -> list[tuple[str, str, int]]:
    """Return channel, state and number of the deliveries of an edition that were folded."""
    columns = (delivery_counts.c.channel, delivery_counts.c.state, delivery_counts.c.deliveries)
    statement = select(*columns).where(delivery_counts.c.edition_id == edition_id)
    return [(row.channel, row.state, row.deliveries) for row in connection.execute(statement)]


def folded(connection: Connection, edition_id: int) -> int:
    """Return how many deliveries of an edition were folded."""
    return sum(count for _, _, count in folded_states(connection, edition_id))


def delivery_states(chosen: Select[tuple[int]] | int) -> Subquery:
    """Count the deliveries of some editions, folded or not.

    `chosen` selects the editions' ids, or is one.  The columns are ``edition_id``, ``channel``,
    ``state`` and ``number``; there may be two rows for the same state.
    """
    kept = (
        select(
            deliveries.c.edition_id,
            deliveries.c.channel,
            deliveries.c.state,
            func.count().label("number"),
        )
        .where(_among(deliveries.c.edition_id, chosen))
        .group_by(deliveries.c.edition_id, deliveries.c.channel, deliveries.c.state)
    )
    counted = select(
        delivery_counts.c.edition_id,
        delivery_counts.c.channel,
        delivery_counts.c.state,
        delivery_counts.c.deliveries.label("number"),
    ).where(_among(delivery_counts.c.edition_id, chosen))
    return union_all(kept, counted).subquery()


def _among(column: ColumnElement[int], chosen: Select[tuple[int]] | int) -> ColumnElement[bool]:
    return column == chosen if isinstance(chosen, int) else column.in_(chosen)
