"""Edit the settings of a digest in the text of a configuration, and keep every other byte of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from digest.errors import ConfigError
from digest.settings.edit import edit_lines, with_last_line_ended
from digest.settings.positions import Key, Places, dotted, loads, scan

Value = str | int | bool | Sequence[str]
"""A value of a setting."""


def set_digest(text: str, name: str, values: Mapping[str, Value | None]) -> str:
    """Return `text` with other values of the digest `name`; a value of ``None`` removes its key.

    `values` has dotted keys: ``schedule``, ``excerpt.length``.  Raises ConfigError where there is
    no such digest, or where its settings are written in a way that is not found line by line.
    """
    text = with_last_line_ended(text)
    wanted = deepcopy(loads(text))
    if not isinstance(wanted.get("digests", {}).get(name), dict):
        raise ConfigError(f"there is no digest {name!r} in the file", key="digests")
    for key, value in values.items():
        path: Key = ("digests", name, *key.split("."))
        new = list(value) if isinstance(value, (list, tuple)) else value
        old = _value_at(wanted, path)
        if old == new and type(old) is type(new):
            continue
        _put(wanted, path, new)
        text = _removed(text, path) if new is None else _set(text, path, new)
    if loads(text) != wanted:
        raise ConfigError(
            f"change digests.{name} in the file yourself: its settings are not found by line"
        )
    return text


def _set(text: str, path: Key, value: Any) -> str:
    places = scan(text)
    if (setting := _setting_around(text, places, path)) is not None:
        return edit_lines(text, places, setting, lambda part: _put_in_part(part, path, value))
    return _inserted(text, places, path, value)


def _removed(text: str, path: Key) -> str:
    places = scan(text)
    setting = _setting_around(text, places, path)
    if setting is None:
        return text
    if setting != path:  # a key of an inline table
        return edit_lines(text, places, setting, lambda part: _put_in_part(part, path, None))
    lines = text.split("\n")
    del lines[places.lines[path] - 1 : places.ends[path]]
    return "\n".join(lines)


def _setting_around(text: str, places: Places, path: Key) -> Key | None:
    """Return the key of the setting that holds `path`: itself, or an inline table."""
    lines = text.split("\n")
    for length in range(len(path), 1, -1):
        key = path[:length]
        if key in places.ends and not lines[places.lines[key] - 1].lstrip().startswith("["):
            return key
    return None


def _put_in_part(part: Any, path: Key, value: Any) -> None:
    """Set the value at `path` in the parsed lines of one setting, which begin at any part of it."""
    for start in range(len(path)):
        own = path[start:]
        if own[0] in part:
            table = part
            for name in own[:-1]:
                table = table[name]
            if value is None:
                del table[own[-1]]
            elif isinstance(value, list) and isinstance(table.get(own[-1]), list):
                _change_list(table[own[-1]], value)
            else:
                table[own[-1]] = value
            return
    raise ConfigError(f"change {dotted(path)} in the file yourself: it is not found by line")


def _change_list(array: Any, wanted: list[str]) -> None:
    """Remove and append items, so that the comments beside the others stay."""
    for item in [item for item in array if item not in wanted]:
        array.remove(item)
    for item in wanted:
        if item not in array:
            array.append(item)
    if list(array) != wanted:
        array.clear()
        array.extend(wanted)


def _inserted(text: str, places: Places, path: Key, value: Any) -> str:
    """Add a line for a new setting: to its own table, else to that of the digest."""
    lines = text.split("\n")
    for length in range(len(path) - 1, 1, -1):
        table = path[:length]
        if table in places.ends and lines[places.lines[table] - 1].lstrip().startswith("["):
            return _with_line(lines, places.ends[table], path[length:], value)
    below = [line for key, line in places.lines.items() if key[:2] == path[:2] and len(key) > 2]
    if not below:
        raise ConfigError(f"add {dotted(path)} to the file yourself: its table is not found")
    first = min(below) - 1
    end = "\r" if lines[first].endswith("\r") else ""
    head = [f"[{dotted(path[:2])}]{end}", f"{_line(path[2:], value)}{end}", end]
    return "\n".join([*lines[:first], *head, *lines[first:]])


def _with_line(lines: list[str], after: int, key: Key, value: Any) -> str:
    end = "\r" if lines[after - 1].endswith("\r") else ""
    return "\n".join([*lines[:after], _line(key, value) + end, *lines[after:]])


def _line(key: Key, value: Any) -> str:
    import tomlkit

    return f"{dotted(key)} = {tomlkit.item(value).as_string()}"


def _value_at(values: Any, path: Key) -> Any:
    for name in path:
        values = values.get(name) if isinstance(values, dict) else None
    return values


def _put(values: dict[str, Any], path: Key, value: Any) -> None:
    *outer, last = path
    for name in outer:
        values = values.setdefault(str(name), {})
    if value is None:
        values.pop(str(last), None)
    else:
        values[str(last)] = value
