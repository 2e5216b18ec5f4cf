"""`digest editions`: what was published or waits for approval, and sending it again."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from itertools import islice
from typing import TYPE_CHECKING

import click

from digest.cli import approval
from digest.cli.completion import complete_digest
from digest.cli.context import Context, common_options, named_digests, pass_context
from digest.cli.progress import mailing
from digest.cli.signals import stopping
from digest.cli.summary import finish
from digest.cli.terminal import CommandGroup
from digest.errors import DigestError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from digest.model import EditionContent
    from digest.store import Store
    from digest.store.edition_lists import ListedEdition

SHOWN = 20
"""Most recipients that are named among those not reached."""


@click.group(cls=CommandGroup)
@common_options
def editions() -> None:
    """List, show, approve and resend editions."""


for command in (approval.approve, approval.skip, approval.reject, approval.edit):
    editions.add_command(command)


@editions.command("list")
@click.argument("digest", required=False, shell_complete=complete_digest)
@common_options
@pass_context
def list_(context: Context, digest: str | None) -> None:
    """List the editions, newest first."""
    from digest.store import edition_lists, held_editions

    config = context.config()
    with context.store(config) as store, store.read() as connection:
        listed = edition_lists.listing(connection, digest)
        held = held_editions.listing(connection, digest)
    if digest and not (listed or held):
        named_digests(config, (digest,))  # raises an error for an unknown digest
    context.report([*({**asdict(waits), "deliveries": {}} for waits in held), *listed])
    for waits in held:
        context.say(approval.held_line(context, config, waits))
    for edition in listed:
        counts = sorted(edition.deliveries.items())
        states = ", ".join(f"{count} {state}" for state, count in counts) or "no delivery"
        stories = "1 story" if edition.stories == 1 else f"{edition.stories} stories"
        context.say(f"{edition.digest} {edition.slot}  no. {edition.number}, {stories}; {states}")
    if not (listed or held):
        context.say("No edition yet; `digest run` makes one when a digest is due.")


@editions.command()
@click.argument("digest", shell_complete=complete_digest)
@click.argument("slot")
@click.option(
    "--format", "format_", default="text", show_default=True, help="html, text, json, ..."
)
@common_options
@pass_context
def show(context: Context, digest: str, slot: str, format_: str) -> None:
    """Show a past edition as it was frozen, and the state of its deliveries.

    SLOT is the edition's, such as 2026-01-12T0700, or `latest`, or `waiting` for the edition that
    waits for approval.
    """
    from digest import pipeline
    from digest.store import deliveries
    from digest.store import editions as edition_rows

    config = context.config()
    (named,) = named_digests(config, (digest,))
    wanted = "json" if context.as_json else format_
    with context.store(config) as store:
        if (content := _waiting(store, digest, slot)) is not None:
            rendition = pipeline.render_edition(config, store, named, content.edition, wanted)
            context.put(rendition.body)
            return
        with store.read() as connection:
            listed = _listed(connection, digest, slot)
            edition = edition_rows.by_id(connection, listed.id)
        rendition = pipeline.render_edition(config, store, named, edition, wanted)
        with store.read() as connection:
            if context.as_json:
                stored = deliveries.of_edition(connection, listed.id)
                every = [asdict(delivery) for delivery in stored]
                context.report({**json.loads(rendition.body), "_deliveries": every})
                return
            context.put(rendition.body)
            if not context.quiet:
                _show_deliveries(context, connection, listed.id)


def _waiting(store: Store, digest: str, slot: str) -> EditionContent | None:
    """Return the edition that waits for approval, if `slot` names it."""
    from digest.pipeline import approval as held

    waits = held.waiting(store, digest)
    if waits is not None and slot in ("waiting", waits.slot):
        return held.content(store, waits)
    if slot == "waiting":
        raise DigestError(f"no edition of {digest} waits for approval")
    return None


def _show_deliveries(context: Context, connection: Connection, edition_id: int) -> None:
    """Print the deliveries of each channel: one in full, several as counts with those missing."""
    from digest.model import DeliveryState
    from digest.store import deliveries

    arrived = (DeliveryState.SENT, DeliveryState.WITHDRAWN)
    for channel, counts in deliveries.counts(connection, edition_id).items():
        stored = list(islice(deliveries.of_edition(connection, edition_id, channel), 2))
        if sum(counts.values()) == len(stored) == 1:
            (delivery,) = stored
            outcome = f"{delivery.state} {delivery.receipt or delivery.error or ''}".rstrip()
            context.complain(f"{f'{channel} {delivery.recipient}'.rstrip()}: {outcome}")
            continue
        states = ", ".join(f"{count} {state}" for state, count in counts.items())
        context.complain(f"{channel}: {states}")
        missing = deliveries.of_edition(connection, edition_id, channel, without=arrived)
        for delivery in islice(missing, SHOWN):
            error = f", {delivery.error}" if delivery.error else ""
            context.complain(f"  {delivery.recipient}: {delivery.state}{error}")
        if next(missing, None):
            context.complain("  ...; --json has all")


@editions.command()
@click.argument("digest", shell_complete=complete_digest)
@click.argument("slot")
@click.option("--to", "address", metavar="ADDRESS", help="Only to this recipient.")
@click.option("--failed", is_flag=True, help="Only what failed for good.")
@click.option("--unknown", is_flag=True, help="Only what was sent without an answer.")
@click.option("--all", "everything", is_flag=True, help="Also what was sent, as it was.")
@click.option("--yes", is_flag=True, help="Ask nothing.")
@common_options
@pass_context
def resend(
    context: Context,
    digest: str,
    slot: str,
    address: str | None,
    failed: bool,
    unknown: bool,
    everything: bool,
    yes: bool,
) -> None:
    """Deliver a past edition, as it was frozen, to recipients that it has not reached."""
    from digest import pipeline
    from digest.pipeline import resend as again
    from digest.store import deliveries, folding

    if everything and (failed or unknown):
        raise click.UsageError("--all includes --failed and --unknown: use either --all or these")
    config = context.config()
    named_digests(config, (digest,))
    wanted = again.states_to_repeat(
        failed=failed, unknown=unknown, everything=everything, one=bool(address)
    )
    with context.store(config) as store, mailing(context) as step, stopping(context) as stop:
        with store.read() as connection:
            listed = _listed(connection, digest, slot)
            found = deliveries.counts(connection, listed.id, address)
            mails = deliveries.mailed(connection, listed.id, address) if everything else 0
            folded = folding.folded(connection, listed.id)
        if address and not found and not folded:
            raise DigestError(f"{address} is not among the recipients of {digest} {slot}")
        if not folded and not any(wanted & states.keys() for states in found.values()):
            context.say("Nothing of it is left to deliver; --all delivers again what has arrived.")
            return
        if mails and not yes:
            _confirm(mails)
        requeued = again.requeue(store, listed.id, wanted, recipient=address, now=context.now)
        if folded and not requeued:
            raise DigestError(
                f"{folded:,} deliveries of {digest} {slot} are known by their number only "
                "([store] keep_deliveries): they cannot be made again"
            )
        sent = pipeline.deliver(
            config, store, context.now, edition_id=listed.id, step=step, stop=stop
        )
    finish(context, None, pipeline.Published(sent=sent), broken_off=stop())


def _confirm(mails: int) -> None:
    """Ask for confirmation before any mail is sent again."""
    what = "1 mail that was sent" if mails == 1 else f"{mails} mails that were sent"
    if not sys.stdin.isatty():
        raise click.UsageError(f"{what} would be sent again: add --yes")
    click.confirm(f"Send {what} again?", abort=True, err=True)


def _listed(connection: Connection, digest: str, slot: str) -> ListedEdition:
    """Return an edition by its slot or as `latest`; raise DigestError where there is none."""
    from digest.store import edition_lists

    listed = edition_lists.named(connection, digest, slot)
    if listed is None:
        raise DigestError(f"{digest} has no edition {slot}; `digest editions list` shows them")
    return listed
