"""Check the configuration, the database, the feeds and the output folders; advise on faults."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from digest.deliver import MailSettings
from digest.diagnostics.doctor.feeds import examine_feeds
from digest.diagnostics.doctor.finding import Finding, Severity
from digest.diagnostics.doctor.surroundings import examine_surroundings
from digest.diagnostics.orphans import orphans
from digest.errors import DigestError, StoreError
from digest.model import Digest
from digest.pipeline.approval import goes_at
from digest.pipeline.delivery.leaving import check_templates
from digest.schedule import slots
from digest.store import held_editions

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from digest.settings import Config
    from digest.store import Store

__all__ = ["Finding", "Severity", "examine"]


def examine(
    config: Config, now: datetime, environ: Mapping[str, str] = os.environ
) -> Iterator[Finding]:
    """Yield the findings of all checks that need no fetching and no sending."""
    yield Finding(
        ok=True,
        what=f"{config.path} (feeds: {len(config.feeds)}, digests: {len(config.digests)})",
        group="configuration",
    )
    yield from examine_surroundings(config, environ)
    yield from _examine_store(config, now)
    for digest in config.digests:
        for finding in _examine_digest(config, digest, now):
            yield replace(finding, group="digests")


def _examine_store(config: Config, now: datetime) -> Iterator[Finding]:
    from digest.store import clock, open_store

    try:
        store = open_store(config.store.url)
    except StoreError as error:
        yield Finding(ok=False, what="database", advice=str(error), group="database")
        return
    try:
        with store.read() as connection:
            yield from _examine_database(store, now)
            for times in clock.in_future(connection, now):
                yield Finding(
                    ok=False,
                    what=f"{times.count} {times.what} until {times.latest:%Y-%m-%d %H:%M} UTC",
                    advice="this machine's clock was ahead, or is behind now: the next run "
                    "warns of it and goes on",
                    group="database",
                    minor=True,
                )
            for orphan, advice in orphans(config, connection):
                yield Finding(ok=True, what=orphan, advice=advice, group="database", minor=True)
            yield from _examine_held(config, connection)
            yield from examine_feeds(config, connection, now)
    finally:
        store.close()


def _examine_database(store: Store, now: datetime) -> Iterator[Finding]:
    """Check every value of the database, and its server or the modes of its files."""
    found = store.flaws()
    yield Finding(
        ok=not found,
        what=f"database {store.name}",
        advice="it is damaged; `digest restore FILE` puts a copy in its place" if found else "",
        group="database",
    )
    for flaw in found:
        yield Finding(ok=False, what=f"database: {flaw}", group="database")
    for complaint in store.complaints(now):
        yield Finding(
            ok=False,
            what=complaint.what,
            advice=complaint.advice,
            group="database",
            minor=True,
        )


def _examine_held(config: Config, connection: Connection) -> Iterator[Finding]:
    """Name the editions that wait for approval; one that goes by itself is only worth knowing."""
    digests = {digest.name: digest for digest in config.digests}
    for held in held_editions.listing(connection):
        digest = digests.get(held.digest)
        moment = goes_at(digest, held) if digest else None
        what = f"{held.digest} {held.slot} waits for approval, stories: {held.stories}"
        if digest and moment:
            local = moment.astimezone(ZoneInfo(digest.timezone))
            what += f"; it goes at {local:%Y-%m-%d %H:%M %Z} without"
        if held.mail_error:
            what += f"; the editor could not be told: {held.mail_error}"
        yield Finding(
            ok=moment is not None and held.mail_error is None,
            what=what,
            advice=f"`digest editions show {held.digest} waiting` shows it, "
            f"`digest editions approve {held.digest}` publishes it",
            group="digests",
            minor=True,
        )


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
            yield Finding(ok=True, what=f"{digest.name}: {channel} writes to {path}")
        elif isinstance(settings, MailSettings):
            yield Finding(
                ok=True,
                what=f"{digest.name}: {channel} sends mail",
                advice=f"`digest doctor mail {digest.name}` connects and checks more",
            )
    if config.base_url is None and digest.channels:
        yield Finding(
            ok=True,
            what=f"{digest.name}: no base_url is set",
            advice="set it to the address of the published output: feeds then name it",
            minor=True,
        )
    try:
        _render_sample(config, digest, now)
        check_templates(config, digest, now)
    except DigestError as error:
        yield Finding(ok=False, what=f"{digest.name}: templates", advice=str(error))
    else:
        yield Finding(ok=True, what=f"{digest.name}: templates render")


def _render_sample(config: Config, digest: Digest, now: datetime) -> None:
    """Render an empty edition in every format of the digest."""
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
