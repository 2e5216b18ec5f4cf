"""The direction of a text."""

from __future__ import annotations

import pytest

from digest.text.direction import direction


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        pytest.param("ar", "GPS", "rtl", id="the language decides, not the text"),
        pytest.param("en", "שלום", "ltr", id="the language decides for Latin too"),
        pytest.param("fa-IR", "", "rtl", id="a region changes nothing"),
        pytest.param("az-Arab-IR", "", "rtl", id="a script decides before the language"),
        pytest.param("ks-Deva", "", "ltr", id="a script decides against the language"),
        pytest.param("zh-Hant-TW", "", "ltr", id="a script that runs to the right"),
        pytest.param("dv", "", "rtl", id="Thaana"),
        pytest.param(None, "שלום world", "rtl", id="unknown: the first strong character"),
        pytest.param(None, "1. (x) שלום", "ltr", id="unknown: Latin comes first"),
        pytest.param(None, "12 — ؟ مرحبا", "rtl", id="numbers and marks are not strong"),
        pytest.param(None, "123 …", "ltr", id="nothing strong at all"),
        pytest.param(None, "", "ltr", id="nothing at all"),
    ],
)
def test_direction(language, text, expected):
    assert direction(language, text) == expected
