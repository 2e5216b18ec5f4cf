"""A clock that jumps to the next moment that somebody waits for, so that no test waits for it."""

from __future__ import annotations

import asyncio


class VirtualTimer:
    """Stands in for the timer of `fetch_all`; `slept` holds every wait that was asked for.

    Time stands still while requests are on their way.
    """

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        self._moments: list[float] = []

    def __call__(self) -> VirtualTimer:
        """Be what makes the timer as well."""
        return self

    def time(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        moment = self.now + seconds
        self._moments.append(moment)
        try:
            while self.now < moment:
                await asyncio.sleep(0.002)  # what is on its way arrives
                if moment == min(self._moments):
                    self.now = max(self.now, moment)
        finally:
            self._moments.remove(moment)
