"""Statements that name many rows at once, in portions that every database takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Select

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
        yield from connection.execute(statement, {**(fixed or {}), "values": portion})
