"""Runs that fail for reasons of this machine: one sentence, nothing put off, and asked again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from digest.cli.summary import failures
from digest.model import FailedFeed
from support.feedserver import Answer, FeedServer
from support.house import NOW, House, item, rss
from support.shell import Run, shell

AT = ["--now", NOW.isoformat()]
LATER = ["--now", (NOW + timedelta(minutes=10)).isoformat()]


@pytest.fixture
def digest(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> Run:
    monkeypatch.chdir(tmp_path)
    return shell(monkeypatch, capfdbinary)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    pages = {f"/{name}.xml": rss([item(name)], f"Feed {name}") for name in "abcde"}
    with FeedServer({**pages, "/down.xml": Answer(status=503)}) as running:
        yield running


def test_what_we_refuse_ourselves_is_one_sentence_and_puts_nothing_off(
    digest: Run, server: FeedServer, tmp_path: Path
) -> None:
    house = House(tmp_path, [server.url(f"/{name}.xml") for name in "abcde"])
    allowed = house.file.read_text()
    house.file.write_text(allowed.replace('["127.0.0.1", "localhost"]', "[]"))
    refused = digest("run", *AT)
    assert refused.status == 1
    told = [line for line in refused.err.splitlines() if line.startswith("  ")]
    assert len(told) == 1
    assert "5 feeds: " in told[0]
    assert "name the hosts there, and the next run asks them at once" in told[0]
    assert "Waiting" not in refused.out
    house.file.write_text(allowed)
    mended = digest("run", *AT)
    assert mended.status == 0
    assert "5 read" in mended.out


def test_the_next_run_says_who_waits_until_when_and_failed_asks_at_once(
    digest: Run, server: FeedServer, tmp_path: Path
) -> None:
    House(tmp_path, [server.url("/a.xml"), server.url("/down.xml")])
    digest("run", *AT)
    later = digest("run", *LATER)
    assert "Waiting after a failure: " in later.out
    assert " until 08:5" in later.out  # an hour after the failure, less our grace
    assert "`digest refresh --failed`" in later.out
    server.pages["/down.xml"] = rss([item("d1")], "Up again")
    asked = server.hits["/a.xml"]
    again = digest("refresh", "--failed", *LATER)
    assert "1 read" in again.out
    assert server.hits["/a.xml"] == asked
    assert "Waiting" not in digest("run", *LATER).out


def test_all_asks_every_feed(digest: Run, server: FeedServer, tmp_path: Path) -> None:
    House(tmp_path, [server.url("/a.xml"), server.url("/b.xml")])
    digest("refresh", *AT)
    assert "2 not due" in digest("refresh", *LATER).out
    assert "2 unchanged" in digest("refresh", "--all", *LATER).out
    assert digest("refresh", "--all", "--failed").status == 2


def test_all_keeps_a_servers_word(digest: Run, server: FeedServer, tmp_path: Path) -> None:
    server.pages["/down.xml"] = Answer(status=503, headers={"Retry-After": "7200"})
    House(tmp_path, [server.url("/down.xml")])
    digest("refresh", *AT)
    assert "1 not due" in digest("refresh", "--all", *LATER).out
    assert server.hits["/down.xml"] == 1


def _failed(host: str, error: str) -> FailedFeed:
    return FailedFeed(title=host, url=f"https://{host}/feed.xml", error=error)


OFFLINE = [
    _failed(host, f"the name {host} cannot be resolved: Temporary failure in name resolution")
    for host in ("a.example", "b.example", "www.c.example", "d.example")
]


def test_one_cause_of_many_is_one_sentence() -> None:
    (sentence,) = failures(OFFLINE)
    assert sentence.startswith("4 feeds: the name of the host cannot be resolved")
    assert "is this machine online" in sentence
    assert "(a.example, b.example, www.c.example, ...)" in sentence


def test_few_feeds_and_different_causes_keep_a_sentence_each() -> None:
    feeds = [
        _failed("a.example", "the server answered 404"),
        _failed("b.example", "the server answered 404"),
        _failed("c.example", "the server answered 500"),
    ]
    assert len(list(failures(feeds))) == 3
