"""`digest web`: the password of the operator's pages, and the tokens of the API."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from digest.cli.context import Context, common_options, pass_context
from digest.cli.terminal import CommandGroup
from digest.errors import ConfigError
from digest.resources import install_command


@click.group(cls=CommandGroup)
@common_options
def web() -> None:
    """Set up the operator's pages and the API of `digest serve --web`."""


@contextmanager
def _naming_the_package() -> Iterator[None]:
    """Raise ConfigError, with what to install, where a package of the web side is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("digest"):
            raise
        raise ConfigError(
            f"this needs the package {error.name}: {install_command('web')}"
        ) from error


@web.command()
@common_options
@pass_context
def password(context: Context) -> None:
    """Set the password of the operator's pages, and end all their sessions.

    On a terminal it asks for the password twice; else it reads one line from standard input.
    """
    with _naming_the_package():
        from digest.web.admin.password import set_password
    from digest.settings import locate, read_text
    from digest.settings.positions import loads

    file = locate(context.file)
    tables = loads(read_text(file), file=str(file))  # other mistakes in it do not matter here
    if sys.stdin.isatty():
        written = click.prompt("New password", hide_input=True, confirmation_prompt=True, err=True)
    else:
        written = sys.stdin.readline().rstrip("\r\n")
    path = set_password(file.absolute().parent, written)
    context.report({"file": str(path)})
    context.say(f"The hash of the password is in {path}; all sessions have ended.")
    if "admin" not in tables.get("web", {}):
        context.say("The pages are off: write [web.admin] into the configuration.")


@web.command()
@click.argument("name", required=False)
@click.option("--end", is_flag=True, help="End the token of this name at once.")
@common_options
@pass_context
def token(context: Context, name: str | None, end: bool) -> None:
    """Make a token for a program that uses the API; without a NAME, list the tokens.

    The token is shown once; only its hash is kept.  Programs send it in the header "Authorization:
    Bearer TOKEN" to the addresses below /api/, which /api/openapi.json describes.
    """
    with _naming_the_package():
        from digest.web.api import tokens
    config = context.config()
    if name is None:
        if end:
            raise click.UsageError("name the token to end")
        _list_tokens(context, config.root)
        return
    if end:
        tokens.end(config.root, name)
        context.report({"ended": name})
        context.say(f"The token {name} has ended.")
        return
    made = tokens.make(config.root, name, context.now)
    context.report({"name": name, "token": made})
    if not context.as_json:
        context.put(f"{made}\n")
    if not context.quiet:
        context.complain(f"This is the token {name}; it is not shown again.")
    if config.web.admin is None:
        context.complain("The API is off: write [web.admin] into the configuration.")


def _list_tokens(context: Context, root: Path) -> None:
    from digest.web.api import tokens

    known = tokens.stored(root)
    context.report([{"name": item.name, "made_at": item.made_at} for item in known])
    for item in known:
        context.say(f"{item.name}  made on {item.made_at:%Y-%m-%d}")
    if not known:
        context.say("There is no token; `digest web token NAME` makes one.")
