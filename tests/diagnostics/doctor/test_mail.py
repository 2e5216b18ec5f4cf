"""The doctor looks at everything that carries mail, and sends only where told to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from digest.diagnostics.doctor import Finding, mail
from digest.diagnostics.doctor.dns import Ask, NoDnsAnswerError
from digest.errors import ConfigError
from digest.store import subscribers
from support.certificates import Authority
from support.house import NOW, House, item, rss
from support.ports import closed_port
from support.smtpserver import Fault, SmtpServer


def silent(name: str, type_: str) -> tuple[str, ...]:
    raise NoDnsAnswerError("no network here")


@pytest.fixture
def house(tmp_path: Path) -> House:
    (tmp_path / "a.xml").write_bytes(rss([item("a1", title="A <b>story</b>"), item("a2")]))
    return House(tmp_path, ["a.xml"])


def configure(house: House, channel: str, **keys: Any) -> None:
    """Let the house's one digest go over `channel`."""
    usual = {"from": "Daily <daily@digest.example>", "to": ["me@digest.example"]}
    lines = "".join(
        f"{key} = {value}\n" if isinstance(value, int | list) else f'{key} = "{value}"\n'
        for key, value in (usual | keys).items()
    )
    house.configure(["a.xml"], more=f"[digests.daily]\n[digests.daily.deliver.{channel}]\n{lines}")


def examined(
    house: House, ask: Ask = silent, send_to: str | None = None, now: datetime = NOW
) -> list[Finding]:
    config = house.config
    with house.store() as store:
        found = mail.examine(config, store, now, config.digests, ask=ask, send_to=send_to)
        return list(found)


def said(findings: list[Finding]) -> list[str]:
    return [f"{'' if one.ok else '!'}{one.what.removeprefix('daily: ')}" for one in findings]


def test_a_relay_that_is_well(house: House, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    (tmp_path / "password").write_text("secret")
    (tmp_path / "password").chmod(0o600)
    tls = authority.server("127.0.0.1", until=datetime(2027, 1, 2, tzinfo=UTC))
    with SmtpServer(tls=tls, users={"me": "secret"}) as server:
        configure(
            house,
            "smtp",
            host=server.host,
            port=server.port,
            security="starttls",
            ca_file="authority.pem",
            user="me",
            password_file="password",
        )
        findings = examined(house)
        first, *others = said(findings)
        assert first.startswith(f"smtp: 127.0.0.1:{server.port} is reached, with TLSv1.3 and TLS_")
        assert first.endswith("; its certificate is good until 2027-01-02")
        assert others[:3] == [
            "smtp: me is logged in",
            "smtp: offers SIZE 10485760 8BITMIME AUTH PLAIN LOGIN",
            "smtp: takes mail from daily@digest.example",
        ]
        assert "smtp: the next edition as mail takes " in others[3]
        assert all(one.ok for one in findings)
        assert server.messages == []
        assert server.commands[-2:] == ["RSET", "QUIT"]


def test_a_certificate_that_ends_soon_is_told_before_mail_stops(
    house: House, tmp_path: Path
) -> None:
    tls = Authority(tmp_path).server("127.0.0.1", until=datetime(2100, 1, 8, tzinfo=UTC))
    with SmtpServer(tls=tls) as server:
        configure(
            house,
            "smtp",
            host=server.host,
            port=server.port,
            security="starttls",
            ca_file="authority.pem",
        )
        (soon, *_), (later, *_) = (
            examined(house, now=datetime(2100, 1, day, tzinfo=UTC)) for day in (3, 1)
        )
    assert (soon.ok, soon.advice) == (False, "tell its operator: mail stops on that day")
    assert later.ok


@pytest.mark.parametrize(
    ("fault", "line", "advice"),
    [
        (Fault("connect", "554 5.7.1 no"), "!smtp: nothing can be sent", "greets with 554 5.7.1"),
        (
            Fault("mail", "553 5.1.8 no"),
            "!smtp: refuses mail from daily@digest.example: 553",
            "set",
        ),
        (Fault("mail", "close"), "!smtp: the server closed the connection", "try again later"),
        (Fault("rset", "close"), "!smtp: the server closed the connection", "try again later"),
    ],
)
def test_a_relay_that_is_not_well(house: House, fault: Fault, line: str, advice: str) -> None:
    with SmtpServer(fault) as server:
        configure(house, "smtp", host=server.host, port=server.port)
        findings = examined(house)
    (sick,) = [one for one in findings if not one.ok]
    assert said([sick])[0].startswith(line)
    assert advice in sick.advice


def test_a_relay_that_is_not_there_does_not_hide_the_rest(house: House) -> None:
    with closed_port() as port:
        configure(house, "smtp", host="127.0.0.1", port=port)
        first, second = examined(house, send_to="me@digest.example")
    assert (first.ok, second.ok) == (False, True)
    assert "cannot be reached: Connection refused" in first.advice
    assert "as mail takes" in second.what


def test_a_password_that_others_can_read_is_told(house: House, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret")
    (tmp_path / "password").chmod(0o644)
    with SmtpServer(users={"me": "secret"}) as server:
        configure(
            house, "smtp", host=server.host, port=server.port, user="me", password_file="password"
        )
        sick, *others = examined(house)
    assert not sick.ok
    assert sick.advice == f"chmod 600 {tmp_path / 'password'}"
    assert all(one.ok for one in others)
    assert not any("secret" in f"{one.what}{one.advice}" for one in (sick, *others))


def test_mail_that_goes_unencrypted_over_a_network_is_asked_about(house: House) -> None:
    with SmtpServer() as server:
        configure(house, "smtp", host=server.host, port=server.port)
        near = examined(house)[0]
    assert (near.ok, near.advice) == (True, "")
    assert near.what.endswith("is reached, not encrypted")


def test_an_edition_is_sent_to_the_one_address_and_to_nobody_else(house: House) -> None:
    house.run()
    with SmtpServer() as server:
        configure(house, "smtp", host=server.host, port=server.port, bounces="b@digest.example")
        before = house.dump(without=("secrets",))
        findings = examined(house, send_to=" Jane@Digest.Example ")
        again = examined(house, send_to="jane@digest.example", now=NOW + timedelta(minutes=1))
    assert said(findings)[-1] == "smtp: sent to Jane@digest.example: 250 2.0.0 queued as 1"
    assert all(one.ok for one in findings + again)
    first, second = server.messages
    assert (first.sender, first.recipient) == ("b@digest.example", "Jane@digest.example")
    message = message_from_bytes(first.data, policy=policy.default)
    assert message["Subject"].startswith("Test: ")
    assert message["To"] == "Jane@digest.example"
    assert message["List-Unsubscribe"] is None
    assert message["Message-ID"] != message_from_bytes(second.data)["Message-ID"]
    assert "Title of a2" in message.get_body(("plain",)).get_content()
    assert house.dump(without=("secrets",)) == before


@pytest.mark.parametrize(
    ("fault", "advice"),
    [
        (Fault("rcpt", "550 5.1.1 who?"), "refused jane@digest.example: 550 5.1.1 who?"),
        (Fault("dot", "554 5.6.0 spam"), "554 5.6.0 spam"),
    ],
)
def test_what_is_not_sent_is_told_in_the_servers_words(
    house: House, fault: Fault, advice: str
) -> None:
    with SmtpServer(fault) as server:
        configure(house, "smtp", host=server.host, port=server.port)
        last = examined(house, send_to="jane@digest.example")[-1]
    assert (last.ok, last.what) == (False, "daily: smtp: not sent to jane@digest.example")
    assert advice in last.advice


def test_a_mail_store_is_greeted(house: House, tmp_path: Path) -> None:
    with SmtpServer(lmtp=True, path=tmp_path / "lmtp") as server:
        configure(house, "lmtp", socket="lmtp")
        findings = said(examined(house, send_to="me@digest.example"))
        assert findings[0] == f"lmtp: {tmp_path / 'lmtp'} greets us"
        assert findings[2] == "lmtp: takes mail from daily@digest.example"
        assert findings[-1] == "lmtp: sent to me@digest.example: 250 2.0.0 queued as 1"
        assert len(server.messages) == 1
    assert said(examined(house))[0] == "!lmtp: nothing can be sent"


def test_a_mail_folder_and_a_program_are_looked_for(house: House, tmp_path: Path) -> None:
    configure(house, "maildir", path="mail")
    findings = said(examined(house, send_to="me@digest.example"))
    assert findings[0] == "maildir: is ready"
    assert findings[-1].startswith(f"maildir: sent to me@digest.example: {tmp_path}/mail/new/")
    configure(house, "sendmail", command=["/nowhere/sendmail", "RECIPIENT"])
    sick, *_ = examined(house)
    assert "there is no program /nowhere/sendmail" in sick.advice


def test_subscribers_that_could_not_leave_are_counted(house: House) -> None:
    configure(house, "maildir", path="mail")
    house.file.write_text(house.file.read_text() + "subscribers = true\n")
    assert all(one.ok for one in examined(house))
    with house.store() as store, store.write() as connection:
        subscribers.add(connection, "daily", "jane@digest.example", now=NOW)
    (sick,) = [one for one in examined(house) if not one.ok]
    assert sick.what == "daily: maildir: subscribers are not told how to leave (there are 1)"
    for line in (
        'unsubscribe = "leave@digest.example"\n',
        '[web]\nurl = "https://digest.example"\n',
    ):
        text = house.file.read_text()
        house.file.write_text(text + line)
        assert all(one.ok for one in examined(house))
        house.file.write_text(text)


def test_names_that_the_world_knows_are_looked_up(house: House) -> None:
    asked = []

    def ask(name: str, type_: str) -> tuple[str, ...]:
        asked.append((name, type_))
        return ()

    with SmtpServer() as server:
        keys = {"host": server.host, "port": server.port, "bounces": "b@mail.digest.news"}
        configure(house, "smtp", **keys)
        examined(house, ask)
        assert asked == []
        configure(house, "smtp", **{**keys, "from": "daily@digest.news"})
        findings = examined(house, ask)
    assert ("mail.digest.news", "TXT") in asked
    assert ("_dmarc.digest.news", "TXT") in asked
    assert "!smtp: mail.digest.news has no SPF record" in said(findings)


def test_without_dnspython_it_is_said_how_to_get_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.diagnostics.doctor.dns.find_spec", lambda name: None)
    with SmtpServer() as server:
        keys = {"host": server.host, "port": server.port, "from": "daily@digest.news"}
        configure(house, "smtp", **keys)
        config = house.config
        with house.store() as store:
            findings = list(mail.examine(config, store, NOW, config.digests))
    (one,) = [one for one in findings if "SPF" in one.what]
    assert one.ok
    assert one.advice.endswith("pip install 'dnspython>=2.6.1'")


def test_a_key_that_we_sign_with_is_looked_at(house: House, tmp_path: Path) -> None:
    asked = []

    def ask(name: str, type_: str) -> tuple[str, ...]:
        asked.append(name)
        return ()

    key = tmp_path / "dkim.pem"
    key.write_bytes(
        Ed25519PrivateKey.generate().private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )
    )
    key.chmod(0o600)
    with SmtpServer() as server:
        keys = {"host": server.host, "port": server.port, "from": "daily@digest.news"}
        keys |= {"dkim_selector": "mail", "dkim_key_file": "dkim.pem"}
        configure(house, "smtp", **keys, bounces="b@other.news")
        findings = examined(house, ask)
        key.write_text("nothing")
        ill = examined(house, ask, send_to="me@digest.example")
        key.chmod(0o644)
        open_to_all = examined(house, ask)
        assert server.messages == []
    name = "mail._domainkey.digest.news"
    (one,) = [one for one in findings if name in one.what]
    assert (one.ok, name in asked) == (False, True)
    assert one.advice.startswith('publish "v=DKIM1; k=ed25519; p=')
    belonging = "smtp: From is at digest.news, for which we sign, and bounces go to other.news"
    assert belonging in said(findings)
    assert "!smtp: nothing can be signed" in said(ill)
    assert said(ill)[-1] == "!smtp: not sent to me@digest.example"
    assert f"!smtp: others can read {key}" in said(open_to_all)


def test_a_template_that_fails_is_told(house: House, tmp_path: Path) -> None:
    configure(house, "maildir", path="mail")
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "mail.html").write_text("{{ nonsense }}")
    house.file.write_text('[render]\ntemplates = "own"\n' + house.file.read_text())
    findings = examined(house, send_to="me@digest.example")
    assert said(findings)[-1] == "!maildir: no edition as mail"
    assert "mail.html" in findings[-1].advice
    assert list((tmp_path / "mail" / "new").iterdir()) == []


def test_a_house_without_mail_is_told_how_to_begin(house: House) -> None:
    with pytest.raises(ConfigError, match=r"\[digests\.NAME\.deliver\.smtp\] does it"):
        examined(house)


def test_an_address_that_is_none_is_refused(house: House) -> None:
    configure(house, "maildir", path="mail")
    with pytest.raises(ConfigError, match='"me" is no mail address: there is no @ in it'):
        examined(house, send_to="me")
