"""`digest subscribers`: who gets a digest by mail; adding, importing, taking off, forgetting."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, BinaryIO

import click

from digest.cli.completion import complete_digest
from digest.cli.context import (
    Context,
    common_options,
    harmless,
    named_digests,
    pass_context,
)
from digest.cli.signup_form import form
from digest.cli.terminal import CommandGroup
from digest.errors import ConfigError
from digest.model import SubscriberState

if TYPE_CHECKING:
    from digest.model import Digest
    from digest.pipeline.mailing_lists import ImportReport
    from digest.store import Store
    from digest.store.subscribers import ListedSubscriber, SubscriberChange

_STATES = [state.value for state in SubscriberState]
_BAD_SHOWN = 20
_AT_ONCE = 1000
"""How many lines are printed in one piece."""
_MANY_BYTES = 150_000
"""A shorter file is imported before a bar is read."""


@click.group(cls=CommandGroup)
@common_options
def subscribers() -> None:
    """Manage who gets a digest by mail: add, import, list, remove, forget."""


@subscribers.command()
@click.argument("digest", shell_complete=complete_digest)
@click.argument("addresses", metavar="ADDRESS...", nargs=-1, required=True)
@click.option(
    "--again",
    is_flag=True,
    help="Add them again, at their request, after they left or were suspended.",
)
@click.option("--name", metavar="NAME", help="The name of the person in mails.")
@common_options
@pass_context
def add(
    context: Context, digest: str, addresses: tuple[str, ...], again: bool, name: str | None
) -> int:
    """Add people to the list of a digest.

    --name also changes the name of somebody on the list; an empty name removes it.
    """
    from digest.pipeline import mailing_lists

    config = context.config()
    (named,) = named_digests(config, (digest,))
    mailing_lists.check_leaving(config, named)
    wanted = _parsed(addresses)
    _check_name(wanted, name)
    with context.store(config) as store, store.write() as connection:
        listed = [
            mailing_lists.add(connection, digest, address, again=again, name=name, now=context.now)
            for address in wanted
        ]
    context.report(
        [_changed(address, item.change) for address, item in zip(wanted, listed, strict=True)]
    )
    refused = 0
    for address, item in zip(wanted, listed, strict=True):
        if item.refusal:
            refused += 1
            context.complain(f"{address}: {item.refusal}")
        elif item.change.before == SubscriberState.ACTIVE:
            context.say(f"{address} is on the list of {digest} already.")
        else:
            context.say(f"{address} is on the list of {digest}, from its next edition on.")
    _warn(context, named)
    return 1 if refused else 0


@subscribers.command()
@click.argument("digest", shell_complete=complete_digest)
@click.argument("addresses", metavar="ADDRESS...", nargs=-1, required=True)
@common_options
@pass_context
def remove(context: Context, digest: str, addresses: tuple[str, ...]) -> int:
    """Remove people from the list; no import adds them again."""
    from digest.pipeline import mailing_lists
    from digest.store import subscribers as rows

    config = context.config()
    named = next((known for known in config.digests if known.name == digest), None)
    wanted = _parsed(addresses)
    with context.store(config) as store, store.write() as connection:
        changes = [rows.remove(connection, digest, item, now=context.now) for item in wanted]
    if named is None and not any(changes):
        named_digests(config, (digest,))  # of a digest that is no longer, people can be taken off
    context.report(
        [
            _changed(address, change)
            for address, change in zip(wanted, changes, strict=True)
            if change
        ]
    )
    for address, change in zip(wanted, changes, strict=True):
        if change is None:
            context.complain(f"{address} never was on the list of {digest}")
        elif change.before == SubscriberState.UNSUBSCRIBED:
            context.say(f"{address} left {digest} before.")
        else:
            context.say(f"{address} is off the list of {digest}.")
        for place in mailing_lists.places(named, address) if named else ():
            context.complain(f"{address} stands in {place}: take it out there, or it comes back")
    return 0 if all(changes) else 1


@subscribers.command()
@click.argument("digest", shell_complete=complete_digest)
@click.argument("addresses", metavar="ADDRESS...", nargs=-1, required=True)
@click.option("--reason", metavar="TEXT", default="", help="The reason, for the log.")
@common_options
@pass_context
def suspend(context: Context, digest: str, addresses: tuple[str, ...], reason: str) -> int:
    """Suspend people: they get nothing until `add --again` brings them back."""
    from digest.pipeline import mailing_lists
    from digest.store import subscribers as rows

    config = context.config()
    wanted = _parsed(addresses)
    with context.store(config) as store, store.write() as connection:
        known = [rows.by_address(connection, digest, address) for address in wanted]
        if not any(known):
            named_digests(config, (digest,))
        changes = [
            mailing_lists.suspend(connection, subscriber.id, reason=reason, now=context.now)
            if subscriber
            else None
            for subscriber in known
        ]
    context.report(
        [
            _changed(address, change)
            for address, change in zip(wanted, changes, strict=True)
            if change
        ]
    )
    missing = 0
    for address, change in zip(wanted, changes, strict=True):
        if change is None:
            missing += 1
            context.complain(f"{address} never was on the list of {digest}")
        elif change.subscriber.state == SubscriberState.SUSPENDED:
            context.say(f"{address} is suspended and gets nothing of {digest}.")
        else:
            context.say(f"{address} is not on the list of {digest}: {change.subscriber.state}.")
    return 1 if missing else 0


@subscribers.command("list")
@click.argument("digest", required=False, shell_complete=complete_digest)
@click.option("--state", type=click.Choice(_STATES), help="Only those in this state.")
@common_options
@pass_context
def list_(context: Context, digest: str | None, state: str | None) -> None:
    """Show who is on the list, who is no longer on it, and why."""
    from digest.store import subscribers as rows

    config = context.config()
    with context.store(config) as store, store.read() as connection:
        counts = rows.counts(connection)
        if digest is not None and digest not in counts:
            named_digests(config, (digest,))
        listed = rows.listing(connection, digest, SubscriberState(state) if state else None)
        if context.as_json:
            _put_all(context, _as_json(listed))
        elif not context.quiet:
            _put_all(context, (f"{_line(listing, digest is None)}\n" for listing in listed))
    for name, count in counts.items():
        if digest in (None, name):
            numbers = ", ".join(
                f"{count[state]} {state}" for state in SubscriberState if state in count
            )
            context.say(f"{name}: {numbers}")
    if not counts:
        context.say("Nobody yet; `digest subscribers add DIGEST ADDRESS` adds somebody.")


@subscribers.command("import")
@click.argument("digest", shell_complete=complete_digest)
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--dry-run", is_flag=True, help="Only report what would be done.")
@common_options
@pass_context
def import_(context: Context, digest: str, file: Path, dry_run: bool) -> int:
    """Add all people in a file to the list.

    The file is a table (CSV) with a column "address" or "email" and optionally a column "name", or
    it has one address a line; "-" is standard input.  People who left are not added again.  Lines
    without an address are reported by number, and the other lines are imported.
    """
    from digest.pipeline import mailing_lists

    config = context.config()
    (named,) = named_digests(config, (digest,))
    mailing_lists.check_leaving(config, named)
    with _opened(file) as stream, context.store(config) as store:
        done = _import(context, store, digest, stream, dry_run)
    context.report(
        {
            "digest": digest,
            "dry_run": dry_run,
            "added": done.added,
            "known": done.known,
            "left": done.left,
            "suspended": done.suspended,
            "removed": done.removed,
            "inactive": done.inactive,
            "inactive_by": done.inactive_by or {},
            "bad": done.bad,
            "bad_lines": done.bad_lines,
        }
    )
    _tell(context, digest, done)
    _complain(context, file, done)
    _warn(context, named)
    return 1 if done.bad_lines else 0


@subscribers.command()
@click.argument("digest", shell_complete=complete_digest)
@click.option("--state", type=click.Choice(_STATES), default="active", show_default=True)
@common_options
@pass_context
def export(context: Context, digest: str, state: str) -> None:
    """Write a list as CSV to standard output."""
    from digest.pipeline import mailing_lists
    from digest.store import subscribers as rows

    config = context.config()
    with context.store(config) as store, store.read() as connection:
        if digest not in rows.counts(connection):
            named_digests(config, (digest,))
        _put_all(context, mailing_lists.export(connection, digest, SubscriberState(state)))


@subscribers.command()
@click.argument("address")
@common_options
@pass_context
def forget(context: Context, address: str) -> None:
    """Erase an address everywhere in the database.

    Only a keyed hash of it stays, so that no import adds it again.
    """
    from digest.pipeline import mailing_lists

    config = context.config()
    (wanted,) = _parsed((address,))
    with context.store(config) as store:
        lists = mailing_lists.forget(store, wanted, now=context.now)
    context.report({"forgotten": wanted, "lists": lists})
    was = {0: "It was on no list.", 1: "It was on one list."}.get(
        lists, f"It was on {lists} lists."
    )
    context.say(f"{wanted} is erased. {was} Copies of the database still hold it.")
    for digest in config.digests:
        for place in mailing_lists.places(digest, wanted):
            context.complain(f"{wanted} stands in {place} as well: take it out there")


# --- steps ---------------------------------------------------------------------------------------


subscribers.add_command(form)


def _parsed(texts: Iterable[str]) -> list[str]:
    """Return the parsed addresses; raise one ConfigError for all invalid ones."""
    from digest.net.mail_addresses import parse

    read, wrong = [], []
    for text in texts:
        try:
            read.append(parse(text))
        except ValueError as error:
            wrong.append(ConfigError(f"{text!r} is no address: {error}"))
    if wrong:
        wrong[0].others = tuple(wrong[1:])
        raise wrong[0]
    return read


def _check_name(addresses: list[str], name: str | None) -> None:
    """Raise a usage error for a name that is none, or that several people would get."""
    from digest.mailing_list.names import parse_name

    if name is None:
        return
    if len(addresses) > 1:
        raise click.UsageError("--name is one person's: give one address with it")
    try:
        parse_name(name)
    except ValueError as error:
        raise click.UsageError(f"--name: {error}") from error


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file that can be read several times; raise ConfigError where there is none."""
    try:
        if str(path) == "-":
            with TemporaryFile() as copy:
                shutil.copyfileobj(sys.stdin.buffer, copy)
                yield copy
        else:
            with open(path, "rb") as stream:
                if not stream.seekable():
                    raise ConfigError(f"cannot read {path} twice: give a file, or -")
                yield stream
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise ConfigError(f"{path} is no list of addresses: {error}") from error


def _import(
    context: Context, store: Store, digest: str, stream: BinaryIO, dry_run: bool
) -> ImportReport:
    from digest.cli.progress import counting
    from digest.pipeline import mailing_lists

    size = stream.seek(0, os.SEEK_END)
    report = mailing_lists.ImportReport(dry_run=dry_run, size=size)
    with counting(context, "Importing", size, least=_MANY_BYTES) as step:
        mailing_lists.import_file(store, digest, stream, report, now=context.now, step=step)
    return report


def _tell(context: Context, digest: str, done: ImportReport) -> None:
    """Print the result of an import."""
    verb = "Would add" if done.dry_run else "Added"
    columns = ", ".join(f"{name}: {count}" for name, count in (done.inactive_by or {}).items())
    context.say(f"{verb} {done.added} to {digest}; {done.known} known already.")
    for count, what in (
        (done.left, "left before and stay away"),
        (done.suspended, "stay suspended, as mail to them came back"),
        (done.removed, "were taken off and stay off; `digest subscribers add` brings them back"),
        (done.inactive, f"are not on the list any more, as the file says ({columns}): left out"),
    ):
        if count:
            context.say(f"{count} {what}.")


def _complain(context: Context, file: Path, done: ImportReport) -> None:
    for line in done.bad[:_BAD_SHOWN]:
        shown = f": {line.text}" if line.text else ""
        context.complain(f"{file}:{line.line}: {line.reason}{shown}")
    if done.bad_lines > _BAD_SHOWN:
        named = "all" if done.bad_lines == len(done.bad) else f"to the {len(done.bad)}th"
        context.complain(
            f"... and {done.bad_lines - _BAD_SHOWN} lines more; --json shows them {named}"
        )


def _warn(context: Context, digest: Digest) -> None:
    """Print a warning where the digest has no channel that mails it to subscribers."""
    from digest.pipeline.mailing_lists import goes_to_subscribers

    if not goes_to_subscribers(digest):
        context.say(
            f"{digest.name} has no channel that mails it to subscribers yet: "
            f"[digests.{digest.name}.deliver.smtp] is one."
        )


def _changed(address: str, change: SubscriberChange) -> dict[str, object]:
    return {"address": address, "before": change.before, "state": change.subscriber.state}


def _line(listing: ListedSubscriber, with_digest: bool) -> str:
    subscriber = listing.subscriber
    digest = f"{subscriber.digest}  " if with_digest else ""
    reason = f"  {listing.reason}" if listing.reason else ""
    return (
        f"{digest}{subscriber.address or '(forgotten)':40}  {subscriber.state:12}  "
        f"{subscriber.changed_at:%Y-%m-%d}  {subscriber.origin}{harmless(reason)}"
    )


def _as_json(listed: Iterable[ListedSubscriber]) -> Iterator[str]:
    """Yield a JSON array, one row at a time."""
    before = "[\n"
    for listing in listed:
        row = {**asdict(listing.subscriber), "reason": listing.reason}
        yield f"{before}  {json.dumps(row, default=datetime.isoformat)}"
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def _put_all(context: Context, lines: Iterable[str]) -> None:
    rest = iter(lines)
    while piece := "".join(islice(rest, _AT_ONCE)):
        context.put(piece)
