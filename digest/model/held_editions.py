"""Held editions: composed and frozen, and waiting for the editor's decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from digest.model.editions import Edition
from digest.model.stories import Decision, Redirect, Retelling


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionContent:
    """An edition, and everything that the store records when it is published."""

    edition: Edition
    decisions: tuple[Decision, ...]
    retold: tuple[Retelling, ...] = ()
    joined: tuple[Redirect, ...] = ()
    entries: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """`Story.key` -> the ids of the entries that tell the story, its lead first."""


class HeldState(StrEnum):
    """The state of a held edition."""

    WAITING = "waiting"
    APPROVED = "approved"
    SKIPPED = "skipped"
    """The edition was not sent; a later edition tells its stories."""
    REJECTED = "rejected"
    """The edition was not sent, and its stories are never told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldEdition:
    """An edition that waits, or waited, for the editor."""

    id: int
    digest: str
    slot: str
    slot_at: datetime
    held_at: datetime
    state: HeldState
    revision: int
    """The number of times that the edition was edited."""
    stories: int
    decided_at: datetime | None = None
    decided_by: str | None = None
    """Who decided: "command", "link", "time", or "configuration"."""
    mailed_at: datetime | None = None
    """When the mail to the editor was sent."""
    mail_next_at: datetime | None = None
    """When the mail is tried again; ``None`` before the first attempt."""
    mail_attempts: int = 0
    mail_error: str | None = None
