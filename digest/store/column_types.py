"""The types that turn the values of columns into the model's and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec
from sqlalchemy import BigInteger, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator

from digest.store.errors import DamagedValueError

T = TypeVar("T")


class Utc(TypeDecorator[datetime]):
    """An aware datetime, kept as text in UTC: ``2026-01-12 07:00:00``, with microseconds if any.

    The form is the same in every database, readable in a query, and sorts as time does.  A naive
    datetime is refused with ValueError.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a datetime without a zone cannot be stored: {value!r}")
        if value.tzinfo is not UTC:
            value = value.astimezone(UTC)
        return value.isoformat(" ")[:-6]

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        try:
            return datetime.fromisoformat(value + "Z")
        except (ValueError, TypeError) as error:
            raise DamagedValueError(f"{value!r:.60} is no time") from error


class Seconds(TypeDecorator[timedelta]):
    """A span of time, kept as whole seconds."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> int | None:
        return None if value is None else round(value.total_seconds())

    def process_result_value(self, value: int | None, dialect: Dialect) -> timedelta | None:
        return None if value is None else timedelta(seconds=value)


class Packed(TypeDecorator[T]):
    """A value of type `of`, kept as JSON; an empty one is kept as NULL and read as `empty`."""

    impl = Text
    cache_ok = True

    def __init__(self, of: Any, empty: T) -> None:
        super().__init__()
        self.of = of
        self.empty = empty
        self._decode = msgspec.json.Decoder(of).decode

    def process_bind_param(self, value: T | None, dialect: Dialect) -> str | None:
        return msgspec.json.encode(value).decode() if value else None

    def process_result_value(self, value: str | None, dialect: Dialect) -> T | None:
        if value is None:
            return self.empty
        try:
            decoded: T = self._decode(value)
        except (msgspec.MsgspecError, TypeError, ValueError) as error:
            raise DamagedValueError(f"{value!r:.60} cannot be read ({error})") from error
        return decoded


RowId = BigInteger().with_variant(Integer, "sqlite")
"""The id of a row.  SQLite's integers have 64 bits, and only a column INTEGER counts up."""
