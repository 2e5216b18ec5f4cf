"""What is due of an edition in, messages ready to be claimed out, a page of recipients at a time.

A message that was tried before is sent as it was; the others are made from the edition's letter.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from digest.model import Delivery, Envelope
from digest.net import mail_addresses
from digest.store import deliveries
from digest.store.deliveries import ClaimRecipient

if TYPE_CHECKING:
    from digest.pipeline.delivery.letters import MailTemplate
    from digest.store import Store
    from digest.store.deliveries import DueDelivery

_PAGE = 50
_LEVEL = 1
"""Of compression: what is kept for the time of an attempt need not be small."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedMessage:
    """A delivery to be tried, to whom, and its message: without one, `flaw` says why."""

    delivery: Delivery
    recipient: ClaimRecipient | None
    """``None``: nobody on the list has this address any more."""
    envelope: Envelope | None = None
    compressed: bytes = b""
    flaw: str | None = None


def prepared_messages(
    store: Store, stationery: MailTemplate, named: frozenset[str], now: datetime
) -> Iterator[PreparedMessage]:
    """Yield what is due, in the order it was enlisted; `named` are the keys of a channel's `to`."""
    edition, after = stationery.edition, 0
    while True:
        with store.read() as connection:
            page = deliveries.due(
                connection,
                edition.edition_id,
                edition.channel,
                now=now,
                after=after,
                most=_PAGE,
            )
            keys = [_key(one.delivery.recipient) for one in page]
            numbers = deliveries.numbers(connection, edition.digest, filter(None, keys))
        if not page:
            return
        for one, key in zip(page, keys, strict=True):
            if key is None or (number := numbers.get(key)) is None:
                yield PreparedMessage(delivery=one.delivery, recipient=None)
                continue
            recipient = ClaimRecipient(
                digest=edition.digest,
                key=key,
                number=number,
                as_subscriber=stationery.settings.subscribers,
                as_named=key in named,
            )
            yield _draft(stationery, one, recipient)
        after = page[-1].delivery.id


def _draft(
    stationery: MailTemplate, due: DueDelivery, recipient: ClaimRecipient
) -> PreparedMessage:
    delivery = due.delivery
    if due.message is not None and delivery.message_id is not None:
        envelope = Envelope(
            sender=stationery.sender(recipient.number),
            recipient=delivery.recipient,
            message_id=delivery.message_id,
            message=zlib.decompress(due.message),
        )
        return PreparedMessage(
            delivery=delivery, recipient=recipient, envelope=envelope, compressed=due.message
        )
    try:
        envelope = stationery.envelope(delivery.recipient, recipient.key, recipient.number)
    except ValueError as error:
        flaw = f"the message for {delivery.recipient} cannot be written: {error}"
        return PreparedMessage(delivery=delivery, recipient=recipient, flaw=flaw)
    compressed = zlib.compress(envelope.message, _LEVEL)
    return PreparedMessage(
        delivery=delivery, recipient=recipient, envelope=envelope, compressed=compressed
    )


def _key(address: str) -> str | None:
    """Return the key of an address; ``None`` for what stands where one was forgotten."""
    try:
        return mail_addresses.key(address)
    except ValueError:
        return None
