"""Find the lasting problem of a feed (`Ailment`) from its stored state.

A feed is

- gone if its server says so (410);
- moved if we have followed it to another address;
- failing if it could not be read for 14 days;
- losing entries if it showed some too briefly for us to see them;
- empty if it had entries and its document has none now;
- silent if its newest entry is older than a month, and older than twice the longest gap between its
  last entries.

Only the gravest problem is reported, and a feed that is gone is reported only once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise

from digest.model import Ailment, FeedState

FAILING = timedelta(days=14)
"""How long a feed may fail before it is reported."""
NEVER_READ = 14
"""Failed fetches after which a feed that was never read is reported."""
RHYTHM = 20
"""The number of newest entries that show the rhythm of a feed."""
LEAST = 5
"""Entries that a feed needs at least to have a rhythm."""
EMPTY = timedelta(days=1)
"""How long after its newest entry a feed without any is reported: some feeds keep entries for hours
only."""
SILENT = timedelta(days=30)
"""The shortest silence that is reported."""
LONGER = 2
"""How many times as long as the longest gap before it a silence is that is reported."""


def examine(
    state: FeedState, dates: Sequence[datetime], now: datetime, since: datetime | None = None
) -> tuple[Ailment, datetime | None] | None:
    """Return the problem of a feed and, if known, the time when it began; ``None`` for none.

    `dates` are the dates of its newest `RHYTHM` entries, the newest first; `since` is the time of
    the last examination.
    """
    if state.gone:
        is_news = since is None or state.checked_at is None or state.checked_at > since
        return (Ailment.GONE, state.succeeded_at) if is_news else None
    if state.error and state.succeeded_at is None and _was_never_read(state, now):
        return Ailment.FAILING, None
    if state.error and state.succeeded_at and now - state.succeeded_at >= FAILING:
        return Ailment.FAILING, state.succeeded_at
    if state.fetch_url:
        return Ailment.MOVED, None
    if state.gap and state.gap.missing and (since is None or state.gap.at > since):
        return Ailment.LOSING, state.gap.at
    if state.rhythm and state.rhythm.window == 0 and dates and not state.error:
        return (Ailment.EMPTY, None) if now - dates[0] >= EMPTY else None
    newest = silent_since(dates, now)
    return (Ailment.SILENT, newest) if newest and not state.error else None


def _was_never_read(state: FeedState, now: datetime) -> bool:
    asked = state.asked_since
    return state.failures >= NEVER_READ or (asked is not None and now - asked >= FAILING)


def week_begins(moment: datetime) -> datetime:
    """Return the beginning of the week of `moment`, in the time zone of `moment`."""
    monday = moment - timedelta(days=moment.weekday())
    return monday.replace(hour=0, minute=0, second=0, microsecond=0)


def silent_since(dates: Sequence[datetime], now: datetime) -> datetime | None:
    """Return the date of the newest entry if the feed is silent, measured by its own rhythm."""
    known = [moment for moment in dates[:RHYTHM] if moment <= now]
    if len(known) < LEAST:
        return None
    longest = max(later - earlier for later, earlier in pairwise(known))
    return known[0] if now - known[0] > max(SILENT, LONGER * longest) else None


def is_time(how_often: str, today: date, before: date | None) -> bool:
    """Say whether the edition of `today` reports feed health; the last one was on `before`.

    Weeks are those of ISO 8601: they begin on Monday.

    >>> is_time("weekly", date(2026, 1, 12), date(2026, 1, 11))
    True
    >>> is_time("weekly", date(2026, 1, 13), date(2026, 1, 12))
    False
    """
    if how_often == "weekly":
        return before is None or today.isocalendar()[:2] != before.isocalendar()[:2]
    return how_often == "always"
