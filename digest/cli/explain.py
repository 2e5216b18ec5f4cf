"""`digest explain`: why an entry is, or is not, in an edition."""

from __future__ import annotations

import click

from digest.cli._context import Context, common_options, pass_context
from digest.errors import DigestError


@click.command()
@click.argument("needle", metavar="URL|ID|TITLE")
@common_options
@pass_context
def explain(context: Context, needle: str) -> None:
    """Tell what became of an entry: fetched, cleaned, matched, told or left out, and why."""
    from digest import trail

    config = context.config()
    with context.store(config) as store, store.read() as connection:
        trails = trail.follow(config, connection, needle)
    if not trails:
        raise DigestError(f"no entry has the link, id or title {needle!r}")
    context.report([one.as_dict() for one in trails])
    for one in trails:
        context.say("\n".join(one.lines()))
        context.say()
