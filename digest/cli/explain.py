"""`digest explain`: why an entry is or is not in an edition, and what an edition left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from digest.cli.context import Context, common_options, named_digests, pass_context
from digest.errors import DigestError

if TYPE_CHECKING:
    from digest.diagnostics.explain import EditionOmissions
    from digest.settings import Config


@click.command()
@click.argument("needle", metavar="URL|ID|TITLE", required=False)
@click.option(
    "--edition",
    "slot",
    metavar="SLOT",
    help="Explain what this edition left out, such as 2026-01-12T0700, or `latest`; the argument "
    "is then a digest.",
)
@common_options
@pass_context
def explain(context: Context, needle: str | None, slot: str | None) -> None:
    """Explain what happened to an entry, or what an edition left out, and why.

    For an entry: how it was fetched, read and cleaned, which story it belongs to, which digests
    told it or left it out by which rule, and the state of the deliveries.  TITLE may be a few words
    of a title.

    With --edition: the entries that are not in it, the most useful first.
    """
    if slot is not None:
        _edition(context, slot, needle)
    elif needle is None:
        raise click.UsageError("name a link, an id or words of a title, or an --edition")
    else:
        _entry(context, needle)


def _entry(context: Context, needle: str) -> None:
    from digest.diagnostics import explain as trail
    from digest.diagnostics.explain import sentences

    config = context.config()
    with context.store(config) as store, store.read() as connection:
        trails = trail.follow(config, connection, needle, context.now)
    if not trails:
        raise DigestError(
            f"no entry has the link, id or title {needle!r}; "
            "`digest refresh` fetches what is new, `digest feeds list` shows which feeds fail"
        )
    context.report([entry_trail.as_dict() for entry_trail in trails])
    if len(trails) == 1:
        context.say("\n".join(sentences.full(trails[0], config.timezone)))
    else:
        context.say("\n".join(sentences.choices(trails, needle)))


def _edition(context: Context, slot: str, name: str | None) -> None:
    from digest.diagnostics.explain import sentences

    config = context.config()
    chosen = named_digests(config, (name,)) if name else config.digests
    digests = [digest.name for digest in chosen]
    omissions = _omissions(context, config, slot, digests)
    if not omissions:
        whose = name or "no digest"
        has = "has no edition" if name else "has an edition"
        raise DigestError(f"{whose} {has} {slot}; `digest editions list` shows them")
    context.report([omission.as_dict() for omission in omissions])
    for omission in omissions:
        context.say("\n".join(sentences.omissions(omission)))


def _omissions(
    context: Context, config: Config, slot: str, digests: list[str]
) -> list[EditionOmissions]:
    from digest.diagnostics import explain as trail
    from digest.store import edition_lists

    with context.store(config) as store, store.read() as connection:
        found = []
        for digest in digests:
            newest = edition_lists.named(connection, digest, slot) if slot == "latest" else None
            wanted = newest.slot if newest else slot
            found.append(trail.left_out(config, connection, digest, wanted))
    return [omission for omission in found if omission]
