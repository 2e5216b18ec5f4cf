"""What `scan` finds is checked against what `tomllib` reads; what `loads` says, word by word."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.errors import ConfigError
from digest.settings.positions import DEEPEST, Key, dotted, loads, scan

DOCUMENT = '''\
title = "x"   # [not.a.table]
text = """
[no]
key = 1
"""
dotted.key . "with space" = 'a = "b"'
inline = { one = 1, two = { three = [1, 2] } }

# [[feeds]]
[[feeds]]
url = "a"

  [[feeds]]   # indented
  url = "b"
  [feeds.sub]
  x = 1

[digests."daily \\"x\\""]
list = [
  "one",   # a comment, with ] and "
  ["two", """
three"""],

  { four = 4 },
]
last = 2030-01-01
'''


@pytest.mark.parametrize(
    ("key", "line"),
    [
        pytest.param(("title",), 1, id="a key"),
        pytest.param(("text",), 2, id="a text of several lines begins on its first"),
        pytest.param(("dotted",), 6, id="what a dotted key implies"),
        pytest.param(
            ("dotted", "key", "with space"), 6, id="a dotted key, spaces and quotes in it"
        ),
        pytest.param(("inline", "two", "three", 1), 7, id="what is in an inline table"),
        pytest.param(("feeds",), 10, id="an array of tables begins with its first header"),
        pytest.param(("feeds", 0, "url"), 11, id="a key in the first of an array of tables"),
        pytest.param(("feeds", 1), 13, id="the second header, though indented"),
        pytest.param(("feeds", 1, "sub", "x"), 16, id="a table inside the newest of an array"),
        pytest.param(("digests", 'daily "x"', "list", 0), 20, id="an element on its own line"),
        pytest.param(("digests", 'daily "x"', "list", 1, 1), 21, id="an element of an element"),
        pytest.param(("digests", 'daily "x"', "list", 2, "four"), 24, id="a table in an array"),
        pytest.param(("digests", 'daily "x"', "last"), 26, id="after an array of several lines"),
        pytest.param(("feeds", 1, "url", "none"), 14, id="what is not there stands where it would"),
        pytest.param(("none",), None, id="what is nowhere"),
    ],
)
def test_where_a_key_stands(key: Key, line: int | None) -> None:
    assert scan(DOCUMENT).line(key) == line


@pytest.mark.parametrize(
    ("key", "line"),
    [
        pytest.param(("text",), 5, id="a text ends where its quotes do"),
        pytest.param(
            ("feeds", 0), 11, id="a table ends with its last setting, not the next header"
        ),
        pytest.param(("feeds", 1), 14, id="the table inside has an end of its own"),
        pytest.param(("feeds", 1, "sub"), 16, id="which is here"),
        pytest.param(("digests", 'daily "x"', "list"), 25, id="an array ends with its bracket"),
        pytest.param(("digests", 'daily "x"'), 26, id="the last table"),
    ],
)
def test_where_a_table_or_a_setting_ends(key: Key, line: int) -> None:
    assert scan(DOCUMENT).ends[key] == line


def paths(value: Any, key: Key = ()) -> Iterator[Key]:
    if key:
        yield key
    items = value.items() if isinstance(value, dict) else ()
    for part, inner in items or (enumerate(value) if isinstance(value, list) else ()):
        yield from paths(inner, (*key, part))


KEYS = st.lists(
    st.sampled_from(["a", "b", "1", "'c'", '"d e"', '"a.b"', '"q\\""', "''", '"="']),
    min_size=1,
    max_size=3,
).map(" . ".join)
SCALARS = st.sampled_from(
    [
        *("1", "-1.5e3", "true", "1979-05-27T07:32:00Z", '"x"', '"\\\\"', '"]"', '"#"'),
        *("'}'", "'\\'", "''", '""', '"""\n# [a]\nb = 1\\"\n"""', "'''\n[[b]]\n'''"),
        *('""""x"""""', "''''a'''", '""""""', '"""\\\n  \\""""'),
    ]
)
GAPS = st.sampled_from(["", " ", "\n", " # ] , }\n", "\n\n  "])


def arrays(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    element = st.tuples(GAPS, values, GAPS).map("".join)
    return st.tuples(st.lists(element, max_size=3).map(",".join), st.sampled_from(["", "\n"])).map(
        lambda parts: f"[{parts[0]}{parts[1]}]"
    )


def inline_tables(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(KEYS, values).map(" = ".join)
    return st.lists(pair, max_size=3).map(lambda pairs: f"{{ {', '.join(pairs)} }}")


VALUES = st.recursive(SCALARS, lambda inner: arrays(inner) | inline_tables(inner), max_leaves=6)
LINES = st.one_of(
    st.tuples(KEYS, VALUES).map(lambda pair: f"{pair[0]} = {pair[1]}"),
    KEYS.map(lambda key: f"[{key}]"),
    KEYS.map(lambda key: f"[[ {key} ]] # [no]"),
    st.sampled_from(["", "# a = 1", "  "]),
)


@given(st.lists(LINES, max_size=12), st.sampled_from(["\n", "\r\n"]))
def test_finds_exactly_the_keys_that_tomllib_reads(lines: list[str], end: str) -> None:
    kept: list[str] = []
    for line in lines:
        try:
            tomllib.loads("\n".join([*kept, line]))
        except tomllib.TOMLDecodeError:
            continue  # it repeats a key
        kept.append(line)
    text = "\n".join(kept)
    places = scan(text.replace("\n", end))
    assert places.lines.keys() == set(paths(tomllib.loads(text)))
    heights = (line.count("\n") + 1 for line in kept)
    assert {places.lines[key] for key in places.ends if key} <= {*accumulate(heights, initial=1)}


@given(st.text(st.sampled_from("ab.=[]{},\"'#\n\r\\ 1\ufeff\0")) | st.text())
@example('"""\\')
@example("[[a]]\n[a")
def test_reads_any_text(text: str) -> None:
    places = scan(text)
    last = text.count("\n") + 1
    assert all(1 <= line <= last for line in [*places.lines.values(), *places.ends.values()])


def test_a_key_without_end_costs_no_memory() -> None:
    places = scan("a." * 50_000 + "a = 1\nx = " + "[" * 50_000)
    assert max(map(len, places.lines)) == DEEPEST


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "title = My news",
            "c.toml:1: not valid TOML: invalid value at column 9; "
            'text stands in quotes: key = "text"',
            id="text without quotes",
        ),
        pytest.param(
            "a = 1\nb : 2",
            "c.toml:2: not valid TOML: expected '=' after a key in a key/value pair at column 3; "
            'settings are written with "=": key = "text"',
            id="a colon",
        ),
        pytest.param(
            "a = 1\na = 2\n",
            "c.toml:2: not valid TOML: cannot overwrite a value at column 6; "
            "a key may stand once: keep one of them",
            id="a key twice",
        ),
        pytest.param(
            '[a."b c"]\n[a."b c"]\n',
            'c.toml:2: not valid TOML: cannot declare [a."b c"] twice at column 9; '
            "a table may stand once",
            id="a table twice is shown as it is written",
        ),
        pytest.param(
            'path = "C:\\news" title = "x"',
            "c.toml:1: not valid TOML: expected newline or end of document after a statement "
            "at column 18; each setting has a line of its own",
            id="two things on a line",
        ),
        pytest.param("a = [1, 2", "c.toml:1: not valid TOML: unclosed array", id="no bracket"),
        pytest.param("a = " + "[" * 5000, "c.toml: not valid TOML: nested too deep", id="depth"),
        pytest.param("a = " + "9" * 5000, "c.toml: not valid TOML: exceeds the limit", id="digits"),
    ],
)
def test_says_where_and_what_to_do(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loads(text, file="c.toml")
    assert str(caught.value).lower().startswith(message.lower())


@given(st.text(st.sampled_from("ab.=[]{},\"'#\n\r\\ 1\ufeff-:TZ_x")) | st.text())
def test_raises_nothing_but_its_own_error(text: str) -> None:
    line: int | None = 1
    try:
        assert loads(text) == tomllib.loads(text.removeprefix("\ufeff"))
    except ConfigError as error:
        line = error.line
    assert line is None or 1 <= line <= text.count("\n") + 1


def test_passes_over_a_byte_order_mark() -> None:
    assert loads("\ufeffa = 1") == {"a": 1}
    assert scan("\ufeffa = 1").lines == {("a",): 1}


@pytest.mark.parametrize(
    ("key", "written"),
    [
        (("feeds", 3, "url"), "feeds[3].url"),
        (("digests", "my digest", "x"), 'digests."my digest".x'),
        (("", 0, 1), '""[0][1]'),
        ((), ""),
    ],
)
def test_writes_a_key_as_people_do(key: Key, written: str) -> None:
    assert dotted(key) == written
