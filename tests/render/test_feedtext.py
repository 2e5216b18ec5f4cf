"""What feeds may say: texts, names, languages, addresses, ids and dates."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.model import Section
from digest.render.feeds import feed_text
from support import editions


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param("plain", "plain", id="nothing to do"),
        pytest.param("café 東京 \U0001f600", "café 東京 \U0001f600", id="any script"),
        pytest.param("Â° and 北", "Â° and 北", id="what only looks like it was encoded twice"),
        pytest.param("caf\xc3\xa9", "café", id="encoded twice"),
        pytest.param("lost \ufffd\ufffd", "lost ??", id="lost in decoding"),
        pytest.param("\xef\xbf\xbd", "?", id="lost, then encoded twice"),
        pytest.param("\xc3\xaf\xc2\xbf\xc2\xbd\xef\xbf\xbe", "?", id="and once more"),
    ],
)
def test_a_text_is_readable(given, said):
    assert feed_text.text(given) == said
    assert feed_text.text(said) == said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param("AT&T", "AT&T", id="an ampersand"),
        pytest.param("a < b", "a ‹ b", id="less than"),
        pytest.param("Smith &amp; Sons", "Smith & Sons", id="escaped by the publisher"),
        pytest.param("&amp;amp;lt;b&amp;gt;", "‹b›", id="escaped again and again"),
        pytest.param("Ines <ines@example.org>", "Ines ‹ines@example.org›", id="a mail address"),
        pytest.param("R&alpha", "R& alpha", id="what some read as a letter"),
        pytest.param("&#10;&#x202e;", "…", id="nothing but what is not to be seen"),
        pytest.param("A&1", "A& 1", id="what some read as a number"),
    ],
)
def test_a_name_looks_like_no_markup(given, said):
    assert feed_text.plain(given) == said
    assert feed_text.plain(said) == said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("en", "en"),
        ("EN-us", "en-us"),
        ("zh-Hant-TW", "zh-Hant-TW"),
        ("eng", "en"),
        ("cmn-Hans", "zh-Hans"),
        ("yue", "yue"),
        ("english", None),
        ("x-own", None),
        ("zz", None),
        ("", None),
        (None, None),
    ],
)
def test_a_language_has_a_name(given, said):
    assert feed_text.language(given) == said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("https://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
        ("mailto:me@example.org?subject=x", "mailto:me@example.org?subject=x"),
        ("https://bücher.example/ä?ö#ü", "https://xn--bcher-kva.example/%C3%A4?%C3%B6#%C3%BC"),
        ("https://example.org/#a#b", "https://example.org/#a%23b"),
        ("https://[2001:db8::1]:8080/", "https://[2001:db8::1]:8080/"),
        ("https://me:secret@example.org/", "https://example.org/"),
        ("https://example.org/%zz", None),
        ("https://example.org:99999/", None),
        ("javascript:alert(1)", None),
        ("/relative", None),
        ("", None),
    ],
)
def test_an_address_is_ascii_and_absolute(given, said):
    assert feed_text.uri(given) == said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("tag:example.org,2026:x/y", "tag:example.org,2026:x/y"),
        ("urn:isbn:9783161484100", "urn:isbn:9783161484100"),
        (
            "urn:uuid:60a76c80-d399-11d9-b93c-0003939e0af6",
            "urn:uuid:60a76c80-d399-11d9-b93c-0003939e0af6",
        ),
        ("https://example.org", "https://example.org/"),
        ("HTTPS://Example.ORG:443/%7Ea/%e4%b8%ad", "https://example.org/~a/%E4%B8%AD"),
        ("http://example.org:8080/?q=a/b", "http://example.org:8080/?q=a/b"),
        ("https://example.org/a/../b", None),
        ("https://example.org/%ff", None),
        ("https://[2001:db8::1]/", None),
        ("urn:uuid:nonsense", None),
        ("TAG:Example.org,2026:x", None),
        ("yt:channel:UCxyz", None),
        ("12345", None),
        ("", None),
        (None, None),
    ],
)
def test_an_id_has_one_spelling(given, said):
    assert feed_text.identifier(given) == said
    assert said is None or feed_text.identifier(said) == said


def _dates(**dates):
    """Tell how a feed dates the story of an edition that was composed at `editions.MOMENT`."""
    told = replace(editions.story("a", "A"), **dates)
    edition = feed_text.edition(editions.edition(Section(title="", stories=(told,)), number=41))
    (story,) = edition.sections[0].stories
    return story.published, story.updated.replace(microsecond=0)


@pytest.mark.parametrize(
    ("updated", "said"),
    [
        pytest.param(editions.MOMENT - timedelta(days=1), None, id="a date that can be"),
        pytest.param(editions.MOMENT + timedelta(days=1), editions.MOMENT, id="after the edition"),
        pytest.param(datetime(1970, 1, 1, tzinfo=UTC), editions.MOMENT, id="before the web"),
    ],
)
def test_nothing_was_updated_when_it_cannot_have_been(updated, said):
    assert _dates(updated=updated)[1] == (said or updated)


def test_a_date_of_publication_that_cannot_be_is_left_out():
    assert _dates(published=datetime(1969, 12, 31, tzinfo=UTC))[0] is None


def test_stories_of_one_second_are_in_the_order_of_their_ranks_and_editions():
    moment = editions.MOMENT.replace(microsecond=123456)
    told = [replace(editions.story(str(n), "A"), updated=moment) for n in range(5)]
    dated = []
    for number in (9, 8):
        edition = editions.edition(
            Section(title="", stories=tuple(told)), number=number, composed_at=moment
        )
        dated += [story.updated for story in feed_text.edition(edition).sections[0].stories]
    assert dated == sorted(set(dated), reverse=True)
    assert {date.replace(microsecond=0) for date in dated} == {moment.replace(microsecond=0)}
