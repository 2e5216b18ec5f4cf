"""The rows of subscribers, the effect of an event on a row, and the rows of forgotten subscribers.

A forgotten subscriber stays as a keyed hash of their address: in the rows of the lists they were
on, whose ids stand in letters that were sent, and in a row of no digest (`NO_DIGEST`), by which
every list recognizes them.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from digest.mailing_list.states import SubscriberEvent, after
from digest.model import DeliveryState, Subscriber, SubscriberState
from digest.store.secrets import secret
from digest.store.tables import (
    deliveries,
    editions,
    insert_into,
    is_open,
    subscriber_days,
    subscriber_events,
    subscribers,
)

NO_DIGEST = ""
"""The digest of the rows by which every list recognizes forgotten subscribers."""

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
"""Each of the two is one step in an index, however many recipients the edition has."""

FIELDS = [subscribers.c[name] for name in _NAMES]
"""The columns that a row must begin with for `of_row`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberChange:
    """A subscriber after an event, and the state before it; ``None`` for a new subscriber."""

    subscriber: Subscriber
    before: SubscriberState | None


def of_row(row: Row[*tuple[Any, ...]]) -> Subscriber:
    values = dict(zip(_NAMES, row, strict=False))
    values["state"] = SubscriberState(values["state"])
    return Subscriber(**values)


def by_id(connection: Connection, subscriber_id: int) -> Subscriber:
    return of_row(
        connection.execute(select(*FIELDS).where(subscribers.c.id == subscriber_id)).one()
    )


def hashed(key_of: bytes, key: str) -> str:
    """Return the keyed hash of a forgotten address; it holds no @, so it is no address's key."""
    keyed = hmac.digest(key_of, f"address\0{key}".encode(), "sha256")
    return f"forgotten {keyed.hex()[:40]}"


def find(connection: Connection, digest: str, address: str) -> Subscriber | None:
    """Return the subscriber with an address on a list, also a forgotten one.

    `address` has the form of `mail_addresses.parse`.
    """
    key = address.casefold()
    keys = (key, hashed(secret(connection), key))
    statement = select(*FIELDS).where(subscribers.c.digest == digest, subscribers.c.key.in_(keys))
    row = connection.execute(statement).one_or_none()
    return of_row(row) if row else None


def is_forgotten(connection: Connection, address: str) -> bool:
    """Return whether an address is forgotten, and so must not be added to any list."""
    key = hashed(secret(connection), address.casefold())
    statement = select(subscribers.c.id).where(
        subscribers.c.digest == NO_DIGEST, subscribers.c.key == key
    )
    return connection.scalar(statement) is not None


def row_of(
    digest: str, address: str, state: SubscriberState, origin: str, now: datetime
) -> dict[str, object]:
    """Return the row of an address in the form of `mail_addresses.parse`."""
    return {
        "digest": digest,
        "address": address,
        "key": address.casefold(),
        "state": state,
        "origin": origin,
        "created_at": now,
        "changed_at": now,
    }


def insert_row(
    connection: Connection, row: Mapping[str, Any], event: SubscriberEvent
) -> Subscriber:
    """Insert the row of a new subscriber, and count it as `event`."""
    tally(connection, row["digest"], row["created_at"], event, None, row["state"])
    result = connection.execute(insert(subscribers), row)
    assert result.inserted_primary_key is not None
    return by_id(connection, result.inserted_primary_key[0])


def change(connection: Connection, subscriber_id: int, **values: object) -> Subscriber:
    """Update a subscriber's row with `values`; return the subscriber."""
    connection.execute(
        update(subscribers).where(subscribers.c.id == subscriber_id).values(**values)
    )
    return by_id(connection, subscriber_id)


def apply_event(
    connection: Connection,
    subscriber: Subscriber,
    event: SubscriberEvent,
    now: datetime,
    *,
    origin: str | None = None,
    detail: str | None = None,
) -> SubscriberChange:
    """Apply `event` to a subscriber; write nothing where the state stays the same."""
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
    tally(connection, subscriber.digest, now, event, subscriber.state, state)
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


def tally(
    connection: Connection,
    digest: str,
    now: datetime,
    event: str,
    before: SubscriberState | None,
    after: SubscriberState | None,
    subscribers: int = 1,
) -> None:
    """Add to the count of the subscribers of a digest who have this event on this day."""
    if digest == NO_DIGEST or not subscribers:
        return
    count = insert_into(subscriber_days, connection.dialect.name)
    connection.execute(
        count.on_conflict_do_update(
            index_elements=list(subscriber_days.primary_key),
            set_={"subscribers": subscriber_days.c.subscribers + count.excluded.subscribers},
        ),
        {
            "digest": digest,
            "day": now.astimezone(UTC).date(),
            "event": event,
            "before": before or "",
            "after": after or "",
            "subscribers": subscribers,
        },
    )


def erase_address(
    connection: Connection, subscriber_id: int, key: str, now: datetime
) -> Subscriber:
    """Replace the address of a subscriber by a keyed hash."""
    log(connection, subscriber_id, SubscriberEvent.FORGOTTEN, now)
    hashed_key = hashed(secret(connection), key.casefold())
    return change(
        connection,
        subscriber_id,
        address="",
        key=hashed_key,
        requested_at=None,
        bounces=0,
        name=None,
        requested_name=None,
        weekly_after=None,
    )


def _withdraw(connection: Connection, subscriber: Subscriber, now: datetime) -> None:
    """Withdraw the subscriber's deliveries, except one that is just being sent."""
    assert subscriber.address, "a forgotten subscriber has left already"
    for edition_id, channel in _on_their_way(connection, subscriber.digest):
        connection.execute(
            update(deliveries)
            .where(deliveries.c.edition_id == edition_id, deliveries.c.channel == channel)
            .where(deliveries.c.recipient == subscriber.address, deliveries.c.state.in_(_WAITING))
            .values(state=DeliveryState.WITHDRAWN, next_attempt_at=None, updated_at=now)
        )


def _on_their_way(connection: Connection, digest: str) -> Iterator[tuple[int, str]]:
    """Yield the editions of a digest with open deliveries: edition id and channel."""
    last: dict[str, object] = {"edition": 0, "channel": ""}
    while row := (
        connection.execute(_NEXT_CHANNEL, last).first()
        or connection.execute(_NEXT_EDITION, last).first()
    ):
        last = {"edition": row.edition_id, "channel": row.channel}
        if row.digest == digest:
            yield row.edition_id, row.channel
