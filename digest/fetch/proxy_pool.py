"""The proxies of one run: the way through each, and whether it can be used.

A proxy that is down is told once, and the addresses behind it count as not asked.  A proxy that
takes connections and brings no answer from anybody is down as well; so until the first answer
comes through a proxy, failures are held back: nobody knows yet whose they are.
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
"""After failures of so many hosts, and no answer from anybody, a proxy is down for this run."""
RETRY = 0.5
"""Seconds until a proxy that failed is tried again."""

Unasked = tuple[FeedRequest, FetchError]


@dataclass(slots=True)
class ProxyState:
    """One proxy, as this run has met it."""

    route: ProxyRoute
    trouble: str | None = None
    """Why it cannot be used, in one sentence."""
    failures: int = 0
    """Failures of the proxy itself in a row."""
    is_proven: bool = False
    """Somebody has answered through it."""
    held: list[tuple[PendingRequest, FetchError]] = field(default_factory=list)
    """Requests that failed before it was proven."""

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
        """Hold a failure back where the proxy may be its cause; return whether that was done."""
        is_ours = isinstance(error, ProxyUnavailableError | UnforeseenFetchError)
        if self.is_proven or error.status is not None or not error.temporary or is_ours:
            return False
        self.held.append((pending, error))
        if not self.trouble and len({held.origin[1] for held, _ in self.held}) >= MOST_UNPROVEN:
            self.trouble = f"the proxy {self.route.proxy} brings no answer from any host"
        return True

    def release(self) -> Iterator[Unasked]:
        """Yield the failures that were held back, as what they are now known to be."""
        held, self.held = self.held, []
        for pending, error in held:
            yield pending.request, self.refusal(pending) if self.trouble else error

    def refusal(self, pending: PendingRequest) -> FetchError:
        """Return the outcome of a request that is not made because the proxy is down."""
        return ProxyUnavailableError(self.trouble or "", url=str(pending.url))


class ProxyPool:
    """The proxies that this run has met."""

    def __init__(self, rules: ProxyRules, tls: Callable[[], ssl.SSLContext]) -> None:
        self._rules = rules
        self._tls = tls
        self._states: dict[Proxy, ProxyState] = {}

    def state_for(self, pending: PendingRequest) -> ProxyState | None:
        """Return the proxy for a request's next hop; ``None`` where there is none.

        Raises ValueError where the request names what is no proxy.
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
        """Yield what is still held back at the end of a run."""
        for state in self._states.values():
            yield from state.release()


_read = cache(read_proxy)
