"""What every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


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
