"""An edition handed to a channel that takes it as a whole: files, a webhook, a chat.

What was begun by a run that died is done again: such a channel bears a repetition.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from digest.errors import DeliveryError, RenderError
from digest.model import Delivery, DeliveryState, Digest, Receipt
from digest.pipeline.delivery.bulk import PAUSE, tried
from digest.pipeline.delivery.report import DeliveryReport, ReportBuilder
from digest.pipeline.delivery.retry import decide
from digest.pipeline.output import parcel
from digest.settings import Config
from digest.store import deliveries, editions
from digest.store.deliveries import OpenDeliveries

if TYPE_CHECKING:
    from digest.deliver import EditionChannel, EditionPackage
    from digest.store import Store

_MOST_PLACES = 1000


def deliver_edition(
    config: Config, store: Store, digest: Digest, one: OpenDeliveries, now: datetime
) -> DeliveryReport:
    """Deliver an edition over a channel that takes it as a whole, to each place that is due."""
    from digest import deliver as channels

    tally = ReportBuilder(digest=digest.name, slot=one.slot, channel=one.channel)
    channel = channels.load(one.channel)
    assert not isinstance(channel, channels.MailChannel)
    settings = digest.channels[one.channel]
    places = channels.recipients(channel, settings)
    with store.read() as connection:
        edition = editions.by_id(connection, one.edition_id)
        page = deliveries.due(
            connection, one.edition_id, one.channel, now=now, after=0, most=_MOST_PLACES
        )
    try:
        carried = parcel(config, store, digest, edition, channel.formats(settings), now)
    except RenderError as error:
        for due in page[:1]:
            pause_channel(store, due.delivery, tally, str(error), now)
        return tally.sent(reached=False)
    for delivery in (due.delivery for due in page):
        if delivery.recipient not in places:
            with store.write() as connection:
                deliveries.withdraw(connection, delivery.id, now=now)
            tally.add(DeliveryState.WITHDRAWN, delivery.recipient, None)
        elif tally.trouble is None:
            _attempt(store, channel, settings, carried, delivery, tally, now)
    return report_of(store, one, tally)


def _attempt(
    store: Store,
    channel: EditionChannel,
    settings: object,
    carried: EditionPackage,
    delivery: Delivery,
    tally: ReportBuilder,
    now: datetime,
) -> None:
    """Take an edition to one place."""
    with store.write() as connection:
        if not deliveries.begin(connection, delivery.id, now=now):
            return
    outcome: Receipt | DeliveryError
    try:
        outcome = channel.deliver(replace(carried, recipient=delivery.recipient), settings)
    except DeliveryError as error:
        outcome = error
    if isinstance(outcome, DeliveryError) and outcome.channel_down:
        pause_channel(store, delivery, tally, str(outcome), now)
        return
    after = decide(outcome, tried(delivery, now), now=now)
    with store.write() as connection:
        deliveries.mark(
            connection,
            delivery.id,
            after.state,
            error=after.error,
            receipt=after.receipt,
            next_attempt_at=after.next_attempt_at,
            now=now,
        )
    tally.add(after.state, delivery.recipient, after.error)
    tally.detail = after.receipt or tally.detail


def pause_channel(
    store: Store, delivery: Delivery, tally: ReportBuilder, error: str, now: datetime
) -> None:
    """Note why nothing can be delivered over a channel now; what is due stays so."""
    with store.write() as connection:
        deliveries.give_back(connection, delivery, error=error, rest_until=now + PAUSE, now=now)
    tally.trouble = error


def report_of(store: Store, one: OpenDeliveries, tally: ReportBuilder) -> DeliveryReport:
    reached = tally.counts[DeliveryState.SENT] > 0
    if not reached:
        with store.read() as connection:
            reached = deliveries.reached(connection, one.edition_id, one.channel)
    return tally.sent(reached=reached)
