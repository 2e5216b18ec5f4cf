"""Look at the configuration, the database, the feeds and the places written to; say what to do."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from digest.deliver import MailSettings
from digest.diagnostics.doctor.finding import Finding
from digest.errors import DigestError, StoreError
from digest.model import Digest, FeedState
from digest.schedule import slots

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from digest.settings import Config

__all__ = ["Finding", "examine"]

STALE = timedelta(days=3)
"""A database that no feed was asked for in so long has no cron line."""

SILENT = timedelta(days=180)
"""A feed that brought nothing new for so long is worth a look."""


def examine(config: Config, now: datetime) -> list[Finding]:
    """Look at everything that can be looked at without fetching or sending."""
    findings = [
        Finding(
            ok=True,
            what=f"{config.path} (feeds: {len(config.feeds)}, digests: {len(config.digests)})",
        )
    ]
    findings += _examine_store(config, now)
    for digest in config.digests:
        findings += _examine_digest(config, digest, now)
    return findings


def _examine_store(config: Config, now: datetime) -> Iterator[Finding]:
    from digest.store import check_integrity, clock, feeds, open_store

    try:
        store = open_store(config.store.url)
    except StoreError as error:
        yield Finding(ok=False, what="database", advice=str(error))
        return
    try:
        with store.read() as connection:
            flaw = check_integrity(connection)
            yield Finding(
                ok=flaw is None,
                what=f"database {config.store.url}",
                advice=f"{flaw}; restore it from a copy" if flaw else "",
            )
            for times in clock.in_future(connection, now):
                yield Finding(
                    ok=False,
                    what=f"{times.count} {times.what} until {times.latest:%Y-%m-%d %H:%M} UTC",
                    advice="this machine's clock was ahead, or is behind now: the next run says so "
                    "and goes on",
                )
            states = {state.url: state for state in feeds.states(connection)}
            yield from _examine_feeds(config, connection, states, now)
    finally:
        store.close()


def _examine_feeds(
    config: Config, connection: Connection, states: dict[str, FeedState], now: datetime
) -> Iterator[Finding]:
    from digest import pipeline
    from digest.store import feeds

    health = feeds.health(connection, now)
    asked = [state.checked_at for state in states.values() if state.checked_at]
    if not asked:
        yield Finding(ok=False, what="no feed was fetched yet", advice="`digest run` does it")
        return
    yield Finding(
        ok=now - max(asked) < STALE,
        what=f"feeds were last asked {max(asked):%Y-%m-%d %H:%M} UTC",
        advice=""
        if now - max(asked) < STALE
        else "is the cron line or the service still there? `crontab -l`",
    )
    well = 0
    unmuted = pipeline.unmuted(config.feeds, now, config.timezone)
    for feed in unmuted:
        state = states.get(feed.url)
        newest = health[state.id].newest if state and state.id in health else None
        if state is None or state.checked_at is None:
            yield Finding(ok=False, what=f"{feed.name} was not fetched yet", advice="`digest run`")
        elif state.gone:
            advice = f"it answered that it is gone; `digest feeds remove {feed.name}`"
            yield Finding(ok=False, what=f"{feed.name}: {state.error}", advice=advice)
        elif state.error:
            times = "once" if state.failures == 1 else f"{state.failures} times"
            advice = f"failed {times}; next try {state.next_fetch_at:%Y-%m-%d %H:%M}"
            yield Finding(ok=False, what=f"{feed.name}: {state.error}", advice=advice)
        elif state.fetch_url:
            advice = f"put its new address into {config.path.name}: {state.fetch_url}"
            yield Finding(ok=True, what=f"{feed.name} has moved", advice=advice)
        elif newest and now - newest > SILENT:
            yield Finding(ok=True, what=f"{feed.name} is silent since {newest:%Y-%m-%d}")
        else:
            well += 1
    yield Finding(ok=True, what=f"{well} of {len(unmuted)} feeds are well")


def _examine_digest(config: Config, digest: Digest, now: datetime) -> Iterator[Finding]:
    upcoming = slots.next_slot(slots.parse_schedule(digest.schedule), digest.timezone, now)
    yield Finding(ok=True, what=f"{digest.name}: next slot {upcoming:%Y-%m-%d %H:%M %Z}")
    if not digest.channels:
        yield Finding(
            ok=False,
            what=f"{digest.name} is delivered nowhere",
            advice=f'add [digests.{digest.name}.deliver.files] with path = "out/{digest.name}"',
        )
    for channel, settings in digest.channels.items():
        path = getattr(settings, "path", None)
        if isinstance(path, Path):
            yield _examine_folder(digest.name, channel, path)
        elif isinstance(settings, MailSettings):
            yield Finding(
                ok=True,
                what=f"{digest.name}: {channel} carries mail",
                advice=f"`digest doctor mail {digest.name}` connects and looks closer",
            )
    if config.base_url is None and digest.channels:
        yield Finding(
            ok=True,
            what=f"{digest.name}: no base_url is set",
            advice="set it to where the output is published: feeds then carry its address",
        )
    try:
        _render_sample(config, digest, now)
    except DigestError as error:
        yield Finding(ok=False, what=f"{digest.name}: templates", advice=str(error))
    else:
        yield Finding(ok=True, what=f"{digest.name}: templates render")


def _examine_folder(digest: str, channel: str, path: Path) -> Finding:
    """Look whether editions could be written to `path`, or to the nearest folder above it."""
    nearest = next(parent for parent in (path, *path.parents) if os.path.exists(parent))
    fit = nearest.is_dir() and os.access(nearest, os.W_OK)
    return Finding(
        ok=fit,
        what=f"{digest}: {channel} writes to {path}",
        advice="" if fit else f"{nearest} is no folder that can be written",
    )


def _render_sample(config: Config, digest: Digest, now: datetime) -> None:
    """Render an empty edition in every format that the digest asks for."""
    from digest import deliver, pipeline, render
    from digest.model import Edition

    edition = Edition(
        digest=digest.name,
        slot=slots.slot_name(now.astimezone(ZoneInfo(digest.timezone))),
        number=1,
        title=digest.title,
        timezone=digest.timezone,
        language=digest.language,
        composed_at=now,
        sections=(),
    )
    for channel, settings in digest.channels.items():
        form = deliver.load(channel)
        formats = ("mail",) if isinstance(form, deliver.MailChannel) else form.formats(settings)
        site = pipeline.site_of(
            config, digest, None, formats, audience=pipeline.Audience(), now=now
        )
        for name in formats:
            render.render(name, (edition,), site)
