"""The page on which an editor decides: who may, what a GET does, and decisions at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest

from digest import pipeline
from digest.compose.editing import EditionChanges
from digest.model import EditionContent, HeldEdition, HeldState
from digest.pipeline import approval
from digest.store import editions as edition_rows
from digest.store import held_editions
from support import editions
from support.smtpserver import SmtpServer
from support.webhouse import CONFIG, JANE, NOW, SLOT, Answer, WebHouse

SAME = {"sec-fetch-site": "same-origin", "origin": "https://news.example.org"}


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer() as running:
        yield running


@pytest.fixture
def house(tmp_path: Path, server: SmtpServer) -> Iterator[WebHouse]:
    opened = WebHouse(tmp_path, port=server.port)
    opened.configure(CONFIG.replace("[digests.daily]\n", "[digests.daily]\napprove = true\n"))
    opened.subscribe()
    hold(opened)
    yield opened
    opened.close()


def hold(house: WebHouse) -> HeldEdition:
    edition = editions.sample()
    with house.store.write() as connection:
        edition_rows.name_authority(connection, "daily", "example.org", NOW.date())
        held_editions.hold(connection, EditionContent(edition=edition, decisions=()), NOW)
        held = held_editions.waiting(connection, "daily")
    assert held is not None
    return held


def path(house: WebHouse, number: int = 1) -> str:
    return f"/daily/approve/{house.token('approve', number)}"


def decide(house: WebHouse, decision: str, revision: int = 0, **more: object) -> Answer:
    form = urlencode({"decision": decision, "revision": revision}).encode()
    return house.post(path(house), form, SAME, **more)


def state(house: WebHouse) -> HeldState:
    with house.store.read() as connection:
        held = held_editions.by_id(connection, 1)
    assert held is not None
    return held.state


def deliver(house: WebHouse) -> None:
    pipeline.deliver(house.config, house.store, NOW + timedelta(minutes=1))


def test_a_get_shows_the_stories_and_changes_nothing(house: WebHouse) -> None:
    for method in ("GET", "HEAD", "GET"):
        answer = house.ask(method, path(house))
        assert answer.status == 200
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-robots-tag"] == "noindex"
    assert "Approve and send" in answer.text
    assert state(house) is HeldState.WAITING


def test_the_whole_edition_is_seen_at_the_private_address_alone(house: WebHouse) -> None:
    whole = house.get(f"{path(house)}/edition")
    assert whole.status == 200
    assert whole.headers["cache-control"] == "no-store"
    title = editions.sample().sections[0].stories[0].title
    assert title in whole.text
    for public in ("/", "/daily/", f"/daily/{SLOT}/", "/daily/atom.xml", "/daily/editions.xml"):
        assert title not in house.get(public).text


def test_an_approval_publishes_and_sends_once(house: WebHouse, server: SmtpServer) -> None:
    answer = decide(house, "approved")
    assert answer.status == 200
    assert "This edition goes out now." in answer.text
    assert "Approved" in decide(house, "approved").text
    assert "Approved" in decide(house, "rejected").text
    deliver(house)
    deliver(house)
    assert len(server.to(JANE)) == 1
    assert house.get(f"/daily/{SLOT}/").status == 200
    assert house.get(f"{path(house)}/edition").status == 404


@pytest.mark.parametrize("decision", ["skipped", "rejected"])
def test_a_withheld_edition_is_never_sent(
    house: WebHouse, server: SmtpServer, decision: str
) -> None:
    assert "This edition does not go out" in decide(house, decision).text
    assert state(house) == decision
    decide(house, "approved")
    deliver(house)
    assert server.messages == []


@pytest.mark.parametrize("decision", ["", "yes", "waiting", "APPROVED"])
def test_what_is_no_decision_decides_nothing(house: WebHouse, decision: str) -> None:
    assert decide(house, decision).status == 200
    assert state(house) is HeldState.WAITING


def test_an_edition_that_was_edited_meanwhile_is_looked_at_again(house: WebHouse) -> None:
    with house.store.read() as connection:
        held = held_editions.waiting(connection, "daily")
    assert held is not None
    approval.edit(house.store, held, EditionChanges(pin=(2,)))
    answer = decide(house, "approved")
    assert "Changed meanwhile" in answer.text
    assert 'name="revision" value="1"' in answer.text
    assert state(house) is HeldState.WAITING
    decide(house, "approved", revision=1)
    assert state(house) is HeldState.APPROVED


def change(house: WebHouse, pressed: str, revision: int = 0) -> Answer:
    form = urlencode({"change": pressed, "revision": revision}).encode()
    return house.post(path(house), form, SAME)


def titles(house: WebHouse) -> list[str]:
    with house.store.read() as connection:
        content = held_editions.content(connection, 1)
    return [story.title for section in content.edition.sections for story in section.stories]


def test_an_editor_moves_and_drops_stories_on_the_page(house: WebHouse) -> None:
    first, second, third, *rest = titles(house)
    answer = change(house, "first 3")
    assert answer.status == 200
    assert "Changed meanwhile" not in answer.text, "the editor knows what was just changed"
    assert titles(house) == [third, first, second, *rest]
    change(house, "up 3", revision=1)
    assert titles(house) == [third, second, first, *rest]
    change(house, "drop 1", revision=2)
    assert titles(house) == [second, first, *rest]
    assert "This edition goes out now." in decide(house, "approved", revision=3).text


def test_a_change_of_what_was_edited_meanwhile_is_not_made(house: WebHouse) -> None:
    before = titles(house)
    change(house, "first 3")
    moved = titles(house)
    assert moved != before
    assert "Changed meanwhile" in change(house, "drop 1").text
    assert titles(house) == moved


@pytest.mark.parametrize(
    "pressed", ["drop 999", "drop 0", "up 1", "first -1", "drop", "fly 1", "drop 1 2", "drop ١"]
)
def test_a_change_that_no_button_asks_for_changes_nothing(house: WebHouse, pressed: str) -> None:
    before = titles(house)
    assert change(house, pressed).status == 200
    assert titles(house) == before
    assert state(house) is HeldState.WAITING


def test_the_last_story_stays(house: WebHouse) -> None:
    for revision in range(len(titles(house)) - 1):
        change(house, "drop 1", revision)
    (last,) = titles(house)
    page = house.get(path(house)).text
    assert "drop 1" not in page
    change(house, "drop 1", revision=revision + 1)
    assert titles(house) == [last]


@pytest.mark.parametrize(
    "token", ["1-aaaaaaaaaaaaaaaaaaaaaaaa", "1", "x", "2-gbzwrcfsaeyqxafpps43oeim"]
)
def test_who_has_not_the_link_sees_and_decides_nothing(house: WebHouse, token: str) -> None:
    for answer in (
        house.get(f"/daily/approve/{token}"),
        house.get(f"/daily/approve/{token}/edition"),
        house.post(f"/daily/approve/{token}", b"decision=approved&revision=0", SAME),
    ):
        assert answer.status == 404
    assert state(house) is HeldState.WAITING


@pytest.mark.parametrize("purpose", ["unsubscribe", "bounce", "confirm 1"])
def test_a_token_of_another_purpose_is_none(house: WebHouse, purpose: str) -> None:
    token = house.token(purpose, 1)
    form = b"decision=approved&revision=0"
    assert house.post(f"/daily/approve/{token}", form, SAME).status == 404
    assert state(house) is HeldState.WAITING


def test_another_site_cannot_have_the_editor_decide(house: WebHouse) -> None:
    foreign = {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
    form = b"decision=approved&revision=0"
    assert house.post(path(house), form, foreign).status == 403
    assert state(house) is HeldState.WAITING


def test_the_page_speaks_the_language_of_the_digest(house: WebHouse) -> None:
    house.configure(
        CONFIG.replace("[digests.daily]\n", '[digests.daily]\napprove = true\nlanguage = "de"\n')
    )
    assert "Freigeben und versenden" in house.get(path(house)).text


def test_of_decisions_at_once_one_counts(house: WebHouse, server: SmtpServer) -> None:
    """Approving, skipping and rejecting by link and by command at once: one of them happens."""
    with house.store.read() as connection:
        held = held_editions.waiting(connection, "daily")
    assert held is not None
    daily = next(digest for digest in house.config.digests if digest.name == "daily")
    done: list[str] = []
    start = threading.Barrier(6)

    def act(name: str) -> None:
        start.wait()
        if name == "approve":
            if approval.approve(house.config, house.store, daily, held, "command", NOW):
                done.append(name)
        elif approval.withhold(house.store, held, HeldState(name), "link", NOW):
            done.append(name)

    names = ("approve", "approve", "skipped", "rejected", "approve", "skipped")
    threads = [threading.Thread(target=act, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(done) == 1
    deliver(house)
    assert len(server.to(JANE)) == (done == ["approve"])
