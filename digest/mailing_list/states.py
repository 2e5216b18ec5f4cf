"""The state of a subscriber after each event, as one table.

The rule that must hold: a subscriber who has left comes back only by their own action, or where the
operator says that they asked for it.  No import and no line of the configuration brings them back.
"""

from __future__ import annotations

from enum import StrEnum

from digest.model import SubscriberState

_NONE = None
_ASKED = SubscriberState.REQUESTED
_ACTIVE = SubscriberState.ACTIVE
_HELD = SubscriberState.SUSPENDED
_LEFT = SubscriberState.UNSUBSCRIBED
_OFF = SubscriberState.REMOVED


class SubscriberEvent(StrEnum):
    """The events of a subscriber, by their names in the log of events."""

    ADDED = "added"
    """The operator added the address."""
    ADDED_AGAIN = "added again"
    """The operator added the address, and says that the person asked for it."""
    IMPORTED = "imported"
    NAMED = "named"
    """The configuration names the address."""
    REQUESTED = "requested"
    """The address was signed up, perhaps by another person than its owner."""
    CONFIRMED = "confirmed"
    """The person followed the link that was mailed to the address."""
    LEFT = "left"
    COMPLAINED = "complained"
    """The subscriber reported a mail as spam to their provider."""
    REMOVED = "removed"
    """The operator removed the subscriber, or the configuration no longer names them."""
    SUSPENDED = "suspended"
    """Mail to the subscriber bounced for good."""
    FORGOTTEN = "forgotten"
    """The address was erased at the subscriber's wish."""
    BOUNCED = "bounced"
    """One mail bounced for good; `SUSPENDED` is an event of its own."""
    DELAYED = "delayed"
    """One mail could not be delivered for now, or for days."""
    REFUSED = "refused"
    """One mail was returned because of its content or its sender."""
    UNSENT = "unsent"
    """The confirmation mail could not be sent."""


_TABLE = {
    # state before: none, requested, active, suspended, unsubscribed, removed
    SubscriberEvent.ADDED: (_ACTIVE, _ACTIVE, _ACTIVE, _HELD, _LEFT, _ACTIVE),
    SubscriberEvent.ADDED_AGAIN: (_ACTIVE, _ACTIVE, _ACTIVE, _ACTIVE, _ACTIVE, _ACTIVE),
    SubscriberEvent.IMPORTED: (_ACTIVE, _ACTIVE, _ACTIVE, _HELD, _LEFT, _OFF),
    SubscriberEvent.NAMED: (_ACTIVE, _ACTIVE, _ACTIVE, _HELD, _LEFT, _ACTIVE),
    SubscriberEvent.REQUESTED: (_ASKED, _ASKED, _ACTIVE, _HELD, _LEFT, _OFF),
    SubscriberEvent.CONFIRMED: (_NONE, _ACTIVE, _ACTIVE, _ACTIVE, _ACTIVE, _ACTIVE),
    SubscriberEvent.LEFT: (_NONE, _LEFT, _LEFT, _LEFT, _LEFT, _LEFT),
    SubscriberEvent.COMPLAINED: (_NONE, _LEFT, _LEFT, _LEFT, _LEFT, _LEFT),
    SubscriberEvent.REMOVED: (_NONE, _OFF, _OFF, _OFF, _LEFT, _OFF),
    # A subscriber who has not confirmed is not on the list, and the request is dropped later.
    SubscriberEvent.SUSPENDED: (_NONE, _ASKED, _HELD, _HELD, _LEFT, _OFF),
    SubscriberEvent.FORGOTTEN: (_NONE, _LEFT, _LEFT, _LEFT, _LEFT, _LEFT),
    SubscriberEvent.BOUNCED: (_NONE, _ASKED, _ACTIVE, _HELD, _LEFT, _OFF),
    SubscriberEvent.DELAYED: (_NONE, _ASKED, _ACTIVE, _HELD, _LEFT, _OFF),
    SubscriberEvent.REFUSED: (_NONE, _ASKED, _ACTIVE, _HELD, _LEFT, _OFF),
    SubscriberEvent.UNSENT: (_NONE, _ASKED, _ACTIVE, _HELD, _LEFT, _OFF),
}
_COLUMNS = (_NONE, _ASKED, _ACTIVE, _HELD, _LEFT, _OFF)


def after(state: SubscriberState | None, event: SubscriberEvent) -> SubscriberState | None:
    """Return the state that `event` leads to; ``None`` stands for an unknown address.

    >>> after(SubscriberState.UNSUBSCRIBED, SubscriberEvent.IMPORTED).value
    'unsubscribed'
    """
    return _TABLE[event][_COLUMNS.index(state)]
