"""A digest and its preview: what a change would do is seen before it is saved."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.adminhouse import AdminHouse
from support.newsroom import newsroom
from support.webhouse import Answer

FORM = {
    "form": "digest",
    "title": "Daily <news>",
    "schedule": "0 7 * * *",
    "max_entries": "40",
    "max_per_feed": "3",
    "min_entries": "1",
    "drop": "raffle",
    "keep": "",
    "excerpt.length": "350",
    "excerpt.boundary": "sentence",
    "excerpt.math": "text",
    "excerpt.code": "placeholder",
    "deliver.files.formats": [
        "html",
        "text",
        "json",
        "atom",
        "editions",
        "jsonfeed",
        "archive",
    ],
}
PAGE = "/admin/digests/daily"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[AdminHouse]:
    opened = newsroom(tmp_path)
    opened.log_in()
    yield opened
    opened.close()


def change(house: AdminHouse, do: str = "preview", **fields: object) -> Answer:
    return house.send(PAGE, PAGE, **{**FORM, **fields, "do": do})


def framed(house: AdminHouse, page: Answer, look: str = "page") -> Answer:
    found = re.search(r'src="(/admin/digests/daily/preview/[0-9a-f]+)\?', page.text)
    assert found, page.text[-3000:]
    return house.get(f"{found[1]}?look={look}")


def test_the_digests_are_listed_with_their_next_editions(house: AdminHouse) -> None:
    page = house.get("/admin/digests")
    assert page.status == 200
    assert "Daily &lt;news&gt;" in page.text
    assert "At 07:00 every day (UTC)" in page.text


def test_a_digest_shows_its_settings_and_the_next_edition(house: AdminHouse) -> None:
    page = house.get(PAGE)
    assert page.status == 200
    assert page.text.count("<time datetime=") >= 5
    assert 'value="0 7 * * *"' in page.text
    assert "What the change does" not in page.text
    assert "Honey prices rise" in framed(house, page).text
    assert len(page.body) < 60_000


def test_an_unchanged_form_changes_nothing(house: AdminHouse) -> None:
    before = house.file
    page = change(house)
    assert "What the change does" not in page.text
    assert change(house, "save").status == 303
    assert house.file == before


def test_a_change_is_shown_and_not_written(house: AdminHouse) -> None:
    before = house.file
    page = change(house, drop="raffle\nhoney\nferry")
    assert page.status == 200
    assert house.file == before
    assert "3 stories before, 2 stories after" in page.text
    assert "1 story would leave" in page.text
    assert "1 of 1 edition would differ" in page.text
    assert "The ferry" in page.text
    assert "Honey" not in framed(house, page).text
    assert "raffle\nhoney\nferry</textarea>" in page.text, "what was typed stays"


def test_saving_keeps_comments_and_takes_effect_at_once(house: AdminHouse) -> None:
    answer = change(house, "save", max_entries="12", schedule="30 6 * * *")
    assert "Saved to config.toml." in house.follow(answer).text
    assert 'schedule = "30 6 * * *"   # before breakfast' in house.file
    assert "max_entries = 12" in house.file
    assert "# The daily one." in house.file
    assert "At 06:30 every day" in house.get("/admin/digests").text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        pytest.param({"schedule": "0 25 * * *"}, "hour", id="a schedule"),
        pytest.param({"max_entries": "many"}, "max entries</a>", id="no number"),
        pytest.param({"max_per_feed": "0"}, "max per feed</a>", id="a number out of range"),
        pytest.param({"drop": "/(/"}, "drop</a>", id="an expression"),
        pytest.param({"categories": ["Nothing"]}, "categories</a>", id="an unknown category"),
        pytest.param({"excerpt.length": "-1"}, "excerpt.length</a>", id="in a table below"),
    ],
)
@pytest.mark.parametrize("do", ["preview", "save"])
def test_a_mistake_is_at_its_field_and_nothing_is_written(
    house: AdminHouse, do: str, fields: dict[str, object], words: str
) -> None:
    before = house.file
    page = change(house, do, **fields)
    assert page.status == 422
    assert words in page.text
    assert "There is no preview until the mistakes are mended." in page.text
    assert house.file == before


def test_several_mistakes_are_told_at_once(house: AdminHouse) -> None:
    page = change(house, "save", schedule="x", max_entries="0", drop="/(/")
    assert page.text.count('class="mistake"') == 3


def test_a_file_that_was_edited_meanwhile_is_not_overwritten(house: AdminHouse) -> None:
    shown = house.get(PAGE)
    path = house.folder / "config.toml"
    path.write_text(house.file.replace("max_per_feed = 3", "max_per_feed = 4"))
    from urllib.parse import urlencode

    from support.adminhouse import OWN, hidden

    fields = {
        **FORM,
        "do": "save",
        "title": "Another",
        "token": hidden(shown, "token"),
        "fingerprint": hidden(shown, "fingerprint"),
    }
    page = house.post(PAGE, urlencode(fields, doseq=True).encode(), OWN)
    assert page.status == 409
    assert "Changed meanwhile" in page.text
    assert "max_per_feed = 4" in house.file
    assert "Another" not in house.file


@pytest.mark.parametrize(
    ("look", "kind"),
    [
        ("page", "text/html"),
        ("page-dark", "text/html"),
        ("mail", "text/html"),
        ("mail-dark", "text/html"),
        ("mail-narrow-dark", "text/html"),
        ("text", "text/plain"),
    ],
)
def test_each_look_is_a_closed_document(house: AdminHouse, look: str, kind: str) -> None:
    answer = framed(house, house.get(PAGE), look)
    assert answer.status == 200
    assert answer.headers["content-type"].startswith(kind)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert policy.endswith("frame-ancestors 'self'; sandbox")
    assert "script-src" not in policy
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    assert "prefers-color-scheme" not in answer.text
    if kind == "text/html":
        assert "<script>document.title" not in answer.text
        assert ("color-scheme:dark" in answer.text) == look.endswith("dark")


def test_a_rule_from_a_story_says_first_what_it_would_have_hidden(house: AdminHouse) -> None:
    before = house.file
    page = house.get(PAGE)
    rules = re.findall(r'href="(/admin/digests/daily\?rule=[^"]+)"', page.text)
    assert rules
    tried = house.get(rules[0])
    assert "is tried. It is not saved." in tried.text
    assert "would leave" in tried.text
    assert house.file == before
    for name in ("html", "atom"):
        assert f'value="{name}" checked' in tried.text, "saving it changes the rules alone"


def test_a_test_is_sent_and_leaves_no_trace(house: AdminHouse) -> None:
    answer = house.send(f"{PAGE}/test", PAGE, form="test", to="ann@example.org")
    notice = house.follow(answer).text
    (mail,) = [
        path.read_text()
        for path in (house.folder / "mail").rglob("*")
        if path.is_file() and "Subject: Test:" in path.read_text()
    ]
    assert "ann@example.org" in notice
    assert "To: ann@example.org" in mail
    with house.store.read() as connection:
        from digest.store import edition_lists

        assert len(edition_lists.listing(connection, "daily")) == 1


def test_an_address_that_is_none_gets_no_test(house: AdminHouse) -> None:
    answer = house.send(f"{PAGE}/test", PAGE, form="test", to="no address")
    assert "No test was sent" in house.follow(answer).text


def test_publishing_now_makes_an_edition_of_the_saved_settings(house: AdminHouse) -> None:
    answer = house.send(f"{PAGE}/publish", PAGE)
    assert "is being made" in house.follow(answer).text
    house.catch_up()
    with house.store.read() as connection:
        from digest.store import edition_lists

        assert len(edition_lists.listing(connection, "daily")) == 2


@pytest.mark.parametrize(
    "path",
    [
        "/admin/digests/nothing",
        "/admin/digests/daily/preview/abc",
        "/admin/left-out/daily/2020-01-01T0700",
    ],
)
def test_what_is_not_there_is_404(house: AdminHouse, path: str) -> None:
    assert house.get(path).status == 404
