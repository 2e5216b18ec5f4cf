"""Decide what can be believed of what a request says of itself.

Nothing that a stranger may write is taken for more than it is: the Host is one of a few, the
address of a client is the connection's own unless a proxy of ours tells another, and a form is
taken only from our own pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_HOST = re.compile(r"(?P<name>[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?")
_HOPS = 16


def hosts(url: str | None, bound: str) -> frozenset[str]:
    """Name the hosts that may be asked for: that of `url`, the address bound, and loopback."""
    named = urlsplit(url).hostname if url else None
    return frozenset({*_LOOPBACK, bound.lower(), *([named] if named else [])})


def host_name(header: str) -> str | None:
    """Return the name in a Host header, lower case, without port and brackets.

    >>> host_name("News.example.org:8000"), host_name("[::1]:8000"), host_name("a@b")
    ('news.example.org', '::1', None)
    """
    found = _HOST.fullmatch(header)
    return found["name"].strip("[]").rstrip(".").lower() if found else None


def is_loopback(host: str) -> bool:
    """Say whether `host`, a name or an address, is this machine alone."""
    if host == "localhost":
        return True
    address = _read(host)
    return address is not None and address.is_loopback


def client(
    peer: str | None, forwarded: Iterable[str], proxies: Sequence[Network]
) -> Address | None:
    """Return whose request it is: `peer`, or whom the proxies in between say (X-Forwarded-For).

    The list is read from its end, as far as each hop is loopback or one of `proxies`: what stands
    before the first stranger was written by that stranger.
    """
    address = _read(peer or "")
    hops = [hop.strip() for line in forwarded for hop in line.split(",")][-_HOPS:]
    while hops and address is not None and _is_proxy(address, proxies):
        told = _read(hops.pop())
        if told is None:
            break
        address = told
    return address


def speaks_for_others(peer: str, proxies: Sequence[Network]) -> bool:
    """Say whether `peer` is a proxy whose word is taken."""
    address = _read(peer)
    return address is not None and _is_proxy(address, proxies)


def is_ours(site: str | None, origin: str | None, host: str, url: str | None) -> bool:
    """Say whether a form was sent by one of our own pages, or by no browser at all.

    `site` and `origin` are the headers Sec-Fetch-Site and Origin, `host` that of Host.  Every
    browser of today sends one of them with a form; a program that sends neither carries nobody's
    rights, for we know no cookies.
    """
    if site is not None:
        return site in ("same-origin", "none")
    if origin is None:
        return True
    known = {f"http://{host}".lower()} if is_loopback(host_name(host) or "") else set()
    if url:
        parts = urlsplit(url)
        known.add(f"{parts.scheme}://{parts.netloc}".lower())
    return origin.lower() in known


def networks(written: Iterable[str]) -> tuple[Network, ...]:
    """Read addresses and networks; raise ValueError for what is neither."""
    return tuple(ip_network(text, strict=False) for text in written)


def _is_proxy(address: Address, proxies: Sequence[Network]) -> bool:
    return address.is_loopback or any(address in network for network in proxies)


def _read(text: str) -> Address | None:
    """Read an address as proxies write it: bare, in brackets, or with a port."""
    if found := re.fullmatch(r"\[([0-9A-Fa-f:.]+)\](:\d{1,5})?|([0-9.]+):\d{1,5}", text):
        text = found[1] or found[3]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
