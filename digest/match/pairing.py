"""Find the pairs of entries to compare: those that share a key.

A key that many entries have is not compared in all pairs, and one that a feed repeats in none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations

from digest.match.keys import strong_hashes
from digest.model import Entry, KeyHolder

REPEATED = 3
"""A key that one feed has on so many entries is boilerplate and joins nothing."""
LEAST_SHARED = 2
"""The least anchors that two texts must share to be compared."""
MOST_PAIRED = 64
"""Up to so many holders of one key are all compared; of more, each is compared with some."""
NEIGHBORS = 24
"""Each of more than `MOST_PAIRED` holders is compared with so many holders after it, and with so
many of the first ones."""


Pair = tuple[int, int]
"""Two entry ids, ascending."""


def candidates(
    asked: Sequence[Entry], holders: Mapping[int, Sequence[KeyHolder]], feeds: Collection[int]
) -> tuple[Pair, ...]:
    """Return the pairs of entries to compare; at least one entry of each pair is of `asked`.

    `holders` maps each key that an entry of `asked` shares to all entries that have it, that entry
    included; holders of other feeds than `feeds` are ignored.
    """
    seen_feeds = set(feeds)
    sharing = {holder.entry_id for key_holders in holders.values() for holder in key_holders}
    strong = {hash for entry in asked if entry.id in sharing for hash in strong_hashes(entry)}
    asked_ids = {entry.id for entry in asked}
    shared: Counter[Pair] = Counter()
    for hash, key_holders in holders.items():
        seen = [holder for holder in key_holders if holder.feed_id in seen_feeds]
        if most_in_a_feed(seen) >= REPEATED:
            continue
        weight = LEAST_SHARED if hash in strong else 1
        for one, other in _pairs(sorted(holder.entry_id for holder in seen)):
            if one in asked_ids or other in asked_ids:
                shared[one, other] += weight
    return tuple(sorted(pair for pair, times in shared.items() if times >= LEAST_SHARED))


def _pairs(entry_ids: Sequence[int]) -> Iterator[Pair]:
    """Yield pairs of the holders of one key: all pairs, or some for each of very many holders."""
    if len(entry_ids) <= MOST_PAIRED:
        yield from combinations(entry_ids, 2)
        return
    for at, one in enumerate(entry_ids):
        for other in entry_ids[at + 1 : at + 1 + NEIGHBORS]:
            yield one, other
        for first in entry_ids[: min(NEIGHBORS, max(0, at - NEIGHBORS))]:
            yield first, one


def most_in_a_feed(holders: Sequence[KeyHolder]) -> int:
    return max(Counter(holder.feed_id for holder in holders).values(), default=0)
