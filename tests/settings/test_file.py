"""From a file to a Config; from a file with mistakes to all of them, each with its place."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest import deliver, render
from digest import settings as config
from digest.errors import ConfigError
from digest.model import Digest, ExcerptSettings, Feed, Look
from digest.settings import Config, interpret, load, locate
from digest.settings.positions import loads
from digest.store import open_store

Write = Callable[[str], Path]

FEED = '[[feeds]]\nurl = "https://example.org/atom.xml"\n'
DIGEST = '[digests.daily.deliver.files]\npath = "out"\n'
LEAST = FEED + DIGEST


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str) -> Path:
        path = tmp_path / "config.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def mistakes(path: Path, **environ: str) -> dict[str, str]:
    """Give what is wrong with a file, by key."""
    with pytest.raises(ConfigError) as caught:
        load(path, environ)
    return {str(error.key): error.message for error in caught.value.all}


def only_digest(text: str) -> Digest:
    (digest,) = interpret(text, Path("config.toml"), {}).digests
    return digest


# --- what a right file gives ---------------------------------------------------------------------


def test_the_least_file_has_every_default(write: Write, tmp_path: Path) -> None:
    loaded = load(write(LEAST), {})
    feed = Feed(url="https://example.org/atom.xml", name="example.org")
    assert loaded == Config(
        path=tmp_path / "config.toml",
        root=tmp_path,
        title="Digest",
        timezone="UTC",
        language="en",
        base_url=None,
        store=config.StoreSettings(url=f"sqlite:///{tmp_path}/digest.db"),
        fetch=config.FetchTable(),
        excerpt=ExcerptSettings(),
        render=config.RenderSettings(),
        feeds=(feed,),
        digests=(
            Digest(
                name="daily",
                title="Daily",
                schedule="0 7 * * *",
                timezone="UTC",
                language="en",
                feeds=(feed,),
                channels={"files": deliver.load("files").Settings(path=tmp_path / "out")},  # type: ignore[call-arg]
            ),
        ),
    )


def test_a_full_file(write: Write, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    text = r"""
        title = "Morning transmission"
        timezone = "Europe/Berlin"
        language = "zh-Hant"
        base_url = "https://news.example.org/x"
        [store]
        url = "sqlite:////var/lib/digest.db?timeout=5"
        keep_bodies = "2w"
        [fetch]
        interval = "2h"
        allow_hosts = ["127.0.0.1"]
        backfill = "all"
        [excerpt]
        length = 200
        math = "tex"
        [render]
        templates = "mine"
        [render.transmission]
        layout = "labelled"
        [[feeds]]
        url = "https://example.org/atom.xml"
        name = "x"
        title = "X"
        category = "ML"
        kind = "transmission"
        backfill = 7
        muted_until = 2026-12-24
        max_entries = 2
        priority = -1
        drop = ["a"]
        keep = ["b"]
        [[feeds]]
        url = "http://example.com/rss"
        [digests.weekly]
        title = "Week"
        schedule = "@weekly"
        timezone = "Asia/Tokyo"
        language = "ja"
        categories = ["ML"]
        max_entries = 3
        max_per_feed = 2
        min_entries = 2
        at_latest = "3d"
        drop = ['/[a-z]\d/i', "language: de"]
        keep = ["feed: x"]
        images = true
        sections = { ML = 2, "" = 1 }
        [digests.weekly.excerpt]
        length = 100
        [digests.weekly.deliver.files]
        path = "/srv/week"
        [deliver.files]
        formats = ["text"]
        """
    loaded = load(write(text), {})
    assert (loaded.title, loaded.timezone, loaded.language) == (
        "Morning transmission",
        "Europe/Berlin",
        "zh-Hant",
    )
    assert loaded.base_url == "https://news.example.org/x/"
    assert loaded.store.url == "sqlite:////var/lib/digest.db?timeout=5"
    assert loaded.store.keep_bodies == timedelta(days=14)
    assert loaded.fetch.interval == timedelta(hours=2)
    assert loaded.fetch.allow_hosts == ("127.0.0.1",)
    assert loaded.excerpt == ExcerptSettings(length=200, math="tex")
    assert loaded.render.templates == str(tmp_path / "mine")
    assert loaded.render.options.keys() == {"transmission"}
    assert loaded.feeds == (
        Feed(
            url="https://example.org/atom.xml",
            name="x",
            title="X",
            category="ML",
            kind="transmission",
            backfill=7,
            muted_until=date(2026, 12, 24),
            max_entries=2,
            priority=-1,
            drop=("a",),
            keep=("b",),
        ),
        Feed(url="http://example.com/rss", name="example.com", backfill=None),
    )
    (digest,) = loaded.digests
    assert digest == Digest(
        name="weekly",
        title="Week",
        schedule="@weekly",
        timezone="Asia/Tokyo",
        language="ja",
        feeds=loaded.feeds[:1],
        max_entries=3,
        max_per_feed=2,
        sections={"ML": 2, "": 1},
        min_entries=2,
        at_latest=timedelta(days=3),
        drop=(r"/[a-z]\d/i", "language: de"),
        keep=("feed: x",),
        images=True,
        excerpt=ExcerptSettings(length=100, math="tex"),
        channels={
            "files": deliver.load("files").Settings(path=Path("/srv/week"), formats=("text",))  # type: ignore[call-arg]
        },
        options=loaded.render.options,
    )


@pytest.mark.parametrize(
    ("selection", "names"),
    [
        pytest.param("", "a b c", id="without a selection, every feed"),
        pytest.param("categories = []\nfeeds = []", "a b c", id="empty lists select as none do"),
        pytest.param('categories = ["ML"]', "a c", id="those of a category"),
        pytest.param('feeds = ["c", "b"]', "b c", id="those named, in the order of the file"),
        pytest.param('categories = ["ML"]\nfeeds = ["b"]', "a b c", id="both add up"),
    ],
)
def test_selects_feeds(selection: str, names: str) -> None:
    feeds = "".join(
        f'[[feeds]]\nurl = "https://example.org/{name}"\nname = "{name}"\n{category}\n'
        for name, category in [("a", 'category="ML"'), ("b", ""), ("c", 'category="ML"')]
    )
    digest = only_digest(f"{feeds}[digests.x]\n{selection}")
    assert " ".join(feed.name for feed in digest.feeds) == names


def test_defaults_agree_with_the_types_that_travel() -> None:
    for shape, table in ((Digest, config.DigestTable), (Feed, config.FetchTable)):
        ours = {each.name: each.default for each in fields(table)}
        theirs = {each.name: each.default for each in fields(shape) if each.default is not MISSING}
        simple = {name for name in ours.keys() & theirs.keys() if ours[name] is not MISSING}
        assert simple
        assert {name: ours[name] for name in simple} == {name: theirs[name] for name in simple}


# --- feeds that are files ------------------------------------------------------------------------


def test_a_folder_is_many_feeds_that_share_its_settings(write: Write, tmp_path: Path) -> None:
    (tmp_path / "my feeds").mkdir()
    for name in ("b.xml", "a.json", ".hidden.xml", "README.md"):
        (tmp_path / "my feeds" / name).touch()
    (tmp_path / "one.txt").touch()
    path = write(
        '[[feeds]]\nurl = "my feeds/"\ncategory = "Local"\n[[feeds]]\nurl = "one.txt"\n'
        '[digests.x]\nfeeds = ["my feeds"]\n[digests.y]\nfeeds = ["my feeds/b.xml", "one"]\n'
    )
    loaded = load(path, {})
    assert [(feed.url, feed.name, feed.category) for feed in loaded.feeds] == [
        ("my feeds/a.json", "my feeds/a.json", "Local"),
        ("my feeds/b.xml", "my feeds/b.xml", "Local"),
        ("one.txt", "one", None),
    ]
    assert [[feed.name for feed in digest.feeds] for digest in loaded.digests] == [
        ["my feeds/a.json", "my feeds/b.xml"],
        ["my feeds/b.xml", "one"],
    ]


def test_a_folder_may_have_a_name(write: Write, tmp_path: Path) -> None:
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds" / "a.xml").touch()
    path = write('[[feeds]]\nurl = "feeds"\nname = "local"\n' + DIGEST)
    assert [feed.name for feed in load(path, {}).feeds] == ["local/a.xml"]


# --- mistakes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "key", "message"),
    [
        ("titel = 'x'", "titel", 'unknown key; did you mean "title"?'),
        ("title = 3", "title", "expected text on one line, found 3"),
        ("timezone = 'Berlin/Europe'", "timezone", "time zone"),
        ("language = 'english language'", "language", "expected a language tag"),
        ("base_url = 'news.example.org'", "base_url", "expected https://HOST/PATH"),
        ("base_url = 'https://'", "base_url", "expected https://HOST/PATH"),
        ("base_url = 'https://example.org/?a=b'", "base_url", "expected https://HOST/PATH"),
        ("[digest.daily]", "digest", 'unknown key; did you mean "digests"?'),
        ("[store]\nurl = 'digest.db'", "store.url", 'expected "sqlite:///digest.db" or the like'),
        ("[store]\nurl = ''", "store.url", 'expected "sqlite:///digest.db" or the like'),
        ("[store]\nkeep_bodies = '1h'", "store.keep_bodies", 'at least "1d", found "1h"'),
        ("[fetch]\nintervall = '1h'", "fetch.intervall", 'did you mean "interval"?'),
        ("[fetch]\ninterval = 'hourly'", "fetch.interval", "expected a duration"),
        ("[fetch]\nconcurrency = 0", "fetch.concurrency", "at least 1"),
        ("[fetch]\ninterval = '30s'", "fetch.interval", "at least a minute"),
        ("[fetch]\nallow_hosts = ['10.0.0.0/99']", "fetch.allow_hosts", "10.0.0.0/99"),
        ("[fetch]\nbackfill = 'al'", "fetch.backfill", 'a whole number or "all", found "al"'),
        ("[fetch]\nbackfill = -1", "fetch.backfill", "expected at least 0, found -1"),
        ("[excerpt]\nlength = 0", "excerpt.length", "expected at least 1, found 0"),
        ("[excerpt]\nboundary = 'words'", "excerpt.boundary", '"sentence", "word" or "character"'),
        ("[render]\ntemplates = 'none'", "render.templates", "there is no folder /"),
        ("[render.transmision]", "render.transmision", 'did you mean "transmission"?'),
        ("[render.transmission]\nlay = 1", "render.transmission.lay", 'did you mean "layout"?'),
        ("[render.html]", "render.html", "the format html has no settings"),
        ("[render]\ntransmission = 1", "render.transmission", "expected a table, found 1"),
        ("[deliver.fiels]", "deliver.fiels", 'unknown channel "fiels"; did you mean "files"?'),
        ("[deliver.files]\nformat = []", "deliver.files.format", 'did you mean "formats"?'),
        ("[digests.Weekly]", "digests.Weekly", "a-z, 0-9, - and _"),
        ("[digests.x]\nschedule = '0 25 * * *'", "digests.x.schedule", "'25' is not an hour"),
        ("[digests.x]\nschedule = 'daily'", "digests.x.schedule", "five fields"),
        ("[digests.x]\ntimezone = ''", "digests.x.timezone", "time zone"),
        ("[digests.x]\nlanguage = '?'", "digests.x.language", 'found "?"'),
        ("[digests.x]\ncategories = ['ml']", "digests.x.categories[0]", 'did you mean "ML"?'),
        ("[digests.x]\ncategories = 'ML'", "digests.x.categories", "expected an array"),
        ("[digests.x]\nfeeds = ['exmple.org']", "digests.x.feeds[0]", 'mean "example.org"?'),
        ("[digests.x]\nmax_entries = 0", "digests.x.max_entries", "expected at least 1"),
        ("[digests.x]\nmin_entries = 41", "digests.x.min_entries", "max_entries, which is 40"),
        (
            "[digests.x]\nat_latest = 'friday'",
            "digests.x.at_latest",
            '"fri", "sat" or "sun" or a dur',
        ),
        ("[digests.x.sections]\nMl = 3", "digests.x.sections.Ml", 'did you mean "ML"?'),
        ("[digests.x.sections]\nML = 0", "digests.x.sections.ML", "at least 1, found 0"),
        ("[digests.x]\ndrop = 'a'", "digests.x.drop", "expected an array [...] of text"),
        ("[digests.x]\ndrop = ['a', '/(/']", "digests.x.drop[1]", "missing ) at position 1"),
        ("[digests.x]\nkeep = ['feed: exmple.org']", "digests.x.keep[0]", 'mean "example.org"?'),
        (
            "[[feeds]]\nurl = 'https://a.example/'\ndrop = ['older than x']",
            "feeds[1].drop[0]",
            "expected an age",
        ),
        ("[digests.x.excerpt]\nlen = 1", "digests.x.excerpt.len", 'did you mean "length"?'),
        ("[digests.x.deliver.files]", "digests.x.deliver.files.path", "missing; expected a path"),
        (
            "[digests.x.deliver.files]\npath = 'o'\nformats = ['html', 'txt']",
            "digests.x.deliver.files.formats[1]",
            'unknown format "txt"; did you mean "text"?',
        ),
        ("[digests.x.deliver.filse]", "digests.x.deliver.filse", 'did you mean "files"?'),
        ("[[feeds]]", "feeds[1].url", "missing; expected https://"),
        ("[[feeds]]\nurl = 5", "feeds[1].url", "expected text on one line, found 5"),
        ("[[feeds]]\nurl = ''", "feeds[1].url", "it is empty"),
        ("[[feeds]]\nurl = 'ftp://example.org/a'", "feeds[1].url", "found ftp:"),
        ("[[feeds]]\nurl = 'example.org:80/a'", "feeds[1].url", "found example.org:"),
        ("[[feeds]]\nurl = 'https:///a'", "feeds[1].url", "it names no host"),
        ("[[feeds]]\nurl = 'https://example.org/a b'", "feeds[1].url", "it holds a space"),
        ("[[feeds]]\nurl = 'https://[1/'", "feeds[1].url", "IPv6"),
        ("[[feeds]]\nurl = 'https://example.org:99999/'", "feeds[1].url", "Port"),
        ("[[feeds]]\nurl = 'example.org/a.xml'", "feeds[1].url", "there is no file or folder"),
        (f"[[feeds]]\nurl = '{'x' * 5000}'", "feeds[1].url", "there is no file or folder"),
        ("[[feeds]]\nurl = 'empty'", "feeds[1].url", "holds no feeds"),
        (FEED, "feeds[1].url", 'feeds[0] has the url "https://example.org/atom.xml" too'),
        (
            2 * "[[feeds]]\nurl = 'https://me:secret@a.example/'\n",
            "feeds[2].url",
            'feeds[1] has the url "https://a.example/" too',
        ),
        (
            "[digests.other.deliver.files]\npath = 'out/'",
            "digests.daily.deliver.files.path",
            "digests.other writes to",
        ),
        (
            "[[feeds]]\nurl = 'https://a.example/'\nname = 'n'\n"
            "[[feeds]]\nurl = 'https://b.example/'\nname = 'n'",
            "feeds[2].name",
            'feeds[1] has the name "n" too',
        ),
        (
            "[[feeds]]\nurl = 'https://a.example/'\nkind = 'transmision'",
            "feeds[1].kind",
            'unknown kind of feed "transmision"; did you mean "transmission"?',
        ),
        (
            "[[feeds]]\nurl = 'https://a.example/'\ncolor = 1",
            "feeds[1].color",
            "unknown key; known: backfill",
        ),
    ],
    ids=lambda value: value[:60] if isinstance(value, str) else None,
)
def test_tells_a_mistake(write: Write, tmp_path: Path, text: str, key: str, message: str) -> None:
    (tmp_path / "empty").mkdir()
    path = write(f"{text}\n{FEED}category = 'ML'\n{DIGEST}")
    if text.startswith("[[feeds]]"):
        path = write(f"{FEED}category = 'ML'\n{text}\n{DIGEST}")
    found = mistakes(path)
    assert list(found) == [key]
    assert message in found[key]


def test_tells_all_mistakes_at_once_in_the_order_of_lines(write: Write) -> None:
    path = write(
        "titel = 1\n"  # 1
        "feeds = [\n"
        "  { url = 'https://example.org/', category = 'ML' },\n"
        "  { url = 'ftp://example.org/' },\n"  # 4
        "]\n"
        "[digests.Daily]\n"  # 6
        "schedule = 'x'\n"  # 7
        "deliver.files.formats = [\n"  # 8 (no path)
        "  'html', 'htlm',\n"  # 9
        "]\n"
        "categories = ['ML', 'mll']\n"  # 11
    )
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    assert [(error.line, error.key) for error in caught.value.all] == [
        (1, "titel"),
        (4, "feeds[1].url"),
        (6, "digests.Daily"),
        (7, "digests.Daily.schedule"),
        (8, "digests.Daily.deliver.files.path"),
        (11, "digests.Daily.categories[1]"),
    ]
    assert {error.file for error in caught.value.all} == {str(path)}
    assert str(caught.value) == f'{path}:1: titel: unknown key; did you mean "title"?'


def test_a_mistake_that_digests_share_is_told_once(write: Write) -> None:
    found = mistakes(
        write(
            f"[excerpt]\nlenght = 1\n[deliver.files]\nformats = 1\n{FEED}"
            "[digests.a]\ndeliver.files.path = 'a'\n[digests.b]\ndeliver.files.path = 'b'"
        )
    )
    assert found.keys() == {"excerpt.lenght", "deliver.files.formats"}


@pytest.mark.parametrize(
    ("text", "key", "lines"),
    [
        (DIGEST, "feeds", '[[feeds]]\nurl = "https://example.org/atom.xml"'),
        (FEED, "digests", '[digests.daily]\n[digests.daily.deliver.files]\npath = "out/daily"'),
    ],
)
def test_what_is_wanting_is_shown_and_works(write: Write, text: str, key: str, lines: str) -> None:
    (message,) = mistakes(write(text)).values()
    shown = message.partition("\n")[2].replace("    ", "")
    assert shown == lines
    assert load(write(f"{text}\n{shown}\n"), {})


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        pytest.param(None, None, "no configuration here; `digest init` writes one", id="missing"),
        pytest.param(b"a = 1\nb = '\xff'\n", 2, "not UTF-8 text; save it as UTF-8", id="encoding"),
        pytest.param("title = 'x'".encode("utf-16"), 1, "not UTF-8", id="a UTF-16 file"),
        pytest.param(b"a = 1\nb = x", 2, "not valid TOML: invalid value at column 5", id="TOML"),
    ],
)
def test_files_that_cannot_be_read(
    tmp_path: Path, content: bytes | None, line: int | None, message: str
) -> None:
    path = tmp_path / "config.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=re.escape(message)) as caught:
        load(path, {})
    assert (caught.value.file, caught.value.line) == (str(path), line)
    assert caught.value.all == (caught.value,)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="this is a folder; name the file in it"):
        load(tmp_path, {})


def test_what_the_system_refuses_is_told_in_its_words(write: Write) -> None:
    with pytest.raises(ConfigError, match="cannot be read: Not a directory"):
        load(write(LEAST) / "config.toml", {})


def test_a_byte_order_mark_does_no_harm(write: Write) -> None:
    assert load(write("\ufefftitle = 'x'\n" + LEAST), {}).title == "x"
    assert mistakes(write("\ufefftitel = 'x'\n" + LEAST)).keys() == {"titel"}


# --- the environment -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "environ", "expected"),
    [
        pytest.param(None, {}, "config.toml", id="neither"),
        pytest.param(None, {"DIGEST_CONFIG": ""}, "config.toml", id="an empty variable is none"),
        pytest.param(None, {"DIGEST_CONFIG": "/etc/d.toml"}, "/etc/d.toml", id="the variable"),
        pytest.param("a.toml", {"DIGEST_CONFIG": "/etc/d.toml"}, "a.toml", id="the option first"),
    ],
)
def test_which_file(asked: str | None, environ: dict[str, str], expected: str) -> None:
    assert locate(asked and Path(asked), environ) == Path(expected)


def test_the_environment_may_name_the_file(write: Write) -> None:
    path = write(LEAST)
    assert load(None, {"DIGEST_CONFIG": str(path)}).path == path


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("", "sqlite:///{root}/digest.db", id="an empty variable is none"),
        pytest.param("sqlite:///x/y.db", "sqlite:///{root}/x/y.db", id="a path from the folder"),
        pytest.param("sqlite:////x/y.db", "sqlite:////x/y.db", id="a whole path"),
        pytest.param("sqlite+pysqlite:///y.db", "sqlite+pysqlite:///{root}/y.db", id="a driver"),
        pytest.param("sqlite:///:memory:", "sqlite:///:memory:", id="no file"),
        pytest.param("postgresql://h/d", "postgresql://h/d", id="a server"),
    ],
)
def test_the_environment_may_name_the_store(write: Write, url: str, expected: str) -> None:
    path = write(LEAST)
    loaded = load(path, {"DIGEST_STORE_URL": url})
    assert loaded.store.url == expected.replace("{root}", str(path.parent))


def test_the_folder_may_have_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "50% of what? #1"
    loaded = interpret(LEAST, folder / "config.toml", {})
    open_store(loaded.store.url).close()
    assert (folder / "digest.db").is_file()


def test_a_folder_that_no_database_could_be_in_is_refused(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"\xff") / "config.toml"
    with pytest.raises(ConfigError, match="is not UTF-8; rename the folder"):
        interpret(LEAST, path, {})


def test_a_wrong_variable_is_named(write: Write) -> None:
    found = mistakes(write(LEAST), DIGEST_STORE_URL="x.db")
    assert found == {
        "store.url": 'DIGEST_STORE_URL in the environment: expected "sqlite:///x.db" or the like'
    }


# --- mail ----------------------------------------------------------------------------------------

SMTP = "[digests.daily.deliver.smtp]\nhost = 'localhost'\n"


def test_addresses_are_read_as_they_are_sent(write: Write) -> None:
    text = (
        f"{LEAST}\n[deliver.smtp]\nfrom = 'News <news@example.org>'\nbounces = 'b@EXAMPLE.org'\n"
        f"{SMTP}to = [' Me@Example.ORG', 'post@müller.example']\nunsubscribe = 'x@Example.org'"
    )
    channel = load(write(text), {}).digests[0].channels["smtp"]
    assert isinstance(channel, deliver.MailSettings)
    assert channel.from_ == "News <news@example.org>"
    assert channel.to == ("Me@example.org", "post@xn--mller-kva.example")
    assert (channel.bounces, channel.unsubscribe) == ("b@example.org", "x@example.org")


@pytest.mark.parametrize(
    ("lines", "key", "message"),
    [
        ("", "from", "missing; expected text on one line"),
        ("from = 'news'", "from", '"news" is no mail address: there is no @ in it'),
        ("from = 'News <news@>'", "from", "there is nothing after the @"),
        ("from = 'a@b.c'\nto = ['d@e.f', 'x y@z.org']", "to[1]", "there is a space in it"),
        ("from = 'a@b.c'\nto = ['Jo <d@e.f>']", "to[0]", "no mail address"),
        (
            "from = 'a@b.c'\nto = ['D@e.f', 'd@E.f']",
            "to[1]",
            '"D@e.f" stands in the list before it',
        ),
        ("from = 'a@b.c'\nreply_to = 'x'", "reply_to", "no mail address"),
        ("from = 'a@b.c'\nbounces = 'B <x@y.org>'", "bounces", "no mail address"),
        ("from = 'a@b.c'\nunsubscribe = '@'", "unsubscribe", "no mail address"),
        (
            "from = 'a@b.c'\nsubscribers = false",
            "to",
            "nobody gets this mail: name a recipient, or set",
        ),
        ("from = 'a@b.c'\nconnections = 21", "connections", "expected at most 20"),
        ("from = 'a@b.c'\nuser = 'x'", "user", "user needs one of password_file and password_env"),
    ],
)
def test_mistakes_about_mail(write: Write, lines: str, key: str, message: str) -> None:
    (told,) = mistakes(write(f"{LEAST}\n{SMTP}{lines}")).items()
    assert told[0] == f"digests.daily.deliver.smtp.{key}"
    assert message in told[1]


def test_a_mistake_stands_where_the_address_does(write: Write) -> None:
    found = mistakes(write(f"{LEAST}\n[deliver.smtp]\nfrom = 'news'\n{SMTP}"))
    assert found.keys() == {"deliver.smtp.from"}


def test_digests_may_share_a_mail_folder(write: Write) -> None:
    own = "deliver.maildir = {path = 'mail', from = 'a@example.org'}"
    loaded = load(write(f"{FEED}[digests.a]\n{own}\n[digests.b]\n{own}"), {})
    assert [digest.channels["maildir"].to for digest in loaded.digests] == [("a@example.org",)] * 2  # type: ignore[attr-defined]


# --- no input is beyond it -----------------------------------------------------------------------

KEYS = st.sampled_from(
    [
        *("title", "timezone", "language", "base_url", "store", "fetch", "excerpt", "render"),
        *("feeds", "digests", "deliver", "url", "name", "category", "kind", "backfill", "x"),
        *("schedule", "categories", "max_entries", "files", "formats", "path", "templates"),
        *("transmission", "html", "layout", "length", "drop", "keep", "sections", "min_entries"),
    ]
)
VALUES: st.SearchStrategy[str] = st.recursive(
    st.sampled_from(["1", "-1", "true", '"x"', '"https://example.org/"', '"."', '"1h"', '"all"'])
    | st.sampled_from(['"\\u0000"', '"é"', "2026-01-01", "nan", '"* * * * *"', '"UTC"', '"html"']),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.dictionaries(KEYS, inner, max_size=3).map(
            lambda table: f"{{{', '.join(f'{key} = {value}' for key, value in table.items())}}}"
        )
    ),
    max_leaves=8,
)


@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_any_file_gives_a_config_or_its_mistakes(tables: dict[str, str]) -> None:
    text = "\n".join(f"{key} = {value}" for key, value in tables.items())
    try:
        interpret(text, Path("config.toml"), {})
    except ConfigError as error:
        told = error.all
    else:
        told = ()
    assert len({(each.key, each.message) for each in told}) == len(told)


def test_loads_nothing_heavy() -> None:
    program = (
        "import sys, digest.settings as c, pathlib;"
        f"c.interpret({LEAST!r}, pathlib.Path('config.toml'), {{}});"
        "print({'httpx', 'sqlalchemy', 'jinja2', 'lxml', 'tomlkit', 'asyncio'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("set()\n", "")


# --- the example ---------------------------------------------------------------------------------

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"
COMMENTED = re.compile(r"^# (?=\[|[a-z_]+ = )", re.MULTILINE)
OTHERWISE = re.compile(r"^# .* # or: .*\n", re.MULTILINE)
"""Keys that may be given instead of another."""


def test_the_example_loads_and_is_all_defaults() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert interpret(text, EXAMPLE, {}) == interpret(
        f"{FEED}[render.transmission]\n[render.mail]\n[render.look]\n"
        "[digests.daily.deliver.files]\npath = 'out/daily'",
        EXAMPLE,
        {},
    )


def test_the_example_loads_with_every_comment_taken_at_its_word(tmp_path: Path) -> None:
    (tmp_path / "my-templates").mkdir()
    text = COMMENTED.sub("", OTHERWISE.sub("", EXAMPLE.read_text(encoding="utf-8")))
    assert interpret(text, tmp_path / "config.toml", {}).feeds[0].category == "ML"


def settings() -> list[tuple[str, Any]]:
    """Give every table that a file may have: its path in the example, its dataclass."""
    tables: list[tuple[str, Any]] = [
        ("", config.FileTable),
        ("feeds.0", config.FeedTable),
        ("digests.daily", config.DigestTable),
        ("excerpt", ExcerptSettings),
        ("render", config.RenderTable),
        ("render.look", Look),
        *((each.name, type(each.default)) for each in fields(config.FileTable)),
        *(
            (f"render.{name}", getattr(render.load(name), "Settings", None))
            for name in render.names()
        ),
        *(
            (f"digests.daily.deliver.{name}", deliver.load(name).Settings)
            for name in deliver.names()
        ),
    ]
    return [(path, cls) for path, cls in tables if is_dataclass(cls)]


@pytest.mark.parametrize(("path", "cls"), settings(), ids=lambda value: str(value))
def test_the_example_shows_every_key(path: str, cls: Any) -> None:
    table: Any = loads(COMMENTED.sub("", EXAMPLE.read_text(encoding="utf-8")))
    for part in filter(None, path.split(".")):
        table = table[int(part) if part.isdigit() else part]
    keys = {
        each.name.removesuffix("_") for each in fields(cls) if each.metadata.get("is_key", True)
    }
    assert keys <= table.keys()
