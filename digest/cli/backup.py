"""`digest backup` and `digest restore`: copy the database, and put a copy back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.cli.context import Context, common_options, pass_context
from digest.errors import BusyError, ConfigError, StoreError

if TYPE_CHECKING:
    from digest.settings import Config


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@common_options
@pass_context
def backup(context: Context, file: Path) -> None:
    """Copy the database to FILE, whole, while the program may be running.

    A plain copy of the file is no backup, because the write-ahead log is a second file.  Only its
    owner can read the copy, because it holds addresses and mail.
    """
    from digest.store.backup import backup as copy

    path = _database(context.config())
    if not path.exists():
        raise StoreError(f"there is no database {path} yet")
    copy(path, file)
    context.report({"database": str(path), "file": str(file)})
    context.say(f"Copied {path} to {file} ({file.stat().st_size:,} bytes).")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--yes", is_flag=True, help="Ask nothing.")
@common_options
@pass_context
def restore(context: Context, file: Path, yes: bool) -> None:
    """Check the copy FILE, and put it in the place of the database.

    The database before is kept beside it.  Mail that was sent after the copy was made may be sent
    again, because the copy has no record of it.
    """
    from digest.store.backup import restore as put_back

    path = _database(context.config())
    if path.exists() and not yes:
        if not sys.stdin.isatty():
            raise click.UsageError(f"{path} would be replaced: add --yes")
        click.confirm(f"Replace {path}?", abort=True, err=True)
    try:
        before = put_back(path, file)
    except BusyError as error:  # exit status 1: nothing was restored
        raise StoreError(str(error)) from error
    context.report({"database": str(path), "file": str(file), "before": before and str(before)})
    kept = f" The one before is {before}." if before else ""
    context.say(f"{path} is the copy {file} now.{kept}")


def _database(config: Config) -> Path:
    """Return the file of the database; raise ConfigError where a server holds it."""
    from digest.settings.surroundings import database

    path = database(config)
    if path is None:
        raise ConfigError(
            "store.url names no file: a server's database is copied by its own pg_dump and "
            "pg_restore",
            file=str(config.path),
        )
    return path
