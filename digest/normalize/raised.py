"""Write a ``<sup>`` or ``<sub>`` in a line of plain text."""

from __future__ import annotations

import re

from digest.normalize.formulas.symbols import SUBSCRIPT, SUPERSCRIPT

_EXPONENT = re.compile(r"[-+−]?\d+|[-+−]?[0-9a-z]|[a-z0-9][-+−][a-z0-9]|[-+−]|\d[+−-]")
_REFERENCE = re.compile(r"\s*[\[(]?\s*(?:\d{1,3}|[*†‡§])\s*[\])]?\s*(?:[,;–-]\s*\d{1,3}\s*)*")


def raised(text: str, tag: str) -> str:
    """Write a short index in Unicode's small forms, all else as it is.

    >>> raised("2", "sup"), raised("ij", "sub"), raised("th", "sup")
    ('²', 'ij', 'th')
    """
    if not _EXPONENT.fullmatch(text):
        return text
    table = SUPERSCRIPT if tag == "sup" else SUBSCRIPT
    signs = text.replace("-", "−")
    return signs.translate(table) if all(ord(sign) in table for sign in signs) else text


def is_reference(text: str) -> bool:
    """Tell whether a superscript may number a footnote: 1, [2], †, 3–5."""
    return _REFERENCE.fullmatch(text) is not None
