"""The pages of editions and of people, as an operator uses them."""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import update

from digest.model import DeliveryState
from digest.pipeline import mailing_lists
from digest.store import bounces, delivery_lists, enlisting, imports
from digest.store.tables import deliveries as delivery_rows
from digest.web.admin import list_plots
from digest.web.admin.list_imports import ListImports
from support.adminhouse import OWN, AdminHouse, hidden
from support.webhouse import JANE, NOW, SLOT, Answer

HOSTILE = "<script>alert(1)</script>\u202e\"'&"
EDITION = f"/admin/editions/daily/{SLOT}"
LIST = "/admin/people/daily"
PENDING, FAILED = DeliveryState.PENDING, DeliveryState.FAILED


@pytest.fixture
def mailed(house: AdminHouse) -> AdminHouse:
    """An edition that went to three people, of which one failed and one is unknown."""
    for address in (JANE, "Joe@example.org", "max@example.org"):
        house.subscribe(address)
    with house.store.write() as connection:
        enlisting.enlist_recipients(
            connection, 2, "daily", "smtp", subscribed=True, named=(), now=NOW
        )
        for number, state in ((1, "failed"), (2, "unknown"), (3, "sent")):
            connection.execute(
                update(delivery_rows)
                .where(delivery_rows.c.id == number)
                .values(state=state, error=f"550 5.1.1 {HOSTILE}" if number == 1 else None)
            )
    return house


def counts(house: AdminHouse) -> dict[str, dict[DeliveryState, int]]:
    with house.store.read() as connection:
        return delivery_lists.counts(connection, 2)


def upload(house: AdminHouse, content: bytes, *, dry_run: bool, name: str = "list.csv") -> Answer:
    """Send the form of an import as a browser does, and wait for the import."""
    fields = {"token": hidden(house.get(f"{LIST}/import"), "token"), "form": "import"}
    if dry_run:
        fields["dry_run"] = "yes"
    parts = [
        f'--X\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode()
        for field, value in fields.items()
    ]
    parts.append(
        f'--X\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        "Content-Type: text/csv\r\n\r\n".encode()
    )
    body = b"".join([*parts, content, b"\r\n--X--\r\n"])
    answer = house.post(
        f"{LIST}/import", body, {**OWN, "content-type": "multipart/form-data; boundary=X"}
    )
    house.service.admin.imports.wait()
    return answer


def words(answer: Answer) -> str:
    """Return the words of a page's content."""
    content = answer.text.partition("<main")[2]
    return " ".join(re.sub(r"<[^>]*>", " ", content).split())


# --- editions ------------------------------------------------------------------------------------


def test_an_edition_shows_what_failed_with_the_words_of_the_server(mailed: AdminHouse) -> None:
    answer = mailed.get(EDITION)
    assert answer.status == 200
    assert "550 5.1.1 &lt;script&gt;alert(1)&lt;/script&gt;" in answer.text
    assert "<script>alert" not in answer.text
    assert "\u202e" not in answer.text
    assert JANE in answer.text
    assert "max@example.org" not in answer.text, "only the failed ones are shown first"
    assert "max@example.org" in mailed.get(f"{EDITION}?channel=smtp&state=sent").text
    assert mailed.get("/admin/editions/daily/2020-01-01T0700").status == 404


def test_failed_deliveries_are_tried_again(mailed: AdminHouse) -> None:
    shown = mailed.follow(mailed.send(f"{EDITION}/retry", page=EDITION, state="failed"))
    assert "1 delivery will be tried within a minute." in shown.text
    assert counts(mailed)["smtp"] == {
        PENDING: 1,
        DeliveryState.UNKNOWN: 1,
        DeliveryState.SENT: 1,
    }
    assert mailed.send(f"{EDITION}/retry", page=EDITION, state="sent").status == 422


def test_an_edition_is_sent_again_to_one_person(mailed: AdminHouse) -> None:
    found = mailed.send(EDITION, page=EDITION, form="find", address="JOE@example.org")
    assert found.status == 200
    assert "without an answer" in words(found)
    answer = mailed.send(f"{EDITION}/resend", page=EDITION, id=2)
    assert answer.status == 303
    assert "example.org" not in answer.headers["location"]
    assert counts(mailed)["smtp"][PENDING] == 1
    other = EDITION.replace(SLOT, "2026-11-21T0700")
    assert mailed.send(f"{other}/resend", page=EDITION, id=2).status == 404
    for wrong in ("", "x", "999", "9" * 40):
        assert mailed.send(f"{EDITION}/resend", page=EDITION, id=wrong).status == 404


def test_an_address_that_got_nothing_is_told(mailed: AdminHouse) -> None:
    for address in ("nobody@example.org", "no address", HOSTILE):
        answer = mailed.send(EDITION, page=EDITION, form="find", address=address)
        assert answer.status == 422
        assert "was not for this address" in answer.text


def test_editions_are_listed_in_pages(house: AdminHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.web.admin.editions.SHOWN", 1)
    first = house.get("/admin/editions?digest=daily")
    assert SLOT in first.text
    found = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert found
    second = house.get(found[1].replace("&amp;", "&"))
    assert "2026-11-21T0700" in second.text
    assert SLOT not in second.text


# --- people --------------------------------------------------------------------------------------


def test_people_are_found_by_a_part_of_their_address(
    mailed: AdminHouse, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        found = mailed.send(LIST, page=LIST, form="search", contains="JO", state="")
        nobody = mailed.send(LIST, page=LIST, form="search", contains="%", state="removed")
    assert "Joe@example.org" in found.text
    assert JANE not in found.text
    assert "Nobody was found" in nobody.text
    assert "joe" not in caplog.text.lower()


def test_no_address_stands_in_the_address_of_a_page(mailed: AdminHouse) -> None:
    for path in ("/admin/people", LIST, f"{LIST}/1", EDITION, "/admin/editions"):
        for target in re.findall(r'(?:href|action|src)="([^"]*)"', mailed.get(path).text):
            assert "@" not in target
            assert "%40" not in target


def test_a_person_is_added_and_mistakes_stand_at_their_fields(house: AdminHouse) -> None:
    answer = house.send(f"{LIST}/add", page=LIST, form="add", address=JANE, name="Jane & 'Joe'")
    shown = house.follow(answer)
    assert "They are on the list." in shown.text
    assert "Jane &amp; " in shown.text
    wrong = house.send(f"{LIST}/add", page=LIST, form="add", address="nobody", name="Kept")
    assert wrong.status == 422
    assert "there is no @" in wrong.text
    assert 'value="Kept"' in wrong.text
    house.send(f"{LIST}/1/change", page=f"{LIST}/1", do="suspend", reason="a holiday")
    refused = house.send(f"{LIST}/add", page=LIST, form="add", address=JANE)
    assert refused.status == 422
    assert "a holiday" in refused.text
    back = house.send(f"{LIST}/add", page=LIST, form="add", address=JANE, again="yes")
    assert back.status == 303
    assert house.state() == "active"


@pytest.mark.parametrize(
    ("do", "state"),
    [("suspend", "suspended"), ("remove", "removed"), ("nothing", "active"), ("again", "active")],
)
def test_a_person_is_changed(mailed: AdminHouse, do: str, state: str) -> None:
    answer = mailed.send(f"{LIST}/1/change", page=f"{LIST}/1", do=do)
    assert answer.status == 303
    assert mailed.state() == state


def test_a_person_is_forgotten(mailed: AdminHouse) -> None:
    answer = mailed.send(f"{LIST}/1/change", page=f"{LIST}/1", do="forget")
    mailed.catch_up()
    shown = mailed.follow(answer)
    assert "A person who was forgotten" in shown.text
    for path in (LIST, f"{LIST}/1", EDITION):
        assert JANE not in mailed.get(path).text
    assert mailed.send(f"{LIST}/1/change", page=LIST, do="again").status == 404
    assert mailed.get("/admin/people/arabic/2").status == 404, "a person of another list"
    assert mailed.get(f"{LIST}/{2**70}").status == 404


def test_a_list_shows_its_year_and_what_came_back(mailed: AdminHouse) -> None:
    with mailed.store.write() as connection:
        bounces.bounce(connection, 1, mail="<x>", reason=HOSTILE, final=True, now=NOW)
    mailed.clock = NOW + timedelta(days=7)
    mailed.log_in()
    answer = mailed.get(LIST)
    assert "active: 2 now; suspended: 1 now" in answer.text
    assert "<polyline" in answer.text
    assert "suspended <time" in answer.text
    assert "<script>alert" not in answer.text
    assert len(answer.body) < 60_000


def test_a_list_is_exported(mailed: AdminHouse) -> None:
    mailed.send(f"{LIST}/1/change", page=f"{LIST}/1", do="remove")
    answer = mailed.send(f"{LIST}/export", page=LIST, state="active")
    lines = answer.text.splitlines()
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="daily.csv"'
    assert answer.headers["cache-control"] == "no-store"
    assert [line.partition(",")[0] for line in lines] == [
        "address",
        "Joe@example.org",
        "max@example.org",
    ]
    assert len(mailed.send(f"{LIST}/export", page=LIST, state="").text.splitlines()) == 4


# --- importing -----------------------------------------------------------------------------------


def test_a_dry_run_changes_nothing_and_is_then_imported(mailed: AdminHouse) -> None:
    content = f"email,name\nnew@example.org,New\n{JANE},Jane\nbad <b>,x\n".encode()
    assert upload(mailed, content, dry_run=True, name="<i>.csv").status == 303
    shown = mailed.get(f"{LIST}/import")
    assert "Would be added 1" in words(shown)
    assert "On the list already 1" in words(shown)
    assert "bad &lt;b&gt;" in shown.text
    assert "<i>.csv" not in shown.text
    assert mailed.state("new@example.org") is None
    mailed.send(f"{LIST}/import/checked", page=f"{LIST}/import")
    mailed.service.admin.imports.wait()
    assert "Added 1" in words(mailed.get(f"{LIST}/import"))
    assert mailed.state("new@example.org") == "active"
    again = mailed.send(f"{LIST}/import/checked", page=f"{LIST}/import")
    assert "Choose the file again" in mailed.follow(again).text


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"PK\x03\x04\0\0", "it is no text"),
        (b"name,age\nx,1\n", "names no column"),
        (b"\xff\xfea\0\xff\xd8", "is not the UTF-16 text"),
    ],
)
def test_a_file_that_is_no_list_is_told(house: AdminHouse, content: bytes, sentence: str) -> None:
    assert upload(house, content, dry_run=False).status == 303
    assert sentence in house.get(f"{LIST}/import").text


def test_a_form_without_a_file_is_told(house: AdminHouse) -> None:
    answer = upload(house, b"", dry_run=False)
    assert answer.status == 422
    assert "Choose a file" in answer.text


def test_one_import_runs_at_a_time_and_shows_its_progress(
    house: AdminHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = house.service.admin.imports
    lines = b"".join(b"p%d@example.org\n" % number for number in range(50))
    seen: list[str] = []
    real = imports.import_

    def import_portion(*arguments: object, **more: object) -> object:
        if not seen:
            seen.append(words(house.get(f"{LIST}/import")))
            refused = running.begin(
                house.store, "daily", "b", BytesIO(b"x@y.example"), lambda: NOW, dry_run=False
            )
            assert not refused
        return real(*arguments, **more)

    monkeypatch.setattr(imports, "import_", import_portion)
    monkeypatch.setattr(mailing_lists, "AT_ONCE", 10)
    assert running.begin(house.store, "daily", "a", BytesIO(lines), lambda: NOW, dry_run=False)
    running.wait()
    assert seen
    assert "Importing: 0 % of the file" in seen[0]
    assert running.last["daily"].report.added == 50
    assert running.last["daily"].percent == 100


def test_an_import_that_fails_is_told_and_lets_the_next_one_begin(
    house: AdminHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_more: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(mailing_lists, "import_file", fail)
    running = ListImports()
    for _ in range(2):
        assert running.begin(
            house.store, "daily", "a", BytesIO(b"a@b.example"), lambda: NOW, dry_run=True
        )
        running.wait()
        assert running.last["daily"].error.startswith("It failed")


# --- plots ---------------------------------------------------------------------------------------


def test_a_plot_of_nothing_has_no_lines() -> None:
    assert list_plots.of_weeks(()).lines == ()
