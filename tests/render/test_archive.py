"""The list of editions."""

from __future__ import annotations

from dataclasses import replace

from selectolax.lexbor import LexborHTMLParser

from digest.model import Outline
from digest.render import page, render
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


def test_years_and_months_are_linked_where_they_have_pages():
    first = _page(editions.sample(), months=("2026-11", "2026-10", "2025-12"))
    assert [a.attributes["href"] for a in first.css("nav a")] == ["#year-2026", "#year-2025"]
    assert [node.text() for node in first.css("#year-2026, #year-2025")] == ["2026", "2025"]
    assert [(a.attributes["href"], a.text()) for a in first.css(".months a")] == [
        ("archive/2026-11.html", "November 2026"),
        ("archive/2026-10.html", "October 2026"),
        ("archive/2025-12.html", "December 2025"),
    ]
    assert not _page(editions.sample()).css("nav, .months")


def _month(*made, **changes):
    body = page("archive", made, editions.site(**changes), "archive/2026-11.html").body
    return LexborHTMLParser(body.decode())


def test_the_page_of_a_month_lists_its_editions_and_leads_back():
    made = (editions.sample(), replace(editions.one_story(), slot="2026-11-21T0700", number=40))
    month = _month(*made)
    assert month.css_first("h1").text() == "November 2026"
    assert [a.attributes["href"] for a in month.css("li a")] == [
        "../2026-11-22T0700/",
        "../2026-11-21T0700/",
    ]
    assert month.css_first(".facts a").attributes["href"] == "../"
    assert len(month.css("bdi[lang]")) == 4


def test_a_month_without_headlines_lists_days_and_times():
    listed = [
        Outline(slot=f"2026-11-{day}T{hour:02}00", number=1, stories=hour)
        for day in (22, 21)
        for hour in (13, 1)
    ]
    month = _month(*listed, language="de")
    assert [node.text() for node in month.css("h2")] == ["So., 22. Nov.", "Sa., 21. Nov."]
    assert [node.text() for node in month.css("li")] == [
        "13:00 13 Meldungen",
        "01:00 1 Meldung",
    ] * 2
