"""Advise on a line that is not TOML: typographic quotes, YAML, JSON, a missing quote."""

from __future__ import annotations

import re
import unicodedata

_CURLY = re.compile("[\u2018-\u201f\u00ab\u00bb\u2039\u203a\u300c-\u300f\uff02\u2032\u2033`\u00b4]")
_CURLY_VALUE = re.compile(
    rf"[=\[,{{]\s*{_CURLY.pattern}|[=\[,{{]\s*[\"'][^\"']*{_CURLY.pattern}\s*$"
)
_HEADER = re.compile(r"\s*\[+[^\]]*$")

_LINES = (
    (re.compile(r"(<<<<<<<|=======|>>>>>>>)"), "two versions were merged here: keep one of them"),
    (re.compile(r"\s*-\s+\S"), "this is YAML: each feed begins with [[feeds]], lists are [a, b]"),
    (re.compile(r"\s*---\s*$"), "this is YAML; a configuration is TOML: `digest init` writes one"),
    (re.compile(r"\s*[\w.-]+\s*:(\s|$)"), 'settings are written with "=": key = "text"'),
    (re.compile(r"\s*(//|/\*|;|--|%|')"), "a comment begins with #"),
    (re.compile(r"\s*[{}]"), "this is JSON; a configuration is TOML: `digest init` writes one"),
    (re.compile(r"\s*<"), "this is XML; `digest feeds import FILE` takes the feeds of OPML"),
    (re.compile(r"\s*\w+\s*=\s*(#.*)?$"), "a value is missing behind the ="),
    (
        re.compile(r".*?=\s*(true|yes|on)\b", re.IGNORECASE),
        "write true, in small letters",
    ),
    (
        re.compile(r".*?=\s*(false|no|off)\b", re.IGNORECASE),
        "write false, in small letters",
    ),
    (
        re.compile(r".*?=\s*(none|null|nil)\b", re.IGNORECASE),
        "leave the line out: no value is none",
    ),
    (re.compile(r".*?=\s*\d+\s*[a-z]+\b", re.IGNORECASE), 'a duration stands in quotes: "1h"'),
    (
        re.compile(r""".*?=\s*("[^"]*"|'[^']*')[^\s#,;\]}"']"""),
        'does the text hold a quote? write \\" for it, or put the text in the other kind of quotes',
    ),
    (
        re.compile(r".*?=\s*(\d{1,2}\s+[\d*]|[*@])"),
        'a schedule is a cron line in quotes: "0 7 * * *"',
    ),
    (re.compile(r".*?=\s*\d{1,2}:\d\d"), 'a schedule is a cron line in quotes: "0 7 * * *"'),
    (re.compile(r".*?=\s*\d+[.,]\d{3}\b"), "write a large number as 10000 or 10_000"),
    (re.compile(r".*?=\s*\d+,\d"), "write a point in a number: 0.8"),
    (
        re.compile(r""".*?=\s*(\[.*\]|"[^"]*"|'[^']*'|[\w.:-]+)\s*[,;]\s*(#.*)?$"""),
        "no comma or semicolon ends a setting",
    ),
    (re.compile(r""".*?=\s*("[^"]*"|'[^']*'|[\w.]+)\s*(//|/\*|;|--)"""), "a comment begins with #"),
    (re.compile(r".*?=\s*0\d+"), "a number has no zero before it"),
    (re.compile(r".*?=>|.*?:=|.*?=="), "settings are written with one =: key = value"),
    (
        re.compile(r"""\s*["'][^"'=]*=[^"']*["']\s*$"""),
        'quotes stand around the text alone: key = "text"',
    ),
    (re.compile(r"\s*\[+\s*\]"), "a name is missing between the brackets"),
    (_HEADER, "is a closing bracket missing? [table], and [[feeds]] for each feed"),
    (
        re.compile(r"\s*[A-Za-z][\w-]*(\s+[A-Za-z][\w-]*)+\s*="),
        "a key has no blanks: write them as _",
    ),
    (re.compile(r"\s*[\w.-]+\s+[^=\s]"), 'a setting is written: key = "text"'),
    (re.compile(r"\s*[\w.-]+\s*$"), 'a setting is written: key = "text"'),
)
"""Pattern of a mistaken line -> advice."""

_MESSAGES = (
    ("Invalid value", 'text stands in quotes: key = "text"'),
    ("Expected '=' after a key", "a setting is written: key = value"),
    ("Cannot overwrite", "a key may stand once: keep one of them"),
    ("Duplicate inline table key", "a key may stand once: keep one of them"),
    ("twice", "a table may stand once: put its keys together; each feed begins with [[feeds]]"),
    ("Unescaped '\\'", r"write \\ for a backslash, or put the text in 'single quotes'"),
    ("Invalid hex value", r"write \\ for a backslash, or put the text in 'single quotes'"),
    ("Illegal character", "is a closing quote missing?"),
    ("Unterminated string", "is a closing quote missing?"),
    ("Expected \"'''\"", "is a closing quote missing?"),
    ('Expected "\'"', "is a closing quote missing?"),
    ("Unclosed array", 'is a closing bracket, a comma or a quote missing? Write ["a", "b"]'),
    ("Unclosed inline table", "is a closing brace or a comma missing?"),
    ("Cannot mutate immutable", "[[feeds]] and feeds = [...] exclude each other: keep one of them"),
    ("Cannot define", "a table may stand once: put its keys together"),
    ("Expected ']]'", "two brackets open and two close it: [[feeds]]"),
    ("Expected ']'", "names in brackets are joined by dots: [digests.daily]"),
    ("Expected newline", "each setting has a line of its own"),
)
"""Part of a message of `tomllib` -> advice."""

_CLEAR_MESSAGES = ("Unescaped", "Invalid hex", "Cannot", "Duplicate", "twice", "Unclosed array")
"""Messages of `tomllib` for which the pattern of the line gives no better advice."""


def toml_hint(what: str, text: str, number: int | None) -> str:
    """Return advice about line `number` of `text`, for which `tomllib` has the message `what`.

    The advice begins with a semicolon, as the end of an error message.  It is empty where no
    pattern matches.
    """
    lines = text.split("\n")
    line = lines[number - 1].rstrip("\r") if number and number <= len(lines) else ""
    if _CURLY_VALUE.search(line):
        return '; it has typographic quotes: write straight ones, "text"'
    if character := next((char for char in line if _is_invisible(char)), None):
        name = unicodedata.name(character, f"U+{ord(character):04X}").lower()
        return f"; it holds an invisible character ({name}): write the line again"
    if what.startswith("Cannot overwrite") and line.startswith("[["):
        name = line.strip("[] ")
        if re.search(rf"^\s*{re.escape(name)}\s*=", text, re.MULTILINE):
            return f"; take the line with {name} = away: {line} stands for each of them"
        return f"; {name} stands above with single brackets: write {line} there too"
    if not any(said in what for said in _CLEAR_MESSAGES):
        before = line.partition("#")[0] if "=" not in line else line
        for pattern, advice in _LINES:
            if pattern.match(before):
                return f"; {advice}"
    return next((f"; {advice}" for said, advice in _MESSAGES if said in what), "")


def _is_invisible(char: str) -> bool:
    return (
        char != " " and unicodedata.category(char) == "Zs"
    ) or char in "\u200b\u200c\u2060\ufeff"
