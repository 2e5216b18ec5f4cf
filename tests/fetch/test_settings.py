from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest

from digest.fetch import Settings


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("interval", timedelta(seconds=-1)),
        ("timeout", timedelta()),
        ("max_bytes", 0),
        ("concurrency", 0),
        ("allow_hosts", ("10.0.0.0/99",)),
        ("contact", "a\r\nX-B: c"),
        ("contact", "ü@example.org"),
    ],
)
def test_a_value_out_of_range_is_refused(key: str, value: Any) -> None:
    with pytest.raises(ValueError, match=key if key != "allow_hosts" else "10.0.0.0/99"):
        Settings(**{key: value})


def test_the_defaults_and_the_bounds_are_in_range() -> None:
    Settings()
    Settings(interval=timedelta(minutes=1), max_bytes=1, concurrency=1, contact="me@example.org")


def test_a_run_without_web_feeds_loads_no_http_library() -> None:
    program = (
        "import sys, pathlib, datetime\n"
        "from digest.fetch import Settings, fetch_all\n"
        "from digest.model import FeedRequest\n"
        "request = FeedRequest(feed='a', url='a')\n"
        "now = datetime.datetime.now(datetime.UTC)\n"
        "list(fetch_all([request], Settings(), root=pathlib.Path('.'), now=now))\n"
        "print(sorted({'httpx', 'httpcore', 'ssl', 'asyncio'} & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout == "[]\n"
