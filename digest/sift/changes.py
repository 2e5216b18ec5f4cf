"""Find the entries of a parsed feed that are new or changed.

Every entry gets a uid, unique in its feed and the same at each fetch: the publisher's id, else its
link, else a hash of its words.  An entry whose content hash is known is left alone; that is what
makes a second fetch of an unchanged feed cost next to nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import TypeVar
from urllib.parse import urljoin, urlsplit

import msgspec

from digest.model import ParsedEntry, ParsedFeed, StoredEntry
from digest.net.urls import canonical_link, is_site_root
from digest.text.dates import parse_date

T = TypeVar("T")

LONGEST_UID = 500
"""The most characters of a uid: an index of PostgreSQL takes 2,704 bytes of a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """An entry of a document with its identity; it may be stored under one of ``aliases``."""

    entry: ParsedEntry
    uid: str
    raw_hash: str
    canonical_link: str | None = None
    aliases: tuple[str, ...] = ()
    by_words: str | None = None
    """The uid to use if a different entry with this link or id is stored under `uid`."""
    links_to_itself: bool = True
    """Whether the link is the entry's own page, and not the feed's site."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sifted:
    """An entry that has to be stored; ``known`` is the one it replaces, ``None`` if it is new."""

    item: Identified
    uid: str
    known: StoredEntry | None = None


def identify(
    entries: Iterable[ParsedEntry], feed_link: str | None = None
) -> tuple[Identified, ...]:
    """Compute the content hash and uid of each entry of a document, and drop exact repetitions.

    Where several different entries bear one id, the id does not tell them apart: their uid is the
    id with the link behind it, or, where they share the link as well, with a hash of the title.
    A document of one entry does not show whether its feed has one id for all, or one link.
    """
    distinct: dict[str, tuple[ParsedEntry, str, str | None]] = {}
    for entry in entries:
        raw_hash = _content_hash(entry)
        if raw_hash not in distinct:
            link = _link(entry)
            distinct[raw_hash] = (entry, _bare_uid(entry, link, raw_hash), link)
    shared = _repeated(bare for _, bare, _ in distinct.values())
    shared_links = _repeated((bare, link) for _, bare, link in distinct.values())
    is_only_entry = len(distinct) == 1
    site = canonical_link(feed_link) if feed_link and is_only_entry else None
    items = []
    for raw_hash, (entry, bare, link) in distinct.items():
        by_link = f"{bare} {link}" if link and link != bare else None
        uid, aliases = bare, [by_link]
        if bare in shared:
            apart = by_link and (bare, link) not in shared_links
            words = _words_hash(entry, raw_hash)
            by_hash = f"{bare} {words if words != bare else raw_hash}"
            uid = by_link if by_link and apart else by_hash
            aliases = [bare, by_hash]
        unsure = uid == bare and (is_only_entry or bare == link)
        items.append(
            Identified(
                entry=entry,
                uid=_shortened(uid),
                raw_hash=raw_hash,
                canonical_link=link,
                aliases=tuple(_shortened(alias) for alias in aliases if alias and alias != uid),
                by_words=_shortened(f"{bare} {_words_hash(entry, raw_hash)}") if unsure else None,
                links_to_itself=link not in (None, site) and not is_site_root(link or ""),
            )
        )
    return tuple(items)


def complete(parsed: ParsedFeed) -> tuple[ParsedEntry, ...]:
    """Leave out the entry that was open where a document was cut, unless it is the only one.

    Its id, or the end of its text, may be missing: told now, it would be told again once complete.
    """
    if parsed.open_entry is None or len(parsed.entries) == 1:
        return parsed.entries
    return tuple(entry for at, entry in enumerate(parsed.entries) if at != parsed.open_entry)


def uids_to_look_up(items: Iterable[Identified]) -> tuple[str, ...]:
    """Return the uids whose known entries `sift` needs."""
    return tuple(
        dict.fromkeys(
            uid
            for item in items
            for uid in (item.uid, *item.aliases, item.by_words)
            if uid is not None
        )
    )


def sift(
    items: Sequence[Identified],
    known: Mapping[str, StoredEntry],
    now: datetime,
    *,
    cut: bool = False,
) -> tuple[Sifted, ...]:
    """Keep what is new, and what is known with another content.

    An entry keeps the uid it was stored under, also when the feed has since begun to repeat an id,
    or has ceased to.  A document that is `cut` changes nothing that is known.
    """
    kept = []
    taken: set[str] = set()
    for item in items:
        names = (_stored_uid(item, known, now), item.uid, item.by_words)
        uid = next((name for name in names if name is not None and name not in taken), None)
        if uid is None:
            continue
        taken.add(uid)
        before = known.get(uid)
        if before is None or (before.raw_hash != item.raw_hash and not cut):
            kept.append(Sifted(item=item, uid=uid, known=before))
    return tuple(kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fresh:
    """What is compared of an entry whose uid is not known."""

    title: str
    link: str | None = None
    """The canonical link."""
    published: datetime | None = None
    updated: datetime | None = None
    fingerprint: str | None = None


def is_renamed(before: StoredEntry, fresh: Fresh, *, present: frozenset[str]) -> bool:
    """Return whether the new entry `fresh` is the known entry `before` under a changed id or link.

    It is if both have the same title, if the uid of `before` is no longer in the document
    (`present` holds the document's uids), and if both have the same text, or the same date, or the
    same link, unless both text and date differ.
    """
    if before.uid in present or _folded_title(before.title) != _folded_title(fresh.title):
        return False
    if before.fingerprint and before.fingerprint == fresh.fingerprint:
        return True
    if not fresh.title:
        return False
    date, other_date = before.published or before.updated, fresh.published or fresh.updated
    if date and other_date:
        other_text = before.fingerprint and fresh.fingerprint
        return date == other_date or (before.link == fresh.link is not None and not other_text)
    return _page(before.link) == _page(fresh.link)


def newest(items: Sequence[T], count: int | None, date: Callable[[T], object]) -> frozenset[int]:
    """Return the positions of the newest `count` items (of all items for ``None``).

    Undated items rank after the dated ones, in the order of the document: nearly every feed has
    its newest entry first.
    """
    if count is None or count >= len(items):
        return frozenset(range(len(items)))
    dates = [date(item) for item in items]
    dated = [at for at, value in enumerate(dates) if value is not None]
    dated.sort(key=lambda at: dates[at], reverse=True)  # type: ignore[arg-type, return-value]
    undated = [at for at, value in enumerate(dates) if value is None]
    return frozenset([*dated, *undated][:count])


def _stored_uid(item: Identified, known: Mapping[str, StoredEntry], now: datetime) -> str:
    if item.by_words in known:
        assert item.by_words is not None
        return item.by_words
    uid = item.uid
    if before := known.get(uid):
        if not (item.by_words and _is_different(before, item, now)):
            return uid
        uid = item.by_words
    for alias in item.aliases:
        before = known.get(alias)
        if before is not None and (
            before.raw_hash == item.raw_hash
            or (
                before.link is not None
                and before.link == item.canonical_link
                and _matches(before, item, now, whole=True)
            )
        ):
            return alias
    return uid


def _is_different(before: StoredEntry, item: Identified, now: datetime) -> bool:
    """Return whether an entry is a different one than the known entry of the same uid.

    An entry that has an id and a page of its own, and keeps both, stays the same entry, whatever
    else changes.
    """
    by_id = item.uid != _shortened(item.canonical_link or "")
    if by_id and item.links_to_itself and before.link == item.canonical_link:
        return False
    return not _matches(before, item, now, whole=False)


def _matches(before: StoredEntry, item: Identified, now: datetime, *, whole: bool) -> bool:
    """Return whether an entry has the title and the date of a known one.

    A date that one of the two lacks counts as equal.  Unless `whole`, one equal property suffices.
    """
    from digest.normalize.entry import title  # not needed where nothing has changed

    entry = item.entry
    same_title = _folded_title(before.title) == _folded_title(title(entry.title))
    date = parse_date(entry.published or entry.updated, now)
    known_date = before.published or before.updated
    same_date = date is None or known_date is None or date == known_date
    return same_title and same_date if whole else same_title or same_date


def _page(link: str | None) -> tuple[str, str] | None:
    """Return host and path of a link, without parameters, which may change at each fetch."""
    if link is None:
        return None
    parts = urlsplit(link)
    return parts.netloc, parts.path


def _content_hash(entry: ParsedEntry) -> str:
    try:
        content = msgspec.msgpack.encode(entry)
    except UnicodeEncodeError:  # a lone surrogate, which JSON can spell
        content = repr(entry).encode("utf-8", "backslashreplace")
    return blake2b(content, digest_size=16).hexdigest()


def _bare_uid(entry: ParsedEntry, link: str | None, raw_hash: str) -> str:
    """Return an entry's id, else its link without tracking parameters, else a hash of its words."""
    own = entry.id.strip() if entry.id else ""
    return own or link or _words_hash(entry, raw_hash)


def _link(entry: ParsedEntry) -> str | None:
    link = (entry.link or "").strip()
    if not link:
        return None
    if not link.startswith(("http://", "https://")):
        try:
            link = urljoin(entry.base or "", link)
        except ValueError:
            return None
    return canonical_link(link)


def _words_hash(entry: ParsedEntry, raw_hash: str) -> str:
    """Return a hash of the title and date, by which people recognize an entry, else of its text."""
    title = entry.title.value.strip() if entry.title else ""
    if title:
        words = f"{title}\n{entry.published or ''}"
    else:
        text = entry.content or entry.summary
        words = text.value.strip() if text else ""
    if not words:
        return f"hash:{raw_hash}"
    return "hash:" + blake2b(words.encode("utf-8", "replace"), digest_size=16).hexdigest()


def _shortened(uid: str) -> str:
    """Shorten a uid that is too long for an index; a hash of the whole uid keeps it unique."""
    if len(uid) <= LONGEST_UID:
        return uid
    digest = blake2b(uid.encode("utf-8", "replace"), digest_size=16).hexdigest()
    return f"{uid[: LONGEST_UID - 40]} hash:{digest}"


def _repeated(values: Iterable[object]) -> frozenset[object]:
    return frozenset(value for value, times in Counter(values).items() if times > 1)


def _folded_title(title: str) -> str:
    return " ".join(title.casefold().split())
