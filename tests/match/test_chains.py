"""No chain of copies hides news: within an edition, nor over several."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.match import candidates, group, keys
from digest.model import Body, Entry, KeyHolder, MarkedText, SafeHtml
from digest.normalize.entry import fingerprint

NOW = datetime(2026, 1, 12, 7, tzinfo=UTC)

FERRY = (
    "The ferry that has linked Lowbridge and Saltmarsh for eighty years made its last crossing. "
    "Captain Irene Falk sounded the horn three times before those who had come to see it off. "
    "A bridge two miles upstream takes the traffic now, and it does not stop for fog. "
    "The council wants to keep the boat as a restaurant, while others would rather see a museum. "
    "Nobody has asked the gulls, which have nested in the lifeboats since the spring flood."
)
HONEY = (
    "Beekeepers in the hills above Fernley report the best harvest in a decade. "
    "The heather bloomed late, so that the hives could be moved twice, and wasps were few. "
    "Prices will hardly fall all the same, for glass has become dear since the autumn. "
    "The old filling machine of the cooperative broke down in August and was mended by hand. "
    "Visitors may taste the honey on Sunday, when the chapel bell ends the season."
)
TRAMS = (
    "Night trams return to Eastwick after a pause of eleven months, the operator announced. "
    "Drivers had refused to work past midnight until the new shelters were lit and heated. "
    "Four lines will run each half hour, and the fare stays what it was before the strike. "
    "Students cheered the news outside the depot and painted the first car by themselves. "
    "Whether the service outlives the winter depends on how many people come on board."
)
DIARY = (
    "The postmistress let me sort the letters this morning while she fed the cat on the counter. "
    "Half of them were bills for people who have moved away, the rest were seeds and postcards. "
    "At noon the whole street smelled of tar since they are mending the roof of the chapel. "
    "I walked home along the dike and counted nineteen herons, none of which counted me."
)
NOTES = (
    "It blows an hour before high water and no longer wakes the dogs of the whole quarter. Keys "
    "that stuck in the cold have been filed down, the valve closes without a hiss, and whoever "
    "prefers the old tone finds it under the third lever. Thanks go to all who sent recordings."
)
BUYER = (
    "A buyer has been found for the old ferry of Lowbridge: the brewer Tom Ashby offers more than "
    "the town had hoped for, and wants to sail her to the islands each summer. He signed at noon. "
    + FERRY.partition(". ")[2]
)


@dataclass(frozen=True)
class CandidateStory:
    """An entry, and the names of all that may be read in it by whoever has nothing else."""

    feed: int
    title: str
    text: str
    tells: str


COPIES = [
    CandidateStory(1, "The last ferry", FERRY, "ferry"),
    CandidateStory(2, "The last ferry", f"{FERRY} Read more.", "ferry"),
    CandidateStory(3, "", f"{FERRY[:260]}…", "ferry, round-up, pair"),
    CandidateStory(4, "The last ferry", FERRY[:200], "ferry"),
    CandidateStory(5, "A good year for honey", HONEY, "honey"),
    CandidateStory(6, "", f"{HONEY[:260]}…", "honey"),
    CandidateStory(7, "Night trams return", TRAMS, "trams"),
    CandidateStory(8, "Night trams return", f"By Tom Ashby. {TRAMS}", "trams"),
    CandidateStory(1, "Ferry may sail again", BUYER, "buyer"),
    CandidateStory(9, "Ferry may sail again", BUYER, "buyer"),
    CandidateStory(10, "This week on the coast", f"{FERRY} {HONEY} {TRAMS}", "round-up"),
    CandidateStory(11, "", f"{FERRY} {HONEY}"[:300], "ferry, round-up, pair"),
    CandidateStory(12, "Horn 1.2", f"Horn 1.2 is out. {NOTES}", "1.2"),
    CandidateStory(13, "Horn 1.2", f"Horn 1.2 is out. {NOTES}", "1.2"),
    CandidateStory(12, "Horn 1.3", f"Horn 1.3 is out. {NOTES}", "1.3"),
    CandidateStory(14, "", f"Horn 1.2 is out. {NOTES}", "1.2, 1.3"),
    CandidateStory(15, "Coast diary, part 1", DIARY, "part 1"),
    CandidateStory(16, "Coast diary, part 1", DIARY, "part 1"),
    CandidateStory(15, "Coast diary, part 2", f"{DIARY} Later.", "part 2"),
    CandidateStory(17, "Two things from the coast", f"{FERRY} {TRAMS}", "pair"),
    CandidateStory(18, "", TRAMS, "trams"),
]


def leads(tellings: Sequence[CandidateStory], editions: Sequence[Collection[int]]) -> set[int]:
    """Tell over several editions what arrives in each; give the positions of what leads a story."""
    entries = [_entry(at, telling) for at, telling in enumerate(tellings)]
    feeds = {telling.feed for telling in tellings}
    texts = {at: entry.body.text for at, entry in enumerate(entries) if entry.body}
    bearers: defaultdict[int, list[KeyHolder]] = defaultdict(list)
    story_of: dict[int, int] = {}
    found: set[int] = set()
    for edition in editions:
        asked = [entries[at] for at in edition]
        for at in edition:
            for key in keys(entries[at]):
                bearers[key.hash].append(KeyHolder(entry_id=at, feed_id=tellings[at].feed))
        holders = {hash: held for hash, held in bearers.items() if len(held) > 1}
        pairs = candidates(asked, holders, feeds)
        others = {at for pair in pairs for at in pair} - set(edition)
        stories = {story_of[at] for at in others}
        told = [[at for at, of in story_of.items() if of == story] for story in stories]
        known = [entries[at] for at in others.union(*told)]
        for one in group(asked, known, pairs, holders, feeds, lambda ids: texts, told):
            before = {story_of[at] for at, _ in one.earlier}
            lead = (
                min(before)
                if before
                else min(one.members, key=lambda at: (not tellings[at].title, at))
            )
            if not before:
                found.add(lead)
            joined = [at for at, of in story_of.items() if of in before]
            story_of |= dict.fromkeys([*one.members, *joined], lead)
    return found


def _entry(at: int, telling: CandidateStory) -> Entry:
    return Entry(
        id=at,
        feed_id=telling.feed,
        uid=str(at),
        title=telling.title,
        fingerprint=fingerprint(telling.text),
        body=Body(html=SafeHtml(""), text=MarkedText(telling.text)),
        first_seen=NOW,
        raw_hash="",
    )


def told(tellings: Sequence[CandidateStory], editions: Sequence[Collection[int]]) -> set[str]:
    return {name for at in leads(tellings, editions) for name in tellings[at].tells.split(", ")}


@pytest.mark.parametrize(("one", "other"), list(combinations(range(len(COPIES)), 2)))
def test_no_two_alone_are_taken_for_one_that_tell_different_things(one: int, other: int) -> None:
    names = [set(COPIES[at].tells.split(", ")) for at in (one, other)]
    if names[0].isdisjoint(names[1]):
        assert leads(COPIES, [[one, other]]) == {one, other}


def test_one_edition_tells_all_there_is() -> None:
    everything = {name for telling in COPIES for name in telling.tells.split(", ")}
    assert told(COPIES, [range(len(COPIES))]) == everything


@settings(max_examples=150)
@given(st.data())
def test_whatever_the_editions_nothing_is_hidden_that_one_edition_tells(
    data: st.DataObject,
) -> None:
    order = data.draw(st.permutations(range(len(COPIES))), label="order")
    held = order[: data.draw(st.integers(2, len(COPIES)), label="how many")]
    parts = data.draw(
        st.lists(st.integers(0, 4), min_size=len(held), max_size=len(held)), label="editions"
    )
    editions = [[at for at, part in zip(held, parts, strict=True) if part == no] for no in range(5)]
    assert told(COPIES, editions) >= told(COPIES, [held])


@pytest.mark.parametrize(
    ("before", "after", "news"),
    [
        pytest.param([0, 1], [8], "buyer", id="the wire's next news behind a copy of its last"),
        pytest.param([12, 13, 15], [14], "1.3", id="a version behind a copy of the one before"),
        pytest.param([16, 17], [18], "part 2", id="the next episode"),
        pytest.param([10, 11], [0], "ferry", id="an article behind a round-up and its excerpt"),
        pytest.param([0, 2, 11], [10], "round-up", id="a round-up behind an article"),
    ],
)
def test_news_behind_a_chain_is_told(before: list[int], after: list[int], news: str) -> None:
    assert news in told(COPIES, [before, after])
    assert news in told(COPIES, [[at] for at in (*before, *after)])


@pytest.mark.parametrize(
    ("before", "after", "hidden"),
    [
        pytest.param([2], [10], set(), id="a round-up after an untitled excerpt of an article"),
        pytest.param([2], [10, 11], set(), id="a round-up and its own excerpt after it"),
        pytest.param([20], [19], set(), id="a round-up after an untitled article within it"),
        pytest.param([3], [0], {0}, id="no-op: an article after a teaser that bears its title"),
        pytest.param([0], [2], {2}, id="no-op: an untitled excerpt after the article"),
        pytest.param([10], [11], {11}, id="no-op: an untitled excerpt after the round-up"),
    ],
)
def test_what_an_excerpt_without_a_title_says_hides_nothing_longer(
    before: list[int], after: list[int], hidden: set[int]
) -> None:
    assert leads(COPIES, [before, after]) == {*before, *after} - hidden - ({11} & {*after})


def test_stories_that_one_entry_tells_do_not_become_one_where_they_contradict_each_other() -> None:
    both = CandidateStory(20, "", f"{FERRY} {HONEY}", "both")
    every = [COPIES[0], COPIES[4], both]
    assert told(every, [[0], [1], [2]]) >= {"ferry", "honey"}
    assert told(every, [[2], [0, 1]]) >= {"honey"}


def test_an_excerpt_that_two_texts_hold_is_not_joined_where_one_says_much_more() -> None:
    """The two have one title and differ in the rest: whose excerpt it is cannot be known."""
    title = "The last ferry crosses"
    every = [
        CandidateStory(1, title, f"{HONEY} {FERRY}", "honey and ferry"),
        CandidateStory(2, title, f"{FERRY} {DIARY}", "ferry and diary"),
        CandidateStory(3, "", f"{FERRY[:260]}…", "ferry"),
    ]
    assert leads(every, [[0, 1], [2]]) == {0, 2}
