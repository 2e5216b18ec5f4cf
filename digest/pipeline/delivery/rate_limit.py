"""When the next message may go: at most so many a minute, evenly, by an injected clock."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_MOST_GAPS = 10
"""A time in the shared file that is farther off was written before the machine was restarted."""


@dataclass(frozen=True, slots=True)
class MonotonicClock:
    """Seconds that only grow, and how to let some pass."""

    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


_LONGEST_GAP = 10.0
"""Seconds; a server that wants more is left alone instead."""


class RateLimiter:
    """Keeps messages apart; without a `rate` (messages a minute) it lets all go at once.

    All limiters with the same `shared` file keep to the rate together, in whichever process they
    are: the monotonic clock is the machine's.
    """

    def __init__(self, rate: int | None, clock: MonotonicClock, shared: Path | None = None) -> None:
        self._gap = 60 / rate if rate else 0.0
        self._clock = clock
        self._next = clock.monotonic()
        self._shared = shared

    def delay(self) -> float:
        """Return how many seconds the next message has to wait."""
        if not self._gap:
            return 0.0
        now = self._clock.monotonic()
        return max(0.0, max(self._next, self._shared_next(now)) - now)

    def slow_down(self) -> None:
        """Wait at least a second from now on between two messages, and twice as long each time."""
        self._gap = min(max(1.0, 2 * self._gap), max(self._gap, _LONGEST_GAP))
        self._next = self._clock.monotonic() + self._gap

    def took(self) -> None:
        """Note that a message goes now."""
        now = self._clock.monotonic()
        self._next = now + self._gap
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
        """Wait for the next message's turn, but no longer than a second."""
        self._clock.sleep(min(self.delay(), 1.0))

    def _shared_next(self, now: float) -> float:
        """Return when the next message of all may go, as far as the file tells."""
        if self._shared is None:
            return now
        try:
            following = float(self._shared.read_bytes())
        except (OSError, ValueError):
            return now
        return following if following <= now + _MOST_GAPS * self._gap else now
