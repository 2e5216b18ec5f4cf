"""`digest store`: copy the database to another, and show what is in it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import click

from digest.cli.context import Context, common_options, pass_context
from digest.cli.progress import counting
from digest.cli.terminal import CommandGroup
from digest.errors import BusyError, StoreError

if TYPE_CHECKING:
    from digest.store import Store
    from digest.store.copying import CopiedTable

_MANY = 20_000
"""The least rows of a copy with a progress bar."""


@click.group(cls=CommandGroup)
@common_options
def store() -> None:
    """Copy the database to another, or look at it."""


@store.command()
@common_options
@pass_context
def status(context: Context) -> None:
    """Show how large the database is, what is open in it, and who works on it."""
    from digest.store import figures

    config = context.config()
    with context.store(config) as opened:
        found = figures.of_store(opened)
    context.report(found)
    context.say(f"{found.database}: {found.server}, schema {found.revision}, {_size(found.size)}")
    if found.oldest_entry:
        context.say(f"oldest entry: {found.oldest_entry:%Y-%m-%d}")
    for table in found.tables:
        if table.rows:
            about = "" if table.exact else "about "
            size = f", {_size(table.size)}" if table.size is not None else ""
            context.say(f"  {table.name}: {about}{table.rows:,} rows{size}")
    context.say("Open deliveries:" if found.open_deliveries else "No delivery is open.")
    for opened_state in found.open_deliveries:
        since = f"{opened_state.oldest:%Y-%m-%d %H:%M} UTC"
        context.say(
            f"  {opened_state.channel}: {opened_state.count:,} {opened_state.state}, "
            f"the oldest of an edition of {since}"
        )
    if found.workers:
        context.say("Workers:")
    for worker in found.workers:
        ticked = f"{worker.ticked_at:%Y-%m-%d %H:%M:%S} UTC" if worker.ticked_at else "never"
        state = "" if worker.is_alive else ", gone"
        context.say(
            f"  {worker.name}{state} ({worker.kinds}): version {worker.version}, configuration "
            f"{worker.configuration[:12]}, seen {worker.seen_at:%Y-%m-%d %H:%M:%S} UTC, "
            f"last tick {ticked}"
        )


def _size(size: int) -> str:
    """Return a number of bytes for a person."""
    for unit, least in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= least:
            return f"{size / least:.1f} {unit}"
    return f"{size} bytes"


@store.command("copy")
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.option("--keep", is_flag=True, help="Leave FROM in use: TO is a copy at this moment.")
@common_options
@pass_context
def copy_(context: Context, source: str, target: str, keep: bool) -> None:
    """Copy everything from one database to an empty one, and check it.

    FROM and TO are written as in store.url: sqlite:///digest.db, or
    postgresql://USER@HOST/DATABASE.  A copy that was interrupted goes on where it stopped.
    Nothing can use FROM meanwhile, nor afterwards, unless with --keep: the program says where it
    has moved.
    """
    from digest.store import copying, open_store
    from digest.store.sqlite import existing_file

    existing_file(source)
    with (
        closing(open_store(source, moving=True)) as before,
        closing(open_store(target, moving=True)) as after,
    ):
        context.say(f"Copying {before.name} to {after.name}.")
        rest = copying.row_count(before) - copying.rows_copied(after)
        try:
            with counting(context, "Copying", rest, least=_MANY) as step:
                tables = copying.copy(before, after, now=context.now, keep=keep, step=step)
        except BusyError as error:  # exit status 1: nothing was copied
            raise StoreError(str(error)) from error
        _tell_copy(context, before, after, tables, keep=keep)


def _tell_copy(
    context: Context,
    before: Store,
    after: Store,
    copied: tuple[CopiedTable, ...],
    *,
    keep: bool,
) -> None:
    context.report(
        {
            "source": before.name,
            "target": after.name,
            "tables": [
                {"name": table.name, "rows": table.rows, "hash": f"{table.hash:032x}"}
                for table in copied
            ],
        }
    )
    rows = sum(table.rows for table in copied)
    filled = sum(table.rows > 0 for table in copied)
    context.say(f"Copied and compared {rows:,} rows of {filled} tables.")
    if not keep:
        context.say(
            f"{before.name} is closed now. Name the new database in config.toml ([store] url)."
        )


@store.command("reopen")
@click.argument("url", metavar="DATABASE")
@click.option("--yes", is_flag=True, help="Ask nothing.")
@common_options
@pass_context
def reopen(context: Context, url: str, yes: bool) -> None:
    """Use a database again that was copied to another.

    What was done in the other one since is not in this one: editions may be made and mailed twice.
    An unfinished copy is given up.
    """
    from digest.store import copying, open_store
    from digest.store.sqlite import existing_file

    existing_file(url)
    with closing(open_store(url, moving=True)) as opened:
        if not yes:
            click.confirm(f"Use {opened.name} again?", abort=True, err=True)
        mark = copying.reopen(opened)
        context.report({"database": opened.name, "moved_to": mark and mark.other})
        if mark is None:
            context.say(f"{opened.name} has not moved: it can be used.")
        else:
            context.say(f"{opened.name} can be used again; {mark.other} is as it was.")
