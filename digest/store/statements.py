"""Statements about many rows: in portions that every database accepts, and prepared once.

Writing a row through SQLAlchemy costs ten times as much as the database needs for it, because
SQLAlchemy looks up and arranges the parameters of each row.  Functions that write thousands of rows
hand tuples to the driver instead.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Dialect, Row, Select
from sqlalchemy.sql.dml import UpdateBase

from digest.store.errors import DamagedValueError

logger = logging.getLogger(__name__)

T = TypeVar("T")

PORTION = 1000
"""How many values a statement gets at once: far below the limit of each database."""


@dataclass(frozen=True, slots=True)
class PreparedStatement:
    """A writing statement in the driver's form; its parameters are a row of values."""

    sql: str
    order: tuple[int, ...]
    """For each parameter of the driver, the index of its value in the row."""
    converters: tuple[Callable[[Any], Any] | None, ...]
    """For each value of the row, the function that turns it into the database's form."""
    names: tuple[str, ...] | None
    """The names of the driver's parameters; None where it takes them by position."""

    def rows(self, values: Iterable[Sequence[Any]]) -> list[Any]:
        """Return the parameters of many rows."""
        return [self.row(row) for row in values]

    def row(self, values: Sequence[Any]) -> Any:
        """Return the parameters for values in the order of `prepared`'s columns."""
        converted = [
            value if convert is None or value is None else convert(value)
            for value, convert in zip(values, self.converters, strict=True)
        ]
        in_order = tuple(map(converted.__getitem__, self.order))
        return in_order if self.names is None else dict(zip(self.names, in_order, strict=True))


@lru_cache(maxsize=32)
def prepared(
    statement: UpdateBase, dialect: Dialect, columns: tuple[str, ...]
) -> PreparedStatement:
    """Prepare a statement; the rows of values will be in the order of `columns`."""
    compiled = statement.compile(dialect=dialect, column_keys=columns)
    names = tuple(compiled.positiontup or compiled.binds)
    assert sorted(names) == sorted(columns), "a statement has other parameters"
    return PreparedStatement(
        sql=compiled.string,
        order=tuple(map(columns.index, names)),
        converters=tuple(
            compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)
            for name in columns
        ),
        names=None if compiled.positiontup else names,
    )


def returned(
    connection: Connection,
    statement: UpdateBase,
    columns: tuple[str, ...],
    values: Sequence[Sequence[Any]],
) -> list[Any]:
    """Run a statement for each row of values, in order; return the returned rows, in any order."""
    if connection.dialect.name != "sqlite":  # one statement for all: the server may be remote
        return list(
            connection.execute(statement, [dict(zip(columns, row, strict=True)) for row in values])
        )
    insertion = prepared(statement, connection.dialect, columns)
    with closing(connection.connection.cursor()) as cursor:
        returned_rows = []
        for row in values:
            cursor.execute(insertion.sql, insertion.row(row))
            returned_rows.append(cursor.fetchone())
        return returned_rows


def portions(values: Iterable[T]) -> Iterator[Sequence[T]]:
    """Cut `values` into lists of at most `PORTION`."""
    rest = iter(values)
    while portion := list(islice(rest, PORTION)):
        yield portion


def rows(
    connection: Connection,
    statement: Select[Any],
    values: Iterable[object],
    fixed: Mapping[str, object] | None = None,
) -> Iterator[Row[Any]]:
    """Yield the rows of `statement` for all distinct `values`, in portions.

    `statement` has an expanding parameter ``values``; `fixed` holds its other parameters.
    """
    for portion in portions(dict.fromkeys(values)):
        yield from sound_rows(connection, statement, {**(fixed or {}), "values": portion})


def sound_rows(
    connection: Connection, statement: Select[Any], parameters: Mapping[str, object]
) -> list[Row[Any]]:
    """Return the rows of `statement`; leave out, with a warning, rows with an unreadable value."""
    with suppress(DamagedValueError):
        return list(connection.execute(statement, parameters).all())
    result = connection.execute(statement, parameters)
    sound: list[Row[Any]] = []
    while True:
        try:
            row = result.fetchone()
        except DamagedValueError as error:
            logger.warning("the database is damaged, and a row is left out: %s", error)
            continue
        if row is None:
            return sound
        sound.append(row)
