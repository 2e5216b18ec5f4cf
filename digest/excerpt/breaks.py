"""Find the place to cut a line that is too long: never after the limit, never inside a unit.

The best place is the end of a sentence; next come the end of a clause, of a word and of a grapheme
cluster.  The script of the text around a place, not the language of the entry, decides what a word
is there.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from digest.excerpt.abbreviations import is_abbreviation, is_dangling
from digest.excerpt.line import Line
from digest.text import scripts
from digest.text.characters import is_lower

_CLOSERS = "\"'”’»›)\\]}」』】》〉）］｝｠"
_OPENING = frozenset("([{（「『【")
"""Brackets: a mark directly after one ends no sentence, as in "(?:…)" of a pattern."""
_OPENERS = "([{«‹“‘„‚「『（【《〈［｛｟〔〖¿¡"

_SENTENCE = re.compile(
    f"(?:[.!?؟۔।॥።፧፨։၊။។៕།༎༏\u037e]+|(?<=[{scripts.GREEK}]);|[。！？｡．]+)[{_CLOSERS}]*"
)
"""Marks that end sentences; in Greek, a semicolon ends a question."""
_CLAUSE = re.compile(
    r"[,;:·،؛၊](?=[\s\u3040-\u9fff])|(?<=[\u3040-\u9fff])[,;:]|[，、；：､]|\s[-–—](?=\s)|[—–…]+|\.{2,}"
)

# Signs that must not stand before the ellipsis, wherever the text is cut.
_TRAILING = re.compile(
    rf"(?:[\s,;:،؛，、；：､·•…—–／\u1361{re.escape(_OPENERS)}\u200b\u2060]|\.\.+|。。+"
    r"|\[(?:…|\.\.\.)\]|(?<=\s)[-\"'&+=|/*<>]|(?<=[(\[{])[.!?])+\Z"
)

# Kinsoku: characters that must not follow a cut, and characters that must not precede one.
_NOT_FIRST = frozenset(
    "、。，．：；？！）］｝〉》」』】〕〗｠”’»…‥ー々ゝゞヽヾ〻゛゜・･｡､｣％‰℃゠–〜～"
    "ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿｧｨｩｪｫｬｭｮｯｰ"
    ")]},.:;?!%\"'"
)
_NOT_LAST = frozenset("（［｛〈《「『【〔〖｟“‘«￥＄＃第約约" + "([{$¥€£#@\"'")

_WIDE = re.compile(
    "[\u2600-\u27bf\u2e80-\u312f\u3190-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff9f"
    "\U0001f1e6-\U0001faff\U00020000-\U0003ffff]"
)
_WORD_SIGNS = frozenset("\u0f0b\u1361")
"""Signs that separate syllables in Tibetan and words in Ethiopic."""
_KATAKANA = re.compile(f"[{scripts.KATAKANA}]")
_HIRAGANA = re.compile(f"[{scripts.HIRAGANA}]")
_ADDRESS = re.compile(
    r"(?:[a-zA-Z][a-zA-Z0-9+.-]*://|www\.|mailto:)[^\s，。、；：！？（）「」『』《》【】“”‘’<>]+"
)

# Thai, Lao, Khmer, Burmese: written without spaces between words.
_UNSPACED = re.compile(f"[{scripts.SOUTH_EAST_ASIAN}]")
_UNSPACED_NOT_FIRST = re.compile(
    "[\u0e2f\u0e30\u0e32\u0e33\u0e45\u0e46\u0eaf\u0eb0\u0eb2\u0eb3\u0ebd\u0ec6\u102b-\u103e"
    "\u104a\u104b\u17b4-\u17d5]|[\u1000-\u102a][\u1039\u103a]|[\u0e01-\u0e2e\u0e81-\u0eae]\u0e4c"
)
_UNSPACED_NOT_LAST = re.compile("[\u0e40-\u0e44\u0ec0-\u0ec4\u1039\u17d2]")

# Words that belong together though a space stands between them, seen from that space.
_NUMBER_LAST = re.compile(r"\d[.,]?\Z")
_YEAR_LAST = re.compile(r"(?<![\w.,])(?:1[5-9]|20)\d\d\Z")
_AFTER_NUMBER = re.compile(
    r"\d|[%‰°€$£¥₽₴₹]|(?:[kMGTµmcnd]?(?:m|g|s|b|B|W|Wh|V|A|Hz|Pa|J|l|L|t|bit|byte)|min|h|ha|px|"
    r"[KMGT]i?B(?:/s)?|km/h|m/s|mph|fps|°[CF]|[ap]\.?m\.?|Uhr|мм|см|м|км|кг|г|т|ч|мин|сек|руб|тыс|"
    r"млн|млрд|million|billion|trillion|thousand|percent|Prozent|Mio|Mrd|Millionen|Milliarden|"
    r"millions?|milliards?|millones|USD|EUR|GBP|CHF|PLN|RUB|CNY|JPY)\b"
)
_MONTH = (
    r"(?:jan|feb|fév|mar|mär|apr|avr|abr|may|mai|maj|jun|juin|jul|juil|aug|aoû|ago|sep|set|okt|oct"
    r"|out|nov|dec|dez|déc|dic|янв|фев|мар|апр|ма[йя]|июн|июл|авг|сен|окт|ноя|дек)\w*\.?"
)
_MONTH_FIRST = re.compile(_MONTH, re.IGNORECASE)
_MONTH_LAST = re.compile(rf"(?<!\w){_MONTH},?\Z", re.IGNORECASE)
_DAY_LAST = re.compile(r"(?<!\w)\d{1,2}(?:st|nd|rd|th|er|[.º])?(?: de| of)?\Z")
_OPERATOR_LAST = re.compile(r"(?<=\s)[-+−×·/*=<>≤≥≠≈∈→⇒&|~^]+\Z")
_BINDING_LAST = re.compile(r"(?<!\w)[№§#«‹]\Z")
_LIST_NUMBER_LAST = re.compile(r"(?:\A|(?<=\s))\(?(?:\d{1,3}|[a-zA-Z])[.)]\Z")
_LABEL = re.compile(r"[^\W\d_]{1,2}\d{1,3}|[^\W\d_]\d{0,3}(?:[.-]\d{1,3})+|\d{1,3}[a-z]")
"""The label of an item: P1, A.2, 3b."""
_BOUND_FIRST = frozenset("?!:;»›%")


_WORD_BEFORE = re.compile(r"[^\s\"'“”‘’«»(\[{/–—，、；：。（「『-]*\Z")


def cut(line: Line, ends: Sequence[int], limit: int, *, sentences: bool) -> tuple[int, bool]:
    """Return where to cut `line` for an excerpt of `limit` clusters, and whether that is open.

    `ends` are the ends of the grapheme clusters of the line.  An open excerpt does not end with a
    sentence, so it needs an ellipsis.  With `sentences`, the end of a sentence or of a clause in
    the last 40 % of the limit is tried first.
    """
    cutter = _Cutter(line, ends, limit)
    if sentences and (place := cutter.sentence_end()):
        return place, False
    place = (cutter.clause_end() if sentences else 0) or cutter.word_end() or cutter.hard
    kept = cutter.settle(place)
    return kept, not cutter.ends_sentence(kept)


class _Cutter:
    """Search for a cut in a line near its limit; all positions are code point indices."""

    def __init__(self, line: Line, ends: Sequence[int], limit: int) -> None:
        self.line = line
        self.text = line.text
        self.ends = ends
        self.hard = ends[limit - 1]
        self.floor = ends[max(limit * 3 // 5 - 1, 0)]
        self.language = line.language

    # --- sentences and clauses ---

    def sentence_end(self) -> int:
        """Return the last end of a sentence in reach, 0 for none."""
        for match in reversed(self.sentence_marks(self.floor)):
            end = match.end()
            if (
                self.floor <= end <= self.hard
                and self.is_sentence_end(match)
                and not self.heading_at(end)
            ):
                return end
        return 0

    def ends_sentence(self, place: int) -> bool:
        return any(
            match.end() == place and self.is_sentence_end(match)
            for match in self.sentence_marks(place)
        )

    def sentence_marks(self, start: int) -> list[re.Match[str]]:
        return list(_SENTENCE.finditer(self.text, max(start - 8, 0), self.hard + 8))

    def is_sentence_end(self, match: re.Match[str]) -> bool:
        text, end = self.text, match.end()
        mark = match[0][0]
        following = text[end : end + 1]
        if match[0].startswith(("..", "。。")) or self.in_formula(match.start() + 1):
            return False
        if text[match.start() - 1 : match.start()] in _OPENING:
            return False
        if mark in "。！？｡．":
            return following not in "とって，、；" or not following
        if end in self.line.seams:
            return mark != "." or not self.runs_on(match.start(), end)
        if following and not following.isspace() and not _WIDE.match(following):
            return False
        after = text[end : end + 8].lstrip(" " + _OPENERS + "\"'—–-")[:1]
        if is_lower(after) or (mark == "." and (after.isdigit() or self.is_label(match.start()))):
            return False
        return mark != "." or not is_abbreviation(self.word_before(match.start()), self.language)

    def runs_on(self, stop: int, seam: int) -> bool:
        """Say whether a sentence goes on though a block ends after the full stop at `stop`."""
        following = self.text[seam:].lstrip(" " + _OPENERS)[:24]
        if not following:
            return False
        word = self.word_before(stop)
        if is_lower(following[0]):
            return is_abbreviation(word, self.language)
        if word.isdigit():
            return len(word) <= 2 and _MONTH_FIRST.match(following) is not None
        return len(word) > 1 and is_abbreviation(word, self.language)

    def is_label(self, stop: int) -> bool:
        """Say whether a block begins with only a label ("P1") before the full stop at `stop`."""
        word = self.word_before(stop)
        start = stop - len(word)
        seam = bisect_left(self.line.seams, start + 1) - 1
        begins = self.line.seams[seam] if seam >= 0 else 0
        return not self.text[begins:start].strip(" •") and _LABEL.fullmatch(word) is not None

    def clause_end(self) -> int:
        """Return where the last clause in reach ends, without its mark; 0 for none."""
        last = 0
        for match in _CLAUSE.finditer(self.text, self.floor, self.hard + 1):
            start = match.start()
            around = self.text[max(start - 1, 0) : start], self.text[start + 1 : start + 2]
            digits = all(map(str.isdigit, around))
            if not digits and not self.in_formula(start) and not self.heading_at(start):
                last = start
        seams = self.line.seams
        seam = bisect_left(seams, self.hard + 1)
        if seam and seams[seam - 1] >= self.floor:
            last = max(last, seams[seam - 1])
        return last

    # --- words ---

    def word_end(self) -> int:
        """Return the last place in reach where a word ends; 0 if there is none."""
        place = self.hard
        while place and not self.is_word_end(place):
            place -= 1
        if place < self.floor and _UNSPACED.match(self.text, self.hard):
            return self.unspaced_end() or place
        if place < self.hard // 3 and not self.is_whole_token(place):
            return 0
        return self.phrase_end(place)

    def is_word_end(self, place: int) -> bool:
        text = self.text
        if place >= len(text):
            return True
        before, after = text[place - 1], text[place]
        if after == " " or before == " " or after == "\u200b" or before in _WORD_SIGNS:
            return not self.in_formula(place)
        if not (_WIDE.match(before) or _WIDE.match(after) or before in "—" or after in "—"):
            return False
        if after in _NOT_FIRST or before in _NOT_LAST:
            return False
        if before.isdigit() and after not in _OPENERS:
            return False
        if after.isdigit() and before in "年月日时時点點分":
            return False
        if _KATAKANA.match(before) and _KATAKANA.match(after):
            return False
        return not self.in_formula(place) and self.at_cluster(place) and not self.in_address(place)

    def phrase_end(self, place: int) -> int:
        """Return, in Japanese, a place just before `place` that follows hiragana; else `place`."""
        for earlier in range(place, max(place - 12, self.hard // 2), -1):
            if (
                _HIRAGANA.match(self.text, earlier - 1)
                and not _HIRAGANA.match(self.text, earlier)
                and self.is_word_end(earlier)
            ):
                return earlier
        return place

    def unspaced_end(self) -> int:
        """Return the last place where Thai and similar scripts may be cut without a dictionary."""
        for place in range(self.hard, self.floor, -1):
            if (
                self.at_cluster(place)
                and not _UNSPACED_NOT_FIRST.match(self.text, place)
                and not _UNSPACED_NOT_LAST.match(self.text, place - 1)
            ):
                return place
        return 0

    # --- the end of the excerpt ---

    def settle(self, place: int) -> int:
        """Move `place` back until no dangling word or sign stands before it, and return it.

        Return `place` without white space at its end if nothing else would be left.
        """
        kept = place
        for _ in range(16):
            before = kept
            kept = self.stripped(self.heading_at(kept) or kept)
            if self.is_abbreviated(kept) or (
                self.text[kept : kept + 1] == " " and self.is_bound(kept)
            ):
                kept = self.text.rfind(" ", 0, kept)
            if kept <= 0:
                return self.stripped(place) or len(self.text[:place].rstrip()) or place
            if kept == before:
                break
        return kept

    def stripped(self, place: int) -> int:
        """Return `place` moved back over the signs that must not stand before an ellipsis."""
        match = _TRAILING.search(self.text, max(place - 64, 0), place)
        return match.start() if match else place

    def is_abbreviated(self, place: int) -> bool:
        """Say whether the full stop before `place` ends no sentence."""
        return self.text[place - 1 : place] == "." and not self.ends_sentence(place)

    def is_bound(self, space: int) -> bool:
        """Say whether the words around a space belong together, or the one before dangles."""
        text = self.text
        left, right = text[max(space - 24, 0) : space], text[space + 1 : space + 25]
        word = self.word_before(space)
        if _ADDRESS.fullmatch(text, text.rfind(" ", 0, space) + 1, space):
            return True
        if space in self.line.seams:
            return bool(_LIST_NUMBER_LAST.search(left))
        if is_dangling(word, self.language) and text[space - 2 : space - 1] == " ":
            return True
        if right[:1] in _BOUND_FIRST:
            return True
        if _NUMBER_LAST.search(left) and (
            _AFTER_NUMBER.match(right) or not _YEAR_LAST.search(left)
        ):
            return True
        if _DAY_LAST.search(left) and _MONTH_FIRST.match(right):
            return True
        if _MONTH_LAST.search(left) and right[:1].isdigit():
            return True
        return bool(
            _OPERATOR_LAST.search(left)
            or _BINDING_LAST.search(left)
            or _LIST_NUMBER_LAST.search(left)
        )

    # --- properties of a place ---

    def word_before(self, place: int) -> str:
        text = self.text[max(place - 24, 0) : place]
        return _WORD_BEFORE.search(text)[0]  # type: ignore[index]

    def at_cluster(self, place: int) -> bool:
        index = bisect_left(self.ends, place)
        return index < len(self.ends) and self.ends[index] == place

    def in_formula(self, place: int) -> bool:
        span = _span_before(self.line.formulas, place)
        return span is not None and place < span[1]

    def heading_at(self, place: int) -> int:
        """Return the start of the heading that `place` is in or directly after; 0 for none."""
        span = _span_before(self.line.headings, place)
        return span[0] if span is not None and place <= span[1] else 0

    def in_address(self, place: int) -> bool:
        start = self.text.rfind(" ", 0, place) + 1
        return any(
            match.start() < place < match.end()
            for match in _ADDRESS.finditer(self.text, start, place + 8)
        )

    def is_whole_token(self, place: int) -> bool:
        """Say whether the token after `place` must stay whole, however long it is."""
        start = place + (self.text[place : place + 1] == " ")
        in_formula = self.in_formula(start + 1)
        token = self.text[start : self.hard + 1].split(" ", 1)[0]
        return in_formula or bool(re.search(r"\d|://|[@/\\_.]", token))


def _span_before(spans: Sequence[tuple[int, int]], place: int) -> tuple[int, int] | None:
    """Return the last of `spans`, which do not overlap, that starts before `place`."""
    index = bisect_left(spans, (place, 0))
    return spans[index - 1] if index else None
