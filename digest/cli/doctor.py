"""`digest doctor`: what is well, what is not, and what to do about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
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
from digest.cli.terminal import CommandGroup

if TYPE_CHECKING:
    from digest.diagnostics.doctor import Finding

_STATUS = (0, 0, 3, 1)
"""The exit status for the gravest finding: ok, note, warning, fault."""

_COLORS = ("green", "cyan", "yellow", "red")

_SHOWN = 5
"""How many feeds of one severity are named where not all are asked for."""


@click.group(cls=CommandGroup, invoke_without_command=True)
@click.option("--feeds", "every_feed", is_flag=True, help="Tell of each feed, however many.")
@common_options
@click.pass_context
def doctor(ctx: click.Context, every_feed: bool) -> None:
    """Look at everything and say what to do.

    Exit status: 0 all is well, or only worth a note; 3 something does less than it should; 1
    something does not work at all.
    """
    if ctx.invoked_subcommand is None:
        from digest.diagnostics import doctor as checks

        context = ctx.ensure_object(Context)
        findings = list(checks.examine(context.config(), context.now))
        if not context.as_json:
            _tell_groups(context, findings, every_feed=every_feed)
        _end(context, findings)


@doctor.command()
@click.argument("digest", metavar="[DIGEST]", required=False, shell_complete=complete_digest)
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
        findings = checks.examine(config, store, context.now, digests, send_to=send)
        _end(context, list(_told(context, findings)))


def _told(context: Context, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Print each finding as it is made: a server may take its time."""
    for finding in findings:
        if not context.as_json and not (finding.ok and context.quiet):
            context.put(_line(finding))
        yield finding


def _tell_groups(context: Context, findings: Sequence[Finding], *, every_feed: bool) -> None:
    """Print a summary, then the findings by group, the gravest first."""
    shown = [finding for finding in findings if not (finding.ok and context.quiet)]
    if not shown:
        return
    context.put(harmless(_summary(findings)) + "\n")
    groups: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in shown:
        groups[finding.group].append(finding)
    for name, group in groups.items():
        context.put(f"\n{click.style(name, bold=True)}\n")
        group.sort(key=lambda finding: -finding.severity)
        left_out = 0
        count: defaultdict[int, int] = defaultdict(int)
        for finding in group:
            count[finding.severity] += 1
            if name == "feeds" and not every_feed and count[finding.severity] > _SHOWN:
                left_out += 1
            else:
                context.put(_line(finding))
        if left_out:
            context.put(f"      and {left_out} more; `digest doctor --feeds` tells of each\n")


def _summary(findings: Sequence[Finding]) -> str:
    """Say in one line how many findings of each severity there are."""
    counts: defaultdict[int, int] = defaultdict(int)
    for finding in findings:
        counts[finding.severity] += 1
    parts = []
    for severity, word in ((3, "fault"), (2, "warning"), (1, "note")):
        if number := counts[severity]:
            parts.append(f"{number} {word}{'' if number == 1 else 's'}")
    said = (finding.what for finding in findings)
    feeds = next((what for what in said if what.endswith(" feeds are well")), None)
    return "; ".join([", ".join(parts) or "all is well", *([feeds] if feeds else [])]) + "."


def _line(finding: Finding) -> str:
    severity = finding.severity
    mark = click.style(f"{severity.word:5}", fg=_COLORS[severity])
    advice = f"        {finding.advice}\n" if finding.advice else ""
    return mark + harmless(f"  {finding.what}\n{advice}")


def _end(context: Context, findings: Sequence[Finding]) -> None:
    """Report the findings and exit with the status of the gravest."""
    context.report(
        [
            {
                "ok": finding.ok,
                "severity": finding.severity.name.lower(),
                "group": finding.group,
                "what": finding.what,
                "advice": finding.advice,
            }
            for finding in findings
        ]
    )
    if status := _STATUS[max((finding.severity for finding in findings), default=0)]:
        raise SystemExit(status)
