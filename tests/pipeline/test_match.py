"""What tells the same is told once in a whole run: over feeds, in batches, over editions."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from digest import pipeline
from digest.errors import ConfigError
from support.feedserver import FeedServer
from support.house import DAY, NOW, House, item, rss


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer({}) as running:
        yield running


FULL = (
    "The ferry that has linked Lowbridge and Saltmarsh for eighty years made its last crossing on "
    "Friday evening. Captain Irene Falk sounded the horn three times, and those who had come to "
    "see it off answered with bicycle bells. A bridge two miles upstream takes the traffic now; "
    "its toll is lower than the fare was, and it does not stop for fog. The council wants to keep "
    "the boat as a restaurant, while the harbour master would rather see it in the museum."
)
TITLE = "The last ferry of Lowbridge"


def test_a_copy_an_excerpt_and_a_teaser_are_one_story(tmp_path: Path, server: FeedServer) -> None:
    server.pages["/a.xml"] = rss([item("a", title=TITLE, text=FULL)], title="Post")
    server.pages["/b.xml"] = rss([item("b", title=f"Tom Ashby: {TITLE}", text=FULL + " Share.")])
    server.pages["/c.xml"] = rss([item("c", title=TITLE, text=FULL[:112])])
    server.pages["/d.txt"] = f"INCOMING TRANSMISSION\n\nLATEST UPDATES\n{FULL[:350]}...\n".encode()
    pages = ["/a.xml", "/b.xml", "/c.xml", "/d.txt"]
    house = House(tmp_path, [server.url(page) for page in pages])
    house.run()
    assert house.told() == [[TITLE]]
    edition = json.loads((tmp_path / "out" / "latest" / "edition.json").read_bytes())
    assert len(edition["items"][0]["_digest"]["also_in"]) == 3
    rules = house.query(
        "SELECT uid, rule, score > 0.9 FROM decisions JOIN entries ON id = entry_id"
        " WHERE of_entry > 0 ORDER BY uid"
    )
    assert [(uid[:4], *more) for uid, *more in rules] == [
        ("b", "text", 1),
        ("c", "excerpt", 1),
        ("hash", "text", 1),
    ]


def test_a_copy_a_day_later_is_not_told_again(tmp_path: Path, server: FeedServer) -> None:
    server.pages["/a.xml"] = rss([item("a", title=TITLE, text=FULL)])
    server.pages["/b.xml"] = rss([item("b")])
    house = House(tmp_path, [server.url("/a.xml"), server.url("/b.xml")])
    house.run()
    copy = item(
        "copy", title="Gulls lose a home", link="https://b.example.net/gulls", text=FULL + " Go on."
    )
    server.pages["/b.xml"] = rss([copy, item("b")])
    house.run(NOW + DAY)
    assert len(house.told()) == 1
    ((rule,),) = house.query("SELECT rule FROM decisions WHERE of_entry > 0")
    assert rule.startswith("text")


@pytest.mark.parametrize(
    "batches",
    [
        pytest.param([[0, 1, 2, 3]], id="at once"),
        pytest.param([[0], [1], [2], [3]], id="one by one"),
        pytest.param([[3, 1], [2, 0]], id="the copies first"),
    ],
)
def test_batches_or_all_at_once_give_the_same_stories(
    tmp_path: Path, server: FeedServer, batches: list[list[int]]
) -> None:
    texts = [FULL, FULL[:350], "Something else about bees, told at some length. " * 4, FULL[:112]]
    for at, text in enumerate(texts):
        server.pages[f"/{at}.xml"] = rss([item(f"i{at}", title=TITLE, text=text)])
    house = House(tmp_path, [server.url(f"/{at}.xml") for at in range(4)])
    with house.store() as store:
        for batch in batches:
            only = [house.config.feeds[at] for at in batch]
            pipeline.refresh(house.config, store, NOW, only=only)
        pipeline.publish(house.config, store, NOW)
    (edition,) = house.editions()
    stories = [story for section in edition.sections for story in section.stories]
    links = {frozenset([one.link, *(other.link for other in one.also_in)]) for one in stories}
    assert links == {
        frozenset(f"https://example.org/i{at}" for at in (0, 1, 3)),
        frozenset(["https://example.org/i2"]),
    }


@pytest.mark.parametrize(("setting", "pointed"), [("", 1), ("related = false\n", 0)])
def test_stories_of_one_event_point_to_each_other(
    tmp_path: Path, server: FeedServer, setting: str, pointed: int
) -> None:
    server.pages["/a.xml"] = rss([item("a", title="Ferry runs aground in Lowbridge harbour")])
    server.pages["/b.xml"] = rss(
        [item("b", title="Lowbridge: ferry runs aground in the harbour"), item("c")]
    )
    deliver = '[digests.daily.deliver.files]\npath = "out"\nformats = ["json"]\n'
    house = House(
        tmp_path,
        [server.url("/a.xml"), server.url("/b.xml")],
        more=f"[digests.daily]\n{setting}{deliver}",
    )
    house.run()
    (edition,) = house.editions()
    stories = [story for section in edition.sections for story in section.stories]
    assert len(stories) == 3
    assert sorted(len(story.related) for story in stories) == [0, pointed, pointed]


@pytest.mark.parametrize(
    ("embedder", "pointed", "said"),
    [
        pytest.param("toy_vectors:embed", 2, "", id="one that works"),
        pytest.param("toy_vectors:offline", 0, "gives no vectors: no route", id="one that is away"),
        pytest.param("toy_vectors:nothing", 0, "cannot be imported", id="none of that name"),
        pytest.param("no_such.module:embed", 0, "cannot be imported", id="no such module"),
    ],
)
def test_an_embedder_relates_more_and_never_keeps_an_edition_back(
    tmp_path: Path,
    server: FeedServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    embedder: str,
    pointed: int,
    said: str,
) -> None:
    (tmp_path / "toy_vectors.py").write_text(
        "def embed(texts):\n    return [(1.0, 2.0) for _ in texts]\n"
        "def offline(texts):\n    raise ConnectionError('no route')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "toy_vectors", raising=False)
    server.pages["/a.xml"] = rss([item("a", title="A storm is coming", link="https://a.test/1")])
    server.pages["/b.xml"] = rss([item("b", title="Wild weather ahead", link="https://b.test/1")])
    deliver = '[digests.daily]\ndeliver.files.path = "out"\n'
    house = House(
        tmp_path,
        [server.url("/a.xml"), server.url("/b.xml")],
        more=f'[match]\nembedder = "{embedder}"\n{deliver}',
    )
    house.run()
    (edition,) = house.editions()
    stories = [story for section in edition.sections for story in section.stories]
    assert len(stories) == 2
    assert sum(bool(story.related) for story in stories) == pointed
    assert said in caplog.text


@pytest.mark.parametrize(
    "setting",
    ['embedder = "my_vectors"', 'embedder = "a b:c"', "likeness = 0", "likeness = 1.5"],
)
def test_an_embedder_that_cannot_be_meant_is_named(tmp_path: Path, setting: str) -> None:
    house = House(tmp_path, [], more=f"[match]\n{setting}\n")
    with pytest.raises(ConfigError, match=setting.split()[0]):
        _ = house.config


def test_what_matching_knows_of_a_text_goes_with_it(tmp_path: Path, server: FeedServer) -> None:
    server.pages["/a.xml"] = rss([item("a", title=TITLE, text=FULL)])
    house = House(tmp_path, [server.url("/a.xml")])
    house.run()
    ((before,),) = house.query("SELECT count(*) FROM keys")
    server.pages["/a.xml"] = rss([item("b", text="Short.")])
    house.run(NOW + timedelta(days=100))
    left = house.query("SELECT count(*) FROM keys WHERE entry_id = 1")
    assert before > 10
    assert left == [(1,)]


def test_the_next_news_of_a_wire_is_told_though_a_copy_of_its_last_is_like_it(
    tmp_path: Path, server: FeedServer
) -> None:
    background = FULL.partition(". ")[2]
    server.pages["/wire.xml"] = rss([item("old", title=TITLE, text=FULL)])
    server.pages["/b.xml"] = rss([item("copy", title=TITLE, text=FULL + " Read on.")])
    house = House(tmp_path, [server.url("/wire.xml"), server.url("/b.xml")])
    house.run()
    news = item("new", title="Ferry may sail again", text=f"A buyer was found. {background}")
    server.pages["/wire.xml"] = rss([news])
    house.run(NOW + DAY)
    assert house.told() == [[TITLE], ["Ferry may sail again"]]


@pytest.mark.parametrize(
    "feed",
    [
        pytest.param('url = "{new}"', id="under another address"),
        pytest.param('url = "{old}"\nmuted_until = 2027-01-01', id="muted, and copied by another"),
    ],
)
def test_what_was_told_counts_though_its_feed_is_followed_no_more(
    tmp_path: Path, server: FeedServer, feed: str
) -> None:
    plain_text = "So short that nothing but its link may say what it is."
    items = [item("a", title=TITLE, text=FULL), item("b", text=plain_text)]
    server.pages["/old.xml"] = server.pages["/new.xml"] = rss(items)
    house = House(tmp_path, [server.url("/old.xml")])
    house.run()
    told = house.told()
    assert [len(edition) for edition in told] == [2]
    written = feed.format(old=server.url("/old.xml"), new=server.url("/new.xml"))
    feeds = f'[[feeds]]\n{written}\n[[feeds]]\nurl = "{server.url("/new.xml")}?copy"\n'
    server.pages["/new.xml?copy"] = rss(items)
    digest = '[digests.daily]\nschedule = "0 7 * * *"\ndeliver.files.path = "out"\n'
    house.configure([], more=feeds + digest)
    house.run(NOW + DAY)
    house.run(NOW + 2 * DAY)
    assert house.told() == told
