"""Deliver frozen editions: the last step of publishing.

Each delivery is a row of its own, enlisted when the edition was frozen.  It is claimed before
anything is sent, so that the deliveries of a run that died are known.  A deferred delivery waits
for the first run after its time.  Whole editions are delivered before mail, because a mail may link
to the page.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING

from digest.deliver import MailSettings
from digest.errors import BusyError, RenderError
from digest.model import DeliveryState, Digest
from digest.net import mail_addresses
from digest.pipeline.delivery.bulk import BulkMail, SendOptions
from digest.pipeline.delivery.letters import mail_template
from digest.pipeline.delivery.rate_limit import MonotonicClock, RateLimiter
from digest.pipeline.delivery.report import DeliveryReport, ReportBuilder
from digest.pipeline.delivery.sender import LEASE, Sender, sender_of_all
from digest.pipeline.delivery.weekly_channel import channel_of
from digest.pipeline.delivery.whole_editions import (
    defects_recorded,
    deliver_edition,
    pause_edition,
    report_of,
)
from digest.pipeline.delivery.workers import WorkerPool, worker_pool
from digest.settings import Config
from digest.store import deliveries, enlisting, letters, open_deliveries, rates
from digest.store.open_deliveries import OpenDeliveries

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from digest.store import Store

DeliveryProgress = Callable[[int, int], None]
"""Called for each finished message with the number of finished messages and of all."""

logger = logging.getLogger(__name__)

_CLOCK = MonotonicClock()


@dataclass(frozen=True, slots=True, kw_only=True)
class PostponedDeliveries:
    """Deliveries of an edition that are put off until later."""

    digest: str
    slot: str
    channel: str
    count: int
    until: datetime
    """When the first of these deliveries is due."""
    error: str


def enlist(
    config: Config, connection: Connection, digest: Digest, edition_id: int, now: datetime
) -> None:
    """Store a delivery of a digest's new edition for each recipient of each channel.

    Call this in the transaction that freezes the edition.
    """
    from digest import deliver as channels
    from digest.store import subscribers

    mails = {name: to for name, to in digest.channels.items() if isinstance(to, MailSettings)}
    if mails:
        named = [address for settings in mails.values() for address in settings.to]
        subscribers.sync_named(connection, digest.name, named, now=now)
        letters.drop(connection, now - config.store.keep_bodies)
    for name, settings in digest.channels.items():
        if isinstance(settings, MailSettings):
            enlisting.enlist_recipients(
                connection,
                edition_id,
                digest.name,
                name,
                subscribed=settings.subscribers,
                named=_named(settings),
                now=now,
            )
        else:
            channel = channels.load(name)
            assert not isinstance(channel, channels.MailChannel)
            places = channels.recipients(channel, settings)
            enlisting.enlist(connection, edition_id, name, places, now=now)


def deliver(
    config: Config,
    store: Store,
    now: datetime,
    *,
    edition_id: int | None = None,
    patient: bool = False,
    stop: Callable[[], bool] = lambda: False,
    step: DeliveryProgress = lambda done, total: None,
    clock: MonotonicClock = _CLOCK,
) -> tuple[DeliveryReport, ...]:
    """Deliver the due deliveries of all editions or of one, each on its own.

    Several runs may deliver at once: one run at a time serves a digest's channel, and the others
    skip it.  Deliveries of a digest or a channel that is no longer configured go on waiting.  With
    `patient`, for a caller that returns every minute, a channel that failed as a whole is left
    alone for a while.  Once `stop` returns True, messages on their way are waited for and no more
    are begun.
    """
    from digest.deliver import comes_last

    digests = {digest.name: digest for digest in config.digests}
    position = {
        (digest.name, channel): number for number, (digest, channel) in enumerate(_channels(config))
    }
    with store.read() as connection:
        still_open = open_deliveries.still_open(connection, now=now)
    wanted = [
        edition
        for edition in still_open
        if (edition.due or edition.abandoned)
        and not (patient and edition.rests)
        and edition_id in (None, edition.edition_id)
        and (edition.digest, channel_of(edition.channel)) in position
    ]

    def is_mail(edition: OpenDeliveries) -> bool:
        return isinstance(
            digests[edition.digest].channels[channel_of(edition.channel)], MailSettings
        )

    def place(edition: OpenDeliveries) -> int:
        return position[edition.digest, channel_of(edition.channel)]

    reports: list[DeliveryReport] = []
    for edition in sorted(
        (edition for edition in wanted if not is_mail(edition)),
        key=lambda edition: (comes_last(edition.channel), edition.edition_id, place(edition)),
    ):
        if stop():
            break
        with _sole_sender(store, [edition], now) as (sender, due):
            for still_due in due:
                digest = digests[still_due.digest]
                reports.append(deliver_edition(config, store, digest, still_due, sender, now))
    mail = sorted(
        filter(is_mail, wanted),
        key=lambda edition: (place(edition), edition.channel, edition.edition_id),
    )
    steps = _counted(step, sum(edition.due for edition in mail))
    limiters: dict[tuple[str, int | None], RateLimiter] = {}
    for _, group in groupby(mail, key=lambda edition: (place(edition), edition.channel)):
        open_editions = list(group)
        digest = digests[open_editions[0].digest]
        channel = channel_of(open_editions[0].channel)
        settings = digest.channels[channel]
        assert isinstance(settings, MailSettings)
        limiter = rate_limiter(store, channel, settings, clock)
        limiter = limiters.setdefault((channel, settings.rate), limiter)
        with _sole_sender(store, open_editions, now) as (sender, due):
            if due:
                options = SendOptions(now=now, rate=limiter, stop=stop, sender=sender, step=steps)
                reports += send_mail(config, store, digest, due, options)
    return tuple(reports)


def due_mailings(config: Config, store: Store, now: datetime) -> list[OpenDeliveries]:
    """Return the editions that are to be delivered now, each with a channel.

    Of an edition only the channels of one stage are returned: first those that take it as a whole,
    then those that come after them, then mail, which may link to the page.
    """
    from digest.deliver import comes_last

    digests = {digest.name: digest for digest in config.digests}
    with store.read() as connection:
        still_open = open_deliveries.still_open(connection, now=now)

    def stage(mailing: OpenDeliveries) -> int:
        settings = digests[mailing.digest].channels[channel_of(mailing.channel)]
        return 2 if isinstance(settings, MailSettings) else int(comes_last(mailing.channel))

    wanted = [
        mailing
        for mailing in still_open
        if (mailing.due or mailing.abandoned)
        and not mailing.rests
        and mailing.digest in digests
        and channel_of(mailing.channel) in digests[mailing.digest].channels
    ]
    first: dict[int, int] = {}
    for mailing in wanted:
        first[mailing.edition_id] = min(stage(mailing), first.get(mailing.edition_id, 2))
    return [mailing for mailing in wanted if stage(mailing) == first[mailing.edition_id]]


def postponed(config: Config, store: Store, now: datetime) -> tuple[PostponedDeliveries, ...]:
    """Return the deliveries that are put off until later."""
    with store.read() as connection:
        still_open = open_deliveries.still_open(connection, now=now)
    channels = {(digest.name, channel) for digest, channel in _channels(config)}
    return tuple(
        PostponedDeliveries(
            digest=edition.digest,
            slot=edition.slot,
            channel=edition.channel,
            count=edition.waiting,
            until=edition.until,
            error=edition.error or "",
        )
        for edition in still_open
        if edition.until and (edition.digest, channel_of(edition.channel)) in channels
    )


def _channels(config: Config) -> Iterator[tuple[Digest, str]]:
    """Yield every digest with the name of each of its channels, as they are configured."""
    for digest in config.digests:
        for channel in digest.channels:
            yield digest, channel


@contextmanager
def _sole_sender(
    store: Store, wanted: Sequence[OpenDeliveries], now: datetime
) -> Iterator[tuple[Sender, list[OpenDeliveries]]]:
    """Hold the lock of a digest's channel, and all parts of its mailings that no worker holds.

    `wanted` holds open deliveries of one digest over one channel.  Yields the sender, and those of
    them that are then due: none where another run is sending over the channel, or has just sent
    them.  Where another sender takes over within the block, the block is left.
    """
    digest, channel = wanted[0].digest, wanted[0].channel
    edition_ids = {edition.edition_id for edition in wanted}
    with ExitStack() as stack:
        try:
            stack.enter_context(store.lock(f"deliver-{digest}-{channel}"))
        except BusyError:
            logger.info("%s: another run is delivering over %s", digest, channel)
            yield Sender(holder="", lease=LEASE), []
            return
        sender = stack.enter_context(sender_of_all(store, edition_ids, channel, now))
        with store.read() as connection:
            still_open = open_deliveries.still_open(connection, now=now)
        due = [
            edition
            for edition in still_open
            if edition.edition_id in edition_ids and edition.channel == channel and edition.due
        ]
        try:
            yield sender, due
        except BusyError as error:
            logger.info("%s over %s: %s", digest, channel, error)


def rate_limiter(
    store: Store, channel: str, settings: MailSettings, clock: MonotonicClock = _CLOCK
) -> RateLimiter:
    """Return the limiter of a channel, which holds over all processes that use the database."""
    name = f"rate-{channel}-{settings.rate}"
    if not settings.rate or not store.is_shared:
        return RateLimiter(settings.rate, clock, store.shared_file(name) if settings.rate else None)

    def reserve(gap: float) -> float:
        with store.write(alone=False) as connection:
            return rates.reserve(connection, name, gap)

    return RateLimiter(settings.rate, clock, reserve=reserve)


def _counted(step: DeliveryProgress, total: int) -> Callable[[], None]:
    done = 0

    def count() -> None:
        nonlocal done
        done += 1
        step(done, max(total, done))

    return count


def _named(settings: MailSettings) -> frozenset[str]:
    return frozenset(map(mail_addresses.key, settings.to))


# --- mail ----------------------------------------------------------------------------------------


def send_mail(
    config: Config,
    store: Store,
    digest: Digest,
    editions_due: Sequence[OpenDeliveries],
    options: SendOptions,
) -> Iterator[DeliveryReport]:
    """Send editions of a digest over one channel, until the channel fails as a whole."""
    from digest import deliver as channels

    name = channel_of(editions_due[0].channel)
    channel = channels.load(name)
    settings = digest.channels[name]
    assert isinstance(channel, channels.MailChannel)
    assert isinstance(settings, MailSettings)
    with worker_pool(channel, settings, name) as workers:
        for edition in editions_due:
            if options.stop():
                return
            report = ReportBuilder(digest=digest.name, slot=edition.slot, channel=edition.channel)
            with defects_recorded(store, edition, report, options.sender, options.now):
                _send(config, store, digest, settings, edition, workers, report, options)
            if not report.is_empty:
                yield report_of(store, edition, report)
            if report.is_channel_down:
                return


def _send(
    config: Config,
    store: Store,
    digest: Digest,
    settings: MailSettings,
    edition: OpenDeliveries,
    workers: WorkerPool,
    report: ReportBuilder,
    options: SendOptions,
) -> None:
    """Send the due messages of one edition."""
    if settings.unknown == "hold" and edition.unknown:
        with store.write() as connection:
            for held in deliveries.hold(
                connection,
                edition.edition_id,
                edition.channel,
                holder=options.sender.holder,
                now=options.now,
            ):
                report.add(DeliveryState.UNKNOWN, held.recipient, held.error)
    try:
        template = mail_template(config, store, digest, edition, settings)
    except RenderError as error:
        pause_edition(store, edition, report, options.sender, str(error), options.now)
        return
    BulkMail(store, template, _named(settings), workers, report, options).send_all()
