"""Statements about many rows: in portions that every database takes, and prepared once.

A row that SQLAlchemy writes costs ten times as much as the database needs for it: parameters are
looked up and laid out anew for each.  What writes thousands of rows hands tuples to the driver.
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
"""How many parameters a statement gets: far below the limit of each database."""


@dataclass(frozen=True, slots=True)
class PreparedStatement:
    """A writing statement as the driver takes it; its parameters are a row of values."""

    sql: str
    order: tuple[int, ...]
    """Where the driver's parameters stand among the values that are given."""
    converters: tuple[Callable[[Any], Any] | None, ...]
    """What turns each of the given values into the database's form."""
    names: tuple[str, ...] | None
    """The driver's parameters, where it wants them by name."""

    def rows(self, values: Iterable[Sequence[Any]]) -> list[Any]:
        """Return the parameters of many rows."""
        return [self.row(row) for row in values]

    def row(self, values: Sequence[Any]) -> Any:
        """Return the parameters for values in the order of the columns that were asked for."""
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
    """Prepare a statement whose parameters are `columns`, in the order of their values."""
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
    """Run a statement for each row of values, in order; return what each returns, in any order."""
    if connection.dialect.name != "sqlite":  # which is not across a network
        return list(
            connection.execute(statement, [dict(zip(columns, row, strict=True)) for row in values])
        )
    insertion = prepared(statement, connection.dialect, columns)
    with closing(connection.connection.cursor()) as cursor:
        found = []
        for row in values:
            cursor.execute(insertion.sql, insertion.row(row))
            found.append(cursor.fetchone())
        return found


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
    """Run `statement` for all distinct `values`: its expanding parameter ``values``."""
    for portion in portions(dict.fromkeys(values)):
        yield from sound_rows(connection, statement, {**(fixed or {}), "values": portion})


def sound_rows(
    connection: Connection, statement: Select[Any], parameters: Mapping[str, object]
) -> list[Row[Any]]:
    """Run `statement`; leave out the rows of which a value cannot be read, and warn of them."""
    with suppress(DamagedValueError):
        return list(connection.execute(statement, parameters).all())
    result = connection.execute(statement, parameters)
    found: list[Row[Any]] = []
    while True:
        try:
            row = result.fetchone()
        except DamagedValueError as error:
            logger.warning("the database is damaged, and a row is left out: %s", error)
            continue
        if row is None:
            return found
        found.append(row)
