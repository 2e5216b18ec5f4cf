"""A feed says itself that it is elsewhere: followed only to the same feed, as it is now."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from digest import pipeline
from digest.store import feeds as feed_rows
from support.house import DAY, NOW, House
from support.virtual_web import VirtualFeed, VirtualWeb, evenly

OLD = "https://old.example/feed"
NEW = "https://new.example/feed"
PUBLISHES = evenly(4, NOW - 3 * DAY, 60)
HINTS = [
    pytest.param(
        '<itunes:new-feed-url xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">'
        f" {NEW} </itunes:new-feed-url>",
        id="itunes:new-feed-url",
    ),
    pytest.param(f'<atom:link rel="self" href="{NEW}"/>', id="a self link elsewhere"),
]


class Hinted:
    """A feed that was read at its old address, and then names another."""

    def __init__(self, folder: Path, hint: str, target: VirtualFeed | None, more: str = "") -> None:
        self.old = VirtualFeed(url=OLD, publishes=PUBLISHES, name="feed")
        self.web = VirtualWeb([self.old, *([target] if target else [])])
        self.house = House(folder, [OLD])
        if more:
            text = self.house.file.read_text()
            self.house.file.write_text(text.replace(f'url = "{OLD}"', f'url = "{OLD}"\n{more}'))
        self.run(timedelta())
        self.old.channel = hint

    def run(self, after: timedelta) -> pipeline.Refreshed:
        with self.house.store() as store:
            return pipeline.refresh(
                self.house.config, store, NOW + after, fetch_all=self.web.fetch_all
            )

    def publish(self, after: timedelta) -> None:
        with self.house.store() as store:
            pipeline.publish(self.house.config, store, NOW + after)

    @property
    def fetch_url(self) -> str | None:
        with self.house.store() as store, store.read() as connection:
            return feed_rows.states(connection)[0].fetch_url

    @property
    def told(self) -> list[str]:
        return [title for titles in self.house.told() for title in titles]


@pytest.mark.parametrize("hint", HINTS)
def test_the_same_feed_is_adopted(hint: str, tmp_path: Path) -> None:
    target = VirtualFeed(url=NEW, publishes=PUBLISHES, name="feed")
    hinted = Hinted(tmp_path, hint, target)
    for day in range(1, 20):
        assert hinted.run(day * DAY / 2).failed == ()
        hinted.publish(day * DAY / 2)
    assert len(hinted.told) == len(set(hinted.told)) > 0
    assert hinted.fetch_url == NEW
    assert len(hinted.web.asked(NEW)) > len(hinted.web.asked(OLD)) + 4
    ids = [uid for (uid,) in hinted.house.query("SELECT uid FROM entries")]
    assert len(ids) == len(set(ids))
    assert set(target.ids(NOW + 9 * DAY)[3:]) - set(ids) == set()


WRONG = [
    pytest.param(
        VirtualFeed(url=NEW, publishes=PUBLISHES, name="stranger"), id="a stranger's feed"
    ),
    pytest.param(VirtualFeed(url=NEW, publishes=PUBLISHES, window=0), id="an empty feed"),
    pytest.param(
        VirtualFeed(url=NEW, publishes=PUBLISHES[:12], name="feed"), id="an old copy of the feed"
    ),
    pytest.param(VirtualFeed(url=NEW, publishes=PUBLISHES, status=404), id="nothing"),
    pytest.param(VirtualFeed(url=NEW, publishes=PUBLISHES, status=500), id="an error"),
]


@pytest.mark.parametrize("target", WRONG)
@pytest.mark.parametrize("hint", HINTS)
def test_what_is_not_the_feed_as_it_is_now_is_left_alone(
    hint: str, target: VirtualFeed, tmp_path: Path
) -> None:
    hinted = Hinted(tmp_path, hint, replace(target))
    for day in range(1, 40):
        assert hinted.run(day * DAY / 2).failed == ()
    assert hinted.fetch_url is None
    assert 1 <= len(hinted.web.asked(NEW)) <= 2
    ids = {uid for (uid,) in hinted.house.query("SELECT uid FROM entries")}
    assert not any(uid.startswith("stranger") for uid in ids)
    assert set(hinted.old.ids(NOW + 19 * DAY)[3:]) - ids == set(), "nothing is lost meanwhile"
    assert (hinted.house.query("SELECT failures FROM feeds")) == [(0,)]


@pytest.mark.parametrize(
    ("allowed", "adopted"),
    [
        pytest.param('"old.example"', False, id="its reader has set it up, the other is public"),
        pytest.param('"old.example", "new.example"', True, id="both are private"),
    ],
)
def test_a_feed_of_a_private_host_stays_private(
    allowed: str, adopted: bool, tmp_path: Path
) -> None:
    target = VirtualFeed(url=NEW, publishes=PUBLISHES, name="feed")
    hinted = Hinted(tmp_path, f'<atom:link rel="self" href="{NEW}"/>', target)
    text = hinted.house.file.read_text()
    hinted.house.file.write_text(text.replace("allow_hosts = [", f"allow_hosts = [{allowed}, "))
    for day in range(1, 20):
        assert hinted.run(day * DAY / 2).failed == ()
    assert hinted.fetch_url == (NEW if adopted else None)
    assert bool(hinted.web.asked(NEW)) == adopted


@pytest.mark.parametrize(
    ("hint", "more"),
    [
        pytest.param('<atom:link rel="self" href="http://new.example/feed"/>', "", id="less safe"),
        pytest.param('<atom:link rel="self" href="https://old.example/x"/>', "", id="its host"),
        pytest.param(
            '<atom:link rel="self" href="https://www.old.example/x"/>', "", id="its host with www"
        ),
        pytest.param('<atom:link rel="self" href="ftp://new.example/feed"/>', "", id="no web"),
        pytest.param(
            f'<atom:link rel="self" href="{NEW}"/>', 'headers = { X-Key = "a" }', id="a login"
        ),
    ],
)
def test_what_is_no_hint_is_not_asked(hint: str, more: str, tmp_path: Path) -> None:
    hinted = Hinted(tmp_path, hint, None, more)
    for day in range(1, 6):
        assert hinted.run(day * DAY).failed == ()
    assert {asked.url for asked in hinted.web.log} == {OLD}
