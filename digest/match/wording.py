"""What two texts of one wording differ in: edits of a copy, or two fillings of a template.

Copies differ at their ends, in frames, typos, words left out.  Two fillings of one template differ
in the middle of the same words, and each side has there what the other nowhere has: a name, a
place, a number, a weekday.  The texts are aligned by the pairs of words that each has only once
(patience diff), and the places where both sides have something else are judged.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from digest.match.titles import CALENDAR
from digest.text.marks import plain
from digest.text.words import SPACELESS

MOST_WORDS = 800
"""The most words of a text that are aligned."""
DEPTH = 4
"""How many times the words between two aligned places are aligned again."""
EDGE = 6
"""A longer difference at an end of a text is a site's own words, not a filling."""
NAMED, VOUCHED = 0.3, 0.4
"""The least share of names and numbers in all differences of two fillings.  `VOUCHED` is for texts
with the same distinctive title, where a single such difference does not suffice."""
NOTES = 80
"""The most words of a note that a site puts below every entry."""
LEAST_INSISTED = 4
"""The least letters of a word that counts if it repeatedly replaces another word."""
LEAST_FRAME = 3
"""The least letters that two titles of one template share."""
BRIEF = 60
"""In a text of at most so many words, a single number or name may be the whole message."""
SPELLING = 0.6
"""The least share of common first letters of two spellings of one word."""

# Python's \w leaves out the vowel signs of Indic scripts and other marks above and below letters.
_MARKS = "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff"
_TOKEN = re.compile(
    rf"[{SPACELESS}]|\d+(?:[.,:/-]\d+)*|[^\W\d_{SPACELESS}](?:[^\W_{SPACELESS}]|[{_MARKS}]|['’](?=\w))*"
    r"|[.!?:;。！？：；।؟؛۔»”\"\n]"
)
_END = frozenset('.!?:;。！？：；।؟؛۔»”"\n')
_SPACELESS = re.compile(f"[{SPACELESS}]")
_NUMERALS = frozenset("〇零一二三四五六七八九十百千萬万两兩")


@dataclass(frozen=True, slots=True)
class _Word:
    form: str
    """The casefolded word, by which words are compared."""
    is_name: bool
    """Whether it is capitalized where a common word would not be."""
    is_number: bool
    """Whether it has a digit, or names a weekday or a month."""
    is_wide: bool
    """Whether it is a character of a script without spaces."""
    has_case: bool

    @property
    def is_latin(self) -> bool:
        return self.form[0] < "\u0250"


@dataclass(frozen=True)
class Wording:
    """A title and a text, split into words."""

    title: str
    text: str

    @cached_property
    def words(self) -> tuple[_Word, ...]:
        """The words of the text."""
        return tuple(_words(plain(self.text)))[:MOST_WORDS]

    @cached_property
    def title_words(self) -> tuple[_Word, ...]:
        """The words of the title; if all are capitalized, only names of the text are names."""
        found = tuple(_words(self.title.replace(":", " ")))
        cased = [word for word in found if word.has_case and len(word.form) > 3]
        names = {word.form for word in self.words if word.is_name}
        if cased and sum(word.is_name for word in cased) >= 0.7 * (len(cased) - 1):
            return tuple(
                _Word(word.form, word.form in names, word.is_number, word.is_wide, word.has_case)
                for word in found
            )
        return found

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each word occurs in title and text."""
        return Counter(word.form for word in (*self.title_words, *self.words))

    @cached_property
    def text_counts(self) -> Counter[str]:
        """How often each word occurs in the text."""
        return Counter(word.form for word in self.words)

    @cached_property
    def joined(self) -> str:
        """Title and text as one string without spaces, for scripts without them."""
        return "".join(word.form for word in (*self.title_words, *self.words))


@dataclass(slots=True)
class _Differences:
    named: int = 0
    """Places where each side has a name or a number that the other lacks."""
    numbers: int = 0
    """The `named` places where both sides have numbers."""
    others: int = 0
    """Places where each side has other common words."""
    repeated: int = 0
    """The `others` where a word replaces the same word more than once."""
    one_sided: int = 0
    """Places where only one side has words of its own."""
    seen: Counter[tuple[str, str]] = field(default_factory=Counter)


def texts_differ(one: Wording, other: Wording, vouched: bool) -> bool:
    """Return whether two texts are two fillings of one template.

    `vouched` says that both have the same, distinctive title.
    """
    found = _differences(one, other)
    telling = found.named + found.repeated
    total = found.named + found.others + found.one_sided
    size = min(len(one.words), len(other.words))
    if vouched and size > BRIEF:
        return found.named + 2 * found.repeated >= 2 and telling >= VOUCHED * total
    if telling and telling >= NAMED * total:
        return True
    # Scripts without capitals do not show names, and a short text may differ in common words only.
    caseless = not any(word.has_case for word in one.words[:40])
    plain_words = caseless or size <= BRIEF
    return plain_words and found.others >= 2 and found.one_sided <= found.others // 3


def titles_differ(one: Wording, other: Wording, *, share: float = 0.0) -> bool:
    """Return whether two titles are two fillings of one template, or differ in their numbers.

    The differing words of each stand nowhere in the title or text of the other.  `share` is the
    least part of the shorter title that the template must make up.
    """
    first, second = _bare_title(one), _bare_title(other)
    gaps, shared = _gaps([word.form for word in first], [word.form for word in second])
    frame = sum(_letters(first[at]) for at in shared)
    if frame < LEAST_FRAME:
        return False
    if _lacks_number(first, other) and _lacks_number(second, one):
        return True
    if frame < share * min(sum(map(_letters, first)), sum(map(_letters, second))):
        return False
    for start, end, from_, to in gaps:
        mine, theirs = first[start:end], second[from_:to]
        if not mine or not theirs or max(sum(map(_letters, mine)), sum(map(_letters, theirs))) > 40:
            continue
        kind = _kind(mine, theirs, one, other)
        if kind is None:
            continue
        wide = mine[0].is_wide or theirs[0].is_wide
        if kind in ("number", "name") and not wide:
            return True
        said = _is_said(mine, one) and _is_said(theirs, other)
        if said and max(len(mine), len(theirs)) <= (8 if wide else 3):
            return True
    return False


def _letters(word: _Word) -> int:
    return 4 if word.is_wide else len(word.form)


def _lacks_number(title: Sequence[_Word], other: Wording) -> bool:
    return any(word.is_number and word.form not in other.counts for word in title)


def describes(wording: Wording) -> bool:
    """Return whether a title shares any telling word with its text."""
    words = _bare_title(wording)
    if not words:
        return True
    joined = wording.joined[sum(len(word.form) for word in wording.title_words) :]
    return any(
        one.form + other.form in joined for one, other in pairwise(words) if one.is_wide
    ) or any(len(word.form) > 3 and _contains(wording.text_counts, word) for word in words)


def _differences(one: Wording, other: Wording) -> _Differences:
    found = _Differences()
    gaps, _ = _gaps([word.form for word in one.words], [word.form for word in other.words])
    ends = len(one.words), len(other.words)
    for start, end, from_, to in gaps:
        mine: Sequence[_Word] = one.words[start:end]
        theirs: Sequence[_Word] = other.words[from_:to]
        at_edge = (start, from_) == (0, 0) or (end, to) == ends
        if at_edge:
            mine, theirs = _repeated_words(mine, one), _repeated_words(theirs, other)
            if not mine or not theirs or len(mine) > EDGE or len(theirs) > EDGE:
                continue
        if not mine or not theirs:
            found.one_sided += 1
            continue
        kind = _kind(mine, theirs, one, other)
        if kind in ("number", "name"):
            found.named += 1
            found.numbers += kind == "number"
        elif kind == "word":
            found.others += 1
            pair = _form(mine), _form(theirs)
            found.seen[pair] += 1
            wide = mine[0].is_wide or not mine[0].has_case
            if max(map(len, pair)) >= (2 if wide else LEAST_INSISTED) and found.seen[pair] <= 2:
                found.repeated += found.seen[pair] == 2 or _both_repeat(pair, one, other)
        else:
            found.one_sided += 1
    return found


def _repeated_words(words: Sequence[_Word], whole: Wording) -> Sequence[_Word]:
    """Return the words that occur more than once: a site's name, place or author does not."""
    return [
        word
        for word in words
        if whole.counts[word.form] > 1 and (word.is_name or word.is_wide or not word.has_case)
    ]


def _both_repeat(pair: tuple[str, str], one: Wording, other: Wording) -> bool:
    """Return whether each side uses its own word of `pair` several times."""
    return one.counts[pair[0]] > 1 and other.counts[pair[1]] > 1


def _kind(
    mine: Sequence[_Word], theirs: Sequence[_Word], one: Wording, other: Wording
) -> str | None:
    """Return the kind of a difference: "number", "name" or "word", each lacking on the other side.

    Return ``None`` if one side lacks nothing, or if both are spellings of one word.
    """
    if mine[0].is_wide and theirs[0].is_wide:
        return _wide_kind(mine, theirs, one, other)
    lacking = _lacking(mine, other)
    strange = _lacking(theirs, one)
    if not lacking or not strange:
        return None
    if any(word.is_number for word in lacking) and any(word.is_number for word in strange):
        return None if _digits_swapped(lacking, strange) else "number"
    if _spelled_alike(_form(mine), _form(theirs)):
        return None
    if lacking[0].is_latin != strange[0].is_latin:  # a site's own words in two languages
        return None
    if any(word.is_name for word in lacking) and any(word.is_name for word in strange):
        return "name"
    return "word" if len(mine) <= 4 and len(theirs) <= 4 else None


def _digits_swapped(mine: Sequence[_Word], theirs: Sequence[_Word]) -> bool:
    """Return whether a number differs only in the order of its digits: a typo."""
    first, second = _form(mine), _form(theirs)
    return len(first) > 2 and first.isdecimal() and sorted(first) == sorted(second)


def _lacking(words: Sequence[_Word], other: Wording) -> Sequence[_Word]:
    """Return the telling words among `words` if the other side lacks all of them, else none."""
    telling = (
        [word for word in words if word.is_name or word.is_number]
        or [word for word in words if len(word.form) > 3]
        or [word for word in words if not word.has_case]
    )
    return () if any(_contains(other.counts, word) for word in telling) else telling


def _contains(counts: Counter[str], word: _Word) -> bool:
    """Return whether `counts` has a word, in this form or in an inflected one."""
    if word.form in counts:
        return True
    least = max(4, len(word.form) - 3)
    if word.is_number or word.is_wide or len(word.form) < 5:
        return False
    stem = word.form[:least]
    return any(form.startswith(stem) and len(form) < least + 6 for form in counts)


def _wide_kind(
    mine: Sequence[_Word], theirs: Sequence[_Word], one: Wording, other: Wording
) -> str | None:
    first, second = _form(mine), _form(theirs)
    if len(first) == len(second) == 1 and _NUMERALS.issuperset(first + second):
        return "number"
    if first in other.joined or second in one.joined:
        return None
    if min(len(first), len(second)) > 1:
        return "name"
    return "word" if max(len(first), len(second)) > 1 else None  # one character may be a spelling


def _is_said(words: Sequence[_Word], whole: Wording) -> bool:
    """Return whether any of these words of a title stands in the text, if there is one."""
    if not whole.words:
        return True
    if words and words[0].is_wide:
        return _form(words) in _form(whole.words)
    return any(
        _contains(whole.text_counts, word)
        for word in words
        if len(word.form) > 2 or not word.has_case
    )


def _form(words: Sequence[_Word]) -> str:
    return "".join(word.form for word in words)


def _spelled_alike(one: str, other: str) -> bool:
    """Return whether two words are inflections or spellings of one word."""
    at = 0
    while at < min(len(one), len(other)) and one[at] == other[at]:
        at += 1
    return at >= SPELLING * max(len(one), len(other))


def _bare_title(wording: Wording) -> Sequence[_Word]:
    """Return a title without the site at its end, and without an author or "update" before it."""
    words: Sequence[_Word] = wording.title_words
    for mark in (" - ", " | ", " – ", " — ", " :: ", " » "):
        head, found, tail = wording.title.rpartition(mark)
        if found and len(head) >= 12 and len(head) > len(tail):
            if not _is_said(words[len(list(_words(head))) :], wording):
                words = words[: len(list(_words(head)))]
            break
    label, found, _ = wording.title.partition(": ")
    before = len(list(_words(label))) if found else 0
    numbered = any(map(str.isdigit, label)) and not label.isupper()
    fits = 0 < before <= 4 <= len(words) - before and not numbered
    return words[before:] if fits and not _is_said(words[:before], wording) else words


def _words(text: str) -> Iterator[_Word]:
    begins = True
    for token in _TOKEN.findall(unicodedata.normalize("NFKC", text)):
        if token in _END:
            begins = True
            continue
        form = token.casefold().replace("’", "'")
        wide = bool(_SPACELESS.match(token))
        yield _Word(
            form=form,
            is_name=not begins and token[0].isupper(),
            is_number=any(map(str.isdigit, token)) or form in CALENDAR,
            is_wide=wide,
            has_case=token[0].lower() != token[0].upper(),
        )
        begins = False


# --- alignment -----------------------------------------------------------------------------------

Gap = tuple[int, int, int, int]


def _gaps(one: Sequence[str], other: Sequence[str]) -> tuple[list[Gap], list[int]]:
    """Align two lists of words; return the gaps between them and the shared positions in `one`."""
    matched = _matched(one, other)
    gaps: list[Gap] = []
    at = to = 0
    for mine, theirs in [*matched, (len(one), len(other))]:
        if mine > at or theirs > to:
            gaps.append((at, mine, to, theirs))
        at, to = mine + 1, theirs + 1
    return gaps, [mine for mine, _ in matched]


def _matched(one: Sequence[str], other: Sequence[str], depth: int = DEPTH) -> list[tuple[int, int]]:
    """Return the pairs of positions of equal words, ascending on both sides."""
    start = 0
    least = min(len(one), len(other))
    while start < least and one[start] == other[start]:
        start += 1
    end = 0
    while end < least - start and one[-1 - end] == other[-1 - end]:
        end += 1
    found = [(at, at) for at in range(start)]
    inner = one[start : len(one) - end], other[start : len(other) - end]
    if inner[0] and inner[1]:
        anchors = _anchors(*inner) if depth else []
        at = to = 0
        for mine, theirs in [*anchors, (len(inner[0]), len(inner[1]))]:
            if anchors and (mine > at and theirs > to):
                within = _matched(inner[0][at:mine], inner[1][to:theirs], depth - 1)
                found += [(start + at + a, start + to + b) for a, b in within]
            if mine < len(inner[0]):
                found.append((start + mine, start + theirs))
            at, to = mine + 1, theirs + 1
    found += [(len(one) - back, len(other) - back) for back in range(end, 0, -1)]
    return found


def _anchors(one: Sequence[str], other: Sequence[str]) -> list[tuple[int, int]]:
    """Return the positions of pairs of words, else of words, that each list has once, in order."""
    for width in (2, 1):
        mine, theirs = _unique_runs(one, width), _unique_runs(other, width)
        both = sorted((at, theirs[key]) for key, at in mine.items() if key in theirs)
        if both:
            return _longest_ascending(both, width)
    return []


def _unique_runs(words: Sequence[str], width: int) -> Mapping[object, int]:
    runs = list(zip(*(words[at:] for at in range(width)), strict=False))
    counts = Counter(runs)
    return {run: at for at, run in enumerate(runs) if counts[run] == 1}


def _longest_ascending(pairs: Sequence[tuple[int, int]], width: int) -> list[tuple[int, int]]:
    """Return the positions of all words in the longest run of pairs that ascends on both sides."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int | None] = []
    for at, (_, theirs) in enumerate(pairs):
        place = bisect_left(tails, theirs)
        before.append(ends[place - 1] if place else None)
        tails[place : place + 1] = [theirs]
        ends[place : place + 1] = [at]
    kept: list[tuple[int, int]] = []
    last = ends[-1] if ends else None
    while last is not None:
        kept.append(pairs[last])
        last = before[last]
    found: list[tuple[int, int]] = []
    for mine, theirs in reversed(kept):
        for step in range(width):
            if not found or (mine + step > found[-1][0] and theirs + step > found[-1][1]):
                found.append((mine + step, theirs + step))
    return found
