"""Cut a stored text to an excerpt: one line of at most `length` grapheme clusters and an ellipsis.

A text that fits is left as it is, also one that an ellipsis already ends, so cutting is idempotent.
The time grows with the length of the excerpt, not with the length of the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from digest.excerpt import line as _line
from digest.excerpt.breaks import cut
from digest.excerpt.line import Line
from digest.model import Excerpt, ExcerptSettings, MarkedText
from digest.text import bidi
from digest.text import clusters as _clusters
from digest.text.marks import CODE

_LOOKAHEAD = 64
"""Code points after the limit that decide where to cut."""


def excerpt(
    text: MarkedText,
    settings: ExcerptSettings,
    *,
    language: str | None = None,
    verbatim: bool = False,
) -> Excerpt:
    """Cut `text` to `settings.length` grapheme clusters (UAX 29), the ellipsis not counted.

    `language` (BCP 47) selects abbreviations and the placeholders for formulas and code.  A
    `verbatim` text is a finished excerpt: it is only cut, not changed otherwise.  No ellipsis
    follows a sentence that ends where the text is cut, unless the boundary is "character".
    """
    limit, ellipsis = settings.length, settings.ellipsis
    line, ends = _measure(text, settings, language, verbatim=verbatim)
    if line.whole and settings.code == "placeholder" and _shows_no_words(line, text):
        settings = replace(settings, code="text")
        line, ends = _measure(text, settings, language, verbatim=verbatim)
    if line.whole and (len(ends) <= limit or _is_cut_already(line.text, limit, ellipsis)):
        return Excerpt(text=line.text, truncated=False)
    if limit < 1:
        return Excerpt(text=ellipsis, truncated=True)
    if settings.boundary == "character":
        kept = line.text[: ends[limit - 1]]
        if not ellipsis or ellipsis[0].isspace():
            kept = kept.rstrip()
        return Excerpt(text=kept + ellipsis, truncated=True)
    room = limit - len(bidi.closers(line.text[: ends[limit - 1]]))
    end, is_open = cut(line, ends, max(room, 1), sentences=settings.boundary == "sentence")
    kept = line.text[:end]
    kept = kept + bidi.closers(kept) if room > 0 else bidi.stripped(kept)
    return Excerpt(text=kept + (ellipsis if is_open else ""), truncated=True)


MOST_BESIDE_CODE = 40
"""Characters of the longest lead-in beside placeholders that alone makes no useful excerpt."""


def _shows_no_words(line: Line, text: str) -> bool:
    """Say whether a line holds only placeholders for code and perhaps a short lead-in.

    The first words of the code say more than such a line: "[code] Build it:" says nothing.
    """
    if CODE not in text or not line.formulas or line.formulas[0][0] > 0:
        return False
    rest = line.text[line.formulas[0][1] :]
    for start, end in line.formulas[1:]:
        rest = rest.replace(line.text[start:end], "")
    rest = rest.strip()
    return not rest or (len(rest) <= MOST_BESIDE_CODE and rest[-1] in ":：")


def _measure(
    text: MarkedText, settings: ExcerptSettings, language: str | None, *, verbatim: bool
) -> tuple[Line, Sequence[int]]:
    """Return as much of `text` as the cut needs, and the ends of its grapheme clusters."""
    clusters = max(settings.length, 0) + len(settings.ellipsis) + 1
    need = clusters * (1 if _clusters.is_simple(text, clusters) else 2) + _LOOKAHEAD
    while True:
        line = (
            _line.verbatim(text, need, language)
            if verbatim
            else _line.line(text, need, settings, language)
        )
        ends = _clusters.ends(line.text, clusters)
        if line.whole or (len(ends) == clusters and ends[-1] + _LOOKAHEAD // 2 < len(line.text)):
            return line, ends
        need *= 4


def _is_cut_already(text: str, limit: int, ellipsis: str) -> bool:
    """Say whether `text` ends with the ellipsis and the text before it fits."""
    if not ellipsis or not text.endswith(ellipsis):
        return False
    return len(_clusters.ends(text[: -len(ellipsis)], limit + 1)) <= limit
