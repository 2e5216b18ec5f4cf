"""What every test may use."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from support import databases

# Everyone's run draws the same examples; `make test-long` draws new ones.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("searching", deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("DIGEST_EXAMPLES", "steady"))


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real feeds that DIGEST_CORPUS names; skipped, with the reason, without it."""
    named = os.environ.get("DIGEST_CORPUS")
    if not named:
        pytest.skip("DIGEST_CORPUS is not set: it names the folder of real feeds")
    folder = Path(named)
    if not (folder / "feeds").is_dir():
        pytest.fail(f"DIGEST_CORPUS={named} holds no folder 'feeds'")
    return folder


@pytest.fixture(autouse=True)
def _database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give each test a database of the server that DIGEST_TEST_POSTGRESQL names, if one is."""
    if databases.server() is None:
        yield
        return
    if request.node.get_closest_marker("sqlite"):
        pytest.skip(f"{databases.VARIABLE} is set, and this is about SQLite")
    with databases.fresh() as url:
        monkeypatch.setenv("DIGEST_STORE_URL", url)
        yield


@pytest.fixture(autouse=True)
def _level_of_the_log() -> Iterator[None]:
    """Give the program's log its level back: a command run by a test sets it for the process."""
    logger = logging.getLogger("digest")
    level = logger.level
    yield
    logger.setLevel(level)
