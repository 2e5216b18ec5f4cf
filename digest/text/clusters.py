"""Find the ends of the grapheme clusters of a text (UAX 29), up to a number of clusters.

Unicode sets no limit to the length of a cluster, but an excerpt needs one.  So a cluster of more
than `LONGEST` code points counts as several, and `n` clusters never have more than `n * LONGEST`
code points, however many combining marks a hostile text piles up.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate

import regex

LONGEST = 64
"""Code points of a cluster; a longer one counts as several."""

_CLUSTER = regex.compile(r"\X")
_MANY_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u06d6-\u06ed\u0711-\u0dff"
    "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1-\u0ece\u0f18-\u109f\u135d-\u135f\u1712-\u1cff"
    "\u1dc0-\u1dff\u20d0-\u20ff\u2cef-\u2dff\u302a-\u309a\ua66f-\ua6f1\ua802-\uabff"
    "\ufb1e\ufe00-\ufe2f\U00010000-\U0010ffff]{31}"
)
_MARKS = regex.compile(r"(\p{M}{30})\p{M}++")

# Every code point that may join a neighbor, and many that never do.  A text without any of them
# need not be segmented: most texts in Latin, Cyrillic, Han, kana and Hangul syllables.
_JOINING = re.compile(
    "[\r\u0300-\u036f\u0483-\u0489\u0590-\u05cf\u0600-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u070f-\u109f\u1100-\u11ff\u135d-\u135f\u1700-\u1cff\u1dc0-\u1dff\u200c\u200d\u20d0-\u20ff"
    "\u2cef-\u2cf1\u2d7f\u2de0-\u2dff\u302a-\u302f\u3099\u309a\ua66f-\ua6f1\ua802-\uabff"
    "\ud7b0-\ud7ff\ufb1e\ufe00-\ufe0f\ufe20-\ufe2f\uff9e\uff9f\U00010000-\U0010ffff]"
)


def is_simple(text: str, size: int) -> bool:
    """Say whether each of the first `size` code points of `text` is certainly its own cluster."""
    head = text[:size]
    return (head.isascii() and "\r" not in head) or not _JOINING.search(head)


def ends(text: str, count: int) -> Sequence[int]:
    """Return where the first `count` grapheme clusters of `text` end, as code point indices.

    >>> list(ends("e\\u0301a", 5))
    [2, 3]
    """
    if is_simple(text, count + 1):
        return range(1, min(count, len(text)) + 1)
    stop = 2 * count
    clusters = _CLUSTER.findall(text, 0, stop)
    if len(clusters) <= count and stop < len(text):
        clusters = _CLUSTER.findall(text)
    cluster_ends = list(accumulate(map(len, clusters[:count])))
    if cluster_ends and max(map(len, clusters)) > LONGEST:
        return _divided(cluster_ends)[:count]
    return cluster_ends


def _divided(cluster_ends: list[int]) -> list[int]:
    """Add an end within a cluster after every `LONGEST` code points of it."""
    starts = (0, *cluster_ends)
    return [
        piece
        for start, end in zip(starts, cluster_ends, strict=False)
        for piece in (*range(start + LONGEST, end, LONGEST), end)
    ]


def limit_marks(text: str) -> str:
    """Drop combining marks after 30 in a row (the Stream-Safe Text Format of UAX 15)."""
    if not text.isascii() and _MANY_MARKS.search(text):
        text = _MARKS.sub(r"\1", text)
    return text
