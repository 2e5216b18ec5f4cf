"""Read and write the bytes of a socket: directly without TLS, through asyncio's transport with TLS.

Most polls are one small packet each way.  For these a transport would take as much processor time
as the rest of the request, so a plain socket has none.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import Protocol

from digest.fetch.head import Head, HeadError, check_beginning, end_of_head, read_head

MAX_HEAD = 256_000
"""The most bytes of the head of an answer, interim answers (1xx) included."""
_BUFFER = 256_000
"""With more unread bytes than this, reading from the socket is paused."""


_PIECE = 65_536
"""The most bytes of one read: for more, the allocator maps new memory each time."""


class Stream(Protocol):
    """A byte stream that a connection reads and writes; its methods raise `OSError`."""

    async def is_idle(self) -> bool:
        """Return whether no unread byte has arrived, and the other end has not closed."""

    async def read(self) -> bytes:
        """Return the received bytes, at least one; empty bytes at the end."""

    async def send(self, data: bytes) -> None:
        """Send bytes."""

    def close(self) -> None:
        """Close the socket at once, without waiting for unsent or unread bytes."""

    async def secured(self, tls: ssl.SSLContext, host: str) -> Stream:
        """Start TLS with `host` at the other end; return the stream to use from now on."""


async def open_stream(connected: socket.socket, tls: ssl.SSLContext | None, host: str) -> Stream:
    """Return the stream of a connected socket; with `tls`, after checking the certificate."""
    if tls is None:
        return PlainStream(connected)
    try:
        _, stream = await asyncio.get_running_loop().create_connection(
            TlsStream, sock=connected, ssl=tls, server_hostname=host
        )
    except BaseException:
        connected.close()
        raise
    return stream


async def receive_head(stream: Stream) -> tuple[Head, bytes]:
    """Read the head of an answer; return it with the bytes that came after it.

    Interim answers (1xx) are skipped.  Raises EOFError if nothing is received, HeadError for bytes
    that are no answer, and OSError.
    """
    received = bytearray()
    left = MAX_HEAD
    while True:
        searched = 0
        while (end := end_of_head(received, searched)) < 0:
            searched = len(received)
            if searched > left:
                raise HeadError("does not end its headers")
            piece = await stream.read()
            if not piece and not received:
                raise EOFError
            received += piece
            check_beginning(received)
            if not piece:
                raise HeadError("ends amid its headers")
        head = read_head(bytes(received[:end]))
        left -= end
        del received[:end]
        if head.status == 101:
            raise HeadError("changes to another protocol")
        if not 100 <= head.status < 200:
            return head, bytes(received)


class PlainStream:
    """A socket without TLS."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._loop = asyncio.get_running_loop()

    async def is_idle(self) -> bool:
        try:
            self._socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    async def read(self) -> bytes:
        return await self._loop.sock_recv(self._socket, _PIECE)

    async def send(self, data: bytes) -> None:
        await self._loop.sock_sendall(self._socket, data)

    def close(self) -> None:
        self._socket.close()

    async def secured(self, tls: ssl.SSLContext, host: str) -> Stream:
        return await open_stream(self._socket, tls, host)


class TlsStream(asyncio.Protocol):
    """A socket with TLS, which asyncio handles."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._transport: asyncio.Transport | None = None
        self._reader: asyncio.Future[None] | None = None
        self._paused = False
        self._failure: Exception | None = None
        self._ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        if len(self._received) > _BUFFER and self._transport and not self._paused:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        self._ended = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended = True
        self._failure = exc
        self._wake()

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    async def is_idle(self) -> bool:
        for _ in range(2):  # The loop needs two turns to deliver what the socket holds.
            await asyncio.sleep(0)
        return not (self._received or self._ended)

    async def read(self) -> bytes:
        while not self._received and not self._ended:
            self._reader = asyncio.get_running_loop().create_future()
            try:
                await self._reader
            finally:
                self._reader = None
        data = bytes(self._received)
        self._received.clear()
        if self._paused and self._transport:
            self._paused = False
            self._transport.resume_reading()
        if not data and self._failure is not None:
            raise self._failure
        return data

    async def send(self, data: bytes) -> None:
        if self._transport is not None:  # A request fits in the buffer: no wait is needed.
            self._transport.write(data)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    async def secured(self, tls: ssl.SSLContext, host: str) -> Stream:
        assert self._transport is not None
        loop = asyncio.get_running_loop()
        transport = await loop.start_tls(self._transport, self, tls, server_hostname=host)
        if transport is None:
            raise ConnectionResetError
        self._transport = transport
        return self
