"""The transmission page, byte for byte."""

from __future__ import annotations

from dataclasses import replace

import pytest

from digest.model import Section
from digest.render import render
from digest.render.transmission import Settings
from support import editions


def _page(edition, **changes):
    return render("transmission", [edition], editions.site(**changes)).body.decode()


def _edition():
    def told(key, excerpt, **changes):
        return replace(editions.story(key, f"Title {key}"), excerpt=excerpt, **changes)

    return editions.edition(
        Section(
            title="ML",
            stories=(
                told("a", "First excerpt, cut ..."),
                told("b", "With <b> & “quotes”  kept ...", categories=("Deep Learning", "NLP")),
            ),
        ),
        Section(title="", stories=(told("c", "No category"), told("d", "", published=None))),
    )


def test_the_plain_layout_is_a_head_and_an_excerpt_a_line():
    assert _page(_edition()) == (
        "INCOMING TRANSMISSION\n"
        "\n"
        "LATEST UPDATES\n"
        "First excerpt, cut ...\n"
        "With <b> & “quotes”  kept ...\n"
        "No category\n"
        "Title d"
    )


def test_the_labelled_layout_has_the_site_and_before_each_excerpt_what_is_known():
    options = {"transmission": Settings(layout="labelled")}
    assert _page(_edition(), options=options) == (
        "Morning transmission\n"
        "ML\n"
        "2026-11-21\n"
        "First excerpt, cut ...\n"
        "Deep Learning\n"
        "2026-11-21\n"
        "With <b> & “quotes”  kept ...\n"
        "2026-11-21\n"
        "No category\n"
        "Title d"
    )


def test_a_date_is_that_of_the_digests_zone():
    options = {"transmission": Settings(layout="labelled")}
    edition = replace(_edition(), timezone="Pacific/Kiritimati")
    assert "2026-11-22\n" in _page(edition, options=options)


@pytest.mark.parametrize("layout", ["plain", "labelled"])
def test_whatever_an_excerpt_holds_it_is_one_line(layout):
    told = replace(editions.story("a", "b"), excerpt="one\ntwo\r\nthree\u2028four\x0bfive\x85six")
    page = _page(
        editions.edition(Section(title="", stories=(told,))),
        options={"transmission": Settings(layout=layout)},
    )
    assert page.splitlines()[-1] == "one two three four five six"
