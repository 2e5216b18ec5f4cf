"""Transmission pages in both layouts, and texts that only look a little like one."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.errors import ParseError
from digest.model import Markup, ParsedEntry
from digest.parse import parse as parse_any
from digest.parse.transmission import parse, recognizes
from support.documents import document

LONG = "The first excerpt is a long line of text, longer than any category may be, and ends ..."
OTHER = "Another excerpt, long enough to be one; it speaks of <b>tags</b> & ampersands  too ..."


def entry(text: str, category: str | None = None, published: str | None = None) -> ParsedEntry:
    return ParsedEntry(
        summary=Markup(value=text),
        categories=(category,) if category else (),
        published=published,
        verbatim=True,
    )


PLAIN = "INCOMING TRANSMISSION\n\nLATEST UPDATES\n"


@pytest.mark.parametrize(
    ("body", "entries"),
    [
        pytest.param(f"{PLAIN}{LONG}\n{OTHER}\n", [LONG, OTHER], id="as it should be"),
        pytest.param(f"{PLAIN}{LONG}", [LONG], id="no line end at the end"),
        pytest.param(f"{PLAIN}{LONG}\n\n\n", [LONG], id="empty lines at the end"),
        pytest.param(f"\ufeff{PLAIN}{LONG}\n".replace("\n", "\r\n"), [LONG], id="from Windows"),
        pytest.param(f"{PLAIN}  two  blanks \n", ["  two  blanks "], id="blanks are kept"),
        pytest.param(f"{PLAIN}A\u2028B\x0bC\0\n", ["A\u2028BC"], id="odd characters"),
        pytest.param(f"{PLAIN}LATEST NEWS\n2026-01-11\n", ["LATEST NEWS", "2026-01-11"], id="all"),
        pytest.param("INCOMING TRANSMISSION\nOnly this\n", ["Only this"], id="no second heading"),
    ],
)
def test_the_plain_layout(body: str, entries: list[str]) -> None:
    feed = parse_any(document(body, "text/plain; charset=utf-8"))
    assert feed.parser == "transmission"
    assert feed.title is None
    assert list(feed.entries) == [entry(text) for text in entries]


@pytest.mark.parametrize(
    ("lines", "entries"),
    [
        pytest.param(
            ["NLP", "2026-01-11", LONG, "Deep Learning", "2026-01-10", OTHER],
            [entry(LONG, "NLP", "2026-01-11"), entry(OTHER, "Deep Learning", "2026-01-10")],
            id="as it should be",
        ),
        pytest.param(
            ["NLP", "2026-01-11", LONG, OTHER, "NLP", "2026-01-11", LONG],
            [entry(LONG, "NLP", "2026-01-11"), entry(OTHER), entry(LONG, "NLP", "2026-01-11")],
            id="an entry with neither",
        ),
        pytest.param(
            ["2026-01-11", LONG, "NLP", OTHER, "2026-01-10", OTHER],
            [
                entry(LONG, None, "2026-01-11"),
                entry(OTHER, "NLP"),
                entry(OTHER, None, "2026-01-10"),
            ],
            id="a date alone, a category alone",
        ),
        pytest.param(
            [LONG, "NLP", "2026-01-11", "A short excerpt."],
            [entry(LONG), entry("A short excerpt.", "NLP", "2026-01-11")],
            id="a short excerpt",
        ),
        pytest.param(
            ["NLP", "2026-01-11", LONG, "A sentence is no category.", OTHER],
            [entry(LONG, "NLP", "2026-01-11"), entry("A sentence is no category."), entry(OTHER)],
            id="a sentence before an excerpt",
        ),
        pytest.param(
            ["NLP", "2026-01-11", LONG, "", "  ", OTHER, ""],
            [entry(LONG, "NLP", "2026-01-11"), entry(OTHER)],
            id="empty lines between",
        ),
    ],
)
def test_the_labelled_layout(lines: list[str], entries: list[ParsedEntry]) -> None:
    feed = parse(document("\n".join(["Example", *lines])))
    assert feed.title == "Example"
    assert list(feed.entries) == entries


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"Example\nNLP\n2026-01-11\n{LONG}\n", id="labelled"),
        pytest.param(
            f"Example\n2026-01-11\n{LONG}\n", id="labelled, the first entry has no category"
        ),
        pytest.param(f"Example\n{OTHER}\nNLP\n2026-01-11\n{LONG}", id="... nor a date"),
        pytest.param("INCOMING TRANSMISSION\n", id="plain, nothing in it"),
    ],
)
def test_recognizing(text: str) -> None:
    assert recognizes(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("Hello,\n\nthis is a letter.\n", id="a letter"),
        pytest.param(f"{LONG}\n{OTHER}\n", id="long lines alone"),
        pytest.param("Changes\n2026-01-11\n- one\n- two\n2026-01-10\n- three\n", id="a change log"),
        pytest.param(f"Log\n\n2026-01-11\n{LONG}\n", id="a diary with empty lines"),
        pytest.param(f"Log\n2026-01-11\n    {LONG}\n", id="indented lines"),
        pytest.param("date,value\n2026-01-11,5\n2026-01-12,6\n", id="a table"),
        pytest.param("date\n2026-01-11\n2026-01-12\n2026-01-13\n", id="a column of dates"),
        pytest.param("Subject: INCOMING TRANSMISSION\n\nLATEST UPDATES\n", id="a mail about one"),
        pytest.param("User-agent: *\nDisallow: /\nCrawl-delay: 10\n", id="robots.txt"),
        pytest.param(f"2026-01-11\n{LONG}\n2026-01-12\n{OTHER}\n", id="a date first"),
    ],
)
def test_other_texts_are_none(text: str) -> None:
    assert not recognizes(text)


def test_a_page_without_entries() -> None:
    with pytest.raises(ParseError, match="no entries"):
        parse(document(PLAIN))


@pytest.mark.corpus
def test_the_five_pages_hold_58_entries(corpus: Path) -> None:
    pages = sorted((corpus.parent / "seeds").glob("*.txt"))
    feeds = [parse_any(document(page.read_bytes(), "text/plain")) for page in pages]
    assert [feed.title for feed in feeds] == [None, None, None, None, "DFS"]
    assert [len(feed.entries) for feed in feeds] == [12, 12, 12, 11, 11]
    for page, feed in zip(pages, feeds, strict=True):
        lines = page.read_text().split("\n")
        assert all(entry.summary and entry.summary.value in lines for entry in feed.entries)
    labelled = feeds[-1].entries
    assert sum(entry.published == "2026-01-11" for entry in labelled) == 9
    assert [entry.categories for entry in labelled if entry.published is None] == [(), ()]
