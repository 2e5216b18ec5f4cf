"""Read dates as publishers write them.

The module reads ISO 8601 and W3CDTF in every precision, RFC 822 and its successors in the spellings
found in feeds, names of months in the languages of the CLDR, and seconds or milliseconds since
1970.  A date without a zone is UTC.  A date before 1990 or more than two days after `now` is a
mistake of the publisher (year 1 is the zero of Go, 1970 that of most other systems); it counts as
unknown, and is never replaced by `now`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from digest.text.month_names import MONTH, TWO_MEANINGS, is_afternoon, month_of
from digest.text.time_zones import is_zone, zone

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""An earlier date is a mistake."""
LATEST = timedelta(days=2)
"""How far ahead of ours the clock or the time zone of a publisher may be."""

_LONGEST = 100
_COMMON = re.compile(
    r"(?:[A-Za-z]{3},? +)?(\d\d?) ([A-Za-z]{3}) (\d{4}) (\d\d):(\d\d)(?::(\d\d))? ?"
    r"([+-]\d{4}|(?![AP]M\b)[A-Z]{1,4})"
)
_ORDINAL = re.compile(r"\A(\d{4})-?(\d{3})(?=\Z|[T ]\d)", re.ASCII)
"""A year and the number of a day in it (ISO 8601, 5.2.2.3)."""
_WORD = r"[^\s\d,./:;()+'-]"
_DAY_FIRST = re.compile(
    r"\b(\d{1,2})(?:st|nd|rd|th|er|[ºª.])?[\s,./-]+(?:de\s+|of\s+|d[’'])?"
    rf"({_WORD}{{2,}}(?: (?:الأول|الثاني))?)[.,]?[\s,./-]+(?:de\s+|del\s+)?'?(\d{{2,4}})\b(?!:)"
)
_MONTH_FIRST = re.compile(
    rf"({_WORD}{{3,}})[.,]?[\s-]+(\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)(?:,|\s|.*?\s)\s*(\d{{4}})\b"
)
_YEAR_FIRST = re.compile(
    r"(?<!\d)(\d{4})\s*(?:[-/.年년]|оны)\s*(\d{1,2})(?!\d)"
    r"(?:\s*(?:[-/.月월]|сарын)\s*(\d{1,2})(?!\d))?"
)
_DOTTED = re.compile(r"(?<![\d.])(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}|\d{2})(?![\d.]*\d)")
_SLASHED = re.compile(
    r"(?:([A-Za-z]{3})[a-z]*,?\s+)?(?<!\d)(\d{1,2})(?:(?P<sign>[/-])(\d{1,2})(?P=sign)(\d{4}|\d\d)"
    r"| (\d{1,2}) (\d{4}))(?![\d:])"
)
_VIETNAMESE = re.compile(
    r"(?<!\d)(\d{1,2}) (?:tháng|thg|th) ?(\d{1,2})(?:,| năm|/)? ?(\d{4})"
    r"|(?:tháng|thg|th) ?(\d{1,2}) (\d{1,2}),? (\d{4})",
    re.IGNORECASE,
)
_ERA = re.compile(r"(令和|平成|民[國国])\s*(\d{1,3}|元)\s*年")
_BEFORE_ERA = {"令": 2018, "平": 1988, "民": 1911}
"""The year before the first one of Japanese eras and of the Republic of China's calendar."""
_NAME = re.compile(rf"{_WORD}{{2,}}")
_DAY_BEFORE = re.compile(r"(?<![\d:.])(\d{1,2})(?!\d)[^\d:]{0,6}\Z")
_DAY_AFTER = re.compile(r"[^\d:]{0,4}?(\d{1,2})(?![\d:])")
_FOUR_DIGITS = re.compile(r"(?<!\d)(\d{4})(?!\d)")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_COMMENT = re.compile(r"\((?![^()]*(?: Time\)|\d:\d))[^()]*\)")
MOST_NESTED = 4
"""The depth to which comments may nest (RFC 5322, 3.2.2)."""
_INVISIBLE = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_DOT_INSIDE = re.compile(r"(?<=[^\W\d_])\.(?=[^\W\d_])|(?<=[^\0-\x7f])\.(?=[^\0-\x7f])")
_TIME = re.compile(
    r"(?<!\d)(?P<hour>\d{1,2})\s*(?:[:時时点시]|นาฬิกา|ໂມງ|[hH](?=\s?\d\d))\s*"
    r"(?P<minute>\d{1,2})(?:\s*(?:[:分분]|นาที|ນາທີ)\s*(?P<second>\d{1,2}))?(?:[.,]\d+)?(?!\d)[秒초분분]?"
)
_TIME_APART = re.compile(
    r"(?<![\d.])(?P<hour>\d{1,2})"
    r"(?:\.(?P<minute>\d{2})(?:\.(?P<second>\d{2}))?(?![.\d])|\s?(?:Uhr|uur|[hH]|ч|[時时点시])\b"
    r"|(?=\s?[aApP]\.?[mM]\b))"
)
"""Times that could be something else, so they are searched for outside the date only."""
_HALF_BEFORE = re.compile(
    r"(?:(?P<pm>下午|午後|오후|晚上|(?:^|[\s,])du\.?)|(?P<am>上午|午前|오전|凌晨|早上|清晨|(?:^|[\s,])de\.?))\s*\Z",
    re.IGNORECASE,
)
_HALF_AFTER = re.compile(
    r"\s*(?:(?P<pm>p\.?\s?m\b|μ\.?\s?μ\b)|(?P<am>a\.?\s?m\b|π\.?\s?μ\b))\.?", re.IGNORECASE
)
_WORD_BEFORE = re.compile(r"([^\s\d,:]{1,15})\s*\Z")
_WORD_AFTER = re.compile(r"\s*([^\s\d,:()+-]{1,15})")
_BUDDHIST = 543


def parse_date(text: str | None, now: datetime) -> datetime | None:
    """Return the moment that `text` names; ``None`` if it names none, or none that can be right.

    >>> parse_date("Sat, 06 Oct 2018 02:00:00 +0200", datetime(2020, 1, 1, tzinfo=UTC))
    datetime.datetime(2018, 10, 6, 0, 0, tzinfo=datetime.timezone.utc)
    """
    text = text.strip() if text else ""
    if not text or len(text) > _LONGEST:
        return None
    try:
        moment = _common(text) or _iso(text) or _irregular(text)
        moment = moment and moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment is not None and EARLIEST <= moment <= now + LATEST else None


def _common(text: str) -> datetime | None:
    """Read RFC 822 in its regular form, which nine of ten dates in RSS have."""
    if (found := _COMMON.fullmatch(text)) is None or found[2].lower() not in MONTH:
        return None
    day, month, year, hour, minute, second, named = found.groups()
    if int(hour) > 23 or int(minute) > 59 or int(second or 0) > 59:
        return None
    return datetime(
        int(year), MONTH[month.lower()], int(day), int(hour), int(minute), int(second or 0),
        tzinfo=zone(named),
    )  # fmt: skip


def _iso(text: str) -> datetime | None:
    is_number = text.isascii() and text.replace(".", "", 1).isdigit()
    if is_number and len(text.split(".")[0]) not in (7, 8):
        return _number(text)
    try:
        moment = datetime.fromisoformat(_ORDINAL.sub(_of_ordinal, text, count=1))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _of_ordinal(found: re.Match[str]) -> str:
    """Write a date of a year and the number of a day as one of year, month and day."""
    year, number = int(found[1]), int(found[2])
    day = date(year, 1, 1) + timedelta(days=number - 1)
    if day.year != year:
        raise ValueError(f"{year} has no day {number}")
    return day.isoformat()


def _number(text: str) -> datetime | None:
    """Read a year, a date and time without separators, or seconds or milliseconds since 1970."""
    whole = text.partition(".")[0]
    if len(text) == 4:
        return datetime(int(whole), 1, 1, tzinfo=UTC)
    if len(whole) == 14:
        return datetime.strptime(whole, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    if len(whole) in (9, 10, 12, 13):
        return datetime.fromtimestamp(int(whole) / (1 if len(whole) < 11 else 1000), UTC)
    return None


def _irregular(text: str) -> datetime | None:
    """Read any other spelling: find the day, then the time anywhere, then the zone after it."""
    for _ in range(MOST_NESTED):
        text, count = _COMMENT.subn("", text)
        if not count:
            break
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    text = _ERA.sub(_of_era, _DOT_INSIDE.sub("", text))
    if (found := _day(text)) is None:
        return None
    day, start, end = found
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    time = _TIME.search(text)
    if time is None:
        text = f"{text[:start]} | {text[end:]}"
        time = _TIME_APART.search(text)
    if time is None:
        return midnight
    hour, minute, second = (int(time[part] or 0) for part in ("hour", "minute", "second"))
    is_late, end = _half(text, time.start(), time.end()) if hour < 13 else (None, time.end())
    if is_late is not None:
        hour = hour % 12 + (12 if is_late else 0)
    if hour > 24 or minute > 59 or second > 60:
        return midnight
    moment = midnight + timedelta(hours=hour, minutes=minute, seconds=min(second, 59))
    return moment.replace(tzinfo=zone(text[end:]))


def _of_era(found: re.Match[str]) -> str:
    year = 1 if found[2] == "元" else int(found[2])
    return f"{_BEFORE_ERA[found[1][0]] + year}年"


def _half(text: str, start: int, end: int) -> tuple[bool | None, int]:
    """Return whether a time is p.m. or a.m. (``None`` if not named), and where that name ends."""
    if found := _HALF_AFTER.match(text, end):
        return found["pm"] is not None, found.end()
    if found := _HALF_BEFORE.search(text[:start]):
        return found["pm"] is not None, end
    after = _WORD_AFTER.match(text, end)
    if after and not is_zone(after[1]) and (late := is_afternoon(after[1])) is not None:
        return late, after.end()
    before = _WORD_BEFORE.search(text[:start])
    if before and not before[1].isascii():
        return is_afternoon(before[1]), end
    return None, end


_Dated = tuple[date, int, int]
"""A day, and where in a text it begins and ends."""


def _day(text: str) -> _Dated | None:
    """Find the day: by the usual names of months, by numbers, by the names of any language."""

    def usual(name: str) -> int | None:
        name = name.lower()
        return MONTH.get(name) if name not in TWO_MEANINGS else None

    def any_(name: str) -> int | None:
        return month_of(name, text)

    for days in (
        _named(text, usual),
        _numeric(text, short=False),
        _named(text, any_),
        _apart(text),
        _numeric(text, short=True),
    ):
        for found in days:
            return found
    return None


def _named(text: str, month: Callable[[str], int | None]) -> Iterator[_Dated]:
    for found in _DAY_FIRST.finditer(text):
        if number := month(found[2]):
            yield date(_year(found[3]), number, int(found[1])), *found.span()
    for found in _MONTH_FIRST.finditer(text):
        if number := month(found[1]):
            yield date(_year(found[3]), number, int(found[2])), found.start(), found.end(2)


def _numeric(text: str, *, short: bool) -> Iterator[_Dated]:
    """Yield days in numbers alone; `short` ones have a year of two digits and may be a time."""
    for found in _VIETNAMESE.finditer(text):
        day, month, year = (found[1], found[2], found[3]) if found[1] else found.group(5, 4, 6)
        yield date(int(year), int(month), int(day)), *found.span()
    for found in _DOTTED.finditer(text):
        if (len(found[3]) == 2) == short and 0 < int(found[2]) < 13:
            yield date(_year(found[3]), int(found[2]), int(found[1])), *found.span()
    for found in _SLASHED.finditer(text):
        weekday, first = (found[1] or "").lower(), int(found[2])
        second, year = int(found[4] or found[6]), found[5] or found[7]
        if (len(year) == 2) != short:
            continue
        if found["sign"] == "-" and first < 13 and second < 13:
            yield date(_year(year), second, first), *found.span()
        elif (slashed := _slashed(first, second, _year(year), weekday)) is not None:
            yield slashed, *found.span()
    for found in _YEAR_FIRST.finditer(text):
        if int(found[2]) < 13:
            yield date(_year(found[1]), int(found[2]), int(found[3] or 1)), *found.span()


def _apart(text: str) -> Iterator[_Dated]:
    """Yield dates of a month name, a day beside it and a year anywhere, as in Hungarian."""
    if (year := _FOUR_DIGITS.search(text)) is None:
        return
    names = list(_NAME.finditer(text))
    spans = [
        (first.start(), second.end())
        for first, second in pairwise(names)
        if second.start() - first.end() < 3
    ]
    for start, end in (*spans, *(name.span() for name in names)):
        day = _DAY_BEFORE.search(text, 0, start) or _DAY_AFTER.match(text, end)
        if day and (month := month_of(text[start:end], text)):
            begin, finish = min(day.start(), start), max(day.end(), end)
            yield date(_year(year[1]), month, int(day[1])), begin, finish


def _slashed(first: int, second: int, year: int, weekday: str) -> date | None:
    """Return the day of a date such as 3/5, which is in March or in May; ``None`` if ambiguous.

    The weekday decides, or a number that cannot be a month.
    """
    if first > 12:
        return date(year, second, first)
    american = date(year, first, second)
    if second > 12 or first == second:
        return american
    european = date(year, second, first)
    fitting = [day for day in (american, european) if _WEEKDAYS[day.weekday()] == weekday]
    return fitting[0] if len(fitting) == 1 else None


def _year(text: str) -> int:
    """Return a year of two, three (RFC 2822, 4.3) or four digits; Buddhist years are converted."""
    year = int(text)
    if 2400 < year < 2700:
        return year - _BUDDHIST
    if len(text) == 2:
        return year + (2000 if year < 50 else 1900)
    return year + 1900 if len(text) == 3 else year
