"""`digest feeds`: list, add, rename, import and export."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from support.feedserver import Answer, FeedServer
from support.house import NOW, House, item, rss
from support.shell import Run, shell

AT = ["--now", NOW.isoformat()]
LATER = ["--now", (NOW + timedelta(days=1)).isoformat()]


@pytest.fixture
def digest(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> Run:
    monkeypatch.chdir(tmp_path)
    return shell(monkeypatch, capfdbinary)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    old = item("old", published=NOW - timedelta(days=400))
    pages: dict[str, object] = {
        "/busy.xml": rss([item("b1"), item("b2")], "The busy feed with a rather long title"),
        "/old.xml": rss([old], "Archive"),
        "/down.xml": Answer(status=500),
    }
    with FeedServer(pages) as running:
        yield running


@pytest.fixture
def house(server: FeedServer, tmp_path: Path) -> House:
    return House(tmp_path, [server.url(f"/{name}.xml") for name in ("busy", "old", "down")])


def names(out: str) -> list[str]:
    return [line.split()[1].rpartition("/")[2] for line in out.splitlines()[1:]]


def test_the_list_has_titles_and_is_not_cut_in_a_pipe(digest: Run, house: House) -> None:
    digest("refresh", *AT)
    out = digest("feeds", "list", *AT).out
    assert "The busy feed with a rather long title" in out
    assert "…" not in out
    assert names(out) == ["busy", "old", "down"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param(["--failing"], ["down"], id="failing"),
        pytest.param(["--silent"], ["old"], id="silent"),
        pytest.param(["--sort", "name"], ["busy", "down", "old"], id="by name"),
        pytest.param(["--sort", "title"], ["down", "old", "busy"], id="by title"),
        pytest.param(["--sort", "week"], ["busy", "old", "down"], id="by entries a week"),
        pytest.param(["--sort", "failures"], ["down", "busy", "old"], id="by failures"),
    ],
)
def test_the_list_is_filtered_and_sorted(
    digest: Run, house: House, options: list[str], expected: list[str]
) -> None:
    digest("refresh", *AT)
    assert names(digest("feeds", "list", *options, *AT).out) == expected


def test_times_are_those_of_the_digests_zone(digest: Run, house: House) -> None:
    text = house.file.read_text()
    house.file.write_text(
        text.replace("[digests.daily]\n", '[digests.daily]\ntimezone = "Asia/Tokyo"\n')
    )
    digest("refresh", *AT)
    out = digest("feeds", "list", *AT).out
    assert "LAST SUCCESS (JST)" in out
    assert "2026-11-20 17:00" in out


@pytest.mark.parametrize("called", ["2", "127.0.0.1", "old", "NUMBER 2", "Old feed"])
def test_a_feed_is_named_by_number_beginning_or_title(
    digest: Run, server: FeedServer, tmp_path: Path, called: str
) -> None:
    House(tmp_path, [server.url("/busy.xml")])
    text = Path("config.toml").read_text()
    title = "Number 2" if called == "NUMBER 2" else "Old feed"
    name = "" if called == "127.0.0.1" else 'name = "older"\n'
    first = 'name = "first"\n' if called == "127.0.0.1" else ""
    text = text.replace('busy.xml"\n', f'busy.xml"\n{first}')
    Path("config.toml").write_text(
        text + f'[[feeds]]\nurl = "{server.url("/old.xml")}"\ntitle = "{title}"\n{name}'
    )
    wanted = server.url("/old.xml").partition("://")[2] if called == "127.0.0.1" else called
    outcome = digest("refresh", wanted, *AT)
    assert outcome.status == 0, outcome.err
    assert (server.hits["/old.xml"], server.hits["/busy.xml"]) == (1, 0)


def test_the_beginning_of_several_is_refused(digest: Run, house: House) -> None:
    outcome = digest("refresh", "127")
    assert outcome.status == 2
    assert "begins the names of 3 feeds" in outcome.err


@pytest.mark.parametrize("command", ["remove", "mute"])
def test_numbers_are_taken_by_what_edits(digest: Run, house: House, command: str) -> None:
    more = ["--until", "2026-12-24"] if command == "mute" else []
    assert digest("feeds", command, "2", *more, *AT).status == 0
    text = house.file.read_text()
    assert ("muted_until = 2026-12-24" in text) == (command == "mute")
    assert ("/old.xml" in text) == (command == "mute")


@pytest.mark.parametrize("day", ["2026-11-20", "2020-01-01"])
def test_a_day_that_is_past_mutes_nothing(digest: Run, house: House, day: str) -> None:
    outcome = digest("feeds", "mute", "1", "--until", day, *AT)
    assert outcome.status == 2
    assert f"{day} is past" in outcome.err


# --- adding --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param(Answer(status=401), "it wants a login", id="401"),
        pytest.param(Answer(status=403), "it turns programs away", id="403"),
        pytest.param(Answer(status=404), "is it spelled right?", id="404"),
        pytest.param(Answer(status=429), "try again", id="429"),
        pytest.param(Answer(status=503), "the site has trouble", id="5xx"),
        pytest.param(
            Answer(body=b"<html><body><p>Hello", headers={"Content-Type": "text/html"}),
            "a site without any feed cannot be followed",
            id="a page without a feed",
        ),
    ],
)
def test_what_cannot_be_added_says_what_to_try(
    digest: Run, server: FeedServer, house: House, answer: Answer, words: str
) -> None:
    server.pages["/x"] = answer
    before = house.file.read_text()
    outcome = digest("feeds", "add", server.url("/x"), *AT)
    assert outcome.status == 1
    assert words in outcome.err
    assert "feeds add" not in outcome.err
    assert house.file.read_text() == before


def test_an_address_is_taken_as_it_was_pasted(
    digest: Run, server: FeedServer, house: House
) -> None:
    server.pages["/new.xml"] = rss([item("n1")], "New")
    outcome = digest("feeds", "add", f" <{server.url('/new.xml')}?utm_source=mail#top> ", *AT)
    assert outcome.status == 0, outcome.err
    assert f'url = "{server.url("/new.xml")}"' in house.file.read_text()


def test_several_are_added_at_once_and_each_failure_told(
    digest: Run, server: FeedServer, house: House
) -> None:
    for name in "ab":
        server.pages[f"/{name}.xml"] = rss([item(name)], name)
    urls = [server.url(f"/{name}.xml") for name in ("a", "none", "b")]
    outcome = digest("feeds", "add", *urls, *AT)
    assert outcome.status == 1
    assert "/none.xml" in outcome.err
    assert outcome.out.count("Added ") == 2


# --- another address -----------------------------------------------------------------------------


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_feed_that_moves_tells_nothing_again(
    digest: Run, server: FeedServer, house: House, by_hand: bool
) -> None:
    house.configure([server.url("/busy.xml")])
    digest("run", *AT)
    server.pages["/moved.xml"] = server.pages["/busy.xml"]
    old, new = server.url("/busy.xml"), server.url("/moved.xml")
    if by_hand:
        house.file.write_text(house.file.read_text().replace(old, new))
    outcome = digest("feeds", "rename", old, new, *AT)
    assert outcome.status == 0, outcome.err
    assert f'url = "{new}"' in house.file.read_text()
    told = digest("run", *LATER)
    assert "0 new" in told.out
    assert "Edition" not in told.out


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        pytest.param("nobody", "https://a.example/", "there is no feed 'nobody'", id="none"),
        pytest.param("1", "nowhere", "neither a web address nor a file", id="no address"),
        pytest.param("1", "2", "neither a web address nor a file", id="a number"),
    ],
)
def test_what_cannot_be_renamed_stays(
    digest: Run, house: House, old: str, new: str, words: str
) -> None:
    before = house.file.read_text()
    outcome = digest("feeds", "rename", old, new)
    assert outcome.status != 0
    assert words in outcome.err
    assert house.file.read_text() == before


# --- lists ---------------------------------------------------------------------------------------

OPML = """<opml version="2.0"><body>
<outline text="News"><outline text="A" xmlUrl="https://a.example/feed"/>
<outline text="Twice" xmlUrl="https://a.example/feed"/></outline>
<outline text="A link" type="link" url="https://a.example/"/>
<outline text="A page" htmlUrl="https://a.example/"/>
<outline text="A file" xmlUrl="file:///etc/passwd"/>
<outline text="Empty folder"/>
</body></opml>"""


def test_each_outline_that_is_left_out_is_named_with_why(digest: Run, house: House) -> None:
    outcome = digest("feeds", "import", "-", stdin=OPML.encode())
    assert outcome.status == 0, outcome.err
    *skipped, total = outcome.out.splitlines()
    assert sorted(skipped) == [
        "Skipped A file: file:///etc/passwd is no http or https address.",
        "Skipped A link: it is a link, not a feed.",
        "Skipped A page: it names a page and no feed; `digest feeds add` finds the feed of a page.",
        "Skipped Empty folder: it has no xmlUrl.",
        "Skipped Twice: https://a.example/feed is in the list already.",
    ]
    assert total == "Added 1 feeds; 0 were there already; 5 were skipped."
    report = json.loads(digest("feeds", "import", "-", "--json", stdin=OPML.encode()).out)
    assert (report["added"], report["already"], len(report["skipped"])) == (0, 1, 5)


def test_secrets_are_exported_only_when_asked(digest: Run, tmp_path: Path) -> None:
    House(tmp_path, ["https://a.example/feed", "https://b.example/feed?token=hunter2"])
    exported = digest("feeds", "export", "-")
    assert "https://a.example/feed" in exported.out
    assert "hunter2" not in exported.out + exported.err
    assert "1 feeds were left out (b.example" in exported.err
    assert "hunter2" in digest("feeds", "export", "--with-secrets").out
    digest("feeds", "export", "--with-secrets", "mine.opml")
    assert Path("mine.opml").stat().st_mode & 0o077 == 0
