"""Signals while mail is sent: the first lets what is on its way arrive, the second ends at once."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from digest.cli.context import Context

_SHOW_CURSOR = "\x1b[?25h"
"""What a bar would do at its end."""


@contextmanager
def stopping(context: Context) -> Iterator[Callable[[], bool]]:
    """Yield what tells, then and later, whether a signal has asked the run to end."""
    asked: list[int] = []

    def handle(number: int, _frame: FrameType | None) -> None:
        if asked:
            if sys.stderr.isatty():
                click.echo(_SHOW_CURSOR, err=True, nl=False)
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        asked.append(number)
        context.complain("digest: ends when what is on its way has arrived; again: at once")

    numbers = (signal.SIGINT, signal.SIGTERM)
    previous = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
