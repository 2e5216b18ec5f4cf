"""What was asked a moment ago, so that many who ask at once cost what one does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")

_SECOND = 1.0


class RecentAnswers(Generic[Value]):
    """Answers by their keys, for a second each; the caller has only so many keys."""

    def __init__(self) -> None:
        self._answers: dict[str, tuple[float, Value]] = {}
        self._lock = threading.Lock()

    def get(self, key: str, moment: float, ask: Callable[[], Value]) -> Value:
        """Return the answer for `key` that is not older than a second; `ask` where there is none.

        `moment` is a clock's that never goes back, in seconds.
        """
        with self._lock:
            known = self._answers.get(key)
        if known and moment - known[0] < _SECOND:
            return known[1]
        answer = ask()
        with self._lock:
            self._answers[key] = moment, answer
        return answer
