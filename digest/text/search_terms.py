"""Cut texts and questions into terms, so that both find each other in every script.

A term is a word without its case and its accents, or, in a script that is written without spaces
between words, a single character.  A question asks for words by their beginnings, and for
characters of such a script in the order they are written.  What a term is does not depend on the
database that looks for it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import regex

MOST_PARTS = 8
"""Parts of a question that are looked for; the others are passed over."""
_SHORTEST_BEGINNING = 3
"""Characters: a shorter word is looked for as it is, because too many begin so."""
_LONGEST = 40
"""Characters of a term: what is longer is cut, in texts and in questions."""

_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}"
_TERM = regex.compile(
    rf"(?V1)([{_UNSPACED}ー々]\p{{M}}*)|[[\p{{L}}\p{{N}}\p{{M}}]--[{_UNSPACED}]]+"
)
_HANGUL = regex.compile(r"\p{Hangul}")
_ACCENT = regex.compile(
    r"[\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0640]"
)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a question: one word, or characters that stand beside each other."""

    terms: tuple[str, ...]
    beginning: bool
    """Whether the last term may go on."""


def terms(text: str) -> list[str]:
    """Return the terms of a text.

    >>> terms("Élan vital: 東京GPT")
    ['elan', 'vital', '東', '京', 'gpt']
    """
    return [match[0][:_LONGEST] for match in _TERM.finditer(_folded(text))]


def question(text: str) -> list[Part]:
    """Return the parts of a question, each of which a text must hold.

    >>> [(part.terms, part.beginning) for part in question("GPT模型")]
    [(('gpt',), True), (('模', '型'), False)]
    """
    parts: list[Part] = []
    end = -1
    for match in _TERM.finditer(_folded(text)):
        term = match[0][:_LONGEST]
        if match[1] and match.start() == end and not parts[-1].beginning:
            parts[-1] = Part((*parts[-1].terms, term), beginning=False)
        else:
            parts.append(Part((term,), not match[1] and _may_go_on(term)))
        end = match.end() if match[1] else -1
    return list(dict.fromkeys(parts))[:MOST_PARTS]


def _may_go_on(term: str) -> bool:
    """Tell whether longer words that begin so are found too: in Korean a word has its particle."""
    return len(term) >= _SHORTEST_BEGINNING or _HANGUL.match(term) is not None


def answers(found: Sequence[str], parts: Sequence[Part]) -> bool:
    """Tell whether a text of these terms holds every part of a question."""
    return all(_holds(found, part) for part in parts)


def _holds(found: Sequence[str], part: Part) -> bool:
    if part.beginning:
        (beginning,) = part.terms
        return any(term.startswith(beginning) for term in found)
    length = len(part.terms)
    return any(
        tuple(found[at : at + length]) == part.terms for at in range(len(found) - length + 1)
    )


def _folded(text: str) -> str:
    """Take case and accents off, but for those that make another letter (Kana, Indic scripts)."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return unicodedata.normalize("NFKC", _ACCENT.sub("", unicodedata.normalize("NFKD", decomposed)))
