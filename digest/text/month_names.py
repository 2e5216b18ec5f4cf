"""Names of months and weekdays in the languages of the world.

The names that nearly all dates use stand here.  The others come from the CLDR, which Babel loads
only when a text has a name that is not among these.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

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
    окт октябрь октября октомври οκτ οκτωβρίου eki ekim अक्तूबर
nov november novembre noviembre novembro lis listopada ноя нояб ноябрь ноября ное ноември
    νοε νοεμβρίου kas kasım
dec december dez dezember déc décembre dic diciembre dicembre dezembro gru grudnia
    дек декабрь декабря декември δεκ δεκεμβρίου ara aralık
"""
"""The names of each month, one month in a line (and its indented continuations), long and short, in
English, German, French, Spanish, Italian, Portuguese, Dutch, the Nordic languages, Polish, Russian,
Macedonian, Greek and Turkish."""
MONTH = {
    name: number
    for number, names in enumerate(re.split(r"\n(?!\s)", _MONTHS.strip()), 1)
    for name in names.split()
}

_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
TWO_MEANINGS = frozenset(("lis", "listopad", "listopada", "lip", "srp"))
"""Names of different months in Croatian and in Polish or Czech: the weekday beside one decides."""

_LANGUAGES = """
pl cs sk hr sl sr sr_Latn bs mk bg uk be ru ro hu fi et lv lt el tr az ka hy sq is fo ga gd cy
eu ca gl mt lb rm fy af ar ar_DZ ar_TN ar_MA ar_IQ ar_SY he fa ps ur ku hi mr ne bn as gu pa ta
te kn ml or si th lo km my vi id ms jv su fil sw am ti so ha yo ig zu xh mn kk ky uz tk tg tt ug
eo ia ast br oc sc de fr es it pt nl da sv nb nn en
"""
"""The languages of the CLDR to read.  If a name means two months, the earlier language decides, so
those that are written most come first."""
_CROATIAN_YEAR = re.compile(r"\d{4}\.")


class CalendarNames:
    """The names of months, weekdays and halves of the day in many languages (CLDR)."""

    def __init__(self) -> None:
        from babel import Locale

        self._months: dict[str, dict[str, int]] = {}
        self._weekdays: dict[str, dict[str, int]] = {}
        self.afternoon: dict[str, bool] = {}
        """The names of the halves of the day, each with whether it is the afternoon."""
        for language in _LANGUAGES.split():
            locale = Locale.parse(language)
            for width in ("wide", "abbreviated"):
                periods = locale.day_periods["format"].get(width, {})
                for half in ("am", "pm"):
                    if half in periods:
                        self.afternoon.setdefault(key(periods[half]), half == "pm")
            for context in ("format", "stand-alone"):
                for width in ("wide", "abbreviated"):
                    for number, name in locale.months[context][width].items():
                        self._months.setdefault(key(name), {}).setdefault(language, number)
                    for number, name in locale.days[context][width].items():
                        self._weekdays.setdefault(key(name), {}).setdefault(language, number)

    def month(self, name: str, words: tuple[str, ...]) -> int | None:
        """Return the month of a name; `words` are those of the text, among them weekdays."""
        meanings = self._months.get(name)
        if not meanings:
            return None
        if len(set(meanings.values())) > 1:
            if "hr" in meanings and any(_CROATIAN_YEAR.fullmatch(word) for word in words):
                return meanings["hr"]
            for word in words:
                for language in self._weekdays.get(key(word), {}):
                    if language in meanings:
                        return meanings[language]
        return next(iter(meanings.values()))


@cache
def _names() -> CalendarNames:
    return CalendarNames()


def month_of(name: str, text: str) -> int | None:
    """Return the month, 1 to 12, that `name` means within the date `text`."""
    name = key(name)
    if name in _ROMAN:
        return _ROMAN.index(name) + 1
    if name in MONTH and name not in TWO_MEANINGS:
        return MONTH[name]
    if len(name) < 2 or name.isnumeric():
        return None
    words = tuple(text.lower().split())
    for form in (name, name[1:], name[:-1], name[:-2], name[:-3]):
        # Hebrew and Catalan prefix a letter to a month, Basque and others decline it.
        if len(form) > (3 if form.isascii() else 2) or form == name:
            month = _names().month(form, words)
            if month is not None:
                return month
    return MONTH.get(name)


def is_afternoon(word: str) -> bool | None:
    """Say whether a word beside a time means the afternoon; ``None`` if it names no half."""
    return _names().afternoon.get(key(word))


_SILENT = re.compile(r"[.,،۔\s\u0300-\u036f\u0653-\u0655\u200c\u200d\u200f’']")
"""Points, spaces, accents over Latin and Greek letters, and hamza and madda over Arabic ones."""
_LETTERS = str.maketrans({"ı": "i", "ي": "ی", "ى": "ی", "ك": "ک", "ة": "ه"})


def _indic_spellings() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Build the patterns of nuktas, and of nasals that may be written as an anusvara.

    The blocks of Indic scripts in Unicode run in parallel: a row of five consonants ends with its
    nasal, and a nasal before a consonant of its row is often written as a point (नवम्बर, नवंबर).
    """
    nuktas, nasals = "", []
    for block in range(0x900, 0xD80, 0x80):
        nuktas += chr(block + 0x3C)
        virama = chr(block + 0x4D)
        for first, nasal in ((0x15, 0x19), (0x1A, 0x1E), (0x1F, 0x23), (0x24, 0x28), (0x2A, 0x2E)):
            row = f"[{chr(block + first)}-{chr(block + nasal - 1)}]"
            nasals.append(f"{chr(block + nasal)}{virama}(?={row})")
        nasals.append(f"{chr(block + 2)}(?=[{chr(block + 0x15)}-{chr(block + 0x2D)}])")
    return re.compile(f"[{nuktas}]"), re.compile("|".join(nasals))


_NUKTA, _NASAL = _indic_spellings()


_INDIC_BLOCKS = range(0x900, 0xD80, 0x80)
_SHORT_VOWELS = {
    block + long: block + short
    for block in _INDIC_BLOCKS
    for long, short in ((0x40, 0x3F), (0x42, 0x41))
}
"""The long i and u of Indic scripts, which some spellings of a month have short (জানুয়ারী, জানুয়ারি)."""
_WEAK_ENDS = "".join(chr(block + sign) for block in _INDIC_BLOCKS for sign in (0x3F, 0x41, 0x4D))
"""Short vowels and the sign for none: a foreign word ends with one or another (మార్చి, మార్చ్)."""


def key(name: str) -> str:
    """Return the form in which two spellings of a name are equal.

    >>> key("Août") == key("aout"), key("नवम्बर") == key("नवंबर"), key("أكتوبر") == key("اكتوبر")
    (True, True, True)
    """
    name = _SILENT.sub("", unicodedata.normalize("NFKD", name.lower())).translate(_LETTERS)
    if name.isascii():
        return name
    return _NASAL.sub("\u0902", _NUKTA.sub("", name)).translate(_SHORT_VOWELS).rstrip(_WEAK_ENDS)
