"""Check redirects: a document at a new address is the same feed only if it shares entries.

A redirect may lead to another site's feed: the domain was sold, or the host redirects everybody to
its own news.  So the document behind a new redirect is accepted only if one of its entries is known
from the feed, by id or link.  Until then none of its entries is stored or told, and the poll counts
as a failure of the feed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING

from digest import match, sift
from digest.errors import FetchError
from digest.fetch import Settings
from digest.model import Document, ParsedFeed, StoredEntry
from digest.model.feeds import ON_TRIAL
from digest.net.public_addresses import AllowList
from digest.net.secret_urls import without_secrets
from digest.net.url_parts import web_address
from digest.net.urls import is_site_root
from digest.pipeline.feed_update import FeedUpdate
from digest.schedule import polling
from digest.store import stories
from digest.text.dates import parse_date

if TYPE_CHECKING:
    from sqlalchemy import Connection

YEAR = timedelta(days=365)
LONG_ID = 20
"""An id of at least this length, or a URI, is not equal to another feed's by chance."""


def needs_proof(update: FeedUpdate) -> bool:
    """Say whether a document is from an address that is neither configured nor known."""
    before = update.before
    asked = before.fetch_url or update.feed.url
    if update.parsed is None or before.read_at is None or not update.url:
        return False
    if before.moved_sightings == ON_TRIAL and update.url != update.feed.url:
        return True
    trusted = {update.feed.url, before.fetch_url, before.validators.url, before.moved_to}
    if update.url in trusted or polling.is_only_https(asked, update.url):
        return False
    if update.permanent:
        return web_address(update.url) not in {web_address(url) for url in trusted if url}
    return _host(update.url) not in {_host(url) for url in trusted if url}


def is_same_feed(
    connection: Connection, update: FeedUpdate, known: Mapping[str, StoredEntry]
) -> bool:
    """Say whether a document shares an entry with the stored entries of the feed.

    If the address is only a hint of the feed, the document must be as new, too: an old copy shares
    entries for ever.
    """
    if update.before.moved_sightings == ON_TRIAL and not _is_as_new(update):
        return False
    for item in update.items:
        before = next((known[uid] for uid in (item.uid, *item.aliases) if uid in known), None)
        if before is not None and _is_certain(item, before):
            return True
    links = [
        match.link_key(item.canonical_link).hash
        for item in update.items
        if item.canonical_link and not is_site_root(item.canonical_link)
    ]
    holders = stories.sharing(connection, links)
    own = update.state.id
    return any(holder.feed_id == own for sharing in holders.values() for holder in sharing)


def hint_of(
    update: FeedUpdate, document: Document, parsed: ParsedFeed, settings: Settings
) -> str | None:
    """Return the address that a document names: itunes:new-feed-url, or ``self`` on another host.

    Feeds with a login or headers of their own are not moved, because these are for their host only.
    A feed of a private host that `fetch.allow_hosts` names is a copy or a bridge that its reader
    has set up: it is not moved to the public address that it names.
    """
    feed = update.feed
    own = (feed.headers, feed.user, feed.password_file, feed.password_env)
    if any((*own, feed.token_file, feed.token_env)) or parsed.cut:
        return None
    here = web_address(document.url)
    if here is None or (asked := web_address(feed.url)) is None or asked.login:
        return None
    private = AllowList.parse(settings.allow_hosts)
    for hint in (parsed.new_url, parsed.self_link):
        there = web_address(hint) if hint else None
        if there is None or there.login or (there.scheme, here.scheme) == ("http", "https"):
            continue
        if _is_named(private, here.host) and not _is_named(private, there.host):
            continue
        is_elsewhere = _without_www(there.host) != _without_www(here.host)
        if str(there) != str(here) and (is_elsewhere or hint == parsed.new_url):
            return str(there)
    return None


def _is_named(private: AllowList, host: str) -> bool:
    """Say whether a host is among the allowed ones, by its name or as an address."""
    if private.names_host(host):
        return True
    try:
        return private.holds(host, ip_address(host))
    except ValueError:
        return False


def reject(update: FeedUpdate, settings: Settings, now: datetime) -> FeedUpdate:
    """Reject a document that shares no entry with the feed."""
    url = without_secrets(update.url)
    problem = (
        f"its server redirects to {url}, where no entry is that was known: nothing of it is taken; "
        "if the feed has moved there, put that address into the configuration"
    )
    state = polling.after(
        update.before, FetchError(problem, url=update.url), settings=settings, now=now
    )
    return replace(update, state=state, parsed=None, items=(), sifted=())


def _is_as_new(update: FeedUpdate) -> bool:
    """Say whether a document has an entry as new as the newest known one."""
    newest = update.before.rhythm.newest if update.before.rhythm else None
    if newest is None:
        return True
    dates = (
        parse_date(item.entry.published, newest + YEAR)
        or parse_date(item.entry.updated, newest + YEAR)
        for item in update.items
    )
    return any(date is not None and date >= newest for date in dates)


def _without_www(host: str) -> str:
    return host.removeprefix("www.")


def _is_certain(item: sift.Identified, before: StoredEntry) -> bool:
    if ":" in before.uid or len(before.uid) >= LONG_ID:
        return True
    title = item.entry.title.value if item.entry.title else ""
    return before.link == item.canonical_link or before.title.strip() == title.strip() != ""


def _host(url: str) -> str:
    address = web_address(url)
    return address.host if address else ""
