"""Prove a redirect: what another address shows is the same feed only if it shares its entries.

A feed's server may lead to a stranger: the domain was sold, the host sends everybody to its own
news.  So what a redirect leads to for the first time is taken only where an entry of it is known
from the feed, by its id or its link.  Until then nothing of it is stored or told, and the poll
counts as a failure of the feed that names the address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from digest import match, sift
from digest.errors import FetchError
from digest.fetch import Settings
from digest.model import Document, Known, ParsedFeed
from digest.model.feeds import ON_TRIAL
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
"""An id of so many characters, or one that is a URI, is no other feed's by chance."""


def needs_proof(update: FeedUpdate) -> bool:
    """Say whether a document comes from where nobody has subscribed to and nothing came before."""
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


def is_same_feed(connection: Connection, update: FeedUpdate, known: Mapping[str, Known]) -> bool:
    """Say whether a document shares an entry with what is stored of the feed.

    Where the feed itself has only hinted at the address, the document must be as new, too: an old
    copy shares entries for ever.
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


def hint_of(update: FeedUpdate, document: Document, parsed: ParsedFeed) -> str | None:
    """Return where a document says that the feed is: itunes:new-feed-url, or ``self`` elsewhere.

    A feed with a login or headers of its own gives no hint: they are for its host alone.
    """
    feed = update.feed
    own = (feed.headers, feed.user, feed.password_file, feed.password_env)
    if any((*own, feed.token_file, feed.token_env)) or parsed.cut:
        return None
    here = web_address(document.url)
    if here is None or (asked := web_address(feed.url)) is None or asked.login:
        return None
    for hint in (parsed.new_url, parsed.self_link):
        there = web_address(hint) if hint else None
        if there is None or there.login or (there.scheme, here.scheme) == ("http", "https"):
            continue
        is_elsewhere = _bare(there.host) != _bare(here.host)
        if str(there) != str(here) and (is_elsewhere or hint == parsed.new_url):
            return str(there)
    return None


def left_waiting(update: FeedUpdate, settings: Settings, now: datetime) -> FeedUpdate:
    """Give up a document that is not proved to be the feed's."""
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
    """Say whether a document has an entry as new as the newest that is known."""
    newest = update.before.rhythm.newest if update.before.rhythm else None
    if newest is None:
        return True
    dates = (
        parse_date(item.entry.published, newest + YEAR)
        or parse_date(item.entry.updated, newest + YEAR)
        for item in update.items
    )
    return any(date is not None and date >= newest for date in dates)


def _bare(host: str) -> str:
    return host.removeprefix("www.")


def _is_certain(item: sift.Identified, before: Known) -> bool:
    if ":" in before.uid or len(before.uid) >= LONG_ID:
        return True
    title = item.entry.title.value if item.entry.title else ""
    return before.link == item.canonical_link or before.title.strip() == title.strip() != ""


def _host(url: str) -> str:
    address = web_address(url)
    return address.host if address else ""
