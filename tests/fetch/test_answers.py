"""Answers that browsers and curl take, though a standard forbids them or nobody expects them."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator

import pytest

from digest.errors import FetchError
from digest.model import Document, NotModified, Validators
from support.feedserver import Answer, FeedServer, Page, Raw, Request

FEED = b"<rss><channel><title>Example</title></channel></rss>"
LENGTH = b"Content-Length: %d\r\n" % len(FEED)
CHUNKED = b"%x\r\n%s\r\n0\r\n\r\n" % (len(FEED), FEED)
Ask = Callable[..., Document | NotModified | FetchError]


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer({"/a.xml": FEED}) as server:
        yield server


def answer(*lines: bytes, body: bytes = FEED, status: bytes = b"HTTP/1.1 200 OK\r\n") -> Raw:
    """Answer with header lines as they stand, and close only where the body has no length."""
    end = "hang" if any(b"ontent-" in line or b"chunked" in line for line in lines) else "close"
    return Raw(pieces=(status, *lines, b"\r\n", body), end=end)


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(answer(b"X Name: a\r\n", LENGTH), id="a space in a name"),
        pytest.param(answer(b"X/Name: a\r\n", LENGTH), id="a slash in a name"),
        pytest.param(answer(b"X-Name : a\r\n", LENGTH), id="a space before the colon"),
        pytest.param(answer(b"Content-Length : %d\r\n" % len(FEED)), id="a space after the length"),
        pytest.param(answer(b"no colon at all\r\n", LENGTH), id="a line without a colon"),
        pytest.param(answer(b": nothing\r\n", LENGTH), id="a line without a name"),
        pytest.param(answer(b"X-N\xc3\xa4me: \xe4\r\n", LENGTH), id="a name that is not ASCII"),
        pytest.param(answer(b"X-Control: a\x01\x00b\r\n", LENGTH), id="control characters"),
        pytest.param(answer(LENGTH, LENGTH), id="one length twice"),
        pytest.param(
            answer(b"Content-Length: %d, %d\r\n" % (len(FEED), len(FEED))), id="two lengths in one"
        ),
        pytest.param(
            answer(b"Content-Length: many\r\n".lower().upper()), id="a length that is none"
        ),
        pytest.param(
            answer(b"Transfer-Encoding: chunked\r\n" * 2, body=CHUNKED), id="chunked, said twice"
        ),
        pytest.param(
            answer(b"Transfer-Encoding: chunked, chunked\r\n", body=CHUNKED),
            id="chunked, said twice in a line",
        ),
        pytest.param(
            answer(b"Transfer-Encoding: identity, chunked\r\n", body=CHUNKED),
            id="identity and chunked",
        ),
        pytest.param(answer(b"Transfer-Encoding: identity\r\n", LENGTH), id="identity"),
        pytest.param(
            answer(b"Transfer-Encoding: chunked\r\n", LENGTH, body=CHUNKED),
            id="chunked and a length",
        ),
        pytest.param(
            answer(
                b"Transfer-Encoding: gzip, chunked\r\n",
                body=b"%x\r\n%s\r\n0\r\n\r\n" % (len(gzip.compress(FEED)), gzip.compress(FEED)),
            ),
            id="gzip as transfer encoding",
        ),
        pytest.param(answer(LENGTH, status=b"HTTP/1.1 200\r\n"), id="no reason"),
        pytest.param(answer(LENGTH, status=b"HTTP/1.1  200  OK\r\n"), id="two spaces"),
        pytest.param(answer(LENGTH, status=b"HTTP/2 200\r\n"), id="version 2 in the words of 1"),
        pytest.param(answer(status=b"ICY 200 OK\r\n"), id="a radio's status line"),
        pytest.param(answer(status=b"HTTP/1.0 200 OK\r\n"), id="HTTP/1.0"),
        pytest.param(answer(LENGTH, status=b"\r\nHTTP/1.1 200 OK\r\n"), id="an empty line first"),
        pytest.param(answer(LENGTH, status=b"http/1.1 200 ok\r\n"), id="small letters"),
        pytest.param(
            answer(b"X-A: 1\n", LENGTH.replace(b"\r", b""), status=b"HTTP/1.1 200 OK\n"),
            id="lines that end in LF",
        ),
        pytest.param(answer(b"X-A: 1\r\n  folded: 2\r\n", LENGTH), id="a folded line"),
        pytest.param(answer(b"X-Many: 1\r\n" * 500, LENGTH), id="500 lines"),
        pytest.param(answer(b"X-Long: %s\r\n" % (b"a" * 65_000), LENGTH), id="a line of 65 kB"),
        pytest.param(
            answer(LENGTH, status=b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n"),
            id="a hint before",
        ),
        pytest.param(
            answer(
                b"Transfer-Encoding: chunked\r\n",
                body=b"".join(b"1\r\n%c\r\n" % octet for octet in FEED * 1000) + b"0\r\n\r\n",
            ),
            id="50,000 chunks of a byte",
        ),
        pytest.param(
            Answer(
                headers={"Content-Encoding": "gzip, gzip"}, body=gzip.compress(gzip.compress(FEED))
            ),
            id="compressed twice",
        ),
        pytest.param(
            Answer(headers={"Content-Encoding": "br"}, body=FEED), id="brotli that is none"
        ),
        pytest.param(Answer(status=206, body=FEED), id="206 without a word"),
        pytest.param(
            Answer(
                status=206,
                headers={"Content-Range": f"bytes 0-{len(FEED) - 1}/{len(FEED)}"},
                body=FEED,
            ),
            id="206 that holds all",
        ),
        pytest.param(
            Answer(status=300, headers={"Location": "/a.xml"}), id="300 that names a choice"
        ),
    ],
)
def test_what_curl_reads_is_read(page: Page, server: FeedServer, ask: Ask) -> None:
    server.pages["/b"] = page
    outcome = ask(server.url("/b"))
    assert isinstance(outcome, Document), outcome
    assert outcome.body.startswith(FEED)
    assert not outcome.cut


@pytest.mark.parametrize(
    ("lines", "media_type"),
    [
        ((b"Content-Type : text/xml\r\n",), "text/xml"),
        ((b"content-type:text/xml\r\n",), "text/xml"),
        ((b"Content-Type:\r\n text/xml\r\n",), "text/xml"),
        ((b"Content Type: text/xml\r\n",), None),
    ],
)
def test_a_header_is_known_by_its_name(
    lines: tuple[bytes, ...], media_type: str | None, server: FeedServer, ask: Ask
) -> None:
    server.pages["/b"] = answer(*lines, LENGTH)
    outcome = ask(server.url("/b"))
    assert isinstance(outcome, Document)
    assert outcome.media_type == media_type


# --- answers that end too soon -------------------------------------------------------------------


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(
            Raw(pieces=(b"HTTP/1.1 200 OK\r\n", b"Content-Length: 99\r\n\r\n", FEED)), id="length"
        ),
        pytest.param(
            Raw(pieces=(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", FEED), end="reset"),
            id="reset",
        ),
        pytest.param(
            Raw(pieces=(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", CHUNKED[:-5])),
            id="no last chunk",
        ),
        pytest.param(
            Raw(pieces=(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n99\r\n", FEED)),
            id="amid a chunk",
        ),
        pytest.param(
            Answer(headers={"Content-Encoding": "gzip"}, body=gzip.compress(FEED)[:-4]),
            id="amid gzip",
        ),
        pytest.param(
            Answer(
                status=206,
                headers={"Content-Range": f"bytes 0-{len(FEED) - 1}/9999"},
                body=FEED,
            ),
            id="the first part of more",
        ),
    ],
)
def test_a_body_that_ends_too_soon_is_a_cut_document(
    page: Page, server: FeedServer, ask: Ask
) -> None:
    server.pages["/b"] = page
    outcome = ask(server.url("/b"))
    assert isinstance(outcome, Document), outcome
    assert outcome.cut
    assert FEED.startswith(outcome.body)


def test_a_cut_document_is_no_version(server: FeedServer, ask: Ask) -> None:
    server.pages["/b"] = Raw(
        pieces=(
            b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n",
            b'ETag: "1"\r\nCache-Control: max-age=9\r\n\r\n',
            FEED,
        )
    )
    outcome = ask(server.url("/b"))
    assert isinstance(outcome, Document)
    assert outcome.validators == Validators()
    assert outcome.fresh_until is None


def test_a_part_from_the_middle_is_refused(server: FeedServer, ask: Ask) -> None:
    server.pages["/b"] = Answer(status=206, headers={"Content-Range": "bytes 10-99/100"}, body=FEED)
    assert str(ask(server.url("/b"))) == "the server answers 206 Partial Content"


# --- cookies --------------------------------------------------------------------------------------


def gate(*cookies: str, to: str = "", needs: str = "pass=1") -> Callable[[Request], Page]:
    """Let in who brings a cookie; set it and send everybody else there again."""

    def page(request: Request) -> Page:
        if needs in request.headers.get("cookie", "").split("; "):
            return FEED
        lines = "".join(f"Set-Cookie: {cookie}\r\n" for cookie in cookies)
        location = f"Location: {to or request.path}\r\nContent-Length: 0\r\n\r\n"
        return Raw(pieces=(f"HTTP/1.1 302 Found\r\n{lines}{location}".encode(),))

    return page


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(gate("pass=1; Path=/; HttpOnly"), id="one cookie"),
        pytest.param(gate("other=x", "pass=1"), id="two cookies"),
        pytest.param(gate("pass=1; Domain=news.example"), id="for the host by name"),
        pytest.param(gate("pass=1; Domain=.news.example; Max-Age=60"), id="for its domain"),
        pytest.param(gate("pass=0", "pass=1"), id="the later one counts"),
    ],
)
def test_a_cookie_gate_opens(page: Page, server: FeedServer, ask: Ask) -> None:
    server.pages["/gate"] = page
    url = server.url("/gate", host="news.example")
    outcome = ask(url, resolve=lambda host, port: ["127.0.0.1"])
    assert isinstance(outcome, Document), outcome
    assert server.hits["/gate"] == 2


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(gate("pass=1; Secure"), id="for https alone"),
        pytest.param(gate("pass=1; Domain=example"), id="for a whole top level"),
        pytest.param(gate("pass=1; Domain=other.example"), id="for another host"),
        pytest.param(gate("pass=1; Max-Age=0"), id="that is taken away"),
        pytest.param(gate("pass"), id="that has no value"),
        pytest.param(gate("pass=1\x01; Path=/"), id="with a control character"),
    ],
)
def test_a_cookie_that_is_not_for_this_address_is_not_sent(
    page: Page, server: FeedServer, ask: Ask
) -> None:
    server.pages["/gate"] = page
    url = server.url("/gate", host="news.example")
    outcome = ask(url, resolve=lambda host, port: ["127.0.0.1"])
    assert "redirects in a circle" in str(outcome)


def test_a_gate_that_wants_ever_new_cookies_is_left(server: FeedServer, ask: Ask) -> None:
    count = iter(range(1000))
    server.pages["/gate"] = lambda request: Answer(
        status=302, headers={"Location": "/gate", "Set-Cookie": f"n={next(count)}"}
    )
    assert "redirects more than 20 times" in str(ask(server.url("/gate")))


def test_a_cookie_does_not_go_to_another_host(server: FeedServer, ask: Ask) -> None:
    server.pages["/gate"] = gate("pass=1", to=server.url("/b", host="other.example"))
    server.pages["/b"] = FEED
    ask(server.url("/gate", host="news.example"), resolve=lambda host, port: ["127.0.0.1"])
    assert "cookie" not in server.requests[-1].headers


# --- what nobody asked for ------------------------------------------------------------------------


def test_an_answer_that_was_not_asked_for_is_nobodys(
    server: FeedServer, ask_all: Callable[..., dict[str, object]]
) -> None:
    """What a server sends beyond its answer must not become another feed's document."""

    def two(request: Request) -> Raw:
        body = b"<rss>%s</rss>" % request.path.encode()
        head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
        stray = b"<rss>stray</rss>"
        both = head % len(body) + body + head % len(stray) + stray
        return Raw(pieces=(both,), end="hang")

    for number in range(4):
        server.pages[f"/{number}"] = two
    for url, outcome in ask_all([server.url(f"/{number}") for number in range(4)]).items():
        assert isinstance(outcome, Document), outcome
        assert outcome.body == b"<rss>/%s</rss>" % url.rpartition("/")[2].encode()


# --- names of hosts -------------------------------------------------------------------------------

STRANGE_HOSTS = [
    pytest.param("xn--ls8h.la", id="an emoji, which IDNA 2008 does not know"),
    pytest.param("xn--a", id="no punycode"),
    pytest.param("xn--1ug.example", id="a joiner alone"),
    pytest.param("1\u200b27.0.0.1", id="a space of no width in an address"),
    pytest.param("☃.example", id="a snowman"),
    pytest.param("my_host.example", id="an underscore"),
    pytest.param("-a-.example", id="hyphens at the ends"),
    pytest.param("faß.example", id="a letter that IDNA 2003 takes for two"),
    pytest.param("пример.example", id="letters of another script"),
    pytest.param("a\u0308.example", id="a letter in two parts"),
    pytest.param("xn--0.example", id="broken punycode"),
    pytest.param("\u0627\u0031\u0661.example", id="digits of two scripts"),
    pytest.param("a" * 63 + ".example", id="a label as long as it may be"),
    pytest.param("a" * 64 + ".example", id="a label that is too long"),
    pytest.param("%C3%A9.example", id="percent signs"),
]


@pytest.mark.parametrize("host", STRANGE_HOSTS)
def test_a_host_that_no_idna_knows_is_asked(host: str, server: FeedServer, ask: Ask) -> None:
    outcome = ask(server.url("/a.xml", host=host), resolve=lambda host, port: ["127.0.0.1"])
    assert isinstance(outcome, Document), outcome
    assert outcome.url.isascii()


@pytest.mark.parametrize("host", STRANGE_HOSTS)
@pytest.mark.parametrize("status", [301, 302])
def test_a_redirect_to_such_a_host_is_followed(
    status: int, host: str, server: FeedServer, ask: Ask
) -> None:
    to = f"http://{host}:{server.port}/a.xml".encode().decode("latin-1")
    server.pages["/moved"] = Answer(status=status, headers={"Location": to})
    outcome = ask(server.url("/moved"), resolve=lambda host, port: ["127.0.0.1"])
    assert isinstance(outcome, Document), outcome


@pytest.mark.parametrize("host", STRANGE_HOSTS)
def test_such_a_host_fails_in_a_sentence_where_it_is_none(host: str, ask: Ask) -> None:
    assert isinstance(ask(f"https://{host}/feed"), FetchError)
