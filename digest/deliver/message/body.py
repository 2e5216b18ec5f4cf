"""Encode the text of a message part: ASCII lines of at most 76 characters that end with CRLF.

A text is encoded once; afterwards each recipient's own address for leaving is inserted in the place
of each `LINK`.  No line can be misread: a lone dot as the end of a message, or "From " as the
beginning of a message in a mailbox file.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass

from digest.model import GREETING, LINK

_MOST = 76
"""RFC 2045, 6.7 and 6.8."""
_SAFE = b"\t\n" + bytes(range(0x20, 0x7F)).replace(b"=", b"")
_UNSAFE = re.compile(rb"[^\t\n\x20-\x3c\x3e-\x7e]+")
_MARKS = re.compile(f"[{LINK}{GREETING}]")
_OTHER_ENDS = re.compile("\r\n?")
_MISREAD = re.compile(rb"\.|From ")
_CONTINUED = re.compile(rb"=[89AB]")


@dataclass(frozen=True, slots=True)
class EncodedPart:
    """An encoded text, divided into `pieces` at its links and its greeting."""

    encoding: str
    """The value of the part's Content-Transfer-Encoding."""
    pieces: tuple[bytes, ...]
    marks: tuple[str, ...] = ()
    """The marks between the pieces: `LINK` or `GREETING`."""

    def fill(self, link: str, greeting: str = "") -> bytes:
        """Return the encoded text with `link` and `greeting` in the places of their marks."""
        texts = {LINK: link, GREETING: greeting}
        filled = [self.pieces[0]]
        for mark, piece in zip(self.marks, self.pieces[1:], strict=True):
            if self.encoding == "base64":
                filled.append(texts[mark].replace("\n", "\r\n").encode())
            else:
                filled.append(b"=\r\n" + _printable(texts[mark]) + b"=\r\n")
            filled.append(piece)
        whole = b"".join(filled)
        return base64_lines(whole) if self.encoding == "base64" else whole


def encode(text: str, stand_in: str) -> EncodedPart:
    """Encode `text` in the encoding that is shorter with `stand_in` in the place of links."""
    lines = [line.rstrip(" \t") for line in _OTHER_ENDS.sub("\n", text).split("\n")]
    kept = "\n".join(lines).rstrip("\n") + "\n"
    texts, marks = _MARKS.split(kept), tuple(_MARKS.findall(kept))
    pieces = tuple(text.replace("\n", "\r\n").encode() for text in texts)
    base64 = EncodedPart("base64", pieces, marks)
    most = len(base64.fill(stand_in))
    whole = kept.replace(LINK, stand_in).replace(GREETING, "").encode()
    if len(whole) + 2 * len(whole.translate(None, _SAFE)) > most:  # even without soft breaks
        return base64
    printable = EncodedPart("quoted-printable", tuple(map(_printable, texts)), marks)
    return printable if len(printable.fill(stand_in)) <= most else base64


def _printable(text: str) -> bytes:
    """Encode `text` as quoted-printable; the last line stays open where the text ends."""
    escaped = _UNSAFE.sub(lambda found: _escaped(found[0]), text.encode())
    return b"\r\n".join(map(_soft_breaks, escaped.split(b"\n")))


def _escaped(data: bytes) -> bytes:
    return b"=" + data.hex("=").upper().encode()


def _soft_breaks(line: bytes) -> bytes:
    """Break a line of escaped bytes into lines of at most 76, and divide no character."""
    lines: list[bytes] = []
    start = 0
    while True:
        misread = _MISREAD.match(line, start)
        begun = _escaped(line[start : start + 1]) if misread else b""
        start += 1 if misread else 0
        if len(line) - start + len(begun) < _MOST:
            return b"=\r\n".join([*lines, begun + line[start:]])
        end = _safe_end(line, start + _MOST - 1 - len(begun))
        lines.append(begun + line[start:end])
        start = end


def _safe_end(line: bytes, end: int) -> int:
    """Return the last index up to `end` that divides no escape and no UTF-8 character."""
    end -= next((back for back in (1, 2) if line[end - back : end - back + 1] == b"="), 0)
    while _CONTINUED.match(line, end):
        end -= 3
    return end


def base64_lines(data: bytes) -> bytes:
    """Encode bytes as base64 in lines of 76 characters, the last with its CRLF."""
    text = binascii.b2a_base64(data, newline=False)
    return b"\r\n".join([text[at : at + _MOST] for at in range(0, len(text), _MOST)]) + b"\r\n"
