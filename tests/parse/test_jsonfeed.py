"""JSON Feed 1.0 and 1.1, and JSON in every other state."""

from __future__ import annotations

import json
from typing import Any

import pytest

from digest.errors import ParseError
from digest.model import Enclosure, Image, Markup, ParsedEntry, ParsedFeed
from digest.parse.jsonfeed import parse
from support.documents import document

VERSION = "https://jsonfeed.org/version/1.1"
BASE = "https://example.org/"


def feed_of(*items: Any, **feed: Any) -> ParsedFeed:
    whole = {"version": VERSION, "title": "Example", "home_page_url": BASE} | feed
    return parse(document(json.dumps(whole | {"items": items})))


def entry_of(item: dict[str, Any], **feed: Any) -> ParsedEntry:
    (entry,) = feed_of(item, **feed).entries
    return entry


def test_a_whole_feed() -> None:
    feed = feed_of(
        {
            "id": "https://example.org/1",
            "url": "https://example.org/1",
            "external_url": "https://example.com/other",
            "title": "Fish & <chips>",
            "summary": "Short.",
            "content_html": "<p>Long.</p>",
            "content_text": "Long.",
            "image": "/1.jpg",
            "banner_image": "/banner.jpg",
            "date_published": "2024-03-05T10:20:30Z",
            "date_modified": "2024-03-06T10:20:30Z",
            "authors": [{"name": "Jane"}, {"name": "Max"}],
            "tags": ["a", "b", "a"],
            "language": "de",
            "attachments": [
                {
                    "url": "/1.mp3",
                    "mime_type": "audio/mpeg",
                    "size_in_bytes": 9,
                    "title": "Listen",
                }
            ],
        },
        language="en",
    )
    own = "https://example.org/1"
    assert feed == ParsedFeed(
        title="Example",
        link=BASE,
        language="en",
        parser="jsonfeed",
        entries=(
            ParsedEntry(
                id=own,
                link=own,
                base=BASE,
                title=Markup(value="Fish & <chips>", base=own),
                summary=Markup(value="Short.", base=own),
                content=Markup(value="<p>Long.</p>", html=True, base=own),
                authors=("Jane", "Max"),
                published="2024-03-05T10:20:30Z",
                updated="2024-03-06T10:20:30Z",
                categories=("a", "b"),
                enclosures=(
                    Enclosure(url="/1.mp3", media_type="audio/mpeg", length=9, title="Listen"),
                ),
                images=(Image(url="/1.jpg"), Image(url="/banner.jpg")),
                language="de",
            ),
        ),
    )


@pytest.mark.parametrize(
    ("item", "field", "value"),
    [
        pytest.param({"id": 7}, "id", "7", id="a number as id"),
        pytest.param({"id": 7.5}, "id", "7.5", id="a fraction as id"),
        pytest.param({"id": " x "}, "id", "x", id="blanks around an id"),
        pytest.param({"id": "a\ud800b\0"}, "id", "ab", id="characters that are none"),
        pytest.param({"id": "\ud83d\ude00"}, "id", "😀", id="a pair of surrogates"),
        pytest.param({"id": True, "url": "x"}, "id", None, id="a truth value as id"),
        pytest.param({"id": None, "url": "x"}, "id", None, id="null as id"),
        pytest.param({"external_url": "x"}, "link", "x", id="only the link to elsewhere"),
        pytest.param(
            {"id": "1", "author": {"name": "Jane"}}, "authors", ("Jane",), id="1.0 author"
        ),
        pytest.param({"id": "1", "authors": {"name": "J"}}, "authors", (), id="no list of authors"),
        pytest.param({"id": "1", "authors": ["J", None]}, "authors", (), id="authors not objects"),
        pytest.param({"id": "1", "tags": "a,b"}, "categories", (), id="no list of tags"),
        pytest.param({"id": "1", "tags": [1, None, {}, "x"]}, "categories", ("1", "x"), id="tags"),
        pytest.param({"id": "1", "attachments": [{}, 1]}, "enclosures", (), id="attachments"),
        pytest.param({"id": "1", "title": ["x"]}, "title", None, id="a list as title"),
        pytest.param({"id": "1", "date_published": 5}, "published", "5", id="a number as date"),
        pytest.param({"id": "1", "language": "en_US"}, "language", "en-US", id="a language"),
    ],
)
def test_values_of_other_types(item: dict[str, Any], field: str, value: object) -> None:
    assert getattr(entry_of(item), field) == value


def test_text_is_content_where_there_is_no_html() -> None:
    entry = entry_of({"id": "1", "content_text": "1 < 2 & <b>"})
    assert entry.content == Markup(value="1 < 2 & <b>", base=BASE)


def test_authors_of_the_feed_are_those_of_its_entries() -> None:
    authors = [{"name": "Jane"}]
    assert entry_of({"id": "1"}, authors=authors).authors == ("Jane",)
    assert entry_of({"id": "1", "author": {"name": "Max"}}, authors=authors).authors == ("Max",)


def test_what_is_no_item_is_left_out() -> None:
    assert len(feed_of({}, "x", None, [], {"id": "1"}, {"tags": ["x"]}).entries) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32-be"])
def test_encodings(encoding: str) -> None:
    text = json.dumps({"version": VERSION, "title": "Größe", "items": []}, ensure_ascii=False)
    assert parse(document(text.encode(encoding))).title == "Größe"


def test_line_breaks_in_strings_are_let_through() -> None:
    body = '{"items": [{"id": "1", "content_text": "a\nb\tc"}]}'
    (entry,) = parse(document(body)).entries
    assert entry.content is not None
    assert entry.content.value == "a\nb\tc"


def test_a_feed_without_its_version_is_read_and_said_so() -> None:
    assert parse(document('{"items": [{"id": 1}]}')).flaw == "names no version of JSON Feed"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{}", "not a JSON feed"),
        ('{"items": {}}', "not a JSON feed"),
        ("[]", "not a JSON feed"),
        ('"items"', "not a JSON feed"),
        ("", "not well-formed JSON"),
        ('{"items": ', "cut short, before its first entry"),
        ('{"items": [1' + "0" * 5000 + "]}", "not well-formed JSON"),
        ("[" * 200_000, "nested too deeply"),
        ('{"a":' * 200_000, "nested too deeply"),
    ],
)
def test_what_is_no_feed(body: str, said: str) -> None:
    with pytest.raises(ParseError, match=said):
        parse(document(body))
