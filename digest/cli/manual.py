"""`digest man`: the manual page, made from the commands and their options (man-pages(7))."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from digest import __version__
from digest.cli.context import Context, common_options, pass_context

_COMMON = frozenset(("config", "now", "verbose", "quiet", "json", "help"))
"""Options that every command has: they are told once."""

_FILES = """\
.SH EXIT STATUS
.TP
.B 0
Done; single feeds may have failed and are listed.
.TP
.B 1
Something asked for did not happen.
.TP
.B 2
A mistake in the configuration or on the command line.
.TP
.B 3
.B digest doctor
has warnings and no fault.
.SH ENVIRONMENT
.TP
.B DIGEST_CONFIG
The configuration to read where no
.B \\-\\-config
is given.
.TP
.B DIGEST_STORE_URL
The database, before
.B store.url
of the configuration.
.TP
.B NO_COLOR
Where it is set, nothing is colored.
.SH FILES
.TP
.I config.toml
The configuration, in the working directory.
"""


@click.command("man")
@common_options
@pass_context
def man(context: Context) -> None:
    """Print the manual page: `digest man | man -l -` shows it."""
    context.put(manual(click.get_current_context().find_root()))


def manual(root: click.Context) -> str:
    """Return the manual page of the command that `root` is of, in roff."""
    command = root.command
    assert isinstance(command, click.Group)
    lines = [
        f'.TH DIGEST 1 "" "digest {__version__}" "User Commands"',
        ".SH NAME",
        f"digest \\- {_roff(command.get_short_help_str(1000).rstrip('.'))}",
        ".SH SYNOPSIS",
        ".B digest",
        "[\\fIOPTIONS\\fR] \\fICOMMAND\\fR [\\fIARGUMENTS\\fR]...",
        ".SH DESCRIPTION",
        *_paragraphs(command.help or ""),
        _roff(command.epilog or ""),
        ".SH OPTIONS",
        "These may stand before or after the name of a command.",
        *(line for option in command.params for line in _option(option, root)),
        ".SH COMMANDS",
        *_commands(command, root),
    ]
    return "\n".join(line for line in lines if line) + f"\n{_FILES}"


def _commands(group: click.Group, ctx: click.Context) -> Iterator[str]:
    for name, command in group.commands.items():
        if command.hidden:
            continue
        inner = click.Context(command, info_name=name, parent=ctx)
        usage = " ".join(command.collect_usage_pieces(inner))
        yield f".SS {_roff(f'{inner.command_path} {usage}')}"
        yield from _paragraphs(command.help or "")
        for option in command.params:
            if option.name not in _COMMON:
                yield from _option(option, inner)
        if isinstance(command, click.Group):
            yield from _commands(command, inner)


def _option(option: click.Parameter, ctx: click.Context) -> Iterator[str]:
    if isinstance(option, click.Option) and (record := option.get_help_record(ctx)):
        names, help_text = record
        yield ".TP"
        yield f".B {_roff(names)}"
        yield _roff(help_text) or "\\&"


def _paragraphs(text: str) -> Iterator[str]:
    """Yield help as paragraphs; one that begins with ``\\b`` keeps its lines."""
    for number, paragraph in enumerate(re.split(r"\n\s*\n", text.strip())):
        if number:
            yield ".PP"
        lines = [line.strip() for line in paragraph.splitlines()]
        if lines and lines[0] == "\b":
            yield ".nf"
            yield from map(_roff, lines[1:])
            yield ".fi"
        else:
            yield _roff(" ".join(lines))


def _roff(text: str) -> str:
    """Escape what roff would read as its own."""
    text = " ".join(text.split()).replace("\\", "\\e").replace("-", "\\-")
    text = "".join(char if char.isascii() else f"\\[u{ord(char):04X}]" for char in text)
    return f"\\&{text}" if text.startswith((".", "'")) else text
