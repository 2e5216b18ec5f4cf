"""Limit the rate of messages: at most so many a minute, evenly spaced, by an injected clock."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_MOST_GAPS = 10
"""A time in the shared file that is more gaps ahead was written before the machine restarted."""


@dataclass(frozen=True, slots=True)
class MonotonicClock:
    """A clock in seconds that only grow, and a function that waits."""

    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


_LONGEST_GAP = 10.0
"""The longest gap, in seconds; a server that wants a longer one is left alone instead."""


class RateLimiter:
    """Spaces messages evenly; without a `rate` (messages a minute) all may go at once.

    All limiters with the same `shared` file keep to the rate together, in all processes of the
    machine, because they share its monotonic clock.  Where several machines share the rate,
    `reserve` takes the gap and returns the wait for the next message, a time that no other has.
    """

    def __init__(
        self,
        rate: int | None,
        clock: MonotonicClock,
        shared: Path | None = None,
        reserve: Callable[[float], float] = lambda gap: 0.0,
    ) -> None:
        self._gap = 60 / rate if rate else 0.0
        self._clock = clock
        self._next = clock.monotonic()
        self._shared = shared
        self._reserve = reserve
        self._has_reserved = False

    def delay(self) -> float:
        """Return how many seconds the next message has to wait."""
        if not self._gap:
            return 0.0
        now = self._clock.monotonic()
        if self._next <= now and not self._has_reserved:
            self._next = now + self._reserve(self._gap)
            self._has_reserved = True
        return max(0.0, max(self._next, self._shared_next(now)) - now)

    def slow_down(self) -> None:
        """Double the gap between messages, to at least a second."""
        self._gap = min(max(1.0, 2 * self._gap), max(self._gap, _LONGEST_GAP))
        self._next = self._clock.monotonic() + self._gap

    def took(self) -> None:
        """Record that a message is sent now."""
        now = self._clock.monotonic()
        self._next = now + self._gap
        self._has_reserved = False
        if self._shared is None or not self._gap:
            return
        with suppress(OSError):  # a full disk stops no mail: each run keeps to the rate by itself
            file = os.open(self._shared, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
                following = max(now, self._shared_next(now)) + self._gap
                os.pwrite(file, f"{following:24.6f}".encode(), 0)
            finally:
                os.close(file)

    def wait(self) -> None:
        """Wait until the next message may go, at most a second."""
        self._clock.sleep(min(self.delay(), 1.0))

    def _shared_next(self, now: float) -> float:
        """Return when the next message of all processes may go, from the shared file."""
        if self._shared is None:
            return now
        try:
            following = float(self._shared.read_bytes())
        except (OSError, ValueError):
            return now
        return following if following <= now + _MOST_GAPS * self._gap else now
