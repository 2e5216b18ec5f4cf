"""`digest doctor`: a summary first, groups, and an exit status by severity."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from support.feedserver import Answer, FeedServer
from support.house import NOW, House, item, rss
from support.shell import Run, shell

AT = ["--now", NOW.isoformat()]

# A server's clock is no test's: under PostgreSQL each of these has one finding more.
pytestmark = pytest.mark.sqlite


@pytest.fixture(autouse=True)
def private_umask() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.fixture
def digest(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> Run:
    monkeypatch.chdir(tmp_path)
    return shell(monkeypatch, capfdbinary)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    pages: dict[str, object] = {f"/{n}.xml": rss([item(f"i{n}")]) for n in range(10)}
    with FeedServer({**pages, "/down.xml": Answer(status=500)}) as running:  # type: ignore[dict-item]
        yield running


def configure(folder: Path, server: FeedServer, well: int, failing: int) -> House:
    urls = [server.url(f"/{n}.xml") for n in range(well)]
    urls += [f"{server.url('/down.xml')}?page={n}" for n in range(failing)]
    return House(folder, urls)


@pytest.mark.parametrize(
    ("well", "failing", "status", "summary"),
    [
        pytest.param(3, 0, 0, "1 note; 3 of 3 feeds are well.", id="all is well"),
        pytest.param(9, 1, 0, "2 notes; 9 of 10 feeds are well.", id="one of many failed today"),
        pytest.param(2, 2, 3, "1 warning, 3 notes; 2 of 4 feeds are well.", id="half of them"),
        pytest.param(0, 3, 1, "1 fault, 4 notes; 0 of 3 feeds are well.", id="none is read"),
    ],
)
def test_the_gravest_finding_decides_the_status(
    digest: Run,
    server: FeedServer,
    tmp_path: Path,
    well: int,
    failing: int,
    status: int,
    summary: str,
) -> None:
    configure(tmp_path, server, well, failing)
    digest("run", *AT)
    outcome = digest("doctor", *AT)
    assert outcome.out.splitlines()[0] == summary
    assert outcome.status == status
    assert ("ok     0 of" in outcome.out) is False


def test_many_feeds_are_told_by_the_gravest_unless_all_are_asked_for(
    digest: Run, server: FeedServer, tmp_path: Path
) -> None:
    configure(tmp_path, server, 10, 12)
    digest("run", *AT)
    short, whole = digest("doctor", *AT).out, digest("doctor", "--feeds", *AT).out
    assert "and 7 more; `digest doctor --feeds` tells of each" in short
    assert (short.count("/down"), whole.count("/down")) == (5, 12)


def test_machines_get_severities(digest: Run, server: FeedServer, tmp_path: Path) -> None:
    configure(tmp_path, server, 1, 0)
    digest("run", *AT)
    findings = json.loads(digest("doctor", "--json", *AT).out)
    assert {finding["severity"] for finding in findings} == {"ok", "note"}
    assert {"configuration", "database", "feeds", "digests"} == {one["group"] for one in findings}


def test_a_feed_that_fails_for_weeks_is_a_warning(
    digest: Run, server: FeedServer, tmp_path: Path
) -> None:
    house = configure(tmp_path, server, 9, 0)
    digest("run", *AT)
    server.pages["/0.xml"] = Answer(status=500)
    for days in (1, 10, 20):
        later = ["--now", (NOW + timedelta(days=days)).isoformat()]
        digest("refresh", *later)
    outcome = digest("doctor", *later)
    assert outcome.status == 3
    assert f"look   {house.config.feeds[0].name}: " in outcome.out
    assert "failed 3 times" in outcome.out


def test_what_is_open_or_missing_is_named(digest: Run, server: FeedServer, tmp_path: Path) -> None:
    house = configure(tmp_path, server, 1, 0)
    more = (
        '[digests.daily.deliver.smtp]\nhost = "127.0.0.1"\nfrom = "a@news.example"\nuser = "me"\n'
        'to = ["me@home.example"]\n'
    )
    house.file.write_text(f'{house.file.read_text()}{more}password_file = "lost"\n')
    digest("refresh", *AT)
    (tmp_path / "digest.db").chmod(0o644)
    house.file.chmod(0o640)
    outcome = digest("doctor", *AT)
    assert outcome.status == 1
    assert f"fault  there is no file {tmp_path}/lost" in outcome.out
    assert f"chmod 600 {tmp_path}/digest.db" in outcome.out
    assert f"look   others can read {tmp_path}/config.toml (mode 640)" in outcome.out


def test_a_clock_that_was_ahead_is_named(digest: Run, server: FeedServer, tmp_path: Path) -> None:
    configure(tmp_path, server, 1, 0)
    digest("refresh", "--now", (NOW + timedelta(days=26)).isoformat())
    outcome = digest("doctor", *AT)
    assert outcome.status == 3
    assert "this machine's clock was ahead" in outcome.out


# --- names that were changed by hand -------------------------------------------------------------


def test_an_orphaned_digest_is_named_and_renamed(
    digest: Run, server: FeedServer, tmp_path: Path
) -> None:
    house = configure(tmp_path, server, 1, 0)
    digest("run", *AT)
    digest("subscribers", "add", "daily", "jane@example.org", *AT)
    house.file.write_text(house.file.read_text().replace("digests.daily", "digests.morning"))
    checked = digest("check")
    assert checked.status == 0
    assert "`digest digests rename daily morning`" in checked.out
    renamed = digest("digests", "rename", "daily", "morning")
    assert renamed.status == 0, renamed.err
    assert "rename" not in digest("check").out
    assert "jane@example.org" in digest("subscribers", "list", "morning").out
    assert "Edition" not in digest("run", *AT).out


def test_renaming_a_digest_changes_its_tables_and_nothing_else(
    digest: Run, server: FeedServer, tmp_path: Path
) -> None:
    house = configure(tmp_path, server, 1, 0)
    more = '# daily news\n[ digests . "daily" . excerpt ]  # daily\nlength = 200\n'
    before = house.file.read_text() + more
    house.file.write_text(before)
    assert digest("digests", "rename", "daily", "morning").status == 0
    expected = before.replace("[digests.daily", "[digests.morning").replace(
        '"daily" .', "morning ."
    )
    assert house.file.read_text() == expected


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("daily", "Morning", "consists of a-z"),
        ("daily", "daily", "already"),
        ("weekly", "monthly", "neither 'weekly' nor 'monthly'"),
    ],
)
def test_a_digest_that_cannot_be_renamed_stays(
    digest: Run, server: FeedServer, tmp_path: Path, old: str, new: str, words: str
) -> None:
    house = configure(tmp_path, server, 1, 0)
    before = house.file.read_text()
    outcome = digest("digests", "rename", old, new)
    assert (outcome.status, house.file.read_text()) == (2, before)
    assert words in outcome.err


def test_a_feed_that_was_moved_by_hand_is_named(
    digest: Run, server: FeedServer, tmp_path: Path
) -> None:
    house = configure(tmp_path, server, 1, 0)
    digest("run", *AT)
    text = house.file.read_text()
    house.file.write_text(text.replace("/0.xml", "/1.xml"))
    old, new = server.url("/0.xml"), server.url("/1.xml")
    assert f"`digest feeds rename '{old}' '{new}'`" in digest("check").out
    assert digest("feeds", "rename", old, new).status == 0
    assert "rename" not in digest("check").out


def test_the_newest_edition_is_called_latest(
    digest: Run, server: FeedServer, tmp_path: Path
) -> None:
    configure(tmp_path, server, 1, 0)
    digest("run", *AT)
    assert "Title of i0" in digest("editions", "show", "daily", "latest").out
