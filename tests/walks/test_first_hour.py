"""A newcomer's first hour, on a terminal: from nothing to the first mail.

The program is driven as a person does it, through a terminal of its own; the commands are counted.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pexpect
import pytest

from support.feedserver import FeedServer
from support.house import item, rss
from support.smtpserver import SmtpServer

PATIENCE = 240
"""Seconds for one answer of a busy machine."""

CONTROLS = re.compile(r"\x1b\[|\x1b\(")


@dataclass
class Person:
    """Somebody at a terminal."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    commands: int = 0

    @contextmanager
    def typing(self, *arguments: str) -> Iterator[pexpect.spawn]:
        """Type a command, and answer it; it has to end well."""
        self.commands += 1
        child = pexpect.spawn(
            sys.executable,
            ["-m", "digest", *arguments],
            cwd=str(self.folder),
            env={**os.environ, "TERM": "xterm", "TZ": "Europe/Berlin", **self.environment},
            encoding="utf-8",
            timeout=PATIENCE,
            dimensions=(24, 80),
        )
        yield child
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == 0, child.before

    def run(self, *arguments: str) -> str:
        """Type a command and return what stands on the screen."""
        with self.typing(*arguments) as child:
            child.expect(pexpect.EOF)
            return str(child.before)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    page = b"<html><head><link rel='alternate' type='application/rss+xml' href='/feed.xml'></head>"
    with FeedServer({"/": page, "/feed.xml": rss([item("a1"), item("a2")], "Ferries")}) as running:
        yield running


def test_the_first_mail_takes_two_commands(tmp_path: Path, server: FeedServer) -> None:
    person = Person(tmp_path)
    with SmtpServer() as mail:
        with person.typing("init", "mornings") as child:
            child.expect("Title of the digest .*: ")
            child.sendline("Mornings")
            child.expect(r"Time zone \[Europe/Berlin\]: ")
            child.sendline("GMT+1")
            child.expect("other sign")
            child.expect(r"Time zone \[Europe/Berlin\]: ")
            child.sendline("")
            child.expect("Hour of the day")
            child.sendline("6")
            child.expect("Mail address")
            child.sendline("me@home.example")
            child.expect(r"Mail server .*\[localhost\]: ")
            child.sendline("localhost")
            child.expect("A feed, a page")
            child.sendline("")
            child.expect("Next:")
        config = tmp_path / "mornings" / "config.toml"
        text = config.read_text()
        assert 'title = "Mornings"' in text
        assert 'schedule = "0 6 * * *"' in text
        assert 'to = ["me@home.example"]' in text
        # What this test alone needs: its servers are on this machine, at ports of their own.
        text = text.replace('host = "localhost"', f'host = "127.0.0.1"\nport = {mail.port}')
        config.write_text(f'{text}\n[fetch]\nallow_hosts = ["127.0.0.1"]\n')
        person.folder = tmp_path / "mornings"
        assert "Ferries" in person.run("feeds", "add", server.url("/"))
        shown = person.run("run")
        assert "Mailed: daily" in shown
        assert [message.recipient for message in mail.messages] == ["me@home.example"]
    assert person.commands == 3


def test_a_wrong_answer_is_asked_again(tmp_path: Path) -> None:
    person = Person(tmp_path)
    with person.typing("init") as child:
        child.expect("Title of the digest")
        child.sendline("")
        child.expect("Time zone")
        child.sendline("")
        child.expect("Hour of the day")
        child.sendline("25")
        child.expect("from 0 to 23")
        child.expect("Hour of the day")
        child.sendline("7:00")
        child.expect("Mail address")
        child.sendline("me at home")
        child.expect("Mail address")
        child.sendline("")
        child.expect("A feed, a page")
        child.sendline("")
    assert "deliver.smtp" not in (tmp_path / "config.toml").read_text()


def test_a_dumb_terminal_gets_no_control_sequences(tmp_path: Path, server: FeedServer) -> None:
    (tmp_path / "config.toml").write_text(
        f'[fetch]\nallow_hosts = ["127.0.0.1"]\n[[feeds]]\nurl = "{server.url("/feed.xml")}"\n'
        '[digests.daily.deliver.files]\npath = "out"\n'
    )
    for name, value in (("TERM", "dumb"), ("NO_COLOR", "1")):
        person = Person(tmp_path, {name: value})
        shown = "" if name == "NO_COLOR" else person.run("run")
        with person.typing("feeds", "list") as child:
            child.expect(pexpect.EOF)
            shown += str(child.before)
        assert not CONTROLS.search(shown)
