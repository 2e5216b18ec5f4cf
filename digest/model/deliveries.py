"""Deliveries: one edition on its way to one recipient over one channel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LINK = "\ufdd0"
"""The placeholder in a letter for each recipient's own unsubscribe address.

It is a noncharacter, which no cleaned text of an edition holds."""

GREETING = "\ufdd1"
"""The placeholder in a letter for the greeting of a recipient who has a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterPicture:
    """A picture that is attached to a letter and shown in its HTML part."""

    cid: str
    """The Content-ID by which the HTML part refers to it, after ``cid:`` (RFC 2392)."""
    filename: str
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """An edition as mail, without the parts that differ between recipients.

    Frozen with the first attempt to send it, so that an upgrade changes nothing halfway.
    """

    subject: str
    text: str
    """The complete plain-text part; lines end with LF."""
    html: str
    date: datetime
    list_id: str
    """The List-Id (RFC 2919) without its brackets: ``daily.news.example.org``."""
    title: str
    """The digest's title."""
    language: str
    pictures: tuple[LetterPicture, ...] = ()
    greeting: str = ""
    """The greeting of a recipient who has a name, with ``{name}`` in it; "" for no greeting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One message to one recipient, ready to be sent: ASCII, lines end with CRLF."""

    sender: str
    """The address that bounces go to."""
    recipient: str
    message_id: str
    message: bytes


class DeliveryState(StrEnum):
    """The state of one delivery."""

    PENDING = "pending"
    SENDING = "sending"
    """Claimed before the first byte is sent.  If a later run finds it, the first one died."""
    SENT = "sent"
    DEFERRED = "deferred"
    """Refused temporarily; tried again at `next_attempt_at`."""
    FAILED = "failed"
    UNKNOWN = "unknown"
    """The message was sent completely, and no answer came."""
    WITHDRAWN = "withdrawn"
    """The recipient left before the message was sent."""


LONGEST_GAP = timedelta(days=3)
"""After a longer time between two attempts, the five days of attempts begin anew: this machine was
off, or its clock was wrong for a while."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One edition on its way to one recipient over one channel."""

    id: int
    edition_id: int
    channel: str
    recipient: str = ""
    """Empty where the channel has only one."""
    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    error: str | None = None
    receipt: str | None = None
    updated_at: datetime | None = None
    attempted_at: datetime | None = None
    """The first attempt since the last gap of more than `LONGEST_GAP`.  A deferred delivery fails
    five days after it."""
    next_attempt_at: datetime | None = None
    message_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The proof that a channel took an edition: a path, or the server's reply."""

    detail: str
