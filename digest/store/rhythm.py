"""When feeds spoke: the dates of their newest entries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select

from digest.store._many import rows
from digest.store.tables import Utc, entries

_DATE = func.coalesce(entries.c.published, entries.c.first_seen, type_=Utc)


def newest_dates(
    conn: Connection, feed_ids: Collection[int], most: int
) -> dict[int, list[datetime]]:
    """Give the dates of the newest `most` entries of each feed, the newest first.

    An entry without a date counts as of the time when it was first seen.
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
    for row in rows(conn, newest, feed_ids):
        dates[row.feed_id].append(row.date)
    return dict(dates)
