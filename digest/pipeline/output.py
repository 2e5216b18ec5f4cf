"""Render a digest's editions, feeds and archive, for channels and for the web side."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from digest.errors import DigestError
from digest.model import Digest, Edition, Rendition, Site
from digest.net import secret_urls
from digest.pipeline import archive, looks
from digest.settings import Config
from digest.store import edition_lists, editions, feeds, subscribers

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from digest.deliver import EditionPackage, RenderedFile
    from digest.store import Store
    from digest.store.editions import Neighbor

logger = logging.getLogger(__name__)

_AUTHORITY = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*")
"""A host name or an IPv4 address, as `tag:` URIs allow it (RFC 4151, 2.1)."""


def edition_package(
    config: Config,
    store: Store,
    digest: Digest,
    edition: Edition,
    formats: Sequence[str],
    now: datetime,
) -> EditionPackage:
    """Render an edition, and its digest's feeds and archive, from what is frozen.

    The package can also render the files of earlier editions, in case they are lost.
    """
    from digest import render
    from digest.deliver import EditionPackage, RenderedFile

    with store.read() as connection:
        state = editions.digest_state(connection, digest.name)
        listed = edition_lists.outlines(connection, digest.name, headlines=False)
        done = edition_lists.delivered(connection, digest.name, edition.slot)
        around = editions.neighbors(connection, digest.name, edition.slot)
        audience = audience_of(connection, digest)
    assert state is not None, "a frozen edition has named its digest's authority"
    site = site_of(config, digest, state, formats, audience=audience)
    slots = frozenset((edition.slot, listed[0].slot))
    earlier = [listing.slot for listing in listed if listing.number < edition.number]
    site = _with_neighbors(site, around)
    pieces: list[RenderedFile] = []
    kept: dict[str, Callable[[], bytes]] = {}
    amended: dict[str, Callable[[bytes], bytes]] = {}
    own = [name for name in formats if render.load(name).SCOPE == "edition"]
    for slot in earlier:
        kept |= {
            f"{slot}/{render.filename(name, digest.name, slot)}": partial(
                _rendered_again, store, site, slot, name
            )
            for name in own
        }
    for name in formats:
        module = render.load(name)
        if module.SCOPE == "edition":
            rendition = render.render(name, (edition,), site)
            lead_on = getattr(module, "lead_on", None)
            if lead_on and around[0]:
                file = render.filename(name, digest.name, around[0].slot)
                amended[f"{around[0].slot}/{file}"] = partial(lead_on, slot=edition.slot)
            pieces.append(
                RenderedFile(
                    format=name,
                    filename=render.filename(name, digest.name, edition.slot),
                    scope="edition",
                    rendition=rendition,
                )
            )
        else:
            made = archive.files(store, site, name, slots)
            pieces += made.pieces
            kept |= made.kept
    if len(own) < len(formats):  # a channel that publishes the digest's feeds and archive
        pieces += _pictures(digest)
    return EditionPackage(
        digest=digest.name,
        slot=edition.slot,
        newest=edition.number == state.number,
        at=now,
        pieces=tuple(pieces),
        kept=kept,
        amended=amended,
        feeds=_feeds(config, digest, done),
    )


def _pictures(digest: Digest) -> list[RenderedFile]:
    """Return the publisher's pictures, which are published beside the digest's pages."""
    from digest.deliver import RenderedFile

    return [
        RenderedFile(
            format="look",
            filename=name,
            scope="digest",
            rendition=Rendition(media_type=picture.media_type, body=picture.body),
        )
        for name, picture in looks.files(digest.look).items()
    ]


def _rendered_again(store: Store, site: Site, slot: str, name: str) -> bytes:
    """Render an earlier edition again, because its file was lost."""
    from digest import render

    with store.read() as connection:
        edition = editions.by_slot(connection, site.digest, slot)
        around = editions.neighbors(connection, site.digest, slot)
    assert edition is not None, "editions are never deleted"
    site = _with_neighbors(site, around)
    return render.render(name, (edition,), site).body


def _with_neighbors(site: Site, around: tuple[Neighbor | None, Neighbor | None]) -> Site:
    """Return `site` with the slots of the editions before and after the shown one."""
    before, after = around
    return replace(
        site,
        before=before.slot if before else None,
        after=after.slot if after else None,
    )


def _feeds(config: Config, digest: Digest, done: Collection[str]) -> tuple[str, ...]:
    """Return the addresses of the feeds that the channels `done` have published."""
    from digest import deliver, render

    if config.base_url is None:
        return ()
    modules = []
    for channel in (name for name in digest.channels if name in done):
        form = deliver.load(channel)
        if not isinstance(form, deliver.MailChannel):
            modules += [render.load(name) for name in form.formats(digest.channels[channel])]
    return tuple(
        f"{config.base_url}{digest.name}/{module.FILENAME}"
        for module in dict.fromkeys(modules)
        if module.SCOPE == "digest"
    )


def render_edition(
    config: Config,
    store: Store,
    digest: Digest,
    edition: Edition,
    name: str,
    formats: Sequence[str] = (),
) -> Rendition:
    """Render an edition, frozen or not, in the format `name`; `formats` are published, too."""
    from digest import render

    with store.read() as connection:
        state = editions.digest_state(connection, digest.name)
        around = editions.neighbors(connection, digest.name, edition.slot)
        audience = audience_of(connection, digest)
    site = site_of(config, digest, state, formats, audience=audience, now=edition.composed_at)
    site = _with_neighbors(site, around)
    return render.render(name, (edition,), site)


def public_edition(config: Config, store: Store, digest: Digest, edition: Edition) -> Edition:
    """Return an unpublished edition as readers would see it."""
    from digest.render.templating import public

    with store.read() as connection:
        state = editions.digest_state(connection, digest.name)
        audience = audience_of(connection, digest)
    site = site_of(config, digest, state, (), audience=audience, now=edition.composed_at)
    return public.edition(edition, site)


def find(
    config: Config, store: Store, digest: Digest, formats: Sequence[str], file: str
) -> archive.FoundFile | None:
    """Return the file of that name: a picture, or a feed, a list or a page of one of `formats`.

    Returns ``None`` if there is none.  The digest must have an edition.  Nothing is written.
    """
    if picture := looks.files(digest.look).get(file):
        rendition = Rendition(media_type=picture.media_type, body=picture.body)
        return archive.FoundFile(rendition=rendition, closed=False)
    with store.read() as connection:
        state = editions.digest_state(connection, digest.name)
        audience = audience_of(connection, digest)
    site = site_of(config, digest, state, formats, audience=audience)
    found = (archive.find(store, site, name, file) for name in formats)
    return next(filter(None, found), None)


def close_pages(config: Config, store: Store, digest: Digest) -> None:
    """Close the full pages of the digest's feeds, if the web side shows them.

    Pages that channels publish are closed when the channels write them.  Raises RenderError
    where a template fails.
    """
    from digest import render

    if config.web.url is None:
        return
    with store.read() as connection:
        state = editions.digest_state(connection, digest.name)
        audience = audience_of(connection, digest)
    site = site_of(config, digest, state, ("html", "archive", "atom"), audience=audience)
    for name in site.formats:
        if render.load(name).SCOPE == "digest":
            archive.close_full(store, site, name)


def close_pages_or_wait(config: Config, store: Store, digest: Digest) -> None:
    """Call `close_pages`; log a template's error, so that a later run closes the pages."""
    try:
        close_pages(config, store, digest)
    except DigestError as error:
        logger.error("the pages of %s are closed by a later run: %s", digest.name, error)


def site_of(
    config: Config,
    digest: Digest,
    state: editions.DigestState | None,
    formats: Sequence[str],
    *,
    audience: Audience,
    now: datetime | None = None,
) -> Site:
    """Return the settings and addresses that renderers need for a digest."""
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
        base_url=_base_url(config, digest),
        hub=secret_urls.public_part(getattr(digest.channels.get("websub"), "hub", "")),
        sign_up=sign_up(config, digest),
        search=_search(config, digest),
        noindex=digest.noindex,
        private=audience.private,
        failed_feeds=digest.failed_feeds,
        health=digest.health != "never" if digest.health else not audience.subscribers,
        counts=not audience.subscribers if digest.counts is None else digest.counts,
        authority=authority,
        since=since,
        formats=tuple(formats),
        templates=config.render.templates,
        look=digest.look,
        logo=looks.logo(digest.look),
        share_image=looks.share_image(digest.look),
        options={**config.render.options, **digest.options},
    )


def _search(config: Config, digest: Digest) -> str | None:
    """Return the address of the search; ``None`` without a web side or without SQLite."""
    if not (config.web.url and digest.public and config.store.url.startswith("sqlite")):
        return None
    return f"{config.web.url}{digest.name}/search"


def _base_url(config: Config, digest: Digest) -> str | None:
    """Return the address of a digest's pages; ``None`` if only the web side has them, hidden."""
    hidden = not digest.public and config.base_url == config.web.url
    return None if hidden else config.base_url


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """The kind of readers that a digest has, and the secrets to hide from them."""

    subscribers: bool = False
    """Whether the digest has subscribers beside the recipients in the configuration."""
    private: frozenset[str] = frozenset()
    """The keys and logins in the addresses of its feeds."""


def audience_of(connection: Connection, digest: Digest) -> Audience:
    """Return whether a digest has subscribers, and the secrets in the addresses of its feeds.

    An address that the feed itself publishes holds no secret.
    """
    own = [feed.url for feed in digest.feeds if not secret_urls.may_be_published(feed.url)]
    named = {state.url: state.self_link for state in feeds.states(connection, own)} if own else {}
    return Audience(
        subscribers=subscribers.has_any(connection, digest.name),
        private=frozenset(
            text
            for url in own
            if not secret_urls.may_be_published(url, named.get(url))
            for text in secret_urls.secrets(url)
        ),
    )


def sign_up(config: Config, digest: Digest) -> str | None:
    """Return the address of the sign-up page of `digest`.

    Returns ``None`` unless the digest is public, is mailed to subscribers, and ``web.url`` is set.
    """
    from digest import deliver

    channels = digest.channels.values()
    mailed = any(
        isinstance(channel, deliver.MailSettings) and channel.subscribers for channel in channels
    )
    reachable = digest.public and config.web.url
    return f"{config.web.url}{digest.name}/subscribe" if mailed and reachable else None


def authority_of(config: Config, digest: Digest, now: datetime) -> tuple[str, date]:
    """Choose the authority and date of a digest's `tag:` URIs (RFC 4151): the site's host, today.

    Without a site, or if a `tag:` URI cannot hold its host name, the authority is a unique name
    under `.invalid`.
    """
    local = now.astimezone(ZoneInfo(digest.timezone)).date()
    host = urlsplit(config.base_url).hostname if config.base_url else None
    if host and _AUTHORITY.fullmatch(host):
        return host, local
    seed = "\n".join([digest.name, now.isoformat(), *(feed.url for feed in digest.feeds)])
    return f"{blake2b(seed.encode(), digest_size=8).hexdigest()}.invalid", local
