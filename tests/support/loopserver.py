"""A server with an event loop of its own, in a thread, for as long as its context lasts."""

from __future__ import annotations

import asyncio
from threading import Thread
from typing import Self


class LoopServer:
    """Runs `_start` when its context is entered and `_stop` when it is left, both in the loop."""

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        name = type(self).__name__.lower()
        self._thread = Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _start(self) -> None:
        raise NotImplementedError

    async def _stop(self) -> None:
        raise NotImplementedError

    async def _end_tasks(self) -> None:
        quiet = 0
        while quiet < 10:  # the system may hold connections that nobody has taken yet
            await asyncio.sleep(0)  # a task cancelled before its first step is taken for a bug
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            quiet = 0 if tasks else quiet + 1
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
