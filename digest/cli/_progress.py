"""How a refresh is seen to go on: a bar on a terminal, a line for each feed with ``-v``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from digest.cli._context import Context
    from digest.model import Feed
    from digest.pipeline import Watch


@contextmanager
def progress(context: Context) -> Iterator[Watch]:
    """Yield what `refresh` should call after each feed."""
    if context.verbosity > 0:
        yield _line
    elif context.quiet or context.as_json or not sys.stderr.isatty():
        yield _nothing
    else:
        with click.progressbar(
            length=0, label="Fetching", file=sys.stderr, show_pos=True, item_show_func=_shown
        ) as bar:

            def step(done: int, total: int, feed: Feed, error: str | None) -> None:
                bar.length = total
                bar.update(done - bar.pos, feed)

            yield step


def _nothing(done: int, total: int, feed: Feed, error: str | None) -> None:
    pass


def _line(done: int, total: int, feed: Feed, error: str | None) -> None:
    click.echo(f"[{done}/{total}] {feed.name}: {error or 'read'}", err=True)


def _shown(feed: Feed | None) -> str | None:
    return feed.name[:30] if feed else None
