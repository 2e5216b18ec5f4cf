"""Read time zones as publishers write them: offsets, abbreviations, places, long names."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

_UTC_OFFSETS = {
    "utc": 0, "gmt": 0, "z": 0, "ut": 0, "wet": 0,
    "west": 1, "bst": 1, "cet": 1, "mez": 1, "met": 1,
    "cest": 2, "mesz": 2, "mest": 2, "eet": 2, "sast": 2, "eest": 3, "msk": 3, "ist": 5.5,
    "hkt": 8, "sgt": 8, "awst": 8, "jst": 9, "kst": 9, "acst": 9.5, "acdt": 10.5,
    "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13,
    "brt": -3, "art": -3, "nst": -3.5, "ndt": -2.5, "ast": -4, "adt": -3,
    "edt": -4, "est": -5, "cdt": -5, "cst": -6, "mdt": -6, "mst": -7, "pdt": -7, "pst": -8,
    "trt": 3, "idt": 3, "eat": 3, "cat": 2, "wat": 1, "irst": 3.5, "gst": 4, "msd": 4, "pkt": 5,
    "npt": 5.75, "ict": 7, "wib": 7, "wita": 8, "wit": 9, "myt": 8, "pht": 8, "brst": -2,
    "clst": -3, "uyt": -3, "vet": -4, "clt": -4, "bot": -4, "cot": -5, "pet": -5, "ect": -5,
    "akdt": -8, "akst": -9, "hst": -10,
}  # fmt: skip
"""Hours east of UTC; an ambiguous name means the American zone (RFC 822, 5.1)."""

_REGIONS = {
    "et": "America/New_York", "ct": "America/Chicago", "mt": "America/Denver",
    "pt": "America/Los_Angeles", "akt": "America/Anchorage", "aet": "Australia/Sydney",
    "act": "Australia/Adelaide", "nt": "America/St_Johns", "uk": "Europe/London",
}  # fmt: skip
"""Abbreviations that do not say whether it is summer time: the date decides."""

_ZONE = re.compile(
    r"[\s,]*\(?(?P<name>[A-Za-z]{1,5})?\)?\s*(?:(?P<sign>[+\u2212-])\s?(?P<hours>\d{1,2}):?"
    r"(?P<minutes>\d\d)?)?"
)
_PLACE = re.compile(r"[\s,(\[]*([A-Z][A-Za-z_]{2,20}(?:/[A-Z][A-Za-z_]{2,30}){1,2})")
_LONG = re.compile(r"[\s,(]*((?:[A-Z][\w.&-]{0,20} ){1,4}Time)\b")


@lru_cache(maxsize=256)
def zone(text: str) -> tzinfo:
    """Return the zone at the beginning of `text`; UTC if there is none or an impossible one.

    >>> zone(" EST"), zone(" GMT+1"), str(zone(" America/New_York"))
    (datetime.timezone(datetime.timedelta(days=-1, seconds=68400)), \
datetime.timezone(datetime.timedelta(seconds=3600)), 'America/New_York')
    """
    if (place := _PLACE.match(text)) and (there := _place(place[1])):
        return there
    if (long := _LONG.match(text)) and (named := _long_names().get(long[1].lower())):
        return named
    if (found := _ZONE.match(text)) is None:
        return UTC
    name = (found["name"] or "").lower()
    if not found["sign"] and name in _REGIONS:
        return ZoneInfo(_REGIONS[name])
    if found["sign"]:
        minutes = int(found["hours"]) * 60 + int(found["minutes"] or 0)
        minutes = minutes if found["sign"] == "+" else -minutes
    else:
        minutes = int(_UTC_OFFSETS.get(name, 0) * 60)
    return timezone(timedelta(minutes=minutes)) if abs(minutes) <= 14 * 60 else UTC


def is_zone(word: str) -> bool:
    """Say whether a word is the abbreviation of a time zone."""
    return word.lower() in _UTC_OFFSETS or word.lower() in _REGIONS


def _place(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        return None


@cache
def _long_names() -> dict[str, tzinfo]:
    """Return the zones by their English long names (CLDR) and Windows names, in lower case."""
    from babel import Locale
    from babel.core import get_global

    names: dict[str, tzinfo] = {}
    for windows, place in get_global("windows_zone_mapping").items():
        if (found := _place(place)) is not None:
            names[windows.lower()] = _fixed(found, summer=False)
    places = {region: place for place, region in get_global("meta_zones").items()}
    for region, forms in Locale("en").meta_zones.items():
        if (there := _place(places.get(region, ""))) is None:
            continue
        for form, name in forms.get("long", {}).items():
            fixed = there if form == "generic" else _fixed(there, summer=form == "daylight")
            names[name.lower()] = fixed
    return names


def _fixed(place: ZoneInfo, *, summer: bool) -> timezone:
    """Return the offset of a place in winter or in summer."""
    offsets = [datetime(2025, month, 1, tzinfo=place).utcoffset() for month in (1, 7)]
    known = [offset for offset in offsets if offset is not None]
    return timezone(max(known) if summer else min(known))
