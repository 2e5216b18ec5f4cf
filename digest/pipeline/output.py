"""A digest's frozen editions in, renditions out: what channels carry and what is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from digest.config import Config
from digest.model import Digest, Edition, Rendition, Site
from digest.store import editions

if TYPE_CHECKING:
    from digest.deliver import Parcel
    from digest.store import Store

SHOWN_EDITIONS = 60
"""How many past editions the generated feeds and the archive are rendered from."""


def parcel(
    config: Config, store: Store, digest: Digest, edition: Edition, formats: Sequence[str]
) -> Parcel:
    """Render an edition, and its digest's feeds and archive, from what is frozen."""
    from digest import render
    from digest.deliver import Parcel, Piece

    with store.read() as connection:
        recent = editions.latest(connection, digest.name, SHOWN_EDITIONS)
        state = editions.digest_state(connection, digest.name)
    assert state is not None, "a frozen edition has named its digest's authority"
    site = site_of(config, digest, state, formats)
    pieces = []
    for name in formats:
        module = render.load(name)
        subject = (edition,) if module.SCOPE == "edition" else recent
        pieces.append(
            Piece(
                format=name,
                filename=module.FILENAME,
                scope=module.SCOPE,
                rendition=render.render(name, subject, site),
            )
        )
    return Parcel(
        digest=digest.name,
        slot=edition.slot,
        newest=edition.slot == recent[0].slot,
        pieces=tuple(pieces),
    )


def render_edition(
    config: Config, store: Store, digest: Digest, edition: Edition, name: str
) -> Rendition:
    """Render an edition that is not frozen, as `name`."""
    from digest import render

    with store.read() as connection:
        state = editions.digest_state(connection, digest.name)
    site = site_of(config, digest, state, (), now=edition.composed_at)
    return render.render(name, (edition,), site)


def site_of(
    config: Config,
    digest: Digest,
    state: editions.DigestState | None,
    formats: Sequence[str],
    *,
    now: datetime | None = None,
) -> Site:
    """Tell the renderers where the digest's output lives."""
    if state is not None and state.authority and state.since:
        authority, since = state.authority, state.since
    else:
        assert now is not None, "a digest without an edition is only previewed"
        authority, since = authority_of(config, digest, now)
    return Site(
        title=config.title,
        digest=digest.name,
        digest_title=digest.title,
        language=digest.language,
        timezone=digest.timezone,
        base_url=config.base_url,
        authority=authority,
        since=since,
        formats=tuple(formats),
        templates=config.render.templates,
        options=config.render.options,
    )


def authority_of(config: Config, digest: Digest, now: datetime) -> tuple[str, date]:
    """Choose who mints a digest's `tag:` URIs (RFC 4151): the site's host, from this day on.

    Without a site it is a name under `.invalid` that nobody else would come to.
    """
    local = now.astimezone(ZoneInfo(digest.timezone)).date()
    host = urlsplit(config.base_url).hostname if config.base_url else None
    if host:
        return host, local
    seed = "\n".join([digest.name, now.isoformat(), *(feed.url for feed in digest.feeds)])
    return f"{blake2b(seed.encode(), digest_size=8).hexdigest()}.invalid", local
