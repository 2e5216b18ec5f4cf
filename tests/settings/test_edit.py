"""Feeds go in and out of a configuration's text; what stands around them stays as it is."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import ConfigError
from digest.settings import interpret
from digest.settings.edit import (
    add_feed,
    import_feeds,
    initial,
    is_web,
    mute_feed,
    names,
    remove_feed,
    url_problem,
)
from digest.settings.file import replace_file


@dataclass(frozen=True)
class Outline:
    url: str
    title: str | None = None
    category: str | None = None


URL = "https://new.example/feed"

TABLES = """\
title = 'x'    # mine

# --- news ---
[[feeds]]
url   = 'https://a.example/'  # the first
# title = 'commented'

[[feeds]]
url = "https://b.example/"
name = "bee"
# --- digests ---
[digests.daily]
title = '''
[[feeds]]
'''

# one more
[[feeds]]
url = "https://c.example/"
[feeds.extra]
x = 1
# the end
"""

ARRAY = """\
feeds = [
    {url = 'https://a.example/'},   # the first
    # about b
    { url = "https://b.example/", name = "bee" },
]
[digests.daily]
"""


def urls(text: str) -> list[str]:
    return [feed["url"] for feed in tomllib.loads(text)["feeds"]]


# --- adding --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "[[feeds]]\nurl = 'a'\n",
            f"[[feeds]]\nurl = 'a'\n\n[[feeds]]\nurl = \"{URL}\"\n",
            id="behind the last",
        ),
        pytest.param(
            "[[feeds]]\nurl = 'a'\n# about a\n\n[x]\n",
            f"[[feeds]]\nurl = 'a'\n# about a\n\n[[feeds]]\nurl = \"{URL}\"\n\n[x]\n",
            id="behind the comments of the last",
        ),
        pytest.param(
            "[[feeds]]\nurl = 'a'\n# about x\n[x]\n",
            f"[[feeds]]\nurl = 'a'\n\n[[feeds]]\nurl = \"{URL}\"\n\n# about x\n[x]\n",
            id="before the comments of the next",
        ),
        pytest.param(
            "title = 'x'\n# no feeds yet\n",
            f"title = 'x'\n# no feeds yet\n\n[[feeds]]\nurl = \"{URL}\"\n",
            id="at the end, where there is no other",
        ),
        pytest.param("", f'[[feeds]]\nurl = "{URL}"\n', id="in an empty file"),
        pytest.param(
            "[x]\na = 1", f'[x]\na = 1\n\n[[feeds]]\nurl = "{URL}"\n', id="after a line without end"
        ),
        pytest.param(
            "\ufeff[x]\r\na = 1\r\n",
            f'[x]\r\na = 1\r\n\r\n[[feeds]]\r\nurl = "{URL}"\r\n',
            id="with the line ends of the file",
        ),
        pytest.param(
            "feeds = []\n[x]\n", f'feeds = [{{url = "{URL}"}}]\n[x]\n', id="in an empty array"
        ),
        pytest.param(
            "feeds = [ {url = 'a'} ] # mine\n",
            f"feeds = [ {{url = 'a'}}, {{url = \"{URL}\"}} ] # mine\n",
            id="in an array on one line",
        ),
        pytest.param(
            "feeds = [\r\n  {url = 'a'}, # a\r\n]\r\n",
            f"feeds = [\r\n  {{url = 'a'}}, # a\r\n  {{url = \"{URL}\"}},\r\n]\r\n",
            id="in an array of several lines",
        ),
    ],
)
def test_adds_a_feed(text: str, expected: str) -> None:
    assert add_feed(text, URL) == expected


@pytest.mark.parametrize("text", [TABLES, ARRAY], ids=["tables", "array"])
def test_adds_what_is_known_of_it(text: str) -> None:
    hostile = '  a "title"\n[x]\x1b \\ é\u2028"""'
    added = add_feed(text, URL, name="new", title=hostile, category="'")
    assert tomllib.loads(added)["feeds"][-1] == {
        "url": URL,
        "name": "new",
        "title": 'a "title" [x] \\ é """',
        "category": "'",
    }


@pytest.mark.parametrize(
    ("url", "name", "message"),
    [
        ("https://b.example/", None, "https://b.example/ is there already, as 'bee'"),
        ("https://a.example/", None, "https://a.example/ is there already, as 'a.example'"),
        (URL, "bee", "'bee' is already the name of https://b.example/; choose another"),
        (URL, "a.example", "'a.example' is already the name of https://a.example/; choose another"),
        ("ftp://x/", None, "'ftp://x/' cannot be a feed: expected http://"),
    ],
)
def test_refuses_to_add(url: str, name: str | None, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        add_feed(TABLES, url, name=name)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("feeds = 1", "feeds: expected an array of tables"),
        ("feeds = ['https://a.example/']", "feeds: expected an array of tables"),
        ("[feeds]\nurl = 'x'", "feeds: expected an array of tables"),
        ("feeds = ", "1: not valid TOML"),
    ],
)
def test_refuses_to_edit_what_it_cannot_read(text: str, message: str) -> None:
    for edit in (add_feed, remove_feed):
        with pytest.raises(ConfigError) as caught:
            edit(text, URL)
        assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    "text",
    [
        "digests = 5\n[[feeds]]\n",
        "digests.x = 5\n[[feeds]]\nurl = 5\nname = 6\n",
        "digests.x.feeds = 5\n[[feeds]]\nurl = []\nname = {}\n",
        "feeds = [{}, {url = ''}]\n",
    ],
)
def test_what_is_wrong_elsewhere_is_not_its_business(text: str) -> None:
    before = tomllib.loads(text)["feeds"]
    added = add_feed(text, URL, name="new")
    assert tomllib.loads(added)["feeds"] == [*before, {"url": URL, "name": "new"}]
    assert mute_feed(added, "new", None) == added
    assert import_feeds(added, [Outline(URL)]) == (added, 0, 1)
    assert remove_feed(added, "new") == text
    with pytest.raises(ConfigError, match="there is no feed 'none'"):
        remove_feed(text, "none")


# --- many at once --------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [TABLES, ARRAY], ids=["tables", "array"])
def test_imports(text: str) -> None:
    outlines = [
        Outline("https://b.example/", "known"),
        Outline(URL, "New", "News"),
        Outline(URL, "twice"),
        Outline("https://z.example/"),
        Outline("javascript:alert(1)"),
        Outline("/etc/passwd"),
        Outline(""),
    ]
    changed, added, already = import_feeds(text, outlines)
    assert (added, already) == (2, 2)
    assert tomllib.loads(changed)["feeds"] == [
        *tomllib.loads(text)["feeds"],
        {"url": URL, "title": "New", "category": "News"},
        {"url": "https://z.example/"},
    ]
    assert import_feeds(changed, outlines) == (changed, 0, 4)


def test_an_import_of_nothing_changes_nothing() -> None:
    text = "\ufefftitle = 'x'"
    assert import_feeds(text, [Outline("")]) == (text, 0, 0)


def test_the_starter_is_a_configuration_once_it_has_a_feed() -> None:
    with pytest.raises(ConfigError, match="there is no feed") as caught:
        interpret(initial(), Path("config.toml"), {})
    assert len(caught.value.all) == 1
    text = initial([Outline(URL, "New", "News")])
    (feed,) = interpret(text, Path("config.toml"), {}).feeds
    assert (feed.url, feed.title, feed.category) == (URL, "New", "News")
    assert text.startswith(initial())


# --- removing ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "which", "gone"),
    [
        pytest.param(
            TABLES,
            "https://a.example/",
            "[[feeds]]\nurl   = 'https://a.example/'  # the first\n# title = 'commented'\n",
            id="with its comments, not those above it",
        ),
        pytest.param(
            TABLES,
            "bee",
            '[[feeds]]\nurl = "https://b.example/"\nname = "bee"\n',
            id="without the comments of what follows",
        ),
        pytest.param(
            TABLES,
            "c.example",
            '[[feeds]]\nurl = "https://c.example/"\n[feeds.extra]\nx = 1\n# the end\n',
            id="with the tables inside it",
        ),
        pytest.param(
            TABLES.replace("\n", "\r\n"),
            "bee",
            '[[feeds]]\r\nurl = "https://b.example/"\r\nname = "bee"\r\n',
            id="from a file with other line ends",
        ),
        pytest.param(
            ARRAY,
            "a.example",
            "    {url = 'https://a.example/'},   # the first\n",
            id="from an array, with the comment behind it",
        ),
        pytest.param("feeds = [{url='a'}, {url='b'}]\n", "a", "{url='a'}, ", id="the first of two"),
        pytest.param("feeds = [{url='a'}, {url='b'}]\n", "b", ", {url='b'}", id="the last of two"),
        pytest.param("feeds = [{url='a'}] # x\n", "a", "{url='a'}", id="the only one"),
        pytest.param("[[feeds]]\nurl = 'a'\n", "a", "[[feeds]]\nurl = 'a'\n", id="all there was"),
    ],
)
def test_removes_a_feed_and_nothing_else(text: str, which: str, gone: str) -> None:
    assert gone in text
    assert remove_feed(text, which) == text.replace(gone, "")


def test_removes_a_table_that_lies_apart() -> None:
    text = "[[feeds]]\nurl = 'a'\n[x]\ny = 1\n[feeds.extra]\nz = 1\n[w]\n"
    assert remove_feed(text, "a") == "[x]\ny = 1\n[w]\n"


@pytest.mark.parametrize(
    ("which", "message"),
    [
        ("beee", "there is no feed 'beee' in the file; did you mean \"bee\"?"),
        ("bee", "digests.daily.feeds names 'bee'; remove it there first"),
    ],
)
def test_refuses_to_remove(which: str, message: str) -> None:
    text = "[[feeds]]\nurl = 'b'\nname = 'bee'\n[digests.daily]\nfeeds = ['bee']\n"
    with pytest.raises(ConfigError) as caught:
        remove_feed(text, which)
    assert str(caught.value) == message


# --- muting --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        pytest.param(
            TABLES, 'name = "bee"', 'name = "bee"\nmuted_until = 2026-12-24', id="in a table"
        ),
        pytest.param(
            TABLES.replace("\n", "\r\n"),
            'name = "bee"',
            'name = "bee"\r\nmuted_until = 2026-12-24',
            id="with the line ends of the file",
        ),
        pytest.param(
            ARRAY, 'name = "bee"', 'name = "bee",muted_until = 2026-12-24', id="in an array"
        ),
    ],
)
def test_mutes_and_is_heard_again(text: str, before: str, after: str) -> None:
    muted = mute_feed(text, "bee", date(2026, 12, 24))
    assert muted.replace(" ", "") == text.replace(before, after).replace(" ", "")
    assert mute_feed(muted, "bee", date(2026, 12, 24)) == muted
    assert mute_feed(muted, "https://b.example/", date(2027, 1, 1)) == muted.replace(
        "2026-12-24", "2027-01-01"
    )
    assert mute_feed(muted, "bee", None) == text


def test_a_feed_that_is_heard_stays_as_it_is() -> None:
    assert mute_feed(TABLES, "bee", None) == TABLES


# --- whatever stands around ----------------------------------------------------------------------

COMMENTS = st.sampled_from(["", "\n", "# c\n", "\n# c\n\n", "# c\n\n"])
FEEDS = st.sampled_from(
    [
        "[[feeds]]\nurl = 'https://{n}.example/'\n",
        "[[feeds]] # c\n\nurl = 'https://{n}.example/' # c\n# c\ntitle = '''\n[x]\n# c'''\n",
        "  [[feeds]]\n  url = 'https://{n}.example/'\n  [feeds.in]\n  x = [\n# c\n1,]\n",
    ]
)
OTHERS = st.sampled_from(["[t{n}]\n", '[t{n}]\nx = """\n[[feeds]]\n# c"""\n', "[[u]]\nx = 1\n"])
PARTS = st.lists(st.tuples(COMMENTS, FEEDS | OTHERS), max_size=6)


def written(parts: list[tuple[str, str]], end: str) -> str:
    text = "".join(comment + part.replace("{n}", str(n)) for n, (comment, part) in enumerate(parts))
    return text.replace("\n", end)


@given(PARTS, COMMENTS, st.sampled_from(["\n", "\r\n"]))
def test_a_feed_that_comes_and_goes_leaves_no_trace(
    parts: list[tuple[str, str]], tail: str, end: str
) -> None:
    text = written([*parts, (tail, "")], end)
    added = add_feed(text, URL)
    before, after = tomllib.loads(text), tomllib.loads(added)
    assert after == before | {"feeds": [*before.get("feeds", []), {"url": URL}]}
    assert without_blank_lines(remove_feed(added, URL)) == without_blank_lines(text)


@given(PARTS, st.sampled_from(["\n", "\r\n"]), st.data())
def test_only_the_feed_that_is_removed_is_missing(
    parts: list[tuple[str, str]], end: str, data: st.DataObject
) -> None:
    text = written([("", "[[feeds]]\nurl = 'first'\n"), *parts], end)
    before: dict[str, Any] = tomllib.loads(text)
    at = data.draw(st.integers(0, len(before["feeds"]) - 1))
    removed = tomllib.loads(remove_feed(text, urls(text)[at]))
    feeds = before.pop("feeds")
    assert removed.pop("feeds", []) == feeds[:at] + feeds[at + 1 :]
    assert removed == before


def without_blank_lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


# --- names and addresses -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://www.example.org/", "example.org"),
        ("https://Example.ORG/feed.xml", "example.org"),
        ("https://example.org/blog/rss/", "example.org/blog"),
        ("https://example.org/index.xml?format=rss", "example.org"),
        ("https://example.org/news.atom", "example.org/news"),
        ("https://example.org/feeds/videos.xml?channel_id=UC1", "example.org/videos/UC1"),
        ("https://example.org/@me.rss", "example.org/@me"),
        ("http://127.0.0.1:8000/a.xml", "127.0.0.1/a"),
        ("feeds/a.xml", "a"),
        ("../my feeds/", "my feeds"),
        (".", "."),
        ("https://[1/", "https://[1/"),
        (f"https://example.org/{'word-' * 20}", f"example.org/{('word-' * 20)[:68]}"),
    ],
)
def test_names_a_feed_by_its_url(url: str, name: str) -> None:
    assert names([(url, None)]) == (name,)


def test_no_two_feeds_share_a_name() -> None:
    feeds = [("https://example.org/rss", None), ("https://example.org/atom", None), ("x.xml", "x")]
    first, second, third = names([*feeds])
    assert (first, third) == ("example.org", "x")
    assert second.startswith("example.org-")
    assert names([feeds[1]]) == ("example.org",)
    assert names([*feeds, ("y/x.xml", None)])[3] not in ("x", first, second)


def test_a_name_does_not_depend_on_what_follows() -> None:
    feeds = [(f"https://example.org/{kind}", None) for kind in ("rss", "atom", "feed", "a", "b")]
    assert all(names(feeds[:n]) == names(feeds)[:n] for n in range(len(feeds)))


@pytest.mark.parametrize(
    "url",
    ["https://example.org", "HTTP://example.org:80/ä?b#c", "http://[::1]/", "a  b/c.xml", "."],
)
def test_finds_no_fault_with(url: str) -> None:
    assert url_problem(url) is None


@pytest.mark.parametrize(
    "url", ["", " ", "a\nb.xml", "mailto:me@example.org", "https://a b/", "http://\u200b/"]
)
def test_finds_fault_with(url: str) -> None:
    assert url_problem(url)


@given(st.text() | st.text().map("https://".__add__) | st.text().map("https://[".__add__))
def test_judges_any_url(url: str) -> None:
    assert names([(url, None)]) == names([(url, None)])
    if is_web(url) and not url_problem(url):
        assert urls(add_feed("", url)) == [url]


# --- the file ------------------------------------------------------------------------------------


def test_replaces_a_file_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("old")
    path.chmod(0o640)
    replace_file(path, "new é\r\n")
    assert path.read_bytes() == "new é\r\n".encode()
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_has_the_mode_that_new_files_have(tmp_path: Path) -> None:
    replace_file(tmp_path / "a", "")
    (tmp_path / "b").touch()
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "b").stat().st_mode


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "config.toml").write_text("old")
    link = tmp_path / "config.toml"
    link.symlink_to("real/config.toml")
    replace_file(link, "new")
    assert link.is_symlink()
    assert (tmp_path / "real" / "config.toml").read_text() == "new"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "none" / "config.toml"
    with pytest.raises(ConfigError) as caught:
        replace_file(path, "new")
    assert str(caught.value) == f"{path}: cannot be written: {os.strerror(2)}"


def test_what_cannot_be_replaced_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "config.toml").mkdir()
    with pytest.raises(ConfigError, match="cannot be written: Is a directory"):
        replace_file(tmp_path / "config.toml", "new")
    assert [path.name for path in tmp_path.iterdir()] == ["config.toml"]


# --- line ends of two kinds ----------------------------------------------------------------------

MIXED = (
    'title = "x"\r\n'
    "[[feeds]]\n"
    'url = "https://a.example/"\r\n'
    "# about b\n"
    "[[feeds]]\r\n"
    'url = "https://b.example/"\n'
    'category = "B"\r\n'
    "\n"
    "[digests.daily]\n"
    "images = false\r\n"
)
MIXED_ARRAY = (
    'title = "x"\n'
    "feeds = [\r\n"
    '  { url = "https://a.example/" },\n'
    '  { url = "https://b.example/" },\r\n'
    '  { url = "https://c.example/" },\n'
    "]\r\n"
)


def test_removing_a_feed_keeps_both_kinds_of_line_ends() -> None:
    gone = '[[feeds]]\r\nurl = "https://b.example/"\ncategory = "B"\r\n'
    assert remove_feed(MIXED, "https://b.example/") == MIXED.replace(gone, "")


def test_editing_an_array_keeps_both_kinds_of_line_ends() -> None:
    without_b = MIXED_ARRAY.replace('  { url = "https://b.example/" },\r\n', "")
    assert remove_feed(MIXED_ARRAY, "https://b.example/") == without_b
    muted = mute_feed(MIXED_ARRAY, "https://b.example/", date(2026, 12, 24))
    lines = MIXED_ARRAY.split("\n")
    changed = [pair for pair in zip(lines, muted.split("\n"), strict=True) if pair[0] != pair[1]]
    assert len(changed) == 1
    assert "muted_until" in changed[0][1]


def test_a_new_feed_ends_its_lines_as_the_one_before() -> None:
    new = '\r\n[[feeds]]\r\nurl = "https://c.example/"\r\n'
    before = 'category = "B"\r\n'
    assert add_feed(MIXED, "https://c.example/") == MIXED.replace(before, before + new)
