"""Two titles in: whether they name the same thing, may, or cannot.

A number, a date or a part of a series that differs says "another story" more surely than any
likeness says the same: release notes, weekly columns and series differ in little else.
"""

# ruff: noqa: SIM905  # a set of words reads best as words

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from digest.match.words import words

_VERSION = re.compile(r"\d+(?:[.:]\d+)+(?:[-.]?(?:alpha|beta|rc|a|b)[-.]?\d*)?")
_LABEL = (
    "parts?|pt|teil|folge|partie|parte|часть|выпуск|серия|episodes?|ep|episodio|épisode|issue|ausgabe"
    "|numéro|número|no|nr|vol|volume|band|tome|tomo|том|week|kw|woche|semaine|semana|неделя"
    "|day|tag|jour|día|день|chapter|kapitel|chapitre|capítulo|глава|season|staffel|saison"
    "|temporada|сезон|round|runde|level|lesson|lektion|leçon|lección|урок|version|release"
)
_SERIAL = re.compile(
    rf"(?:\b(?:{_LABEL})\b\.?\s*|[#№]\s*|n°\s*)(\d+|[ivx]{{1,5}}\b|one|two|three|four|five)"
    r"|第\s*([0-9〇一二三四五六七八九十百]+)"
    r"|(?:その|パート|vol)\s*\.?\s*([0-9一二三四五六七八九十]+)"
    r"|[(【\[]\s*([0-9]+|[ivx]{1,5}|上|中|下|前編|中編|後編|上篇|中篇|下篇|[一二三四五六七八九十]+)"
    r"(?:\s*/\s*\d+)?\s*[)】\]]"
    r"|(上|中|下|前編|後編|上篇|下篇)\s*$"
)
CALENDAR = frozenset(
    """
    monday tuesday wednesday thursday friday saturday sunday january february march april june
    july august september october november december montag dienstag mittwoch donnerstag freitag
    samstag sonntag januar februar märz juni juli oktober dezember lundi mardi mercredi jeudi
    vendredi samedi dimanche janvier février mars avril mai juin juillet août septembre octobre
    novembre décembre lunes martes miércoles jueves viernes sábado domingo enero febrero marzo
    abril mayo junio julio agosto septiembre octubre noviembre diciembre понедельник вторник
    среда четверг пятница суббота воскресенье января февраля марта апреля мая июня июля августа
    сентября октября ноября декабря
    """.split()
)
_COMMENT = re.compile(
    r"(?:^|:)\s*(?:comments? (?:on|by)|re:|reply to|in reply to|kommentar (?:zu|von)|antwort auf"
    r"|commentaires? sur|réponse à|comentarios? (?:en|sobre)|комментарий к|ответ на"
    r"|(?:コメント|评论|評論|回复|回覆)\s*[:：])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Title:
    """A title, read once."""

    words: tuple[str, ...]
    distinct: frozenset[str]
    versions: frozenset[str]
    serials: frozenset[str]
    numbers: frozenset[str]
    comment: bool


@lru_cache(maxsize=4096)
def read(title: str) -> Title:
    """Read a title."""
    folded = unicodedata.normalize("NFKC", title).casefold()
    found = tuple(words(title))
    return Title(
        words=found,
        distinct=frozenset(found),
        versions=frozenset(_VERSION.findall(folded)),
        serials=frozenset(next(filter(None, match.groups())) for match in _SERIAL.finditer(folded)),
        numbers=frozenset(
            word for word in found if word in CALENDAR or any(map(str.isdigit, word))
        ),
        comment=bool(_COMMENT.search(title)),
    )


def contradict(one: Title, other: Title) -> str | None:
    """Say in a word why two titles cannot name the same story; ``None`` if they can."""
    if one.comment != other.comment:
        return "comment"
    if _apart(one.versions, other.versions):
        return "version"
    if _apart(one.serials, other.serials):
        return "part"
    if bool(one.serials) != bool(other.serials) and overlap(one, other) >= 0.99:
        return "part"
    return None


def numbers_differ(one: Title, other: Title) -> bool:
    """Tell whether each title has a number, weekday or month that the other has not."""
    return _apart(one.numbers, other.numbers)


def overlap(one: Title, other: Title) -> float:
    """Give the share of the shorter title's words that the longer has; 0.0 if one has none."""
    least = min(len(one.distinct), len(other.distinct))
    return len(one.distinct & other.distinct) / least if least else 0.0


def _apart(one: frozenset[str], other: frozenset[str]) -> bool:
    return not (one <= other or other <= one)
