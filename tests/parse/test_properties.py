"""Whatever the bytes: a feed or a ParseError.  Whatever the path: the same feed."""

from __future__ import annotations

import dataclasses
from contextlib import suppress
from html import escape
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import ParseError
from digest.model import ParsedFeed
from digest.parse import kinds, parse, xml
from digest.parse.reading import loose_xml
from digest.parse.reading.xml_repair import mend
from digest.parse.reading.xml_tree import read
from support.documents import URL, document

FEEDS = [path.read_bytes() for path in sorted((Path(__file__).parent / "golden").glob("*.xml"))]
PIECES = (
    *(b"<", b">", b"&", b"]]>", b"<![CDATA[", b"<!--", b"<item>", b"</entry>", b"<br>", b"\0"),
    *(b"\xff", b'"', b"&#", b"&eacute;", b"xmlns:a=''", b"xml:base='//['", b"<!DOCTYPE a ["),
    *(b"\xc3\x83\xc2\xa9", b"type='xhtml'", b"isPermaLink='x'", b"http://[", b"<?xml", b"]"),
    b" encoding='utf-16'",
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    body = draw(st.sampled_from(FEEDS))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(body)))
        end = draw(st.integers(start, min(start + 40, len(body))))
        body = body[:start] + draw(st.sampled_from(PIECES) | st.binary(max_size=3)) + body[end:]
    return body


def assert_readable(feed: ParsedFeed) -> None:
    """Everything is text that can be stored: no half of a surrogate pair, no forbidden control."""
    for entry in feed.entries:
        for markup in (entry.title, entry.summary, entry.content):
            if markup is not None:
                assert markup.value.encode()
                assert "\0" not in markup.value


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode) | damaged())
@settings(max_examples=200)
def test_any_bytes_are_a_feed_or_an_error(body: bytes) -> None:
    for kind in (None, *kinds()):
        with suppress(ParseError):
            assert_readable(parse(document(body, "text/xml; charset=big5"), kind=kind))


# --- both paths ----------------------------------------------------------------------------------

WORDS = st.text("abc XYZ.,:;!?-()'\"<>&/#@ 中文ру", min_size=1, max_size=30).map(
    lambda text: " ".join(text.split())
)
TEXT = WORDS.filter(bool)
PATHS = st.text("abc/", min_size=1, max_size=8).map(lambda path: f"https://example.org/{path}")
DATES = st.sampled_from(["Tue, 05 Mar 2024 10:20:30 GMT", "0001-01-01T00:00:00Z", "soon"])


def element(
    name: str, values: st.SearchStrategy[str], attributes: str = ""
) -> st.SearchStrategy[str]:
    written = values.map(lambda value: f"<{name}{attributes}>{escape(value)}</{name}>")
    return st.just("") | written


def elements(*of: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*of).map("".join)


RSS_ITEM = elements(
    element("title", TEXT),
    element("link", PATHS),
    element("description", TEXT),
    element("content:encoded", TEXT),
    element("dc:creator", st.sampled_from(["Jane Doe", "jane@example.org (Jane)"])),
    element("pubDate", DATES),
    element("dc:date", DATES),
    element("category", st.sampled_from(["News", "A & B"])),
    element("itunes:summary", TEXT),
    element("guid", st.sampled_from(["1", "/x/1", "tag:x"]), ' isPermaLink="false"'),
    st.sampled_from(
        [
            "",
            '<enclosure url="https://example.org/1.mp3" type="audio/mpeg" length="9"/>',
            '<media:content url="1.jpg" medium="image" width="9"/><media:thumbnail url="2.jpg"/>',
            "<media:group><media:description>Caption</media:description></media:group>",
        ]
    ),
)
ATOM_ENTRY = elements(
    element("id", st.sampled_from(["tag:x", "1", "/1", "urn:uuid:2"])),
    element("title", TEXT, ' type="html"'),
    element("summary", TEXT, ' type="html"'),
    element("content", TEXT, ' type="html" xml:lang="de"'),
    element("published", DATES),
    element("updated", DATES),
    st.sampled_from(
        [
            "",
            '<link href="https://example.org/1"/>',
            '<link rel="alternate" type="text/html" href="/1"/><link rel="self" href="/2"/>',
            '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>a<br/>b</p></div>'
            "</content>",
            "<author><name>Jane</name></author><category term='x' label='X'/>",
        ]
    ),
)


def rss(items: list[str]) -> str:
    return (
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
        ' xmlns:media="http://search.yahoo.com/mrss/"><channel><title>Example</title>'
        f"<link>https://example.org/</link>{''.join(f'<item>{i}</item>' for i in items)}"
        "</channel></rss>"
    )


def atom(entries: list[str]) -> str:
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>Example</title>'
        '<author><name>Max</name></author><link href="https://example.org/"/>'
        f"{''.join(f'<entry>{entry}</entry>' for entry in entries)}</feed>"
    )


@given(st.lists(RSS_ITEM, max_size=3).map(rss) | st.lists(ATOM_ENTRY, max_size=3).map(atom))
def test_mending_what_is_well_formed_changes_nothing(text: str) -> None:
    assert mend(text) == text


@pytest.mark.parametrize(("entries", "feed"), [(RSS_ITEM, rss), (ATOM_ENTRY, atom)])
def test_both_paths_read_the_same(entries: st.SearchStrategy[str], feed: object) -> None:
    assert callable(feed)

    @given(st.lists(entries, max_size=3))
    @settings(max_examples=100, deadline=None)
    def check(items: list[str]) -> None:
        text = feed(items)
        strict = read(xml._strict(text.encode()), URL)
        assert strict is not None
        assert dataclasses.replace(loose_xml.read(text, URL), parser="xml") == strict

    check()
