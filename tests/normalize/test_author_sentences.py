"""Sentences that only resemble boilerplate stay: alone, before or after a text, as plain text."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.cleaned import told

BODY = "The committee met on Monday and agreed on a plan for the coming year."
LINES = (Path(__file__).parents[1] / "data/author_sentences.txt").read_text("utf-8").splitlines()
SENTENCES = [line for line in LINES if line and line[0] not in "#["]


def test_there_are_two_hundred_in_ten_languages() -> None:
    assert len(SENTENCES) >= 200
    assert sum(line.startswith("[") for line in LINES) >= 10


@pytest.mark.parametrize("sentence", SENTENCES)
def test_an_authors_sentence_stays(sentence: str) -> None:
    assert told(f"<p>{sentence}</p>") == sentence
    assert told(sentence, html=False) == sentence
    assert told(f"<p>{sentence}</p><p>{BODY}</p>") == f"{sentence}\n{BODY}"
    assert told(f"<p>{BODY}</p><p>{sentence}</p>") == f"{BODY}\n{sentence}"
    assert told(f"<p>{BODY}</p><p>{sentence}</p><p>{BODY}</p>") == f"{BODY}\n{sentence}\n{BODY}"


LISTS = [
    "– milk\n– eggs\n– bread",
    "— Привет.\n— Здравствуй.\n— Пойдём?",
    "作者: 李四\n出版社: 山城出版社\nISBN: 978-7-00-000000-0",
    "作者: 李四 出版社: 山城出版社 ISBN: 978-7-00-000000-0",
    "Author: Ada Roe\nPublisher: Mill House\nPages: 212",
    "Tags: red, green",
    "By Ada Roe",
    "Photo by Ada Roe",
    "January 12, 2026",
    "© 2026 Mill House",
    "Subscribe to our newsletter for more stories like this.",
]


@pytest.mark.parametrize("text", LISTS)
def test_a_text_that_is_nothing_else_is_never_emptied(text: str) -> None:
    assert told(text, html=False) == text
    rows = "".join(f"<p>{row}</p>" for row in text.split("\n"))
    assert told(rows).split() == text.split()


def test_links_and_their_labels_alone_are_no_text() -> None:
    assert told("<a href='https://example.org/c'>Comments</a>") == ""
    assert told("<a href='https://example.org/c'>Continue reading →</a>") == ""
    assert (
        told("<p>submitted by /u/ada to /r/trees | <a href='/l'>[link]</a> [385 comments]</p>")
        == ""
    )
