"""Check language tags (BCP 47) against the languages, scripts and countries that CLDR knows."""

from __future__ import annotations

import re
from functools import cache

_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_NAMED = [
    "ar", "bg", "bn", "ca", "cs", "cy", "da", "de", "el", "en", "es", "et", "eu", "fa", "fi", "fr",
    "ga", "gl", "he", "hi", "hr", "hu", "id", "is", "it", "ja", "ko", "lt", "lv", "mk", "ms", "nb",
    "nl", "nn", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sq", "sr", "sv", "ta", "th", "tr", "uk",
    "ur", "vi", "zh",
]  # fmt: skip
"""Languages that are recognized by their own names; all languages are by their English names."""


def language_problem(tag: str) -> str | None:
    """Return a sentence about the mistake in a tag, or ``None`` if it has none.

    >>> language_problem("pt-BR")
    >>> language_problem("english")
    'expected a language tag, found "english"; did you mean "en"?'
    """
    if tag == "en":  # the default needs no lookup
        return None
    found = f'expected a language tag, found "{tag}"'
    if (meant := _meant(tag)) and meant != tag:
        return f'{found}; did you mean "{meant}"?'
    if not _TAG.fullmatch(tag):
        return f'expected a language tag such as "en" or "zh-Hant", found "{tag}"'
    return _unknown_part(tag)


def _unknown_part(tag: str) -> str | None:
    """Return a sentence about the first unknown part of a well-formed tag, if there is one."""
    from babel import Locale

    primary, *others = tag.split("-")
    english = Locale("en")
    if primary.lower() not in english.languages:
        return f'no language has the tag "{primary}"; expected one such as "en" or "zh-Hant"'
    for part in others:
        if len(part) == 1:  # the rest is an extension, or for private use
            return None
        if len(part) == 2 and part.isalpha() and part.upper() not in english.territories:
            return f'"{tag}": no country has the code "{part}"'
        if len(part) == 3 and part.isalpha() and len(primary) == 2:
            return f'"{tag}": a country has a code of two letters, such as "{primary}-DE"'
        if len(part) == 4 and part.isalpha() and part.title() not in english.scripts:
            return f'"{tag}": no script has the code "{part}"'
    return None


def _meant(tag: str) -> str | None:
    """Return the tag that a language's name, a locale or an old code probably stands for."""
    from babel.core import get_global

    written = tag.strip()
    if code := _names().get(written.casefold()):
        return code
    written = written.partition(".")[0].partition("@")[0].replace("_", "-")  # de_DE.UTF-8@euro
    if not _TAG.fullmatch(written):
        return None
    primary, *others = written.split("-")
    primary = _primary(primary.lower()) or primary
    aliases = get_global("territory_aliases")
    regions = [
        aliases[part.upper()][0] if len(part) == 2 and part.upper() in aliases else part
        for part in others
    ]
    return "-".join((primary, *regions))


def _primary(code: str) -> str | None:
    """Return the language for a code of three letters, or for the code of a country ("jp")."""
    from babel import Locale
    from babel.core import get_global
    from babel.languages import get_official_languages

    if code in Locale("en").languages:
        return None
    if alias := get_global("language_aliases").get(code):
        return str(alias)
    if len(code) == 2:
        return next(iter(get_official_languages(code.upper())), None)
    return None


@cache
def _names() -> dict[str, str]:
    """Return the names of languages, in English and in the language itself, with their tags."""
    from babel import Locale

    names = {name.casefold(): code for code, name in Locale("en").languages.items()}
    for code in _NAMED:
        locale = Locale(code)
        if name := locale.get_language_name(code):
            names[name.casefold()] = code
    return {name: code.replace("_", "-") for name, code in names.items() if len(name) > 3}
