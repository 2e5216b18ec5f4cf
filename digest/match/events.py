"""Find the stories of different newsrooms that tell of one event; they are grouped, never merged.

Two headlines are weighed by the words they share, the rarer the heavier; or, where their texts are
at hand, by how much of each stands in the other's headline or first sentences; or else by vectors,
where the operator has something that gives them.  Numbers that differ forbid it, names of which
none is shared, and dates too far apart.  Each pair is judged by itself: there is no chain.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations, pairwise
from operator import mul
from types import MappingProxyType
from typing import Protocol
from urllib.parse import urlsplit

from digest.match.titles import CALENDAR, contradict
from digest.match.titles import read as read_title
from digest.model import Entry
from digest.text.words import words

_WORD = re.compile(r"[^\W\d_]+")

WINDOW = timedelta(days=3)
"""How far apart two entries of one event may be published."""
BAR = 0.76
"""The likeness from which two headlines tell of one event: set for a precision of 0.99."""
LEAST_STEMS = 3
"""Words that two headlines must share at least."""
LEAD = 400
"""Characters of a text that are read: newsrooms say first what happened."""
TOLD = 0.5
"""The share of two headlines, by weight, that the other story tells, from which both tell of one
event."""
LEAST_RARE, RARE = 4, 12
"""How many stems must be shared, each of at most so many stories (fewer in small editions)."""
CONFIRMING = 3
"""How many of these stems must not stand in both headlines: news of one kind has headlines of one
form."""
STEM = 5
"""Letters of a word that are compared: endings change from headline to headline."""
MOST_EMBEDDED = 1000
"""Stories whose vectors are compared, each with each."""
COMMON = 50
"""A word in so many headlines finds no candidates."""


class Embedder(Protocol):
    """Gives a vector for each text, all of one length, alike in direction where the texts are.

    Raises OSError where it cannot at the moment.
    """

    def __call__(self, texts: Sequence[str], /) -> Sequence[Sequence[float]]: ...


@dataclass(frozen=True, slots=True)
class ComparedHeadline:
    """A headline, read once."""

    stems: frozenset[str]
    numbers: frozenset[str]
    names: frozenset[str]
    """The stems of its capitalized words, the first aside."""


@dataclass(frozen=True, slots=True)
class Report:
    """A headline with what its text says first."""

    headline: ComparedHeadline
    stems: frozenset[str]
    numbers: frozenset[str]


def read(title: str) -> ComparedHeadline:
    """Read a headline: the stems of its words (pairs of characters, if spaceless), its numbers."""
    found = words(title)
    stems = {word[:STEM] for word in found if len(word) > 1 or word.isdigit()}
    stems |= {
        one + other
        for one, other in pairwise(found)
        if len(one) == len(other) == 1 and one > "\u0e00"
    }
    _, *further = _WORD.findall(title) or [""]
    return ComparedHeadline(
        stems=frozenset(stems),
        numbers=frozenset(word for word in found if word.isdigit() or word in CALENDAR),
        names=frozenset(word.casefold()[:STEM] for word in further if word[0].isupper()),
    )


def report(title: str, text: str) -> Report:
    """Read a headline and the beginning of its text."""
    headline, lead = read(title), read(text[:LEAD])
    return Report(
        headline=headline,
        stems=headline.stems | lead.stems,
        numbers=headline.numbers | lead.numbers,
    )


class Weights:
    """How much a stem tells, by how few of what was read have it."""

    def __init__(self, read: Iterable[ComparedHeadline | Report]) -> None:
        self._counts: Counter[str] = Counter()
        self._total = 1
        for text in read:
            self._counts.update(text.stems)
            self._total += 1

    def of(self, stems: Iterable[str]) -> float:
        # Summed in one order, for a sum of floats depends on it.
        return sum(math.log(1 + self._total / (1 + self._counts[stem])) for stem in sorted(stems))


def likeness(one: ComparedHeadline, other: ComparedHeadline, weights: Weights) -> float:
    """Weigh two headlines: 0.0 for nothing in common or numbers that differ, 1.0 for the same."""
    shared = one.stems & other.stems
    if not shared or not (one.numbers <= other.numbers or other.numbers <= one.numbers):
        return 0.0
    weight = weights.of(shared)
    every = weights.of(one.stems | other.stems)
    less = min(weights.of(one.stems), weights.of(other.stems))
    return 0.6 * weight / every + 0.4 * weight / less


def differ(one: Report, other: Report) -> bool:
    """Tell whether two stories cannot be of one event.

    Each has a number in its headline that the other has nowhere, or both have names there and
    neither has one of the other's.
    """
    first, second = one.headline, other.headline
    if first.numbers - other.numbers and second.numbers - one.numbers:
        return True
    strangers = first.names.isdisjoint(other.stems) and second.names.isdisjoint(one.stems)
    return bool(first.names and second.names and strangers)


def told(one: Report, other: Report, weights: Weights) -> float:
    """Give the share of two headlines, by weight, that the other story tells."""
    first, second = one.headline, other.headline
    every = weights.of(first.stems), weights.of(second.stems)
    if not all(every):
        return 0.0
    shared = weights.of(first.stems & other.stems), weights.of(second.stems & one.stems)
    return (shared[0] / every[0] + shared[1] / every[1]) / 2


def relate(
    entries: Sequence[Entry],
    texts: Mapping[int, str] = MappingProxyType({}),
    embed: Embedder | None = None,
    likeness: float = 0.8,
) -> dict[int, tuple[int, ...]]:
    """Find, among entries that tell different stories, those of one event, as id -> ids.

    `texts` are theirs by id, as far as there are any; `embed` and the cosine `likeness` find more.
    They are of different feeds.  The relation is symmetric and not transitive.
    """
    reports = [report(entry.title, texts.get(entry.id or 0, "")) for entry in entries]
    further = _by_texts(reports)
    if embed:
        leads = [texts.get(entry.id or 0, "")[:LEAD] for entry in entries]
        titled = [f"{entry.title}\n{lead}" for entry, lead in zip(entries, leads, strict=True)]
        vectors = embed(titled[:MOST_EMBEDDED])[: len(titled)]
        further = _by_vectors(vectors, likeness) | further
    pairs = {
        (one, other): score
        for (one, other), score in further.items()
        if not _one_site(entries[one], entries[other]) and not differ(reports[one], reports[other])
    }
    found: defaultdict[int, list[tuple[float, int]]] = defaultdict(list)
    for (one, other), score in (pairs | _by_headlines(reports)).items():
        entry, rival = entries[one], entries[other]
        if (
            entry.feed_id == rival.feed_id
            or entry.id is None
            or rival.id is None
            or abs(_date(entry) - _date(rival)) > WINDOW
            or contradict(read_title(entry.title), read_title(rival.title))
        ):
            continue
        found[entry.id].append((-score, rival.id))
        found[rival.id].append((-score, entry.id))
    return {identifier: tuple(other for _, other in sorted(of)) for identifier, of in found.items()}


def _by_headlines(reports: Sequence[Report]) -> dict[tuple[int, int], float]:
    """Weigh the pairs of headlines that share `LEAST_STEMS` stems, common ones aside."""
    headlines = [report.headline for report in reports]
    weights = Weights(headlines)
    scores = {
        (one, other): likeness(headlines[one], headlines[other], weights)
        for one, other in _sharing([headline.stems for headline in headlines], COMMON)
        if len(headlines[one].stems & headlines[other].stems) >= LEAST_STEMS
    }
    return {pair: score for pair, score in scores.items() if score >= BAR}


def _by_texts(reports: Sequence[Report]) -> dict[tuple[int, int], float]:
    """Weigh the pairs of stories that share `LEAST_RARE` rare stems."""
    most = max(LEAST_RARE, min(len(reports) // 8, RARE))
    shared = _sharing([report.stems for report in reports], most)
    of_headlines = _sharing([report.headline.stems for report in reports], most)
    weights = Weights(reports)
    scores = {
        (one, other): told(reports[one], reports[other], weights)
        for (one, other), times in shared.items()
        if times >= LEAST_RARE and times - of_headlines[one, other] >= CONFIRMING
    }
    return {pair: score for pair, score in scores.items() if score >= TOLD}


def _by_vectors(
    vectors: Sequence[Sequence[float]], likeness: float
) -> dict[tuple[int, int], float]:
    """Weigh all pairs by the cosine of their vectors."""
    lengths = [math.hypot(*vector) for vector in vectors]
    found = {}
    for one, other in combinations(range(len(vectors)), 2):
        if length := lengths[one] * lengths[other]:
            cosine = sum(map(mul, vectors[one], vectors[other])) / length
            if cosine >= likeness:
                found[one, other] = cosine
    return found


def _one_site(one: Entry, other: Entry) -> bool:
    """Tell whether two entries are of one site, where likeness is of form more than of news."""
    hosts = [urlsplit(entry.link).hostname for entry in (one, other) if entry.link]
    return len(hosts) == 2 and hosts[0] == hosts[1]


def _sharing(held: Sequence[frozenset[str]], most: int) -> Counter[tuple[int, int]]:
    """Count the stems that two share, those that more than `most` have aside."""
    bearers: defaultdict[str, list[int]] = defaultdict(list)
    for at, stems in enumerate(held):
        for stem in stems:
            bearers[stem].append(at)
    return Counter(
        pair
        for having in bearers.values()
        if 1 < len(having) <= most
        for pair in combinations(having, 2)
    )


def _date(entry: Entry) -> datetime:
    return entry.published or entry.updated or entry.first_seen
