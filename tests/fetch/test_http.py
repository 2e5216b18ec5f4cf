"""What is sent, and what each answer becomes, against a real server."""

from __future__ import annotations

import gzip
import itertools
import re
import ssl
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest import __version__
from digest.errors import FetchError
from digest.model import Document, NotModified, Validators
from support.feedserver import Answer, FeedServer, Raw, Request, etag
from support.ports import closed_port

FEED = b"<rss><channel><title>Example</title></channel></rss>"
CERTIFICATE = Path(__file__).parent.parent / "support" / "example.org.pem"
Ask = Callable[..., Document | NotModified | FetchError]


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer({"/a.xml": FEED}) as server:
        yield server


def local(host: str, port: int) -> list[str]:
    """Find every name on this machine."""
    return ["127.0.0.1"]


def moved(to: str, status: int = 302, **headers: str) -> Answer:
    return Answer(status=status, headers={"Location": to, **headers})


# --- requests ------------------------------------------------------------------------------------


def test_a_request_says_who_asks_and_nothing_else(server: FeedServer, ask: Ask) -> None:
    ask(server.url("/a.xml"), contact="https://news.example.org/about")
    assert server.requests[0].headers == {
        "host": f"127.0.0.1:{server.port}",
        "user-agent": f"digest/{__version__} (+https://news.example.org/about)",
        "accept": "application/atom+xml, application/rss+xml, application/feed+json, "
        "application/rdf+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.8, */*;q=0.5",
        "accept-encoding": "gzip, deflate",
    }


def test_cookies_are_not_kept(server: FeedServer, ask_all: Callable[..., Any]) -> None:
    for path in ("/1", "/2", "/3"):
        server.pages[path] = Answer(headers={"Set-Cookie": "id=1"}, body=FEED)
    ask_all(server.url(path) for path in server.pages)
    assert not any("cookie" in request.headers for request in server.requests)


def test_the_query_goes_out_as_written(server: FeedServer, ask: Ask) -> None:
    ask(server.url("/a.xml?b=%7Ex&a=%2f+1&a"))
    assert server.requests[0].path == "/a.xml?b=%7Ex&a=%2f+1&a"


# --- documents and 304s --------------------------------------------------------------------------


def test_a_document_has_all_that_came_with_it(server: FeedServer, ask: Ask, now: Any) -> None:
    server.pages["/b"] = Answer(
        headers={
            "Content-Type": "application/rss+xml; charset=utf-8",
            "ETag": 'W/"caf\xe9"',
            "Last-Modified": "yesterday",
            "Cache-Control": "max-age=600",
        },
        body=FEED,
    )
    assert ask(server.url("/b#top")) == Document(
        url=server.url("/b"),
        media_type="application/rss+xml; charset=utf-8",
        body=FEED,
        validators=Validators(etag='W/"caf\xe9"', last_modified="yesterday", url=server.url("/b")),
        fresh_until=now + timedelta(minutes=10),
    )


def test_validators_go_back_byte_for_byte(server: FeedServer, ask: Ask) -> None:
    validators = Validators(etag='W/"caf\xe9", "x"', last_modified="yesterday")
    ask(server.url("/a.xml"), validators)
    headers = server.requests[0].headers
    assert headers["if-none-match"] == 'W/"caf\xe9", "x"'
    assert headers["if-modified-since"] == "yesterday"


def test_an_unchanged_feed_is_not_sent_again(server: FeedServer, ask: Ask) -> None:
    first = ask(server.url("/a.xml"))
    assert isinstance(first, Document)
    assert ask(server.url("/a.xml"), first.validators) == NotModified(validators=first.validators)
    server.pages["/a.xml"] = FEED + b"\n"
    assert isinstance(ask(server.url("/a.xml"), first.validators), Document)


def test_a_304_brings_freshness_too(server: FeedServer, ask: Ask, now: Any) -> None:
    server.pages["/b"] = Answer(status=304, headers={"Cache-Control": "max-age=600"})
    outcome = ask(server.url("/b"), Validators(etag='"1"'))
    assert outcome == NotModified(fresh_until=now + timedelta(minutes=10))


def test_a_304_that_was_not_asked_for_is_an_error(server: FeedServer, ask: Ask) -> None:
    server.pages["/b"] = Answer(status=304)
    assert "though it was not asked conditionally" in str(ask(server.url("/b")))


def test_an_etag_too_long_to_send_back_is_not_kept(server: FeedServer, ask: Ask) -> None:
    server.pages["/b"] = Answer(headers={"ETag": '"' + "x" * 5000 + '"'}, body=FEED)
    outcome = ask(server.url("/b"))
    assert isinstance(outcome, Document)
    assert outcome.validators == Validators()


@pytest.mark.parametrize(
    ("address", "gave", "sent"),
    [
        pytest.param("/a.xml", None, True, id="nobody knows who gave them: the one asked"),
        pytest.param("/a.xml", "/a.xml", True, id="the one asked gave them"),
        pytest.param("/a.xml", "/b.xml", False, id="another gave them"),
        pytest.param("/moved", "/a.xml", True, id="the one that a redirect leads to gave them"),
        pytest.param("/moved", "/moved", False, id="the one that now redirects gave them"),
        pytest.param("/moved", None, False, id="nobody knows, and the one asked redirects"),
    ],
)
def test_validators_go_only_to_the_address_that_gave_them(
    address: str, gave: str | None, sent: bool, server: FeedServer, ask: Ask
) -> None:
    server.pages["/moved"] = moved("/a.xml")
    url = server.url(gave) if gave else None
    outcome = ask(server.url(address), Validators(etag=etag(FEED), url=url))
    assert isinstance(outcome, NotModified if sent else Document)
    assert ("if-none-match" in server.requests[-1].headers) is sent


# --- errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (204, "the server answers 204 No Content"),
        (300, "the server answers 300 Multiple Choices"),
        (401, "the server answers 401 Unauthorized"),
        (403, "the server answers 403 Forbidden"),
        (404, "the server answers 404 Not Found"),
        (500, "the server answers 500 Internal Server Error"),
        (599, "the server answers 599"),
        (999, "the server answers 999"),
    ],
)
def test_other_answers_are_errors_with_their_phrase(
    status: int, sentence: str, server: FeedServer, ask: Ask
) -> None:
    server.pages["/b"] = Answer(status=status, headers={"Content-Length": "0"})
    outcome = ask(server.url("/b"))
    assert isinstance(outcome, FetchError)
    assert sentence in str(outcome)
    assert outcome.status == status
    assert outcome.temporary


def test_410_is_for_good(server: FeedServer, ask: Ask) -> None:
    server.pages["/b"] = Answer(status=410)
    outcome = ask(server.url("/b"))
    assert isinstance(outcome, FetchError)
    assert (outcome.status, outcome.temporary) == (410, False)
    assert str(outcome) == "the server says that the feed is gone for good (410 Gone)"


@pytest.mark.parametrize("rest", [b"Content-Length: 9\r\n\r\n", b"\r\n" + bytes(900_000)])
def test_the_status_counts_whatever_becomes_of_the_body(
    rest: bytes, server: FeedServer, ask: Ask
) -> None:
    server.pages["/b"] = raw(b"HTTP/1.1 410 Gone\r\n" + rest)
    outcome = ask(server.url("/b"))
    assert isinstance(outcome, FetchError)
    assert outcome.status == 410


@pytest.mark.parametrize("status", [301, 302, 429, 503])
def test_retry_after_is_heard(status: int, server: FeedServer, ask: Ask, now: Any) -> None:
    server.pages["/b"] = moved("/a.xml", status, **{"Retry-After": "120"})
    outcome = ask(server.url("/b"))
    assert isinstance(outcome, FetchError)
    assert outcome.retry_after == now + timedelta(seconds=120)
    assert server.hits == {"/b": 1}


@pytest.mark.parametrize(("status", "heard"), [(429, True), (403, True), (503, False)])
def test_a_rate_limit_is_heard(
    status: int, heard: bool, server: FeedServer, ask: Ask, now: Any
) -> None:
    server.pages["/b"] = Answer(status=status, headers={"x-ratelimit-reset": "570"})
    outcome = ask(server.url("/b"))
    assert isinstance(outcome, FetchError)
    assert outcome.retry_after == (now + timedelta(seconds=570) if heard else None)


def raw(*pieces: bytes, **more: Any) -> Raw:
    return Raw(pieces=pieces, **more)


OK = b"HTTP/1.1 200 OK\r\n"
BOMB = gzip.compress(bytes(30_000_000), 9)


@pytest.mark.parametrize(
    ("page", "why"),
    [
        pytest.param(
            raw(), "gave no HTTP answer: it closed the connection", id="closes without an answer"
        ),
        pytest.param(
            raw(end="reset"), "127.0.0.1 broke the connection off", id="resets the connection"
        ),
        pytest.param(
            raw(b"220 smtp.example ESMTP\r\n", end="hang"),
            "gave no HTTP answer: it begins with “220 smtp.example ESMTP”, which is no HTTP",
            id="is no HTTP",
        ),
        pytest.param(
            raw(b"\x16\x03\x01\0\xff\r\n"),
            "begins with “����ÿ”, which is no HTTP",
            id="is binary",
        ),
        pytest.param(
            raw(b"HTTP/1.1 101 Switching Protocols\r\n\r\n", end="hang"),
            "gave no HTTP answer: it changes to another protocol",
            id="changes to another protocol",
        ),
        pytest.param(raw(OK + b"Content-Le"), "gave no HTTP answer", id="ends in the headers"),
        pytest.param(
            raw(OK + b"Content-Length: 99\r\n\r\n"),
            "the answer broke off before its end",
            id="sends nothing of what it promised",
        ),
        pytest.param(
            Raw(pieces=itertools.chain([OK], itertools.repeat(b"X-A: " + b"b" * 999 + b"\r\n"))),
            "gave no HTTP answer",
            id="never ends its headers",
        ),
        pytest.param(
            Raw(pieces=itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n" * 999)),
            "gave no HTTP answer: it does not end its headers",
            id="never ends its interim answers",
        ),
        pytest.param(
            Raw(pieces=itertools.chain([OK + b"\r\n"], itertools.repeat(bytes(64_000)))),
            "the body is larger than 1,000,000 bytes (fetch.max_bytes)",
            id="never ends its body",
        ),
        pytest.param(
            Answer(body=bytes(50_000_000)),
            "the body is larger than 1,000,000 bytes (fetch.max_bytes)",
            id="sends 50 MB",
        ),
        pytest.param(
            Answer(headers={"Content-Encoding": "gzip"}, body=BOMB),
            "the body is larger than 1,000,000 bytes (fetch.max_bytes)",
            id="sends a bomb",
        ),
        pytest.param(
            Answer(headers={"Content-Encoding": "br"}, body=b"\x0b"),
            "the body is compressed as br, which was not asked for",
            id="sends brotli",
        ),
    ],
)
def test_a_broken_answer_is_one_sentence(page: Any, why: str, server: FeedServer, ask: Ask) -> None:
    server.pages["/b"] = page
    outcome = ask(server.url("/b"), max_bytes=1_000_000)
    assert isinstance(outcome, FetchError)
    assert why in str(outcome)
    assert "\n" not in str(outcome)


def test_a_body_until_the_end_of_the_connection_is_taken(server: FeedServer, ask: Ask) -> None:
    server.pages["/b"] = raw(b"HTTP/1.0 200 OK\r\n\r\n" + FEED)
    outcome = ask(server.url("/b"))
    assert isinstance(outcome, Document)
    assert outcome.body == FEED


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(raw(end="hang"), id="never answers"),
        pytest.param(raw(OK + b"Content-Length: 99\r\n\r\n", end="hang"), id="never ends"),
        pytest.param(
            Raw(
                pieces=itertools.chain([OK + b"\r\n"], itertools.repeat(b"x")),
                pause=0.01,
            ),
            id="drips",
        ),
        pytest.param(
            Raw(pieces=itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n"), pause=0.01),
            id="goes on promising",
        ),
    ],
)
def test_the_deadline_ends_it(page: Any, server: FeedServer, ask: Ask) -> None:
    server.pages["/b"] = page
    outcome = ask(server.url("/b"), timeout=timedelta(seconds=0.3))
    assert str(outcome) == "no complete answer within 0.3 s (fetch.timeout)"


def test_the_deadline_counts_over_all_redirects(server: FeedServer, ask: Ask) -> None:
    for number in range(5):
        server.pages[f"/{number}"] = Answer(
            status=302, headers={"Location": f"/{number + 1}"}, delay=0.1
        )
    outcome = ask(server.url("/0"), timeout=timedelta(seconds=0.25))
    assert str(outcome) == "no complete answer within 0.25 s (fetch.timeout)"


def test_a_closed_port_says_so(ask: Ask) -> None:
    with closed_port() as port:
        assert str(ask(f"http://127.0.0.1:{port}/")) == "127.0.0.1 refuses connections"


def test_a_name_without_address_says_so(ask: Ask) -> None:
    outcome = ask("http://a..example/feed")
    assert str(outcome) == "this is no web address"


@pytest.mark.parametrize(
    "url", ["http://", "http:///a.xml", "http://[::1/", "http://a:b/", "https://\x00/", "http://-"]
)
def test_what_is_no_address_is_an_error(url: str, ask: Ask) -> None:
    assert isinstance(ask(url), FetchError)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.sampled_from(
            [
                b"HTTP/1.1 200 OK\r\n",
                b"HTTP/1.1 304 X\r\n",
                b"HTTP/1.1 301 X\r\n",
                b"HTTP/1.1 099 X\r\n",
                b"Location: http://[\r\n",
                b"Location: //\r\n",
                b"ETag: \xff\x01\r\n",
                b"Content-Encoding: gzip\r\n",
                b"Transfer-Encoding: chunked\r\n",
                b"Content-Length: -1\r\n",
                b"Content-Length: 5\r\n",
                b"Retry-After: 1e9\r\n",
                b"\r\n",
                b"5\r\n<rss>\r\n0\r\n\r\n",
                b"\x1f\x8b\x00\x00",
                b"\x00",
            ]
        )
        | st.binary(max_size=20),
        max_size=8,
    )
)
def test_any_bytes_give_an_outcome(server: FeedServer, ask: Ask, pieces: list[bytes]) -> None:
    server.pages["/b"] = raw(b"".join(pieces))
    ask(server.url("/b"))


# --- redirects -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statuses", "permanent"),
    [
        ((301,), True),
        ((308,), True),
        ((301, 308), True),
        ((302,), False),
        ((303,), False),
        ((307,), False),
        ((301, 302), False),
        ((307, 301), False),
    ],
)
def test_only_permanent_redirects_move_a_feed(
    statuses: tuple[int, ...], permanent: bool, server: FeedServer, ask: Ask
) -> None:
    paths = [f"/{number}" for number in range(len(statuses))]
    for path, following, status in zip(paths, [*paths[1:], "/a.xml"], statuses, strict=True):
        server.pages[path] = moved(following, status)
    outcome = ask(server.url("/0"))
    assert isinstance(outcome, Document)
    assert outcome.url == server.url("/a.xml")
    assert outcome.permanent_url == (server.url("/a.xml") if permanent else None)


def test_a_feed_that_did_not_move_has_no_new_address(server: FeedServer, ask: Ask) -> None:
    outcome = ask(server.url("/a.xml"))
    assert isinstance(outcome, Document)
    assert outcome.permanent_url is None


@pytest.mark.parametrize("location", ["a.xml", "/a.xml", "../a.xml", "./a.xml#x", "?/../a.xml"])
def test_relative_locations_are_resolved(location: str, server: FeedServer, ask: Ask) -> None:
    server.pages["/moved"] = lambda request: FEED if "?" in request.path else moved(location)
    assert isinstance(ask(server.url("/moved")), Document)


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("", "redirects, but does not say where"),
        ("/moved", "redirects in a circle"),
        ("file:///etc/passwd", "which is not fetched"),
        ("gopher://127.0.0.1/", "which is not fetched"),
        ("ftp://127.0.0.1/", "which is not fetched"),
        ("dict://127.0.0.1/", "which is not fetched"),
        ("javascript:alert(1)", "which is not fetched"),
        ("http://[::1", "redirects to what is no address"),
        ("http://127.0.0.1:bad/", "redirects to what is no address"),
    ],
)
def test_a_redirect_that_leads_nowhere_is_an_error(
    location: str, why: str, server: FeedServer, ask: Ask
) -> None:
    server.pages["/moved"] = moved(location)
    outcome = ask(server.url("/moved"))
    assert isinstance(outcome, FetchError)
    assert why in str(outcome)


def test_a_circle_of_two_is_seen(server: FeedServer, ask: Ask) -> None:
    server.pages |= {"/1": moved("/2"), "/2": moved("/1")}
    assert "redirects in a circle" in str(ask(server.url("/1")))
    assert server.hits == {"/1": 1, "/2": 1}


def test_twenty_redirects_are_followed_and_no_more(server: FeedServer, ask: Ask) -> None:
    server.pages |= {f"/{number}": moved(f"/{number + 1}") for number in range(23)}
    server.pages["/20"] = FEED
    assert isinstance(ask(server.url("/0")), Document)
    server.pages["/20"] = moved("/21")
    assert "redirects more than 20 times" in str(ask(server.url("/0")))
    assert "/21" not in server.hits


# --- credentials ---------------------------------------------------------------------------------

BASIC = "Basic bWU6c2VjIHJldA=="  # me:sec ret


def with_login(url: str) -> str:
    return url.replace("://", "://me:sec%20ret@")


def test_credentials_are_sent_and_shown_nowhere(server: FeedServer, ask: Ask) -> None:
    outcome = ask(with_login(server.url("/a.xml")))
    assert isinstance(outcome, Document)
    assert server.requests[0].headers["authorization"] == BASIC
    assert outcome.url == server.url("/a.xml")
    assert outcome.validators.url == server.url("/a.xml")


def test_credentials_stay_at_their_host(server: FeedServer, ask: Ask) -> None:
    server.pages |= {
        "/same": moved("/other"),
        "/other": moved(server.url("/a.xml", host="b.example"), 301),
    }
    url = with_login(server.url("/same", host="a.example"))
    outcome = ask(url, resolve=local)
    assert isinstance(outcome, Document)
    assert [request.headers.get("authorization") for request in server.requests] == [
        BASIC,
        BASIC,
        None,
    ]


def test_credentials_in_a_location_are_dropped(server: FeedServer, ask: Ask) -> None:
    server.pages["/moved"] = moved(with_login(server.url("/a.xml")))
    assert isinstance(ask(server.url("/moved")), Document)
    assert "authorization" not in server.requests[-1].headers


def test_a_feed_with_credentials_is_not_moved_by_itself(server: FeedServer, ask: Ask) -> None:
    server.pages["/moved"] = moved("/a.xml", 301)
    outcome = ask(with_login(server.url("/moved")))
    assert isinstance(outcome, Document)
    assert outcome.permanent_url is None


@pytest.mark.parametrize("rest", ["/404", ":bad/", "/loop"])
def test_no_error_shows_a_password(rest: str, server: FeedServer, ask: Ask) -> None:
    server.pages["/loop"] = moved("/loop")
    outcome = ask(with_login(server.url("")) + rest)
    assert isinstance(outcome, FetchError)
    assert "sec" not in str(outcome) + outcome.url


# --- TLS -----------------------------------------------------------------------------------------


@pytest.fixture
def secure() -> Iterator[FeedServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    with FeedServer({"/a.xml": FEED}, tls=context) as server:
        yield server


def trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=CERTIFICATE)


def test_https_checks_the_name_and_not_the_address(secure: FeedServer, ask: Ask) -> None:
    url = secure.url("/a.xml", host="example.org")
    assert isinstance(ask(url, resolve=local, tls=trusting), Document)
    assert secure.requests[0].headers["host"] == f"example.org:{secure.port}"


def test_a_certificate_for_another_name_does_not_hold(secure: FeedServer, ask: Ask) -> None:
    outcome = ask(secure.url("/a.xml", host="evil.example"), resolve=local, tls=trusting)
    assert "the certificate of evil.example does not hold: Hostname mismatch" in str(outcome)
    assert not secure.requests


def test_a_certificate_of_nobody_does_not_hold(secure: FeedServer, ask: Ask) -> None:
    outcome = ask(secure.url("/a.xml", host="example.org"), resolve=local)
    assert "the certificate of example.org does not hold: self-signed" in str(outcome)


def test_no_common_version_of_tls_says_so(secure: FeedServer, ask: Ask) -> None:
    def outdated() -> ssl.SSLContext:
        context = trusting()
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        return context

    outcome = ask(secure.url("/a.xml", host="example.org"), resolve=local, tls=outdated)
    # Which of the two is seen depends on whether the server's alert outruns its end.
    assert re.match("no secure connection to example.org: |example.org broke the", str(outcome))


# --- connections ---------------------------------------------------------------------------------


def test_a_kept_connection_that_the_server_closed_is_opened_again(
    server: FeedServer, ask_all: Callable[..., Any]
) -> None:
    turns = itertools.count()

    def once(request: Request) -> Any:
        """Answer, but close before the next request without a word."""
        length = len(FEED)
        return (
            raw(OK + f"Content-Length: {length}\r\n\r\n".encode() + FEED)
            if next(turns) % 2 == 0
            else FEED
        )

    server.pages |= {f"/{number}": once for number in range(8)}
    outcomes = ask_all([server.url(f"/{number}") for number in range(8)])
    assert all(isinstance(outcome, Document) for outcome in outcomes.values())


def test_connections_are_kept_over_304s_redirects_and_errors(
    server: FeedServer, ask_all: Callable[..., Any]
) -> None:
    server.pages |= {"/moved": moved("/a.xml"), "/404": Answer(status=404, body=b"x" * 999)}
    ask_all([server.url(path) for path in ("/a.xml", "/moved", "/404", "/304", "/b", "/c", "/d")])
    assert server.connections <= 2
