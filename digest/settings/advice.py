"""Advise how to write a setting whose value has the wrong type.

Each function takes the value in the file and returns the end of an error message, beginning with a
semicolon.  It returns an empty string where there is no advice.
"""

from __future__ import annotations

import json
import os
import re
from datetime import date, datetime
from typing import Any

from digest.text.suggestions import nearest

_YES, _NO = frozenset(("true", "yes", "on", "1")), frozenset(("false", "no", "off", "0"))
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_SIZE = re.compile(r"(\d{1,6}(?:[.,]\d{1,3})?)\s*([kmg])i?b?(?:ytes)?", re.IGNORECASE)
_DURATION_PART = re.compile(r"(\d+(?:[.,]\d+)?)\s*([a-z]+)", re.IGNORECASE)
_SECONDS = {
    "s": 1, "sec": 1, "secs": 1, "second": 1, "seconds": 1,
    "m": 60, "min": 60, "mins": 60, "minute": 60, "minutes": 60,
    "h": 3600, "hr": 3600, "hrs": 3600, "hour": 3600, "hours": 3600,
    "d": 86400, "day": 86400, "days": 86400,
    "w": 604800, "wk": 604800, "week": 604800, "weeks": 604800,
    "mo": 2592000, "month": 2592000, "months": 2592000,
    "y": 31536000, "yr": 31536000, "year": 31536000, "years": 31536000,
}  # fmt: skip
_SYNONYMS = {"ssl": "tls", "smtps": "tls", "plain": "none", "off": "none", "daily": "always"}
_UNLIMITED = frozenset(
    ("always", "ever", "forever", "for ever", "infinite", "never", "none", "unlimited")
)
_RHYTHMS = {"hourly": "1h", "daily": "1d", "weekly": "1w", "monthly": "30d", "yearly": "365d"}


def text(found: Any) -> str:
    if isinstance(found, bool | int | float | date):
        return f'; write it in quotes: "{str(found).lower()}"'
    if isinstance(found, str) and "\n" in found.strip():
        return "; write it without a line break"
    if isinstance(found, list):
        return "; write one text, without [brackets]"
    if isinstance(found, dict):
        return '; write a line KEY = "text" above this table, and remove the table'
    return ""


def number(found: Any) -> str:
    """Return advice about a value that should be a number."""
    if isinstance(found, str) and _NUMBER.fullmatch(found.strip()):
        return f"; write it without quotes: {found.strip()}"
    if isinstance(found, str) and (size := _SIZE.fullmatch(found.strip())):
        count = float(size[1].replace(",", ".")) * 1000 ** ("kmg".index(size[2].lower()) + 1)
        return f"; write it as a number, without quotes: {round(count):_}"
    if isinstance(found, str) and (first := re.match(r"\s*(\d{1,9})\s+[A-Za-z]", found)):
        return f"; write the number alone: {first[1]}"
    if isinstance(found, float) and found.is_integer() and abs(found) < 1e15:
        return f"; write {int(found)}"
    return ""


def flag(found: Any) -> str:
    word = str(found).strip().casefold()
    for words, meant in ((_YES, "true"), (_NO, "false")):
        if word in words:
            return f"; write {meant}, without quotes"
    return ""


def day(found: Any) -> str:
    if isinstance(found, datetime):
        return f"; write the day alone: {found.date()}"
    if isinstance(found, str):
        try:
            return f"; write it without quotes: {date.fromisoformat(found.strip())}"
        except ValueError:
            return "; write year, month and day, without quotes"
    return ""


def duration(found: Any) -> str:
    """Return advice about a value that should be a duration."""
    if type(found) is int:
        return f'; add a unit, in quotes: "{found}s", "{found}m" or "{found}h"'
    if not isinstance(found, str):
        return ""
    written = found.strip().casefold()
    if _NUMBER.fullmatch(written):
        return f'; add a unit: "{written}s", "{written}m" or "{written}h"'
    if written in _UNLIMITED:
        return '; the longest is "36500d", a hundred years'
    if written in _RHYTHMS:
        return f'; did you mean "{_RHYTHMS[written]}"?'
    parts = _DURATION_PART.findall(written)
    if not parts or _DURATION_PART.sub("", written).strip(" ,and"):
        return ""
    try:
        seconds = sum(float(count.replace(",", ".")) * _SECONDS[unit] for count, unit in parts)
    except KeyError:
        return ""
    size, unit = next(
        (size, unit)
        for size, unit in ((604800, "w"), (86400, "d"), (3600, "h"), (60, "m"), (1, "s"))
        if seconds % size == 0 or size == 1
    )
    return f'; did you mean "{round(seconds / size)}{unit}"?' if seconds >= 1 else ""


def path(found: Any) -> str:
    if isinstance(found, str) and found.startswith("~"):
        whole = os.path.join("/home/YOU", found.partition("/")[2]) if "/" in found else "/home/YOU"
        return f'; write the whole path, such as "{whole}"'
    return text(found)


def array(found: Any) -> str:
    if isinstance(found, str):
        parts = [part.strip() for part in re.split(r"[,;]", found) if part.strip()] or [found]
        return f"; write {json.dumps(parts, ensure_ascii=False)}" if len(found) <= 100 else ""
    if isinstance(found, bool | int | float):
        return f"; write [{json.dumps(found)}]"
    return ""


def table(found: Any) -> str:
    """Return advice about a value that should be a table."""
    if isinstance(found, list) and found and all(isinstance(part, str) for part in found):
        return f"; write {{ {json.dumps(found[0], ensure_ascii=False)} = ... }}, a value for each"
    if isinstance(found, list):
        return "; a table has single [brackets], and each has a name of its own"
    return "; write { KEY = VALUE }, or a table of its own in [brackets]"


def named_table(found: Any) -> str:
    """Return advice about a value that should be a table with a name."""
    if isinstance(found, list) and all(isinstance(part, dict) for part in found):
        return "; write its header with single [brackets]"
    return "; is a name missing between the [brackets]?"


def choice(choices: tuple[Any, ...], found: Any) -> str:
    """Return advice about a value that should be one of `choices`."""
    words = [word for word in choices if isinstance(word, str)]
    if isinstance(found, bool) and "never" in words:
        return '; write "always" or "never"' if "always" in words else ""
    if not isinstance(found, str):
        return ""
    written = found.strip().casefold()
    near = nearest(found, words) or next(
        (word for word in words if written.startswith(word.casefold())), None
    )
    if _SYNONYMS.get(written) in words:
        near = _SYNONYMS[written]
    return f'; did you mean "{near}"?' if near else ""
