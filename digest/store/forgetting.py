"""Addresses that are not to be kept: at the wish of their owners, or as nobody confirmed them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Select, Text, cast, delete, exists, func, literal, select, update

from digest.mailing_list.states import SubscriberEvent
from digest.model import SubscriberState
from digest.net import mail_addresses
from digest.store import people
from digest.store.people import FIELDS, NOWHERE
from digest.store.statements import portions
from digest.store.tables import deliveries, subscriber_events, subscribers


def forget(connection: Connection, address: str, *, now: datetime) -> int:
    """Erase an address everywhere; return on how many lists it was.

    What stays of it is a keyed hash, so that no import brings it back.  Its deliveries stay, to
    nobody; when they came, asked and left does not.  The database's file holds the old bytes until
    it is written anew (`Store.compact`).
    """
    key = mail_addresses.key(address)
    lists = connection.execute(select(*FIELDS).where(subscribers.c.key == key)).all()
    for row in lists:
        people.happen(connection, people.of_row(row), SubscriberEvent.FORGOTTEN, now)
        connection.execute(
            delete(subscriber_events).where(subscriber_events.c.subscriber_id == row.id)
        )
        people.blank(connection, row.id, key, now)
    if not people.is_forgotten(connection, key):
        made = people.row_of(NOWHERE, key, SubscriberState.UNSUBSCRIBED, "operator", now)
        people.blank(connection, people.insert_row(connection, made).id, key, now)
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
    """Tell whether `drop_requests` would find any: this reads all rows, and needs no write lock."""
    return any(
        connection.execute(statement.limit(1)).first() is not None
        for statement in (_unconfirmed(before), _asked_again(before))
    )


def drop_requests(connection: Connection, before: datetime) -> None:
    """Drop the addresses of requests from before then: nobody said that they may be kept.

    The last row stays, whose number the next one would get.
    """
    old = connection.scalars(_unconfirmed(before)).all()
    for portion in portions(old):
        events = subscriber_events.c.subscriber_id.in_(portion)
        connection.execute(delete(subscriber_events).where(events))
        connection.execute(delete(subscribers).where(subscribers.c.id.in_(portion)))
    for row in connection.execute(_asked_again(before)).all():
        people.blank(connection, row.id, row.key, row.changed_at)


def _unconfirmed(before: datetime) -> Select[tuple[int]]:
    """Select those who signed up and never confirmed it."""
    asked = func.coalesce(subscribers.c.requested_at, subscribers.c.changed_at)
    newest = select(func.max(subscribers.c.id)).scalar_subquery()
    return select(subscribers.c.id).where(
        subscribers.c.state == SubscriberState.REQUESTED,
        asked < before,
        subscribers.c.id < newest,
    )


def _asked_again(before: datetime) -> Select[tuple[int, str, datetime]]:
    """Select those who were forgotten, and signed up again without confirming it."""
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
