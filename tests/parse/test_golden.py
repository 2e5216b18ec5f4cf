"""One oddity a file: `golden/NAME.xml` is read as `golden/NAME.json` says.

What is empty or unknown is left out of the expectation, so that each shows what its file is about.
"""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from digest.parse import parse
from support.documents import document

GOLDEN = Path(__file__).parent / "golden"


def told(value: Any) -> Any:
    """Return a dataclass as JSON would have it, without what is empty."""
    if dataclasses.is_dataclass(value):
        fields = {
            field.name: told(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
        return {name: item for name, item in fields.items() if item not in (None, [], {}, False)}
    if isinstance(value, tuple):
        return [told(item) for item in value]
    if isinstance(value, frozenset):
        return sorted(value)
    return value.total_seconds() if isinstance(value, timedelta) else value


@pytest.mark.parametrize("name", sorted(path.stem for path in GOLDEN.glob("*.xml")))
def test_the_file_is_read_as_expected(name: str) -> None:
    feed = parse(document((GOLDEN / f"{name}.xml").read_bytes()))
    assert told(feed) == json.loads((GOLDEN / f"{name}.json").read_text())
