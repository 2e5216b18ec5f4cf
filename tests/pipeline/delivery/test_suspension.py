"""A recipient without a mailbox is suspended whatever way the refusal comes by."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.house import DAY, NOW
from support.mailhouse import SLOT, MailHouse
from support.smtpserver import Fault, SmtpServer

A, B = "ann@example.com", "bob@example.com"


def installed(folder: Path, channel: str, keys: str) -> MailHouse:
    """Make an installation that mails over `channel` alone, with two subscribers."""
    house = MailHouse(folder, 1)
    house.configure(
        ["feed.xml"],
        more='[web]\nurl = "https://news.example.org/"\n[digests.daily]\n'
        f'[digests.daily.deliver.{channel}]\nfrom = "Daily <daily@example.org>"\n{keys}\n',
    )
    house.subscribe(A, B)
    house.freeze()
    return house


def states(house: MailHouse) -> dict[str, str]:
    return dict(house.query("SELECT address, state FROM subscribers"))


@pytest.mark.parametrize("stage", ["rcpt", "dot"])
@pytest.mark.parametrize(
    "reply",
    ["550 5.1.1 <b> User doesn't exist", "550 5.1.10 RecipientNotFound", "553 5.1.1 no mailbox"],
)
def test_over_lmtp(tmp_path: Path, stage: str, reply: str) -> None:
    with SmtpServer(Fault(stage, reply, to="bob"), lmtp=True) as server:
        house = installed(tmp_path, "lmtp", f'host = "127.0.0.1"\nport = {server.port}')
        (sent,) = house.deliver()
        assert (sent.sent, sent.failed) == (1, 1)
        assert states(house) == {A: "active", B: "suspended"}
        house.freeze("2026-11-21T0700")
        (sent,) = house.deliver(NOW + DAY)
        assert (sent.sent, sent.failed, sent.done) == (1, 0, True)


@pytest.mark.parametrize(
    ("ends", "state", "delivery"),
    [
        pytest.param("exit 67", "suspended", "failed", id="no such user"),
        pytest.param("echo '550 5.1.1 unknown'; exit 69", "suspended", "failed", id="5.1.1"),
        pytest.param("echo '550 5.1.10 unknown'; exit 69", "suspended", "failed", id="5.1.10"),
        pytest.param("echo '550 5.1.1 unknown'; exit 1", "suspended", "failed", id="5.1.1, and 1"),
        pytest.param("exit 75", "active", "deferred", id="not now"),
        pytest.param("echo '450 5.1.1 odd'; exit 75", "active", "deferred", id="not now, 5.1.1"),
        pytest.param("echo '550 5.7.1 spam'; exit 69", "active", "failed", id="of the message"),
    ],
)
def test_over_sendmail(tmp_path: Path, ends: str, state: str, delivery: str) -> None:
    program = tmp_path / "sendmail"
    program.write_text(f'#!/bin/sh\ncat > /dev/null\ncase "$*" in *bob*) {ends};; esac\n')
    program.chmod(0o700)
    house = installed(tmp_path, "sendmail", f'command = ["{program}", "RECIPIENT"]')
    house.deliver()
    assert states(house) == {A: "active", B: state}
    assert {name: str(now) for name, now in house.states(SLOT).items()} == {A: "sent", B: delivery}
