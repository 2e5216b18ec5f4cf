"""Subscribers: the people who get a digest by mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SubscriberState(StrEnum):
    """Whether a subscriber gets the digest, and why not."""

    REQUESTED = "requested"
    """The subscriber has signed up and not confirmed yet."""
    ACTIVE = "active"
    SUSPENDED = "suspended"
    """Mail to the subscriber bounced."""
    UNSUBSCRIBED = "unsubscribed"
    """The subscriber has left; nobody else can subscribe them again."""
    REMOVED = "removed"
    """The operator has removed the subscriber."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A present or former subscriber of one digest."""

    id: int
    digest: str
    address: str
    state: SubscriberState
    origin: str
    """``operator``, ``import``, ``web``, or ``config`` for those named in a channel's `to`."""
    created_at: datetime
    changed_at: datetime
    """When the state last changed."""
    requested_at: datetime | None = None
    bounces: int = 0
    """The number of hard bounces since the last known success."""
    name: str | None = None
    """The name by which mails address the subscriber."""
    weekly_after: int | None = None
    """The number of the last edition that the subscriber got before the next weekly mail.

    ``None``: the subscriber gets each edition.
    """
