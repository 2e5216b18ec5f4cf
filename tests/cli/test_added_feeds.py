"""`digest feeds add` keeps what it fetched: the next poll asks only for what is new."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from support.feedserver import FeedServer
from support.house import NOW, House, item, rss
from support.shell import shell


def test_the_first_poll_of_an_added_feed_is_conditional(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    run = shell(monkeypatch, capfdbinary)
    pages = {"/a.xml": rss([item("a")]), "/b.xml": rss([item("b")])}
    with FeedServer(pages) as server:
        house = House(tmp_path, [server.url("/a.xml")])
        options = ("-c", str(house.file), "--now")
        assert run("feeds", "add", server.url("/b.xml"), *options, NOW.isoformat()).status == 0
        assert server.hits["/b.xml"] == 1
        later = (NOW + timedelta(hours=2)).isoformat()
        assert run("run", *options, later).status == 0
        asked = [request for request in server.requests if request.path == "/b.xml"]
        assert len(asked) == 2
        assert "if-none-match" in asked[1].headers
    assert [sorted(titles) for titles in house.told()] == [["Title of a", "Title of b"]]
