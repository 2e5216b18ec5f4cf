"""The proxies of one run: the route through each, and whether it can be used.

The failure of a proxy is reported once, and the requests through it count as not made.  A proxy
that accepts connections but brings no answer from any host is down as well.  So failures are held
back until the first answer comes through a proxy: until then the proxy may be their cause.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache

from digest.errors import FetchError, ProxyUnavailableError, UnforeseenFetchError
from digest.fetch.http import PendingRequest
from digest.fetch.proxy import ProxyDownError, ProxyRoute
from digest.model import FeedRequest
from digest.net.proxies import NONE, Proxy, ProxyRules, read_proxy

FAILURES = 3
"""After so many failures in a row a proxy is down for this run."""
MOST_UNPROVEN = 20
"""After failures of so many hosts, and no answer from any, a proxy is down for this run."""
RETRY = 0.5
"""The seconds before a proxy that failed is tried again."""

Unasked = tuple[FeedRequest, FetchError]


@dataclass(slots=True)
class ProxyState:
    """The state of one proxy in this run."""

    route: ProxyRoute
    trouble: str | None = None
    """Why it cannot be used, in one sentence."""
    failures: int = 0
    """The number of failures of the proxy itself in a row."""
    is_proven: bool = False
    """Whether any host has answered through the proxy."""
    held_failures: list[tuple[PendingRequest, FetchError]] = field(default_factory=list)
    """Requests that failed before the proxy was proven, with their errors."""

    def answered(self) -> Iterator[Unasked]:
        """Note that a host has answered; yield the failures that were held back."""
        self.failures = 0
        self.is_proven = True
        yield from self.release()

    def failed(self, error: ProxyDownError) -> bool:
        """Note that the proxy failed; return whether it is down now."""
        self.failures += 1
        if self.failures >= FAILURES or error.for_good:
            self.trouble = self.trouble or str(error)
        return self.trouble is not None

    def holds(self, pending: PendingRequest, error: FetchError) -> bool:
        """Hold a failure back if the proxy may be its cause; return whether it was held back."""
        is_ours = isinstance(error, ProxyUnavailableError | UnforeseenFetchError)
        if self.is_proven or error.status is not None or not error.temporary or is_ours:
            return False
        self.held_failures.append((pending, error))
        if (
            not self.trouble
            and len({request.origin[1] for request, _ in self.held_failures}) >= MOST_UNPROVEN
        ):
            self.trouble = f"the proxy {self.route.proxy} brings no answer from any host"
        return True

    def release(self) -> Iterator[Unasked]:
        """Yield the failures that were held back, as errors of the proxy if it is down."""
        failures, self.held_failures = self.held_failures, []
        for pending, error in failures:
            yield pending.request, self.refusal(pending) if self.trouble else error

    def refusal(self, pending: PendingRequest) -> FetchError:
        """Return the outcome of a request that is not made because the proxy is down."""
        return ProxyUnavailableError(self.trouble or "", url=str(pending.url))


class ProxyPool:
    """The proxies that this run uses."""

    def __init__(self, rules: ProxyRules, tls: Callable[[], ssl.SSLContext]) -> None:
        self._rules = rules
        self._tls = tls
        self._states: dict[Proxy, ProxyState] = {}

    def state_for(self, pending: PendingRequest) -> ProxyState | None:
        """Return the proxy for a request's next hop; ``None`` if the hop needs none.

        Raises ValueError if the proxy that the request names is not valid.
        """
        written = pending.request.proxy
        if written is None:
            proxy = self._rules.proxy_for(pending.url)
        else:
            proxy = None if written == NONE else _read(written)
        if proxy is None:
            return None
        if proxy not in self._states:
            self._states[proxy] = ProxyState(ProxyRoute(proxy, self._tls))
        return self._states[proxy]

    @property
    def has_trouble(self) -> bool:
        """Whether any proxy is known to be down."""
        return any(state.trouble for state in self._states.values())

    def release(self) -> Iterator[Unasked]:
        """Yield the failures that are still held back at the end of a run."""
        for state in self._states.values():
            yield from state.release()


_read = cache(read_proxy)
