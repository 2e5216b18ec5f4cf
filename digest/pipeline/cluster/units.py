"""The units of work that workers share: what is due, and how each unit is done.

A unit asks the tables again whether it is due, so it may be begun too often or by two at once.
`now` is the time on the database's clock.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from digest import fetch as fetching
from digest.deliver import MailSettings
from digest.errors import StoreError
from digest.pipeline import approval, clock, weekly
from digest.pipeline.cluster.shards import ShardAccess, lease_name, shard_of
from digest.pipeline.delivery.bulk import SendOptions
from digest.pipeline.delivery.queue import due_mailings, rate_limiter, send_mail
from digest.pipeline.delivery.sender import kept_alive, sender_of_part
from digest.pipeline.delivery.weekly_channel import channel_of
from digest.pipeline.delivery.whole_editions import deliver_edition
from digest.pipeline.due_feeds import due_hosts
from digest.pipeline.next_edition import due
from digest.pipeline.publish import Outcome
from digest.pipeline.publish import make_edition as make_due_edition
from digest.pipeline.refresh import Refreshed, refresh
from digest.store import leases, open_deliveries, parts

if TYPE_CHECKING:
    from digest.model import Digest
    from digest.pipeline.delivery.report import DeliveryReport
    from digest.settings import Config
    from digest.store import Store

Stop = Callable[[], bool]

logger = logging.getLogger(__name__)


def database_now(store: Store) -> datetime:
    """Return the time on the database's clock, in whole seconds."""
    with store.read() as connection:
        return leases.database_time(connection).replace(microsecond=0)


# --- feeds ---------------------------------------------------------------------------------------


def due_shards(config: Config, store: Store, now: datetime) -> list[int]:
    """Return the shards that have a feed to fetch, in order."""
    shards = config.worker.shards
    return sorted({shard_of(host, shards) for host in due_hosts(config, store, now)})


def refresh_shard(
    config: Config, store: Store, now: datetime, shard: int, stop: Stop = lambda: False
) -> Refreshed | None:
    """Fetch and save the feeds of a shard that are due; return None where another worker does.

    Raises BusyError where a run refreshes all feeds, or where another worker has taken over.
    """
    worker = config.worker
    access = ShardAccess(store, worker.shards, worker.lease)
    with store.shared_lock("refresh"):
        if not access.take(shard):
            return None
        try:
            with kept_alive(store, access.renew, worker.lease):
                return refresh(
                    config,
                    store,
                    now,
                    stop=stop,
                    fetch_all=partial(fetching.fetch_all, access=access),
                    shard=lambda host: shard_of(host, worker.shards) == shard,
                    guard=lambda connection: leases.check(
                        connection, lease_name(shard), access.holder
                    ),
                )
        finally:
            with suppress(StoreError):
                access.release()


# --- editions ------------------------------------------------------------------------------------


def due_editions(config: Config, store: Store, now: datetime) -> list[tuple[str, str]]:
    """Return the digests that have an edition to make or to release, each with the slot."""
    found = []
    for digest in config.digests:
        if held := approval.waiting(store, digest.name):
            goes_at = approval.goes_at(digest, held)
            if goes_at is not None and goes_at <= now:
                found.append((digest.name, held.slot))
        elif slot := due(store, digest, now):
            found.append((digest.name, slot.name))
    return found


def make_edition(
    config: Config, store: Store, now: datetime, digest: str, slot: str
) -> Sequence[Outcome]:
    """Make the edition of a slot, unless it is made; return what became of it."""
    found = _digest(config, digest)
    if found is None:
        return ()
    outcomes, _ = make_due_edition(config, store, found, now, slot=slot)
    return outcomes


# --- deliveries ----------------------------------------------------------------------------------


def due_parts(config: Config, store: Store, now: datetime) -> list[int]:
    """Cut the mailings that are due into parts; return the parts that nobody sends, in order."""
    found: list[int] = []
    for mailing in due_mailings(config, store, now):
        with store.write() as connection:
            parts.cover(connection, mailing.edition_id, mailing.channel, size=config.worker.part)
        with store.read() as connection:
            found += open_deliveries.free_parts(
                connection, mailing.edition_id, mailing.channel, now=now
            )
    return found


def digest_of_part(store: Store, part_id: int) -> str | None:
    """Return the name of the digest of a part; None where the part is done."""
    with store.read() as connection:
        return parts.digest_of(connection, part_id)


def deliver_part(
    config: Config, store: Store, now: datetime, part_id: int, stop: Stop = lambda: False
) -> tuple[DeliveryReport, ...]:
    """Send what is due of a part, unless another worker does or the channel is left alone.

    At most `worker.lanes` parts of a digest's channel are sent at a time, and one of a channel that
    takes whole editions.
    """
    with store.read() as connection:
        part = parts.find(connection, part_id)
        if part is None:
            return ()
        mailing = open_deliveries.opened(connection, part.edition_id, part.channel, now=now)
    digest = _digest(config, mailing.digest) if mailing else None
    channel = channel_of(part.channel)
    if mailing is None or digest is None or channel not in digest.channels:
        return ()
    settings = digest.channels[channel]
    lease = config.worker.lease
    lanes = config.worker.lanes if isinstance(settings, MailSettings) else 1
    lane = _take_lane(store, f"{digest.name} {channel}", lanes, lease)
    if lane is None:
        return ()
    try:
        with (
            kept_alive(store, partial(leases.renew, holder=lane, length=lease), lease),
            sender_of_part(store, part, lease, now) as sender,
        ):
            if sender is None:
                return ()
            if not isinstance(settings, MailSettings):
                return (deliver_edition(config, store, digest, mailing, sender, now),)
            options = SendOptions(
                now=now,
                rate=rate_limiter(store, channel, settings),
                stop=stop,
                sender=sender,
                step=lambda: None,
            )
            return tuple(send_mail(config, store, digest, [mailing], options))
    finally:
        with suppress(StoreError), store.write(alone=False) as connection:
            leases.release(connection, lane)


def _take_lane(store: Store, name: str, lanes: int, lease: timedelta) -> str | None:
    """Take one of the lanes of a channel; return its holder, or None where all are taken."""
    holder = leases.new_holder("worker")
    with store.write(alone=False) as connection:
        for lane in range(1, lanes + 1):
            if leases.take(connection, f"lane {lane} of {name}", holder, lease):
                return holder
    return None


# --- the rest of a tick --------------------------------------------------------------------------


def do_chores(config: Config, store: Store, now: datetime) -> None:
    """Do what is not worth a job: repair times, enlist weekly mails, mail editors, keep hubs."""
    from digest.pipeline.hubs import keep_subscriptions

    clock.set_back(config, store, now)
    weekly.enlist_weekly(store, config.digests, now)
    for mail in approval.mail_editors(config, store, now):
        if mail.error:
            logger.warning("%s: the editor was not mailed: %s", mail.digest, mail.error)
    for answer in keep_subscriptions(config, store, now):
        if answer.error:
            logger.info("hub %s: %s", answer.request.hub, answer.error)


def _digest(config: Config, name: str) -> Digest | None:
    return next((digest for digest in config.digests if digest.name == name), None)
