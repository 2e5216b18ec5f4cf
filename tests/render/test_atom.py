"""The Atom feed: RFC 4287, as its schema and as another parser read it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import feedparser
import pytest
from lxml import etree

from digest.model import Section, Source
from digest.render import render
from support import editions, feedcheck

ATOM = "{http://www.w3.org/2005/Atom}"


def _bytes(*made, **changes):
    return render("atom", made, editions.site(**changes)).body


def _tree(*made, **changes):
    return etree.fromstring(_bytes(*made, **changes))


@pytest.mark.parametrize("edition", editions.ALL)
def test_the_feed_is_valid_against_the_schema_of_the_rfc(edition):
    schema = feedcheck.schema()
    make, language = editions.ALL[edition]
    for base in ("https://news.example.org/", None):
        tree = _tree(make(), language=language, base_url=base)
        assert schema.validate(tree), schema.error_log
    assert schema.validate(_tree())


def test_another_parser_reads_back_what_was_written():
    feed = feedparser.parse(_bytes(editions.sample()))
    assert not feed.bozo
    stories = {
        story.title: story for section in editions.sample().sections for story in section.stories
    }
    assert len(feed.entries) == len(stories)
    for entry in feed.entries:
        story = stories[entry.title]
        assert entry.id == f"tag:news.example.org,2026-10-01:daily/story/{story.key}"
        assert entry.link == story.link
        assert entry.summary == story.excerpt
        assert entry.published_parsed[:6] == story.published.utctimetuple()[:6]
        assert entry.updated_parsed[:6] == story.updated.utctimetuple()[:6]
        assert entry.title_detail.language == story.language
        assert entry.source.title == story.feed
        assert entry.source.id == story.feed_url
        related = [link.href for link in entry.links if link.rel == "related"]
        assert related == [*(mention.link for mention in story.also_in), *story.related]
        enclosures = [link for link in entry.links if link.rel == "enclosure"]
        assert [link.href for link in enclosures] == [e.url for e in story.enclosures]


def test_a_hostile_edition_is_read_back_as_text():
    feed = feedparser.parse(_bytes(editions.hostile()), sanitize_html=False)
    assert not feed.bozo
    assert "{{7*7}}{% raw %}{{ site }}" in [entry.title for entry in feed.entries]
    links = [link.href for entry in feed.entries for link in entry.get("links", [])]
    assert all(link.startswith(("https://example.org/", "mailto:me@")) for link in links)


def test_the_feed_was_updated_when_its_newest_story_was():
    tree = _tree(editions.sample())
    entries = [entry.findtext(f"{ATOM}updated") for entry in tree.iter(f"{ATOM}entry")]
    assert tree.findtext(f"{ATOM}updated") == max(entries)
    assert entries == sorted(entries, reverse=True)
    later = replace(editions.sample(), composed_at=datetime(2027, 1, 1, tzinfo=UTC))
    assert _bytes(later) == _bytes(editions.sample())


def test_an_update_takes_the_place_of_the_story_and_keeps_its_id():
    before = editions.story("k", "Told first")
    moment = before.updated + timedelta(days=2)
    after = replace(
        before, title="Corrected", updated=moment, update=True, first_told="2026-11-20T0700"
    )
    newer, older = (
        editions.edition(Section(title="", stories=(story,)), slot=slot)
        for story, slot in ((after, editions.SLOT), (before, "2026-11-20T0700"))
    )
    (first,) = _tree(older).iter(f"{ATOM}entry")
    (entry,) = _tree(newer, older).iter(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}id") == first.findtext(f"{ATOM}id")
    assert entry.findtext(f"{ATOM}title") == "Corrected"
    assert entry.findtext(f"{ATOM}updated") > first.findtext(f"{ATOM}updated")
    assert entry.findtext(f"{ATOM}published") == first.findtext(f"{ATOM}published")


def test_a_feed_of_nothing_was_updated_when_the_digest_began():
    assert _tree().findtext(f"{ATOM}updated") == "2026-10-01T00:00:00Z"


def test_addresses_are_absolute_and_only_there_where_they_are_known():
    links = {link.get("rel"): link.get("href") for link in _tree().findall(f"{ATOM}link")}
    assert links == {
        "self": "https://news.example.org/daily/atom.xml",
        "alternate": "https://news.example.org/daily/",
    }
    assert _tree(base_url=None).findall(f"{ATOM}link") == []


def test_every_entry_has_an_author():
    plain = editions.story("a", "A")
    nobody = replace(editions.story("b", "B"), feed="", feed_url="")
    written = replace(editions.story("c", "C"), authors=("Ines Okafor", "T. Akintola"))
    tree = _tree(editions.edition(Section(title="", stories=(plain, nobody, written))))
    names = {
        entry.findtext(f"{ATOM}title"): [name.text for name in entry.iter(f"{ATOM}name")]
        for entry in tree.iter(f"{ATOM}entry")
    }
    assert names == {"A": ["Field Notes"], "B": ["…"], "C": ["Ines Okafor", "T. Akintola"]}


def test_an_entry_without_a_link_has_no_alternate_and_its_text_all_the_same():
    told = replace(editions.story("a", "A"), link=None)
    (entry,) = _tree(editions.edition(Section(title="", stories=(told,)))).iter(f"{ATOM}entry")
    assert entry.find(f"{ATOM}link") is None
    assert entry.findtext(f"{ATOM}summary") == told.excerpt
    assert f'<p lang="en" dir="ltr">{told.excerpt}</p>' in entry.findtext(f"{ATOM}content")


def test_what_an_aggregator_copied_keeps_its_first_source():
    source = Source(title="Tea", link="https://tea.example.com/", id="tag:tea.example.com,2020:t")
    told = replace(editions.story("a", "A"), source=source)
    (found,) = _tree(editions.edition(Section(title="", stories=(told,)))).iter(f"{ATOM}source")
    assert found.findtext(f"{ATOM}id") == source.id
    assert found.findtext(f"{ATOM}title") == "Tea"
    assert found.find(f"{ATOM}link").get("href") == "https://tea.example.com/"


def test_what_was_told_by_another_names_who_told_us():
    source = Source(title="Tea", link="https://tea.example.com/", id="12345")
    told = replace(editions.story("a", "A"), source=source)
    (entry,) = _tree(editions.edition(Section(title="", stories=(told,)))).iter(f"{ATOM}entry")
    via = [link for link in entry.findall(f"{ATOM}link") if link.get("rel") == "via"]
    assert [(link.get("href"), link.get("title")) for link in via] == [
        ("https://example.org/", "Field Notes")
    ]
    assert entry.findtext(f"{ATOM}source/{ATOM}id") == "https://tea.example.com/"


def test_a_feed_without_an_address_has_an_id_all_the_same():
    told = replace(editions.story("a", "A"), feed_url="/feeds/a.xml", feed_link=None)
    made = editions.edition(Section(title="", stories=(told, replace(told, key="b"))))
    for authority in ("news.example.org", "::1"):
        found = [
            one.findtext(f"{ATOM}id")
            for one in _tree(made, authority=authority).iter(f"{ATOM}source")
        ]
        assert len(set(found)) == 1
        assert found[0].startswith(f"tag:{authority},2026-10-01:daily/feed/")


def test_text_that_could_be_taken_for_markup_says_that_it_is_text():
    told = editions.story("a", "The <b> element & others")
    (entry,) = _tree(editions.edition(Section(title="", stories=(told,)))).iter(f"{ATOM}entry")
    title = entry.find(f"{ATOM}title")
    assert title.get("type") == "html"
    assert title.text == "The &lt;b&gt; element &amp; others"
    plain = editions.story("b", "No markup at all; 3 > 2")
    (entry,) = _tree(editions.edition(Section(title="", stories=(plain,)))).iter(f"{ATOM}entry")
    assert entry.find(f"{ATOM}title").get("type") is None
