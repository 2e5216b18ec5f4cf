"""`digest backup` and `digest restore`."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.store import open_store
from support.house import NOW, House, item, rss
from support.shell import Run, shell

pytestmark = pytest.mark.sqlite

AT = ["--now", NOW.isoformat()]


@pytest.fixture
def digest(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> Run:
    monkeypatch.chdir(tmp_path)
    return shell(monkeypatch, capfdbinary)


@pytest.fixture
def house(tmp_path: Path) -> House:
    (tmp_path / "a.xml").write_bytes(rss([item("a1")]))
    return House(tmp_path, ["a.xml"])


def test_what_was_copied_comes_back(digest: Run, house: House, tmp_path: Path) -> None:
    assert digest("run", *AT).status == 0
    store = open_store(house.config.store.url)
    try:  # a copy is made while others have it open
        copied = digest("backup", "copy.db")
    finally:
        store.close()
    assert copied.status == 0, copied.err
    assert (tmp_path / "copy.db").stat().st_mode & 0o077 == 0
    digest("subscribers", "add", "daily", "jane@example.org", *AT)
    assert digest("restore", "copy.db").status == 2  # nobody can say yes
    restored = digest("restore", "copy.db", "--yes")
    assert restored.status == 0, restored.err
    assert "The one before is" in restored.out
    assert "jane" not in digest("subscribers", "list", "daily").out
    assert "Edition" not in digest("run", *AT).out


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "there is no file"), (b"", "is no database"), (b"SQLite format 3\0" * 99, "copied")],
    ids=["missing", "empty", "damaged"],
)
def test_what_is_no_copy_replaces_nothing(
    digest: Run, house: House, tmp_path: Path, content: bytes | None, words: str
) -> None:
    digest("run", *AT)
    before = (tmp_path / "digest.db").read_bytes()
    if content is not None:
        (tmp_path / "copy.db").write_bytes(content)
    outcome = digest("restore", "copy.db", "--yes")
    assert outcome.status == 1
    assert words in outcome.err
    assert "Traceback" not in outcome.err
    assert (tmp_path / "digest.db").read_bytes() == before


def test_nothing_is_copied_before_the_first_run(digest: Run, house: House) -> None:
    outcome = digest("backup", "copy.db")
    assert (outcome.status, Path("copy.db").exists()) == (1, False)
    assert "there is no database" in outcome.err
