"""Run the matching on entries in memory: what the store's index would hold is a dictionary here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from digest import match
from digest.model import Entry, KeyHolder, Markup, ParsedEntry, RawHtml
from digest.net.urls import canonical_link
from digest.normalize.entry import normalize

NOW = datetime(2026, 3, 30, 7, tzinfo=UTC)


def clean(
    feed: int, uid: str, title: str, html: str, *, link: str | None = None, date: str | None = None
) -> Entry:
    """Clean an entry as a refresh does."""
    parsed = ParsedEntry(
        id=uid,
        link=link,
        title=Markup(value=RawHtml(title), html=True) if title else None,
        content=Markup(value=RawHtml(html), html=True),
        published=date,
    )
    return clean_parsed(feed, uid, parsed, f"https://feed{feed}.example.org/")


def clean_parsed(
    feed: int, uid: str, parsed: ParsedEntry, feed_link: str, language: str | None = None
) -> Entry:
    """Clean what a parser read."""
    entry = normalize(
        parsed,
        feed_id=feed,
        uid=uid,
        feed_url=feed_link,
        feed_link=feed_link,
        feed_language=language,
        canonical_link=None,
        raw_hash=uid,
        first_seen=NOW,
    )
    return replace(entry, canonical_link=canonical_link(entry.link) if entry.link else None)


def stories(entries: Sequence[Entry]) -> list[list[int]]:
    """Group entries, as if all were new at once; give their positions, story by story."""
    return [[member - 1 for member in group.members] for group in groups(entries)]


def groups(entries: Sequence[Entry]) -> tuple[match.Group, ...]:
    """Group entries; their ids are their positions, from 1."""
    numbered = [replace(entry, id=at) for at, entry in enumerate(entries, 1)]
    bearers: defaultdict[int, list[KeyHolder]] = defaultdict(list)
    for entry in numbered:
        for key in match.keys(entry):
            assert entry.id is not None
            bearers[key.hash].append(KeyHolder(entry_id=entry.id, feed_id=entry.feed_id))
    holders = {hash: held for hash, held in bearers.items() if len(held) > 1}
    feeds = {entry.feed_id for entry in numbered}

    def read(ids: Collection[int]) -> Mapping[int, str]:
        bodies = {one: numbered[one - 1].body for one in ids}
        return {one: body.text[: match.COMPARED] for one, body in bodies.items() if body}

    pairs = match.candidates(numbered, holders, feeds)
    return match.group(numbered, (), pairs, holders, feeds, read)


def leads(
    entries: Sequence[Entry], editions: Sequence[Sequence[int]], *, families: bool = True
) -> set[int]:
    """Tell entries over several editions; give the positions of those that lead a story.

    `editions` holds the positions of what is new in each.  Without `families`, an edition knows
    of an earlier story only the entries that share a key with a new one.
    """
    numbered = {at: replace(entry, id=at) for at, entry in enumerate(entries, 1)}
    feeds = {entry.feed_id for entry in entries}
    story_of: dict[int, int] = {}
    told_first: set[int] = set()
    bearers: defaultdict[int, list[KeyHolder]] = defaultdict(list)

    def read(ids: Collection[int]) -> Mapping[int, str]:
        bodies = {one: numbered[one].body for one in ids}
        return {one: body.text[: match.COMPARED] for one, body in bodies.items() if body}

    def by_fitness(one: int) -> tuple[object, ...]:
        entry = numbered[one]
        return not entry.title, -len(entry.body.text if entry.body else ""), one

    for edition in editions:
        asked = [numbered[at + 1] for at in edition]
        fresh = {entry.id for entry in asked}
        shared = set()
        for entry in asked:
            for key in match.keys(entry):
                bearers[key.hash].append(KeyHolder(entry_id=entry.id or 0, feed_id=entry.feed_id))
                shared.add(key.hash)
        holders = {hash: bearers[hash] for hash in shared if len(bearers[hash]) > 1}
        pairs = match.candidates(asked, holders, feeds)
        others = {one for pair in pairs for one in pair} - fresh
        wanted = {story_of[one] for one in others}
        told = [[one for one, of in story_of.items() if of == lead] for lead in wanted]
        if families:
            others = others.union(*told)
        groups = match.group(
            asked,
            [numbered[one] for one in others],
            pairs,
            holders,
            feeds,
            read,
            told if families else (),
        )
        for group in groups:
            before = [story_of[one] for one, _ in group.earlier]
            lead = min(before) if before else min(group.members, key=by_fitness)
            joined = {one for one, of in story_of.items() if of in before}
            story_of |= dict.fromkeys({*group.members, *joined}, lead)
            told_first.update({lead} if not before else ())
    return {one - 1 for one in told_first}
