"""robots.txt as RFC 9309 means it; its own examples are among these."""

from __future__ import annotations

import pytest

from digest.errors import FetchError
from digest.fetch.robots import Robots
from digest.model import Document

SITE = "https://site.example"


def refusal(rules: str | bytes | FetchError, path: str) -> str | None:
    robots = Robots()
    [file] = robots.unknown([SITE + path])
    if isinstance(rules, FetchError):
        robots.learn({file: rules})
    else:
        body = rules if isinstance(rules, bytes) else rules.encode()
        robots.learn({file: Document(url=file, media_type="text/plain", body=body)})
    return robots.refusal(SITE + path)


@pytest.mark.parametrize(
    ("rules", "path", "allowed"),
    [
        pytest.param("User-agent: *\nDisallow: /a", "/a/b", False, id="a rule names a beginning"),
        pytest.param("User-agent: *\nDisallow: *.gif$", "/a/b.gif", False, id="a pattern"),
        pytest.param("User-agent: *\nDisallow: *.gif$", "/b.gif.html", True, id="up to its end"),
        pytest.param(
            "User-agent: *\nDisallow: /\nAllow: /open/", "/open/x", True, id="the longest rule"
        ),
        pytest.param(
            "User-agent: *\nAllow: /page/\nDisallow: /page/not.gif", "/page/not.gif", False,
            id="the longest rule, whatever stands first",
        ),
        pytest.param("User-agent: *\nDisallow: /a\nAllow: /a", "/a", True, id="of equals, allow"),
        pytest.param(
            "User-agent: digest\nDisallow: /a\n\nUser-agent: DIGEST\nDisallow: /b", "/b", False,
            id="two groups for us are one",
        ),
        pytest.param(
            "User-agent: x\nUser-agent: digest\nDisallow: /a\n\nUser-agent: *\nDisallow: /", "/b",
            True, id="a group of our own stands for all others",
        ),
        pytest.param("User-agent: digestive\nDisallow: /", "/a", True, id="another's name"),
        pytest.param(
            "User-agent: *\nDisallow: /foo/%62%61%7A", "/foo/baz", False, id="escaped for nothing"
        ),
        pytest.param(
            "User-agent: *\nDisallow: /foo/ツ", "/foo/%E3%83%84", False, id="not escaped"
        ),
        pytest.param(
            "User-agent: *\nDisallow: /a-%2A.html", "/a-*.html", False, id="an escaped asterisk"
        ),
        pytest.param("User-agent: *\nDisallow:", "/a", True, id="nothing is disallowed"),
        pytest.param("Disallow: /", "/a", True, id="a rule for nobody"),
        pytest.param(b"\xef\xbb\xbfUser-agent: *\nDisallow: /", "/a", False, id="a mark before"),
        pytest.param(b"User-agent: *\rDisallow: /\xff\rDisallow: /a", "/a", False, id="returns"),
        pytest.param("User-agent: *\nDisallow: //[x", "/a", True, id="a rule that is no path"),
        pytest.param("", "/a", True, id="an empty file"),
        pytest.param("<html>", "/a", True, id="a web page"),
        pytest.param("User-agent: *\nDisallow: /" + "*a" * 9000 + "b", "/" + "a" * 3000, True,
                     id="a pattern that a regular expression would never end"),
    ],
)  # fmt: skip
def test_rules(rules: str | bytes, path: str, allowed: bool) -> None:
    assert refusal(rules, path) == (None if allowed else "robots.txt does not allow it")


@pytest.mark.parametrize(
    ("status", "allowed"),
    [(400, True), (401, True), (403, True), (404, True), (410, True), (451, True),
     (429, False), (500, False), (503, False), (None, False)],
)  # fmt: skip
def test_a_file_that_cannot_be_had(status: int | None, allowed: bool) -> None:
    """RFC 9309, 2.3.1: unavailable allows all, unreachable nothing.  429 is no "unavailable"."""
    error = FetchError("the server answers so", url=SITE, status=status)
    why = refusal(error, "/a")
    assert why == (None if allowed else "robots.txt cannot be read: the server answers so")


def test_each_origin_has_its_own() -> None:
    pages = ["https://a.example/x", "http://a.example/x", "https://a.example:8443/x",
             "https://A.example/y", "https://me:pw@a.example/"]  # fmt: skip
    assert Robots().unknown(pages) == (
        "https://a.example/robots.txt",
        "http://a.example/robots.txt",
        "https://a.example:8443/robots.txt",
    )
