"""Pages of an edition's deliveries, and their counts by channel and state.

All of it is read from the index `deliveries_state`, however many recipients the edition has.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, func, select, tuple_

from digest.model import Delivery, DeliveryState
from digest.store.tables import deliveries, delivery_counts, editions, subscribers

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
_LAST = (
    select(deliveries.c.id)
    .where(
        deliveries.c.edition_id == bindparam("edition"),
        deliveries.c.channel == bindparam("channel"),
        deliveries.c.state == bindparam("state"),
    )
    .order_by(deliveries.c.id.desc())
    .limit(1)
)
_FOLDED = select(
    delivery_counts.c.channel, delivery_counts.c.state, delivery_counts.c.deliveries
).where(delivery_counts.c.edition_id == bindparam("edition"))
_MOST_TOTALS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPage:
    """Some deliveries of an edition, by channel, state and id."""

    deliveries: tuple[Delivery, ...]
    more: bool
    """Whether others follow."""


class DeliveryTotals:
    """The numbers of rows of editions and channels, so that what was sent is not counted anew.

    Rows are only added, with greater ids, or folded into counts: so a number is right as long as
    the greatest id and the folded counts are the same.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[int, str], tuple[tuple[int, int], int]] = {}

    def get(self, edition_id: int, channel: str, stamp: tuple[int, int]) -> int | None:
        """Return a number, if it is known and still right."""
        known = self._known.get((edition_id, channel))
        return known[1] if known and known[0] == stamp else None

    def put(self, edition_id: int, channel: str, stamp: tuple[int, int], total: int) -> None:
        if len(self._known) >= _MOST_TOTALS:
            self._known.pop(next(iter(self._known)))
        self._known[edition_id, channel] = (stamp, total)


def counts(
    connection: Connection, edition_id: int, totals: DeliveryTotals | None = None
) -> dict[str, dict[DeliveryState, int]]:
    """Count the deliveries of an edition: channel -> state -> how many.

    Those that were folded count as well.  Each channel and state is one step in the index and one
    count of it; with `totals`, what was sent is counted only once.
    """
    folded: dict[str, dict[str, int]] = {}
    for row in connection.execute(_FOLDED, {"edition": edition_id}):
        folded.setdefault(row.channel, {})[row.state] = row.deliveries
    counted: dict[str, dict[DeliveryState, int]] = {}
    for channel, states in _states(connection, edition_id).items():
        known = counted.setdefault(channel, {})
        stamp = max(states.values()), sum(folded.get(channel, {}).values())
        for state in states:
            if state != DeliveryState.SENT:
                known[DeliveryState(state)] = _counted(connection, edition_id, channel, state)
        if DeliveryState.SENT in states:
            others = sum(known.values())
            total = totals.get(edition_id, channel, stamp) if totals else None
            if total is None:
                sent = _counted(connection, edition_id, channel, DeliveryState.SENT)
                if totals is not None:
                    totals.put(edition_id, channel, stamp, sent + others)
            else:
                sent = total - others
            known[DeliveryState.SENT] = sent
    for channel, numbers in folded.items():
        known = counted.setdefault(channel, {})
        for state, number in numbers.items():
            known[DeliveryState(state)] = known.get(DeliveryState(state), 0) + number
    return {channel: dict(sorted(states.items())) for channel, states in sorted(counted.items())}


def _states(connection: Connection, edition_id: int) -> dict[str, dict[str, int]]:
    """Return the states that an edition has deliveries in: channel -> state -> greatest id."""
    found: dict[str, dict[str, int]] = {}
    row = connection.execute(_FIRST, {"edition": edition_id}).first()
    while row is not None:
        place = {"edition": edition_id, "channel": row.channel, "state": row.state}
        found.setdefault(row.channel, {})[row.state] = connection.scalar(_LAST, place) or 0
        row = (
            connection.execute(_NEXT_STATE, place).first()
            or connection.execute(_NEXT_CHANNEL, place).first()
        )
    return found


def _counted(connection: Connection, edition_id: int, channel: str, state: str) -> int:
    place = {"edition": edition_id, "channel": channel, "state": state}
    return connection.scalar(_COUNT, place) or 0


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
