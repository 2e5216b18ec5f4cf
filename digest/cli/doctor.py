"""`digest doctor`: what is well, what is not, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from digest.cli.context import (
    Context,
    common_options,
    harmless,
    named_digests,
    pass_context,
)

if TYPE_CHECKING:
    from digest.diagnostics.doctor import Finding


@click.group(invoke_without_command=True)
@common_options
@click.pass_context
def doctor(ctx: click.Context) -> None:
    """Look at everything and say what to do."""
    if ctx.invoked_subcommand is None:
        from digest.diagnostics import doctor as checks

        context = ctx.ensure_object(Context)
        _tell(context, checks.examine(context.config(), context.now))


@doctor.command()
@click.argument("digest", metavar="[DIGEST]", required=False)
@click.option(
    "--send", metavar="ADDRESS", help="Send an edition, marked as a test, to this address alone."
)
@common_options
@pass_context
def mail(context: Context, digest: str | None, send: str | None) -> None:
    """Connect to where mail goes, look at all it takes, and send nothing unless told to."""
    from digest.diagnostics.doctor import mail as checks

    config = context.config()
    digests = named_digests(config, (digest,)) if digest else config.digests
    with context.store(config) as store:
        _tell(context, checks.examine(config, store, context.now, digests, send_to=send))


def _tell(context: Context, findings: Iterable[Finding]) -> None:
    """Print each finding as it is made; exit with 1 if one of them is not well."""
    told = []
    for one in findings:
        told.append(one)
        if not context.as_json and not (one.ok and context.quiet):
            mark = click.style("ok  ", fg="green") if one.ok else click.style("look", fg="yellow")
            advice = f"       {one.advice}\n" if one.advice else ""
            context.put(mark + harmless(f" {one.what}\n{advice}"))
    context.report([{"ok": one.ok, "what": one.what, "advice": one.advice} for one in told])
    if not all(one.ok for one in told):
        raise SystemExit(1)
