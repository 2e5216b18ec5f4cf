"""`digest digests`: list digests, and rename a digest with everything that belongs to it."""

from __future__ import annotations

import re

import click

from digest.cli.completion import complete_digest
from digest.cli.context import Context, common_options, no_other_run, pass_context
from digest.cli.terminal import CommandGroup
from digest.errors import ConfigError


@click.group(cls=CommandGroup)
@common_options
def digests() -> None:
    """List and rename digests."""


@digests.command("list")
@common_options
@pass_context
def list_(context: Context) -> None:
    """List the digests of the configuration, with the time of their next edition."""
    from digest.schedule import slots

    config = context.config()
    rows = []
    for digest in config.digests:
        schedule = slots.parse_schedule(digest.schedule)
        upcoming = slots.next_slot(schedule, digest.timezone, context.now)
        rows.append({"name": digest.name, "title": digest.title, "next": upcoming})
        context.say(
            f"{digest.name}  {digest.title}, {len(digest.feeds)} feeds, next "
            f"{upcoming:%Y-%m-%d %H:%M} ({digest.timezone})"
        )
    context.report(rows)


@digests.command()
@click.argument("old", shell_complete=complete_digest)
@click.argument("new")
@common_options
@pass_context
def rename(context: Context, old: str, new: str) -> None:
    """Rename the digest OLD to NEW; it keeps its subscribers, editions, ids and memory.

    The configuration is changed too, unless it has the new name already.
    """
    from digest.settings import read_text, replace_config
    from digest.settings.edit import rename_digest
    from digest.store import digests as digest_rows

    config = context.config()
    if not re.fullmatch(r"[a-z0-9_-]+", new):
        raise ConfigError(f"{new!r}: the name of a digest consists of a-z, 0-9, - and _")
    names = {digest.name for digest in config.digests}
    if old in names and new in names:
        raise ConfigError(f"the configuration has a digest {new!r} already")
    if old not in names and new not in names:
        raise ConfigError(f"the configuration has neither {old!r} nor {new!r}")
    text = read_text(config.path)
    changed = rename_digest(text, old, new) if old in names else text
    with (
        context.store(config) as store,
        no_other_run(store),
        store.write() as connection,
    ):
        known = old in digest_rows.names(connection)
        if known or old not in names:
            digest_rows.rename(connection, old, new)
        if changed != text:
            replace_config(config.path, changed)
    context.report({"old": old, "new": new})
    context.say(
        f"{old} is now {new}. Its files stay where `path` says; move them if that changes too."
    )
