"""What is remembered between runs: SQLAlchemy Core on SQLite, and only in this package.

A `Store` hands out connections, each a transaction; the functions of the modules beside take one
first and give the model's dataclasses back.  Whatever happens inside ``with store.write()`` is
there as a whole afterwards, or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError

from digest.errors import StoreError
from digest.resources import data_dir
from digest.store import schema
from digest.store.errors import translated
from digest.store.lock import PRIVATE_FOLDER, file_lock


class Store:
    """An open database.  `name` is how messages call it."""

    def __init__(self, engine: Engine, name: str, locks: Path | None = None) -> None:
        self.name = name
        self._locks = locks
        self._engine = engine
        self._writer = engine.execution_options(begin="BEGIN IMMEDIATE")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees the database as it is now, whatever others commit."""
        with translated(self.name), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection that may write; commit at the end, undo everything on an exception.

        Writers queue: the second one waits for the first, and raises StoreError after the busy
        timeout.
        """
        with translated(self.name), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Hold the lock `name` of this database; raise BusyError where somebody else does.

        A database in memory is one thread's alone and has no locks.
        """
        path = self.shared_file(name)
        with nullcontext() if path is None else file_lock(path):
            yield

    def shared_file(self, name: str) -> Path | None:
        """Return the path of a file that all runs on this database share; none for one in memory.

        Its folder is made where it is missing.
        """
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

    def bring_up_to_date(self) -> None:
        """Create or migrate the schema where it is not the one this program knows."""
        with translated(self.name):
            if not schema.is_current(self._engine, self.name):
                schema.upgrade(self._writer, data_dir("migrations"))

    def compact(self) -> None:
        """Write the file anew, so that nothing that was erased is left in it; this takes a while.

        What another program is reading just now stays in the ``-wal`` file until it is done.
        """
        bare = self._engine.execution_options(begin="SELECT 1")  # VACUUM is no transaction's
        with translated(self.name), bare.connect() as connection:
            connection.exec_driver_sql("VACUUM")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close all connections; the store can still be used, and would open new ones."""
        self._engine.dispose()


def open_store(url: str, *, busy_timeout: float = 10.0) -> Store:
    """Open the database at `url`, create it or bring its schema up to date.

    `url` is ``sqlite:///`` and a path, or ``sqlite://`` for a database in memory (of one thread).
    The last folder of the path is created where it is missing.  `busy_timeout` is how long to wait
    for another writer, in seconds.  Raises StoreError.
    """
    parsed = _parse(url)
    path = parsed.database
    if path and path != ":memory:":
        _make_folder(Path(path))
    engine = create_engine(parsed, connect_args={"timeout": busy_timeout})
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    in_file = path and path != ":memory:"
    store = Store(engine, path or "in memory", Path(f"{path}.locks") if in_file else None)
    try:
        store.bring_up_to_date()
    except BaseException:
        store.close()
        raise
    return store


def check_integrity(connection: Connection) -> str | None:
    """Read the whole database and name the first flaw, if there is one."""
    for pragma in ("integrity_check(1)", "foreign_key_check"):
        found = connection.exec_driver_sql(f"PRAGMA {pragma}").first()
        if found is not None and found[0] != "ok":
            return " ".join(str(part) for part in found)
    return None


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError(f"{url!r} is not a database: write sqlite:///FILE in store.url") from error
    if parsed.drivername != "sqlite":
        raise StoreError(f"{parsed!r} is not supported yet: write sqlite:///FILE in store.url")
    return parsed


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"the folder of the database {path} is not there and cannot be made "
            f"({error.strerror}): create it, or name another in store.url"
        ) from error


def _set_up(connection: DBAPIConnection, _record: object) -> None:
    """Prepare a new connection, outside of any transaction.

    sqlite3 is to begin none by itself (`_begin` does), so that DDL and reads are in one as well.
    """
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))
