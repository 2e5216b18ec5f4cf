"""Read the header and the parts of a message of unknown origin, whatever its bytes are.

Everything is cut to a limit before it is read, no step costs more than linear time, and nothing
here raises: malformed parts are left out.
"""

from __future__ import annotations

import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass

MOST_BYTES = 1 << 20
"""How many bytes are read: a report is at the beginning, and the rest is the returned letter."""
MOST_HEAD = 1 << 16
_MOST_FIELDS = 400
_MOST_VALUE = 4000
_MOST_DEPTH = 4
_MOST_PARTS = 40

_FIELD = re.compile(r"([!-9;-~]{1,80})[ \t]*:[ \t]*(.*)", re.DOTALL)
_FOLD = re.compile(r"\n[ \t]+")


@dataclass(frozen=True, slots=True)
class MessageHeader:
    """The fields of a header, in order, names in lower case."""

    fields: tuple[tuple[str, str], ...]

    def all(self, *names: str) -> list[str]:
        """Return the values of these fields."""
        return [value for name, value in self.fields if name in names]

    def first(self, *names: str) -> str:
        """Return the value of the first of these fields, or ""."""
        return next(iter(self.all(*names)), "")


@dataclass(frozen=True, slots=True)
class MessagePart:
    """A part without parts of its own: its media type ("" where none is given), header and text.

    A message within the message is such a part as well.
    """

    media_type: str
    head: MessageHeader
    text: str


def parts(message: bytes) -> tuple[MessageHeader, list[MessagePart]]:
    """Return the header of a message and its first parts, depth first."""
    data = message[:MOST_BYTES].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if data.startswith(b"From "):  # the line that mailboxes put before a message
        data = data.partition(b"\n")[2]
    head, body = _divide(data)
    found: list[MessagePart] = []
    for part in _leaves(head, body, 0):
        found.append(part)
        if len(found) == _MOST_PARTS:
            break
    return head, found


def head_of(text: str) -> MessageHeader:
    """Read the header that `text` begins with."""
    unfolded = _FOLD.sub(" ", text[:MOST_HEAD].lstrip("\n").partition("\n\n")[0])
    fields = []
    for line in unfolded.split("\n")[:_MOST_FIELDS]:
        if field := _FIELD.fullmatch(line):
            fields.append((field[1].lower(), field[2].strip()[:_MOST_VALUE]))
    return MessageHeader(tuple(fields))


def parameter(value: str, name: str) -> str:
    """Return a parameter of a field's value, such as ``boundary``, or ""."""
    found = re.search(rf';\s*{name}\s*=\s*(?:"([^"]*)"|([^\s;"]+))', value, re.IGNORECASE)
    return (found[1] or found[2] or "") if found else ""


def _divide(data: bytes) -> tuple[MessageHeader, bytes]:
    head, _, body = data.partition(b"\n\n")
    if data.startswith(b"\n"):  # no header at all
        head, body = b"", data[1:]
    return head_of(_decoded(head[:MOST_HEAD])), body


def _leaves(head: MessageHeader, body: bytes, depth: int) -> Iterator[MessagePart]:
    value = head.first("content-type")
    media_type = value.partition(";")[0].strip().lower()
    boundary = parameter(value, "boundary")
    if not (media_type.startswith("multipart/") and boundary):
        yield MessagePart(media_type, head, _text(head, body))
    elif depth < _MOST_DEPTH:
        pieces = (b"\n" + body).split(b"\n--" + boundary.encode(), _MOST_PARTS)
        for piece in pieces[1:]:
            if piece.startswith(b"--"):
                break
            # The rest of the boundary's line is white space and does not belong to the part.
            yield from _leaves(*_divide(piece.partition(b"\n")[2]), depth + 1)


def _text(head: MessageHeader, body: bytes) -> str:
    encoding = head.first("content-transfer-encoding").lower()
    if encoding == "base64":
        try:
            body = binascii.a2b_base64(body)
        except binascii.Error:
            return ""
    elif encoding == "quoted-printable":
        body = quopri.decodestring(body)
    return _decoded(body.replace(b"\r\n", b"\n"))


def _decoded(data: bytes) -> str:
    """Decode as UTF-8, or as Latin-1 where it is not UTF-8: the words that count are ASCII."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
