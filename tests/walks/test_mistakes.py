"""Somebody at a terminal who makes mistakes: each is told with its line, and mended, in one go."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pexpect
import pytest

GOOD = '[[feeds]]\nurl = "feed.xml"\n[digests.daily]\n[digests.daily.deliver.files]\npath = "out"\n'

CONFIGURATION = [
    ("title = \u201cNews\u201d\n", "config.toml:1", "write straight ones"),
    ("[digests.weekly.schedule]\nhour = 7\n", "config.toml:1", "above this table"),
    ('[fetch]\ncontact = "me"\n', "config.toml:2", "a mail address or a web address"),
]
COMMANDS = [
    ("chekc", "check"),
    ("editions approve dayli", "dayli"),
    ("editions edit daily", "say what to change"),
    ("editions approve daily --drop x", "x"),
    ("subscribers add daily me@example.org --name a@b", "a name holds no address"),
    ("preview --format pdf", "pdf"),
    ("run --now yesterday", "2026-01-12T07:00+01:00"),
]


def at_terminal(folder: Path, *arguments: str) -> tuple[str, int]:
    """Run a command on a terminal of 80 columns; return what it shows, in one line, and its end."""
    shown, status = pexpect.run(
        f"{sys.executable} -m digest {' '.join(arguments)}",
        cwd=str(folder),
        env={**os.environ, "TERM": "xterm", "COLUMNS": "80"},
        withexitstatus=True,
        timeout=60,
    )
    return " ".join(shown.decode().split()), int(status)


@pytest.mark.parametrize(("wrong", "place", "advice"), CONFIGURATION)
def test_a_mistake_in_the_file_is_told_with_its_line(
    tmp_path: Path, wrong: str, place: str, advice: str
) -> None:
    (tmp_path / "feed.xml").write_text("<rss version='2.0'><channel/></rss>")
    (tmp_path / "config.toml").write_text(wrong + GOOD)
    shown, status = at_terminal(tmp_path, "check")
    assert status == 2
    assert place in shown
    assert advice in shown
    assert "Traceback" not in shown
    (tmp_path / "config.toml").write_text(GOOD)
    assert at_terminal(tmp_path, "check")[1] == 0


@pytest.mark.long
@pytest.mark.parametrize(("command", "named"), COMMANDS)
def test_a_mistake_on_the_command_line_is_told(tmp_path: Path, command: str, named: str) -> None:
    (tmp_path / "feed.xml").write_text("<rss version='2.0'><channel/></rss>")
    (tmp_path / "config.toml").write_text(GOOD)
    shown, status = at_terminal(tmp_path, *command.split())
    assert status in (1, 2)
    assert named in shown
    assert "Traceback" not in shown
