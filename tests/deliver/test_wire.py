"""Whatever a message holds, the wire carries it as one message, or nothing at all."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.deliver.mail import wire
from digest.errors import DeliveryError
from digest.model import Envelope

LINES = st.lists(st.text(st.sampled_from(" .aQUIT\t"), max_size=5).map(str.encode), max_size=9)


@given(LINES)
def test_what_is_stuffed_holds_no_end_and_is_read_back_the_same(lines: list[bytes]) -> None:
    message = b"".join(line + b"\r\n" for line in lines)
    sent = wire.stuffed(message)
    assert b"." not in sent.split(b"\r\n")
    assert sent.endswith(b"\r\n")
    read = b"\r\n".join(line.removeprefix(b".") for line in sent.split(b"\r\n"))
    assert read == (message or b"\r\n")


@given(st.binary(max_size=40))
def test_only_ascii_in_whole_lines_passes(message: bytes) -> None:
    envelope = Envelope(
        sender="a@example.org", recipient="b@example.org", message_id="<1@x>", message=message
    )
    sound = re.fullmatch(rb"(?:[\x01-\x09\x0b\x0c\x0e-\x7f]|\r\n)*", message)
    if sound:
        wire.check(envelope, "smtp")
    else:
        with pytest.raises(DeliveryError, match="not fit for mail"):
            wire.check(envelope, "smtp")


@pytest.mark.parametrize("around", [(b"", b""), (b"a\r\n", b"\r\n"), (b"\r\n\r\n", b"\r\nb")])
def test_a_line_of_998_passes_and_none_that_is_longer(around: tuple[bytes, bytes]) -> None:
    before, after = around
    envelope = Envelope(
        sender="a@example.org",
        recipient="b@example.org",
        message_id="<1@x>",
        message=before + b"x" * 998 + after,
    )
    wire.check(envelope, "smtp")
    with pytest.raises(DeliveryError, match=f"at byte {len(before)} "):
        wire.check(replace(envelope, message=before + b"x" * 999 + after), "smtp")


@given(st.text(max_size=2000))
def test_what_a_stranger_says_is_one_short_line(text: str) -> None:
    line = wire.shown(text)
    assert len(line) <= 300
    assert re.sub("[\u200c\u200d]", "", line).isprintable()
    assert wire.shown(line) == line


@pytest.mark.parametrize("message_id", ["", "<>", "<a b>", "<a\r\n>", "<ä>", "<a><b>"])
def test_a_message_id_that_is_none_is_refused(message_id: str) -> None:
    envelope = Envelope(
        sender="a@example.org", recipient="b@example.org", message_id=message_id, message=b""
    )
    with pytest.raises(DeliveryError, match="is no Message-ID"):
        wire.check(envelope, "smtp")
