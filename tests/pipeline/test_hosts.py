"""A host that asks to be left alone is left alone with all its feeds, across runs."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from support.feedserver import Answer, FeedServer
from support.house import NOW, House, item, rss

MINUTE = timedelta(minutes=1)


def test_a_host_that_refuses_is_left_alone_until_its_time_by_all_its_feeds(tmp_path: Path) -> None:
    pages = {f"/{number}.xml": rss([item(f"{number}")]) for number in range(6)}
    limit = Answer(status=429, headers={"Retry-After": "1200"})
    with FeedServer(dict.fromkeys(pages, limit)) as server:
        house = House(tmp_path, [server.url(path) for path in pages])
        first, _ = house.run()
        asked = len(first.failed)
        assert 1 <= asked <= 2
        assert first.waiting == 6 - asked
        assert house.query("SELECT count(*) FROM feeds WHERE failures > 0") == [(asked,)]
        server.pages.update(pages)
        server.hits.clear()
        second, _ = house.run(NOW + 10 * MINUTE)
        assert (second.due, second.waiting, server.hits.total()) == (0, 6, 0)
        third, _ = house.run(NOW + 61 * MINUTE)
        assert (third.fetched, third.failed) == (6, ())
        assert house.query("SELECT count(*) FROM feeds WHERE error IS NOT NULL") == [(0,)]


def test_a_person_who_asks_for_a_feed_waits_for_its_host_as_well(tmp_path: Path) -> None:
    from digest import pipeline

    limit = Answer(status=503, headers={"Retry-After": "1200"})
    with FeedServer({"/a.xml": limit, "/b.xml": rss([item("b")])}) as server:
        house = House(tmp_path, [server.url("/a.xml"), server.url("/b.xml")])
        with house.store() as store:
            pipeline.refresh(house.config, store, NOW, only=house.config.feeds[:1])
            report = pipeline.refresh(
                house.config, store, NOW + MINUTE, only=house.config.feeds[1:]
            )
        assert (report.due, report.waiting, server.hits["/b.xml"]) == (0, 1, 0)
