"""Groups of entries that tell the same story, decided from what shares a key.

`candidates` names the pairs to compare; `group` joins the entries of pairs for which there is
evidence, the strongest first, as long as no two entries of a group contradict each other.  So no
chain joins what differs.  Entries that a digest has told as one story take part as one group from
the beginning, with all of its members, so that no chain crosses editions either.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise, product
from urllib.parse import urlsplit

from digest.match import evidence
from digest.match.evidence import Evidence, Text
from digest.match.keys import Key, link_key, strong_hashes, text_key
from digest.match.wording import Wording
from digest.model import Entry, KeyHolder, Tie

REPEATED = 3
"""A key that one feed bears on so many entries is its boilerplate, not a story's."""
LEAST_SHARED = 2
"""Anchors that two texts must share to be compared."""
LEAST_ALIKE = 8
"""Members of a group of which those that are much the same are looked for."""
READ_AT_ONCE = 200
"""Pairs whose texts are in memory at the same time."""
MOST_PAIRED = 64
"""Holders of one key that are compared each with each; of more, each with some."""
NEIGHBORS = 24
"""With how many of the holders that follow it, and of the first ones, each is compared then."""

Pair = tuple[int, int]
"""Two entry ids, ascending."""
ReadTexts = Callable[[Collection[int]], Mapping[int, str]]
"""Gives what the store still holds of the texts of these entries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Entries that tell the same story, and earlier ones outside the question that do as well."""

    members: tuple[int, ...]
    """Entry ids, ascending."""
    ties: Mapping[int, Tie]
    """The best reason for each member that has one."""
    earlier: tuple[tuple[int, Tie], ...] = ()
    """Entries that were not asked about, each with its tie to a member, the best first."""


def candidates(
    asked: Sequence[Entry], holders: Mapping[int, Sequence[KeyHolder]], feeds: Collection[int]
) -> tuple[Pair, ...]:
    """Name the pairs of entries that are to be compared; at least one of each is of `asked`.

    `holders` maps each key that an entry of `asked` shares to those that bear it, itself among
    them; holders from other feeds than `feeds` are not seen.
    """
    seen_feeds = set(feeds)
    sharing = {holder.entry_id for bearers in holders.values() for holder in bearers}
    strong = {hash for entry in asked if entry.id in sharing for hash in strong_hashes(entry)}
    asked_ids = {entry.id for entry in asked}
    shared: Counter[Pair] = Counter()
    for hash, bearers in holders.items():
        seen = [holder for holder in bearers if holder.feed_id in seen_feeds]
        if _most_in_a_feed(seen) >= REPEATED:
            continue
        weight = LEAST_SHARED if hash in strong else 1
        for one, other in _pairs(sorted(holder.entry_id for holder in seen)):
            if one in asked_ids or other in asked_ids:
                shared[one, other] += weight
    return tuple(sorted(pair for pair, times in shared.items() if times >= LEAST_SHARED))


def group(
    asked: Sequence[Entry],
    others: Iterable[Entry],
    pairs: Iterable[Pair],
    holders: Mapping[int, Sequence[KeyHolder]],
    feeds: Collection[int],
    read: ReadTexts,
    told: Iterable[Collection[int]] = (),
) -> tuple[Group, ...]:
    """Group `asked` into stories; every entry is in exactly one group.

    `pairs` are the `candidates`, `others` the entries in them that are not asked about, and those
    of `told`: sets of entries that were told as one story, each entry in one of them at most.
    """
    known = {_id(entry): entry for entry in (*asked, *others)}
    comparison = _Comparison(known, holders, set(feeds), read)
    clusters = _Clusters(comparison, told)
    undecided = []
    found = []
    for pair in pairs:
        one, other = comparison.both(*pair)
        if evidence.contradiction(one, other):
            continue
        rule = comparison.exact(one, other)
        if rule:
            found.append(_Bond(pair=pair, rule=rule))
        else:
            undecided.append(pair)
    clusters.join(found)
    clusters.join(comparison.alike([pair for pair in undecided if not clusters.together(pair)]))
    return tuple(clusters.groups([_id(entry) for entry in asked]))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bond:
    """What binds two entries."""

    pair: Pair
    rule: str
    score: float = 1.0
    part: int | None = None
    """The entry whose text is only a small part of the other's, where one is."""


class _Comparison:
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
        self._wordings: dict[int, Wording] = {}
        self._exact: dict[Pair, str | None] = {}
        self._ambiguous_hashes: dict[int, bool] = {}
        self.repeated = frozenset(
            hash for hash, seen in self._holders.items() if _most_in_a_feed(seen) >= REPEATED
        )

    def exact(self, one: Entry, other: Entry) -> str | None:
        """Name what binds two entries as it stands, unless a feed repeats it.

        Nothing does where what else is known of them says that they tell different stories.
        """
        pair = _id(one), _id(other)
        if pair not in self._exact:
            self._exact[pair] = self._bond(one, other)
        return self._exact[pair]

    def _bond(self, one: Entry, other: Entry) -> str | None:
        rule = evidence.exact(one, other)
        if rule == "link" and self._ambiguous(link_key(one.canonical_link or "")):
            rule = evidence.exact(replace(one, canonical_link=None), other)
        if rule == "text" and self._ambiguous(text_key(one.fingerprint or "")):
            rule = None
        if rule == "title" and (
            self.apart(one, other)
            or (self._both_have_text(one, other) and not evidence.same_moment(one, other))
        ):
            rule = None
        vouched = rule != "title" and evidence.titles_agree(one, other)
        if rule and not vouched and self.other_filling(one, other):
            return None
        if rule == "link" and not vouched and self._comments(one, other):
            return None
        return rule

    def _both_have_text(self, one: Entry, other: Entry) -> bool:
        return bool(self._texts[_id(one)] and self._texts[_id(other)])

    def _comments(self, one: Entry, other: Entry) -> bool:
        """Tell whether two entries say different things about the page that both link to."""
        text, other_text = self._texts[_id(one)], self._texts[_id(other)]
        return bool(text and other_text and evidence.comments(one, other, text, other_text))

    def alike(self, pairs: Sequence[Pair]) -> list[_Bond]:
        """Find the pairs whose texts tell the same."""
        found = []
        for start in range(0, len(pairs), READ_AT_ONCE):
            portion = pairs[start : start + READ_AT_ONCE]
            self._prepare({identifier for pair in portion for identifier in pair})
            for pair in portion:
                one, other = self.both(*pair)
                likeness = self._likeness(one, other)
                if likeness:
                    part = None if likeness.part is None else _id((one, other)[likeness.part])
                    found.append(
                        _Bond(pair=pair, rule=likeness.rule, score=likeness.score, part=part)
                    )
        return found

    def contradict(self, one: int, other: int) -> bool:
        """Tell whether two entries must not be in one group; two of one link or text may be."""
        entry, rival = self.both(one, other)
        if evidence.contradiction(entry, rival):
            return True
        if self.exact(entry, rival):
            return False
        if evidence.numbers_differ(entry, rival):
            return True
        return self.apart(entry, rival) or self.other_filling(entry, rival)

    def other_filling(self, one: Entry, other: Entry) -> bool:
        """Tell whether two entries are two fillings of one template."""
        self._prepare({_id(one), _id(other)})
        text, other_text = self._texts[_id(one)], self._texts[_id(other)]
        if (not text or not other_text or evidence.holds(text, other_text)) and (
            evidence.titles_agree(one, other)
        ):
            return False
        return evidence.other_filling(
            one,
            other,
            self._wording(one),
            self._wording(other),
            alike=bool(text and other_text and evidence.much_shared(text, other_text)),
        )

    def _wording(self, entry: Entry) -> Wording:
        found = self._wordings.get(_id(entry))
        if found is None:
            text = self._texts[_id(entry)]
            found = Wording(title=entry.title, text=text.written if text else "")
            if len(self._wordings) > 2 * READ_AT_ONCE:
                self._wordings.clear()
            self._wordings[_id(entry)] = found
        return found

    def lacks_support(self, one: int, other: int) -> bool:
        """Tell whether the text of one is a part of the other's at most, and nothing binds them.

        A title that both bear does.
        """
        entry, rival = self.both(one, other)
        if self.exact(entry, rival) or not (self.is_part(one, other) or self.is_part(other, one)):
            return False
        named_alike = entry.title and rival.title and evidence.titles_agree(entry, rival)
        return not named_alike and self._likeness(entry, rival) is None

    def is_part(self, one: int, other: int) -> bool:
        """Tell whether the text of `other` says much more than that of `one`."""
        self._prepare({one, other})
        text, other_text = self._texts[one], self._texts[other]
        return bool(text and other_text and evidence.is_part(text, other_text))

    def says_the_same(self, whole: int, third: int, part: int) -> bool:
        """Tell whether what holds a part of a text speaks for a third text, which is much the same.

        What has no title does not where the third bears another title than the part.
        """
        holder, entry = self.both(whole, third)
        if self.is_part(whole, third) or not (
            self.known[whole].title or evidence.titles_agree(self.known[third], self.known[part])
        ):
            return False
        return bool(self.exact(holder, entry) or self._likeness(holder, entry))

    def apart(self, one: Entry, other: Entry) -> bool:
        """Tell whether the texts of two entries, as far as they are kept, differ."""
        self._prepare({_id(one), _id(other)})
        text, other_text = self._texts[_id(one)], self._texts[_id(other)]
        return bool(text and other_text and evidence.apart(text, other_text))

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
        if key.hash not in self._ambiguous_hashes:
            self._ambiguous_hashes[key.hash] = self._has_several(key)
        return self._ambiguous_hashes[key.hash]

    def _has_several(self, key: Key) -> bool:
        by_feed: defaultdict[int, list[Entry]] = defaultdict(list)
        for holder in self._holders.get(key.hash, ()):
            if holder.entry_id not in self.known:
                return True
            by_feed[holder.feed_id].append(self.known[holder.entry_id])
        return any(
            not evidence.twins(one, other)
            for of_feed in by_feed.values()
            for one, other in pairwise(sorted(of_feed, key=lambda entry: self.order(_id(entry))))
        )

    def _likeness(self, one: Entry, other: Entry) -> Evidence | None:
        text, other_text = self._texts[_id(one)], self._texts[_id(other)]
        if text is None or other_text is None:
            return None
        found = evidence.likeness(one, other, text, other_text, self.repeated)
        return None if found and self.other_filling(one, other) else found

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
                self._texts[identifier] = evidence.read(text) if text else None


class _Clusters:
    """Entries joined by their ties, the strongest first, as long as no two contradict."""

    def __init__(self, comparison: _Comparison, told: Iterable[Collection[int]]) -> None:
        self._comparison = comparison
        self._members: dict[int, list[int]] = {}
        self._ties: dict[int, Tie] = {}
        self._told: set[int] = set()
        for story in told:
            members = [entry_id for entry_id in story if entry_id in comparison.known]
            self._told.update(members)
            self._members.update(dict.fromkeys(members, members))

    def together(self, pair: Pair) -> bool:
        """Tell whether the two are in one group already."""
        one, other = pair
        return one in self._members and self._members[one] is self._members.get(other)

    def join(self, bonds: list[_Bond]) -> None:
        """Join what is bound, by the strongest bonds first."""
        order = self._comparison.order
        bonds.sort(
            key=lambda bond: (bond.rule != "link", -bond.score, *sorted(map(order, bond.pair)))
        )
        for bond in bonds:
            one, other = bond.pair
            mine = self._members.setdefault(one, [one])
            theirs = self._members.setdefault(other, [other])
            if mine is theirs:
                self._tie(bond)
            elif not self._hindered(bond, mine, theirs):
                self._tie(bond)
                mine += theirs
                for rival in theirs:
                    self._members[rival] = mine

    def _hindered(self, bond: _Bond, mine: Sequence[int], theirs: Sequence[int]) -> bool:
        """Tell whether two groups contradict each other, or only an excerpt binds them.

        An excerpt may be of a round-up and of an article in it.
        """
        one, other = bond.pair
        whole = one if bond.part == other else other
        if self._only_excerpts_told(mine, theirs) or self._only_excerpts_told(theirs, mine):
            return True
        for member, rival in self._to_compare(bond.pair, mine, theirs):
            if self._comparison.contradict(member, rival):
                return True
            if bond.part is not None and bond.part in (member, rival):
                third = rival if member == bond.part else member
                if self._comparison.says_the_same(whole, third, bond.part):
                    continue
            if self._comparison.lacks_support(member, rival):
                return True
        return False

    def _to_compare(self, pair: Pair, mine: Sequence[int], theirs: Sequence[int]) -> Iterator[Pair]:
        """Give the pairs of members of two groups that may contradict each other, but for `pair`.

        Of members that are much the same, one stands for all, but for those of one feed or host:
        one link, or one text, may come from thousands of feeds.
        """
        ours, others = self._distinct(pair, mine), self._distinct(pair, theirs)
        for member, rival in product(ours, others):
            if {member, rival} != {*pair}:
                yield member, rival
        if len(ours) == len(mine) and len(others) == len(theirs):
            return
        at_places, others_at = self._at_places(mine), self._at_places(theirs)
        for place in at_places.keys() & others_at.keys():
            for member, rival in product(at_places[place], others_at[place]):
                if {member, rival} != {*pair}:
                    yield member, rival

    def _at_places(self, members: Sequence[int]) -> dict[object, Collection[int]]:
        """Sort entries by feed, and by the host of their pages: there, one for each page."""
        known = self._comparison.known
        found: defaultdict[object, dict[object, int]] = defaultdict(dict)
        for member in members:
            entry = known[member]
            found[entry.feed_id][member] = member
            if entry.canonical_link:
                host = urlsplit(entry.canonical_link).netloc
                found[host].setdefault((entry.canonical_link, entry.title), member)
        return {place: of_place.values() for place, of_place in found.items()}

    def _distinct(self, pair: Pair, members: Sequence[int]) -> Sequence[int]:
        """Give one of the members for each title, link and text; those of `pair` before others."""
        if len(members) < LEAST_ALIKE:
            return members
        found: dict[object, int] = {}
        for member in (*(member for member in pair if member in members), *members):
            entry = self._comparison.known[member]
            found.setdefault((entry.title, entry.fingerprint or entry.canonical_link), member)
        return list(found.values())

    def _only_excerpts_told(self, members: Sequence[int], others: Sequence[int]) -> bool:
        """Tell whether nothing but excerpts without a title was told of a text that is new.

        They may be excerpts of something else that begins with the same words.
        """
        told = [member for member in members if member in self._told]
        if not told or any(self._comparison.known[member].title for member in told):
            return False
        return any(
            all(self._comparison.is_part(member, other) for member in told)
            for other in others
            if other not in self._told
        )

    def _tie(self, bond: _Bond) -> None:
        for this, that in (bond.pair, bond.pair[::-1]):
            self._ties.setdefault(this, Tie(other=that, rule=bond.rule, score=bond.score))

    def groups(self, asked: Sequence[int]) -> Iterator[Group]:
        """Give the groups of `asked`, in the order of their first members."""
        left = set(asked)
        for identifier in sorted(asked):
            if identifier not in left:
                continue
            together = self._members.get(identifier, [identifier])
            members = tuple(sorted(left.intersection(together)))
            left.difference_update(members)
            earlier = [
                (other, self._ties[other])
                for other in set(together) - set(members)
                if other in self._ties
            ]
            earlier.sort(key=lambda item: (-item[1].score, item[0]))
            yield Group(
                members=members,
                ties={member: self._ties[member] for member in members if member in self._ties},
                earlier=tuple(earlier),
            )


def _pairs(entry_ids: Sequence[int]) -> Iterator[Pair]:
    """Pair the holders of one key: each with each, or, of very many, each with some."""
    if len(entry_ids) <= MOST_PAIRED:
        yield from combinations(entry_ids, 2)
        return
    for at, one in enumerate(entry_ids):
        for other in entry_ids[at + 1 : at + 1 + NEIGHBORS]:
            yield one, other
        for first in entry_ids[: min(NEIGHBORS, max(0, at - NEIGHBORS))]:
            yield first, one


def _most_in_a_feed(holders: Sequence[KeyHolder]) -> int:
    return max(Counter(holder.feed_id for holder in holders).values(), default=0)


def _id(entry: Entry) -> int:
    assert entry.id is not None, "an entry that is grouped has been stored"
    return entry.id
