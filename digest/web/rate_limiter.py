"""Who may do something now, and how long the others wait: leaky buckets of a bounded number."""

from __future__ import annotations

import threading
from collections import OrderedDict
from ipaddress import IPv4Address, IPv6Address, ip_network


class RequestLimiter:
    """At most `burst` at once, and after that one every `every` seconds, for each key.

    The `size` keys used last are remembered; a moment is any clock's that never goes back, in
    seconds.
    """

    def __init__(self, *, burst: int, every: float, size: int = 4096) -> None:
        self._slack = (burst - 1) * every
        self._every = every
        self._size = size
        self._free: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str, moment: float) -> float:
        """Count one for `key` and return 0; or count nothing and return the seconds to wait.

        >>> limit = RequestLimiter(burst=2, every=60)
        >>> [limit.take("a", 0.0), limit.take("a", 0.0), limit.take("a", 20.0)]
        [0.0, 0.0, 40.0]
        """
        with self._lock:
            free = max(self._free.get(key, moment), moment)  # when the last one taken is paid for
            wait = free - self._slack - moment
            if wait > 0:
                return wait
            self._free[key] = free + self._every
            self._free.move_to_end(key)
            if len(self._free) > self._size:
                self._free.popitem(last=False)
            return 0.0


def network(address: IPv4Address | IPv6Address | None) -> str:
    """Name the network that `address` is counted with: what one customer commonly has.

    >>> from ipaddress import ip_address
    >>> network(ip_address("203.0.113.9")), network(ip_address("2001:db8:1:2::3"))
    ('203.0.113.0/24', '2001:db8:1::/48')
    """
    if address is None:
        return "unknown"
    return str(ip_network(f"{address}/{24 if address.version == 4 else 48}", strict=False))
