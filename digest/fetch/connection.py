"""One kept-alive HTTP/1.1 connection to one origin.

`streams` transfers the bytes.  `head` reads the head, because browsers and curl accept much that
parsers refuse.  h11 reads a chunked body.  httpx and httpcore would do the same with more features
than a feed needs, six times the processor time for an unchanged feed and 0.1 s for the import.

The caller sets the deadline of the whole exchange.
"""

from __future__ import annotations

import errno
import re
import socket
import ssl
from collections.abc import AsyncGenerator, Iterator

from digest.fetch.guard import AddressError, Guard
from digest.fetch.head import Head, HeadError
from digest.fetch.proxy import ProxyRefusalError, ProxyRoute
from digest.fetch.streams import Stream, open_stream, receive_head
from digest.net.url_parts import WebAddress


class NoAnswerError(Exception):
    """There was no answer, or an incomplete one; str() is one sentence."""

    def __init__(self, message: str, *, temporary: bool = True, local: bool = False) -> None:
        self.temporary = temporary
        self.local = local
        """Whether no request has left this machine: a refused address, or no network."""
        super().__init__(message)


class BodyCutError(NoAnswerError):
    """The connection ended before the body did."""


class RequestError(ValueError):
    """The request cannot be sent; str() is the end of a sentence."""


class HttpAnswer:
    """An answer whose body has not been read yet."""

    def __init__(self, head: Head, pieces: AsyncGenerator[bytes, None]) -> None:
        self.status = head.status
        self.head = head
        self.headers = head.headers
        self.pieces = pieces
        """The body as received, still compressed.

        The iterator raises `BodyCutError` if the connection ends before the body does.
        """


class OriginConnection:
    """A connection to one origin, opened with the first request and reopened when it has closed."""

    def __init__(self, guard: Guard, tls: ssl.SSLContext, route: ProxyRoute | None = None) -> None:
        self._guard = guard
        self._tls = tls
        self._route = route
        self._stream: Stream | None = None
        self._is_free = False
        """Whether the last answer was read to its end and the connection can be used again."""
        self.answered = False
        """Whether the host has given any answer on this connection."""

    async def get(self, address: WebAddress, headers: list[tuple[bytes, bytes]]) -> HttpAnswer:
        """Send a GET and read the head of the answer.  Raises the errors of `ask`."""
        return await self.ask("GET", address, headers)

    async def ask(
        self,
        method: str,
        address: WebAddress,
        headers: list[tuple[bytes, bytes]],
        content: bytes = b"",
    ) -> HttpAnswer:
        """Send a request and read the head of the answer.

        Raises NoAnswerError, or ProxyDownError if the proxy cannot be used.
        """
        try:
            request = self._request(method, address, headers) + content
            kept = await self._is_kept()
            try:
                if not kept:
                    await self._open(address)
                head, begun = await self._exchange(request)
            except (ConnectionError, EOFError):
                if not kept:
                    raise
                # The server may have closed a kept connection just before: try once more.
                await self._open(address)
                head, begun = await self._exchange(request)
            if self._route is not None and self._route.forwards(address):
                self._route.check(head.status)
        except ProxyRefusalError as error:
            self.close()
            raise NoAnswerError(str(error)) from error
        except (AddressError, HeadError, RequestError, EOFError, OSError, ValueError) as error:
            self.close()
            raise _translated(error, address.host) from error
        except BaseException:
            self.close()
            raise
        self.answered = True
        return HttpAnswer(head, self._pieces(head, begun))

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    async def aclose(self) -> None:
        """Close the connection for good."""
        self.close()

    async def _is_kept(self) -> bool:
        """Return whether the connection of the last answer can be used for another request.

        Bytes that arrived after that answer would be taken for the answer to the next request, so
        such a connection is closed.
        """
        if self._stream is None:
            return False
        if self._is_free and await self._stream.is_idle():
            return True
        self.close()
        return False

    async def _open(self, address: WebAddress) -> None:
        self.close()
        if self._route is not None:
            self._stream = await self._route.open(address, self._guard, self._tls)
            return
        connected = await self._guard.connect(address.host, address.port)
        tls = self._tls if address.scheme == "https" else None
        self._stream = await open_stream(connected, tls, address.host)

    def _request(
        self, method: str, address: WebAddress, headers: list[tuple[bytes, bytes]]
    ) -> bytes:
        """Return a request in the form for the host, or for the proxy that forwards it."""
        if self._route is not None and self._route.forwards(address):
            return _request(method, str(address), address, [*headers, *self._route.headers])
        return _request(method, address.target, address, headers)

    async def _exchange(self, request: bytes) -> tuple[Head, bytes]:
        """Send a request; return the head of its answer and the received beginning of the body."""
        assert self._stream is not None
        self._is_free = False
        await self._stream.send(request)
        return await receive_head(self._stream)

    async def _pieces(self, head: Head, begun: bytes) -> AsyncGenerator[bytes, None]:
        """Yield the body; a caller that stops before its end closes the connection."""
        stream = self._stream
        length = head.length
        whole = False
        try:
            if stream is None:
                raise BodyCutError("the answer broke off before its end")
            if length is None and head.is_chunked:
                chunks = ChunkedBody(head, begun)
                while not chunks.has_ended:
                    for piece in chunks.pieces():
                        yield piece
                    if not chunks.has_ended:
                        chunks.add(await stream.read())
                self._is_free = head.keeps and not chunks.has_rest
            elif length is None:
                if begun:
                    yield begun
                while piece := await stream.read():
                    yield piece
            else:
                left = length
                piece = begun
                while left > 0 and (piece := piece or await stream.read()):
                    yield piece[:left]
                    left, piece = left - len(piece), b""
                if left > 0:
                    raise BodyCutError("the answer broke off before its end")
                # Bytes after the end of the body answer no request of ours.
                self._is_free = head.keeps and left == 0 and not piece
            whole = True
        except OSError as error:
            raise BodyCutError("the answer broke off before its end") from error
        finally:
            if not (whole and self._is_free):
                self.close()


class ChunkedBody:
    """A body that is sent in chunks (RFC 9112, 7.1)."""

    def __init__(self, head: Head, begun: bytes) -> None:
        import h11

        self._end, self._data = h11.EndOfMessage, h11.Data
        self._error = h11.RemoteProtocolError
        self._state = h11.Connection(h11.CLIENT)
        self._state.send(h11.Request(method="GET", target="/", headers=[("Host", "a.example")]))
        self._state.send(h11.EndOfMessage())
        self._state.receive_data(head.chunked_head())
        self._state.next_event()
        if begun:
            self._state.receive_data(begun)
        self.has_ended = False

    @property
    def has_rest(self) -> bool:
        """Whether bytes were received after the end of the body."""
        return bool(self._state.trailing_data[0])

    def add(self, data: bytes) -> None:
        """Add received bytes; empty bytes mean the end of the connection."""
        self._state.receive_data(data)

    def pieces(self) -> Iterator[bytes]:
        """Yield the complete pieces of the body; raise `BodyCutError` for invalid chunks."""
        try:
            while isinstance(event := self._state.next_event(), self._data):
                yield bytes(event.data)
            self.has_ended = isinstance(event, self._end)
        except self._error as error:
            raise BodyCutError("the answer broke off before its end") from error


_LINE_END = re.compile(rb"[\0\r\n]")


def _request(
    method: str, target: str, address: WebAddress, headers: list[tuple[bytes, bytes]]
) -> bytes:
    """Return a request (RFC 9112, 3); raise `RequestError` for a header that holds a line break."""
    lines = [b"%s %s HTTP/1.1" % (method.encode("ascii"), target.encode("ascii"))]
    for name, value in ((b"Host", address.authority.encode()), *headers):
        if _LINE_END.search(value) or _LINE_END.search(name):
            raise RequestError(f"the header {name.decode('latin-1')!r} holds a line break")
        lines.append(b"%s: %s" % (name, value))
    return b"\r\n".join([*lines, b"", b""])


def default_tls() -> ssl.SSLContext:
    """Return a context with the system's trusted certificates, or with certifi's if it has none."""
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
            why = error.verify_message.rstrip(".")
            return NoAnswerError(f"the certificate of {host} does not hold: {why}")
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
        case RequestError():
            return NoAnswerError(f"{host} cannot be asked: {error}", temporary=False)
        case _:
            return NoAnswerError(f"{host} is no name that can be asked for", temporary=False)


def _reason(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__
