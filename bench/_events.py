"""Read the events of `events.toml`: what two newsrooms made of each, and one that reads alike."""

from __future__ import annotations

import random
import re
import tomllib
from pathlib import Path
from typing import NamedTuple

import _groups

_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])")


class Event(NamedTuple):
    """Each of the three is a title and a text."""

    language: str
    first: tuple[str, str]
    second: tuple[str, str]
    other: tuple[str, str]

    @property
    def tellings(self) -> tuple[tuple[str, str], ...]:
        return self.first, self.second, self.other


def read() -> list[Event]:
    """Read all events."""
    with Path(__file__).with_name("events.toml").open("rb") as file:
        rows = tomllib.load(file)["event"]
    return [
        Event(row["language"], *(tuple(row[name]) for name in ("first", "second", "other")))
        for row in rows
    ]


def told(seed: int = 60) -> list[_groups.Told]:
    """Make groups of them: each telling with a few copies of it, and no two in one group."""
    made = []
    for number, event in enumerate(read()):
        for part, (title, text) in enumerate(event.tellings):
            name = f"{event.language}{number}.{part}"
            sentences = [one for one in _SENTENCE.split(text) if one]
            titles = title, " ".join(title.split()[::-1])
            chance = random.Random(f"{seed}/{name}")
            made += _groups.syndicated(chance, name, event.language, titles, sentences, "Alex Reed")
    return made
