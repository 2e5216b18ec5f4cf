"""Placeholders for formulas and code that are not shown: one word in brackets, by language.

In Chinese, an inline formula is [Math] and a displayed one is [公式], as the transmission pages
write them; every other language has one word for both.
"""

from __future__ import annotations

import re

from digest.text import scripts

_FORMULA = {
    "ar": "صيغة",
    "cs": "vzorec",
    "de": "Formel",
    "es": "Fórmula",
    "fa": "فرمول",
    "fr": "Formule",
    "he": "נוסחה",
    "hi": "सूत्र",
    "it": "Formula",
    "ja": "数式",
    "ko": "수식",
    "nl": "Formule",
    "pl": "wzór",
    "pt": "Fórmula",
    "ru": "Формула",
    "sv": "Formel",
    "tr": "Formül",
    "uk": "Формула",
    "vi": "Công thức",
    "zh": "公式",
}
_CODE = {
    "ar": "شيفرة",
    "cs": "kód",
    "de": "Code",
    "es": "código",
    "fa": "کد",
    "fr": "code",
    "he": "קוד",
    "hi": "कोड",
    "it": "codice",
    "ja": "コード",
    "ko": "코드",
    "nl": "code",
    "pl": "kod",
    "pt": "código",
    "ru": "код",
    "sv": "kod",
    "tr": "kod",
    "uk": "код",
    "vi": "mã",
    "zh": "代码",
}

_KANA = re.compile(f"[{scripts.KANA}]")
_HAN = re.compile(f"[{scripts.HAN}]")
_HANGUL = re.compile(f"[{scripts.HANGUL}]")
_CYRILLIC = re.compile("[\u0410-\u044f]")


def primary(language: str | None, text: str) -> str:
    """Return the primary subtag of `language`; if it is unknown, guess it by the script."""
    if language:
        return language.replace("_", "-").partition("-")[0].lower()
    for tag, script in (("ja", _KANA), ("ko", _HANGUL), ("zh", _HAN), ("ru", _CYRILLIC)):
        if script.search(text):
            return tag
    return "en"


def formula(language: str, *, displayed: bool) -> str:
    """Return the placeholder of a formula; `language` is a primary subtag.

    >>> formula("zh", displayed=True), formula("zh", displayed=False), formula("de", displayed=True)
    ('[公式]', '[Math]', '[Formel]')
    """
    if language == "zh" and not displayed:
        return "[Math]"
    return f"[{_FORMULA.get(language, 'Math')}]"


def code(language: str) -> str:
    """Return the placeholder of a block of code; `language` is a primary subtag.

    >>> code("zh"), code("en")
    ('[代码]', '[code]')
    """
    return f"[{_CODE.get(language, 'code')}]"
