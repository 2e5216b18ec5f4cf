"""Mail through a program: run without a shell, and judged by how it ends."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from digest.deliver import MailChannel, MailSession, load, sendmail
from digest.errors import DeliveryError
from digest.model import Envelope

SENDER = "bounces@news.example.org"


def envelope(recipient: str = "jane@example.org", text: bytes = b".\r\nOne.\r\n") -> Envelope:
    return Envelope(
        sender=SENDER,
        recipient=recipient,
        message_id="<1@news.example.org>",
        message=b"Subject: x\r\n\r\n" + text,
    )


@contextmanager
def posting(*command: str, **more: Any) -> Iterator[MailSession]:
    made = sendmail.Settings(from_="daily@news.example.org", command=command, **more)
    with sendmail.connect(made) as post:
        yield post


def running(program: str) -> tuple[str, ...]:
    """A command that runs a Python program."""
    return (sys.executable, "-c", program, "SENDER", "--", "RECIPIENT")


def test_the_module_is_a_channel_that_carries_mail() -> None:
    assert isinstance(load("sendmail"), MailChannel)


def test_the_program_gets_the_addresses_as_arguments_and_the_message_as_input(
    tmp_path: Path,
) -> None:
    program = (
        "import pathlib, sys\n"
        f"pathlib.Path({str(tmp_path)!r}, 'arguments').write_text(repr(sys.argv[1:]))\n"
        f"pathlib.Path({str(tmp_path)!r}, 'message').write_bytes(sys.stdin.buffer.read())\n"
    )
    recipient = "$(touch${IFS}x)`id`@example.org"  # unusual, allowed, and nothing to a program
    recipient = recipient.replace("(", "{").replace(")", "}")
    with posting(*running(program)) as post:
        receipt = post.send(envelope(recipient))
    assert receipt.detail == f"queued by {sys.executable}"
    assert (tmp_path / "arguments").read_text() == repr([SENDER, "--", recipient])
    assert (tmp_path / "message").read_bytes() == b"Subject: x\n\n.\nOne.\n"


@pytest.mark.parametrize(
    ("code", "fate"),
    [
        (75, "temporary"),
        (1, "permanent"),
        (65, "permanent"),
        (67, "permanent"),
        (68, "permanent"),
        (69, "permanent"),
        (64, "whole"),
        (71, "whole"),
        (73, "whole"),
        (77, "whole"),
        (78, "whole"),
        (127, "whole"),
        (-9, "unknown"),
    ],
)
def test_what_the_end_of_the_program_means(code: int, fate: str) -> None:
    ending = f"os.kill(os.getpid(), {-code})" if code < 0 else f"sys.exit({code})"
    program = (
        f"import os, sys; print('queue\\x1b[31m trouble', file=sys.stderr, flush=True); {ending}"
    )
    with posting(*running(program)) as post, pytest.raises(DeliveryError) as caught:
        post.send(envelope())
    error = caught.value
    expected = {"permanent": (False, False, False), "temporary": (True, False, False)}
    expected |= {"whole": (True, False, True), "unknown": (True, True, False)}
    assert (error.temporary, error.unknown, error.channel_down) == expected[fate]
    assert (error.channel, error.recipient) == ("sendmail", "jane@example.org")
    assert "queue [31m trouble" in str(error) or code < 0


def test_a_program_that_does_not_end_is_ended() -> None:
    program = "import sys, threading; sys.stdin.read(); threading.Event().wait()"
    brief = timedelta(milliseconds=500)
    with posting(*running(program), timeout=brief) as post, pytest.raises(DeliveryError) as caught:
        post.send(envelope())
    assert caught.value.unknown
    assert "did not end within 0.5 seconds; whether it took the mail for jane" in str(caught.value)


def test_a_program_that_reads_nothing_may_still_answer() -> None:
    with (
        posting(*running("import sys; sys.exit(75)")) as post,
        pytest.raises(DeliveryError) as caught,
    ):
        post.send(envelope(text=b"0123456789\r\n" * 100_000))
    assert caught.value.temporary


@pytest.mark.parametrize("program", ["/nowhere/sendmail", "/etc/passwd", "no-such-program"])
def test_a_program_that_is_none(program: str) -> None:
    words = f"there is no program {program}; install a mail server, or set command of deliver."
    with pytest.raises(DeliveryError, match=words) as caught, posting(program, "RECIPIENT"):
        pytest.fail("connected")
    assert caught.value.channel_down


def test_a_program_that_the_system_cannot_run(tmp_path: Path) -> None:
    path = tmp_path / "sendmail"
    path.write_bytes(b"\x7fELF")
    path.chmod(0o755)
    with (
        posting(str(path), "RECIPIENT") as post,
        pytest.raises(DeliveryError, match="cannot be run: Exec format error") as caught,
    ):
        post.send(envelope())
    assert caught.value.channel_down


def test_an_address_that_looks_like_an_option_is_refused(tmp_path: Path) -> None:
    with (
        posting("/usr/bin/touch", "RECIPIENT") as post,
        pytest.raises(DeliveryError, match="would be taken for an option") as caught,
    ):
        post.send(envelope("-oQ/tmp@example.org"))
    assert not caught.value.temporary


@pytest.mark.parametrize("command", [(), ("sendmail",), ("RECIPIENT",), ("sendmail", "-t")])
def test_a_command_says_where_the_recipient_stands(command: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match='one of them "RECIPIENT"'):
        sendmail.Settings(from_="a@example.org", command=command)
