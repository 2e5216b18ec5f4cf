"""Statements that name many rows at once, in portions that every database takes."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Select

from digest.store.errors import DamagedValueError

logger = logging.getLogger(__name__)

T = TypeVar("T")

PORTION = 1000
"""How many parameters a statement gets: far below the limit of each database."""


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
