"""A document cut at any byte: what is whole is read as ever, and what is not is told apart."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator

import pytest

from digest.errors import ParseError
from digest.model import Document, ParsedEntry, ParsedFeed
from digest.parse import parse
from support.documents import document

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<!-- a feed -->
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel><title>Café &amp; bar</title><link>https://example.org/</link>
<image><url>https://example.org/i.png</url><title>Café</title></image>
<item><title>One</title><link>https://example.org/1</link><guid>1</guid>
<description>The first &lt;b&gt;text&lt;/b&gt;.</description></item>
<item><title>Two “2”</title><link>https://example.org/2</link><guid isPermaLink="false">2</guid>
<pubDate>Mon, 12 Jan 2026 07:00:00 GMT</pubDate><category>a</category>
<enclosure url="https://example.org/2.mp3" type="audio/mpeg" length="9"/>
<content:encoded><![CDATA[<p>The <item> second</p>]]></content:encoded></item>
</channel>
</rss>
"""
RDF = """<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
<channel rdf:about="https://example.org/"><title>T</title><items><rdf:Seq/></items></channel>
<item rdf:about="https://example.org/1"><title>One</title><link>https://example.org/1</link></item>
<item rdf:about="https://example.org/2"><title>Två</title><link>https://example.org/2</link>
<description>The second</description></item>
</rdf:RDF>
"""
ATOM = """<?xml version="1.0"?>
<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:title>T</a:title>
<a:entry><a:id>urn:1</a:id><a:title>One</a:title><a:link href="/1"/></a:entry>
<a:entry><a:id>urn:2</a:id><a:link href="/2"/><a:title type="html">Two &amp;amp; more</a:title>
<a:author><a:name>Jane</a:name></a:author><a:updated>2026-01-12T07:00:00Z</a:updated>
<a:source><a:id>urn:s</a:id><a:title>S</a:title></a:source>
<a:content type="xhtml">
<div xmlns="http://www.w3.org/1999/xhtml"><p>Ça <b>va</b></p></div></a:content></a:entry></a:feed>
"""
JSON = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "T",
        "author": {"name": "Jane"},
        "items": [
            {"id": "1", "url": "https://example.org/1", "content_text": "One [1] {a}"},
            {
                "id": "2",
                "url": "https://example.org/2",
                "tags": ["a", "b"],
                "attachments": [{"url": "https://example.org/2.mp3", "size_in_bytes": 99}],
                "title": 'Two \\ “2” "',
                "content_html": "<p>The second, {x}</p>",
                "date_published": "2026-01-12T07:00:00Z",
            },
        ],
    },
    indent=1,
)
WHOLE = {
    "RSS": RSS.encode(),
    "RSS with a bare ampersand": RSS.replace("first", "AT&T").encode(),
    "RSS with a DTD": RSS.replace("<!-- a", "<!DOCTYPE rss [<!ENTITY x 'y'>]><!-- a").encode(),
    "RSS in Latin-1": RSS.replace("UTF-8", "windows-1252").encode("windows-1252"),
    "RSS in UTF-16": RSS.replace("UTF-8", "UTF-16").encode("utf-16"),
    "RSS in capitals": RSS.replace("item", "ITEM").replace("channel", "CHANNEL").encode(),
    "RSS that escapes nothing": RSS.replace("<![CDATA[", "").replace("]]>", "").replace(
        "<item> ", ""
    ).encode(),
    "RDF": RDF.encode(),
    "Atom": ATOM.encode(),
    "JSON": JSON.encode(),
    "JSON with a comma too many": JSON.replace("]\n}", ",]}").encode(),
    "JSON in one line": json.dumps(json.loads(JSON), ensure_ascii=False).encode(),
}  # fmt: skip


def last_entry(body: bytes) -> int:
    """Give the byte at which the last entry of a document above begins."""
    marks = ("<item><title>Two", "<ITEM><title>Two", '<item rdf:about="https://example.org/2')
    for mark in (*marks, "<a:entry><a:id>urn:2", '"id": "2"'):
        for code in ("ascii", "utf-16-le"):
            if (at := body.find(mark.encode(code))) >= 0:
                return at
    raise AssertionError("there is no such entry")


def cuts(body: bytes, start: int, step: int = 1) -> Iterator[ParsedFeed]:
    for end in range(start, len(body), step):
        feed = parse(document(body[:end]))
        if feed.cut:
            yield feed


def assert_no_more_than(part: ParsedEntry, whole: ParsedEntry) -> None:
    """Whatever an open entry says, the whole one says: nothing is half of something."""
    for field in dataclasses.fields(ParsedEntry):
        value, full = getattr(part, field.name), getattr(whole, field.name)
        if field.name in ("title", "summary", "content") and value and full:
            value, full = value.value, full.value  # Their base may depend on what comes later.
        if isinstance(value, tuple):
            assert value == full[: len(value)]
        elif value is not None and field.name != "base":
            assert value == full or (field.name == "link" and not value.endswith("/2")), field.name


@pytest.mark.parametrize("name", WHOLE)
def test_what_is_whole_is_read_as_ever(name: str) -> None:
    body = WHOLE[name]
    whole = parse(document(body))
    assert not whole.cut
    assert whole.open_entry is None
    assert len(whole.entries) == 2
    feeds = list(cuts(body, last_entry(body)))
    assert len(feeds) >= len(body) - last_entry(body) - 16
    for feed in feeds:
        assert feed.entries[0] == whole.entries[0]
        assert feed.flaw
        if feed.open_entry is None:
            assert feed.entries in (whole.entries[:1], whole.entries)
        else:
            assert feed.open_entry == 1
            assert_no_more_than(feed.entries[1], whole.entries[1])
    assert any(feed.open_entry == 1 for feed in feeds)
    assert any(len(feed.entries) == 1 for feed in feeds)


@pytest.mark.parametrize("name", WHOLE)
def test_a_cut_before_the_second_entry_leaves_no_half_of_the_first(name: str) -> None:
    body = WHOLE[name]
    whole = parse(document(body))
    for end in range(0, last_entry(body), 5):
        try:
            feed = parse(document(body[:end]))
        except ParseError:
            continue
        assert feed.cut
        assert len(feed.entries) == 1
        if feed.open_entry is None:
            assert feed.entries == whole.entries[:1]
        else:
            assert_no_more_than(feed.entries[0], whole.entries[0])


SOUP = RSS.replace("The first", "The <b>first").replace("<image>", "<image><br>")


def test_a_broken_document_that_is_cut_is_told_to_be() -> None:
    body = SOUP.encode()
    for feed in cuts(body, last_entry(body) + 60):
        assert feed.parser == "feedparser"
        assert [entry.id for entry in feed.entries][:1] == ["1"]
        if feed.open_entry is not None:
            assert feed.open_entry == len(feed.entries) - 1


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(RSS.replace("</rss>", "</RSS>"), id="an end tag in capitals"),
        pytest.param(RSS.replace("</rss>", "</rss  >"), id="blanks in the end tag"),
        pytest.param(RSS + "<!-- made in 0.2 s -->", id="a comment behind the end"),
        pytest.param(RSS + "<br><b>Warning</b>", id="a warning behind the end"),
        pytest.param(RSS.replace("AT", "</rss>"), id="nothing"),
        pytest.param(SOUP, id="a broken document with its end"),
        pytest.param(JSON + "<!-- made in 0.2 s -->", id="JSON and a comment"),
    ],
)
def test_what_has_its_end_is_not_cut(body: str) -> None:
    feed = parse(document(body))
    assert not feed.cut
    assert len(feed.entries) == 2


def test_a_connection_that_broke_off_cuts_whatever_came() -> None:
    whole = document(RSS)
    feed = parse(dataclasses.replace(whole, cut=True))
    assert feed.cut
    assert feed.open_entry is None
    assert feed.flaw == "the connection broke off before the end of the document"


@pytest.mark.parametrize("body", [RSS[:280], ATOM[:90], JSON[:110], "<rss>", '{"items": [{'])
def test_a_document_without_one_entry_left_is_no_feed(body: str) -> None:
    with pytest.raises(ParseError, match="cut short, before its first entry"):
        parse(document(body))


def test_a_page_of_lines_is_cut_where_its_connection_was() -> None:
    page = "INCOMING TRANSMISSION\n\nLATEST UPDATES\nThe first text.\nThe second te"
    feed = parse(
        Document(url="https://example.org/t", media_type=None, body=page.encode(), cut=True)
    )
    assert feed.cut
    assert feed.open_entry == 1
