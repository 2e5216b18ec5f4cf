"""Deliver a whole edition over a channel of editions: files, a webhook, a chat.

A delivery interrupted by a crash is repeated; these channels are idempotent.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from digest.errors import BusyError, DeliveryError, RenderError, StoreError
from digest.model import Delivery, DeliveryState, Digest, Receipt
from digest.pipeline.delivery.bulk import PAUSE, tried
from digest.pipeline.delivery.report import DeliveryReport, ReportBuilder
from digest.pipeline.delivery.retry import decide
from digest.pipeline.delivery.sender import Sender
from digest.pipeline.delivery.unforeseen import UnforeseenError, unforeseen
from digest.pipeline.output import edition_package
from digest.settings import Config
from digest.store import deliveries, editions
from digest.store.open_deliveries import OpenDeliveries

if TYPE_CHECKING:
    from digest.deliver import EditionChannel, EditionPackage
    from digest.store import Store

_MOST_PLACES = 1000


def deliver_edition(
    config: Config,
    store: Store,
    digest: Digest,
    edition: OpenDeliveries,
    sender: Sender,
    now: datetime,
) -> DeliveryReport:
    """Deliver an edition over a channel of editions, to each recipient that is due."""
    report = ReportBuilder(digest=digest.name, slot=edition.slot, channel=edition.channel)
    with defects_recorded(store, edition, report, sender, now):
        try:
            _deliver(config, store, digest, edition, sender, report, now)
        except RenderError as error:
            pause_edition(store, edition, report, sender, str(error), now)
    return report_of(store, edition, report)


def _deliver(
    config: Config,
    store: Store,
    digest: Digest,
    due: OpenDeliveries,
    sender: Sender,
    report: ReportBuilder,
    now: datetime,
) -> None:
    from digest import deliver as channels

    channel = channels.load(due.channel)
    assert not isinstance(channel, channels.MailChannel)
    settings = digest.channels[due.channel]
    places = channels.recipients(channel, settings)
    with store.read() as connection:
        edition = editions.by_id(connection, due.edition_id)
        page = deliveries.due(
            connection,
            due.edition_id,
            due.channel,
            holder=sender.holder,
            now=now,
            after=0,
            most=_MOST_PLACES,
        )
    package = edition_package(config, store, digest, edition, channel.formats(settings), now)
    for delivery in (row.delivery for row in page):
        if delivery.recipient not in places:
            with store.write() as connection:
                deliveries.withdraw(connection, delivery.id, now=now)
            report.add(DeliveryState.WITHDRAWN, delivery.recipient, None)
        elif not report.is_channel_down:
            _attempt(store, channel, settings, package, delivery, sender, report, now)


def _attempt(
    store: Store,
    channel: EditionChannel,
    settings: object,
    package: EditionPackage,
    delivery: Delivery,
    sender: Sender,
    report: ReportBuilder,
    now: datetime,
) -> None:
    """Deliver an edition to one recipient, and record the outcome."""
    with store.write() as connection:
        sender.renew(connection)
        if not deliveries.begin(connection, delivery.id, holder=sender.holder, now=now):
            return
    outcome: Receipt | DeliveryError
    try:
        outcome = channel.deliver(replace(package, recipient=delivery.recipient), settings)
    except DeliveryError as error:
        outcome = error
    except Exception as error:  # a channel may be a plugin: no channel stops another
        outcome = unforeseen(error, channel=delivery.channel, recipient=delivery.recipient)
    report.has_fault |= isinstance(outcome, UnforeseenError)
    if isinstance(outcome, DeliveryError) and outcome.channel_down:
        _pause_channel(store, delivery, report, outcome, now)
        return
    decision = decide(outcome, tried(delivery, now), now=now)
    with store.write() as connection:
        deliveries.mark(
            connection,
            delivery.id,
            decision.state,
            error=decision.error,
            receipt=decision.receipt,
            next_attempt_at=decision.next_attempt_at,
            now=now,
        )
    report.add(decision.state, delivery.recipient, decision.error)
    report.detail = decision.receipt or report.detail


def _pause_channel(
    store: Store, delivery: Delivery, report: ReportBuilder, error: DeliveryError, now: datetime
) -> None:
    """Leave a channel alone for a while; its deliveries stay due and record why."""
    until = now + (error.retry_after or PAUSE)
    with store.write() as connection:
        deliveries.give_back(connection, delivery, error=str(error), rest_until=until, now=now)
    report.trouble = str(error)
    report.is_channel_down = True


def pause_edition(
    store: Store,
    edition: OpenDeliveries,
    report: ReportBuilder,
    sender: Sender,
    error: str,
    now: datetime,
) -> None:
    """Put off an edition that cannot be rendered; its deliveries stay due, and one records why."""
    with store.write() as connection:
        page = deliveries.due(
            connection,
            edition.edition_id,
            edition.channel,
            holder=sender.holder,
            now=now,
            after=0,
            most=1,
        )
        for row in page:
            deliveries.give_back(
                connection, row.delivery, error=error, rest_until=now + PAUSE, now=now
            )
    report.trouble = error


@contextmanager
def defects_recorded(
    store: Store, edition: OpenDeliveries, report: ReportBuilder, sender: Sender, now: datetime
) -> Iterator[None]:
    """Record an unexpected exception on the edition that raised it, and go on."""
    try:
        yield
    except (StoreError, BusyError):
        raise
    except Exception as error:  # no edition stops another
        report.has_fault = True
        defect = unforeseen(error, channel=edition.channel)
        pause_edition(store, edition, report, sender, str(defect), now)


def report_of(store: Store, edition: OpenDeliveries, report: ReportBuilder) -> DeliveryReport:
    reached = report.counts[DeliveryState.SENT] > 0
    if not reached:
        with store.read() as connection:
            reached = deliveries.reached(connection, edition.edition_id, edition.channel)
    return report.build(reached=reached)
