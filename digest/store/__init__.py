"""What is remembered between runs: SQLAlchemy Core on SQLite, and only in this package.

A `Store` hands out connections, each a transaction; the functions of the modules beside take one
first and give the model's dataclasses back.  Whatever happens inside ``with store.write()`` is
there as a whole afterwards, or not at all.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError

from digest.errors import DigestError, StoreError
from digest.resources import data_dir
from digest.store import schema
from digest.store.check import flaws
from digest.store.errors import DamagedValueError, translated
from digest.store.lock import PRIVATE_FILE, PRIVATE_FOLDER, file_lock


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
        with self._translated(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection that may write; commit at the end, undo everything on an exception.

        Writers queue: the second one waits for the first, and raises StoreError after the busy
        timeout.
        """
        with self._translated(), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            with translated(self.name):
                yield
        except DamagedValueError as error:
            raise self.blamed(error) from error

    def blamed(self, error: Exception) -> Exception:
        """Return a StoreError that names table and row where damage explains `error`, or `error`.

        The whole database is read for it.
        """
        if isinstance(error, DigestError) and not isinstance(error, DamagedValueError):
            return error
        damage = flaws(Path(self.name), most=1) if self._locks else []
        if damage:
            return StoreError(
                f"the database {self.name} is damaged: {damage[0]}; `digest doctor` names all that "
                "is; put a backup in its place"
            )
        if isinstance(error, DamagedValueError):
            return StoreError(f"the database {self.name} is damaged: {error}")
        return error

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
            version = schema.version(self._engine, self.name)
            if version is None:
                schema.create(self._writer)
            elif version != schema.HEAD:
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
        if "uri" not in parsed.query:
            _create(parsed, Path(os.path.realpath(path)), busy_timeout)
    return _opened(parsed, path, busy_timeout)


def _opened(parsed: URL, path: str | None, busy_timeout: float) -> Store:
    engine = create_engine(parsed, connect_args={"timeout": busy_timeout})
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    locks = Path(f"{path}.locks") if path and path != ":memory:" else None
    store = Store(engine, path or "in memory", locks)
    try:
        store.bring_up_to_date()
    except BaseException:
        store.close()
        raise
    return store


def _create(parsed: URL, path: Path, busy_timeout: float) -> None:
    """Make a database that is not there yet: whole at once, and its owner's alone.

    An empty file is no new database but the rest of one.  Raises StoreError.
    """
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
        _opened(parsed.set(database=str(draft)), str(draft), busy_timeout).close()
        try:
            os.link(draft, path)  # where another run was quicker, its database is taken
        except FileExistsError:
            pass
        except OSError:  # a file system without hard links
            if not path.exists():
                draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)


def readable_by_others(path: Path) -> list[Path]:
    """Name those files of a database that others than their owner may read or write."""
    folder = Path(f"{path}.locks")
    files = [path, Path(f"{path}-wal"), Path(f"{path}-shm"), folder, *folder.glob("*")]
    return [file for file in files if file.exists() and file.stat().st_mode & 0o077]


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
        path.parent.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
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
    try:
        cursor.execute("PRAGMA journal_mode = WAL")  # reads the schema
    except UnicodeDecodeError as error:  # of a message that quotes it
        raise DamagedValueError(f"its schema cannot be read ({error})") from error
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))
