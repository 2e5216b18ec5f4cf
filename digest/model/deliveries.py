"""Deliveries: one edition on its way to one recipient over one channel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LINK = "\ufdd0"
"""Stands in a letter where each recipient's own address for leaving belongs.

A noncharacter, which no cleaned text of an edition holds."""

GREETING = "\ufdd1"
"""Stands in a letter where a recipient who has a name is greeted by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterPicture:
    """A picture that comes with a letter and stands in its page."""

    cid: str
    """What the page calls it by: ``cid:`` and this (RFC 2392)."""
    filename: str
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """An edition as mail, but for what differs from recipient to recipient.

    Frozen with the first attempt to send it, so that an upgrade changes nothing halfway.
    """

    subject: str
    text: str
    """The plain part, whole; lines end with one LF here."""
    html: str
    date: datetime
    list_id: str
    """As in RFC 2919, without its brackets: ``daily.news.example.org``."""
    title: str
    """The digest's, for people."""
    language: str
    pictures: tuple[LetterPicture, ...] = ()
    greeting: str = ""
    """What is said to a recipient with a name, with ``{name}`` for that; "" greets nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One message to one recipient, ready for the wire: CRLF, ASCII."""

    sender: str
    """Where bounces go; the address alone."""
    recipient: str
    message_id: str
    message: bytes


class DeliveryState(StrEnum):
    """How far one delivery has come."""

    PENDING = "pending"
    SENDING = "sending"
    """Claimed before the first byte: found by a later run, it is of one that died."""
    SENT = "sent"
    DEFERRED = "deferred"
    """Refused for now; tried again at `next_attempt_at`."""
    FAILED = "failed"
    UNKNOWN = "unknown"
    """All was sent and no answer came."""
    WITHDRAWN = "withdrawn"
    """Its recipient left before it was sent."""


LONGEST_GAP = timedelta(days=3)
"""After a longer time between two attempts, the five days of tries begin anew: this machine was
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
    """The first of the attempts that no gap of `LONGEST_GAP` parts: what is deferred is given up
    five days after it."""
    next_attempt_at: datetime | None = None
    message_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The proof that a channel took an edition: a path, or the server's reply."""

    detail: str
