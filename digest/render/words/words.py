"""Find the words that the program adds for readers, and write dates, in the language of a digest.

The words come from gettext catalogs.  Where there is none for a language they are English, and so
are the dates: a page speaks one language.
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
    """The language of the words themselves, as a BCP 47 tag."""
    direction: Direction
    locale: Locale
    zone: ZoneInfo
    catalog: NullTranslations

    def say(self, key: str, **values: object) -> str:
        """Return the words for `key`, with `values` put in."""
        forms = MESSAGES.get(key, ())
        if len(forms) != 1:
            raise LookupError(f"there are no words {key!r} without a number")
        return self.catalog.pgettext(key, *forms).format(**values)

    def count(self, key: str, n: int) -> str:
        """Return `key` in the plural form for `n`, the number written as the language does."""
        forms = MESSAGES.get(key, ())
        if len(forms) != 2:
            raise LookupError(f"there are no words {key!r} with a number")
        form = self.catalog.npgettext(key, *forms, n)
        return form.format(n=format_decimal(n, locale=self.locale))

    def share(self, shown: int, of: int) -> str:
        """Say how many of a number are shown."""
        numbers = {"shown": shown, "of": of}
        return self.say(
            "share", **{key: format_decimal(n, locale=self.locale) for key, n in numbers.items()}
        )

    def day(self, slot: str) -> str:
        """Write the day of `slot` in full."""
        return format_date(_local(slot), "full", locale=self.locale)

    def dated(self, slot: str) -> str:
        """Write the date of `slot` as it stands within a sentence, with its year."""
        return format_date(_local(slot), "long", locale=self.locale)

    def short_day(self, slot: str) -> str:
        """Write the day of `slot` without its month's year, for a list under `month`."""
        return format_skeleton("MMMEd", _local(slot), locale=self.locale)

    def month(self, slot: str) -> str:
        """Write the month of `slot`, with its year."""
        return format_skeleton("yMMMM", _local(slot), locale=self.locale)

    def clock(self, slot: str) -> str:
        """Write the time of day of `slot`."""
        return format_time(_local(slot), "short", locale=self.locale)

    def moment(self, moment: datetime, slot: str) -> str:
        """Write `moment` as a reader of the edition of `slot` needs it: the year only if old."""
        local = moment.astimezone(self.zone)
        if local.year != _local(slot).year:
            return format_skeleton("yMMMd", local, locale=self.locale)
        pattern = str(get_datetime_format("medium", locale=self.locale)).replace("'", "")
        day = format_skeleton("MMMEd", local, locale=self.locale)
        return pattern.format(format_time(local, "short", locale=self.locale), day)

    def day_of(self, moment: datetime, slot: str) -> str:
        """Write the day of `moment`, which has no time: in UTC, as it was written."""
        day = moment.astimezone(UTC)
        skeleton = "MMMEd" if day.year == _local(slot).year else "yMMMd"
        return format_skeleton(skeleton, day, locale=self.locale)

    def date(self, moment: datetime) -> str:
        """Write the day of `moment` as ISO 8601 does."""
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
    """Find the words for `language`, a BCP 47 tag, with dates in the IANA zone `timezone`."""
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
    """Name the languages that there are words for, as their catalogs are called."""
    return ("en", *sorted(folder.name for folder in LOCALES.iterdir() if folder.is_dir()))


@cache
def _catalog(name: str) -> NullTranslations | None:
    """Load the catalog of a language; English is what the program itself says."""
    if name == "en":
        return NullTranslations()
    if name not in languages():
        return None
    with (LOCALES / name / "LC_MESSAGES" / "digest.mo").open("rb") as file:
        return GNUTranslations(file)


def iso(slot: str) -> str:
    """Write a slot as ISO 8601 does.

    >>> iso("2026-01-12T0700")
    '2026-01-12T07:00'
    """
    return _local(slot).isoformat(timespec="minutes")


def _local(slot: str) -> datetime:
    return datetime.strptime(slot, "%Y-%m-%dT%H%M")  # noqa: DTZ007 - a slot is local time
