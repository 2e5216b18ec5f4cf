"""Parse the names of subscribers, which their mails contain."""

from __future__ import annotations

import re
import unicodedata

from digest.text.characters import UNPRINTABLE

LONGEST = 60
"""How many characters a name has at most."""

_BREAKS = re.compile(r"[\t-\r\x1c-\x1e\x85\u2028\u2029]")
_FORBIDDEN = re.compile(f"[{UNPRINTABLE}\u202a-\u202e\u2066-\u2069]")


def parse_name(text: str) -> str | None:
    """Return a name in the form in which mails contain it; ``None`` for an empty one.

    A name goes into the header of a mail and into a sentence, so it must be one short line without
    any address.  Raises ValueError, with a clause for people, for other text.

    >>> parse_name("  Jane  Doe ")
    'Jane Doe'
    """
    if _BREAKS.search(text.strip()):
        raise ValueError("a name is one line")
    name = " ".join(unicodedata.normalize("NFC", _FORBIDDEN.sub("", text)).split())
    if not name:
        return None
    if len(name) > LONGEST:
        raise ValueError(f"a name has at most {LONGEST} characters")
    if re.search(r"://|www\.|@|=\?|[<>]", name):
        raise ValueError("a name holds no address")
    return name
