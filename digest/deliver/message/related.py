"""Encode the pictures that a message's HTML page shows (multipart/related, RFC 2387)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b

from digest.deliver.message import header
from digest.deliver.message.body import base64_lines
from digest.model import Letter, LetterPicture

_CID = re.compile(r"[A-Za-z0-9._-]{1,64}@[A-Za-z0-9._-]{1,253}")
_NAME = re.compile(r"[A-Za-z0-9._-]{1,60}")
_MEDIA_TYPE = re.compile(r"image/[a-z0-9.+-]{1,40}")


@dataclass(frozen=True, slots=True)
class RelatedPictures:
    """The encoded pictures of a page, and the header of their part: equal for all recipients."""

    boundary: bytes
    header: bytes
    """The fields of the part that holds the page and its pictures."""
    pictures: bytes

    @classmethod
    def of(cls, letter: Letter) -> RelatedPictures | None:
        """Encode the pictures of a letter; raise ValueError for a name that cannot be sent."""
        if not letter.pictures:
            return None
        content = blake2b(letter.html.encode(), digest_size=12)
        for picture in letter.pictures:
            content.update(picture.body)
        boundary = f"=_{content.hexdigest()}"
        fields = header.field(
            "Content-Type", "multipart/related;", 'type="text/html";', f'boundary="{boundary}"'
        )
        parts = [_part(boundary.encode(), picture) for picture in letter.pictures]
        return cls(boundary.encode(), fields.encode("ascii"), b"".join(parts))


def _part(boundary: bytes, picture: LetterPicture) -> bytes:
    for form, value in (
        (_CID, picture.cid),
        (_NAME, picture.filename),
        (_MEDIA_TYPE, picture.media_type),
    ):
        if not form.fullmatch(value):
            raise ValueError(f"{value[:80]!r} cannot stand in the header of a picture")
    fields = (
        header.field("Content-Type", picture.media_type),
        header.field("Content-Transfer-Encoding", "base64"),
        header.field("Content-ID", f"<{picture.cid}>"),
        header.field("Content-Disposition", "inline;", f'filename="{picture.filename}"'),
    )
    head = "".join(fields).encode("ascii")
    return b"\r\n--" + boundary + b"\r\n" + head + b"\r\n" + base64_lines(picture.body)
