"""Headlines of different newsrooms in, those that tell of one event out: grouped, never merged.

Two headlines are weighed by the words they share, the rarer the heavier.  Numbers that differ
forbid it, and so do dates too far apart.  Each pair is judged by itself: there is no chain.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations, pairwise

from digest.match._titles import contradict
from digest.match._titles import read as read_title
from digest.match._words import words
from digest.model import Entry

WINDOW = timedelta(days=3)
"""How far apart two entries of one event may be published."""
BAR = 0.76
"""The likeness from which two headlines tell of one event: set for a precision of 0.99."""
LEAST_STEMS = 3
"""Words that two headlines must share at least."""
STEM = 5
"""Letters of a word that are compared: endings change from headline to headline."""
COMMON = 50
"""A word in so many headlines finds no candidates."""


@dataclass(frozen=True, slots=True)
class Headline:
    """A headline, read once."""

    stems: frozenset[str]
    numbers: frozenset[str]


def read(title: str) -> Headline:
    """Read a headline: the stems of its words (pairs of characters, if spaceless), its numbers."""
    found = words(title)
    stems = {word[:STEM] for word in found if len(word) > 1 or word.isdigit()}
    stems |= {
        one + other
        for one, other in pairwise(found)
        if len(one) == len(other) == 1 and one > "\u0e00"
    }
    return Headline(
        stems=frozenset(stems),
        numbers=frozenset(word for word in found if word.isdigit()),
    )


class Weights:
    """How much a stem tells, by how few of the headlines have it."""

    def __init__(self, headlines: Iterable[Headline]) -> None:
        self._counts: Counter[str] = Counter()
        self._total = 1
        for headline in headlines:
            self._counts.update(headline.stems)
            self._total += 1

    def of(self, stems: Iterable[str]) -> float:
        # Summed in one order, for a sum of floats depends on it.
        return sum(math.log(1 + self._total / (1 + self._counts[stem])) for stem in sorted(stems))


def likeness(one: Headline, other: Headline, weights: Weights) -> float:
    """Weigh two headlines: 0.0 for nothing in common or numbers that differ, 1.0 for the same."""
    shared = one.stems & other.stems
    if not shared or not (one.numbers <= other.numbers or other.numbers <= one.numbers):
        return 0.0
    weight = weights.of(shared)
    every = weights.of(one.stems | other.stems)
    less = min(weights.of(one.stems), weights.of(other.stems))
    return 0.6 * weight / every + 0.4 * weight / less


def relate(entries: Sequence[Entry]) -> dict[int, tuple[int, ...]]:
    """Find, among entries that tell different stories, those of one event, as id -> ids.

    They are of different feeds.  The relation is symmetric and not transitive.
    """
    headlines = [read(entry.title) for entry in entries]
    weights = Weights(headlines)
    found: defaultdict[int, list[tuple[float, int]]] = defaultdict(list)
    for one, other in _pairs(headlines):
        entry, rival = entries[one], entries[other]
        if (
            entry.feed_id == rival.feed_id
            or entry.id is None
            or rival.id is None
            or abs(_date(entry) - _date(rival)) > WINDOW
            or contradict(read_title(entry.title), read_title(rival.title))
        ):
            continue
        score = likeness(headlines[one], headlines[other], weights)
        if score >= BAR:
            found[entry.id].append((-score, rival.id))
            found[rival.id].append((-score, entry.id))
    return {identifier: tuple(other for _, other in sorted(of)) for identifier, of in found.items()}


def _pairs(headlines: Sequence[Headline]) -> list[tuple[int, int]]:
    """Name the pairs that share `LEAST_STEMS` stems, words common to many headlines aside."""
    bearers: defaultdict[str, list[int]] = defaultdict(list)
    for at, headline in enumerate(headlines):
        for stem in headline.stems:
            bearers[stem].append(at)
    rare = (having for having in bearers.values() if 1 < len(having) <= COMMON)
    candidates = {pair for having in rare for pair in combinations(having, 2)}
    return sorted(
        (one, other)
        for one, other in candidates
        if len(headlines[one].stems & headlines[other].stems) >= LEAST_STEMS
    )


def _date(entry: Entry) -> datetime:
    return entry.published or entry.updated or entry.first_seen
