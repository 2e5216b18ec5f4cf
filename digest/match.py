"""Which entries tell the same story: keys for an index, and groups decided from what it holds.

`keys` is asked when an entry is stored; `group` when an edition is composed, with all holders of
the new entries' keys.  So a story does not depend on the order in which feeds arrive, a digest
sees only its own feeds, and a key that a feed turns out to repeat ceases to bind anything.  A wrong
merge hides news, a missed one only repeats it: where a key is ambiguous it says nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple

from digest.model import Entry, KeyHolder
from digest.urls import is_site_root

CROWD = 50
"""A key held by more entries than this says nothing: it is a template's, not a story's."""


class Key(NamedTuple):
    """A value that entries of one story share; ``hash`` is a signed 64-bit integer."""

    rule: str
    hash: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """Why an entry belongs to a group: it shares a key of `rule` with `other`."""

    other: int
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Entries that tell the same story, and earlier ones outside the question that do as well."""

    members: tuple[int, ...]
    """Entry ids, ascending."""
    ties: Mapping[int, Tie]
    """One reason for each member that has one."""
    earlier: tuple[tuple[int, str], ...] = ()
    """(entry id, rule) of entries that were not asked about, ascending."""


def keys(entry: Entry) -> tuple[Key, ...]:
    """Give the keys of an entry: its canonical link, its text's fingerprint.

    A site's root is no story's link.  A backlog entry is only ever recognized, so it has no text.
    """
    found = []
    if entry.canonical_link and not is_site_root(entry.canonical_link):
        found.append(link_key(entry.canonical_link))
    if entry.fingerprint:
        found.append(Key("text", _hash("text", entry.fingerprint)))
    return tuple(found)


def link_key(canonical_link: str) -> Key:
    """Give the key of a canonical link."""
    return Key("link", _hash("link", canonical_link))


def group(
    entries: Sequence[Entry],
    holders: Mapping[int, Sequence[KeyHolder]],
    feeds: Collection[int],
) -> tuple[Group, ...]:
    """Group `entries` into stories; every entry is in exactly one group.

    `holders` maps each key's hash to all entries that bear it, `entries` among them; holders from
    other feeds than `feeds` are not seen.  A key binds only entries of different feeds, and binds
    nothing where one feed has it twice.
    """
    mine = set(feeds)
    asked = {entry.id for entry in entries if entry.id is not None}
    parents = {identifier: identifier for identifier in asked}
    ties: dict[int, Tie] = {}
    outside: defaultdict[int, dict[int, str]] = defaultdict(dict)
    for entry in sorted(entries, key=lambda entry: entry.id or 0):
        assert entry.id is not None
        for key in keys(entry):
            for other in _bound(holders.get(key.hash, ()), mine):
                if other == entry.id:
                    continue
                ties.setdefault(entry.id, Tie(other=other, rule=key.rule))
                if other in asked:
                    _join(parents, entry.id, other)
                else:
                    outside[entry.id].setdefault(other, key.rule)
    return tuple(_groups(asked, parents, ties, outside))


def _bound(holders: Sequence[KeyHolder], feeds: set[int]) -> tuple[int, ...]:
    """Name the entries that a key binds together: none, if one feed holds it twice."""
    seen = [holder for holder in holders if holder.feed_id in feeds]
    if len(seen) > CROWD or len({holder.feed_id for holder in seen}) < len(seen):
        return ()
    return tuple(sorted(holder.entry_id for holder in seen))


def _groups(
    asked: Iterable[int],
    parents: dict[int, int],
    ties: Mapping[int, Tie],
    outside: Mapping[int, Mapping[int, str]],
) -> Iterable[Group]:
    members: defaultdict[int, list[int]] = defaultdict(list)
    for identifier in sorted(asked):
        members[_root(parents, identifier)].append(identifier)
    for group_members in members.values():
        earlier: dict[int, str] = {}
        for identifier in group_members:
            for other, rule in outside.get(identifier, {}).items():
                earlier.setdefault(other, rule)
        yield Group(
            members=tuple(group_members),
            ties={member: ties[member] for member in group_members if member in ties},
            earlier=tuple(sorted(earlier.items())),
        )


def _root(parents: dict[int, int], identifier: int) -> int:
    while parents[identifier] != identifier:
        parents[identifier] = parents[parents[identifier]]
        identifier = parents[identifier]
    return identifier


def _join(parents: dict[int, int], one: int, other: int) -> None:
    low, high = sorted((_root(parents, one), _root(parents, other)))
    parents[high] = low


def _hash(rule: str, value: str) -> int:
    digest = blake2b(f"{rule}\n{value}".encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
