"""A text in, what it is compared by out: its words, its shingles, and the few that an index holds.

Everything is hashed with functions that give the same everywhere and always.  A script that is
written without spaces is read character by character, and its shingles are longer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from zlib import crc32

from digest.marks import plain

INDEXED = 2_000
"""Characters of a text that anchors are taken from: copies differ in their ends."""
HEAD = 48
"""Shingles of a text's beginning that are indexed more densely: all that a teaser has."""
MOST = 24
"""Anchors that a text has at most: with the rest of an index row, far below 1 KB an entry."""
ANCHOR_BITS = 48

_SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Myanmar, Khmer
    "\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_WORD = re.compile(f"[{_SPACELESS}]|[^\\W_{_SPACELESS}]+")


def words(text: str) -> list[str]:
    """Split a text into its words, casefolded (NFKC); of a spaceless script, its characters.

    >>> words("Ein Maß: 10 km. 东京")
    ['ein', 'mass', '10', 'km', '东', '京']
    """
    text = plain(text)
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    return _WORD.findall(text.casefold())


def is_spaceless(words: Sequence[str]) -> bool:
    """Tell whether most of these words are single characters of a spaceless script."""
    return 2 * sum(len(word) == 1 and word > "\u0e00" for word in words) > len(words)


def shingles(words: Sequence[str], width: int) -> list[int]:
    """Hash each run of `width` words; a shorter text is one run."""
    return list(map(crc32, _runs(words, width)))


def anchors(text: str) -> list[int]:
    """Choose the shingles of a text that an index finds it by, as integers of `ANCHOR_BITS`.

    Which are chosen depends on their words alone, not on where they stand: a quarter at the
    beginning, a 32nd of what follows, so that a teaser is found and a longer lead-in does no harm.
    """
    found = words(text[:INDEXED])
    runs = _runs(found, 5 if is_spaceless(found) else 4)
    chosen = [run for run in runs[:HEAD] if not crc32(run) & 3]
    chosen += [run for run in runs[HEAD:] if not crc32(run) & 31]
    return [anchor(run) for run in dict.fromkeys(chosen)][:MOST]


def anchor(run: bytes) -> int:
    """Hash bytes to an integer of `ANCHOR_BITS`."""
    return int.from_bytes(blake2b(run, digest_size=ANCHOR_BITS // 8).digest(), "big")


def phrase(words: Iterable[str]) -> int:
    """Give the anchor of a whole phrase, such as a title."""
    return anchor(" ".join(words).encode("utf-8", "replace"))


def _runs(words: Sequence[str], width: int) -> list[bytes]:
    coded = " ".join(words).encode("utf-8", "replace").split()
    if len(coded) <= width:
        return [b" ".join(coded)] if coded else []
    return list(map(b" ".join, zip(*(coded[start:] for start in range(width)), strict=False)))
