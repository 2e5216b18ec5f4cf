"""What an editor does with an edition that waits, by commands, and what goes out of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from support.house import NOW, House, item, rss
from support.shell import Outcome, Run, shell
from support.smtpserver import Fault, SmtpServer

EDITOR = "editor@example.org"
READER = "reader@example.org"
SLOT = "2026-11-20T0700"


class ApprovalHouse(House):
    """A digest that waits for its editor, and goes out as mail and as files."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        self.feed(*"abcd")
        super().__init__(folder, [])
        self.set()

    def feed(self, *ids: str) -> None:
        Path("feed.xml").write_bytes(rss([item(one) for one in ids]))

    def set(self, keys: str = f'editor = "{EDITOR}"', *, name: str = "daily") -> None:
        self.configure(
            ["feed.xml"],
            more='[web]\nurl = "https://news.example.org/"\n'
            f'[digests.{name}]\nschedule = "0 7 * * *"\napprove = true\n{keys}\n'
            f"[digests.{name}.deliver.files]\n"
            'path = "out"\nformats = ["html", "text", "json", "atom", "archive", "editions"]\n'
            f"[digests.{name}.deliver.smtp]\n"
            f'host = "127.0.0.1"\nport = {self.port}\nfrom = "Daily <daily@example.org>"\n'
            f'to = ["{READER}"]\n',
        )


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer() as running:
        yield running


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch, server: SmtpServer, tmp_path: Path) -> ApprovalHouse:
    monkeypatch.chdir(tmp_path)
    return ApprovalHouse(tmp_path, server.port)


@pytest.fixture
def digest(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], house: ApprovalHouse
) -> Run:
    """Run a command so many minutes after the first run."""
    run = shell(monkeypatch, capfdbinary)

    def at(*arguments: str, after: int = 0, stdin: bytes = b"") -> Outcome:
        now = (NOW + timedelta(minutes=after)).isoformat()
        return run(*arguments, "--now", now, stdin=stdin)

    return at


def titles(digest: Run, after: int = 0) -> list[str]:
    shown = digest("editions", "show", "daily", "waiting", "--format", "json", after=after)
    return [one["title"][-1] for one in json.loads(shown.out)["items"]]


def text_of(data: bytes) -> str:
    part = message_from_bytes(data, policy=policy.default).get_body(("plain",))
    assert part is not None
    return str(part.get_content())


# --- holding -------------------------------------------------------------------------------------


def test_a_held_edition_is_told_of_and_nowhere_public(
    digest: Run, house: ApprovalHouse, server: SmtpServer
) -> None:
    outcome = digest("run")
    assert outcome.status == 0
    assert f"Held: daily {SLOT}, 4 stories, for approval" in outcome.out
    assert house.editions() == []
    assert not Path("out").exists()
    assert server.to(READER) == []
    assert f"daily {SLOT}  4 stories; waits for approval" in digest("editions", "list").out
    assert digest("editions", "show", "daily", "latest").status == 1


def test_doctor_and_explain_name_the_edition_that_waits(digest: Run, house: ApprovalHouse) -> None:
    digest("run")
    doctor = digest("doctor")
    assert f"daily {SLOT} waits for approval, stories: 4" in doctor.out
    assert "digest editions approve daily" in doctor.out
    explained = digest("explain", "Title of a")
    assert f"told in {SLOT}, an edition that waits for approval" in explained.out
    assert "waits for the edition" not in explained.out
    digest("editions", "approve", "daily", after=1)
    assert "waits for approval" not in digest("doctor", after=2).out
    assert "waits for approval" not in digest("explain", "Title of a", after=2).out


def test_doctor_says_when_an_edition_goes_without_approval(
    digest: Run, house: ApprovalHouse
) -> None:
    house.set(f'editor = "{EDITOR}"\napprove_by = "2h"')
    digest("run")
    assert "it goes at 2026-11-20 10:00 UTC without" in digest("doctor").out


def test_explain_knows_what_comes_too_late_for_the_edition_that_waits(
    digest: Run, house: ApprovalHouse
) -> None:
    digest("run")
    house.feed(*"abcde")
    digest("refresh", "--all", after=120)
    assert "waits for the edition" in digest("explain", "Title of e", after=120).out


def test_the_editor_is_mailed_once_what_waits(digest: Run, server: SmtpServer) -> None:
    digest("run")
    digest("run", after=60)
    (message,) = server.to(EDITOR)
    text = text_of(message.data)
    assert "Title of a" in text
    assert "digest editions approve daily" in text
    assert re.search(r"https://news\.example\.org/daily/approve/1-[a-z2-7]{24}\r?\n", text)
    assert "It does not go out without your approval." in text


def test_an_approved_edition_goes_out_once_however_often_it_is_approved(
    digest: Run, house: ApprovalHouse, server: SmtpServer
) -> None:
    digest("run")
    outcome = digest("editions", "approve", "daily", after=90)
    assert (outcome.status, outcome.err) == (0, "")
    assert f"Approved: daily {SLOT}, 4 stories." in outcome.out
    again = digest("editions", "approve", "daily", after=91)
    assert (again.status, again.out) == (
        0,
        f"Nothing to do: daily {SLOT} was approved before.\n",
    )
    digest("run", after=92)
    assert len(server.to(READER)) == 1
    assert house.told() == [["Title of a", "Title of b", "Title of c", "Title of d"]]
    assert Path("out/latest/index.html").exists()


def test_the_date_of_the_mail_is_that_of_the_approval(digest: Run, server: SmtpServer) -> None:
    digest("run")
    digest("editions", "approve", "daily", after=90)
    (message,) = server.to(READER)
    assert message_from_bytes(message.data)["Date"] == "Fri, 20 Nov 2026 09:30:00 +0000"


def test_without_a_time_it_waits_for_ever_and_no_other_edition_is_made(
    digest: Run, house: ApprovalHouse, server: SmtpServer
) -> None:
    digest("run")
    house.feed(*"abcdef")
    for day in (1, 2, 9):
        assert "Held: daily" in digest("run", after=day * 24 * 60).out
    assert server.to(READER) == []
    digest("editions", "approve", "daily", after=9 * 24 * 60 + 1)
    digest("run", after=9 * 24 * 60 + 2)
    assert titles(digest, 9 * 24 * 60 + 3) == ["e", "f"]


@pytest.mark.parametrize(
    ("by", "before", "after"),
    [('"09:30"', 89, 90), ('"2h"', 119, 120), ('"07:30"', 23 * 60 + 29, 23 * 60 + 30)],
    ids=["a time of day", "a time after it was composed", "a time of day that is tomorrow's"],
)
def test_it_goes_out_at_its_time_without_approval(
    digest: Run, house: ApprovalHouse, server: SmtpServer, by: str, before: int, after: int
) -> None:
    house.set(f"approve_by = {by}")
    assert "without that it goes out at 2026-11-2" in digest("run").out
    digest("publish", after=before)
    assert server.to(READER) == []
    assert f"Edition: daily {SLOT}, 4 stories." in digest("publish", after=after).out
    assert len(server.to(READER)) == 1


def test_where_approval_is_turned_off_what_waits_goes_out(
    digest: Run, house: ApprovalHouse, server: SmtpServer
) -> None:
    digest("run")
    house.file.write_text(house.file.read_text().replace("approve = true", "approve = false"))
    digest("run", after=1)
    assert len(server.to(READER)) == 1


def test_no_edition_is_forced_beside_one_that_waits(digest: Run, server: SmtpServer) -> None:
    digest("run")
    outcome = digest("publish", "--force", "daily", after=5)
    assert outcome.status == 1
    assert f"the edition {SLOT} waits for approval" in outcome.err
    assert server.to(READER) == []


def test_a_renamed_digest_takes_its_waiting_edition_along(
    digest: Run, house: ApprovalHouse, server: SmtpServer
) -> None:
    digest("run")
    house.set(name="morning")
    assert digest("digests", "rename", "daily", "morning", after=1).status == 0
    assert digest("editions", "approve", "morning", after=2).status == 0
    (message,) = server.to(READER)
    assert "https://news.example.org/morning/" in text_of(message.data)


def test_a_clock_that_was_ahead_makes_nothing_go_out_early_or_twice(
    digest: Run, house: ApprovalHouse, server: SmtpServer
) -> None:
    house.set('approve_by = "2h"')
    digest("run", after=60 * 24 * 400)
    digest("run")
    digest("publish", after=119)
    assert server.to(READER) == []
    digest("publish", after=120)
    digest("publish", after=121)
    assert len(server.to(READER)) == 1


# --- deciding otherwise --------------------------------------------------------------------------


def test_the_stories_of_a_skipped_edition_are_told_by_the_next(
    digest: Run, house: ApprovalHouse, server: SmtpServer
) -> None:
    digest("run")
    digest("editions", "approve", "daily")
    house.feed(*"abcdef")
    digest("run", after=24 * 60)
    assert "Skipped: its stories come later" in digest("editions", "skip", "daily").out
    assert "Nothing to do" in digest("editions", "skip", "daily").out
    assert digest("editions", "approve", "daily").status == 1
    digest("run", after=24 * 60 + 5)
    assert digest("editions", "show", "daily", "waiting").status == 1
    digest("run", after=48 * 60)
    assert titles(digest) == ["e", "f"]
    assert len(server.to(READER)) == 1


def test_the_stories_of_a_rejected_edition_are_never_told(
    digest: Run, house: ApprovalHouse, server: SmtpServer
) -> None:
    digest("run")
    assert "Rejected: its stories are not told" in digest("editions", "reject", "daily").out
    house.feed(*"abcde")
    digest("run", after=24 * 60)
    assert titles(digest) == ["e"]
    assert "left out" in (shown := digest("explain", "https://example.org/a").out)
    assert "filtered by the editor" in shown
    assert server.to(READER) == []


def test_there_must_be_an_edition_that_waits(digest: Run) -> None:
    outcome = digest("editions", "approve", "daily")
    assert outcome.status == 1
    assert "no edition of daily waits for approval" in outcome.err


# --- changing ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ("--drop 2", "acd"),
        ("--drop 1 --drop 4", "bc"),
        ("--pin 3", "cabd"),
        ("--pin 4 --pin 2", "dbac"),
        ("--move 4 1", "dabc"),
        ("--move 1 4", "bcda"),
        ("--move 2 3", "acbd"),
        ("--drop 1 --move 4 2 --pin 3", "cdb"),
        ("--move 2 2", "abcd"),
    ],
)
def test_stories_are_changed_by_the_numbers_before(digest: Run, changes: str, told: str) -> None:
    digest("run")
    outcome = digest("editions", "edit", "daily", *changes.split())
    assert outcome.status == 0
    assert "".join(titles(digest)) == told
    digest("editions", "approve", "daily")
    shown = json.loads(digest("editions", "show", "daily", "latest", "--json").out)
    assert "".join(one["title"][-1] for one in shown["items"]) == told
    assert [one["_digest"]["rank"] for one in shown["items"]] == list(range(1, len(told) + 1))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ("--drop 5", "there is no story 5: they are numbered 1 to 4"),
        ("--drop 0", "there is no story 0"),
        ("--move 1 9", "there is no story 9"),
        ("--drop 1 --drop 1", "a story is dropped twice"),
        ("--drop 1 --pin 1", "story 1 is dropped: it cannot be moved or pinned"),
        ("--drop 2 --move 3 2", "story 2 is dropped"),
        ("--drop 1 --drop 2 --drop 3 --drop 4", "no story would be left"),
        ("--note gone.md", "the note gone.md cannot be read"),
        ("--note empty.md", "the note empty.md has no text"),
        ("--note long.md", "a note has at most 4000 characters"),
        ("--note latin.md", "the note latin.md is not UTF-8 text"),
        ("--note empty.md --no-note", "contradict each other"),
        ("", "say what to change"),
    ],
)
def test_a_change_that_cannot_be_made_changes_nothing(
    digest: Run, changes: str, sentence: str
) -> None:
    Path("empty.md").write_text(" \n<!-- nothing -->\n")
    Path("long.md").write_text("word " * 1000)
    Path("latin.md").write_bytes(b"caf\xe9")
    digest("run")
    outcome = digest("editions", "edit", "daily", *changes.split())
    assert outcome.status == 2
    assert sentence in outcome.err
    assert titles(digest) == list("abcd")


def test_a_dropped_story_is_never_told(digest: Run, house: ApprovalHouse) -> None:
    digest("run")
    digest("editions", "approve", "daily", "--drop", "2", after=1)
    house.feed(*"abcde")
    digest("run", after=24 * 60)
    assert titles(digest) == ["e"]
    assert "filtered by the editor" in digest("explain", "https://example.org/b").out


def test_a_note_stands_at_the_top_of_every_format(digest: Run, server: SmtpServer) -> None:
    note = (
        b"# Dear *reader*\n\nSee [our page](https://example.org/us).\n\n"
        b"- one\n- two <script>x</script>\n"
    )
    digest("run")
    outcome = digest("editions", "approve", "daily", "--note", "-", stdin=note)
    assert outcome.status == 0
    page = Path("out/latest/index.html").read_text()
    assert (
        "<p><strong>Dear </strong><em><strong>reader</strong></em></p>".replace(
            "<em><strong>reader</strong></em>", "<strong><em>reader</em></strong>"
        )
        in page
    )
    assert '<p>See <a href="https://example.org/us">our page</a>.</p>' in page
    assert page.index("our page") < page.index("<article")
    assert "<script" not in page
    text = Path("out/latest/edition.txt").read_text()
    assert "Dear reader\n\nSee our page (https://example.org/us).\n\n• one\n\n• two\n" in text
    assert "our page" in Path("out/editions.xml").read_text()
    report = json.loads(Path("out/latest/edition.json").read_text())
    assert report["_digest"]["note"][1] == "See our page (https://example.org/us)."
    mail = text_of(server.to(READER)[0].data)
    assert mail.index("Dear reader") < mail.index("Title of a")


def test_a_note_is_taken_away_again(digest: Run) -> None:
    digest("run")
    digest("editions", "edit", "daily", "--note", "-", stdin=b"Hello")
    assert "Hello" in digest("editions", "show", "daily", "waiting").out
    digest("editions", "edit", "daily", "--no-note")
    assert "Hello" not in digest("editions", "show", "daily", "waiting").out


# --- the mail to the editor ----------------------------------------------------------------------


def test_a_server_that_is_away_is_asked_again(
    digest: Run, house: ApprovalHouse, server: SmtpServer
) -> None:
    server.faults.append(Fault("rcpt", "451 4.3.0 not now", to=EDITOR, times=1))
    outcome = digest("run")
    assert outcome.status == 1
    assert f"The editor of daily, {EDITOR}, was not mailed" in outcome.err
    digest("run", after=0)
    assert server.to(EDITOR) == []
    assert f"Mailed to the editor: daily {SLOT}, {EDITOR}." in digest("run", after=1).out
    assert len(server.to(EDITOR)) == 1


def test_an_editor_who_is_named_later_is_mailed(
    digest: Run, house: ApprovalHouse, server: SmtpServer
) -> None:
    house.set("")
    digest("run")
    house.set()
    digest("run", after=1)
    assert len(server.to(EDITOR)) == 1
