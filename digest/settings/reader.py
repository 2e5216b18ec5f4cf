"""Read the tables of the configuration as frozen dataclasses, and note every mistake by its key.

A dataclass is the whole description of its table: a field's name is the key (``from_`` stands for
``from``), its type says what is expected, its default is what holds without the key, and ``min``
and ``max`` in its metadata are the range, and a field whose ``is_key`` there is False is no key.
``__post_init__`` may raise a ValueError; its message
begins with the key that it is about.  A value with a mistake counts as absent, so that everything
else is checked as well.
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
    """A table and where it stands."""

    key: Key
    items: Mapping[str, Any]


class Reader:
    """Reads tables as dataclasses; `mistakes` says what was wrong, and where."""

    def __init__(
        self, root: Path, unknown: Callable[[Key, Collection[str]], str] | None = None
    ) -> None:
        self.root = root
        """The folder that relative paths start from."""
        self.unknown = unknown or _unknown
        """Returns the sentence about a key that its table, which has the given ones, has not."""
        self.mistakes: dict[Key, str] = {}

    def note(self, key: Key, message: str) -> None:
        """Note a mistake, unless `key` has one already, from which this would follow."""
        self.mistakes.setdefault(key, message)

    def record(self, cls: Callable[..., T], *tables: Table, also: Collection[str] = ()) -> T | None:
        """Make a `cls` of one or more tables, the first that has a key deciding.

        Keys in `also` are left for others to read.  Returns ``None`` where a key without default
        is missing or the values do not go together.
        """
        values = self.values(cls, *tables, also=also)
        shape = _shape(cls)
        lacking = [
            name for name, slot in shape.items() if slot.required and slot.name not in values
        ]
        for name in lacking:
            if not any(name in table.items for table in tables):
                self.note((*tables[0].key, name), f"missing; expected {shape[name].kind.expected}")
        if lacking:
            return None
        try:
            return cls(**values)
        except ValueError as error:
            named = str(error).partition(" ")[0].rstrip(":")
            self.note((*tables[0].key, *([named] if named in shape else [])), str(error))
            return None

    def values(
        self, cls: Callable[..., Any], *tables: Table, also: Collection[str] = ()
    ) -> dict[str, Any]:
        """Return what the tables say about the fields of `cls`, as far as it is right."""
        shape = _shape(cls)
        values: dict[str, Any] = {}
        for table in tables:
            for name, found in table.items.items():
                key = (*table.key, name)
                if slot := shape.get(name):
                    value = self.read(slot.kind, key, found)
                    if value is not None and self._in_range(slot, key, value):
                        values.setdefault(slot.name, value)
                elif name not in also:
                    self.note(key, self.unknown(key, [*shape, *also]))
        return values

    def read(self, kind: Kind, key: Key, found: object) -> Any:
        """Return `found` as a value of `kind`; note why not, and return ``None``, if it is not."""
        value = kind.read(self, key, found)
        if value is not MISFIT:
            return value
        self.note(key, f"expected {kind.expected}, found {_shown(found)}{kind.advice(found)}")
        return None

    def _in_range(self, slot: _Slot, key: Key, value: Any) -> bool:
        if not isinstance(value, int | float | timedelta):
            return True
        if slot.least is not None and value < slot.least:
            self.note(key, f"expected at least {_shown(slot.least)}, found {_shown(value)}")
        elif slot.most is not None and value > slot.most:
            self.note(key, f"expected at most {_shown(slot.most)}, found {_shown(value)}")
        else:
            return True
        return False


# --- the types a field may have ------------------------------------------------------------------

MISFIT: Any = object()
"""What a kind returns for a value that is not of it."""


def _no_advice(found: object) -> str:
    return ""


class Kind(NamedTuple):
    """How values of a type are written, for people, and how they are read."""

    expected: str
    read: Callable[[Reader, Key, Any], Any]
    advice: Callable[[Any], str] = _no_advice
    """Returns the end of the sentence about a value that is not of this kind."""


class _Slot(NamedTuple):
    """A field: its own name, which is the key's but for a last ``_``, and what it takes."""

    name: str
    kind: Kind
    required: bool
    least: Any
    most: Any


@cache
def _shape(cls: Any) -> dict[str, _Slot]:
    """Return the keys of the table that `cls` describes."""
    hints = get_type_hints(cls)
    return {
        field.name.removesuffix("_"): _Slot(
            name=field.name,
            kind=kind_of(hints[field.name]),
            required=field.default is MISSING and field.default_factory is MISSING,
            least=field.metadata.get("min"),
            most=field.metadata.get("max"),
        )
        for field in fields(cls)
        if field.metadata.get("is_key", True)
    }


@cache
def kind_of(hint: Any) -> Kind:
    """Return how values of a type are read; raise TypeError for a type that no field may have."""
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
        return next((it for it in choices if it == found and type(it) is type(found)), MISFIT)

    return Kind(
        _listed([_shown(choice) for choice in choices]), read, partial(advice.choice, choices)
    )


_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"(\d{1,9})([smhdw])", re.ASCII)
_LONGEST = timedelta(days=36500)  # any date less this is still a date


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
    """Take text that is fit for mail headers, paths and addresses."""
    if not isinstance(found, str):
        return MISFIT
    sound = found.isprintable() or not any(unicodedata.category(c) == "Cc" for c in found)
    return found if sound else MISFIT


def _whole(reader: Reader, key: Key, found: Any) -> Any:
    """Take what a database's integer holds."""
    return found if type(found) is int and -(2**63) <= found < 2**63 else MISFIT


def _number(reader: Reader, key: Key, found: Any) -> Any:
    if isinstance(found, float):
        return found if math.isfinite(found) else MISFIT
    whole = _whole(reader, key, found)
    return whole if whole is MISFIT else float(whole)


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
    int: Kind("a whole number", _whole, advice.bare),
    float: Kind("a number", _number, advice.bare),
    bool: Kind("true or false", _flag, advice.flag),
    date: Kind("a date such as 2026-12-24", _day, advice.day),
    time: Kind('a time of day such as "08:30"', _time_of_day),
    timedelta: Kind('a duration such as "90s", "5m", "1h", "2d" or "1w"', _duration, advice.wait),
    Path: Kind('a path, whole or relative to this file, without "~"', _path, advice.path),
    object: Kind("anything", _anything),
}


# --- words ---------------------------------------------------------------------------------------


def _unknown(key: Key, known: Collection[str]) -> str:
    return f"unknown key{suggestion(str(key[-1]), known)}"


def _listed(words: list[str]) -> str:
    return " or ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


def _shown(value: object) -> str:
    """Return a value as the file would have it, or what it is."""
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
