"""Give what a text is compared by: shingles of its words, and the few that an index holds.

Everything is hashed with functions that give the same everywhere and always.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from zlib import crc32

from digest.text.words import coded_words

INDEXED = 2_000
"""Characters of a text that anchors are taken from: copies differ in their ends."""
SHORT = 600
"""Characters that suffice of a text whose words are single characters."""
WIDTH = 4
"""Words of an anchor."""
HEAD = 48
"""Shingles of a text's beginning that are indexed more densely: all that a teaser has."""
MOST = 24
"""Anchors that a text has at most: with the rest of an index row, far below 1 KB an entry."""
ANCHOR_BITS = 48


def written(words: Sequence[bytes], text: str) -> str:
    """Give the place of a text that has these coded words as it is written there.

    >>> text = "Ein Maß: 10 km. 东京"
    >>> written(coded_words(text)[2:], text)
    '10 km. 东京'
    """
    found = [word.decode() for word in words]
    place = re.search(r"[\W_]*".join(map(re.escape, found)), text, re.IGNORECASE)
    return " ".join(place.group().split() if place else found)


def letters(words: Iterable[str]) -> int:
    """Count the letters of these words, a character of a spaceless script as three."""
    return sum(3 if len(word) == 1 and word > "\u0e00" else len(word) for word in words)


def shingles(words: Sequence[bytes], width: int) -> list[int]:
    """Hash each run of `width` words; a shorter text is one run."""
    return list(map(crc32, _runs(words, width)))


def anchors(text: str) -> list[int]:
    """Choose the shingles of a text that an index finds it by, as integers of `ANCHOR_BITS`.

    Which are chosen depends on their words alone, not on where they stand: a quarter at the
    beginning, a 32nd of what follows, so that a teaser is found and a longer lead-in does no harm.
    """
    found = coded_words(text[:SHORT])
    if len(found) < SHORT // 2:  # words, not characters
        found += coded_words(text[SHORT:INDEXED])
    runs = _runs(found, WIDTH)
    chosen = [run for run in runs[:HEAD] if not crc32(run) & 3]
    chosen += [run for run in runs[HEAD:] if not crc32(run) & 31]
    return [anchor(run) for run in dict.fromkeys(chosen)][:MOST]


def anchor(run: bytes) -> int:
    """Hash bytes to an integer of `ANCHOR_BITS`."""
    return int.from_bytes(blake2b(run, digest_size=ANCHOR_BITS // 8).digest(), "big")


def phrase(words: Iterable[str]) -> int:
    """Give the anchor of a whole phrase, such as a title."""
    return anchor(" ".join(words).encode("utf-8", "replace"))


def _runs(words: Sequence[bytes], width: int) -> list[bytes]:
    if len(words) <= width:
        return [b" ".join(words)] if words else []
    return list(map(b" ".join, zip(*(words[start:] for start in range(width)), strict=False)))
