"""`digest stories`: what a person says about two entries."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner, Result

from digest import pipeline
from digest.cli import cli
from support.feedserver import FeedServer
from support.house import NOW, House, item, rss

TEXT = (
    "The ferry that has linked Lowbridge and Saltmarsh for eighty years made its last crossing on "
    "Friday evening. Captain Irene Falk sounded the horn three times, and those who had come to "
    "see it off answered with bicycle bells. A bridge two miles upstream takes the traffic now."
)


@pytest.fixture
def house(tmp_path: Path) -> House:
    with FeedServer({}) as server:
        server.pages["/a.xml"] = rss([item("a", title="The ferry", text=TEXT)], "Press")
        server.pages["/b.xml"] = rss(
            [
                item("b", title="Farewell to a ferry", text=TEXT + " Read on."),
                item("c", title="Farewell, again\x1b[31m"),
            ],
            "Planet",
        ).replace(b"\x1b", b"&#27;")
        house = House(tmp_path, [server.url("/a.xml"), server.url("/b.xml")])
        with house.store() as store:
            for feed in house.config.feeds:  # one by one: the numbers of entries are the same then
                pipeline.refresh(house.config, store, NOW, only=(feed,))
        house.run()
    return house


def stories(house: House, *arguments: str, status: int = 0) -> Result:
    now = ["--now", "2026-11-21T08:00Z", "-c", str(house.file)]
    result = CliRunner().invoke(cli, ["stories", *arguments, *now])
    assert result.exit_code == status, result.output
    return result


def test_a_copy_that_is_none_is_named_with_the_digest_that_may_tell_it(house: House) -> None:
    lines = stories(house, "apart", "The ferry", "Farewell to a ferry").output.splitlines()
    assert lines[0] == (
        "Not the same story: “The ferry” (Press, entry 1) and "
        "“Farewell to a ferry” (Planet, entry 2)."
    )
    assert lines[1:] == [
        "daily: the next edition may tell “The ferry” (Press, entry 1), "
        "which was left out as a copy"
    ] or lines[1:] == [
        "daily: the next edition may tell “Farewell to a ferry” (Planet, entry 2), "
        "which was left out as a copy"
    ]


@pytest.mark.parametrize(
    ("names", "words"),
    [
        pytest.param(("1", "nothing"), "no entry has the link, id or title 'nothing'", id="none"),
        pytest.param(("1", "arewell"), "'arewell' names 2 entries: ", id="several"),
        pytest.param(("1", "1"), "both are the same entry", id="the same twice"),
    ],
)
def test_two_entries_must_be_named(house: House, names: tuple[str, str], words: str) -> None:
    result = CliRunner().invoke(cli, ["stories", "same", *names, "-c", str(house.file)])
    assert result.exception is not None
    assert words in str(result.exception)


def test_verdicts_are_listed_newest_first_and_exported_as_pairs_to_score(
    house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "No verdict yet" in stories(house, "verdicts").output
    stories(house, "apart", "1", "2")
    stories(house, "same", "1", "3")
    stories(house, "same", "2", "3")
    stories(house, "withdraw", "3", "2")
    listed = stories(house, "verdicts").output
    assert [line.split("  ")[-1] for line in listed.splitlines()[::3]] == [
        "withdrawn",
        "the same story",
        "the same story",
        "not the same story",
    ]
    assert "\x1b" not in listed
    exported = stories(house, "verdicts", "--export").output
    assert exported.isascii()
    labels = [json.loads(line)["label"] for line in exported.splitlines()]
    assert labels == ["apart", "same"]
    scored = list(_bench().score(exported.splitlines()))
    assert [(pair.same, pair.joined) for pair in scored] == [(False, True), (True, False)]


def _bench() -> ModuleType:
    path = Path(__file__).parents[2] / "bench" / "verdicts.py"
    spec = importlib.util.spec_from_file_location("verdicts", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["verdicts"] = module
    spec.loader.exec_module(module)
    return module
