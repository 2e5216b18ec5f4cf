"""The JSON documents: JSON Feed 1.1, with what it has no words for under `_digest`."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from digest.model import Section
from digest.render import render
from support import editions


def _feed(name, *made, **changes):
    return json.loads(render(name, made, editions.site(**changes)).body)


def _assert_json_feed(feed):
    """Hold the document to JSON Feed 1.1: what must be there, and the types."""
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"]
    for item in feed["items"]:
        assert isinstance(item["id"], str)
        assert item["id"].startswith("tag:")
        assert item["content_text"]
        for key in ("url", "title", "summary", "image", "date_published", "language"):
            assert isinstance(item.get(key, ""), str)
        assert all(author["name"] for author in item["authors"])
        assert all(isinstance(tag, str) for tag in item.get("tags", []))
        for attachment in item.get("attachments", []):
            assert {"url", "mime_type"} <= attachment.keys()
    ids = [item["id"] for item in feed["items"]]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("name", ["json", "jsonfeed"])
@pytest.mark.parametrize("make", [editions.sample, editions.untitled, editions.long])
def test_the_document_is_a_json_feed(name, make):
    _assert_json_feed(_feed(name, make()))


def test_an_item_holds_the_lead_entry_and_what_the_edition_adds():
    item = _feed("json", editions.sample())["items"][0]
    story = editions.sample().sections[0].stories[0]
    assert item == {
        "id": "tag:news.example.org,2026-10-01:daily/story/softmax",
        "url": "https://example.org/softmax",
        "title": story.title,
        "summary": story.excerpt,
        "content_text": story.excerpt,
        "date_published": "2026-11-21T19:30:00Z",
        "date_modified": "2026-11-21T19:30:00Z",
        "authors": [{"name": "Ines Okafor"}],
        "tags": ["Machine learning", "Attention"],
        "language": "en",
        "_digest": {
            "section": "Machine learning",
            "rank": 1,
            "feed": {
                "title": "Field Notes on Learning",
                "url": "https://example.org/feed.xml",
                "home_page_url": "https://example.org/",
            },
            "also_in": [
                {
                    "feed": "Planet Learning",
                    "link": "https://planet.example.com/softmax?utm=1&b=2",
                    "title": "Attention without the softmax",
                },
                {"feed": "Tea and Tensors", "link": "https://tea.example.com/9", "title": ""},
            ],
            "related": ["https://example.net/linear-attention"],
        },
    }


def test_an_edition_says_which_it_is_and_what_it_could_not_read():
    feed = _feed("json", editions.sample())
    assert feed["home_page_url"] == "https://news.example.org/daily/2026-11-22T0700/"
    assert feed["feed_url"] == feed["home_page_url"] + "edition.json"
    assert feed["_digest"]["slot"] == editions.SLOT
    assert feed["_digest"]["capped"] == 38
    assert feed["_digest"]["damped"][0] == {"feed": "Packet Firehose", "shown": 5, "of": 41}
    assert [failed["title"] for failed in feed["_digest"]["failed"]] == [
        "Kernel Weekly",
        "Old Harbor Blog",
    ]


def test_without_a_place_of_publication_there_are_no_addresses():
    for name in ("json", "jsonfeed"):
        feed = _feed(name, editions.sample(), base_url=None)
        assert "feed_url" not in feed
        assert "home_page_url" not in feed


def test_an_untitled_story_has_a_text_and_no_title():
    first, second, _ = _feed("json", editions.untitled())["items"]
    assert "title" not in first
    assert first["content_text"] == "Rewrote the parser over the we"
    assert second["content_text"].startswith("Fog. The ferry")


def test_an_edition_keeps_its_order_and_a_feed_has_the_newest_first():
    edition = editions.long()
    assert [item["_digest"]["rank"] for item in _feed("json", edition)["items"]] == [*range(1, 51)]
    dates = [item["date_modified"] for item in _feed("jsonfeed", edition)["items"]]
    assert dates == sorted(dates, reverse=True)


def test_a_feed_tells_the_stories_of_its_editions_each_once():
    newest = editions.sample()
    older = replace(editions.long(), slot="2026-11-21T0700", number=40)
    again = replace(editions.sample(), slot="2026-11-20T0700", number=39)
    feed = _feed("jsonfeed", newest, older, again)
    _assert_json_feed(feed)
    assert len(feed["items"]) == 8 + 50
    told = {item["id"].rpartition("/")[2] for item in feed["items"]}
    stories = [story for one in (newest, older) for part in one.sections for story in part.stories]
    assert told == {story.key for story in stories}


def test_ids_depend_on_neither_address_nor_title():
    changed = replace(editions.story("k", "New title"), link="https://moved.example.org/", rank=1)
    before = _feed("json", editions.edition(Section(title="", stories=(editions.story("k", "A"),))))
    after = _feed(
        "json",
        editions.edition(Section(title="x", stories=(changed,))),
        base_url="https://other.example.org/",
        title="Other",
    )
    assert before["items"][0]["id"] == after["items"][0]["id"]


def test_an_id_is_a_tag_uri_whatever_the_key_holds():
    (item, *_) = _feed("json", editions.hostile())["items"]
    assert item["id"] == "tag:news.example.org,2026-10-01:daily/story/0%2F%3F%23%22%3C%7B%C3%A9"
