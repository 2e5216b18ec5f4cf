"""Which edits of an entry say something else, and which only look different."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.sift.revisions import COMPARED, Version, is_substantial
from digest.text.marks import CODE, END, MATH

MONDAY = datetime(2026, 1, 12, 7, tzinfo=UTC)

EN = (
    "The harbor was rebuilt three times in a century, and nobody wrote down why. "
    "The surveyor's notebooks were found last spring in a school cupboard, forty volumes in order. "
    "The town paid 1.2 million for the work, and the mayor is in favor of a fourth wall."
)
DE = (
    "Der Hafen wurde in hundert Jahren dreimal neu gebaut, und niemand schrieb auf, warum. "
    "Die Hefte des Landvermessers fanden sich im Frühling in einem Schulschrank. "
    "Die Stadt zahlte 12 Millionen Euro, und der Bürgermeister wird die Mauer bauen lassen."
)
ZH = (
    "港口在一百年里重建了三次，却没有人写下原因。去年春天，人们在学校的柜子里找到了测量员的笔记。"
    "城市为这项工程支付了1200万元，市长支持再建一道墙。"
)
JA = (
    "港は百年のあいだに三度建て直されたが、理由を書き残した人はいない。"
    "昨年の春、学校の戸棚で測量士の手帳が見つかった。"
    "市は工事に1200万円を支払い、市長は四つ目の壁に賛成している。"
)
PARAGRAPH = (
    " A second survey, finished on Friday, found that the old foundations reach far deeper than "
    "the plans had shown, so that engineers now expect the whole quay to be closed until summer."
)
ABSATZ = (
    " Eine zweite Untersuchung ergab am Freitag, dass die alten Fundamente viel tiefer reichen, "
    "als die Pläne zeigten, weshalb Fachleute nun mit einer Sperrung des Kais bis zum Sommer "
    "rechnen und die Fischer um ihre Plätze fürchten."
)
DUAN = (
    "周五完成的第二次勘测发现，旧地基远比图纸所示更深，"
    "工程师因此预计整个码头将关闭到夏天，渔民担心失去泊位。"
)
DAN = (
    "金曜日に終わった二度目の調査で、古い基礎が図面よりはるかに深いと分かり、"
    "技術者は岸壁全体が夏まで閉鎖されると見込んでいる。"
)


def swapped(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


COSMETIC = {
    "nothing changed": (EN, EN),
    "white space and line ends": (EN, swapped(EN, ". ", ".\n")),
    "marks around a formula": ("So x = 1 grows. " + EN, f"So {MATH}x = 1{END} grows. {EN}"),
    "a block of code becomes text": (f"{EN}\n{CODE}let x{END}", f"{EN}\nlet x"),
    "quotes, dashes and case": (EN, swapped(EN, "surveyor's", "Surveyor’s").replace(",", " –")),
    "a typo": (EN, swapped(EN, "cupboard", "cupbaord")),
    "a word put better": (EN, swapped(EN, "in favor of", "all for")),
    "a count of comments": (f"{EN}\n12 comments", f"{EN}\n15 comments"),
    "a count of comments behind the text": (f"{EN} 12 comments.", f"{EN} 15 comments."),
    "points and comments": ("Points: 12\n# Comments: 3", "Points: 345\n# Comments: 67"),
    "a date of updating": (
        f"{EN} This page was last updated on 12 January 2026 at 07:15 by the staff.",
        f"{EN} This page was last updated on 13 January 2026 at 18:40 by the staff.",
    ),
    "the parts of the text in another order": (EN, " ".join(reversed(EN.split(". ")))),
    "a text cut to a teaser": (EN, EN[:90]),
    "a link at the end": (EN, f"{EN}\nRead more on our site"),
    "German: a typo and a sign": (DE, swapped(DE, "dreimal", "drei Mal")),
    "German: a date": (
        f"{DE} Diese Seite wurde zuletzt am 3. Januar 2026 um 9:15 Uhr geändert.",
        f"{DE} Diese Seite wurde zuletzt am 4. Januar 2026 um 10:30 Uhr geändert.",
    ),
    "Chinese: full-width signs and a wrong character": (
        ZH,
        swapped(ZH, "，", ",").replace("柜子", "柜孑"),
    ),
    "Chinese: a count and a date": (
        f"{ZH}\n阅读 1024 评论 12\n2026年1月12日",
        f"{ZH}\n阅读 2048 评论 35\n2026年1月13日",
    ),
    "Chinese: some become many": (ZH, swapped(ZH, "人们在", "不少人在")),
    "Japanese: half-width digits": (JA, swapped(JA, "1200", "１２００")),
    "Japanese: a word put better": (JA, swapped(JA, "賛成している", "賛成だ")),
    "no text": ("", ""),
}

SUBSTANCE = {
    "a number was wrong": (EN, swapped(EN, "1.2 million", "2.1 million")),
    "millions were billions": (EN, swapped(EN, "million", "billion")),
    "a number in words was wrong": (EN, swapped(EN, "three times", "four times")),
    "a negation": (EN, swapped(EN, "is in favor", "is not in favor")),
    "a negation taken back": (EN, swapped(EN, "nobody wrote", "a clerk wrote")),
    "a new paragraph": (EN, EN + PARAGRAPH),
    "a notice of correction": (
        EN,
        f"{EN}\nCorrection: an earlier version of this report named the wrong mayor.",
    ),
    "another text": (EN, PARAGRAPH),
    "German: a number": (DE, swapped(DE, "12 Millionen", "21 Millionen")),
    "German: a negation": (DE, swapped(DE, "lassen", "nicht lassen")),
    "German: a new paragraph": (DE, DE + ABSATZ),
    "Chinese: a number": (ZH, swapped(ZH, "1200", "2100")),
    "Chinese: a numeral": (ZH, swapped(ZH, "三次", "五次")),
    "Chinese: a negation": (ZH, swapped(ZH, "市长支持", "市长不支持")),
    "Chinese: a new paragraph": (ZH, ZH + DUAN),
    "Japanese: a number": (JA, swapped(JA, "1200", "2100")),
    "Japanese: a numeral": (JA, swapped(JA, "三度", "五度")),
    "Japanese: a negation": (JA, swapped(JA, "賛成している", "賛成していない")),
    "Japanese: a new paragraph": (JA, JA + DAN),
    "a text where there was none": ("", EN),
}


def revised(before: str, after: str, **changes: object) -> bool:
    old = Version(title="A title", text=before, updated=MONDAY)
    return is_substantial(old, Version(**{"title": "A title", "text": after, **changes}))


@pytest.mark.parametrize(("before", "after"), COSMETIC.values(), ids=COSMETIC)
def test_a_polish_is_no_revision(before: str, after: str) -> None:
    assert not revised(before, after)
    assert not revised(before, after, updated=MONDAY + timedelta(hours=1))


@pytest.mark.parametrize(("before", "after"), SUBSTANCE.values(), ids=SUBSTANCE)
def test_a_change_of_what_is_said_is_a_revision(before: str, after: str) -> None:
    assert revised(before, after)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        pytest.param("Storm kills 5 on the coast", True, id="another number"),
        pytest.param("Storm kills 5", False, id="another headline, and another number"),
        pytest.param("Storm kills no 3 on the coast", True, id="a negation"),
        pytest.param("STORM kills 3 – on the Coast", False, id="case and signs"),
        pytest.param("Three days that changed a village", False, id="another headline"),
    ],
)
def test_a_title_is_a_sentence_of_the_text(title: str, expected: bool) -> None:
    before = Version(title="Storm kills 3 on the coast", text=EN)
    assert is_substantial(before, Version(title=title, text=EN)) is expected


def test_a_number_in_a_short_title_is_none_of_a_counter() -> None:
    before = Version(title="Storm kills 3", text=EN)
    assert is_substantial(before, Version(title="Storm kills 5", text=EN))


def test_less_suffices_where_the_publisher_says_that_it_was_updated() -> None:
    after = EN + " Engineers now expect the whole quay to be closed until summer."
    assert not revised(EN, after)
    assert not revised(EN, after, updated=MONDAY)
    assert revised(EN, after, updated=MONDAY + timedelta(minutes=1))


def test_a_sentence_said_in_the_title_too_counts_once() -> None:
    line = "Two cranes were seen over the harbor wall this morning by a fisher"
    other = "Rain fell for eleven hours upon a sleeping town and its empty market square"
    assert not is_substantial(Version(title=line, text=line), Version(title=other, text=other))


def test_of_a_long_text_a_tenth_has_to_be_new_but_never_more_than_a_hundred_words() -> None:
    def words(start: int, count: int) -> str:
        return " ".join(
            "".join(chr(97 + int(c)) for c in str(n)) for n in range(start, count + start)
        )

    assert not revised(words(1000, 500), words(1000, 540))
    assert revised(words(1000, 500), words(1000, 560))
    assert not revised(words(1000, 3000), words(1000, 3090))
    assert revised(words(1000, 3000), words(1000, 3110))


versions = st.builds(
    Version,
    title=st.text(max_size=20),
    text=st.lists(st.sampled_from([*EN.split(), *ZH, ". ", "\n", "12", "不"])).map(" ".join),
    updated=st.none() | st.just(MONDAY),
)


@given(versions, versions)
def test_any_two_versions_can_be_compared_and_a_cut_says_nothing_new(
    one: Version, other: Version
) -> None:
    assert is_substantial(one, other) in (True, False)
    assert not is_substantial(one, one)
    assert not is_substantial(one, Version(title=one.title, text=""))


@pytest.mark.parametrize(
    "piece", ["a. ", "港", "12:3", "1 ", "jan ", "x", ".)", "不。", "a b c d e f g h. ", "\n", "1."]
)
def test_the_longest_texts_are_compared_quickly(piece: str) -> None:
    text = (piece * COMPARED)[: 2 * COMPARED]
    start = process_time()
    is_substantial(Version(title="", text=text), Version(title=piece * 300, text="b1" + text))
    assert process_time() - start < 1
