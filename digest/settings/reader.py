"""Read the tables of the configuration as frozen dataclasses, and note every mistake by its key.

A dataclass describes its table completely.  The name of a field is the key (``from_`` stands for
``from``), its type is the type of the value, and its default applies where the key is missing.  In
the metadata of a field, ``min`` and ``max`` are the range, and ``is_key=False`` marks a field that
is no key.  ``__post_init__`` may raise a ValueError whose message begins with the key that is
wrong.  A value with a mistake counts as absent, so that all other values are checked too.
"""

from __future__ import annotations

import json
import math
import os
import re
import types
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, time, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

from digest.settings import advice
from digest.settings.positions import Key
from digest.text.suggestions import suggestion

T = TypeVar("T")


class Table(NamedTuple):
    """A table of the file, and its key."""

    key: Key
    items: Mapping[str, Any]


class Reader:
    """Reads tables as dataclasses; `mistakes` holds a message for each key with a mistake."""

    def __init__(
        self, root: Path, unknown: Callable[[Key, Collection[str]], str] | None = None
    ) -> None:
        self.root = root
        """The folder that relative paths start from."""
        self.unknown = unknown or _unknown
        """Takes an unknown key and the known keys of its table; returns the error message."""
        self.mistakes: dict[Key, str] = {}

    def note(self, key: Key, message: str) -> None:
        """Note a mistake, unless `key` has one already, which may have caused this one."""
        self.mistakes.setdefault(key, message)

    def record(self, cls: Callable[..., T], *tables: Table, also: Collection[str] = ()) -> T | None:
        """Return an instance of `cls`; each key is taken from the first of the tables that has it.

        The caller reads the keys in `also`.  Returns ``None`` where a key without a default is
        missing, or where `cls` refuses the values together.
        """
        values = self.values(cls, *tables, also=also)
        table_fields = _table_fields(cls)
        missing = [
            name
            for name, table_field in table_fields.items()
            if table_field.required and table_field.name not in values
        ]
        for name in missing:
            if not any(name in table.items for table in tables):
                self.note(
                    (*tables[0].key, name), f"missing; expected {table_fields[name].kind.expected}"
                )
        if missing:
            return None
        try:
            return cls(**values)
        except ValueError as error:
            message = str(error)
            named = message.partition(" ")[0].rstrip(":")
            if named in table_fields:
                self.note((*tables[0].key, named), message.removeprefix(f"{named}: "))
            else:
                self.note(tables[0].key, message)
            return None

    def values(
        self, cls: Callable[..., Any], *tables: Table, also: Collection[str] = ()
    ) -> dict[str, Any]:
        """Return the values of the fields of `cls` in the tables, without the mistaken ones."""
        table_fields = _table_fields(cls)
        values: dict[str, Any] = {}
        for table in tables:
            for name, found in table.items.items():
                key = (*table.key, name)
                if table_field := table_fields.get(name):
                    value = self.read(table_field.kind, key, found)
                    if value is not None and self._in_range(table_field, key, value):
                        values.setdefault(table_field.name, value)
                elif name not in also:
                    self.note(key, self.unknown(key, [*table_fields, *also]))
        return values

    def read(self, kind: Kind, key: Key, found: object) -> Any:
        """Return `found` as a value of `kind`; ``None`` with a mistake noted if it is none."""
        value = kind.read(self, key, found)
        if value is not MISFIT:
            return value
        self.note(key, f"expected {kind.expected}, found {_shown(found)}{kind.advice(found)}")
        return None

    def _in_range(self, table_field: _TableField, key: Key, value: Any) -> bool:
        if not isinstance(value, int | float | timedelta):
            return True
        if table_field.minimum is not None and value < table_field.minimum:
            self.note(
                key, f"expected at least {_shown(table_field.minimum)}, found {_shown(value)}"
            )
        elif table_field.maximum is not None and value > table_field.maximum:
            self.note(key, f"expected at most {_shown(table_field.maximum)}, found {_shown(value)}")
        else:
            return True
        return False


# --- the types a field may have ------------------------------------------------------------------

MISFIT: Any = object()
"""The result of `Kind.read` for a value that is not of that kind."""


def _no_advice(found: object) -> str:
    return ""


class Kind(NamedTuple):
    """A type of values: the words that describe it to people, and the function that reads it."""

    expected: str
    read: Callable[[Reader, Key, Any], Any]
    advice: Callable[[Any], str] = _no_advice
    """Returns the end of the message about a value that is not of this kind."""


class _TableField(NamedTuple):
    """A field of a dataclass; its name is the key, with ``_`` behind it for a Python keyword."""

    name: str
    kind: Kind
    required: bool
    minimum: Any
    maximum: Any


@cache
def _table_fields(cls: Any) -> dict[str, _TableField]:
    """Return the fields of the table that `cls` describes, by key."""
    hints = get_type_hints(cls)
    return {
        field.name.removesuffix("_"): _TableField(
            name=field.name,
            kind=kind_of(hints[field.name]),
            required=field.default is MISSING and field.default_factory is MISSING,
            minimum=field.metadata.get("min"),
            maximum=field.metadata.get("max"),
        )
        for field in fields(cls)
        if field.metadata.get("is_key", True)
    }


@cache
def kind_of(hint: Any) -> Kind:
    """Return the kind for a type hint; raise TypeError for a type that no setting may have."""
    if hint in _SCALARS:
        return _SCALARS[hint]
    if is_dataclass(hint):
        return _table_of(hint)
    match get_origin(hint), get_args(hint):
        case (origin, choices) if origin is Literal:
            return _one_of(choices)
        case (origin, choices) if origin in (Union, types.UnionType):
            return _any_of([kind_of(choice) for choice in choices if choice is not types.NoneType])
        case (origin, (element, end)) if origin is tuple and end is ...:
            return _array_of(element)
        case (origin, (name, element)) if origin is Mapping and name is str:
            return _tables_of(kind_of(element))
    raise TypeError(f"a setting cannot be of type {hint!r}")


def _table_of(cls: Any) -> Kind:
    def read(reader: Reader, key: Key, found: Any) -> Any:
        return reader.record(cls, Table(key, found)) if isinstance(found, dict) else MISFIT

    return Kind("a table", read)


def _tables_of(kind: Kind) -> Kind:
    def read(reader: Reader, key: Key, found: Any) -> Any:
        if not isinstance(found, dict):
            return MISFIT
        values = {name: reader.read(kind, (*key, name), item) for name, item in found.items()}
        return {name: value for name, value in values.items() if value is not None}

    if kind.expected == "a table":
        kind = kind._replace(advice=advice.named_table)
    return Kind("a table", read, advice.table)


def _array_of(element: Any) -> Kind:
    kind = kind_of(element)

    def read(reader: Reader, key: Key, found: Any) -> Any:
        if not isinstance(found, list):
            return MISFIT
        values = [reader.read(kind, (*key, at), item) for at, item in enumerate(found)]
        return tuple(value for value in values if value is not None)

    tables = "an array of tables, each under its own [[...]] with two brackets"
    if is_dataclass(element):
        return Kind(tables, read)
    return Kind(f"an array [...] of {kind.expected}", read, advice.array)


def _any_of(kinds: list[Kind]) -> Kind:
    def read(reader: Reader, key: Key, found: Any) -> Any:
        values = (kind.read(reader, key, found) for kind in kinds)
        return next((value for value in values if value is not MISFIT), MISFIT)

    def advise(found: Any) -> str:
        return next((words for kind in kinds if (words := kind.advice(found))), "")

    if len(kinds) == 1:
        return kinds[0]
    return Kind(_listed([kind.expected for kind in kinds]), read, advise)


def _one_of(choices: tuple[Any, ...]) -> Kind:
    def read(reader: Reader, key: Key, found: Any) -> Any:
        return next(
            (choice for choice in choices if choice == found and type(choice) is type(found)),
            MISFIT,
        )

    return Kind(
        _listed([_shown(choice) for choice in choices]), read, partial(advice.choice, choices)
    )


_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"(\d{1,9})([smhdw])", re.ASCII)
_LONGEST = timedelta(days=36500)  # a date minus this is still a valid date


def _duration(reader: Reader, key: Key, found: Any) -> Any:
    written = _DURATION.fullmatch(found) if isinstance(found, str) else None
    if not written:
        return MISFIT
    try:
        duration = timedelta(**{_UNITS[written[2]]: int(written[1])})
    except OverflowError:
        return MISFIT
    return duration if duration <= _LONGEST else MISFIT


def _text(reader: Reader, key: Key, found: Any) -> Any:
    """Read text without control characters, so that it fits headers, paths and addresses."""
    if not isinstance(found, str):
        return MISFIT
    sound = found.isprintable() or not any(unicodedata.category(c) == "Cc" for c in found)
    return found if sound else MISFIT


def _integer(reader: Reader, key: Key, found: Any) -> Any:
    """Read an integer of 64 bits, which every database can store."""
    return found if type(found) is int and -(2**63) <= found < 2**63 else MISFIT


def _number(reader: Reader, key: Key, found: Any) -> Any:
    if isinstance(found, float):
        return found if math.isfinite(found) else MISFIT
    integer = _integer(reader, key, found)
    return integer if integer is MISFIT else float(integer)


def _flag(reader: Reader, key: Key, found: Any) -> Any:
    return found if isinstance(found, bool) else MISFIT


def _day(reader: Reader, key: Key, found: Any) -> Any:
    return found if type(found) is date else MISFIT


_TIME_OF_DAY = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", re.ASCII)


def _time_of_day(reader: Reader, key: Key, found: Any) -> Any:
    if isinstance(found, time) and not (found.second or found.microsecond):  # TOML has such values
        return found
    written = _TIME_OF_DAY.fullmatch(found) if isinstance(found, str) else None
    return time(int(written[1]), int(written[2])) if written else MISFIT


def _path(reader: Reader, key: Key, found: Any) -> Any:
    written = _text(reader, key, found)
    if written is MISFIT or written[:1] in "~":
        return MISFIT
    return Path(os.path.normpath(reader.root / written))


def _anything(reader: Reader, key: Key, found: Any) -> Any:
    return found


_SCALARS: dict[Any, Kind] = {
    str: Kind("text on one line", _text, advice.text),
    int: Kind("a whole number", _integer, advice.number),
    float: Kind("a number", _number, advice.number),
    bool: Kind("true or false", _flag, advice.flag),
    date: Kind("a date such as 2026-12-24", _day, advice.day),
    time: Kind('a time of day such as "08:30"', _time_of_day),
    timedelta: Kind(
        'a duration such as "90s", "5m", "1h", "2d" or "1w"', _duration, advice.duration
    ),
    Path: Kind('a path, whole or relative to this file, without "~"', _path, advice.path),
    object: Kind("anything", _anything),
}


# --- words ---------------------------------------------------------------------------------------


def _unknown(key: Key, known: Collection[str]) -> str:
    return f"unknown key{suggestion(str(key[-1]), known)}"


def _listed(words: list[str]) -> str:
    return " or ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


def _shown(value: object) -> str:
    """Return a value as TOML writes it, or for a table or an array a description."""
    match value:
        case str():
            return json.dumps(value if len(value) <= 60 else f"{value[:59]}…", ensure_ascii=False)
        case bool():
            return str(value).lower()
        case int() if not -(2**63) <= value < 2**63:
            return "a number too large to hold"
        case timedelta():
            seconds = int(value.total_seconds())
            size, unit = next(
                (size, unit)
                for size, unit in ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))
                if seconds % size == 0
            )
            return f'"{seconds // size}{unit}"'
        case dict():
            return "a table"
        case list():
            return "an array"
    return str(value)
