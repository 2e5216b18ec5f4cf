"""`digest web token`: made once, listed without the token, ended at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.shell import Run, shell


@pytest.fixture
def digest(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> Run:
    """Run a command in a folder with a configuration."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "feed.xml").write_text("<rss version='2.0'/>")
    (tmp_path / "config.toml").write_text(
        "[[feeds]]\nurl = 'feed.xml'\n[digests.daily.deliver.files]\npath = 'out'\n"
    )
    return shell(monkeypatch, capfdbinary)


def test_a_token_is_made_listed_and_ended(digest: Run) -> None:
    assert digest("web", "token").out == "There is no token; `digest web token NAME` makes one.\n"
    made = digest("web", "token", "dashboard")
    assert made.status == 0
    assert made.out.startswith("digest_")
    assert "not shown again" in made.err
    assert "The API is off" in made.err
    listed = digest("web", "token")
    assert listed.out.startswith("dashboard  made on ")
    assert made.out.strip() not in listed.out
    assert json.loads(digest("web", "token", "--json").out)[0]["name"] == "dashboard"
    assert digest("web", "token", "dashboard").status == 2
    assert digest("web", "token", "dashboard", "--end").out == "The token dashboard has ended.\n"
    assert digest("web", "token", "dashboard", "--end").status == 2
    assert digest("web", "token", "--end").status == 2
    assert json.loads(digest("web", "token", "other", "--json").out)["token"].startswith("digest_")
