"""What a feed wrote becomes what may be printed anywhere; what is harmless passes as it is."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from digest.render.templating import clean as _clean
from support import editions

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        pytest.param("a\x00b\x0b\x1bc\x7f\x9f", "ab c", id="control characters go"),
        pytest.param("a\r\nb\tc\u2028d\x85e", "a b c d e", id="line breaks become a space"),
        pytest.param("a\ud800b\udfff", "ab", id="lone surrogates go"),
        pytest.param("a\ufffe\uffff\ufdd0\U0001fffeb", "ab", id="noncharacters go"),
        pytest.param("\u202egnp.exe", "gnp.exe", id="an override goes"),
        pytest.param("\u202dabc\u202c", "abc", id="an override goes though it is closed"),
        pytest.param("a\u2067b", "ab", id="an isolate that stays open goes"),
        pytest.param("a\u2069b\u2067c\u2069", "abc", id="an end without a beginning goes"),
        pytest.param("\u2067\u202ba\u2069\u202c", "a", id="crossed embeddings go"),
    ],
)
def test_text_is_cleaned(given_, expected):
    assert _clean.text(given_) == expected


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "  spaces  stay ",
        "10\xa0km, 5\u202f%",
        "全角\u3000空白",
        "مرحبا \u2067GPS\u2069",
        "a\u200fb\u200d\U0001f469\u200d\U0001f680",
        "</b>{{ x }}",
        "",
    ],
)
def test_harmless_text_passes_as_it_is(text):
    assert _clean.text(text) == text


@pytest.mark.parametrize("link", [*editions.HOSTILE_LINKS, "", " ", None, "mailto:", "https://"])
def test_a_link_that_is_not_an_absolute_web_address_is_dropped(link):
    assert _clean.link(link) is None


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        pytest.param("\nhttps://example.org/ ", "https://example.org/", id="space around"),
        pytest.param("https://e.org/a b", "https://e.org/a%20b", id="space within"),
        pytest.param('https://e.org/"<>', "https://e.org/%22%3C%3E", id="delimiters"),
        pytest.param("https://e.org/100%", "https://e.org/100%25", id="a percent sign alone"),
        pytest.param("https://e.org/?a[0]=1", "https://e.org/?a%5B0%5D=1", id="brackets"),
        pytest.param("https://e.org/\u202e\ud800x", "https://e.org/%E2%80%AEx", id="controls"),
    ],
)
def test_a_link_is_quoted_where_it_must_be(given_, expected):
    assert _clean.link(given_) == expected


@pytest.mark.parametrize(
    "link",
    [
        "https://example.org/a?b=c&d=e;f#g!$'()*+,:@~",
        "HTTP://example.org",
        "https://[2001:db8::1]:8080/",
        "https://例え.example.org/日本語?q=é",
        "https://example.org/%E4%BD%A0",
        "mailto:me@example.org?subject=Hello",
    ],
)
def test_a_good_link_passes_as_it_is(link):
    assert _clean.link(link) == link


@given(ANY_TEXT)
def test_cleaned_text_is_one_line_of_legal_xml_and_cleaning_it_again_changes_nothing(value):
    clean = _clean.text(value)
    assert clean.splitlines() in ([], [clean])
    element = etree.Element("a")
    element.text = clean
    assert etree.fromstring(etree.tostring(element)).text in (clean, None)
    assert _clean.text(clean) == clean


@given(ANY_TEXT, st.sampled_from(["", "https://", "https://e.org/", "mailto:a", "javascript:"]))
def test_a_cleaned_link_is_a_web_address_without_delimiters(value, scheme):
    link = _clean.link(scheme + value)
    if link is not None:
        assert re.fullmatch(r"(https?://|mailto:)[^\s\"<>\\^`{|}]+", link, re.IGNORECASE)
        assert _clean.link(link) == link


def test_an_edition_of_harmless_texts_passes_as_it_is():
    assert _clean.edition(editions.sample()) == editions.sample()
    assert _clean.edition(editions.pictured()) == editions.pictured()


def test_nothing_hostile_is_left_in_an_edition():
    edition = _clean.edition(editions.hostile())
    for section in edition.sections:
        for story in section.stories:
            assert story.title
            links = [story.link, story.feed_link, *story.related, *(m.link for m in story.also_in)]
            links += [enclosure.url for enclosure in story.enclosures]
            links += [story.image.url] if story.image else []
            assert all(re.match("https://|mailto:", link) for link in links if link)
            assert story.language is None
            assert all(e.media_type is None and e.length is None for e in story.enclosures)
