"""Change who is on the list of a digest: the command, the page and the API do the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO

from digest.deliver import MailSettings
from digest.errors import ConfigError
from digest.mailing_list import subscriber_csv
from digest.mailing_list.names import parse_name
from digest.mailing_list.states import SubscriberEvent
from digest.mailing_list.subscriber_csv import BadSubscriberLine, SubscriberFile
from digest.model import Digest, SubscriberState
from digest.net import mail_addresses
from digest.pipeline.delivery.leaving import NO_WAY, channels_without
from digest.store import Store, forgetting, imports, people, subscribers
from digest.store.people import SubscriberChange

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from digest.settings import Config

AT_ONCE = 2000
"""How many addresses are imported in one transaction, which other writers wait for."""
BAD_SHOWN = 1000
"""The most lines without an address that a report of an import names."""
BY_OPERATOR = "suspended by the operator"
HEADER = ("address", "state", "since", "origin", "name", "frequency")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedAddress:
    """An address that was to be added to a list, and what came of it."""

    change: SubscriberChange
    refusal: str | None = None
    """Why it is not on the list, and what to do; ``None`` where it is."""


@dataclass(slots=True, kw_only=True)
class ImportReport:
    """How far an import of a file has come."""

    dry_run: bool
    size: int
    """The bytes of the file."""
    read: int = 0
    """The bytes that were read."""
    added: int = 0
    known: int = 0
    left: int = 0
    suspended: int = 0
    removed: int = 0
    inactive: int = 0
    """How many people the file calls no longer subscribed."""
    inactive_by: dict[str, int] | None = None
    """The names of the columns that say so, each with its number of people."""
    bad_lines: int = 0
    bad: tuple[BadSubscriberLine, ...] = ()
    """The first lines without an address."""


def check_leaving(config: Config, digest: Digest) -> None:
    """Raise ConfigError where people on the list would have no way to leave."""
    for channel in channels_without(config, digest):
        raise ConfigError(NO_WAY, key=f"digests.{digest.name}.deliver.{channel}")


def goes_to_subscribers(digest: Digest) -> bool:
    """Say whether a channel of the digest mails it to its subscribers."""
    return any(
        isinstance(settings, MailSettings) and settings.subscribers
        for settings in digest.channels.values()
    )


def places(digest: Digest, address: str) -> Iterator[str]:
    """Yield the keys of the configuration that name an address."""
    for channel, settings in digest.channels.items():
        if isinstance(settings, MailSettings) and mail_addresses.key(address) in map(
            mail_addresses.key, settings.to
        ):
            yield f"digests.{digest.name}.deliver.{channel}.to"


def add(
    connection: Connection,
    digest: str,
    address: str,
    *,
    again: bool = False,
    name: str | None = None,
    now: datetime,
) -> ListedAddress:
    """Add an address to the list of a digest; with `name` also set the person's name.

    Raises ValueError for what is no address or no name.
    """
    address = mail_addresses.parse(address)
    called = parse_name(name) if name is not None else None
    change = subscribers.add(connection, digest, address, now=now, again=again)
    if name is not None:
        subscribers.set_names(connection, digest, {address: called})
        change = replace(change, subscriber=replace(change.subscriber, name=called))
    reason = subscribers.reason(connection, change.subscriber)
    return ListedAddress(change=change, refusal=_refusal(change, reason))


def _refusal(change: SubscriberChange, reason: str | None) -> str | None:
    """Return why somebody is not added to the list, and what to do."""
    subscriber = change.subscriber
    if subscriber.state == SubscriberState.ACTIVE:
        return None
    when = subscriber.changed_at.strftime("%Y-%m-%d")
    if subscriber.state == SubscriberState.SUSPENDED:
        why = "as mail came back" if reason != BY_OPERATOR else "by the operator"
        detail = f" ({reason})" if reason and reason != BY_OPERATOR else ""
        return f"suspended on {when}, {why}{detail}; if it works again: --again"
    return f"left on {when} and stays away; if they asked to come back: --again"


def suspend(
    connection: Connection, subscriber_id: int, *, reason: str = "", now: datetime
) -> SubscriberChange | None:
    """Suspend a subscriber for the operator; ``None`` where there is none of this id.

    Nothing more is sent to them, also of the editions on their way.  Whoever has left stays away.
    """
    subscriber = subscribers.by_id(connection, subscriber_id)
    if subscriber is None:
        return None
    return people.apply_event(
        connection, subscriber, SubscriberEvent.SUSPENDED, now, detail=reason or BY_OPERATOR
    )


def forget(store: Store, address: str, *, now: datetime) -> int:
    """Erase an address everywhere; return the number of lists that it was on.

    The tables are written anew, which takes a while.
    """
    with store.write() as connection:
        lists = forgetting.forget(connection, address, now=now)
    store.compact()
    return lists


def export(connection: Connection, digest: str, state: SubscriberState | None) -> Iterator[str]:
    """Yield the lines of a list as CSV; people who were forgotten are left out."""
    yield from subscriber_csv.write([HEADER])
    yield from subscriber_csv.write(
        (
            subscriber.address,
            subscriber.state.value,
            subscriber.changed_at.isoformat(),
            subscriber.origin,
            subscriber.name or "",
            "each" if subscriber.weekly_after is None else "weekly",
        )
        for listed in subscribers.listing(connection, digest, state)
        if (subscriber := listed.subscriber).address
    )


def import_file(
    store: Store,
    digest: str,
    file: BinaryIO,
    report: ImportReport,
    *,
    now: datetime,
    step: Callable[[int], object] = lambda count: None,
) -> None:
    """Add all people in a file to the list of a digest, and keep `report` up to date.

    The file is read piece by piece, and each piece is a transaction of its own: so other writers
    wait a moment only, and a file that was interrupted can be imported again.  Raises ValueError
    where the file as a whole cannot be read.  `step` is called with the bytes read since its last
    call.
    """
    seen: set[str] | None = set() if report.dry_run else None  # else the list itself knows them
    for portion in subscriber_csv.portions(file, AT_ONCE):
        with store.write() as connection:
            done = imports.import_(connection, digest, portion.addresses, now=now, seen=seen)
            subscribers.set_names(connection, digest, portion.names)
            if report.dry_run:
                connection.rollback()
        _count(report, done, portion)
        now_read = file.tell()
        step(now_read - report.read)
        report.read = now_read
    step(report.size - report.read)
    report.read = report.size


def _count(report: ImportReport, done: imports.ImportResult, portion: SubscriberFile) -> None:
    report.added += done.added
    report.known += done.known
    report.left += done.left
    report.suspended += done.suspended
    report.removed += done.removed
    report.inactive += portion.inactive
    by = report.inactive_by or {}
    for name, count in portion.inactive_by:
        by[name] = by.get(name, 0) + count
    report.inactive_by = by
    report.bad_lines += len(portion.bad)
    report.bad = (*report.bad, *portion.bad)[:BAD_SHOWN]
