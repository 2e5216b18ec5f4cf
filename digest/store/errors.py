"""Turn the errors of a database into one sentence for the operator: its name and what to do.

Only trouble outside the program is translated.  A broken constraint or a wrong statement is a bug
of this program and is raised as SQLAlchemy raised it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DatabaseError, OperationalError

from digest.errors import StoreError

_COMPLAINTS = {
    sqlite3.SQLITE_BUSY: "is locked by another program: run again when that one is done",
    sqlite3.SQLITE_LOCKED: "is locked by another program: run again when that one is done",
    sqlite3.SQLITE_FULL: "cannot grow, the disk is full: make room and run again",
    sqlite3.SQLITE_IOERR: "cannot be read or written: check the disk that it is on",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: check that it is a file this user may write",
    sqlite3.SQLITE_PERM: "cannot be opened: check that it is a file this user may write",
    sqlite3.SQLITE_READONLY: "is read-only: let this user write to it and to its folder",
    sqlite3.SQLITE_NOTADB: "is not a SQLite database: name another file in store.url",
    sqlite3.SQLITE_CORRUPT: "is damaged: put a backup in its place",
}
_STATES = {
    "08": "cannot be reached: look whether the server runs, and run again",
    "25006": "is read-only: name the server that may be written to in store.url",
    "25P03": "was kept waiting for too long within a transaction: run again",
    "28": "does not let this user in: look at the user and password of store.url",
    "3D": "is not there: create it (`createdb --encoding=UTF8 --template=template0 NAME`)",
    "40": "was in use by another run at the same moment: run again",
    "42501": "does not let this user do that: make it the owner of the schema and its tables",
    "53100": "cannot grow, the server's disk is full: make room and run again",
    "53200": "has run out of memory: look at the server's log",
    "53300": "takes no more connections: raise max_connections, or run fewer at once",
    "55P03": "is locked by another program: run again when that one is done",
    "57014": "took too long: look at the server's log",
    "57P": "has been shut down or is just starting: run again",
    "58": "cannot be read or written: look at the server's disk and log",
    "XX001": "is damaged: put a backup in its place",
    "XX002": "is damaged: run REINDEX DATABASE on it",
}
"""By SQLSTATE or its beginning (postgresql.org, "PostgreSQL Error Codes")."""
_NO_TEXT = "could not decode to utf-8"
_PRIMARY = 0xFF
"""The mask of the primary result code in an extended one (sqlite.org/rescode.html)."""


class DamagedValueError(StoreError):
    """A stored value cannot have been written by this program."""


DRIVER_ERRORS = (DatabaseError, sqlite3.Error)
"""The errors of SQLAlchemy, and of SQLite's driver, which some rows are handed to directly."""


@contextmanager
def translated(database: str) -> Iterator[None]:
    """Raise StoreError in place of the driver's error where the database itself is in trouble."""
    try:
        yield
    except DRIVER_ERRORS as error:
        if (explained := explanation(error, database)) is error:
            raise
        raise explained from error


def explanation(error: Exception, database: str) -> Exception:
    """Return a StoreError that says what is wrong with `database`.

    Returns `error` itself where the statement is wrong.
    """
    if not isinstance(error, DRIVER_ERRORS):
        return error
    cause = error.orig if isinstance(error, DatabaseError) else error
    if _NO_TEXT in str(cause).lower():
        return DamagedValueError(str(cause))
    complaint = _complaint(error)
    if complaint is None:
        return error
    said = str(cause).partition("\n")[0]
    return StoreError(f"the database {database} {complaint} ({said})")


def _complaint(error: DatabaseError | sqlite3.Error) -> str | None:
    """Return what is wrong with the database, or None where the statement is wrong."""
    cause = error.orig if isinstance(error, DatabaseError) else error
    if isinstance(error, sqlite3.Error) or isinstance(cause, sqlite3.Error):
        return _COMPLAINTS.get(getattr(cause, "sqlite_errorcode", 0) & _PRIMARY)
    state = getattr(error.orig, "sqlstate", None)
    if not state:  # the server was not reached, or has gone away
        broken = isinstance(error, OperationalError)
        return _STATES["08"] if broken else None
    return next((_STATES[state[:n]] for n in (5, 3, 2) if state[:n] in _STATES), None)
