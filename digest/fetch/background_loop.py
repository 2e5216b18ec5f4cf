"""Iterate, without async, over the items that a coroutine produces in an event loop.

The loop has a thread of its own, so that deadlines run on while the caller parses and stores.
The number of waiting items is bounded, so that a slow caller slows the loop and memory stays small.
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
"""The most seconds that an item waits for others: waking a thread costs half a request."""


class _End(Enum):
    END = 0


def iterate(
    produce: Callable[[Callable[[T], Awaitable[None]]], Coroutine[object, object, None]],
    *,
    ahead: int,
) -> Iterator[T]:
    """Run ``produce(put)`` in an event loop; yield the items that it puts, at most `ahead` waiting.

    Closing the iterator cancels the coroutine and waits until it has cleaned up.  An exception of
    the coroutine is raised here.
    """
    ready: SimpleQueue[list[T] | _End] = SimpleQueue()
    room = asyncio.Semaphore(ahead)
    batch: list[T] = []

    async def put(item: T) -> None:
        await room.acquire()
        batch.append(item)
        if len(batch) * 2 >= ahead:
            hand_over()
        elif len(batch) == 1:
            loop.call_later(SHORT, hand_over)

    def hand_over() -> None:
        if batch:
            ready.put(batch.copy())
            batch.clear()

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
    future = asyncio.run_coroutine_threadsafe(work(), loop)
    taken = 0
    try:
        while (items := ready.get()) is not _End.END:
            for item in items:
                taken += 1
                if taken * 2 >= ahead:
                    loop.call_soon_threadsafe(make_room, taken)
                    taken = 0
                yield item
        future.result()
    finally:
        asyncio.run_coroutine_threadsafe(_cancel_tasks(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _cancel_tasks() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_asyncgens()
