"""Read the publisher's pictures: check the format and find the size in pixels.

The format is known from the first bytes, never from the file name.  SVG is refused: it may hold
scripts, which run with the site's rights where the file is opened by itself, and mail programs do
not show it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from digest.model.look import Picture

MOST_BYTES_OF_LOGO = 200_000
"""The limit is low, because the logo is in each page and each mail."""
MOST_BYTES_OF_SHARE_IMAGE = 1_000_000
"""A share image is a file beside the pages; no mail holds it."""
MOST_PIXELS = 6000
"""The largest width and height."""
_SVG = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:\?xml|!doctype svg|!--|svg)", re.IGNORECASE)
_KINDS = "PNG, JPEG, WebP or GIF"


def load(file: Path, name: str, *, most: int) -> Picture:
    """Read the picture in `file`; its published file name begins with `name`.

    Raises ValueError with one sentence that says what is wrong with the picture.
    """
    try:
        if not file.is_file():
            raise ValueError(f"there is no file {file}")
        with file.open("rb") as opened:
            body = opened.read(most + 1)
    except OSError as error:
        raise ValueError(f"{file} cannot be read: {error.strerror}") from error
    if len(body) > most:
        raise ValueError(f"{file} has more than {most // 1000} kB; save it smaller")
    kind, width, height = _examine(body, file)
    if not (0 < width <= MOST_PIXELS and 0 < height <= MOST_PIXELS):
        raise ValueError(f"{file} is {width} by {height} pixels; expected 1 to {MOST_PIXELS}")
    suffix = "jpg" if kind == "jpeg" else kind
    return Picture(
        filename=f"{name}.{suffix}",
        media_type=f"image/{kind}",
        body=body,
        width=width,
        height=height,
    )


def _examine(body: bytes, file: Path) -> tuple[str, int, int]:
    """Return the format, width and height of a picture; raise ValueError for any other file."""
    for kind, magic, measure in _FORMATS:
        if magic.match(body):
            try:
                width, height = measure(body)
            except (ValueError, IndexError):
                raise ValueError(f"{file} is cut off or damaged; save it again") from None
            return kind, width, height
    if _SVG.match(body):
        raise ValueError(
            f"{file} is an SVG drawing, which may hold scripts and which mail programs do not "
            "show; export it as PNG, twice as large as it is to be seen"
        )
    raise ValueError(f"{file} is no picture that browsers and mail programs show: {_KINDS}")


def _png(body: bytes) -> tuple[int, int]:
    """Return width and height by the first chunk, IHDR (PNG, third edition, 11.2.1)."""
    if body[12:16] != b"IHDR" or b"IEND" not in body[-16:]:
        raise ValueError
    return _big_endian(body, 16, 4), _big_endian(body, 20, 4)


def _gif(body: bytes) -> tuple[int, int]:
    """Return width and height by the logical screen descriptor (GIF89a, 18)."""
    return _little_endian(body, 6, 2), _little_endian(body, 8, 2)


def _jpeg(body: bytes) -> tuple[int, int]:
    """Return width and height by the frame header, after other segments (ITU T.81, B.2.2)."""
    at = 2
    while True:
        if body[at] != 0xFF:
            raise ValueError
        marker = body[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return _big_endian(body, at + 7, 2), _big_endian(body, at + 5, 2)
        elif marker in (0x01, 0xD8) or 0xD0 <= marker <= 0xD7:
            at += 2
        elif marker in (0xD9, 0xDA):
            raise ValueError
        else:
            at += 2 + _big_endian(body, at + 2, 2)


def _webp(body: bytes) -> tuple[int, int]:
    """Return width and height by the first chunk (RFC 9649, 2.5 to 2.7)."""
    chunk = body[12:16]
    if _little_endian(body, 4, 4) > len(body) - 8:
        raise ValueError
    if chunk == b"VP8X":
        return 1 + _little_endian(body, 24, 3), 1 + _little_endian(body, 27, 3)
    if chunk == b"VP8L":
        bits = _little_endian(body, 21, 4)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if chunk == b"VP8 " and body[23:26] == b"\x9d\x01\x2a":
        return _little_endian(body, 26, 2) & 0x3FFF, _little_endian(body, 28, 2) & 0x3FFF
    raise ValueError


def _big_endian(body: bytes, at: int, length: int) -> int:
    return int.from_bytes(_checked_slice(body, at, length), "big")


def _little_endian(body: bytes, at: int, length: int) -> int:
    return int.from_bytes(_checked_slice(body, at, length), "little")


def _checked_slice(body: bytes, at: int, length: int) -> bytes:
    if len(body) < at + length:
        raise ValueError
    return body[at : at + length]


_FORMATS: tuple[tuple[str, re.Pattern[bytes], Callable[[bytes], tuple[int, int]]], ...] = (
    ("png", re.compile(rb"\x89PNG\r\n\x1a\n"), _png),
    ("jpeg", re.compile(rb"\xff\xd8\xff"), _jpeg),
    ("gif", re.compile(rb"GIF8[79]a"), _gif),
    ("webp", re.compile(rb"RIFF....WEBP", re.DOTALL), _webp),
)
