"""Find the stories of different newsrooms that tell of one event; they are grouped, never merged.

Two headlines are compared by the words they share; rare words weigh more.  Where the texts are
known, each headline is also compared with the headline and the first sentences of the other story;
and where the operator has set up an embedder, the vectors of both are compared.  A pair is rejected
if its numbers differ, if both have names and share none, or if the dates are too far apart.  Each
pair is judged by itself: the relation does not form chains.
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
"""The longest time between the publication of two entries of one event."""
BAR = 0.76
"""The least likeness of two headlines of one event, chosen for a precision of 0.99."""
LEAST_STEMS = 3
"""The least number of words that two headlines of one event share."""
LEAD = 400
"""So many first characters of a text are compared: newsrooms say first what happened."""
TOLD = 0.5
"""The least share of two headlines, by weight, that must stand in the other story for both to tell
of one event."""
LEAST_RARE, RARE = 4, 12
"""Two stories must share at least `LEAST_RARE` rare stems.  A stem is rare if at most `RARE`
stories have it (fewer in small editions)."""
CONFIRMING = 3
"""The number of shared rare stems that must not stand in both headlines: news of one kind has
headlines of one form."""
STEM = 5
"""The number of letters of a word that are compared: endings differ between headlines."""
MOST_EMBEDDED = 1000
"""The most stories whose vectors are compared, each with each."""
COMMON = 50
"""A word that stands in more headlines than this finds no candidates."""


class Embedder(Protocol):
    """A function that returns a vector for each text.

    All vectors have one length; similar texts have vectors of similar direction.  Raises OSError
    if it cannot compute them at the moment.
    """

    def __call__(self, texts: Sequence[str], /) -> Sequence[Sequence[float]]: ...


@dataclass(frozen=True, slots=True)
class ComparedHeadline:
    """The stems, numbers and names of a headline."""

    stems: frozenset[str]
    numbers: frozenset[str]
    names: frozenset[str]
    """The stems of the capitalized words, without the first word."""


@dataclass(frozen=True, slots=True)
class Report:
    """A headline, and the stems and numbers of the headline and the beginning of its text."""

    headline: ComparedHeadline
    stems: frozenset[str]
    numbers: frozenset[str]


def read(title: str) -> ComparedHeadline:
    """Return the stems, numbers and names of a headline.

    The stems of a script without spaces are pairs of characters.
    """
    title_words = words(title)
    stems = {word[:STEM] for word in title_words if len(word) > 1 or word.isdigit()}
    stems |= {
        character + following
        for character, following in pairwise(title_words)
        if len(character) == len(following) == 1 and character > "\u0e00"
    }
    _, *later_words = _WORD.findall(title) or [""]
    return ComparedHeadline(
        stems=frozenset(stems),
        numbers=frozenset(word for word in title_words if word.isdigit() or word in CALENDAR),
        names=frozenset(word.casefold()[:STEM] for word in later_words if word[0].isupper()),
    )


def report(title: str, text: str) -> Report:
    """Return the report of a headline and the beginning of its text."""
    headline, lead = read(title), read(text[:LEAD])
    return Report(
        headline=headline,
        stems=headline.stems | lead.stems,
        numbers=headline.numbers | lead.numbers,
    )


class Weights:
    """The weights of stems: the fewer of the given texts have a stem, the more it weighs."""

    def __init__(self, texts: Iterable[ComparedHeadline | Report]) -> None:
        self._counts: Counter[str] = Counter()
        self._total = 1
        for text in texts:
            self._counts.update(text.stems)
            self._total += 1

    def of(self, stems: Iterable[str]) -> float:
        # Sorted, because the sum of floats depends on their order.
        return sum(math.log(1 + self._total / (1 + self._counts[stem])) for stem in sorted(stems))


def likeness(one: ComparedHeadline, other: ComparedHeadline, weights: Weights) -> float:
    """Return how alike two headlines are, from 0.0 to 1.0 (equal).

    Headlines that share no stem, or whose numbers differ, get 0.0.
    """
    shared = one.stems & other.stems
    if not shared or not (one.numbers <= other.numbers or other.numbers <= one.numbers):
        return 0.0
    weight = weights.of(shared)
    every = weights.of(one.stems | other.stems)
    less = min(weights.of(one.stems), weights.of(other.stems))
    return 0.6 * weight / every + 0.4 * weight / less


def differ(one: Report, other: Report) -> bool:
    """Return whether two stories cannot tell of one event.

    They cannot if each headline has a number that the other story lacks, or if both headlines have
    names and neither story has a name of the other headline.
    """
    first, second = one.headline, other.headline
    if first.numbers - other.numbers and second.numbers - one.numbers:
        return True
    no_shared_name = first.names.isdisjoint(other.stems) and second.names.isdisjoint(one.stems)
    return bool(first.names and second.names and no_shared_name)


def told(one: Report, other: Report, weights: Weights) -> float:
    """Return the mean share of each headline, by weight, that stands in the other story."""
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
    """Map the id of each entry to the ids of the entries that tell of the same event, best first.

    The `entries` tell different stories.  `texts` maps entry ids to the texts that are known.
    `embed`, where it is given, finds more pairs: those whose vectors have at least the cosine
    `likeness`.  Entries of one feed are never related.  The relation is symmetric, not transitive.
    """
    reports = [report(entry.title, texts.get(entry.id or 0, "")) for entry in entries]
    by_text = _by_texts(reports)
    if embed:
        leads = [texts.get(entry.id or 0, "")[:LEAD] for entry in entries]
        titled = [f"{entry.title}\n{lead}" for entry, lead in zip(entries, leads, strict=True)]
        vectors = embed(titled[:MOST_EMBEDDED])[: len(titled)]
        by_text = _by_vectors(vectors, likeness) | by_text
    pairs = {
        (one, other): score
        for (one, other), score in by_text.items()
        if not _same_site(entries[one], entries[other]) and not differ(reports[one], reports[other])
    }
    related: defaultdict[int, list[tuple[float, int]]] = defaultdict(list)
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
        related[entry.id].append((-score, rival.id))
        related[rival.id].append((-score, entry.id))
    return {
        entry_id: tuple(other for _, other in sorted(scored))
        for entry_id, scored in related.items()
    }


def _by_headlines(reports: Sequence[Report]) -> dict[tuple[int, int], float]:
    """Score the pairs of headlines that share `LEAST_STEMS` stems, not counting common ones."""
    headlines = [report.headline for report in reports]
    weights = Weights(headlines)
    scores = {
        (one, other): likeness(headlines[one], headlines[other], weights)
        for one, other in _count_shared([headline.stems for headline in headlines], COMMON)
        if len(headlines[one].stems & headlines[other].stems) >= LEAST_STEMS
    }
    return {pair: score for pair, score in scores.items() if score >= BAR}


def _by_texts(reports: Sequence[Report]) -> dict[tuple[int, int], float]:
    """Score the pairs of stories that share `LEAST_RARE` rare stems."""
    most = max(LEAST_RARE, min(len(reports) // 8, RARE))
    shared = _count_shared([report.stems for report in reports], most)
    shared_in_headlines = _count_shared([report.headline.stems for report in reports], most)
    weights = Weights(reports)
    scores = {
        (one, other): told(reports[one], reports[other], weights)
        for (one, other), times in shared.items()
        if times >= LEAST_RARE and times - shared_in_headlines[one, other] >= CONFIRMING
    }
    return {pair: score for pair, score in scores.items() if score >= TOLD}


def _by_vectors(
    vectors: Sequence[Sequence[float]], likeness: float
) -> dict[tuple[int, int], float]:
    """Return the pairs whose vectors have at least the cosine `likeness`, with that cosine."""
    lengths = [math.hypot(*vector) for vector in vectors]
    scores = {}
    for one, other in combinations(range(len(vectors)), 2):
        if length := lengths[one] * lengths[other]:
            cosine = sum(map(mul, vectors[one], vectors[other])) / length
            if cosine >= likeness:
                scores[one, other] = cosine
    return scores


def _same_site(one: Entry, other: Entry) -> bool:
    """Return whether two entries are of one site: its texts are alike in form, not in news."""
    hosts = [urlsplit(entry.link).hostname for entry in (one, other) if entry.link]
    return len(hosts) == 2 and hosts[0] == hosts[1]


def _count_shared(stem_sets: Sequence[frozenset[str]], most: int) -> Counter[tuple[int, int]]:
    """Count the stems that two sets share, without the stems that more than `most` sets have."""
    holders: defaultdict[str, list[int]] = defaultdict(list)
    for position, stems in enumerate(stem_sets):
        for stem in stems:
            holders[stem].append(position)
    return Counter(
        pair
        for positions in holders.values()
        if 1 < len(positions) <= most
        for pair in combinations(positions, 2)
    )


def _date(entry: Entry) -> datetime:
    return entry.published or entry.updated or entry.first_seen
