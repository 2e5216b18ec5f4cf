"""What the commands say of deliveries, and how they repair them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from support.house import NOW, item, rss
from support.mailhouse import SLOT, MailHouse, assert_each_got_one
from support.shell import Outcome, Run, shell
from support.smtpserver import Fault, SmtpServer

A, B, C = "a@example.com", "b@example.com", "c@example.com"


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer() as running:
        yield running


@pytest.fixture
def house(server: SmtpServer, tmp_path: Path) -> MailHouse:
    house = MailHouse(tmp_path, server.port)
    house.subscribe(A, B, C)
    house.freeze()
    return house


@pytest.fixture
def digest(
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
    house: MailHouse,
) -> Run:
    """Run a command beside the house, so many minutes after its time."""
    monkeypatch.chdir(house.folder)
    run = shell(monkeypatch, capfdbinary)

    def at(*arguments: str, after: int = 0) -> Outcome:
        return run(*arguments, "--now", (NOW + timedelta(minutes=after)).isoformat())

    return at


def refuse(server: SmtpServer, address: str, reply: str = "550 5.6.0 not like this") -> None:
    server.faults.append(Fault("rcpt", reply, to=address, times=1))


# --- what a run says -----------------------------------------------------------------------------


def test_a_run_says_how_many_got_it(digest: Run) -> None:
    outcome = digest("publish")
    assert (outcome.status, outcome.err) == (0, "")
    assert f"Mailed: daily {SLOT}, to 3 recipients." in outcome.out


def test_a_run_that_had_nothing_to_send_does_not_speak_of_it(digest: Run) -> None:
    digest("publish")
    assert digest("publish", after=1) == Outcome(0, "", "")


def test_who_was_refused_is_named_and_the_run_has_failed(digest: Run, server: SmtpServer) -> None:
    refuse(server, B)
    outcome = digest("publish", "-q")
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err == (
        f"digest: daily {SLOT}, smtp: 1 failed\n"
        f"  127.0.0.1:{server.port} refused {B}: 550 5.6.0 not like this\n"
    )
    assert digest("publish", "-q", after=1) == Outcome(0, "", "")


def test_who_is_put_off_is_no_failure_and_told_until_it_is_sent(
    digest: Run, server: SmtpServer
) -> None:
    refuse(server, B, "450 4.2.0 greylisted")
    outcome = digest("publish")
    assert (outcome.status, outcome.err) == (0, "")
    assert "to 2 recipients" in outcome.out
    assert f"Put off: daily {SLOT}, smtp: 1 until a run 5 min from now" in outcome.out
    assert f"`digest editions resend daily {SLOT}`" in outcome.out
    again = digest("publish", after=3)
    assert (again.status, again.out.count("2 min from now")) == (0, 1)
    assert "1 recipient." in digest("publish", after=5).out
    assert digest("publish", after=6) == Outcome(0, "", "")


def test_a_quiet_run_does_not_speak_of_who_is_put_off(digest: Run, server: SmtpServer) -> None:
    refuse(server, B, "450 4.2.0 greylisted")
    assert digest("-q", "publish") == Outcome(0, "", "")


def test_a_server_that_is_down_is_told_once_and_the_run_has_failed(
    digest: Run, server: SmtpServer
) -> None:
    server.faults.append(Fault("connect", "554 5.7.1 no service here", times=1))
    outcome = digest("publish", "-q")
    assert outcome.status == 1
    assert outcome.err.count("no service here") == outcome.err.count("\n") == 1
    assert digest("publish", "-q", after=1) == Outcome(0, "", "")
    assert_each_got_one(server.messages, [A, B, C])


def test_a_report_for_machines_counts(digest: Run, server: SmtpServer) -> None:
    refuse(server, B)
    (sent,) = json.loads(digest("publish", "--json").out)["publish"]["sent"]
    assert (sent["sent"], sent["failed"], sent["done"]) == (2, 1, False)
    assert [one["recipient"] for one in sent["missed"]] == [B]


# --- showing -------------------------------------------------------------------------------------


def test_an_edition_shows_who_has_not_got_it(digest: Run, server: SmtpServer) -> None:
    refuse(server, A, "450 4.2.0 later")
    refuse(server, B)
    digest("publish")
    shown = digest("editions", "show", "daily", SLOT).err.splitlines()
    assert shown[0] == "smtp: 1 deferred, 1 failed, 1 sent"
    assert [line.split(": ")[0].strip() for line in shown[1:]] == [A, B]
    assert "450 4.2.0 later" in shown[1]
    listed = digest("editions", "list").out
    assert "1 deferred, 1 failed, 1 sent" in listed


def test_many_who_have_not_got_it_are_counted_and_the_first_named(
    digest: Run, house: MailHouse
) -> None:
    house.subscribe(*(f"{number}@example.org" for number in range(30)))
    house.freeze("2026-11-21T0700")
    shown = digest("editions", "show", "daily", "2026-11-21T0700").err.splitlines()
    assert shown[0] == "smtp: 33 pending"
    assert len(shown) == 22
    assert "--json" in shown[-1]
    report = json.loads(digest("editions", "show", "daily", "2026-11-21T0700", "--json").out)
    assert len(report["_deliveries"]) == 33
    assert report["_deliveries"][0]["state"] == "pending"


def test_an_edition_shows_where_it_went(digest: Run, house: MailHouse) -> None:
    house.set("", rest='[digests.daily.deliver.files]\npath = "out"\n')
    house.freeze("2026-11-21T0700")
    digest("publish")
    shown = digest("editions", "show", "daily", "2026-11-21T0700").err.splitlines()
    page = house.folder / "out" / "2026-11-21T0700" / "index.html"
    assert shown == [f"files: sent {page}", "smtp: 3 sent"]


# --- sending again -------------------------------------------------------------------------------


def resend(digest: Run, *arguments: str) -> Outcome:
    return digest("editions", "resend", "daily", SLOT, *arguments, after=1)


def test_what_has_not_arrived_is_sent_again(digest: Run, server: SmtpServer) -> None:
    refuse(server, A, "450 4.2.0 later")
    refuse(server, B)
    digest("publish")
    outcome = resend(digest)
    assert (outcome.status, "to 2 recipients" in outcome.out) == (0, True)
    assert_each_got_one(server.messages, [A, B, C])
    nothing = resend(digest)
    assert (nothing.status, "--all" in nothing.out) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "recipients"),
    [
        (["--failed"], [B]),
        (["--unknown"], [C]),
        (["--failed", "--unknown"], [B, C]),
        (["--to", B.upper()], [B]),
        (["--to", A, "--all", "--yes"], [A]),
        (["--all", "--yes"], [A, B, C]),
    ],
)
def test_what_is_sent_again_can_be_chosen(
    digest: Run, server: SmtpServer, house: MailHouse, arguments: list[str], recipients: list[str]
) -> None:
    house.set('unknown = "hold"')
    refuse(server, B)
    server.faults.append(Fault("dot", "close", to=C, times=1))
    assert digest("publish").status == 1
    before = len(server.messages)
    assert resend(digest, *arguments).status == 0
    assert sorted(message.recipient for message in server.messages[before:]) == recipients


def test_a_mail_that_was_sent_is_the_same_when_it_is_sent_again(
    digest: Run, server: SmtpServer
) -> None:
    digest("publish")
    resend(digest, "--all", "--yes")
    assert assert_each_got_one(server.messages, [A, B, C], repeats=3) == 3


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["--all"], 2, "3 mails that were sent would be sent again: add --yes"),
        (["--all", "--to", A], 2, "1 mail that was sent would be sent again: add --yes"),
        (["--all", "--failed"], 2, "use either --all or these"),
        (["--to", "nobody@example.com"], 1, "nobody@example.com is not among the recipients"),
    ],
)
def test_what_cannot_be_sent_again_is_said(
    digest: Run, server: SmtpServer, arguments: list[str], status: int, words: str
) -> None:
    digest("publish")
    outcome = resend(digest, *arguments)
    assert (outcome.status, words in outcome.err) == (status, True)
    assert len(server.messages) == 3


def test_nothing_is_sent_again_to_who_has_left(
    digest: Run, server: SmtpServer, house: MailHouse
) -> None:
    digest("publish")
    assert digest("subscribers", "remove", "daily", B).status == 0
    outcome = resend(digest, "--all", "--yes")
    assert "to 2 recipients, 1 had left" in outcome.out
    assert [message.recipient for message in server.messages[3:]] == [A, C]


def test_the_other_editions_wait_for_a_run_of_their_own(
    digest: Run, server: SmtpServer, house: MailHouse
) -> None:
    house.freeze("2026-11-21T0700")
    resend(digest)
    assert len(server.messages) == 3
    assert set(house.states("2026-11-21T0700").values()) == {"pending"}


# --- from feed to mailbox ------------------------------------------------------------------------


def test_an_edition_comes_from_its_feed_to_its_readers(
    digest: Run, server: SmtpServer, house: MailHouse
) -> None:
    house.set('to = ["me@example.org"]')
    digest("publish")
    house.folder.joinpath("feed.xml").write_bytes(rss([item("new"), item("a1")]))
    outcome = digest("run", after=24 * 60)
    assert (outcome.status, outcome.err) == (0, "")
    assert "Mailed: daily 2026-11-21T0700, to 4 recipients." in outcome.out
    new = server.messages[3:]
    assert_each_got_one(new, [A, B, C, "me@example.org"])
    assert all(b"Title of new" in message.data for message in new)
