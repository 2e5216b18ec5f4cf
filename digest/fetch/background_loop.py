"""A plain iterator in front of an event loop: what a coroutine puts, the caller gets.

The loop has a thread of its own, so that deadlines run on while the caller parses and stores;
only so many results wait, so that a slow caller slows the loop and does not fill the memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from enum import Enum
from queue import SimpleQueue
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


SHORT = 0.005
"""Seconds that an item waits for others: waking a thread costs as much as half a request."""


class _End(Enum):
    END = 0


def iterate(
    produce: Callable[[Callable[[T], Awaitable[None]]], Coroutine[object, object, None]],
    *,
    ahead: int,
) -> Iterator[T]:
    """Run ``produce(put)`` in an event loop; yield what it puts, at most `ahead` waiting.

    Closing the iterator cancels the coroutine and waits until it has cleaned up; what it raises
    is raised here.
    """
    ready: SimpleQueue[list[T] | _End] = SimpleQueue()
    room = asyncio.Semaphore(ahead)
    held: list[T] = []

    async def put(item: T) -> None:
        await room.acquire()
        held.append(item)
        if len(held) * 2 >= ahead:
            hand_over()
        elif len(held) == 1:
            loop.call_later(SHORT, hand_over)

    def hand_over() -> None:
        if held:
            ready.put(held.copy())
            held.clear()

    def make_room(places: int) -> None:
        for _ in range(places):
            room.release()

    async def work() -> None:
        try:
            await produce(put)
        finally:
            hand_over()
            ready.put(_End.END)

    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, name="fetch", daemon=True)
    thread.start()
    working = asyncio.run_coroutine_threadsafe(work(), loop)
    taken = 0
    try:
        while (items := ready.get()) is not _End.END:
            for item in items:
                taken += 1
                if taken * 2 >= ahead:
                    loop.call_soon_threadsafe(make_room, taken)
                    taken = 0
                yield item
        working.result()
    finally:
        asyncio.run_coroutine_threadsafe(_wind_down(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _wind_down() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_asyncgens()
