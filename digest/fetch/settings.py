"""The keys of ``[fetch]``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from digest.net.proxies import NONE, ProxyRules, check_exceptions, read_proxy
from digest.net.public_addresses import AllowList

LEAST_INTERVAL = timedelta(hours=1)
"""The least time between two polls of a feed whose interval is "auto"."""
SHORTEST_INTERVAL = timedelta(minutes=1)
"""The shortest interval that a configuration may set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How feeds are fetched: the keys of ``[fetch]``.  A value out of range is a `ValueError`."""

    interval: timedelta | Literal["auto"] = "auto"
    """The time between two polls of a feed; servers may ask for more.  ``auto``: as often as the
    feed publishes and editions want it, and at least `LEAST_INTERVAL` apart."""
    allow_hosts: tuple[str, ...] = ()
    """Private hosts that may be fetched: names, addresses or networks."""
    timeout: timedelta = timedelta(seconds=30)
    """The longest time for one feed in total, redirects included."""
    max_bytes: int = 10_000_000
    """The largest body that is read, in bytes after decompression."""
    concurrency: int = 160
    """The most requests at a time to all hosts together; to one host, two.

    Of 10,000 feeds some hundred do not answer or take seconds; the others need not wait for these.
    """
    spacing: timedelta = timedelta(seconds=1)
    """The time between the beginnings of two requests to one host outside the local network."""
    contact: str | None = None
    """A URL or an address in the User-Agent, by which publishers can reach you."""

    proxy: str | None = field(default=None, repr=False, metadata={"secret": "parts"})
    """The proxy that all feeds are asked through; "none": none; ``None``: that of the environment
    (`environment`)."""
    no_proxy: tuple[str, ...] = ()
    """Hosts, domains and networks that are asked without `proxy`."""
    environment: ProxyRules = field(default=ProxyRules(), metadata={"is_key": False})
    """The proxies that the environment names."""

    @property
    def proxies(self) -> ProxyRules:
        """The proxies in use: the configuration's goes before those of the environment."""
        if self.proxy is None:
            return self.environment
        if self.proxy == NONE:
            return ProxyRules()
        proxy = read_proxy(self.proxy)
        return ProxyRules(http=proxy, https=proxy, exceptions=self.no_proxy, loopback=True)

    @property
    def least_interval(self) -> timedelta:
        """The least time between two polls of a feed."""
        return LEAST_INTERVAL if self.interval == "auto" else self.interval

    def __post_init__(self) -> None:
        AllowList.parse(self.allow_hosts)
        if self.interval != "auto" and self.interval < SHORTEST_INTERVAL:
            raise ValueError(
                "interval must be at least a minute: who asks more often is soon refused"
            )
        if not timedelta() <= self.spacing <= timedelta(minutes=10):
            raise ValueError("spacing must be between nothing and ten minutes")
        if self.timeout <= timedelta():
            raise ValueError("timeout must be more than nothing")
        if self.max_bytes < 1:
            raise ValueError("max_bytes must be at least 1")
        if self.concurrency < 1:
            raise ValueError("concurrency must be at least 1")
        check_proxy(self.proxy)
        try:
            check_exceptions(self.no_proxy)
        except ValueError as error:
            raise ValueError(f"no_proxy: {error}") from None
        if self.contact and not (self.contact.isascii() and self.contact.isprintable()):
            raise ValueError("contact must be plain ASCII: it is sent in a header")
        if self.contact and re.search("://[^/]*@", self.contact):
            raise ValueError("contact is sent to all publishers: write it without a login")


def check_proxy(written: str | None) -> None:
    """Raise ValueError, whose text begins with "proxy", for what is no proxy."""
    if written is None or written == NONE:
        return
    try:
        read_proxy(written)
    except ValueError as error:
        raise ValueError(f"proxy: {error}") from None
