"""Group the entries that tell the same story, among the entries that share a key.

`group` joins the entries of pairs for which there is evidence, the strongest first, as long as no
two entries of a group contradict each other.  So no chain of pairs joins different stories.
Entries that a digest has told as one story form one group from the beginning, with all its members,
so that no chain crosses editions either.

What a person has said about two entries stands above all evidence: what was judged to be the same
is joined first, and what was judged to be apart is never in one group.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, product
from urllib.parse import urlsplit

from digest.match import evidence, titles
from digest.match.evidence import Evidence, Text
from digest.match.keys import Key, link_key, strong_hashes, text_key
from digest.match.notices import is_paywall_notice
from digest.match.pairing import REPEATED, Pair, most_in_a_feed
from digest.match.verdicts import Verdicts
from digest.match.wording import Wording
from digest.model import Entry, KeyHolder, StoryVerdict, Tie

VERDICT = "verdict"
"""The rule of a tie between two entries that a person has judged to be the same."""
LEAST_ALIKE = 8
"""In a group of so many members, nearly equal members are represented by one of them."""
READ_AT_ONCE = 200
"""The number of pairs whose texts are in memory at the same time."""
ReadTexts = Callable[[Collection[int]], Mapping[int, str]]
"""Return the texts of these entries that the store still holds, by entry id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Entries that tell the same story, and the earlier entries that tell it as well."""

    members: tuple[int, ...]
    """Entry ids, ascending."""
    ties: Mapping[int, Tie]
    """The best tie of each member that has one."""
    earlier: tuple[tuple[int, Tie], ...] = ()
    """Entries that were not to be grouped, each with its tie to a member, the best first."""


def group(
    asked: Sequence[Entry],
    others: Iterable[Entry],
    pairs: Iterable[Pair],
    holders: Mapping[int, Sequence[KeyHolder]],
    feeds: Collection[int],
    read: ReadTexts,
    told: Iterable[Collection[int]] = (),
    verdicts: Iterable[StoryVerdict] = (),
) -> tuple[Group, ...]:
    """Group the entries `asked` into stories; each of them is in exactly one group.

    `pairs` are the `candidates`.  `told` are sets of entries that were told as one story; an entry
    is in at most one of them.  `verdicts` are what people have said about pairs of entries.
    `others` are the entries of `pairs` and `told`, and those judged to be the same as an entry of
    `asked`, that are not in `asked`.
    """
    known = {_id(entry): entry for entry in (*asked, *others)}
    comparison = _Comparison(known, holders, set(feeds), read)
    judged = Verdicts(verdicts, known.values(), comparison.is_repeated_text)
    clusters = _Clusters(comparison, told, judged)
    clusters.join_judged()
    undecided = []
    exact_bonds = []
    for pair in pairs:
        one, other = comparison.in_fixed_order(*pair)
        if evidence.contradiction(one, other):
            continue
        rule = comparison.exact(one, other)
        if rule:
            exact_bonds.append(_Bond(pair=pair, rule=rule))
        else:
            undecided.append(pair)
    clusters.join(exact_bonds)
    clusters.join(comparison.alike([pair for pair in undecided if not clusters.are_joined(pair)]))
    return tuple(clusters.groups([_id(entry) for entry in asked]))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bond:
    """The evidence that joins two entries."""

    pair: Pair
    rule: str
    score: float = 1.0
    part: int | None = None
    """The entry whose text is only a small part of the other's, if there is one."""


class _Comparison:
    """Compares the known entries in pairs."""

    def __init__(
        self,
        known: Mapping[int, Entry],
        holders: Mapping[int, Sequence[KeyHolder]],
        feeds: set[int],
        read: ReadTexts,
    ) -> None:
        self.known = known
        self._holders = {
            hash: [holder for holder in key_holders if holder.feed_id in feeds]
            for hash, key_holders in holders.items()
        }
        self._read = read
        self._texts: dict[int, Text | None] = {}
        self._wordings: dict[int, Wording] = {}
        self._exact: dict[Pair, str | None] = {}
        self._ambiguous_hashes: dict[int, bool] = {}
        self.repeated = frozenset(
            hash for hash, seen in self._holders.items() if most_in_a_feed(seen) >= REPEATED
        )

    def exact(self, one: Entry, other: Entry) -> str | None:
        """Return the property that two entries share exactly, unless a feed repeats it.

        Return ``None`` if other evidence says that the entries tell different stories.
        """
        pair = _id(one), _id(other)
        if pair not in self._exact:
            self._exact[pair] = self._exact_rule(one, other)
        return self._exact[pair]

    def _exact_rule(self, one: Entry, other: Entry) -> str | None:
        rule = evidence.exact(one, other)
        if rule == "link" and self._ambiguous(link_key(one.canonical_link or "")):
            rule = evidence.exact(replace(one, canonical_link=None), other)
        if rule == "text" and self._ambiguous(text_key(one.fingerprint or "")):
            rule = None
        if rule == "title" and (
            self.are_dissimilar(one, other)
            or (
                self._both_have_text(one, other)
                and not evidence.same_moment(one, other)
                and not self._is_cut_with_note(one, other)
            )
        ):
            rule = None
        if rule == "title" and self._fits_another(one, other):
            rule = None
        if rule == "text" and self._are_notices(one, other):
            rule = None
        vouched = rule != "title" and evidence.titles_agree(one, other)
        if rule == "link" and not vouched and not self._both_have_text(one, other):
            differ = evidence.link_differently(one, other, self._wording(one), self._wording(other))
            return None if differ else rule
        if rule and not vouched and self.fill_one_template(one, other):
            return None
        if rule == "link" and not vouched and self._comments(one, other):
            return None
        return rule

    def _is_cut_with_note(self, one: Entry, other: Entry) -> bool:
        """Return whether a headline was cut, and its entry has only a short note as its text."""
        texts = self._texts[_id(one)], self._texts[_id(other)]
        return (
            evidence.is_cut_headline(one, other)
            and texts[0] is not None
            and texts[1] is not None
            and evidence.is_note_on(texts[0], texts[1])
        )

    def _fits_another(self, one: Entry, other: Entry) -> bool:
        """Return whether a headline that was cut may be that of a third entry as well."""
        if not evidence.is_cut_headline(one, other):
            return False
        first, second = titles.read(one.title), titles.read(other.title)
        is_first = titles.is_cut_from(first, second)
        short, whole = (first, second) if is_first else (second, first)
        for hash in strong_hashes(one if is_first else other):
            for holder in self._holders.get(hash, ()):
                third = self.known.get(holder.entry_id)
                title = titles.read(third.title) if third else short
                if title.cut is None and titles.is_cut_from(short, title):
                    shorter, longer = sorted((title.words, whole.words), key=len)
                    if shorter != longer[: len(shorter)]:
                        return True
        return False

    def _are_notices(self, one: Entry, other: Entry) -> bool:
        """Return whether an entry has only a notice as its text, and no title that both have."""
        if one.title and other.title and evidence.titles_agree(one, other):
            return False
        self._prepare({_id(one), _id(other)})
        texts = self._texts[_id(one)], self._texts[_id(other)]
        return any(text is not None and is_paywall_notice(text.written) for text in texts)

    def _both_have_text(self, one: Entry, other: Entry) -> bool:
        self._prepare({_id(one), _id(other)})
        return bool(self._texts[_id(one)] and self._texts[_id(other)])

    def _comments(self, one: Entry, other: Entry) -> bool:
        """Return whether two entries say different things about the page that both link to."""
        text, other_text = self._texts[_id(one)], self._texts[_id(other)]
        return bool(text and other_text and evidence.comments(one, other, text, other_text))

    def alike(self, pairs: Sequence[Pair]) -> list[_Bond]:
        """Return bonds for the pairs whose texts tell the same story."""
        bonds = []
        for start in range(0, len(pairs), READ_AT_ONCE):
            portion = pairs[start : start + READ_AT_ONCE]
            self._prepare({identifier for pair in portion for identifier in pair})
            for pair in portion:
                one, other = self.in_fixed_order(*pair)
                likeness = self._likeness(one, other)
                if likeness:
                    part = None if likeness.part is None else _id((one, other)[likeness.part])
                    bonds.append(
                        _Bond(pair=pair, rule=likeness.rule, score=likeness.score, part=part)
                    )
        return bonds

    def contradict(self, one: int, other: int) -> bool:
        """Return whether two entries must not be in one group; a common link or text permits it."""
        entry, rival = self.in_fixed_order(one, other)
        if evidence.contradiction(entry, rival):
            return True
        if self.exact(entry, rival):
            return False
        if evidence.numbers_differ(entry, rival):
            return True
        return self.are_dissimilar(entry, rival) or self.fill_one_template(entry, rival)

    def fill_one_template(self, one: Entry, other: Entry) -> bool:
        """Return whether two entries are made from one template with different contents."""
        self._prepare({_id(one), _id(other)})
        text, other_text = self._texts[_id(one)], self._texts[_id(other)]
        if (not text or not other_text or evidence.contains(text, other_text)) and (
            evidence.titles_agree(one, other)
        ):
            return False
        return evidence.fill_one_template(
            one,
            other,
            self._wording(one),
            self._wording(other),
            alike=bool(text and other_text and evidence.much_shared(text, other_text)),
        )

    def _wording(self, entry: Entry) -> Wording:
        wording = self._wordings.get(_id(entry))
        if wording is None:
            text = self._texts[_id(entry)]
            wording = Wording(title=entry.title, text=text.written if text else "")
            if len(self._wordings) > 2 * READ_AT_ONCE:
                self._wordings.clear()
            self._wordings[_id(entry)] = wording
        return wording

    def lacks_support(self, one: int, other: int) -> bool:
        """Return whether one text is only a part of the other, with no evidence to join them.

        A title that both entries have is such evidence.
        """
        entry, rival = self.in_fixed_order(one, other)
        if self.exact(entry, rival) or not (self.is_part(one, other) or self.is_part(other, one)):
            return False
        same_title = entry.title and rival.title and evidence.titles_agree(entry, rival)
        return not same_title and self._likeness(entry, rival) is None

    def is_part(self, one: int, other: int) -> bool:
        """Return whether the text of `other` says much more than the text of `one`."""
        self._prepare({one, other})
        text, other_text = self._texts[one], self._texts[other]
        return bool(text and other_text and evidence.is_part(text, other_text))

    def says_the_same(self, whole: int, third: int, part: int) -> bool:
        """Return whether the entry `whole`, which contains `part`, tells the same story as `third`.

        An untitled `whole` does not if `third` has another title than `part`.
        """
        holder, entry = self.in_fixed_order(whole, third)
        if self.is_part(whole, third) or not (
            self.known[whole].title or evidence.titles_agree(self.known[third], self.known[part])
        ):
            return False
        return bool(self.exact(holder, entry) or self._likeness(holder, entry))

    def are_dissimilar(self, one: Entry, other: Entry) -> bool:
        """Return whether the texts of two entries differ, if both are still stored."""
        self._prepare({_id(one), _id(other)})
        text, other_text = self._texts[_id(one)], self._texts[_id(other)]
        return bool(text and other_text and evidence.are_dissimilar(text, other_text))

    def in_fixed_order(self, one: int, other: int) -> tuple[Entry, Entry]:
        """Return two entries in an order that does not depend on when they were fetched."""
        first, second = sorted((one, other), key=self.order)
        return self.known[first], self.known[second]

    def order(self, identifier: int) -> tuple[str, ...]:
        """Return a sort key of an entry that does not depend on when it was fetched."""
        entry = self.known[identifier]
        date = entry.published.isoformat() if entry.published else ""
        return date, entry.canonical_link or "", entry.title, entry.uid

    def is_repeated_text(self, fingerprint: str) -> bool:
        """Return whether a feed has this text on several entries: then it names no story."""
        by_feed: defaultdict[int, list[int]] = defaultdict(list)
        for holder in self._holders.get(text_key(fingerprint).hash, ()):
            by_feed[holder.feed_id].append(holder.entry_id)
        return any(
            not {one, other} <= self.known.keys()
            or not evidence.twins(self.known[one], self.known[other])
            for of_feed in by_feed.values()
            for one, other in pairwise(sorted(of_feed))
        )

    def _ambiguous(self, key: Key) -> bool:
        """Return whether a feed has this key on several entries that are not one under two ids."""
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
        if found and (self._are_notices(one, other) or self.fill_one_template(one, other)):
            return None
        return found

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
    """Groups of entries, joined by the strongest bonds first, as long as no two contradict."""

    def __init__(
        self, comparison: _Comparison, told: Iterable[Collection[int]], verdicts: Verdicts
    ) -> None:
        self._comparison = comparison
        self._verdicts = verdicts
        self._members: dict[int, list[int]] = {}
        self._ties: dict[int, Tie] = {}
        self._told: set[int] = set()
        for story in told:
            members = [entry_id for entry_id in story if entry_id in comparison.known]
            self._told.update(members)
            self._members.update(dict.fromkeys(members, members))

    def are_joined(self, pair: Pair) -> bool:
        """Return whether two entries are in one group already."""
        one, other = pair
        return one in self._members and self._members[one] is self._members.get(other)

    def join_judged(self) -> None:
        """Join the entries that were judged to be the same, by the newest verdicts first.

        Only another verdict keeps two groups apart.
        """
        for pair in self._verdicts.same():
            mine, theirs = (self._members.setdefault(entry_id, [entry_id]) for entry_id in pair)
            if mine is theirs or not self._verdicts.keep_apart(mine, theirs):
                self._unite(_Bond(pair=pair, rule=VERDICT), mine, theirs)

    def join(self, bonds: list[_Bond]) -> None:
        """Join the entries of each bond, the strongest bonds first."""
        order = self._comparison.order
        bonds.sort(
            key=lambda bond: (bond.rule != "link", -bond.score, *sorted(map(order, bond.pair)))
        )
        for bond in bonds:
            one, other = bond.pair
            mine = self._members.setdefault(one, [one])
            theirs = self._members.setdefault(other, [other])
            if mine is theirs or not self._must_stay_separate(bond, mine, theirs):
                self._unite(bond, mine, theirs)

    def _unite(self, bond: _Bond, mine: list[int], theirs: list[int]) -> None:
        """Make one group of two; the bond is the tie of entries that have none yet."""
        self._tie(bond)
        if mine is not theirs:
            mine += theirs
            for rival in theirs:
                self._members[rival] = mine

    def _must_stay_separate(self, bond: _Bond, mine: Sequence[int], theirs: Sequence[int]) -> bool:
        """Return whether two groups contradict each other, or are joined by an excerpt alone.

        One text may be an excerpt both of a round-up and of an article in it.
        """
        if self._verdicts.keep_apart(mine, theirs):
            return True
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
        """Yield the pairs of members of two groups that may contradict each other, except `pair`.

        One member represents all nearly equal ones, because thousands of feeds may have one link or
        one text.  Members of one feed or one host are all compared.
        """
        distinct_mine = self._representatives(pair, mine)
        distinct_theirs = self._representatives(pair, theirs)
        for member, rival in product(distinct_mine, distinct_theirs):
            if {member, rival} != {*pair}:
                yield member, rival
        if len(distinct_mine) == len(mine) and len(distinct_theirs) == len(theirs):
            return
        mine_by_place, theirs_by_place = (
            self._by_feed_and_host(mine),
            self._by_feed_and_host(theirs),
        )
        for place in mine_by_place.keys() & theirs_by_place.keys():
            for member, rival in product(mine_by_place[place], theirs_by_place[place]):
                if {member, rival} != {*pair}:
                    yield member, rival

    def _by_feed_and_host(self, members: Sequence[int]) -> dict[object, Collection[int]]:
        """Group entries by feed, and by the host of their pages, one entry for each page."""
        known = self._comparison.known
        found: defaultdict[object, dict[object, int]] = defaultdict(dict)
        for member in members:
            entry = known[member]
            found[entry.feed_id][member] = member
            if entry.canonical_link:
                host = urlsplit(entry.canonical_link).netloc
                found[host].setdefault((entry.canonical_link, entry.title), member)
        return {place: of_place.values() for place, of_place in found.items()}

    def _representatives(self, pair: Pair, members: Sequence[int]) -> Sequence[int]:
        """Return one member for each title with link or text, preferably a member of `pair`."""
        if len(members) < LEAST_ALIKE:
            return members
        found: dict[object, int] = {}
        for member in (*(member for member in pair if member in members), *members):
            entry = self._comparison.known[member]
            found.setdefault((entry.title, entry.fingerprint or entry.canonical_link), member)
        return list(found.values())

    def _only_excerpts_told(self, members: Sequence[int], others: Sequence[int]) -> bool:
        """Return whether all told members are untitled excerpts of a text in `others` that is new.

        They may be excerpts of another text that begins with the same words.
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
        """Yield the groups of the entries `asked`, in the order of their first members."""
        left = set(asked)
        for identifier in sorted(asked):
            if identifier not in left:
                continue
            joined = self._members.get(identifier, [identifier])
            members = tuple(sorted(left.intersection(joined)))
            left.difference_update(members)
            earlier = [
                (other, self._ties[other])
                for other in set(joined) - set(members)
                if other in self._ties
            ]
            earlier.sort(key=lambda item: (-item[1].score, item[0]))
            yield Group(
                members=members,
                ties={member: self._ties[member] for member in members if member in self._ties},
                earlier=tuple(earlier),
            )


def _id(entry: Entry) -> int:
    assert entry.id is not None, "an entry that is grouped has been stored"
    return entry.id
