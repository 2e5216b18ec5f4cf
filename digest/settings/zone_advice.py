"""Advise on a value that is not the name of a time zone: an offset, a country, "PST"."""

from __future__ import annotations

import re

_OFFSET = re.compile(r"(?:utc|gmt|z)?\s*([+\u2212-])\s*(\d{1,2})(?::?([0-5]\d))?", re.IGNORECASE)

_PLACES = {
    -720: "Etc/GMT+12", -660: "Pacific/Pago_Pago", -600: "Pacific/Honolulu",
    -540: "America/Anchorage", -480: "America/Los_Angeles", -420: "America/Denver",
    -360: "America/Chicago", -300: "America/New_York", -240: "America/Halifax",
    -210: "America/St_Johns", -180: "America/Sao_Paulo", -120: "Atlantic/South_Georgia",
    -60: "Atlantic/Azores", 0: "Europe/London", 60: "Europe/Berlin", 120: "Europe/Athens",
    180: "Europe/Moscow", 210: "Asia/Tehran", 240: "Asia/Dubai", 270: "Asia/Kabul",
    300: "Asia/Karachi", 330: "Asia/Kolkata", 345: "Asia/Kathmandu", 360: "Asia/Dhaka",
    390: "Asia/Yangon", 420: "Asia/Bangkok", 480: "Asia/Shanghai", 540: "Asia/Tokyo",
    570: "Australia/Adelaide", 600: "Australia/Sydney", 660: "Pacific/Noumea",
    720: "Pacific/Auckland", 765: "Pacific/Chatham", 780: "Pacific/Tongatapu",
    840: "Pacific/Kiritimati",
}  # fmt: skip
"""Minutes east of UTC, in winter -> a well-known place."""

_ABBREVIATIONS = {
    "ACDT": ("Australia/Adelaide",), "ACST": ("Australia/Adelaide",),
    "AEDT": ("Australia/Sydney",), "AEST": ("Australia/Sydney",),
    "AKDT": ("America/Anchorage",), "AKST": ("America/Anchorage",),
    "ART": ("America/Argentina/Buenos_Aires",), "AWST": ("Australia/Perth",),
    "BRT": ("America/Sao_Paulo",), "BST": ("Europe/London",), "CAT": ("Africa/Maputo",),
    "CDT": ("America/Chicago",), "CEST": ("Europe/Berlin",), "CST": ("America/Chicago",
    "Asia/Shanghai"), "EAT": ("Africa/Nairobi",), "EDT": ("America/New_York",),
    "EEST": ("Europe/Athens",), "HKT": ("Asia/Hong_Kong",), "IDT": ("Asia/Jerusalem",),
    "IST": ("Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"), "JST": ("Asia/Tokyo",),
    "KST": ("Asia/Seoul",), "MDT": ("America/Denver",), "MESZ": ("Europe/Berlin",),
    "MEZ": ("Europe/Berlin",), "MSK": ("Europe/Moscow",), "NZDT": ("Pacific/Auckland",),
    "NZST": ("Pacific/Auckland",), "PDT": ("America/Los_Angeles",), "PKT": ("Asia/Karachi",),
    "PST": ("America/Los_Angeles",), "SAST": ("Africa/Johannesburg",),
    "SGT": ("Asia/Singapore",), "TRT": ("Europe/Istanbul",), "WEST": ("Europe/Lisbon",),
    "WIB": ("Asia/Jakarta",), "Z": ("UTC",), "ZULU": ("UTC",),
}  # fmt: skip

_SHOWN = 3


def zone_advice(name: str) -> str | None:
    """Return a sentence of advice about `name`, which is no time zone; ``None`` without advice.

    >>> zone_advice("PDT")
    '"PDT" is not the name of a time zone; did you mean "America/Los_Angeles"?'
    """
    written = name.strip()
    if offset := _OFFSET.fullmatch(written):
        return _about_offset(written, offset)
    if written.casefold() in ("local", "localtime", "system", "auto", "here"):
        return f'"{name}": name the time zone itself, such as "Europe/Berlin"'
    if zones := _ABBREVIATIONS.get(written.upper()) or _zones_of_country(written):
        more = ", ..." if len(zones) > _SHOWN else ""
        meant = " or ".join(f'"{zone}"' for zone in zones[:_SHOWN])
        return f'"{name}" is not the name of a time zone; did you mean {meant}{more}?'
    return None


def _about_offset(name: str, offset: re.Match[str]) -> str:
    """Return a sentence with a place that has this offset, and the zone that has it all year.

    Zones such as Etc/GMT+1 count to the west (POSIX), so their sign is the opposite one.
    """
    minutes = int(offset[2]) * 60 + int(offset[3] or 0)
    if offset[1] != "+":
        minutes = -minutes
    place = _PLACES.get(minutes)
    advice = f', such as "{place}": summer time then follows' if place else ""
    sentence = f'"{name}" is an offset, not the name of a time zone: name a place{advice}'
    hours, rest = divmod(minutes, 60)
    if rest == 0 and hours and -12 <= hours <= 14:
        way = "ahead of" if hours > 0 else "behind"
        count = "1 hour" if abs(hours) == 1 else f"{abs(hours)} hours"
        sentence += f' ("Etc/GMT{-hours:+d}", with the other sign, is {count} {way} UTC all year)'
    return sentence


def _zones_of_country(name: str) -> tuple[str, ...]:
    """Return the time zones of a country, found by its English name or its code."""
    from babel import Locale
    from babel.core import get_global

    wanted = name.upper()
    codes = {called.upper(): code for code, called in Locale("en").territories.items()}
    codes |= {alias: code for alias, (code, *_) in get_global("territory_aliases").items()}
    zones = get_global("territory_zones").get(codes.get(wanted, wanted), ())
    return tuple(sorted(zones, key=lambda zone: zone not in _PLACES.values()))
