"""`digest doctor`: check the installation and advise on faults."""

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
"""Exit status by the most serious finding: ok, note, warning, fault."""

_COLORS = ("green", "cyan", "yellow", "red")

_SHOWN = 5
"""Most feeds of one severity that are named without ``--feeds``."""


@click.group(cls=CommandGroup, invoke_without_command=True)
@click.option("--feeds", "every_feed", is_flag=True, help="Report on every feed.")
@common_options
@click.pass_context
def doctor(ctx: click.Context, every_feed: bool) -> None:
    """Check everything and say what to do.

    Exit status: 0 all is well, or there are only notes; 3 something does less than it should; 1
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
    """Check everything that mail needs, up to the mail server; send mail only with --send."""
    from digest.diagnostics.doctor import mail as checks

    config = context.config()
    digests = named_digests(config, (digest,)) if digest else config.digests
    with context.store(config) as store:
        findings = checks.examine(config, store, context.now, digests, send_to=send)
        _end(context, list(_printed(context, findings)))


def _printed(context: Context, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Print and yield each finding at once, because a server may be slow."""
    for finding in findings:
        if not context.as_json and not (finding.ok and context.quiet):
            context.put(_line(finding))
        yield finding


def _tell_groups(context: Context, findings: Sequence[Finding], *, every_feed: bool) -> None:
    """Print a summary, then the findings by group, the most serious ones first."""
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
    """Return a line with the number of findings of each severity."""
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
    """Report the findings and exit with the status of the most serious one."""
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
