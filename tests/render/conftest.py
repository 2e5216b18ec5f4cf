"""What the tests of the formats share."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def golden() -> Callable[[str, bytes], None]:
    """Compare bytes with the file of that name; with UPDATE_GOLDEN set, write it instead."""

    def compare(name: str, body: bytes) -> None:
        file = GOLDEN / name
        if os.environ.get("UPDATE_GOLDEN"):
            file.write_bytes(body)
        assert body.decode() == file.read_bytes().decode()

    return compare
