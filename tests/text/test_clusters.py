"""Grapheme clusters: simple texts are recognized, and no cluster is longer than the limit."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from digest.text.clusters import LONGEST, ends, is_simple, limit_marks

JOINS = regex.compile(
    r"[\r\p{GCB=Extend}\p{GCB=ZWJ}\p{GCB=SpacingMark}\p{GCB=Prepend}\p{GCB=L}\p{GCB=V}\p{GCB=T}"
    r"\p{GCB=Regional_Indicator}]"
)


def test_no_character_that_joins_another_is_taken_for_simple() -> None:
    every = "".join(chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000)
    assert [char for char in JOINS.findall(every) if is_simple(char, 1)] == []


@given(
    st.text(st.sampled_from("aé漢\u0301\u200d👩🏽🇩🇪\r\nक्षᄀ\u1161"), max_size=60),
    st.integers(1, 40),
)
def test_clusters_are_those_of_unicode(text: str, count: int) -> None:
    found: list[int] = []
    for cluster in regex.findall(r"\X", text):
        found.append((found[-1] if found else 0) + len(cluster))
    assert list(ends(text, count)) == found[:count]


@pytest.mark.parametrize("unit", ["\u0301", "\u1100", "👩\u200d"], ids=ascii)
def test_a_cluster_without_end_counts_as_several(unit: str) -> None:
    text = unit * 200
    assert list(ends(text, 3)) == [LONGEST, 2 * LONGEST, 3 * LONGEST]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("e" + "\u0301" * 99 + "x", "e" + "\u0301" * 30 + "x", id="a pile of marks"),
        pytest.param("e" + "\u0301" * 30, "e" + "\u0301" * 30, id="thirty marks"),
        pytest.param("plain words", "plain words", id="no marks"),
        pytest.param("ไทย" * 40, "ไทย" * 40, id="a long word of Thai"),
    ],
)
def test_only_piles_of_marks_are_thinned(text: str, expected: str) -> None:
    assert limit_marks(text) == expected
