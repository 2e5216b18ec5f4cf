"""Whatever texts a feed holds, the documents made of them have the same structure."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from selectolax.lexbor import LexborHTMLParser

from digest.model import (
    CappedFeed,
    Enclosure,
    FailedFeed,
    Image,
    Mention,
    Section,
    Source,
)
from digest.render import render
from support import editions

ANY_TEXT = st.text(st.characters(exclude_categories=())) | st.sampled_from(editions.HOSTILE_TEXTS)
FRAMES = ("{text}x{n}", "x{n}{text}", "x{text}x{n}")


def any_text(test):
    """Try `test` with any text, in any place of a field."""
    # The first example compiles the templates, which takes its time on a slow machine.
    return settings(deadline=None)(given(text=ANY_TEXT, frame=st.sampled_from(FRAMES))(test))


def _edition(text, frame):
    """Make an edition with `text` in every field, none of them empty, no two alike."""
    count = 0

    def field():
        nonlocal count
        count += 1
        return frame.replace("{n}", str(count)).replace("{text}", text)

    def link():
        return f"https://example.org/{field()}"

    def story(**changes):
        return editions.story(
            f"key{count}",
            field(),
            link=link(),
            feed=field(),
            feed_url="https://example.org/feed",  # whether it is private decides what is shown
            feed_link=link(),
            source=Source(title=field(), link=link(), id=field()),
            authors=(field(), field()),
            categories=(field(),),
            excerpt=field(),
            image=Image(url=link(), alt=field()),
            enclosures=(Enclosure(url=link(), media_type="audio/mpeg", title=field()),),
            also_in=(Mention(feed=field(), link=link(), title=field()),),
            related=(link(),),
            **changes,
        )

    return editions.edition(
        Section(title=field(), stories=(story(), story(language=None))),
        Section(title=field(), stories=(story(untitled=True),)),
        title=field(),
        images=True,
        damped=(CappedFeed(feed=field(), shown=1, of=9),),
        failed=(FailedFeed(title=field(), url="", error=field(), link=link()),),
    )


def _render(name, text, frame):
    return render(name, [_edition(text, frame)], editions.site()).body


@pytest.mark.parametrize("name", ["html", "archive"])
@any_text
def test_pages_keep_their_elements(name, text, frame):
    def elements(page):
        return Counter(node.tag for node in LexborHTMLParser(page.decode()).root.traverse())

    assert elements(_render(name, text, frame)) == elements(_render(name, "", frame))


@any_text
def test_atom_keeps_its_elements(text, frame):
    def elements(feed):
        return Counter(element.tag for element in etree.fromstring(feed).iter())

    assert elements(_render("atom", text, frame)) == elements(_render("atom", "", frame))


@pytest.mark.parametrize("name", ["json", "jsonfeed"])
@any_text
def test_json_keeps_its_keys(name, text, frame):
    def keys(value):
        if isinstance(value, dict):
            return {key: keys(inner) for key, inner in value.items()}
        return [keys(inner) for inner in value] if isinstance(value, list) else None

    document = json.loads(_render(name, text, frame))
    assert keys(document) == keys(json.loads(_render(name, "", frame)))


@any_text
def test_markdown_keeps_its_blocks_and_links(text, frame):
    markdown_it = pytest.importorskip("markdown_it", reason="needs markdown-it-py")
    parser = markdown_it.MarkdownIt("commonmark")

    def tokens(document):
        for token in parser.parse(document.decode()):
            yield token.type
            yield from (child.type for child in token.children or ())

    document = _render("markdown", text, frame)
    assert [*tokens(document)] == [*tokens(_render("markdown", "", frame))]


@any_text
def test_a_transmission_keeps_its_lines(text, frame):
    lines = _render("transmission", text, frame).decode().splitlines()
    assert lines[:3] == ["INCOMING TRANSMISSION", "", "LATEST UPDATES"]
    assert len(lines) == 6


@any_text
def test_text_is_always_made(text, frame):
    assert _render("text", text, frame).decode().count("https://example.org/") >= 9
