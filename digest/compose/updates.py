"""Decide whether a story that a digest has told comes back as an update.

A story comes back as an update if the entry that told it was revised, or if many more feeds have
picked it up; never soon after the last telling, and only a few times.  Otherwise the entries that
tell it again are folded into it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from digest.model import Entry

COOL_DOWN = 2
"""Days between two tellings: a story corrected hour by hour comes back once it has settled."""
MOST = 3
"""How often a story comes back at most: one that changes still is a page kept up to date."""
LEAST_FEEDS, TIMES_AS_MANY = 5, 2
"""The number of new feeds that a story needs: at least the first figure, and at least the second
times the number of feeds that it was told with."""
REMEMBERED = timedelta(days=31)
"""A story that was revised or told longer ago does not come back.  A month is the longest interval
of a digest, so each digest has had an edition since."""

REVISED = "revised"
SPREAD = "more feeds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A story told before."""

    lead: Entry
    first: str
    """The slot of the edition that told it first."""
    last: str
    """The slot of the edition that told it last."""
    at: datetime
    """The time when the last edition that told it was composed."""
    again: int
    """How often it came back."""
    others: tuple[Entry, ...] = ()
    """The entries that were folded into it before."""
    joining: tuple[Entry, ...] = ()
    """The entries that are folded into it now."""
    key: str | None = None
    """The key of the story, which stays the same even if its publisher changes the entry ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """A story that comes back."""

    lead: Entry
    others: tuple[Entry, ...]
    reason: str
    since: datetime
    """The time when it became an update."""
    first_told: str
    key: str | None = None


def update(told: Told, slot: str) -> Update | None:
    """Return the update that a story told before is in the edition of `slot`, if it is one."""
    rest = (date.fromisoformat(slot[:10]) - date.fromisoformat(told.last[:10])).days
    if told.again >= MOST or rest < COOL_DOWN:
        return None
    revised_at = told.lead.revised_at
    if revised_at and revised_at > told.at:
        reason, since = REVISED, revised_at
    elif rest <= REMEMBERED.days and _spread(told):
        reason, since = SPREAD, max(entry.first_seen for entry in told.joining)
    else:
        return None
    return Update(
        lead=told.lead,
        others=(*told.others, *told.joining),
        reason=reason,
        since=since,
        first_told=told.first,
        key=told.key,
    )


def _spread(told: Told) -> bool:
    """Say whether enough feeds have picked it up since it was told last, one of them just now."""
    shown = {told.lead.feed_id}
    shown |= {entry.feed_id for entry in told.others if entry.first_seen <= told.at}
    feeds = {entry.feed_id for entry in (*told.others, *told.joining)} - shown
    return bool(told.joining) and len(feeds) >= max(LEAST_FEEDS, TIMES_AS_MANY * len(shown))
