"""Why something is or is not in an edition, as a page; and what a person says about two stories."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.store import entries, story_verdicts
from support.adminhouse import AdminHouse
from support.newsroom import newsroom

SLOT = "2026-11-21T0700"
LEFT_OUT = f"/admin/left-out/daily/{SLOT}"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[AdminHouse]:
    opened = newsroom(tmp_path)
    opened.log_in()
    yield opened
    opened.close()


def number(house: AdminHouse, uid: str) -> int:
    with house.store.read() as connection:
        (entry,) = entries.find(connection, uid)
    assert entry.id
    return entry.id


@pytest.mark.parametrize(
    "needle",
    [
        pytest.param("{lead}", id="a number"),
        pytest.param("https://example.org/lead?utm_source=x", id="a link, otherwise"),
        pytest.param("The ferry", id="a title"),
    ],
)
def test_an_entry_is_found(house: AdminHouse, needle: str) -> None:
    from urllib.parse import quote

    wanted = quote(needle.format(lead=number(house, "lead")))
    page = house.follow(house.get(f"/admin/why?q={wanted}"))
    assert "told in 2026-11-21T0700, rank" in page.text


def test_several_are_listed_and_none_is_told(house: AdminHouse) -> None:
    assert house.get("/admin/why?q=report").text.count("Bees, report") == 6
    assert "none of the newest 100,000" in house.get("/admin/why?q=zebra").text
    assert house.get("/admin/why/99999").status == 404


def test_a_title_from_a_feed_is_text(house: AdminHouse) -> None:
    page = house.get(f"/admin/why/{number(house, 'hostile')}").text
    assert "<script>document.title" not in page
    assert "<img" not in page
    assert "&lt;" in page or "hostile" in page


def test_what_was_merged_can_be_set_apart_and_is_told_next(house: AdminHouse) -> None:
    lead, copy = number(house, "lead"), number(house, "copy")
    page = house.get(f"/admin/why/{copy}").text
    assert "duplicate in 2026-11-21T0700" in page
    assert "Not the same: The ferry" in page
    assert "Not the same: Farewell to a ferry" in house.get(f"/admin/why/{lead}").text
    answer = house.send(
        "/admin/verdicts/judge", f"/admin/why/{copy}", one=copy, other=lead, judgment="apart"
    )
    page = house.follow(answer).text
    assert "The next edition may tell what was left out as a copy: daily." in page
    assert "Not the same story as" in page
    assert "not decided yet" in page
    assert "Farewell to a ferry" in house.get("/admin/digests/daily").text
    assert "not the same story" in house.get("/admin/verdicts").text


def test_two_stories_are_said_to_be_the_same_by_words(house: AdminHouse) -> None:
    new = number(house, "new")
    answer = house.send(
        "/admin/verdicts/judge",
        f"/admin/why/{new}",
        form="same",
        one=new,
        other="A late goal",
        judgment="same",
    )
    assert "The same story as" in house.follow(answer).text
    assert "2 stories." in house.get("/admin/digests/daily").text


@pytest.mark.parametrize(
    ("other", "words"),
    [
        pytest.param("Bees, report", "it names 6 entries", id="several"),
        pytest.param("zebra", "no entry has this number, link or title", id="none"),
        pytest.param("", "no entry has this number, link or title", id="nothing"),
        pytest.param("{lead}", "the same entry", id="itself"),
        pytest.param("99999", "there is no entry 99999", id="an unknown number"),
    ],
)
def test_a_verdict_needs_another_entry(house: AdminHouse, other: str, words: str) -> None:
    lead = number(house, "lead")
    page = house.send(
        "/admin/verdicts/judge",
        f"/admin/why/{lead}",
        form="same",
        one=lead,
        other=other.format(lead=lead),
        judgment="same",
    )
    assert page.status == 422
    assert words in page.text
    with house.store.read() as connection:
        assert story_verdicts.newest(connection) == 0


def test_what_an_edition_left_out_by_reason_and_words(house: AdminHouse) -> None:
    page = house.get(LEFT_OUT)
    assert page.status == 200
    for words in ("A raffle for all", "filtered by", "max_per_feed = 3", "Farewell to a ferry"):
        assert words in page.text
    filtered = house.get(f"{LEFT_OUT}?reason=filtered&rule=raffle").text
    assert "A raffle for all" in filtered
    assert "Bees" not in filtered
    assert "Nothing." in house.get(f"{LEFT_OUT}?reason=filtered&q=bees").text
    assert "Bees, report" in house.get(f"{LEFT_OUT}?q=BEES").text


def test_a_long_list_is_in_pages(house: AdminHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.web.admin.why.SHOWN", 2)
    seen: list[str] = []
    path = LEFT_OUT
    for _ in range(9):
        page = house.get(path).text
        import html
        import re

        seen += re.findall(r'<li><span><a href="/admin/why/(\d+)"', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        if not following:
            break
        path = html.unescape(following[1])
    assert len(seen) == len(set(seen)) == 4
