"""Check the origin of a request: its host, its client address and the source of a form.

Headers are not trusted by themselves: only known hosts are accepted, the client address is the
connection's own unless a trusted proxy forwards another, and forms are accepted from our own pages
only.
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
    """Return the accepted hosts: that of `url`, the bound address, and loopback names."""
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
    address = _parse_address(host)
    return address is not None and address.is_loopback


def client(
    peer: str | None, forwarded: Iterable[str], proxies: Sequence[Network]
) -> Address | None:
    """Return the client of a request: `peer`, or the address that trusted proxies forward.

    X-Forwarded-For is read from its end, as long as each hop is loopback or one of `proxies`: an
    unknown hop may have forged all addresses before its own.
    """
    address = _parse_address(peer or "")
    hops = [hop.strip() for line in forwarded for hop in line.split(",")][-_HOPS:]
    while hops and address is not None and _is_proxy(address, proxies):
        forwarded_address = _parse_address(hops.pop())
        if forwarded_address is None:
            break
        address = forwarded_address
    return address


def speaks_for_others(peer: str, proxies: Sequence[Network]) -> bool:
    """Say whether `peer` is a trusted proxy."""
    address = _parse_address(peer)
    return address is not None and _is_proxy(address, proxies)


def is_ours(site: str | None, origin: str | None, host: str, url: str | None) -> bool:
    """Say whether a form was sent by one of our own pages, or by no browser at all.

    `site`, `origin` and `host` are the headers Sec-Fetch-Site, Origin and Host.  All current
    browsers send one of the first two with a form.  A program that sends neither has no user's
    rights, because there are no cookies.
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
    """Parse addresses and networks; raise ValueError for any other text."""
    return tuple(ip_network(text, strict=False) for text in written)


def _is_proxy(address: Address, proxies: Sequence[Network]) -> bool:
    return address.is_loopback or any(address in network for network in proxies)


def _parse_address(text: str) -> Address | None:
    """Parse an address as proxies write it: bare, in brackets, or with a port."""
    if found := re.fullmatch(r"\[([0-9A-Fa-f:.]+)\](:\d{1,5})?|([0-9.]+):\d{1,5}", text):
        text = found[1] or found[3]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
