"""The page: its structure as an HTML5 parser sees it, its languages, and what it never holds."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from selectolax.lexbor import LexborHTMLParser

from digest.model import Section
from digest.render import render
from support import editions


def _page(edition, **changes):
    body = render("html", [edition], editions.site(**changes)).body
    return LexborHTMLParser(body.decode())


def _texts(nodes):
    return [" ".join(node.text().split()) for node in nodes]


def test_a_page_has_one_heading_of_the_first_level_and_the_others_in_order():
    page = _page(editions.sample())
    levels = [int(node.tag[1]) for node in page.css("h1, h2, h3, h4")]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert len(page.css("article")) == 8
    assert len(page.css("main section[aria-labelledby]")) == 3


def test_the_counts_are_in_a_line():
    (line,) = _texts(_page(editions.sample()).css(".facts"))
    assert line == "Edition 41 · 7:00 AM · 8 stories · 12 entries · 8 feeds · 1 min read"


def test_each_story_bears_its_own_language_and_direction():
    articles = _page(editions.sample()).css("article")
    marks = {(a.attributes["lang"], a.attributes["dir"]) for a in articles}
    assert marks == {("en", "ltr"), ("zh", "ltr"), ("ar", "rtl")}


def test_the_page_bears_the_language_and_direction_of_its_own_words():
    for language, expected in {
        "ar": ("ar", "rtl"),
        "de": ("de", "ltr"),
        "is": ("en", "ltr"),
    }.items():
        attributes = _page(editions.arabic(), language=language).css_first("html").attributes
        assert (attributes["lang"], attributes["dir"]) == expected


def test_a_story_of_unknown_language_says_so_and_is_written_as_its_letters_are():
    told = replace(editions.story("a", "שלום"), language=None)
    article = _page(editions.edition(Section(title="", stories=(told,)))).css_first("article")
    assert (article.attributes["lang"], article.attributes["dir"]) == ("", "rtl")


def test_our_words_keep_their_direction_beside_a_story_written_the_other_way():
    page = _page(editions.sample())
    also = page.css("article[lang=ar] .more")[0]
    assert (also.attributes["lang"], also.attributes["dir"]) == ("en", "ltr")
    assert _texts([also]) == ["Also in Harbor Press"]


def test_sections_are_listed_only_where_there_are_two():
    assert _texts(_page(editions.sample()).css("nav a")) == ["Machine learning", "Systems", "World"]
    assert _page(editions.arabic()).css("nav") == []


def test_every_link_within_the_page_leads_somewhere():
    page = _page(editions.sample())
    targets = {node.attributes["id"] for node in page.css("[id]")}
    inner = {a.attributes["href"][1:] for a in page.css('a[href^="#"]')}
    named = {node.attributes["aria-labelledby"] for node in page.css("[aria-labelledby]")}
    assert inner | named <= targets


def test_a_section_without_a_name_is_the_rest_among_others_and_nothing_alone():
    assert _texts(_page(editions.long()).css("h2"))[-1] == "Everything else"
    assert _page(editions.one_story()).css("section, h3") == []


def test_an_untitled_story_shows_its_text_once():
    page = _page(editions.untitled())
    text = page.body.text()
    assert text.count("Fog. The ferry") == 1
    assert text.count("Rewrote the parser") == 1
    links = [a.attributes["href"] for a in page.css("article a")]
    assert links == ["https://notes.example.com/0", "https://notes.example.com/1"]


def test_an_enclosure_is_a_line_with_its_kind_and_size():
    link = _page(editions.sample()).css_first('a[href^="https://media."]')
    assert link.attributes["href"] == "https://media.example.com/112.mp3?a=1&b=2"
    assert link.text().replace("\xa0", " ") == "Audio, 48.3 MB"


def test_a_feed_that_failed_is_named_without_its_reason():
    aside = _page(editions.sample()).css_first("aside")
    assert _texts(aside.css("h2")) == ["2 feeds could not be read"]
    assert _texts(aside.css("li"))[0] == "Kernel Weekly"
    assert "20 seconds" not in aside.text()
    assert _page(editions.one_story()).css("aside") == []


def test_what_was_left_out_is_counted():
    assert "38 more entries were left out" in _page(editions.sample()).css_first("footer").text()
    assert "left out" not in _page(editions.one_story()).css_first("footer").text()


@pytest.mark.parametrize(
    ("formats", "links"),
    [
        (("html", "archive", "atom", "jsonfeed"), ["../", "../atom.xml", "../feed.json"]),
        (("html", "atom"), ["../atom.xml"]),
        (("html",), []),
    ],
)
def test_only_what_is_written_is_linked(formats, links):
    page = _page(editions.sample(), formats=formats)
    assert [a.attributes["href"] for a in page.css("footer a")] == links
    alternates = [a.attributes["href"] for a in page.css('link[rel="alternate"]')]
    assert alternates == [link for link in links if link != "../"]


@pytest.mark.parametrize(
    ("base", "canonical"),
    [
        ("https://news.example.org/", ["https://news.example.org/daily/2026-11-22T0700/"]),
        (None, []),
    ],
)
def test_the_page_knows_its_address_where_there_is_one(base, canonical):
    page = _page(editions.sample(), base_url=base)
    assert [a.attributes["href"] for a in page.css('link[rel="canonical"]')] == canonical


def test_pictures_are_shown_only_where_they_are_switched_on():
    assert _page(replace(editions.pictured(), images=False)).css("img") == []
    first, second = _page(editions.pictured()).css("img")[:2]
    assert first.attributes == {
        "src": "https://img.example.com/softmax.png",
        "alt": "A picture for softmax",
        "width": "600",
        "height": "400",
        "loading": "lazy",
        "decoding": "async",
        "referrerpolicy": "no-referrer",
    }
    assert "width" not in second.attributes


@pytest.mark.parametrize("make", [make for make, _ in editions.ALL.values()], ids=editions.ALL)
def test_a_page_runs_and_loads_nothing(make):
    edition = replace(make(), images=False)
    page = _page(edition)
    active = "script, iframe, object, embed, form, link[rel=stylesheet], base, svg, math, [style]"
    assert page.css(active) == []
    assert page.css("[src], [srcset], [background], [data]") == []
    style = "".join(node.text() for node in page.css("style"))
    assert not re.search(r"url\(|@import|@font-face", style)
    attributes = [name for node in page.css("*") for name in node.attributes]
    assert not [name for name in attributes if name.startswith("on")]
    policy = page.css_first('meta[http-equiv="Content-Security-Policy"]').attributes["content"]
    assert policy.startswith("default-src 'none';")
    assert "img-src" not in policy


def test_links_lead_only_to_the_web_or_to_mail():
    page = _page(editions.hostile())
    links = [a.attributes["href"] for a in page.css("a[href]")]
    outward = [link for link in links if not link.startswith(("#", "../"))]
    assert outward
    assert all(link.startswith(("https://example.org/", "mailto:me@")) for link in outward)


def test_template_syntax_in_a_feed_is_text():
    text = _page(editions.hostile()).css_first("main").text()
    assert "{{7*7}}{% raw %}{{ site }}" in text
    assert '"><script>alert(1)</script>' in text


def test_fifty_stories_are_a_small_page():
    assert len(render("html", [editions.long(50)], editions.site()).body) < 50_000


def _luminance(color):
    channels = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ink", ["ink", "soft", "accent"])
@pytest.mark.parametrize("ground", ["paper", "wash"])
def test_text_stands_out_from_its_ground(scheme, ink, ground):
    style = _page(editions.one_story()).css_first("style").text()
    palette = dict(re.findall(r"--(\w+):(#\w{6})", style.split(":root{")[1 + scheme]))
    light, dark = sorted((_luminance(palette[ink]), _luminance(palette[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5
