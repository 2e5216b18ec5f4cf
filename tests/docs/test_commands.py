"""Every command of the documentation is run, in the order of its page, as a reader would."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import chdir
from datetime import UTC, datetime
from pathlib import Path

import pytest

from support.house import item, rss
from support.shell import Run, shell
from support.smtpserver import SmtpServer

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(path for path in (ROOT / "docs").rglob("*.md") if "$ digest" in path.read_text())
OPML = """<opml version="2.0"><body><outline text="Masaa" xmlUrl="http://127.0.0.1:1/feed.xml"/></body></opml>"""
"""An address of this machine, which is refused before anything is sent."""
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
LANGUAGES = {"console", "toml", "json", "sh", "ini", "nginx", "dockerfile", "text", "python", "xml"}
"""`console` is run; `sh` needs more than a clone: pipx, systemd, docker, an editor."""


def blocks(page: Path) -> Iterator[tuple[str, str]]:
    yield from BLOCK.findall(page.read_text())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT / "docs")))
def test_the_commands_of_a_page_work(
    page: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    with SmtpServer() as server:
        reader = Reader(tmp_path, server.port, shell(monkeypatch, capfdbinary))
        if page.name != "tutorial.md":
            reader.begin()
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

    def __init__(self, folder: Path, port: int, digest: Run) -> None:
        self.folder = folder
        self.port = port
        self.digest = digest
        self.feed = folder / "harbor.xml"
        ferry = item("f1", title="The ferry is back", published=datetime.now(UTC))
        self.feed.write_bytes(rss([ferry], title="Harbor"))
        (folder / "people.csv").write_text("email\nada@example.org\n")
        (folder / "smtp-password").write_text("secret\n")
        (folder / "smtp-password").chmod(0o600)
        (folder / "subscriptions.opml").write_text(OPML)

    def begin(self) -> None:
        """Be where the tutorial has led to."""
        for line in ("digest init .", "digest feeds add https://example.org/", "digest run"):
            self.run(line)

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
        if words[0] != "digest":
            subprocess.run(
                words, cwd=self.folder, check=True, stdin=subprocess.DEVNULL, timeout=300
            )
            return
        with chdir(self.folder):
            asks = words[1:3] == ["web", "password"]
            done = self.digest(*words[1:], **({"stdin": b"a long password\n"} if asks else {}))
        # The doctor may have warnings: the feed of the list cannot be reached here.
        allowed = (0, 3) if line.startswith("digest doctor") else (0,)
        assert done.status in allowed, f"{line}: {done.status}\n{done.out}\n{done.err}"
