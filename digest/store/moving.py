"""The marks of a database that was copied to another, so that nobody goes on writing to the old.

`copying` marks the source before it reads the first row, and the target before it writes one.  As
long as a mark is there, the database is not opened and no transaction writes to it, on whatever
machine a program still has it open: `Store.write` reads the mark first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from digest.errors import StoreError
from digest.store.tables import moves


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveMark:
    """A mark: the database was copied, or is being copied, to or from another."""

    is_source: bool
    other: str
    """The name of the database at the other end, without a password."""
    begun_at: datetime
    """When the copy began; both ends have the same."""
    done: bool

    def refusal(self, name: str) -> StoreError:
        """Return the error for using the database `name`, which has this mark."""
        if not self.is_source:
            said = (
                f"is an unfinished copy of {self.other}: run the same `digest store copy` again, "
                "it goes on where it stopped"
            )
        elif self.done:
            said = (
                f"has moved to {self.other}: name that one in store.url; `digest store reopen` "
                "opens this one again, without what was done there since"
            )
        else:
            said = (
                f"is being copied to {self.other}: let `digest store copy` finish, or give the "
                "copy up with `digest store reopen`"
            )
        return StoreError(f"the database {name} {said}")


_MARK = select(moves.c.is_source, moves.c.other, moves.c.begun_at, moves.c.done).limit(1)


def mark_of(connection: Connection) -> MoveMark | None:
    """Return the mark of a database; ``None`` where it may be used."""
    row = connection.execute(_MARK).first()
    return None if row is None else MoveMark(**row._mapping)


def set_mark(connection: Connection, mark: MoveMark) -> None:
    """Mark a database, in place of the mark that it has."""
    remove_mark(connection)
    connection.execute(
        insert(moves),
        {
            "is_source": mark.is_source,
            "other": mark.other,
            "begun_at": mark.begun_at,
            "done": mark.done,
        },
    )


def remove_mark(connection: Connection) -> None:
    """Remove the mark of a database, so that it may be used."""
    connection.execute(delete(moves))
