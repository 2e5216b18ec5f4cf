"""What the tests of the operator's pages share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support import editions
from support.adminhouse import AdminHouse


@pytest.fixture
def house(tmp_path: Path) -> Iterator[AdminHouse]:
    """A web side with an operator who is logged in, and editions of three digests."""
    opened = AdminHouse(tmp_path)
    opened.publish("daily", editions.sample(), "2026-11-21T0700", editions.SLOT)
    opened.publish("arabic", editions.arabic())
    opened.publish("chinese", editions.chinese())
    opened.log_in()
    yield opened
    opened.close()
