"""Figures of the running service, for a program that watches it; read at one moment."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.model import Digest
from digest.pipeline.delivery.weekly_channel import channel_of
from digest.pipeline.next_edition import due
from digest.settings import Config
from digest.store import Store, figures, workers
from digest.store.figures import FeedTotals, OpenCount

LATE = timedelta(hours=1)
"""A feed is late that was due longer ago than this."""

_CLASSES: tuple[tuple[str, str], ...] = (
    ("status_4xx", r" answers 4\d\d\b"),
    ("status_5xx", r" answers 5\d\d\b"),
    ("status_other", r" answers \d\d\d\b"),
    ("redirect", r" redirects "),
    ("timeout", r"\b(timed out|within|longer than|seconds)\b"),
    ("name", r"^the name .* cannot be resolved"),
    ("tls", r"^the certificate of|^no secure connection"),
    ("connection", r"refuses connections|connection|gave no HTTP answer|broke(n)? off"),
    ("robots", r"robots\.txt"),
    ("document", r"\b(document|feed|entries|page)\b"),
)
"""The classes of failures, each with a pattern of its errors; the first that fits counts."""
_PATTERNS = tuple((name, re.compile(pattern)) for name, pattern in _CLASSES)
OTHER = "other"
FAILURE_CLASSES = (*(name for name, _ in _CLASSES), OTHER)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceFigures:
    """What an operator asks about a service.  Nothing in it names a feed, a host or a person."""

    feeds: int
    """How many the configuration has."""
    feeds_due: int
    feeds_late: int
    failing: Mapping[str, int]
    """Class of failure -> how many feeds failed so at their last poll."""
    totals: FeedTotals
    entries: int
    editions: Mapping[str, int]
    """Digest -> how many editions it has had."""
    late: Mapping[str, timedelta]
    """Digest -> for how long an edition has been due; zero where none is."""
    open_deliveries: Sequence[OpenCount]
    """By configured channel and state."""
    workers: int
    last_tick: datetime | None
    database_size: int


def of_service(config: Config, store: Store, now: datetime) -> ServiceFigures:
    """Return the figures of a service."""
    with store.read() as connection:
        due_since = figures.due_times(connection, now)
        errors = figures.feed_errors(connection)
        totals = figures.feed_totals(connection)
        entries = figures.entry_count(store, connection)
        made = figures.edition_counts(connection)
        still_open = figures.open_deliveries(connection)
        working = [worker for worker in workers.states(connection) if worker.is_alive]
        size = store.storage(connection).size
    failing = Counter(dict.fromkeys(FAILURE_CLASSES, 0))
    for error, count in errors.items():
        failing[failure_class(error)] += count
    return ServiceFigures(
        feeds=len(config.feeds),
        feeds_due=len(due_since),
        feeds_late=sum(moment < now - LATE for moment in due_since),
        failing=failing,
        totals=totals,
        entries=entries,
        editions={digest.name: made.get(digest.name, 0) for digest in config.digests},
        late={digest.name: _late(store, digest, now) for digest in config.digests},
        open_deliveries=_by_configured_channel(still_open),
        workers=len(working),
        last_tick=max((worker.ticked_at for worker in working if worker.ticked_at), default=None),
        database_size=size,
    )


def failure_class(error: str) -> str:
    """Return the class of a failed poll, by its error.

    >>> failure_class("example.org answers 404 Not Found"), failure_class("a surprise")
    ('status_4xx', 'other')
    """
    return next((name for name, pattern in _PATTERNS if pattern.search(error)), OTHER)


def _late(store: Store, digest: Digest, now: datetime) -> timedelta:
    slot = due(store, digest, now)
    return now - slot.at if slot else timedelta(0)


def _by_configured_channel(counts: Sequence[OpenCount]) -> tuple[OpenCount, ...]:
    """Add up weekly channels, of which there is one for each week."""
    sums: dict[tuple[str, str], OpenCount] = {}
    for found in counts:
        channel = channel_of(found.channel)
        known = sums.get((channel, found.state))
        sums[channel, found.state] = OpenCount(
            channel=channel,
            state=found.state,
            count=found.count + (known.count if known else 0),
            oldest=min(found.oldest, known.oldest) if known else found.oldest,
        )
    return tuple(sums.values())
