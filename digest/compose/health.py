"""Say what is wrong with a feed for longer than a day, from what the store remembers of it.

A feed is gone when its server says so (410), has moved when we have followed it to another
address, fails when it could not be read for 14 days, and is silent when it has said nothing for
twice as long as ever between its last entries, and for a month at least.  The gravest is named.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise

from digest.model import Ailment, FeedState

FAILING = timedelta(days=14)
"""How long a feed may fail before it is named."""
NEVER_READ = 14
"""How many fetches of a feed that was never read may fail."""
RHYTHM = 20
"""How many of its newest entries tell the rhythm of a feed,"""
LEAST = 5
"""and how many there must be."""
SILENT = timedelta(days=30)
LONGER = 2


def examine(
    state: FeedState, dates: Sequence[datetime], now: datetime
) -> tuple[Ailment, datetime | None] | None:
    """Name what ails the feed and since when, as far as that is known.

    `dates` are those of its newest `RHYTHM` entries, the newest first.
    """
    if state.gone:
        return Ailment.GONE, state.succeeded_at
    if state.error and state.succeeded_at is None and state.failures >= NEVER_READ:
        return Ailment.FAILING, None
    if state.error and state.succeeded_at and now - state.succeeded_at >= FAILING:
        return Ailment.FAILING, state.succeeded_at
    if state.fetch_url:
        return Ailment.MOVED, None
    newest = silent_since(dates, now)
    return (Ailment.SILENT, newest) if newest and not state.error else None


def silent_since(dates: Sequence[datetime], now: datetime) -> datetime | None:
    """Return the date of the newest entry, where the feed is silent against its own rhythm."""
    known = [moment for moment in dates[:RHYTHM] if moment <= now]
    if len(known) < LEAST:
        return None
    longest = max(later - earlier for later, earlier in pairwise(known))
    return known[0] if now - known[0] > max(SILENT, LONGER * longest) else None


def is_time(how_often: str, today: date, before: date | None) -> bool:
    """Tell whether the edition of `today` names them, after one of the day `before`.

    Weeks are those of ISO 8601: they begin on Monday.

    >>> is_time("weekly", date(2026, 1, 12), date(2026, 1, 11))
    True
    >>> is_time("weekly", date(2026, 1, 13), date(2026, 1, 12))
    False
    """
    if how_often == "weekly":
        return before is None or today.isocalendar()[:2] != before.isocalendar()[:2]
    return how_often == "always"
