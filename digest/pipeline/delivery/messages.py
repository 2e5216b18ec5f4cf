"""Prepare the messages of an edition that are due, a page of recipients at a time.

A message that was tried before is sent with the same bytes; the others are made from the edition's
letter.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from digest.errors import DeliveryError
from digest.model import Delivery, Envelope
from digest.net import mail_addresses
from digest.pipeline.delivery.leaving import NO_WAY
from digest.pipeline.delivery.unforeseen import unforeseen
from digest.store import deliveries
from digest.store.deliveries import ClaimRecipient

if TYPE_CHECKING:
    from digest.pipeline.delivery.letters import MailTemplate
    from digest.store import Store
    from digest.store.deliveries import DueDelivery

_PAGE = 50
_LEVEL = 1
"""The level of compression: a message is stored only until it is delivered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedMessage:
    """A delivery to be tried, with its recipient and its message.

    Where there is no message, `flaw` says why.
    """

    delivery: Delivery
    recipient: ClaimRecipient | None
    """``None`` where no subscriber has this address any more."""
    envelope: Envelope | None = None
    compressed: bytes = b""
    flaw: DeliveryError | None = None


def prepared_messages(
    store: Store, template: MailTemplate, named: frozenset[str], holder: str, now: datetime
) -> Iterator[PreparedMessage]:
    """Yield the due messages in the parts of `holder`, in the order of their deliveries.

    `named` holds the keys of `to`.
    """
    edition, after = template.edition, 0
    while True:
        with store.read() as connection:
            page = deliveries.due(
                connection,
                edition.edition_id,
                edition.channel,
                holder=holder,
                now=now,
                after=after,
                most=_PAGE,
            )
            keys = [_key(due.delivery.recipient) for due in page]
            numbers = deliveries.numbers(connection, edition.digest, filter(None, keys))
            names = deliveries.names(connection, edition.digest, filter(None, keys))
        if not page:
            return
        for due, key in zip(page, keys, strict=True):
            if key is None or (number := numbers.get(key)) is None:
                yield PreparedMessage(delivery=due.delivery, recipient=None)
                continue
            recipient = ClaimRecipient(
                digest=edition.digest,
                key=key,
                number=number,
                as_subscriber=template.settings.subscribers,
                as_named=key in named,
            )
            try:
                if recipient.as_named or template.can_leave:
                    message = _prepared(template, due, recipient, names.get(key))
                else:
                    message = PreparedMessage(
                        delivery=due.delivery,
                        recipient=recipient,
                        flaw=DeliveryError(NO_WAY, channel=edition.channel),
                    )
            except Exception as error:  # no recipient's message keeps back those of others
                address = due.delivery.recipient
                flaw = unforeseen(error, channel=edition.channel, recipient=address)
                message = PreparedMessage(delivery=due.delivery, recipient=recipient, flaw=flaw)
            yield message
        after = page[-1].delivery.id


def _prepared(
    template: MailTemplate, due: DueDelivery, recipient: ClaimRecipient, name: str | None
) -> PreparedMessage:
    delivery = due.delivery
    if due.message is not None and delivery.message_id is not None:
        envelope = Envelope(
            sender=template.sender(recipient.number),
            recipient=delivery.recipient,
            message_id=delivery.message_id,
            message=zlib.decompress(due.message),
        )
        return PreparedMessage(
            delivery=delivery, recipient=recipient, envelope=envelope, compressed=due.message
        )
    try:
        envelope = template.envelope(delivery.recipient, recipient.key, recipient.number, name)
    except ValueError as error:
        flaw = DeliveryError(
            f"the message for {delivery.recipient} cannot be written: {error}",
            channel=delivery.channel,
            recipient=delivery.recipient,
            temporary=False,
        )
        return PreparedMessage(delivery=delivery, recipient=recipient, flaw=flaw)
    compressed = zlib.compress(envelope.message, _LEVEL)
    return PreparedMessage(
        delivery=delivery, recipient=recipient, envelope=envelope, compressed=compressed
    )


def _key(address: str) -> str | None:
    """Return the key of an address; ``None`` for the placeholder of a forgotten address."""
    try:
        return mail_addresses.key(address)
    except ValueError:
        return None
