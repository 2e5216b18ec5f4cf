"""Find the direction that a text is written in.

The language's script decides; where the language is unknown, the text's first strong character
(UAX 9, rules P2 and P3).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

Direction = Literal["ltr", "rtl"]

_RTL_SCRIPTS = re.compile("adlm|arab|aran|hebr|mand|mend|nkoo|rohg|samr|sogd|syrc|thaa|yezi")
_RTL_LANGUAGES = re.compile(
    "ar|arc|arz|ckb|dv|fa|glk|he|iw|ji|khw|ks|lrc|mzn|nqo|pnb|ps|sd|syr|ug|ur|yi"
)


def direction(language: str | None, text: str) -> Direction:
    """Return the direction of `text`.

    >>> direction("he", "GPT"), direction("az-Arab", ""), direction(None, "1. אבג")
    ('rtl', 'rtl', 'rtl')
    """
    if language:
        primary, *rest = language.lower().split("-")
        script = next((part for part in rest if len(part) == 4 and part.isalpha()), None)
        rtl = _RTL_SCRIPTS.fullmatch(script) if script else _RTL_LANGUAGES.fullmatch(primary)
        return "rtl" if rtl else "ltr"
    for character in text:
        strong = unicodedata.bidirectional(character)
        if strong in ("L", "R", "AL"):
            return "ltr" if strong == "L" else "rtl"
    return "ltr"
