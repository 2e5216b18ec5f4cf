"""What names a proxy, and what a list of exceptions excepts."""

from __future__ import annotations

import pytest

from digest.net.proxies import check_exceptions, is_excepted, read_proxy, rules_from
from digest.net.url_parts import web_address


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("http://proxy.example:3128", "http://proxy.example:3128"),
        ("proxy.example:3128", "http://proxy.example:3128"),
        ("proxy", "http://proxy:80"),
        ("HTTPS://Proxy.Example/", "https://proxy.example:443"),
        ("socks5h://127.0.0.1:9050", "socks5h://127.0.0.1:9050"),
        ("socks5://[2001:db8::1]", "socks5://[2001:db8::1]:1080"),
        ("socks4://10.0.0.1:80", "socks4://10.0.0.1:80"),
        ("http://a%40b:p%3Aw@proxy.example", "http://proxy.example:80"),
    ],
)
def test_a_proxy_is_read(written: str, read: str) -> None:
    assert str(read_proxy(written)) == read


def test_a_login_is_decoded() -> None:
    proxy = read_proxy("http://a%40b:p%3Aw@proxy.example")
    assert (proxy.user, proxy.password) == ("a@b", "p:w")


@pytest.mark.parametrize(
    "written",
    ["", "ftp://proxy.example", "http://", "http://me:hunter2@", "http://a:b:c", "a b",
     "http://me:hunter2@pro xy", "http://me:hunter2@proxy:99999", "gopher://me:hunter2@proxy"],
)  # fmt: skip
def test_what_is_no_proxy_is_refused_without_its_login(written: str) -> None:
    with pytest.raises(ValueError, match=r".+") as refused:
        read_proxy(written)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("exception", "excepted"),
    [
        ("*", True),
        ("example.org", True),
        (".example.org", True),
        ("*.example.org", True),
        ("EXAMPLE.ORG", True),
        ("feeds.example.org:8080", True),
        ("feeds.example.org:80", False),
        ("ample.org", False),
        ("example.org.evil", False),
        ("s.example.org", False),
        ("10.0.0.0/8", False),
        ("", False),
    ],
)
def test_a_host_is_excepted_by_name(exception: str, excepted: bool) -> None:
    address = web_address("http://feeds.example.org:8080/a")
    assert address is not None
    assert is_excepted(address, exception) is excepted


@pytest.mark.parametrize(
    ("exception", "excepted"),
    [("10.0.0.0/8", True), ("10.1.2.3", True), ("10.1.2.3:80", True), ("10.1.2.4", False),
     ("10.1", False), ("::/0", False)],
)  # fmt: skip
def test_a_host_is_excepted_by_address(exception: str, excepted: bool) -> None:
    address = web_address("http://10.1.2.3/a")
    assert address is not None
    assert is_excepted(address, exception) is excepted


@pytest.mark.parametrize("exception", ["", "http://a.example", "a b", "me@a.example", "a/b"])
def test_what_names_no_host_is_refused(exception: str) -> None:
    with pytest.raises(ValueError, match="no host"):
        check_exceptions([exception])


def test_what_a_variable_has_wrong_is_told_by_its_name() -> None:
    with pytest.raises(ValueError, match=r"^ALL_PROXY \(environment\): ftp: is no kind of proxy"):
        rules_from({"ALL_PROXY": "ftp://me:hunter2@proxy.example"})
