"""The entries that rules find or leave alone, and the errors of invalid rules."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.compose import rules
from digest.model import Digest, Entry, Feed
from digest.text import marks

NOW = datetime(2026, 1, 12, 7, tzinfo=UTC)
DIGEST = Digest(
    name="daily", title="Daily", schedule="0 7 * * *", timezone="UTC", language="en", feeds=()
)
FEED = Feed(url="https://example.org/feed", name="example")
ENTRY = Entry(
    id=1,
    feed_id=1,
    uid="a",
    link="https://example.org/shorts/1",
    title="The AI that won a raffle",
    authors=("Ada Lovelace", "News Bot"),
    categories=("Hot Deals", "C++"),
    language="de-AT",
    published=NOW - timedelta(days=10),
    first_seen=NOW,
    raw_hash="",
)
TEXT = f"This post is sponsored: {marks.MATH}x²{marks.END} grows."


def texts_of(text: str | None) -> rules.Texts:
    def texts(ids: Sequence[int]) -> Mapping[int, str]:
        return {} if text is None else dict.fromkeys(ids, text)

    return texts


def judged(
    entry: Entry = ENTRY,
    text: str | None = TEXT,
    *,
    drop: tuple[str, ...] = (),
    keep: tuple[str, ...] = (),
    feed: Feed = FEED,
) -> str | None:
    digest = replace(DIGEST, drop=drop, keep=keep)
    return rules.unwanted([entry], digest, {1: feed}, NOW, texts_of(text)).get(1)


# --- what each rule finds ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param("raffle", id="a word of the title"),
        pytest.param("the ai THAT", id="words in any case"),
        pytest.param("  raffle ", id="spaces around a rule mean nothing"),
        pytest.param("/raff|lott/", id="an expression"),
        pytest.param("/^the AI/i", id="an expression in any case"),
        pytest.param("text: sponsored", id="a word of the text"),
        pytest.param("text: raffle", id="the title is part of the text"),
        pytest.param("text: /x.? grows/", id="an expression in the text, marks left out"),
        pytest.param("category: hot deals", id="a category"),
        pytest.param("category: deals", id="a word of a category"),
        pytest.param("category: C++", id="words that end in signs"),
        pytest.param("author: Ada", id="a word of an author's name"),
        pytest.param("author: /Bot$/", id="an expression in an author's name"),
        pytest.param("link: example.org/shorts", id="a part of the link"),
        pytest.param("link: /[/]shorts[/]/", id="an expression in the link"),
        pytest.param("language: de", id="a language"),
        pytest.param("Language: DE-at", id="a language of a country, in any case"),
        pytest.param("feed: example", id="the feed"),
        pytest.param("older than 9d", id="old in days"),
        pytest.param("older than 239h", id="old in hours"),
        pytest.param("newer than 2w", id="new in weeks"),
        pytest.param("shorter than 30", id="a short text"),
        pytest.param("longer than 20", id="a long text"),
    ],
)
def test_a_rule_is_met(rule: str) -> None:
    assert judged(drop=(rule,)) == rule
    assert judged(keep=(rule,)) is None


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param("raff", id="a part of a word"),
        pytest.param("sponsored", id="a word of the text only, where there is a title"),
        pytest.param("that the AI", id="words in another order"),
        pytest.param("/RAFFLE/", id="an expression means its case"),
        pytest.param("category: raffle", id="a word that stands elsewhere"),
        pytest.param("author: Love", id="a part of a name"),
        pytest.param("language: en", id="another language"),
        pytest.param("language: de-DE", id="the language of another country"),
        pytest.param("language: unknown", id="the language is known"),
        pytest.param("feed: exam", id="another feed"),
        pytest.param("older than 10d", id="just as old"),
        pytest.param("newer than 9d", id="not so new"),
        pytest.param("shorter than 26", id="just as long"),
        pytest.param("longer than 26", id="no longer"),
    ],
)
def test_a_rule_is_not_met(rule: str) -> None:
    assert judged(drop=(rule,)) is None
    assert judged(keep=(rule,)) == "none of the digest's keep rules"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("AI", "使用AI技术"),
        ("東京", "東京都の天気"),
        ("データ", "ビッグデータベース"),
        ("ＡＩ", "the AI"),
        ("กรุงเทพ", "ข่าวกรุงเทพวันนี้"),
        ("삼성", "삼성이 발표"),
        ("STRASSE", "die Straße"),
        ("café", "cafe\u0301 society"),
        ("don't panic", "Don’t  panic!"),
        ("#ad", "buy this #ad"),
        ("война и мир", "«Война и мир»"),
        ("🎁", "🎁🎁"),
        ("हिन्दी", "हिन्दी समाचार"),
    ],
)
def test_words_of_every_script_are_found(words: str, text: str) -> None:
    assert judged(replace(ENTRY, title=text), drop=(words,)) == words


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("AI", "AIR"),
        ("AI", "said"),
        ("AI", "AI_2"),
        ("мир", "мировой"),
        ("삼성", "비삼성"),
        ("क", "की"),
        ("cafe", "cafés"),
        ("a b", "a-b"),
    ],
)
def test_a_part_of_a_word_is_not_found(words: str, text: str) -> None:
    assert judged(replace(ENTRY, title=text), drop=(words,)) is None


# --- what rules leave alone ----------------------------------------------------------------------


def test_an_untitled_entry_is_looked_for_in_its_text() -> None:
    assert judged(replace(ENTRY, title=""), drop=("sponsored",)) == "sponsored"


def test_of_an_undated_entry_it_counts_when_it_was_first_seen() -> None:
    assert judged(replace(ENTRY, published=None), drop=("older than 1d",)) is None


def test_an_entry_without_a_language_is_of_an_unknown_one() -> None:
    rule = "language: unknown"
    assert judged(replace(ENTRY, language=None), drop=(rule,)) == rule
    assert judged(replace(ENTRY, language=None), drop=("language: de",)) is None


@pytest.mark.parametrize("rule", ["shorter than 80", "longer than 0", "text: x"])
def test_a_text_that_is_not_kept_meets_nothing(rule: str) -> None:
    assert judged(text=None, drop=(rule,)) is None


def test_a_feed_of_a_folder_has_the_folders_name_too() -> None:
    feed = replace(FEED, name="local/a.xml")
    assert judged(feed=feed, drop=("feed: local",)) == "feed: local"
    assert judged(feed=feed, drop=("feed: loc",)) is None


def test_a_feeds_rules_and_a_digests_both_hold() -> None:
    feed = replace(FEED, drop=("raffle",), keep=("language: de",))
    assert judged(feed=feed) == "raffle"
    english = replace(ENTRY, title="", language="en")
    assert judged(english, feed=feed) == "none of the feed's keep rules"
    assert judged(english, feed=FEED, keep=("feed: other", "language: en")) is None


def test_the_first_rule_that_is_met_is_named_as_written() -> None:
    assert judged(drop=("nothing", "newer than 1d", "raffle", "the")) == "raffle"
    assert judged(drop=("older than 1 d", "raffle")) == "older than 1 d"


def test_texts_are_asked_for_only_where_a_rule_asks() -> None:
    asked: list[int] = []

    def texts(ids: Sequence[int]) -> Mapping[int, str]:
        asked.extend(ids)
        return {}

    feeds = {1: FEED, 2: replace(FEED, keep=("longer than 80",))}
    entries = [
        ENTRY,
        replace(ENTRY, id=2, title=""),
        replace(ENTRY, id=3, feed_id=2),
    ]
    digest = replace(DIGEST, drop=("raffle", "author: x"))
    rules.unwanted(entries, digest, feeds, NOW, texts)
    assert asked == [2, 3]


ENTRIES = st.lists(
    st.builds(
        lambda title, link, language, age: replace(
            ENTRY, title=title, link=link, language=language, published=NOW - timedelta(hours=age)
        ),
        st.text(max_size=30),
        st.none() | st.text(max_size=20),
        st.sampled_from([None, "en", "zh-Hant", ""]),
        st.integers(-50, 50),
    ),
    max_size=8,
)


@given(ENTRIES)
def test_no_rules_leave_nothing_out(entries: list[Entry]) -> None:
    numbered = [replace(entry, id=at) for at, entry in enumerate(entries)]
    assert rules.unwanted(numbered, DIGEST, {1: FEED}, NOW, texts_of(TEXT)) == {}


def rule_or_refusal(written: str, text: str) -> None:
    with suppress(ValueError):
        rules.parse(written)
        assert judged(replace(ENTRY, title=text), text, drop=(written,)) in (None, written)


@given(st.text(min_size=1, max_size=20), st.text(max_size=200))
def test_any_words_are_a_rule_or_refused(written: str, text: str) -> None:
    rule_or_refusal(written, text)


@given(st.text("()[]{}|*+?\\^$.-ab1,:<>=!#&~ipPN", max_size=12))
def test_any_expression_is_a_rule_or_refused(pattern: str) -> None:
    rule_or_refusal(f"/{pattern}/", "ab1 (a) 2")


# --- what is hostile -----------------------------------------------------------------------------


def test_an_expression_without_end_is_given_up() -> None:
    entries = [replace(ENTRY, id=at, title="x" * 5000 + "!") for at in range(40)]
    digest = replace(DIGEST, drop=(r"/^(x+x+)+y/",))
    begun = time.process_time()
    found = rules.unwanted(entries, digest, {1: FEED}, NOW, texts_of(None))
    assert found == {}
    assert time.process_time() - begun < rules.MAX_TIMEOUTS * rules.SEARCH_TIMEOUT * 5


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("text: aaaa", "a" * 1_000_000),
        ("text: a a a", "a " * 500_000 + "ab"),
        ("text: 東京", "東" * 1_000_000),
        ("longer than 9999", "a" * 2_000_000),
        ("text: /b/", "a" * 1_000_000),
    ],
    ids=lambda value: value[:20],
)
def test_a_large_text_costs_little(rule: str, text: str) -> None:
    begun = time.process_time()
    judged(text=text, drop=(rule,))
    assert time.process_time() - begun < 1


# --- what makes no sense -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("", "expected words, /an expression/"),
        ("...", "expected words, /an expression/"),
        ("text: ", "expected words, /an expression/"),
        ("//", "expected /an expression/"),
        ("/etc/passwd", "expected /an expression/"),
        ("/a/g", "expected /an expression/"),
        ("/(/", "not a regular expression: missing ) at position 1"),
        ("link: /*/", "nothing to repeat"),
        (f"/{'(' * 5000}{')' * 5000}/", "not a regular expression"),
        ("catgory: Deals", 'did you mean "category:"?'),
        ("Authors: x", 'did you mean "author:"?'),
        ("language: english please", "expected a language tag"),
        ("language:", "expected a language tag"),
        ("language: d", "expected a language tag"),
        ("feed:", "expected the name of a feed"),
        ("older than 14", 'an age such as "older than 14d"'),
        ("newer than", 'an age such as "newer than 14d"'),
        ("older than 2 weeks", "an age such as"),
        ("older than 999999d", "an age such as"),
        ("shorter than 80d", 'a length such as "shorter than 80"'),
        ("longer than 10000", "up to 9999"),
    ],
    ids=lambda value: value[:30],
)
def test_a_rule_that_makes_no_sense_is_refused(rule: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        rules.parse(rule)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("rule", ["Star Wars: Andor", "2026: a review", "Q: why?", "older thanks"])
def test_words_with_a_colon_are_words(rule: str) -> None:
    assert judged(replace(ENTRY, title=f"On {rule}"), drop=(rule,)) == rule
