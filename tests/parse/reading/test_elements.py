"""The rules by which competing elements are read."""

from __future__ import annotations

import pytest

from digest.model import Image, Markup, ParsedEntry
from digest.parse.reading.elements import (
    AtomLink,
    EntryElements,
    FeedContext,
    attach,
    author,
    best_link,
    dates,
    entry,
    looks_like_html,
    media_content,
    source,
)
from digest.parse.reading.elements import image as image_of


@pytest.mark.parametrize(
    "text",
    [
        "<em>new</em>",
        "one<br>two",
        "<img src=x> seen",
        "AT&amp;T",
        "1 &lt; 2",
        "caf&#233; &#xe9;",
        "<A HREF='x'>y</A>",
        "&nbsp;",
    ],
)
def test_html(text: str) -> None:
    assert looks_like_html(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        "a < b > c",
        "AT&T",
        "R&D; and more",
        "vector<int> of vector</int>",
        "the <b> tag",
        "<script>x</script>",
        "List<String> &amp; <b>more</b>",
        "1 <2 </ 3",
        "&unknown;",
        "<" * 1000,
    ],
)
def test_no_html(text: str) -> None:
    assert not looks_like_html(text)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("jane@example.org (Jane Doe)", "Jane Doe"),
        ("jane@example.org  ( Jane  Doe )", "Jane Doe"),
        ("Jane Doe <jane@example.org>", "Jane Doe"),
        ("Jane Doe (jane@example.org)", "Jane Doe"),
        ('"Doe, Jane" <jane@example.org>', "Doe, Jane"),
        ("mailto:jane@example.org (Jane)", "Jane"),
        ("Jane\n  Doe", "Jane Doe"),
        ("Jane Doe (editor)", "Jane Doe (editor)"),
        ("jane@example.org", "jane@example.org"),
        ("jane@example.org ()", "jane@example.org ()"),
        ("", ""),
    ],
)
def test_the_name_of_an_author(written: str, name: str) -> None:
    assert author(written) == name


@pytest.mark.parametrize(
    ("links", "best"),
    [
        ([], None),
        ([AtomLink("a", "self"), AtomLink("b", "related")], None),
        ([AtomLink("a", "self"), AtomLink("b")], "b"),
        (
            [
                AtomLink("a", "alternate", "application/json"),
                AtomLink("b", "alternate", "text/html"),
            ],
            "b",
        ),
        ([AtomLink("a", "alternate", "application/json")], "a"),
        ([AtomLink("a", "http://www.iana.org/assignments/relation/alternate")], "a"),
        ([AtomLink("a"), AtomLink("b")], "a"),
    ],
)
def test_the_best_link(links: list[AtomLink], best: str | None) -> None:
    assert best_link(links) == best


@pytest.mark.parametrize(
    ("dates", "published", "updated"),
    [
        ({}, None, None),
        ({"pubdate": "1"}, "1", None),
        ({"dc:date": "1"}, "1", None),
        ({"pubdate": "1", "dc:date": "2"}, "1", "2"),
        ({"pubdate": "1", "dc:date": "1"}, "1", None),
        ({"dc:date": "2", "dcterms:issued": "1", "dcterms:modified": "3"}, "1", "3"),
        ({"updated": "3"}, None, "3"),
        ({"created": "1", "issued": "2", "modified": "3"}, "2", "3"),
    ],
)
def test_dates(dates: dict[str, str], published: str | None, updated: str | None) -> None:
    told = told_of(EntryElements(id="1", dates=dates))
    assert (told.published, told.updated) == (published, updated)


@pytest.mark.parametrize(
    ("found", "link"),
    [
        pytest.param(
            EntryElements(orig_link="o", link="l", permalink="p"), "o", id="the original first"
        ),
        pytest.param(
            EntryElements(link="l", links=[AtomLink("a")], permalink="p"), "l", id="then the link"
        ),
        pytest.param(
            EntryElements(links=[AtomLink("a")], permalink="p"), "a", id="then an alternate one"
        ),
        pytest.param(
            EntryElements(links=[AtomLink("a", "self")], permalink="p"), "p", id="then the guid"
        ),
        pytest.param(EntryElements(id="https://example.org/"), None, id="an id alone is no link"),
    ],
)
def test_the_link(found: EntryElements, link: str | None) -> None:
    assert told_of(found).link == link


@pytest.mark.parametrize(
    ("site", "xml_base", "link", "base"),
    [
        pytest.param(
            FeedContext("https://f.example/rss", "https://example.org/"),
            None, "/a/b", "https://example.org/",
            id="RSS: the feed's link",
        ),
        pytest.param(
            FeedContext("https://f.example/rss"), None, "/a", "https://f.example/rss",
            id="RSS without a link: the document",
        ),
        pytest.param(
            FeedContext("https://f.example/x/rss", "https://example.org/", atom=True), None, "/a",
            "https://f.example/x/rss", id="Atom: the document",
        ),
        pytest.param(
            FeedContext("https://f.example/rss", "https://example.org/"),
            "https://b.example/", "/a",
            "https://b.example/", id="xml:base before all",
        ),
    ],
)  # fmt: skip
def test_the_base(site: FeedContext, xml_base: str | None, link: str, base: str) -> None:
    told = entry(EntryElements(base=xml_base, link=link), site)
    assert told is not None
    assert told.base == base


def test_pictures_come_best_first_and_once() -> None:
    found = EntryElements(id="1")
    for rank, url, width in [
        (1, "s", 75),
        (3, "e", None),
        (0, "m", 640),
        (0, "b", 1280),
        (1, "b", 9),
    ]:
        found.images.append((rank, Image(url=url, width=width)))
    assert [image.url for image in told_of(found).images] == ["b", "m", "s", "e"]


@pytest.mark.parametrize(
    ("width", "pixels"),
    [("640", 640), ("640px", 640), (" 640.0 ", 640), ("0", None), ("-5", None), ("wide", None),
     ("9" * 5000, None), (None, None)],
)  # fmt: skip
def test_sizes_of_pictures(width: str | None, pixels: int | None) -> None:
    attributes = {"url": "x"} | ({} if width is None else {"width": width})
    assert image_of(attributes) == Image(url="x", width=pixels)


def told_of(found: EntryElements) -> ParsedEntry:
    told = entry(found, FeedContext("https://example.org/feed"))
    assert told is not None
    return told


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"pubdate": "soon", "dc:date": "2026-01-12"}, ("2026-01-12", None)),
        ({"pubdate": "0001-01-01", "date": "2026-01-12"}, ("2026-01-12", None)),
        ({"pubdate": "soon", "prism:publicationdate": "2026-01-12"}, ("2026-01-12", None)),
        ({"pubdate": "2026-01-11", "dc:date": "2026-01-12"}, ("2026-01-11", "2026-01-12")),
        ({"pubdate": "soon", "dc:date": "later"}, ("soon", "later")),
        ({"updated": "soon", "modified": "2026-01-12"}, (None, "2026-01-12")),
        ({"pubdate": "soon"}, ("soon", None)),
        ({}, (None, None)),
    ],
)
def test_a_date_that_can_be_read_goes_before_one_that_cannot(
    found: dict[str, str], expected: tuple[str | None, str | None]
) -> None:
    assert dates(found) == expected


LONG = "https://example.org/" + "a" * 5_000


def test_no_address_is_endless() -> None:
    found = EntryElements(id=LONG, link=LONG, texts={"title": Markup(value="x")})
    attach(found, {"url": LONG})
    media_content(found, {"url": LONG, "medium": "image"})
    found.source = source("S" * 9_000, LONG, LONG)
    told = told_of(found)
    assert (told.id, told.link, told.enclosures, told.images) == (None, None, (), ())
    assert told.source
    assert (len(told.source.title or ""), told.source.link, told.source.id) == (1_000, None, None)
