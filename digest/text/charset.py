"""Decode documents and pages by their bytes, not by their label alone.

Decoding never fails:

- Valid UTF-8 is UTF-8, whatever its label: text in another encoding is almost never valid UTF-8 by
  chance.  A text that is encoded as UTF-8 twice as a whole is decoded twice.
- Otherwise the first label that fits the bytes wins, that of the document before that of the
  server.  Labels mean what they mean to browsers (WHATWG Encoding).
- If no label fits, or if the decoded letters are hardly those of its languages, charset-normalizer
  detects the encoding.
- Otherwise the text is windows-1252, or UTF-8 with some stray bytes of windows-1252, whichever
  makes up more of it.
"""

from __future__ import annotations

import codecs
import re
from contextlib import suppress
from typing import NamedTuple

CP1252 = {byte: bytes([byte]).decode("cp1252", "ignore") for byte in range(0x80, 0xA0)}
"""The characters of the C1 controls on the web (WHATWG, windows-1252); five have none."""

FORBIDDEN = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]+")
"""Characters that XML and databases refuse: most controls, halves of surrogate pairs."""

_BYTES = {char: chr(byte) for byte, char in CP1252.items() if char}
_FROM_CP1252 = re.compile("[" + "".join(_BYTES) + "]")
_CONTROL = re.compile("[\x80-\x9f]")
_C1 = re.compile(rb"\xc2([\x80-\x9f])")
_C1_REFERENCE = re.compile(rb"&#(12[89]|1[345]\d|[xX]0*[89][\da-fA-F]);")
_TWICE = re.compile(rb"\xc3[\x82-\xb4](?:\xc2[\x80-\xbf]|[\xc5\xc6\xcb\xe2])")
_ONCE = re.compile(rb"\xc3[\x80-\xbf][\0-\x7f]")
_LEAST_TWICE = 5
_STRAY = re.compile("[\udc80-\udcff]")
_BEYOND_ASCII = re.compile("[^\0-\x7f\udc80-\udcff]+")
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
_SUPERSETS = {"gb2312": "gb18030", "gbk": "gb18030", "hz": "hz", "tis-620": "cp874"}
"""The supersets as which these encodings are read; the table of webencodings has the others."""
_ALLOWED = re.compile(
    r"cp(?:125\d|866|874|932|949|850|437)|iso8859-\d+|koi8-[rut]|mac-\w+|gb18030|hz|big5hkscs"
    r"|euc_(?:jp|jis_2004)|shift_jis\w*|iso2022_(?:jp\w*|kr)|utf-8"
)
"""The codecs allowed; some others of Python are slow, or no character encodings at all."""
_LATIN = re.compile(r"cp125[0247]|iso8859-(?:1|2|3|4|9|10|13|14|15|16)|mac-(?:roman|latin2)")
_CANDIDATES = (
    *("cp1251", "koi8_r", "koi8_u", "iso8859_5", "cp866", "mac_cyrillic", "cp1253", "iso8859_7"),
    *("cp1255", "iso8859_8", "cp1256", "iso8859_6", "cp874", "cp932", "euc_jp", "gb18030", "big5"),
    *("cp949", "cp1252", "cp1250"),
)
_MARKUP = re.compile(rb"<[^<>]{0,2000}>|&#?\w{1,30};|https?://[!-~]*|[\0-\x40]+")
_HIGH = re.compile(rb"[\x80-\xff]")
_SAMPLE = 200_000
"""Bytes of a document that are examined for its encoding."""
_ENOUGH = 4_000
_MOST_CHAOS = 0.1
_LEAST_COHERENCE = 0.3
"""The least coherence that charset-normalizer must report, from 0 to 1: how well the frequencies of
the letters fit a language."""
_MANY_BYTES = re.compile(r"cp932|euc_jp|gb18030|big5hkscs|cp949")
_ISO_2022_JP = re.compile(rb"\x1b\$[@B][!-~]{2,2000}?\x1b\([BJ]")
_ESCAPES = re.compile(r"iso2022_\w+|hz")
"""Encodings that look like ASCII, so that valid UTF-8 proves nothing."""


class Decoded(NamedTuple):
    """The text of a document, and the flaw of its label, if there is one."""

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
    if not codecs_named and _ISO_2022_JP.search(body):
        return Decoded(body.decode("iso2022_jp", "replace"), "names no encoding")
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(
            body
        )  # The body may be cut within a character.
    except UnicodeDecodeError:
        pass
    else:
        lied = declared and _codec(declared) != "utf-8" and not body.isascii()
        if may_be_twice_encoded(body) and (once := _once_decoded(text)) is not None:
            return Decoded(once, "encoded as UTF-8 twice")
        return Decoded(text, f"labelled {declared}, but the bytes are UTF-8" if lied else None)
    named = labels[0] if labels else None
    for codec in codecs_named:
        if codec != "utf-8" and (found := _strict(body, codec)) is not None:
            if _is_foreign(body, codec, found) and (detected := _detected(body, codec)):
                return Decoded(detected[0], f"labelled {named}, but is {detected[1]}")
            lied = codec != codecs_named[0]
            return Decoded(found, f"labelled {named}, but is {codec}" if lied else None)
    flaw = f"labelled {named}, but holds other bytes" if named else "names no encoding"
    if not _is_nearly_utf8(body) and _is_foreign(body) and (detected := _detected(body, "cp1252")):
        return Decoded(detected[0], f"{flaw}; read as {detected[1]}")
    return Decoded(_lenient(body, "utf-8"), flaw)


def _is_nearly_utf8(body: bytes) -> bool:
    text = body[:_SAMPLE].decode("utf-8", "surrogateescape")
    return 10 * _count(_STRAY, text) < _count(_BEYOND_ASCII, text)


def _count(signs: re.Pattern[str], text: str) -> int:
    return len(text) - len(signs.sub("", text))


def _is_foreign(body: bytes, codec: str = "cp1252", text: str = "") -> bool:
    """Say whether `body` is hardly text in `codec`, which decodes it to `text`.

    No language in Latin letters uses more letters beyond ASCII than within it.  No text in
    Cyrillic letters has more capitals than small letters.
    """
    if _LATIN.fullmatch(codec):
        words = _MARKUP.sub(b" ", body[:_SAMPLE])
        high = len(_HIGH.findall(words))
        return high > 20 and 2 * high > len(words) - words.count(b" ")
    if codec not in _CASED:
        return False
    capitals = len(_CAPITALS.findall(text[:_SAMPLE]))
    return capitals > 20 and capitals > len(_SMALL.findall(text[:_SAMPLE]))


_CASED = frozenset(("cp1251", "koi8-r", "koi8-u", "iso8859-5", "cp866", "mac-cyrillic"))
_CAPITALS = re.compile("[А-ЯЁІЇЄΑ-Ω]")
_SMALL = re.compile("[а-яёіїєα-ω]")


def _detected(body: bytes, instead_of: str) -> tuple[str, str] | None:
    """Return the text and its encoding if the bytes clearly show one; ``None`` otherwise."""
    from charset_normalizer import from_bytes

    sample = bytearray()
    for piece in re.split(rb"[<>\r\n]", body[:_SAMPLE]):
        if _HIGH.search(piece):
            sample += piece[:_ENOUGH] + b" "
            if len(sample) > _ENOUGH:
                break
    best = from_bytes(
        bytes(sample), cp_isolation=list(_CANDIDATES), preemptive_behaviour=False
    ).best()
    codec = _codec(best.encoding) if best else None
    if not best or not codec or best.chaos > _MOST_CHAOS or codec == instead_of:
        return None
    if instead_of in _CASED and codec not in _CASED:
        return None
    if best.coherence < _LEAST_COHERENCE and not _MANY_BYTES.fullmatch(codec):
        return None
    text = _strict(body, codec)
    return (text, codec) if text and not _is_foreign(body, codec, text) else None


def without_c1(body: bytes) -> bytes:
    """Return UTF-8 with each C1 control, written raw or as a reference, read as windows-1252."""
    body = _C1.sub(lambda found: CP1252[found[1][0]].encode(), body)
    return _C1_REFERENCE.sub(lambda found: CP1252[reference(found[1].decode())].encode(), body)


def may_be_twice_encoded(body: bytes) -> bool:
    """Say quickly whether UTF-8 might have been read as windows-1252 and encoded again."""
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
    """Undo a second encoding of the whole text; ``None`` otherwise.

    A text that is only partly encoded twice may be about such errors.
    """
    try:
        bytes_ = _FROM_CP1252.sub(lambda found: _BYTES[found[0]], text).encode("latin-1")
        once = bytes_.decode()
    except UnicodeError:
        return None
    return once if len(bytes_) - len(once) >= _LEAST_TWICE else None


def _codec(label: str) -> str | None:
    """Return the codec that browsers use for a label; ``None`` if it names no character set."""
    import webencodings

    found = webencodings.lookup(label)
    known = found is not None and found.name not in ("replacement", "x-user-defined")
    try:
        name = codecs.lookup(found.codec_info.name if known and found else label).name
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
        # A body that is cut, or one bad character in a long text, does not make another encoding.
        text = body.decode(codec, "replace")
        return text if text.count("\ufffd") * 200 < error.end + len(text) else None


def _mapped(stray: re.Match[str]) -> str:
    byte = ord(stray[0]) - 0xDC00
    return CP1252.get(byte, chr(byte))


def _lenient(body: bytes, encoding: str) -> str:
    if encoding != "utf-8":
        return body.decode(encoding, "replace")
    text = body.decode(encoding, "surrogateescape")
    if _count(_STRAY, text) > _count(_BEYOND_ASCII, text):
        return _from_latin(body)  # The parts that are valid UTF-8 are so by chance.
    return _STRAY.sub(_mapped, text)


def _from_latin(body: bytes) -> str:
    return _CONTROL.sub(lambda found: CP1252[ord(found[0])], body.decode("latin-1"))


_PAGE_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.I)


def decode_page(page: bytes, media_type: str | None) -> str:
    """Return the text of a page, which may be cut off; `media_type` is its Content-Type as sent.

    >>> decode_page(b"<p>caf\\xe9</p>", "text/html; charset=iso-8859-1")
    '<p>café</p>'
    """
    if page.startswith((b"\xff\xfe", b"\xfe\xff")):
        return page.decode("utf-16", "replace")
    label = _PAGE_CHARSET.search(media_type or "") or _PAGE_CHARSET.search(
        page[:4096].decode("latin-1")
    )
    named = _codec(label[1]) if label else None
    if named is None and _ISO_2022_JP.search(page):
        named = "iso2022_jp"
    if named is None or not _ESCAPES.fullmatch(named):
        with suppress(UnicodeDecodeError):
            return codecs.getincrementaldecoder("utf-8")().decode(page)  # cut within a character?
    named = named if named != "utf-8" else None
    text = page.decode(named or "windows-1252", "replace")
    if not _is_nearly_utf8(page) and _is_foreign(page, named or "cp1252", text):
        detected = _detected(page, named or "cp1252")
        return detected[0] if detected else text
    return text
