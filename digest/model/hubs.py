"""WebSub: the hub of a feed, and the documents that it sends (W3C Recommendation, 2018)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class HubState(StrEnum):
    """The state of a subscription at a hub."""

    OFFERED = "offered"
    """The feed names a hub that was not asked yet."""
    REQUESTED = "requested"
    ACTIVE = "active"
    """The hub has verified the subscription."""
    DENIED = "denied"
    ENDING = "ending"
    """The hub was asked to end the subscription, and has not verified that yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSubscription:
    """The hub of one feed, and the subscription there."""

    feed_id: int
    hub: str | None = None
    """The hub that the feed names now; ``None`` if it names none."""
    topic: str | None = None
    """The address by which the feed names itself to that hub."""
    state: HubState = HubState.OFFERED
    subscribed_hub: str | None = None
    subscribed_topic: str | None = None
    """The hub that was asked for the subscription, and the topic that was asked for."""
    token: str | None = field(default=None, repr=False)
    """The last part of the callback's address, which only the hub knows."""
    secret: str | None = field(default=None, repr=False)
    """The secret that the hub signs with; ``None`` if it would have to be sent unencrypted."""
    old_secret: str | None = field(default=None, repr=False)
    """The secret before the last renewal, which the hub may still use."""
    asked_at: datetime | None = None
    lease_until: datetime | None = None
    renew_at: datetime | None = None
    next_try_at: datetime | None = None
    """A hub that failed is not asked before this time."""
    failures: int = 0
    error: str | None = None
    pinged_at: datetime | None = None
    pings: int = 0
    refused: int = 0
    """The number of pings without a valid signature."""
    proven: int = 0
    """How many times in a row the hub has sent or announced new entries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping:
    """A feed document that a hub has sent, or the announcement of a new one."""

    id: int
    feed_id: int
    received_at: datetime
    media_type: str | None = None
    body: bytes | None = None
    """The document; ``None`` if the feed must be fetched."""
