"""Command groups, and whether the terminal shows colors and bars (NO_COLOR, TERM=dumb)."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from importlib import import_module
from typing import TextIO

import click


class LazyCommands(MutableMapping[str, click.Command]):
    """Commands by name; the module of each is imported on the first access.

    `homes` maps a command to its module within `package` and its name in that module.
    """

    def __init__(self, package: str, homes: Mapping[str, str]) -> None:
        self._package = package
        self._homes = dict(homes)
        self._loaded: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        if name not in self._loaded:
            module, _, attribute = self._homes[name].partition(".")
            home = import_module(f"{self._package}.{module}")
            self._loaded[name] = getattr(home, attribute)
        return self._loaded[name]

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._homes.setdefault(name, "")
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        del self._homes[name]
        self._loaded.pop(name, None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._homes)

    def __len__(self) -> int:
        return len(self._homes)


class CommandGroup(click.Group):
    """A group that lists its commands in the order in which a new user needs them.

    The list shows the full first sentence of each help text, on several lines where it is long.
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
    """Say whether the terminal supports no control sequences (TERM=dumb)."""
    return os.environ.get("TERM") == "dumb"


def allows_color() -> bool | None:
    """Return ``False`` without color (https://no-color.org), ``None`` to let the stream decide."""
    return False if os.environ.get("NO_COLOR") or is_plain() else None


def shows_bars(stream: TextIO | None = None) -> bool:
    """Say whether a bar can be drawn on `stream`, by default standard error."""
    return (stream or sys.stderr).isatty() and not is_plain()
