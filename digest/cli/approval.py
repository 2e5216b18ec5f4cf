"""`digest editions approve`, `skip`, `reject` and `edit`: decide about a held edition."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.cli.completion import complete_digest
from digest.cli.context import Context, common_options, named_digests, pass_context
from digest.cli.progress import mailing
from digest.cli.signals import stopping
from digest.cli.summary import finish
from digest.cli.times import clock, zone_of
from digest.errors import DigestError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from digest.compose.editing import EditionChanges
    from digest.model import Digest, HeldEdition, HeldState, NoteParagraph
    from digest.settings import Config
    from digest.store import Store

_PAST_DECISIONS = {
    "approved": "was approved before",
    "skipped": "was skipped before: a later edition tells its stories",
    "rejected": "was rejected before",
}

_NOTE_BYTES = 64_000
"""Most bytes of a note that are read; the limit for a note is far lower."""


def _changes(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that change an edition."""
    options = (
        click.option("--note", metavar="FILE", help="Put this Markdown at the top (-: from here)."),
        click.option("--no-note", is_flag=True, help="Take the note away."),
        click.option("--drop", type=int, multiple=True, metavar="N", help="Never tell story N."),
        click.option(
            "--move",
            type=(int, int),
            multiple=True,
            metavar="N M",
            help="Put story N in the place of story M.",
        ),
        click.option(
            "--pin", type=int, multiple=True, metavar="N", help="Put story N first of all."
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command()
@click.argument("digest", shell_complete=complete_digest)
@click.argument("slot", metavar="[EDITION]", required=False)
@_changes
@common_options
@pass_context
def approve(context: Context, /, digest: str, slot: str | None, **options: Any) -> None:
    """Publish an edition that waits for approval, and send it.

    Changes are made first, as by `digest editions edit`.  What was approved before is not sent
    again.
    """
    from digest import pipeline
    from digest.pipeline import approval

    config = context.config()
    (named,) = named_digests(config, (digest,))
    with context.store(config) as store:
        held = _held(store, named, slot, context)
        if held is None:
            return
        changes = _read_changes(options)
        if not changes.is_empty:
            held = _edited(store, held, changes)
        if not approval.approve(
            config, store, named, held, "command", context.now, revision=held.revision
        ):
            raise _lost_race(held)
        with mailing(context) as step, stopping(context) as stop:
            published = pipeline.publish(config, store, context.now, only=(), step=step, stop=stop)
    context.say(f"Approved: {held.digest} {held.slot}, {_stories(held)}.")
    finish(context, None, published, broken_off=stop())


@click.command()
@click.argument("digest", shell_complete=complete_digest)
@click.argument("slot", metavar="[EDITION]", required=False)
@common_options
@pass_context
def skip(context: Context, digest: str, slot: str | None) -> None:
    """Let a waiting edition not go out; a later one tells its stories."""
    from digest.model import HeldState

    _withhold(context, digest, slot, HeldState.SKIPPED, "Skipped: its stories come later")


@click.command()
@click.argument("digest", shell_complete=complete_digest)
@click.argument("slot", metavar="[EDITION]", required=False)
@common_options
@pass_context
def reject(context: Context, digest: str, slot: str | None) -> None:
    """Let a waiting edition not go out, and never tell its stories."""
    from digest.model import HeldState

    _withhold(context, digest, slot, HeldState.REJECTED, "Rejected: its stories are not told")


@click.command()
@click.argument("digest", shell_complete=complete_digest)
@click.argument("slot", metavar="[EDITION]", required=False)
@_changes
@common_options
@pass_context
def edit(context: Context, /, digest: str, slot: str | None, **options: Any) -> None:
    """Change a waiting edition: its note, and which stories it tells in which order.

    Stories are named by the numbers that `digest editions show DIGEST waiting` shows.  All of one
    command are the numbers before it.  A dropped story is never told; what is moved among the
    stories of another section joins that; what is pinned comes first, with its section.
    """
    config = context.config()
    (named,) = named_digests(config, (digest,))
    changes = _read_changes(options)
    if changes.is_empty:
        raise click.UsageError("say what to change: --note, --no-note, --drop, --move or --pin")
    with context.store(config) as store:
        held = _held(store, named, slot, context, must_wait=True)
        assert held is not None
        held = _edited(store, held, changes)
    context.report(held)
    context.say(
        f"Changed: {held.digest} {held.slot}, {_stories(held)}. "
        f"`digest editions show {held.digest} waiting` shows it, "
        f"`digest editions approve {held.digest}` sends it."
    )


def held_line(context: Context, config: Config, held: HeldEdition) -> str:
    """Return a line about a waiting edition and the time until which it waits."""
    from digest.pipeline import approval

    digest = next((digest for digest in config.digests if digest.name == held.digest), None)
    until = approval.goes_at(digest, held) if digest else None
    when = f"until {clock(until, zone_of(config), context.now)}" if until else "for approval"
    return f"{held.digest} {held.slot}  {_stories(held)}; waits {when}"


def _withhold(
    context: Context, digest: str, slot: str | None, state: HeldState, words: str
) -> None:
    from digest.pipeline import approval

    config = context.config()
    (named,) = named_digests(config, (digest,))
    with context.store(config) as store:
        held = _held(store, named, slot, context, wanted=state)
        if held is None:
            return
        if not approval.withhold(store, held, state, "command", context.now):
            raise _lost_race(held)
    context.report(held)
    context.say(f"{words} ({held.digest} {held.slot}).")


def _held(
    store: Store,
    digest: Digest,
    slot: str | None,
    context: Context,
    *,
    wanted: str = "approved",
    must_wait: bool = False,
) -> HeldEdition | None:
    """Return the edition that waits for approval.

    Where the decision `wanted` was made before, this is printed and ``None`` is returned.  Raises
    DigestError where no edition waits, or another decision was made.
    """
    from digest.store import held_editions

    with store.read() as connection:
        held = held_editions.waiting(connection, digest.name)
        if held is not None and slot in (None, "waiting", held.slot):
            return held
        past = held_editions.by_slot(connection, digest.name, slot) if slot else None
        if slot is None:
            past = held_editions.latest(connection, digest.name)
    if past is None or must_wait:
        which = f"the edition {slot} of {digest.name} does not wait" if slot else None
        raise DigestError(
            f"{which or f'no edition of {digest.name} waits'} for approval; "
            "`digest editions list` shows what does"
        )
    if past.state != wanted:
        raise DigestError(f"{digest.name} {past.slot} {_PAST_DECISIONS[past.state]}")
    context.report(past)
    context.say(f"Nothing to do: {digest.name} {past.slot} {_PAST_DECISIONS[past.state]}.")
    return None


def _edited(store: Store, held: HeldEdition, changes: EditionChanges) -> HeldEdition:
    from digest.pipeline import approval

    try:
        edited = approval.edit(store, held, changes)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    if edited is None:
        raise _lost_race(held)
    return edited


def _lost_race(held: HeldEdition) -> DigestError:
    return DigestError(
        f"somebody else has just edited or decided {held.digest} {held.slot}: look at it again"
    )


def _read_changes(options: dict[str, Any]) -> EditionChanges:
    from digest.compose.editing import EditionChanges

    note = None
    if options["note"] is not None:
        if options["no_note"]:
            raise click.UsageError("--note and --no-note contradict each other")
        note = _read_note(options["note"])
    elif options["no_note"]:
        note = ()
    return EditionChanges(drop=options["drop"], move=options["move"], pin=options["pin"], note=note)


def _read_note(name: str) -> tuple[NoteParagraph, ...]:
    from digest.normalize.note import note

    try:
        if name == "-":
            written = sys.stdin.buffer.read(_NOTE_BYTES)
        else:
            with Path(name).open("rb") as file:
                written = file.read(_NOTE_BYTES)
        text = written.decode("utf-8-sig")
    except OSError as error:
        raise click.UsageError(f"the note {name} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise click.UsageError(f"the note {name} is not UTF-8 text") from error
    try:
        found = note(text)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    if not found:
        raise click.UsageError(f"the note {name} has no text; --no-note takes a note away")
    return found


def _stories(held: HeldEdition) -> str:
    return "1 story" if held.stories == 1 else f"{held.stories} stories"
