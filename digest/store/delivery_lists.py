"""Pages of an edition's deliveries, and their counts by channel and state.

All of it is read from the index `deliveries_state`, however many recipients the edition has.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, func, select, tuple_

from digest.model import Delivery, DeliveryState
from digest.store import folding
from digest.store.tables import deliveries, editions, subscribers

SHOWN = [column for column in deliveries.c if column.name != "message"]
"""The columns of a `Delivery`."""

_ORDER = (deliveries.c.channel, deliveries.c.state, deliveries.c.id)
_FIRST = (
    select(deliveries.c.channel, deliveries.c.state)
    .where(deliveries.c.edition_id == bindparam("edition"))
    .order_by(deliveries.c.channel, deliveries.c.state)
    .limit(1)
)
_NEXT_STATE = _FIRST.where(
    deliveries.c.channel == bindparam("channel"), deliveries.c.state > bindparam("state")
)
_NEXT_CHANNEL = _FIRST.where(deliveries.c.channel > bindparam("channel"))
_COUNT = (
    select(func.count())
    .select_from(deliveries)
    .where(
        deliveries.c.edition_id == bindparam("edition"),
        deliveries.c.channel == bindparam("channel"),
        deliveries.c.state == bindparam("state"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPage:
    """Some deliveries of an edition, by channel, state and id."""

    deliveries: tuple[Delivery, ...]
    more: bool
    """Whether others follow."""


def counts(connection: Connection, edition_id: int) -> dict[str, dict[DeliveryState, int]]:
    """Count the deliveries of an edition: channel -> state -> how many.

    Each channel and state is one step in the index and one count of it; those that were folded are
    added.
    """
    counted: dict[str, dict[DeliveryState, int]] = {}
    place: dict[str, object] = {"edition": edition_id}
    row = connection.execute(_FIRST, place).first()
    while row is not None:
        place = {"edition": edition_id, "channel": row.channel, "state": row.state}
        count = connection.scalar(_COUNT, place) or 0
        counted.setdefault(row.channel, {})[DeliveryState(row.state)] = count
        row = (
            connection.execute(_NEXT_STATE, place).first()
            or connection.execute(_NEXT_CHANNEL, place).first()
        )
    for channel, state, count in folding.folded_states(connection, edition_id):
        of_channel = counted.setdefault(channel, {})
        of_channel[DeliveryState(state)] = of_channel.get(DeliveryState(state), 0) + count
    return counted


def page(
    connection: Connection,
    edition_id: int,
    *,
    channel: str | None = None,
    state: DeliveryState | None = None,
    after: Delivery | None = None,
    most: int,
) -> DeliveryPage:
    """Return at most `most` deliveries of an edition that follow `after`.

    With `channel` and `state`, only those; `state` needs a `channel`.
    """
    assert channel is not None or state is None, "the index has the channel before the state"
    statement = (
        select(*SHOWN)
        .where(deliveries.c.edition_id == edition_id)
        .order_by(*_ORDER)
        .limit(most + 1)
    )
    if channel is not None:
        statement = statement.where(deliveries.c.channel == channel)
    if state is not None:
        statement = statement.where(deliveries.c.state == state.value)
        if after is not None:
            statement = statement.where(deliveries.c.id > after.id)
    elif after is not None:
        place = (after.channel, after.state.value, after.id)
        statement = statement.where(tuple_(*_ORDER) > place)
    rows = connection.execute(statement).all()
    found = tuple(_delivery(row._asdict()) for row in rows[:most])
    return DeliveryPage(deliveries=found, more=len(rows) > most)


def by_id(connection: Connection, delivery_id: int) -> Delivery | None:
    """Return a delivery; ``None`` where there is none of this id."""
    row = connection.execute(select(*SHOWN).where(deliveries.c.id == delivery_id)).one_or_none()
    return _delivery(row._asdict()) if row else None


def to_recipients(
    connection: Connection, edition_id: int, channels: Collection[str], addresses: Collection[str]
) -> tuple[Delivery, ...]:
    """Return the deliveries of an edition to some addresses, spelled as they are stored."""
    statement = (
        select(*SHOWN)
        .where(
            deliveries.c.edition_id == edition_id,
            deliveries.c.channel.in_(channels),
            deliveries.c.recipient.in_(addresses),
        )
        .order_by(deliveries.c.recipient, deliveries.c.channel)
    )
    return tuple(_delivery(row._asdict()) for row in connection.execute(statement))


def to_subscriber(
    connection: Connection, subscriber_id: int, *, editions_back: int
) -> tuple[tuple[str, Delivery], ...]:
    """Return the deliveries of the digest's newest editions to a subscriber, each with its slot."""
    person = connection.execute(
        select(subscribers.c.digest, subscribers.c.address).where(subscribers.c.id == subscriber_id)
    ).one_or_none()
    if person is None or not person.address:
        return ()
    newest = connection.execute(
        select(editions.c.id, editions.c.slot)
        .where(editions.c.digest == person.digest)
        .order_by(editions.c.number.desc())
        .limit(editions_back)
    ).all()
    found = []
    for edition in newest:
        channels = channels_of(connection, edition.id)
        for delivery in to_recipients(connection, edition.id, channels, [person.address]):
            found.append((edition.slot, delivery))
    return tuple(found)


def channels_of(connection: Connection, edition_id: int) -> tuple[str, ...]:
    """Return the channels of an edition, by name; each is one step in the index."""
    channels = []
    place: dict[str, object] = {"edition": edition_id}
    row = connection.execute(_FIRST, place).first()
    while row is not None:
        channels.append(row.channel)
        row = connection.execute(_NEXT_CHANNEL, {**place, "channel": row.channel}).first()
    return tuple(channels)


def _delivery(values: dict[str, object]) -> Delivery:
    return Delivery(**{**values, "state": DeliveryState(values["state"])})  # type: ignore[arg-type]
