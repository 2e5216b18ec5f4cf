"""Deliveries: which edition has still to go to whom, and how far each of them has come.

A row is written when its edition is frozen and is claimed, in a transaction of its own, before the
first byte leaves; what becomes of it is written in one more.  So whatever dies in between leaves a
row that says so.  Whether somebody gets a digest is asked twice, by one expression: when the
edition is frozen, and again when their message is claimed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    case,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from digest.model import LONGEST_GAP, Delivery, DeliveryState
from digest.store.statements import portions, rows
from digest.store.tables import deliveries, editions, insert_into, is_open, subscribers

FARTHEST = timedelta(hours=24)
"""No attempt is put off for longer: one that seems to be was put off by a clock that was wrong."""

_id = deliveries.c.id
_state = deliveries.c.state
_at = deliveries.c.next_attempt_at
_SHOWN = [column for column in deliveries.c if column.name != "message"]

_LATER = and_(
    _at > bindparam("now"),
    _at <= bindparam("far"),
    deliveries.c.updated_at <= bindparam("now"),
)
"""Whether an attempt is put off; a time that was set in the future, by a clock that was ahead, or
that is farther off than any wait can be, counts as come."""
_DUE = and_(
    is_open,
    or_(
        _state == "pending",
        and_(_state.in_(("deferred", "unknown")), _at.is_not(None), ~_LATER),
    ),
)
"""What is unknown and bears no time is held until somebody says what to do."""

_GETS_IT = and_(
    subscribers.c.state == "active",
    or_(and_(bindparam("as_subscriber"), subscribers.c.origin != "config"), bindparam("as_named")),
)
"""Whether a row of `subscribers` gets the digest: as a subscriber, or as one named in `to`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDeliveries:
    """What is not done yet of an edition over one channel."""

    edition_id: int
    digest: str
    slot: str
    channel: str
    due: int
    waiting: int
    """Put off until later, the first of them until `until`, one of them because of `error`."""
    until: datetime | None
    error: str | None
    rests: bool
    """Whether the channel as a whole failed a moment ago, and is best left alone."""
    abandoned: int
    """Claimed by a run that died."""
    unknown: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDelivery:
    """A delivery that is to be tried, and its message where it was tried before, compressed."""

    delivery: Delivery
    message: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRecipient:
    """To whom a delivery is claimed, and what they may get it as."""

    digest: str
    key: str
    number: int
    """Theirs among the subscribers."""
    as_subscriber: bool
    as_named: bool


# --- enlisting -----------------------------------------------------------------------------------


def enlist(
    connection: Connection,
    edition_id: int,
    channel: str,
    recipients: Iterable[str],
    *,
    now: datetime,
) -> None:
    """Add the deliveries of an edition over a channel that takes it as a whole, to each place."""
    row = {"edition_id": edition_id, "channel": channel, "state": "pending", "attempts": 0}
    rows = [{**row, "recipient": recipient, "updated_at": now} for recipient in recipients]
    if rows:
        connection.execute(insert(deliveries), rows)


def enlist_recipients(
    connection: Connection,
    edition_id: int,
    digest: str,
    channel: str,
    *,
    subscribed: bool,
    named: Collection[str],
    now: datetime,
    weekly_after: int | None = None,
    only: int | None = None,
) -> None:
    """Add a delivery for each who gets an edition over a channel that carries mail.

    With `weekly_after`, for each who gets a weekly mail of the editions after that number; `only`
    is the number of the one subscriber whom it is for.

    These are the digest's subscribers, if `subscribed`, and those whose keys are `named`.  Nobody
    is added twice, however often they are named.
    """
    columns = ("edition_id", "channel", "recipient", "state", "attempts", "updated_at")
    recipients = (
        select(
            literal(edition_id),
            literal(channel),
            subscribers.c.address,
            literal("pending"),
            literal(0),
            literal(now, deliveries.c.updated_at.type),
        )
        .where(subscribers.c.digest == digest, _GETS_IT)
        .order_by(subscribers.c.id)
    )
    if weekly_after is None:
        recipients = recipients.where(subscribers.c.weekly_after.is_(None))
    else:
        recipients = recipients.where(subscribers.c.weekly_after == weekly_after)
    if only is not None:
        recipients = recipients.where(subscribers.c.id == only)
    known = recipients.where(subscribers.c.key.in_(bindparam("keys", expanding=True)))
    add = insert_into(deliveries, connection.dialect.name).on_conflict_do_nothing()
    if subscribed:
        connection.execute(
            add.from_select(columns, recipients), {"as_subscriber": True, "as_named": False}
        )
    for keys in portions(named):
        connection.execute(
            add.from_select(columns, known),
            {"as_subscriber": False, "as_named": True, "keys": keys},
        )


# --- what is to be done --------------------------------------------------------------------------


def still_open(connection: Connection, *, now: datetime) -> list[OpenDeliveries]:
    """List what is not done, edition by edition, the oldest first."""
    waits = and_(_state.in_(("deferred", "unknown")), _LATER)

    def count(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.sum(case((condition, 1), else_=0))

    statement = (
        select(
            editions.c.id.label("edition_id"),
            editions.c.digest,
            editions.c.slot,
            deliveries.c.channel,
            count(_DUE).label("due"),
            count(waits).label("waiting"),
            func.min(case((waits, _at))).label("until"),
            func.max(case((waits, deliveries.c.error))).label("error"),
            count(and_(_state == "pending", _LATER)).label("rests"),
            count(_state == "sending").label("abandoned"),
            count(_state == "unknown").label("unknown"),
        )
        .join(editions, editions.c.id == deliveries.c.edition_id)
        .where(is_open)
        .group_by(editions.c.id, deliveries.c.channel)
        .order_by(editions.c.id, deliveries.c.channel)
    )
    found = connection.execute(statement, _times(now)).mappings()
    return [OpenDeliveries(**{**row, "rests": row["rests"] > 0}) for row in found]


_PAGE = (
    select(deliveries)
    .where(
        deliveries.c.edition_id == bindparam("edition"),
        deliveries.c.channel == bindparam("over"),
        _id > bindparam("after"),
        _DUE,
    )
    .order_by(_id)
    .limit(bindparam("most"))
)


def due(
    connection: Connection, edition_id: int, channel: str, *, now: datetime, after: int, most: int
) -> list[DueDelivery]:
    """Give the next deliveries to be tried, at most `most`, of those with an id above `after`."""
    asked = {"edition": edition_id, "over": channel, "after": after, "most": most}
    found = []
    for row in connection.execute(_PAGE, {**asked, **_times(now)}):
        values = row._asdict()
        message = values.pop("message")
        found.append(DueDelivery(delivery=_delivery(values), message=message))
    return found


_NUMBERS = select(subscribers.c.key, subscribers.c.id).where(
    subscribers.c.digest == bindparam("digest"),
    subscribers.c.key.in_(bindparam("values", expanding=True)),
)


def names(connection: Connection, digest: str, keys: Iterable[str]) -> dict[str, str]:
    """Return what a digest's subscribers are called, where they are, by the keys of addresses."""
    statement = select(subscribers.c.key, subscribers.c.name).where(
        subscribers.c.digest == digest,
        subscribers.c.key.in_(list(keys)),
        subscribers.c.name.is_not(None),
    )
    return {row.key: row.name for row in connection.execute(statement)}


def numbers(connection: Connection, digest: str, keys: Iterable[str]) -> dict[str, int]:
    """Give the numbers of a digest's subscribers by the keys of their addresses."""
    return {row.key: row.id for row in rows(connection, _NUMBERS, keys, {"digest": digest})}


def _times(now: datetime) -> dict[str, datetime]:
    return {"now": now, "far": now + FARTHEST}


def _delivery(values: Mapping[str, object]) -> Delivery:
    return Delivery(**{**values, "state": DeliveryState(values["state"])})  # type: ignore[arg-type]


# --- how far it has come -------------------------------------------------------------------------

_BEGIN = (
    update(deliveries)
    .where(_id == bindparam("delivery"), is_open, _state != "sending")
    .values(
        state="sending",
        attempts=deliveries.c.attempts + 1,
        updated_at=bindparam("now"),
        attempted_at=case(
            (
                and_(
                    deliveries.c.attempted_at <= bindparam("now"),
                    deliveries.c.updated_at >= bindparam("lately"),
                ),
                deliveries.c.attempted_at,
            ),
            else_=bindparam("now"),
        ),
        next_attempt_at=None,
    )
)
_CLAIM = _BEGIN.where(
    select(subscribers.c.id)
    .where(
        subscribers.c.id == bindparam("number"),
        subscribers.c.digest == bindparam("to_digest"),
        subscribers.c.key == bindparam("to_key"),
        _GETS_IT,
    )
    .exists()
).values(message_id=bindparam("named"), message=bindparam("compressed"))


def begin(connection: Connection, delivery_id: int, *, now: datetime) -> bool:
    """Claim a delivery of an edition as a whole; false where another run has been quicker."""
    times = {"now": now, "lately": now - LONGEST_GAP}
    return connection.execute(_BEGIN, {"delivery": delivery_id, **times}).rowcount == 1


def claim(
    connection: Connection,
    delivery_id: int,
    recipient: ClaimRecipient,
    *,
    message_id: str,
    message: bytes,
    now: datetime,
) -> bool:
    """Claim a delivery and keep its message; false where its recipient has left meanwhile."""
    claimed = connection.execute(
        _CLAIM,
        {
            "delivery": delivery_id,
            "number": recipient.number,
            "to_digest": recipient.digest,
            "to_key": recipient.key,
            "as_subscriber": recipient.as_subscriber,
            "as_named": recipient.as_named,
            "named": message_id,
            "compressed": message,
            "now": now,
            "lately": now - LONGEST_GAP,
        },
    )
    return claimed.rowcount == 1


_MARK = (
    update(deliveries)
    .where(_id == bindparam("delivery"))
    .values(
        state=bindparam("as_state"),
        error=bindparam("why"),
        receipt=bindparam("proof"),
        next_attempt_at=bindparam("again"),
        updated_at=bindparam("now"),
    )
)
_MARK_DONE = _MARK.values(message=None)
_DONE = frozenset((DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.WITHDRAWN))


def mark(
    connection: Connection,
    delivery_id: int,
    state: DeliveryState,
    *,
    error: str | None = None,
    receipt: str | None = None,
    next_attempt_at: datetime | None = None,
    now: datetime,
) -> None:
    """Record what became of a delivery; the message of one that is done is dropped."""
    marked = connection.execute(
        _MARK_DONE if state in _DONE else _MARK,
        {
            "delivery": delivery_id,
            "as_state": state.value,
            "why": error,
            "proof": receipt,
            "again": next_attempt_at,
            "now": now,
        },
    )
    assert marked.rowcount == 1, f"there is no delivery {delivery_id}"


def withdraw(connection: Connection, delivery_id: int, *, now: datetime) -> bool:
    """Let a delivery be whose recipient has left; false where it is claimed, or done with."""
    withdrawn = connection.execute(
        update(deliveries)
        .where(_id == delivery_id, is_open, _state != "sending")
        .values(state="withdrawn", message=None, next_attempt_at=None, updated_at=now)
    )
    return withdrawn.rowcount == 1


def give_back(
    connection: Connection, delivery: Delivery, *, error: str, rest_until: datetime, now: datetime
) -> None:
    """Make a delivery what it was before it was claimed, and say why nothing came of it.

    It is due as before: the time only tells until when the channel is best left alone.
    """
    if delivery.state is DeliveryState.UNKNOWN:
        state, until = DeliveryState.UNKNOWN, now
    else:
        state, until = DeliveryState.PENDING, rest_until
    mark(connection, delivery.id, state, error=error, next_attempt_at=until, now=now)
    connection.execute(
        update(deliveries)
        .where(_id == delivery.id)
        .values(attempts=delivery.attempts, attempted_at=delivery.attempted_at)
    )


def recover(
    connection: Connection, edition_id: int, channel: str, error: str, *, now: datetime
) -> None:
    """Take back what a run that died had claimed of an edition's deliveries over a channel.

    To be called by the holder of the channel's lock: nobody else is sending then.

    Nobody knows whether such a message arrived; an edition as a whole may be delivered twice.
    """
    whole = deliveries.c.message.is_(None)
    connection.execute(
        update(deliveries)
        .where(
            deliveries.c.edition_id == edition_id,
            deliveries.c.channel == channel,
            is_open,
            _state == "sending",
        )
        .values(
            state=case((whole, "pending"), else_="unknown"),
            next_attempt_at=case((whole, None), else_=bindparam("now")),
            error=error,
            updated_at=bindparam("now"),
        ),
        {"now": now},
    )


def hold(connection: Connection, edition_id: int, channel: str, *, now: datetime) -> list[Delivery]:
    """Try nothing again whose fate is unknown, before somebody says so; give what that changes."""
    held = (
        update(deliveries)
        .where(
            deliveries.c.edition_id == edition_id,
            deliveries.c.channel == channel,
            is_open,
            _state == "unknown",
            _at.is_not(None),
        )
        .values(next_attempt_at=None, updated_at=now)
        .returning(*_SHOWN)
    )
    return [_delivery(row._asdict()) for row in connection.execute(held)]


def requeue(
    connection: Connection,
    edition_id: int,
    states: Collection[DeliveryState],
    *,
    recipient: str | None = None,
    now: datetime,
) -> int:
    """Make the deliveries in these states, or those to one recipient, anew; return how many.

    A message whose fate is not known is sent again as it was.  What is being sent just now is left
    alone; what a run that died was sending is taken back by `recover`.
    """
    return connection.execute(
        update(deliveries)
        .where(
            *_of(edition_id, recipient),
            _state.in_([state.value for state in states]),
            _state != "sending",
        )
        .values(
            state="pending",
            attempts=0,
            error=None,
            receipt=None,
            attempted_at=None,
            next_attempt_at=None,
            updated_at=now,
        )
    ).rowcount


# --- what became of them -------------------------------------------------------------------------


def counts(
    connection: Connection, edition_id: int, recipient: str | None = None
) -> dict[str, dict[DeliveryState, int]]:
    """Count an edition's deliveries, or those to one recipient: channel -> state -> how many."""
    statement = (
        select(deliveries.c.channel, _state, func.count())
        .where(*_of(edition_id, recipient))
        .group_by(deliveries.c.channel, _state)
        .order_by(deliveries.c.channel, _state)
    )
    found: dict[str, dict[DeliveryState, int]] = {}
    for channel, state, count in connection.execute(statement):
        found.setdefault(channel, {})[DeliveryState(state)] = count
    return found


def mailed(connection: Connection, edition_id: int, recipient: str | None = None) -> int:
    """Count the mails of an edition, or those to one recipient, that a server has taken."""
    statement = select(func.count()).where(
        *_of(edition_id, recipient), _state == "sent", deliveries.c.message_id.is_not(None)
    )
    return connection.scalar(statement) or 0


def _of(edition_id: int, recipient: str | None) -> tuple[ColumnElement[bool], ...]:
    """Choose the deliveries of an edition; of a recipient's, whatever the case of its letters."""
    chosen = (deliveries.c.edition_id == edition_id,)
    if recipient is None:
        return chosen
    return (*chosen, func.lower(deliveries.c.recipient) == recipient.lower())


def reached(connection: Connection, edition_id: int, channel: str) -> bool:
    """Tell whether an edition has reached anybody over a channel."""
    statement = (
        select(_id)
        .where(
            deliveries.c.edition_id == edition_id,
            deliveries.c.channel == channel,
            _state == "sent",
        )
        .limit(1)
    )
    return connection.execute(statement).first() is not None


def of_edition(
    connection: Connection,
    edition_id: int,
    channel: str | None = None,
    *,
    without: Collection[DeliveryState] = (),
) -> Iterator[Delivery]:
    """Yield the deliveries of an edition, or those over one channel, in the order they were made.

    What is in one of the states `without` is left out.
    """
    statement = (
        select(*_SHOWN)
        .where(
            deliveries.c.edition_id == edition_id,
            _state.not_in([state.value for state in without]),
        )
        .order_by(_id)
        .execution_options(yield_per=500)
    )
    if channel is not None:
        statement = statement.where(deliveries.c.channel == channel)
    with connection.execute(statement) as found:
        for row in found:
            yield _delivery(row._asdict())
