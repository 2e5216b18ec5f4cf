"""The face: what the commands say, write and exit with."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from digest import cli
from digest.diagnostics import try_feeds
from support.feedserver import FeedServer
from support.house import NOW, House, item, rss
from support.smtpserver import Fault, SmtpServer

AT = ["--now", NOW.isoformat()]


@dataclass(frozen=True)
class Outcome:
    status: int
    out: str
    err: str


Run = Callable[..., Outcome]


@pytest.fixture
def digest(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> Run:
    """Run a command in an empty folder, as the shell would."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["digest", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        sys.stdout.flush()
        out, err = capfdbinary.readouterr()
        return Outcome(int(ended.value.code or 0), out.decode(), err.decode())

    return run


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer({"/a.xml": rss([item("a1"), item("a2")], "The feed")}) as running:
        yield running


@pytest.fixture
def house(server: FeedServer, tmp_path: Path) -> House:
    return House(tmp_path, [server.url("/a.xml")])


def test_help_names_every_command_in_a_newcomers_order(digest: Run) -> None:
    outcome = digest("--help")
    assert outcome.status == 0
    names = re.findall(r"^  ([a-z]+) ", outcome.out.partition("Commands:")[2], re.MULTILINE)
    assert names[:5] == ["init", "check", "run", "refresh", "publish"]
    for name in (
        "preview",
        "serve",
        "try",
        "explain",
        "backtest",
        "excerpt",
        "feeds",
        "editions",
        "doctor",
    ):
        assert name in names


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys; sys.argv = ['digest', '--help']\n"
        "from digest.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(sorted({'httpx', 'sqlalchemy', 'lxml', 'jinja2', 'alembic', 'apscheduler', 'bs4',"
        " 'feedparser', 'nh3', 'selectolax', 'babel', 'tomlkit', 'regex'} & set(sys.modules)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout.splitlines()[-1] == "[]"


def test_a_newcomer_gets_from_nothing_to_an_edition(
    digest: Run, server: FeedServer, tmp_path: Path
) -> None:
    begun = digest("init", "mornings")
    assert begun.status == 0
    assert "feeds add" in begun.out
    config = str(tmp_path / "mornings" / "config.toml")
    assert f"digest -q --config {config} run\n" in begun.out  # cron starts in another folder
    text = Path(config).read_text()
    Path(config).write_text(text + '\n[fetch]\nallow_hosts = ["127.0.0.1"]\n')
    added = digest("feeds", "add", server.url("/a.xml"), "--config", config, "--category", "News")
    assert (added.status, added.err) == (0, "")
    assert "The feed" in added.out
    ran = digest("--config", config, "run", *AT)
    assert (ran.status, ran.err) == (0, "")
    assert "2 stories" in ran.out
    assert list((tmp_path / "mornings").rglob("index.html"))


def test_init_does_not_write_over_a_configuration(digest: Run, house: House) -> None:
    outcome = digest("init")
    assert outcome.status == 2
    assert "is there already" in outcome.err


def test_run_tells_what_it_did(digest: Run, house: House) -> None:
    outcome = digest("run", *AT)
    assert outcome.status == 0
    assert "1 read" in outcome.out
    assert "2 new" in outcome.out
    assert "Edition: daily 2026-11-20T0700, 2 stories." in outcome.out


@pytest.mark.parametrize("arguments", [("-q", "run"), ("run", "-q"), ("run", "--quiet")])
def test_quiet_says_nothing_when_all_is_well(
    digest: Run, house: House, arguments: tuple[str, ...]
) -> None:
    assert digest(*AT, *arguments) == Outcome(0, "", "")


def test_json_is_for_machines(digest: Run, house: House) -> None:
    report = json.loads(digest("run", "--json", *AT).out)
    assert report["refresh"]["fetched"] == 1
    assert report["publish"]["made"] == [
        {"digest": "daily", "slot": "2026-11-20T0700", "stories": 2}
    ]


def test_verbose_names_each_feed(digest: Run, house: House) -> None:
    assert "[1/1]" in digest("-v", "refresh", *AT).err


def test_a_feed_that_failed_is_named_and_the_others_go_on(
    digest: Run, server: FeedServer, house: House
) -> None:
    house.configure([server.url("/a.xml"), server.url("/none.xml")])
    outcome = digest("run", *AT)
    assert outcome.status == 0
    assert "404" in outcome.err
    assert "1 read" in outcome.out


def test_it_is_a_failure_when_no_feed_can_be_read(
    digest: Run, server: FeedServer, house: House
) -> None:
    house.configure([server.url("/none.xml")])
    outcome = digest("-q", "run", *AT)
    assert outcome.status == 1
    assert "not one feed" in outcome.err


def test_it_is_no_failure_that_of_the_feeds_the_one_that_is_due_failed(
    digest: Run, server: FeedServer, house: House
) -> None:
    digest("run", *AT)
    house.configure([server.url("/a.xml"), server.url("/none.xml")])
    outcome = digest("-q", "run", *AT)
    assert (outcome.status, outcome.err) == (0, "")


def test_a_second_run_at_once_says_so_and_is_no_failure(
    digest: Run, house: House, tmp_path: Path
) -> None:
    digest("run", *AT)
    with house.store() as store, store.lock("refresh"):
        outcome = digest("run", *AT)
        quiet = digest("-q", "run", *AT)
    assert outcome.status == 0
    assert outcome.err.startswith("digest: ")
    assert outcome.out == ""
    assert (quiet.status, quiet.out, quiet.err) == (0, "", "")


def test_check_reports_every_mistake_at_once(digest: Run, house: House) -> None:
    house.file.write_text(
        'titel = "x"\n[[feeds]]\nurl = "https://example.org/a"\n'
        '[digests.daily]\nschedule = "61 7 * * *"\ntimezone = "Europe/Berlim"\n'
        'max_entries = "many"\n'
        '[digests.daily.deliver.files]\npath = "out"\nformats = ["htm"]\n'
    )
    outcome = digest("check")
    assert outcome.status == 2
    lines = outcome.err.splitlines()
    assert len(lines) == 5
    for line, words in zip(
        sorted(lines, key=lambda line: int(line.split(":")[2])),
        (":1:", ":5:", ":6:", ":7:", ":10:"),
        strict=True,
    ):
        assert words in line
    assert "title" in outcome.err
    assert "Europe/Berlin" in outcome.err
    assert "html" in outcome.err


def test_check_says_that_all_is_well(digest: Run, house: House) -> None:
    outcome = digest("check")
    assert (outcome.status, "all is well" in outcome.out) == (0, True)


def test_check_tells_what_this_machine_lacks(digest: Run, house: House, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    house.file.write_text(house.file.read_text().replace('"out"', '"file/out"'))
    outcome = digest("check")
    assert outcome.status == 2
    assert ": digests.daily.deliver.files.path: " in outcome.err
    assert "is no folder" in outcome.err
    assert digest("run", *AT).status == 1  # the feeds are read all the same


def test_preview_needs_no_name_where_there_is_one_digest(digest: Run, house: House) -> None:
    digest("refresh", *AT)
    assert "Title of a1" in digest("preview", *AT).out
    more = '[digests.weekly]\n[digests.weekly.deliver.files]\npath = "w"\n'
    house.file.write_text(house.file.read_text() + more)
    asked = digest("preview", *AT)
    assert (asked.status, asked.err) == (2, "digest: which digest? There are: daily, weekly\n")


def test_verbose_tells_nothing_of_the_libraries_inside(digest: Run, house: House) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "digest", "-v", "-c", str(house.file), "run", *AT],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "[1/1]" in ran.stderr
    assert not re.search("sqlite|alembic|impl|upgrade|context", ran.stderr, re.IGNORECASE)


def test_without_a_configuration_it_says_how_to_get_one(digest: Run) -> None:
    outcome = digest("run")
    assert outcome.status == 2
    assert "digest init" in outcome.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(("runn",), "runn", id="an unknown command"),
        pytest.param(("run", "--now", "yesterday"), "ISO 8601", id="no time"),
        pytest.param(("run", "--now", "2026-01-12T07:00"), "zone", id="a time without a zone"),
        pytest.param(("publish", "dayly"), 'did you mean "daily"', id="an unknown digest"),
        pytest.param(("refresh", "nobody"), "there is no feed 'nobody'", id="an unknown feed"),
        pytest.param(("preview", "daily", "--format", "pdf"), "html", id="an unknown format"),
        pytest.param(("serve", *AT), "--now", id="serve lives by the clock"),
    ],
)
def test_wrong_usage_is_answered_with_status_2(
    digest: Run, house: House, arguments: tuple[str, ...], words: str
) -> None:
    outcome = digest(*arguments)
    assert outcome.status == 2
    assert words in outcome.err


def test_preview_shows_what_would_be_told(digest: Run, house: House) -> None:
    digest("refresh", *AT)
    assert "Title of a1" in digest("preview", "daily", *AT).out
    assert "<html" in digest("preview", "daily", "--format", "html", *AT).out
    assert json.loads(digest("preview", "daily", "--json", *AT).out)["items"]


def test_preview_leaves_nothing_behind(digest: Run, house: House) -> None:
    outcome = digest("preview", "daily", *AT)
    assert (outcome.status, "Nothing new" in outcome.out) == (0, True)
    assert list(house.folder.iterdir()) == [house.file]


def test_explain_tells_what_became_of_an_entry(digest: Run, house: House) -> None:
    digest("run", *AT)
    told = digest("explain", "https://example.org/a1")
    assert told.status == 0
    assert "told in 2026-11-20T0700, rank 1" in told.out
    (trail,) = json.loads(digest("explain", "a1", "--json").out)
    assert trail["digests"][0]["verdict"] == "told"
    assert digest("explain", "http://example.org/a1?utm_source=x").status == 0
    unknown = digest("explain", "https://example.org/never")
    assert unknown.status == 1
    assert "never" in unknown.err
    assert digest("explain").status == 2


def test_explain_lists_entries_of_which_one_is_to_be_named(
    digest: Run, server: FeedServer, house: House
) -> None:
    server.pages["/a.xml"] = rss([item("a1", title="One ferry"), item("a2", title="Two ferries")])
    digest("run", *AT)
    several = digest("explain", "ferr")
    assert several.status == 0
    assert "2 entries match 'ferr', the newest first:" in several.out
    assert len(json.loads(digest("explain", "ferr", "--json").out)) == 2


def test_explain_tells_what_an_edition_left_out(digest: Run, house: House) -> None:
    digest("run", *AT)
    for slot in ("latest", "2026-11-20T0700"):
        told = digest("explain", "--edition", slot, "daily")
        assert told.status == 0
        assert told.out.startswith("daily 2026-11-20T0700  no. 1, 2 stories; left out: 0 entries")
    (found,) = json.loads(digest("explain", "--edition", "latest", "--json").out)
    assert (found["digest"], found["left_out"], found["reasons"]) == ("daily", 0, [])
    unknown = digest("explain", "--edition", "2026-11-19T0700")
    assert unknown.status == 1
    assert "no digest has an edition 2026-11-19T0700; `digest editions list`" in unknown.err
    assert "daily has no edition" in digest("explain", "--edition", "2026", "daily").err
    assert digest("explain", "--edition", "latest", "dayly").status == 2


def test_no_feed_commands_the_terminal(digest: Run, server: FeedServer, house: House) -> None:
    server.pages["/a.xml"] = (
        b'{"version": "https://jsonfeed.org/version/1.1", "title": "The\\u009b31m feed", '
        b'"items": [{"id": "a\\u001b[31m\\n\\u202eb", "title": "One", "content_text": "Text."}]}'
    )
    digest("run", *AT)
    told = digest("explain", "One").out
    assert "from The31m feed," in told
    assert "known to its feed as a[31m b\n" in told


def test_feeds_are_listed_with_their_health(digest: Run, house: House) -> None:
    assert "not fetched yet" in digest("feeds", "list").out
    digest("run", *AT)
    listed = digest("feeds", "list", *AT).out
    assert "well" in listed
    assert "2026-11-20" in listed
    (row,) = json.loads(digest("feeds", "list", "--json", *AT).out)
    assert row["entries"] == 2


def test_feeds_are_muted_removed_and_exported(
    digest: Run, house: House, server: FeedServer
) -> None:
    house.configure([server.url("/a.xml"), "https://example.org/b.xml"])
    assert digest("feeds", "mute", "https://example.org/b.xml", "--until", "2027-01-01").status == 0
    assert house.config.feeds[1].muted_until is not None
    assert digest("feeds", "remove", "https://example.org/b.xml").status == 0
    assert len(house.config.feeds) == 1
    exported = digest("feeds", "export").out
    assert server.url("/a.xml") in exported


def test_a_folder_of_feeds_is_muted_and_removed(digest: Run, house: House) -> None:
    (house.folder / "feeds").mkdir()
    (house.folder / "feeds" / "b.xml").write_bytes(rss([item("b1")]))
    house.configure([house.config.feeds[0].url, "feeds"])
    assert digest("feeds", "mute", "feeds", "--until", "2027-01-01").status == 0
    assert house.config.feeds[1].muted_until is not None
    part = digest("feeds", "remove", "feeds/b.xml")
    assert (part.status, 'did you mean "feeds"?' in part.err) == (2, True)
    assert digest("feeds", "remove", "feeds").status == 0
    assert len(house.config.feeds) == 1


def test_a_subscription_list_is_imported(digest: Run, house: House, tmp_path: Path) -> None:
    (tmp_path / "list.opml").write_text(
        '<opml version="2.0"><body><outline text="Science">'
        '<outline type="rss" text="One" xmlUrl="https://example.org/one.xml"/></outline></body></opml>'
    )
    outcome = digest("feeds", "import", "list.opml")
    assert (outcome.status, "Added 1" in outcome.out) == (0, True)
    assert house.config.feeds[-1].category == "Science"
    missing = digest("feeds", "import", "none.opml")
    assert (missing.status, "none.opml" in missing.err) == (2, True)


def test_editions_are_listed_shown_and_sent_again(
    digest: Run, house: House, tmp_path: Path
) -> None:
    assert "No edition yet" in digest("editions", "list", "daily").out
    assert 'did you mean "daily"' in digest("editions", "list", "dayly").err
    digest("run", *AT)
    assert "2026-11-20T0700" in digest("editions", "list").out
    assert "Title of a1" in digest("editions", "show", "daily", "2026-11-20T0700").out
    page = tmp_path / "out" / "2026-11-20T0700" / "index.html"
    page.unlink()
    resend = ("editions", "resend", "daily", "2026-11-20T0700", *AT)
    nothing = digest(*resend)
    assert (nothing.status, "--all" in nothing.out, page.exists()) == (0, True, False)
    assert digest(*resend, "--all").status == 0
    assert page.exists()
    unknown = digest("editions", "show", "daily", "2020-01-01T0700")
    assert (unknown.status, "has no edition" in unknown.err) == (1, True)


def test_try_shows_a_feed_or_the_feed_of_a_page(
    digest: Run, server: FeedServer, tmp_path: Path
) -> None:
    server.pages["/"] = (
        b'<!doctype html><html><head><link rel="alternate" type="application/rss+xml"'
        b' href="/a.xml"></head><body>A page</body></html>'
    )
    for url in (server.url("/a.xml"), server.url("/")):
        outcome = digest("try", url, "--allow", "127.0.0.1", *AT)
        assert (outcome.status, outcome.err) == (0, "")
        assert "Title of a1" in outcome.out
    assert server.hits["/a.xml"] == 2
    assert list(tmp_path.glob("*.db")) == []


def test_try_says_when_there_is_no_feed(digest: Run, server: FeedServer) -> None:
    server.pages["/"] = b"<!doctype html><p>nothing here"
    outcome = digest("try", server.url("/"), "--allow", "127.0.0.1")
    assert outcome.status == 1
    assert "no feed" in outcome.err


@pytest.fixture
def private_umask() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.mark.usefixtures("private_umask")
@pytest.mark.sqlite
def test_the_doctor_says_what_to_do(digest: Run, house: House) -> None:
    sick = digest("doctor", *AT)
    assert sick.status == 1
    assert "digest run" in sick.out
    digest("run", *AT)
    house.configure([house.config.feeds[0].url, "https://example.org/b.xml"])
    digest("feeds", "mute", "example.org/b", "--until", "2027-01-01")
    well = digest("doctor", *AT)
    assert well.status == 0, well.out


def test_the_doctor_looks_closer_at_mail(digest: Run, house: House) -> None:
    none = digest("doctor", "mail", *AT)
    assert (none.status, none.out) == (2, "")
    assert "[digests.NAME.deliver.smtp] does it" in none.err
    with SmtpServer(Fault("rcpt", "550 5.1.1 no such user", to="^john@")) as relay:
        channel = (
            "[digests.daily]\n[digests.daily.deliver.smtp]\nfrom = 'daily@news.example'\n"
            f"host = '{relay.host}'\nport = {relay.port}\n"
        )
        house.configure([house.config.feeds[0].url], more=channel)
        digest("refresh", *AT)
        assert "`digest doctor mail daily` connects" in digest("doctor", *AT).out
        well = digest("doctor", "mail", "daily", "--send", "jane@news.example", *AT)
        assert (well.status, well.err) == (0, "")
        assert "ok     daily: smtp: sent to jane@news.example: 250 2.0.0 queued as 1\n" in well.out
        assert [message.recipient for message in relay.messages] == ["jane@news.example"]
        assert digest("-q", "doctor", "mail", *AT).out == ""
        sick = digest("doctor", "mail", "--send", "john@news.example", "--json", *AT)
    assert (sick.status, sick.err) == (1, "")
    *others, last = json.loads(sick.out)
    assert all(one["ok"] for one in others)
    assert last["what"] == "daily: smtp: not sent to john@news.example"
    assert "550 5.1.1 no such user" in last["advice"]
    assert digest("doctor", "mail", "nobody", *AT).status == 2


def test_excerpt_cuts_one_document(digest: Run, tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<p>One sentence here. And a second one follows it.</p>")
    outcome = digest("excerpt", "a.html", "--length", "25")
    assert (outcome.status, outcome.out) == (0, "One sentence here.\n")


def test_excerpt_answers_each_line_with_a_line(digest: Run, tmp_path: Path) -> None:
    lines = [
        {"html": "<p>Hello <b>there</b></p>"},
        {"text": "a < b"},
        {"html": "x", "length": 0},
        {"html": "x", "length": 10**30},
        {"html": "x", "lenght": 3},
        ["no object"],
    ]
    (tmp_path / "a.jsonl").write_text(
        "".join(json.dumps(line) + "\n" for line in lines) + "{broken\n" + "[" * 10_000
    )
    answers = [
        json.loads(line) for line in digest("excerpt", "--jsonl", "a.jsonl").out.splitlines()
    ]
    assert [answer.get("excerpt") for answer in answers] == [
        "Hello there",
        "a < b",
        *6 * [None],
    ]
    assert all(answer["error"] for answer in answers[2:])
    assert set(answers[0]) == {"excerpt", "language", "truncated", "image"}


@pytest.mark.sqlite
@pytest.mark.parametrize("damage", [b"", b"this is not a database at all, but it is long enough"])
def test_a_database_that_is_none_is_named(
    digest: Run, house: House, tmp_path: Path, damage: bytes
) -> None:
    (tmp_path / "digest.db").write_bytes(damage * 100)
    outcome = digest("run", *AT)
    assert outcome.status == 1
    assert "digest.db" in outcome.err


# --- the world around it --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shell", "status", "out", "err"),
    [
        pytest.param("$digest excerpt page > /dev/full", 1, "", "No space left", id="a full disk"),
        pytest.param("$digest --help > /dev/full", 1, "", "No space left", id="help, too"),
        pytest.param("$digest excerpt page >&-", 0, "", "", id="no standard output"),
        pytest.param("$digest excerpt <&-", 0, "\n", "", id="no standard input"),
        pytest.param("$digest run 2>&-", 2, "", "", id="no standard error"),
        pytest.param(
            'set -o pipefail; yes \'{"html": "<p>Yes."}\' | ($digest excerpt --jsonl) | head -n1',
            141,
            '{"excerpt":"Yes."',
            "",
            id="a reader that has had enough, as `yes` says too",
        ),
    ],
)
def test_a_stream_that_is_not_there_is_no_bug(
    shell: str, status: int, out: str, err: str, tmp_path: Path
) -> None:
    (tmp_path / "page").write_text("<p>A page.")
    ended = subprocess.run(
        ["bash", "-c", shell.replace("$digest", f"{sys.executable} -m digest")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout[: len(out)]) == (status, out)
    assert err in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "Exception" not in ended.stderr


def test_no_name_is_too_long(digest: Run) -> None:
    name = "x" * 300
    assert digest("init", name).err.endswith("File name too long\n")
    assert try_feeds.address_of(name, Path()) == f"https://{name}"


def test_a_bar_is_drawn_where_there_is_something_to_fetch(
    digest: Run, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "40")
    assert "Fetching" in digest("refresh", *AT).err
    assert digest("refresh", *AT).err == ""
