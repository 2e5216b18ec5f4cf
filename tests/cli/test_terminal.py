"""Help, the manual page, completion, colors."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from digest.cli import cli
from digest.cli.manual import manual
from support.shell import Run, shell

CONFIG = """\
[[feeds]]
url = "https://a.example/feed"
name = "apple"
title = "A tree"
[[feeds]]
url = "https://b.example/feed"
name = "apricot"
[digests.daily.deliver.files]
path = "out"
[digests.weekly.deliver.files]
path = "weekly"
"""


@pytest.fixture
def digest(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> Run:
    monkeypatch.chdir(tmp_path)
    return shell(monkeypatch, capfdbinary)


def commands(group: click.Group, ctx: click.Context) -> list[tuple[click.Command, click.Context]]:
    """Return every command below `group`, with the context of its own."""
    found = []
    for name, command in group.commands.items():
        inner = click.Context(command, info_name=name, parent=ctx)
        found.append((command, inner))
        if isinstance(command, click.Group):
            found += commands(command, inner)
    return found


ROOT = click.Context(cli, info_name="digest", terminal_width=80, max_content_width=80)
EVERY = commands(cli, ROOT)


@pytest.mark.parametrize(("command", "ctx"), [(cli, ROOT), *EVERY], ids=lambda value: "")
def test_help_is_whole_sentences_in_80_columns(command: click.Command, ctx: click.Context) -> None:
    text = command.get_help(ctx)
    assert max(map(len, text.splitlines())) <= 80
    assert "..." not in re.sub(r"\]\.\.\.|[A-Z]\.\.\.|feed:\.\.\.|json, \.\.\.|=\.\.\.", "", text)
    summary = command.get_short_help_str(1000)
    assert summary[:1].isupper()
    assert summary.endswith((".", ":"))


def test_the_manual_names_every_command_and_option() -> None:
    page = manual(ROOT).replace("\\-", "-")
    for command, ctx in EVERY:
        assert f".SS {ctx.command_path} " in page
        for option in command.params:
            if isinstance(option, click.Option):
                assert all(name in page for name in option.opts)


@pytest.mark.skipif(shutil.which("groff") is None, reason="needs groff")
def test_the_manual_is_sound_roff() -> None:
    ran = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-z"],
        input=manual(ROOT),
        capture_output=True,
        text=True,
    )
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_completion_says_how_it_is_switched_on(digest: Run, name: str) -> None:
    outcome = digest("completion", name)
    assert outcome.status == 0
    assert outcome.out.startswith("# To switch it on for good: ")
    assert "_DIGEST_COMPLETE" in outcome.out


@pytest.mark.parametrize(
    ("words", "names"),
    [
        pytest.param("digest feeds remove ap", ["apple", "apricot"], id="feeds"),
        pytest.param("digest refresh apr", ["apricot"], id="feeds of refresh"),
        pytest.param("digest publish w", ["weekly"], id="digests"),
        pytest.param("digest doctor mail ", ["daily", "weekly"], id="digests of doctor mail"),
        pytest.param("digest feeds ren", ["rename"], id="commands"),
        pytest.param("digest -c other.toml preview ", ["evening"], id="of another file"),
        pytest.param("digest -c none.toml preview ", [], id="of no file"),
    ],
)
def test_names_are_completed(tmp_path: Path, words: str, names: list[str]) -> None:
    (tmp_path / "config.toml").write_text(CONFIG)
    other = CONFIG.replace("digests.daily", "digests.evening").partition("[digests.weekly")[0]
    (tmp_path / "other.toml").write_text(other)
    ran = subprocess.run(
        [sys.executable, "-m", "digest"],
        cwd=tmp_path,
        env={
            **os.environ,
            "_DIGEST_COMPLETE": "bash_complete",
            "COMP_WORDS": words,
            "COMP_CWORD": str(len(words.split(" ")) - 1),
        },
        capture_output=True,
        text=True,
    )
    assert [line.partition(",")[2] for line in ran.stdout.splitlines() if line] == names
    assert ran.stderr == ""
