"""Cache answers for a second, so that many requests at once cost as much as one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")

_SECOND = 1.0


class RecentAnswers(Generic[Value]):
    """Answers by key, kept for a second; the caller uses a bounded number of keys."""

    def __init__(self) -> None:
        self._answers: dict[str, tuple[float, Value]] = {}
        self._lock = threading.Lock()

    def get(self, key: str, moment: float, ask: Callable[[], Value]) -> Value:
        """Return the answer for `key`; call `ask` if there is none from the last second.

        `moment` is the time of a monotonic clock, in seconds.
        """
        with self._lock:
            known = self._answers.get(key)
        if known and moment - known[0] < _SECOND:
            return known[1]
        answer = ask()
        with self._lock:
            self._answers[key] = moment, answer
        return answer
