"""Read a TOML text: its values, and the line number of each of them.

`tomllib` returns no line numbers, so `scan` finds them by reading the tokens of the text once more.
`scan` never raises.  For a text that `loads` refuses, its result is meaningless.
"""

from __future__ import annotations

import json
import re
import tomllib
from ast import literal_eval
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from digest.errors import ConfigError
from digest.settings.toml_hints import toml_hint

_TUPLE = re.compile(r"\((?:'[^']*'|\"[^\"]*\")(?:, (?:'[^']*'|\"[^\"]*\"))*,?\)")

Key = tuple[str | int, ...]
"""The path to a value; indexes of arrays are integers: ``("feeds", 3, "url")``."""


def loads(text: str, *, file: str | None = None) -> dict[str, Any]:
    """Read TOML 1.0; raise ConfigError with the line, the column and advice."""
    _check_depth_of_keys(text, file)
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except RecursionError:
        raise ConfigError("not valid TOML: nested too deep", file=file) from None
    except ValueError as error:  # TOMLDecodeError, or Python's own limit on the digits of a number
        mistake, line, column = _split_message(str(error), text)
        hint = toml_hint(mistake, text, line)
        raise ConfigError(
            f"not valid TOML: {mistake[:1].lower()}{mistake[1:]}{column}{hint}",
            file=file,
            line=line,
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


def _split_message(message: str, text: str) -> tuple[str, int | None, str]:
    """Split a message of `tomllib` into the mistake, its line and its column.

    `tomllib` shows a key as a tuple of Python; the mistake has it as it stands in the file.
    """
    message = _TUPLE.sub(lambda found: f"[{dotted(literal_eval(found[0]))}]", message)
    if found := re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", message, re.DOTALL):
        return found[1], int(found[2]), f" at column {found[3]}"
    if message.endswith(" (at end of document)"):
        return message.removesuffix(" (at end of document)"), text.count("\n") + 1, ""
    return message, None, ""


def dotted(key: Key) -> str:
    """Return a key in the spelling of TOML.

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


# --- line numbers --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Places:
    """Line numbers of the keys of a text, counted from 1."""

    lines: dict[Key, int] = field(default_factory=dict)
    """The first line of each table, key and element of an array."""
    ends: dict[Key, int] = field(default_factory=dict)
    """The last line of each setting and of each table with a header."""

    def line(self, key: Key) -> int | None:
        """Return the line of `key`, or of the nearest table or array around it."""
        return next(
            (self.lines[key[:n]] for n in range(len(key), 0, -1) if key[:n] in self.lines), None
        )


def scan(text: str) -> Places:
    """Return the lines of all keys in a valid TOML text."""
    scanner = _Scanner()
    for word, line, end in _tokens(text.removeprefix("\ufeff")):
        scanner.read(word, line, end)
    return scanner.places


_TOKEN = re.compile(
    r"""
      [ \t\r]++ | \#[^\n]*+                                     # blanks and comments
    | (?P<word>
        \"{3} (?: [^"\\] | \\.? | "(?!"") )*  (?: "{3,5} | \Z ) # strings of several lines
      | '{3} (?: [^'] | '(?!'') )*  (?: '{3,5} | \Z )
      | " (?: [^"\\\n] | \\[^\n]? )*  "?                        # strings of one line
      | ' [^'\n]*+ '?
      | [^\s\[\]{}=,.\#"']++                                    # bare keys, numbers, dates
      | . )                                                     # punctuation, line feeds
    """,
    re.VERBOSE | re.DOTALL,
)


def _tokens(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield each token with its first and its last line."""
    line = 1
    for found in _TOKEN.finditer(text):
        if (word := found["word"]) is not None:
            end = line + word.count("\n")
            yield word, line, end
            line = end


DEEPEST = 32
"""Most parts of a key.  No table of the configuration is nested so deep.

`loads` refuses longer keys, and `scan` cuts them, so that a hostile text costs neither time nor
memory.
"""


def _child(key: Key, part: str | int) -> Key:
    return (*key, part) if len(key) < DEEPEST else key


class _Scanner:
    """A state machine; its states are the methods that read the next token.

    The states are `in_key`, `in_header` and `in_value`.
    """

    def __init__(self) -> None:
        self.places = Places()
        self.state = self.in_key
        self.line = 1
        self.table: Key = ()
        """The table of the last header."""
        self.setting: Key = ()
        """The setting of this line; between settings, the table."""
        self.value: Key = ()
        """The key of the value that is being read."""
        self.open: list[tuple[Key, int | None]] = []
        """The open arrays, each with its current index, and the open inline tables."""
        self.parts: list[str] = []
        """The parts, so far, of the key or header that is being read."""
        self.is_array = False
        """Whether the header has two brackets."""
        self.newest: dict[Key, int] = {}
        """Array of tables -> the index of its newest table."""

    def read(self, word: str, line: int, end: int) -> None:
        self.line = line
        self.state(word)
        if word != "\n":
            self.places.ends[self.table] = self.places.ends[self.setting] = end

    def in_key(self, word: str) -> None:
        match word:
            case "=":
                base = self.open[-1][0] if self.open else self.table
                self.value = self.name(base)
                if not self.open:
                    self.setting = self.value
                self.state = self.in_value
            case "[" if not self.open:
                self.table = self.setting = ()
                self.is_array = False
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
                self.is_array = True
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
                if not self.open:
                    self.setting = self.table
                    self.state = self.in_key
            case "]" | "}":
                self.leave()
            case ",":
                self.advance()
            case _:
                self.places.lines.setdefault(self.value, self.line)
                if word in ("[", "{"):
                    self.enter(word)

    def enter(self, word: str) -> None:
        if word == "[":
            self.open.append((self.value, 0))
            self.value = _child(self.value, 0)
        else:
            self.open.append((self.value, None))
            self.state = self.in_key

    def advance(self) -> None:
        match self.open[-1:]:
            case [(_, None)]:
                self.state = self.in_key
            case [(array, int(position))]:
                self.open[-1] = (array, position + 1)
                self.value = _child(array, position + 1)

    def leave(self) -> None:
        if self.open:
            self.value, _ = self.open.pop()
        self.parts = []
        self.state = self.in_value

    def name(self, base: Key) -> Key:
        """Note the line of the key that was read and of its parents; return the complete key."""
        *outer, last = self.parts or [""]
        lines, key = self.places.lines, base
        for part in outer:
            key = _child(key, part)
            lines.setdefault(key, self.line)
            if key in self.newest:
                key = _child(key, self.newest[key])
        key = _child(key, last)
        if self.state == self.in_header and self.is_array:
            lines.setdefault(key, self.line)
            self.newest[key] = self.newest.get(key, -1) + 1
            key = _child(key, self.newest[key])
        lines[key] = self.line
        self.parts = []
        return key


def _unquoted(word: str) -> str:
    """Return a part of a key without its quotes."""
    if word[0] not in "\"'":
        return word
    if "\\" not in word:
        return word.strip(word[0])
    try:
        return str(tomllib.loads(f"key = {word}")["key"])
    except tomllib.TOMLDecodeError:
        return word
