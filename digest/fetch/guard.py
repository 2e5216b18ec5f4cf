"""Connect to public addresses only.

A name is resolved here, every address of it is judged, and the socket is connected to a judged
one, so there is no second resolution that a rebinding name could answer differently.  Host, SNI
and certificate checks still go by the name.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from ipaddress import ip_address

from digest.net.public_addresses import Address, AllowList, special

Resolve = Callable[[str, int], Sequence[str]]
"""Give the addresses of a host, best first; raise `OSError` where there are none."""

MAX_ADDRESSES = 4
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


class Guard:
    """Connects to public addresses, and to those that the operator has named."""

    def __init__(self, allowed: AllowList, resolve: Resolve = lookup) -> None:
        self._allowed = allowed
        self._resolve = resolve

    async def connect(self, host: str, port: int) -> socket.socket:
        """Connect to `host`; raise `AddressError`, or `OSError` where it cannot be reached."""
        addresses = self._permitted(host, await self._addresses(host, port))
        return await _connect(addresses[:MAX_ADDRESSES], port)

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
