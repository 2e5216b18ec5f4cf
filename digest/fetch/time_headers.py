"""Read the freshness and Retry-After of an answer from its headers.  PURE.

Dates are compared with the server's own clock (its Date header), so that neither a wrong clock nor
a run at another logical time changes the time span.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST = timedelta(days=7)
"""The longest wait that a server may ask for: its mistake must not end the polling."""

_SECONDS = re.compile(r"\s*(\d{1,60})(?:\.\d*)?\s*", re.ASCII)
_MOST_SECONDS = 10**11
_EPOCH = 1_000_000_000
"""A number of at least so many seconds is a point in time, not a time span."""


def fresh_until(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Return the end of the answer's freshness (RFC 9111, 4.2), at most `LONGEST` from now.

    ``s-maxage`` is ignored: it is for shared caches, and this is a private one.
    """
    directives = _directives(headers.get("cache-control", ""))
    if "no-cache" in directives or "no-store" in directives:
        return None
    lifetime = _seconds(directives.get("max-age"))
    if lifetime is None:
        expires = http_date(headers.get("expires"))
        if expires is None:
            return None
        lifetime = expires - (http_date(headers.get("date")) or now)
    lifetime -= _seconds(headers.get("age")) or timedelta()
    return now + min(lifetime, LONGEST) if lifetime > timedelta() else None


def max_age(headers: Mapping[str, str]) -> timedelta | None:
    """Return the max-age of an answer that may be kept, at most `LONGEST`; `None` without one."""
    directives = _directives(headers.get("cache-control", ""))
    if "no-cache" in directives or "no-store" in directives:
        return None
    lifetime = _seconds(directives.get("max-age"))
    return min(lifetime, LONGEST) if lifetime else None


def is_silent(headers: Mapping[str, str]) -> bool:
    """Return whether an answer has no header about its freshness."""
    return "cache-control" not in headers and "expires" not in headers


def retry_after(headers: Mapping[str, str], now: datetime, *, limited: bool) -> datetime | None:
    """Return the time before which the server asks for no further request (RFC 9110, 10.2.3).

    `limited` says that the answer means too many requests; then ``x-ratelimit-reset`` counts where
    there is no Retry-After.
    """
    wait = _wait(headers.get("retry-after"), headers, now)
    if wait is None and limited:
        wait = _wait(headers.get("x-ratelimit-reset"), headers, now)
    return now + min(wait, LONGEST) if wait and wait > timedelta() else None


def http_date(value: str | None) -> datetime | None:
    """Read an HTTP date (RFC 9110, 5.6.7), the obsolete forms too; `None` for anything else."""
    if value is None or len(value) > 64:
        return None
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    try:
        return date.replace(tzinfo=date.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _wait(value: str | None, headers: Mapping[str, str], now: datetime) -> timedelta | None:
    server_now = http_date(headers.get("date")) or now
    seconds = _seconds(value)
    if seconds is not None and seconds.total_seconds() >= _EPOCH:
        return seconds - timedelta(seconds=server_now.timestamp())
    if seconds is not None:
        return seconds
    date = http_date(value)
    return date - server_now if date else None


def _seconds(value: str | None) -> timedelta | None:
    match = _SECONDS.fullmatch(value) if value is not None and len(value) <= 64 else None
    return timedelta(seconds=min(int(match[1]), _MOST_SECONDS)) if match else None


def _directives(value: str) -> dict[str, str]:
    """Split a Cache-Control value; of a repeated directive the first counts (RFC 9111, 4.2.1)."""
    found: dict[str, str] = {}
    for part in value.split(","):
        name, _, argument = part.partition("=")
        found.setdefault(name.strip().lower(), argument.strip().strip('"'))
    return found
