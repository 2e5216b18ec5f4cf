"""The program's own words, in each language that it speaks."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from digest.render.words.translate import iso, speak

SLOT = "2026-11-22T0700"


@pytest.mark.parametrize(
    ("language", "n", "expected"),
    [
        ("en", 1, "1 story"),
        ("en", 1234, "1,234 stories"),
        ("de", 2, "2 Meldungen"),
        ("fr", 0, "0 sujet"),
        ("fr", 1_000_000, "1 000 000 sujets"),
        ("ru", 1, "1 сюжет"),
        ("ru", 3, "3 сюжета"),
        ("ru", 12, "12 сюжетов"),
        ("ru", 21, "21 сюжет"),
        ("ar", 2, "خبران"),
        ("ar", 5, "5 أخبار"),
        ("ar", 11, "11 خبرًا"),
        ("ar", 100, "100 خبر"),
        ("ja", 1, "1件の話題"),
    ],
)
def test_plurals_are_those_of_the_language(language, n, expected):
    counted = speak(language, "UTC").count("stories", n)
    assert counted.replace("\u202f", " ").replace("\xa0", " ") == expected


@pytest.mark.parametrize(
    ("language", "tag", "archive"),
    [
        pytest.param("en", "en", "All editions", id="English"),
        pytest.param("en-GB", "en-GB", "All editions", id="a region is kept, for the dates"),
        pytest.param("de-AT", "de-AT", "Alle Ausgaben", id="a region of another language"),
        pytest.param("zh-TW", "zh-Hant-TW", "往期目錄", id="Taiwan writes traditional characters"),
        pytest.param("zh-CN", "zh-Hans-CN", "往期目录", id="China writes simplified ones"),
        pytest.param("is", "en", "All editions", id="a language without words is English"),
        pytest.param("xx-nonsense!", "en", "All editions", id="so is no language at all"),
    ],
)
def test_the_language_is_that_of_the_words(language, tag, archive):
    words = speak(language, "UTC")
    assert (words.tag, words.say("archive")) == (tag, archive)


def test_the_direction_is_that_of_the_words():
    assert speak("ar", "UTC").direction == "rtl"
    assert speak("he", "UTC").direction == "ltr"


@pytest.mark.parametrize(
    ("language", "day", "moment"),
    [
        ("en", "Sunday, November 22, 2026", "Sat, Nov 21, 9:40 PM"),
        ("en-GB", "Sunday, 22 November 2026", "Sat 21 Nov, 21:40"),
        ("de", "Sonntag, 22. November 2026", "Sa., 21. Nov., 21:40"),
        ("zh", "2026年11月22日星期日", "11月21日周六 21:40"),
        ("is", "Sunday, November 22, 2026", "Sat, Nov 21, 9:40 PM"),
    ],
)
def test_dates_are_in_the_language_and_in_the_zone(language, day, moment):
    words = speak(language, "Europe/Berlin")
    assert words.day(SLOT) == day
    written = words.moment(datetime(2026, 11, 21, 20, 40, tzinfo=UTC), SLOT)
    assert written.replace("\u202f", " ") == moment


def test_an_old_date_has_its_year_and_no_time():
    words = speak("en", "Europe/Berlin")
    assert words.moment(datetime(2025, 12, 31, 22, 59, tzinfo=UTC), SLOT) == "Dec 31, 2025"
    assert "2025" not in words.moment(datetime(2025, 12, 31, 23, 1, tzinfo=UTC), SLOT)


@pytest.mark.parametrize(
    ("length", "expected"),
    [(1, "1 byte"), (999, "999 byte"), (1000, "1 kB"), (48_300_000, "48.3 MB"), (5**20, "95.4 TB")],
)
def test_sizes_are_rounded(length, expected):
    assert speak("en", "UTC").size(length) == expected


def test_a_slot_is_a_local_time():
    assert iso(SLOT) == "2026-11-22T07:00"


@pytest.mark.parametrize("missing", ["nope", "stories"])
def test_words_that_are_not_there_are_named(missing):
    with pytest.raises(LookupError, match=missing):
        speak("en", "UTC").say(missing)


def test_words_are_not_counted_that_have_no_number():
    with pytest.raises(LookupError, match="skip"):
        speak("en", "UTC").count("skip", 1)
