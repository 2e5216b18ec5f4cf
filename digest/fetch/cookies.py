"""The cookies of one pending request (RFC 6265, simplified).  PURE.

Some servers refuse clients that do not return the cookie of their first redirect.  Cookies are
kept from one hop of a request to the next and forgotten after the request, so no server can track
the operator from day to day.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from digest.net.url_parts import WebAddress

MOST = 20
_LONGEST = 4096
_PAIR = re.compile(rb"[\x21\x23-\x2b\x2d-\x3a\x3c\x3e-\x7e]+=[\x21-\x3a\x3c-\x7e]*")
_NO_AGE = re.compile(rb"-\d*|0+")


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie, and the hosts that it is sent to."""

    name: bytes
    pair: bytes
    """The name and value as sent."""
    host: str
    with_subdomains: bool
    secure: bool


def remembered(
    cookies: tuple[Cookie, ...], lines: Iterable[bytes], address: WebAddress
) -> tuple[Cookie, ...]:
    """Add the cookies of `lines`, Set-Cookie values that `address` gave; a newer one replaces."""
    jar = {(cookie.name, cookie.host): cookie for cookie in cookies}
    for line in lines:
        pair, *rest = (part.strip() for part in line.split(b";"))
        if len(pair) > _LONGEST or not _PAIR.fullmatch(pair):
            continue
        attributes = {
            name.strip().lower(): value.strip()
            for name, _, value in (part.partition(b"=") for part in rest)
        }
        domain = attributes.get(b"domain", b"").decode("latin-1").lstrip(".").lower()
        if domain and not _is_within(address.host, domain):
            continue
        cookie = Cookie(
            name=pair.partition(b"=")[0],
            pair=pair,
            host=domain or address.host,
            with_subdomains=bool(domain),
            secure=b"secure" in attributes,
        )
        jar.pop((cookie.name, cookie.host), None)
        if not _NO_AGE.fullmatch(attributes.get(b"max-age", b"")):
            jar[cookie.name, cookie.host] = cookie
    return tuple(jar.values())[-MOST:]


def header(cookies: Iterable[Cookie], address: WebAddress) -> bytes:
    """Return the value of the Cookie header for `address`; empty if no cookie applies."""
    return b"; ".join(
        cookie.pair
        for cookie in cookies
        if (address.scheme == "https" or not cookie.secure)
        and (
            cookie.host == address.host
            or (cookie.with_subdomains and _is_within(address.host, cookie.host))
        )
    )


def _is_within(host: str, domain: str) -> bool:
    """Return whether a host is of a domain of at least two labels, and neither is an IP address."""
    if host == domain:
        return True
    return host.endswith(f".{domain}") and "." in domain and not domain[-1].isdigit()
