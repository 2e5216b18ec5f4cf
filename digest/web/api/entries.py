"""Operations on entries: the newest ones, and what became of each."""

from __future__ import annotations

from collections.abc import Iterable

from digest.diagnostics import explain
from digest.model import Entry
from digest.store import entries as entry_rows
from digest.store import feeds as feed_rows
from digest.web.api.call import ApiCall, ApiError, Operation
from digest.web.api.cursors import number_after
from digest.web.api.shapes import (
    EntriesQuestion,
    EntryAnswer,
    EntryPage,
    Explanation,
    OtherEntry,
    Outcome,
)


def listed(call: ApiCall) -> EntryPage:
    """List the newest entries, of all feeds or of one."""
    question: EntriesQuestion = call.query
    before = number_after(question.after)
    feed_id = None
    with call.store.read() as connection:
        if question.feed:
            feed = next((f for f in call.config.feeds if f.name == question.feed), None)
            if feed is None:
                raise ApiError(404, f"there is no feed {question.feed!r}")
            states = feed_rows.states(connection, [feed.url])
            if not states:
                return EntryPage(items=(), next=None)
            feed_id = states[0].id
        found = entry_rows.newest(connection, feed_id, before=before, most=question.limit + 1)
        names = _names(call, feed_rows.urls(connection, {entry.feed_id for entry in found}))
    items = found[: question.limit]
    more = len(found) > question.limit
    return EntryPage(
        items=tuple(_answer(entry, names) for entry in items),
        next=str(items[-1].id) if more else None,
    )


def one(call: ApiCall) -> EntryAnswer:
    """Show one entry."""
    entry, names = _entry(call)
    return _answer(entry, names)


def explained(call: ApiCall) -> Explanation:
    """Explain what became of an entry in each digest."""
    entry, names = _entry(call)
    with call.store.read() as connection:
        (trail,) = explain.follow(call.config, connection, str(entry.id), call.now)[:1]
    return Explanation(
        entry=_answer(entry, names),
        parser=entry.parser,
        flaw=entry.flaw,
        notes=entry.notes,
        outcomes=tuple(
            Outcome(
                digest=outcome.digest,
                verdict=str(outcome.verdict),
                rule=outcome.rule,
                score=outcome.score,
                edition=outcome.edition,
                rank=outcome.rank,
                of=OtherEntry(id=outcome.of.id, title=outcome.of.title, feed=outcome.of.feed)
                if outcome.of
                else None,
            )
            for outcome in trail.outcomes
        ),
    )


def _entry(call: ApiCall) -> tuple[Entry, dict[int, str]]:
    entry_id = call.path["id"]
    with call.store.read() as connection:
        found = entry_rows.by_ids(connection, [entry_id]).get(entry_id)
        if found is None:
            raise ApiError(404, f"there is no entry {entry_id}")
        return found, _names(call, feed_rows.urls(connection, [found.feed_id]))


def _names(call: ApiCall, urls: dict[int, str]) -> dict[int, str]:
    """Return the names of feeds in the configuration, by their ids in the store."""
    by_url = {feed.url: feed.name for feed in call.config.feeds}
    return {feed_id: by_url[url] for feed_id, url in urls.items() if url in by_url}


def _answer(entry: Entry, names: dict[int, str]) -> EntryAnswer:
    assert entry.id is not None
    return EntryAnswer(
        id=entry.id,
        feed=names.get(entry.feed_id),
        title=entry.title,
        link=entry.link,
        authors=entry.authors,
        categories=entry.categories,
        language=entry.language,
        published=entry.published,
        updated=entry.updated,
        first_seen=entry.first_seen,
    )


OPERATIONS: Iterable[Operation] = (
    Operation(
        method="GET",
        path="/entries",
        id="listEntries",
        summary="List the newest entries, of all feeds or of one.",
        run=listed,
        query=EntriesQuestion,
        answer=EntryPage,
        fails=(404,),
    ),
    Operation(
        method="GET",
        path="/entries/{id:int}",
        id="showEntry",
        summary="Show one entry.",
        run=one,
        answer=EntryAnswer,
        fails=(404,),
    ),
    Operation(
        method="GET",
        path="/entries/{id:int}/explanation",
        id="explainEntry",
        summary="Explain what became of an entry in each digest, as `digest explain` does.",
        run=explained,
        answer=Explanation,
        fails=(404,),
    ),
)
