"""The network under httpx: a name and a port in, a connection to a checked address out.

A name is resolved here, every address of it is judged, and the socket is connected to a judged
one, so there is no second resolution that a rebinding name could answer differently.  Host, SNI
and certificate checks still go by the name.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterable, Sequence
from ipaddress import ip_address
from typing import Any

import httpcore

from digest.net.public_addresses import Address, AllowList, special

Resolve = Callable[[str, int], Sequence[str]]
"""Give the addresses of a host, best first; raise `OSError` where there are none."""

MAX_ADDRESSES = 4
MAX_HEAD = 256_000
"""Bytes that may come before the head of an answer ends, interim answers (1xx) and all."""
PATIENCE = 5.0
"""Seconds for an address while the host has another one to try."""


class AddressError(Exception):
    """The address may not be connected to; str() says why and what to do."""


def lookup(host: str, port: int) -> Sequence[str]:
    """Ask the system for the addresses of `host`, in the order of RFC 6724."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise socket.gaierror(socket.EAI_NONAME, "a part of it is empty or too long") from error
    return [str(address[0]) for *_, address in found]


class Guard(httpcore.AsyncNetworkBackend):
    """Connects to public addresses, and to those that the operator has named."""

    def __init__(self, allowed: AllowList, resolve: Resolve = lookup) -> None:
        self._allowed = allowed
        self._resolve = resolve

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to `host`; raise `AddressError`, or `OSError` where it cannot be reached."""
        addresses = self._permitted(host, await self._addresses(host, port))
        return Stream(await _connect(addresses[:MAX_ADDRESSES], port))

    async def _addresses(self, host: str, port: int) -> list[Address]:
        try:
            return [ip_address(host)]
        except ValueError:
            loop = asyncio.get_running_loop()
            found = await loop.run_in_executor(None, self._resolve, host, port)
            return [ip_address(address) for address in dict.fromkeys(found)]

    def _permitted(self, host: str, addresses: Sequence[Address]) -> list[Address]:
        permitted = [
            address
            for address in addresses
            if special(address) is None or self._allowed.holds(host, address)
        ]
        if not permitted and addresses:
            shown = str(addresses[0])
            where = shown if shown == host else f"{host} is at {shown}, which"
            raise AddressError(
                f"{where} is {special(addresses[0])} address; "
                "name it in fetch.allow_hosts to allow it"
            )
        return permitted


async def _connect(addresses: Sequence[Address], port: int) -> socket.socket:
    """Connect to the first address that answers."""
    loop = asyncio.get_running_loop()
    failure = OSError("the host has no address")
    for tried, address in enumerate(addresses, start=1):
        connection = socket.socket(
            socket.AF_INET if address.version == 4 else socket.AF_INET6, socket.SOCK_STREAM
        )
        try:
            connection.setblocking(False)
            async with asyncio.timeout(PATIENCE if tried < len(addresses) else None):
                await loop.sock_connect(connection, (str(address), port))
        except OSError as error:
            connection.close()
            failure = error
        except BaseException:
            connection.close()
            raise
        else:
            return connection
    raise failure


class Stream(httpcore.AsyncNetworkStream):
    """A connected socket as asyncio's own streams: anyio's cost a third of each request.

    Deadlines are the caller's, round the whole exchange; the `timeout` of each call is unused.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._opened: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._head_left = 0
        self._in_head = False

    def end_head(self) -> None:
        """Note that the head of the answer has been read: its body has bounds of its own."""
        self._in_head = False

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._opened is None:
            self._opened = await asyncio.open_connection(sock=self._socket)
        return self._opened

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            self._opened = await asyncio.open_connection(
                sock=self._socket, ssl=ssl_context, server_hostname=server_hostname
            )
        except BaseException:
            self._socket.close()
            raise
        return self

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        reader, _ = await self._open()
        data = await reader.read(max_bytes)
        if self._in_head:
            self._head_left -= len(data)
            if self._head_left < 0:
                raise httpcore.RemoteProtocolError("its headers do not end")
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        _, writer = await self._open()
        self._in_head, self._head_left = True, MAX_HEAD
        writer.write(buffer)  # a request fits the socket's buffer: nothing to wait for

    async def aclose(self) -> None:
        if self._opened is None:
            self._socket.close()
        else:
            self._opened[1].transport.abort()

    def get_extra_info(self, info: str) -> Any:
        if self._opened is None:
            return None
        reader, writer = self._opened
        return reader.at_eof() if info == "is_readable" else writer.get_extra_info(info)
