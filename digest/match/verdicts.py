"""What people have said about pairs of entries, applied to the entries that are to be grouped.

A verdict names two entries.  It holds for an entry with the text of one of them as well, and for an
entry without a text with the same link.  A text that a feed has on several different entries names
no story, and if both entries have one text, it names neither: then the verdict holds for the two
entries alone.  Of contradictory verdicts about two entries the newest holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import product

from digest.model import Entry, JudgedEntry, Judgment, StoryVerdict

Pair = tuple[int, int]
"""Two entry ids, ascending."""


class Verdicts:
    """The verdicts about the known entries."""

    def __init__(
        self,
        verdicts: Iterable[StoryVerdict],
        known: Iterable[Entry],
        is_ambiguous: Callable[[str], bool],
    ) -> None:
        """Find the verdicts about each known entry.

        `is_ambiguous` says whether a feed has a fingerprint on several different entries.
        """
        self._verdicts = {verdict.id: verdict for verdict in verdicts}
        self._sides: dict[int, Mapping[int, frozenset[int]]] = {}
        if not self._verdicts:
            return
        named = _Names(self._verdicts.values())
        for entry in known:
            if entry.id is not None and (sides := named.sides(entry, is_ambiguous)):
                self._sides[entry.id] = sides

    def between(self, one: int, other: int) -> Judgment | None:
        """Return the newest verdict about two entries; ``None`` where there is none."""
        mine, theirs = self._sides.get(one), self._sides.get(other)
        if not mine or not theirs:
            return None
        about_both = [
            verdict_id
            for verdict_id in mine.keys() & theirs.keys()
            if any(side != rival for side, rival in product(mine[verdict_id], theirs[verdict_id]))
        ]
        if not about_both:
            return None
        judgment = self._verdicts[max(about_both)].judgment
        return None if judgment is Judgment.WITHDRAWN else judgment

    def keep_apart(self, ones: Collection[int], others: Collection[int]) -> bool:
        """Return whether an entry of `ones` and one of `others` were judged not to be the same."""
        if not self._sides:
            return False
        mine = [entry_id for entry_id in ones if entry_id in self._sides]
        theirs = [entry_id for entry_id in others if entry_id in self._sides]
        opposite = self._places(mine) & {(id, 1 - side) for id, side in self._places(theirs)}
        return any(self._verdicts[id].judgment is Judgment.APART for id, _ in opposite) and any(
            self.between(one, other) is Judgment.APART for one, other in product(mine, theirs)
        )

    def _places(self, ids: Iterable[int]) -> set[tuple[int, int]]:
        """Return the verdicts about these entries, each with a side that one of them is on."""
        return {
            (verdict_id, side)
            for entry_id in ids
            for verdict_id, sides in self._sides[entry_id].items()
            for side in sides
        }

    def same(self) -> list[Pair]:
        """Return the pairs of known entries that were judged to be the same, the newest first."""
        by_verdict: defaultdict[int, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for entry_id, sides in self._sides.items():
            for verdict_id, of_entry in sides.items():
                for side in of_entry:
                    by_verdict[verdict_id][side].append(entry_id)
        pairs: dict[Pair, None] = {}
        for verdict_id in sorted(by_verdict, reverse=True):
            for one, other in product(*by_verdict[verdict_id]):
                if one != other and self.between(one, other) is Judgment.SAME:
                    pairs.setdefault((min(one, other), max(one, other)))
        return list(pairs)


def partners(
    verdicts: Sequence[StoryVerdict], entries: Iterable[Entry]
) -> Iterator[tuple[int, JudgedEntry]]:
    """Yield each of these entries with each entry that was judged to be the same story."""
    named = _Names(verdict for verdict in verdicts if verdict.judgment is Judgment.SAME)
    for entry in entries:
        if entry.id is None:
            continue
        for verdict_id, sides in named.sides(entry, lambda fingerprint: False).items():
            verdict = named.verdicts[verdict_id]
            for side in sides:
                yield entry.id, (verdict.other, verdict.one)[side]


class _Names:
    """Finds the verdicts that name an entry, by its id, its text or its link."""

    def __init__(self, verdicts: Iterable[StoryVerdict]) -> None:
        self.verdicts: dict[int, StoryVerdict] = {}
        self._by_id: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        self._by_text: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        self._by_link: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        for verdict in verdicts:
            self.verdicts[verdict.id] = verdict
            both = (verdict.one, verdict.other)
            texts = [_fingerprints(judged) for judged in both]
            for side, judged in enumerate(both):
                place = (verdict.id, side)
                self._by_id[judged.entry_id].append(place)
                for fingerprint in texts[side] - texts[1 - side]:
                    self._by_text[fingerprint].append(place)
                if judged.link and not texts[side] and judged.link != both[1 - side].link:
                    self._by_link[judged.link].append(place)

    def sides(
        self, entry: Entry, is_ambiguous: Callable[[str], bool]
    ) -> Mapping[int, frozenset[int]]:
        """Return the verdicts about an entry, each with the side, 0 or 1, that the entry is on."""
        places = [*self._by_id.get(entry.id or 0, ())]
        named = {verdict_id for verdict_id, _ in places}
        if text := entry.fingerprint:
            if text in self._by_text and not is_ambiguous(text):
                places += self._by_text[text]
        elif link := entry.canonical_link:
            places += self._by_link.get(link, ())
        sides: defaultdict[int, set[int]] = defaultdict(set)
        for at, (verdict_id, side) in enumerate(places):
            if at < len(named) or verdict_id not in named:  # an id says more than a text
                sides[verdict_id].add(side)
        return {verdict_id: frozenset(found) for verdict_id, found in sides.items()}


def _fingerprints(judged: JudgedEntry) -> set[str]:
    return {text for text in (judged.fingerprint, judged.current) if text}
