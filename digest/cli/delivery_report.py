"""Report the deliveries of a run: sent, postponed and failed ones."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from digest.cli.context import Context
    from digest.pipeline import DeliveryReport, PostponedDeliveries


def tell_deliveries(
    context: Context, tried: Iterable[DeliveryReport], postponed: Iterable[PostponedDeliveries] = ()
) -> None:
    """Print the result of each delivery; failed ones go to standard error."""
    for sent in tried:
        if sent.sent and sent.detail:
            context.say(f"Delivered: {_near(sent.detail)}")
        elif sent.sent or sent.withdrawn:
            context.say(f"Mailed: {sent.digest} {sent.slot}, {_mailed(sent)}.")
        if not sent.done:
            _complain(context, sent)
    for delivery in postponed:
        soon = _wait(delivery.until - context.now)
        edition = f"{delivery.digest} {delivery.slot}"
        context.say(
            f"Put off: {edition}, {delivery.channel}: {delivery.count} until a run {soon} from "
            f"now ({delivery.error}); `digest editions resend {edition}` tries at once."
        )


def _mailed(sent: DeliveryReport) -> str:
    to = "1 recipient" if sent.sent == 1 else f"{sent.sent} recipients"
    left = f", {sent.withdrawn} had left" if sent.withdrawn else ""
    return f"to {to}{left}"


def _complain(context: Context, sent: DeliveryReport) -> None:
    """Print the problem of a channel and the first recipients that were not reached.

    Postponed recipients are printed only where there is nothing worse to report.
    """
    where = f"digest: {sent.digest} {sent.slot}, {sent.channel}"
    if sent.trouble:
        context.complain(f"{where}: {sent.trouble}")
    counts = {"failed": sent.failed, "unknown": sent.unknown}
    if not sent.trouble and not any(counts.values()):
        counts = {"deferred": sent.deferred}
    if not any(counts.values()):
        return
    context.complain(f"{where}: {', '.join(f'{n} {state}' for state, n in counts.items() if n)}")
    named = [missed for missed in sent.missed if missed.state in counts]
    for missed in named:
        recipient = f"{missed.recipient}: " if missed.recipient not in missed.error else ""
        context.complain(f"  {recipient}{missed.error}")
    if sum(counts.values()) > len(named):
        context.complain(f"  ...; `digest editions show {sent.digest} {sent.slot}` names more")


def _wait(left: timedelta) -> str:
    minutes = max(1, round(left.total_seconds() / 60))
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"


def _near(place: str) -> str:
    """Return a path below the working directory as a relative path."""
    here = f"{Path.cwd()}/"
    return place.removeprefix(here)
