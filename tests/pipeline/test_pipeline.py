"""The two lines on real feeds from a real server: nothing lost, nothing told twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import pytest

from digest import pipeline
from digest.errors import BusyError
from support.feedserver import Answer, FeedServer
from support.house import DAY, NOW, House, item, rss


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer({}) as running:
        yield running


def test_a_first_run_makes_an_edition_and_a_second_one_fetches_nothing(
    tmp_path: Path, server: FeedServer
) -> None:
    server.pages["/a.xml"] = rss([item("a1"), item("a2", published=NOW - timedelta(hours=1))])
    house = House(tmp_path, [server.url("/a.xml")])
    refreshed, published = house.run()
    assert (refreshed.fetched, refreshed.new, refreshed.failed) == (1, 2, ())
    assert [made.slot for made in published.made] == ["2026-11-20T0700"]
    assert house.told() == [["Title of a2", "Title of a1"]]
    assert (tmp_path / "out" / "2026-11-20T0700" / "index.html").exists()

    refreshed, published = house.run(NOW)
    assert (refreshed.due, refreshed.waiting) == (0, 1)
    assert (published.made, published.sent) == ((), ())
    assert server.hits["/a.xml"] == 1


def test_a_day_later_with_nothing_new_only_the_polling_state_changes(
    tmp_path: Path, server: FeedServer
) -> None:
    server.pages["/a.xml"] = rss([item("a1")])
    house = House(tmp_path, [server.url("/a.xml")])
    house.run()
    before = house.dump(without=("feeds", "fetches", "digests"))
    refreshed, published = house.run(NOW + DAY)
    assert (refreshed.fetched, refreshed.unchanged) == (0, 1)
    assert "if-none-match" in server.requests[-1].headers
    assert published.made == ()
    assert published.empty == ("daily",)
    assert house.dump(without=("feeds", "fetches", "digests")) == before


def test_a_slot_with_nothing_to_say_is_settled_so_that_no_edition_comes_at_noon(
    tmp_path: Path, server: FeedServer
) -> None:
    server.pages["/a.xml"] = rss([item("a1")])
    house = House(tmp_path, [server.url("/a.xml")])
    house.run()
    house.run(NOW + DAY)
    server.pages["/a.xml"] = rss([item("a2"), item("a1")])
    house.run(NOW + DAY + timedelta(hours=4))
    assert house.told() == [["Title of a1"]]
    house.run(NOW + 2 * DAY)
    assert house.told() == [["Title of a1"], ["Title of a2"]]


def test_no_slot_is_settled_while_every_feed_fails(tmp_path: Path, server: FeedServer) -> None:
    server.pages["/a.xml"] = rss([item("a1")])
    house = House(tmp_path, [server.url("/a.xml")])
    house.run()
    server.pages["/a.xml"] = Answer(status=503)
    refreshed, _ = house.run(NOW + DAY)
    assert [failed.error for failed in refreshed.failed]
    server.pages["/a.xml"] = rss([item("a2"), item("a1")])
    house.run(NOW + DAY + timedelta(hours=8))
    assert [edition.slot for edition in house.editions()] == ["2026-11-20T0700", "2026-11-21T0700"]


def test_three_days_off_make_one_edition_for_the_newest_slot(
    tmp_path: Path, server: FeedServer
) -> None:
    server.pages["/a.xml"] = rss([item("a1")])
    house = House(tmp_path, [server.url("/a.xml")])
    house.run()
    server.pages["/a.xml"] = rss([item("a3"), item("a2"), item("a1")])
    house.run(NOW + 3 * DAY)
    assert [edition.slot for edition in house.editions()] == ["2026-11-20T0700", "2026-11-23T0700"]
    assert sorted(house.told()[1]) == ["Title of a2", "Title of a3"]


@pytest.mark.parametrize(
    "published",
    [
        pytest.param(NOW - 400 * DAY, id="backdated"),
        pytest.param(NOW + 400 * DAY, id="from the future"),
        pytest.param(None, id="undated"),
    ],
)
def test_an_entry_is_told_when_it_is_seen_whatever_date_it_bears(
    tmp_path: Path, server: FeedServer, published: datetime | None
) -> None:
    server.pages["/a.xml"] = rss([item("a1")])
    house = House(tmp_path, [server.url("/a.xml")])
    house.run()
    server.pages["/a.xml"] = rss([item("a2", published=published), item("a1")])
    house.run(NOW + DAY)
    assert house.told()[1:] == [["Title of a2"]]


def test_a_new_feed_does_not_flood_and_its_backlog_is_never_told(
    tmp_path: Path, server: FeedServer
) -> None:
    old = [item(f"a{n}", published=NOW - n * DAY) for n in range(30)]
    server.pages["/a.xml"] = rss(old)
    house = House(tmp_path, [server.url("/a.xml")])
    house.run()
    assert house.told() == [[f"Title of a{n}" for n in range(5)]]
    assert house.query("SELECT count(*) FROM entries") == [(30,)]
    server.pages["/a.xml"] = rss([item("b"), *old])
    house.run(NOW + DAY)
    assert house.told()[1:] == [["Title of b"]]


def test_a_feed_that_changes_all_its_ids_tells_nothing_again(
    tmp_path: Path, server: FeedServer
) -> None:
    def feed(prefix: str) -> bytes:
        return rss(
            [
                item(f"{prefix}{n}", title=f"Title {n}", link=f"https://example.org/post/{n}")
                for n in range(12)
            ]
        )

    server.pages["/a.xml"] = feed("old-")
    house = House(tmp_path, [server.url("/a.xml")])
    house.run()
    server.pages["/a.xml"] = feed("new-")
    refreshed, published = house.run(NOW + DAY)
    assert (refreshed.new, refreshed.changed) == (0, 12)
    assert published.made == ()
    assert house.query("SELECT count(*) FROM entries WHERE uid LIKE 'new-%'") == [(12,)]


def test_a_story_of_two_feeds_is_told_once_also_when_the_second_comes_later(
    tmp_path: Path, server: FeedServer
) -> None:
    server.pages["/a.xml"] = rss(
        [item("a1", title="A post", link="https://example.com/post")], "First"
    )
    server.pages["/b.xml"] = rss(
        [item("b1", title="A post", link="https://example.com/post?utm_source=planet")], "Second"
    )
    house = House(tmp_path, [server.url("/a.xml"), server.url("/b.xml")])
    house.run()
    (edition,) = house.editions()
    (story,) = edition.sections[0].stories
    assert (story.feed, [mention.feed for mention in story.also_in]) == ("First", ["Second"])

    server.pages["/c.xml"] = rss(
        [item("c1", link="https://example.com/post/"), item("c2")], "Third"
    )
    house.configure([server.url(path) for path in ("/a.xml", "/b.xml", "/c.xml")])
    house.run(NOW + DAY)
    assert house.told()[1:] == [["Title of c2"]]


def test_one_broken_feed_stops_no_other_and_the_edition_names_it(
    tmp_path: Path, server: FeedServer
) -> None:
    server.pages["/good.xml"] = rss([item("a1")])
    server.pages["/page.xml"] = b"<!doctype html><title>A page</title><p>Not a feed"
    server.pages["/gone.xml"] = Answer(status=410)
    house = House(
        tmp_path, [server.url(f"/{name}.xml") for name in ("good", "page", "gone", "none")]
    )
    refreshed, _ = house.run()
    assert refreshed.fetched == 1
    assert len(refreshed.failed) == 3
    (edition,) = house.editions()
    assert [failed.url for failed in edition.failed] == [
        server.url(f"/{name}.xml") for name in ("page", "gone", "none")
    ]
    assert "410" in edition.failed[1].error


def test_validators_are_not_kept_of_a_body_that_could_not_be_read(
    tmp_path: Path, server: FeedServer
) -> None:
    server.pages["/a.xml"] = b"<!doctype html><p>maintenance"
    house = House(tmp_path, [server.url("/a.xml")])
    house.run()
    house.run(NOW + DAY)
    assert all("if-none-match" not in request.headers for request in server.requests)


def test_a_body_that_is_the_same_is_not_parsed_again_whatever_the_validators_say(
    tmp_path: Path, server: FeedServer
) -> None:
    body = rss([item("a1")])
    server.pages["/a.xml"] = Answer(body=body, headers={"ETag": '"one"'})
    house = House(tmp_path, [server.url("/a.xml")])
    house.run()
    server.pages["/a.xml"] = Answer(body=body, headers={"ETag": '"two"'})
    refreshed, _ = house.run(NOW + DAY)
    assert (refreshed.fetched, refreshed.unchanged) == (0, 1)
    house.run(NOW + 2 * DAY)
    assert server.requests[-1].headers["if-none-match"] == '"two"'


def test_an_edition_that_cannot_be_written_is_delivered_by_the_next_run(
    tmp_path: Path, server: FeedServer
) -> None:
    server.pages["/a.xml"] = rss([item("a1")])
    house = House(tmp_path, [server.url("/a.xml")])
    (tmp_path / "out").write_text("in the way")
    _, published = house.run()
    (sent,) = published.sent
    assert not sent.done
    assert "out" in (sent.trouble or "")
    (tmp_path / "out").unlink()
    _, published = house.run(NOW + timedelta(minutes=5))
    assert published.made == ()
    assert [sent.done for sent in published.sent] == [True]
    assert "Title of a1" in (tmp_path / "out" / "latest" / "index.html").read_text()


def test_a_broken_template_holds_one_digest_back_and_not_the_other(
    tmp_path: Path, server: FeedServer
) -> None:
    server.pages["/a.xml"] = rss([item("a1")])
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "edition.html").write_text("{{ edition.nonsense }}")
    digests = (
        '[render]\ntemplates = "mine"\n'
        '[digests.page.deliver.files]\npath = "page"\nformats = ["html"]\n'
        '[digests.plain.deliver.files]\npath = "plain"\nformats = ["text"]\n'
    )
    house = House(tmp_path, [server.url("/a.xml")], more=digests)
    _, published = house.run()
    done = {sent.digest: sent.done for sent in published.sent}
    assert done == {"page": False, "plain": True}
    assert any("edition.html" in (sent.trouble or "") for sent in published.sent)


@pytest.mark.sqlite
def test_the_same_state_and_time_give_the_same_bytes(tmp_path: Path, server: FeedServer) -> None:
    server.pages["/a.xml"] = rss([item(f"a{n}") for n in range(4)])
    outputs = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        house = House(tmp_path / name, [server.url("/a.xml")])
        house.run()
        written = sorted((tmp_path / name / "out").rglob("*.*"))
        outputs.append([(path.name, path.read_bytes()) for path in written if path.is_file()])
    assert outputs[0] == outputs[1]
    assert len(outputs[0]) > 5


def test_a_preview_fetches_nothing_and_changes_nothing(tmp_path: Path, server: FeedServer) -> None:
    server.pages["/a.xml"] = rss([item("a1")])
    house = House(tmp_path, [server.url("/a.xml")])
    with house.store() as store:
        pipeline.refresh(house.config, store, NOW)
        hits, before = server.hits["/a.xml"], house.dump()
        digest = house.config.digests[0]
        edition = pipeline.preview(house.config, store, NOW, digest)
        pages = {
            name: pipeline.render_edition(house.config, store, digest, edition, name).body
            for name in ("html", "text", "json")
        }
    assert all(b"Title of a1" in page for page in pages.values())
    assert json.loads(pages["json"])["version"] == "https://jsonfeed.org/version/1.1"
    assert (house.dump(), server.hits["/a.xml"]) == (before, hits)


def test_force_makes_an_edition_now_and_the_next_slot_still_comes(
    tmp_path: Path, server: FeedServer
) -> None:
    server.pages["/a.xml"] = rss([item("a1")])
    house = House(tmp_path, [server.url("/a.xml")])
    house.run()
    server.pages["/a.xml"] = rss([item("a2"), item("a1")])
    later = NOW + timedelta(hours=3)
    with house.store() as store:
        pipeline.refresh(house.config, store, later)
        published = pipeline.publish(house.config, store, later, force=True)
        assert [made.slot for made in published.made] == ["2026-11-20T1100"]
        assert pipeline.publish(house.config, store, later, force=True).made == ()
    server.pages["/a.xml"] = rss([item("a2b"), item("a2"), item("a1")])
    with house.store() as store:
        pipeline.refresh(house.config, store, later, only=house.config.feeds)
        [failed] = pipeline.publish(house.config, store, later, force=True).failed
    assert (failed.digest, "an edition 2026-11-20T1100 already" in failed.error) == ("daily", True)
    server.pages["/a.xml"] = rss([item("a3"), item("a2"), item("a1")])
    house.run(NOW + DAY)
    assert house.told() == [["Title of a1"], ["Title of a2"], ["Title of a2b", "Title of a3"]]


def test_entries_committed_while_editions_are_frozen_are_all_told_once(
    tmp_path: Path, server: FeedServer
) -> None:
    house = House(
        tmp_path,
        [server.url("/a.xml")],
        more='[digests.daily]\nschedule = "* * * * *"\nmax_per_feed = 1000\nmax_entries = 1000\n',
    )
    config, rounds, finished = house.config, 12, Event()
    server.pages["/a.xml"] = rss([item("a0")])

    def refreshing() -> None:
        with house.store() as store:
            for number in range(rounds):
                server.pages["/a.xml"] = rss([item(f"a{n}") for n in range(number + 1)])
                pipeline.refresh(config, store, NOW + number * timedelta(hours=2))
        finished.set()

    house.run()
    thread = Thread(target=refreshing)
    thread.start()
    minute = 0
    with house.store() as store:
        while not finished.is_set() or minute == 0:
            minute += 1
            pipeline.publish(config, store, NOW + timedelta(minutes=minute))
        thread.join()
        pipeline.publish(config, store, NOW + timedelta(minutes=minute + 1))
    told = [title for titles in house.told() for title in titles]
    assert sorted(told) == sorted(f"Title of a{n}" for n in range(rounds))


def test_of_two_publishers_of_one_slot_one_makes_the_edition(
    tmp_path: Path, server: FeedServer
) -> None:
    server.pages["/a.xml"] = rss([item("a1")])
    house = House(tmp_path, [server.url("/a.xml")])
    made: list[pipeline.Made] = []
    with house.store() as store:
        pipeline.refresh(house.config, store, NOW)

    def publish() -> None:
        with house.store() as store, suppress(BusyError):
            made.extend(pipeline.publish(house.config, store, NOW).made)

    threads = [Thread(target=publish) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert house.told() == [["Title of a1"]]


def test_a_muted_feed_is_neither_fetched_nor_told(tmp_path: Path, server: FeedServer) -> None:
    server.pages["/a.xml"] = rss([item("a1")])
    server.pages["/b.xml"] = rss([item("b1")])
    more = (
        f'[[feeds]]\nurl = "{server.url("/b.xml")}"\nmuted_until = 2026-11-22\n'
        '[digests.daily.deliver.files]\npath = "out"\n'
    )
    house = House(tmp_path, [server.url("/a.xml")], more=more)
    house.run()
    assert (house.told(), server.hits["/b.xml"]) == ([["Title of a1"]], 0)
    house.run(NOW + 2 * DAY)
    assert house.told()[1:] == [["Title of b1"]]


def test_what_a_feed_had_brought_waits_while_it_is_muted(
    tmp_path: Path, server: FeedServer
) -> None:
    server.pages["/a.xml"] = rss([item("a1")])
    house = House(tmp_path, [server.url("/a.xml")])
    house.run()
    server.pages["/a.xml"] = rss([item("a1"), item("a2")])
    with house.store() as store:
        pipeline.refresh(house.config, store, NOW + timedelta(hours=20))
    whole = house.file.read_text()
    house.file.write_text(whole.replace('.xml"', '.xml"\nmuted_until = 2026-11-22'))
    house.run(NOW + DAY)
    assert house.told() == [["Title of a1"]]
    house.run(NOW + 2 * DAY)
    assert house.told()[1:] == [["Title of a2"]]
