"""What becomes of somebody on a list when something happens: one table, and nothing else.

The rule that must hold: who has left comes back only by their own doing, or where the operator
says that they asked for it.  No import and no line of the configuration brings them back.
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
    """What can happen, as the log of events calls it."""

    ADDED = "added"
    """By the operator."""
    ADDED_AGAIN = "added again"
    """By the operator, who says that the person asked for it."""
    IMPORTED = "imported"
    NAMED = "named"
    """In the configuration."""
    REQUESTED = "requested"
    """Somebody, not known to be the person, signed the address up."""
    CONFIRMED = "confirmed"
    """The person followed the link that was mailed to the address."""
    LEFT = "left"
    COMPLAINED = "complained"
    """They told their provider that it is spam."""
    REMOVED = "removed"
    """By the operator, or no longer named in the configuration."""
    SUSPENDED = "suspended"
    """Mail to them came back for good."""
    FORGOTTEN = "forgotten"
    """Their address was erased at their wish."""
    BOUNCED = "bounced"
    """One mail came back for good; it is another event that suspends."""
    DELAYED = "delayed"
    """One mail could not be brought for now, or for days."""
    REFUSED = "refused"
    """One mail came back for what it is, or for who sent it."""
    UNSENT = "unsent"
    """The mail with the link could not be sent."""


_TABLE = {
    # before:          none,    asked,   active,  held,    left,   taken off
    SubscriberEvent.ADDED: (_ACTIVE, _ACTIVE, _ACTIVE, _HELD, _LEFT, _ACTIVE),
    SubscriberEvent.ADDED_AGAIN: (_ACTIVE, _ACTIVE, _ACTIVE, _ACTIVE, _ACTIVE, _ACTIVE),
    SubscriberEvent.IMPORTED: (_ACTIVE, _ACTIVE, _ACTIVE, _HELD, _LEFT, _OFF),
    SubscriberEvent.NAMED: (_ACTIVE, _ACTIVE, _ACTIVE, _HELD, _LEFT, _ACTIVE),
    SubscriberEvent.REQUESTED: (_ASKED, _ASKED, _ACTIVE, _HELD, _LEFT, _OFF),
    SubscriberEvent.CONFIRMED: (_NONE, _ACTIVE, _ACTIVE, _ACTIVE, _ACTIVE, _ACTIVE),
    SubscriberEvent.LEFT: (_NONE, _LEFT, _LEFT, _LEFT, _LEFT, _LEFT),
    SubscriberEvent.COMPLAINED: (_NONE, _LEFT, _LEFT, _LEFT, _LEFT, _LEFT),
    SubscriberEvent.REMOVED: (_NONE, _OFF, _OFF, _OFF, _LEFT, _OFF),
    # Whoever has not confirmed is on no list, and the request is dropped after a while.
    SubscriberEvent.SUSPENDED: (_NONE, _ASKED, _HELD, _HELD, _LEFT, _OFF),
    SubscriberEvent.FORGOTTEN: (_NONE, _LEFT, _LEFT, _LEFT, _LEFT, _LEFT),
    SubscriberEvent.BOUNCED: (_NONE, _ASKED, _ACTIVE, _HELD, _LEFT, _OFF),
    SubscriberEvent.DELAYED: (_NONE, _ASKED, _ACTIVE, _HELD, _LEFT, _OFF),
    SubscriberEvent.REFUSED: (_NONE, _ASKED, _ACTIVE, _HELD, _LEFT, _OFF),
    SubscriberEvent.UNSENT: (_NONE, _ASKED, _ACTIVE, _HELD, _LEFT, _OFF),
}
_COLUMNS = (_NONE, _ASKED, _ACTIVE, _HELD, _LEFT, _OFF)


def after(state: SubscriberState | None, event: SubscriberEvent) -> SubscriberState | None:
    """Return the state that `event` leads to; ``None`` is for somebody who is not known.

    >>> after(SubscriberState.UNSUBSCRIBED, Event.IMPORTED).value
    'unsubscribed'
    """
    return _TABLE[event][_COLUMNS.index(state)]
