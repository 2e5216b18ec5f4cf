"""WebSub: the hub of a feed, and what it has sent us (W3C Recommendation, 2018)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class HubState(StrEnum):
    """How far a subscription at a hub has come."""

    OFFERED = "offered"
    """The feed names a hub, which was not asked."""
    REQUESTED = "requested"
    ACTIVE = "active"
    """The hub has verified the subscription."""
    DENIED = "denied"
    ENDING = "ending"
    """The hub was asked to end it, and has not verified that yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSubscription:
    """What is known of the hub of one feed."""

    feed_id: int
    hub: str | None = None
    """The hub that the feed names now; ``None``: none."""
    topic: str | None = None
    """The address by which the feed names itself to that hub."""
    state: HubState = HubState.OFFERED
    subscribed_hub: str | None = None
    subscribed_topic: str | None = None
    """Where the subscription was asked for, and to what."""
    token: str | None = field(default=None, repr=False)
    """The end of the callback's address, which only the hub knows."""
    secret: str | None = field(default=None, repr=False)
    """What the hub signs with; ``None`` where it would have to be sent unencrypted."""
    old_secret: str | None = field(default=None, repr=False)
    """The secret before the last renewal: the hub may not have changed it yet."""
    asked_at: datetime | None = None
    lease_until: datetime | None = None
    renew_at: datetime | None = None
    next_try_at: datetime | None = None
    """A hub that failed is not asked before."""
    failures: int = 0
    error: str | None = None
    pinged_at: datetime | None = None
    pings: int = 0
    refused: int = 0
    """Pings that were not signed as they had to be."""
    proven: int = 0
    """How often in a row the hub has brought or announced new entries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping:
    """A feed document that a hub has sent, or the word that there is a new one."""

    id: int
    feed_id: int
    received_at: datetime
    media_type: str | None = None
    body: bytes | None = None
    """``None``: the feed is to be asked."""
