"""The feeds that a page names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.fetch.discover import Candidate, feeds_of, well_known

PAGE = "https://example.org/blog/post.html"
RSS = '<link rel="alternate" type="application/rss+xml" title="News" href="/feed">'
FEED = "https://example.org/feed"


def found(html: str, url: str = PAGE) -> list[str]:
    page = f"<!doctype html><html><head><title>x</title></head><body>{html}</body></html>"
    return [candidate.url for candidate in feeds_of(page.encode(), url)]


def link(media_type: str, href: str, title: str = "", rel: str = "alternate") -> str:
    return f'<link rel="{rel}" type="{media_type}" href="{href}" title="{title}">'


HOME = "https://example.org"
NAMED = [
    ("RSS", RSS, FEED),
    ("Atom", "<link rel=alternate type=application/atom+xml href=a>", f"{HOME}/blog/a"),
    ("JSON Feed", link("application/feed+json", "/j"), f"{HOME}/j"),
    ("RDF", link("application/rdf+xml", "/r"), f"{HOME}/r"),
    ("an old type", link("application/x.atom+xml", "/a"), f"{HOME}/a"),
    ("a parameter", link("Application/RSS+XML; charset=utf-8", "/a"), f"{HOME}/a"),
    ("several relations", link("text/rss", "/a", rel="Home Alternate"), f"{HOME}/a"),
    ("the relation feed", '<link rel="feed" href="/a">', f"{HOME}/a"),
    ("a loose type and an address", link("text/xml", "/rss.xml"), f"{HOME}/rss.xml"),
    ("a loose type and a title", link("application/json", "/j", "JSON feed"), f"{HOME}/j"),
    ("no type and an address", '<link rel="alternate" href="/index.rdf">', f"{HOME}/index.rdf"),
    ("another site", link("application/rss+xml", "//example.com/x"), "https://example.com/x"),
    ("capitals", RSS.upper().replace("/FEED", "/feed"), FEED),
    ("a line break in the address", RSS.replace("/feed", "/fe\ned"), FEED),
    ("feed:", '<a href="feed://example.org/x.rss">x</a>', "http://example.org/x.rss"),
    ("a link to a directory", '<a href="/feed/">x</a>', f"{HOME}/feed/"),
    ("a link to a file", '<a href="atom.xml">x</a>', f"{HOME}/blog/atom.xml"),
    ("a link to an extension", '<a href="/all.rss?x=1">x</a>', f"{HOME}/all.rss?x=1"),
    ("a link with a query", '<a href="/?feed=rss2">x</a>', f"{HOME}/?feed=rss2"),
    ("a link with a type", '<a type="application/rss+xml" href="/x">x</a>', f"{HOME}/x"),
    ("a host of feeds", '<a href="//feeds.example.com/x">x</a>', "https://feeds.example.com/x"),
    ("a link that says RSS", '<a href="/x">Subscribe (<b>RSS</b>)</a>', f"{HOME}/x"),
    ("a picture that says RSS", '<a href="/x"><img src="y" alt="RSS"></a>', f"{HOME}/x"),
    ("a title that says Atom", '<a href="/x" title="Atom">.</a>', f"{HOME}/x"),
    ("a link never closed", '<a href="/feed">RSS', FEED),
    ("a head never closed", f"<head>{RSS}<body><p>text", FEED),
]


@pytest.mark.parametrize(("html", "url"), [row[1:] for row in NAMED], ids=[row[0] for row in NAMED])
def test_a_feed_is_found(html: str, url: str) -> None:
    assert found(html) == [url]


@pytest.mark.parametrize(
    "html",
    [
        "",
        '<link rel="stylesheet" href="/feed.css">',
        '<link rel="alternate stylesheet" type="text/css" title="feed" href="/rss">',
        '<link rel="alternate" hreflang="de" href="/de/">',
        '<link rel="alternate" type="application/json" href="/wp-json/wp/v2/posts/1">',
        '<link rel="alternate" type="application/json+oembed" title="oEmbed" href="/oembed?x">',
        '<link rel="alternate" type="text/xml+oembed" href="/oembed?format=xml">',
        '<link rel="alternate" type="application/rss+xml">',
        '<link rel="alternate" type="application/rss+xml" href="">',
        '<link rel="alternate" type="application/rss+xml" href="javascript:x">',
        '<link rel="alternate" type="application/rss+xml" href="mailto:rss@example.org">',
        '<link type="application/rss+xml" href="/x">',
        '<a href="/feedback">Feedback</a>',
        '<a href="/about">We feed people who read a lot of words before they RSS</a>',
        '<a href="https://example.com/what-is-rss">RSS</a>',
        '<a href="mailto:rss@example.org">RSS</a>',
        '<a name="rss">RSS</a>',
        f"<!-- {RSS} -->",
    ],
)
def test_what_is_no_feed_is_passed_over(html: str) -> None:
    assert found(html) == []


def test_the_best_comes_first() -> None:
    html = """
        <a href="/x">RSS</a>
        <a href="https://other.example/feed">Feed of a friend</a>
        <a href="/tags/rss">Tags</a>
        <link rel="alternate" type="application/rss+xml" href="/comments/feed/">
        <link rel="alternate" type="application/rss+xml" title="Comments Feed" href="/p/feed/">
        <link rel="alternate" type="application/rss+xml" href="https://feeds.example.com/x">
        <link rel="alternate" type="application/rss+xml" href="https://www.example.org/feed">
        <link rel="alternate" type="application/atom+xml" href="https://blog.example.org/atom">
    """
    assert found(html) == [
        "https://www.example.org/feed",
        "https://blog.example.org/atom",
        "https://feeds.example.com/x",
        "https://example.org/tags/rss",
        "https://other.example/feed",
        "https://example.org/x",
        "https://example.org/comments/feed/",
        "https://example.org/p/feed/",
    ]


def test_a_feed_named_twice_keeps_its_better_name() -> None:
    html = f'<a href="/feed">Our RSS</a>{RSS}{RSS.replace("News", "Other")}'
    assert feeds_of(html.encode(), PAGE) == (
        Candidate(url=FEED, title="News", media_type="application/rss+xml"),
    )


@pytest.mark.parametrize(
    ("bases", "url"),
    [
        ('<base href="/sub/">', "https://example.org/sub/rss"),
        ('<base href="https://example.com/">', "https://example.com/rss"),
        ('<base href="//example.com/a/b">', "https://example.com/a/rss"),
        ('<base target="x"><base href="/a/"><base href="/b/">', "https://example.org/a/rss"),
        ('<base href=""><base href="javascript:x">', "https://example.org/blog/rss"),
    ],
)
def test_the_base_of_a_page_is_respected(bases: str, url: str) -> None:
    assert found(f'{bases}<a href="rss">x</a>') == [url]


@pytest.mark.parametrize(
    ("encoding", "media_type", "meta"),
    [
        ("utf-8", None, ""),
        ("utf-8-sig", None, ""),
        ("utf-16", None, ""),
        ("utf-8", "text/html; charset=iso-8859-1", '<meta charset="windows-1251">'),
        ("windows-1252", None, ""),
        ("windows-1252", "text/html; charset=no-such", ""),
        ("windows-1252", "text/html; charset=punycode", ""),
        ("iso-8859-15", 'text/html; charset="ISO-8859-15"', '<meta charset="utf-8">'),
        ("mac-roman", "text/html", ""),
        ("cp850", None, '<meta http-equiv="Content-Type" content="text/html; charset=cp850">'),
    ],
)
def test_titles_in_odd_encodings(encoding: str, media_type: str | None, meta: str) -> None:
    page = f"{meta}<title>ü</title>{RSS.replace('News', 'Grüße')}".encode(encoding)
    (candidate,) = feeds_of(page, PAGE, media_type)
    assert candidate.url == FEED
    if encoding != "mac-roman":  # unnamed, and nothing to tell it by
        assert candidate.title == "Grüße"


def test_a_page_cut_in_a_letter_is_still_utf_8() -> None:
    page = RSS.replace("News", "Grüße").encode()
    page += "ü".encode() * (1_000_000 - len(page) // 2)
    (candidate,) = feeds_of(page + b"\xff", PAGE)
    assert candidate.title == "Grüße"


def test_many_feeds_are_capped() -> None:
    assert len(found("".join(f'<a href="/{n}/feed">x</a>' for n in range(200)))) == 50


HOSTILE = [
    "<div>", '<a href="', "<a href='x", "<!--", "<", "<!", "<a href=x><b>", "<a <a ", "\0", "<svg>",
    "<table>", "<a href=/feed><i>", "<link rel=alternate type=application/rss+xml href=/feed>", "&",
    "<![CDATA[", "<?xml ", "<base href=x>", "<title>", "\ufffe",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_ten_megabytes_of_anything_end_soon(piece: str) -> None:
    page = RSS + piece * (10_000_000 // len(piece))
    assert feeds_of(page.encode(), PAGE)[0].url == FEED


@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode), st.text(max_size=40))
def test_any_bytes_give_candidates_that_may_be_fetched(page: bytes, url: str) -> None:
    for candidate in feeds_of(b"<a href=rss>" + page, f"https://example.org/{url}", url):
        assert candidate.url.startswith(("http://", "https://"))
    feeds_of(page, url)
    well_known(url)


# --- the places that custom knows -----------------------------------------------------------------


def test_the_places_of_a_site() -> None:
    places = well_known("https://example.org")
    assert places[:3] == (
        "https://example.org/feed",
        "https://example.org/rss",
        "https://example.org/atom.xml",
    )
    assert "https://example.org/feed.json" in places
    assert len(set(places)) == len(places) <= 12


@pytest.mark.parametrize(
    ("url", "first"),
    [
        ("https://example.org/blog", "https://example.org/blog/feed"),
        ("https://example.org/~me/index.html?x#y", "https://example.org/~me/feed"),
        ("https://example.org/2026/01/12/post", "https://example.org/feed"),
        ("http://[::1]:8080/", "http://[::1]:8080/feed"),
    ],
)
def test_the_places_of_a_section_come_first(url: str, first: str) -> None:
    assert well_known(url)[0] == first


@pytest.mark.parametrize("url", ["", "example.org", "file:///x", "http://", "javascript:x"])
def test_what_is_no_page_has_no_places(url: str) -> None:
    assert well_known(url) == ()
