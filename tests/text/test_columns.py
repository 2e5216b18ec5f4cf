"""Wrapped text fits its columns, breaks only where it may, and loses nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.text.columns import columns, wrap


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abc", 3),
        ("中文", 4),
        ("ｆｕｌｌ", 8),
        ("e\u0301", 1),
        ("한글", 4),
        ("ab\u200b\u2067c\u2069", 3),
        ("مرحبا", 5),
    ],
)
def test_columns_are_counted_as_a_terminal_shows_them(text, expected):
    assert columns(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("aaa bbb ccc ddd", ["aaa bbb", "ccc ddd"], id="at spaces"),
        pytest.param("aaaa bbbbb", ["aaaa bbbbb"], id="a line that is just full"),
        pytest.param("中文中文中文中文", ["中文中文中", "文中文"], id="between ideographs"),
        pytest.param("中文中文中。文", ["中文中文", "中。文"], id="never before a closing mark"),
        pytest.param("中文中文「中」", ["中文中文", "「中」"], id="never after an opening mark"),
        pytest.param("中文 GPS 中文中", ["中文 GPS", "中文中"], id="not inside a Latin word"),
        pytest.param("aaaaaaaaaaaaa b", ["aaaaaaaaaa", "aaa b"], id="a long word is cut"),
        pytest.param(
            "see https://example.org/long now",
            ["see", "https://example.org/long", "now"],
            id="an address is not",
        ),
        pytest.param("한국어 한국어 글", ["한국어", "한국어 글"], id="Korean at spaces"),
        pytest.param("", [""], id="nothing"),
    ],
)
def test_a_text_is_wrapped_to_ten_columns(text, expected):
    assert wrap(text, width=10).split("\n") == expected


def test_the_indent_stands_before_all_lines_but_the_first():
    assert wrap("aaaa bbbb cccc", indent="  ", width=8) == "aaaa\n  bbbb\n  cccc"


@given(st.text(st.sampled_from("ab 中「」。한é\u0301(), \u3000")))
def test_lines_fit_and_only_spaces_are_lost(text):
    lines = wrap(text, width=10).split("\n")
    assert all(columns(line) <= 10 for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
