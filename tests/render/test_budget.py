"""How an edition gives way: in which order, how far, and asked how often."""

from __future__ import annotations

from typing import Any

import pytest

from digest.model import Edition, Image, Mention, Section, Story
from digest.render.mail_parts.budget import SHORTER, fitting
from support import editions

Form = tuple[Edition, int]


def plain_cut(text: str, length: int) -> str:
    return text[:length]


def edition(stories: int = 4, length: int = 350) -> Edition:
    made = [
        editions.story(
            f"{number}",
            f"Story {number}",
            excerpt="x" * length,
            image=Image(url="https://img.example.com/1.png"),
            also_in=(Mention(feed="Other", link="https://example.com/1", title=""),),
        )
        for number in range(stories)
    ]
    sections = (
        Section(title="A", stories=tuple(made[:2])),
        Section(title="B", stories=tuple(made[2:])),
    )
    return editions.edition(*sections, images=True)


def told(form: Edition) -> list[Story]:
    return [story for section in form.sections for story in section.stories]


def weight(form: Edition) -> int:
    """Weigh a form as a page would: 100 for a story, what its texts have, 500 for a picture."""
    return sum(
        100 + len(story.excerpt) + 50 * len(story.also_in) + (500 if form.images else 0)
        for story in told(form)
    )


def shape(limit: int, whole: Edition | None = None) -> tuple[bool, list[int], int]:
    """Say of the form that weighs at most `limit`: pictures, lengths of excerpts, stories out."""

    def fits(form: Edition, left_out: int) -> Form | None:
        return (form, left_out) if weight(form) <= limit else None

    form, left_out = fitting(whole or edition(), plain_cut, fits)
    return form.images, [len(story.excerpt) for story in told(form)], left_out


LONG, SHORT = SHORTER


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        pytest.param(9999, (True, [350, 350, 350, 350], 0), id="what fits is left as it is"),
        pytest.param(2100, (False, [350, 350, 350, 350], 0), id="pictures go first"),
        pytest.param(1950, (False, [350, 350, 350, LONG], 0), id="then the last excerpt is cut"),
        pytest.param(1700, (False, [350, LONG, LONG, LONG], 0), id="and those before it"),
        pytest.param(1600, (False, [LONG, LONG, LONG, LONG], 0), id="the first at last"),
        pytest.param(1440, (False, [LONG, LONG, LONG, SHORT], 0), id="then shorter, from the end"),
        pytest.param(1080, (False, [SHORT, SHORT, SHORT, SHORT], 0), id="all are short"),
        pytest.param(1000, (False, [SHORT, SHORT, SHORT, 0], 0), id="then the last has none"),
        pytest.param(600, (False, [SHORT, 0, 0, 0], 0), id="the first keeps its own"),
        pytest.param(500, (False, [SHORT, 0, 0], 1), id="then the last story is out"),
        pytest.param(300, (False, [SHORT], 3), id="the first never is"),
        pytest.param(100, (False, [0], 3), id="though it lose its excerpt in the end"),
    ],
)
def test_an_edition_gives_way_in_this_order(limit: int, expected: Any) -> None:
    assert shape(limit) == expected


def test_the_less_there_is_room_for_the_less_is_told() -> None:
    before: tuple[Any, ...] = (True, 9999, 0)
    for limit in range(4200, 99, -25):
        images, lengths, left_out = shape(limit)
        now = (images, sum(lengths), -left_out)
        assert now <= before
        before = now


def test_a_single_story_gives_way_too() -> None:
    whole = edition(1, 5000)
    assert shape(6000, whole) == (True, [5000], 0)
    assert shape(5200, whole) == (False, [5000], 0)
    assert shape(400, whole) == (False, [LONG], 0)
    assert shape(100, whole) == (False, [0], 0)


def test_a_section_without_stories_has_no_heading() -> None:
    form, left_out = fitting(
        edition(), plain_cut, lambda form, out: (form, out) if weight(form) <= 300 else None
    )
    assert [section.title for section in form.sections] == ["A"]
    assert left_out == 3


def test_what_fits_nowhere_is_refused() -> None:
    with pytest.raises(ValueError, match="not even one story"):
        fitting(edition(), plain_cut, lambda form, out: None)


def test_an_edition_of_nothing_is_asked_about_once() -> None:
    asked = []
    fitting(editions.edition(), plain_cut, lambda form, out: asked.append(form) or (form, out))  # type: ignore[func-returns-value]
    assert len(asked) == 1


def test_a_large_edition_is_not_tried_in_every_form() -> None:
    asked = []

    def fits(form: Edition, left_out: int) -> Form | None:
        asked.append(left_out)
        return (form, left_out) if weight(form) <= 20_000 else None

    fitting(edition(500), plain_cut, fits)
    assert len(asked) <= 13


def test_nothing_fills_a_mail_by_itself() -> None:
    endless = "x" * 100_000
    monster = editions.story(
        "1", endless, link=f"https://example.org/{endless}", feed=endless, excerpt=""
    )
    whole = editions.edition(Section(title=endless, stories=(monster,)))
    form, _ = fitting(whole, plain_cut, lambda form, out: (form, out))
    (story,) = told(form)
    assert (len(story.title), len(story.feed), story.link) == (300, 100, None)
    assert len(form.sections[0].title) == 100


def test_marks_without_end_do_not_make_a_cut_text_long() -> None:
    marked = "e" + "\u0301" * 100_000
    story = editions.story("1", marked, excerpt=marked)
    whole = editions.edition(Section(title="", stories=(story,)))
    form, _ = fitting(whole, lambda text, length: text, lambda form, out: (form, out))
    assert len(told(form)[0].title) == 1200
