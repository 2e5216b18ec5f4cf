"""A date as a publisher wrote it in, an aware UTC datetime out; ``None`` for what is no date.

Read are ISO 8601 and W3CDTF in every precision, RFC 822 and its successors in the spellings found
in feeds, names of months in a dozen languages, and seconds or milliseconds since 1970.  A date
without a zone is UTC.  A date before 1990 or more than two days after `now` is a mistake of the
publisher's (year 1 is Go's zero, 1970 that of most others) and unknown: never `now`.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
LATEST = timedelta(days=2)
"""How far ahead of us a publisher's clock, or his zone, may be."""

_LONGEST = 100
_UTC_OFFSETS = {
    "utc": 0, "gmt": 0, "z": 0, "ut": 0, "wet": 0,
    "west": 1, "bst": 1, "cet": 1, "mez": 1, "met": 1,
    "cest": 2, "mesz": 2, "mest": 2, "eet": 2, "sast": 2, "eest": 3, "msk": 3, "ist": 5.5,
    "hkt": 8, "sgt": 8, "awst": 8, "jst": 9, "kst": 9, "acst": 9.5, "acdt": 10.5,
    "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13,
    "brt": -3, "art": -3, "nst": -3.5, "ndt": -2.5, "ast": -4, "adt": -3,
    "edt": -4, "est": -5, "cdt": -5, "cst": -6, "mdt": -6, "mst": -7, "pdt": -7, "pst": -8,
    "akdt": -8, "akst": -9, "hst": -10,
}  # fmt: skip
"""Hours east; a name that means several zones means the American one (RFC 822, 5.1)."""

_MONTHS = """
jan january jän jänner januar januari janv janvier ene enero gen gennaio janeiro sty stycznia
    янв январь января јан јануари ιαν ιανουαρίου oca ocak
feb february februar februari fév févr février febrero febbraio fev fevereiro lut lutego
    фев февр февраль февраля φεβ φεβρουαρίου şub şubat
mar march mär märz mrz maart mrt mars marzo março marca мар март марта μαρ μαρτίου mart
apr april avr avril abr abril aprile kwi kwietnia апр апрель апреля απρ απριλίου nis nisan
may mai mayo mag maggio maio maj maja mei май мая мај μάι μαΐου mayıs
jun june juni juin junio giu giugno junho cze czerwca июн июнь июня јун јуни ιουν ιουνίου
    haz haziran
jul july juli juil juillet julio lug luglio julho lip lipca июл июль июля јул јули ιουλ ιουλίου
    tem temmuz
aug august augusti augustus août aou ago agosto sie sierpnia авг август августа αυγ αυγούστου
    ağu ağustos
sep sept september septembre septiembre set sett settembre setembro wrz września
    сен сент сентябрь сентября сеп септември σεπ σεπτεμβρίου eyl eylül
oct october okt oktober octobre octubre ott ottobre out outubro paź października
    окт октябрь октября октомври οκτ οκτωβρίου eki ekim
nov november novembre noviembre novembro lis listopada ноя нояб ноябрь ноября ное ноември
    νοε νοεμβρίου kas kasım
dec december dez dezember déc décembre dic diciembre dicembre dezembro gru grudnia
    дек декабрь декабря декември δεκ δεκεμβρίου ara aralık
"""
"""A month a line, its names in English, German, French, Spanish, Italian, Portuguese, Dutch, the
Nordic languages, Polish, Russian, Macedonian, Greek and Turkish, long and short."""
_MONTH = {
    name: number
    for number, names in enumerate(re.split(r"\n(?!\s)", _MONTHS.strip()), 1)
    for name in names.split()
}

_COMMON = re.compile(
    r"(?:[A-Za-z]{3},? +)?(\d\d?) ([A-Za-z]{3}) (\d{4}) (\d\d):(\d\d)(?::(\d\d))? ?"
    r"([+-]\d{4}|[A-Z]{1,4})"
)
_DAY_FIRST = re.compile(
    r"\b(\d{1,2})(?:st|nd|rd|th|er|[ºª.])?[\s,./-]+(?:de\s+|of\s+)?([^\W\d_]{3,})[.,]?[\s,./-]+"
    r"(?:de\s+|del\s+)?'?(\d{2,4})\b(?!:)"
)
_MONTH_FIRST = re.compile(
    r"\b([^\W\d_]{3,})[.,]?[\s-]+(\d{1,2})(?:st|nd|rd|th)?\b(?!:)(?:,|\s|.*?\s)\s*(\d{4})\b"
)
_YEAR_FIRST = re.compile(
    r"(?<!\d)(\d{4})\s*[-/.年년]\s*(\d{1,2})(?!\d)(?:\s*[-/.月월]\s*(\d{1,2})(?!\d))?"
)
_DOTTED = re.compile(r"(?<!\d)(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})(?!\d)")
_SLASHED = re.compile(r"(?:([A-Za-z]{3})[a-z]*,?\s+)?(?<!\d)(\d{1,2})/(\d{1,2})/(\d{4})(?!\d)")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_COMMENT = re.compile(r"\([^()]*\)")
_TIME = re.compile(
    r"(?P<before>上午|下午|午前|午後|오전|오후)?\s*(?<!\d)(?P<hour>\d{1,2})\s*[:時时点시]\s*"
    r"(?P<minute>\d{1,2})(?:\s*[:分분]\s*(?P<second>\d{1,2}))?(?:[.,]\d+)?(?!\d)[秒초분分]?"
    r"(?:\s*(?P<after>[aApP])\.?[mM]\b)?"
)
_ZONE = re.compile(
    r"[\s,]*\(?(?P<name>[A-Za-z]{1,5})?\)?\s*(?:(?P<sign>[+\u2212-])\s?(?P<hours>\d{1,2}):?"
    r"(?P<minutes>\d\d)?)?"
)
_AFTERNOON = frozenset(("p", "P", "下午", "午後", "오후"))
_MORNING = frozenset(("a", "A", "上午", "午前", "오전"))


def parse_date(text: str | None, now: datetime) -> datetime | None:
    """Return the moment that `text` names, or ``None`` where it names none that can be right.

    >>> parse_date("Sat, 06 Oct 2018 02:00:00 +0200", datetime(2020, 1, 1, tzinfo=UTC))
    datetime.datetime(2018, 10, 6, 0, 0, tzinfo=datetime.timezone.utc)
    """
    text = text.strip() if text else ""
    if not text or len(text) > _LONGEST:
        return None
    try:
        moment = _common(text) or _iso(text) or _wild(text)
        moment = moment and moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment is not None and EARLIEST <= moment <= now + LATEST else None


def _common(text: str) -> datetime | None:
    """Nine dates of ten in RSS: RFC 822 as it should be."""
    if (found := _COMMON.fullmatch(text)) is None or found[2].lower() not in _MONTH:
        return None
    day, month, year, hour, minute, second, zone = found.groups()
    if int(hour) > 23 or int(minute) > 59 or int(second or 0) > 59:
        return None
    return datetime(
        int(year), _MONTH[month.lower()], int(day), int(hour), int(minute), int(second or 0),
        tzinfo=_zone(zone),
    )  # fmt: skip


def _iso(text: str) -> datetime | None:
    if text.isascii() and text.replace(".", "", 1).isdigit() and len(text.split(".")[0]) != 8:
        return _number(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _number(text: str) -> datetime | None:
    """A year, a date and time without any separator, or seconds or milliseconds since 1970."""
    whole = text.partition(".")[0]
    if len(whole) == 4:
        return datetime(int(whole), 1, 1, tzinfo=UTC)
    if len(whole) == 14:
        return datetime.strptime(whole, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    if len(whole) in (9, 10, 12, 13):
        return datetime.fromtimestamp(int(whole) / (1 if len(whole) < 11 else 1000), UTC)
    return None


def _wild(text: str) -> datetime | None:
    """Any other spelling: the day, then the time wherever it is, then the zone behind it."""
    text = _COMMENT.sub("", text)
    if (day := _day(text)) is None:
        return None
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    if (time := _TIME.search(text)) is None:
        return midnight
    hour, minute, second = (int(time[part] or 0) for part in ("hour", "minute", "second"))
    half = time["before"] or time["after"]
    if half in _AFTERNOON and hour < 12:
        hour += 12
    elif half in _MORNING and hour == 12:
        hour = 0
    if hour > 24 or minute > 59 or second > 60:
        return midnight
    moment = midnight + timedelta(hours=hour, minutes=minute, seconds=min(second, 59))
    return moment.replace(tzinfo=_zone(text[time.end() :]))


def _day(text: str) -> date | None:
    for found in _DAY_FIRST.finditer(text):
        if month := _MONTH.get(found[2].lower()):
            return date(_year(found[3]), month, int(found[1]))
    for found in _MONTH_FIRST.finditer(text):
        if month := _MONTH.get(found[1].lower()):
            return date(int(found[3]), month, int(found[2]))
    if dotted := _DOTTED.search(text):
        return date(int(dotted[3]), int(dotted[2]), int(dotted[1]))
    if slashed := _SLASHED.search(text):
        weekday, first, second, year = slashed.groups()
        return _slashed(int(first), int(second), int(year), (weekday or "").lower())
    if ordered := _YEAR_FIRST.search(text):
        return date(int(ordered[1]), int(ordered[2]), int(ordered[3] or 1))
    return None


def _slashed(first: int, second: int, year: int, weekday: str) -> date | None:
    """3/5 is in March or in May: the weekday tells, or that one of the two can be no month."""
    if first > 12:
        return date(year, second, first)
    american = date(year, first, second)
    if second > 12 or first == second:
        return american
    european = date(year, second, first)
    fitting = [day for day in (american, european) if _WEEKDAYS[day.weekday()] == weekday]
    return fitting[0] if len(fitting) == 1 else None


def _year(text: str) -> int:
    """RFC 2822, 4.3."""
    year = int(text)
    if len(text) == 2:
        return year + (2000 if year < 50 else 1900)
    return year + 1900 if len(text) == 3 else year


@lru_cache(maxsize=256)
def _zone(text: str) -> timezone:
    """Return the zone that begins `text`; UTC for none, and for what cannot be one."""
    if (found := _ZONE.match(text)) is None:
        return UTC
    if found["sign"]:
        minutes = int(found["hours"]) * 60 + int(found["minutes"] or 0)
        minutes = minutes if found["sign"] == "+" else -minutes
    else:
        minutes = int(_UTC_OFFSETS.get((found["name"] or "").lower(), 0) * 60)
    return timezone(timedelta(minutes=minutes)) if abs(minutes) <= 14 * 60 else UTC
