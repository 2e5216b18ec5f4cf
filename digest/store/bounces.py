"""Bounces: counted for each subscriber, who is suspended after enough of them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from digest.mailing_list.states import SubscriberEvent, after
from digest.model import Subscriber
from digest.store import people
from digest.store.people import SubscriberChange
from digest.store.subscribers import by_id
from digest.store.tables import deliveries, editions, subscriber_events

HARD_BOUNCES = 2
COUNT_FOR = timedelta(days=60)
"""How long a hard bounce counts; an older one says nothing of the mailbox as it is now."""
LATE_EDITIONS = 60
"""How many of the newest editions a report is matched with; reports come within days."""


def bounce(
    connection: Connection,
    subscriber_id: int,
    *,
    mail: str,
    reason: str,
    final: bool,
    now: datetime,
) -> SubscriberChange | None:
    """Count a hard bounce; suspend the subscriber after the second, or after a `final` one.

    `mail` identifies the mail that bounced and has no spaces; the same mail counts once.  Returns
    ``None`` where there is no subscriber of that id.
    """
    subscriber = by_id(connection, subscriber_id)
    if subscriber is None:
        return None
    earlier = connection.execute(
        select(subscriber_events.c.at, subscriber_events.c.detail)
        .where(subscriber_events.c.subscriber_id == subscriber_id)
        .where(subscriber_events.c.event == SubscriberEvent.BOUNCED)
        .order_by(subscriber_events.c.id.desc())
    ).all()
    if any((event.detail or "").partition(" ")[0] == mail for event in earlier):
        return SubscriberChange(subscriber=subscriber, before=subscriber.state)
    recent = bool(earlier) and now - earlier[0].at <= COUNT_FOR
    bounces = subscriber.bounces + 1 if recent else 1
    counted = people.change(connection, subscriber_id, bounces=bounces)
    state = subscriber.state
    people.log(connection, subscriber_id, SubscriberEvent.BOUNCED, now, f"{mail} {reason}")
    people.tally(connection, subscriber.digest, now, SubscriberEvent.BOUNCED, state, state)
    if not final and bounces < HARD_BOUNCES:
        return SubscriberChange(subscriber=counted, before=subscriber.state)
    return people.apply_event(connection, counted, SubscriberEvent.SUSPENDED, now, detail=reason)


def note(
    connection: Connection,
    subscriber_id: int,
    event: SubscriberEvent,
    *,
    reason: str,
    now: datetime,
) -> Subscriber | None:
    """Log an event that does not change the state, such as a mail that was delayed or refused.

    Returns the subscriber, or ``None`` where there is none of that id.
    """
    subscriber = by_id(connection, subscriber_id)
    if subscriber is not None:
        assert after(subscriber.state, event) == subscriber.state
        state = subscriber.state
        people.log(connection, subscriber_id, event, now, reason)
        people.tally(connection, subscriber.digest, now, event, state, state)
    return subscriber


def was_sent(
    connection: Connection, subscriber: Subscriber, message_id: str, channels: Collection[str]
) -> bool:
    """Return whether one of the newest editions went to a subscriber with this Message-ID."""
    newest = (
        select(editions.c.id)
        .where(editions.c.digest == subscriber.digest)
        .order_by(editions.c.id.desc())
        .limit(LATE_EDITIONS)
    )
    found = select(deliveries.c.id).where(
        deliveries.c.edition_id.in_(newest),
        deliveries.c.channel.in_(channels),
        deliveries.c.recipient == subscriber.address,
        deliveries.c.message_id == message_id,
    )
    return connection.scalar(found.limit(1)) is not None
