"""Private addresses are refused where the connection is made: on every hop, after DNS."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest

from digest.errors import FetchError
from digest.model import Document
from support.feedserver import Answer, FeedServer


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer({"/a.xml": b"<rss/>"}) as server:
        yield server


SPELLINGS = [
    "127.0.0.1",
    "127.1",
    "0x7f.1",
    "2130706433",
    "017700000001",
    "0",
    "0.0.0.0",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "ⓛocalhost",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
]


@pytest.mark.parametrize("host", SPELLINGS)
def test_no_spelling_of_loopback_gets_a_connection(
    host: str, server: FeedServer, ask: Callable[..., object]
) -> None:
    outcome = ask(f"http://{host}:{server.port}/a.xml", allow_hosts=())
    assert isinstance(outcome, FetchError)
    assert not server.connections


def test_the_refusal_says_what_to_do(server: FeedServer, ask: Callable[..., object]) -> None:
    outcome = ask(server.url("/a.xml"), allow_hosts=())
    assert isinstance(outcome, FetchError)
    assert str(outcome) == (
        "127.0.0.1 is a loopback address; name it in fetch.allow_hosts to allow it"
    )
    assert not outcome.temporary


def test_the_refusal_of_a_name_says_where_it_is(
    server: FeedServer, ask: Callable[..., object]
) -> None:
    outcome = ask(
        server.url("/a.xml", host="nas.example"),
        allow_hosts=(),
        resolve=lambda host, port: ["10.0.0.5"],
    )
    assert str(outcome) == (
        "nas.example is at 10.0.0.5, which is a private address; "
        "name it in fetch.allow_hosts to allow it"
    )


@pytest.mark.parametrize("allowed", ["nas.example", "127.0.0.1", "127.0.0.0/8"])
def test_a_named_host_is_fetched(
    allowed: str, server: FeedServer, ask: Callable[..., object]
) -> None:
    outcome = ask(
        server.url("/a.xml", host="nas.example"),
        allow_hosts=(allowed,),
        resolve=lambda host, port: ["127.0.0.1"],
    )
    assert isinstance(outcome, Document)
    assert server.requests[0].headers["host"] == f"nas.example:{server.port}"


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        "http://127.0.0.2:{port}/a.xml",
        "//127.0.0.2:{port}/a.xml",
        "http://inside.example:{port}/a.xml",
    ],
)
def test_a_redirect_to_a_private_address_is_refused(
    target: str, server: FeedServer, ask: Callable[..., object]
) -> None:
    server.pages["/moved"] = Answer(
        status=301, headers={"Location": target.format(port=server.port)}
    )
    outcome = ask(
        server.url("/moved", host="outside.example"),
        allow_hosts=("outside.example",),
        resolve=lambda host, port: ["127.0.0.1"],
    )
    assert isinstance(outcome, FetchError)
    assert "name it in fetch.allow_hosts" in str(outcome)
    assert server.hits == {"/moved": 1}


class Rebinding:
    """A name server that answers with the next address each time it is asked."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)

    def __call__(self, host: str, port: int) -> Sequence[str]:
        return [self.answers.pop(0)]


def test_a_name_is_resolved_once_for_check_and_connection(
    server: FeedServer, ask: Callable[..., object]
) -> None:
    resolve = Rebinding("127.0.0.1", "127.0.0.2")
    outcome = ask(server.url("/a.xml", host="evil.example"), resolve=resolve)
    assert isinstance(outcome, Document)
    assert resolve.answers == ["127.0.0.2"]


def test_a_name_that_changes_its_answer_is_checked_at_each_connection(
    server: FeedServer, ask: Callable[..., object]
) -> None:
    server.pages["/moved"] = Answer(
        status=302, headers={"Location": "/a.xml", "Connection": "close"}
    )
    resolve = Rebinding("127.0.0.1", "127.0.0.2")
    outcome = ask(server.url("/moved", host="evil.example"), resolve=resolve)
    assert "127.0.0.2, which is a loopback address" in str(outcome)
    assert server.hits == {"/moved": 1}


def test_of_many_addresses_only_the_permitted_are_tried(
    server: FeedServer, ask: Callable[..., object]
) -> None:
    outcome = ask(
        server.url("/a.xml", host="mixed.example"),
        resolve=lambda host, port: ["10.0.0.1", "127.0.0.2", "127.0.0.1"],
    )
    assert isinstance(outcome, Document)


def test_the_next_address_is_tried_where_one_refuses(
    server: FeedServer, ask: Callable[..., object]
) -> None:
    outcome = ask(
        server.url("/a.xml", host="two.example"),
        allow_hosts=("127.0.0.0/8",),
        resolve=lambda host, port: ["127.0.0.9", "127.0.0.1"],
    )
    assert isinstance(outcome, Document)


@pytest.mark.parametrize("port", [22, 25, 6379, 65535])
def test_a_redirect_to_an_unusual_port_is_refused(
    port: int, server: FeedServer, ask: Callable[..., object]
) -> None:
    server.pages["/moved"] = Answer(
        status=302, headers={"Location": f"http://127.0.0.1:{port}/a.xml"}
    )
    assert "a port where no feed is looked for" in str(ask(server.url("/moved")))
