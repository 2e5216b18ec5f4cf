"""A clock that jumps to the next moment that somebody waits for, so that no test waits for it."""

from __future__ import annotations

import asyncio
from typing import Any

from digest.fetch.host_pool import HostPool

QUIET = 20
"""After so many turns of the loop without anything on its way, time jumps."""
ON_ITS_WAY = {HostPool._attempt.__code__, HostPool._look_up.__code__}


class VirtualTimer:
    """Stands in for the timer of `fetch_all`; `slept` holds every wait that was asked for.

    Time stands still while requests are on their way, however long they take.
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
            quiet = 0
            while self.now < moment:
                await asyncio.sleep(0)
                if any(map(_is_on_its_way, asyncio.all_tasks())):
                    quiet = 0
                    await asyncio.sleep(0.001)
                    continue
                quiet += 1
                if quiet > QUIET and moment == min(self._moments):
                    self.now = max(self.now, moment)
        finally:
            self._moments.remove(moment)


def _is_on_its_way(task: asyncio.Task[Any]) -> bool:
    """Return whether a task waits for the answer to a request, or for an address."""
    awaited: Any = task.get_coro()
    while awaited is not None:
        if getattr(awaited, "cr_code", None) in ON_ITS_WAY:
            return True
        awaited = getattr(awaited, "cr_await", None)
    return False
