"""Pages of a digest's subscribers, their counts by state, and the mail that came back.

A search for a part of an address looks through the index of addresses, at most `SEARCHED` of them
at a time: so it takes as long with a million subscribers as with fifty thousand.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select

from digest.mailing_list.states import SubscriberEvent
from digest.model import Subscriber, SubscriberState
from digest.store import people
from digest.store.people import FIELDS, NO_DIGEST
from digest.store.tables import is_returned_mail, subscriber_events, subscribers

SEARCHED = 50_000
"""The most addresses that one search looks at."""
RETURNED = 2000
"""The most events about returned mail that one page looks at."""

_COUNT = (
    select(func.count())
    .select_from(subscribers)
    .where(
        subscribers.c.digest == bindparam("digest"), subscribers.c.state == bindparam("in_state")
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberPage:
    """Some subscribers of a digest, by address."""

    subscribers: tuple[Subscriber, ...]
    last: int | None
    """The id after which the next page begins; ``None`` where nothing follows.

    The last subscriber looked at need not be on the page.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedMailEvent:
    """A mail that came back from a subscriber, or was held up."""

    subscriber: Subscriber
    event: SubscriberEvent
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedEvent:
    """An event in a subscriber's log."""

    event: SubscriberEvent
    at: datetime
    detail: str | None


def counts(connection: Connection, digest: str) -> dict[SubscriberState, int]:
    """Count the subscribers of a digest in each state, from the index `subscribers_state`."""
    counted = {
        state: connection.scalar(_COUNT, {"digest": digest, "in_state": state}) or 0
        for state in SubscriberState
    }
    return {state: count for state, count in counted.items() if count}


def page(
    connection: Connection,
    digest: str,
    *,
    state: SubscriberState | None = None,
    contains: str = "",
    after: int | None = None,
    most: int,
) -> SubscriberPage:
    """Return at most `most` subscribers of a digest, by address, that follow the one of id `after`.

    With `contains`, only those whose address has this text in it, in any case.
    """
    keys = (
        select(subscribers.c.id, subscribers.c.key)
        .where(subscribers.c.digest == digest)
        .order_by(subscribers.c.key)
    )
    if state is not None:
        keys = keys.where(subscribers.c.state == state)
    if after is not None:
        place = select(subscribers.c.key).where(subscribers.c.id == after).scalar_subquery()
        keys = keys.where(subscribers.c.key > place)
    ids = keys.limit(most + 1)
    if contains:
        looked_at = keys.limit(SEARCHED).subquery()
        ids = (
            select(looked_at.c.id, looked_at.c.key)
            .where(looked_at.c.key.contains(contains.casefold(), autoescape=True))
            .order_by(looked_at.c.key)
            .limit(most + 1)
        )
    found = [row.id for row in connection.execute(ids)]
    last = found[most - 1] if len(found) > most else None
    if contains and last is None:
        end = connection.execute(keys.limit(1).offset(SEARCHED - 1)).first()
        last = end.id if end else None
    if not found:
        return SubscriberPage(subscribers=(), last=last)
    rows = connection.execute(
        select(*FIELDS)
        .where(subscribers.c.id.in_(found[:most]))
        .order_by(subscribers.c.digest, subscribers.c.key)
    )
    return SubscriberPage(subscribers=tuple(people.of_row(row) for row in rows), last=last)


def log(connection: Connection, subscriber_id: int, *, most: int) -> tuple[LoggedEvent, ...]:
    """Return the newest events of a subscriber, the newest first."""
    statement = (
        select(subscriber_events.c.event, subscriber_events.c.at, subscriber_events.c.detail)
        .where(subscriber_events.c.subscriber_id == subscriber_id)
        .order_by(subscriber_events.c.id.desc())
        .limit(most)
    )
    return tuple(
        LoggedEvent(event=SubscriberEvent(row.event), at=row.at, detail=_reason(row))
        for row in connection.execute(statement)
    )


def returned_mail(
    connection: Connection, digest: str, *, most: int
) -> tuple[ReturnedMailEvent, ...]:
    """Return the newest events about mail that came back, or was held up, the newest first.

    Looks at the newest `RETURNED` such events of all digests.
    """
    newest = (
        select(subscriber_events.c.id)
        .where(is_returned_mail)
        .order_by(subscriber_events.c.id.desc())
        .limit(RETURNED)
    ).subquery()
    statement = (
        select(
            *FIELDS, subscriber_events.c.event, subscriber_events.c.at, subscriber_events.c.detail
        )
        .select_from(newest)
        .join(subscriber_events, subscriber_events.c.id == newest.c.id)
        .join(subscribers, subscribers.c.id == subscriber_events.c.subscriber_id)
        .where(subscribers.c.digest == digest, subscribers.c.digest != NO_DIGEST)
        .order_by(newest.c.id.desc())
        .limit(most)
    )
    return tuple(
        ReturnedMailEvent(
            subscriber=people.of_row(row),
            event=SubscriberEvent(row.event),
            at=row.at,
            reason=_reason(row) or "",
        )
        for row in connection.execute(statement)
    )


def _reason(row: object) -> str | None:
    """Return the detail of an event, without the mark of the mail that a bounce begins with."""
    event, detail = row.event, row.detail  # type: ignore[attr-defined]
    if event == SubscriberEvent.BOUNCED and detail:
        return str(detail).partition(" ")[2]
    return None if detail is None else str(detail)
