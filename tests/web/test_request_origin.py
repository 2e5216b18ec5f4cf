"""What a request says of itself, and how much of it is believed."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from digest.web.request_origin import client, host_name, hosts, is_loopback, is_ours, networks

URL = "https://news.example.org/digest/"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        pytest.param("news.example.org", "news.example.org", id="a name"),
        pytest.param("News.Example.ORG:443", "news.example.org", id="any case, with a port"),
        pytest.param("news.example.org.", "news.example.org", id="with the root's dot"),
        pytest.param("127.0.0.1:8000", "127.0.0.1", id="an address"),
        pytest.param("[::1]:8000", "::1", id="an address of version 6"),
        pytest.param("", None, id="nothing"),
        pytest.param("news.example.org@evil.example", None, id="a login before a host"),
        pytest.param("news.example.org/evil", None, id="a path"),
        pytest.param("news.example.org evil.example", None, id="two"),
        pytest.param("news.example.org,evil.example", None, id="a list"),
        pytest.param("news.example.org:80:80", None, id="two ports"),
        pytest.param("news.example.org:port", None, id="a port that is none"),
        pytest.param("n\x00ews", None, id="a control character"),
        pytest.param("a" * 300, None, id="longer than a name can be"),
        pytest.param("[::1", None, id="a bracket that is not closed"),
    ],
)
def test_a_host_header_names_a_host_or_nothing(header: str, name: str | None) -> None:
    assert host_name(header) == name


def test_the_hosts_are_those_of_the_configuration_and_this_machine() -> None:
    assert hosts(URL, "192.0.2.7") == {
        "news.example.org",
        "192.0.2.7",
        "localhost",
        "127.0.0.1",
        "::1",
    }
    assert hosts(None, "127.0.0.1") == {"localhost", "127.0.0.1", "::1"}


@pytest.mark.parametrize(
    ("host", "alone"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.0.2.7", False),
        ("news.example.org", False),
        ("localhost.example.org", False),
    ],
)
def test_loopback_is_this_machine_alone(host: str, alone: bool) -> None:
    assert is_loopback(host) is alone


PROXIES = networks(["172.18.0.0/16", "2001:db8::7"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        pytest.param("203.0.113.9", [], "203.0.113.9", id="a stranger"),
        pytest.param("203.0.113.9", ["198.51.100.1"], "203.0.113.9", id="a stranger who lies"),
        pytest.param("127.0.0.1", ["198.51.100.1"], "198.51.100.1", id="behind this machine"),
        pytest.param("::1", ["198.51.100.1"], "198.51.100.1", id="behind it, by version 6"),
        pytest.param("172.18.0.2", ["198.51.100.1"], "198.51.100.1", id="behind a named proxy"),
        pytest.param("172.19.0.2", ["198.51.100.1"], "172.19.0.2", id="behind another's proxy"),
        pytest.param(
            "127.0.0.1",
            ["192.0.2.66, 198.51.100.1"],
            "198.51.100.1",
            id="what a client wrote itself stands before the proxy's own word",
        ),
        pytest.param(
            "127.0.0.1",
            ["192.0.2.66", "198.51.100.1, 172.18.0.3"],
            "198.51.100.1",
            id="two proxies, two headers",
        ),
        pytest.param("127.0.0.1", ["nonsense"], "127.0.0.1", id="no address"),
        pytest.param("127.0.0.1", ["192.0.2.66, "], "127.0.0.1", id="an empty last word"),
        pytest.param("127.0.0.1", ["198.51.100.1:4711"], "198.51.100.1", id="with a port"),
        pytest.param("127.0.0.1", ["[2001:db8::1]:4711"], "2001:db8::1", id="with brackets"),
        pytest.param("127.0.0.1", ["::ffff:198.51.100.1"], "198.51.100.1", id="mapped"),
        pytest.param("::ffff:127.0.0.1", ["198.51.100.1"], "198.51.100.1", id="a mapped peer"),
        pytest.param("127.0.0.1", ["127.0.0.1, " * 900 + "::1"], "127.0.0.1", id="a long list"),
    ],
)
def test_a_client_is_whom_trusted_hops_name(peer: str, forwarded: list[str], address: str) -> None:
    assert client(peer, forwarded, PROXIES) == ip_address(address)


def test_a_connection_without_an_address_has_no_client() -> None:
    assert client(None, ["198.51.100.1"], PROXIES) is None
    assert client("a socket's path", ["198.51.100.1"], PROXIES) is None


@pytest.mark.parametrize(
    ("site", "origin", "host", "ours"),
    [
        pytest.param("same-origin", None, "news.example.org", True, id="our page"),
        pytest.param("none", None, "news.example.org", True, id="the person's own doing"),
        pytest.param("cross-site", None, "news.example.org", False, id="another site"),
        pytest.param("same-site", None, "news.example.org", False, id="a neighbor"),
        pytest.param("", None, "news.example.org", False, id="an empty word"),
        pytest.param("cross-site", "https://news.example.org", "x", False, id="two that differ"),
        pytest.param(None, None, "news.example.org", True, id="no browser"),
        pytest.param(None, "https://news.example.org", "news.example.org", True, id="our origin"),
        pytest.param(None, "https://NEWS.example.org", "x", True, id="in another case"),
        pytest.param(None, "http://news.example.org", "x", False, id="without TLS"),
        pytest.param(None, "https://news.example.org:8443", "x", False, id="another port"),
        pytest.param(None, "https://evil.example", "news.example.org", False, id="a stranger's"),
        pytest.param(None, "https://evil.example", "evil.example", False, id="with its Host"),
        pytest.param(None, "null", "news.example.org", False, id="of a sandbox"),
        pytest.param(None, "http://127.0.0.1:8000", "127.0.0.1:8000", True, id="on this machine"),
        pytest.param(None, "http://127.0.0.1:9000", "127.0.0.1:8000", False, id="by another port"),
    ],
)
def test_a_form_is_ours_or_not(site: str | None, origin: str | None, host: str, ours: bool) -> None:
    assert is_ours(site, origin, host, URL) is ours


def test_without_an_address_only_this_machine_is_ours() -> None:
    assert is_ours(None, "http://localhost:8000", "localhost:8000", None)
    assert not is_ours(None, "https://news.example.org", "news.example.org", None)
