"""Handle signals while mail is sent: the first ends the run after open messages, the second now."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

import click

from digest.cli.terminal import shows_bars

if TYPE_CHECKING:
    from digest.cli.context import Context

_SHOW_CURSOR = "\x1b[?25h"
"""The control sequence that shows the cursor, as a progress bar writes at its end."""


@contextmanager
def stopping(context: Context) -> Iterator[Callable[[], bool]]:
    """Yield a function that returns whether a signal has asked the run to end."""
    received: list[int] = []

    def handle(number: int, _frame: FrameType | None) -> None:
        if received:
            if shows_bars():
                click.echo(_SHOW_CURSOR, err=True, nl=False)
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        received.append(number)
        context.complain("digest: ends when what is on its way has arrived; again: at once")

    numbers = (signal.SIGINT, signal.SIGTERM)
    previous = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield lambda: bool(received)
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
