"""Check a whole database: every value, and in SQLite also the pages, tables and references."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import date
from enum import Enum
from itertools import islice
from pathlib import Path
from typing import Any, cast

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    Integer,
    LargeBinary,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator

from digest.model import (
    DeliveryState,
    Edition,
    EditionContent,
    HeldState,
    Letter,
    Verdict,
)
from digest.store.tables import metadata

Check = Callable[[Any], object]
"""Raises an exception for a value that its column cannot hold."""


SQLITE_ERRORS = (sqlite3.Error, UnicodeDecodeError)
"""What sqlite3 raises for a damaged file: its message may quote a schema that is not UTF-8."""


class StoredText(bytes):
    """The bytes of a stored text; plain bytes are a BLOB."""


def flaws(path: Path, most: int = 20) -> list[str]:
    """Return at most `most` flaws of the database in the file `path`.

    Each is a clause such as "table feeds, row id=3: checked_at cannot be read (...)".  The check
    sees the database as of its start.
    """
    try:
        address = f"{path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, isolation_level=None)) as database:
            database.text_factory = StoredText
            database.execute("BEGIN")
            return list(islice(_flaws(database), most))
    except SQLITE_ERRORS as error:
        return [f"it cannot be read ({error})"]


def _flaws(database: sqlite3.Connection) -> Iterator[str]:
    try:
        for (report,) in database.execute("PRAGMA integrity_check(5)"):
            if report != b"ok":
                yield report.decode("utf-8", "replace")
    except SQLITE_ERRORS as error:
        yield f"its pages cannot be read ({error})"
    for table in metadata.sorted_tables:
        try:
            yield from _flaws_of_table(database, table)
        except SQLITE_ERRORS as error:
            yield f"table {table.name} cannot be read ({error})"
    try:
        for row in database.execute("PRAGMA foreign_key_check"):
            child, number, parent = (_shown(value) for value in row[:3])
            yield f"table {child}, row {number}: what it refers to is not in {parent}"
    except SQLITE_ERRORS as error:
        yield f"its references cannot be read ({error})"


def _flaws_of_table(database: sqlite3.Connection, table: Table) -> Iterator[str]:
    column_names = [
        row[1].decode("utf-8", "replace")
        for row in database.execute(f"PRAGMA table_info({table.name})")
    ]
    if problem := flaws_of_table(table, column_names):
        yield problem
        return
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    rows = database.execute(f"SELECT {names} FROM {table.name}")  # noqa: S608 (our own names)
    yield from flaws_of_rows(table, rows)


def flaws_of_table(table: Table, column_names: Collection[str]) -> str | None:
    """Say which column a table with these columns lacks, or that the table is missing."""
    if not column_names:
        return f"table {table.name} is missing"
    missing = [column.name for column in table.columns if column.name not in column_names]
    if missing:
        return f"table {table.name} has no column {missing[0]}: its schema is older than it says"
    return None


def flaws_of_rows(table: Table, rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield a clause for each value that its column cannot hold; `rows` are in SQLite's form."""
    checks = [(column, _check_of(column)) for column in table.columns]
    keys = [place for place, (column, _) in enumerate(checks) if column.primary_key]
    for row in rows:
        for value, (column, check) in zip(row, checks, strict=True):
            if value is None:
                if column.nullable:
                    continue
                problem = "is missing"
            else:
                try:
                    check(value)
                    continue
                except Exception:  # any exception means that the column cannot hold the value
                    problem = f"cannot be read ({_shown(value)})"
            where = ", ".join(f"{checks[key][0].name}={_shown(row[key])}" for key in keys)
            yield f"table {table.name}, row {where}: {column.name} {problem}"


def _shown(value: object) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return text if len(text) <= 60 else f"{text[:60]}..."


def _check_of(column: Column[Any]) -> Check:
    kind = column.type
    of_document = _DOCUMENTS.get((column.table.name, column.name))
    if of_document is not None:
        return lambda value: of_document(_text(value))
    if isinstance(kind, TypeDecorator):
        stored = _text if isinstance(kind.impl_instance, Text) else _integer
        return lambda value: kind.process_result_value(stored(value), cast(Any, None))
    for types, check in _CHECKS:
        if isinstance(kind, types):
            return check
    raise AssertionError(f"no column is of the type {kind!r}")


def _text(value: object) -> str:
    if not isinstance(value, StoredText):
        raise TypeError("no text")
    return value.decode()


def _integer(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError("no integer")
    return value


def _boolean(value: object) -> None:
    if value not in (0, 1):
        raise ValueError("neither true nor false")


def _number(value: object) -> float:
    if not isinstance(value, int | float):
        raise TypeError("no number")
    return value


def _bytes(value: object) -> None:
    if isinstance(value, StoredText) or not isinstance(value, bytes):
        raise TypeError("no bytes")


_CHECKS: tuple[tuple[tuple[type, ...], Check], ...] = (
    ((Boolean,), _boolean),
    ((Integer, BigInteger), _integer),
    ((Float,), _number),
    ((LargeBinary,), _bytes),
    ((Date,), lambda value: date.fromisoformat(_text(value))),
    ((Text,), _text),
)


def _one_of(words: type[Enum]) -> Check:
    return words


_DOCUMENTS: dict[tuple[str, str], Check] = {
    ("editions", "document"): msgspec.json.Decoder(Edition).decode,
    ("held_editions", "document"): msgspec.json.Decoder(EditionContent).decode,
    ("held_editions", "state"): _one_of(HeldState),
    ("letters", "document"): msgspec.json.Decoder(Letter).decode,
    ("decisions", "verdict"): _one_of(Verdict),
    ("deliveries", "state"): _one_of(DeliveryState),
    ("delivery_counts", "state"): _one_of(DeliveryState),
}
