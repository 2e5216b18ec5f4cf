"""Who gets a digest, who asked for it, and who left; with a log of what happened to each.

A person has one row for each digest, for ever: so an old letter's link goes on meaning them, and
who has left is known when they are imported again.  What may become of whom is `membership`'s to
say.  Addresses are taken as people write them, and ValueError is raised for what is none.
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
from digest.store.people import FIELDS, NOWHERE, SubscriberChange
from digest.store.statements import PORTION
from digest.store.tables import subscriber_events, subscribers

__all__ = ["ListedSubscriber", "SubscriberChange"]

CONFIRM_WITHIN = timedelta(days=7)
ASK_AGAIN_AFTER = timedelta(hours=1)
ASKED_A_DAY = 3
"""How many mails with a link an address gets in a day, whoever asks for them."""

_REASON = (
    select(subscriber_events.c.detail)
    .where(subscriber_events.c.event == SubscriberEvent.SUSPENDED)
    .order_by(subscriber_events.c.id.desc())
    .limit(1)
)
_WITHOUT_ASKING = frozenset(
    {SubscriberEvent.ADDED, SubscriberEvent.IMPORTED, SubscriberEvent.NAMED}
)
"""What puts on a list somebody who need not have asked for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedSubscriber:
    """A row of a list.  The address of who is forgotten is empty."""

    subscriber: Subscriber
    reason: str | None = None
    """Why they are suspended."""


# --- finding -------------------------------------------------------------------------------------


def by_id(connection: Connection, subscriber_id: int) -> Subscriber | None:
    """Find the holder of a token."""
    row = connection.execute(select(*FIELDS).where(subscribers.c.id == subscriber_id)).one_or_none()
    return people.of_row(row) if row and row.digest != NOWHERE else None


def by_address(connection: Connection, digest: str, address: str) -> Subscriber | None:
    """Find who has this address on one list."""
    statement = select(*FIELDS).where(
        subscribers.c.digest == digest, subscribers.c.key == mail_addresses.key(address)
    )
    row = connection.execute(statement).one_or_none()
    return people.of_row(row) if row else None


def by_addresses(
    connection: Connection, digests: Collection[str], keys: Collection[str]
) -> list[Subscriber]:
    """Find all who have one of these addresses, by `addresses.key`, on one of these lists."""
    statement = (
        select(*FIELDS)
        .where(subscribers.c.digest.in_(digests), subscribers.c.key.in_(keys))
        .order_by(subscribers.c.id)
    )
    return [people.of_row(row) for row in connection.execute(statement)]


def reason(connection: Connection, subscriber: Subscriber) -> str | None:
    """Say why somebody is suspended; ``None`` for who is not."""
    if subscriber.state != SubscriberState.SUSPENDED:
        return None
    return connection.scalar(_REASON.where(subscriber_events.c.subscriber_id == subscriber.id))


def listing(
    connection: Connection, digest: str | None = None, state: SubscriberState | None = None
) -> Iterator[ListedSubscriber]:
    """Give those of one digest or of all, by address; a portion of them is in memory at a time."""
    held = subscribers.c.state == SubscriberState.SUSPENDED
    why = _REASON.where(held, subscriber_events.c.subscriber_id == subscribers.c.id)
    statement = (
        select(*FIELDS, subscribers.c.key, why.scalar_subquery().label("reason"))
        .order_by(subscribers.c.digest, subscribers.c.key)
        .limit(PORTION)
    )
    if digest is None:
        place = tuple_(subscribers.c.digest, subscribers.c.key)
        statement = statement.where(
            place > tuple_(bindparam("after_digest"), bindparam("after_key")),
            subscribers.c.digest != NOWHERE,
        )
    else:  # in a form of its own, or the index would be read from the digest's beginning
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
    """Tell whether somebody gets a digest who is not named in the configuration."""
    statement = select(subscribers.c.id).where(
        subscribers.c.digest == digest,
        subscribers.c.state == SubscriberState.ACTIVE,
        subscribers.c.origin != "config",
    )
    return connection.scalar(statement.limit(1)) is not None


def counts(connection: Connection) -> dict[str, dict[SubscriberState, int]]:
    """Count those of each digest by state."""
    statement = (
        select(subscribers.c.digest, subscribers.c.state, func.count())
        .where(subscribers.c.digest != NOWHERE)
        .group_by(subscribers.c.digest, subscribers.c.state)
    )
    found: dict[str, dict[SubscriberState, int]] = {}
    for digest, state, count in connection.execute(statement):
        found.setdefault(digest, {})[SubscriberState(state)] = count
    return found


def subscribed_to(connection: Connection) -> frozenset[str]:
    """Name the digests that somebody gets who is not named in the configuration."""
    statement = select(subscribers.c.digest).where(
        subscribers.c.state == SubscriberState.ACTIVE, subscribers.c.origin != "config"
    )
    return frozenset(connection.scalars(statement.distinct()))


# --- coming, on the operator's word --------------------------------------------------------------


def add(
    connection: Connection, digest: str, address: str, *, now: datetime, again: bool = False
) -> SubscriberChange:
    """Put somebody on the list.

    Whoever left or is suspended stays so, unless the operator says (`again`) that the person asked
    for it.
    """
    event = SubscriberEvent.ADDED_AGAIN if again else SubscriberEvent.ADDED
    return _enter(connection, digest, mail_addresses.parse(address), event, "operator", now)


def set_names(connection: Connection, digest: str, names: Mapping[str, str | None]) -> None:
    """Call subscribers by these names; an address that is not on the list is passed over."""
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
    """Return the rows of somebody's address on every list."""
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
    """Put on the list who has chosen that in the page behind a link that was mailed to them.

    `weekly_after` is the number of the digest's newest edition, or ``None`` for each edition.
    """
    address = mail_addresses.parse(address)
    known = by_address(connection, digest, address)
    if known is None:
        row = people.row_of(digest, address, SubscriberState.REQUESTED, "web", now)
        known = people.insert_row(connection, row)
    if known.state != SubscriberState.ACTIVE:
        event = SubscriberEvent.CONFIRMED
        known = people.happen(connection, known, event, now, origin="web").subscriber
    return people.change(connection, known.id, weekly_after=weekly_after)


def weekly_ranges(connection: Connection, digest: str, before: int) -> list[int]:
    """List the numbers after which subscribers to the weekly mail have editions to get."""
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


def had_weekly(connection: Connection, digest: str, newest: int) -> None:
    """Record that all who get the weekly mail have the editions up to number `newest`."""
    connection.execute(
        update(subscribers)
        .where(subscribers.c.digest == digest, subscribers.c.weekly_after < newest)
        .values(weekly_after=newest)
    )


def name(connection: Connection, digest: str, named: Iterable[str], *, now: datetime) -> None:
    """Put those on the list whom the configuration names, and take off whom it no longer does."""
    wanted = {mail_addresses.key(address): mail_addresses.parse(address) for address in named}
    on_it = select(subscribers.c.key).where(
        subscribers.c.digest == digest,
        subscribers.c.origin == "config",
        subscribers.c.state.in_([SubscriberState.ACTIVE, SubscriberState.SUSPENDED]),
    )
    for key in set(connection.scalars(on_it)) - wanted.keys():
        remove(connection, digest, key, now=now)
    for address in wanted.values():
        _enter(connection, digest, address, SubscriberEvent.NAMED, "config", now)


# --- coming, on their own ------------------------------------------------------------------------


def request(
    connection: Connection, digest: str, address: str, *, now: datetime
) -> Subscriber | None:
    """Note that somebody signed `address` up; return whom to send a link, if anybody.

    Nobody gets one who is on the list, or who was sent one within the hour or thrice in a day.
    The caller must not let the outcome be seen: whoever asks need not be the person.
    """
    address = mail_addresses.parse(address)
    known = people.find(connection, digest, address)
    if known and (known.state == SubscriberState.ACTIVE or not _may_ask(connection, known, now)):
        return None
    asked = _enter(connection, digest, address, SubscriberEvent.REQUESTED, "web", now).subscriber
    if known:
        people.log(connection, asked.id, SubscriberEvent.REQUESTED, now)
    key = mail_addresses.key(address)
    return people.change(connection, asked.id, address=address, key=key, requested_at=now)


def unsent(connection: Connection, subscriber: Subscriber, reason: str, *, now: datetime) -> None:
    """Note that the link could not be sent, so that it may be asked for at once."""
    asked = subscriber.requested_at
    connection.execute(
        update(subscribers)
        .where(subscribers.c.id == subscriber.id, subscribers.c.requested_at == asked)
        .values(requested_at=None)
    )
    connection.execute(
        update(subscriber_events)
        .where(subscriber_events.c.subscriber_id == subscriber.id)
        .where(
            subscriber_events.c.event == SubscriberEvent.REQUESTED, subscriber_events.c.at == asked
        )
        .values(event=SubscriberEvent.UNSENT, at=now, detail=reason)
    )


def may_confirm(subscriber: Subscriber, now: datetime) -> bool:
    """Tell whether the link of their last request is still good.

    It is so for seven days, unless they left, or something else became of them, since.
    """
    asked = subscriber.requested_at
    if asked is None or subscriber.state == SubscriberState.ACTIVE:
        return asked is not None
    return now - asked <= CONFIRM_WITHIN and subscriber.changed_at <= asked


def confirm(connection: Connection, subscriber_id: int, *, now: datetime) -> Subscriber | None:
    """Put on the list who followed the link of their request; ``None`` where it is too old."""
    subscriber = by_id(connection, subscriber_id)
    if subscriber is None or not may_confirm(subscriber, now):
        return None
    return people.happen(
        connection, subscriber, SubscriberEvent.CONFIRMED, now, origin="web"
    ).subscriber


# --- going ---------------------------------------------------------------------------------------


def unsubscribe(
    connection: Connection, subscriber_id: int, *, by: str, now: datetime, complained: bool = False
) -> SubscriberChange | None:
    """Let somebody go, at once: what has not been sent to them will not be.

    `by` says over which way they left, for the log.  ``None`` where there is nobody of that number.
    """
    subscriber = by_id(connection, subscriber_id)
    if subscriber is None:
        return None
    event = SubscriberEvent.COMPLAINED if complained else SubscriberEvent.LEFT
    return people.happen(connection, subscriber, event, now, detail=by)


def remove(
    connection: Connection, digest: str, address: str, *, now: datetime
) -> SubscriberChange | None:
    """Take somebody off the list, on the operator's word; ``None`` for who was never on it."""
    subscriber = by_address(connection, digest, address)
    return (
        people.happen(connection, subscriber, SubscriberEvent.REMOVED, now) if subscriber else None
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
    """Let `event` happen to an address (as `addresses.parse` gives it), known or not."""
    known = people.find(connection, digest, address)
    if known and known.state != SubscriberState.REQUESTED:
        change = people.happen(connection, known, event, now, origin=origin)
        if change.subscriber.state != SubscriberState.ACTIVE or known.address:
            return change
        key = mail_addresses.key(address)
        back = people.change(connection, known.id, address=address, key=key)
        return SubscriberChange(subscriber=back, before=change.before)
    if event in _WITHOUT_ASKING and people.is_forgotten(connection, address):
        left = SubscriberState.UNSUBSCRIBED
        if known is None:
            row = people.row_of(digest, address, left, origin, now)
            known = people.blank(connection, people.insert_row(connection, row).id, address, now)
        return SubscriberChange(subscriber=known, before=left)
    if known:
        return people.happen(connection, known, event, now, origin=origin)
    state = after(None, event)
    assert state is not None
    made = people.insert_row(connection, people.row_of(digest, address, state, origin, now))
    people.log(connection, made.id, event, now)
    return SubscriberChange(subscriber=made, before=None)


def _may_ask(connection: Connection, subscriber: Subscriber, now: datetime) -> bool:
    """Tell whether an address may be sent one more link."""
    asked = subscriber.requested_at
    if asked is not None and now - ASK_AGAIN_AFTER < asked <= now:
        return False
    links = (
        select(func.count())
        .where(subscriber_events.c.subscriber_id == subscriber.id)
        .where(subscriber_events.c.event == SubscriberEvent.REQUESTED)
        .where(subscriber_events.c.at > now - timedelta(days=1), subscriber_events.c.at <= now)
    )
    return (connection.scalar(links) or 0) < ASKED_A_DAY
