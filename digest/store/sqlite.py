"""The backend for SQLite: the database's file, its pragmas, and the lock files beside it."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Table, create_engine, event, insert
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, OperationalError

from digest.errors import StoreError
from digest.store.backend import Complaint, StorageSize
from digest.store.errors import DamagedValueError
from digest.store.lock import PRIVATE_FILE, PRIVATE_FOLDER, file_lock
from digest.store.statements import prepared


class SqliteBackend:
    """A database in a file, or in memory for one thread, without locks."""

    def __init__(self, url: URL, busy_timeout: float) -> None:
        path = url.database if url.database != ":memory:" else None
        self.name = path or "in memory"
        self.is_shared = False
        self._path = Path(path) if path else None
        self._locks = Path(f"{path}.locks") if path else None
        self.engine = create_engine(url, connect_args={"timeout": busy_timeout})
        event.listen(self.engine, "connect", _set_up)
        event.listen(self.engine, "begin", _begin)
        self._writer = self.engine.execution_options(begin="BEGIN IMMEDIATE")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self, *, alone: bool) -> Iterator[Connection]:
        with self._writer.begin() as connection:
            yield connection

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        path = self.shared_file(name)
        with nullcontext() if path is None else file_lock(path):
            yield

    def shared_lock(self, name: str) -> AbstractContextManager[None]:
        return self.lock(name)

    def shared_file(self, name: str) -> Path | None:
        """Return the path of a file beside the database; create its folder where it is missing."""
        if self._locks is None:
            return None
        try:
            self._locks.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"the folder {self._locks} cannot be made ({error.strerror}): "
                "let this user write beside the database"
            ) from error
        return self._locks / quote(name, safe="")

    def address(self) -> tuple[str, Mapping[str, Any]]:
        raise StoreError("workers share a database of PostgreSQL, and this is one of SQLite")

    def flaws(self, most: int) -> list[str]:
        from digest.store.check import flaws

        return flaws(self._path, most) if self._path else []

    def complaints(self, now: datetime) -> list[Complaint]:
        """Return a complaint for each file of the database that others may read or write."""
        if self._path is None or self._locks is None:
            return []
        beside = (Path(f"{self._path}-wal"), Path(f"{self._path}-shm"), *self._locks.glob("*"))
        return [
            Complaint(
                what=f"{file} can be read by others",
                advice="it holds addresses and secrets: "
                f"`chmod {700 if file.is_dir() else 600} {file}`",
            )
            for file in (self._path, self._locks, *beside)
            if file.exists() and file.stat().st_mode & 0o077
        ]

    @contextmanager
    def upgrading(self) -> Iterator[Connection]:
        """Yield a connection, in one transaction, on which tables can be rebuilt.

        Foreign keys are off meanwhile, so that no reference follows a renamed table.  The pragma
        has no effect within a transaction, so it is set around it (sqlite.org/lang_altertable).
        """
        with self._writer.connect() as connection:
            _pragma(connection, "foreign_keys = OFF")
            try:
                with connection.begin():
                    yield connection
                    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
                    assert not broken, f"a revision broke references: {broken}"
            finally:
                _pragma(connection, "foreign_keys = ON")

    def compact(self) -> None:
        """Rewrite the file; this takes a while.

        Pages that another program is reading stay in the ``-wal`` file until it is done.
        """
        bare = self.engine.execution_options(begin="SELECT 1")  # no transaction: VACUUM
        with bare.connect() as connection:
            connection.exec_driver_sql("VACUUM")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def stop_writers(self, connection: Connection) -> None:
        """Do nothing: a writer of SQLite is alone (BEGIN IMMEDIATE)."""

    def load(self, connection: Connection, table: Table, rows: Sequence[Sequence[object]]) -> None:
        insertion = prepared(insert(table), connection.dialect, tuple(table.columns.keys()))
        try:
            connection.exec_driver_sql(insertion.sql, insertion.rows(rows))
        except OperationalError:
            raise  # the disk is full, or the file is locked
        except DBAPIError as error:
            raise StoreError(
                f"the database {self.name} refuses a row of the table {table.name}: {error.orig}"
            ) from error

    def storage(self, connection: Connection) -> StorageSize:
        size = sum(
            file.stat().st_size
            for file in (self._path, self._path and Path(f"{self._path}-wal"))
            if file and file.exists()
        )
        return StorageSize(server=f"SQLite {sqlite3.sqlite_version}", size=size, tables={}, rows={})

    def finish_load(self, connection: Connection) -> None:
        """Do nothing: SQLite gives a new row the id after the greatest."""


def existing_file(url: str) -> None:
    """Raise StoreError where `url` names a file of SQLite that is not there, or no file."""
    scheme, _, path = url.partition("?")[0].partition(":///")
    if scheme == "sqlite" and not Path(path).is_file():
        raise StoreError(f"there is no database {path}")
    if url.startswith("sqlite") and path in ("", ":memory:"):
        raise StoreError("a database in memory ends with its run: name a file")


def make_file(url: URL, make: Callable[[URL], None]) -> None:
    """Create the database of `url` where it is missing, whole at once and for its owner alone.

    `make` creates the schema in the draft whose URL it is given.  The last folder of the path is
    created where it is missing.  Raises StoreError, also for an empty file: that is no new database
    but what is left of one.
    """
    if not url.database or url.database == ":memory:":
        return
    _make_folder(Path(url.database))
    if "uri" in url.query:
        return
    path = Path(os.path.realpath(url.database))
    if path.exists():
        if path.is_file() and path.stat().st_size == 0:
            raise StoreError(
                f"the database {path} is empty, which none is that was ever used: "
                "put a backup in its place, or remove the file to begin anew"
            )
        return
    draft = path.with_name(f"{path.name}.new-{os.getpid()}-{threading.get_ident()}")
    try:
        os.close(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE))
    except OSError as error:
        raise StoreError(
            f"the database {path} cannot be opened: check that it is a file this user may write "
            f"({error.strerror})"
        ) from error
    try:
        make(url.set(database=str(draft)))
        if _has_log(draft):
            # SQLite says nothing where it cannot take over its log as the last connection closes.
            raise StoreError(
                f"the database {path} cannot be made, the disk is full: make room and run again"
            )
        try:
            os.link(draft, path)  # where another run was quicker, its database is used
        except FileExistsError:
            pass
        except OSError:  # a file system without hard links
            if not path.exists():
                draft.rename(path)
    except StoreError as error:
        raise StoreError(str(error).replace(str(draft), str(path))) from error
    finally:
        for end in ("", "-wal", "-shm", "-journal"):
            Path(f"{draft}{end}").unlink(missing_ok=True)


def _has_log(database: Path) -> bool:
    """Return whether a part of a closed database is still in its ``-wal`` file."""
    log = Path(f"{database}-wal")
    return log.exists() and log.stat().st_size > 0


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"the folder of the database {path} is not there and cannot be made "
            f"({error.strerror}): create it, or name another in store.url"
        ) from error


def _set_up(connection: DBAPIConnection, _record: object) -> None:
    """Prepare a new connection, outside of any transaction.

    sqlite3 must not begin transactions by itself: `_begin` does, so that DDL and reads are in a
    transaction as well.
    """
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        cursor.execute("PRAGMA journal_mode = WAL")  # reads the schema
    except UnicodeDecodeError as error:  # the driver's message quotes the schema
        raise DamagedValueError(f"its schema cannot be read ({error})") from error
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


def _pragma(connection: Connection, setting: str) -> None:
    cursor = connection.connection.cursor()
    cursor.execute(f"PRAGMA {setting}")
    cursor.close()
