"""Where a configuration holds a secret, nothing that leaves the program does."""

from __future__ import annotations

import json
import logging
import quopri
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from support.feedserver import Answer, FeedServer
from support.house import item, rss
from support.receiver import Receiver
from support.shell import Run, shell

PLACES = ("token", "failing", "redirect", "password", "path", "hook", "hook_query")
SECRETS = {place: f"{place.replace('_', '')}kq9zLp2XwR8vB4" for place in PLACES}
NOW = "2026-01-12T08:00:00+00:00"

CONFIG = """
base_url = "https://news.example.org/"
[fetch]
allow_hosts = ["127.0.0.1"]
{feeds}
[digests.daily.deliver.files]
path = "out"
formats = ["html", "text", "markdown", "json", "transmission", "atom", "jsonfeed", "archive",
  "editions", "epub"]
[digests.daily.deliver.maildir]
path = "mail"
from = "news@example.org"
to = ["me@example.org"]
[digests.daily.deliver.webhook]
url = "{hook}"
"""


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer({}) as running:
        yield running


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
def digest(
    tmp_path: Path,
    server: FeedServer,
    hook: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> Run:
    """Run a command where every feed and channel has a secret in its address."""
    private = server.url(f"/private.xml?token={SECRETS['token']}")
    entries = (item("a1", link="#a1"), item("a2", text=f"It is at {private} for you."))
    server.pages |= {
        "/private.xml": rss(entries, title="Private"),
        "/failing.xml": Answer(status=500),
        "/moved.xml": Answer(status=301, headers={"location": f"/x?auth={SECRETS['redirect']}"}),
        "/gone.xml": Answer(status=410),
        f"/f/{SECRETS['path']}/feed.xml": rss([item("p1")], title="Path"),
    }
    urls = (
        private,
        server.url(f"/failing.xml?key={SECRETS['failing']}"),
        server.url("/moved.xml"),
        server.url("/gone.xml").replace("://", f"://me:{SECRETS['password']}@"),
        server.url(f"/f/{SECRETS['path']}/feed.xml"),
    )
    (tmp_path / "config.toml").write_text(
        CONFIG.format(
            feeds="\n".join(f'[[feeds]]\nurl = "{url}"' for url in urls),
            hook=f"{hook.url}/{SECRETS['hook']}?key={SECRETS['hook_query']}",
        )
    )
    monkeypatch.chdir(tmp_path)
    return shell(monkeypatch, capfdbinary)


def found(text: str) -> set[str]:
    return {place for place, secret in SECRETS.items() if secret in text}


def test_no_file_mail_or_post_holds_a_secret(
    tmp_path: Path, hook: Receiver, digest: Run, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        outcome = digest("run", "-v", "--now", NOW)
    assert outcome.status == 0
    assert "2 read, 0 unchanged, 3 failed" in outcome.out
    files = [file for name in ("out", "mail") for file in (tmp_path / name).rglob("*")]
    read = 0
    for file in filter(Path.is_file, files):
        body = file.read_bytes()
        if file.suffix == ".epub":
            with zipfile.ZipFile(BytesIO(body)) as book:
                body = b"\n".join(map(book.read, book.namelist()))
        assert found(body.decode()) == set(), file
        assert found(quopri.decodestring(body).decode("utf-8", "replace")) == set(), file
        read += 1
    assert read > 15
    assert [found(post.body.decode()) for post in hook.posts] == [set()]
    assert found(outcome.out + outcome.err) == set()
    logged = [record.getMessage() for record in caplog.records if record.name.startswith("digest")]
    assert found("\n".join(logged)) == set()


@pytest.mark.parametrize(
    "command",
    [
        ("feeds", "list"),
        ("feeds", "list", "--json"),
        ("doctor", "--json"),
        ("editions", "show", "daily", "latest", "--json"),
        ("explain", "--edition", "latest", "daily", "--json"),
        ("refresh", "-v"),
        ("publish", "daily", "--force", "--json"),
        ("check", "--json"),
    ],
    ids=" ".join,
)
def test_no_command_shows_a_secret(command: tuple[str, ...], hook: Receiver, digest: Run) -> None:
    digest("run", "--now", NOW)
    hook.statuses = [500]
    outcome = digest(*command, *(() if command[0] == "check" else ("--now", NOW)))
    assert outcome.out or outcome.err
    assert found(outcome.out + outcome.err) == set()
    if "--json" in command:
        json.loads(outcome.out)
