"""Compute the shingles of a text, and its anchors: the few shingles that an index holds.

The hash functions give the same result on every machine and in every version.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from zlib import crc32

from digest.text.words import coded_words

INDEXED = 2_000
"""Anchors are taken from so many first characters of a text: copies differ in their ends."""
SHORT = 600
"""So many characters suffice of a text whose words are single characters."""
WIDTH = 4
"""The number of words of an anchor."""
HEAD = 48
"""So many first shingles are indexed more densely: a teaser has no others."""
MOST = 24
"""The most anchors of a text: an entry then takes far less than 1 KB of the index."""
ANCHOR_BITS = 48


def written(words: Sequence[bytes], text: str) -> str:
    """Return the passage of `text` that has these coded words, as it is written there.

    >>> text = "Ein Maß: 10 km. 东京"
    >>> written(coded_words(text)[2:], text)
    '10 km. 东京'
    """
    plain_words = [word.decode() for word in words]
    place = re.search(r"[\W_]*".join(map(re.escape, plain_words)), text, re.IGNORECASE)
    return " ".join(place.group().split() if place else plain_words)


def letters(words: Iterable[str]) -> int:
    """Count the letters of these words, a character of a spaceless script as three."""
    return sum(3 if len(word) == 1 and word > "\u0e00" else len(word) for word in words)


def shingles(words: Sequence[bytes], width: int) -> list[int]:
    """Hash each run of `width` words; a shorter text is one run."""
    return list(map(crc32, _runs(words, width)))


def anchors(text: str) -> list[int]:
    """Choose the shingles of a text that an index finds it by, as integers of `ANCHOR_BITS`.

    The choice depends on the words of a shingle, not on its position, so an added lead-in does not
    change it.  Of the first `HEAD` shingles a quarter is chosen, so that a teaser is found, and of
    the later ones one in 32.
    """
    text_words = coded_words(text[:SHORT])
    if len(text_words) < SHORT // 2:  # words, not characters
        text_words += coded_words(text[SHORT:INDEXED])
    runs = _runs(text_words, WIDTH)
    chosen = [run for run in runs[:HEAD] if not crc32(run) & 3]
    chosen += [run for run in runs[HEAD:] if not crc32(run) & 31]
    return [anchor(run) for run in dict.fromkeys(chosen)][:MOST]


def anchor(run: bytes) -> int:
    """Hash bytes to an integer of `ANCHOR_BITS`."""
    return int.from_bytes(blake2b(run, digest_size=ANCHOR_BITS // 8).digest(), "big")


def phrase(words: Iterable[str]) -> int:
    """Return the anchor of a whole phrase, such as a title."""
    return anchor(" ".join(words).encode("utf-8", "replace"))


def _runs(words: Sequence[bytes], width: int) -> list[bytes]:
    if len(words) <= width:
        return [b" ".join(words)] if words else []
    return list(map(b" ".join, zip(*(words[start:] for start in range(width)), strict=False)))
