"""Rules, limits and waiting, through the two lines; and what other ones would have done."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from support.feedserver import FeedServer
from support.house import DAY, NOW, House, item, rss


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer({}) as running:
        yield running


def daily(settings: str = "") -> str:
    return f'[digests.daily]\n{settings}\n[digests.daily.deliver.files]\npath = "out"\n'


def decided(house: House) -> dict[str, tuple[str, str | None]]:
    rows = house.query(
        "SELECT title, verdict, rule FROM decisions JOIN entries ON entries.id = entry_id"
    )
    return {title: (verdict, rule) for title, verdict, rule in rows}


def test_an_entry_that_a_rule_leaves_out_is_decided_once_and_names_the_rule(
    tmp_path: Path, server: FeedServer
) -> None:
    server.pages["/a.xml"] = rss(
        [
            item("a1", title="A raffle"),
            item("a2", text="Short."),
            item("a3", text="Long enough to be told, and nothing against it."),
        ]
    )
    house = House(
        tmp_path,
        [server.url("/a.xml")],
        more=daily('drop = ["Raffle", "shorter than 20"]'),
    )
    house.run()
    assert house.told() == [["Title of a3"]]
    assert decided(house) == {
        "A raffle": ("filtered", "Raffle"),
        "Title of a2": ("filtered", "shorter than 20"),
        "Title of a3": ("told", None),
    }
    house.configure([server.url("/a.xml")], more=daily())
    house.run(NOW + DAY)
    assert house.told() == [["Title of a3"]]


def test_a_story_is_told_by_the_feed_that_may_tell_it(tmp_path: Path, server: FeedServer) -> None:
    link = "https://example.org/story"
    server.pages["/a.xml"] = rss([item("a1", link=link)], "First feed")
    server.pages["/b.xml"] = rss([item("b1", link=link)], "Second feed")
    more = f'drop = ["link: story"]\n[[feeds]]\nurl = "{server.url("/b.xml")}"\n{daily()}'
    house = House(tmp_path, [server.url("/a.xml")], more=more)
    house.run()
    (edition,) = house.editions()
    assert [(story.feed, story.also_in) for story in edition.sections[0].stories] == [
        ("Second feed", ())
    ]


def test_the_edition_says_of_which_feeds_it_shows_a_part(
    tmp_path: Path, server: FeedServer
) -> None:
    server.pages["/a.xml"] = rss([item(f"a{n}") for n in range(9)], "Firehose")
    server.pages["/b.xml"] = rss([item("b1")], "Rare")
    more = f'backfill = "all"\n[[feeds]]\nurl = "{server.url("/b.xml")}"\n{daily()}'
    house = House(tmp_path, [server.url("/a.xml")], more=more)
    house.run()
    (edition,) = house.editions()
    assert [(one.feed, one.shown, one.of) for one in edition.damped] == [("Firehose", 5, 9)]
    page = (tmp_path / "out" / "latest" / "index.html").read_text()
    assert "<bdi>Firehose</bdi>: 5 of 9" in page


class Waiting:
    """A house whose feed grows, with a digest that waits for three stories."""

    def __init__(self, folder: Path, server: FeedServer, settings: str = "min_entries = 3") -> None:
        self.server = server
        self.ids: list[str] = []
        self.feed("first")
        self.house = House(folder, [server.url("/a.xml")], more=daily(settings))

    def feed(self, *ids: str) -> None:
        self.ids += ids
        self.server.pages["/a.xml"] = rss([item(id) for id in reversed(self.ids)])


def test_with_too_few_stories_nothing_is_decided_and_all_are_told_together(
    tmp_path: Path, server: FeedServer
) -> None:
    waiting = Waiting(tmp_path, server)
    house = waiting.house
    house.run()
    assert house.told() == [["Title of first"]], "the first edition does not wait"
    waiting.feed("b", "c")
    _, published = house.run(NOW + DAY)
    assert [(one.digest, one.stories, one.needed) for one in published.waiting] == [("daily", 2, 3)]
    assert decided(house).keys() == {"Title of first"}
    _, published = house.run(NOW + DAY + timedelta(hours=4))
    assert published.waiting == (), "the slot is settled"
    waiting.feed("d")
    house.run(NOW + 2 * DAY)
    assert [sorted(one) for one in house.told()[1:]] == [["Title of b", "Title of c", "Title of d"]]


def test_what_waits_is_told_at_the_latest_on_a_weekday(tmp_path: Path, server: FeedServer) -> None:
    waiting = Waiting(tmp_path, server, 'min_entries = 3\nat_latest = "sun"')  # NOW is a Friday
    waiting.house.run()
    waiting.feed("b")
    waiting.house.run(NOW + DAY)
    assert len(waiting.house.told()) == 1
    waiting.house.run(NOW + 2 * DAY)
    assert waiting.house.told()[1:] == [["Title of b"]]


def test_what_waits_is_told_before_it_is_too_old(tmp_path: Path, server: FeedServer) -> None:
    waiting = Waiting(tmp_path, server, 'min_entries = 3\nat_latest = "2d"')
    waiting.house.run()
    for days in range(1, 5):
        if days == 1:
            waiting.feed("b")
        waiting.house.run(NOW + days * DAY - timedelta(hours=2))  # an hour before the slot
        waiting.house.run(NOW + days * DAY)
    assert [edition.slot for edition in waiting.house.editions()][1:] == ["2026-11-23T0700"]


def test_a_feed_added_while_others_wait_is_told_at_once_and_wholly(
    tmp_path: Path, server: FeedServer
) -> None:
    waiting = Waiting(tmp_path, server, "min_entries = 9")
    waiting.house.run()
    server.pages["/b.xml"] = rss([item(f"b{n}") for n in range(9)])
    waiting.house.configure(
        [server.url("/a.xml"), server.url("/b.xml")], more=daily("min_entries = 9")
    )
    waiting.feed("c")
    waiting.house.run(NOW + DAY)
    assert len(waiting.house.told()[1]) == 6, "its backfill of five, and what waited"


def test_force_does_not_wait(tmp_path: Path, server: FeedServer) -> None:
    from digest import pipeline

    waiting = Waiting(tmp_path, server)
    house = waiting.house
    house.run()
    waiting.feed("b")
    house.run(NOW + DAY)
    with house.store() as store:
        pipeline.publish(house.config, store, NOW + DAY, only=house.config.digests, force=True)
    assert house.told()[1:] == [["Title of b"]]


# --- backtest ------------------------------------------------------------------------------------


def backtest(house: House, settings: str, *options: str) -> str:
    new = house.folder / "new.toml"
    new.write_text(
        house.file.read_text().replace("[digests.daily]", f"[digests.daily]\n{settings}")
    )
    return backtest_against(house, new, *options)


def backtest_against(house: House, new: Path, *options: str) -> str:
    command = ["-m", "digest", "backtest", str(new), "--config", str(house.file)]
    ran = subprocess.run(
        [sys.executable, *command, "--now", (NOW + DAY).isoformat(), *options],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stderr == ""
    return ran.stdout


@pytest.fixture
def past(tmp_path: Path, server: FeedServer) -> House:
    """Two editions: of a raffle and a1 to a5, one of them too many, and of a second raffle."""
    first = [item(f"a{n}", published=NOW - n * DAY / 24) for n in range(1, 6)]
    raffle = item("r1", title="A raffle", published=NOW - DAY / 50)
    server.pages["/a.xml"] = rss([raffle, *first], "The feed")
    house = House(tmp_path, [server.url("/a.xml")], more='backfill = "all"\n' + daily())
    house.run()
    server.pages["/a.xml"] = rss([item("r2", title="No raffle"), raffle, *first], "The feed")
    house.run(NOW + DAY)
    return house


def test_a_backtest_shows_what_would_enter_and_leave_and_changes_nothing(past: House) -> None:
    before = past.dump()
    assert backtest(past, 'drop = ["a raffle"]') == (
        "daily 2026-11-20T0700: 5 -> 5 stories\n"
        "  + Title of a5 (The feed)\n"
        "  - A raffle (The feed): a raffle\n"
        "2 editions in 30 days, 1 would differ: 1 entered (+), 1 left (-).\n"
    )
    assert past.dump() == before


def test_a_backtest_of_the_same_configuration_shows_nothing(past: House) -> None:
    said = "2 editions in 30 days, 0 would differ: 0 entered (+), 0 left (-).\n"
    assert backtest(past, "") == said


def test_a_backtest_shows_what_would_come_back_and_names_what_it_cannot_know(
    tmp_path: Path, server: FeedServer
) -> None:
    text = "The ferry sank at noon, and {} people were taken to the hospital in the next town."
    server.pages["/a.xml"] = rss([item("a1", text=text.format(3))], "The feed")
    house = House(tmp_path, [server.url("/a.xml")], more=daily("updates = false"))
    house.run()
    server.pages["/a.xml"] = rss([item("a2"), item("a1", text=text.format(31))], "The feed")
    house.run(NOW + 2 * DAY)
    new = tmp_path / "new.toml"
    more = '[[feeds]]\nurl = "https://example.org/new.xml"\ntitle = "New"\n'
    new.write_text(house.file.read_text().replace("updates = false", "updates = true") + more)
    later = "--now", (NOW + 3 * DAY).isoformat()
    assert backtest_against(house, new, *later) == (
        "daily 2026-11-22T0700: 1 -> 2 stories\n"
        "  ^ Title of a1 (The feed): revised\n"
        "2 editions in 30 days, 1 would differ: 0 entered (+), 0 left (-), "
        "1 came back (^), 0 stayed away (v).\n"
        "Not known: what New would have brought.\n"
    )
    (digest,) = json.loads(backtest_against(house, new, "--json", *later))
    assert [one["title"] for one in digest["editions"][1]["returned"]] == ["Title of a1"]


def test_a_backtest_is_for_machines_too_and_looks_no_further_back_than_it_is_told(
    past: House,
) -> None:
    (digest,) = json.loads(backtest(past, 'drop = ["raffle"]', "--json", "--days", "1"))
    (edition,) = digest["editions"]
    assert (edition["slot"], edition["before"], edition["after"]) == ("2026-11-21T0700", 1, 0)
    assert [(one["title"], one["rule"]) for one in edition["left"]] == [("No raffle", "raffle")]


def test_a_backtest_names_a_digest_that_the_file_has_not(past: House) -> None:
    new = past.folder / "new.toml"
    text = past.file.read_text()
    past.file.write_text(f"{text}[digests.other]\n")
    new.write_text(text)
    assert "other: " in backtest_against(past, new)


def test_a_backtest_of_a_wrong_file_names_its_mistakes(past: House) -> None:
    with pytest.raises(subprocess.CalledProcessError) as caught:
        backtest(past, 'drop = ["/(/"]')
    assert caught.value.returncode == 2
    assert "digests.daily.drop[0]: not a regular expression: missing )" in caught.value.stderr
