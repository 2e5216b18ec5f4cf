from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable

import pytest

from digest.fetch.background_loop import iterate

Put = Callable[[int], Awaitable[None]]


class Producer:
    """Puts the numbers below `total`, and keeps count."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.put = 0
        self.cleaned = False

    async def __call__(self, put: Put) -> None:
        try:
            for number in range(self.total):
                await put(number)
                self.put += 1
        finally:
            await asyncio.sleep(0)
            self.cleaned = True


@pytest.mark.parametrize("ahead", [1, 2, 7, 500])
@pytest.mark.parametrize("total", [0, 1, 100])
def test_all_comes_out_in_order_and_never_more_than_so_much_ahead(total: int, ahead: int) -> None:
    producer = Producer(total)
    for taken, number in enumerate(iterate(producer, ahead=ahead), start=1):
        assert number == taken - 1
        assert producer.put <= taken + ahead
    assert producer.put == total


def test_closing_cancels_and_waits_for_the_end() -> None:
    producer = Producer(100)
    threads = set(threading.enumerate())
    numbers = iterate(producer, ahead=3)
    assert next(numbers) == 0
    numbers.close()  # type: ignore[attr-defined]
    assert producer.cleaned
    assert producer.put < 100
    assert set(threading.enumerate()) <= threads


def test_an_error_comes_after_what_was_put_before_it() -> None:
    async def fail(put: Put) -> None:
        await put(1)
        raise ZeroDivisionError

    numbers = iterate(fail, ahead=3)
    assert next(numbers) == 1
    with pytest.raises(ZeroDivisionError):
        next(numbers)
