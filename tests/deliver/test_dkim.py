"""Signatures that another implementation verifies, the same for the same message."""

from __future__ import annotations

import re
from email import message_from_bytes
from pathlib import Path
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from digest.deliver import sendmail, smtp
from digest.deliver.mail.dkim import DkimSettings, KeyFileError, read_key, signing
from digest.errors import DeliveryError
from digest.model import Envelope
from support.smtpserver import SmtpServer

MESSAGE = (
    b"To: jane@example.org\r\n"
    b"Message-ID: <1@news.example.org>\r\n"
    b'From: "Daily,  news" <daily@news.example.org>\r\n'
    b"Subject: One\r\n  and\ttwo\r\n"
    b"Date: Sun, 22 Nov 2026 07:00:00 +0100\r\n"
    b"List-Unsubscribe: <https://news.example.org/daily/unsubscribe/7-x>,\r\n"
    b" <mailto:leave@example.org>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: text/plain\r\n"
    b"\r\nHello,  you \r\n\r\n.\r\n\r\n\r\n"
)


@pytest.fixture(scope="module", params=["rsa", "ed25519"])
def key_file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = (
        rsa.generate_private_key(public_exponent=65537, key_size=2048)
        if request.param == "rsa"
        else ed25519.Ed25519PrivateKey.generate()
    )
    return written(tmp_path_factory.mktemp("key") / "dkim.pem", key)


def written(path: Path, key: Any) -> Path:
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


def settings(key_file: Path | None) -> DkimSettings:
    return DkimSettings(
        from_="Daily <daily@news.example.org>",
        dkim_selector="mail2026" if key_file else None,
        dkim_key_file=key_file,
    )


def verified(message: bytes, key_file: Path) -> bool:
    def look_up(name: bytes, timeout: float = 0) -> bytes:
        assert name.rstrip(b".") == b"mail2026._domainkey.news.example.org"
        return read_key(key_file).record.encode()

    try:
        return bool(dkim.DKIM(message).verify(dnsfunc=look_up))
    except dkim.DKIMException:
        return False


def test_another_implementation_verifies_it(key_file: Path) -> None:
    signed = signing(settings(key_file))(MESSAGE)
    assert signed.endswith(MESSAGE)
    assert verified(signed, key_file)


def test_the_same_message_gets_the_same_signature_of_its_own_date(key_file: Path) -> None:
    signed = signing(settings(key_file))(MESSAGE)
    assert signed == signing(settings(key_file))(MESSAGE)
    assert " t=1795327200;" in message_from_bytes(signed)["DKIM-Signature"].replace("\r\n", "")


def test_the_field_is_ascii_in_short_lines(key_file: Path) -> None:
    field = signing(settings(key_file))(MESSAGE).removesuffix(MESSAGE)
    assert field.isascii()
    assert max(map(len, field.split(b"\r\n"))) <= 78
    assert re.fullmatch(rb"DKIM-Signature:(?: [!-~][ -~]+\r\n)+", field)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Hello", b"Hallo"),
        (b"Subject: One", b"Subject: Two"),
        (b"To: jane", b"To: john"),
        (b"07:00:00", b"08:00:00"),
        (b"<1@news", b"<2@news"),
        (b"unsubscribe/7", b"unsubscribe/8"),
        (b"List-Unsubscribe=One-Click", b"List-Unsubscribe=Two-Click"),
        (b"text/plain", b"text/html"),
        (b"MIME-Version", b"Subject: another\r\nMIME-Version"),
        (b"MIME-Version", b"From: another@example.org\r\nMIME-Version"),
        (b"\r\n.\r\n", b"\r\n..\r\n"),
    ],
)
def test_what_is_changed_is_noticed(key_file: Path, old: bytes, new: bytes) -> None:
    signed = signing(settings(key_file))(MESSAGE)
    assert old in MESSAGE
    assert not verified(signed.replace(old, new), key_file)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(b"To: jane", b"Received: by relay\r\nTo: jane", id="a field more on the way"),
        pytest.param(b"Hello,  you ", b"Hello, you", id="spaces that were folded"),
        pytest.param(b"\r\n  and\ttwo", b" and\r\n two", id="a field folded anew"),
        pytest.param(b".\r\n\r\n\r\n", b".\r\n", id="empty lines at the end"),
    ],
)
def test_what_servers_change_on_the_way_does_no_harm(
    key_file: Path, old: bytes, new: bytes
) -> None:
    signed = signing(settings(key_file))(MESSAGE)
    assert old in MESSAGE
    assert verified(signed.replace(old, new), key_file)


LINES = st.lists(st.text(st.sampled_from(" \tab.=é"), max_size=8).map(str.encode), max_size=6)


@pytest.mark.parametrize(
    "key_file", [pytest.param("rsa", marks=pytest.mark.long), "ed25519"], indirect=True
)
@given(LINES, LINES)
def test_any_message_is_signed_so_that_it_verifies(
    key_file: Path, fields: list[bytes], body: list[bytes]
) -> None:
    message = b"From: a@news.example.org\r\n"
    message += b"".join(b"Subject: x %s\r\n" % line.replace(b"\xc3\xa9", b"e") for line in fields)
    message += b"\r\n" + b"\r\n".join(body) + b"\r\n"
    assert verified(signing(settings(key_file))(message), key_file)


def test_without_a_key_nothing_changes() -> None:
    assert signing(settings(None))(MESSAGE) == MESSAGE


def test_what_goes_out_is_signed(
    key_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = Envelope(
        sender="b@news.example.org",
        recipient="jane@example.org",
        message_id="<1@news.example.org>",
        message=MESSAGE,
    )
    keys = {
        "from_": "Daily <daily@news.example.org>",
        "dkim_selector": "mail2026",
        "dkim_key_file": key_file,
    }
    with SmtpServer() as server:
        relay = smtp.Settings(
            host=server.host, port=server.port, idempotency_header="X-Once", **keys
        )
        with smtp.connect(relay) as post:
            post.send(sent)
        assert verified(server.messages[0].data, key_file)
    monkeypatch.chdir(tmp_path)  # a copy goes to a file that is called as the recipient
    command = ("/usr/bin/tee", "sent", "RECIPIENT")
    with sendmail.connect(sendmail.Settings(command=command, **keys)) as post:
        receipt = post.send(sent)
    assert receipt.detail == "queued by /usr/bin/tee"
    assert verified((tmp_path / "sent").read_bytes().replace(b"\n", b"\r\n"), key_file)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(None, "cannot be read: No such file", id="no file"),
        pytest.param(b"secret", "is no private key in PEM", id="no key"),
        pytest.param("curve", "is no key for DKIM", id="a key of another kind"),
        pytest.param("locked", "or has a password", id="a key with a password"),
    ],
)
def test_a_key_that_is_none_stops_the_channel_before_anything_is_sent(
    tmp_path: Path, content: bytes | str | None, words: str
) -> None:
    path = tmp_path / "dkim.pem"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content == "curve":
        written(path, ec.generate_private_key(ec.SECP256R1()))
    elif content == "locked":
        key = ed25519.Ed25519PrivateKey.generate()
        encryption = serialization.BestAvailableEncryption(b"x")
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
            )
        )
    keys = {"from_": "a@example.org", "dkim_selector": "x", "dkim_key_file": path}
    with SmtpServer() as server:
        relay = smtp.Settings(host=server.host, port=server.port, **keys)
        with pytest.raises(DeliveryError, match=words) as caught, smtp.connect(relay):
            pytest.fail("connected")
        assert caught.value.channel_down
        assert server.connections == 0
    program = sendmail.Settings(command=("/usr/bin/tee", "RECIPIENT"), **keys)
    with pytest.raises(DeliveryError, match=words), sendmail.connect(program):
        pytest.fail("connected")
    with pytest.raises(KeyFileError) as raised:
        read_key(path)
    assert "secret" not in repr(raised.value) + repr(raised.value.__context__)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"dkim_selector": "x"}, "dkim_selector and dkim_key_file go together"),
        ({"dkim_key_file": Path("x")}, "dkim_selector and dkim_key_file go together"),
        ({"dkim_selector": "a b", "dkim_key_file": Path("x")}, "dkim_selector is a name"),
    ],
)
def test_settings_that_do_not_go_together(keys: dict[str, Path | str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        smtp.Settings(from_="a@example.org", host="localhost", **keys)


def test_without_the_package_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.deliver.mail.dkim.find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"dkim_key_file needs .* pip install 'cryptography>=44'"):
        settings(Path("x"))
