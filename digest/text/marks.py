"""The marks that enclose formulas, code and headings in a stored plain text.

The text of an entry is stored once, while each digest decides how formulas and code are shown.  So
the stored text keeps both in full, between marks from the private use area of Unicode.  Cleaning
drops the private-use characters of publishers, so every mark is set by this program.  A line feed
separates blocks (paragraphs, headings, list items); there is no other control character.

    x MATH a^2 END y          a formula in a line, as TeX
    DISPLAY \\int f END        a displayed formula, as TeX
    CODE line 1 LF line 2 END a block of code
    HEADING words END         a heading (a block of its own)

Marks do not nest.
"""

from __future__ import annotations

import re

MATH = "\ue000"
DISPLAY = "\ue001"
CODE = "\ue002"
HEADING = "\ue003"
END = "\ue00f"

ANY = re.compile("[\ue000-\ue00f]")
SPAN = re.compile("([\ue000-\ue003])([^\ue000-\ue00f]*)\ue00f")


def plain(text: str) -> str:
    """Return `text` without its marks; the text that they enclose stays as written.

    >>> plain("so \\ue000a^2\\ue00f grows")
    'so a^2 grows'
    """
    return ANY.sub("", text)
