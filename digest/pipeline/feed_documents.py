"""Parse the result of a fetch, and plan the next poll of the feed.

Most polls bring nothing new, so parsers are imported only for a new document.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b
from typing import TYPE_CHECKING

from digest import fetch
from digest.errors import FetchError, ParseError
from digest.model import Document, NotModified, ParsedEntry, ParsedFeed, Validators
from digest.net.url_parts import web_address
from digest.pipeline.feed_update import Fault, FeedUpdate, fault_of
from digest.pipeline.time_limit import time_limit
from digest.schedule import polling

if TYPE_CHECKING:
    from digest import sift

LONGEST_LINK = 600
"""The most characters of a hub or topic URL: hubs repeat the topic in requests to our callback."""


def parse(update: FeedUpdate, settings: fetch.Settings, now: datetime) -> FeedUpdate:
    """Parse the result of a fetch and plan the next poll; an unchanged body is not parsed."""
    outcome = update.outcome
    assert outcome is not None, "a feed is parsed once"
    if update.ping is not None:
        return _pushed(update, now)
    if not isinstance(outcome, Document):
        return _without_document(update, outcome, settings, now)
    body_hash = blake2b(outcome.body, digest_size=16).hexdigest()
    if body_hash == update.before.body_hash:
        return _without_document(update, outcome, settings, now)
    from digest.parse import parse as parse_document
    from digest.pipeline import moved_feeds

    try:
        with time_limit():
            parsed = parse_document(outcome, kind=update.feed.kind)
    except ParseError as error:
        return _without_document(update, error, settings, now)
    if parsed.cut:
        # The complete document may have the same validators: fetch it unconditionally next time.
        outcome = replace(outcome, validators=Validators(), fresh_until=None, max_age=None)
    after = polling.after(
        update.before,
        outcome,
        hints=parsed.hints,
        hint=moved_feeds.hint_of(update, outcome, parsed, settings),
        settings=settings,
        now=now,
        editions=update.editions,
    )
    if parsed.cut and update.first:
        after = replace(
            after, succeeded_at=None
        )  # the missing entries are older than the first poll
    from digest import sift

    with time_limit():
        items, faults = _identified(update, sift.complete(parsed), parsed.link)
    return replace(
        update,
        outcome=None,
        state=replace(
            after,
            title=parsed.title or (parsed.cut and update.before.title) or None,
            link=parsed.link or (parsed.cut and update.before.link) or None,
            self_link=parsed.self_link,
            language=parsed.language or (parsed.cut and update.before.language) or None,
            body_hash=body_hash,
            first_read_at=update.before.first_read_at or now,
            read_at=now,
            rhythm=after.rhythm
            if after.rhythm is None or parsed.cut
            else replace(after.rhythm, window=len(items)),
        ),
        url=outcome.url,
        permanent=outcome.permanent_url is not None,
        size=len(outcome.body),
        parsed=parsed,
        hub=_hub(outcome, parsed),
        items=items,
        faults=(*update.faults, *faults),
    )


def _pushed(update: FeedUpdate, now: datetime) -> FeedUpdate:
    """Parse a document that a hub has sent; if it is no feed, make the feed itself due."""
    from digest import sift
    from digest.parse import parse as parse_document

    assert isinstance(update.outcome, Document)
    try:
        parsed = parse_document(update.outcome, kind=update.feed.kind)
    except ParseError as error:
        state = replace(update.state, next_fetch_at=now)
        return replace(update, outcome=error, state=state)
    with time_limit():
        feed_link = parsed.link or update.before.link
        items, faults = _identified(update, sift.complete(parsed), feed_link)
    return replace(
        update,
        outcome=None,
        url=update.outcome.url,
        size=len(update.outcome.body),
        parsed=parsed,
        items=items,
        faults=(*update.faults, *faults),
    )


def _hub(document: Document, parsed: ParsedFeed) -> tuple[str, str] | None:
    """Return the hub of a feed and the feed's topic there, by the Link header or the document."""
    hub, topic = (document.hub, document.self_link) if document.hub else (parsed.hub, None)
    topic = topic or parsed.self_link or document.url
    if hub is None or len(hub) > LONGEST_LINK or len(topic) > LONGEST_LINK:
        return None
    return (hub, topic) if web_address(hub) and web_address(topic) else None


def _without_document(
    update: FeedUpdate,
    outcome: Document | NotModified | FetchError | ParseError,
    settings: fetch.Settings,
    now: datetime,
) -> FeedUpdate:
    """Record a poll without a new document: an error, a 304, or an unchanged body."""
    state = polling.after(
        update.before,
        outcome,
        settings=settings,
        now=now,
        editions=update.editions,
        same=isinstance(outcome, Document),
    )
    return replace(update, outcome=outcome, state=state)


def _identified(
    update: FeedUpdate, entries: Sequence[ParsedEntry], feed_link: str | None
) -> tuple[tuple[sift.Identified, ...], list[Fault]]:
    """Identify the entries of a document, without those that raise an unforeseen error."""
    from digest import sift

    try:
        return sift.identify(entries, feed_link), []
    except Exception as bug:  # what strangers write may meet any bug: which entry was it?
        good, faults = [], []
        for place, entry in enumerate(entries, start=1):
            try:
                sift.identify([entry])
                good.append(entry)
            except Exception as of_entry:  # this one, which is reported
                called = entry.id or entry.link or f"number {place}"
                faults.append(fault_of("sifting", update, of_entry, entry=called))
        if not faults:
            raise bug
        return sift.identify(good, feed_link), faults
