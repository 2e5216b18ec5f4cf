"""Connect to public addresses only.

A name is resolved here, each of its addresses is checked, and the socket is connected to a
permitted one.  So there is no second resolution that a rebinding name could answer differently.
Host, SNI and certificate checks still use the name.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Callable, Sequence
from ipaddress import ip_address

from digest.net.public_addresses import Address, AllowList, special

Resolve = Callable[[str, int], Sequence[str]]
"""Return the addresses of a host, the best first; raise `OSError` if there are none."""

MAX_ADDRESSES = 4
CONNECT_TIMEOUT = 5.0
"""The most seconds for an address if the host has another one to try."""


LOOK_UP_TIMEOUT = 3.0
"""The most seconds to look a name up that perhaps only the proxy can resolve."""
MOST_SILENT_LOOK_UPS = 3
"""After so many unanswered look-ups in a row, only the proxy resolves names."""
PRIVATE_DOMAINS = ("localhost", "local", "internal", "home.arpa", "lan", "localdomain")
"""Domains without public hosts (RFC 6761, 6762, 8375)."""


_NUMERIC = re.compile(r"(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)\.?$", re.I | re.ASCII)
"""The end of a host name that resolvers read as an IPv4 address (WHATWG URL, 3.5)."""


class AddressError(Exception):
    """A connection to the address is forbidden; str() says why and what to do."""


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
        self._known: dict[str, list[Address]] = {}
        """Resolved addresses that no connection has used yet."""
        self._silent_look_ups = 0
        """The number of look-ups in a row that no name server has answered."""

    async def connect(self, host: str, port: int) -> socket.socket:
        """Connect to `host`; raise `AddressError`, or `OSError` if it is unreachable."""
        addresses = self._permitted(host, await self._addresses(host, port))
        return await _connect(addresses[:MAX_ADDRESSES], port)

    async def connect_to_proxy(self, host: str, port: int) -> socket.socket:
        """Connect to a proxy at any address, since the operator has named it.  Raises `OSError`."""
        return await _connect((await self._addresses(host, port))[:MAX_ADDRESSES], port)

    async def permitted_addresses(self, host: str, port: int) -> list[Address]:
        """Return the permitted addresses of `host`; raise `AddressError`, or `OSError`."""
        return self._permitted(host, await self._addresses(host, port))

    async def check_for_proxy(self, host: str, port: int, *, by_name: bool) -> None:
        """Raise `AddressError` if a proxy must not be asked for `host`.

        A name is looked up here and its addresses are checked, unless only the proxy may resolve
        names (`by_name`).  A name that cannot be resolved here, as in a network where only the
        proxy can resolve public names, is left to the proxy; a name that no public host has is
        refused.
        """
        host = _in_usual_form(host)
        if not _is_address(host):
            if _is_private_name(host) and not self._allowed.names_host(host):
                raise AddressError(
                    f"{host} is no public name; name it in fetch.allow_hosts to allow it"
                )
            if by_name or self._silent_look_ups >= MOST_SILENT_LOOK_UPS:
                return
        try:
            async with asyncio.timeout(LOOK_UP_TIMEOUT):
                addresses = await self._addresses(host, port)
        except TimeoutError:
            self._silent_look_ups += 1
            return
        except OSError as error:
            self._silent_look_ups += getattr(error, "errno", None) == socket.EAI_AGAIN
            return
        self._silent_look_ups = 0
        self._permitted(host, addresses)

    async def look_up(self, host: str, port: int) -> list[Address]:
        """Return the addresses of `host`, which its next connection uses; raise `OSError`."""
        self._known[host] = await self._addresses(host, port)
        return self._known[host]

    async def _addresses(self, host: str, port: int) -> list[Address]:
        if _is_address(host):
            return [ip_address(host)]
        if (known := self._known.pop(host, None)) is not None:
            return known
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


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _in_usual_form(host: str) -> str:
    """Return the usual form of an IPv4 address that is written in any form resolvers accept.

    >>> _in_usual_form("0x7f.1"), _in_usual_form("example.org")
    ('127.0.0.1', 'example.org')
    """
    if not _NUMERIC.search(host):
        return host
    try:
        return socket.inet_ntoa(socket.inet_aton(host.rstrip(".")))
    except OSError:
        return "0.0.0.0"  # noqa: S104 - stands for a number that is no address


def _is_private_name(host: str) -> bool:
    """Return whether a name is private: a single label, or in a domain of private networks."""
    name = host.lower().rstrip(".")
    return "." not in name or any(name.endswith(f".{domain}") for domain in PRIVATE_DOMAINS)


async def _connect(addresses: Sequence[Address], port: int) -> socket.socket:
    """Connect to the first address that accepts a connection."""
    loop = asyncio.get_running_loop()
    failure = OSError("the host has no address")
    for tried, address in enumerate(addresses, start=1):
        connection = socket.socket(
            socket.AF_INET if address.version == 4 else socket.AF_INET6, socket.SOCK_STREAM
        )
        try:
            connection.setblocking(False)
            async with asyncio.timeout(CONNECT_TIMEOUT if tried < len(addresses) else None):
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
