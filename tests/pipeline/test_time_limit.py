"""A document that keeps the processor busy is given up, and the feeds beside it go on."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import digest.match
import digest.normalize.entry
import digest.parse
import digest.sift
from digest.model import Document
from digest.pipeline import time_limit as limits
from digest.pipeline.time_limit import TimeIsUp, time_limit
from support.house import NOW, House, item, rss

SHORT = 0.05
"""Seconds of computing."""


def here(work: Callable[[], object]) -> object:
    return work()


def elsewhere(work: Callable[[], object]) -> object:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


THREADS = pytest.mark.parametrize("thread", [here, elsewhere])


def for_ever(*_: object, **__: object) -> None:
    while True:
        sum(range(100))


def guarded_for_ever() -> None:
    while True:
        with suppress(Exception):
            for_ever()


def in_small_steps_for_ever() -> None:
    while True:
        try:
            for_ever()
        finally:
            sum(range(100))


@THREADS
@pytest.mark.parametrize("work", [for_ever, guarded_for_ever, in_small_steps_for_ever])
def test_work_without_an_end_is_ended(
    thread: Callable[[Callable[[], object]], object], work: Callable[[], None]
) -> None:
    def limited() -> None:
        with time_limit(SHORT):
            work()

    with pytest.raises(TimeIsUp):
        thread(limited)


def test_a_regular_expression_without_an_end_is_ended() -> None:
    with pytest.raises(TimeIsUp), time_limit(SHORT):
        re.match("(a|aa)+$", "a" * 200 + "b")


def test_what_does_not_listen_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "AGAIN", SHORT)
    told = 0

    def deaf() -> None:
        nonlocal told
        while told < 3:
            try:
                for_ever()
            except TimeIsUp:
                told += 1

    for thread in (here, elsewhere):
        told = 0
        with time_limit(1000) if thread is elsewhere else time_limit(SHORT):
            thread(deaf if thread is here else lambda: _limited(deaf))
        assert told == 3


def _limited(work: Callable[[], None]) -> None:
    with time_limit(SHORT):
        work()


@THREADS
def test_work_that_ends_is_left_alone_afterwards(
    thread: Callable[[Callable[[], object]], object],
) -> None:
    def many() -> int:
        done = 0
        for _ in range(300):
            with time_limit(SHORT):
                done += sum(range(100)) > 0
        for _ in range(20):  # as long as several limits
            sum(range(300_000))
        return done

    handler = signal.getsignal(signal.SIGPROF)
    assert thread(many) == 300
    assert signal.getsignal(signal.SIGPROF) is handler
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)


@THREADS
def test_another_exception_passes(thread: Callable[[Callable[[], object]], object]) -> None:
    def failing() -> None:
        with time_limit(SHORT):
            raise KeyError("x")

    with pytest.raises(KeyError):
        thread(failing)


FEEDS, BAD = 4, 2


@pytest.mark.parametrize(
    ("module", "name", "doing", "thread"),
    [
        pytest.param(digest.parse, "parse", "parsing", here, id="read"),
        pytest.param(digest.sift, "identify", "parsing", here, id="identify"),
        pytest.param(digest.sift, "sift", "sifting", here, id="sift"),
        pytest.param(digest.normalize.entry, "normalize", "normalizing", here, id="clean"),
        pytest.param(digest.normalize.entry, "normalize", "normalizing", elsewhere, id="thread"),
        pytest.param(digest.match, "keys", "matching", here, id="match"),
    ],
)
def test_one_feed_is_given_up_with_a_sentence_and_the_others_are_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    module: Any,
    name: str,
    doing: str,
    thread: Callable[[Callable[[], object]], Any],
) -> None:
    for number in range(FEEDS):
        (tmp_path / f"{number}.xml").write_bytes(rss([item(f"{number}-a")], f"The feed {number}"))
    house = House(tmp_path, [f"{number}.xml" for number in range(FEEDS)])
    digest.parse.parse(Document(url="x", media_type=None, body=rss([item("1")])))  # imports
    function = getattr(module, name)

    def slow(*args: Any, **named: Any) -> Any:
        if f"Title of {BAD}-a" in repr((args, named)):
            for_ever()
        return function(*args, **named)

    with monkeypatch.context() as patched:
        patched.setattr(module, name, slow)
        patched.setattr(limits, "MOST_SECONDS", 0.4)
        refreshed, _ = thread(house.run)
    (failed,) = refreshed.failed
    assert failed.url == f"{BAD}.xml"
    assert failed.error == f"given up: {doing} its document takes more than 0.4 s of computing time"
    assert refreshed.faults == ()
    others = {f"Title of {number}-a" for number in range(FEEDS) if number != BAD}
    assert {title for titles in house.told() for title in titles} == others

    # It is read as ever where that is quick.
    later, _ = thread(lambda: house.run(NOW + timedelta(days=1)))
    assert later.failed == ()
    assert house.told()[-1] == [f"Title of {BAD}-a"]
