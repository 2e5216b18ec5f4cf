"""Mutated feeds, texts, lists and mails: nothing raised, nothing slow, nothing large."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import count
from pathlib import Path
from time import monotonic

import pytest

from support import fuzz

SCRIPT = Path(fuzz.__file__)
SHORT = {"parser": 60, "normalizer": 60, "opml": 60, "bounces": 200, "pipeline": 8}
LONG_SECONDS = float(os.environ.get("DIGEST_FUZZ_SECONDS", "600"))
MOST_CPU = 2.0
MOST_MEGABYTES = 200


def tried(target: str, seed: int, mutations: int) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), target, str(seed), str(mutations)],
        capture_output=True,
        text=True,
        check=True,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join((str(SCRIPT.parents[2]), str(SCRIPT.parents[1]))),
        },
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def check(seen: dict[str, object]) -> None:
    assert seen["faults"] == []
    assert isinstance(seen["slowest"], float)
    assert seen["slowest"] < MOST_CPU
    assert isinstance(seen["megabytes"], int)
    assert seen["megabytes"] < MOST_MEGABYTES


@pytest.mark.parametrize("target", fuzz.TARGETS)
def test_what_is_mutated_is_read_or_refused(target: str) -> None:
    check(tried(target, 1, SHORT[target]))


@pytest.mark.long
@pytest.mark.parametrize("target", fuzz.TARGETS)
def test_what_is_mutated_for_ten_minutes_is_read_or_refused(target: str) -> None:
    end = monotonic() + LONG_SECONDS
    for seed in count(2):
        check(tried(target, seed, 10 * SHORT[target]))
        if monotonic() > end:
            break
