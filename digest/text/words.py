"""Split a text into words that can be compared: casefolded and in Unicode's form NFKC.

In a script that is written without spaces each character is a word, so a text in two scripts needs
no rule of its own.
"""

from __future__ import annotations

import re
import unicodedata

from digest.text import scripts
from digest.text.marks import plain

# Korean has spaces, but its words take many endings, so its syllables are compared.
SPACELESS = scripts.WITHOUT_SPACES + "\uac00-\ud7a3"
_CHARACTER = re.compile(f"[{SPACELESS}]")
_SIGNS = re.compile(f"[^\\w\x00-\x7f{SPACELESS}]+")
_ASCII_SIGNS = bytes(code if code > 127 or chr(code).isalnum() else ord(" ") for code in range(256))


def words(text: str) -> list[str]:
    """Return the words of a text, casefolded (NFKC); in a spaceless script, its characters.

    >>> words("Ein Maß: 10 km. 东京")
    ['ein', 'mass', '10', 'km', '东', '京']
    """
    return [word.decode() for word in coded_words(text)]


def coded_words(text: str) -> list[bytes]:
    """Return what `words` returns, in UTF-8: several times faster than a pattern for words."""
    if not text.isascii():
        text = plain(text)
        if not unicodedata.is_normalized("NFKC", text):
            text = unicodedata.normalize("NFKC", text)
        text = _SIGNS.sub(" ", text.casefold())
        if _CHARACTER.search(text):
            text = _CHARACTER.sub(r" \g<0> ", text)
        return text.encode("utf-8", "replace").translate(_ASCII_SIGNS).split()
    return text.lower().encode().translate(_ASCII_SIGNS).split()
