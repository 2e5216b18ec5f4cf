"""What a `Store` asks of a database; `sqlite` and `postgresql` are the two that can do it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What is wrong, and what to do about it."""

    what: str
    advice: str


class Backend(Protocol):
    """An open database of one kind."""

    name: str
    """How messages call the database; it never holds a password."""
    engine: Engine
    """Gives connections whose transaction sees the database as it was when it began."""

    def write(self) -> AbstractContextManager[Connection]:
        """Give a connection in a transaction of which no other writer's overlaps with this one."""

    def lock(self, name: str) -> AbstractContextManager[None]:
        """Hold the lock `name`; raise BusyError where somebody else does."""

    def shared_file(self, name: str) -> Path | None:
        """Return a file that all runs on this database share; None where there is no such place."""

    def flaws(self, most: int) -> list[str]:
        """Name at most so many things that are wrong with what is stored."""

    def complaints(self, now: datetime) -> list[Complaint]:
        """Name what is wrong with the server or its files, but not with what is stored."""

    def upgrading(self) -> AbstractContextManager[Connection]:
        """Give a connection, in one transaction, on which revisions may rebuild tables."""

    def compact(self) -> None:
        """Write the tables anew, so that nothing that was erased is left in them."""
