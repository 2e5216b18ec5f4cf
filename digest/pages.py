"""A web page's bytes in, its text out: what the bytes say comes before what labels say.

Decoding never fails, and never takes a page for more than a page.
"""

from __future__ import annotations

import codecs
import re

_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.-]{1,40})", re.I)
_CODEC = re.compile(
    r"(?:windows|cp|iso-8859|iso-2022|koi8|gb|big5|euc|shift|utf-16|tis)[\w-]*", re.I
)
"""Character sets; some other codecs of Python's are slow or no encodings at all."""


def decoded(page: bytes, media_type: str | None) -> str:
    """Return the text of a page, which may be cut off; `media_type` is its Content-Type as sent.

    >>> decoded(b"<p>caf\\xe9</p>", "text/html; charset=iso-8859-1")
    '<p>café</p>'
    """
    if page.startswith((b"\xff\xfe", b"\xfe\xff")):
        return page.decode("utf-16", "replace")
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(page)  # it may be cut in a letter
    except UnicodeDecodeError:
        pass
    label = _CHARSET.search(media_type or "") or _CHARSET.search(page[:4096].decode("latin-1"))
    try:
        named = label and _CODEC.fullmatch(label[1])
        return page.decode(named[0] if named else "windows-1252", "replace")
    except LookupError:
        return page.decode("windows-1252", "replace")
