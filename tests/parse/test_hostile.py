"""No document costs more than two seconds and 200 MB, whatever stands in it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from support.hostile_documents import CLEANED, DOCUMENTS

ROOT = Path(__file__).parent.parent.parent
SHORT = (
    "200,000 entries",
    "9 MB of &",
    "a base of 2.9 MB",
    "3 million empty JSON items",
    "a word of 900 kB",
)


def assert_cheap(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "support.hostile_documents", name],
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
        capture_output=True,
        check=True,
        text=True,
    )
    cost = json.loads(done.stdout)
    assert cost["cpu"] < 2, cost
    assert cost["memory"] < 200, cost


@pytest.mark.parametrize("name", SHORT)
def test_a_document_is_cheap(name: str) -> None:
    assert_cheap(name)


@pytest.mark.long
@pytest.mark.parametrize("name", sorted((DOCUMENTS.keys() | CLEANED.keys()) - set(SHORT)))
def test_any_document_is_cheap(name: str) -> None:
    assert_cheap(name)
