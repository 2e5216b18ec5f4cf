"""Copy a whole database into an empty one of any kind, in portions, and check what was copied.

Tables are copied in the order of their references, rows in the order of their primary keys.  A
portion and the key of its last row are written in one transaction, so a copy that was interrupted
goes on after the last portion that was committed.  Both databases are marked meanwhile (`moving`):
nobody writes to the source between two parts of the copy, and nobody uses the target before it is
complete.

The hash of a table is the sum of the hashes of its rows (BLAKE2b, 128 bits, modulo 2**128).  It is
the same in whatever order a database returns them.  Texts lose U+0000, which PostgreSQL refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import blake2b
from typing import Any

import msgspec
from sqlalchemy import Column, Connection, Date, MetaData, Table, func, select, tuple_
from sqlalchemy.types import TypeDecorator

from digest.errors import StoreError
from digest.store import Store, moving
from digest.store.moving import MoveMark
from digest.store.tables import copied_tables, insert_into, leases, metadata, moves, workers

PORTION = 5_000
"""Most rows of a transaction."""
_LARGEST_PORTION = 8_000_000
"""About how many bytes of rows a transaction gets at most."""
_NOT_COPIED = frozenset((moves.name, copied_tables.name, leases.name, workers.name))
"""The tables about the copy itself, and about the programs that use a database now."""
_LARGE_ROWS = frozenset(("editions", "held_editions", "letters", "archive_pages", "pings"))
"""Tables whose rows may have a megabyte each: few of them are read at once."""

CopyProgress = Callable[[int], None]
"""Takes the number of rows that were just copied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedTable:
    """How far a table has been copied."""

    name: str
    rows: int = 0
    hash: int = 0
    """The sum of the hashes of these rows."""
    last_key: tuple[object, ...] | None = None
    """The primary key of the last of these rows."""


def row_count(store: Store) -> int:
    """Return how many rows `copy` has to copy from a database."""
    with store.read() as connection:
        return sum(_count(connection, table) for table in _tables())


def rows_copied(store: Store) -> int:
    """Return how many rows an earlier, unfinished copy has brought into a database."""
    with store.read() as connection:
        return sum(table.rows for table in _progress(connection).values())


def copy(
    source: Store,
    target: Store,
    *,
    now: datetime,
    keep: bool = False,
    portion: int = PORTION,
    step: CopyProgress = lambda rows: None,
) -> tuple[CopiedTable, ...]:
    """Copy all rows of `source` to `target`, which is empty or an unfinished copy of `source`.

    Both stores are opened with ``moving=True``.  Afterwards the source is marked as moved, unless
    `keep` is true.  Raises StoreError where the target holds anything else, and where the two
    databases differ in the end; BusyError where a run refreshes one of them.
    """
    with source.lock("refresh"), target.lock("refresh"):
        mark = _begin(source, target, now)
        copied = tuple(
            _copy_table(source, target, table, portion=portion, step=step) for table in _tables()
        )
        for table, state in zip(_tables(), copied, strict=True):
            _check(source, target, table, state)
        with target.write() as connection:
            target.finish_load(connection)
        _finish(source, target, mark, keep=keep)
    return copied


def reopen(store: Store) -> MoveMark | None:
    """Remove the mark of a database that was copied; return the mark, or ``None`` without one.

    Raises StoreError for an unfinished copy, which lacks rows.
    """
    with store.write() as connection:
        mark = moving.mark_of(connection)
        if mark is not None and not mark.is_source:
            raise mark.refusal(store.name)
        moving.remove_mark(connection)
    return mark


# --- the marks -----------------------------------------------------------------------------------


def _begin(source: Store, target: Store, now: datetime) -> MoveMark:
    """Mark both databases, or find the marks of an interrupted copy; return the source's mark."""
    with source.read() as connection:
        of_source = moving.mark_of(connection)
    with target.read() as connection:
        of_target = moving.mark_of(connection)
        filled = next((table.name for table in _tables() if _has_rows(connection, table)), None)
    if of_source is not None and not of_source.is_source:
        raise of_source.refusal(source.name)
    if of_target is not None:
        if of_target.is_source:
            raise of_target.refusal(target.name)
        if of_source is None or of_source.begun_at != of_target.begun_at:
            raise StoreError(
                f"the database {target.name} is an unfinished copy of {of_target.other}, and not "
                f"of {source.name} as it is: name an empty one"
            )
        return of_source
    if of_source is not None and (of_source.done or of_source.other != target.name):
        raise of_source.refusal(source.name)
    if filled:
        raise StoreError(
            f"the database {target.name} is not empty (its table {filled} has rows): a copy goes "
            "into an empty one"
        )
    mark = MoveMark(is_source=True, other=target.name, begun_at=now, done=False)
    with source.write() as connection:
        source.stop_writers(connection)
        moving.set_mark(connection, mark)
    with target.write() as connection:
        same = moving.mark_of(connection) is not None
        if not same:
            own = replace(mark, is_source=False, other=source.name)
            moving.set_mark(connection, own)
    if same:
        with source.write() as connection:
            moving.remove_mark(connection)
        raise StoreError(f"{source.name} and {target.name} are the same database")
    return mark


def _finish(source: Store, target: Store, mark: MoveMark, *, keep: bool) -> None:
    """Close the source and open the target, in an order that a crash in between does no harm to."""
    if not keep:
        with source.write() as connection:
            moving.set_mark(connection, replace(mark, done=True))
    with target.write() as connection:
        connection.execute(copied_tables.delete())
        moving.remove_mark(connection)
    if keep:
        with source.write() as connection:
            moving.remove_mark(connection)


# --- the rows ------------------------------------------------------------------------------------


def _tables() -> list[Table]:
    """Return the tables to copy, each after those that it refers to, with plain types.

    The values of a plain type are the stored ones, in the same form for every database.
    """
    return [
        Table(
            table.name,
            MetaData(),
            *(
                Column(column.name, _plain(column), primary_key=column.primary_key)
                for column in table.columns
            ),
        )
        for table in metadata.sorted_tables
        if table.name not in _NOT_COPIED
    ]


def _plain(column: Column[Any]) -> Any:
    kind = column.type
    return type(kind.impl_instance)() if isinstance(kind, TypeDecorator) else kind


def _copy_table(
    source: Store, target: Store, table: Table, *, portion: int, step: CopyProgress
) -> CopiedTable:
    with target.read() as connection:
        state = _progress(connection).get(table.name, CopiedTable(name=table.name))
    with source.read() as reading:
        for rows in _portions(reading, table, state.last_key, portion):
            state = replace(
                state,
                rows=state.rows + len(rows),
                hash=_sum(rows, state.hash),
                last_key=_key(table, rows[-1]),
            )
            with target.write() as connection:
                target.load(connection, table, rows)
                _save_progress(connection, state)
            step(len(rows))
    return state


def _check(source: Store, target: Store, table: Table, state: CopiedTable) -> None:
    """Raise StoreError where a table of the target does not hold what the source holds."""
    with source.read() as connection:
        wanted = _count(connection, table)
    with target.read() as connection:
        count, total = 0, 0
        for rows in _portions(connection, table, None, PORTION):
            count, total = count + len(rows), _sum(rows, total)
    if (count, total) != (wanted, state.hash):
        raise StoreError(
            f"the table {table.name} of {target.name} ({count:,} rows) differs from that of "
            f"{source.name} ({wanted:,} rows): empty the copy and begin again"
        )


def _portions(
    connection: Connection, table: Table, after: tuple[object, ...] | None, most: int
) -> Iterator[list[tuple[object, ...]]]:
    """Yield the rows with a primary key above `after`, in its order, in portions."""
    keys = list(table.primary_key.columns)
    statement = select(table).order_by(*keys)
    if after is not None:
        values = map(_value_of_key, after, keys)
        statement = statement.where(tuple_(*keys) > tuple_(*values))
    at_once = 20 if table.name in _LARGE_ROWS else 1000
    portion: list[tuple[object, ...]] = []
    size = 0
    with connection.execute(statement.execution_options(yield_per=at_once)) as result:
        for stored in result:
            row = tuple(_storable(value) for value in stored)
            portion.append(row)
            size += sum(len(value) for value in row if isinstance(value, str | bytes))
            if len(portion) >= most or size >= _LARGEST_PORTION:
                yield portion
                portion, size = [], 0
    if portion:
        yield portion


def _storable(value: object) -> object:
    return value.replace("\0", "") if isinstance(value, str) and "\0" in value else value


def _sum(rows: Sequence[Sequence[object]], total: int) -> int:
    for row in rows:
        digest = blake2b(msgspec.msgpack.encode(row), digest_size=16).digest()
        total += int.from_bytes(digest, "big")
    return total % 2**128


def _key(table: Table, row: Sequence[object]) -> tuple[object, ...]:
    return tuple(
        value for value, column in zip(row, table.columns, strict=True) if column.primary_key
    )


def _value_of_key(value: object, column: Column[Any]) -> object:
    """Return a value of a key that was read from JSON."""
    if isinstance(column.type, Date) and isinstance(value, str):
        return date.fromisoformat(value)
    return value


def _count(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0


def _has_rows(connection: Connection, table: Table) -> bool:
    return connection.execute(select(*table.primary_key.columns).limit(1)).first() is not None


# --- the progress --------------------------------------------------------------------------------


def _progress(connection: Connection) -> dict[str, CopiedTable]:
    return {
        row.name: CopiedTable(
            name=row.name,
            rows=row.copied,
            hash=int(row.hash, 16),
            last_key=tuple(msgspec.json.decode(row.last_key)),
        )
        for row in connection.execute(select(copied_tables))
    }


def _save_progress(connection: Connection, state: CopiedTable) -> None:
    values = {
        "last_key": msgspec.json.encode(state.last_key).decode(),
        "copied": state.rows,
        "hash": f"{state.hash:x}",
    }
    connection.execute(
        insert_into(copied_tables, connection.dialect.name).on_conflict_do_update(
            index_elements=["name"], set_=values
        ),
        {"name": state.name, **values},
    )
