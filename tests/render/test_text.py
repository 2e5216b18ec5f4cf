"""The plain text: 78 columns, whole links, nothing said twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from digest.model import Mention, Section
from digest.render import render
from digest.text.columns import columns
from support import editions


def _text(edition, **changes):
    return render("text", [edition], editions.site(**changes)).body.decode()


@pytest.mark.parametrize("make", [make for make, _ in editions.ALL.values()], ids=editions.ALL)
def test_every_line_fits_unless_it_is_a_link(make):
    for line in _text(make()).splitlines():
        assert columns(line) <= 78 or "://" in line or "mailto:" in line
        assert line == line.rstrip()


def test_every_link_is_there_in_full():
    text = _text(editions.sample())
    for section in editions.sample().sections:
        for story in section.stories:
            links = [story.link, *(e.url for e in story.enclosures), *story.related]
            links += [mention.link for mention in story.also_in]
            assert all(link in text.split() for link in links)


def test_an_untitled_story_is_told_once():
    text = _text(editions.untitled())
    assert text.count("Fog. The ferry") == 1


def test_an_edition_of_nothing_says_so():
    assert "Nothing new." in _text(editions.edition())


@pytest.mark.parametrize("name", ["text", "html", "markdown"])
@pytest.mark.parametrize(
    ("undated", "shows_minute"),
    [
        pytest.param(True, False, id="no date: the day of the fetch alone"),
        pytest.param(False, True, id="no-op: a date of its own"),
    ],
)
def test_the_minute_of_a_fetch_is_shown_as_no_storys_own(name, undated, shows_minute):
    owls = replace(
        editions.story("owls", "Owls"),
        published=None,
        updated=datetime(2026, 11, 21, 10, 47, tzinfo=UTC),
        undated=undated,
    )
    edition = editions.edition(Section(title="News", stories=(owls,)))
    shown = render(name, [edition], editions.site()).body.decode()
    assert (":47" in shown.replace("T10:47", "")) is shows_minute


def _copied(copies):
    names = [f"Gazette{number:03}" for number in range(1, copies + 1)]
    mentions = tuple(
        Mention(feed=name, link=f"https://example.com/{name}", title="") for name in names
    )
    story = editions.story("flood", "Flood", also_in=mentions)
    return editions.edition(Section(title="News", stories=(story,))), names


@pytest.mark.parametrize("name", ["text", "html", "markdown", "mail"])
@pytest.mark.parametrize(
    ("copies", "named", "rest"),
    [
        pytest.param(400, 12, "and 388 more", id="hundreds of copies: twelve names and a count"),
        pytest.param(13, 12, "and 1 more", id="one too many"),
        pytest.param(12, 12, None, id="no-op: twelve copies are all named"),
    ],
)
def test_a_story_names_at_most_twelve_feeds_that_have_it_too(name, copies, named, rest):
    edition, names = _copied(copies)
    page = str(render(name, [edition], editions.site()).body.decode())
    assert [feed for feed in names if feed in page] == names[:named]
    assert (f"and {copies - named} more" in page) is (rest is not None)
    assert rest is None or rest in page


@pytest.mark.parametrize("name", ["json", "jsonfeed", "atom"])
def test_data_formats_name_every_feed_that_has_a_story_too(name):
    edition, names = _copied(400)
    body = render(name, [edition], editions.site()).body.decode()
    assert all(feed in body for feed in names)
