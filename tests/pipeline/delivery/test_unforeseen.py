"""A defect met by one recipient, edition or channel is recorded there, and all else goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from digest.model import DeliveryState
from support.house import NOW
from support.mailhouse import MailHouse, assert_each_got_one, by_recipient
from support.smtpserver import SmtpServer

A, B, C = (f"{name}@example.com" for name in "abc")
SENT = DeliveryState.SENT


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer() as running:
        yield running


@pytest.fixture
def house(tmp_path: Path, server: SmtpServer) -> MailHouse:
    made = MailHouse(tmp_path, server.port)
    made.subscribe(A, B, C)
    return made


def breaking(called: Callable[..., Any], *, when: Callable[..., bool]) -> Callable[..., Any]:
    def call(*arguments: Any, **named: Any) -> Any:
        if when(*arguments, **named):
            raise ZeroDivisionError("a defect")
        return called(*arguments, **named)

    return call


def break_at(
    monkeypatch: pytest.MonkeyPatch, place: str, when: Callable[..., bool] = lambda *_, **__: True
) -> None:
    module, _, name = place.rpartition(":")
    owner: Any = import_module(module)
    *path, last = name.split(".")
    for part in path:
        owner = getattr(owner, part)
    monkeypatch.setattr(owner, last, breaking(getattr(owner, last), when=when))


@pytest.mark.parametrize(
    ("place", "when"),
    [
        pytest.param(
            "digest.pipeline.delivery.letters:MailTemplate.envelope",
            lambda _self, recipient, *_: recipient == B,
            id="when a message is made",
        ),
        pytest.param(
            "digest.deliver.mail.session:ServerSession.send",
            lambda _self, envelope: envelope.recipient == B,
            id="when a message is sent",
        ),
    ],
)
def test_a_defect_met_by_one_recipient_costs_nobody_else_anything(
    house: MailHouse,
    server: SmtpServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    place: str,
    when: Callable[..., bool],
) -> None:
    house.freeze()
    with monkeypatch.context() as broken:
        break_at(broken, place, when)
        (report,) = house.deliver()
    assert (report.sent, report.done) == (2, False)
    assert any("unforeseen ZeroDivisionError" in missed.error for missed in report.missed)
    assert "unforeseen ZeroDivisionError" in (house.deliveries()[B].error or "")
    assert "Traceback" in caplog.text
    assert set(by_recipient(server.messages)) == {A, C}
    house.deliver(NOW.replace(day=NOW.day + 1))
    assert_each_got_one(server.messages, [A, B, C])


@pytest.mark.parametrize(
    "place",
    [
        "digest.pipeline.delivery.queue:mail_template",
        "digest.pipeline.delivery.bulk:BulkMail.send_all",
        "digest.deliver.smtp:dialog",
    ],
)
def test_a_defect_met_by_mail_leaves_the_other_channels(
    house: MailHouse,
    server: SmtpServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    place: str,
) -> None:
    house.set("", rest='[digests.daily.deliver.files]\npath = "out"\nformats = ["json"]')
    house.freeze()
    with monkeypatch.context() as broken:
        break_at(broken, place)
        reports = {report.channel: report for report in house.deliver()}
    assert (reports["files"].sent, reports["files"].done) == (1, True)
    assert not reports["smtp"].done
    assert "unforeseen ZeroDivisionError" in (reports["smtp"].trouble or "")
    assert "Traceback" in caplog.text
    house.deliver(NOW.replace(day=NOW.day + 1))
    assert_each_got_one(server.messages, [A, B, C])


@pytest.mark.parametrize(
    "place",
    ["digest.deliver.files:deliver", "digest.pipeline.delivery.whole_editions:edition_package"],
)
def test_a_defect_met_by_files_leaves_the_mail(
    house: MailHouse,
    server: SmtpServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    place: str,
) -> None:
    house.set("", rest='[digests.daily.deliver.files]\npath = "out"\nformats = ["json"]')
    house.freeze()
    with monkeypatch.context() as broken:
        break_at(broken, place)
        reports = {report.channel: report for report in house.deliver()}
    assert reports["smtp"].sent == 3
    assert not reports["files"].done
    assert "Traceback" in caplog.text
    assert_each_got_one(server.messages, [A, B, C])
    (report,) = house.deliver(NOW.replace(day=NOW.day + 1))
    assert (report.channel, report.sent, report.done) == ("files", 1, True)
