"""What a digest tells of a feed that is new to it: some of what was there, all that comes after."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from digest import pipeline
from support.feedserver import FeedServer
from support.house import DAY, NOW, House, item, rss

HOUR = timedelta(hours=1)
DAILY = '[digests.daily]\nschedule = "0 7 * * *"\n[digests.daily.deliver.files]\npath = "out"\n'


def daily(setting: str) -> str:
    return DAILY.replace("[digests.daily]\n", f"[digests.daily]\n{setting}\n")


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer({}) as running:
        yield running


@pytest.mark.parametrize(
    ("backfill", "told"),
    [
        pytest.param("0", ["new1", "new2"], id="none of what was there"),
        pytest.param("1", ["new1", "new2", "was3"], id="the newest of what was there"),
        pytest.param('"all"', ["new1", "new2", "was1", "was2", "was3"], id="all"),
    ],
)
def test_what_a_new_feed_brings_after_its_first_fetch_is_never_too_old(
    tmp_path: Path, server: FeedServer, backfill: str, told: list[str]
) -> None:
    old = [item(f"was{n}", published=NOW - (9 - n) * DAY) for n in (1, 2, 3)]
    server.pages["/a.xml"] = rss([item("a")])
    server.pages["/b.xml"] = rss(old)
    house = House(tmp_path, [server.url("/a.xml")])
    house.run()
    more = f'[[feeds]]\nurl = "{server.url("/b.xml")}"\nbackfill = {backfill}\n{DAILY}'
    house.configure([server.url("/a.xml")], more=more)
    new = item("new1", published=NOW - 99 * DAY)
    with house.store() as store:
        pipeline.refresh(house.config, store, NOW + 2 * HOUR)
        server.pages["/b.xml"] = rss([new, *old])
        pipeline.refresh(house.config, store, NOW + 4 * HOUR)
        server.pages["/b.xml"] = rss([item("new2", published=None), new, *old])
        pipeline.refresh(house.config, store, NOW + DAY)
        pipeline.publish(house.config, store, NOW + DAY)
    assert sorted(house.told()[-1]) == [f"Title of {name}" for name in told]


def test_a_feed_that_another_digest_has_long_followed_gives_its_backfill(
    tmp_path: Path, server: FeedServer
) -> None:
    feeds = "".join(
        f'[[feeds]]\nurl = "{server.url(f"/{name}.xml")}"\ncategory = "{name}"\n' for name in "ab"
    )
    other = DAILY.replace("daily", "other").replace('"out"', '"other"')
    only_a = daily('categories = ["a"]')
    house = House(tmp_path, [], more=f"{feeds}{only_a}{other}")
    for day in range(4):
        server.pages["/a.xml"] = rss([item(f"a{day}")])
        server.pages["/b.xml"] = rss([item(f"b{n}") for n in range(3 * day + 1)])
        house.run(NOW + day * DAY)
    house.configure([], more=f"{feeds}{daily('max_per_feed = 20')}{other}")
    server.pages["/b.xml"] = rss([item(f"b{n}") for n in range(14)])
    house.run(NOW + 4 * DAY)
    assert len(house.told()[-1]) == 5 + 4, "its backfill of ten, and what came since yesterday"
