"""What publishing promises while others are at work, and when something of it fails."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from digest import pipeline
from digest.model import Digest
from digest.pipeline import faulty_entries, next_edition
from digest.store import Store, editions
from support.feedserver import FeedServer
from support.house import DAY, NOW, House, item, rss

publishing: Any = import_module("digest.pipeline.publish")
"""The module, whose place in its package the function of that name takes."""

THREE = "".join(
    f'[digests.{name}]\nschedule = "0 7 * * *"\n'
    f'[digests.{name}.deliver.files]\npath = "{name}"\nformats = ["text"]\n'
    for name in ("early", "middle", "last")
)
RELATED = (
    '[match]\nembedder = "meanwhile:embed"\n'
    '[digests.daily]\nschedule = "0 7 * * *"\nrelated = true\n'
    '[digests.daily.deliver.files]\npath = "out"\nformats = ["text"]\n'
)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer({}) as server:
        yield server


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module of the operator's whose `embed` is called while an edition is composed."""
    module = ModuleType("meanwhile")
    monkeypatch.setitem(__import__("sys").modules, "meanwhile", module)
    return module


def happening(module: ModuleType, *events: Callable[[], object]) -> list[int]:
    """Let each of these happen once, in turn, while an edition is composed."""
    calls: list[int] = []

    def embed(texts: list[str]) -> list[list[float]]:
        calls.append(len(texts))
        if len(calls) <= len(events):
            events[len(calls) - 1]()
        return [[1.0, 0.0] for _ in texts]

    vars(module)["embed"] = embed
    return calls


def make(tmp_path: Path, server: FeedServer, more: str = RELATED, entries: int = 2) -> House:
    server.pages["/a.xml"] = rss([item(f"a{number}") for number in range(entries)])
    house = House(tmp_path, [server.url("/a.xml")], more=more)
    with house.store() as store:
        pipeline.refresh(house.config, store, NOW)
    return house


def publish_now(house: House) -> pipeline.Published:
    with house.store() as store:
        return pipeline.publish(house.config, store, NOW)


# --- what happens while an edition is composed ---------------------------------------------------


def test_others_write_while_an_edition_is_composed_and_what_they_revised_is_told(
    tmp_path: Path, server: FeedServer, meanwhile: ModuleType
) -> None:
    house = make(tmp_path, server)

    def revise() -> None:
        server.pages["/a.xml"] = rss([item("a0", title="Quite another title"), item("a1")])
        with house.store() as store:
            pipeline.refresh(house.config, store, NOW + DAY, only=house.config.feeds)

    calls = happening(meanwhile, revise)
    assert [made.stories for made in publish_now(house).made] == [2]
    assert sorted(house.told()[0]) == ["Quite another title", "Title of a1"]
    assert len(calls) == 2, "composed once more"


@pytest.mark.parametrize("how", ["settled", "frozen"])
def test_a_slot_that_is_settled_while_its_edition_is_composed_gets_no_second_one(
    tmp_path: Path, server: FeedServer, meanwhile: ModuleType, how: str
) -> None:
    house = make(tmp_path, server)

    def overtake() -> None:
        """Do what another run does that holds no lock: one on another machine."""
        with house.store() as store:
            [digest] = house.config.digests
            slot = next_edition.due(store, digest, NOW)
            assert slot
            with store.write() as connection:
                editions.name_authority(connection, "daily", "example.org", NOW.date())
                if how == "settled":
                    editions.settle(connection, "daily", slot.name, at=slot.at)
                    return
            draft = _draft(house, store, digest, slot)
            publishing.freeze(house.config, store, draft, NOW, force=False)

    happening(meanwhile, overtake)
    published = publish_now(house)
    assert (published.made, published.failed) == ((), ())
    assert len(house.told()) == (how == "frozen")


def test_a_digest_whose_state_changes_while_it_is_composed_is_composed_once_more(
    tmp_path: Path, server: FeedServer, meanwhile: ModuleType
) -> None:
    """Its number, its name and what it told before are of the moment when it is written."""
    house = make(tmp_path, server)

    def overtake() -> None:
        with house.store() as store, store.write() as connection:
            editions.name_authority(connection, "daily", "other.example", NOW.date())

    calls = happening(meanwhile, overtake)
    assert [made.stories for made in publish_now(house).made] == [2]
    assert len(calls) == 2


def test_an_edition_is_forced_once_a_minute(tmp_path: Path, server: FeedServer) -> None:
    house = make(tmp_path, server, THREE)
    digest = house.config.digests[0]

    def forced(seconds: int) -> pipeline.Published:
        now = NOW + timedelta(seconds=seconds)
        server.pages["/a.xml"] = rss([item(f"at {seconds}")])
        with house.store() as store:
            pipeline.refresh(house.config, store, now, only=house.config.feeds)
            return pipeline.publish(house.config, store, now, only=[digest], force=True)

    assert len(forced(0).made) == 1
    (failed,) = forced(20).failed
    assert failed.error == "there is an edition 2026-11-20T0800 already; try again in a minute"
    assert [made.stories for made in forced(60).made] == [2], "what had no place then is told"


def _draft(
    house: House, store: Store, digest: Digest, slot: next_edition.DueSlot
) -> next_edition.Draft:
    with store.read() as connection:
        candidates = next_edition.eligible(connection, digest, slot, NOW)
        grouping = next_edition.group(connection, candidates, {})
        material = next_edition.select(connection, candidates, {}, grouping)
    return next_edition.compose(house.config.match, candidates, material)


def test_a_digest_that_changes_each_time_it_is_composed_is_left_to_the_next_run(
    tmp_path: Path, server: FeedServer, meanwhile: ModuleType
) -> None:
    house = make(tmp_path, server)

    def revise(number: int) -> Callable[[], None]:
        def event() -> None:
            titles = [item("a0", title=f"The title number {number} of it"), item("a1")]
            server.pages["/a.xml"] = rss(titles)
            with house.store() as store:
                later = NOW + number * DAY
                pipeline.refresh(house.config, store, later, only=house.config.feeds)

        return event

    happening(meanwhile, *(revise(number) for number in range(1, 6)))
    published = publish_now(house)
    assert (published.made, house.told()) == ((), [])
    assert [made.stories for made in publish_now(house).made] == [2]


def test_a_text_that_was_revised_after_an_edition_was_composed_comes_back(
    tmp_path: Path, server: FeedServer
) -> None:
    """A refresh that began before the edition saves the revision after it."""
    more = RELATED.replace("related = true", "updates = true")
    server.pages["/a.xml"] = rss([item("a0"), item("a1")])
    house = House(tmp_path, [server.url("/a.xml")], more=more)
    house.run(NOW)
    begun = NOW - timedelta(minutes=5)
    text = (
        "The council has taken the plan back: engineers found cracks in both eastern pillars, "
        "nobody may cross on foot any more, and the bridge stays closed until repairs are done, "
        "which nobody expects before next spring."
    )
    server.pages["/a.xml"] = rss([item("a0", title="The bridge stays closed", text=text)])
    with house.store() as store:
        pipeline.refresh(house.config, store, begun, only=house.config.feeds)
    house.run(NOW + 3 * DAY)
    assert house.told()[1:] == [["The bridge stays closed"]]


def test_a_list_that_is_mailed_slowly_keeps_no_other_digest_waiting(
    tmp_path: Path, server: FeedServer
) -> None:
    house = make(tmp_path, server, THREE)
    with house.store() as store:
        with store.lock("deliver-middle-files"), store.lock("refresh"):
            published = pipeline.publish(house.config, store, NOW)
        assert {made.digest for made in published.made} == {"early", "middle", "last"}
        assert {sent.digest for sent in published.sent} == {"early", "last"}
        assert [sent.digest for sent in pipeline.deliver(house.config, store, NOW)] == ["middle"]


# --- what fails ----------------------------------------------------------------------------------

STAGES = ("due", "eligible", "rules", "group", "select", "compose", "freeze")


@pytest.mark.parametrize("stage", STAGES)
def test_a_digest_that_fails_stops_no_other(
    tmp_path: Path,
    server: FeedServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    stage: str,
) -> None:
    house = make(tmp_path, server, THREE)
    real = getattr(publishing, stage)

    def failing(*arguments: Any, **named: Any) -> object:
        for argument in arguments:
            if "middle" in (getattr(argument, "name", ""), _digest_of(argument)):
                raise RecursionError(stage)
        return real(*arguments, **named)

    with monkeypatch.context() as patch, caplog.at_level(logging.ERROR):
        patch.setattr(publishing, stage, failing)
        published = publish_now(house)
    assert {made.digest for made in published.made} == {"early", "last"}
    assert {sent.digest for sent in published.sent} == {"early", "last"}
    assert [failed.digest for failed in published.failed] == ["middle"]
    assert not published.done
    assert [record.exc_info is not None for record in caplog.records] == [True]
    assert [made.digest for made in publish_now(house).made] == ["middle"], "nothing is lost"


def _digest_of(argument: object) -> str:
    return getattr(getattr(argument, "digest", None), "name", "")


@pytest.mark.parametrize("stage", ["unwanted", "grouped"])
def test_an_entry_that_meets_an_error_is_left_out_and_told_when_that_is_mended(
    tmp_path: Path, server: FeedServer, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    house = make(tmp_path, server, entries=5)
    real = getattr(next_edition, stage)

    def failing(*arguments: Any, **named: Any) -> object:
        for argument in arguments:
            if isinstance(argument, list) and any(e.title == "Title of a3" for e in argument):
                raise IndexError("no such place")
        return real(*arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(next_edition, stage, failing)
        published = publish_now(house)
    assert [fault.title for fault in published.faults] == ["Title of a3"]
    assert not published.done
    house.run(NOW + DAY)
    assert [sorted(titles) for titles in house.told()] == [
        [f"Title of a{number}" for number in (0, 1, 2, 4)],
        ["Title of a3"],
    ]


def test_a_text_that_cannot_be_cut_is_told_without_an_excerpt(
    tmp_path: Path, server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = make(tmp_path, server)
    import digest.excerpt

    real = digest.excerpt.excerpt

    def failing(text: str, *arguments: Any, **named: Any) -> object:
        if "a1" in text:
            raise IndexError("no such place")
        return real(text, *arguments, **named)

    monkeypatch.setattr(digest.excerpt, "excerpt", failing)
    published = publish_now(house)
    assert [made.stories for made in published.made] == [2]
    assert len(published.faults) == 1
    assert isinstance(published.faults[0], faulty_entries.FaultyEntry)


@pytest.mark.parametrize("error", [OSError("no network"), ValueError("a bug"), KeyError("x")])
def test_an_embedder_that_fails_stops_no_edition(
    tmp_path: Path, server: FeedServer, meanwhile: ModuleType, error: Exception
) -> None:
    house = make(tmp_path, server)

    def fail() -> None:
        raise error

    happening(meanwhile, fail)
    assert [made.stories for made in publish_now(house).made] == [2]
