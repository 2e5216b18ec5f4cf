"""Decide whether the newer version of an entry says something new.

Changes of layout, punctuation, case, order, dates, counters and typos say nothing new, nor do cuts.
A sentence in which only a number or a negation has changed says something new.  So do added words,
where they are so many that a reader would notice.
"""

# ruff: noqa: SIM905  # a set of words reads best as words

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from digest.text import scripts
from digest.text.marks import plain

COMPARED = 20_000
"""The most characters of a text that are compared."""
PAIRED = 60
"""The most sentences of each version that are paired; for others, only new words count."""

SHARE = 0.1
"""The least share of a text's words that must be new."""
LEAST, MOST = 20, 100
"""Fewer new words than `LEAST` never count, so that no short text is told again for a polish;
`MOST` new words always count, so that additions to a long text are seen.  A character of a script
without spaces is half a word."""
ANNOUNCED = 8
"""So many new words suffice where the publisher announces a change: `updated` has moved forward, or
a new sentence begins as a correction does."""
ALIKE = 0.6
"""The least share of the longer sentence's words that two versions of one sentence share."""
COUNTER, COUNTERS = 4, 8
"""In a sentence of at most `COUNTER` words, or a paragraph of at most `COUNTERS`, a changed number
is only a counter ("12 comments")."""
LONG = 200
"""A paragraph of so many characters surely has more than `COUNTERS` words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """The compared parts of an entry; `text` may hold the marks of `digest.text.marks`."""

    title: str
    text: str
    updated: datetime | None = None


def is_substantial(before: Version, after: Version) -> bool:
    """Return whether `after` says something that `before` does not."""
    if (before.title, before.text) == (after.title, after.text):
        return False
    old, new = _pieces(before), _pieces(after)
    only_old, only_new = _read(old - new), _read(new - old)
    removed = [sentence for sentence in only_old if sentence not in only_new]
    added = [sentence for sentence in only_new if sentence not in only_old]
    if any(_corrects(one, other) for one, other in _pairs(removed, added)):
        return True
    fresh = _weight((_words(added) - _words(removed)).elements())
    if fresh < ANNOUNCED:
        return False
    if _date_advanced(before, after) or any(sentence.is_correction for sentence in added):
        return True
    size = _weight(_split(plain(after.text[:COMPARED])))
    return fresh >= min(MOST, max(LEAST, SHARE * size))


@dataclass(frozen=True, slots=True)
class _Sentence:
    words: tuple[str, ...]
    counts: bool = field(compare=False)
    """Whether the sentence, or its paragraph, is so short that its numbers are only counters."""

    @property
    def is_correction(self) -> bool:
        return bool(_LABEL.match(" ".join(self.words[:8])))


def _date_advanced(before: Version, after: Version) -> bool:
    return bool(before.updated and after.updated and after.updated > before.updated)


def _pieces(version: Version) -> Counter[tuple[str, int]]:
    """Count the sentences of a version, as written, each with the most words of a counter there."""
    pieces = Counter([(version.title[:COMPARED], -1)])
    for paragraph in plain(version.text[:COMPARED]).splitlines():
        is_short = len(paragraph) < LONG and _weight(_split(paragraph)) <= COUNTERS
        most = COUNTERS if is_short else COUNTER
        pieces.update((sentence, most) for sentence in _END.split(paragraph))
    return pieces


def _read(pieces: Iterable[tuple[str, int]]) -> dict[_Sentence, None]:
    """Split sentences into words; the dict is an ordered set."""
    sentences: dict[_Sentence, None] = {}
    for piece, most in pieces:
        if words := tuple(_split(piece)):
            sentences[_Sentence(words, counts=_weight(words) <= most)] = None
    return sentences


def _split(text: str) -> list[str]:
    """Split a text into its words, casefolded, without dates and times of the day."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    if _DIGIT.search(folded):
        folded = _THOUSANDS.sub("", _DATE.sub(" ", folded))
    return _WORD.findall(folded)


def _pairs(
    removed: Sequence[_Sentence], added: Sequence[_Sentence]
) -> Iterator[tuple[_Sentence, _Sentence]]:
    """Yield each added sentence that is a new version of a removed one, as (old, new)."""
    before = removed[:PAIRED]
    sizes = [len(set(sentence.words)) for sentence in before]
    holders: defaultdict[str, list[int]] = defaultdict(list)
    for at, sentence in enumerate(before):
        for word in set(sentence.words):
            holders[word].append(at)
    for sentence in added[:PAIRED]:
        words = set(sentence.words)
        shared = Counter(at for word in words for at in holders.get(word, ()))
        alike = [(times / max(len(words), sizes[at]), -at) for at, times in shared.items()]
        best, at = max(alike, default=(0.0, 0))
        if best >= ALIKE:
            yield before[-at], sentence


def _corrects(old: _Sentence, new: _Sentence) -> bool:
    """Return whether two versions of a sentence differ in their numbers or negations."""
    lost = Counter(old.words) - Counter(new.words)
    added = Counter(new.words) - Counter(old.words)
    if any(map(_is_number, lost)) and any(map(_is_number, added)):
        return not (old.counts and new.counts)
    return _negation_count(old) != _negation_count(new)


def _words(sentences: Iterable[_Sentence]) -> Counter[str]:
    return Counter(word for sentence in sentences for word in sentence.words)


def _weight(words: Iterable[str]) -> float:
    """Count words; numbers do not count, a character of a script without spaces is half a word."""
    return sum(
        0.5 if _CHARACTER.fullmatch(word) else 1 for word in words if not word[0].isdecimal()
    )


def _is_number(word: str) -> bool:
    return word in _NUMBERS or any(map(str.isdecimal, word))


def _negation_count(sentence: _Sentence) -> int:
    words = sum(word in _NEGATIONS for word in sentence.words)
    return words + len(_NEGATION.findall("".join(sentence.words)))


# --- words ---------------------------------------------------------------------------------------

_SPACELESS = scripts.WITHOUT_SPACES
_CHARACTER = re.compile(f"[{_SPACELESS}]")
_WORD = re.compile(rf"[{_SPACELESS}]|\d+(?:[.,]\d+)+|[^\W_{_SPACELESS}]+(?:'[^\W_{_SPACELESS}]+)?")
_CLOSED = r"[\"'”»)\]]*+\s++"
_END = re.compile(
    rf"[.!?。！？](?:(?<=[。！？])|(?<![\s(]\d.)(?<![\s(]\d\d.){_CLOSED}(?![a-z\d])"
    rf"|(?<=[^\W\d]{{4}}.){_CLOSED}(?=\d))"
)
"""The end of a sentence; the dot of an abbreviation or an ordinal is left out where it shows."""
_DIGIT = re.compile(r"\d")
_THOUSANDS = re.compile(r"(?<=\d)[.,](?=\d{3}(?!\d))")

_MONTH = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mär|mai|okt|dez|janv|févr|mars|avr|juin"
    r"|juil|août|déc|ene|abr|ago|dic|янв|фев|мар|апр|мая|июн|июл|авг|сен|окт|ноя|дек)[^\W\d_]*\.?"
)
_DATE = re.compile(
    rf"\b\d{{1,2}}(?:\.|st|nd|rd|th|er)?\s+{_MONTH}(?:,?\s+\d{{4}}\b)?"
    rf"|\b{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?\s+\d{{4}}\b)?"
    r"|\b\d{4}-\d{2}-\d{2}(?:t\d{2}(?=:))?|\b\d{1,2}([./])\d{1,2}\1(?:\d{4}|\d{2})?(?!\d)"
    r"|(?:\d{4}年)?\d{1,2}月\d{1,2}日|\d{1,2}[时時]\d{1,2}分"
    r"|\b(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?:\s*[ap]\.?m\b)?"
)
_LABEL = re.compile(
    r"(?:corrections?|corrected|updated?|clarification|retract(?:ion|ed)|editor's note|erratum"
    r"|korrektur|berichtigung|korrigiert|nachtrag|aktualisier(?:t|ung)|rectificatif|correctif"
    r"|mise à jour|correcci[óo]n|actualizaci[óo]n|исправлен(?:ие|о)|обновлен(?:ие|о)|поправка)\b"
    r"|更 正|更 新|勘 误|勘 誤|訂 正|追 記|정정|수정|تصحيح|تحديث"
)
_NUMBERS = frozenset(
    """
    two three four five six seven eight nine ten eleven twelve twenty hundred thousand million
    millions billion billions trillion zwei drei vier fünf sechs sieben acht neun zehn elf zwölf
    zwanzig hundert tausend millionen milliarde milliarden billionen deux trois quatre cinq sept
    huit neuf dix cent mille millions milliard milliards dos tres cuatro cinco seis siete ocho
    nueve diez cien mil millón millones два две три четыре пять шесть семь восемь девять десять
    тысяч миллион миллиона миллионов миллиард миллиардов
    〇 一 二 三 四 五 六 七 八 九 十 百 千 万 萬 亿 億 两 兩
    """.split()
)
_NEGATIONS = frozenset(
    """
    not no never none nobody nothing neither cannot can't don't doesn't didn't isn't aren't wasn't
    weren't won't wouldn't hasn't haven't hadn't shouldn't couldn't
    nicht kein keine keinen keiner keinem keines nie niemals niemand nichts pas jamais aucun aucune
    ne rien nunca ningún ninguna nada jamás не нет ни никогда никто ничего
    لا لم لن ليس
    """.split()
)
_NEGATION = re.compile(
    "不(?![少仅僅过過同断斷])|没|沒|无|無|未(?![来來])|非(?!常)|ない|なかった|ません|않|아니"
)
"""Negations in scripts that do not separate them from the words around."""
