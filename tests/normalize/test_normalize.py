"""Entries: the source of the text, titles, links, verbatim texts, fingerprints."""
# ruff: noqa: E501  # a case is a line

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Enclosure, Entry, Markup, ParsedEntry, Source
from digest.normalize.entry import document, fingerprint, normalize, skeleton, title

NOW = datetime(2026, 1, 12, tzinfo=UTC)
LONG = "The committee met on Monday and agreed on a plan for the coming year. It was not easy to find one that all could accept, but they did."
BODY = f"<p>{LONG}</p><p>More follows here, and then some more of it, until the page is full of words.</p>"


def text(value: str) -> Markup:
    return Markup(value=value)


def html(value: str) -> Markup:
    return Markup(value=value, html=True)


def cleaned(**given_: Any) -> Entry:
    return normalize(
        ParsedEntry(**given_),
        feed_id=7,
        uid="u",
        feed_url="https://example.org/feed.xml",
        feed_link="https://example.org/",
        feed_language="en",
        canonical_link="https://example.org/a",
        raw_hash="h",
        first_seen=NOW,
    )


@pytest.mark.parametrize("fields", [19, 21, 5_000])
def test_the_address_of_a_drawn_formula_may_have_many_fields(fields: int) -> None:
    source = f"https://latex.codecogs.com/png.latex?a=1{'&b=2' * fields}"
    entry = cleaned(content=html(f'<p>Here <img src="{source}"> it is.</p>'))
    assert "it is" in told(entry)


def told(entry: Entry) -> str:
    assert entry.body is not None
    return entry.body.text


BODY_TEXT = told(cleaned(content=html(BODY)))
HAND_WRITTEN = (
    "How a divided group found a compromise after years of dispute, and what it will cost."
)

SOURCES = [
    ("only a summary", html(f"<p>{LONG}</p>"), None, LONG),
    ("only a content", None, html(BODY), BODY_TEXT),
    ("a summary that somebody wrote", text(HAND_WRITTEN), html(BODY), HAND_WRITTEN),
    ("a summary that is the cut body", text(LONG[:60] + "…"), html(BODY), BODY_TEXT),
    ("a summary that is the beginning of the body", text(LONG), html(BODY), BODY_TEXT),
    ("a cut summary of its own words", text(HAND_WRITTEN + " […]"), html(BODY), BODY_TEXT),
    (
        "a teaser that ends in a link",
        html(f"{HAND_WRITTEN} <a href='/'>Read more</a>"),
        html(BODY),
        BODY_TEXT,
    ),
    ("a summary of one word", text("Comments"), html(BODY), BODY_TEXT),
    ("a summary without words", html("<img src='/a.png'>"), html(BODY), BODY_TEXT),
    ("a content that is less than the summary", text(LONG), html("<p>See the page.</p>"), LONG),
    ("an empty content", text(LONG), html(" "), LONG),
    (
        "a Chinese summary that somebody wrote",
        text("一个分裂的小组在多年争论之后怎样找到了折中的办法,以及它的代价。"),
        html(BODY),
        "一个分裂的小组在多年争论之后怎样找到了折中的办法,以及它的代价。",
    ),
    ("nothing at all", None, None, ""),
]


@pytest.mark.parametrize(
    ("summary", "content", "expected"),
    [row[1:] for row in SOURCES],
    ids=[row[0] for row in SOURCES],
)
def test_the_better_source_is_chosen(
    summary: Markup | None, content: Markup | None, expected: str
) -> None:
    entry = cleaned(title=text("A title"), link="/1", summary=summary, content=content)
    assert told(entry) == expected
    assert entry.link == "https://example.org/1"


def test_html_is_the_contents_even_where_the_summary_is_told() -> None:
    entry = cleaned(summary=text(HAND_WRITTEN), content=html(BODY))
    assert entry.body is not None
    assert entry.body.html == BODY
    assert "text from the summary: written for it" in entry.notes


ESCAPED = [
    (
        "HTML escaped twice",
        html("&lt;p&gt;One &amp;amp; two.&lt;/p&gt;&lt;p&gt;Three.&lt;/p&gt;"),
        "One & two.\nThree.",
    ),
    (
        "a link escaped twice",
        html("See &lt;a href=&quot;/x&quot;&gt;this&lt;/a&gt; page."),
        "See this page.",
    ),
    (
        "references escaped twice",
        html("<p>It&amp;#8217;s Q&amp;amp;A&amp;nbsp;time</p>"),
        "It’s Q&A time",
    ),
    ("HTML declared as text", text("<p>One.</p><p>Two.</p>"), "One.\nTwo."),
    ("text declared as HTML", html("One &amp; two.\n\nThree."), "One & two.\nThree."),
    (
        "text with hard-wrapped lines",
        text(
            "One line that is wrapped by hand where the editor did it,\nand goes on here.\n\nTwo."
        ),
        "One line that is wrapped by hand where the editor did it, and goes on here.\nTwo.",
    ),
]
NOT_ESCAPED = [
    (
        "an escaped tag in a sentence",
        html("How the &lt;br&gt; tag works."),
        "How the <br> tag works.",
    ),
    ("an escaped tag in HTML", html("<p>Use &lt;p&gt; and &lt;/p&gt;.</p>"), "Use <p> and </p>."),
    ("a comparison in a text", text("if a < b and c > d"), "if a < b and c > d"),
    ("a tag in a text", text("How the <br> tag works"), "How the tag works"),
    ("an ampersand", html("<p>R&amp;D, AT&T</p>"), "R&D, AT&T"),
]


@pytest.mark.parametrize(
    ("source", "expected"),
    [row[1:] for row in ESCAPED + NOT_ESCAPED],
    ids=[row[0] for row in ESCAPED + NOT_ESCAPED],
)
def test_what_a_construct_is_shows_in_its_value(source: Markup, expected: str) -> None:
    assert told(cleaned(content=source)) == expected


TITLES = [
    (None, ""),
    (text("A & B"), "A & B"),
    (html("A &amp; B"), "A & B"),
    (html("A &amp;amp; B"), "A & B"),
    (text("A &amp; B &#8211; C"), "A & B – C"),
    (html("<em>A</em> <b>B</b>"), "A B"),
    (text("The <em>A</em>"), "The A"),
    (html("Using &lt;canvas&gt;"), "Using <canvas>"),
    (text("Vec<T> in Rust"), "Vec<T> in Rust"),
    (text("a < b"), "a < b"),
    (text(" Two\r\n lines\x07 "), "Two lines"),
    (text("Bounds of $x^2$"), "Bounds of $x^2$"),
    (text("co\xadoperate"), "cooperate"),
    (text("【公告】你好"), "【公告】你好"),
]


@pytest.mark.parametrize(("construct", "expected"), TITLES)
def test_titles(construct: Markup | None, expected: str) -> None:
    assert title(construct) == expected


def test_a_title_is_capped() -> None:
    assert len(title(text("word " * 1000))) <= 300


def test_a_verbatim_text_is_left_as_it_is() -> None:
    written = "1. a 1. b  [Math] $x$ **c** Read more...\x00"
    entry = cleaned(content=text(written), verbatim=True)
    assert entry.body is not None
    assert entry.body.text == written[:-1]
    assert entry.body.verbatim


def test_everything_else_of_an_entry() -> None:
    entry = cleaned(
        title=text("T"),
        link="/a?utm_source=rss",
        authors=("Jane  Doe", "Jane Doe", ""),
        published="2026-01-10T08:00:00Z",
        updated="no date",
        categories=("a &amp; b", "a & b"),
        enclosures=(Enclosure(url="e.mp3", media_type="audio/mpeg"), Enclosure(url="javascript:x")),
        source=Source(title="S", link="javascript:x", id="i"),
        content=Markup(
            value='<p>a <a href="x">b</a></p>', html=True, base="https://example.com/deep/"
        ),
    )
    assert entry.link == "https://example.org/a"
    assert entry.authors == ("Jane Doe",)
    assert entry.published == datetime(2026, 1, 10, 8, tzinfo=UTC)
    assert entry.updated is None
    assert entry.categories == ("a & b",)
    assert [enclosure.url for enclosure in entry.enclosures] == ["https://example.org/e.mp3"]
    assert entry.source == Source(title="S", link=None, id="i")
    assert entry.body is not None
    assert 'href="https://example.com/deep/x"' in entry.body.html


def test_a_skeleton_recognizes_and_holds_no_text() -> None:
    parsed = ParsedEntry(
        title=text("T"), link="/a", content=html(BODY), published="2026-01-10T08:00:00Z"
    )
    entry = skeleton(
        parsed,
        feed_id=7,
        uid="u",
        feed_url="https://example.org/feed.xml",
        feed_link=None,
        canonical_link="https://example.org/a",
        raw_hash="h",
        first_seen=NOW,
    )
    whole = cleaned(
        title=text("T"), link="/a", content=html(BODY), published="2026-01-10T08:00:00Z"
    )
    bare = replace(whole, body=None, notes=(), language=None, fingerprint=None, backlog=True)
    assert entry == bare


def test_a_fingerprint_sees_only_letters_and_digits() -> None:
    one = fingerprint(f"\ue003Heading\ue00f\n{LONG}")
    assert one is not None
    assert len(one) == 16
    assert fingerprint(f"HEADING: {LONG.upper()}".replace(" ", "\n")) == one
    assert fingerprint(LONG) != one
    assert fingerprint("a" * 99) is None


WORDS = st.lists(st.text(alphabet="ab中é1 ", min_size=1, max_size=12), min_size=1, max_size=8).map(
    "\n".join
)


@given(WORDS)
def test_cleaning_a_clean_text_changes_nothing(source: str) -> None:
    once = document(source, html=False).text
    assert document(once, html=False).text == once


@given(st.text(), st.text(), st.text(), st.booleans())
def test_any_entry_gives_an_entry(first: str, second: str, third: str, is_html: bool) -> None:
    entry = cleaned(
        title=Markup(value=first, html=is_html),
        link=second,
        base=third,
        summary=Markup(value=second, html=is_html),
        content=Markup(value=third, html=is_html, base=first),
        authors=(first,),
        published=second,
    )
    assert entry.uid == "u"


TITLES = [
    ("Brown on<br>C++", "Brown on C++"),  # type: ignore[list-item]
    ("<p>One</p><p>Two</p>", "One Two"),  # type: ignore[list-item]
    ("a<wbr>b <em>c</em>", "ab c"),  # type: ignore[list-item]
    ("x < y and y > z", "x < y and y > z"),  # type: ignore[list-item]
]


@pytest.mark.parametrize(("value", "line"), TITLES)
def test_tags_that_break_a_line_leave_a_space_in_a_title(value: str, line: str) -> None:
    assert title(html(value)) == line


def test_names_hold_no_tags() -> None:
    entry = cleaned(
        authors=("<a href='/j'>Jane Roe</a>", "&lt;b&gt;Max&lt;/b&gt;<br/>Mill", "A < B")
    )
    assert entry.authors == ("Jane Roe", "Max Mill", "A < B")


CODE_AND_LISTS = [
    ("<ol><li>Install it:<pre>make</pre></li><li>Run it.</li></ol>", "1. Install it:\n2. Run it."),
    ("<ul><li><pre>make</pre></li><li><pre>run</pre></li></ul>", ""),
    (
        "<table><tr><td>Ada</td><td>31</td></tr><tr><td>Max</td><td>29</td></tr></table>",
        "Ada | 31;\nMax | 29",
    ),
    (
        "<pre>Dear all,\nthe library is open again. Come and see us on Monday.\n\nAda</pre>",
        "Dear all,\nthe library is open again. Come and see us on Monday.\nAda",
    ),
    (
        "<p>The ==first option== counts, a == b does not.</p>",
        "The first option counts, a == b does not.",
    ),
    ("<p>It costs \\$5 today.</p>", "It costs $5 today."),
    ("<p>They went home, she said. …</p>", "They went home, she said."),
    ("<p>Bonjour\u202f! Il dit «\u00a0oui\u00a0».</p>", "Bonjour\u202f! Il dit «\u00a0oui\u00a0»."),
    ('<pre class="line-numbers language-js"><code>let a = 1;</code></pre><p>Then.</p>', "Then."),
    (
        '<table><tr><td class="gutter"><pre class="line-numbers">1\n2</pre></td>'
        '<td class="code"><pre>a = 1\nb = 2</pre></td></tr></table><p>Then.</p>',
        "Then.",
    ),
    (
        "<table><tr><td><div><pre>1\n2\n3</pre></div></td><td><pre>a = 1\nb = 2\nc</pre></td></tr>"
        "</table><p>Then.</p>",
        "Then.",
    ),
    ("<p>Try it: 1 2 3 4 5 func main() { run() }</p>", "Try it: func main() { run() }"),
    ("<p>Il faut ceci : 1 2 3 4 import os</p>", "Il faut ceci : import os"),
    ("<p>用法如下 1 2 3 4 5 6 7 8 9</p>", "用法如下"),
    ("<p>We count 1 2 3 4 5 and jump.</p>", "We count 1 2 3 4 5 and jump."),
    ("<p>The test says 1 2 3 4 5</p>", "The test says 1 2 3 4 5"),
    ("<p>1 2 3 4 5 6 7 8 9</p>", "1 2 3 4 5 6 7 8 9"),
    (
        "<p>Rows 1 2 3 4 were sown; the rest was not.</p>",
        "Rows 1 2 3 4 were sown; the rest was not.",
    ),
    ("<p>One template is named after its file (.</p>", "One template is named after its file…"),
    ("<p>There may be another reason(?</p>", "There may be another reason…"),
    ("<p>It rained all week :(.</p>", "It rained all week :(."),
    ("<p>It rained again (of course).</p>", "It rained again (of course)."),
    (
        "<p>[vc_row width='1']A text. It is long enough to stay.[/vc_row]</p>",
        "A text. It is long enough to stay.",
    ),
    ("<p>Use [gallery] and a[0] here.</p>", "Use [gallery] and a[0] here."),
]


def test_numbers_that_a_program_prints_are_no_line_numbers() -> None:
    made = told(cleaned(content=html("<p>It prints:</p><pre>1\n2\n3</pre>")))
    assert "1\n2\n3" in made


@pytest.mark.parametrize(("value", "lines"), CODE_AND_LISTS)
def test_lists_rows_and_code(value: str, lines: str) -> None:
    made = re.sub("\ue002[^\ue00f]*\ue00f", "", told(cleaned(content=html(value))))
    assert [line for line in made.split("\n") if line] == [
        line for line in lines.split("\n") if line
    ]


def test_prism_keeps_its_code_in_what_is_stored() -> None:
    entry = cleaned(content=html('<pre class="line-numbers"><code>let a = 1;</code></pre>'))
    assert entry.body is not None
    assert "let a = 1;" in entry.body.html
