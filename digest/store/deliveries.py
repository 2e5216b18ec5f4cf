"""The deliveries of editions to recipients: which are due, and the state of each.

A delivery's row is written when its edition is frozen.  The row is claimed, in a transaction of its
own, before the first byte leaves; the outcome is written in another transaction.  So a crash in
between leaves a row that tells of it.  One expression decides whether a subscriber gets a digest;
it is evaluated twice: when the edition is frozen, and when the message is claimed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    tuple_,
    update,
)

from digest.model import LONGEST_GAP, Delivery, DeliveryState
from digest.store.enlisting import GETS_DIGEST
from digest.store.folding import delivery_states
from digest.store.open_deliveries import IS_DUE, times
from digest.store.parts import HELD
from digest.store.statements import rows
from digest.store.tables import deliveries, delivery_counts, is_open, subscribers

_id = deliveries.c.id
_state = deliveries.c.state
_at = deliveries.c.next_attempt_at
_folded = tuple(delivery_counts.primary_key.columns)
_SHOWN = [column for column in deliveries.c if column.name != "message"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDelivery:
    """A delivery to be tried, and its compressed message where it was tried before."""

    delivery: Delivery
    message: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRecipient:
    """The recipient for whom a delivery is claimed, and the grounds on which they may get it."""

    digest: str
    key: str
    number: int
    """The id of the recipient's row in `subscribers`."""
    as_subscriber: bool
    as_named: bool


# --- due deliveries ------------------------------------------------------------------------------


_PAGE = (
    select(deliveries)
    .where(
        deliveries.c.edition_id == bindparam("edition"),
        deliveries.c.channel == bindparam("over"),
        _id > bindparam("after"),
        IS_DUE,
        HELD,
    )
    .order_by(_id)
    .limit(bindparam("most"))
)


def due(
    connection: Connection,
    edition_id: int,
    channel: str,
    *,
    holder: str,
    now: datetime,
    after: int,
    most: int,
) -> list[DueDelivery]:
    """Return at most `most` deliveries to be tried, by id, from the first id above `after`.

    Only deliveries in parts of `holder` are returned.
    """
    parameters = {"edition": edition_id, "over": channel, "after": after, "most": most}
    parameters |= {"holder": holder}
    page = []
    for row in connection.execute(_PAGE, {**parameters, **times(now)}):
        values = row._asdict()
        message = values.pop("message")
        page.append(DueDelivery(delivery=_delivery(values), message=message))
    return page


_NUMBERS = select(subscribers.c.key, subscribers.c.id).where(
    subscribers.c.digest == bindparam("digest"),
    subscribers.c.key.in_(bindparam("values", expanding=True)),
)


def names(connection: Connection, digest: str, keys: Iterable[str]) -> dict[str, str]:
    """Return the names of a digest's subscribers, by the keys of their addresses.

    Subscribers without a name are left out.
    """
    statement = select(subscribers.c.key, subscribers.c.name).where(
        subscribers.c.digest == digest,
        subscribers.c.key.in_(list(keys)),
        subscribers.c.name.is_not(None),
    )
    return {row.key: row.name for row in connection.execute(statement)}


def numbers(connection: Connection, digest: str, keys: Iterable[str]) -> dict[str, int]:
    """Return the ids of a digest's subscribers, by the keys of their addresses."""
    return {row.key: row.id for row in rows(connection, _NUMBERS, keys, {"digest": digest})}


def _delivery(values: Mapping[str, object]) -> Delivery:
    return Delivery(**{**values, "state": DeliveryState(values["state"])})  # type: ignore[arg-type]


# --- states --------------------------------------------------------------------------------------

_BEGIN = (
    update(deliveries)
    .where(_id == bindparam("delivery"), is_open, _state != "sending", HELD)
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
        GETS_DIGEST,
    )
    .exists()
).values(message_id=bindparam("named"), message=bindparam("compressed"))


def begin(connection: Connection, delivery_id: int, *, holder: str, now: datetime) -> bool:
    """Claim a delivery of an edition as a whole.

    Returns False where `holder` does not hold its part, or another run was quicker.
    """
    values = {"delivery": delivery_id, "holder": holder, "now": now, "lately": now - LONGEST_GAP}
    return connection.execute(_BEGIN, values).rowcount == 1


def claim(
    connection: Connection,
    delivery_id: int,
    recipient: ClaimRecipient,
    *,
    message_id: str,
    message: bytes,
    holder: str,
    now: datetime,
) -> bool:
    """Claim a delivery and store its message.

    Returns False where the recipient has left meanwhile, `holder` does not hold the delivery's
    part, or another run was quicker.
    """
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
            "holder": holder,
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
    """Record the outcome of a delivery, and drop the message of a delivery that is done."""
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


def keep_receipt(
    connection: Connection, delivery_id: int, receipt: str | None, *, holder: str, now: datetime
) -> None:
    """Record that a message was sent, though the transaction for its outcome has failed.

    Nothing is recorded where another sender is already sending the message again.
    """
    connection.execute(
        update(deliveries)
        .where(_id == delivery_id, or_(_state == "unknown", and_(_state == "sending", HELD)))
        .values(
            state="sent",
            error=None,
            receipt=receipt,
            message=None,
            next_attempt_at=None,
            updated_at=now,
        ),
        {"holder": holder},
    )


def withdraw(connection: Connection, delivery_id: int, *, now: datetime) -> bool:
    """Withdraw a delivery whose recipient has left; return False where it is claimed or done."""
    withdrawn = connection.execute(
        update(deliveries)
        .where(_id == delivery_id, is_open, _state != "sending")
        .values(state="withdrawn", message=None, next_attempt_at=None, updated_at=now)
    )
    return withdrawn.rowcount == 1


def give_back(
    connection: Connection, delivery: Delivery, *, error: str, rest_until: datetime, now: datetime
) -> None:
    """Put a delivery back into its state before the claim, and record why it failed.

    The delivery is due as before; `rest_until` only tells until when to leave the channel alone.
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
    connection: Connection,
    edition_id: int,
    channel: str,
    error: str,
    *,
    holder: str,
    now: datetime,
) -> None:
    """Take back the deliveries of an edition over a channel that a sender had claimed and left.

    Only those in parts that `holder` has just taken are taken back: no other sender has them.  A
    message becomes unknown, because it may have arrived.  A whole edition becomes pending, because
    it may be delivered twice.
    """
    is_whole_edition = deliveries.c.message.is_(None)
    connection.execute(
        update(deliveries)
        .where(
            deliveries.c.edition_id == edition_id,
            deliveries.c.channel == channel,
            is_open,
            _state == "sending",
            HELD,
        )
        .values(
            state=case((is_whole_edition, "pending"), else_="unknown"),
            next_attempt_at=case((is_whole_edition, None), else_=bindparam("now")),
            error=error,
            updated_at=bindparam("now"),
        ),
        {"now": now, "holder": holder},
    )


def hold(
    connection: Connection, edition_id: int, channel: str, *, holder: str, now: datetime
) -> list[Delivery]:
    """Hold the unknown deliveries until the operator requeues them; return those that change.

    Only deliveries in parts of `holder` are looked at.
    """
    statement = (
        update(deliveries)
        .where(
            deliveries.c.edition_id == edition_id,
            deliveries.c.channel == channel,
            is_open,
            _state == "unknown",
            _at.is_not(None),
            HELD,
        )
        .values(next_attempt_at=None, updated_at=now)
        .returning(*_SHOWN)
    )
    held = connection.execute(statement, {"holder": holder})
    return [_delivery(row._asdict()) for row in held]


_REQUEUE = (
    update(deliveries)
    .where(_state != "sending")
    .values(
        state="pending",
        attempts=0,
        error=None,
        receipt=None,
        attempted_at=None,
        next_attempt_at=None,
        updated_at=bindparam("now"),
    )
)


def requeue(
    connection: Connection,
    edition_id: int,
    states: Collection[DeliveryState],
    *,
    recipient: str | None = None,
    now: datetime,
) -> int:
    """Make the deliveries in these states, or those to one recipient, pending; return how many.

    The message of an unknown delivery is sent again with the same bytes.  A delivery that is being
    sent is left alone; `recover` takes back those of a run that died.
    """
    return connection.execute(
        _REQUEUE.where(*_of(edition_id, recipient), _state.in_([state.value for state in states])),
        {"now": now},
    ).rowcount


def requeue_by_id(connection: Connection, delivery_id: int, *, now: datetime) -> bool:
    """Make one delivery pending; return False where it is being sent, or does not exist."""
    return connection.execute(_REQUEUE.where(_id == delivery_id), {"now": now}).rowcount == 1


# --- outcomes ------------------------------------------------------------------------------------


def counts(
    connection: Connection, edition_id: int, recipient: str | None = None
) -> dict[str, dict[DeliveryState, int]]:
    """Count an edition's deliveries, or those to one recipient: channel -> state -> how many.

    Deliveries that were folded into counts have no recipient any more.
    """
    if recipient is None:
        states = delivery_states(edition_id)
        columns = (states.c.channel, states.c.state)
        statement = select(*columns, func.sum(states.c.number))
    else:
        columns = (deliveries.c.channel, _state)
        statement = select(*columns, func.count()).where(*_of(edition_id, recipient))
    counted: dict[str, dict[DeliveryState, int]] = {}
    for channel, state, count in connection.execute(
        statement.group_by(*columns).order_by(*columns)
    ):
        counted.setdefault(channel, {})[DeliveryState(state)] = int(count)
    return counted


def mailed(connection: Connection, edition_id: int, recipient: str | None = None) -> int:
    """Count the mails of an edition, or those to one recipient, that a server has accepted."""
    statement = select(func.count()).where(
        *_of(edition_id, recipient), _state == "sent", deliveries.c.message_id.is_not(None)
    )
    return connection.scalar(statement) or 0


def _of(edition_id: int, recipient: str | None) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions for an edition's deliveries, or those to one recipient in any case."""
    of_edition = (deliveries.c.edition_id == edition_id,)
    if recipient is None:
        return of_edition
    return (*of_edition, func.lower(deliveries.c.recipient) == recipient.lower())


def reached(connection: Connection, edition_id: int, channel: str) -> bool:
    """Return whether an edition has reached any recipient over a channel."""
    statement = (
        select(_id)
        .where(
            deliveries.c.edition_id == edition_id,
            deliveries.c.channel == channel,
            _state == "sent",
        )
        .limit(1)
    )
    if connection.execute(statement).first() is not None:
        return True
    key = (edition_id, channel, "sent")
    return connection.execute(select(*_folded).where(tuple_(*_folded) == key)).first() is not None


def of_edition(
    connection: Connection,
    edition_id: int,
    channel: str | None = None,
    *,
    without: Collection[DeliveryState] = (),
) -> Iterator[Delivery]:
    """Yield the deliveries of an edition, or those over one channel, in the order of their making.

    Deliveries in one of the states `without` are left out.
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
    with connection.execute(statement) as result:
        for row in result:
            yield _delivery(row._asdict())
