"""What a terminal can show: colors and bars, or neither (NO_COLOR, TERM=dumb)."""

from __future__ import annotations

import os
import sys
from typing import TextIO

import click


class CommandGroup(click.Group):
    """A group that lists its commands in the order in which a newcomer needs them.

    Each is listed with the whole first sentence of its help, on several lines where it is long.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [
            (name, command.get_short_help_str(limit=10_000))
            for name, command in self.commands.items()
            if not command.hidden
        ]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)


def is_plain() -> bool:
    """Tell whether the terminal knows no control sequences (https://no-color.org)."""
    return os.environ.get("TERM") == "dumb"


def allows_color() -> bool | None:
    """Return ``False`` where no color is wanted; ``None``: as the stream is."""
    return False if os.environ.get("NO_COLOR") or is_plain() else None


def shows_bars(stream: TextIO | None = None) -> bool:
    """Tell whether a bar can be drawn on `stream`, which is standard error."""
    return (stream or sys.stderr).isatty() and not is_plain()
