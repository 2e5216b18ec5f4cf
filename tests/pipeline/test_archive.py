"""What shows a digest's past: feeds and pages that hold every story, lists of all editions."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from lxml import etree
from selectolax.lexbor import LexborHTMLParser

from digest import pipeline
from digest.model import DeliveryState, Section
from digest.pipeline import archive
from digest.pipeline.delivery.queue import enlist
from digest.pipeline.output import Audience, authority_of, find, site_of
from digest.render.html import lead_on
from digest.store import Store, deliveries, edition_lists, editions
from digest.store import archive as archive_rows
from support import editions as made
from support.feedcheck import ATOM, HISTORY, complaints
from support.house import DAY, NOW, House, item, rss
from support.receiver import Receiver

BASE = "https://news.example.org/"
DIGEST = """
[digests.{name}]
schedule = "0 7 * * *"
max_per_feed = 100
[digests.{name}.deliver.files]
path = "out"
formats = {formats}
"""
ALL = ("html", "atom", "editions", "jsonfeed", "archive")


class Paper(House):
    """An installation with an edition of so many `stories` a day, made by hand."""

    def __init__(self, folder: Path, stories: int = 25, **more: object) -> None:
        self.feed = folder / "feed.xml"
        self.feed.write_bytes(rss([]))
        self.stories = stories
        self.now = NOW
        super().__init__(folder, [str(self.feed)])
        self.set(**more)

    def set(
        self,
        *,
        base_url: str | None = BASE,
        name: str = "daily",
        formats: tuple[str, ...] = ALL,
        top: str = "",
        more: str = "",
    ) -> None:
        """Write another configuration."""
        self.name = name
        self.configure(
            [str(self.feed)], more=DIGEST.format(name=name, formats=json.dumps(formats)) + more
        )
        address = f'base_url = "{base_url}"\n' if base_url else ""
        self.file.write_text(address + top + self.file.read_text())

    def publish(
        self,
        times: int = 1,
        *,
        every: timedelta = DAY,
        again: str | None = None,
        only_last: bool = False,
    ) -> None:
        """Let time go by and make an edition each time; deliver each, or `only_last`.

        `again` is a story that comes back.
        """
        for left in reversed(range(times)):
            slot = self.now.strftime("%Y-%m-%dT%H%M")
            stories = [
                replace(
                    made.story(f"{slot}-{n}", f"Title {n}"), published=self.now, updated=self.now
                )
                for n in range(self.stories)
            ]
            if again:
                stories.append(replace(stories[0], key=again, update=True))
            edition = made.edition(
                Section(title="", stories=tuple(stories)),
                digest=self.name,
                slot=slot,
                composed_at=self.now,
            )
            with self.store() as store:
                with store.write() as connection:
                    authority = authority_of(self.config, self.config.digests[0], self.now)
                    editions.name_authority(connection, self.name, *authority)
                    edition_id = editions.freeze(connection, edition, [])
                    if not (only_last and left):
                        enlist(
                            self.config, connection, self.config.digests[0], edition_id, self.now
                        )
                if not (only_last and left):
                    self.deliver(store)
            self.now += every

    def deliver(self, store: Store) -> None:
        """Deliver what is waiting."""
        sent = pipeline.publish(self.config, store, self.now, only=()).sent
        assert sent
        assert [one.detail for one in sent if not one.done] == []

    def resend(self) -> None:
        """Deliver the newest edition once more."""
        with self.store() as store:
            with store.write() as connection:
                newest = edition_lists.listing(connection, self.name)[0].id
                deliveries.requeue(connection, newest, [DeliveryState.SENT], now=self.now)
            self.deliver(store)

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def files(self) -> dict[str, bytes]:
        return {
            str(path.relative_to(self.out)): path.read_bytes()
            for path in self.out.rglob("*")
            if path.is_file()
        }

    def age(self) -> set[str]:  # type: ignore[valid-type]
        """Make every file look as if it had been written long ago; name them."""
        for name in self.files():
            os.utime(self.out / name, (0, 0))
        return {*self.files()}

    def written(self) -> set[str]:  # type: ignore[valid-type]
        """Name the files that were written since `age`."""
        return {name for name in self.files() if os.stat(self.out / name).st_mtime_ns}

    def pages(self) -> dict[str, bytes]:
        """The closed pages."""
        return {name: body for name, body in self.files().items() if "archive/atom" in name}

    def ids(self) -> set[str]:  # type: ignore[valid-type]
        """What every story of every edition is called."""
        return {
            story.key
            for edition in self.editions(self.name)
            for section in edition.sections
            for story in section.stories
        }


def links(tree: etree._Element) -> dict[str, str]:
    return {link.get("rel"): link.get("href") for link in tree.findall(f"{ATOM}link")}


def walk(paper: Paper, *bases: str) -> Iterator[etree._Element]:
    """Follow a feed and its pages, as a reader does to whom the files are served at `bases`."""
    address: str | None = f"{(bases or (BASE,))[0]}{paper.name}/atom.xml"
    seen = set()
    while address:
        assert address not in seen
        seen.add(address)
        (path,) = (
            address.removeprefix(f"{base}{paper.name}/")
            for base in bases or (BASE,)
            if address.startswith(base)
        )
        body = (paper.out / path).read_bytes()
        found = complaints(body, address, NOW + 1000 * DAY)
        assert [one for one in found if not (bases and "own address" in one)] == []
        tree = etree.fromstring(body)
        yield tree
        address = links(tree).get("prev-archive")


def keys(tree: etree._Element) -> list[str]:
    return [entry.findtext(f"{ATOM}id").rpartition("/")[2] for entry in tree.iter(f"{ATOM}entry")]


@pytest.fixture
def paper(tmp_path: Path) -> Paper:
    return Paper(tmp_path)


def test_the_feed_and_its_pages_together_hold_every_story(paper: Paper) -> None:
    paper.publish(7)
    feed, *pages = walk(paper)
    assert len(pages) == 3
    assert [page.find(f"{HISTORY}archive") is not None for page in pages] == [True] * 3
    assert {*keys(feed)}.union(*map(keys, pages)) == paper.ids()
    closed = [key for page in pages for key in keys(page)]
    assert len(closed) == len({*closed}) == 6 * 25, "no story is in two pages"
    assert len({*keys(feed)}) >= 50
    assert paper.ids() - {*closed} <= {*keys(feed)}  # type: ignore[operator]


def test_a_page_points_back_and_to_the_current_feed_and_never_forward(paper: Paper) -> None:
    paper.publish(4)
    _, newest, oldest = walk(paper)
    assert set(links(newest)) == {"self", "alternate", "current", "prev-archive"}
    assert set(links(oldest)) == {"self", "alternate", "current"}
    assert links(newest)["current"] == f"{BASE}daily/atom.xml"


def test_what_was_closed_never_changes(paper: Paper) -> None:
    paper.publish(4)
    before = paper.pages()
    times = {name: (paper.out / name).stat().st_mtime_ns for name in before}
    templates = paper.folder / "templates"
    templates.mkdir()
    (templates / "atom.xml").write_text("<other/>")
    (templates / "feed-story.html").write_text("other")
    paper.set(
        base_url="https://moved.example.net/",
        top='title = "Renamed"\nlanguage = "fr"\n',
        more='[render]\ntemplates = "templates"\n',
    )
    paper.publish(2)
    assert (paper.out / "atom.xml").read_text() == "<other/>"
    after = paper.pages()
    assert len(after) == len(before) + 1 == 3
    assert {name: after[name] for name in before} == before
    assert {name: (paper.out / name).stat().st_mtime_ns for name in before} == times


def test_of_two_that_close_the_same_page_the_quicker_one_counts(paper: Paper) -> None:
    """The slower one read the pages before, and renders with another template."""
    paper.publish(4)
    before = paper.pages()
    (paper.folder / "atom.xml").write_text("<other/>")
    paper.set(more='[render]\ntemplates = "."\n')
    with paper.store() as store:
        with store.read() as connection:
            state = editions.digest_state(connection, "daily")
            kept = archive_rows.pages(connection, "daily", "atom")
        site = site_of(paper.config, paper.config.digests[0], state, ALL, audience=Audience())
        for known in ([], kept[:1]):
            assert archive.close_next(store, site, "atom", known) == kept
        assert archive.close_full(store, site, "atom") == kept
    (paper.folder / "atom.xml").unlink()
    paper.publish(1)
    assert {name: paper.pages()[name] for name in before} == before


def test_looking_at_a_feed_closes_nothing(paper: Paper) -> None:
    paper.set(formats=("html",))
    paper.publish(4)
    before = paper.dump()
    with paper.store() as store:
        digest = paper.config.digests[0]
        for file in ("atom.xml", "index.html", "archive/atom-2026-11-20T0700-00000000.xml", "x"):
            find(paper.config, store, digest, ALL, file)
    assert paper.dump() == before


def test_only_what_is_asked_for_is_rendered(paper: Paper) -> None:
    """A template that fails is not touched by the question for a page that there is not."""
    paper.publish(4)
    (paper.folder / "atom.xml").write_text("{{ nothing.at.all }}")
    (paper.folder / "archive.html").write_text("{{ nothing.at.all }}")
    paper.set(more='[render]\ntemplates = "."\n')
    with paper.store() as store:
        digest = paper.config.digests[0]
        for file in ("archive/atom-x.xml", "archive/2026-11.html", "archive/1999-01.html", "no"):
            assert find(paper.config, store, digest, ALL, file) is None, file
        for name, body in paper.pages().items():
            found = find(paper.config, store, digest, ALL, name)
            assert found is not None
            assert (found.rendition.body, found.closed) == (body, True)


def test_pages_that_only_the_web_side_shows_are_closed_by_publish(paper: Paper) -> None:
    paper.set(formats=("html",), top="", more="")
    paper.publish(4)
    text = paper.file.read_text()
    paper.file.write_text(text + f'[web]\nurl = "{BASE}"\n')
    paper.feed.write_bytes(rss([item("1")]))
    paper.run(paper.now)
    with paper.store() as store, store.read() as connection:
        assert len(archive_rows.pages(connection, "daily", "atom")) == 2


@pytest.mark.parametrize(
    "lose",
    [
        pytest.param(lambda out: shutil.rmtree(out), id="everything"),
        pytest.param(lambda out: shutil.rmtree(min(out.glob("2026-*"))), id="one edition"),
        pytest.param(lambda out: next(min(out.glob("2026-*")).iterdir()).unlink(), id="one page"),
    ],
)
def test_what_was_lost_of_past_editions_comes_back(lose, paper: Paper) -> None:
    paper.publish(3)
    before = paper.files()
    lose(paper.out)
    paper.publish(1)
    after = paper.files()
    assert {name for name in before if name not in after} == set()
    own = [name for name in before if name.startswith("2026")]
    assert len(own) == 3
    newest = max(name for name in after if name.startswith("2026")).partition("/")[0]
    assert {name: after[name] for name in own} == {
        name: lead_on(before[name], newest) for name in own
    }


@pytest.mark.parametrize(
    "lose",
    [
        pytest.param(lambda out: shutil.rmtree(out), id="everything"),
        pytest.param(lambda out: shutil.rmtree(out / "archive"), id="the folder of pages"),
        pytest.param(lambda out: min((out / "archive").iterdir()).unlink(), id="one page"),
    ],
)
def test_a_page_that_was_lost_comes_back_byte_for_byte(lose, paper: Paper) -> None:
    paper.publish(4)
    before = paper.pages()
    lose(paper.out)
    (paper.folder / "feed-story.html").write_text("other")
    paper.set(base_url="https://moved.example.net/", more='[render]\ntemplates = "."\n')
    paper.publish(1)
    assert paper.pages() == before


def test_a_site_that_has_moved_goes_on_from_its_old_pages(paper: Paper) -> None:
    paper.publish(4)
    names = [*paper.pages()]
    paper.set(base_url="https://moved.example.net/")
    paper.publish(4)
    trees = [*walk(paper, "https://moved.example.net/", BASE)]
    assert set().union(*map(keys, trees)) == paper.ids()
    assert {*names} < {*paper.pages()}
    ids = {tree.findtext(f"{ATOM}id") for tree in trees}
    assert ids == {"tag:news.example.org,2026-11-20:daily"}


def test_without_an_address_there_are_no_pages_and_with_one_they_come(paper: Paper) -> None:
    paper.set(base_url=None)
    paper.publish(4)
    assert paper.pages() == {}
    tree = etree.fromstring((paper.out / "atom.xml").read_bytes())
    assert links(tree) == {}
    assert 50 <= len(keys(tree)) < 100
    paper.set()
    paper.publish(1)
    assert set().union(*map(keys, walk(paper))) == paper.ids()


def _rename(paper: Paper) -> None:
    paper.set(name="morning")


def _begin_anew(paper: Paper) -> None:
    for file in paper.folder.glob("digest.db*"):
        if file.is_file():
            file.unlink()


@pytest.mark.sqlite
@pytest.mark.parametrize("change", [_rename, _begin_anew], ids=["renamed", "without its database"])
@pytest.mark.parametrize("back", [timedelta(), 2 * DAY], ids=["later", "for the same slots"])
def test_a_digest_leaves_the_pages_of_its_former_life(change, back, paper: Paper) -> None:
    paper.publish(2)
    before = paper.pages()
    change(paper)
    paper.now -= back
    paper.stories += 1
    paper.publish(3)
    assert set().union(*map(keys, walk(paper))) == paper.ids()
    after = paper.pages()
    assert len(after) == len(before) + 1
    assert {name: after[name] for name in before} == before


def test_a_story_that_comes_back_is_told_anew_and_stays_in_its_page(paper: Paper) -> None:
    paper.publish(2)
    key = keys([*walk(paper)][-1])[0]
    paper.publish(again=key)
    feed, page = walk(paper)
    assert keys(feed).count(key) == keys(page).count(key) == 1
    newest, first = (
        next(one for one in tree.iter(f"{ATOM}entry") if one.findtext(f"{ATOM}id").endswith(key))
        for tree in (feed, page)
    )
    assert newest.findtext(f"{ATOM}updated") > first.findtext(f"{ATOM}updated")


def test_a_run_leaves_alone_what_would_not_change(paper: Paper) -> None:
    paper.publish(3)
    names = paper.age()
    paper.resend()
    assert paper.written() == set()
    assert names == {*paper.files()}


def test_the_feed_of_editions_has_the_last_ten_and_more_where_they_are_small(
    tmp_path: Path,
) -> None:
    paper = Paper(tmp_path, stories=2)
    paper.publish(12)
    body = (paper.out / "editions.xml").read_bytes()
    assert complaints(body, f"{BASE}daily/editions.xml", NOW + 12 * DAY) == []
    assert keys(etree.fromstring(body)) == [
        edition.slot for edition in reversed(paper.editions())
    ], "24 stories are few"


# --- the list of editions ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Paper:
    """Publish three months of a daily digest."""
    paper = Paper(tmp_path_factory.mktemp("old"), stories=1, formats=("archive",))
    paper.publish(64, only_last=True)
    return paper


def hrefs(paper: Paper, file: str) -> list[str]:
    """Where a list leads to; of its own pages that there are such."""
    page = LexborHTMLParser((paper.out / file).read_text())
    found = [a.attributes["href"] for a in page.css("main a")]
    for href in found:
        assert href.endswith("/") or (paper.out / href).is_file(), href  # type: ignore[operator]
    return found  # type: ignore[return-value]


@pytest.mark.sqlite
def test_every_edition_is_in_the_list_of_its_month(old: Paper) -> None:
    slots = [edition.slot for edition in reversed(old.editions())]
    shown = hrefs(old, "index.html")
    assert shown == [
        *(f"{slot}/" for slot in slots[:60]),
        "archive/2027-01.html",
        "archive/2026-12.html",
        "archive/2026-11.html",
    ]
    listed = [href for month in shown[60:] for href in hrefs(old, month)]
    assert listed == [f"../{slot}/" for slot in slots]


def test_few_editions_are_in_one_page(tmp_path: Path) -> None:
    paper = Paper(tmp_path, stories=1, formats=("archive",))
    paper.publish(3, only_last=True)
    assert len(hrefs(paper, "index.html")) == 3
    assert not (paper.out / "archive").exists()


@pytest.mark.sqlite
def test_only_the_month_of_an_edition_is_written(old: Paper) -> None:
    old.age()
    (old.out / "archive" / "2026-12.html").unlink()
    old.publish(1)
    written = {name for name in old.written() if "archive/" in name}  # type: ignore[attr-defined]
    assert written == {"archive/2026-12.html", "archive/2027-01.html"}
    assert len([name for name in old.files() if "archive/" in name]) == 3


def test_a_month_of_many_editions_lists_days_and_times(tmp_path: Path) -> None:
    paper = Paper(tmp_path, stories=1, formats=("archive",))
    paper.publish(65, every=timedelta(hours=1), only_last=True)
    slots = [f"../{edition.slot}/" for edition in reversed(paper.editions())]
    assert len(slots) == 65
    assert hrefs(paper, "archive/2026-11.html") == slots
    assert "Title" not in (paper.out / "archive/2026-11.html").read_text()


# --- the hub -------------------------------------------------------------------------------------


@pytest.fixture
def hub() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def websub(hub: Receiver) -> str:
    return f'[digests.daily.deliver.websub]\nhub = "{hub.url}"\n'


def test_a_hub_is_named_in_the_feeds_and_told_of_each_after_they_are_written(
    paper: Paper, hub: Receiver
) -> None:
    paper.set(more=websub(hub))
    text = paper.file.read_text()
    files, own = text.index("[digests.daily.deliver.files]"), text.index("[digests.daily.deliver.w")
    paper.file.write_text(text[:files] + text[own:] + text[files:own])
    paper.publish(1)
    told = [post.body.decode() for post in hub.posts]
    assert told == [
        f"hub.mode=publish&hub.url=https%3A%2F%2Fnews.example.org%2Fdaily%2F{name}"
        for name in ("atom.xml", "editions.xml", "feed.json")
    ]
    for name in ("atom.xml", "editions.xml"):
        assert links(etree.fromstring((paper.out / name).read_bytes()))["hub"] == hub.url
    hubs = json.loads((paper.out / "feed.json").read_bytes())["hubs"]
    assert hubs == [{"type": "WebSub", "url": hub.url}]


def test_a_hub_waits_for_the_feeds_and_is_told_once_they_are_there(
    paper: Paper, hub: Receiver
) -> None:
    paper.set(more=websub(hub))
    paper.out.write_text("a file in the way")
    paper.feed.write_bytes(rss([item("1")]))
    _, published = paper.run(NOW)
    assert [(sent.channel, sent.done) for sent in published.sent] == [
        ("files", False),
        ("websub", False),
    ]
    assert hub.posts == []
    paper.out.unlink()
    _, published = paper.run(NOW + timedelta(minutes=30))
    assert [(sent.channel, sent.done) for sent in published.sent] == [
        ("files", True),
        ("websub", True),
    ]
    assert len(hub.posts) == 3


def test_a_hub_that_is_not_well_is_told_by_a_later_run(paper: Paper, hub: Receiver) -> None:
    paper.set(more=websub(hub))
    hub.statuses = [503, 202]
    paper.feed.write_bytes(rss([item("1")]))
    _, published = paper.run(NOW)
    assert [sent.done for sent in published.sent] == [True, False]
    _, published = paper.run(NOW + timedelta(hours=2))
    assert [(sent.channel, sent.done) for sent in published.sent] == [("websub", True)]


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"base_url": None}, "set base_url"),
        ({"formats": ("html", "json")}, 'add one, such as "atom"'),
    ],
    ids=["no address", "no feed"],
)
def test_a_hub_that_could_be_told_of_nothing_is_a_mistake(
    changes: dict[str, object], complaint: str, paper: Paper
) -> None:
    paper.set(**changes, more='[digests.daily.deliver.websub]\nhub = "https://hub.example.org/"\n')
    with pytest.raises(Exception, match=complaint) as caught:
        _ = paper.config
    assert "digests.daily.deliver.websub" in str(caught.value)
