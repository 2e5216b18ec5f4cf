"""A feed with very many entries costs little: only what may enter an edition is cleaned."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from digest import pipeline
from digest.normalize import entry as cleaning
from digest.parse.reading.elements import MAX_ENTRIES
from support.house import NOW, House, item, rss

BACKFILL = 5
MOST_MEGABYTES = 200
BODY = "<p>Some words of it, <b>bold</b> and <a href='https://example.org/x'>linked</a>. </p>" * 4
TINY = "".join(f"<item><title>t{number}</title></item>" for number in range(200_000))
WITH_BODIES = "".join(item(f"e{number}", text=BODY) for number in range(10_000))
DOCUMENTS: dict[str, tuple[Callable[[str], bytes], int]] = {
    "200,000 entries": (lambda new: rss([new, TINY]), MAX_ENTRIES),
    "200,000 entries that are not well-formed": (
        lambda new: rss([new, TINY], title="A & B"),
        MAX_ENTRIES,
    ),
    "10,000 entries with bodies": (lambda new: rss([new, WITH_BODIES]), 10_000),
    "200,000 entries in JSON": (
        lambda new: json.dumps(
            {
                "version": "https://jsonfeed.org/version/1.1",
                "title": "A feed",
                "items": [{"id": str(n), "title": f"t{n}"} for n in range(-len(new), 200_000)],
            }
        ).encode(),
        MAX_ENTRIES,
    ),
}


@pytest.fixture
def cleaned(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count what is cleaned; the cleaning itself is done as ever."""
    calls: Counter[str] = Counter()

    def clean(*arguments: Any, **named: Any) -> Any:
        calls["entries"] += 1
        return clean_one(*arguments, **named)

    clean_one = cleaning.normalize
    monkeypatch.setattr(cleaning, "normalize", clean)
    return calls


def write(file: Path, body: bytes, seconds: int) -> None:
    """Write a document that was changed so many seconds ago."""
    assert len(body) < 10_000_000, "a larger one is refused before it is read"
    file.write_bytes(body)
    moment = NOW.timestamp() - seconds
    os.utime(file, (moment, moment))


@pytest.mark.parametrize("name", ["200,000 entries", "10,000 entries with bodies"])
def test_only_what_may_enter_an_edition_is_cleaned(
    name: str, tmp_path: Path, cleaned: Counter[str]
) -> None:
    document, read = DOCUMENTS[name]
    house = House(tmp_path, ["feed.xml"])
    write(tmp_path / "feed.xml", document(""), 60)
    with house.store() as store:
        assert pipeline.refresh(house.config, store, NOW).failed == ()
        assert cleaned["entries"] == BACKFILL
        assert house.query("SELECT count(*) FROM entries") == [(read,)]

        write(tmp_path / "feed.xml", document(item("new") + item("newer")), 30)
        later = NOW + timedelta(hours=3)
        assert pipeline.refresh(house.config, store, later).failed == ()
        assert cleaned["entries"] == BACKFILL + 2
        assert house.query("SELECT count(*) FROM entries") == [(read + 2,)]


RUN = """
import sys
from digest.cli import main
try:
    main()
finally:
    peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM:"))
    print(peak, end="", file=sys.stderr)
"""
"""Runs `digest`, and prints the most memory it had: its own, not what its parent had before it."""


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_large_feed_takes_little_memory(name: str, tmp_path: Path) -> None:
    document, read = DOCUMENTS[name]
    house = House(tmp_path, ["feed.xml"])
    write(tmp_path / "feed.xml", document(""), 60)
    command = [sys.executable, "-c", RUN, "-c", str(house.file), "run", "--now", NOW.isoformat()]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ran.stderr.splitlines()[-1].startswith("VmHWM:")
    megabytes = int(ran.stderr.split()[-2]) // 1024
    assert house.query("SELECT count(*) FROM entries") == [(read,)]
    print(f"{name}: {megabytes} MB")
    assert megabytes <= MOST_MEGABYTES
