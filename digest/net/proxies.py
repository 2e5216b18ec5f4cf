"""Choose the proxy of an address by the configuration and the environment.  PURE.

The variables and the forms of exceptions are those of curl, wget and Go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from urllib.parse import unquote

from digest.net.url_parts import WebAddress, ascii_host, split

NONE = "none"
"""The value that means "no proxy" in place of a proxy's address."""
SOCKS = ("socks4", "socks5", "socks5h")
_PORTS = {"http": 80, "https": 443, "socks4": 1080, "socks5": 1080, "socks5h": 1080}
_WRITTEN = re.compile(r"(?:([a-z][a-z0-9+.-]*)://)?(?:([^/?#]*)@)?([^/?#@]+)/?", re.I)
_PORT = re.compile(r"(?P<host>.*?)(?::(?P<port>[0-9]{1,5}))?", re.DOTALL | re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A proxy.  ``str()`` gives its address without the login."""

    scheme: str
    host: str
    port: int
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @property
    def is_socks(self) -> bool:
        return self.scheme in SOCKS

    @property
    def resolves_names(self) -> bool:
        """Whether only the proxy resolves host names."""
        return self.scheme == "socks5h"

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def read_proxy(written: str) -> Proxy:
    """Read the address of a proxy; one without a scheme is an HTTP proxy.

    Raises ValueError, whose text never holds the login.

    >>> read_proxy("http://me:secret@proxy.example.org:3128")
    Proxy(scheme='http', host='proxy.example.org', port=3128)
    """
    match = _WRITTEN.fullmatch(written.strip())
    if match is None:
        raise ValueError('expected the address of a proxy, such as "http://proxy.example.org:3128"')
    scheme = (match[1] or "http").lower()
    if scheme not in _PORTS:
        raise ValueError(f"{scheme}: is no kind of proxy; expected {', '.join(_PORTS)}")
    parts = split(f"http://{match[3]}/")
    if parts is None:
        raise ValueError("the host or the port of the proxy is none")
    user, _, password = (match[2] or "").partition(":")
    return Proxy(
        scheme=scheme,
        host=parts[1].strip("[]"),
        port=int(parts[2][1:]) if parts[2] else _PORTS[scheme],
        user=unquote(user),
        password=unquote(password),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyRules:
    """The proxies for http and https addresses, and the hosts that are asked directly."""

    http: Proxy | None = None
    https: Proxy | None = None
    exceptions: tuple[str, ...] = ()
    """Hosts, domains with all below them, addresses, networks; ``*`` for every host."""
    loopback: bool = False
    """Whether even this machine is asked through the proxy."""

    def proxy_for(self, address: WebAddress) -> Proxy | None:
        """Return the proxy that `address` is asked through; ``None``: it is asked directly."""
        proxy = self.https if address.scheme == "https" else self.http
        if proxy is None or (not self.loopback and _is_loopback(address.host)):
            return None
        excepted = any(is_excepted(address, exception) for exception in self.exceptions)
        return None if excepted else proxy


def rules_from(environ: Mapping[str, str]) -> ProxyRules:
    """Read the usual variables: http_proxy, https_proxy, all_proxy, no_proxy.

    Lower case has precedence over upper case, a scheme's own variable over all_proxy; an empty
    variable counts as unset.  HTTP_PROXY is ignored within CGI, where a client's header ``Proxy``
    would set it.
    Raises ValueError, whose text begins with the variable's name.
    """

    def proxy(scheme: str) -> Proxy | None:
        for name in (f"{scheme}_proxy", f"{scheme.upper()}_PROXY", "all_proxy", "ALL_PROXY"):
            if name == "HTTP_PROXY" and "REQUEST_METHOD" in environ:
                continue
            if written := environ.get(name, "").strip():
                try:
                    return read_proxy(written)
                except ValueError as error:
                    raise ValueError(f"{name} (environment): {error}") from None
        return None

    exceptions = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    return ProxyRules(
        http=proxy("http"),
        https=proxy("https"),
        exceptions=tuple(filter(None, re.split(r"[\s,]+", exceptions))),
    )


def is_excepted(address: WebAddress, exception: str) -> bool:
    """Return whether an exception names the host of `address`.

    >>> from digest.net.url_parts import web_address
    >>> is_excepted(web_address("https://a.example.org/"), "example.org")
    True
    """
    exception = exception.strip().lower()
    if exception == "*":
        return True
    try:
        return ip_address(address.host) in ip_network(exception.strip("[]"), strict=False)
    except ValueError:
        pass  # one of them is a name
    found = _PORT.fullmatch(exception)
    if found is None or int(found["port"] or address.port) != address.port:
        return False
    host = found["host"].strip("[]")
    if host == address.host:
        return True
    domain = ascii_host(host.removeprefix("*").strip("."))
    return bool(domain) and (address.host == domain or address.host.endswith(f".{domain}"))


def check_exceptions(exceptions: Iterable[str]) -> None:
    """Raise ValueError for an exception that cannot name a host."""
    for exception in exceptions:
        if not exception.strip() or (
            re.search(r"[/@\s]", exception) and not _is_network(exception)
        ):
            raise ValueError(f'"{exception}" is no host, domain, address or network')


def _is_network(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
