"""Check the health of the feeds, as stored in the database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from digest.diagnostics.doctor.finding import Finding
from digest.model import Feed, FeedState
from digest.net.secret_urls import without_secrets

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from digest.settings import Config

GROUP = "feeds"

STALE = timedelta(days=3)
"""If no feed was fetched for so long, the cron line or the service is probably missing."""
SILENT = timedelta(days=180)
"""A feed without a new entry for so long is worth a note."""
PATIENCE = timedelta(days=14)
"""A feed that has failed for longer needs the operator; until then it may recover by itself."""

_DAY_IN_MINUTES = 24 * 60 - 60
_SHOWN = 5
"""Most feeds that are named in one sentence."""
_MANY = 1 / 3
"""The share of failing feeds above which the cause is probably not in single feeds."""


def examine_feeds(config: Config, connection: Connection, now: datetime) -> Iterator[Finding]:
    """Check each feed, and all feeds together."""
    from digest import pipeline
    from digest.store import feeds

    states = {state.url: state for state in feeds.states(connection)}
    asked = [state.checked_at for state in states.values() if state.checked_at]
    if not asked:
        yield _finding(False, "no feed was fetched yet", "`digest run` does it")
        return
    last = max(asked)
    stale = now - last >= STALE
    yield _finding(
        not stale,
        f"feeds were last asked {last:%Y-%m-%d %H:%M} UTC",
        "is the cron line or the service still there? `crontab -l`" if stale else "",
    )
    health = feeds.health(connection, now)
    newest = {state.url: health[state.id].newest for state in states.values() if state.id in health}
    unmuted = pipeline.unmuted(config.feeds, now, config.timezone)
    findings = [_examine_feed(config, feed, states, newest, now) for feed in unmuted]
    yield from (finding for finding in findings if finding)
    yield from _examine_rhythms(unmuted, states, now)
    yield from _examine_hubs(config, connection)
    failing = sum(_fails(states.get(feed.url)) for feed in unmuted)
    well = sum(finding is None for finding in findings)
    few = failing < max(1, len(unmuted) * _MANY)
    yield _finding(
        few,
        f"{well} of {len(unmuted)} feeds are well",
        f"{failing} fail: `digest refresh --failed` asks them again, and says why" * bool(failing),
        minor=not few and failing < len(unmuted),
    )


def _examine_hubs(config: Config, connection: Connection) -> Iterator[Finding]:
    """Check the hubs (WebSub) that feeds name."""
    from digest.model.hubs import HubState
    from digest.store import hubs

    named = [known for known in hubs.subscriptions(connection) if known.hub is not None]
    if not named:
        return
    count = f"{len(named)} feeds name a hub" if len(named) > 1 else "a feed names a hub"
    if config.web.url is None or not config.web.hubs:
        advice = "with web.url, `digest serve --web` has hubs send what is new"
        yield Finding(ok=True, what=count, advice=advice, group=GROUP, minor=True)
        return
    active = sum(known.state is HubState.ACTIVE for known in named)
    yield _finding(True, f"{count}; {active} of them send what is new", "")
    errors = sorted({f"{known.hub}: {known.error}" for known in named if known.error})
    for error in errors[:_SHOWN]:
        advice = "its feeds are polled as if there were no hub"
        yield Finding(ok=True, what=f"hub {error}", advice=advice, group=GROUP, minor=True)


def _examine_rhythms(
    feeds: Sequence[Feed], states: Mapping[str, FeedState], now: datetime
) -> Iterator[Finding]:
    """Yield a finding for feeds that list entries for less than a day: a daily run misses some."""
    known = [(feed, state) for feed in feeds if (state := states.get(feed.url))]
    for feed, state in known:
        if state.gap and state.gap.missing and now - state.gap.at < PATIENCE:
            often = f"every {state.gap.minutes} minutes" if state.gap.minutes else "more often"
            yield _finding(
                False,
                f"{feed.name} showed some {state.gap.missing} entries too briefly to be seen",
                f"let `digest run` run by the hour: this feed has to be asked {often}",
                minor=True,
            )
    brief = [
        feed.name
        for feed, state in known
        if state.rhythm and state.rhythm.waits and min(state.rhythm.waits) < _DAY_IN_MINUTES
    ]
    if brief:
        more = f" and {len(brief) - _SHOWN} more" if len(brief) > _SHOWN else ""
        yield _finding(
            True,
            f"a line that runs once a day is too rare for {', '.join(brief[:_SHOWN])}{more}",
            "by the hour, `digest run` asks each feed as often as it publishes and no more",
            minor=True,
        )


def _examine_feed(
    config: Config,
    feed: Feed,
    states: Mapping[str, FeedState],
    newest: Mapping[str, datetime | None],
    now: datetime,
) -> Finding | None:
    """Return the finding about one feed, or ``None`` if it is well."""
    state = states.get(feed.url)
    if state is None or state.checked_at is None:
        return _finding(True, f"{feed.name} was not fetched yet", "`digest run`", minor=True)
    if state.gone:
        advice = f"it answered that it is gone; `digest feeds remove {feed.name}`"
        return _finding(False, f"{feed.name}: {state.error}", advice, minor=True)
    if state.error:
        times = "once" if state.failures <= 1 else f"{state.failures} times"
        upcoming = state.next_fetch_at
        when = f"next try {upcoming:%Y-%m-%d %H:%M} UTC" if upcoming else "the next run tries again"
        since = state.succeeded_at or state.first_read_at
        lasting = state.failures > 1 and since is not None and now - since > PATIENCE
        advice = f"failed {times}; {when}"
        return _finding(not lasting, f"{feed.name}: {state.error}", advice, minor=True)
    if state.fetch_url:
        advice = f"`digest feeds rename {feed.name} {without_secrets(state.fetch_url)}`"
        return _finding(True, f"{feed.name} has moved", advice, minor=True)
    last = newest.get(feed.url)
    if last and now - last > SILENT:
        return _finding(True, f"{feed.name} is silent since {last:%Y-%m-%d}", minor=True)
    return None


def _fails(state: FeedState | None) -> bool:
    return state is not None and (state.gone or bool(state.error))


def _finding(ok: bool, what: str, advice: str = "", *, minor: bool = False) -> Finding:
    return Finding(ok=ok, what=what, advice=advice, group=GROUP, minor=minor)
