"""The rate of a channel that machines share: each message has a time on the server's clock."""

from __future__ import annotations

from sqlalchemy import Connection, text

_MOST_AHEAD = 100
"""A time that lies more gaps ahead was set by a clock that was ahead."""

_RESERVE = text(
    "INSERT INTO rates (name, next_at)"
    " VALUES (:name, extract(epoch FROM clock_timestamp()) + CAST(:gap AS float))"
    " ON CONFLICT (name) DO UPDATE SET next_at = CAST(:gap AS float) + CASE"
    " WHEN rates.next_at BETWEEN extract(epoch FROM clock_timestamp())"
    " AND extract(epoch FROM clock_timestamp()) + :most * CAST(:gap AS float)"
    " THEN rates.next_at ELSE extract(epoch FROM clock_timestamp()) END"
    " RETURNING next_at - CAST(:gap AS float) - extract(epoch FROM clock_timestamp())"
)


def reserve(connection: Connection, name: str, gap: float) -> float:
    """Reserve the time of the next message, `gap` seconds after the last; return the wait for it.

    Only a database that several machines share needs this, and it is written for PostgreSQL.
    """
    wait = connection.scalar(_RESERVE, {"name": name, "gap": gap, "most": _MOST_AHEAD})
    return max(0.0, float(wait or 0.0))
