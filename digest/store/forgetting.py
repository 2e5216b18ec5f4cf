"""Erase addresses: at the wish of their owners, or because a sign-up was never confirmed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Select, Text, cast, delete, exists, func, literal, select, update

from digest.mailing_list.states import SubscriberEvent
from digest.model import SubscriberState
from digest.net import mail_addresses
from digest.store import people
from digest.store.people import FIELDS, NO_DIGEST
from digest.store.statements import portions
from digest.store.tables import deliveries, subscriber_events, subscribers

DROPPED = "dropped"
"""The event by which requests are counted that nobody confirmed."""


def forget(connection: Connection, address: str, *, now: datetime) -> int:
    """Erase an address everywhere; return the number of lists that it was on.

    A keyed hash of the address stays, so that no import brings it back.  Its deliveries stay,
    without a recipient; its log of events is erased.  The database's file holds the old bytes until
    `Store.compact` rewrites it.
    """
    key = mail_addresses.key(address)
    lists = connection.execute(select(*FIELDS).where(subscribers.c.key == key)).all()
    for row in lists:
        people.apply_event(connection, people.of_row(row), SubscriberEvent.FORGOTTEN, now)
        connection.execute(
            delete(subscriber_events).where(subscriber_events.c.subscriber_id == row.id)
        )
        people.erase_address(connection, row.id, key, now)
    if not people.is_forgotten(connection, key):
        made = people.row_of(NO_DIGEST, key, SubscriberState.UNSUBSCRIBED, "operator", now)
        hashed = people.insert_row(connection, made, SubscriberEvent.FORGOTTEN)
        people.erase_address(connection, hashed.id, key, now)
    connection.execute(
        update(deliveries)
        .where(func.lower(deliveries.c.recipient) == key)
        .values(
            recipient=literal("forgotten ") + cast(deliveries.c.id, Text),
            error=None,
            receipt=None,
            message_id=None,
            message=None,
        )
    )
    return len(lists)


def has_stale_requests(connection: Connection, before: datetime) -> bool:
    """Return whether `drop_requests` has work to do; this reads all rows without a write lock."""
    return any(
        connection.execute(statement.limit(1)).first() is not None
        for statement in (_unconfirmed(before), _asked_again(before))
    )


def drop_requests(connection: Connection, before: datetime, *, now: datetime) -> None:
    """Drop the addresses of unconfirmed requests from before `before`: nobody has consented.

    The row with the greatest id stays, because the next row would get its id.
    """
    old = connection.scalars(_unconfirmed(before)).all()
    for portion in portions(old):
        events = subscriber_events.c.subscriber_id.in_(portion)
        connection.execute(delete(subscriber_events).where(events))
        dropped = (
            select(subscribers.c.digest, func.count())
            .where(subscribers.c.id.in_(portion))
            .group_by(subscribers.c.digest)
        )
        for digest, count in connection.execute(dropped).all():
            people.tally(connection, digest, now, DROPPED, SubscriberState.REQUESTED, None, count)
        connection.execute(delete(subscribers).where(subscribers.c.id.in_(portion)))
    for row in connection.execute(_asked_again(before)).all():
        people.erase_address(connection, row.id, row.key, row.changed_at)


def _unconfirmed(before: datetime) -> Select[tuple[int]]:
    """Select the subscribers who signed up and never confirmed it."""
    asked = func.coalesce(subscribers.c.requested_at, subscribers.c.changed_at)
    newest = select(func.max(subscribers.c.id)).scalar_subquery()
    return select(subscribers.c.id).where(
        subscribers.c.state == SubscriberState.REQUESTED,
        asked < before,
        subscribers.c.id < newest,
    )


def _asked_again(before: datetime) -> Select[tuple[int, str, datetime]]:
    """Select the subscribers who were forgotten and signed up again without confirming it."""
    forgotten = exists().where(
        subscriber_events.c.subscriber_id == subscribers.c.id,
        subscriber_events.c.event == SubscriberEvent.FORGOTTEN,
    )
    return select(subscribers.c.id, subscribers.c.key, subscribers.c.changed_at).where(
        subscribers.c.state == SubscriberState.UNSUBSCRIBED,
        subscribers.c.address != "",
        subscribers.c.requested_at < before,
        subscribers.c.requested_at >= subscribers.c.changed_at,
        forgotten,
    )
