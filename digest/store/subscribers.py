"""The subscribers of each digest, with their states and a log of events.

A subscriber keeps one row for each digest for ever: so the link in an old letter keeps working, and
an import recognizes who has left.  `digest.mailing_list.states` decides which state an event leads
to.  Addresses are accepted as people write them; ValueError is raised for what is no address.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, func, select, tuple_, update

from digest.mailing_list.states import SubscriberEvent, after
from digest.model import Subscriber, SubscriberState
from digest.net import mail_addresses
from digest.store import people
from digest.store.people import FIELDS, NO_DIGEST, SubscriberChange
from digest.store.statements import PORTION
from digest.store.tables import subscriber_events, subscribers

__all__ = ["ListedSubscriber", "SubscriberChange"]

CONFIRM_WITHIN = timedelta(days=7)
"""How long the link in a confirmation mail works."""
ASK_AGAIN_AFTER = timedelta(hours=1)
"""The least time between two confirmation mails to an address."""
ASKED_A_DAY = 3
"""How many confirmation mails an address gets in a day, whoever requests them."""

_REASON = (
    select(subscriber_events.c.detail)
    .where(subscriber_events.c.event == SubscriberEvent.SUSPENDED)
    .order_by(subscriber_events.c.id.desc())
    .limit(1)
)
_WITHOUT_ASKING = frozenset(
    {SubscriberEvent.ADDED, SubscriberEvent.IMPORTED, SubscriberEvent.NAMED}
)
"""The events that add a subscriber who may not have asked for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedSubscriber:
    """A subscriber in a list.  The address of a forgotten subscriber is empty."""

    subscriber: Subscriber
    reason: str | None = None
    """Why the subscriber is suspended; ``None`` in other states."""


# --- finding -------------------------------------------------------------------------------------


def by_id(connection: Connection, subscriber_id: int) -> Subscriber | None:
    """Return the subscriber of this id, which a token holds; ``None`` where there is none."""
    row = connection.execute(select(*FIELDS).where(subscribers.c.id == subscriber_id)).one_or_none()
    return people.of_row(row) if row and row.digest != NO_DIGEST else None


def by_address(connection: Connection, digest: str, address: str) -> Subscriber | None:
    """Return the subscriber with this address on one list, if there is one."""
    statement = select(*FIELDS).where(
        subscribers.c.digest == digest, subscribers.c.key == mail_addresses.key(address)
    )
    row = connection.execute(statement).one_or_none()
    return people.of_row(row) if row else None


def by_addresses(
    connection: Connection, digests: Collection[str], keys: Collection[str]
) -> list[Subscriber]:
    """Return the subscribers with one of these `mail_addresses.key`s on one of these lists."""
    statement = (
        select(*FIELDS)
        .where(subscribers.c.digest.in_(digests), subscribers.c.key.in_(keys))
        .order_by(subscribers.c.id)
    )
    return [people.of_row(row) for row in connection.execute(statement)]


def reason(connection: Connection, subscriber: Subscriber) -> str | None:
    """Return why a subscriber is suspended; ``None`` where they are not."""
    if subscriber.state != SubscriberState.SUSPENDED:
        return None
    return connection.scalar(_REASON.where(subscriber_events.c.subscriber_id == subscriber.id))


def listing(
    connection: Connection, digest: str | None = None, state: SubscriberState | None = None
) -> Iterator[ListedSubscriber]:
    """Yield the subscribers of one digest or of all, by address.

    Only a portion of them is in memory at a time.
    """
    is_suspended = subscribers.c.state == SubscriberState.SUSPENDED
    why = _REASON.where(is_suspended, subscriber_events.c.subscriber_id == subscribers.c.id)
    statement = (
        select(*FIELDS, subscribers.c.key, why.scalar_subquery().label("reason"))
        .order_by(subscribers.c.digest, subscribers.c.key)
        .limit(PORTION)
    )
    if digest is None:
        place = tuple_(subscribers.c.digest, subscribers.c.key)
        statement = statement.where(
            place > tuple_(bindparam("after_digest"), bindparam("after_key")),
            subscribers.c.digest != NO_DIGEST,
        )
    else:  # with the condition above, the index would be read from the digest's beginning
        statement = statement.where(
            subscribers.c.digest == bindparam("after_digest"),
            subscribers.c.key > bindparam("after_key"),
        )
    if state is not None:
        statement = statement.where(subscribers.c.state == state)
    last = {"after_digest": digest or "", "after_key": ""}
    while portion := connection.execute(statement, last).all():
        for row in portion:
            yield ListedSubscriber(subscriber=people.of_row(row), reason=row.reason)
        last = {"after_digest": portion[-1].digest, "after_key": portion[-1].key}


def has_any(connection: Connection, digest: str) -> bool:
    """Return whether a digest has an active subscriber beside those named in the configuration."""
    statement = select(subscribers.c.id).where(
        subscribers.c.digest == digest,
        subscribers.c.state == SubscriberState.ACTIVE,
        subscribers.c.origin != "config",
    )
    return connection.scalar(statement.limit(1)) is not None


def counts(connection: Connection) -> dict[str, dict[SubscriberState, int]]:
    """Count the subscribers, by digest and state."""
    statement = (
        select(subscribers.c.digest, subscribers.c.state, func.count())
        .where(subscribers.c.digest != NO_DIGEST)
        .group_by(subscribers.c.digest, subscribers.c.state)
    )
    counted: dict[str, dict[SubscriberState, int]] = {}
    for digest, state, count in connection.execute(statement):
        counted.setdefault(digest, {})[SubscriberState(state)] = count
    return counted


def subscribed_to(connection: Connection) -> frozenset[str]:
    """Return the digests with an active subscriber beside those named in the configuration."""
    statement = select(subscribers.c.digest).where(
        subscribers.c.state == SubscriberState.ACTIVE, subscribers.c.origin != "config"
    )
    return frozenset(connection.scalars(statement.distinct()))


# --- added by the operator -----------------------------------------------------------------------


def add(
    connection: Connection, digest: str, address: str, *, now: datetime, again: bool = False
) -> SubscriberChange:
    """Add an address to the list of a digest.

    A subscriber who left or is suspended stays so, unless the operator says (`again`) that the
    person asked to be added.
    """
    event = SubscriberEvent.ADDED_AGAIN if again else SubscriberEvent.ADDED
    return _enter(connection, digest, mail_addresses.parse(address), event, "operator", now)


def set_names(connection: Connection, digest: str, names: Mapping[str, str | None]) -> None:
    """Set the names of subscribers, by address; addresses that are not on the list are skipped."""
    values = [
        {"to": name, "of_digest": digest, "of_key": mail_addresses.key(address)}
        for address, name in names.items()
    ]
    if values:
        connection.execute(
            update(subscribers)
            .where(
                subscribers.c.digest == bindparam("of_digest"),
                subscribers.c.key == bindparam("of_key"),
                subscribers.c.address != "",
            )
            .values(name=bindparam("to")),
            values,
        )


def same_person(connection: Connection, subscriber: Subscriber) -> list[Subscriber]:
    """Return the subscribers with the same address on all lists, by digest."""
    statement = (
        select(*FIELDS)
        .where(subscribers.c.key == mail_addresses.key(subscriber.address))
        .order_by(subscribers.c.digest)
    )
    return [people.of_row(row) for row in connection.execute(statement)]


def choose(
    connection: Connection,
    digest: str,
    address: str,
    *,
    weekly_after: int | None,
    now: datetime,
) -> Subscriber:
    """Add a subscriber who chose the digest on the page of choices, whose link was mailed to them.

    `weekly_after` is the number of the digest's newest edition where the subscriber wants the
    weekly mail, and ``None`` where they want each edition.
    """
    address = mail_addresses.parse(address)
    known = by_address(connection, digest, address)
    if known is None:
        row = people.row_of(digest, address, SubscriberState.REQUESTED, "web", now)
        known = people.insert_row(connection, row, SubscriberEvent.REQUESTED)
    if known.state != SubscriberState.ACTIVE:
        event = SubscriberEvent.CONFIRMED
        known = people.apply_event(connection, known, event, now, origin="web").subscriber
    return people.change(connection, known.id, weekly_after=weekly_after)


def weekly_ranges(connection: Connection, digest: str, before: int) -> list[int]:
    """Return the edition numbers, below `before`, after which weekly subscribers lack editions."""
    statement = (
        select(subscribers.c.weekly_after)
        .where(
            subscribers.c.digest == digest,
            subscribers.c.state == SubscriberState.ACTIVE,
            subscribers.c.weekly_after < before,
        )
        .distinct()
        .order_by(subscribers.c.weekly_after)
    )
    return [after for after in connection.scalars(statement) if after is not None]


def record_weekly(connection: Connection, digest: str, newest: int) -> None:
    """Record that all weekly subscribers have the editions up to number `newest`."""
    connection.execute(
        update(subscribers)
        .where(subscribers.c.digest == digest, subscribers.c.weekly_after < newest)
        .values(weekly_after=newest)
    )


def sync_named(connection: Connection, digest: str, named: Iterable[str], *, now: datetime) -> None:
    """Add the addresses that the configuration names; remove those it no longer names."""
    wanted = {mail_addresses.key(address): mail_addresses.parse(address) for address in named}
    on_list = select(subscribers.c.key).where(
        subscribers.c.digest == digest,
        subscribers.c.origin == "config",
        subscribers.c.state.in_([SubscriberState.ACTIVE, SubscriberState.SUSPENDED]),
    )
    for key in set(connection.scalars(on_list)) - wanted.keys():
        remove(connection, digest, key, now=now)
    for address in wanted.values():
        _enter(connection, digest, address, SubscriberEvent.NAMED, "config", now)


# --- signing up ----------------------------------------------------------------------------------


def request(
    connection: Connection, digest: str, address: str, *, name: str | None = None, now: datetime
) -> Subscriber | None:
    """Record a sign-up of `address`; return the subscriber to send a confirmation mail to, if any.

    No mail goes to a subscriber who is on the list, or who was sent one within the last hour or
    three within a day.  The caller must not show the outcome: the address may belong to another
    person than the one who signs up.

    The `name` that was written beside the address becomes theirs when they confirm it.
    """
    address = mail_addresses.parse(address)
    known = people.find(connection, digest, address)
    if known and (known.state == SubscriberState.ACTIVE or not _may_ask(connection, known, now)):
        return None
    asked = _enter(connection, digest, address, SubscriberEvent.REQUESTED, "web", now).subscriber
    if known:
        people.log(connection, asked.id, SubscriberEvent.REQUESTED, now)
    key = mail_addresses.key(address)
    return people.change(
        connection, asked.id, address=address, key=key, requested_at=now, requested_name=name
    )


def unsent(connection: Connection, subscriber: Subscriber, reason: str, *, now: datetime) -> None:
    """Record that the confirmation mail failed, so that another may be requested at once."""
    requested_at = subscriber.requested_at
    connection.execute(
        update(subscribers)
        .where(subscribers.c.id == subscriber.id, subscribers.c.requested_at == requested_at)
        .values(requested_at=None)
    )
    connection.execute(
        update(subscriber_events)
        .where(subscriber_events.c.subscriber_id == subscriber.id)
        .where(
            subscriber_events.c.event == SubscriberEvent.REQUESTED,
            subscriber_events.c.at == requested_at,
        )
        .values(event=SubscriberEvent.UNSENT, at=now, detail=reason)
    )


def may_confirm(subscriber: Subscriber, now: datetime) -> bool:
    """Return whether the link of the subscriber's last request still works.

    It works for seven days, unless the subscriber's state has changed since the request.
    """
    requested_at = subscriber.requested_at
    if requested_at is None or subscriber.state == SubscriberState.ACTIVE:
        return requested_at is not None
    return now - requested_at <= CONFIRM_WITHIN and subscriber.changed_at <= requested_at


def confirm(connection: Connection, subscriber_id: int, *, now: datetime) -> Subscriber | None:
    """Add the subscriber who followed the link of their request; ``None`` where it is too old."""
    subscriber = by_id(connection, subscriber_id)
    if subscriber is None or not may_confirm(subscriber, now):
        return None
    change = people.apply_event(
        connection, subscriber, SubscriberEvent.CONFIRMED, now, origin="web"
    )
    written = select(subscribers.c.requested_name).where(subscribers.c.id == subscriber_id)
    if (name := connection.scalar(written)) is None:
        return change.subscriber
    return people.change(connection, subscriber_id, name=name, requested_name=None)


# --- leaving -------------------------------------------------------------------------------------


def unsubscribe(
    connection: Connection, subscriber_id: int, *, by: str, now: datetime, complained: bool = False
) -> SubscriberChange | None:
    """Unsubscribe at once: nothing more is sent, also of the editions on their way.

    `by` names the way by which the subscriber left, for the log.  Returns ``None`` where there is
    no subscriber of that id.
    """
    subscriber = by_id(connection, subscriber_id)
    if subscriber is None:
        return None
    event = SubscriberEvent.COMPLAINED if complained else SubscriberEvent.LEFT
    return people.apply_event(connection, subscriber, event, now, detail=by)


def remove(
    connection: Connection, digest: str, address: str, *, now: datetime
) -> SubscriberChange | None:
    """Remove a subscriber for the operator; return ``None`` for an address never on the list."""
    subscriber = by_address(connection, digest, address)
    return (
        people.apply_event(connection, subscriber, SubscriberEvent.REMOVED, now)
        if subscriber
        else None
    )


# --- steps ---------------------------------------------------------------------------------------


def _enter(
    connection: Connection,
    digest: str,
    address: str,
    event: SubscriberEvent,
    origin: str,
    now: datetime,
) -> SubscriberChange:
    """Apply `event` to an address in the form of `mail_addresses.parse`, known or not."""
    known = people.find(connection, digest, address)
    if known and known.state != SubscriberState.REQUESTED:
        change = people.apply_event(connection, known, event, now, origin=origin)
        if change.subscriber.state != SubscriberState.ACTIVE or known.address:
            return change
        key = mail_addresses.key(address)
        back = people.change(connection, known.id, address=address, key=key)
        return SubscriberChange(subscriber=back, before=change.before)
    if event in _WITHOUT_ASKING and people.is_forgotten(connection, address):
        left = SubscriberState.UNSUBSCRIBED
        if known is None:
            row = people.row_of(digest, address, left, origin, now)
            known = people.erase_address(
                connection, people.insert_row(connection, row, event).id, address, now
            )
        return SubscriberChange(subscriber=known, before=left)
    if known:
        return people.apply_event(connection, known, event, now, origin=origin)
    state = after(None, event)
    assert state is not None
    row = people.row_of(digest, address, state, origin, now)
    made = people.insert_row(connection, row, event)
    people.log(connection, made.id, event, now)
    return SubscriberChange(subscriber=made, before=None)


def _may_ask(connection: Connection, subscriber: Subscriber, now: datetime) -> bool:
    """Return whether an address may be sent one more confirmation mail."""
    requested_at = subscriber.requested_at
    if requested_at is not None and now - ASK_AGAIN_AFTER < requested_at <= now:
        return False
    links = (
        select(func.count())
        .where(subscriber_events.c.subscriber_id == subscriber.id)
        .where(subscriber_events.c.event == SubscriberEvent.REQUESTED)
        .where(subscriber_events.c.at > now - timedelta(days=1), subscriber_events.c.at <= now)
    )
    return (connection.scalar(links) or 0) < ASKED_A_DAY
