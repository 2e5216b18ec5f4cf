"""What the tests of the web side share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support import editions
from support.webhouse import WebHouse


@pytest.fixture
def house(tmp_path: Path) -> Iterator[WebHouse]:
    """A web side with editions of "daily", of "arabic" and of "chinese"."""
    opened = WebHouse(tmp_path)
    opened.publish("daily", editions.sample(), "2026-11-21T0700", editions.SLOT)
    opened.publish("arabic", editions.arabic())
    opened.publish("chinese", editions.chinese())
    yield opened
    opened.close()
