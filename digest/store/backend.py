"""The interface between a `Store` and its database; `sqlite` and `postgresql` implement it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """A fault of the server or the files, and what to do about it."""

    what: str
    advice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageSize:
    """How large a database is, as it or its server says."""

    server: str
    """What keeps it, with the version: "SQLite 3.40.1"."""
    size: int
    """Its size in bytes, with its indexes and what was deleted."""
    tables: Mapping[str, int]
    """Table -> its size in bytes, with its indexes; empty where the database does not say."""
    rows: Mapping[str, int]
    """Table -> about how many rows a large table has; empty where counting is the only way."""


class Backend(Protocol):
    """An open database of one kind."""

    name: str
    """How messages call the database; it never holds a password."""
    engine: Engine
    """Its connections' transactions see the database as it was when they began."""

    is_shared: bool
    """Whether processes of several machines may use the database."""

    def read(self) -> AbstractContextManager[Connection]:
        """Yield a connection in a transaction that sees one moment."""

    def write(self, *, alone: bool) -> AbstractContextManager[Connection]:
        """Yield a connection in a transaction.

        With `alone` it overlaps with no other writer's that is alone, and is on the connection of a
        lock that the thread holds.
        """

    def lock(self, name: str) -> AbstractContextManager[None]:
        """Hold the lock `name`; raise BusyError where another run holds it."""

    def shared_lock(self, name: str) -> AbstractContextManager[None]:
        """Hold the lock `name` beside others that share it; raise BusyError where it is held."""

    def shared_file(self, name: str) -> Path | None:
        """Return a file that all runs on this database share; None where there is no folder."""

    def address(self) -> tuple[str, Mapping[str, Any]]:
        """Return the address of the server and the parameters of a connection.

        Raises StoreError for a database without a server.
        """

    def flaws(self, most: int) -> list[str]:
        """Return at most `most` flaws of the stored data, each as a clause."""

    def complaints(self, now: datetime) -> list[Complaint]:
        """Return what is wrong with the server or the files, apart from the stored data."""

    def upgrading(self) -> AbstractContextManager[Connection]:
        """Yield a connection, in one transaction, on which revisions may rebuild tables."""

    def compact(self) -> None:
        """Rewrite the tables, so that no erased data is left in them."""

    def stop_writers(self, connection: Connection) -> None:
        """Wait for the end of every transaction that writes, and hold off new ones.

        They go on when the transaction of `connection`, which is a writer's, has ended.
        """

    def load(self, connection: Connection, table: Table, rows: Sequence[Sequence[object]]) -> None:
        """Add many rows, whose values are in the order of the columns, in the fastest way.

        Raises StoreError where the database refuses one of them.
        """

    def finish_load(self, connection: Connection) -> None:
        """Let the ids of new rows begin after those of loaded rows."""

    def storage(self, connection: Connection) -> StorageSize:
        """Return how large the database is."""
