"""What SQLite complains of, said to the operator: one sentence with the file and what to do.

Only what lies outside the program is translated.  A broken constraint or a wrong statement is a
bug of ours and travels up as SQLAlchemy raised it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DatabaseError

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
_NO_TEXT = "could not decode to utf-8"
_PRIMARY = 0xFF
"""The byte of a result code that is not its extension (sqlite.org/rescode.html)."""


class DamagedValueError(StoreError):
    """A stored value is none that this program has written."""


@contextmanager
def translated(database: str) -> Iterator[None]:
    """Raise StoreError in place of what SQLAlchemy raises where `database` itself is in trouble."""
    try:
        yield
    except DatabaseError as error:
        said = str(error.orig).lower()
        if _NO_TEXT in said:
            raise DamagedValueError(str(error.orig)) from error
        code = getattr(error.orig, "sqlite_errorcode", 0) & _PRIMARY
        if code not in _COMPLAINTS:
            raise
        raise StoreError(f"the database {database} {_COMPLAINTS[code]} ({error.orig})") from error
