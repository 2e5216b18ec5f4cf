"""Which entries tell the same story: keys for an index, and groups decided from what it holds.

`keys` is asked when an entry is stored; `candidates` and `group` when an edition is composed, with
all holders of the new entries' keys.  So a story does not depend on the order in which feeds
arrive, a digest sees only its own feeds, and a key that a feed turns out to repeat ceases to bind
anything.  A wrong merge hides news, a missed one only repeats it: where the evidence is weak it
says nothing.  No chain joins what differs: entries come together only if no two of them contradict
each other.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import combinations, pairwise
from typing import NamedTuple

from digest.match import evidence as _evidence
from digest.match import titles
from digest.match.events import Embedder, relate
from digest.match.evidence import COMPARED, Text, shared_runs
from digest.match.settings import Settings
from digest.match.words import ANCHOR_BITS, anchors, letters, phrase
from digest.model import Entry, KeyHolder, Tie
from digest.net.urls import is_site_root

__all__ = [
    "COMPARED",
    "Embedder",
    "Group",
    "Key",
    "Pair",
    "Settings",
    "Tie",
    "candidates",
    "group",
    "keys",
    "link_key",
    "relate",
    "shared_runs",
]

REPEATED = 3
"""A key that one feed bears on so many entries is its boilerplate, not a story's."""
LEAST_SHARED = 2
"""Anchors that two texts must share to be compared."""
READ_AT_ONCE = 200
"""Pairs whose texts are in memory at the same time."""

Pair = tuple[int, int]
"""Two entry ids, ascending."""
ReadTexts = Callable[[Collection[int]], Mapping[int, str]]
"""What the store still holds of the texts of these entries."""


class Key(NamedTuple):
    """A value that entries of one story may share; ``hash`` is a signed 64-bit integer.

    That of a text or a title is of `ANCHOR_BITS` and not negative: the store forgets it with the
    text.
    """

    rule: str
    hash: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Entries that tell the same story, and earlier ones outside the question that do as well."""

    members: tuple[int, ...]
    """Entry ids, ascending."""
    ties: Mapping[int, Tie]
    """The best reason for each member that has one."""
    earlier: tuple[tuple[int, Tie], ...] = ()
    """Entries that were not asked about, each with its tie to a member, the best first."""


def keys(entry: Entry) -> tuple[Key, ...]:
    """Give the keys of an entry: its canonical link, its text's fingerprint and anchors, its title.

    A site's root is no story's link.  A backlog entry is only ever recognized, so it has no text.
    """
    found = []
    if entry.canonical_link and not is_site_root(entry.canonical_link):
        found.append(link_key(entry.canonical_link))
    if entry.fingerprint:
        found.append(_text_key(entry.fingerprint))
    if not entry.backlog:
        found += [Key("title", hash) for hash in _title_hashes(entry.title)]
        if entry.body:
            found += [Key("words", hash) for hash in anchors(entry.body.text)]
    return tuple(dict.fromkeys(found))


def link_key(canonical_link: str) -> Key:
    """Give the key of a canonical link."""
    return Key("link", _hash("link", canonical_link))


def candidates(
    asked: Sequence[Entry], holders: Mapping[int, Sequence[KeyHolder]], feeds: Collection[int]
) -> tuple[Pair, ...]:
    """Name the pairs of entries that are to be compared; in each, one at least is of `asked`.

    `holders` maps each key that an entry of `asked` shares to those that bear it, itself among
    them; holders from other feeds than `feeds` are not seen.
    """
    mine = set(feeds)
    sharing = {holder.entry_id for bearers in holders.values() for holder in bearers}
    strong = {hash for entry in asked if entry.id in sharing for hash in _strong(entry)}
    ours = {entry.id for entry in asked}
    shared: Counter[Pair] = Counter()
    for hash, bearers in holders.items():
        seen = [holder for holder in bearers if holder.feed_id in mine]
        if _most_in_a_feed(seen) >= REPEATED:
            continue
        weight = LEAST_SHARED if hash in strong else 1
        for one, other in combinations(sorted(holder.entry_id for holder in seen), 2):
            if one in ours or other in ours:
                shared[one, other] += weight
    return tuple(sorted(pair for pair, times in shared.items() if times >= LEAST_SHARED))


def group(
    asked: Sequence[Entry],
    others: Iterable[Entry],
    pairs: Iterable[Pair],
    holders: Mapping[int, Sequence[KeyHolder]],
    feeds: Collection[int],
    read: ReadTexts,
) -> tuple[Group, ...]:
    """Group `asked` into stories; every entry is in exactly one group.

    `pairs` are the `candidates`, `others` the entries in them that are not asked about.
    """
    known = {_id(entry): entry for entry in (*asked, *others)}
    court = _Court(known, holders, set(feeds), read)
    clusters = _Clusters(court)
    undecided = []
    found: list[tuple[Pair, Tie]] = []
    for pair in pairs:
        one, other = court.both(*pair)
        if _evidence.contradiction(one, other):
            continue
        rule = court.exact(one, other)
        if rule == "title" and court.apart(one, other):
            continue
        if rule:
            found.append((pair, Tie(other=0, rule=rule)))
        else:
            undecided.append(pair)
    clusters.join(found)
    clusters.join(court.alike([pair for pair in undecided if not clusters.together(pair)]))
    return tuple(clusters.groups([_id(entry) for entry in asked]))


class _Court:
    """What is known of the entries, and what follows from it for two of them."""

    def __init__(
        self,
        known: Mapping[int, Entry],
        holders: Mapping[int, Sequence[KeyHolder]],
        feeds: set[int],
        read: ReadTexts,
    ) -> None:
        self.known = known
        self._holders = {
            hash: [holder for holder in bearers if holder.feed_id in feeds]
            for hash, bearers in holders.items()
        }
        self._read = read
        self._texts: dict[int, Text | None] = {}
        self.repeated = frozenset(
            hash for hash, seen in self._holders.items() if _most_in_a_feed(seen) >= REPEATED
        )

    def exact(self, one: Entry, other: Entry) -> str | None:
        """Name what binds two entries without a look at their texts, unless a feed repeats it."""
        rule = _evidence.exact(one, other)
        if rule == "link" and self._ambiguous(link_key(one.canonical_link or "")):
            rule = _evidence.exact(replace(one, canonical_link=None), other)
        if rule == "text" and self._ambiguous(_text_key(one.fingerprint or "")):
            rule = None
        return rule

    def alike(self, pairs: Sequence[Pair]) -> list[tuple[Pair, Tie]]:
        found = []
        for start in range(0, len(pairs), READ_AT_ONCE):
            portion = pairs[start : start + READ_AT_ONCE]
            self._prepare({identifier for pair in portion for identifier in pair})
            for pair in portion:
                one, other = self.both(*pair)
                evidence = self._likeness(one, other)
                if evidence:
                    found.append((pair, Tie(other=0, rule=evidence.rule, score=evidence.score)))
        return found

    def contradict(self, one: int, other: int) -> bool:
        """Tell whether two entries must not be in one group; two of one link or text may be."""
        entry, rival = self.both(one, other)
        if _evidence.contradiction(entry, rival):
            return True
        if _evidence.exact(entry, rival):
            return False
        if _evidence.numbers_differ(entry, rival):
            return True
        return self.apart(entry, rival)

    def apart(self, one: Entry, other: Entry) -> bool:
        """Tell whether the texts of two entries, as far as they are kept, differ."""
        self._prepare({_id(one), _id(other)})
        text, other_text = self._texts[_id(one)], self._texts[_id(other)]
        return bool(text and other_text and _evidence.apart(text, other_text))

    def both(self, one: int, other: int) -> tuple[Entry, Entry]:
        """Give two entries so that which comes first says nothing of when they came."""
        first, second = sorted((one, other), key=self.order)
        return self.known[first], self.known[second]

    def order(self, identifier: int) -> tuple[str, ...]:
        """Order entries by what they are, not by when they came."""
        entry = self.known[identifier]
        date = entry.published.isoformat() if entry.published else ""
        return date, entry.canonical_link or "", entry.title, entry.uid

    def _ambiguous(self, key: Key) -> bool:
        """Tell whether a feed has this key on entries that are not one entry under two ids."""
        by_feed: defaultdict[int, list[Entry]] = defaultdict(list)
        for holder in self._holders.get(key.hash, ()):
            if holder.entry_id not in self.known:
                return True
            by_feed[holder.feed_id].append(self.known[holder.entry_id])
        return any(
            not _evidence.twins(one, other)
            for of_feed in by_feed.values()
            for one, other in pairwise(sorted(of_feed, key=lambda entry: self.order(_id(entry))))
        )

    def _likeness(self, one: Entry, other: Entry) -> _evidence.Evidence | None:
        text, other_text = self._texts[_id(one)], self._texts[_id(other)]
        if text is None or other_text is None:
            return None
        return _evidence.likeness(one, other, text, other_text, self.repeated)

    def _prepare(self, identifiers: set[int]) -> None:
        wanted = identifiers - self._texts.keys()
        if wanted:
            if len(self._texts) > 2 * READ_AT_ONCE:
                self._texts = {
                    identifier: self._texts[identifier]
                    for identifier in identifiers & self._texts.keys()
                }
            texts = self._read(sorted(wanted))
            for identifier in wanted:
                text = texts.get(identifier)
                self._texts[identifier] = _evidence.read(text) if text else None


class _Clusters:
    """Entries joined by their ties, the strongest first, as long as no two contradict."""

    def __init__(self, court: _Court) -> None:
        self._court = court
        self._members: dict[int, list[int]] = {}
        self._ties: dict[int, Tie] = {}

    def together(self, pair: Pair) -> bool:
        one, other = pair
        return one in self._members and self._members[one] is self._members.get(other)

    def join(self, found: list[tuple[Pair, Tie]]) -> None:
        order = self._court.order
        found.sort(
            key=lambda item: (
                item[1].rule != "link",
                -item[1].score,
                *sorted(map(order, item[0])),
            )
        )
        for (one, other), tie in found:
            mine = self._members.setdefault(one, [one])
            theirs = self._members.setdefault(other, [other])
            if mine is theirs:
                continue
            if any(
                self._court.contradict(member, rival)
                for member in mine
                for rival in theirs
                if {member, rival} != {one, other}
            ):
                continue
            for this, that in ((one, other), (other, one)):
                self._ties.setdefault(this, Tie(other=that, rule=tie.rule, score=tie.score))
            mine += theirs
            for rival in theirs:
                self._members[rival] = mine

    def groups(self, asked: Sequence[int]) -> Iterator[Group]:
        left = set(asked)
        for identifier in sorted(asked):
            if identifier not in left:
                continue
            together = self._members.get(identifier, [identifier])
            members = tuple(sorted(left.intersection(together)))
            left.difference_update(members)
            earlier = [(other, self._ties[other]) for other in set(together) - set(members)]
            earlier.sort(key=lambda item: (-item[1].score, item[0]))
            yield Group(
                members=members,
                ties={member: self._ties[member] for member in members if member in self._ties},
                earlier=tuple(earlier),
            )


def _strong(entry: Entry) -> Iterator[int]:
    """Give the keys of which a single one makes two entries worth comparing."""
    if entry.canonical_link:
        yield link_key(entry.canonical_link).hash
    if entry.fingerprint:
        yield _text_key(entry.fingerprint).hash
    yield from _title_hashes(entry.title)


def _title_hashes(title: str) -> Iterator[int]:
    """Hash a title, and what is left of it without an author before or a site behind it."""
    for part in _parts(title):
        found = titles.read(part).words
        if letters(found) >= _evidence.LEAST_LETTERS:
            yield phrase(found)


def _parts(title: str) -> tuple[str, ...]:
    after = title.partition(": ")[2]
    before = title.rpartition(" - ")[0] or title.rpartition(" | ")[0]
    return tuple(filter(None, (title, after, before)))


def _text_key(fingerprint: str) -> Key:
    return Key("text", _hash("text", fingerprint) & ((1 << ANCHOR_BITS) - 1))


def _most_in_a_feed(holders: Sequence[KeyHolder]) -> int:
    return max(Counter(holder.feed_id for holder in holders).values(), default=0)


def _id(entry: Entry) -> int:
    assert entry.id is not None, "an entry that is grouped has been stored"
    return entry.id


def _hash(rule: str, value: str) -> int:
    digest = blake2b(f"{rule}\n{value}".encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
