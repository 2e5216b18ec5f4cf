"""The seam to the HTTP library: an address and headers in, a response out.  httpx is used here.

One wire is one kept-alive HTTP/1.1 connection to one origin.  httpx's shared pool looks at every
idle connection for each request; a transport for each wire answers three to seven times as many
requests a second.
"""

from __future__ import annotations

import socket
import ssl
import sys
from collections.abc import AsyncGenerator
from importlib.util import find_spec

import httpx

from digest.fetch.guard import AddressError, Guard

if find_spec("sniffio") is None:
    # httpcore tries to import it at each lock; where it is not installed, that searches all of
    # sys.path four times a request, half of what a request costs.  A None is the import system's
    # own way to remember that a module is not there.
    sys.modules["sniffio"] = None  # type: ignore[assignment]

_LIMITS = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=None)


class WireError(Exception):
    """There was no answer, or not all of it; str() is one sentence."""

    def __init__(self, message: str, *, temporary: bool = True) -> None:
        self.temporary = temporary
        super().__init__(message)


class Wire:
    """A connection to one origin, opened with the first request."""

    def __init__(self, guard: Guard, tls: ssl.SSLContext) -> None:
        self._transport = httpx.AsyncHTTPTransport(verify=tls, trust_env=False, limits=_LIMITS)
        # httpx has no public way to set the backend; the tests of the guard fail if this one ends.
        self._transport._pool._network_backend = guard
        self.answered = False
        """The host has answered on this wire, whatever it said."""

    async def get(self, url: httpx.URL, headers: list[tuple[bytes, bytes]]) -> httpx.Response:
        """Send a GET; the response's body is still to be read, and the response to be closed."""
        request = httpx.Request("GET", url, headers=headers)
        try:
            try:
                response = await self._transport.handle_async_request(request)
            except (httpx.RemoteProtocolError, ConnectionError):
                if not self.answered:
                    raise
                # The server may have closed a kept connection just as we asked: once more.
                response = await self._transport.handle_async_request(request)
        except (AddressError, httpx.HTTPError, OSError) as error:
            raise _translated(error, url) from error
        self.answered = True
        response.extensions["network_stream"].end_head()
        return response

    @staticmethod
    async def pieces(response: httpx.Response) -> AsyncGenerator[bytes, None]:
        """Yield the body as it comes off the wire, still compressed."""
        assert isinstance(response.stream, httpx.AsyncByteStream)
        try:
            async for piece in response.stream:
                yield piece
        except (httpx.HTTPError, OSError) as error:
            raise _translated(error, None) from error

    async def aclose(self) -> None:
        await self._transport.aclose()


def default_tls() -> ssl.SSLContext:
    """Trust what the system trusts; where it has no certificates, those that httpx brings."""
    paths = ssl.get_default_verify_paths()
    if paths.cafile or paths.capath:
        return ssl.create_default_context()
    return httpx.create_ssl_context(trust_env=False)


def _translated(error: Exception, url: httpx.URL | None) -> WireError:
    host = url.host if url else "the server"
    match error:
        case AddressError():
            return WireError(str(error), temporary=False)
        case socket.gaierror():
            return WireError(f"the name {host} cannot be resolved: {_reason(error)}")
        case ssl.SSLCertVerificationError():
            return WireError(f"the certificate of {host} does not hold: {error.verify_message}")
        case ssl.SSLError():
            return WireError(f"no secure connection to {host}: {error.reason or error}")
        case ConnectionRefusedError():
            return WireError(f"{host} refuses connections")
        case ConnectionError():
            return WireError(f"{host} broke the connection off")
        case OSError():
            return WireError(f"no connection to {host}: {_reason(error)}")
        case _ if url is None:
            return WireError("the answer broke off before its end")
        case _:
            return WireError(f"{host} gave no HTTP answer: {error or type(error).__name__}")


def _reason(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__
