"""Markdown as a CommonMark parser reads it: a feed's text is never structure."""

from __future__ import annotations

import pytest

from digest.render import render
from digest.render.markdown import escape, target
from support import editions

markdown_it = pytest.importorskip("markdown_it", reason="needs markdown-it-py")
COMMONMARK = markdown_it.MarkdownIt("commonmark")


def _tokens(edition):
    text = render("markdown", [edition], editions.site()).body.decode()
    for token in COMMONMARK.parse(text):
        yield token
        yield from token.children or ()


@pytest.mark.parametrize("text", editions.HOSTILE_TEXTS)
@pytest.mark.parametrize("frame", ["{}", "- {}", "### {}", "[{}](<https://example.org>)"])
def test_escaped_text_reads_as_itself_wherever_it_stands(text, frame):
    text = text.encode("ascii", "replace").decode().replace("\n", " ").replace("\r", "").strip()
    text = "".join(character for character in text if character.isprintable())
    tokens = COMMONMARK.parse(frame.format(escape(text)))
    plain = COMMONMARK.parse(frame.format("text"))
    assert [token.type for token in tokens] == [token.type for token in plain]
    (inline,) = (token for token in tokens if token.type == "inline")
    assert "".join(child.content for child in inline.children) == text


@pytest.mark.parametrize("text", ["plain", "O(n²) turns into O(n).", "a - b + c = d", "2026-11-22"])
def test_harmless_text_passes_as_it_is(text):
    assert escape(text) == text


def test_an_entity_in_an_address_stays_an_address():
    assert target("https://example.org/?a=1&b=2") == "<https://example.org/?a=1&b=2>"
    (token,) = COMMONMARK.parse(f"[a]({target('https://example.org/?a&copy;b')})")[1:2]
    assert token.children[0].attrs["href"] == "https://example.org/?a&copy;b"


def test_the_sample_reads_as_headings_paragraphs_and_links():
    headings = [token.tag for token in _tokens(editions.sample()) if token.type == "heading_open"]
    assert headings.count("h1") == 1
    assert headings.count("h2") == 3
    assert headings.count("h3") == 7
    links = [
        token.attrs["href"] for token in _tokens(editions.sample()) if token.type == "link_open"
    ]
    assert "https://planet.example.com/softmax?utm=1&b=2" in links


def test_a_hostile_edition_holds_no_html_code_or_foreign_link():
    tokens = list(_tokens(editions.hostile()))
    kinds = {token.type for token in tokens}
    assert not kinds & {"html_block", "html_inline", "code_inline", "fence", "code_block", "hr"}
    links = [token.attrs["href"] for token in tokens if token.type == "link_open"]
    assert all(link.startswith(("https://example.org/", "mailto:me@")) for link in links)
