"""The stories of an edition, their order, and the decisions about all other entries."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.compose import (
    MOST_CAPPED,
    CandidateStory,
    DigestFeed,
    EntryGroup,
    Selection,
    compose,
    ready,
    select,
    story_key,
    too_old,
)
from digest.compose.updates import Update
from digest.model import (
    Body,
    CappedFeed,
    Digest,
    Edition,
    Entry,
    Excerpt,
    ExcerptSettings,
    Feed,
    FeedState,
    MarkedText,
    SafeHtml,
    Source,
    Tie,
    Verdict,
)

NOW = datetime(2026, 1, 12, 7, tzinfo=UTC)  # a Monday
LINKED = {
    1: Tie(other=2, rule="link"),
    7: Tie(other=3, rule="link"),
    8: Tie(other=7, rule="text", score=0.75),
}
DAYS_3 = timedelta(days=3)
DIGEST = Digest(
    name="daily", title="Daily", schedule="0 7 * * *", timezone="UTC", language="en", feeds=()
)


def subscribed(*categories: str | None, **changes: object) -> dict[int, DigestFeed]:
    """Feeds 1, 2, 3 ... with these categories."""
    return {
        number: DigestFeed(
            feed=Feed(
                url=f"https://example.org/{number}",
                name=f"feed{number}",
                category=category,
                backfill=2,
            ),
            state=FeedState(
                id=number, url=f"https://example.org/{number}", title=f"Feed {number}", error=None
            ),
            position=number,
            **changes,
        )
        for number, category in enumerate(categories, 1)
    }


def entry(id: int, feed: int = 1, age: int = 0, **changes: object) -> Entry:
    """An entry published `age` hours before NOW."""
    return replace(
        Entry(
            id=id,
            feed_id=feed,
            uid=f"uid{id}",
            link=f"https://example.org/{feed}/{id}",
            title=f"Title {id}",
            published=NOW - timedelta(hours=age),
            first_seen=NOW,
            raw_hash="",
        ),
        **changes,
    )


def cut(text: MarkedText, settings: ExcerptSettings, **_: object) -> Excerpt:
    return Excerpt(text=text[: settings.length], truncated=len(text) > settings.length)


def edition_of(
    groups: list[EntryGroup],
    feeds: dict[int, DigestFeed],
    digest: Digest = DIGEST,
    bodies: dict[int, Body] | None = None,
) -> tuple[Edition, dict[int, tuple[str, int | None]]]:
    selection = select(digest, groups, {}, {}, feeds)
    edition, decisions = compose(
        digest,
        selection,
        slot="2026-01-12T0700",
        number=1,
        now=NOW,
        feeds=feeds,
        bodies=bodies or {},
        cut=cut,
    )
    return edition, {one.entry_id: (one.verdict.value, one.of) for one in decisions}


def titles(edition: Edition) -> dict[str, list[str]]:
    return {
        section.title: [story.title for story in section.stories] for section in edition.sections
    }


def alone(*entries: Entry) -> list[EntryGroup]:
    return [EntryGroup(entries=(one,)) for one in entries]


def test_sections_follow_the_configuration_and_stories_are_newest_first() -> None:
    feeds = subscribed("World", None, "ML")
    edition, _ = edition_of(
        alone(entry(1, 3, 9), entry(2, 3, 1), entry(3, 1, 5), entry(4, 2, 0)), feeds
    )
    assert list(titles(edition).items()) == [
        ("World", ["Title 3"]),
        ("ML", ["Title 2", "Title 1"]),
        ("", ["Title 4"]),
    ]
    assert [story.rank for section in edition.sections for story in section.stories] == [1, 2, 3, 4]


def test_of_one_date_the_lower_id_comes_first() -> None:
    edition, _ = edition_of(alone(entry(2), entry(1)), subscribed("A"))
    assert titles(edition) == {"A": ["Title 1", "Title 2"]}


def test_a_story_is_led_by_the_original_and_says_where_else_it_is_told() -> None:
    copy = entry(1, 1, 9, source=Source(title="Feed 2"))
    original = entry(2, 2, 1)
    edition, decided = edition_of(
        [EntryGroup(entries=(copy, original), ties=LINKED)], subscribed("A", "A")
    )
    (story,) = edition.sections[0].stories
    assert story.title == "Title 2"
    assert [(one.feed, one.title) for one in story.also_in] == [("Feed 1", "Title 1")]
    assert decided == {2: ("told", None), 1: ("duplicate", 2)}
    assert (edition.entries, edition.feeds) == (2, 2)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param({"fingerprint": "f"}, {}, id="one with a text before one without"),
        pytest.param(
            {"link": "https://blog.example.com/1"},
            {"link": "https://elsewhere.example.net/1"},
            id="an article before a comment on it",
        ),
        pytest.param({"title": "A"}, {"title": "", "fingerprint": "f"}, id="one with a title"),
    ],
)
def test_a_story_is_led_by_what_shows_most_of_it(
    one: dict[str, str], other: dict[str, str]
) -> None:
    feeds = subscribed("A", "A")
    feeds = {
        number: replace(feed, state=replace(feed.state, link="https://example.com/"))
        for number, feed in feeds.items()
    }
    for first, second in ((1, 9), (9, 1)):
        entries = (entry(1, 1, first, **one), entry(2, 2, second, **other))
        selection = select(DIGEST, [EntryGroup(entries=entries, ties=LINKED)], {}, {}, feeds)
        assert [telling.lead.id for telling in selection.stories] == [1]


def returning(lead: Entry, since: datetime, *others: Entry) -> Update:
    return Update(
        lead=lead, others=others, reason="revised", since=since, first_told="2026-01-09T0700"
    )


def test_an_update_stands_where_its_revision_belongs_and_is_not_decided_again() -> None:
    feeds = subscribed("A", "A")
    update = returning(entry(1, 1, 72), NOW - timedelta(hours=2), entry(4, 2, 70))
    selection = select(DIGEST, alone(entry(2, 1, 1), entry(3, 2, 3)), {}, {}, feeds, [update])
    assert [decision.entry_id for decision in selection.decisions] == [2, 3]
    assert [(one.entry_id, one.reason) for one in selection.retold] == [(1, "revised")]
    edition, _ = compose(
        DIGEST,
        selection,
        slot="2026-01-12T0700",
        number=2,
        now=NOW,
        feeds=feeds,
        bodies={},
        cut=cut,
    )
    stories = edition.sections[0].stories
    assert [story.title for story in stories] == ["Title 2", "Title 1", "Title 3"]
    assert [story.update for story in stories] == [False, True, False]
    assert [story.first_told for story in stories] == [None, "2026-01-09T0700", None]
    assert stories[1].updated == NOW - timedelta(hours=2)
    assert stories[1].published == NOW - timedelta(hours=72)
    assert [mention.title for mention in stories[1].also_in] == ["Title 4"]


def test_an_update_without_a_place_leaves_no_trace() -> None:
    update = returning(entry(1, 1, 72), NOW - timedelta(hours=2))
    digest = replace(DIGEST, max_per_feed=1)
    selection = select(digest, alone(entry(2)), {}, {}, subscribed("A"), [update])
    assert [decision.entry_id for decision in selection.decisions] == [2]
    assert selection.retold == ()


def test_an_update_has_waited_since_it_became_one() -> None:
    old = entry(1, 1, 240, first_seen=NOW - timedelta(days=10))
    digest = replace(DIGEST, min_entries=2, at_latest=DAYS_3)
    for days, expected in ((1, False), (3, True)):
        update = returning(old, NOW - timedelta(days=days))
        selection = select(digest, [], {}, {}, subscribed("A"), [update])
        slots = {"slot": "2026-01-12T0700", "settled": "2026-01-11T0700"}
        assert ready(digest, selection, **slots) is expected


def test_a_story_told_before_is_folded() -> None:
    edition, decided = edition_of(
        [EntryGroup(entries=(entry(7), entry(8, 2)), ties=LINKED, told=3)], subscribed("A", "A")
    )
    assert edition.sections == ()
    assert decided == {7: ("duplicate", 3), 8: ("duplicate", 3)}


def test_each_duplicate_keeps_its_own_rule_and_score() -> None:
    groups = [EntryGroup(entries=(entry(7), entry(8, 2)), ties=LINKED, told=3)]
    folded = select(DIGEST, groups, {}, {}, subscribed("A", "A")).decisions
    assert [(one.entry_id, one.rule, one.score, one.tied_to) for one in folded] == [
        (7, "link", 1.0, 3),
        (8, "text", 0.75, 7),
    ]


def test_what_is_told_keeps_the_key_of_its_story() -> None:
    feeds = subscribed("A")
    selection = select(DIGEST, alone(entry(1)), {}, {}, feeds)
    edition, (decision,) = compose(
        DIGEST,
        selection,
        slot="2026-01-12T0700",
        number=1,
        now=NOW,
        feeds=feeds,
        bodies={},
        cut=cut,
    )
    assert decision.story == edition.sections[0].stories[0].key


def test_each_feed_keeps_its_newest() -> None:
    digest = replace(DIGEST, max_per_feed=2)
    edition, decided = edition_of(
        alone(*(entry(n, 1, n) for n in range(1, 5))), subscribed("A"), digest
    )
    assert titles(edition) == {"A": ["Title 1", "Title 2"]}
    assert decided[3] == decided[4] == ("capped", None)
    assert edition.capped == 2
    assert edition.damped == (CappedFeed(feed="Feed 1", shown=2, of=4),)


def test_a_feeds_own_limit_goes_before_the_digests() -> None:
    feeds = subscribed("A", "A")
    feeds[1] = replace(feeds[1], feed=replace(feeds[1].feed, max_entries=1))
    feeds[2] = replace(feeds[2], feed=replace(feeds[2].feed, max_entries=9))
    entries = [entry(n, 1 + n % 2, n) for n in range(1, 15)]
    selection = select(DIGEST, alone(*entries), {}, {}, feeds)
    assert sorted(telling.lead.feed_id for telling in selection.stories) == [1] + [2] * 7
    assert {one.rule for one in selection.decisions} == {None, "max_entries of the feed = 1"}
    assert selection.damped == (CappedFeed(feed="Feed 1", shown=1, of=7),)


def test_a_section_has_as_many_places_as_its_limit_says() -> None:
    digest = replace(DIGEST, sections={"A": 2, "": 1})
    entries = [entry(n, 1 + n % 3, n) for n in range(1, 13)]
    edition, decided = edition_of(alone(*entries), subscribed("A", "B", None), digest)
    counts = {section.title: len(section.stories) for section in edition.sections}
    assert counts == {"A": 2, "B": 4, "": 1}
    assert decided[9] == ("capped", None)
    assert edition.damped == ()


def test_only_the_feeds_that_were_cut_most_are_named() -> None:
    feeds = subscribed(*["A"] * 20)
    groups = alone(*(entry(100 * feed + n, feed) for feed in feeds for n in range(feed)))
    damped = select(DIGEST, groups, {}, {}, feeds).damped
    assert [(one.shown, one.of) for one in damped[:3]] == [(2, 20), (2, 19), (2, 18)]
    assert len(damped) == MOST_CAPPED


def test_a_feed_of_a_higher_priority_gets_its_places_first_and_leads() -> None:
    feeds = subscribed("A", "A")
    feeds[2] = replace(feeds[2], feed=replace(feeds[2].feed, priority=1))
    digest = replace(DIGEST, max_entries=1)
    edition, _ = edition_of(alone(entry(1, 1), *(entry(n, 2) for n in (2, 3))), feeds, digest)
    assert titles(edition) == {"A": ["Title 2"]}
    shared = [EntryGroup(entries=(entry(1, 1, age=9), entry(2, 2)))]
    assert titles(edition_of(shared, feeds)[0]) == {"A": ["Title 2"]}
    assert titles(edition_of(shared, subscribed("A", "A"))[0]) == {"A": ["Title 1"]}


def test_what_the_rules_leave_out_is_decided_with_its_rule() -> None:
    selection = select(DIGEST, [], {}, {9: "raffle"}, subscribed("A"))
    assert [(one.entry_id, one.verdict, one.rule) for one in selection.decisions] == [
        (9, Verdict.FILTERED, "raffle")
    ]


def test_a_firehose_does_not_crowd_out_a_rare_voice() -> None:
    digest = replace(DIGEST, max_entries=3, max_per_feed=50)
    firehose = [entry(n, 1, 0) for n in range(1, 30)]
    edition, _ = edition_of(alone(*firehose, entry(50, 2, 20)), subscribed("A", "B"), digest)
    assert titles(edition) == {"A": ["Title 1", "Title 2"], "B": ["Title 50"]}
    digest = replace(digest, max_entries=1)
    edition, _ = edition_of(alone(*firehose, entry(50, 2, 20)), subscribed("A", "B"), digest)
    assert titles(edition) == {"B": ["Title 50"]}, "whoever says least is heard first"


def test_an_untitled_entry_bears_the_beginning_of_its_text() -> None:
    body = Body(html=SafeHtml(""), text=MarkedText("First line\nsecond line"))
    edition, _ = edition_of(alone(entry(1, title="")), subscribed("A"), bodies={1: body})
    (story,) = edition.sections[0].stories
    assert (story.title, story.untitled) == ("First line", True)
    assert story.excerpt == "First line\nsecond line"


def test_an_entry_with_nothing_but_a_link_still_makes_a_story() -> None:
    edition, _ = edition_of(alone(entry(1, title="")), subscribed("A"))
    (story,) = edition.sections[0].stories
    assert (story.title, story.excerpt) == ("https://example.org/1/1", "")


def test_the_feeds_that_failed_are_named() -> None:
    feeds = subscribed("A", "B")
    feeds[2] = replace(feeds[2], state=replace(feeds[2].state, error="it answered 404"))
    edition, _ = edition_of(alone(entry(1)), feeds)
    assert [(one.title, one.error) for one in edition.failed] == [("Feed 2", "it answered 404")]


def test_a_first_edition_takes_what_was_first_seen_since_the_slot_before() -> None:
    entries = [entry(1, first_seen=NOW - timedelta(days=2)), entry(2, first_seen=NOW)]
    old = too_old(entries, subscribed("A"), NOW - timedelta(days=1))
    assert old == {1: "before the first edition"}


def test_a_feed_added_later_gives_its_newest_backfill() -> None:
    entries = [entry(n, age=n) for n in range(1, 5)]
    rule = "backfill = 2"
    assert too_old(entries, subscribed("A", backlog_until=NOW), None) == {3: rule, 4: rule}
    assert too_old(entries, subscribed("A"), None) == {}


def test_what_appears_after_a_new_feed_was_read_first_is_never_too_old() -> None:
    since = NOW + timedelta(minutes=1)
    entries = [entry(n, age=n, first_seen=since if n == 4 else NOW) for n in range(1, 5)]
    feeds = subscribed("A", backlog_until=NOW)
    assert too_old(entries, feeds, None) == {3: "backfill = 2"}
    feeds[1] = replace(feeds[1], feed=replace(feeds[1].feed, backfill=0))
    assert too_old(entries, feeds, None).keys() == {1, 2, 3}


def test_what_is_too_old_is_decided_as_well() -> None:
    selection = select(DIGEST, [], {9: "backfill"}, {}, subscribed("A"))
    assert [(one.entry_id, one.verdict, one.rule) for one in selection.decisions] == [
        (9, Verdict.TOO_OLD, "backfill")
    ]


def test_a_story_key_depends_on_feed_and_uid_alone() -> None:
    assert story_key("a", "b") == story_key("a", "b")
    assert len({story_key("a", "b"), story_key("a", "c"), story_key("c", "b")}) == 3


def stories(number: int, age: int = 0) -> Selection:
    tellings = (
        CandidateStory(lead=entry(n, first_seen=NOW - timedelta(hours=age))) for n in range(number)
    )
    return Selection(stories=tuple(tellings), decisions=())


@pytest.mark.parametrize(
    ("at_latest", "selection", "settled", "goes_out"),
    [
        pytest.param(None, stories(3), "2026-01-11T0700", True, id="enough stories"),
        pytest.param(None, stories(2, 99), "2025-01-11T0700", False, id="too few, without end"),
        pytest.param("mon", stories(1), "2026-01-11T0700", True, id="the day itself"),
        pytest.param("tue", stories(1), "2026-01-11T0700", False, id="the day before it"),
        pytest.param("sun", stories(1), "2026-01-11T0700", False, id="the day after it"),
        pytest.param("sun", stories(1), "2026-01-10T0700", True, id="the day was slept through"),
        pytest.param("wed", stories(1), "2025-12-29T0700", True, id="two weeks off"),
        pytest.param("mon", stories(1), "2026-01-12T0600", False, id="twice on one day"),
        pytest.param(DAYS_3, stories(2, 72), "2026-01-11T0700", True, id="long enough"),
        pytest.param(DAYS_3, stories(2, 71), "2025-01-11T0700", False, id="not so long yet"),
        pytest.param(DAYS_3, stories(0), "2025-01-11T0700", False, id="nothing waits"),
    ],
)
def test_with_few_stories_an_edition_waits(
    at_latest: str | timedelta | None, selection: Selection, settled: str, goes_out: bool
) -> None:
    digest = replace(DIGEST, min_entries=3, at_latest=at_latest)
    assert ready(digest, selection, slot="2026-01-12T0700", settled=settled) == goes_out


@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(0, 40)), max_size=30),
    st.integers(1, 6),
    st.integers(1, 12),
    st.integers(1, 9),
)
def test_every_entry_is_decided_exactly_once_and_the_caps_hold(
    rows: list[tuple[int, int]], max_per_feed: int, max_entries: int, in_section: int
) -> None:
    entries = [entry(number, feed, age) for number, (feed, age) in enumerate(rows, 1)]
    digest = replace(
        DIGEST, max_per_feed=max_per_feed, max_entries=max_entries, sections={"A": in_section}
    )
    feeds = subscribed("A", "B", "A")
    selection = select(digest, alone(*entries), {}, {}, feeds)
    decided = [decision.entry_id for decision in selection.decisions]
    assert sorted(decided) == [one.id for one in entries]
    told = [telling.lead.feed_id for telling in selection.stories]
    assert len(told) <= max_entries
    assert all(told.count(feed) <= max_per_feed for feed in feeds)
    room = {feed: min(max_per_feed, sum(feed == one for one, _ in rows)) for feed in feeds}
    assert len(told) - told.count(2) <= in_section
    assert len(told) == min(max_entries, room[2] + min(in_section, room[1] + room[3]))
