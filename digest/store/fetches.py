"""The last fetches of each feed: 30 rows that are written over and over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from digest.store.tables import fetches, insert_into

KEPT = 30
"""The fetches that are kept of each feed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchRecord:
    """One fetch of a feed."""

    feed_id: int
    number: int
    """How often the feed had been asked, this fetch included."""
    at: datetime
    is_unchanged: bool
    """Whether the server answered 304."""
    received: int
    """The bytes of the document, unpacked."""
    error: str | None = None


def record(connection: Connection, made: Sequence[FetchRecord]) -> None:
    """Store fetches, each in the place of the one `KEPT` fetches before it."""
    if not made:
        return
    insert = insert_into(fetches, connection.dialect.name)
    names = ("at", "is_unchanged", "received", "error")
    upsert = insert.on_conflict_do_update(
        index_elements=[fetches.c.feed_id, fetches.c.place],
        set_={name: insert.excluded[name] for name in names},
    )
    connection.execute(
        upsert,
        [
            {
                "feed_id": fetch.feed_id,
                "place": fetch.number % KEPT,
                **{name: getattr(fetch, name) for name in names},
            }
            for fetch in made
        ],
    )


def last(connection: Connection, feed_id: int) -> list[FetchRecord]:
    """Return the last fetches of a feed, the oldest first."""
    statement = select(fetches).where(fetches.c.feed_id == feed_id).order_by(fetches.c.at)
    return [
        FetchRecord(
            feed_id=row.feed_id,
            number=row.place,
            at=row.at,
            is_unchanged=row.is_unchanged,
            received=row.received,
            error=row.error,
        )
        for row in connection.execute(statement)
    ]
