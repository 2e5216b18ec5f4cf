"""What happened to the subscribers of a digest, week by week: states, sign-ups, leavings, bounces.

The table `subscriber_days` has a few rows for each day on which something happened, so that a year
is read at once, however many subscribers there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, func, select

from digest.mailing_list.states import SubscriberEvent
from digest.model import SubscriberState
from digest.store import subscriber_lists
from digest.store.tables import subscriber_days

_WEEK = timedelta(days=7)
_ON_LIST = frozenset({SubscriberState.ACTIVE, SubscriberState.SUSPENDED})
_ACTIVE = frozenset({SubscriberState.ACTIVE})
_SUSPENDED = frozenset({SubscriberState.SUSPENDED})
_GONE = frozenset({SubscriberState.UNSUBSCRIBED, SubscriberState.REMOVED})


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberWeek:
    """The events of a digest's subscribers in a week, and their states at its end."""

    monday: date
    states: Mapping[SubscriberState, int]
    joined: int
    """How many came onto the list: who were added or confirmed, also again."""
    left: int
    """How many were on the list and left, complained or were removed."""
    suspended: int
    """How many were suspended, as mail to them came back."""
    bounced: int
    """How many mails came back for good."""


def weeks(
    connection: Connection,
    digest: str,
    *,
    today: date,
    most: int,
    counts: Mapping[SubscriberState, int] | None = None,
) -> tuple[SubscriberWeek, ...]:
    """Return the last `most` weeks up to `today`, the oldest first.

    `counts` are the present counts of `subscriber_lists`, where the caller has them already.
    Events of later days, which a wrong clock has written, count as of today.
    """
    this_monday = today - timedelta(days=today.weekday())
    first = this_monday - _WEEK * (most - 1)
    statement = (
        select(
            subscriber_days.c.day,
            subscriber_days.c.event,
            subscriber_days.c.before,
            subscriber_days.c.after,
            func.sum(subscriber_days.c.subscribers).label("subscribers"),
        )
        .where(subscriber_days.c.digest == digest, subscriber_days.c.day >= first)
        .group_by(
            subscriber_days.c.day,
            subscriber_days.c.event,
            subscriber_days.c.before,
            subscriber_days.c.after,
        )
    )
    flows: dict[date, Counter[tuple[str, str, str]]] = {}
    for row in connection.execute(statement):
        day = min(row.day, today)
        monday = day - timedelta(days=day.weekday())
        flow = flows.setdefault(monday, Counter())
        flow[row.event, row.before, row.after] += row.subscribers
    states = Counter(subscriber_lists.counts(connection, digest) if counts is None else counts)
    found = []
    for back in range(most):
        monday = this_monday - _WEEK * back
        flow = flows.get(monday, Counter())
        found.append(_week(monday, states, flow))
        for (_, before, after), number in flow.items():
            if after:
                states[SubscriberState(after)] -= number
            if before:
                states[SubscriberState(before)] += number
    return tuple(reversed(found))


def _week(
    monday: date, states: Counter[SubscriberState], flow: Counter[tuple[str, str, str]]
) -> SubscriberWeek:
    def count(into: frozenset[SubscriberState], *, from_list: bool) -> int:
        return sum(
            number
            for (_, before, after), number in flow.items()
            if after in into and before != after and (before in _ON_LIST) is from_list
        )

    return SubscriberWeek(
        monday=monday,
        states={state: max(states[state], 0) for state in SubscriberState},
        joined=count(_ACTIVE, from_list=False),
        left=count(_GONE, from_list=True),
        suspended=count(_SUSPENDED, from_list=True),
        bounced=sum(
            number for (event, _, _), number in flow.items() if event == SubscriberEvent.BOUNCED
        ),
    )
