"""Characters, white space and doubly escaped references."""

# a case is a line

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.text.characters import (
    collapse,
    comparison_form,
    decode_again,
    decode_references,
    mended,
    scrub,
)

TEXTS = st.text() | st.text(
    alphabet="a \n\t\xa0\xad\u200b\u200c\u200d\u0645\u0915\u094d👩💻中\ue000\ud800&;#amp"
)

DROPPED = [
    ("a soft hyphen goes", "co\xadop", "coop"),
    ("zero-width space, word joiner and BOM go", "a\u200bb\u2060c\ufeff", "abc"),
    ("controls go", "a\x00b\x07c\x1bd\x7fe\x9ff", "abcdef"),
    ("lone surrogates go", "a\ud800b\udfffc", "abc"),
    ("private use goes: marks are ours", "a\ue000b\ue00fc\U000f0001", "abc"),
    ("noncharacters go", "a\ufffe\uffff\ufdd0b", "ab"),
    ("a non-joiner between Latin letters goes", "Auf\u200clage", "Auflage"),
    ("a joiner between Latin letters goes", "a\u200db", "ab"),
    ("tag characters that are no flag go", "a\U000e0041\U000e0042b", "ab"),
]
KEPT = [
    ("a non-joiner in Persian", "می\u200cخواهم"),
    ("a joiner after a virama", "क्\u200d"),
    ("a joined family", "👨\u200d👩\u200d👧"),
    ("a heart on fire", "❤️\u200d🔥"),
    ("the flag of Scotland", "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"),
    ("marks of direction", "a\u200f\u2067b\u2069"),
    ("combining accents", "e\u0301"),
    ("line feeds and tabs", "a\n\tb"),
    ("full-width signs", "你好,世界!(是)"),
]


@pytest.mark.parametrize(
    ("text", "expected"), [row[1:] for row in DROPPED], ids=[row[0] for row in DROPPED]
)
def test_scrub_drops(text: str, expected: str) -> None:
    assert scrub(text) == expected


@pytest.mark.parametrize("text", [row[1] for row in KEPT], ids=[row[0] for row in KEPT])
def test_scrub_keeps(text: str) -> None:
    assert scrub(text) == text


COLLAPSED = [
    ("runs of any white space", " a \t b\r\n\u2003c\u3000d ", "a b c d"),
    ("a no-break space is a space", "a\xa0b\xa0\xa0c", "a b c"),
    ("but not after a digit", "10\xa0km and 10\u202f000", "10\xa0km and 10\xa0000"),
    ("a break between Chinese characters is nothing", "你好\n  世界", "你好世界"),
    ("a break between kana is nothing", "これは\nペンです", "これはペンです"),
    ("a break between Hangul is a space", "한국\n어", "한국 어"),
    ("a break between Latin and Chinese is a space", "GPU\n加速", "GPU 加速"),
    ("a space between Chinese characters is the author's", "你好 世界", "你好 世界"),
]


@pytest.mark.parametrize(
    ("text", "expected"), [row[1:] for row in COLLAPSED], ids=[row[0] for row in COLLAPSED]
)
def test_collapse(text: str, expected: str) -> None:
    assert collapse(text) == expected


DOUBLED = [
    ("an ampersand", "Q&amp;A", "Q&A"),
    ("numbers", "It&#8217;s &#x201C;so&#x201D;", "It’s “so”"),
    ("names", "a&nbsp;b&hellip; caf&eacute;", "a\xa0b… café"),
]
NOT_DOUBLED = ["R&D", "AT&T;", "a &lt;b&gt; c", "?a=1&copy=2", "&amp", "&unknown;", "& quot ;"]


@pytest.mark.parametrize(
    ("text", "expected"), [row[1:] for row in DOUBLED], ids=[row[0] for row in DOUBLED]
)
def test_decode_again(text: str, expected: str) -> None:
    assert decode_again(text) == expected


@pytest.mark.parametrize("text", NOT_DOUBLED)
def test_decode_again_leaves_alone(text: str) -> None:
    assert decode_again(text) == text


def test_comparison_form_is_letters_and_digits() -> None:
    assert comparison_form("Ｆull—width, ＡＢＣ “x_y” №1 Straße!") == "fullwidthabcxyno1strasse"
    assert comparison_form("Hello, World 42") == "helloworld42"


@given(TEXTS)
def test_scrubbing_and_collapsing_twice_changes_nothing(text: str) -> None:
    once = collapse(scrub(text))
    assert collapse(scrub(once)) == once


@given(TEXTS)
def test_comparison_form_is_its_own_form(text: str) -> None:
    form = comparison_form(text)
    assert comparison_form(form) == form or not form.isascii()


MENDED = [
    ("quotes", "weâ€™re â€œhereâ€\x9d", "we’re “here”"),
    ("accents", "SÃ£o Paulo, dÃ©jÃ\xa0", "São Paulo, déjà"),
    ("a no-break space", "andÂ\xa0are", "and\xa0are"),
    ("one that became a space", "it.Â And", "it. And"),
    ("Chinese", "è¯´æ\x98¯ä»\x80ä¹\x88ï¼\x8c", "说是什么，"),
    ("a lost apostrophe", "Jane\ufffds, don\ufffdt", "Jane’s, don’t"),
    ("a lost space", "passwords\ufffdto build", "passwords to build"),
]
WHOLE = ["«MAÇÃ»", "cité»… CAFÉ» Â", "ÂNGELA NÃO", "café", "ação", "plain"]


@pytest.mark.parametrize(
    ("text", "expected"), [row[1:] for row in MENDED], ids=[r[0] for r in MENDED]
)
def test_misread_bytes_are_read_again(text: str, expected: str) -> None:
    assert mended(text) == expected


@pytest.mark.parametrize("text", WHOLE)
def test_what_was_read_well_stays(text: str) -> None:
    assert mended(text) == text


@pytest.mark.parametrize(
    ("text", "mended_text"),
    [
        ("don&acirc;&#128;&#153;t", "don’t"),
        ("don&#226;&#128;&#153;t", "don’t"),
        ("don&#xE2;&#x80;&#x99;t", "don’t"),
        ("don&acirc;&euro;&trade;t", "don’t"),
        ("donâ&#128;&#153;t", "don’t"),
        ("&acirc;&euro;&oelig;so&acirc;&euro;&#157;", "“so”"),
        ("caf&Atilde;&copy; S&Atilde;&pound;o", "café São"),
        ("&eth;&#159;&#152;&#128;", "😀"),
        ("p&acirc;t&eacute; &Acirc;&lt;b&gt;", "p&acirc;t&eacute; &Acirc;&lt;b&gt;"),
        ("caf&#233;&#160;&amp; &ntilde;&aacute;", "caf&#233;&#160;&amp; &ntilde;&aacute;"),
        ("&Atilde;&lt;b&gt;", "&Atilde;&lt;b&gt;"),
    ],
)
def test_utf8_misread_and_written_as_references(text: str, mended_text: str) -> None:
    assert mended(text) == mended_text


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        pytest.param("&#" + "1" * 5_000 + ";", "\ufffd", id="a number that no integer holds"),
        pytest.param("a&#" + "0" * 9_000 + "65;", "a\ufffd", id="nine thousand zeros"),
        pytest.param("&#x" + "f" * 90_000, "\ufffd", id="a number without its end"),
        pytest.param("&#8217;&#x2019;&rsquo;", "’’’", id="one sign in three spellings"),
        pytest.param("AT&T &nosuch; &amp", "AT&T &nosuch; &", id="what is no reference stays"),
    ],
)
def test_references_of_any_length_are_decoded(written: str, meant: str) -> None:
    assert decode_references(written) == meant
