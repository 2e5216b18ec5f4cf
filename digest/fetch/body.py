"""Collect and inflate the body of an answer, within bounds.  PURE.

The first bytes, not the Content-Encoding, decide whether a body is inflated, since servers send
plain text or gzip under any label, and compress twice.  No step produces more than the limit.
"""

from __future__ import annotations

import re
import zlib

MAX_PIECES = 200_000
"""The most pieces of a body: more would cost too much time."""
MAX_MEMBERS = 1_000
MAX_LAYERS = 4
"""The most times that a body may be compressed."""

_GZIP, _ZLIB, _RAW = 31, 15, -15
_NOT_ASKED_FOR = frozenset({"br", "zstd", "compress", "x-compress", "dcb", "dcz"})
_GZIP_MAGIC = b"\x1f\x8b"
_TEXT = b"<{[ \t\r\n\xef\xfe\xff"
"""First bytes of a feed; a deflate stream hardly ever begins with them."""
_CONTROL = re.compile(rb"[\0-\x08\x0b\x0c\x0e-\x1f]")
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<", b"{\0", b"\0{")


class BodyError(ValueError):
    """The body cannot be read; str() is the predicate of a sentence."""


class AnswerBody:
    """Collects a body of at most `limit` bytes; `label` is the Content-Encoding."""

    def __init__(self, label: str, limit: int) -> None:
        self._codings = {coding.strip() for coding in label.lower().split(",")}
        self.cut = False
        """Whether a compressed body ended early."""
        self._limit = limit
        self._received = self._pieces = self._members = self._size = 0
        self._out: list[bytes] = []
        self._head = b""
        self._least = 64 if self._codings & _NOT_ASKED_FOR else 2
        """The number of bytes needed to recognize the format."""
        self._inflater: zlib._Decompress | None = None
        self._plain = False

    def add(self, piece: bytes) -> None:
        """Take the next piece; raise `BodyError` as soon as the body cannot be right."""
        self._received += len(piece)
        self._pieces += 1
        if self._received > self._limit:
            raise self._too_large()
        if self._pieces > MAX_PIECES:
            raise BodyError(f"comes in more than {MAX_PIECES:,} pieces")
        while piece:
            piece = self._take(piece)

    def finish(self) -> bytes:
        """Return the whole body, or the received part of a body that ended early."""
        body = self._collected()
        for _ in range(MAX_LAYERS - 1):
            if not body.startswith(_GZIP_MAGIC):
                break
            inner = AnswerBody("", self._limit)
            inner.add(body)
            body = inner._collected()
            self.cut = self.cut or inner.cut
        return body

    def _collected(self) -> bytes:
        if self._head and not self._members and self._least > 1:
            self._least = 1  # No more bytes will come.
            piece = self._take(b"")
            while piece:
                piece = self._take(piece)
        if self._inflater is not None:
            self.cut = True
            if not self._size:
                raise BodyError("is compressed and ends early")
        return b"".join(self._out)

    def _take(self, piece: bytes) -> bytes:
        """Process `piece`; return its unused rest."""
        if self._plain:
            self._keep(piece)
            return b""
        if self._inflater is None:
            return self._begin(piece)
        try:
            self._keep(self._inflater.decompress(piece, self._limit - self._size + 1))
        except zlib.error as error:
            raise BodyError("is compressed and damaged") from error
        if not self._inflater.eof:
            return b""
        rest = self._inflater.unused_data
        self._inflater = None
        return rest

    def _begin(self, piece: bytes) -> bytes:
        """Recognize the format of the body, or of the bytes after a gzip member."""
        self._head += piece
        if len(self._head) < self._least:
            return b""
        piece, self._head = self._head, b""
        form = self._form(piece)
        if form is None and self._members:
            return b""  # as gzip(1): what follows the last member is padding
        if form is None:
            if (refused := self._codings & _NOT_ASKED_FOR) and not _is_text(piece):
                raise BodyError(f"is compressed as {min(refused)}, which was not asked for")
            self._plain = True
            return piece
        self._members += 1
        if self._members > MAX_MEMBERS:
            raise BodyError(f"is compressed in more than {MAX_MEMBERS:,} parts")
        self._inflater = zlib.decompressobj(form)
        return piece

    def _form(self, head: bytes) -> int | None:
        """Return zlib's `wbits` for a stream that begins with `head`; `None` for plain text."""
        if head.startswith(_GZIP_MAGIC):
            return _GZIP
        if self._members or not self._codings & {"gzip", "x-gzip", "deflate"}:
            return None
        if len(head) > 1 and head[0] & 0x0F == 8 and int.from_bytes(head[:2], "big") % 31 == 0:
            return _ZLIB  # RFC 1950
        return _RAW if "deflate" in self._codings and head[0] not in _TEXT else None

    def _keep(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._limit:
            raise self._too_large()
        self._out.append(piece)

    def _too_large(self) -> BodyError:
        return BodyError(f"is larger than {self._limit:,} bytes (fetch.max_bytes)")


def _is_text(head: bytes) -> bool:
    """Return whether a body begins as a text, in any encoding, and not as a compressed stream."""
    return head.startswith(_WIDE) or _CONTROL.search(head, 0, 64) is None
