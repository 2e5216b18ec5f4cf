"""How many at a time, who is left alone, and how it ends."""

from __future__ import annotations

import asyncio
import gc
import itertools
import ssl
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from digest.errors import FetchError, HostClosedError, UnforeseenFetchError
from digest.fetch import Settings, fetch_all
from digest.fetch.hosts import (
    ADDRESS_WORKERS,
    MOST_NAMES,
    MOST_SILENT_OF_ADDRESS,
    MOST_SILENT_REQUESTS,
    MOST_WAITED,
    SHORTEST_SPACING,
    WORKERS,
)
from digest.model import Document, FeedRequest
from support.feedserver import Answer, FeedServer, Raw, Request
from support.virtual_timer import VirtualTimer

AskAll = Callable[..., dict[str, Any]]
NOW = datetime(2026, 1, 12, 7, 0, tzinfo=UTC)


def local(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


def slow(number: int) -> dict[str, Answer]:
    return {f"/{at}": Answer(body=b"<rss/>", delay=0.02) for at in range(number)}


def test_one_host_gets_two_requests_at_a_time(ask_all: AskAll) -> None:
    with FeedServer(slow(20)) as server:
        outcomes = ask_all(server.url(path) for path in server.pages)
        assert len(outcomes) == 20
        assert all(isinstance(outcome, Document) for outcome in outcomes.values())
        assert list(server.peak.values()) == [2]
        assert server.connections == 2


def test_redirects_to_one_host_wait_for_its_turn(ask_all: AskAll) -> None:
    with FeedServer({"/0": Answer(delay=0.5)}) as server:
        server.pages["/moved"] = Answer(
            status=302, headers={"Location": server.url("/0", host="hub.example")}
        )
        urls = [server.url("/moved", host=f"{at}.example") for at in range(10)]
        outcomes = ask_all(urls, resolve=local, timeout=timedelta(seconds=2))
        assert [
            str(outcome) for outcome in outcomes.values() if isinstance(outcome, FetchError)
        ] == []
        assert server.peak[f"hub.example:{server.port}"] == 2


@pytest.mark.parametrize("concurrency", [1, 3])
def test_all_hosts_together_get_so_many(concurrency: int, ask_all: AskAll) -> None:
    with FeedServer(slow(1)) as server:
        urls = [server.url("/0", host=f"{at}.example") for at in range(9)]
        assert len(ask_all(urls, resolve=local, concurrency=concurrency)) == 9
        assert server.peak_in_all == concurrency


REFUSALS = [
    pytest.param(429, {"Retry-After": "600"}, 600, id="429 with Retry-After"),
    pytest.param(429, {}, 3600, id="a bare 429"),
    pytest.param(503, {"Retry-After": "600"}, 600, id="503 with Retry-After"),
    pytest.param(403, {"x-ratelimit-reset": "600"}, 600, id="403 with x-ratelimit-reset"),
]


@pytest.mark.parametrize(("status", "headers", "seconds"), REFUSALS)
def test_a_host_that_refuses_us_is_not_asked_on(
    status: int, headers: dict[str, str], seconds: int, ask_all: AskAll, now: Any
) -> None:
    answer = Answer(status=status, headers=headers)
    with FeedServer({f"/{at}": answer for at in range(9)}) as server:
        outcomes = ask_all(server.url(path) for path in server.pages).values()
        assert sum(server.hits.values()) <= 2
    until = now + timedelta(seconds=seconds)
    refused = [outcome for outcome in outcomes if outcome.status == status]
    left_alone = [outcome for outcome in outcomes if isinstance(outcome, HostClosedError)]
    assert len(refused) + len(left_alone) == 9
    assert {outcome.closes for outcome in refused} == {("127.0.0.1", until)}
    assert {outcome.until for outcome in left_alone} == {until}
    assert {str(outcome) for outcome in left_alone} == {
        f"not asked: 127.0.0.1 answers {status} to another feed: it is asked too often"
    }


@pytest.mark.parametrize("status", [404, 500, 503, 403])
def test_an_error_of_one_feed_closes_no_host(status: int, ask_all: AskAll) -> None:
    pages = {f"/{at}": Answer(status=status) if at % 2 else b"<rss/>" for at in range(6)}
    with FeedServer(pages) as server:
        outcomes = ask_all(server.url(path) for path in server.pages)
        assert sum(isinstance(outcome, Document) for outcome in outcomes.values()) == 3
        assert sum(server.hits.values()) == 6


def test_a_host_is_one_at_all_its_ports(ask_all: AskAll) -> None:
    limit = Answer(status=429, headers={"Retry-After": "600"})
    with FeedServer({"/a": limit}) as first, FeedServer({"/a": b"<rss/>"}) as second:
        urls = [first.url("/a"), *(second.url(f"/a?{number}") for number in range(20))]
        outcomes = ask_all(urls)
        assert sum(isinstance(outcome, HostClosedError) for outcome in outcomes.values()) >= 1


def test_a_short_time_is_waited_for_and_each_feed_is_read(ask_all: AskAll) -> None:
    """A host that allows two requests a minute and says when it takes the next."""
    timer = VirtualTimer()
    began: list[float] = []

    def page(request: Request) -> Any:
        recent = [moment for moment in began if timer.now - moment < 60]
        if len(recent) >= 2:
            return Answer(status=429, headers={"Retry-After": f"{60 - timer.now + recent[0]:.0f}"})
        began.append(timer.now)
        return Answer(body=b"<rss/>")

    with FeedServer({f"/{at}": page for at in range(5)}) as server:
        outcomes = ask_all([server.url(path) for path in server.pages], timer=timer)
        assert all(isinstance(outcome, Document) for outcome in outcomes.values())
        assert sum(server.hits.values()) <= 8


REFUSED_FOR_EVER = [
    pytest.param({"Retry-After": "30"}, id="in half a minute, each time"),
    pytest.param({"Retry-After": "0.2", "x-ratelimit-reset": "0"}, id="in a moment"),
    pytest.param({"x-ratelimit-reset": "89"}, id="by another header"),
    pytest.param({"Retry-After": "-1"}, id="a negative time"),
    pytest.param({"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}, id="a date that is past"),
    pytest.param({"Retry-After": "31536000"}, id="in a year"),
    pytest.param({"Retry-After": "soon"}, id="a word"),
    pytest.param({"Retry-After": ""}, id="nothing"),
    pytest.param({"Retry-After": "9" * 400}, id="a number without end"),
    pytest.param({"Retry-After": "60, 120"}, id="two times"),
    pytest.param({}, id="and never says until when"),
]


@pytest.mark.parametrize("headers", REFUSED_FOR_EVER)
@pytest.mark.parametrize("status", [429, 503])
def test_a_host_that_refuses_for_ever_is_given_up_and_nobody_else_waits(
    status: int, headers: dict[str, str], ask_all: AskAll
) -> None:
    timer = VirtualTimer()
    with (
        FeedServer({f"/{at}": Answer(status=status, headers=headers) for at in range(20)}) as busy,
        FeedServer({"/a": b"<rss/>"}) as other,
    ):
        urls = [busy.url(path) for path in busy.pages]
        elsewhere = other.url("/a", host="else.example")
        outcomes = ask_all([*urls, elsewhere], timer=timer, resolve=local)
        assert len(outcomes) == 21
        assert sum(busy.hits.values()) <= (20 if status == 503 else 6)
        assert isinstance(outcomes[elsewhere], Document)
    assert not any(isinstance(outcomes[url], Document) for url in urls)
    assert timer.now - 1000 <= MOST_WAITED
    closed = [outcome for outcome in outcomes.values() if isinstance(outcome, HostClosedError)]
    assert all(outcome.until - NOW <= timedelta(days=7) for outcome in closed)


def test_the_first_request_is_at_once_and_the_others_are_spaced(ask_all: AskAll) -> None:
    timer = VirtualTimer()
    began: list[float] = []

    def page(request: Request) -> Answer:
        threading.Event().wait(0.02)  # time stands still while a request is on its way
        began.append(timer.now)
        return Answer(body=b"<rss/>")

    with FeedServer({f"/{at}": page for at in range(5)}) as server:
        urls = [server.url(path, host="one.example") for path in server.pages]
        ask_all(urls, resolve=local, spacing=timedelta(seconds=1), timer=timer)
    assert began == [1000, 1001, 1002, 1003, 1004]


# --- many names behind one address ---------------------------------------------------------------

CROWD = 40


def hoster(host: str, port: int) -> list[str]:
    """Every name is at one public address, where nobody is."""
    return ["93.184.216.34"]


class Sites:
    """Many names at one address, reached by a socket that leads to a server of ours."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, port: int) -> None:
        from digest.fetch import guard

        real = guard._connect

        async def connect(addresses: Any, asked: int) -> Any:
            assert str(addresses[0]) == "93.184.216.34"
            return await real([ip_address("127.0.0.1")], port)

        monkeypatch.setattr(guard, "_connect", connect)
        self.urls = [f"http://site-{number}.example/a" for number in range(CROWD)]


def test_names_behind_one_address_are_counted_together(
    ask_all: AskAll, monkeypatch: pytest.MonkeyPatch
) -> None:
    timer = VirtualTimer()
    with FeedServer({"/a": Answer(body=b"<rss/>", delay=0.01)}) as server:
        sites = Sites(monkeypatch, server.port)
        outcomes = ask_all(
            sites.urls, resolve=hoster, timer=timer, spacing=timedelta(seconds=1), concurrency=32
        )
        assert all(isinstance(outcome, Document) for outcome in outcomes.values())
        assert server.peak_in_all <= MOST_NAMES + ADDRESS_WORKERS
    assert timer.now - 1000 >= (CROWD - MOST_NAMES - 1) * SHORTEST_SPACING


def test_a_few_names_behind_one_address_are_not_held_up(
    ask_all: AskAll, monkeypatch: pytest.MonkeyPatch
) -> None:
    timer = VirtualTimer()
    with FeedServer({"/a": b"<rss/>"}) as server:
        sites = Sites(monkeypatch, server.port)
        ask_all(sites.urls[:MOST_NAMES], resolve=hoster, timer=timer, spacing=timedelta(seconds=1))
    assert timer.slept == []


def test_a_silent_address_is_left_alone_with_all_its_names(
    ask_all: AskAll, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FeedServer({"/a": Raw(end="hang")}) as server:
        sites = Sites(monkeypatch, server.port)
        outcomes = ask_all(
            sites.urls,
            resolve=hoster,
            timer=VirtualTimer(),
            spacing=timedelta(seconds=1),
            timeout=timedelta(seconds=0.2),
        )
        assert sum(server.hits.values()) <= MOST_NAMES + ADDRESS_WORKERS + MOST_SILENT_OF_ADDRESS
    left_alone = [each for each in outcomes.values() if isinstance(each, HostClosedError)]
    assert len(left_alone) >= CROWD - MOST_NAMES - ADDRESS_WORKERS - MOST_SILENT_OF_ADDRESS


def test_this_machine_is_not_spaced(ask_all: AskAll) -> None:
    timer = VirtualTimer()
    with FeedServer({f"/{at}": b"<rss/>" for at in range(30)}) as server:
        urls = [server.url(path) for path in server.pages]
        outcomes = ask_all(urls, spacing=timedelta(seconds=5), timer=timer)
        assert all(isinstance(outcome, Document) for outcome in outcomes.values())
    assert timer.slept == []


def test_a_silent_host_is_left_alone(ask_all: AskAll) -> None:
    with FeedServer({f"/{at}": Raw() for at in range(9)}) as server:
        outcomes = ask_all(server.url(path) for path in server.pages)
        assert sum(server.hits.values()) <= 4
        assert "not asked: 127.0.0.1 gave 3 other feeds no answer" in {
            str(outcome) for outcome in outcomes.values()
        }


def test_feeds_that_drip_hold_up_nobody_else(ask_all: AskAll) -> None:
    start = b"HTTP/1.1 200 OK\r\n\r\n<rss>"
    with FeedServer({"/a": b"<rss/>"}) as server:
        for at in range(8):
            pieces = itertools.chain([start], itertools.repeat(b" "))
            server.pages[f"/{at}"] = Raw(pieces=pieces, pause=0.1)
        drips = [server.url(f"/{at}", host="drip.example") for at in range(8)]
        good = [server.url("/a", host=f"{at}.example") for at in range(50)]
        outcomes = ask_all(
            [*drips, *good], resolve=local, timeout=timedelta(seconds=2), concurrency=4
        )
        dripped = sum(server.hits[f"/{at}"] for at in range(8))
        assert dripped <= MOST_SILENT_REQUESTS + WORKERS - 1
    assert [url for url in good if not isinstance(outcomes[url], Document)] == []
    left_alone = [url for url in drips if isinstance(outcomes[url], HostClosedError)]
    assert len(left_alone) == 8 - dripped


def test_each_feed_of_a_refused_host_says_what_to_do(ask_all: AskAll) -> None:
    outcomes = ask_all([f"http://127.0.0.1/{at}" for at in range(9)], allow_hosts=())
    assert {str(outcome) for outcome in outcomes.values()} == {
        "127.0.0.1 is a loopback address; name it in fetch.allow_hosts to allow it"
    }


def test_a_host_with_some_bad_feeds_is_asked_for_all(ask_all: AskAll) -> None:
    pages = {f"/{at}": Raw() if at % 2 else b"<rss/>" for at in range(12)}
    with FeedServer(pages) as server:
        outcomes = ask_all(server.url(path) for path in server.pages)
        assert sum(isinstance(outcome, Document) for outcome in outcomes.values()) == 6


def test_nothing_asked_is_nothing_done(ask_all: AskAll) -> None:
    assert ask_all([]) == {}


# --- the iterator --------------------------------------------------------------------------------


def requests_to(server: FeedServer) -> list[FeedRequest]:
    return [FeedRequest(feed=path, url=server.url(path)) for path in server.pages]


@pytest.fixture
def loopback() -> Settings:
    return Settings(allow_hosts=("127.0.0.1",))


@pytest.mark.parametrize("page", [Raw(end="hang"), b"<rss/>"], ids=["waiting", "at work"])
def test_closing_early_leaves_nothing_behind(page: Any, loopback: Settings, now: Any) -> None:
    before = set(threading.enumerate())
    pages = {f"/{at}": page for at in range(60)}
    with FeedServer({"/first": b"<rss/>", **pages}) as server:
        outcomes = fetch_all(requests_to(server), loopback, root=Path(), now=now)
        next(outcomes)
        outcomes.close()  # type: ignore[attr-defined]
    del outcomes
    gc.collect()  # a forgotten task or socket would warn here, and a warning is an error
    assert set(threading.enumerate()) <= before


def test_an_error_in_the_caller_ends_the_fetching(loopback: Settings, now: Any) -> None:
    before = set(threading.enumerate())
    pages = {f"/{at}": Raw(end="hang") for at in range(10)}
    with FeedServer({"/first": b"<rss/>", **pages}) as server:

        def caller() -> None:
            for _ in fetch_all(requests_to(server), loopback, root=Path(), now=now):
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            caller()
    gc.collect()
    assert set(threading.enumerate()) <= before


def test_it_works_inside_a_running_event_loop(loopback: Settings, now: Any) -> None:
    async def main(server: FeedServer) -> int:
        return sum(1 for _ in fetch_all(requests_to(server), loopback, root=Path(), now=now))

    with FeedServer({"/a": b"<rss/>"}) as server:
        assert asyncio.run(main(server)) == 1


def test_an_error_of_ours_stops_only_the_feed_that_meets_it(ask_all: AskAll) -> None:
    def resolve(host: str, port: int) -> list[str]:
        if host == "bad.example":
            raise ZeroDivisionError("of ours")
        return ["127.0.0.1"]

    with FeedServer({"/a": b"<rss/>"}) as server:
        urls = [server.url("/a", host=f"{name}.example") for name in ("good", "bad", "better")]
        outcomes = ask_all(urls, resolve=resolve)
    faults = [outcome for outcome in outcomes.values() if isinstance(outcome, UnforeseenFetchError)]
    assert sum(isinstance(outcome, Document) for outcome in outcomes.values()) == 2
    assert [str(fault.cause) for fault in faults] == ["of ours"]


def test_an_error_of_ours_in_making_a_connection_is_an_outcome_of_each_feed_of_the_host(
    ask_all: AskAll,
) -> None:
    def tls() -> ssl.SSLContext:
        raise ZeroDivisionError("of ours")

    outcomes = ask_all([f"https://127.0.0.1/{number}" for number in range(4)], tls=tls)
    assert all(isinstance(outcome, UnforeseenFetchError) for outcome in outcomes.values())
    assert len(outcomes) == 4


def test_a_dead_name_server_is_an_outcome(ask_all: AskAll) -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise OSError(5, "the name server is away")

    [outcome] = ask_all(["http://x.example/"], resolve=resolve).values()
    assert isinstance(outcome, FetchError)
    assert "the name server is away" in str(outcome)
