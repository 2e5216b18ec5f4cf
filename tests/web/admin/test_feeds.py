"""The table of feeds, the page of a feed, and what they change in the configuration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest

from digest.errors import ConfigError
from digest.model import Feed, FeedState
from digest.store import feeds as stored_feeds
from digest.store import fetches
from digest.store.fetches import FetchRecord
from digest.web.admin import saving
from digest.web.admin.feed_rows import feed_key
from support.adminhouse import OWN, PASSWORD, AdminHouse, hidden
from support.webhouse import NOW

CONFIG = """# My feeds, with a comment
title = "News"
[store]
url = "sqlite:///digest.db"
[web]
{web}
[digests.daily]
[digests.daily.deliver.files]
path = "out"   # {port}

# The first group
[[feeds]]
url = "https://a.example/feed"
name = "alpha"
category = "News"    # by hand

[[feeds]]
url = "https://b.example/feed"
title = "Beta <b>bold</b> & \\"quoted\\""

# The second group
[[feeds]]
url = "https://c.example/feed"
category = "Science"
"""
A, B, C = (feed_key(Feed(url=f"https://{letter}.example/feed", name="")) for letter in "abc")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[AdminHouse]:
    opened = AdminHouse(tmp_path)
    opened.configure(CONFIG)
    opened.log_in()
    yield opened
    opened.close()


def store(house: AdminHouse, letter: str, **values: object) -> FeedState:
    """Store the state of a feed."""
    url = f"https://{letter}.example/feed"
    with house.store.write() as connection:
        state = replace(stored_feeds.ensure(connection, [url])[url], **values)
        stored_feeds.save(connection, [state])
    return state


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        pytest.param("", ["alpha", "Beta", "c.example"], id="all, in the order of the file"),
        pytest.param("?q=BETA+bold", ["Beta"], id="two words of a title, in any case"),
        pytest.param("?q=c.example", ["c.example"], id="a part of an address"),
        pytest.param("?category=News", ["alpha"], id="a category"),
        pytest.param("?category=-", ["Beta"], id="no category"),
        pytest.param("?state=failing", ["alpha"], id="failing feeds"),
        pytest.param("?state=well", ["Beta"], id="feeds that are well"),
        pytest.param("?state=new", ["c.example"], id="feeds that were never fetched"),
        pytest.param("?state=nonsense", ["alpha", "Beta", "c.example"], id="no such state"),
        pytest.param("?sort=-title", ["c.example", "Beta", "alpha"], id="sorted backwards"),
        pytest.param("?page=99", ["alpha", "Beta", "c.example"], id="a page behind the last"),
        pytest.param("?page=-1&q=%00", [], id="nonsense"),
    ],
)
def test_the_table_shows_what_was_asked_for(
    house: AdminHouse, query: str, titles: list[str]
) -> None:
    store(house, "a", error="HTTP status 500", failures=3, succeeded_at=NOW)
    store(house, "b", succeeded_at=NOW)
    page = house.get(f"/admin/feeds{query}")
    assert page.status == 200
    places = {title: page.text.find(f"<bdi>{title}") for title in ("alpha", "Beta", "c.example")}
    shown = sorted((at, title) for title, at in places.items() if at > 0)
    assert [title for _, title in shown] == titles
    assert "<b>bold" not in page.text


def test_many_feeds_are_changed_at_once_and_the_rest_of_the_file_stays(house: AdminHouse) -> None:
    before = house.file
    answer = house.send(
        "/admin/feeds/change?q=x", "/admin/feeds", feed=[A, C], do="move", category=" New   things "
    )
    assert answer.headers["location"] == "/admin/feeds?q=x"
    expected = before.replace(
        'category = "News"    # by hand', 'category = "New things"    # by hand'
    )
    assert house.file == expected.replace('"Science"', '"New things"')
    assert "Moved 2 feeds to New things." in house.follow(answer).text
    assert "Moved 2 feeds" not in house.get("/admin/feeds").text  # a notice is shown once


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"do": "mute", "until": "2026-12-24"}, "Choose the feeds first"),
        ({"do": "mute", "until": "2026-11-22", "feed": A}, "Name a day in the future"),
        ({"do": "mute", "until": "soon", "feed": A}, "Name a day in the future"),
        ({"do": "nonsense", "feed": A}, "Choose what to do"),
        ({"do": "remove", "feed": "0123456789ab", "sure": "yes"}, "Choose the feeds first"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(
    house: AdminHouse, fields: dict[str, str], words: str
) -> None:
    before = house.file
    answer = house.send("/admin/feeds/change", "/admin/feeds", **fields)
    assert answer.status == 422
    assert words in answer.text
    assert house.file == before


def test_feeds_are_muted_and_unmuted(house: AdminHouse) -> None:
    house.send("/admin/feeds/change", "/admin/feeds", feed=[A, B], do="mute", until="2026-12-24")
    assert house.file.count("muted_until = 2026-12-24") == 2
    assert "muted until 2026-12-24" in house.get("/admin/feeds?state=muted").text
    house.send("/admin/feeds/change", "/admin/feeds", feed=[A, B], do="unmute")
    assert "muted_until" not in house.file


def test_feeds_are_removed_after_a_question(house: AdminHouse) -> None:
    before = house.file
    question = house.send("/admin/feeds/change", "/admin/feeds", feed=[A, B], do="remove")
    assert "Remove 2 feeds?" in question.text
    assert house.file == before
    house.send("/admin/feeds/change", "/admin/feeds", feed=[A, B], do="remove", sure="yes")
    assert [feed.url for feed in house.current().feeds] == ["https://c.example/feed"]
    assert "# The first group" in house.file
    assert "# The second group" in house.file


# --- saving ---------------------------------------------------------------------------------------


def test_a_file_that_was_edited_meanwhile_is_not_overwritten(house: AdminHouse) -> None:
    page = house.get(f"/admin/feeds/{A}")
    path = house.folder / "config.toml"
    path.write_text(house.file.replace('title = "News"', 'title = "Edited by hand"'))
    before = house.file
    fields = {
        "token": hidden(page, "token"),
        "fingerprint": hidden(page, "fingerprint"),
        "form": "settings",
        "title": "My own title",
    }
    answer = house.post(f"/admin/feeds/{A}", urlencode(fields).encode(), OWN)
    assert answer.status == 409
    assert house.file == before
    assert "<del>-title = &#34;News&#34;</del>" in answer.text
    assert "<ins>+title = &#34;Edited by hand&#34;</ins>" in answer.text
    assert "<ins>+title = &#34;My own title&#34;</ins>" in answer.text
    assert 'value="My own title"' in answer.text  # nothing that was typed is lost
    fields["fingerprint"] = hidden(answer, "fingerprint")
    assert house.post(f"/admin/feeds/{A}", urlencode(fields).encode(), OWN).status == 303
    assert 'title = "Edited by hand"' in house.file
    assert 'title = "My own title"' in house.file


def test_each_mistake_stands_at_its_field_and_nothing_is_written(house: AdminHouse) -> None:
    before = house.file
    answer = house.send(
        f"/admin/feeds/{A}",
        f"/admin/feeds/{A}",
        form="settings",
        priority="1000",
        max_entries="many",
        drop="title ~ (",
    )
    assert answer.status == 422
    assert house.file == before
    assert "expected a whole number, found &#39;many&#39;" in answer.text
    answer = house.send(
        f"/admin/feeds/{A}",
        f"/admin/feeds/{A}",
        form="settings",
        priority="1000",
        max_entries="0",
        backfill="-1",
    )
    assert house.file == before
    for name in ("priority", "max_entries", "backfill"):
        assert f'id="settings-{name}-mistake"' in answer.text, name
    assert "expected at most 100, found 1000" in answer.text


def test_a_file_that_cannot_be_written_is_a_sentence(house: AdminHouse, monkeypatch) -> None:
    def fail(path: Path, text: str) -> None:
        raise ConfigError("cannot be written: Read-only file system", file=str(path))

    monkeypatch.setattr(saving, "replace_file", fail)
    before = house.file
    answer = house.send(f"/admin/feeds/{A}", f"/admin/feeds/{A}", form="settings", title="x")
    assert answer.status == 422
    assert "cannot be written: Read-only file system" in answer.text
    assert house.file == before


def test_the_settings_of_a_feed_are_saved(house: AdminHouse) -> None:
    answer = house.send(
        f"/admin/feeds/{B}",
        f"/admin/feeds/{B}",
        form="settings",
        title="Βήτα",
        name="beta",
        category="News",
        priority="5",
        max_entries="2",
        backfill="all",
        muted_until="2027-01-01",
        fulltext="yes",
        drop="title ~ advert\r\n\r\ncategory = sport",
    )
    assert answer.status == 303, answer.text
    (feed,) = [feed for feed in house.current().feeds if "//b." in feed.url]
    assert (feed.title, feed.name, feed.category) == ("Βήτα", "beta", "News")
    assert (feed.priority, feed.max_entries, feed.backfill, feed.fulltext) == (5, 2, None, True)
    assert feed.drop == ("title ~ advert", "category = sport")
    assert "Saved." in house.follow(answer).text


def test_a_form_that_outlives_its_session_comes_back_filled(house: AdminHouse) -> None:
    page = house.get(f"/admin/feeds/{A}")
    token, fingerprint = hidden(page, "token"), hidden(page, "fingerprint")
    house.cookies = {}
    typed = {
        "token": token,
        "fingerprint": fingerprint,
        "form": "settings",
        "title": 'Typed "long"',
        "fulltext": "yes",
        "drop": "title ~ one\r\ntitle ~ two",
    }
    refused = house.post(f"/admin/feeds/{A}", urlencode(typed).encode(), OWN)
    assert refused.status == 401
    answer = house.post(
        "/admin/login",
        urlencode(
            {
                "token": hidden(refused, "token"),
                "carried": hidden(refused, "carried"),
                "password": PASSWORD,
            }
        ).encode(),
        OWN,
    )
    assert answer.status == 200
    assert 'value="Typed &#34;long&#34;"' in answer.text
    assert "title ~ one\ntitle ~ two</textarea>" in answer.text.replace("\r", "")
    assert 'value="yes" checked' in answer.text
    assert "Nothing is saved yet" in answer.text
    assert "Typed" not in house.file


# --- the page of a feed ---------------------------------------------------------------------------


def test_an_unknown_feed_is_404(house: AdminHouse) -> None:
    assert house.get("/admin/feeds/0123456789ab").status == 404


def test_a_feed_shows_its_last_thirty_fetches(house: AdminHouse) -> None:
    state = store(house, "a", succeeded_at=NOW)
    with house.store.write() as connection:
        for number in range(1, 46):
            at = NOW - timedelta(hours=45 - number)
            error = "HTTP status 500" if number % 10 == 0 else None
            made = FetchRecord(
                feed_id=state.id,
                number=number,
                at=at,
                is_unchanged=number % 3 == 0 and not error,
                received=0 if error or number % 3 == 0 else number,
                error=error,
            )
            fetches.record(connection, [made])
        kept = fetches.last(connection, state.id)
    assert [fetch.at for fetch in kept] == [
        NOW - timedelta(hours=hours) for hours in range(29, -1, -1)
    ]
    page = house.get(f"/admin/feeds/{A}")
    assert "the last 30 fetches: 18 read, 9 unchanged, 3 failed" in page.text


def test_a_redirect_is_adopted(house: AdminHouse) -> None:
    store(house, "a", succeeded_at=NOW, fetch_url="https://new.example/feed")
    page = house.get(f"/admin/feeds/{A}")
    assert "It is asked there already." in page.text
    answer = house.send(
        f"/admin/feeds/{A}/redirect",
        f"/admin/feeds/{A}",
        do="adopt",
        to="https://new.example/feed",
    )
    assert 'url = "https://new.example/feed"' in house.file
    assert "The new address is adopted" in house.follow(answer).text
    with house.store.read() as connection:
        assert [state.url for state in stored_feeds.states(connection)] == [
            "https://new.example/feed"
        ]


def test_a_redirect_is_not_adopted_if_the_file_was_edited_meanwhile(house: AdminHouse) -> None:
    store(house, "a", succeeded_at=NOW, fetch_url="https://new.example/feed")
    page = house.get(f"/admin/feeds/{A}")
    path = house.folder / "config.toml"
    path.write_text(house.file + "\n# more\n")
    fields = {
        "token": hidden(page, "token"),
        "fingerprint": hidden(page, "fingerprint"),
        "do": "adopt",
        "to": "https://new.example/feed",
    }
    answer = house.post(f"/admin/feeds/{A}/redirect", urlencode(fields).encode(), OWN)
    assert answer.status in (409, 422)
    with house.store.read() as connection:
        assert [state.url for state in stored_feeds.states(connection)] == [
            "https://a.example/feed"
        ]


def test_the_old_address_is_kept(house: AdminHouse) -> None:
    store(house, "a", succeeded_at=NOW, fetch_url="https://new.example/feed")
    before = house.file
    house.send(
        f"/admin/feeds/{A}/redirect",
        f"/admin/feeds/{A}",
        do="keep",
        to="https://new.example/feed",
    )
    assert house.file == before
    with house.store.read() as connection:
        (state,) = stored_feeds.states(connection)
    assert state.fetch_url is None
    assert state.moved_to == "https://new.example/feed"


def test_the_export_leaves_private_addresses_out(house: AdminHouse) -> None:
    path = house.folder / "config.toml"
    path.write_text(house.file + '\n[[feeds]]\nurl = "https://me:secret@d.example/feed"\n')
    answer = house.get("/admin/feeds.opml")
    assert answer.headers["content-disposition"] == 'attachment; filename="feeds.opml"'
    assert "https://a.example/feed" in answer.text
    assert "d.example" not in answer.text
