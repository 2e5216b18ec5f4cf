"""Translate the program's phrases and write dates in the language of a digest.

The phrases come from gettext catalogs.  For a language without a catalog, phrases and dates are
English, so that a page has one language.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time, get_datetime_format
from babel.numbers import format_decimal
from babel.units import format_unit

from digest.render.words.messages import MESSAGES
from digest.text.direction import Direction, direction

LOCALES = Path(__file__).parent / "locale"
"""The catalogs: ``LANGUAGE/LC_MESSAGES/digest.po``, and the same compiled as ``digest.mo``."""

_UNITS = ("byte", "kilobyte", "megabyte", "gigabyte", "terabyte")


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language; dates are shown in `zone`."""

    tag: str
    """The language of the phrases, as a BCP 47 tag."""
    direction: Direction
    locale: Locale
    zone: ZoneInfo
    catalog: NullTranslations

    def say(self, key: str, **values: object) -> str:
        """Return the phrase for `key`, with `values` filled in."""
        forms = MESSAGES.get(key, ())
        if len(forms) != 1:
            raise LookupError(f"there are no words {key!r} without a number")
        return self.catalog.pgettext(key, *forms).format(**values)

    def count(self, key: str, n: int) -> str:
        """Return the phrase for `key` in the plural form of `n`, with `n` filled in."""
        forms = MESSAGES.get(key, ())
        if len(forms) != 2:
            raise LookupError(f"there are no words {key!r} with a number")
        form = self.catalog.npgettext(key, *forms, n)
        return form.format(n=format_decimal(n, locale=self.locale))

    def share(self, shown: int, of: int) -> str:
        """Return a phrase such as "3 of 12"."""
        numbers = {"shown": shown, "of": of}
        return self.say(
            "share", **{key: format_decimal(n, locale=self.locale) for key, n in numbers.items()}
        )

    def day(self, slot: str) -> str:
        """Write the day of `slot` in full."""
        return format_date(_local(slot), "full", locale=self.locale)

    def dated(self, slot: str) -> str:
        """Write the date of `slot` for the middle of a sentence, with its year."""
        return format_date(_local(slot), "long", locale=self.locale)

    def short_day(self, slot: str) -> str:
        """Write the day of `slot` without the year, for lists under the heading of a month."""
        return format_skeleton("MMMEd", _local(slot), locale=self.locale)

    def month(self, slot: str) -> str:
        """Write the month of `slot`, with its year."""
        return format_skeleton("yMMMM", _local(slot), locale=self.locale)

    def clock(self, slot: str) -> str:
        """Write the time of day of `slot`."""
        return format_time(_local(slot), "short", locale=self.locale)

    def moment(self, moment: datetime, slot: str) -> str:
        """Write date and time of `moment`; in another year than that of `slot`, date and year."""
        local = moment.astimezone(self.zone)
        if local.year != _local(slot).year:
            return format_skeleton("yMMMd", local, locale=self.locale)
        pattern = str(get_datetime_format("medium", locale=self.locale)).replace("'", "")
        day = format_skeleton("MMMEd", local, locale=self.locale)
        return pattern.format(format_time(local, "short", locale=self.locale), day)

    def day_of(self, moment: datetime, slot: str) -> str:
        """Write the date of `moment`, whose time is unknown, in UTC as the feed wrote it."""
        day = moment.astimezone(UTC)
        skeleton = "MMMEd" if day.year == _local(slot).year else "yMMMd"
        return format_skeleton(skeleton, day, locale=self.locale)

    def date(self, moment: datetime) -> str:
        """Write the date of `moment` in ISO 8601."""
        return moment.astimezone(self.zone).strftime("%Y-%m-%d")

    def size(self, length: int) -> str:
        """Write a number of bytes, rounded."""
        size, power = float(length), 0
        while size >= 1000 and power < len(_UNITS) - 1:
            size, power = size / 1000, power + 1
        places = 1 if power > 1 and size < 100 else 0
        return format_unit(
            round(size, places), f"digital-{_UNITS[power]}", "short", locale=self.locale
        )


@cache
def speak(language: str, timezone: str) -> Words:
    """Return the words of `language`, a BCP 47 tag, with dates in the IANA zone `timezone`."""
    try:
        locale = Locale.parse(language, sep="-")
    except (ValueError, UnknownLocaleError):
        locale = Locale("en")
    catalog = _catalog(
        "zh_Hant" if (locale.language, locale.script) == ("zh", "Hant") else locale.language
    )
    if catalog is None:
        catalog, locale = NullTranslations(), Locale("en")
    tag = str(locale).replace("_", "-")
    return Words(tag, direction(tag, ""), locale, ZoneInfo(timezone), catalog)


@cache
def languages() -> tuple[str, ...]:
    """Return the names of all catalogs, and "en"."""
    return ("en", *sorted(folder.name for folder in LOCALES.iterdir() if folder.is_dir()))


@cache
def _catalog(name: str) -> NullTranslations | None:
    """Load the catalog of a language; English needs none."""
    if name == "en":
        return NullTranslations()
    if name not in languages():
        return None
    with (LOCALES / name / "LC_MESSAGES" / "digest.mo").open("rb") as file:
        return GNUTranslations(file)


def iso(slot: str) -> str:
    """Write a slot in ISO 8601.

    >>> iso("2026-01-12T0700")
    '2026-01-12T07:00'
    """
    return _local(slot).isoformat(timespec="minutes")


def _local(slot: str) -> datetime:
    return datetime.strptime(slot, "%Y-%m-%dT%H%M")  # noqa: DTZ007 - a slot is local time
