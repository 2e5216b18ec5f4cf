"""`digest web`: the password of the operator's pages."""

from __future__ import annotations

import sys

import click

from digest.cli.context import Context, common_options, pass_context
from digest.cli.terminal import CommandGroup
from digest.errors import ConfigError
from digest.resources import install_command


@click.group(cls=CommandGroup)
@common_options
def web() -> None:
    """Set up the operator's pages of `digest serve --web`."""


@web.command()
@common_options
@pass_context
def password(context: Context) -> None:
    """Set the password of the operator's pages, and end all their sessions.

    On a terminal it asks for the password twice; else it reads one line from standard input.
    """
    try:
        from digest.web.admin.password import set_password
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("digest"):
            raise
        raise ConfigError(
            f"this needs the package {error.name}: {install_command('web')}"
        ) from error
    config = context.config()
    if sys.stdin.isatty():
        written = click.prompt("New password", hide_input=True, confirmation_prompt=True, err=True)
    else:
        written = sys.stdin.readline().rstrip("\r\n")
    path = set_password(config.root, written)
    context.report({"file": str(path)})
    context.say(f"The hash of the password is in {path}; all sessions have ended.")
    if config.web.admin is None:
        context.say("The pages are off: write [web.admin] into the configuration.")
