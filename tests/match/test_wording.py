"""Two fillings of one template are two stories; two copies of a text are one."""

from __future__ import annotations

import sys
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.match import candidates, group, keys, titles
from digest.model import Body, Entry, KeyHolder, MarkedText, SafeHtml
from digest.normalize.entry import fingerprint

sys.path.append(str(Path(__file__).parents[2] / "bench"))
import _templates

NOW = datetime(2026, 1, 12, 7, tzinfo=UTC)
PAIRS = _templates.make()


def entry(id: int, title: str, text: str, link: str | None = None) -> Entry:
    body = Body(html=SafeHtml(""), text=MarkedText(text)) if text else None
    return Entry(
        id=id,
        feed_id=id,
        uid=str(id),
        title=title,
        link=link,
        canonical_link=link,
        body=body,
        fingerprint=fingerprint(text),
        first_seen=NOW,
        raw_hash="",
    )


def are_one(*entries: Entry) -> bool:
    held: defaultdict[int, list[KeyHolder]] = defaultdict(list)
    for one in entries:
        for key in keys(one):
            held[key.hash].append(KeyHolder(entry_id=one.id or 0, feed_id=one.feed_id))
    feeds = {one.feed_id for one in entries}
    texts = {one.id or 0: one.body.text for one in entries if one.body}
    pairs = candidates(entries, held, feeds)
    return len(group(entries, (), pairs, held, feeds, lambda ids: texts)) == 1


@pytest.mark.parametrize("language", sorted({pair.language for pair in PAIRS}))
def test_templates_in_ten_languages(language: str) -> None:
    mine = [pair for pair in PAIRS if pair.language == language]
    assert len(mine) == 42
    wrong = [
        pair.name
        for pair in mine
        if are_one(entry(1, *pair.one), entry(2, *pair.other)) is not pair.same
    ]
    assert wrong == []


TEXT = (
    "The harbour board met on the pier for the first time since the storm and spoke for an hour. "
    "It wants to mend the crane before the herring comes, and asks whoever has a winch to lend it. "
    "The minutes can be read at the office, where coffee is served until the end of the week."
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("Larkspur 4 is here", "Larkspur 5 is here", id="two releases, one text"),
        pytest.param("Owls of the night", "The last lamplighter", id="two episodes, one text"),
        pytest.param(
            "Harbour news: Lowbridge", "Harbour news: Fernley", id="one frame, two places"
        ),
        pytest.param("Obituary: Irene Falk", "Obituary: Tom Ashby", id="one frame, two names"),
    ],
)
def test_an_equal_text_does_not_bind_titles_of_two_things(one: str, other: str) -> None:
    assert not are_one(entry(1, one, TEXT), entry(2, other, TEXT))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("Harbour board meets", "Harbour board meets - Daily Post", id="a site"),
        pytest.param(
            "Harbour board meets on pier", "UPDATE: Harbour board meets on pier", id="news"
        ),
        pytest.param(
            "Board wants to mend crane", "Whoever has a winch may lend it", id="a new title"
        ),
        pytest.param(
            "Board wants to mend the crane", "Board wants to repair the crane", id="a word"
        ),
        pytest.param("Crane is to be mended", "", id="no title"),
    ],
)
def test_an_equal_text_binds_titles_of_one_thing(one: str, other: str) -> None:
    assert are_one(entry(1, one, TEXT), entry(2, other, TEXT))


def test_two_pages_of_one_host_under_different_titles_are_two_stories() -> None:
    links = [f"https://example.org/{name}" for name in ("crane", "winch")]
    hosts = [links[0], "https://example.net/winch"]
    names = ("Crane is to be mended", "Who has a winch to lend?")
    for found, expected in ((links, False), (hosts, True)):
        entries = [entry(at, names[at - 1], TEXT, found[at - 1]) for at in (1, 2)]
        assert are_one(*entries) is expected


@pytest.mark.parametrize(
    "title",
    """
    소식 {}호|드라마 {}화|이야기 {}부
    강의 {}편|العدد {} من المجلة|الحلقة {}: البداية
    अंक {}: कहानी|भाग {} कहानी
    Puntata {}: il mare|Edição {} do boletim|Odcinek {}: morze
    Bölüm {}: deniz|{}. Bölüm: deniz
    Show S02E{}|Часть {}: море|{}-я часть: море
    雑誌 {}月号|第{}回 海の話|{}. rész: tenger
    {}. Teil: Meer
    Deel {}: de zee|Avsnitt {}: havet|Jakso {}: meri
    Tập {}: biển|Bagian {}: laut|Επεισόδιο {}: θάλασσα
    פרק {}: הים|قسمت {}: دریا|Epizoda {}: more
    Díl {}: moře|Episodul {}: marea|ตอนที่ {} ทะเล
    No. {} of the letter|{}ª parte: el mar|Випуск {}: море
    Брой {}: море
    """.strip()
    .replace("\n", "|")
    .split("|"),
)
def test_parts_of_a_series_are_told_apart(title: str) -> None:
    parts = [titles.read(title.strip().format(number)) for number in (47, 48)]
    assert titles.contradict(*parts) == "part"
    assert titles.contradict(parts[0], parts[0]) is None


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Der Sturm, Teil drei", "Der Sturm, Teil vier", "part"),
        ("Часть первая: море", "Часть вторая: море", "part"),
        ("Deuxième partie : la mer", "Troisième partie : la mer", "part"),
        ("Segunda parte: el mar", "Tercera parte: el mar", "part"),
        ("الجزء الأول من القصة", "الجزء الثاني من القصة", "part"),
        ("İkinci bölüm: deniz", "Üçüncü bölüm: deniz", "part"),
        ("No money for the ferry", "No way for the ferry", None),
        ("Part of the problem", "Part of a problem", None),
        ("The last day of the ferry", "Last day of the ferry", None),
    ],
)
def test_parts_in_words(one: str, other: str, expected: str | None) -> None:
    assert titles.contradict(titles.read(one), titles.read(other)) == expected
