"""`digest web password`, and the configuration that `digest init --web` writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.settings import load
from digest.web.admin.password import FILE, matches, stored_hash
from support.shell import Run, shell


@pytest.fixture
def digest(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> Run:
    monkeypatch.chdir(tmp_path)
    return shell(monkeypatch, capfdbinary)


def test_a_newcomer_gets_pages_and_a_password(digest: Run, tmp_path: Path) -> None:
    begun = digest("init", "news", "--web", "--yes", stdin=b"")
    assert "web password" in begun.out
    folder = tmp_path / "news"
    assert load(folder / "config.toml", {}).web.admin is not None  # though it has no feed yet
    config = str(folder / "config.toml")
    outcome = digest("--config", config, "web", "password", stdin=b"a long password\n")
    assert outcome.status == 0, outcome.err
    assert "pages are off" not in outcome.out
    assert (folder / FILE).stat().st_mode & 0o777 == 0o600
    assert matches(stored_hash(folder), "a long password")
    assert not matches(stored_hash(folder), "a long password ")


def test_a_short_password_is_refused_and_the_old_one_stays(digest: Run, tmp_path: Path) -> None:
    digest("init", "--yes", stdin=b"")
    first = digest("web", "password", stdin=b"a long password\n")
    assert "pages are off: write [web.admin]" in first.out
    before = stored_hash(tmp_path)
    outcome = digest("web", "password", stdin=b"short\n")
    assert outcome.status == 2
    assert "12 to 1024 characters" in outcome.err
    assert stored_hash(tmp_path) == before
