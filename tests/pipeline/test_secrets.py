"""Where a configuration may hold a secret, nothing that leaves the program does, well or not."""

from __future__ import annotations

import json
import logging
import quopri
import zipfile
from collections.abc import Callable, Iterator
from email import message_from_bytes
from io import BytesIO
from pathlib import Path

import pytest

from support.feedserver import FeedServer
from support.receiver import Receiver
from support.secret_places import HARMLESS, SECRET, SECRETS, SecretHouse, marked_keys, text_keys
from support.shell import Run, shell
from support.smtpserver import Fault, SmtpServer

NOW = "2026-01-12T08:00:00+00:00"


def test_every_key_that_takes_a_text_is_known_to_hold_a_secret_or_none() -> None:
    assert text_keys() == HARMLESS | SECRET.keys()
    assert HARMLESS.isdisjoint(SECRET)
    named = {name for name in SECRET if name.endswith(("_file", "_env"))}
    assert marked_keys() == SECRET.keys() - named


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SecretHouse]:
    with FeedServer({}) as web, Receiver() as hook, SmtpServer() as smtp:
        house = SecretHouse(tmp_path, web, hook, smtp)
        for name, value in house.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(tmp_path)
        yield house


@pytest.fixture
def digest(
    house: SecretHouse, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Run:
    return shell(monkeypatch, capfdbinary)


def texts(body: bytes) -> Iterator[str]:
    """Yield what a file says: its bytes, and what is packed or encoded in them."""
    if body.startswith(b"PK"):
        with zipfile.ZipFile(BytesIO(body)) as book:
            body = b"\n".join(map(book.read, book.namelist()))
    yield body.decode("utf-8", "replace")
    yield quopri.decodestring(body).decode("utf-8", "replace")
    for part in message_from_bytes(body).walk():
        if not part.is_multipart():
            yield (part.get_payload(decode=True) or b"").decode("utf-8", "replace")


def told(house: SecretHouse) -> Iterator[tuple[str, bytes]]:
    """Yield all that readers and services got of the program."""
    for folder in ("out", "second", "mail"):
        for file in (house.folder / folder).rglob("*"):
            if file.is_file():
                yield str(file), file.read_bytes()
    for post in house.hook.posts:
        yield "a post", post.body
    for message in house.smtp.messages:
        yield "a mail", message.data


def test_no_file_mail_or_post_holds_a_secret(house: SecretHouse, digest: Run) -> None:
    outcome = digest("run", "-v", "--now", NOW)
    print(outcome)
    things = list(told(house))
    assert len(things) > 40
    for name, body in things:
        for text in texts(body):
            assert house.found(text) == set(), (name, text)
    assert house.found(outcome.out + outcome.err) == set()


COMMANDS = [
    *("check", "check --json", "doctor", "doctor --json", "doctor mail", "doctor mail --json"),
    *("feeds list", "feeds list --json", "feeds manners", "feeds manners --json", "feeds export"),
    *("digests list --json", "editions list --json", "editions show daily latest"),
    *("editions show daily latest --json", "editions show daily latest --format mail"),
    *("editions show daily latest --format html", "preview daily --format mail", "preview second"),
    *("preview second --json", "explain https://example.org/p1", "explain --json a1"),
    *("explain --edition latest daily", "explain --edition latest daily --json"),
    *("refresh -v --all", "refresh --json --failed", "publish daily --force --json"),
    *("run -v", "run --json", "editions resend second latest --all --yes"),
    *("subscribers list daily --json", "subscribers export daily", "bounces mail --json"),
    *(
        "backup copy.db -v",
        "backup copy.db --json",
        "backtest config.toml",
        "try http://x.invalid/",
    ),
]
WITHOUT_A_TIME = ("check", "backup", "feeds export", "feeds manners", "bounces", "try")


def _fine(_: SecretHouse) -> None:
    """Nothing fails."""


def _login_refused(house: SecretHouse) -> None:
    """The relay repeats in its refusal what it was told, in the clear and as it was coded."""
    house.smtp.echoes = True
    house.smtp.users = {"nobody": ""}


def _login_refused_in_two_steps(house: SecretHouse) -> None:
    _login_refused(house)
    house.smtp.mechanisms = "LOGIN"


def _login_unknown(house: SecretHouse) -> None:
    house.smtp.mechanisms = "CRAM-MD5"


def _relay_gone(house: SecretHouse) -> None:
    house.smtp.faults = [Fault("connect", "reset")]


def _bad_keys(house: SecretHouse) -> None:
    """Every file of a secret holds more than one, or nothing that can be read."""
    for name, text in house.files.items():
        house.write(
            name, f"{text}\n{text}\n" if name != "dkim.pem" else text.replace("-----", "--")
        )


def _not_utf_8(house: SecretHouse) -> None:
    for name, text in house.files.items():
        (house.folder / name).write_bytes(text.encode() + b"\xff\xfe")


def _files_gone(house: SecretHouse) -> None:
    for name in house.files:
        (house.folder / name).unlink()


def _posts_refused(house: SecretHouse) -> None:
    """The receivers repeat in their refusal all they were told."""
    house.hook.statuses = [500]
    house.hook.echoes = True


def _posts_redirected(house: SecretHouse) -> None:
    house.hook.statuses = [302]
    house.hook.headers = {
        "location": f"http://127.0.0.1:1/{SECRETS['hook_path']}?k={SECRETS['hook_query']}"
    }


def _receivers_gone(house: SecretHouse) -> None:
    """The ports of the receivers are closed: the words of each library about it."""
    config = house.folder / "config.toml"
    config.write_text(config.read_text().replace(f"127.0.0.1:{house.hook.port}", "127.0.0.1:1"))


def _names_unknown(house: SecretHouse) -> None:
    config = house.folder / "config.toml"
    config.write_text(config.read_text().replace(f"127.0.0.1:{house.hook.port}", "hook.invalid"))


def _program_fails(house: SecretHouse) -> None:
    (house.folder / "fail").write_text("78")


def _program_refuses(house: SecretHouse) -> None:
    (house.folder / "fail").write_text("69")


def _program_gone(house: SecretHouse) -> None:
    (house.folder / "sendmail").unlink()


FAILURES = [
    _login_refused,
    _login_refused_in_two_steps,
    _login_unknown,
    _relay_gone,
    _bad_keys,
    _not_utf_8,
    _files_gone,
    _posts_refused,
    _posts_redirected,
    _receivers_gone,
    _names_unknown,
    _program_fails,
    _program_refuses,
    _program_gone,
]


def everything(
    house: SecretHouse,
    digest: Run,
    commands: list[str],
    now: str,
    caplog: pytest.LogCaptureFixture,
) -> Iterator[tuple[str, str]]:
    """Run the commands; yield what they printed and logged, and what readers and services got."""
    with caplog.at_level(logging.DEBUG):
        for command in commands:
            at = () if command.startswith(WITHOUT_A_TIME) else ("--now", now)
            outcome = digest(*command.split(), *at)
            for text in texts((outcome.out + outcome.err).encode()):
                yield command, text
            if "--json" in command and outcome.out:
                json.loads(outcome.out)
    for record in caplog.records:
        if record.name.startswith("digest") or record.levelno >= logging.WARNING:
            yield f"log of {record.name}", record.getMessage()
    for name, body in told(house):
        for text in texts(body):
            yield name, text


def leaks(
    house: SecretHouse, told: Iterator[tuple[str, str]]
) -> list[tuple[str, set[str], list[str]]]:
    """Name where secrets stand: the place, their names, and the lines."""
    found = []
    for place, text in told:
        if names := house.found(text):
            lines = [line for line in text.splitlines() if house.found(line)]
            found.append((place, names, lines[:3]))
    return found


def test_no_command_shows_a_secret(
    house: SecretHouse, digest: Run, caplog: pytest.LogCaptureFixture
) -> None:
    digest("run", "--now", NOW)
    later = "2026-01-12T08:30:00+00:00"
    assert leaks(house, everything(house, digest, COMMANDS, later, caplog)) == []


@pytest.mark.parametrize(
    "fails", [*FAILURES[::3], *(pytest.param(fails, marks=pytest.mark.long) for fails in FAILURES)]
)
def test_no_failure_shows_a_secret(
    fails: Callable[[SecretHouse], None],
    house: SecretHouse,
    digest: Run,
    caplog: pytest.LogCaptureFixture,
) -> None:
    fails(house)
    commands = [
        "run -v",
        "run -v --log json",
        "run --json",
        "doctor",
        "doctor mail --json",
        "check --json",
    ]
    commands += ["publish second --force --json", "editions show daily latest", "doctor --json"]
    assert leaks(house, everything(house, digest, commands, NOW, caplog)) == []
