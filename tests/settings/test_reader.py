"""Tables become records; each type, each mistake."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.settings.reader import Reader, Table, kind_of
from digest.text.suggestions import suggestion

ROOT = Path("/srv/news")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    depth: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Everything:
    text: str = ""
    whole: int = field(default=3, metadata={"min": 1, "max": 9})
    number: float = 0.5
    flag: bool = False
    wait: timedelta = field(default=timedelta(hours=1), metadata={"min": timedelta(minutes=5)})
    day: date | None = None
    folder: Path | None = None
    choice: Literal["left", "right"] = "left"
    some: int | Literal["all"] = field(default=5, metadata={"min": 0})
    words: tuple[str, ...] = ()
    inner: Inner = Inner()
    inners: tuple[Inner, ...] = ()
    named: Mapping[str, Inner] = field(default_factory=dict)
    loose: Mapping[str, object] = field(default_factory=dict)
    from_: str | None = None


def read(cls: Any, *texts: str) -> tuple[Any, dict[str, str]]:
    """Read tables, all of them standing at ``t``; give the record and the mistakes by key."""
    reader = Reader(ROOT)
    record = reader.record(cls, *(Table(("t",), tomllib.loads(text)) for text in texts))
    return record, {".".join(map(str, key[1:])): what for key, what in reader.mistakes.items()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", Everything(), id="nothing: the defaults"),
        pytest.param("text = 'é ‘a’'", Everything(text="é ‘a’"), id="text"),
        pytest.param("whole = 9", Everything(whole=9), id="a number at its limit"),
        pytest.param("number = 2", Everything(number=2.0), id="a whole number where any will do"),
        pytest.param("flag = true", Everything(flag=True), id="a flag"),
        pytest.param("wait = '300s'", Everything(wait=timedelta(minutes=5)), id="seconds"),
        pytest.param("wait = '5m'", Everything(wait=timedelta(minutes=5)), id="minutes"),
        pytest.param("wait = '2h'", Everything(wait=timedelta(hours=2)), id="hours"),
        pytest.param("wait = '2d'", Everything(wait=timedelta(days=2)), id="days"),
        pytest.param("wait = '1w'", Everything(wait=timedelta(days=7)), id="weeks"),
        pytest.param("day = 2026-12-24", Everything(day=date(2026, 12, 24)), id="a day"),
        pytest.param("folder = 'a/b'", Everything(folder=ROOT / "a/b"), id="a path from the root"),
        pytest.param("folder = '/a'", Everything(folder=Path("/a")), id="a whole path"),
        pytest.param("choice = 'right'", Everything(choice="right"), id="one of some words"),
        pytest.param("some = 0", Everything(some=0), id="a number or a word: the number"),
        pytest.param("some = 'all'", Everything(some="all"), id="a number or a word: the word"),
        pytest.param("words = ['a', 'b']", Everything(words=("a", "b")), id="an array"),
        pytest.param("inner.depth = 2", Everything(inner=Inner(depth=2)), id="a table"),
        pytest.param("inners = [{}]", Everything(inners=(Inner(),)), id="an array of tables"),
        pytest.param("[named.x]", Everything(named={"x": Inner()}), id="named tables"),
        pytest.param("loose.x = [1]", Everything(loose={"x": [1]}), id="a table of anything"),
        pytest.param("from = 'me'", Everything(from_="me"), id="a key that is a word of Python"),
    ],
)
def test_reads(text: str, expected: Everything) -> None:
    assert read(Everything, text) == (expected, {})


@pytest.mark.parametrize(
    ("text", "key", "message"),
    [
        ("text = 5", "text", "expected text on one line, found 5"),
        ('text = "a\\nb"', "text", 'expected text on one line, found "a\\nb"'),
        ("whole = '3'", "whole", 'expected a whole number, found "3"'),
        ("whole = 3.0", "whole", "expected a whole number, found 3.0"),
        ("whole = true", "whole", "expected a whole number, found true"),
        ("whole = 0", "whole", "expected at least 1, found 0"),
        ("whole = 10", "whole", "expected at most 9, found 10"),
        (
            f"whole = 0x1{'0' * 5000}",
            "whole",
            "expected a whole number, found a number too large to hold",
        ),
        ("number = '1'", "number", 'expected a number, found "1"'),
        ("number = nan", "number", "expected a number, found nan"),
        ("flag = 1", "flag", "expected true or false, found 1"),
        ("flag = 'yes'", "flag", 'expected true or false, found "yes"'),
        ("wait = '4m'", "wait", 'expected at least "5m", found "4m"'),
        (
            "wait = 60",
            "wait",
            'expected a duration such as "90s", "5m", "1h", "2d" or "1w", found 60; add a unit, '
            'in quotes: "60s", "60m" or "60h"',
        ),
        ("wait = '99999999w'", "wait", None),
        ("wait = '1 h'", "wait", None),
        ("wait = '-1h'", "wait", None),
        ("day = 2026-12-24T00:00:00", "day", None),
        ("day = '2026-12-24'", "day", 'expected a date such as 2026-12-24, found "2026-12-24"'),
        ("folder = ''", "folder", None),
        ("folder = '~/x'", "folder", None),
        ('folder = "a\\u0000"', "folder", None),
        (
            "choice = 'lift'",
            "choice",
            'expected "left" or "right", found "lift"; did you mean "left"?',
        ),
        ("some = -1", "some", "expected at least 0, found -1"),
        (
            "some = 'al'",
            "some",
            'expected a whole number or "all", found "al"; did you mean "all"?',
        ),
        ("words = 'a'", "words", 'expected an array [...] of text on one line, found "a"'),
        ("words = ['a', 1]", "words.1", "expected text on one line, found 1"),
        ("inner = []", "inner", "expected a table, found an array"),
        ("[inners]", "inners", None),
        ("inners = [{depth = ''}]", "inners.0.depth", 'expected a whole number, found ""'),
        ("[[named]]", "named", None),
        ("named.x.deep = 1", "named.x.deep", 'unknown key; did you mean "depth"?'),
        ("named.x.zzz = 1", "named.x.zzz", "unknown key; known: depth"),
        ("from_ = ''", "from_", 'unknown key; did you mean "from"?'),
    ],
)
def test_notes(text: str, key: str, message: str | None) -> None:
    record, mistakes = read(Everything, text)
    assert list(mistakes) == [key]
    sentence, _, _ = mistakes[key].partition("; write ")  # advice has a table of its own
    assert message in (sentence, mistakes[key], None)
    assert sentence.startswith(("expected ", "unknown "))
    if "." not in key:
        assert record == Everything()


def test_a_mistake_hides_no_other() -> None:
    record, mistakes = read(Everything, "whole = 0\nflag = 1\nnope = 1\ntext = 'right'")
    assert record == Everything(text="right")
    assert mistakes.keys() == {"whole", "flag", "nope"}


def test_a_long_value_is_shown_short() -> None:
    _, mistakes = read(Everything, f"choice = '{'x' * 9999}'")
    assert len(mistakes["choice"]) < 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    host: str
    port: int = 25
    user: str | None = None
    password: str | None = None

    def __post_init__(self) -> None:
        if self.user and not self.password:
            raise ValueError("user goes with a password")
        if self.port == 13:
            raise ValueError("this port brings bad luck")


@pytest.mark.parametrize(
    ("texts", "record", "mistakes"),
    [
        pytest.param(["host = 'a'"], Mailbox(host="a"), {}, id="what has no default is given"),
        pytest.param([""], None, {"host": "missing; expected text on one line"}, id="or it is not"),
        pytest.param(
            ["host = 1"],
            None,
            {"host": 'expected text on one line, found 1; write it in quotes: "1"'},
            id="wrong",
        ),
        pytest.param(
            ["host = 'a'", "host = 'b'\nport = 2"],
            Mailbox(host="a", port=2),
            {},
            id="of two tables the first decides",
        ),
        pytest.param(
            ["", "host = 1"],
            None,
            {"host": 'expected text on one line, found 1; write it in quotes: "1"'},
            id="what the second has wrong is not missing from the first",
        ),
        pytest.param(
            ["host = 'a'\nuser = 'me'"],
            None,
            {"user": "user goes with a password"},
            id="a refusal that begins with a key is that key's",
        ),
        pytest.param(
            ["host = 'a'\nport = 13"],
            None,
            {"": "this port brings bad luck"},
            id="any other is the table's",
        ),
    ],
)
def test_keys_without_default_and_refusals(
    texts: list[str], record: Mailbox | None, mistakes: dict[str, str]
) -> None:
    assert read(Mailbox, *texts) == (record, mistakes)


def test_keys_of_others_are_left_to_them() -> None:
    reader = Reader(ROOT)
    table = Table(("t",), {"depth": 2, "html": {}, "htlm": {}})
    assert reader.record(Inner, table, also=("html",)) == Inner(depth=2)
    assert reader.mistakes == {("t", "htlm"): 'unknown key; did you mean "html"?'}


@pytest.mark.parametrize("hint", [bytes, list[str], dict[str, int], tuple[int, int], None])
def test_refuses_types_that_no_setting_has(hint: Any) -> None:
    with pytest.raises(TypeError, match="a setting cannot be of type"):
        kind_of(hint)


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [
        pytest.param("ml", ["ML", "News"], '; did you mean "ML"?', id="capitals do not matter"),
        pytest.param("Nws", ["ML", "News"], '; did you mean "News"?', id="the nearest"),
        pytest.param("zzz", ["b", "a", "b"], "; known: a, b", id="nothing is near"),
        pytest.param("zzz", [], "", id="nothing is known"),
        pytest.param("zzz", map(str, range(30)), None, id="too many to tell"),
    ],
)
def test_suggests(name: str, known: list[str], expected: str | None) -> None:
    said = suggestion(name, known)
    assert said == expected or (expected is None and said.endswith(", ..."))


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none().map(lambda _: True)
    | st.integers()
    | st.floats()
    | st.text()
    | st.dates()
    | st.datetimes()
    | st.times(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=3,
)


@given(
    st.dictionaries(st.sampled_from([each.name for each in fields(Everything)]) | st.text(), VALUES)
)
def test_any_table_gives_a_record_or_mistakes(items: dict[str, Any]) -> None:
    reader = Reader(ROOT)
    assert reader.record(Everything, Table((), items)) is not None
