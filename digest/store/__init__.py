"""The database: all SQL of the program, in SQLAlchemy Core on SQLite or PostgreSQL.

A `Store` hands out connections, each of them a transaction.  The functions of this package's
modules take a connection as their first argument and return the model's dataclasses.  All that
happens inside ``with store.write()`` is committed as a whole, or not at all.  `sqlite` and
`postgresql` hold what differs between the two databases.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Table, make_url
from sqlalchemy.exc import ArgumentError

from digest.errors import DigestError, StoreError
from digest.resources import data_dir
from digest.store import schema
from digest.store.backend import Backend, Complaint, StorageSize
from digest.store.errors import DRIVER_ERRORS, DamagedValueError, explanation, translated
from digest.store.moving import mark_of


class Store:
    """An open database.  `name` is how messages call it.

    With `moving`, the database is used even where it is marked as moved to another.
    """

    def __init__(self, backend: Backend, *, moving: bool = False) -> None:
        self.name = backend.name
        self._backend = backend
        self._moving = moving

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection that sees the database as it is now, whatever other runs commit."""
        try:
            with self._backend.read() as connection:
                yield connection
        except (DamagedValueError, *DRIVER_ERRORS) as error:
            if (explained := self._explanation(error)) is error:
                raise
            raise explained from error

    @property
    def is_shared(self) -> bool:
        """Whether processes of several machines may use this database."""
        return self._backend.is_shared

    @contextmanager
    def write(self, *, alone: bool = True) -> Iterator[Connection]:
        """Yield a connection that may write; commit at the end, undo everything on an exception.

        Writers queue: the second one waits for the first, and raises StoreError after the busy
        timeout.  Who is not `alone` need not wait where the database has several writers at once;
        so it must not rely on what it has read.
        """
        try:
            with self._backend.write(alone=alone) as connection:
                self._check_not_moved(connection)
                yield connection
        except (DamagedValueError, *DRIVER_ERRORS) as error:
            if (explained := self._explanation(error)) is error:
                raise
            raise explained from error

    def _check_not_moved(self, connection: Connection) -> None:
        """Raise StoreError where the database has moved, or is being moved, to another."""
        if not self._moving and (mark := mark_of(connection)):
            raise mark.refusal(self.name)

    def _explanation(self, error: Exception) -> Exception:
        """Return a StoreError that says what is wrong with the database, or `error`."""
        explained = explanation(error, self.name)
        return self.blamed(explained) if isinstance(explained, DamagedValueError) else explained

    def blamed(self, error: Exception) -> Exception:
        """Return a StoreError that names table and row where damage explains `error`, or `error`.

        This reads the whole database.
        """
        if isinstance(error, DigestError) and not isinstance(error, DamagedValueError):
            return error
        try:
            damage = self.flaws(most=1)
        except StoreError:  # a database that cannot be read at all explains nothing
            damage = []
        if damage:
            return StoreError(
                f"the database {self.name} is damaged: {damage[0]}; `digest doctor` names all that "
                "is; put a backup in its place"
            )
        if isinstance(error, DamagedValueError):
            return StoreError(f"the database {self.name} is damaged: {error}")
        return error

    def flaws(self, most: int = 20) -> list[str]:
        """Return at most `most` flaws of the stored data, each as a clause."""
        with translated(self.name):
            return self._backend.flaws(most)

    def complaints(self, now: datetime) -> list[Complaint]:
        """Return what is wrong with the server or the files, apart from the stored data."""
        with translated(self.name):
            return self._backend.complaints(now)

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Hold the lock `name` of this database; raise BusyError where another run holds it.

        A database in memory belongs to one thread and has no locks.
        """
        with translated(self.name), self._backend.lock(name):
            yield

    @contextmanager
    def shared_lock(self, name: str) -> Iterator[None]:
        """Hold the lock `name` beside others that share it; raise BusyError where it is held."""
        with translated(self.name), self._backend.shared_lock(name):
            yield

    def shared_file(self, name: str) -> Path | None:
        """Return a file that all runs on this database share, or None where there is no folder."""
        return self._backend.shared_file(name)

    def bring_up_to_date(self) -> None:
        """Create the schema, or upgrade it to the one that this program knows."""
        with translated(self.name):
            version = schema.version(self._backend.engine, self.name)
            if version is None and self._backend.engine.dialect.name == "sqlite":
                with self._backend.upgrading() as connection:
                    schema.create(connection)
            elif version != schema.HEAD:
                self.upgrade(data_dir("migrations"))
            with self.read() as connection:
                self._check_not_moved(connection)

    def address(self) -> tuple[str, Mapping[str, Any]]:
        """Return the address of the server and the parameters of a connection."""
        return self._backend.address()

    def upgrade_by(self, steps: Callable[[Connection], None]) -> None:
        """Run `steps` in one transaction that no other upgrade overlaps with."""
        with translated(self.name), self._backend.upgrading() as connection:
            steps(connection)

    def upgrade(self, folder: Path) -> None:
        """Run the revisions in `folder` that the database has not seen, all of them or none."""
        with self._backend.upgrading() as connection:
            schema.upgrade(connection, folder)

    def compact(self) -> None:
        """Rewrite the tables, so that no erased data is left in them."""
        with translated(self.name):
            self._backend.compact()

    def stop_writers(self, connection: Connection) -> None:
        """Wait for all who write, and hold new ones off until a writer's `connection` commits."""
        self._backend.stop_writers(connection)

    def load(self, connection: Connection, table: Table, rows: Sequence[Sequence[object]]) -> None:
        """Add many rows, whose values are in the order of the columns."""
        self._backend.load(connection, table, rows)

    def finish_load(self, connection: Connection) -> None:
        """Let the ids of new rows begin after those of loaded rows."""
        self._backend.finish_load(connection)

    def storage(self, connection: Connection) -> StorageSize:
        """Return how large the database is."""
        return self._backend.storage(connection)

    def close(self) -> None:
        """Close all connections; the store can still be used, and would open new ones."""
        self._backend.engine.dispose()


def open_store(
    url: str, *, busy_timeout: float = 10.0, patience: float = 0.0, moving: bool = False
) -> Store:
    """Open the database at `url`; create it, or upgrade its schema, where that is needed.

    `url` is ``sqlite:///`` and a path, ``sqlite://`` for a database in memory (of one thread), or
    ``postgresql://USER@HOST/DATABASE``.  `busy_timeout` is how long to wait for another writer, in
    seconds, and `patience` how long for a server that is away.  Raises StoreError, without `moving`
    also for a database that has moved to another.
    """
    parsed = _parse(url)
    if parsed.get_backend_name() == "postgresql":
        from digest.store.postgresql import PostgresqlBackend

        backend = PostgresqlBackend(parsed, busy_timeout, patience)
        with translated(backend.name), backend.read():  # waits for the server
            pass
        return _opened(backend, moving)
    from digest.store.sqlite import SqliteBackend, make_file

    make_file(parsed, lambda draft: _opened(SqliteBackend(draft, busy_timeout)).close())
    return _opened(SqliteBackend(parsed, busy_timeout), moving)


def _opened(backend: Backend, moving: bool = False) -> Store:
    store = Store(backend, moving=moving)
    try:
        store.bring_up_to_date()
    except BaseException:
        store.close()
        raise
    return store


def _parse(url: str) -> URL:
    kinds = "sqlite:///FILE or postgresql://USER@HOST/DATABASE"
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError(f"store.url is not a database: write {kinds}") from error
    if parsed.drivername not in ("sqlite", "postgresql", "postgresql+psycopg"):
        raise StoreError(f"{parsed.drivername} is not supported: write {kinds} in store.url")
    return parsed
