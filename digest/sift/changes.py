"""Find the entries of a parsed feed that are new or changed.

Every entry gets a uid, unique in its feed and the same at each fetch: the publisher's id, else its
link, else a hash of its words.  An entry whose content hash is known is left alone; that is what
makes a second fetch of an unchanged feed cost next to nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TypeVar
from urllib.parse import urljoin

import msgspec

from digest.model import Known, ParsedEntry
from digest.net.urls import canonical_link

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """An entry of a document with its identity; ``aliases`` are uids it may be stored under."""

    entry: ParsedEntry
    uid: str
    raw_hash: str
    canonical_link: str | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sifted:
    """An entry that has to be stored; ``known`` is what it replaces, ``None`` where it is new."""

    item: Identified
    uid: str
    known: Known | None = None


def identify(entries: Iterable[ParsedEntry]) -> tuple[Identified, ...]:
    """Give every entry of one document its content hash and uid, and drop literal repetitions.

    Where several different entries bear one id, the id does not tell them apart: their uid is the
    id with the link behind it, or, where they share the link as well, with a hash of the title.
    """
    distinct: dict[str, tuple[ParsedEntry, str, str | None]] = {}
    for entry in entries:
        raw_hash = _hash(entry)
        if raw_hash not in distinct:
            link = _link(entry)
            distinct[raw_hash] = (entry, _bare(entry, link, raw_hash), link)
    shared = _repeated(bare for _, bare, _ in distinct.values())
    shared_links = _repeated((bare, link) for _, bare, link in distinct.values())
    items = []
    for raw_hash, (entry, bare, link) in distinct.items():
        by_link = f"{bare} {link}" if link and link != bare else None
        uid, alias = bare, by_link
        if bare in shared:
            apart = by_link and (bare, link) not in shared_links
            words = _words(entry, raw_hash)
            uid = by_link if by_link and apart else f"{bare} {words if words != bare else raw_hash}"
            alias = bare
        items.append(
            Identified(
                entry=entry,
                uid=uid,
                raw_hash=raw_hash,
                canonical_link=link,
                aliases=(alias,) if alias else (),
            )
        )
    return tuple(items)


def uids_to_look_up(items: Iterable[Identified]) -> tuple[str, ...]:
    """List the uids that `sift` wants to know about."""
    return tuple(dict.fromkeys(uid for item in items for uid in (item.uid, *item.aliases)))


def sift(items: Sequence[Identified], known: Mapping[str, Known]) -> tuple[Sifted, ...]:
    """Keep what is new, and what is known with another content.

    An entry keeps the uid it was stored under, also when the feed has since begun to repeat an id,
    or has ceased to.
    """
    kept = []
    taken: set[str] = set()
    for item in items:
        uid = _stored_uid(item, known)
        if uid in taken:
            continue
        taken.add(uid)
        before = known.get(uid)
        if before is None or before.raw_hash != item.raw_hash:
            kept.append(Sifted(item=item, uid=uid, known=before))
    return tuple(kept)


def is_renamed(before: Known, *, present: frozenset[str], title: str) -> bool:
    """Tell whether a new entry with the link of `before` is that entry under a changed id.

    It is when it bears the same title, and `before` is in the document under its old uid no more
    (`present` holds the document's uids).
    """
    return before.uid not in present and _folded(before.title) == _folded(title)


def newest(items: Sequence[T], count: int | None, date: Callable[[T], object]) -> frozenset[int]:
    """Choose the positions of the newest `count` items (all of them for ``None``).

    Undated items come after the dated ones, in the order of the document: newest first, as nearly
    every feed has it.
    """
    if count is None or count >= len(items):
        return frozenset(range(len(items)))
    dates = [date(item) for item in items]
    dated = [at for at, value in enumerate(dates) if value is not None]
    dated.sort(key=lambda at: dates[at], reverse=True)  # type: ignore[arg-type, return-value]
    undated = [at for at, value in enumerate(dates) if value is None]
    return frozenset([*dated, *undated][:count])


def _stored_uid(item: Identified, known: Mapping[str, Known]) -> str:
    if item.uid in known:
        return item.uid
    for alias in item.aliases:
        before = known.get(alias)
        if before is not None and (
            before.raw_hash == item.raw_hash
            or (before.link is not None and before.link == item.canonical_link)
        ):
            return alias
    return item.uid


def _hash(entry: ParsedEntry) -> str:
    try:
        content = msgspec.msgpack.encode(entry)
    except UnicodeEncodeError:  # a lone surrogate, which JSON can spell
        content = repr(entry).encode("utf-8", "backslashreplace")
    return blake2b(content, digest_size=16).hexdigest()


def _bare(entry: ParsedEntry, link: str | None, raw_hash: str) -> str:
    """Name an entry by its id, else by its link without tracking parameters, else by its words."""
    own = entry.id.strip() if entry.id else ""
    return own or link or _words(entry, raw_hash)


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


def _words(entry: ParsedEntry, raw_hash: str) -> str:
    """Hash what a reader would know the entry by: its title and date, else its text."""
    title = entry.title.value.strip() if entry.title else ""
    if title:
        words = f"{title}\n{entry.published or ''}"
    else:
        text = entry.content or entry.summary
        words = text.value.strip() if text else ""
    if not words:
        return f"hash:{raw_hash}"
    return "hash:" + blake2b(words.encode("utf-8", "replace"), digest_size=16).hexdigest()


def _repeated(values: Iterable[object]) -> frozenset[object]:
    return frozenset(value for value, times in Counter(values).items() if times > 1)


def _folded(title: str) -> str:
    return " ".join(title.casefold().split())
