"""Feeds that no standard allows and every reader takes: each has one entry, x, with its link."""

from __future__ import annotations

import pytest

from digest.errors import ParseError
from digest.parse import parse
from support.documents import document

ATOM = 'xmlns="http://www.w3.org/2005/Atom"'
LINK = "https://example.org/1"
LINKED = f"<title>x</title><link>{LINK}</link>"


def rss(inside: str, before: str = "") -> str:
    return f"{before}<rss><channel><title>T</title><item>{inside}</item></channel></rss>"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            f"<RSS><CHANNEL><ITEM><TITLE>x</TITLE><LINK>{LINK}</LINK></ITEM></CHANNEL></RSS>",
            id="RSS in capitals",
        ),
        pytest.param(
            f"<Rss><Channel><Item><Title>x</Title><Link>{LINK}</Link></Item></Channel></Rss>",
            id="RSS with initial capitals",
        ),
        pytest.param(
            f"<rss><channel><Item><title>x</title><link>{LINK}</link></Item></channel></rss>",
            id="an Item",
        ),
        pytest.param(
            f'<feed {ATOM}><Entry><Title>x</Title><Link Href="{LINK}"/></Entry></feed>',
            id="an Entry",
        ),
        pytest.param(
            f'<FEED {ATOM}><ENTRY><TITLE>x</TITLE><LINK HREF="{LINK}"/></ENTRY></FEED>',
            id="Atom in capitals",
        ),
        pytest.param(
            f'<RSS><CHANNEL><ITEM><TITLE>x</TITLE><GUID ISPERMALINK="true">{LINK}</GUID>'
            "</ITEM></CHANNEL></RSS>",
            id="attributes in capitals",
        ),
        pytest.param(
            f'{{"Version": "1", "Items": [{{"Id": "1", "Title": "x", "Url": "{LINK}"}}]}}',
            id="JSON with capitals",
        ),
        pytest.param(rss(f"<title>x</title><link/>{LINK}"), id="a link behind its element"),
        pytest.param(rss(f"<title>x</title><link></link>\n{LINK}\n"), id="the same over lines"),
        pytest.param(rss(f"<title>x</title><link>{LINK}"), id="a link that does not end"),
        pytest.param(
            rss(f"<title>x</title><link>{LINK}<pubDate>now</pubDate>"),
            id="a link that the next element ends",
        ),
        pytest.param(rss(f"<guid>{LINK}\n<title>x</title>"), id="a guid that does not end"),
        pytest.param(
            rss(f'<title>x</title><link><a href="{LINK}">x</a></link>'), id="a link of HTML"
        ),
        pytest.param(rss(f'<title>x</title><link url="{LINK}"/>'), id="a link in an attribute"),
        pytest.param(rss(f"<title>x</title><url>{LINK}</url>"), id="a url"),
        pytest.param(
            rss(f'<title>x</title><enclosure url="{LINK}" type="audio/mpeg"/>'),
            id="an enclosure alone",
        ),
        pytest.param(
            f"<feed {ATOM}><entry><title>x</title>"
            f'<link rel="enclosure" href="{LINK}"/></entry></feed>',
            id="an enclosure alone, in Atom",
        ),
        pytest.param(
            f"<feed {ATOM}><entry><id>{LINK}</id><title>x</title></entry></feed>",
            id="an id that is an address",
        ),
        pytest.param(
            f'{{"items": [{{"id": "{LINK}", "title": "x"}}]}}',
            id="an id that is an address, in JSON",
        ),
        pytest.param(
            f'<entry {ATOM}><title>x</title><link href="{LINK}"/></entry>', id="an entry alone"
        ),
        pytest.param(
            f'<!-- {"x" * 20_000} --><?xml version="1.0"?>\n<a:entry xmlns:a='
            f'"http://www.w3.org/2005/Atom"><a:title>x</a:title><a:link href="{LINK}"/></a:entry>',
            id="an entry alone behind a long comment",
        ),
        pytest.param(rss(LINKED, "<!DOCTYPE html>\n"), id="DOCTYPE"),
        pytest.param(rss(LINKED, "<!-- <html> -->\n"), id="a comment of HTML"),
        pytest.param(
            rss(LINKED, f"<!-- {'x' * 30_000} -->"),
            id="a comment of 30 kB",
        ),
        pytest.param(
            rss(LINKED, "<!-- x -->\n" * 50_000),
            id="50,000 comments",
        ),
        pytest.param(
            rss(LINKED, "<?xml version='1.0'?>" + "\n" * 20_000),
            id="20,000 lines",
        ),
        pytest.param(rss(LINKED, " " * 20_000), id="20 kB of blanks"),
        pytest.param(
            f'{{"items": [{{"title": "x", "url": "{LINK}",}},]}}',
            id="JSON with a comma too many",
        ),
        pytest.param(
            f'{{"items": [,{{"title": "x",, "url": "{LINK}"}}]}}',
            id="JSON with commas elsewhere",
        ),
        pytest.param(
            f'{{"items": [{{"title": "x", "summary": "a \\d \\u12 \\" b", "url": "{LINK}"}}]}}',
            id="JSON with escapes of its own",
        ),
        pytest.param(
            f'{{"items": [{{"title": "x", "url": "{LINK}"}}]}}<!-- 0.2 s -->',
            id="JSON with a comment behind it",
        ),
    ],
)
def test_it_is_read(body: str) -> None:
    feed = parse(document(body))
    assert [(entry.title and entry.title.value, entry.link) for entry in feed.entries] == [
        ("x", LINK)
    ]
    assert not feed.cut


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"a": 1, "b": [1,]}', "not a JSON feed"),
        ('{"items": [}', "not well-formed JSON"),
        ('{"items": [{"id": 1}}', "not well-formed JSON"),
        ("{,}", "neither XML nor JSON"),
        ("<entry><name>x</name></entry>", "not RSS, RDF or Atom"),
    ],
)
def test_what_is_no_feed_stays_none(body: str, said: str) -> None:
    with pytest.raises(ParseError, match=said):
        parse(document(body))


def test_what_is_nested_too_deeply_costs_no_other_entry() -> None:
    nested = f"<item><title>deep</title><b>{'<a>' * 60_000}x{'</a>' * 60_000}</b></item>"
    for deep in (nested, nested.replace("</a>", "")):
        items = "".join(f"<item><guid>{number}</guid></item>" for number in range(3))
        feed = parse(document(f"<rss><channel>{items}{deep}{items}</channel></rss>"))
        assert len(feed.entries) == 7
        assert feed.flaw
        assert "Excessive depth" in feed.flaw
