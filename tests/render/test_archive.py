"""The list of editions."""

from __future__ import annotations

from dataclasses import replace

from selectolax.lexbor import LexborHTMLParser

from digest.render import render
from support import editions


def _page(*made, **changes):
    body = render("archive", made, editions.site(**changes)).body
    return LexborHTMLParser(body.decode())


def test_editions_are_listed_by_month_with_date_count_and_lead_titles():
    made = (
        editions.sample(),
        replace(editions.one_story(), slot="2026-11-21T0700", number=40),
        replace(editions.long(), slot="2026-10-31T1930", number=39),
    )
    page = _page(*made)
    assert [node.text() for node in page.css("h2")] == ["November 2026", "October 2026"]
    assert [a.attributes["href"] for a in page.css("li a")] == [
        "2026-11-22T0700/",
        "2026-11-21T0700/",
        "2026-10-31T1930/",
    ]
    lines = [node.text().replace("\u202f", " ") for node in page.css(".by")]
    assert lines[0] == "Edition 41 · 7:00 AM · 8 stories"
    assert lines[1] == "Edition 40 · 7:00 AM · 1 story"
    titles = [node.text() for node in page.css("li")[0].css("bdi")]
    assert titles == [story.title for story in editions.sample().sections[0].stories]


def test_titles_bear_their_language_and_direction():
    titles = _page(editions.arabic(), language="en").css("li bdi")
    marks = [(title.attributes["lang"], title.attributes["dir"]) for title in titles]
    assert marks == [("ar", "rtl"), ("ar", "rtl"), ("en", "ltr")]


def test_only_feeds_that_are_written_are_linked():
    assert [a.attributes["href"] for a in _page(formats=("archive", "atom")).css(".facts a")] == [
        "atom.xml"
    ]


def test_without_editions_the_page_says_so():
    assert "Nothing new." in _page().body.text()
