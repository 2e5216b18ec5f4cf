"""Canonical links, clean links and resolving."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.net.urls import absolute, canonical_link, clean_link, is_site_root

PAGE = "https://example.org/a"

# --- two addresses of one text --------------------------------------------------------------------

SAME = [
    ("http is https", "http://example.org/a"),
    ("the scheme and the host have no case", "HTTPS://Example.ORG/a"),
    ("www. is none", "https://www.example.org/a"),
    ("a mobile host is its site", "https://m.example.org/a"),
    ("an AMP host is its site", "https://amp.example.org/a"),
    ("a default port", "http://example.org:80/a"),
    ("a default port, with TLS", "https://example.org:443/a"),
    ("an empty port", "https://example.org:/a"),
    ("a name and a password", "https://name:word@example.org/a"),
    ("a dot at the end of the host", "https://example.org./a"),
    ("a slash at the end", "https://example.org/a/"),
    ("slashes at the end", "https://example.org/a//"),
    ("an index page", "https://example.org/a/index.html"),
    ("another index page", "https://example.org/a/Index.PHP"),
    ("dot segments", "https://example.org/./b/../a"),
    ("more dots than segments", "https://example.org/../../a"),
    ("encoded dots", "https://example.org/b/%2e%2E/a"),
    ("an encoded letter", "https://example.org/%61"),
    ("an encoded host", "https://ex%61mple.org/a"),
    ("an empty query", "https://example.org/a?"),
    ("an empty query with ampersands", "https://example.org/a?&&"),
    ("an empty fragment", "https://example.org/a#"),
    ("white space around it", " \t\nhttps://example.org/a\r\n "),
    ("a line break in it", "https://exam\nple.org/a"),
    ("no-break spaces around it", "\u00a0https://example.org/a\u200b"),
    ("backslashes", "https:\\\\example.org\\a"),
    ("one slash", "https:/example.org/a"),
    ("too many slashes", "https:////example.org/a"),
    ("a session in the path", "https://example.org/a;jsessionid=0A1B"),
    ("a session in the query", "https://example.org/a?PHPSESSID=1"),
    ("Google's campaign", "https://example.org/a?utm_source=x&utm_medium=y&UTM_Campaign=z"),
    ("a click on Facebook", "https://example.org/a?fbclid=IwAR0"),
    ("a mailing", "https://example.org/a?mc_cid=1&mc_eid=2"),
    ("the BBC's campaign", "https://example.org/a?at_medium=RSS&at_campaign=KARANGA"),
    ("an encoded name of a campaign", "https://example.org/a?utm%5Fsource=x"),
    ("a doubly escaped ampersand", "https://example.org/a?utm_source=x&amp;utm_medium=y"),
    ("a referrer that is a feed", "https://example.org/a?ref=rss"),
    ("a source that is a feed", "https://example.org/a?source=rss----de56---4"),
    ("partner and emc, as newspapers do", "https://example.org/a?partner=rss&emc=rss"),
    ("the mark of a feed", "https://example.org/a?rss=1"),
    ("AMP by path", "https://example.org/a/amp/"),
    ("AMP before the path", "https://example.org/amp/a"),
    ("AMP by query", "https://example.org/a?amp"),
    ("AMP by another query", "https://example.org/a?outputType=amp"),
    ("the comments' place", "https://example.org/a#comments"),
    ("where the text goes on", "https://example.org/a#more-123"),
    ("a campaign in the fragment", "https://example.org/a#utm_source=x&utm_medium=y"),
    ("a feed's mark in the fragment", "https://example.org/a#ref=rss"),
    ("AT Internet's fragment", "https://example.org/a#xtor=RSS-1"),
    ("AddThis's fragment", "https://example.org/a#.VtCANeSNFaQ"),
    ("a quotation in the fragment", "https://example.org/a#:~:text=some,words"),
    ("Google's redirect", "https://www.google.com/url?rct=j&url=https://example.org/a&ct=ga"),
    ("Google News's", "https://news.google.co.uk/news/url?sa=t&url=http%3A%2F%2Fexample.org%2Fa"),
    ("Facebook's", "https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.org%2Fa%3Ffbclid%3D1&h=x"),
    ("a redirect in a redirect", "https://vk.com/away.php?to=https%3A%2F%2Fwww.google.de%2Furl%3Fq%3Dhttp%253A%252F%252Fexample.org%252Fa"),
    ("Google's AMP viewer", "https://www.google.com/amp/s/example.org/a/amp"),
    ("Google's AMP cache", "https://example-org.cdn.ampproject.org/c/s/example.org/a?usqp=mq331"),
]  # fmt: skip


@pytest.mark.parametrize("url", [row[1] for row in SAME], ids=[row[0] for row in SAME])
def test_another_address_of_the_same_page(url: str) -> None:
    assert canonical_link(url) == PAGE


OTHER = [
    ("the case of the path counts", "https://example.org/A"),
    ("a longer path", "https://example.org/a/b"),
    ("another port", "https://example.org:8080/a"),
    ("another host", "https://blog.example.org/a"),
    ("a host that ends in m.", "https://team.example.org/a"),
    ("a host of two labels beginning with m.", "https://m.org/a"),
    ("a parameter", "https://example.org/a?id=7"),
    ("a parameter without value", "https://example.org/a?print"),
    ("a referrer that is a branch", "https://example.org/a?ref=main"),
    ("a source that is a book", "https://example.org/a?source=kindle"),
    ("a search for rss", "https://example.org/a?q=rss"),
    ("the second page", "https://example.org/a?from=1"),
    ("a name that only begins like a feed's", "https://example.org/a?ref=rssi"),
    ("a section", "https://example.org/a#section-2"),
    ("a comment", "https://example.org/a#comment-12"),
    ("a route", "https://example.org/a#!/b"),
    ("a fragment with a value", "https://example.org/a#id=7"),
    ("an extension", "https://example.org/a.html"),
    ("double slashes inside", "https://example.org//a"),
    ("an encoded slash", "https://example.org/b%2Fa"),
    ("a word that ends in amp", "https://example.org/a/lamp"),
    ("a page on AMP itself", "https://example.org/amp"),
    ("a login that leads back", "https://example.org/login?url=https://example.org/a"),
    ("a redirect without a target", "https://www.google.com/url?q=weather"),
    ("a redirect to no page", "https://www.google.com/url?q=javascript:alert(1)"),
    ("Google at somebody else's", "https://google.example.com/url?q=https://example.org/a"),
]


def test_other_pages_are_other_pages() -> None:
    links = [canonical_link(url) for _, url in OTHER]
    assert None not in links
    assert len({PAGE, *links}) == 1 + len(OTHER)


FORMS = [
    ("a root has a slash", "http://example.org", "https://example.org/"),
    ("an index page is the root", "http://example.org/index.html", "https://example.org/"),
    ("an index page keeps its query", "http://example.org/index.php?p=1", "https://example.org/?p=1"),
    ("parameters are sorted by name", "http://example.org/?b=2&a=1", "https://example.org/?a=1&b=2"),
    ("equal names keep their order", "http://example.org/?a=2&a=1", "https://example.org/?a=2&a=1"),
    ("a plus is a space", "http://example.org/?q=a+b", "https://example.org/?q=a%20b"),
    ("an encoded plus is none", "http://example.org/?q=a%2bb", "https://example.org/?q=a%2Bb"),
    ("an empty value is none", "http://example.org/?a=&b", "https://example.org/?a&b"),
    ("an encoded ampersand", "http://example.org/?a=b%26c", "https://example.org/?a=b%26c"),
    ("escapes in upper case", "http://example.org/%c3%a9", "https://example.org/%C3%A9"),
    ("letters are escaped", "http://example.org/é?é=é#é", "https://example.org/%C3%A9?%C3%A9=%C3%A9#%C3%A9"),
    ("bytes that are no UTF-8 stay", "http://example.org/?q=%c4%e3", "https://example.org/?q=%C4%E3"),
    ("a percent sign alone", "http://example.org/100%", "https://example.org/100%25"),
    ("a lone surrogate", "http://example.org/\ud800", "https://example.org/%EF%BF%BD"),
    ("a name in another script", "http://例え.テスト/", "https://xn--r8jz45g.xn--zckzah/"),
    ("wide letters and stops", "http://ｅｘａｍｐｌｅ。ｏｒｇ/", "https://example.org/"),
    ("ß is not ss", "http://straße.example/", "https://xn--strae-oqa.example/"),
    ("an underscore", "http://a_b.example.org/", "https://a_b.example.org/"),
    ("an IPv4 address", "http://192.0.2.1:8080/x", "https://192.0.2.1:8080/x"),
    ("an IPv6 address", "http://[2001:DB8:0::1]:80/x", "https://[2001:db8::1]/x"),
    ("a host without a dot", "http://localhost:08000/x", "https://localhost:8000/x"),
    ("www. is all there is", "http://www.org/x", "https://www.org/x"),
    ("AMP in the name of the file", "http://example.org/a.amp.html", "https://example.org/a.html"),
    ("mobile in the middle", "http://en.m.example.org/x", "https://en.example.org/x"),
]  # fmt: skip


@pytest.mark.parametrize(("url", "link"), [row[1:] for row in FORMS], ids=[row[0] for row in FORMS])
def test_the_form(url: str, link: str) -> None:
    assert canonical_link(url) == link


ALREADY = [
    "https://example.org/",
    "https://example.org/a/b.html?id=1&page=2#section",
    "https://example.org/%E6%97%A5?q=a%20b",
    "https://xn--r8jz45g.xn--zckzah:8080/x",
]


@pytest.mark.parametrize("url", ALREADY)
def test_a_canonical_link_is_left_alone(url: str) -> None:
    assert canonical_link(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "", "a", "/a", "//example.org/a", "ftp://example.org/", "mailto:a@example.org",
        "javascript:x", "urn:uuid:1", "tag:example.org,2026:1", "http:", "http://", "http:///",
        "http://:80/", "https://@/", "http://exa mple.org/", "http://a..b/", "http://[::1/",
        "http://[::1]x/", "http://[fe80::1%25eth0]/", "http://[1.2.3.4]/",
        "http://example.org:99999/", "http://example.org:x/", "http://a<b/", "http://./",
        "http://℀.example/", "x http://example.org/", "http://example.org/" + "a" * 9000,
        "http://" + "ü" * 300 + "/",
    ],
)  # fmt: skip
def test_what_is_no_page_has_no_canonical_link(url: str) -> None:
    assert canonical_link(url) is None


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("http://example.org", True),
        ("https://www.example.org/?utm_source=rss", True),
        ("https://example.org:8080/index.html#comments", True),
        ("https://example.org/a", False),
        ("https://example.org/?p=1", False),
        ("https://example.org/?p=/", False),
        ("https://example.org/#a", False),
        ("https://example.org/#/", False),
    ],
)
def test_the_front_page_of_a_site(url: str, root: bool) -> None:
    link = canonical_link(url)
    assert link is not None
    assert is_site_root(link) is root


# --- links as readers get them --------------------------------------------------------------------

CLEANED = [
    ("the only parameter", "https://Example.org/A?utm_source=x", "https://Example.org/A"),
    ("the first", "https://example.org/?utm_source=x&b=%7e&a", "https://example.org/?b=%7e&a"),
    ("the last", "https://example.org/?b=1&a=2&fbclid=x#s", "https://example.org/?b=1&a=2#s"),
    ("all between", "https://example.org/?b=1&gclid=1&utm_id=2&a=2", "https://example.org/?b=1&a=2"),
    ("in the fragment", "https://example.org/#utm_source=x", "https://example.org/"),
    ("in both", "https://example.org/?ref=rss#xtor=RSS-1", "https://example.org/"),
    ("after an escaped ampersand", "https://example.org/?a=1&amp;ref=rss", "https://example.org/?a=1"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("url", "clean"), [row[1:] for row in CLEANED], ids=[row[0] for row in CLEANED]
)
def test_tracking_is_removed(url: str, clean: str) -> None:
    assert clean_link(url) == clean


@pytest.mark.parametrize(
    "url",
    [
        "", "?", "#", "not a url",
        "https://Example.org:80/%7ea/../b/index.html?b=1&a=2&&x#comments",
        "https://example.org/?ref=main&source=kindle&from=1", "mailto:a@example.org?subject=x",
        "https://example.org/#a=1", "https://www.google.com/url?q=https://example.org/",
    ],
)  # fmt: skip
def test_a_link_without_tracking_is_left_as_written(url: str) -> None:
    assert clean_link(url) == url


# --- resolving ------------------------------------------------------------------------------------

BASE = "https://example.org/d/page.html?z=1#f"
RESOLVED = [
    ("absolute", "http://example.com/x", "http://example.com/x"),
    ("a file beside", "a.html", "https://example.org/d/a.html"),
    ("from the root", "/a", "https://example.org/a"),
    ("one up", "../a", "https://example.org/a"),
    ("too many up", "../../../a", "https://example.org/a"),
    ("a query", "?q=1", "https://example.org/d/page.html?q=1"),
    ("a fragment", "#s", "https://example.org/d/page.html?z=1#s"),
    ("another host", "//example.com/x", "https://example.com/x"),
    ("another host by backslashes", "\\\\example.com\\x", "https://example.com/x"),
    ("another host by three slashes", "///example.com/x", "https://example.com/x"),
    ("another host by both", "/\\example.com/x", "https://example.com/x"),
    ("a scheme and no slashes is relative", "https:a", "https://example.org/d/a"),
    ("another scheme and no slashes is not", "http:example.com", "http://example.com"),
    ("one slash after the scheme", "https:/example.com/x", "https://example.com/x"),
    ("white space around", " \n a.html\u00a0", "https://example.org/d/a.html"),
    ("a line break inside", "a.\r\nhtml", "https://example.org/d/a.html"),
    ("a space inside", "a b", "https://example.org/d/a%20b"),
    ("quotes and angles", "a\"<'>", "https://example.org/d/a%22%3C'%3E"),
    ("an invisible character inside", "a\u202eb", "https://example.org/d/a%E2%80%AEb"),
    ("other scripts stay readable", "日本.html", "https://example.org/d/日本.html"),
    ("escapes stay", "%7ea%2Fb", "https://example.org/d/%7ea%2Fb"),
    ("a backslash in a query stays one", "?a=\\", "https://example.org/d/page.html?a=%5C"),
    ("a colon later on", "a/b:c", "https://example.org/d/a/b:c"),
    ("a colon after a dot segment", "./b:c", "https://example.org/d/b:c"),
    ("a host in another script", "//例え.テスト/日", "https://xn--r8jz45g.xn--zckzah/日"),
    ("an IPv6 address", "http://[::1]:8080/x", "http://[::1]:8080/x"),
    ("a port", "http://example.com:443/", "http://example.com:443/"),
    ("a name and a password", "https://bank.example@example.com/", "https://example.com/"),
    ("mail", "mailto:a@example.org?subject=a b", "mailto:a@example.org?subject=a%20b"),
    ("mail in capitals", "MAILTO:a@example.org", "mailto:a@example.org"),
]


@pytest.mark.parametrize(
    ("url", "resolved"), [row[1:] for row in RESOLVED], ids=[row[0] for row in RESOLVED]
)
def test_a_reference_is_resolved(url: str, resolved: str) -> None:
    assert absolute(url, BASE) == resolved


REFUSED = [
    "", " ", "\u00a0", "javascript:alert(1)", "JavaScript:alert(1)", " javascript:alert(1)",
     "\x01javascript:alert(1)", "\u00a0javascript:alert(1)", "\u2028javascript:alert(1)",
     "\ufeffjavascript:alert(1)", "\u200b\u2060javascript:alert(1)", "java\nscript:alert(1)",
     "java\tscript:alert(1)", "j avascript:alert(1)", "java\x00script:alert(1)",
     "java\u00adscript:x", "javascript\u200b:alert(1)", "ｊavascript:alert(1)", "data:text/html,x",
     "vbscript:x", "blob:https://x", "file:///etc/passwd", "ftp://example.org/",
     "feed:https://example.org/", "tel:1", "about:blank", "c:\\x", "http://", "https:///",
     "mailto:", "//", "\\\\", "//[::1", "http://exa mple.org/", "//a:b/",
     "http://[fe80::1%25eth0]/", "https://example.org:99999/", "//" + "a" * 9000,
]  # fmt: skip


@pytest.mark.parametrize("url", REFUSED)
def test_what_no_reader_should_follow_is_refused(url: str) -> None:
    assert absolute(url, BASE) is None


@pytest.mark.parametrize("base", ["", "x", "/a", "file:///a", "javascript:x", "https://", "urn:x"])
def test_without_a_base_only_absolute_urls_are_left(base: str) -> None:
    assert absolute("a.html", base) is None
    assert absolute("https://example.org/", base) == "https://example.org/"


# --- properties -----------------------------------------------------------------------------------

SPELLINGS = (
    "http:// https:// // / \\ . .. ? # & = ; : @ % %2e %41 %zz amp www. m. example.org xn--a ü ß "
    "。 .amp [::1] utm_ utm_source=x ref=rss index.html google.com /url?q= /amp/s/ "
    "cdn.ampproject.org/c/s/ :80 :~: + a B \u00a0 \ud800 javascript: mailto: ;jsessionid=1 amp;"
)
PIECES = st.sampled_from(SPELLINGS.split(" "))
URLS = st.text(max_size=60) | st.lists(PIECES, max_size=12).map("".join)


@given(URLS | URLS.map("http://example.org/".__add__) | URLS.map("https://google.com/".__add__))
@example("http://google.com/amp/url?q=http://a.b")
@example("http://www.m.example.org/amp/amp/index.html;jsessionid=1/./")
@example("http://example.org/x.amp/index.amp.html/amp///")
@example("http://example.org/?amp;amp;x=1&%26=%3D&=&+")
def test_canonical_links_are_their_own(url: str) -> None:
    link = canonical_link(url)
    if link is None:
        return
    assert canonical_link(link) == link
    assert link.isascii()
    assert link.startswith("https://")
    assert urlsplit(link).hostname
    assert canonical_link(clean_link(url)) == link


@given(URLS, URLS | st.just(BASE))
def test_what_is_resolved_is_safe_and_final(url: str, base: str) -> None:
    resolved = absolute(url, base)
    if resolved is None:
        return
    assert resolved.startswith(("http://", "https://", "mailto:"))
    assert absolute(resolved, BASE) == resolved
    if not resolved.startswith("mailto:"):
        assert canonical_link(resolved) is not None
        assert "@" not in urlsplit(resolved).netloc


@given(URLS)
def test_cleaning_twice_changes_nothing(url: str) -> None:
    assert clean_link(clean_link(url)) == clean_link(url)


def test_a_megabyte_is_no_trouble() -> None:
    for piece in ("a", "%", "&utm_source=1", "/..", "\\", "&", "\n", " ", "ü", "a.", "@"):
        url = "https://example.org/?" + piece * (1_000_000 // len(piece))
        assert canonical_link(url) is None or piece in "\n "
        assert len(clean_link(url)) <= len(url)
        absolute(url, BASE)
        absolute(piece * (1_000_000 // len(piece)), BASE)
