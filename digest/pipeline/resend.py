"""Deliver again what an edition has not delivered: the command, the page and the API do the same.

The deliveries become pending; the next run of `deliver` sends them, with the same bytes where the
recipient may have got them before.
"""

from __future__ import annotations

from datetime import datetime

from digest.model import Delivery, DeliveryState
from digest.store import Store, deliveries, delivery_lists


def states_to_repeat(
    *, failed: bool = False, unknown: bool = False, everything: bool = False, one: bool = False
) -> frozenset[DeliveryState]:
    """Return the states of the deliveries to repeat.

    People who left get nothing, unless the delivery to `one` recipient is meant, who may have come
    back.
    """
    chosen = (DeliveryState.FAILED, failed), (DeliveryState.UNKNOWN, unknown)
    if failed or unknown:
        return frozenset(state for state, wanted in chosen if wanted)
    spared = {DeliveryState.SENT: not everything, DeliveryState.WITHDRAWN: not one}
    return frozenset(state for state in DeliveryState if not spared.get(state, False))


def requeue(
    store: Store,
    edition_id: int,
    states: frozenset[DeliveryState],
    *,
    recipient: str | None = None,
    now: datetime,
) -> int:
    """Make an edition's deliveries in these states, or those to one recipient, pending."""
    with store.write() as connection:
        return deliveries.requeue(connection, edition_id, states, recipient=recipient, now=now)


def requeue_delivery(store: Store, delivery_id: int, *, now: datetime) -> Delivery | None:
    """Make one delivery pending, whatever came of it, unless it is just being sent.

    Returns it as it is now; ``None`` where there is none of this id.
    """
    with store.write() as connection:
        deliveries.requeue_by_id(connection, delivery_id, now=now)
        return delivery_lists.by_id(connection, delivery_id)
