"""Whatever an edition holds, its feeds are valid, and say the same to every parser."""

from __future__ import annotations

import html
import os
import re
from datetime import UTC, datetime, timedelta

import feedparser
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from digest.model import (
    CappedFeed,
    Document,
    Edition,
    Enclosure,
    FailedFeed,
    Image,
    Mention,
    Section,
    Source,
    Story,
)
from digest.parse import parse
from digest.render import page, render
from support import editions
from support.feedcheck import ATOM, complaints, json_complaints

LONG = os.environ.get("DIGEST_EXAMPLES") == "searching"
HOME = "https://news.example.org/daily/"
FEEDS = {"atom": "atom.xml", "editions": "editions.xml"}
LATEST = editions.MOMENT + timedelta(seconds=1)
FIRST, LAST = datetime.fromisoformat("1901-01-01"), datetime.fromisoformat("2200-01-01")

ODD_TEXTS = (
    *editions.HOSTILE_TEXTS,
    "",
    " \u200b ",
    "AT&T, Q&A, R&D2 &copy 2026 &alpha &x; &#8217;",
    "twice &amp;amp;lt;b&amp;amp;gt; escaped",
    "Ines <ines@example.org>",
    "caf\xc3\xa9, encoded twice",
    "\xc3\xaf\xc2\xbf\xc2\xbd\xef\xbf\xbe",
    "lost \ufffd\ufffd in decoding",
    "\ufffe\uffff\U0001fffe\ufdd0",
    "عنوان من اليمين \u202e\u2067 إلى اليسار",
    "\ud83d\ude00 split, \U0001f600 whole",
    "e\u0301" * 40,
)
ODD_LINKS = (
    *editions.HOSTILE_LINKS,
    *editions.TRICKY_LINKS,
    "HTTPS://Example.ORG:443",
    "http://example.org:80/%7euser/../a/./b",
    "https://bücher.example/straße?q=ä&ß#ö#ü",
    "https://example.org/" + "ü" * 300,
    "https://me:secret@example.org/",
    "https://[2001:DB8::1]:8080/x",
    "https://example.org/%zz%ff[x]|^`{}\\",
    "https://a_b.example/?a=1&b='x'*(y)",
    "https:///example.org/",
    "https://example.org:99999/",
)
ODD_LANGUAGES = (
    "en",
    "zh-Hant",
    "EN-us",
    "ar",
    "eng",
    "english",
    "x-own",
    "xx",
    "",
    "q",
    "i-klingon",
)
ODD_IDS = (
    "tag:example.org,2020:x",
    "TAG:Example.org,2020:x",
    "urn:uuid:60A76C80-d399-11d9-b93c-0003939e0af6",
    "urn:uuid:nonsense",
    "urn:isbn:9783161484100",
    "yt:channel:UCxyz",
    "12345",
    "a b",
    *ODD_LINKS,
)

any_text = st.sampled_from(ODD_TEXTS) | st.text(st.characters(exclude_categories=()), max_size=40)
any_link = st.sampled_from(ODD_LINKS) | any_text.map("https://example.org/{}".format)
any_moment = st.datetimes(FIRST, LAST, timezones=st.just(UTC)) | (st.just(editions.MOMENT))
any_language = st.none() | st.sampled_from(ODD_LANGUAGES)


def several(one):
    return st.lists(one, max_size=3).map(tuple)


any_story = st.builds(
    Story,
    key=st.text("ab:/ü<&#", min_size=1, max_size=4),
    rank=st.just(1),
    title=any_text,
    untitled=st.booleans(),
    link=st.none() | any_link,
    feed=any_text,
    feed_url=any_link,
    feed_link=st.none() | any_link,
    source=st.none()
    | st.builds(
        Source,
        title=st.none() | any_text,
        link=st.none() | any_link,
        id=st.none() | st.sampled_from(ODD_IDS) | any_text,
    ),
    authors=several(any_text),
    categories=several(any_text),
    published=st.none() | any_moment,
    updated=any_moment,
    language=any_language,
    excerpt=any_text,
    image=st.none() | st.builds(Image, url=any_link, alt=st.none() | any_text),
    enclosures=several(
        st.builds(
            Enclosure,
            url=any_link,
            media_type=st.sampled_from((None, "audio/mpeg", "audio", "a/b; c=d", "Ä/ö")),
            length=st.none() | st.integers(),
            title=st.none() | any_text,
        )
    ),
    also_in=several(
        st.builds(
            Mention,
            feed=any_text,
            link=st.none() | any_link,
            title=any_text,
            language=any_language,
        )
    ),
    related=several(any_link),
    update=st.booleans(),
    first_told=st.none() | st.just("2026-11-20T0700"),
)


@st.composite
def histories(draw) -> list[Edition]:
    """Make the last editions of a digest, the newest first."""
    made = []
    for back in range(draw(st.integers(1, 3))):
        stories = draw(st.lists(any_story, max_size=4, unique_by=lambda story: story.key))
        half = len(stories) // 2
        made.append(
            editions.edition(
                Section(title=draw(any_text), stories=tuple(stories[:half])),
                Section(title="", stories=tuple(stories[half:])),
                slot=f"2026-11-{22 - back}T0700",
                number=41 - back,
                composed_at=editions.MOMENT - timedelta(days=back * draw(st.integers(0, 1))),
                title=draw(any_text),
                images=draw(st.booleans()),
                capped=draw(st.integers(0, 2)),
                damped=(CappedFeed(feed=draw(any_text), shown=1, of=2),),
                failed=(FailedFeed(title=draw(any_text), url=draw(any_link), error="gone"),),
            )
        )
    return made


any_history = histories()


def examples(test):
    """Try `test` with fifty histories, or in the long run with five hundred."""
    return settings(
        max_examples=500 if LONG else 50,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )(given(history=any_history, title=any_text)(test))


@pytest.mark.parametrize("name", FEEDS)
@examples
def test_a_feed_has_nothing_to_complain_of(name, history, title):
    site = editions.site(title=title, digest_title=title, hub="https://hub.example.com/")
    body = render(name, history, site).body
    assert complaints(body, HOME + FEEDS[name], LATEST) == []
    assert body == render(name, history, site).body


@pytest.mark.parametrize("name", FEEDS)
@pytest.mark.parametrize("id_", ODD_IDS)
def test_whatever_id_a_source_has_there_is_nothing_to_complain_of(name, id_):
    source = Source(title="A feed", link=None, id=id_)
    history = [
        editions.edition(Section(title="", stories=(editions.story("a", "A", source=source),)))
    ]
    site = editions.site(hub="https://hub.example.com/")
    assert complaints(render(name, history, site).body, HOME + FEEDS[name], LATEST) == []


@examples
def test_a_closed_page_has_nothing_to_complain_of(history, title):
    site = editions.site(
        digest_title=title,
        closed={"atom": "archive/atom-2026-10-30T0700.xml"},
        hub="https://hub.example.com/",
    )
    body = page("atom", history, site, "archive/atom-2026-11-22T0700.xml").body
    assert complaints(body, f"{HOME}archive/atom-2026-11-22T0700.xml", LATEST) == []
    links = {
        link.get("rel"): link.get("href") for link in etree.fromstring(body).findall(f"{ATOM}link")
    }
    assert links == {
        "self": f"{HOME}archive/atom-2026-11-22T0700.xml",
        "alternate": HOME,
        "current": f"{HOME}atom.xml",
        "prev-archive": f"{HOME}archive/atom-2026-10-30T0700.xml",
    }


@examples
def test_a_json_feed_has_nothing_to_complain_of(history, title):
    body = render("jsonfeed", history, editions.site(digest_title=title)).body
    assert json_complaints(body, f"{HOME}feed.json") == []


@pytest.mark.parametrize("name", FEEDS)
@examples
def test_every_parser_reads_the_same(name, history, title):
    body = render(name, history, editions.site(digest_title=title)).body
    by_hand = [_entry(entry) for entry in etree.fromstring(body).iter(f"{ATOM}entry")]

    theirs = feedparser.parse(body, sanitize_html=False, resolve_relative_uris=False)
    assert not theirs.bozo
    assert [
        (entry.id, _one_line(entry.title, entry.title_detail.type), entry.updated_parsed[:6])
        for entry in theirs.entries
    ] == by_hand

    ours = parse(Document(url=HOME + FEEDS[name], media_type="application/atom+xml", body=body))
    assert ours.flaw is None
    assert [
        (
            entry.id,
            _one_line(entry.title.value, "text/html" if entry.title.html else "text/plain"),
            datetime.fromisoformat(entry.updated).utctimetuple()[:6],
        )
        for entry in ours.entries
    ] == by_hand


def _entry(entry):
    title = entry.find(f"{ATOM}title")
    updated = datetime.fromisoformat(entry.findtext(f"{ATOM}updated"))
    kind = "text/html" if title.get("type") == "html" else "text/plain"
    return entry.findtext(f"{ATOM}id"), _one_line(title.text, kind), updated.utctimetuple()[:6]


def _one_line(title, kind):
    """Read a title as its type says; parsers differ in white space alone."""
    text = html.unescape(title) if kind == "text/html" else title
    return re.sub(r"\s+", " ", text).strip()


@pytest.mark.parametrize("edition", editions.ALL)
@pytest.mark.parametrize("name", FEEDS)
def test_the_feeds_of_every_example_have_nothing_to_complain_of(name, edition):
    make, language = editions.ALL[edition]
    body = render(name, [make()], editions.site(language=language)).body
    assert complaints(body, HOME + FEEDS[name], LATEST) == []


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        pytest.param(b"<id>tag:", b"<id>", "no URI", id="an id that is no URI"),
        pytest.param(
            b"/story/wal</id>", b"/story/talk</id>", "two entries have one id", id="twins"
        ),
        pytest.param(b"</title>", b"&lt;/b></title>", "looks like markup", id="markup as text"),
        pytest.param(b"</title>", b" &amp;nbsp;</title>", "looks like markup", id="an entity"),
        pytest.param(b"</name>", b"\xef\xbf\xbd</name>", "no character", id="lost in decoding"),
        pytest.param(b"</name>", b"\xc3\x83\xc2\xa9</name>", "encoded twice", id="encoded twice"),
        pytest.param(b"<name>Ines Okafor", b"<name> ", "blank", id="a name of nothing"),
        pytest.param(b'lang="zh"', b'lang="zz"', "no language", id="an unknown language"),
        pytest.param(b"&lt;p ", b'&lt;p style="x" ', "unexpected", id="a style"),
        pytest.param(b"&lt;/small>", b"", "closed without", id="an element left open"),
        pytest.param(
            b'href="https://example.org/wal"', b'href="/wal"', "no absolute", id="relative"
        ),
        pytest.param(b"daily/atom.xml", b"daily/else.xml", "own address", id="another address"),
        pytest.param(b"2026-11-21T19:43:00.041992Z", b"now", "no moment", id="no date"),
        pytest.param(b'rel="related"', b'rel="sibling"', "has a link", id="an unknown relation"),
        pytest.param(b"<generator>", b"<extra/><generator>", "extra", id="an unknown element"),
    ],
)
def test_what_would_be_complained_of(old, new, complaint):
    body = render("atom", [editions.sample()], editions.site()).body
    assert old.replace(b"&lt;/small>", b"&lt;/small&gt;") in body
    spoiled = body.replace(old.replace(b"&lt;/small>", b"&lt;/small&gt;"), new)
    found = complaints(spoiled, HOME + FEEDS["atom"], LATEST)
    assert any(complaint in one for one in found), found
