"""The server that other tests trust must speak SMTP, and keep what it took."""

from __future__ import annotations

import json
import os
import signal
import smtplib
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from support.smtpserver import Fault, SmtpServer, read_record

TEXT = b"Subject: x\r\n\r\n.\r\n..a\r\n"


def test_the_standard_librarys_client_is_understood() -> None:
    with SmtpServer(users={"me": "secret"}) as server:
        with smtplib.SMTP(server.host, server.port, "client.example.org", timeout=5) as client:
            client.login("me", "secret")
            refused = client.sendmail("a@example.org", ["b@example.org", "c@example.org"], TEXT)
        (message,) = server.messages
        assert (refused, message.data, message.user) == ({}, TEXT, "me")
        assert message.recipients == ["b@example.org", "c@example.org"]
        assert message.hello == "client.example.org"
        assert message.parameters.upper().startswith("SIZE=")


def test_a_fault_strikes_as_often_as_told_and_where() -> None:
    fault = Fault("rcpt", "550 5.1.1 who?", to="^b@", after=1, times=1)
    with SmtpServer(fault) as server:
        with smtplib.SMTP(server.host, server.port, "x.example.org", timeout=5) as client:
            client.mail("a@example.org")
            replies = [
                client.rcpt(name)[0] for name in ("b@x.org", "c@x.org", "b@x.org", "b@x.org")
            ]
        assert replies == [250, 250, 550, 250]
        server.wait("rcpt")


def test_what_a_process_of_its_own_took_outlives_it(tmp_path: Path) -> None:
    faults = [{"stage": "dot", "does": "reset", "taken": True, "times": 1}]
    with subprocess.Popen(
        [sys.executable, "-m", "support.smtpserver", tmp_path, json.dumps(faults)],
        cwd=Path(__file__).parent.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout
        port = int(process.stdout.readline())
        for _ in range(2):
            client = smtplib.SMTP("127.0.0.1", port, "client.example.org", timeout=5)
            with suppress(smtplib.SMTPServerDisconnected):  # as the fault has it
                client.sendmail("a@example.org", ["b@example.org"], TEXT)
            client.close()
        os.kill(process.pid, signal.SIGKILL)
    first, second = read_record(tmp_path)
    assert first == second
    assert (first.recipient, first.data) == ("b@example.org", TEXT)


@pytest.mark.parametrize("text", [b"a\n.\r\nb", b"a\r\n.\nb"])
def test_a_lone_line_feed_is_not_taken(text: bytes) -> None:
    with SmtpServer() as server:
        client = smtplib.SMTP(server.host, server.port, "client.example.org", timeout=5)
        client.mail("a@example.org")
        client.rcpt("b@example.org")
        client.docmd("DATA")
        client.send(text + b"\r\n.\r\n")
        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.getreply()
        assert server.messages == []
