"""Files that are made for one download: written aside first, then sent piece by piece.

The database is read in one thread and at once, so a slow client keeps no transaction open.
"""

from __future__ import annotations

from collections.abc import Iterable
from tempfile import SpooledTemporaryFile

from anyio import to_thread
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

_IN_MEMORY = 1_000_000
_PIECE = 65_536


class Download(Response):
    """A response with the text of `lines`, which are read when it is made."""

    def __init__(self, lines: Iterable[str], filename: str, media_type: str) -> None:
        self._file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - sent later
        for line in lines:
            self._file.write(line.encode("utf-8", "replace"))
        size = self._file.tell()
        self._file.seek(0)
        headers = {"content-disposition": f'attachment; filename="{filename}"'}
        super().__init__(None, 200, headers, media_type)
        self.headers["content-length"] = str(size)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            while piece := await to_thread.run_sync(self._file.read, _PIECE):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            self._file.close()
