"""Every command of the documentation is run, in the order of its page, as a reader would."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from support.house import item, rss
from support.smtpserver import SmtpServer

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(path for path in (ROOT / "docs").rglob("*.md") if "$ digest" in path.read_text())
OPML = """<opml version="2.0"><body><outline text="Masaa" xmlUrl="http://127.0.0.1:1/feed.xml"/></body></opml>"""
"""An address of this machine, which is refused before anything is sent."""
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
FEED = "harbor.xml"
LANGUAGES = {"console", "toml", "sh", "ini", "nginx", "dockerfile", "text", "python", "xml"}
"""`console` is run; `sh` needs more than a clone: pipx, systemd, docker, an editor."""


def blocks(page: Path) -> Iterator[tuple[str, str]]:
    yield from BLOCK.findall(page.read_text())


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as the tutorial leaves it."""
    folder = tmp_path_factory.mktemp("begun")
    reader = Reader(folder, 0, folder / FEED)
    reader.prepare()
    for line in ("digest init .", "digest feeds add https://example.org/", "digest run"):
        reader.run(line)
    return folder


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT / "docs")))
def test_the_commands_of_a_page_work(page: Path, begun: Path, tmp_path: Path) -> None:
    with SmtpServer() as server:
        if page.name == "tutorial.md":
            reader = Reader(tmp_path, server.port, tmp_path / FEED)
            reader.prepare()
        else:
            shutil.copytree(begun, tmp_path, dirs_exist_ok=True)
            reader = Reader(tmp_path, server.port, begun / FEED)
        for language, text in blocks(page):
            assert language in LANGUAGES, f"{page}: a block of {language}"
            if language == "toml" and page.name in ("relay.md", "form.md"):
                reader.configure(text)
            elif language == "console":
                for line in text.splitlines():
                    assert line.startswith("$ "), f"{page}: {line!r} is no command"
                    reader.run(line.removeprefix("$ "))


class Reader:
    """Somebody who types what a page says."""

    def __init__(self, folder: Path, port: int, feed: Path) -> None:
        self.folder = folder
        self.port = port
        self.feed = feed

    def prepare(self) -> None:
        """Have what the pages name."""
        ferry = item("f1", title="The ferry is back", published=datetime.now(UTC))
        self.feed.write_bytes(rss([ferry], title="Harbor"))
        (self.folder / "people.csv").write_text("email\nada@example.org\n")
        (self.folder / "smtp-password").write_text("secret\n")
        (self.folder / "smtp-password").chmod(0o600)
        (self.folder / "subscriptions.opml").write_text(OPML)

    def configure(self, text: str) -> None:
        text = text.replace('host = "smtp.example.org"', f'host = "127.0.0.1"\nport = {self.port}')
        text = re.sub(r"^(user|password_file) = .*\n", "", text, flags=re.M)
        file = self.folder / "config.toml"
        file.write_text(file.read_text() + "\n" + text)

    def run(self, line: str) -> None:
        line = line.split(" # ")[0].replace("https://example.org/", str(self.feed))
        words = shlex.split(line)
        if words[0] == "cd":
            for name in ("subscriptions.opml", "people.csv", "smtp-password"):
                shutil.move(self.folder / name, self.folder / words[1] / name)
            self.folder /= words[1]
            return
        if words[0] == "digest":
            words[:1] = [sys.executable, "-m", "digest"]
        done = subprocess.run(
            words,
            cwd=self.folder,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"},
            timeout=300,
        )
        # The doctor may have warnings: the feed of the list cannot be reached here.
        allowed = (0, 3) if line.startswith("digest doctor") else (0,)
        assert done.returncode in allowed, (
            f"{line}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        )
