"""A loopback HTTP server that publishes feeds, and misbehaves where it is told to.

    with FeedServer({"/a.xml": b"<rss/>", "/gone": Answer(status=410)}) as server:
        server.url("/a.xml")            # http://127.0.0.1:PORT/a.xml
        server.pages["/b.xml"] = b"..."  # pages may change while it runs
        server.hits["/a.xml"]           # how often it was asked for
        server.requests                 # each request, in order, with its headers
        server.peak["127.0.0.1:PORT"]   # most requests at once, by Host header

A page is bytes (served with a strong ETag, Last-Modified and correct 304s), an `Answer`, a `Raw`
byte stream, or a function from the `Request` to one of these.  Given a folder instead of a
mapping, it serves the folder's files.  `python -m support.feedserver FOLDER` serves one until its
standard input ends, in a process of its own.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import blake2b
from http import HTTPStatus
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from support.loopserver import LoopServer

MEDIA_TYPES = {
    ".atom": "application/atom+xml",
    ".html": "text/html; charset=utf-8",
    ".json": "application/feed+json",
    ".rss": "application/rss+xml",
    ".txt": "text/plain; charset=utf-8",
    ".xml": "application/xml",
}
MODIFIED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
"""When the pages of a mapping were last changed."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What was asked; header names in lower case."""

    path: str
    headers: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A scripted answer.  Content-Length is added unless `headers` say how long the body is."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    delay: float = 0
    """Seconds before the answer."""


@dataclass(frozen=True, kw_only=True)
class Raw:
    """Bytes as they go over the wire, endless if the iterable is; then the connection ends."""

    pieces: Iterable[bytes] = ()
    pause: float = 0
    """Seconds before each piece."""
    end: Literal["close", "reset", "hang"] = "close"


Page = bytes | Answer | Raw | Callable[[Request], "Page"]


class FeedServer(LoopServer):
    """Serves `pages` on `host` from a thread of its own, for as long as the context lasts."""

    def __init__(
        self,
        pages: Mapping[str, Page] | Path,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.folder = pages if isinstance(pages, Path) else None
        self.pages: dict[str, Page] = {} if isinstance(pages, Path) else dict(pages)
        self.hits: Counter[str] = Counter()
        self.requests: list[Request] = []
        self.connections = 0
        self.peak: Counter[str] = Counter()
        self.peak_in_all = 0
        self._busy: Counter[str] = Counter()
        self._answering: set[asyncio.Task[None] | None] = set()
        self._tls = tls
        self._listening = socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=1024
        )
        self.host = host
        self.port: int = self._listening.getsockname()[1]

    def url(self, path: str = "/", *, host: str | None = None) -> str:
        """Give the address of a page, by another name of the host if one is given."""
        return f"{'https' if self._tls else 'http'}://{host or self.host}:{self.port}{path}"

    async def _start(self) -> None:
        self._server = await asyncio.start_server(self._serve, sock=self._listening, ssl=self._tls)

    async def _stop(self) -> None:
        self._server.close()
        await self._end_tasks()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        # The loop forgets a task that waits for nothing, as on a page that hangs.
        self._answering.add(task)
        try:
            while request := await _read_request(reader):
                self.hits[request.path] += 1
                self.requests.append(request)
                host = request.headers.get("host", "")
                self._busy[host] += 1
                self.peak[host] = max(self.peak[host], self._busy[host])
                self.peak_in_all = max(self.peak_in_all, self._busy.total())
                try:
                    going_on = await self._answer(request, writer)
                finally:
                    self._busy[host] -= 1
                if not going_on:
                    break
        except (OSError, asyncio.CancelledError):
            pass  # the client, or the test, has had enough
        finally:
            writer.transport.abort()
            self._answering.discard(task)

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> bool:
        """Answer, and tell whether the connection is to be kept."""
        page = self._page(request)
        while callable(page):
            page = page(request)
        if isinstance(page, Raw):
            for piece in page.pieces:
                await asyncio.sleep(page.pause)
                writer.write(piece)
                await writer.drain()
            if page.end == "hang":
                await asyncio.Event().wait()
            if page.end == "reset":
                linger = struct.pack("ii", 1, 0)
                writer.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, linger
                )
            else:
                writer.close()
                await writer.wait_closed()
            return False
        if isinstance(page, bytes):
            page = _publish(request, page, MODIFIED)
        if page.delay:
            await asyncio.sleep(page.delay)
        writer.write(_wire_form(page))
        await writer.drain()
        return True

    def _page(self, request: Request) -> Page:
        path = urlsplit(request.path).path
        if self.folder is None:
            return self.pages.get(path, Answer(status=404))
        file = (self.folder / unquote(path).lstrip("/")).resolve()
        if not file.is_relative_to(self.folder.resolve()) or not file.is_file():
            return Answer(status=404)
        modified = datetime.fromtimestamp(int(file.stat().st_mtime), UTC)
        return _publish(request, file.read_bytes(), modified)


def etag(body: bytes) -> str:
    """Give the strong ETag that a page of these bytes bears."""
    return f'"{blake2b(body, digest_size=8).hexdigest()}"'


async def _read_request(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines if line)
    return Request(
        path=first.split(" ")[1], headers={name.lower(): value.strip() for name, _, value in pairs}
    )


def _publish(request: Request, body: bytes, modified: datetime) -> Answer:
    """Serve a version as RFC 9110, 13.2 says: If-None-Match first, the date only without it."""
    headers = {
        "ETag": etag(body),
        "Last-Modified": format_datetime(modified, usegmt=True),
        "Content-Type": MEDIA_TYPES.get(Path(urlsplit(request.path).path).suffix, "text/xml"),
    }
    match = request.headers.get("if-none-match")
    since = request.headers.get("if-modified-since")
    if match is not None:
        known = match == "*" or headers["ETag"] in (tag.strip() for tag in match.split(","))
    else:
        known = since is not None and parsedate_to_datetime(since) >= modified
    return Answer(status=304, headers=headers) if known else Answer(headers=headers, body=body)


def _wire_form(answer: Answer) -> bytes:
    try:
        phrase = HTTPStatus(answer.status).phrase
    except ValueError:
        phrase = ""
    headers = dict(answer.headers)
    if answer.status != 304 and not {"content-length", "transfer-encoding"} & {
        name.lower() for name in headers
    }:
        headers["Content-Length"] = str(len(answer.body))
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"HTTP/1.1 {answer.status} {phrase}\r\n{lines}\r\n".encode("latin-1")
    return head + answer.body


if __name__ == "__main__":
    with FeedServer(Path(sys.argv[1])) as served:
        print(served.url(), flush=True)
        sys.stdin.read()
