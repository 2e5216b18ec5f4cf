"""Golden pairs: each file has one form of formula, code or text, its marks written visibly.

``⟦M:a⟧`` is a formula in a line, ``⟦D:a⟧`` a displayed one, ``⟦C:a⟧`` code, ``⟦H:a⟧`` a heading.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.normalize.entry import document
from digest.text import marks

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.html"))
VISIBLE = {
    marks.MATH: "⟦M:",
    marks.DISPLAY: "⟦D:",
    marks.CODE: "⟦C:",
    marks.HEADING: "⟦H:",
    marks.END: "⟧",
}


def visible(text: str) -> str:
    return text.translate(str.maketrans(VISIBLE))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_reads_as_written_beside_it(path: Path) -> None:
    text = document(path.read_text(encoding="utf-8"), base_url="https://example.org/").text
    expected = path.with_suffix(".txt").read_text(encoding="utf-8").removesuffix("\n")
    assert visible(text) == expected


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_safe_html_shows_each_formula_once(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    html = document(source, base_url="https://example.org/").html
    assert "annotation" not in html
    assert "<math" not in html
    assert html.count("E=mc^{2}") <= 1
