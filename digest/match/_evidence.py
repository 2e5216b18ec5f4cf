"""Two entries in, what says that they tell the same story, and what says that they cannot.

`exact` looks at the entries alone, `likeness` at their texts; both name their rule and a score
from 0 to 1.  All are symmetric.
"""

from __future__ import annotations

from dataclasses import dataclass

from digest.match import _titles
from digest.match._titles import Title
from digest.match._words import anchors, shingles, words
from digest.model import Entry
from digest.urls import is_site_root

COMPARED = 6_000
"""Characters of a text that are compared."""


@dataclass(frozen=True, slots=True)
class Text:
    """What a text is compared by."""

    shingles: tuple[int, ...]
    distinct: frozenset[int]
    words: frozenset[str]
    numbers: frozenset[str]
    anchors: frozenset[int]


def read(text: str) -> Text:
    """Read a text for comparing it."""
    found = words(text[:COMPARED])
    runs = shingles(found, 3)
    distinct = frozenset(found)
    return Text(
        shingles=tuple(runs),
        distinct=frozenset(runs),
        words=distinct,
        numbers=frozenset(word for word in distinct if word[0].isdigit()),
        anchors=frozenset(anchors(text)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Why two entries tell the same story."""

    rule: str
    score: float


def exact(one: Entry, other: Entry) -> str | None:
    """Name what two entries have in common as it stands: "link" or "text"."""
    if same_link(one, other):
        return "link"
    if one.fingerprint and one.fingerprint == other.fingerprint:
        return "text"
    return None


def same_link(one: Entry, other: Entry) -> bool:
    """Tell whether two entries have one link, which is not a site's root."""
    link = one.canonical_link
    return bool(link) and link == other.canonical_link and not is_site_root(link or "")


def twins(one: Entry, other: Entry) -> bool:
    """Tell whether two entries of one feed may be one under two ids: same title, same date."""
    return (
        one.published is not None
        and one.published == other.published
        and _titles.read(one.title).words == _titles.read(other.title).words
    )


def contradiction(one: Entry, other: Entry) -> str | None:
    """Say why two entries cannot tell the same story, as far as titles and feeds tell."""
    if one.feed_id == other.feed_id and not twins(one, other):
        return "one feed"
    return _titles.contradict(_titles.read(one.title), _titles.read(other.title))


def likeness(
    one: Entry, other: Entry, one_text: Text, other_text: Text, dirty: frozenset[int]
) -> Evidence | None:
    """Weigh two texts; `dirty` are the anchors that a feed repeats."""
    short, long = sorted((one_text, other_text), key=lambda text: len(text.distinct))
    size = len(short.distinct)
    if size < 8:
        return None
    shared = len(short.distinct & long.distinct)
    if 2 * shared < size:
        return None
    first, second = _titles.read(one.title), _titles.read(other.title)
    if _titles.numbers_differ(first, second) or not _same_numbers(short, long):
        return None
    if _only_boilerplate(short, long, dirty):
        return None
    alike = shared / size
    of_long = shared / len(long.distinct)
    named = _agreement(first, second)
    if of_long >= 0.25:
        least, enough = {"agree": (10, 0.5), "unknown": (20, 0.5), "differ": (40, 0.6)}[named]
        if size >= least and alike >= enough and not (named == "differ" and of_long < 0.4):
            return Evidence(rule="text", score=alike)
        return None
    head = frozenset(long.shingles[: 2 * len(short.shingles) + 30])
    at_head = len(short.distinct & head) / size
    least = {"agree": 8, "unknown": 14, "differ": 10**9}[named]
    if size >= least and at_head >= 0.7:
        return Evidence(rule="excerpt", score=at_head)
    return None


def _agreement(one: Title, other: Title) -> str:
    if not one.words or not other.words:
        return "unknown"
    return "agree" if _titles.agree(one, other) else "differ"


def _same_numbers(short: Text, long: Text) -> bool:
    """Tell whether most of the numbers of the shorter text stand in the longer."""
    return len(short.numbers) < 3 or len(short.numbers & long.words) >= 0.6 * len(short.numbers)


def _only_boilerplate(short: Text, long: Text, dirty: frozenset[int]) -> bool:
    clean = short.anchors - dirty
    return len(clean & long.anchors) < 0.4 * len(clean) if clean else bool(short.anchors)


def apart(one: Text, other: Text) -> bool:
    """Tell whether two texts are long enough to tell, and have next to nothing in common."""
    short, long = sorted((one, other), key=lambda text: len(text.distinct))
    size = len(short.distinct)
    return size >= 20 and len(short.distinct & long.distinct) < 0.2 * size
