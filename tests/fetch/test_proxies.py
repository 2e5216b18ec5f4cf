"""Feeds behind a proxy: the way there, the guard, a proxy that is down."""

from __future__ import annotations

import logging
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from digest.errors import FetchError, ProxyUnavailableError
from digest.fetch import Settings, fetch_all
from digest.model import Document, FeedRequest
from digest.net.proxies import ProxyRules, rules_from
from support.certificates import Authority
from support.feedserver import Answer, FeedServer
from support.ports import closed_port
from support.proxyserver import ProxyServer

Ask = Callable[..., Any]
SECRET = "hunter2"


def public(host: str, port: int) -> list[str]:
    """Every name is at a public address, which nobody here can reach but by the proxy."""
    return ["127.0.0.1"] if host == "proxy.example" else ["93.184.216.34"]


def nowhere(host: str, port: int) -> list[str]:
    """The name server of a network whose proxy alone knows the names of the world."""
    if host == "proxy.example":
        return ["127.0.0.1"]
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer({"/a.xml": b"<rss/>"}) as server:
        yield server


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def trusting(authority: Authority) -> Callable[[], ssl.SSLContext]:
    return lambda: ssl.create_default_context(cafile=str(authority.file))


def hosts(server: FeedServer) -> dict[str, int]:
    return {"feeds.example": server.port, "93.184.216.34": server.port}


# --- the way there -------------------------------------------------------------------------------

WAYS = [
    pytest.param("http", "feeds.example", id="an HTTP proxy gets the name"),
    pytest.param("socks5", "93.184.216.34", id="a socks5 proxy gets the address that was judged"),
    pytest.param("socks5h", "feeds.example", id="a socks5h proxy gets the name"),
    pytest.param("socks4", "93.184.216.34", id="a socks4 proxy gets the address that was judged"),
]


@pytest.mark.parametrize(("scheme", "target"), WAYS)
def test_an_http_feed_comes_through(scheme: str, target: str, server: FeedServer, ask: Ask) -> None:
    with ProxyServer(hosts(server)) as proxy:
        outcome = ask("http://feeds.example/a.xml", proxy=proxy.url(scheme), resolve=public)
        assert isinstance(outcome, Document), outcome
        assert proxy.asked == [f"{target}:80"]
    assert server.requests[0].path == "/a.xml"
    assert server.requests[0].headers["host"] == "feeds.example"


@pytest.mark.parametrize(("scheme", "target"), WAYS)
def test_an_https_feed_comes_through_a_tunnel(
    scheme: str, target: str, authority: Authority, ask: Ask
) -> None:
    tls = authority.server("feeds.example")
    with (
        FeedServer({"/a.xml": b"<rss/>"}, tls=tls) as server,
        ProxyServer(hosts(server)) as proxy,
    ):
        outcome = ask(
            "https://feeds.example/a.xml",
            proxy=proxy.url(scheme),
            resolve=public,
            tls=trusting(authority),
        )
        assert isinstance(outcome, Document), outcome
        assert proxy.asked == [f"{target}:443"]
        assert all(b"a.xml" not in head for head in proxy.heads)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_https_proxy_is_spoken_to_over_tls(scheme: str, authority: Authority, ask: Ask) -> None:
    tls = authority.server("feeds.example") if scheme == "https" else None
    with (
        FeedServer({"/a.xml": b"<rss/>"}, tls=tls) as server,
        ProxyServer(hosts(server), tls=authority.server("proxy.example")) as proxy,
    ):
        outcome = ask(
            f"{scheme}://feeds.example/a.xml",
            proxy=proxy.url("https", host="proxy.example"),
            resolve=public,
            tls=trusting(authority),
        )
        assert isinstance(outcome, Document), outcome


def test_many_feeds_of_a_host_share_its_connections(ask_all: Ask) -> None:
    pages = {f"/{number}": b"<rss/>" for number in range(12)}
    with FeedServer(pages) as server, ProxyServer(hosts(server)) as proxy:
        outcomes = ask_all(
            [f"http://feeds.example{path}" for path in pages], proxy=proxy.url(), resolve=public
        )
        assert all(isinstance(outcome, Document) for outcome in outcomes.values())
        assert proxy.connections == 2


def test_a_redirect_goes_through_the_proxy_as_well(server: FeedServer, ask: Ask) -> None:
    server.pages["/moved"] = Answer(status=301, headers={"Location": "http://feeds.example/a.xml"})
    with ProxyServer({"old.example": server.port, **hosts(server)}) as proxy:
        outcome = ask("http://old.example/moved", proxy=proxy.url(), resolve=public)
        assert isinstance(outcome, Document)
        assert proxy.asked == ["old.example:80", "feeds.example:80"]


def test_a_feed_may_have_a_proxy_of_its_own_or_none(server: FeedServer, now: Any) -> None:
    with ProxyServer(hosts(server)) as usual, ProxyServer(hosts(server)) as own:
        settings = Settings(proxy=usual.url(), allow_hosts=("127.0.0.1",))
        requests = [
            FeedRequest(feed="usual", url="http://feeds.example/a.xml"),
            FeedRequest(feed="own", url="http://feeds.example/a.xml", proxy=own.url()),
            FeedRequest(feed="none", url=server.url("/a.xml"), proxy="none"),
        ]
        settings = replace(settings, spacing=timedelta())
        outcomes = dict(fetch_all(requests, settings, root=Path(), now=now, resolve=public))
        assert all(isinstance(outcome, Document) for outcome in outcomes.values()), outcomes
        assert (len(usual.asked), len(own.asked)) == (1, 1)
    assert len(server.requests) == 3


def test_what_no_proxy_names_is_asked_directly(server: FeedServer, ask: Ask) -> None:
    with ProxyServer(hosts(server)) as proxy:
        outcome = ask(server.url("/a.xml"), proxy=proxy.url(), no_proxy=("127.0.0.0/8",))
        assert isinstance(outcome, Document)
        assert proxy.connections == 0


def test_the_environment_names_proxies_and_the_settings_go_before_it(
    server: FeedServer, ask: Ask
) -> None:
    with ProxyServer(hosts(server)) as first, ProxyServer(hosts(server)) as second:
        environment = rules_from({"http_proxy": first.url()})
        url = "http://feeds.example/a.xml"
        assert isinstance(ask(url, environment=environment, resolve=public), Document)
        settings = {"environment": environment, "proxy": second.url()}
        assert isinstance(ask(url, resolve=public, **settings), Document)
        assert (len(first.asked), len(second.asked)) == (1, 1)
        assert isinstance(ask(server.url("/a.xml"), environment=environment), Document)
        assert len(first.asked) == 1, "this machine is never asked through the environment's proxy"


# --- the login -----------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["http", "socks5", "socks5h"])
@pytest.mark.parametrize("secure", [False, True])
def test_a_login_is_for_the_proxy_alone_and_never_logged(
    scheme: str,
    secure: bool,
    authority: Authority,
    ask: Ask,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    tls = authority.server("feeds.example") if secure else None
    with (
        FeedServer({"/a.xml": b"<rss/>"}, tls=tls) as server,
        ProxyServer(hosts(server), login=f"me:{SECRET}") as proxy,
    ):
        url = f"http{'s' if secure else ''}://feeds.example/a.xml"
        ways = {"resolve": public, "tls": trusting(authority)}
        outcome = ask(url, proxy=proxy.url(scheme, f"me:{SECRET}"), **ways)
        assert isinstance(outcome, Document), outcome
        assert proxy.logins == [f"me:{SECRET}"]
        assert "proxy-authorization" not in server.requests[0].headers
        for login in ("", f"me:wrong-{SECRET}"):
            refused = ask(url, proxy=proxy.url(scheme, login), **ways)
            assert isinstance(refused, ProxyUnavailableError), refused
            assert SECRET not in str(refused)
    assert SECRET not in caplog.text
    assert SECRET not in "".join(capfd.readouterr())
    assert SECRET not in repr(Settings(proxy=f"http://me:{SECRET}@proxy.example"))


# --- the guard -----------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["http", "socks5", "socks5h", "socks4"])
@pytest.mark.parametrize(
    "host",
    [
        pytest.param("127.0.0.1", id="a loopback address"),
        pytest.param("[::1]", id="a loopback address of IPv6"),
        pytest.param("169.254.169.254", id="where clouds keep credentials"),
        pytest.param("0x7f.1", id="a loopback address in another spelling"),
        pytest.param("localhost", id="this machine's name"),
        pytest.param("intranet", id="a name of one label"),
        pytest.param("printer.local", id="a name of multicast DNS"),
        pytest.param("db.internal", id="a name of a private network"),
        pytest.param("LOCALHOST.", id="this machine's name with a dot"),
        pytest.param("router.home.arpa", id="a name of a home network"),
    ],
)
@pytest.mark.parametrize("resolve", [public, nowhere])
def test_a_private_host_is_not_asked_for(
    scheme: str, host: str, resolve: Any, server: FeedServer, ask: Ask
) -> None:
    known = dict.fromkeys(["127.0.0.1", "localhost", host.strip("[]")], server.port)
    with ProxyServer(known) as proxy:
        outcome = ask(
            f"http://{host}/a.xml", proxy=proxy.url(scheme), resolve=resolve, allow_hosts=()
        )
        private_here = scheme in ("socks5", "socks4") and resolve is public and host[0].isalpha()
        if not private_here:  # there the name leads to the public address that was judged
            assert isinstance(outcome, FetchError), outcome
        assert proxy.asked in ([], ["93.184.216.34:80"])
    assert server.requests == []


@pytest.mark.parametrize("scheme", ["http", "socks5", "socks4"])
def test_a_name_at_a_private_address_is_not_asked_for(
    scheme: str, server: FeedServer, ask: Ask
) -> None:
    with ProxyServer({"evil.example": server.port, "10.0.0.5": server.port}) as proxy:
        outcome = ask(
            "http://evil.example/a.xml",
            proxy=proxy.url(scheme),
            resolve=lambda host, port: ["10.0.0.5"],
        )
        assert "is a private address" in str(outcome)
        assert "10.0.0.5, which" in str(outcome)
        assert proxy.asked == []


def test_a_redirect_to_a_private_host_is_not_followed_through_a_proxy(
    server: FeedServer, ask: Ask
) -> None:
    server.pages["/moved"] = Answer(
        status=302, headers={"Location": "http://169.254.169.254/latest"}
    )
    with ProxyServer({"169.254.169.254": server.port, **hosts(server)}) as proxy:
        outcome = ask("http://feeds.example/moved", proxy=proxy.url(), resolve=public)
        assert "link-local address" in str(outcome)
        assert proxy.asked == ["feeds.example:80"]


def test_a_private_host_that_is_allowed_is_asked_for(server: FeedServer, ask: Ask) -> None:
    with ProxyServer({"wiki.internal": server.port}) as proxy:
        outcome = ask(
            "http://wiki.internal/a.xml",
            proxy=proxy.url(),
            resolve=nowhere,
            allow_hosts=("wiki.internal",),
        )
        assert isinstance(outcome, Document)


@pytest.mark.parametrize("scheme", ["http", "socks5h"])
def test_a_name_that_only_the_proxy_knows_is_left_to_it(
    scheme: str, server: FeedServer, ask: Ask
) -> None:
    with ProxyServer(hosts(server)) as proxy:
        outcome = ask("http://feeds.example/a.xml", proxy=proxy.url(scheme), resolve=nowhere)
        assert isinstance(outcome, Document), outcome


def test_a_socks5h_proxy_alone_looks_names_up(server: FeedServer, ask: Ask) -> None:
    looked_up: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        looked_up.append(host)
        return public(host, port)

    with ProxyServer(hosts(server)) as proxy:
        ask("http://feeds.example/a.xml", proxy=proxy.url("socks5h"), resolve=resolve)
    assert looked_up == []


# --- a proxy that is down ------------------------------------------------------------------------


def urls(number: int, scheme: str = "http") -> list[str]:
    return [f"{scheme}://host-{at % 200}.example/{at}" for at in range(number)]


@pytest.mark.parametrize("scheme", ["http", "https", "socks4", "socks5", "socks5h"])
def test_a_proxy_that_is_down_is_one_sentence_and_no_failure_of_a_feed(
    scheme: str, ask_all: Ask
) -> None:
    with closed_port() as port:
        proxy = f"{scheme}://me:{SECRET}@127.0.0.1:{port}"
        outcomes = ask_all(urls(500), proxy=proxy, resolve=public)
    assert len(outcomes) == 500
    assert {type(outcome) for outcome in outcomes.values()} == {ProxyUnavailableError}
    (trouble,) = {outcome.trouble for outcome in outcomes.values()}
    assert trouble.endswith("refuses connections")
    assert SECRET not in trouble


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param(
            b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "wants a login", id="a login"
        ),
        pytest.param(b"", "broke the connection off", id="nothing"),
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n", "is none", id="another protocol"),
        pytest.param(b"HTTP/1.1 503 Unavailable\r\n\r\n", "no answer from any host", id="503"),
        pytest.param(b"HTTP/1.1 403 Forbidden\r\n\r\n", "no answer from any host", id="403"),
    ],
)
def test_a_proxy_that_answers_nobody_is_down(answer: bytes, words: str, ask_all: Ask) -> None:
    with ProxyServer({}, answer=answer) as proxy:
        outcomes = ask_all(urls(300, "https"), proxy=proxy.url(), resolve=public, concurrency=32)
        assert proxy.connections < 100
    assert {type(outcome) for outcome in outcomes.values()} == {ProxyUnavailableError}
    (trouble,) = {outcome.trouble for outcome in outcomes.values()}
    assert words in trouble


def test_a_silent_proxy_is_down(ask_all: Ask) -> None:
    with ProxyServer({}, silent=True) as proxy:
        outcomes = ask_all(
            urls(300),
            proxy=proxy.url(),
            resolve=public,
            timeout=timedelta(seconds=0.3),
            concurrency=32,
        )
        assert proxy.connections < 100
    assert {type(outcome) for outcome in outcomes.values()} == {ProxyUnavailableError}


def test_hosts_that_a_good_proxy_cannot_reach_have_failed(server: FeedServer, ask_all: Ask) -> None:
    with ProxyServer(hosts(server)) as proxy:
        dead = [f"https://dead-{number}.example/" for number in range(10)]
        outcomes = ask_all([*dead, "http://feeds.example/a.xml"], proxy=proxy.url(), resolve=public)
    assert isinstance(outcomes["http://feeds.example/a.xml"], Document)
    for url in dead:
        assert type(outcomes[url]) is FetchError
        assert str(outcomes[url]).endswith("the proxy answers 502")


def test_one_host_that_a_proxy_cannot_reach_has_failed(ask: Ask) -> None:
    with ProxyServer({}) as proxy:
        outcome = ask("https://dead.example/", proxy=proxy.url(), resolve=public)
    assert type(outcome) is FetchError


def test_a_proxy_that_fails_once_is_asked_again(authority: Authority, ask: Ask) -> None:
    class Shaky(ProxyServer):
        async def _http(self, first: bytes, reader: Any, writer: Any) -> None:
            if self.connections > 1:
                await super()._http(first, reader, writer)

    with (
        FeedServer({"/a.xml": b"<rss/>"}, tls=authority.server("feeds.example")) as server,
        Shaky(hosts(server)) as proxy,
    ):
        outcome = ask(
            "https://feeds.example/a.xml",
            proxy=proxy.url(),
            resolve=public,
            tls=trusting(authority),
        )
        assert isinstance(outcome, Document), outcome
        assert proxy.connections == 2


# --- what is written -----------------------------------------------------------------------------


def test_lower_case_and_the_scheme_itself_go_first() -> None:
    rules = rules_from(
        {
            "HTTPS_PROXY": "http://upper.example:1",
            "https_proxy": "http://lower.example:2",
            "ALL_PROXY": "socks5://all.example",
            "NO_PROXY": "a.example, .b.example",
        }
    )
    assert str(rules.https) == "http://lower.example:2"
    assert str(rules.http) == "socks5://all.example:1080"
    assert rules.exceptions == ("a.example", ".b.example")


def test_http_proxy_in_capitals_does_not_count_within_cgi() -> None:
    environment = {"HTTP_PROXY": "http://proxy.example", "REQUEST_METHOD": "GET"}
    assert rules_from(environment) == ProxyRules()
