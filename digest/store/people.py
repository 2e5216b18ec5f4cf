"""The rows of subscribers, what an event does to one, and what stays of who is forgotten.

Whoever is forgotten stays as a keyed hash of their address: in the rows of the lists they were on,
whose numbers stand in letters that were sent, and in one of no digest (`NOWHERE`), by which every
list knows them.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from digest.mailing_list.states import SubscriberEvent, after
from digest.model import DeliveryState, Subscriber, SubscriberState
from digest.store.secrets import secret
from digest.store.tables import (
    deliveries,
    editions,
    is_open,
    subscriber_events,
    subscribers,
)

NOWHERE = ""
"""The digest of those who are forgotten on every list."""

_NAMES = tuple(field.name for field in fields(Subscriber))
_WAITING = (DeliveryState.PENDING, DeliveryState.DEFERRED, DeliveryState.UNKNOWN)
_ON_ITS_WAY = (
    select(deliveries.c.edition_id, deliveries.c.channel, editions.c.digest)
    .join(editions, editions.c.id == deliveries.c.edition_id)
    .where(is_open)
    .order_by(deliveries.c.edition_id, deliveries.c.channel)
    .limit(1)
)
_NEXT_CHANNEL = _ON_ITS_WAY.where(
    deliveries.c.edition_id == bindparam("edition"), deliveries.c.channel > bindparam("channel")
)
_NEXT_EDITION = _ON_ITS_WAY.where(deliveries.c.edition_id > bindparam("edition"))
"""Each is one step in an index, over however many who get the edition."""

FIELDS = [subscribers.c[name] for name in _NAMES]
"""What a row must begin with for `of_row`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberChange:
    """A subscriber as they are now, and the state they were in; ``None``: not known before."""

    subscriber: Subscriber
    before: SubscriberState | None


def of_row(row: Row[*tuple[Any, ...]]) -> Subscriber:
    values = dict(zip(_NAMES, row, strict=False))
    values["state"] = SubscriberState(values["state"])
    return Subscriber(**values)


def held(connection: Connection, subscriber_id: int) -> Subscriber:
    return of_row(
        connection.execute(select(*FIELDS).where(subscribers.c.id == subscriber_id)).one()
    )


def hashed(key_of: bytes, key: str) -> str:
    """Make what stays of a forgotten address; it holds no @, so it is no address's key."""
    keyed = hmac.digest(key_of, f"address\0{key}".encode(), "sha256")
    return f"forgotten {keyed.hex()[:40]}"


def find(connection: Connection, digest: str, address: str) -> Subscriber | None:
    """Find who has an address (as `addresses.parse` gives it) on a list, though forgotten."""
    key = address.casefold()
    keys = (key, hashed(secret(connection), key))
    statement = select(*FIELDS).where(subscribers.c.digest == digest, subscribers.c.key.in_(keys))
    row = connection.execute(statement).one_or_none()
    return of_row(row) if row else None


def is_forgotten(connection: Connection, address: str) -> bool:
    """Tell whether an address is to stay away from every list."""
    key = hashed(secret(connection), address.casefold())
    statement = select(subscribers.c.id).where(
        subscribers.c.digest == NOWHERE, subscribers.c.key == key
    )
    return connection.scalar(statement) is not None


def row_of(
    digest: str, address: str, state: SubscriberState, origin: str, now: datetime
) -> dict[str, object]:
    """Make the row of an address (as `addresses.parse` gives it)."""
    return {
        "digest": digest,
        "address": address,
        "key": address.casefold(),
        "state": state,
        "origin": origin,
        "created_at": now,
        "changed_at": now,
    }


def insert_row(connection: Connection, row: Mapping[str, object]) -> Subscriber:
    made = connection.execute(insert(subscribers), row)
    assert made.inserted_primary_key is not None
    return held(connection, made.inserted_primary_key[0])


def change(connection: Connection, subscriber_id: int, **values: object) -> Subscriber:
    """Write `values` into somebody's row."""
    connection.execute(
        update(subscribers).where(subscribers.c.id == subscriber_id).values(**values)
    )
    return held(connection, subscriber_id)


def happen(
    connection: Connection,
    subscriber: Subscriber,
    event: SubscriberEvent,
    now: datetime,
    *,
    origin: str | None = None,
    detail: str | None = None,
) -> SubscriberChange:
    """Let `event` happen to a subscriber; where it changes nothing, nothing is written."""
    state = after(subscriber.state, event)
    assert state is not None
    if state == subscriber.state:
        return SubscriberChange(subscriber=subscriber, before=state)
    values: dict[str, object] = {"state": state, "changed_at": now}
    if state == SubscriberState.ACTIVE:
        values |= {"bounces": 0, "origin": origin or subscriber.origin}
    else:
        _withdraw(connection, subscriber, now)
    log(connection, subscriber.id, event, now, detail)
    return SubscriberChange(
        subscriber=change(connection, subscriber.id, **values), before=subscriber.state
    )


def log(
    connection: Connection,
    subscriber_id: int,
    event: SubscriberEvent,
    now: datetime,
    detail: str | None = None,
) -> None:
    row = {"subscriber_id": subscriber_id, "event": event, "at": now, "detail": detail}
    connection.execute(insert(subscriber_events), row)


def blank(connection: Connection, subscriber_id: int, key: str, now: datetime) -> Subscriber:
    """Put a hash in the place of an address."""
    log(connection, subscriber_id, SubscriberEvent.FORGOTTEN, now)
    kept = hashed(secret(connection), key.casefold())
    return change(
        connection,
        subscriber_id,
        address="",
        key=kept,
        requested_at=None,
        bounces=0,
        name=None,
        weekly_after=None,
    )


def _withdraw(connection: Connection, subscriber: Subscriber, now: datetime) -> None:
    """Keep back what has not been sent; what is being sent just now cannot be."""
    assert subscriber.address, "who is forgotten has left already"
    for edition_id, channel in _on_their_way(connection, subscriber.digest):
        connection.execute(
            update(deliveries)
            .where(deliveries.c.edition_id == edition_id, deliveries.c.channel == channel)
            .where(deliveries.c.recipient == subscriber.address, deliveries.c.state.in_(_WAITING))
            .values(state=DeliveryState.WITHDRAWN, next_attempt_at=None, updated_at=now)
        )


def _on_their_way(connection: Connection, digest: str) -> Iterator[tuple[int, str]]:
    """Give the editions of a digest that have not gone to all, with the channel."""
    last: dict[str, object] = {"edition": 0, "channel": ""}
    while row := (
        connection.execute(_NEXT_CHANNEL, last).first()
        or connection.execute(_NEXT_EDITION, last).first()
    ):
        last = {"edition": row.edition_id, "channel": row.channel}
        if row.digest == digest:
            yield row.edition_id, row.channel
