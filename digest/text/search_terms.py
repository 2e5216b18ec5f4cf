"""Split texts and search questions into terms, so that questions find texts in every script.

A term is a word without case and accents, or, in a script that is written without spaces between
words, a single character.  A question finds words by their beginnings, and characters of such a
script in the order in which they are written.  Terms are the same whatever database searches them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import regex

MOST_PARTS = 8
"""Parts of a question that are searched for; further ones are ignored."""
_SHORTEST_BEGINNING = 3
"""Characters of a word; a shorter one must match whole, because too many words begin with it."""
_LONGEST = 40
"""Characters of a term; a longer one is cut, in texts and in questions."""

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
    """Whether the last term may be only the beginning of a word."""


def terms(text: str) -> list[str]:
    """Return the terms of a text.

    >>> terms("Élan vital: 東京GPT")
    ['elan', 'vital', '東', '京', 'gpt']
    """
    return [match[0][:_LONGEST] for match in _TERM.finditer(_folded(text))]


def question(text: str) -> list[Part]:
    """Return the parts of a question; a text has to hold each of them.

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
    """Say whether a term finds longer words too; in Korean it does, because of the particles."""
    return len(term) >= _SHORTEST_BEGINNING or _HANGUL.match(term) is not None


def answers(text_terms: Sequence[str], parts: Sequence[Part]) -> bool:
    """Say whether a text of these terms holds every part of a question."""
    return all(_holds(text_terms, part) for part in parts)


def _holds(text_terms: Sequence[str], part: Part) -> bool:
    if part.beginning:
        (beginning,) = part.terms
        return any(term.startswith(beginning) for term in text_terms)
    length = len(part.terms)
    return any(
        tuple(text_terms[at : at + length]) == part.terms
        for at in range(len(text_terms) - length + 1)
    )


def _folded(text: str) -> str:
    """Remove case and accents, except accents that make another letter (Kana, Indic scripts)."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return unicodedata.normalize("NFKC", _ACCENT.sub("", unicodedata.normalize("NFKD", decomposed)))
