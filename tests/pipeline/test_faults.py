"""An unforeseen exception in any stage of the refresh line, for one feed of ten or one entry."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import digest.fetch.file
import digest.match
import digest.normalize.entry
import digest.parse
import digest.sift
import digest.store.entries
import digest.store.feeds
from support.house import DAY, NOW, House, item, rss
from support.shell import shell

FEEDS = 10
BAD = 3

Break = Callable[[Callable[..., Any]], Callable[..., Any]]


def breaking(where: Callable[..., bool], error: Exception | None = None) -> Break:
    """Make a function raise where its arguments are those of the bad feed."""

    def replacement(function: Callable[..., Any]) -> Callable[..., Any]:
        def broken(*args: Any, **more: Any) -> Any:
            if where(*args, **more):
                raise error or ZeroDivisionError("of ours")
            return function(*args, **more)

        return broken

    return replacement


def names_bad(*values: Any, **_: Any) -> bool:
    return any(f"'Title of {BAD}-" in repr(value) for value in values)


def holds_bad_row(_: object, rows: Any, *more: Any) -> bool:
    return any(row.feed_id == BAD + 1 for row in rows)


STAGES = [
    pytest.param(
        digest.fetch.file,
        "fetch",
        breaking(lambda request, **_: request.feed.startswith(f"{BAD}.")),
        id="fetch",
    ),
    pytest.param(
        digest.parse,
        "parse",
        breaking(lambda document, **_: f"feed {BAD} ".encode() in document.body),
        id="parse",
    ),
    pytest.param(digest.sift, "identify", breaking(names_bad), id="identify"),
    pytest.param(digest.sift, "sift", breaking(names_bad), id="sift"),
    pytest.param(digest.sift, "newest", breaking(names_bad), id="backfill"),
    pytest.param(digest.normalize.entry, "skeleton", breaking(names_bad), id="skeleton"),
    pytest.param(digest.normalize.entry, "normalize", breaking(names_bad), id="normalize"),
    pytest.param(digest.match, "keys", breaking(names_bad), id="match"),
    pytest.param(digest.store.entries, "save", breaking(holds_bad_row), id="save"),
    pytest.param(
        digest.store.feeds,
        "save",
        breaking(
            lambda _, states: any(
                state.id == BAD + 1 and "saving" not in (state.error or "") for state in states
            )
        ),
        id="save the feed's state",
    ),
]


@pytest.fixture
def house(tmp_path: Path) -> House:
    for number in range(FEEDS):
        items = [item(f"{number}-{n}", text=f"Of feed {number} is this.") for n in range(2)]
        (tmp_path / f"{number}.xml").write_bytes(rss(items, title=f"The feed {number} of ten"))
    return House(tmp_path, [f"{number}.xml" for number in range(FEEDS)])


@pytest.mark.parametrize(("module", "name", "broken"), STAGES)
def test_an_unforeseen_exception_stops_only_the_feed_that_meets_it(
    house: House,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    module: Any,
    name: str,
    broken: Break,
) -> None:
    caplog.set_level(logging.INFO, logger="digest")
    with monkeypatch.context() as patched:
        patched.setattr(module, name, broken(getattr(module, name)))
        refreshed, _ = house.run()
    assert {fault.url for fault in refreshed.faults} == {f"{BAD}.xml"}
    assert all("an error in digest itself" in fault.error for fault in refreshed.faults)
    assert "ZeroDivisionError: of ours" in caplog.text
    assert "Traceback" in caplog.text
    others = {f"Title of {n}-{m}" for n in range(FEEDS) if n != BAD for m in range(2)}
    assert others <= {title for edition in house.told() for title in edition}
    # Repaired, the feed is read as if nothing had been.
    (house.folder / f"{BAD}.xml").write_bytes(
        rss([item(f"{BAD}-{n}") for n in range(3)], title=f"The feed {BAD} of ten")
    )
    refreshed, _ = house.run(NOW + DAY)
    assert (refreshed.faults, refreshed.failed) == ((), ())
    told = [title for edition in house.told() for title in edition]
    assert {f"Title of {BAD}-{n}" for n in range(3)} <= set(told)
    assert house.query(f"SELECT count(*) FROM entries WHERE feed_id = {BAD + 1}") == [(3,)]
    assert house.query("SELECT count(*) FROM entries WHERE raw_hash LIKE 'error:%'") == [(0,)]


class MuteError(Exception):
    """An exception that cannot say what it is."""

    def __str__(self) -> str:
        raise RuntimeError("nor can this")


ERRORS = [
    RecursionError("maximum recursion depth exceeded"),
    MemoryError(),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
    UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"),
    ValueError("half a pair \ud800, a null \0, a bell \a and\ntwo lines"),
    ExceptionGroup("several", [KeyError("a"), ExceptionGroup("more", [OSError(5, "b")])]),
    StopIteration(3),
    TimeoutError(),
    AssertionError(),
    MuteError(),
    KeyError(b"\xff"),
    ZeroDivisionError("x" * 100_000),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_whatever_is_raised_at_every_stage_stops_only_the_feeds_that_meet_it(
    house: House, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Each of eight stages raises, each at another feed of ten; the other two are told."""

    def at(number: int) -> Callable[..., bool]:
        return lambda *values, **_: any(f"'Title of {number}-" in repr(value) for value in values)

    stages: list[tuple[Any, str, Callable[..., bool]]] = [
        (digest.fetch.file, "fetch", lambda request, **_: request.feed.startswith("0.")),
        (digest.parse, "parse", lambda document, **_: b"feed 1 " in document.body),
        (digest.sift, "identify", at(2)),
        (digest.sift, "sift", at(3)),
        (digest.normalize.entry, "skeleton", at(4)),
        (digest.normalize.entry, "normalize", at(5)),
        (digest.match, "keys", at(6)),
        (digest.store.entries, "save", lambda _, rows, *__: any(row.feed_id == 8 for row in rows)),
    ]
    with monkeypatch.context() as patched:
        for module, name, where in stages:
            patched.setattr(module, name, breaking(where, error)(getattr(module, name)))
        refreshed, published = house.run()
    assert {fault.url for fault in refreshed.faults} == {f"{number}.xml" for number in range(8)}
    assert all(fault.error.isprintable() for fault in refreshed.faults)
    assert max(len(fault.error) for fault in refreshed.faults) < 400
    assert published.failed == ()
    told = {title for titles in house.told() for title in titles}
    assert {f"Title of {number}-{entry}" for number in (8, 9) for entry in range(2)} <= told
    recorded = house.query("SELECT error FROM feeds WHERE id <= 2")
    assert all("an error in digest itself" in text for (text,) in recorded)


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit])
def test_an_interruption_is_no_fault_of_a_feed(
    house: House, monkeypatch: pytest.MonkeyPatch, interruption: type[BaseException]
) -> None:
    def parse(*_: object, **__: object) -> None:
        raise interruption

    monkeypatch.setattr(digest.parse, "parse", parse)
    with pytest.raises(interruption):
        house.run()


@pytest.mark.parametrize("stage", ["identify", "normalize", "keys"])
def test_an_unforeseen_exception_at_an_entry_stops_no_entry_beside_it(
    house: House, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    module = {
        "identify": digest.sift,
        "normalize": digest.normalize.entry,
        "keys": digest.match,
    }[stage]
    bad = f"{BAD}-1"
    broken = breaking(lambda *args, **_: f"'{bad}'" in repr(args))
    monkeypatch.setattr(module, stage, broken(getattr(module, stage)))
    refreshed, _ = house.run()
    assert [fault.url for fault in refreshed.faults] == [f"{BAD}.xml"]
    assert f"at the entry '{bad}'" in refreshed.faults[0].error
    told = {title for edition in house.told() for title in edition}
    # Only an entry that cannot be identified cannot be kept.
    kept = {f"Title of {BAD}-0", *([] if stage == "identify" else [f"Title of {bad}"])}
    assert {title for title in told if title.startswith(f"Title of {BAD}-")} == kept
    assert refreshed.failed == ()


def test_an_entry_that_could_not_be_cleaned_is_cleaned_with_the_next_document(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        broken = breaking(lambda *args, **_: f"'{BAD}-1'" in repr(args))
        function = digest.normalize.entry.normalize
        patched.setattr(digest.normalize.entry, "normalize", broken(function))
        house.run()
    texts = f"SELECT text FROM bodies JOIN entries ON id = entry_id WHERE uid = '{BAD}-1'"
    assert house.query(texts) == []
    items = [item(f"{BAD}-{n}", text=f"Of feed {BAD} is this.") for n in range(3)]
    (house.folder / f"{BAD}.xml").write_bytes(rss(items))
    house.run(NOW + timedelta(hours=2))
    assert house.query(texts) == [(f"Of feed {BAD} is this.",)]


def test_the_command_names_the_feed_and_ends_with_status_1(
    house: House,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    broken = breaking(lambda document, **_: f"feed {BAD} ".encode() in document.body)
    monkeypatch.setattr(digest.parse, "parse", broken(digest.parse.parse))
    run = shell(monkeypatch, capfdbinary)
    outcome = run("refresh", "-q", "-c", str(house.file), "--now", NOW.isoformat())
    assert outcome.status == 1
    assert "The feed" not in outcome.err  # its title is not known yet
    assert f"{BAD}: an error in digest itself while parsing" in outcome.err
    assert outcome.out == ""
