"""One kept-alive HTTP/1.1 connection to one origin.

h11 keeps the state of the connection and takes the body apart; `head` reads the head, because
browsers and curl take much that h11 refuses.  The bytes come by a protocol of asyncio's own.
httpx and httpcore would do the same with more features than a feed needs, four times the
processor time for an unchanged feed and 0.1 s for the import.

Deadlines are the caller's, round the whole exchange.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import AsyncGenerator

import h11

from digest.fetch.guard import AddressError, Guard
from digest.fetch.head import Head, HeadError, check_beginning, end_of_head, read_head
from digest.net.url_parts import WebAddress

MAX_HEAD = 256_000
"""Bytes that may come before the head of an answer ends, interim answers (1xx) and all."""
_BUFFER = 256_000
"""Received bytes that may wait to be read; then the socket is left alone for a while."""


class NoAnswerError(Exception):
    """There was no answer, or not all of it; str() is one sentence."""

    def __init__(self, message: str, *, temporary: bool = True, local: bool = False) -> None:
        self.temporary = temporary
        self.local = local
        """Whether nothing has left this machine: a refused address, no network."""
        super().__init__(message)


class BodyCutError(NoAnswerError):
    """The connection ended amid a body."""


class Stream(asyncio.Protocol):
    """The received bytes of one socket, in order, until its end."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._transport: asyncio.Transport | None = None
        self._reader: asyncio.Future[None] | None = None
        self._paused = False
        self._failure: Exception | None = None
        self.ended = False

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
        self.ended = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended = True
        self._failure = exc
        self._wake()

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    @property
    def is_idle(self) -> bool:
        """Whether nothing has come that nobody has read: no bytes, no end."""
        return not (self._received or self.ended)

    async def read(self) -> bytes:
        """Give all bytes that have come, at least one; none at the end.  Raise `OSError`."""
        while not self._received and not self.ended:
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

    def write(self, data: bytes) -> None:
        """Send a request, which is smaller than a socket's buffer: there is nothing to wait for."""
        if self._transport is not None:
            self._transport.write(data)

    def close(self) -> None:
        """Close the socket at once, whatever has not been sent or read."""
        if self._transport is not None:
            self._transport.abort()


class HttpAnswer:
    """An answer whose body is still to be read."""

    def __init__(self, head: Head, pieces: AsyncGenerator[bytes, None]) -> None:
        self.status = head.status
        self.head = head
        self.headers = head.headers
        self.pieces = pieces
        """The body as it comes off the wire, still compressed.

        It raises `BodyCutError` where the connection ends before the body does.
        """


class OriginConnection:
    """A connection to one origin, opened with the first request and again where it has closed."""

    def __init__(self, guard: Guard, tls: ssl.SSLContext) -> None:
        self._guard = guard
        self._tls = tls
        self._stream: Stream | None = None
        self._state = h11.Connection(h11.CLIENT)
        self.answered = False
        """The host has answered on this connection, whatever it said."""

    async def get(self, address: WebAddress, headers: list[tuple[bytes, bytes]]) -> HttpAnswer:
        """Send a GET and read the head of the answer; raise `NoAnswerError`."""
        try:
            kept = await self._is_kept()
            try:
                if not kept:
                    await self._open(address)
                head = await self._exchange(address, headers)
            except (ConnectionError, EOFError):
                if not kept:
                    raise
                # The server may have closed a kept connection just as we asked: once more.
                await self._open(address)
                head = await self._exchange(address, headers)
        except (AddressError, HeadError, h11.ProtocolError, EOFError, OSError, ValueError) as error:
            self.close()
            raise _translated(error, address.host) from error
        except BaseException:
            self.close()
            raise
        self.answered = True
        return HttpAnswer(head, self._pieces())

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    async def aclose(self) -> None:
        """Close the connection for good."""
        self.close()

    async def _is_kept(self) -> bool:
        """Tell whether the connection of the last answer can carry another.

        Whatever has come since that answer ended was not asked for, and would be taken for the
        answer to the next request: such a connection is closed.
        """
        if self._stream is None:
            return False
        for _ in range(2):  # The loop needs two turns to deliver what the socket holds.
            await asyncio.sleep(0)
        if self._stream.is_idle and self._state.our_state is h11.DONE is self._state.their_state:
            self._state.start_next_cycle()
            return True
        self.close()
        return False

    async def _open(self, address: WebAddress) -> None:
        self.close()
        self._state = h11.Connection(h11.CLIENT)
        opened = await self._guard.connect(address.host, address.port)
        secure = address.scheme == "https"
        try:
            _, self._stream = await asyncio.get_running_loop().create_connection(
                Stream,
                sock=opened,
                ssl=self._tls if secure else None,
                server_hostname=address.host if secure else None,
            )
        except BaseException:
            opened.close()
            raise

    async def _exchange(self, address: WebAddress, headers: list[tuple[bytes, bytes]]) -> Head:
        assert self._stream is not None
        request = h11.Request(
            method="GET",
            target=address.target,
            headers=[(b"Host", address.authority.encode()), *headers],
        )
        sent = self._state.send(request) or b""
        self._state.send(h11.EndOfMessage())
        self._stream.write(sent)
        received = bytearray()
        left = MAX_HEAD
        while True:
            searched = 0
            while (end := end_of_head(received, searched)) < 0:
                searched = len(received)
                if searched > left:
                    raise HeadError("does not end its headers")
                piece = await self._stream.read()
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
                break
        self._state.receive_data(head.framing() + received)
        self._state.next_event()
        return head

    async def _pieces(self) -> AsyncGenerator[bytes, None]:
        """Yield the body; whoever stops before its end, closes the connection."""
        state, stream = self._state, self._stream
        whole = False
        try:
            while not whole and stream is not None:
                event = state.next_event()
                if isinstance(event, h11.Data):
                    yield bytes(event.data)
                elif event is h11.NEED_DATA:
                    state.receive_data(await stream.read())
                else:
                    whole = True
        except (h11.RemoteProtocolError, OSError) as error:
            raise BodyCutError("the answer broke off before its end") from error
        finally:
            # Bytes after the end of the body belong to no request of ours.
            if not whole or state.trailing_data[0] or state.their_state is not h11.DONE:
                self.close()


def default_tls() -> ssl.SSLContext:
    """Trust what the system trusts; where it has no certificates, those of certifi."""
    paths = ssl.get_default_verify_paths()
    if paths.cafile or paths.capath:
        return ssl.create_default_context()
    import certifi

    return ssl.create_default_context(cafile=certifi.where())


def _translated(error: Exception, host: str) -> NoAnswerError:
    match error:
        case AddressError():
            return NoAnswerError(str(error), temporary=False, local=True)
        case HeadError():
            return NoAnswerError(f"{host} gave no HTTP answer: it {error}")
        case socket.gaierror():
            message = f"the name {host} cannot be resolved: {_reason(error)}"
            return NoAnswerError(message, local=error.errno == socket.EAI_AGAIN)
        case ssl.SSLCertVerificationError():
            return NoAnswerError(f"the certificate of {host} does not hold: {error.verify_message}")
        case ssl.SSLError():
            reason = (error.reason or _reason(error)).replace("_", " ").lower()
            return NoAnswerError(f"no secure connection to {host}: {reason}")
        case ConnectionRefusedError():
            return NoAnswerError(f"{host} refuses connections")
        case EOFError():
            return NoAnswerError(f"{host} gave no HTTP answer: it closed the connection")
        case ConnectionError():
            return NoAnswerError(f"{host} broke the connection off")
        case OSError():
            local = error.errno in (errno.ENETUNREACH, errno.ENETDOWN)
            return NoAnswerError(f"no connection to {host}: {_reason(error)}", local=local)
        case h11.LocalProtocolError():
            return NoAnswerError(f"{host} cannot be asked: {error}", temporary=False)
        case h11.RemoteProtocolError():
            return NoAnswerError(f"{host} gave no HTTP answer: {error}")
        case _:
            return NoAnswerError(f"{host} is no name that can be asked for", temporary=False)


def _reason(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__
