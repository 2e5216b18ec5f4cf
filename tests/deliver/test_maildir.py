"""Editions in a mail folder: each once, whole, and readable by any mail program."""

from __future__ import annotations

import mailbox
from pathlib import Path

import pytest

from digest.deliver import MailChannel, load, maildir
from digest.errors import DeliveryError
from digest.model import Envelope

SENDER = "bounces@news.example.org"


def envelope(
    message_id: str = "<1@news.example.org>",
    recipient: str = "jane@example.org",
    text: str = "One.",
) -> Envelope:
    return Envelope(
        sender=SENDER,
        recipient=recipient,
        message_id=message_id,
        message=f"Subject: x\r\nMessage-ID: {message_id}\r\n\r\nFrom here\r\n{text}\r\n".encode(),
    )


def settings(path: Path) -> maildir.Settings:
    return maildir.Settings(from_="Daily <daily@news.example.org>", path=path)


def test_the_module_is_a_channel_that_carries_mail() -> None:
    assert isinstance(load("maildir"), MailChannel)


def test_a_mail_program_reads_what_was_sent(tmp_path: Path) -> None:
    with maildir.connect(settings(tmp_path / "mail")) as post:
        receipt = post.send(envelope())
    (message,) = mailbox.Maildir(tmp_path / "mail", create=False)
    assert message["Return-Path"] == f"<{SENDER}>"
    assert message["Delivered-To"] == "jane@example.org"
    assert message.get_payload() == "From here\nOne.\n"
    assert Path(receipt.detail).parent == tmp_path / "mail" / "new"
    assert list((tmp_path / "mail" / "tmp").iterdir()) == []
    assert (tmp_path / "mail" / "new").stat().st_mode & 0o077 == 0


def test_sending_twice_leaves_one_and_another_recipients_beside_it(tmp_path: Path) -> None:
    for _ in range(2):
        with maildir.connect(settings(tmp_path)) as post:
            first, again = post.send(envelope()), post.send(envelope())
            post.send(envelope(recipient="john@example.org"))
            post.send(envelope("<2@news.example.org>"))
            assert first == again
    assert len(mailbox.Maildir(tmp_path)) == 3


def test_a_message_that_was_read_does_not_come_back(tmp_path: Path) -> None:
    with maildir.connect(settings(tmp_path)) as post:
        name = Path(post.send(envelope()).detail).name
    (tmp_path / "new" / name).rename(tmp_path / "cur" / f"{name}:2,S")
    with maildir.connect(settings(tmp_path)) as post:
        post.send(envelope())
    assert [path.name for path in tmp_path.glob("*/*")] == [f"{name}:2,S"]


def test_what_a_crash_left_aside_is_written_over(tmp_path: Path) -> None:
    with maildir.connect(settings(tmp_path)) as post:
        place = Path(post.send(envelope()).detail)
        place.rename(tmp_path / "tmp" / place.name)
        (tmp_path / "tmp" / place.name).write_bytes(b"Subj")
        post.send(envelope())
    assert place.read_bytes().endswith(b"One.\n")
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_name_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    with maildir.connect(settings(tmp_path / "a" / "mail")) as post:
        receipt = post.send(envelope("<../../x@news.example.org>"))
    assert Path(receipt.detail).parent == tmp_path / "a" / "mail" / "new"


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with (
        pytest.raises(DeliveryError, match=r"cannot write .*file.*deliver\.maildir") as caught,
        maildir.connect(settings(tmp_path / "file")),
    ):
        pytest.fail("connected")
    assert caught.value.channel_down


def test_a_folder_that_goes_away_amid_a_run_is_told(tmp_path: Path) -> None:
    with maildir.connect(settings(tmp_path / "mail")) as post:
        (tmp_path / "mail" / "tmp").rmdir()
        with pytest.raises(DeliveryError, match="No such file") as caught:
            post.send(envelope())
    assert (caught.value.channel_down, caught.value.recipient) == (True, "jane@example.org")


def test_what_is_not_fit_for_mail_is_not_kept(tmp_path: Path) -> None:
    with (
        maildir.connect(settings(tmp_path)) as post,
        pytest.raises(DeliveryError, match="not fit for mail") as caught,
    ):
        post.send(envelope(text="a\nb"))
    assert not caught.value.temporary
    assert list(tmp_path.glob("*/*")) == []


def test_without_recipients_the_messages_are_addressed_to_their_sender(tmp_path: Path) -> None:
    made = settings(tmp_path)
    assert (made.to, made.subscribers) == (("daily@news.example.org",), False)
    named = maildir.Settings(from_="a@example.org", to=("b@example.org",), path=tmp_path)
    assert named.to == ("b@example.org",)
    shared = maildir.Settings(from_="a@example.org", subscribers=True, path=tmp_path)
    assert shared.to == ()
    assert maildir.Settings(from_="nobody", path=tmp_path).to == ()
