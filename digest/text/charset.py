"""Bytes in, text out: as the bytes say, not as the label says.

Decoding never fails.  What is valid UTF-8 is UTF-8, whatever it is labelled: text in another
encoding is almost never valid UTF-8 by chance; and where a whole text is UTF-8 twice over, it is
decoded twice.  Else the first label that fits the bytes wins, the document's own before the
server's; and where none fits, the text is windows-1252, or UTF-8 with some stray bytes of it,
whichever there is more of.
"""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

CP1252 = {byte: bytes([byte]).decode("cp1252", "ignore") for byte in range(0x80, 0xA0)}
"""What the C1 controls mean on the web (WHATWG Encoding, windows-1252); five mean nothing."""

FORBIDDEN = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]+")
"""What neither XML nor a database takes: most controls, halves of surrogate pairs."""

_BYTES = {char: chr(byte) for byte, char in CP1252.items() if char}
_FROM_CP1252 = re.compile("[" + "".join(_BYTES) + "]")
_CONTROL = re.compile("[\x80-\x9f]")
_C1 = re.compile(rb"\xc2([\x80-\x9f])")
_C1_REFERENCE = re.compile(rb"&#(12[89]|1[345]\d|[xX]0*[89][\da-fA-F]);")
_TWICE = re.compile(rb"\xc3[\x82-\xb4](?:\xc2[\x80-\xbf]|[\xc5\xc6\xcb\xe2])")
_ONCE = re.compile(rb"\xc3[\x80-\xbf][\0-\x7f]")
_LEAST_TWICE = 5
_STRAY = re.compile("[\udc80-\udcff]")
_BEYOND_ASCII = re.compile("[^\0-\x7f\udc80-\udcff]")
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDE = (
    (re.compile(rb"\s*[<{\[]\0\0\0"), "utf-32-le"),
    (re.compile(rb"\0\0\0[<{\[]"), "utf-32-be"),
    (re.compile(rb"(?:\s\0)*[<{\[]\0"), "utf-16-le"),
    (re.compile(rb"(?:\0\s)*\0[<{\[]"), "utf-16-be"),
)
_SUPERSETS = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
}
"""What browsers read under these labels (WHATWG Encoding)."""
_ALLOWED = re.compile(
    r"cp(?:125\d|866|874|932|949)|iso8859-\d+|koi8-[rut]|mac-\w+|gb18030|hz|big5hkscs"
    r"|euc_(?:jp|jis_2004)|shift_jis\w*|iso2022_(?:jp\w*|kr)|utf-8"
)
"""Character sets; some other codecs of Python's are slow or no encodings at all."""
_ESCAPES = re.compile(r"iso2022_\w+|hz")
"""Encodings that look like ASCII, so that valid UTF-8 proves nothing."""


class Decoded(NamedTuple):
    """A document's text, and what was wrong with its label, if anything."""

    text: str
    flaw: str | None = None


def decode(body: bytes, media_type: str | None) -> Decoded:
    """Return the text of `body`, without a byte order mark."""
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return Decoded(_lenient(body[len(mark) :], encoding))
    body = body.removeprefix(codecs.BOM_UTF8)
    declared = declared_encoding(body)
    for pattern, encoding in _WIDE:
        if pattern.match(body):
            flaw = f"labelled {declared}, but the bytes are {encoding}" if declared else None
            return Decoded(_lenient(body, encoding), flaw)

    labels = [label for label in (declared, charset(media_type)) if label]
    codecs_named = [codec for codec in map(_codec, labels) if codec]
    if codecs_named and _ESCAPES.fullmatch(codecs_named[0]):
        return Decoded(body.decode(codecs_named[0], "replace"))
    try:
        text = body.decode()
    except UnicodeDecodeError:
        pass
    else:
        lied = declared and _codec(declared) != "utf-8" and not body.isascii()
        if may_be_twice_encoded(body) and (once := _once_decoded(text)) is not None:
            return Decoded(once, "encoded as UTF-8 twice")
        return Decoded(text, f"labelled {declared}, but the bytes are UTF-8" if lied else None)
    for codec in codecs_named:
        if codec != "utf-8" and (found := _strict(body, codec)) is not None:
            lied = codec != codecs_named[0]
            return Decoded(found, f"labelled {labels[0]}, but is {codec}" if lied else None)
    return Decoded(
        _lenient(body, "utf-8"),
        f"labelled {labels[0]}, but holds other bytes" if labels else "names no encoding",
    )


def without_c1(body: bytes) -> bytes:
    """Return UTF-8 with each C1 control, as itself or as a reference, as windows-1252 means it."""
    body = _C1.sub(lambda found: CP1252[found[1][0]].encode(), body)
    return _C1_REFERENCE.sub(lambda found: CP1252[reference(found[1].decode())].encode(), body)


def may_be_twice_encoded(body: bytes) -> bool:
    """Tell, quickly, whether UTF-8 might have been taken for windows-1252 and encoded again."""
    return _TWICE.search(body) is not None and _ONCE.search(body) is None


def reference(number: str) -> int:
    """Return the code point of a character reference: ``"146"`` or ``"x92"``."""
    return int(number[1:], 16) if number[0] in "xX" else int(number)


def declared_encoding(body: bytes) -> str | None:
    """Return the encoding that an XML declaration names."""
    found = re.search(rb"<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w.:-]{1,40})", body[:1000])
    return found[1].decode("ascii", "replace").lower() if found else None


def charset(media_type: str | None) -> str | None:
    """Return the charset parameter of a media type."""
    found = re.search(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", media_type or "", re.IGNORECASE)
    return found[1].lower() if found else None


def _once_decoded(text: str) -> str | None:
    """Undo a second encoding, if it is that of the whole text: else the text speaks of such."""
    try:
        bytes_ = _FROM_CP1252.sub(lambda found: _BYTES[found[0]], text).encode("latin-1")
        once = bytes_.decode()
    except UnicodeError:
        return None
    return once if len(bytes_) - len(once) >= _LEAST_TWICE else None


def _codec(label: str) -> str | None:
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return None
    name = _SUPERSETS.get(name, name)
    return name if _ALLOWED.fullmatch(name) else None


def _strict(body: bytes, codec: str) -> str | None:
    if codec == "cp1252":
        return _from_latin(body)
    try:
        return body.decode(codec)
    except UnicodeDecodeError as error:
        # A body cut short, or one bad character in a long text, is no other encoding.
        text = body.decode(codec, "replace")
        return text if text.count("\ufffd") * 200 < error.end + len(text) else None


def _mapped(stray: re.Match[str]) -> str:
    byte = ord(stray[0]) - 0xDC00
    return CP1252.get(byte, chr(byte))


def _lenient(body: bytes, encoding: str) -> str:
    if encoding != "utf-8":
        return body.decode(encoding, "replace")
    text = body.decode(encoding, "surrogateescape")
    if len(_STRAY.findall(text)) > len(_BEYOND_ASCII.findall(text)):
        return _from_latin(body)  # What is UTF-8 in it is so by chance.
    return _STRAY.sub(_mapped, text)


def _from_latin(body: bytes) -> str:
    return _CONTROL.sub(lambda found: CP1252[ord(found[0])], body.decode("latin-1"))


_PAGE_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.-]{1,40})", re.I)
_PAGE_CODEC = re.compile(
    r"(?:windows|cp|iso-8859|iso-2022|koi8|gb|big5|euc|shift|utf-16|tis)[\w-]*", re.I
)
"""Character sets; some other codecs of Python's are slow or no encodings at all."""


def decode_page(page: bytes, media_type: str | None) -> str:
    """Return the text of a page, which may be cut off; `media_type` is its Content-Type as sent.

    >>> decode_page(b"<p>caf\\xe9</p>", "text/html; charset=iso-8859-1")
    '<p>café</p>'
    """
    if page.startswith((b"\xff\xfe", b"\xfe\xff")):
        return page.decode("utf-16", "replace")
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(page)  # it may be cut in a letter
    except UnicodeDecodeError:
        pass
    label = _PAGE_CHARSET.search(media_type or "") or _PAGE_CHARSET.search(
        page[:4096].decode("latin-1")
    )
    try:
        named = label and _PAGE_CODEC.fullmatch(label[1])
        return page.decode(named[0] if named else "windows-1252", "replace")
    except LookupError:
        return page.decode("windows-1252", "replace")
