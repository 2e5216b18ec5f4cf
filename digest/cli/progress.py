"""Show the progress of a command: a bar on a terminal, a line for each feed with ``-v``."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import click

from digest.cli.terminal import shows_bars

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

    from digest.cli.context import Context
    from digest.model import Feed
    from digest.pipeline import DeliveryProgress, Watch

_MANY = 20
"""Most mails that are sent without a progress bar."""


@contextmanager
def progress(context: Context) -> Iterator[Watch]:
    """Yield the function that `refresh` calls after each feed."""
    if context.verbosity > 0 and not context.log_json:
        yield _line
    elif context.quiet or context.as_json or context.log_json or not shows_bars():
        yield _nothing
    else:
        with ExitStack() as stack:
            bar: ProgressBar[Feed] | None = None

            def step(done: int, total: int, feed: Feed, error: str | None) -> None:
                nonlocal bar
                if bar is None:  # no bar is drawn where no feed is due
                    bar = stack.enter_context(_bar(total))
                bar.update(done - bar.pos, feed)

            yield step


@contextmanager
def mailing(context: Context) -> Iterator[DeliveryProgress]:
    """Yield the function that `publish` calls after each mail."""
    if context.quiet or context.as_json or context.log_json or not shows_bars():
        yield lambda done, total: None
        return
    with ExitStack() as stack:
        bar: ProgressBar[int] | None = None

        def step(done: int, total: int) -> None:
            nonlocal bar
            if bar is None and total > _MANY:
                bar = click.progressbar(
                    length=total,
                    label="Mailing",
                    file=sys.stderr,
                    width=0,
                    show_pos=True,
                    update_min_steps=max(1, total // 500),
                )
                stack.enter_context(bar)
            if bar is not None:
                bar.update(1)

        yield step


@contextmanager
def counting(
    context: Context, label: str, total: int, *, least: int
) -> Iterator[Callable[[int], None]]:
    """Yield a function that takes numbers of finished items; fewer than `least` get no bar."""
    if total < least or context.verbosity or context.as_json or not shows_bars():
        yield lambda count: None
    else:
        with click.progressbar(
            length=total, label=label, file=sys.stderr, width=0, show_pos=True
        ) as bar:
            yield bar.update


def _bar(total: int) -> ProgressBar[Feed]:
    """Return a bar as wide as the terminal; a wide one names the feeds."""
    wide = shutil.get_terminal_size().columns >= 80
    return click.progressbar(
        length=total,
        label="Fetching",
        file=sys.stderr,
        width=0,
        show_pos=True,
        item_show_func=_shown if wide else None,
    )


def _nothing(done: int, total: int, feed: Feed, error: str | None) -> None:
    pass


def _line(done: int, total: int, feed: Feed, error: str | None) -> None:
    click.echo(f"[{done}/{total}] {feed.name}: {error or 'read'}", err=True)


def _shown(feed: Feed | None) -> str | None:
    return f"{feed.name[:30]:30}" if feed else None
