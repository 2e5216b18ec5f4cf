"""The page on which subscribers choose what comes to them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from digest.store import subscribers
from support import editions
from support.webhouse import JANE, Answer, WebHouse

SAME = {"sec-fetch-site": "same-origin", "origin": "https://news.example.org"}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[WebHouse]:
    opened = WebHouse(tmp_path)
    opened.publish("daily", editions.sample())
    opened.subscribe()
    yield opened
    opened.close()


def path(house: WebHouse) -> str:
    return f"/daily/choose/{house.token('unsubscribe', 1)}"


def choose(house: WebHouse, **wanted: str) -> Answer:
    form = {".name" if key == "name" else key: value for key, value in wanted.items()}
    return house.post(path(house), urlencode(form).encode(), SAME)


def weekly(house: WebHouse, digest: str = "daily") -> int | None:
    with house.store.read() as connection:
        found = subscribers.by_address(connection, digest, JANE)
    assert found is not None
    return found.weekly_after


def test_a_get_shows_what_comes_and_changes_nothing(house: WebHouse) -> None:
    page = house.get(path(house))
    assert page.status == 200
    assert "j***@example.org" in page.text
    assert JANE not in page.text
    assert '<option value="each" selected>' in page.text
    assert 'name="arabic"' in page.text
    assert 'name="pages"' not in page.text, "it is not mailed"
    assert page.headers["x-robots-tag"] == "noindex"


def test_a_choice_is_kept(house: WebHouse) -> None:
    assert "Saved" in choose(house, daily="weekly", arabic="each", name="Jane").text
    assert weekly(house) == 1
    assert house.state(digest="arabic") == "active"
    choose(house, daily="each", arabic="nothing", name="Jane")
    assert weekly(house) is None
    assert house.state(digest="arabic") == "unsubscribed"
    with house.store.read() as connection:
        found = subscribers.by_address(connection, "daily", JANE)
    assert found is not None
    assert found.name == "Jane"


def test_choosing_nothing_is_leaving(house: WebHouse) -> None:
    choose(house, daily="nothing")
    assert house.state() == "unsubscribed"
    choose(house, daily="weekly")
    assert house.state() == "active"


@pytest.mark.parametrize(
    "wanted", [{"daily": "hourly"}, {"unknown": "each"}, {"pages": "each"}, {"daily": ""}, {}]
)
def test_what_is_not_offered_is_not_chosen(house: WebHouse, wanted: dict[str, str]) -> None:
    assert choose(house, **wanted).status == 200
    assert (house.state(), weekly(house)) == ("active", None)
    assert house.state(digest="pages") is None


def test_a_name_that_is_none_changes_nothing(house: WebHouse) -> None:
    answer = choose(house, daily="weekly", name="a\r\nBcc: b@example.org")
    assert answer.status == 422
    assert "This cannot stand as a name" in answer.text
    assert weekly(house) is None


def test_another_site_chooses_nothing(house: WebHouse) -> None:
    foreign = {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
    assert house.post(path(house), b"daily=nothing", foreign).status == 403
    assert house.state() == "active"


@pytest.mark.parametrize("purpose", ["bounce", "approve", "confirm 1"])
def test_a_token_of_another_purpose_opens_nothing(house: WebHouse, purpose: str) -> None:
    token = house.token(purpose, 1)
    assert house.get(f"/daily/choose/{token}").status == 404
    assert house.post(f"/daily/choose/{token}", b"daily=nothing", SAME).status == 404
    assert house.state() == "active"


def test_the_page_for_leaving_leads_to_the_choices(house: WebHouse) -> None:
    token = house.token("unsubscribe", 1)
    assert f'href="/daily/choose/{token}"' in house.get(f"/daily/unsubscribe/{token}").text
