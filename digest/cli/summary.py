"""The summary at the end of a run, and its exit status."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from digest.cli.context import Context
from digest.cli.delivery_report import tell_deliveries
from digest.cli.json_log import events
from digest.errors import DigestError

if TYPE_CHECKING:
    from digest.model import FailedFeed
    from digest.pipeline import Held, Published, Refreshed
    from digest.settings import Config
    from digest.store import Store

MANY = 3
"""The least number of feeds that fail for one reason and are reported in one sentence."""
NAMED = 3
"""Most feeds that this sentence names."""
_WAITING_SHOWN = 10

_ADVICE = (
    ("cannot be resolved", "is this machine online, and does its name server answer?"),
    ("Network is unreachable", "is this machine online?"),
    ("No route to host", "is this machine online?"),
    ("fetch.allow_hosts", "name the hosts there, and the next run asks them at once"),
    ("certificate", "is this machine's clock right, and are its certificates up to date?"),
    ("no secure connection", "does something between here and the web break encryption?"),
    ("refuses connections", "does a firewall of yours keep us from the web?"),
    ("no connection to", "does a firewall of yours keep us from the web?"),
)
"""Part of an error -> advice where many feeds have it."""


def finish(
    context: Context,
    refreshed: Refreshed | None,
    published: Published | None,
    *,
    broken_off: bool = False,
    waiting: Sequence[str] = (),
) -> None:
    """Print the summary of a run, and raise SystemExit or DigestError unless all went well.

    `waiting` are sentences about the feeds that wait after a failure.
    """
    tell(context, refreshed, published)
    for sentence in waiting:
        context.say(sentence)
    context.report(
        {
            name: part
            for name, part in (("refresh", refreshed), ("publish", published))
            if part is not None
        }
    )
    if broken_off:
        raise DigestError("broken off; the next run goes on where this one ended")
    if published and not published.done:
        raise SystemExit(1)
    if refreshed and refreshed.nothing_read and refreshed.unreachable:
        raise DigestError(f"not one feed could be asked: {'; '.join(refreshed.proxies)}")
    if refreshed and refreshed.nothing_read:
        raise DigestError("not one feed could be read; `digest feeds list --failing` says why")
    if refreshed and refreshed.faults:
        raise SystemExit(1)


def tell(context: Context, refreshed: Refreshed | None, published: Published | None) -> None:
    """Print the results of refreshing and publishing, or log them as events."""
    if context.log_json:
        for level, event, values in events(refreshed, published):
            if level != "info" or not context.quiet:
                context.event(level, event, values)
        return
    if refreshed:
        for fault in refreshed.faults:
            context.complain(f"  {fault.feed}: {fault.error}; -v shows more")
        if not context.quiet:
            told = {(fault.url, fault.error) for fault in refreshed.faults}
            failed = [feed for feed in refreshed.failed if (feed.url, feed.error) not in told]
            for sentence in failures(failed):
                context.complain(f"  {sentence}")
        if refreshed.unreachable:
            count = refreshed.unreachable
            unasked = "1 feed was not asked" if count == 1 else f"{count} feeds were not asked"
            context.complain(f"  {'; '.join(refreshed.proxies)}: {unasked}; the next run asks")
        context.say(
            f"Feeds: {refreshed.fetched} read, {refreshed.unchanged} unchanged, "
            f"{len(refreshed.failed)} failed, {refreshed.waiting} not due. "
            f"Entries: {refreshed.new} new, {refreshed.changed} changed."
        )
    if published:
        for made in published.made:
            stories = "1 story" if made.stories == 1 else f"{made.stories} stories"
            context.say(f"Edition: {made.digest} {made.slot}, {stories}.")
        for held in published.held:
            context.say(_held(context, held))
        for mail in published.editor_mails:
            if mail.error:
                context.complain(
                    f"The editor of {mail.digest}, {mail.address}, was not mailed: {mail.error}"
                )
            else:
                context.say(f"Mailed to the editor: {mail.digest} {mail.slot}, {mail.address}.")
        for name in published.empty:
            context.say(f"Nothing new: {name}.")
        for missing in published.failed:
            context.complain(f"No edition of {missing.digest}: {missing.error}")
        for entry in published.faults:
            context.complain(f"Left out of {entry.digest}: {entry.title}: {entry.error}")
        for waiting in published.waiting:
            context.say(
                f"Waiting: {waiting.digest} has {waiting.stories} of {waiting.needed} stories."
            )
        tell_deliveries(context, published.sent, published.postponed)


def _held(context: Context, held: Held) -> str:
    """Return a sentence about an edition that waits for its editor."""
    stories = "1 story" if held.stories == 1 else f"{held.stories} stories"
    until = f"; without that it goes out at {held.goes_at:%Y-%m-%d %H:%M}" if held.goes_at else ""
    return (
        f"Held: {held.digest} {held.slot}, {stories}, for approval"
        f" (`digest editions approve {held.digest}`){until}."
    )


def failures(failed: Iterable[FailedFeed]) -> Iterator[str]:
    """Yield a sentence for each feed that failed, or for many that failed for one reason."""
    groups: defaultdict[str, list[FailedFeed]] = defaultdict(list)
    for feed in failed:
        groups[_reason(feed)].append(feed)
    for reason, feeds in groups.items():
        if len(feeds) < MANY:
            yield from (f"{feed.title}: {feed.error}" for feed in feeds)
            continue
        names = ", ".join(feed.title for feed in feeds[:NAMED])
        more = ", ..." if len(feeds) > NAMED else ""
        sentence = f"{len(feeds)} feeds: {reason}"
        advice = next((words for said, words in _ADVICE if said in reason), None)
        yield f"{sentence}{f'; {advice}' if advice else ''} ({names}{more})"


def _reason(feed: FailedFeed) -> str:
    """Return the error of a feed without its host and address, to compare it with other feeds."""
    host = re.sub(r"^[a-z]+://|[/?#].*$", "", feed.url, flags=re.IGNORECASE).rpartition("@")[2]
    bare = host.partition(":")[0]
    reason = feed.error.replace(feed.url, "it")
    for name in filter(None, (host, bare, f"www.{bare}", bare.removeprefix("www."))):
        reason = re.sub(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", "the host", reason)
    reason = reason.replace("the name the host", "the name of the host")
    return re.sub(r"(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:]*::[0-9a-f:]*)(?!\w)", "it", reason)


def waiting_feeds(context: Context, config: Config, store: Store) -> Iterator[str]:
    """Yield a sentence about the feeds that wait after a failure, in the digests' time zone."""
    from digest.cli.times import clock, zone_of
    from digest.store import feeds as feed_rows

    zone = zone_of(config)
    with store.read() as connection:
        states = {state.url: state for state in feed_rows.states(connection)}
    waits = []
    for feed in config.feeds:
        state = states.get(feed.url)
        if state and state.error and not state.gone and state.next_fetch_at:
            until = max(state.next_fetch_at, state.retry_after or state.next_fetch_at)
            if until > context.now:
                waits.append((until, feed.title or state.title or feed.name))
    if not waits:
        return
    waits.sort()
    shown = [
        f"{title} until {clock(until, zone, context.now)}"
        for until, title in waits[:_WAITING_SHOWN]
    ]
    more = f" and {len(waits) - _WAITING_SHOWN} more" if len(waits) > _WAITING_SHOWN else ""
    yield (
        f"Waiting after a failure: {', '.join(shown)}{more}; `digest refresh --failed` asks now."
    )
