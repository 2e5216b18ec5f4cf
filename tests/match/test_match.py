"""What tells the same story, and above all what does not."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.match import Group, Tie, candidates, group, keys, relate, shared_runs
from digest.match.events import Weights
from digest.match.events import read as read_headline
from digest.match.evidence import WIDTH, is_part, read
from digest.model import Body, Entry, KeyHolder, MarkedText, SafeHtml
from digest.normalize.entry import fingerprint
from digest.store.entries import OF_TEXTS
from digest.text.words import words

NOW = datetime(2026, 1, 12, 7, tzinfo=UTC)


def entry(id: int, feed: int, link: str | None = None, fingerprint: str | None = None) -> Entry:
    return Entry(
        id=id,
        feed_id=feed,
        uid=str(id),
        canonical_link=link,
        fingerprint=fingerprint,
        first_seen=NOW,
        raw_hash="",
    )


def index(*entries: Entry) -> dict[int, list[KeyHolder]]:
    """What the store's index of keys holds."""
    held = defaultdict(list)
    for one in entries:
        for key in keys(one):
            held[key.hash].append(KeyHolder(entry_id=one.id or 0, feed_id=one.feed_id))
    return held


def groups(
    asked: Sequence[Entry], others: Sequence[Entry] = (), feeds: set[int] | None = None
) -> tuple[Group, ...]:
    """Group `asked`, with `others` in the index beside them."""
    every = {one.id or 0: one for one in (*asked, *others)}
    feeds = feeds or {one.feed_id for one in every.values()}
    holders = {hash: held for hash, held in index(*every.values()).items() if len(held) > 1}
    pairs = candidates(asked, holders, feeds)
    wanted = {one for pair in pairs for one in pair} - {one.id for one in asked}
    texts = {id: one.body.text for id, one in every.items() if one.body}
    return group(asked, [every[one] for one in wanted], pairs, holders, feeds, lambda ids: texts)


def stories(*entries: Entry, feeds: set[int] | None = None) -> set[frozenset[int]]:
    return {frozenset(one.members) for one in groups(entries, feeds=feeds)}


POST = "https://example.org/post"
OTHER = "https://example.org/other"


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        pytest.param(
            (entry(1, 1, POST), entry(2, 2, POST)), {frozenset({1, 2})}, id="one link in two feeds"
        ),
        pytest.param(
            (entry(1, 1, POST, "f"), entry(2, 2, OTHER, "f")),
            {frozenset({1, 2})},
            id="one text under two links",
        ),
        pytest.param(
            (entry(1, 1, POST), entry(2, 2, POST, "f"), entry(3, 3, OTHER, "f")),
            {frozenset({1, 2, 3})},
            id="a link and a text",
        ),
    ],
)
def test_entries_that_tell_the_same(
    entries: tuple[Entry, ...], expected: set[frozenset[int]]
) -> None:
    assert stories(*entries) == expected


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param((entry(1, 1, POST), entry(2, 2, OTHER)), id="two links"),
        pytest.param((entry(1, 1, POST), entry(2, 1, POST)), id="one link twice in one feed"),
        pytest.param(
            (entry(1, 1, POST), entry(2, 2, POST), entry(3, 2, POST)),
            id="a link that one of the feeds has twice binds nothing at all",
        ),
        pytest.param(
            (entry(1, 1, "https://example.org/"), entry(2, 2, "https://example.org/")),
            id="a site's root",
        ),
        pytest.param(
            (entry(1, 1, None, "f"), entry(2, 2, None, "f"), entry(3, 1, None, "f")),
            id="a text that one feed repeats: Comments, Comments",
        ),
        pytest.param((entry(1, 1), entry(2, 2)), id="neither link nor text"),
    ],
)
def test_entries_that_do_not(entries: tuple[Entry, ...]) -> None:
    assert stories(*entries) == {frozenset({one.id}) for one in entries}


def test_a_digest_sees_only_its_own_feeds() -> None:
    mine, stranger = entry(1, 1, POST), entry(2, 2, POST)
    (found,) = groups([mine], [stranger], {1})
    assert found == Group(members=(1,), ties={}, earlier=())


def test_what_was_told_before_is_found_with_its_rule() -> None:
    before, late = entry(1, 1, POST), entry(2, 2, POST)
    (found,) = groups([late], [before])
    assert found.members == (2,)
    assert found.earlier == ((1, Tie(other=2, rule="link")),)


# --- texts ---------------------------------------------------------------------------------------

STORY = (
    "The ferry that has linked Lowbridge and Saltmarsh for eighty years made its last crossing on "
    "Friday evening. Captain Irene Falk sounded the horn three times, and those who had come to "
    "see it off answered with bicycle bells. A bridge two miles upstream takes the traffic now; "
    "its toll is lower than the fare was, and it does not stop for fog. The council wants to keep "
    "the boat as a restaurant, while the harbour master would rather see it in the museum. Nobody "
    "has asked the gulls, which have nested in the lifeboats since the spring of the flood."
)
OTHER_STORY = (
    "Beekeepers in the hills above Fernley report the best harvest in a decade after a wet spring "
    "and a long, mild summer. The heather bloomed late, so that the hives could be moved twice, "
    "and wasps were few. Prices will hardly fall all the same, for glass has become dear and the "
    "old filling machine of the cooperative broke down in August. Visitors may taste the honey on "
    "Sunday, when the chapel bell is rung for the end of the season and the queens are counted."
)
CHINESE = (
    "连接下桥镇和盐泽县八十年的渡轮于星期五傍晚完成了最后一次航行。船长方艾琳鸣笛三声，"
    "前来送别的人们用自行车铃声回应。上游两公里处的新桥如今承担了全部交通，过桥费比船票便宜，"
    "而且遇到大雾也不会停运。镇议会打算把渡轮改成餐厅，港务长却更愿意把它送进博物馆。"
)
JAPANESE = (
    "下橋町と塩沢村を八十年にわたり結んできた渡し船が金曜日の夕方、最後の航海を終えた。"
    "船長の古川さんが汽笛を三度鳴らすと、見送りに来た人たちは自転車のベルで応えた。"
    "二キロ上流に架かった橋がこれからの交通を担い、通行料は船賃より安く、霧でも止まらない。"
)
KOREAN = (
    "아랫다리와 소금늪을 팔십 년 동안 이어 온 나룻배가 금요일 저녁 마지막 항해를 마쳤다. 선장이 "
    "고동을 세 번 울리자 배웅 나온 사람들은 자전거 종소리로 답했다. 이제는 상류의 다리가 차들을 "
    "맡게 되며 통행료는 뱃삯보다 싸고 안개가 끼어도 멈추지 않는다. 의회는 배를 식당으로 쓰려 한다."
)
RUSSIAN = (
    "Паром, восемьдесят лет связывавший Нижнемостье и Солонец, в пятницу вечером вышел в последний "
    "рейс. Капитан трижды дал гудок, и провожавшие ответили велосипедными звонками. Теперь машины "
    "пойдут по мосту в двух верстах выше по течению: плата там ниже, и туман ему не помеха. Совет "
    "хочет сделать из парома ресторан, а начальник гавани предпочёл бы видеть его в музее."
)


def told(id: int, text: str, title: str = "", **more: Any) -> Entry:
    """An entry with a text, of a feed of its own unless `more` says otherwise."""
    usual: dict[str, Any] = {"feed_id": id, "uid": str(id), "raw_hash": "", "first_seen": NOW}
    body = Body(html=SafeHtml(""), text=MarkedText(text))
    return Entry(id=id, title=title, body=body, fingerprint=fingerprint(text), **{**usual, **more})


def without_every(tenth: int, text: str) -> str:
    """Replace every `tenth` word."""
    words = text.split()
    words[tenth - 1 :: tenth] = ["indeed"] * len(words[tenth - 1 :: tenth])
    return " ".join(words)


LAST = "The last ferry of Lowbridge"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param((STORY, LAST), (STORY[:280] + "…", LAST), id="cut in half"),
        pytest.param((STORY, LAST), (STORY[:110], LAST), id="its first sentence"),
        pytest.param((STORY, LAST), (STORY[:350] + "...", ""), id="an excerpt without a title"),
        pytest.param(
            (STORY, LAST), (without_every(10, STORY), LAST), id="every tenth word is another"
        ),
        pytest.param(
            (STORY, LAST),
            (f"By Tom Ashby, 3 March 2026. {STORY} Share this. Subscribe!", f"Tom Ashby: {LAST}"),
            id="a planet's author before the title, a site's words around the text",
        ),
        pytest.param((STORY, LAST), (STORY + " Read on.", "Gulls lose a home"), id="a new title"),
        pytest.param(
            (STORY, LAST), (STORY.upper().replace(",", " –"), LAST), id="other case and signs"
        ),
        pytest.param((CHINESE, "渡轮停航"), (CHINESE[:70], ""), id="a Chinese excerpt"),
        pytest.param((JAPANESE, ""), (JAPANESE[:75], "渡し船"), id="a Japanese excerpt"),
        pytest.param((KOREAN, ""), (KOREAN[:120], ""), id="a Korean excerpt"),
        pytest.param((RUSSIAN, ""), (RUSSIAN[:150], ""), id="a Russian excerpt"),
        pytest.param((CHINESE, ""), (CHINESE.replace("的", "之"), ""), id="a Chinese text, edited"),
    ],
)
def test_texts_that_tell_the_same(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert stories(told(1, *one), told(2, *other)) == {frozenset({1, 2})}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param((STORY, "News"), (OTHER_STORY, "News"), id="two stories of one title"),
        pytest.param(
            (STORY, "The ferry, part 1"), (STORY + " So far.", "The ferry, part 2"), id="a series"
        ),
        pytest.param(
            (STORY, "Ferry 2.3.1 is out"), (f"{STORY} Go.", "Ferry 2.3.2 is out"), id="a version"
        ),
        pytest.param(
            (CHINESE, "渡轮的故事（上）"), (CHINESE + "完。", "渡轮的故事（下）"), id="two halves"
        ),
        pytest.param(
            (STORY, "Open thread: Monday"), (f"{STORY} Go.", "Open thread: Friday"), id="weekdays"
        ),
        pytest.param(
            (STORY, LAST), (STORY[:300], f"Comment on {LAST} by Ann"), id="a comment that quotes"
        ),
        pytest.param(
            (STORY[:110], "Ferry ends"),
            (f"{OTHER_STORY} {STORY}", "What happened this week"),
            id="a round-up that holds it",
        ),
        pytest.param((RUSSIAN, "Паром"), (STORY, "The ferry"), id="a translation"),
        pytest.param(
            ("Shocks of magnitude 4.5 were felt 10 km south of Lowbridge at 3 in the night.", ""),
            ("Shocks of magnitude 5.1 were felt 80 km south of Fernley at 7 in the night.", ""),
            id="a template filled in twice",
        ),
        pytest.param(
            ("Article: one. Comments: none. Points: 2.", "A compiler for sand"),
            ("Article: one. Comments: none. Points: 2.", "Bees can count"),
            id="two link posts with the same few words",
        ),
        pytest.param(("", "The week"), ("", "The week"), id="a short title and no text"),
        pytest.param(("word " * 30, "One"), ("word " * 900, "Other"), id="a word repeated"),
    ],
)
def test_texts_that_do_not(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert stories(told(1, *one), told(2, *other)) == {frozenset({1}), frozenset({2})}


def test_a_round_up_joins_no_two_stories() -> None:
    first, second = told(1, STORY, LAST), told(2, OTHER_STORY, "Honey in the hills")
    both = told(3, f"{STORY} {OTHER_STORY}", LAST)
    for found in stories(first, second, both), stories(both, second, first):
        assert not any({1, 2} <= story for story in found)


def test_what_a_feed_says_in_every_entry_binds_nothing() -> None:
    tail = STORY[:300]
    firsts = ["Bees", "Ice hockey", "A sermon on doubt", "Rust", "Trains"]
    mine = [
        told(at, f"{first} today. {tail}", f"{first} for you all", feed_id=1)
        for at, first in enumerate(firsts, 1)
    ]
    theirs = told(9, f"Tapestry today. {tail}", "Tapestry for you all", feed_id=2)
    assert frozenset({9}) in stories(*mine, theirs)


@pytest.mark.parametrize(
    ("more", "together"),
    [
        pytest.param({"published": NOW, "link": "https://b.example.org/1"}, True, id="moved"),
        pytest.param({"published": NOW, "link": "https://a.example.org/2"}, True, id="next to it"),
        pytest.param(
            {"published": NOW + timedelta(days=7), "link": "https://a.example.org/2"},
            True,
            id="posted once more",
        ),
        pytest.param({"title": "Gulls lose a home"}, False, id="the same text below another title"),
    ],
)
def test_one_feed_tells_one_text_twice_under_another_id(more: Any, together: bool) -> None:
    one = told(1, STORY, LAST, published=NOW, link="https://a.example.org/1")
    other = told(2, STORY, **{"title": LAST, "feed_id": 1, **more})
    assert (stories(one, other) == {frozenset({1, 2})}) is together


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        pytest.param("", "", True, id="no text"),
        pytest.param(OTHER_STORY, STORY, False, id="news on a page that is kept up to date"),
    ],
)
def test_one_feed_has_one_link_and_title_twice(one: str, other: str, together: bool) -> None:
    entries = [
        told(at, text, LAST, feed_id=1, canonical_link=POST) for at, text in ((1, one), (2, other))
    ]
    assert (stories(*entries) == {frozenset({1, 2})}) is together


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        pytest.param((STORY, LAST), ("", "Ferries"), True, id="a bare link"),
        pytest.param((STORY, LAST), (STORY[:200], "An end"), True, id="an excerpt"),
        pytest.param((STORY, LAST), (OTHER_STORY, LAST), True, id="other words, one title"),
        pytest.param((STORY, LAST), (OTHER_STORY, "On boats"), False, id="a comment"),
        pytest.param(
            ("Forty per cent off all boots until Sunday evening", "Boots"),
            ("Buy two coats and get a third one for nothing", "Coats"),
            False,
            id="two offers with one landing page",
        ),
    ],
)
def test_one_link_binds_what_does_not_say_other_things_about_it(
    one: tuple[str, str], other: tuple[str, str], together: bool
) -> None:
    found = stories(told(1, *one, canonical_link=POST), told(2, *other, canonical_link=POST))
    assert (found == {frozenset({1, 2})}) is together


def test_two_texts_of_one_title_and_second_are_two_stories() -> None:
    moment = NOW + timedelta(seconds=7)
    title = "The council has met again in the town hall"
    first, second = (
        told(at, text, title, published=moment) for at, text in ((1, STORY), (2, OTHER_STORY))
    )
    assert stories(first, second) == {frozenset({1}), frozenset({2})}
    assert stories(first, replace(second, body=first.body, fingerprint=None)) == {frozenset({1, 2})}


def test_a_weekday_of_titles_keeps_what_a_third_would_join_apart() -> None:
    """Nothing else speaks against it: one text, and titles that differ in a word."""
    monday = told(1, STORY, "Ferries on Monday morning", canonical_link=POST)
    friday = told(2, STORY, "Ferries on Friday morning", canonical_link=OTHER)
    bridge = told(3, STORY, "Ferries in the morning", canonical_link=POST)
    bridge, friday = replace(bridge, fingerprint="f"), replace(friday, fingerprint="f")
    assert stories(monday, friday, bridge) == {frozenset({1, 3}), frozenset({2})}
    wednesday = replace(friday, title="Ferries in the morning")
    assert stories(monday, wednesday, bridge) == {frozenset({1, 2, 3})}


def test_numbers_of_titles_keep_what_a_third_would_join_apart() -> None:
    first = told(1, "", "Open thread of 12 May on the ferry", canonical_link=POST)
    second = told(2, "", "Open thread of 19 May on the ferry", canonical_link=OTHER)
    bridge = told(3, "", "Open thread on the ferry", canonical_link=POST)
    bridge = replace(bridge, fingerprint="f")
    linked = replace(second, fingerprint="f")
    assert not any({1, 2} <= story for story in stories(first, linked, bridge))


@pytest.mark.parametrize(
    "title", [f"{LAST} - The Harbor Post", f"{LAST} | The Harbor Post", f"Tom Ashby: {LAST}"]
)
def test_a_title_is_found_without_its_author_and_its_site(title: str) -> None:
    bare, dressed = told(1, "", LAST), told(2, "", title)
    assert {key.hash for key in keys(bare)} & {key.hash for key in keys(dressed)}
    assert not {key.hash for key in keys(bare)} & {
        key.hash for key in keys(told(3, "", "The harbor post"))
    }


@pytest.mark.parametrize("count", [240, 600])
def test_no_number_of_feeds_is_too_great_for_one_link(count: int) -> None:
    every = [told(at, "", "Ferries", canonical_link=POST) for at in range(1, count + 1)]
    assert stories(*every) == {frozenset(range(1, count + 1))}


def test_a_long_title_and_the_second_bind_where_the_language_may_be_one() -> None:
    moment = NOW + timedelta(seconds=7)
    german = told(1, "", "Orbot: Proxy with Tor", published=moment, language="de")
    again = told(2, "", "Orbot: Proxy with Tor", published=moment, language="de")
    arabic = told(3, "", "Orbot: Proxy with Tor", published=moment, language="ar")
    assert stories(german, again, arabic) == {frozenset({1, 2}), frozenset({3})}


@pytest.mark.parametrize(
    ("text", "title", "days", "together"),
    [
        pytest.param("The ferry that has linked", LAST, 0, False, id="too short to say anything"),
        pytest.param("The ferry that has linked Lowbridge and", LAST, 1, True, id="a teaser"),
        pytest.param("The ferry that has linked Lowbridge and", LAST, 7, False, id="next week's"),
        pytest.param("The ferry that has linked Fernley with", LAST, 0, False, id="other words"),
        pytest.param("that has linked Lowbridge and Saltmarsh", LAST, 0, False, id="from within"),
        pytest.param("The ferry that has linked Lowbridge and", "News", 0, False, id="a column"),
    ],
)
def test_a_few_words_bind_under_one_title_on_one_day(
    text: str, title: str, days: int, together: bool
) -> None:
    one = told(1, STORY, title, published=NOW)
    other = told(2, text, title, published=NOW + timedelta(days=days))
    assert (stories(one, other) == {frozenset({1, 2})}) is together


def test_a_tie_names_its_rule_and_score() -> None:
    (found,) = groups([told(1, STORY, LAST), told(2, STORY[:350], "")])
    assert str(found.ties[1]) == "text 0.98"


def test_the_words_that_two_texts_share_can_be_read() -> None:
    first, *_ = shared_runs(f"By Tom. {STORY[:110]}", STORY)
    assert first.startswith("The ferry that has linked Lowbridge and Saltmarsh for eighty years")
    assert shared_runs(STORY, OTHER_STORY) == ()
    assert shared_runs("", STORY) == ()


def test_without_texts_only_what_is_exact_binds() -> None:
    one, other = told(1, STORY, LAST), told(2, STORY[:300], LAST)
    gone = [replace(entry, body=None) for entry in (one, other)]
    holders = {hash: held for hash, held in index(one, other).items() if len(held) > 1}
    pairs = candidates(gone, holders, {1, 2})
    assert pairs == ((1, 2),)
    assert len(group(gone, (), pairs, holders, {1, 2}, lambda ids: {})) == 2


@pytest.mark.parametrize("count", [1_000, pytest.param(10_000, marks=pytest.mark.long)])
def test_two_feeds_with_the_same_entries(count: int) -> None:
    texts = [f"Number {at} {STORY[at % 300 :]} {at}" for at in range(count)]
    both = [
        replace(
            told(at + count * feed, text, f"Story number {at} of many"),
            feed_id=feed,
            canonical_link=f"https://example.org/{at}",
        )
        for feed in (1, 2)
        for at, text in enumerate(texts)
    ]
    found = stories(*both)
    assert found == {frozenset({count + at, 2 * count + at}) for at in range(count)}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("word " * 1_000_000, id="one word a million times"),
        pytest.param("字" * 1_000_000, id="one character a million times"),
        pytest.param("\ud800 \U0001f468\u200d\U0001f469 \x00" * 1000, id="no words at all"),
        pytest.param(" ".join(map(str, range(100_000))), id="numbers"),
    ],
)
def test_any_text_has_few_keys(text: str) -> None:
    assert len(keys(told(1, text, text[:300]))) <= 30
    assert keys(told(1, text)) == keys(told(1, text))


def test_the_keys_of_texts_are_those_that_the_store_forgets() -> None:
    of_texts = keys(told(1, STORY, LAST))
    assert len(of_texts) > 10
    assert all(0 <= key.hash <= OF_TEXTS for key in of_texts)


def test_keys_are_the_same_for_ever() -> None:
    assert [key.hash for key in keys(told(1, STORY[:60], LAST))] == FROZEN


FROZEN = [100330361512387, 274095918999513, 108167299458775]


# --- events --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        pytest.param(
            "Ferry runs aground in Lowbridge harbour",
            "Lowbridge: ferry runs aground in the harbour",
            True,
            id="two newsrooms",
        ),
        pytest.param(
            "Quake kills 12 people in Lowbridge harbour",
            "Quake kills 40 people in Fernley harbour",
            False,
            id="other numbers",
        ),
        pytest.param("China stocks close lower", "China stocks end higher", False, id="few words"),
    ],
)
def test_headlines_of_one_event(one: str, other: str, together: bool) -> None:
    noise = [told(at, "", f"Something quite different, number {at}") for at in range(10, 30)]
    found = relate([told(1, "", one), told(2, "", other), *noise])
    assert (found.get(1) == (2,)) is together
    assert (found.get(2) == (1,)) is together


def test_an_event_ends_after_three_days() -> None:
    title = "The ferry of Lowbridge sinks in the storm"
    one, other = told(1, "", title), told(2, "", title, published=NOW - timedelta(days=4))
    assert relate([one, other]) == {}


AGROUND = (
    "Ferry runs aground off Lowbridge",
    "A ferry with 84 people aboard struck a sandbank off Lowbridge in dense fog early on Tuesday. "
    "Lifeboats took everyone ashore, and the captain is being questioned.",
)


@pytest.mark.parametrize(
    ("title", "text", "together"),
    [
        pytest.param(
            "Fog: everyone saved after Lowbridge ferry hits sandbank",
            "Lifeboats have taken 84 people off a ferry that left the channel before dawn.",
            True,
            id="another headline, the same news",
        ),
        pytest.param(
            "31 ashore after ferry runs onto Lowbridge sandbank",
            "Lifeboats took everyone ashore from a ferry that had lost its way in dense fog.",
            True,
            id="a number where the other headline has none",
        ),
        pytest.param(
            "Ferry runs aground off Fernley",
            "A ferry with 12 people aboard struck a rock off Fernley in dense fog on Friday. "
            "Lifeboats took everyone ashore, and the captain is in hospital.",
            False,
            id="the same words of another place",
        ),
        pytest.param(
            "Ferry runs aground off Lowbridge: a song",
            "Our choir sings it on Sunday, with two guitars and whoever cares to come.",
            False,
            id="a text that confirms nothing",
        ),
    ],
)
def test_texts_tell_of_one_event_where_headlines_are_too_short(
    title: str, text: str, together: bool
) -> None:
    texts = {1: AGROUND[1], 2: text}
    noise = [told(at, "", f"Something quite different, number {at}") for at in range(10, 30)]
    entries = [told(1, "", AGROUND[0]), told(2, "", title), *noise]
    assert relate(entries, texts) == ({1: (2,), 2: (1,)} if together else relate(entries))


def test_a_number_that_the_other_story_has_not_forbids_it_on_both_sides() -> None:
    other = ("Lifeboats save 31 after ferry runs aground off Lowbridge", AGROUND[1])
    one = told(1, "", f"{AGROUND[0]} with 84 aboard")
    entries = [one, told(2, "", other[0])]
    texts = {1: AGROUND[1], 2: other[1].replace("84 people", "31 people")}
    assert relate(entries, texts) == {}


def test_likeness_within_one_site_is_of_form() -> None:
    title = "Fog: everyone saved after Lowbridge ferry hits sandbank"
    link = "https://example.org/"
    one, other = told(1, "", AGROUND[0], link=f"{link}1"), told(2, "", title, link=f"{link}2")
    texts = {1: AGROUND[1], 2: AGROUND[1].replace("Tuesday", "Monday")}
    assert relate([one, other], texts) == {}
    elsewhere = replace(other, link="https://example.net/2")
    assert relate([one, elsewhere], texts) == {1: (2,), 2: (1,)}


def by_mood(texts: Sequence[str]) -> list[tuple[float, float]]:
    """A toy: what is said of boats points one way, all else another."""
    return [(1.0, 0.1) if "boat" in text.lower() else (0.1, 1.0) for text in texts]


def test_vectors_find_more_and_the_same_differences_forbid_it() -> None:
    entries = [
        told(1, "", "The boat of Lowbridge is gone"),
        told(2, "", "Lowbridge mourns", published=NOW),
        told(3, "", "Beekeeping for beginners"),
        told(4, "", "A boat sinks off Fernley"),
        told(5, "", "Old boats, 30 to see"),
        told(6, "", "Old boats, 45 to see"),
        told(7, "", "A boat is back", feed_id=5),
    ]
    texts = {2: "They loved that boat."}
    near = relate(entries, texts, by_mood)
    assert 2 in near[1]
    assert 3 not in near
    assert 4 not in near[1], "names that differ"
    assert 6 not in near[5], "numbers that differ"
    assert 7 not in near[5], "one feed"
    assert relate(entries, texts) == {}


@pytest.mark.parametrize("vectors", [[], [(0.0, 0.0)] * 3, [(1e-300, 1e-300)] * 3])
def test_vectors_that_say_nothing_relate_nothing(vectors: list[tuple[float, float]]) -> None:
    entries = [told(at, "", title) for at, title in enumerate(["Bees", "Ice", "Rust"], 1)]
    assert relate(entries, {}, lambda texts: vectors) == {}


# --- whatever comes ------------------------------------------------------------------------------

PIECES = (STORY, STORY[:350], STORY[:120], OTHER_STORY, OTHER_STORY[:200], CHINESE, CHINESE[:80])
entries_strategy = st.lists(
    st.tuples(
        st.integers(1, 4),
        st.none() | st.sampled_from([POST, OTHER, "https://example.org/"]),
        st.lists(st.sampled_from(PIECES), max_size=2).map(" ".join),
        st.sampled_from(["", LAST, "Honey in the hills", "The ferry, part 1", "The ferry, part 2"]),
    ),
    max_size=8,
).map(
    lambda rows: [
        told(at, text, title, feed_id=feed, canonical_link=link)
        for at, (feed, link, text, title) in enumerate(rows, 1)
    ]
)


@given(entries_strategy, st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(entries: list[Entry], chance: random.Random) -> None:
    """Neither the order in which they are asked about nor the ids that it gives them."""
    shuffled = list(entries)
    chance.shuffle(shuffled)
    renamed = {entry.id: at for at, entry in enumerate(shuffled, 1)}
    found = stories(*(replace(entry, id=renamed[entry.id]) for entry in shuffled))
    assert found == {frozenset(renamed[one] for one in story) for story in stories(*entries)}


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=40), max_size=4).map(" ".join))
def test_what_two_texts_share_is_quoted_from_the_first_and_has_the_same_words(text: str) -> None:
    for run in shared_runs(text, f"{STORY} {text[5:]} {CHINESE}"):
        assert " ".join(words(run)) in " ".join(words(text))
        assert run == " ".join(run.split())


@given(entries_strategy)
def test_every_entry_is_in_exactly_one_story(entries: list[Entry]) -> None:
    found = groups(entries)
    members = [member for one in found for member in one.members]
    assert sorted(members) == [one.id for one in entries]


@given(entries_strategy)
def test_no_story_holds_two_parts_or_two_entries_of_a_feed(entries: list[Entry]) -> None:
    for story in stories(*entries):
        held = [entry for entry in entries if entry.id in story]
        assert not {"The ferry, part 1", "The ferry, part 2"} <= {one.title for one in held}
        told_twice = {(one.feed_id, one.title, one.fingerprint) for one in held}
        assert len({one.feed_id for one in held}) == len(told_twice)


@given(entries_strategy.filter(lambda entries: len(entries) > 1))
def test_what_joins_two_when_both_are_new_joins_the_second_to_the_first(
    entries: list[Entry],
) -> None:
    """In a pair it does not matter which is asked about and which was there before."""
    one, other = entries[:2]
    together = stories(one, other) == {frozenset({1, 2})}
    for asked, before in ((one, other), (other, one)):
        (found,) = groups([asked], [before])
        assert bool(found.earlier) is together


def test_a_hundred_shuffles_give_the_same_stories() -> None:
    made = [
        told(1, STORY, LAST),
        told(2, STORY[:350], ""),
        told(3, STORY[:110], LAST),
        told(4, f"{STORY} {OTHER_STORY}", "The week in the county"),
        told(5, OTHER_STORY, "Honey"),
        told(6, OTHER_STORY[:250], ""),
        told(7, "", LAST, canonical_link=POST),
        told(8, STORY, "Gulls lose a home", canonical_link=POST),
        told(9, without_every(9, STORY), LAST),
        told(10, CHINESE, "渡轮"),
    ]
    expected = stories(*made)
    for seed in range(100):
        numbers = list(range(1, 11))
        random.Random(seed).shuffle(numbers)
        renamed = dict(zip(range(1, 11), numbers, strict=True))
        found = stories(*(replace(one, id=renamed[one.id or 0]) for one in made))
        assert found == {frozenset(renamed[one] for one in story) for story in expected}


HEADLINE = "Lowbridge council votes to rebuild the old swimming pool"


@pytest.mark.parametrize(
    ("title", "other_title", "text", "days", "together"),
    [
        pytest.param(HEADLINE, HEADLINE, "", 0, True, id="no text in either"),
        pytest.param(HEADLINE, HEADLINE, "", 1, True, id="a day later"),
        pytest.param(HEADLINE, f"{HEADLINE} - The Example Post", "", 0, True, id="a site behind"),
        pytest.param(
            "下桥镇议会决定重建旧游泳馆", "下桥镇议会决定重建旧游泳馆", "", 0, True,
            id="in a script without spaces",
        ),
        pytest.param("紧急召回赶紧自查", "紧急召回赶紧自查", "", 0, False, id="a cry, zh"),
        pytest.param(HEADLINE, HEADLINE, STORY, 0, True, id="a text in one"),
        pytest.param(HEADLINE, HEADLINE, "", 7, False, id="a week later"),
        pytest.param("Morning briefing", "Morning briefing", "", 0, False, id="a column"),
        pytest.param(
            "The best deals of the day for you", "The best deals of the day for you", "", 0, False,
            id="a column with a long title",
        ),
        pytest.param("今天的新闻", "今天的新闻", "", 0, False, id="a column, zh"),
    ],
)  # fmt: skip
def test_an_equal_headline_binds_where_one_has_no_text(
    title: str, other_title: str, text: str, days: int, together: bool
) -> None:
    one = told(1, "", title, published=NOW)
    other = told(2, text, other_title, published=NOW + timedelta(days=days))
    assert (stories(one, other) == {frozenset({1, 2})}) is together


# --- what rests on sums and bounds ---------------------------------------------------------------


def test_a_weight_does_not_depend_on_the_order_of_a_set() -> None:
    """Sums of floats do, and the order of a set of words differs from run to run."""
    stems = [chr(ord("a") + number) * 3 for number in range(20)]
    weights = Weights([read_headline(" ".join(stems[:number])) for number in range(len(stems))])
    orders = [stems[at:] + stems[:at] for at in range(len(stems))]
    assert len({weights.of(order) for order in orders}) == 1


@pytest.mark.parametrize(("shingles", "expected"), [(19, False), (20, True), (21, True)])
def test_a_text_is_part_of_another_only_if_it_is_long_enough_to_say_so(
    shingles: int, expected: bool
) -> None:
    some = read(" ".join(f"word{number}" for number in range(shingles + WIDTH - 1)))
    more = read(" ".join(f"word{number}" for number in range(3 * shingles + WIDTH)))
    assert len(some.distinct) == shingles
    assert is_part(some, more) is expected
    assert not is_part(more, some)
