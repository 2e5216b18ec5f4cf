"""Weekly mails, for subscribers who chose one mail a week.

Each subscriber row holds the number of the last edition that the subscriber had.  A weekly mail
tells the editions after that number.  The transaction that enlists the mail also updates the
number, so no edition is repeated or left out, even if the subscriber changes the frequency.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from digest.deliver import MailSettings
from digest.model import Digest
from digest.net import mail_addresses
from digest.pipeline.delivery.weekly_channel import weekly_channel
from digest.schedule import slots
from digest.store import editions, enlisting, subscribers

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from digest.store import Store


def enlist_weekly(store: Store, digests: Collection[Digest], now: datetime) -> None:
    """Enlist the weekly mails that are due, in the hour of each digest's `weekly` schedule."""
    for digest in digests:
        if not mails(digest):
            continue
        schedule = slots.parse_schedule(digest.weekly)
        due_at = slots.latest_slot(schedule, digest.timezone, now)
        with store.read() as connection:
            if not _is_due(connection, digest, due_at):
                continue
        with store.write() as connection:
            if _is_due(connection, digest, due_at):
                _enlist(connection, digest, due_at, now)


def mails(digest: Digest) -> dict[str, MailSettings]:
    """Return the channels of a digest that carry mail."""
    return {name: to for name, to in digest.channels.items() if isinstance(to, MailSettings)}


def change_frequency(
    connection: Connection, digest: Digest, address: str, *, weekly: bool, now: datetime
) -> None:
    """Set the frequency of a subscriber to each edition or to weekly, from now on.

    A subscriber who changes from weekly to each edition is sent the missing editions at once.
    """
    state = editions.digest_state(connection, digest.name)
    newest = state.number if state else 0
    known = subscribers.by_address(connection, digest.name, address)
    before = known.weekly_after if known else None
    if weekly and before is not None and known and known.state == "active":
        return
    if known and before is not None and before < newest and known.state == "active":
        edition_id = editions.id_of(connection, digest.name, newest)
        for name, settings in mails(digest).items():
            _enlist_channel(
                connection, digest, name, settings, edition_id, before, now, only=known.id
            )
    subscribers.choose(
        connection, digest.name, address, weekly_after=newest if weekly else None, now=now
    )


def _is_due(connection: Connection, digest: Digest, due_at: datetime) -> bool:
    state = editions.digest_state(connection, digest.name)
    if state is None or not state.number:
        return False
    return state.weekly_at is None or state.weekly_at < due_at


def _enlist(connection: Connection, digest: Digest, due_at: datetime, now: datetime) -> None:
    state = editions.digest_state(connection, digest.name)
    assert state is not None
    if state.weekly_at is not None:  # otherwise the first week has just begun
        edition_id = editions.id_of(connection, digest.name, state.number)
        for after in subscribers.weekly_ranges(connection, digest.name, state.number):
            for name, settings in mails(digest).items():
                _enlist_channel(connection, digest, name, settings, edition_id, after, now)
        subscribers.record_weekly(connection, digest.name, state.number)
    editions.weekly_done(connection, digest.name, due_at)


def _enlist_channel(
    connection: Connection,
    digest: Digest,
    channel: str,
    settings: MailSettings,
    edition_id: int,
    after: int,
    now: datetime,
    *,
    only: int | None = None,
) -> None:
    enlisting.enlist_recipients(
        connection,
        edition_id,
        digest.name,
        weekly_channel(channel, after),
        subscribed=settings.subscribers,
        named=frozenset(map(mail_addresses.key, settings.to)),
        now=now,
        weekly_after=after,
        only=only,
    )
