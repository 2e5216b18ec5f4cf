"""The first line: feeds that are due are fetched, parsed, sifted, normalized and saved.

A batch of feeds is one transaction: their entries and their validators together, so that a crash
never skips an entry that a server would not send again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from digest import fetch, match, sift
from digest.errors import FetchError, ParseError
from digest.model import (
    Document,
    Entry,
    FailedFeed,
    Feed,
    FeedRequest,
    FeedState,
    NotModified,
    ParsedFeed,
    PollHints,
)
from digest.net.urls import without_login
from digest.pipeline import article_pages
from digest.schedule import polling
from digest.settings import Config
from digest.store import entries, stories
from digest.store import feeds as feed_rows

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from digest.store import Store

BATCH_FEEDS = 50
BATCH_BYTES = 4_000_000
"""A batch is saved when it holds this much: large enough for one commit to cost little, small
enough to stay in memory."""
BATCH_FULLTEXT = 10
"""How many feeds with `fulltext` are a batch: each may bring a page for each entry."""


class Watch(Protocol):
    """What sees the work go on: called after each feed, for a progress bar or a log line."""

    def __call__(self, done: int, total: int, feed: Feed, error: str | None) -> None: ...


class Fetch(Protocol):
    """What `fetch.fetch_all` is."""

    def __call__(
        self,
        requests: Iterable[FeedRequest],
        settings: fetch.Settings,
        *,
        root: Path,
        now: datetime,
    ) -> Iterator[tuple[FeedRequest, Document | NotModified | FetchError]]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """What a refresh did; the counts are of feeds, but for `new` and `changed` entries."""

    due: int = 0
    fetched: int = 0
    unchanged: int = 0
    waiting: int = 0
    failing: int = 0
    """Of those that wait, how many failed when they were last asked."""
    new: int = 0
    changed: int = 0
    failed: tuple[FailedFeed, ...] = ()

    @property
    def nothing_read(self) -> bool:
        """Whether feeds were asked, and every feed there is has failed the last time it was."""
        return 0 < self.due == len(self.failed) and self.waiting == self.failing


def refresh(
    config: Config,
    store: Store,
    now: datetime,
    *,
    only: Collection[Feed] | None = None,
    watch: Watch = lambda done, total, feed, error: None,
    stop: Callable[[], bool] = lambda: False,
    fetch_all: Fetch = fetch.fetch_all,
) -> Refreshed:
    """Bring the feeds that are due up to date: the first line.

    `only` names feeds that are fetched though their interval is not over; a server's Retry-After
    binds all the same.  `stop` is asked after each batch that was saved; the feeds that are left
    are due again.
    """
    wanted = heard(config.feeds if only is None else only, now)
    with store.write() as connection:
        states = feed_rows.ensure(connection, [feed.url for feed in wanted])
    ask = polling.is_due if only is None else polling.may_fetch
    due = {feed.url: feed for feed in wanted if ask(states[feed.url], now)}
    waiting = [states[feed.url] for feed in wanted if feed.url not in due]
    report = Refreshed(
        due=len(due), waiting=len(waiting), failing=sum(bool(state.error) for state in waiting)
    )
    turns = sorted(due, key=_turn(states))
    done = count(1)

    def read(urls: Iterable[str]) -> Generator[_Read, None, None]:
        requests = [_request(due[url], states[url]) for url in urls]
        for request, outcome in fetch_all(requests, config.fetch, root=config.root, now=now):
            feed = due[request.feed]
            item = _read(feed, states[feed.url], outcome, config.fetch, now)
            watch(next(done), len(due), feed, item.state.error)
            yield item

    def batches() -> Generator[Sequence[_Read], None, None]:
        with closing(read(url for url in turns if not due[url].fulltext)) as items:
            yield from _batches(items)
        pages = article_pages.Pages(config, now, fetch_all)
        fuller = [url for url in turns if due[url].fulltext]
        for at in range(0, len(fuller), BATCH_FULLTEXT):
            # All feeds of the batch first, then their pages: two to a host, whatever is asked.
            batch = list(read(fuller[at : at + BATCH_FULLTEXT]))
            yield _with_articles(store, batch, pages, now)

    with closing(batches()) as all_batches:
        for batch in all_batches:
            report = _save(store, batch, report, now)
            if stop():
                break
    if report.new or report.changed:
        with store.write() as connection:
            entries.drop_bodies(connection, now - config.store.keep_bodies)
    return report


def heard(feeds: Iterable[Feed], now: datetime) -> tuple[Feed, ...]:
    """Leave out the feeds that are muted."""
    return tuple(
        feed for feed in feeds if feed.muted_until is None or feed.muted_until <= now.date()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A feed after fetch and parse, with what is to be stored of it."""

    feed: Feed
    state: FeedState
    first: bool
    url: str = ""
    parsed: ParsedFeed | None = None
    size: int = 0
    items: tuple[sift.Identified, ...] = ()
    articles: Mapping[article_pages.Key, article_pages.Article] = field(default_factory=dict)


def _turn(states: Mapping[str, FeedState]) -> Callable[[str], tuple[str, int]]:
    """Order feeds by their last success, the longest ago first.

    A host that refuses more requests is left alone for the rest of a run: so each has its turn.
    """

    def key(url: str) -> tuple[str, int]:
        success = states[url].succeeded_at
        return (success.isoformat() if success else "", states[url].id)

    return key


def _request(feed: Feed, state: FeedState) -> FeedRequest:
    return FeedRequest(
        feed=feed.url,
        url=state.fetch_url or feed.url,
        kind=feed.kind,
        validators=state.validators,
    )


def _read(
    feed: Feed,
    state: FeedState,
    outcome: Document | NotModified | FetchError,
    settings: fetch.Settings,
    now: datetime,
) -> _Read:
    """Parse what a fetch brought and say when to ask again; an unchanged body is not parsed."""
    first = state.succeeded_at is None
    if not isinstance(outcome, Document):
        after = polling.after(state, outcome, hints=PollHints(), settings=settings, now=now)
        return _Read(feed=feed, state=after, first=first)
    body_hash = blake2b(outcome.body, digest_size=16).hexdigest()
    if body_hash == state.body_hash:
        same = NotModified(
            validators=outcome.validators,
            fresh_until=outcome.fresh_until,
            permanent_url=outcome.permanent_url,
        )
        after = polling.after(state, same, hints=PollHints(), settings=settings, now=now)
        return _Read(feed=feed, state=after, first=first)
    from digest.parse import parse

    try:
        parsed = parse(outcome, kind=feed.kind)
    except ParseError as error:
        after = polling.after(state, error, hints=PollHints(), settings=settings, now=now)
        return _Read(feed=feed, state=after, first=first)
    after = polling.after(state, outcome, hints=parsed.hints, settings=settings, now=now)
    return _Read(
        feed=feed,
        state=replace(
            after,
            title=parsed.title,
            link=parsed.link,
            language=parsed.language,
            body_hash=body_hash,
            first_read_at=state.first_read_at or now,
            read_at=now,
        ),
        first=first,
        url=outcome.url,
        parsed=parsed,
        size=len(outcome.body),
        items=sift.identify(parsed.entries),
    )


def _batches(items: Iterator[_Read]) -> Iterator[list[_Read]]:
    batch: list[_Read] = []
    size = 0
    for item in items:
        batch.append(item)
        size += item.size
        if len(batch) >= BATCH_FEEDS or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _save(store: Store, batch: Sequence[_Read], report: Refreshed, now: datetime) -> Refreshed:
    """Store a batch: the feeds' states, validators included, together with their entries."""
    new = changed = 0
    with store.write() as connection:
        known = entries.known(
            connection, {item.state.id: sift.uids_to_look_up(item.items) for item in batch}
        )
        rows: list[Entry] = []
        for item in batch:
            sifted = sift.sift(item.items, known.get(item.state.id, {}))
            if sifted and not item.first:
                sifted = _recognize(connection, item, sifted, now)
            if sifted:
                from digest.pipeline import revisions

                cleaned = _clean(item, sifted, now)
                if item.feed.fulltext:
                    cleaned = article_pages.with_texts_before(connection, sifted, cleaned)
                held = sum(not one.backlog for one in known[item.state.id].values())
                rows += revisions.marked(connection, sifted, cleaned, held, now)
            changed += sum(one.known is not None for one in sifted)
            new += sum(one.known is None for one in sifted)
        entries.save(connection, rows, [[key.hash for key in match.keys(row)] for row in rows], now)
        feed_rows.save(connection, [item.state for item in batch])
    failed = [
        FailedFeed(
            title=item.feed.title or item.state.title or item.feed.name,
            url=without_login(item.feed.url),
            error=item.state.error,
        )
        for item in batch
        if item.state.error
    ]
    read = sum(item.parsed is not None for item in batch)
    return replace(
        report,
        fetched=report.fetched + read,
        unchanged=report.unchanged + len(batch) - read - len(failed),
        new=report.new + new,
        changed=report.changed + changed,
        failed=(*report.failed, *failed),
    )


def _with_articles(
    store: Store, batch: Sequence[_Read], pages: article_pages.Pages, now: datetime
) -> list[_Read]:
    """Fetch the pages of teasers; no transaction is open while that takes its time."""
    with store.read() as connection:
        known = entries.known(
            connection, {item.state.id: sift.uids_to_look_up(item.items) for item in batch}
        )
        teasers = [
            teaser
            for item in batch
            for teaser in article_pages.teasers(
                connection,
                _candidates(item, sift.sift(item.items, known[item.state.id]), now),
                Counter(one.canonical_link for one in item.items),
                now,
            )
        ]
    articles = pages.read(teasers)
    return [replace(item, articles=articles) for item in batch]


def _candidates(
    item: _Read, sifted: Sequence[sift.Sifted], now: datetime
) -> list[tuple[sift.Sifted, Entry]]:
    """Pair what may enter an edition with its skeleton."""
    rows = [_skeleton(item, one, now) for one in sifted]
    chosen = sift.newest(rows, item.feed.backfill if item.first else None, _date)
    return [(sifted[at], rows[at]) for at in sorted(chosen)]


def _recognize(
    connection: Connection, item: _Read, sifted: Sequence[sift.Sifted], now: datetime
) -> tuple[sift.Sifted, ...]:
    """Find the entries whose feed changed their ids, and rename their rows."""
    links = {
        one.uid: match.link_key(one.item.canonical_link).hash
        for one in sifted
        if one.known is None and one.item.canonical_link
    }
    if not links:
        return tuple(sifted)
    present = frozenset(uid for one in item.items for uid in (one.uid, *one.aliases))
    holders = stories.sharing(connection, tuple(links.values()))
    recognized = []
    for one in sifted:
        same = [
            holder
            for holder in holders.get(links.get(one.uid, 0), ())
            if holder.feed_id == item.state.id
        ]
        if len(same) == 1:
            before = entries.known_by_id(connection, same[0].entry_id)
            title = _skeleton(item, one, now).title
            if sift.is_renamed(before, present=present, title=title):
                entries.rename(connection, before.id, one.uid)
                one = replace(one, known=before)
        recognized.append(one)
    return tuple(recognized)


def _clean(item: _Read, sifted: Sequence[sift.Sifted], now: datetime) -> list[Entry]:
    """Normalize what is new or changed; of a first fetch, only what `backfill` lets in.

    The rest can enter no edition and stays a skeleton, as does what has been one.
    """
    if not item.first:
        return [
            _skeleton(item, one, now)
            if one.known is not None and one.known.backlog
            else _normalize(item, one, now)
            for one in sifted
        ]
    rows = [_skeleton(item, one, now) for one in sifted]
    for at in sift.newest(rows, item.feed.backfill, _date):
        rows[at] = _normalize(item, sifted[at], now)
    return rows


def _date(row: Entry) -> datetime | None:
    return row.published or row.updated


def _skeleton(item: _Read, one: sift.Sifted, now: datetime) -> Entry:
    from digest.normalize.entry import skeleton

    assert item.parsed is not None, "only a parsed feed has entries"
    return skeleton(
        one.item.entry,
        feed_id=item.state.id,
        uid=one.uid,
        feed_url=item.url,
        feed_link=item.parsed.link,
        canonical_link=one.item.canonical_link,
        raw_hash=one.item.raw_hash,
        first_seen=now,
    )


def _normalize(item: _Read, one: sift.Sifted, now: datetime) -> Entry:
    from digest.normalize.entry import normalize

    assert item.parsed is not None, "only a parsed feed has entries"
    article = item.articles.get((item.state.id, one.item.raw_hash))
    entry = normalize(
        article.entry if article else one.item.entry,
        feed_id=item.state.id,
        uid=one.uid,
        feed_url=item.url,
        feed_link=item.parsed.link,
        canonical_link=one.item.canonical_link,
        feed_language=item.parsed.language,
        raw_hash=one.item.raw_hash,
        first_seen=now,
    )
    return replace(
        entry,
        notes=(article.note, *entry.notes) if article else entry.notes,
        parser=item.parsed.parser,
        flaw=item.parsed.flaw,
    )
