"""The feed of editions: an entry each, to be read where it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from lxml import etree
from selectolax.lexbor import LexborHTMLParser

from digest.render import render
from support import editions

ATOM = "{http://www.w3.org/2005/Atom}"


def _entries(*made, **changes):
    body = render("editions", made, editions.site(**changes)).body
    return etree.fromstring(body).findall(f"{ATOM}entry")


def _content(edition, **changes):
    (entry,) = _entries(edition, **changes)
    return LexborHTMLParser(entry.findtext(f"{ATOM}content"))


def test_an_entry_is_called_after_its_slot_and_leads_to_its_page():
    (entry,) = _entries(editions.sample())
    assert entry.findtext(f"{ATOM}id") == (
        "tag:news.example.org,2026-10-01:daily/edition/2026-11-22T0700"
    )
    title = entry.findtext(f"{ATOM}title").replace("\u202f", " ")
    assert title == "Sunday, November 22, 2026 · 7:00 AM"
    assert entry.find(f"{ATOM}link").get("href") == (
        "https://news.example.org/daily/2026-11-22T0700/"
    )


def test_an_edition_without_a_page_is_linked_to_none():
    (entry,) = _entries(editions.sample(), formats=("editions",))
    assert entry.find(f"{ATOM}link") is None


def test_the_whole_edition_is_there_to_be_read():
    page = _content(editions.sample())
    stories = [story for section in editions.sample().sections for story in section.stories]
    assert [node.text() for node in page.css("h2")] == ["Machine learning", "Systems", "World"]
    assert [node.text() for node in page.css("h3")] == [
        story.title for story in stories if not story.untitled
    ]
    links = {a.attributes["href"] for a in page.css("a")}
    text = page.body.text()
    for story in stories:
        assert story.link in links
        assert story.excerpt in text
        assert {mention.link for mention in story.also_in} <= links
        assert {*story.related} <= links
        assert {one.url for one in story.enclosures} <= links


def test_texts_bear_their_language_and_direction():
    (title,) = _content(editions.arabic(), language="en").css("h3[lang=ar]")[:1]
    assert title.attributes["dir"] == "rtl"


def test_images_are_shown_only_where_the_digest_shows_them():
    assert len(_content(editions.pictured()).css("img")) == 8
    assert _content(replace(editions.pictured(), images=False)).css("img") == []


def test_the_newest_edition_comes_first_and_dates_the_feed():
    newest = editions.sample()
    older = replace(
        editions.long(),
        slot="2026-11-21T0700",
        number=40,
        composed_at=newest.composed_at - timedelta(days=1),
    )
    for made in ([newest, older], [older, newest]):
        tree = etree.fromstring(render("editions", made, editions.site()).body)
        updates = [entry.findtext(f"{ATOM}updated") for entry in tree.iter(f"{ATOM}entry")]
        assert updates == ["2026-11-22T06:00:00.041999Z", "2026-11-21T06:00:00.040999Z"]
        assert tree.findtext(f"{ATOM}updated") == updates[0]


def test_two_editions_of_one_moment_keep_apart():
    second = replace(editions.one_story(), slot="2026-11-22T0701", number=42)
    first, then = _entries(editions.sample(), second)
    assert first.findtext(f"{ATOM}updated") > then.findtext(f"{ATOM}updated")
    assert first.findtext(f"{ATOM}id").endswith("0701")
