"""Back up the database while the program runs, and restore it from a copy that was checked."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.exc import SQLAlchemyError

from digest.errors import BusyError, StoreError
from digest.store import schema
from digest.store.check import SQLITE_ERRORS, flaws
from digest.store.lock import PRIVATE_FILE, file_lock


def backup(database: Path, target: Path) -> None:
    """Copy the whole database, as it is at one moment, into the file `target`.

    Other runs may write meanwhile (sqlite.org/backup.html).  An existing file is replaced once the
    copy is complete and has been checked.  Raises StoreError.
    """
    with _draft_beside(target) as draft:
        _copy(database, draft)
        if damage := flaws(draft, most=1):
            raise StoreError(f"the database {database} is damaged: {damage[0]}; no copy was made")
        os.replace(draft, target)


def restore(database: Path, source: Path) -> Path | None:
    """Replace the database by the copy `source`; return where the replaced database is kept.

    The copy is checked first; an older schema is upgraded when the database is opened.  Returns
    ``None`` where there was no database.  Raises StoreError where the copy is no database of this
    program, is damaged or of a newer version, and BusyError where another program has the database
    open.
    """
    if not source.is_file():
        raise StoreError(f"there is no file {source}")
    with _draft_beside(database) as draft:
        _copy(source, draft)
        if _version(draft) == schema.HEAD and (damage := flaws(draft, most=1)):
            raise StoreError(f"the copy {source} is damaged: {damage[0]}")
        with _alone(database):
            before = _put_aside(database)
            os.replace(draft, database)
    return before


@contextmanager
def _draft_beside(target: Path) -> Iterator[Path]:
    """Yield an empty file beside `target`, for its owner alone; remove it at the end."""
    draft = target.with_name(f"{target.name}.draft-{os.getpid()}")
    try:
        os.close(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE))
    except OSError as error:
        raise StoreError(
            f"{target} cannot be written ({error.strerror}): let this user write to its folder"
        ) from error
    try:
        yield draft
    finally:
        for end in ("", "-wal", "-shm", "-journal"):
            Path(f"{draft}{end}").unlink(missing_ok=True)


def _copy(source: Path, target: Path) -> None:
    try:
        address = f"{source.absolute().as_uri()}?mode=ro"
        with (
            closing(sqlite3.connect(address, uri=True)) as before,
            closing(sqlite3.connect(target)) as after,
        ):
            before.backup(after)
            (mode,) = after.execute("PRAGMA journal_mode = DELETE").fetchone()
            if mode != "delete":  # a part of it would be left in the file beside it
                raise sqlite3.OperationalError("the disk is full, or it is in use")
    except SQLITE_ERRORS as error:
        raise StoreError(f"{source} cannot be copied: {error}") from error


def _version(copy: Path) -> str:
    """Return the schema revision of a copy; raise StoreError for another program's file."""
    engine = create_engine(f"sqlite:///{copy}")
    try:
        if schema.version(engine, str(copy)) == schema.HEAD:
            return schema.HEAD
        with closing(sqlite3.connect(copy)) as database:
            row = database.execute("SELECT version_num FROM alembic_version").fetchone()
    except (*SQLITE_ERRORS, SQLAlchemyError) as error:
        raise StoreError(f"{copy} is no database of this program: {error}") from error
    finally:
        engine.dispose()
    if row is None:
        raise StoreError(f"{copy} is no database of this program: it has no schema")
    return str(row[0])


@contextmanager
def _alone(database: Path) -> Iterator[None]:
    """Make sure that no other program has the database open, and that no run begins."""
    folder = Path(f"{database}.locks")
    with ExitStack() as stack:
        for lock in sorted(folder.glob("*")) if folder.is_dir() else ():
            if not lock.name.startswith("rate-"):
                stack.enter_context(file_lock(lock))
        if database.exists():
            _check_unused(database)
        yield


def _check_unused(database: Path) -> None:
    try:
        with closing(sqlite3.connect(database, timeout=0, isolation_level=None)) as connection:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")
    except SQLITE_ERRORS as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise BusyError(
                f"another program has the database {database} open: end it, and restore then"
            ) from error
        # A database too damaged to be opened is not in use.


def _put_aside(database: Path) -> Path | None:
    """Rename the database and the files of its log; return its new path, if it existed."""
    kept = None
    for end in ("-wal", "-shm", ""):
        file = Path(f"{database}{end}")
        with suppress(FileNotFoundError):
            os.replace(file, Path(f"{database}.before{end}"))
            kept = Path(f"{database}.before") if not end else kept
    return kept
