"""Limit the rate of requests with leaky buckets, whose number is bounded."""

from __future__ import annotations

import threading
from collections import OrderedDict
from ipaddress import IPv4Address, IPv6Address, ip_network


class RequestLimiter:
    """Allow `burst` requests at once, then one every `every` seconds, for each key.

    The `size` last used keys are remembered.  Times are seconds of a monotonic clock.
    """

    def __init__(self, *, burst: int, every: float, size: int = 4096) -> None:
        self._slack = (burst - 1) * every
        self._every = every
        self._size = size
        self._free: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str, moment: float) -> float:
        """Count a request for `key` and return 0; over the limit, only return the seconds to wait.

        >>> limit = RequestLimiter(burst=2, every=60)
        >>> [limit.take("a", 0.0), limit.take("a", 0.0), limit.take("a", 20.0)]
        [0.0, 0.0, 40.0]
        """
        with self._lock:
            free = max(self._free.get(key, moment), moment)  # when the bucket is empty
            wait = free - self._slack - moment
            if wait > 0:
                return wait
            self._free[key] = free + self._every
            self._free.move_to_end(key)
            if len(self._free) > self._size:
                self._free.popitem(last=False)
            return 0.0


class ClientLimiter:
    """Limit the requests of each network, and of all together."""

    def __init__(self, *, of_network: RequestLimiter, of_all: RequestLimiter) -> None:
        self._of_network = of_network
        self._of_all = of_all

    def take(self, address: IPv4Address | IPv6Address | None, moment: float) -> float:
        """Count a request and return 0; over a limit, return the seconds to wait."""
        return self._of_network.take(network(address), moment) or self._of_all.take("", moment)


def network(address: IPv4Address | IPv6Address | None) -> str:
    """Return the network of `address`, of the size that one customer commonly has.

    >>> from ipaddress import ip_address
    >>> network(ip_address("203.0.113.9")), network(ip_address("2001:db8:1:2::3"))
    ('203.0.113.0/24', '2001:db8:1::/48')
    """
    if address is None:
        return "unknown"
    return str(ip_network(f"{address}/{24 if address.version == 4 else 48}", strict=False))
