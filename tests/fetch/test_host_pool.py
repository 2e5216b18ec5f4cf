"""How many at a time, who is left alone, and how it ends."""

from __future__ import annotations

import asyncio
import gc
import ssl
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from digest.errors import FetchError, UnforeseenFetchError
from digest.fetch import Settings, fetch_all
from digest.model import Document, FeedRequest
from support.feedserver import Answer, FeedServer, Raw

AskAll = Callable[..., dict[str, Any]]


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
    with FeedServer({"/0": Answer(delay=0.05)}) as server:
        server.pages["/moved"] = Answer(
            status=302, headers={"Location": server.url("/0", host="hub.example")}
        )
        urls = [server.url("/moved", host=f"{at}.example") for at in range(30)]
        outcomes = ask_all(urls, resolve=local, timeout=timedelta(seconds=0.5))
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


def test_a_host_that_limits_us_is_not_asked_on(ask_all: AskAll, now: Any) -> None:
    limit = Answer(status=429, headers={"Retry-After": "60"})
    with FeedServer({f"/{at}": limit for at in range(9)}) as server:
        outcomes = ask_all(server.url(path) for path in server.pages)
        assert sum(server.hits.values()) <= 2
        assert {outcome.status for outcome in outcomes.values()} == {429}
        assert {outcome.retry_after for outcome in outcomes.values()} == {
            now + timedelta(seconds=60)
        }
        assert "not asked: 127.0.0.1 answers 429 Too Many Requests to another feed" in {
            str(outcome) for outcome in outcomes.values()
        }


def test_a_silent_host_is_left_alone(ask_all: AskAll) -> None:
    with FeedServer({f"/{at}": Raw() for at in range(9)}) as server:
        outcomes = ask_all(server.url(path) for path in server.pages)
        assert sum(server.hits.values()) <= 4
        assert "not asked: 127.0.0.1 gave 3 other feeds no answer" in {
            str(outcome) for outcome in outcomes.values()
        }


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
    before = threading.active_count()
    pages = {f"/{at}": page for at in range(60)}
    with FeedServer({"/first": b"<rss/>", **pages}) as server:
        outcomes = fetch_all(requests_to(server), loopback, root=Path(), now=now)
        next(outcomes)
        outcomes.close()  # type: ignore[attr-defined]
    del outcomes
    gc.collect()  # a forgotten task or socket would warn here, and a warning is an error
    assert threading.active_count() == before


def test_an_error_in_the_caller_ends_the_fetching(loopback: Settings, now: Any) -> None:
    before = threading.active_count()
    pages = {f"/{at}": Raw(end="hang") for at in range(10)}
    with FeedServer({"/first": b"<rss/>", **pages}) as server:

        def caller() -> None:
            for _ in fetch_all(requests_to(server), loopback, root=Path(), now=now):
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            caller()
    gc.collect()
    assert threading.active_count() == before


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
