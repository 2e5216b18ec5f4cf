"""The interface between a `Store` and its database; `sqlite` and `postgresql` implement it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """A fault of the server or the files, and what to do about it."""

    what: str
    advice: str


class Backend(Protocol):
    """An open database of one kind."""

    name: str
    """How messages call the database; it never holds a password."""
    engine: Engine
    """Its connections' transactions see the database as it was when they began."""

    def write(self) -> AbstractContextManager[Connection]:
        """Yield a connection in a transaction that overlaps with no other writer's."""

    def lock(self, name: str) -> AbstractContextManager[None]:
        """Hold the lock `name`; raise BusyError where another run holds it."""

    def shared_file(self, name: str) -> Path | None:
        """Return a file that all runs on this database share; None where there is no folder."""

    def flaws(self, most: int) -> list[str]:
        """Return at most `most` flaws of the stored data, each as a clause."""

    def complaints(self, now: datetime) -> list[Complaint]:
        """Return what is wrong with the server or the files, apart from the stored data."""

    def upgrading(self) -> AbstractContextManager[Connection]:
        """Yield a connection, in one transaction, on which revisions may rebuild tables."""

    def compact(self) -> None:
        """Rewrite the tables, so that no erased data is left in them."""
