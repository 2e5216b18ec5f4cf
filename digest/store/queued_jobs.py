"""The jobs of workers in the queue, which an engine keeps in tables of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, inspect, text


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedJob:
    """A job that waits or is being done."""

    id: int
    kind: str
    """``tick``, ``refresh``, ``publish`` or ``deliver``."""
    arguments: Mapping[str, Any]
    is_begun: bool


_JOBS = text(
    "SELECT id, queue_name, args, status = 'doing' AS is_begun FROM procrastinate_jobs"
    " WHERE status IN ('todo', 'doing') ORDER BY id LIMIT :most"
)
_COUNTS = text(
    "SELECT queue_name, count(*) AS jobs FROM procrastinate_jobs"
    " WHERE status IN ('todo', 'doing') GROUP BY queue_name ORDER BY queue_name"
)


def queued(connection: Connection, most: int = 1000) -> list[QueuedJob]:
    """Return the first `most` jobs in the order in which they were queued."""
    if not _has_queue(connection):
        return []
    return [
        QueuedJob(
            id=row.id,
            kind=row.queue_name,
            arguments=row.args.get("arguments") or {},
            is_begun=row.is_begun,
        )
        for row in connection.execute(_JOBS, {"most": most})
    ]


def depths(connection: Connection) -> dict[str, int]:
    """Return how many jobs of each kind wait or are being done."""
    if not _has_queue(connection):
        return {}
    return {row.queue_name: row.jobs for row in connection.execute(_COUNTS)}


def _has_queue(connection: Connection) -> bool:
    return inspect(connection).has_table("procrastinate_jobs")
