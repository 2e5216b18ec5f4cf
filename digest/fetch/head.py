"""Read the head of an HTTP answer as browsers and curl do.  PURE.

Servers of feeds send header lines that RFC 9112 forbids and every browser accepts: a space before
the colon, a name with a space or a slash, an empty name, a line without a colon, Transfer-Encoding
twice.  Such a line is kept if it makes sense; otherwise only that line is lost.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

_STATUS = re.compile(rb"(?:HTTP/(\d)(?:\.(\d))?|ICY)[ \t]+(\d{3})(?!\d)", re.I)
_END = re.compile(rb"\r?\n\r?\n")
_FOLD = re.compile(rb"\r?\n[ \t]+")  # RFC 9112, 5.2
_SHOWN = 40


class HeadError(ValueError):
    """The bytes are no head of an HTTP answer; str() is the predicate of a sentence."""


@dataclass(frozen=True)
class Head:
    """The status and headers of an answer.  Names are lower-case."""

    status: int
    lines: tuple[tuple[bytes, bytes], ...]
    keeps: bool
    """Whether the connection stays open after this answer, by its version and headers."""

    @cached_property
    def headers(self) -> dict[str, str]:
        """The headers by name; the values of one name are joined by commas (RFC 9110, 5.3)."""
        joined: dict[str, str] = {}
        for key, value in self.lines:
            name, text = key.decode("latin-1"), value.decode("latin-1")
            joined[name] = f"{joined[name]}, {text}" if name in joined else text
        return joined

    def all(self, name: bytes) -> list[bytes]:
        """Return every value of a header, in order."""
        return [value for key, value in self.lines if key == name]

    @property
    def is_chunked(self) -> bool:
        """Whether the body comes in chunks (RFC 9112, 7.1)."""
        return b"chunked" in self._codings

    @property
    def length(self) -> int | None:
        """The length of the body in bytes; `None` if it is chunked or ends with the connection.

        Of several lengths the last counts, as in curl; a value that is no number is ignored.
        """
        if self.status in (204, 304):
            return 0
        lengths = self.all(b"content-length")
        if not lengths or self._codings.replace(b"identity", b"").strip(b", "):
            return None
        number = lengths[-1].rpartition(b",")[2].strip()
        return int(number) if number.isdigit() and len(number) < 20 else None

    @property
    def _codings(self) -> bytes:
        return b",".join(self.all(b"transfer-encoding")).lower()

    def chunked_head(self) -> bytes:
        """Return a minimal head that declares a chunked body."""
        return b"HTTP/1.1 %d \r\nTransfer-Encoding: chunked\r\n\r\n" % self.status


def check_beginning(data: bytes | bytearray) -> None:
    """Raise `HeadError` if the bytes cannot be the beginning of a head."""
    begun = bytes(data[:9]).lstrip(b"\r\n").upper()[:4]
    if not any(known.startswith(begun) for known in (b"HTTP", b"ICY ")):
        raise HeadError(f"begins with {_shown(data)}, which is no HTTP")


def end_of_head(data: bytes | bytearray, start: int = 0) -> int:
    """Return the position where the body begins; -1 if the head is incomplete."""
    begun = len(data) - len(data.lstrip(b"\r\n")) if data[:1] in (b"\r", b"\n") else 0
    found = _END.search(data, max(begun, start - 3))
    return found.end() if found else -1


def read_head(data: bytes) -> Head:
    """Read a whole head with the empty line that ends it; raise `HeadError` if it is none."""
    data = data.lstrip(b"\r\n")
    status = _STATUS.match(data)
    if status is None:
        raise HeadError(f"begins with {_shown(data)}, which is no HTTP")
    lines = []
    for line in _FOLD.sub(b" ", data).split(b"\n")[1:]:
        name, colon, value = line.partition(b":")
        name = name.strip().lower()
        if colon and name:
            lines.append((name, value.replace(b"\0", b"").strip()))
    major, minor, code = status.groups()
    said = b",".join(value.lower() for name, value in lines if name == b"connection")
    modern = (major or b"1", minor or b"0") >= (b"1", b"1")
    keeps = b"close" not in said and (modern or b"keep-alive" in said)
    return Head(status=int(code), lines=tuple(lines), keeps=keeps)


def _shown(data: bytes | bytearray) -> str:
    """Return the quoted beginning of the first line, printable and short."""
    line = bytes(data[: _SHOWN + 1]).lstrip().split(b"\n")[0].decode("latin-1").strip()
    text = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in line)
    return f"“{text[:_SHOWN]}{'…' if len(text) > _SHOWN else ''}”"
