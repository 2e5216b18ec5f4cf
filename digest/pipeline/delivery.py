"""The end of the second line: a frozen edition is rendered and handed to its channels.

Each delivery is a row of its own, written when the edition was frozen: what fails stays pending
and is tried again by the next run.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from digest.config import Config
from digest.errors import DeliveryError, RenderError
from digest.model import Delivery, Digest, Edition
from digest.pipeline.output import parcel
from digest.store import deliveries, editions

if TYPE_CHECKING:
    from digest.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A delivery that was tried: what it left, or why it failed."""

    digest: str
    slot: str
    channel: str
    done: bool
    detail: str


def deliver(config: Config, store: Store, now: datetime) -> tuple[Sent, ...]:
    """Deliver what is pending, each delivery on its own.

    What belongs to a digest or a channel that is no longer configured goes on waiting.
    """
    with store.read() as connection:
        waiting = deliveries.pending(connection)
    digests = {digest.name: digest for digest in config.digests}
    sent = []
    for delivery in waiting:
        with store.read() as connection:
            edition = editions.by_id(connection, delivery.edition_id)
        digest = digests.get(edition.digest)
        if digest and delivery.channel in digest.channels:
            sent.append(_deliver(config, store, digest, edition, delivery, now))
    return tuple(sent)


def _deliver(
    config: Config,
    store: Store,
    digest: Digest,
    edition: Edition,
    delivery: Delivery,
    now: datetime,
) -> Sent:
    from digest import deliver as channels

    channel = channels.load(delivery.channel)
    assert not isinstance(channel, channels.Carrier)
    settings = digest.channels[delivery.channel]
    try:
        carried = parcel(config, store, digest, edition, channel.formats(settings))
        detail, done = channel.deliver(carried, settings).detail, True
    except (DeliveryError, RenderError) as error:
        detail, done = str(error), False
    with store.write() as connection:
        if done:
            deliveries.mark(connection, delivery.id, "sent", receipt=detail, now=now)
        else:
            deliveries.mark(connection, delivery.id, "pending", error=detail, now=now)
    return Sent(
        digest=digest.name, slot=edition.slot, channel=delivery.channel, done=done, detail=detail
    )
