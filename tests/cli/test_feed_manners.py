"""`digest feeds manners` shows what the publishers see of us."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from support.feedserver import FeedServer
from support.house import NOW, House, item, rss
from support.shell import shell


def test_requests_and_304s_are_counted_feed_by_feed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    run = shell(monkeypatch, capfdbinary)
    with FeedServer({"/a.xml": rss([item("a"), item("b")])}) as server:
        house = House(tmp_path, [server.url("/a.xml"), server.url("/missing.xml")])
        options = ("-c", str(house.file), "--now")
        assert "No feed has been asked" in run("feeds", "manners", *options, NOW.isoformat()).out
        for hours in (0, 5, 10):
            house.run(NOW + timedelta(hours=hours))
        later = (NOW + timedelta(hours=24)).isoformat()
        rows = json.loads(run("feeds", "manners", "--json", *options, later).out)
        told = run("feeds", "manners", *options, later).out
    counted = {
        row["name"]: (row["requests"], row["not_modified"], row["entries"], row["saved"])
        for row in rows
    }
    assert sorted(counted.values()) == [(3, 0, 0, 21), (3, 2, 2, 21)]
    assert "3 requests since 2026-11-20" in told
    assert "In all 6 requests for 2 feeds; a poll by the hour would have made 42 more." in told
