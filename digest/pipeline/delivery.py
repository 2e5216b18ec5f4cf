"""The end of the second line: a frozen edition is rendered and handed to its channels.

Each delivery is a row of its own, written when the edition was frozen: what fails stays pending
and is tried again by the next run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from digest.config import Config
from digest.errors import DeliveryError, RenderError
from digest.model import Delivery, Digest, Edition, Rendition, Site
from digest.store import deliveries, editions

if TYPE_CHECKING:
    from digest.deliver import Parcel
    from digest.store import Store

SHOWN_EDITIONS = 60
"""How many past editions the generated feeds and the archive are rendered from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A delivery that was tried: what it left, or why it failed."""

    digest: str
    slot: str
    channel: str
    done: bool
    detail: str


def deliver(config: Config, store: Store, now: datetime) -> tuple[Sent, ...]:
    """Deliver what is pending, each delivery on its own.

    What belongs to a digest or a channel that is no longer configured goes on waiting.
    """
    with store.read() as connection:
        waiting = deliveries.pending(connection)
    digests = {digest.name: digest for digest in config.digests}
    sent = []
    for delivery in waiting:
        with store.read() as connection:
            edition = editions.by_id(connection, delivery.edition_id)
        digest = digests.get(edition.digest)
        if digest and delivery.channel in digest.channels:
            sent.append(_deliver(config, store, digest, edition, delivery, now))
    return tuple(sent)


def _deliver(
    config: Config,
    store: Store,
    digest: Digest,
    edition: Edition,
    delivery: Delivery,
    now: datetime,
) -> Sent:
    from digest import deliver as channels

    channel = channels.load(delivery.channel)
    settings = digest.channels[delivery.channel]
    try:
        parcel = _parcel(config, store, digest, edition, channel.formats(settings))
        detail, done = channel.deliver(parcel, settings).detail, True
    except (DeliveryError, RenderError) as error:
        detail, done = str(error), False
    with store.write() as connection:
        if done:
            deliveries.mark(connection, delivery.id, "sent", receipt=detail, now=now)
        else:
            deliveries.mark(connection, delivery.id, "pending", error=detail, now=now)
    return Sent(
        digest=digest.name, slot=edition.slot, channel=delivery.channel, done=done, detail=detail
    )


def _parcel(
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
