"""`digest subscribers`: who gets a digest by mail; adding, importing, taking off, forgetting."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

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
    from digest.mailing_list.subscriber_csv import BadSubscriberLine, SubscriberFile
    from digest.model import Digest
    from digest.settings import Config
    from digest.store import Store
    from digest.store.imports import ImportResult
    from digest.store.subscribers import ListedSubscriber, SubscriberChange

_STATES = [state.value for state in SubscriberState]
_MOST_BYTES = 32_000_000
_BAD_SHOWN = 20
_AT_ONCE = 1000
"""How many lines are printed in one piece."""
_MANY = 5000
"""Fewer addresses than these are imported before a bar is read."""


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
    from digest.store import subscribers as rows

    config = context.config()
    (named,) = named_digests(config, (digest,))
    _check_leaving(config, named)
    wanted = _parsed(addresses)
    names = _named(wanted, name)
    with context.store(config) as store, store.write() as connection:
        changes = [
            rows.add(connection, digest, address, now=context.now, again=again)
            for address in wanted
        ]
        rows.set_names(connection, digest, names)
        reasons = [rows.reason(connection, change.subscriber) for change in changes]
    context.report(
        [_changed(address, change) for address, change in zip(wanted, changes, strict=True)]
    )
    refused = 0
    for address, change, reason in zip(wanted, changes, reasons, strict=True):
        if change.subscriber.state != SubscriberState.ACTIVE:
            refused += 1
            context.complain(f"{address}: {_refusal(change, reason)}")
        elif change.before == SubscriberState.ACTIVE:
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
        for place in _places(named, address) if named else ():
            context.complain(f"{address} stands in {place}: take it out there, or it comes back")
    return 0 if all(changes) else 1


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
    config = context.config()
    (named,) = named_digests(config, (digest,))
    _check_leaving(config, named)
    roster = _roster(file)
    with context.store(config) as store:
        done = _import(context, store, digest, roster, dry_run)
    context.report(
        {
            "digest": digest,
            "dry_run": dry_run,
            **asdict(done),
            "inactive": roster.inactive,
            "inactive_by": dict(roster.inactive_by),
            "bad": roster.bad,
        }
    )
    _tell(context, digest, done, roster, dry_run)
    _complain(context, file, roster.bad)
    _warn(context, named)
    return 1 if roster.bad else 0


@subscribers.command()
@click.argument("digest", shell_complete=complete_digest)
@click.option("--state", type=click.Choice(_STATES), default="active", show_default=True)
@common_options
@pass_context
def export(context: Context, digest: str, state: str) -> None:
    """Write a list as CSV to standard output."""
    from digest.mailing_list.subscriber_csv import write
    from digest.store import subscribers as rows

    config = context.config()
    with context.store(config) as store, store.read() as connection:
        if digest not in rows.counts(connection):
            named_digests(config, (digest,))
        people = (
            entry.subscriber for entry in rows.listing(connection, digest, SubscriberState(state))
        )
        cells = (
            (
                subscriber.address,
                subscriber.state.value,
                subscriber.changed_at.isoformat(),
                subscriber.origin,
                subscriber.name or "",
                "each" if subscriber.weekly_after is None else "weekly",
            )
            for subscriber in people
            if subscriber.address
        )
        header = ("address", "state", "since", "origin", "name", "frequency")
        _put_all(context, write(iter([header])))
        _put_all(context, write(cells))


@subscribers.command()
@click.argument("address")
@common_options
@pass_context
def forget(context: Context, address: str) -> None:
    """Erase an address everywhere in the database.

    Only a keyed hash of it stays, so that no import adds it again.
    """
    from digest.store import forgetting

    config = context.config()
    (wanted,) = _parsed((address,))
    with context.store(config) as store:
        with store.write() as connection:
            lists = forgetting.forget(connection, wanted, now=context.now)
        store.compact()
    context.report({"forgotten": wanted, "lists": lists})
    was = {0: "It was on no list.", 1: "It was on one list."}.get(
        lists, f"It was on {lists} lists."
    )
    context.say(f"{wanted} is erased. {was} Copies of the database still hold it.")
    for digest in config.digests:
        for place in _places(digest, wanted):
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


def _named(addresses: list[str], name: str | None) -> dict[str, str | None]:
    """Return the name for the one address; an empty dictionary where no name is given."""
    from digest.mailing_list.names import parse_name

    if name is None:
        return {}
    if len(addresses) > 1:
        raise click.UsageError("--name is one person's: give one address with it")
    try:
        return {addresses[0]: parse_name(name)}
    except ValueError as error:
        raise click.UsageError(f"--name: {error}") from error


def _roster(file: Path) -> SubscriberFile:
    """Read a file of addresses; raise ConfigError where it is missing or invalid."""
    from digest.mailing_list.subscriber_csv import read

    try:
        with click.open_file(str(file), "rb") as stream:
            data = stream.read(_MOST_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"cannot read {file}: {error.strerror}") from error
    if len(data) > _MOST_BYTES:
        raise ConfigError(f"{file} is larger than {_MOST_BYTES} bytes: import it in pieces")
    try:
        return read(data)
    except ValueError as error:
        raise ConfigError(f"{file} is no list of addresses: {error}") from error


def _import(
    context: Context, store: Store, digest: str, roster: SubscriberFile, dry_run: bool
) -> ImportResult:
    from digest.cli.progress import counting
    from digest.store import imports
    from digest.store.subscribers import set_names

    total = len(roster.addresses)
    with (
        counting(context, "Importing", total, least=_MANY) as step,
        store.write() as connection,
    ):
        done = imports.import_(connection, digest, roster.addresses, now=context.now, step=step)
        set_names(connection, digest, roster.names)
        if dry_run:
            connection.rollback()
    return done


def _tell(
    context: Context, digest: str, done: ImportResult, roster: SubscriberFile, dry_run: bool
) -> None:
    """Print the result of an import."""
    verb = "Would add" if dry_run else "Added"
    columns = ", ".join(f"{name}: {count}" for name, count in roster.inactive_by)
    context.say(f"{verb} {done.added} to {digest}; {done.known} known already.")
    for count, what in (
        (done.left, "left before and stay away"),
        (done.suspended, "stay suspended, as mail to them came back"),
        (done.removed, "were taken off and stay off; `digest subscribers add` brings them back"),
        (roster.inactive, f"are not on the list any more, as the file says ({columns}): left out"),
    ):
        if count:
            context.say(f"{count} {what}.")


def _complain(context: Context, file: Path, bad: tuple[BadSubscriberLine, ...]) -> None:
    for line in bad[:_BAD_SHOWN]:
        shown = f": {line.text}" if line.text else ""
        context.complain(f"{file}:{line.line}: {line.reason}{shown}")
    if len(bad) > _BAD_SHOWN:
        context.complain(f"... and {len(bad) - _BAD_SHOWN} lines more; --json shows them all")


def _check_leaving(config: Config, digest: Digest) -> None:
    """Raise ConfigError where people on the list would have no way to leave."""
    from digest.pipeline.delivery.leaving import NO_WAY, channels_without

    for channel in channels_without(config, digest):
        raise ConfigError(NO_WAY, key=f"digests.{digest.name}.deliver.{channel}")


def _warn(context: Context, digest: Digest) -> None:
    """Print a warning where the digest has no channel that mails it to subscribers."""
    from digest.deliver import MailSettings

    if not any(
        isinstance(settings, MailSettings) and settings.subscribers
        for settings in digest.channels.values()
    ):
        context.say(
            f"{digest.name} has no channel that mails it to subscribers yet: "
            f"[digests.{digest.name}.deliver.smtp] is one."
        )


def _places(digest: Digest, address: str) -> Iterator[str]:
    """Yield the keys of the configuration that name an address."""
    from digest.deliver import MailSettings
    from digest.net.mail_addresses import key

    for channel, settings in digest.channels.items():
        if isinstance(settings, MailSettings) and key(address) in map(key, settings.to):
            yield f"digests.{digest.name}.deliver.{channel}.to"


def _refusal(change: SubscriberChange, reason: str | None) -> str:
    """Return why somebody is not added to the list, and what to do."""
    subscriber = change.subscriber
    when = subscriber.changed_at.strftime("%Y-%m-%d")
    if subscriber.state == SubscriberState.SUSPENDED:
        return f"suspended on {when}, as mail came back ({reason}); if it works again: --again"
    return f"left on {when} and stays away; if they asked to come back: --again"


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
