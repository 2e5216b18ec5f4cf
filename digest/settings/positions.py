"""Read a TOML text: its values, and the line on which each of them stands.

`tomllib` tells no lines, so `scan` finds them: it reads the text once more, by tokens, and never
raises; of a text that `loads` refuses, its answer means nothing.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from digest.errors import ConfigError
from digest.settings.toml_hints import toml_hint

Key = tuple[str | int, ...]
"""Where a value stands, positions in arrays as integers: ``("feeds", 3, "url")``."""


def loads(text: str, *, file: str | None = None) -> dict[str, Any]:
    """Read TOML 1.0; raise ConfigError with the line, the column and what to do."""
    _check_depth_of_keys(text, file)
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except RecursionError:
        raise ConfigError("not valid TOML: nested too deep", file=file) from None
    except ValueError as error:  # TOMLDecodeError, or Python's own limit on the digits of a number
        what, line, column = _place(str(error), text)
        hint = toml_hint(what, text, line)
        raise ConfigError(
            f"not valid TOML: {what[:1].lower()}{what[1:]}{column}{hint}", file=file, line=line
        ) from error


def _check_depth_of_keys(text: str, file: str | None) -> None:
    """Raise ConfigError for a key of more than `DEEPEST` parts.

    The time that `tomllib` takes grows with the square of the parts: 50,000 take over a minute.
    """
    if not any(line.count(".") >= DEEPEST for line in text.split("\n")):
        return
    parts, after_dot = 0, True
    for word, line, _ in _tokens(text.removeprefix("\ufeff")):
        if word == ".":
            after_dot = True
            continue
        parts = parts + 1 if after_dot else 1
        after_dot = False
        if parts > DEEPEST:
            raise ConfigError(
                f"this key has more than {DEEPEST} parts joined by dots; no setting has so many",
                file=file,
                line=line,
            )


def _place(message: str, text: str) -> tuple[str, int | None, str]:
    """Split what `tomllib` says into the mistake, its line and its column."""
    if found := re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", message, re.DOTALL):
        return found[1], int(found[2]), f" at column {found[3]}"
    if message.endswith(" (at end of document)"):
        return message.removesuffix(" (at end of document)"), text.count("\n") + 1, ""
    return message, None, ""


def dotted(key: Key) -> str:
    """Return a key as people write it.

    >>> dotted(("feeds", 3, "url"))
    'feeds[3].url'
    """
    text = ""
    for part in key:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            bare = re.fullmatch(r"[A-Za-z0-9_-]+", part)
            text += f".{part if bare else json.dumps(part, ensure_ascii=False)}"
    return text.removeprefix(".")


# --- where things stand ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Places:
    """Lines, counted from 1."""

    lines: dict[Key, int] = field(default_factory=dict)
    """Where a table, a key or an element of an array begins."""
    ends: dict[Key, int] = field(default_factory=dict)
    """Where the last word of a table with a header, or of a setting, stands."""

    def line(self, key: Key) -> int | None:
        """Return the line of `key`, or of the nearest that encloses it."""
        return next(
            (self.lines[key[:n]] for n in range(len(key), 0, -1) if key[:n] in self.lines), None
        )


def scan(text: str) -> Places:
    """Find the lines of all that valid TOML names."""
    scanner = _Scanner()
    for word, line, end in _tokens(text.removeprefix("\ufeff")):
        scanner.take(word, line, end)
    return scanner.places


_TOKEN = re.compile(
    r"""
      [ \t\r]++ | \#[^\n]*+                                     # nothing
    | (?P<word>
        \"{3} (?: [^"\\] | \\.? | "(?!"") )*  (?: "{3,5} | \Z ) # texts of several lines
      | '{3} (?: [^'] | '(?!'') )*  (?: '{3,5} | \Z )
      | " (?: [^"\\\n] | \\[^\n]? )*  "?                        # texts of one line
      | ' [^'\n]*+ '?
      | [^\s\[\]{}=,.\#"']++                                    # bare keys, numbers, dates
      | . )                                                     # punctuation, line feeds
    """,
    re.VERBOSE | re.DOTALL,
)


def _tokens(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield each word with the lines it begins and ends on."""
    line = 1
    for found in _TOKEN.finditer(text):
        if (word := found["word"]) is not None:
            end = line + word.count("\n")
            yield word, line, end
            line = end


DEEPEST = 32
"""Longer keys are cut: no table of ours is nested so deep, and a hostile one costs no memory."""


def _step(key: Key, part: str | int) -> Key:
    return (*key, part) if len(key) < DEEPEST else key


class _Scanner:
    """Three states, each a method that takes the next word: in a key, in a header, in a value."""

    def __init__(self) -> None:
        self.places = Places()
        self.state = self.in_key
        self.line = 1
        self.table: Key = ()
        """What the last header opened."""
        self.setting: Key = ()
        """What the line sets, or else the table."""
        self.here: Key = ()
        """The value that is being read."""
        self.inside: list[tuple[Key, int | None]] = []
        """The arrays, each with a position, and inline tables that are open around it."""
        self.parts: list[str] = []
        """Of the key or header that is being read."""
        self.doubled = False
        """Whether the header has two brackets."""
        self.newest: dict[Key, int] = {}
        """Array of tables -> the position of its newest table."""

    def take(self, word: str, line: int, end: int) -> None:
        self.line = line
        self.state(word)
        if word != "\n":
            self.places.ends[self.table] = self.places.ends[self.setting] = end

    def in_key(self, word: str) -> None:
        match word:
            case "=":
                base = self.inside[-1][0] if self.inside else self.table
                self.here = self.name(base)
                if not self.inside:
                    self.setting = self.here
                self.state = self.in_value
            case "[" if not self.inside:
                self.table = self.setting = ()
                self.doubled = False
                self.state = self.in_header
            case "\n":
                self.parts = []
            case "}" | "]":
                self.leave()
            case "." | ",":
                pass
            case _:
                self.parts.append(_unquoted(word))

    def in_header(self, word: str) -> None:
        match word:
            case "[":
                self.doubled = True
            case "]" if self.parts:
                self.table = self.setting = self.name(())
            case "\n":
                self.parts = []
                self.state = self.in_key
            case "." | "]":
                pass
            case _:
                self.parts.append(_unquoted(word))

    def in_value(self, word: str) -> None:
        match word:
            case "\n":
                if not self.inside:
                    self.setting = self.table
                    self.state = self.in_key
            case "]" | "}":
                self.leave()
            case ",":
                self.advance()
            case _:
                self.places.lines.setdefault(self.here, self.line)
                if word in ("[", "{"):
                    self.enter(word)

    def enter(self, word: str) -> None:
        if word == "[":
            self.inside.append((self.here, 0))
            self.here = _step(self.here, 0)
        else:
            self.inside.append((self.here, None))
            self.state = self.in_key

    def advance(self) -> None:
        match self.inside[-1:]:
            case [(_, None)]:
                self.state = self.in_key
            case [(array, int(position))]:
                self.inside[-1] = (array, position + 1)
                self.here = _step(array, position + 1)

    def leave(self) -> None:
        if self.inside:
            self.here, _ = self.inside.pop()
        self.parts = []
        self.state = self.in_value

    def name(self, base: Key) -> Key:
        """Note the line of the key that was read, and of those it implies; return it whole."""
        *outer, last = self.parts or [""]
        lines, key = self.places.lines, base
        for part in outer:
            key = _step(key, part)
            lines.setdefault(key, self.line)
            if key in self.newest:
                key = _step(key, self.newest[key])
        key = _step(key, last)
        if self.state == self.in_header and self.doubled:
            lines.setdefault(key, self.line)
            self.newest[key] = self.newest.get(key, -1) + 1
            key = _step(key, self.newest[key])
        lines[key] = self.line
        self.parts = []
        return key


def _unquoted(word: str) -> str:
    """Return what a part of a key says."""
    if word[0] not in "\"'":
        return word
    if "\\" not in word:
        return word.strip(word[0])
    try:
        return str(tomllib.loads(f"key = {word}")["key"])
    except tomllib.TOMLDecodeError:
        return word
