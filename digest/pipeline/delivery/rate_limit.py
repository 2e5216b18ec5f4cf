"""When the next message may go: at most so many a minute, evenly, by a clock that is handed in."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MonotonicClock:
    """Seconds that only grow, and how to let some pass."""

    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


class RateLimiter:
    """Keeps messages apart; without a `rate` (messages a minute) it lets all go at once."""

    def __init__(self, rate: int | None, clock: MonotonicClock) -> None:
        self._gap = 60 / rate if rate else 0.0
        self._clock = clock
        self._next = clock.monotonic()

    def delay(self) -> float:
        """Return how many seconds the next message has to wait."""
        return max(0.0, self._next - self._clock.monotonic()) if self._gap else 0.0

    def took(self) -> None:
        """Note that a message goes now."""
        self._next = self._clock.monotonic() + self._gap

    def wait(self) -> None:
        """Wait for the next message's turn, but no longer than a second."""
        self._clock.sleep(min(self.delay(), 1.0))
