"""Compute how often a feed must be polled so that no entry leaves its window unseen.

A feed document shows its newest entries, its window.  The dates of the last entries are replayed:
for each hour of the day, how long a wait on each of the last days would have missed no more than
half a window?  A feed that publishes evenly, in the mornings only, or twice a year gets the wait
that it needs, and no more requests.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import repeat

from digest.model import Rhythm

MOST_TIMES = 200
"""The most entries of a feed, the newest, that are replayed."""
LONGEST = timedelta(days=7)
"""The longest wait, however rarely a feed publishes."""
DAYS = 14
"""The replay covers so many days: two of each day of the week."""
LEAST_DAYS = 3
"""With fewer known days, the shortest time of half a window is the wait for all hours."""

_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_MICROSECOND = timedelta(microseconds=1)
_DAY_LONG = _DAY // _MICROSECOND


def rhythm_of(dates: Sequence[datetime], window: int, now: datetime) -> Rhythm:
    """Work out a feed's rhythm from the dates of its newest entries, in any order.

    `window` is the number of entries in its document.  Dates after `now` are left out.
    """
    times = _spread(sorted(date for date in dates if date <= now)[-MOST_TIMES:])
    known = [moment for moment in times if moment <= now]
    at_once = max(1, window // 2)
    return Rhythm(
        window=window,
        waits=tuple(_minutes(wait) for wait in _waits(known, at_once, now)),
        gap=_minutes((known[-1] - known[0]) / (len(known) - 1)) if len(known) > 1 else None,
        newest=known[-1] if known else None,
    )


def latest_poll(rhythm: Rhythm, now: datetime) -> datetime:
    """Return the latest time for the next poll of a feed that is read `now`."""
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return hour + rhythm.waits[hour.hour] * _MINUTE


def missing(before: datetime | None, dates: Sequence[datetime]) -> tuple[int, timedelta] | None:
    """Estimate how many entries came between `before` and the oldest of `dates`, all unseen.

    `before` is the date of the newest entry that was known, `dates` are those of the document.
    Returns the number, which may be 0, and the time that the document spans: a poll within it
    would have caught them.  ``None`` if the dates do not show it.
    """
    times = sorted(dates)
    if len(times) < 2 or times[-1] <= times[0]:
        return None
    span = times[-1] - times[0]
    if before is None or before >= times[0]:
        return 0, span
    spacing = span / (len(times) - 1)
    return max(0, round((times[0] - before) / spacing) - 1), span


def _waits(times: Sequence[datetime], at_once: int, now: datetime) -> list[timedelta]:
    """Return the longest wait that starts in each hour of the day (UTC)."""
    fastest = min(
        (later - first for first, later in zip(times, times[at_once:], strict=False)),
        default=LONGEST,
    )
    fastest = min(fastest, LONGEST)
    if not times or now - times[0] < LEAST_DAYS * _DAY:
        return [max(fastest, _MINUTE)] * 24
    # In microseconds before `now`, which are compared much faster than datetimes.
    today = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    moments = [(moment - now) // _MICROSECOND for moment in times]
    never = LONGEST // _MICROSECOND
    overflow = [*moments[at_once:], *repeat(never, at_once + 1)]
    """For each number of earlier entries: when more than `at_once` further entries had appeared."""
    waits = []
    for hour in range(24):
        latest = (today - ((today.hour - hour) % 24) * _HOUR - now) // _MICROSECOND
        wait = never
        for start in range(latest, latest - DAYS * _DAY_LONG, -_DAY_LONG):
            if start < moments[0]:
                break
            wait = min(wait, overflow[bisect_right(moments, start)] - start)
        if latest < moments[0]:
            waits.append(fastest)
        else:
            waits.append(wait * _MICROSECOND)
    return waits


def _spread(times: list[datetime]) -> list[datetime]:
    """Spread entries over their day if all are dated at midnight, as entries without a time are."""
    if len(times) < 2 or any(time.hour or time.minute for time in times):
        return times
    spread: list[datetime] = []
    for day in dict.fromkeys(times):
        count = times.count(day)
        spread += [day + _DAY * (number + 0.5) / count for number in range(count)]
    return sorted(spread)


def _minutes(span: timedelta) -> int:
    return max(1, round(span / _MINUTE))
