"""A language in, the words that the program itself adds to an edition out, with its dates.

Where we have no words for a language they are English, and so are the dates: a page speaks one
language.  Plural forms follow CLDR (babel); a form that a language lacks falls back to "other".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time, get_datetime_format
from babel.numbers import format_decimal
from babel.units import format_unit

from digest.render.words.screen_words import SCREEN_WORDS
from digest.render.words.vocabulary import VOCABULARY
from digest.text.direction import Direction, direction

_UNITS = ("byte", "kilobyte", "megabyte", "gigabyte", "terabyte")


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language; dates are shown in `zone`."""

    tag: str
    """The language of the words themselves, as a BCP 47 tag."""
    direction: Direction
    locale: Locale
    zone: ZoneInfo
    vocabulary: Mapping[str, str | Mapping[str, str]]

    def say(self, key: str, **values: object) -> str:
        """Return the words for `key`, with `values` put in."""
        phrase = self.vocabulary.get(key)
        if not isinstance(phrase, str):
            raise LookupError(f"there are no words {key!r} without a number")
        return phrase.format(**values)

    def count(self, key: str, n: int) -> str:
        """Return `key` in the plural form for `n`, the number written as the language does."""
        forms = self.vocabulary.get(key, "")
        if isinstance(forms, str):
            raise LookupError(f"there are no words {key!r} with a number")
        form = forms.get(self.locale.plural_form(n), forms["other"])
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
    key = "zh-Hant" if (locale.language, locale.script) == ("zh", "Hant") else locale.language
    if key not in VOCABULARY:
        key, locale = "en", Locale("en")
    tag = str(locale).replace("_", "-")
    vocabulary = {**VOCABULARY[key], **SCREEN_WORDS[key]}
    return Words(tag, direction(tag, ""), locale, ZoneInfo(timezone), vocabulary)


def iso(slot: str) -> str:
    """Write a slot as ISO 8601 does.

    >>> iso("2026-01-12T0700")
    '2026-01-12T07:00'
    """
    return _local(slot).isoformat(timespec="minutes")


def _local(slot: str) -> datetime:
    return datetime.strptime(slot, "%Y-%m-%dT%H%M")  # noqa: DTZ007 - a slot is local time
