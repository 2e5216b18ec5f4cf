"""Reach a host through a proxy: HTTP and HTTPS proxies here, SOCKS by python-socks.

An https address goes through a tunnel (CONNECT; RFC 9110, 9.3.6), so the proxy sees only the
host's name; an http address is sent whole to the proxy (absolute-form; RFC 9112, 3.2.2).  Before a
proxy is asked for a host, the guard checks the host's addresses.  A ``socks5`` or ``socks4`` proxy
gets an address that was checked.  Any other proxy gets the name, because many proxies decide by
names; the proxy then resolves the name itself, and that result cannot be checked here.
"""

from __future__ import annotations

import asyncio
import ssl
from base64 import b64encode
from collections.abc import Callable

from digest.fetch.guard import Guard
from digest.fetch.head import HeadError
from digest.fetch.streams import Stream, open_stream, receive_head
from digest.net.proxies import Proxy
from digest.net.url_parts import WebAddress
from digest.resources import install_command

CONNECTING = 10.0
"""The most seconds to connect to a proxy."""
_SOCKS_REFUSALS = {
    1: "general failure",
    2: "its rules do not allow it",
    3: "network unreachable",
    4: "host unreachable",
    5: "connection refused",
    6: "it took too long",
}
"""Replies of a SOCKS proxy that concern the host (RFC 1928, 6)."""
_SOCKS4_REFUSED = 0x5B


class ProxyDownError(Exception):
    """The proxy itself cannot be used; str() is one sentence."""

    def __init__(self, message: str, *, for_good: bool = False) -> None:
        self.for_good = for_good
        """Whether trying again in this run is pointless."""
        super().__init__(message)


class ProxyRefusalError(Exception):
    """The proxy answers, but refuses a connection to this host; str() is one sentence."""


class ProxyRoute:
    """The way to hosts through one proxy."""

    def __init__(self, proxy: Proxy, tls: Callable[[], ssl.SSLContext]) -> None:
        self.proxy = proxy
        self._tls = tls
        login = f"{proxy.user}:{proxy.password}".encode()
        has_login = proxy.user or proxy.password
        self.headers: list[tuple[bytes, bytes]] = (
            [(b"Proxy-Authorization", b"Basic " + b64encode(login))] if has_login else []
        )
        """The headers for the proxy itself in each request that it forwards."""

    def forwards(self, address: WebAddress) -> bool:
        """Return whether the proxy gets requests for `address` itself, without a tunnel."""
        return address.scheme == "http" and not self.proxy.is_socks

    async def open(self, address: WebAddress, guard: Guard, tls: ssl.SSLContext) -> Stream:
        """Open a connection on which requests for `address` can be sent.

        `tls` is used with the host.  Raises ProxyDownError, ProxyRefusalError, AddressError where
        the guard forbids the host, and OSError where TLS with the host fails.
        """
        if self.proxy.is_socks:
            return await self._through_socks(address, guard, tls)
        await guard.check_for_proxy(address.host, address.port, by_name=False)
        stream = await self._connected(guard)
        if self.forwards(address):
            return stream
        try:
            await self._tunnel(stream, address)
            return await stream.secured(tls, address.host)
        except BaseException:
            stream.close()
            raise

    def check(self, status: int) -> None:
        """Raise ProxyDownError for a status that is about the proxy itself (407)."""
        if status == 407:
            login = "takes no such login" if self.headers else "wants a login"
            raise ProxyDownError(
                f"the proxy {self.proxy} {login} (407 Proxy Authentication Required)", for_good=True
            )

    async def _connected(self, guard: Guard) -> Stream:
        """Connect to the proxy itself."""
        proxy = self.proxy
        try:
            async with asyncio.timeout(CONNECTING):
                opened = await guard.connect_to_proxy(proxy.host, proxy.port)
                tls = self._tls() if proxy.scheme == "https" else None
                return await open_stream(opened, tls, proxy.host)
        except (OSError, UnicodeError) as error:
            raise ProxyDownError(f"the proxy {proxy} {_failure_text(error)}") from error

    async def _tunnel(self, stream: Stream, address: WebAddress) -> None:
        """Ask the proxy for a tunnel to a host."""
        host = f"[{address.host}]" if ":" in address.host else address.host
        place = f"{host}:{address.port}".encode()
        headers = [(b"Host", place), *self.headers]
        lines = b"".join(b"%s: %s\r\n" % header for header in headers)
        try:
            await stream.send(b"CONNECT %s HTTP/1.1\r\n%s\r\n" % (place, lines))
            head, rest = await receive_head(stream)
        except HeadError as error:
            raise ProxyDownError(f"the proxy {self.proxy} is none: it {error}") from error
        except (EOFError, OSError) as error:
            raise ProxyDownError(f"the proxy {self.proxy} broke the connection off") from error
        self.check(head.status)
        if not 200 <= head.status < 300:
            raise ProxyRefusalError(
                f"no connection to {address.host}: the proxy answers {head.status}"
            )
        if rest:
            raise ProxyRefusalError(f"no connection to {address.host}: the proxy speaks unasked")

    async def _through_socks(
        self, address: WebAddress, guard: Guard, tls: ssl.SSLContext
    ) -> Stream:
        try:
            from python_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError, ProxyType
            from python_socks.async_.asyncio import Proxy as SocksProxy
        except ModuleNotFoundError as error:
            raise ProxyDownError(
                f"the proxy {self.proxy} needs python-socks: {install_command('socks')}",
                for_good=True,
            ) from error
        proxy = self.proxy
        if proxy.resolves_names:
            await guard.check_for_proxy(address.host, address.port, by_name=True)
            place = address.host
        else:
            permitted = await guard.permitted_addresses(address.host, address.port)
            usable = [
                found for found in permitted if found.version == 4 or proxy.scheme == "socks5"
            ]
            if not usable:
                raise OSError("the host has no address that this kind of proxy takes")
            place = str(usable[0])
        socks_proxy = SocksProxy(
            proxy_type=ProxyType.SOCKS4 if proxy.scheme == "socks4" else ProxyType.SOCKS5,
            host=proxy.host,
            port=proxy.port,
            username=proxy.user or None,
            password=proxy.password or None,
            rdns=True,
        )
        try:
            opened = await socks_proxy.connect(
                dest_host=place, dest_port=address.port, timeout=3600
            )
        except (ProxyConnectionError, ProxyTimeoutError) as error:
            cause = error.__cause__ if isinstance(error.__cause__, Exception) else error
            raise ProxyDownError(f"the proxy {proxy} {_failure_text(cause)}") from error
        except ProxyError as error:
            code = error.error_code
            if code in _SOCKS_REFUSALS or code == _SOCKS4_REFUSED:
                reason = _SOCKS_REFUSALS.get(code, "it refuses")
                raise ProxyRefusalError(
                    f"no connection to {address.host} through the proxy: {reason}"
                ) from error
            raise ProxyDownError(
                f"the proxy {proxy} gives no connections: {error}",
                for_good="authentication" in str(error).lower(),
            ) from error
        except OSError as error:
            raise ProxyDownError(f"the proxy {proxy} broke the connection off") from error
        return await open_stream(opened, tls if address.scheme == "https" else None, address.host)


def _failure_text(error: Exception) -> str:
    """Return why there is no connection to a proxy, as the predicate of a sentence."""
    match error:
        case TimeoutError():
            return "does not answer"
        case ConnectionRefusedError():
            return "refuses connections"
        case ssl.SSLError():
            reason = (error.reason or str(error)).replace("_", " ").lower()
            return f"cannot be spoken to securely: {reason}"
        case OSError():
            return f"cannot be reached: {error.strerror or error}"
        case _:
            return "has no name that can be asked for"
