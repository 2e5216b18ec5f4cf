"""`digest completion`: complete commands, options, and names of feeds and digests in a shell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem, get_completion_class

from digest.cli.context import Context, common_options, pass_context
from digest.errors import DigestError

if TYPE_CHECKING:
    from digest.model import Digest, Feed
    from digest.settings import Config

_HOW = {
    "bash": "echo 'eval \"$(digest completion bash)\"' >> ~/.bashrc",
    "zsh": "echo 'eval \"$(digest completion zsh)\"' >> ~/.zshrc",
    "fish": "digest completion fish > ~/.config/fish/completions/digest.fish",
}
"""Shell -> the command that switches completion on for good."""


@click.command()
@click.argument("shell", type=click.Choice(list(_HOW)))
@common_options
@pass_context
def completion(context: Context, shell: str) -> None:
    """Print the script that completes commands and names in a shell.

    To switch it on for good:

    \b
      bash   echo 'eval "$(digest completion bash)"' >> ~/.bashrc
      zsh    echo 'eval "$(digest completion zsh)"' >> ~/.zshrc
      fish   digest completion fish > ~/.config/fish/completions/digest.fish
    """
    root = click.get_current_context().find_root().command
    made = get_completion_class(shell)
    assert made is not None, "click knows these three shells"
    script = made(root, {}, "digest", "_DIGEST_COMPLETE")
    source = script.source_template % script.source_vars()
    context.put(f"# To switch it on for good: {_HOW[shell]}\n{source}\n")


def complete_feed(
    ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the feeds whose names begin with `incomplete`, with their titles."""
    return [
        CompletionItem(feed.name, help=feed.title or "")
        for feed in _feeds(ctx)
        if feed.name.startswith(incomplete)
    ]


def complete_digest(
    ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the digests whose names begin with `incomplete`, with their titles."""
    return [
        CompletionItem(digest.name, help=digest.title)
        for digest in _digests(ctx)
        if digest.name.startswith(incomplete)
    ]


def _feeds(ctx: click.Context) -> tuple[Feed, ...]:
    config = _config(ctx)
    return config.feeds if config else ()


def _digests(ctx: click.Context) -> tuple[Digest, ...]:
    config = _config(ctx)
    return config.digests if config else ()


def _config(ctx: click.Context) -> Config | None:
    """Return the configuration of the command line, or ``None`` if it has mistakes."""
    from digest.settings import load

    context = ctx.find_object(Context)
    try:
        return load(context.file if context else None)
    except DigestError:
        return None
