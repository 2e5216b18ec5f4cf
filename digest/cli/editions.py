"""`digest editions`: what was published, and sending it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from digest.cli._context import Context, common_options, named_digests, pass_context
from digest.errors import DigestError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from digest.store.editions import Listed


@click.group()
@common_options
def editions() -> None:
    """List, show and send again what was published."""


@editions.command("list")
@click.argument("digest", required=False)
@common_options
@pass_context
def list_(context: Context, digest: str | None) -> None:
    """List the editions, newest first."""
    from digest.store import editions as edition_rows

    config = context.config()
    with context.store(config) as store, store.read() as connection:
        listed = edition_rows.listing(connection, digest)
    if digest and not listed:
        named_digests(config, (digest,))  # or is there none of that name?
    context.report(listed)
    for one in listed:
        states = ", ".join(f"{count} {state}" for state, count in sorted(one.deliveries.items()))
        stories = "1 story" if one.stories == 1 else f"{one.stories} stories"
        context.say(
            f"{one.digest} {one.slot}  no. {one.number}, {stories}; {states or 'no delivery'}"
        )
    if not listed:
        context.say("No edition yet; `digest run` makes one when a digest is due.")


@editions.command()
@click.argument("digest")
@click.argument("slot")
@click.option(
    "--format", "format_", default="text", show_default=True, help="html, text, json, ..."
)
@common_options
@pass_context
def show(context: Context, digest: str, slot: str, format_: str) -> None:
    """Show a past edition as it was frozen, and the state of its deliveries."""
    from digest import pipeline
    from digest.store import deliveries
    from digest.store import editions as edition_rows

    config = context.config()
    (named,) = named_digests(config, (digest,))
    with context.store(config) as store:
        with store.read() as connection:
            listed = _listed(connection, digest, slot)
            edition = edition_rows.by_id(connection, listed.id)
            sent = deliveries.of_edition(connection, listed.id)
        wanted = "json" if context.as_json else format_
        rendition = pipeline.render_edition(config, store, named, edition, wanted)
    context.put(rendition.body)
    for one in sent:
        if not context.quiet:
            context.complain(
                f"{one.channel}: {one.state} {one.receipt or one.error or ''}".rstrip()
            )


@editions.command()
@click.argument("digest")
@click.argument("slot")
@common_options
@pass_context
def resend(context: Context, digest: str, slot: str) -> None:
    """Deliver a past edition again, as it was frozen."""
    from digest import pipeline
    from digest.cli.lines import finish, opened
    from digest.store import deliveries

    config = context.config()
    named_digests(config, (digest,))
    with opened(context, config) as store:
        with store.write() as connection:
            listed = _listed(connection, digest, slot)
            deliveries.requeue(connection, listed.id, now=context.now)
        published = pipeline.Published(sent=pipeline.deliver(config, store, context.now))
    finish(context, None, published)


def _listed(connection: Connection, digest: str, slot: str) -> Listed:
    """Find an edition by its slot; raise DigestError where there is none."""
    from digest.store import editions as edition_rows

    for listed in edition_rows.listing(connection, digest):
        if listed.slot == slot:
            return listed
    raise DigestError(f"{digest} has no edition {slot}; `digest editions list` shows them")
