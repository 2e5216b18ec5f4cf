"""Count what happens to subscribers by day, and find deliveries and subscribers by state."""

from collections import Counter
from datetime import date
from itertools import groupby

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0014"

RETURNED = sa.text("event IN ('bounced', 'suspended', 'delayed', 'refused', 'complained')")
LEADS_TO = {
    "added": "active",
    "added again": "active",
    "imported": "active",
    "named": "active",
    "confirmed": "active",
    "left": "unsubscribed",
    "complained": "unsubscribed",
    "forgotten": "unsubscribed",
    "removed": "removed",
    "suspended": "suspended",
}
"""The states that events lead to; the others, but the first request, change none."""


def upgrade() -> None:
    op.create_index("deliveries_state", "deliveries", ["edition_id", "channel", "state", "id"])
    op.create_index("subscribers_state", "subscribers", ["digest", "state", "key"])
    op.create_index(
        "subscriber_events_returned",
        "subscriber_events",
        ["id"],
        sqlite_where=RETURNED,
        postgresql_where=RETURNED,
    )
    days = op.create_table(
        "subscriber_days",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("event", sa.Text, primary_key=True),
        sa.Column("before", sa.Text, primary_key=True),
        sa.Column("after", sa.Text, primary_key=True),
        sa.Column("subscribers", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    assert days is not None
    rows = [
        dict(zip(("digest", "day", "event", "before", "after"), key, strict=True))
        | {"subscribers": number}
        for key, number in count(op.get_bind()).items()
    ]
    if rows:
        op.bulk_insert(days, rows)


def count(connection: sa.Connection) -> Counter[tuple[str, date, str, str, str]]:
    """Count the logged events by digest, day, event, and the states before and after.

    The log of a subscriber who was forgotten begins late.  A last step leads to the state that the
    subscriber has, so that the counts add up to the states of all.
    """
    counts: Counter[tuple[str, date, str, str, str]] = Counter()
    rows = connection.execute(
        sa.text(
            "SELECT subscribers.id, digest, state, created_at, changed_at, event, at"
            " FROM subscribers LEFT JOIN subscriber_events ON subscriber_id = subscribers.id"
            " WHERE digest <> '' ORDER BY subscribers.id, subscriber_events.id"
        ),
        execution_options={"yield_per": 1000},
    )
    for _, group in groupby(rows, key=lambda row: row.id):
        events = list(group)
        first, last = events[0], events[-1]
        state = ""
        for row in events:
            event = row.event or "added"
            after = LEADS_TO.get(event, state or "requested")
            if row.event is None:
                after = row.state
            counts[row.digest, _day(row.at or row.created_at), event, state, after] += 1
            state = after
        if state != first.state:
            event = "removed" if last.state == "removed" else "left"
            counts[first.digest, _day(last.changed_at), event, state, last.state] += 1
    return counts


def _day(text: str) -> date:
    return date.fromisoformat(text[:10])
