"""Subscribers: who gets a digest by mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SubscriberState(StrEnum):
    """Whether somebody gets a digest."""

    REQUESTED = "requested"
    """Signed up, and has not confirmed."""
    ACTIVE = "active"
    SUSPENDED = "suspended"
    """Mail to them came back."""
    UNSUBSCRIBED = "unsubscribed"
    """Left; only they themselves can come back."""
    REMOVED = "removed"
    """Taken off the list by the operator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """Somebody who gets, or got, one digest."""

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
    """Hard bounces since the last success we know of."""
    name: str | None = None
    """What they are called in their mails."""
    weekly_after: int | None = None
    """The number of the last edition that they had before their next weekly mail.

    ``None``: they get each edition.
    """
