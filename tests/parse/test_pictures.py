"""Pictures and links of entries, as publishers spell them."""

from __future__ import annotations

import pytest

from digest.model import Document, ParsedEntry
from digest.parse import parse

NAMESPACES = (
    'xmlns:media="http://search.yahoo.com/mrss/" '
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
)


def entry_with(inside: str, *, mended: bool = False) -> ParsedEntry:
    item = f"<item><title>Owls</title><guid isPermaLink='false'>owls</guid>{inside}</item>"
    # A bare ampersand and an element that is never closed need the lenient parser.
    broken = "<b><i>&nbsp;" if mended else ""
    document = (
        f'<rss version="2.0" {NAMESPACES}><channel><title>The Example Post</title>{broken}'
        f"<link>https://feed.example.org/</link>{item}</channel></rss>"
    )
    return _read(document).entries[0]


def _read(document: str):
    url = "https://feed.example.org/rss.xml"
    return parse(Document(url=url, media_type="application/xml", body=document.encode()))


PICTURE = "https://img.example.org/owl.jpg"
NAMELESS = "https://img.example.org/show?id=5"
FILM = "https://img.example.org/owl.mp4"


@pytest.mark.parametrize(
    ("inside", "pictures", "enclosures"),
    [
        pytest.param(f'<media:content url="{PICTURE}"/>', [PICTURE], [], id="no type"),
        pytest.param(
            f'<media:content url="{NAMELESS}" width="600" height="400"/>',
            [NAMELESS], [], id="no type and no ending, but a size",
        ),
        pytest.param(
            f'<media:group><media:content url="{NAMELESS}" width="600"/></media:group>',
            [NAMELESS], [], id="a width alone, in a group",
        ),
        pytest.param(f"<media:content>{PICTURE}</media:content>", [PICTURE], [], id="as a text"),
        pytest.param(f"<media:thumbnail>{PICTURE}</media:thumbnail>", [PICTURE], [],
                     id="a thumbnail's text"),
        pytest.param(f'<media:content url="{FILM}"/>', [], [FILM], id="a film by its ending"),
        pytest.param(
            f'<media:content url="{NAMELESS}" width="640" duration="12"/>', [], [],
            id="no-op: what has a duration is no picture",
        ),
        pytest.param(
            f'<media:content url="{NAMELESS}" width="640" type="text/html"/>', [], [],
            id="no-op: a page",
        ),
        pytest.param(f"<image>{PICTURE}</image>", [PICTURE], [], id="image as a text"),
        pytest.param(f"<image><url>{PICTURE}</url></image>", [PICTURE], [], id="image as a child"),
        pytest.param(f'<thumbnail url="{PICTURE}"/>', [PICTURE], [], id="thumbnail"),
        pytest.param(f"<thumbnail>{PICTURE}</thumbnail>", [PICTURE], [], id="thumbnail as a text"),
        pytest.param(f'<img src="{PICTURE}"/>', [PICTURE], [], id="HTML's img"),
        pytest.param(f"<featuredImage>{PICTURE}</featuredImage>", [PICTURE], [], id="featured"),
        pytest.param(f"<itunes:image>{PICTURE}</itunes:image>", [PICTURE], [], id="a cover's text"),
        pytest.param(f'<enclosure url="{PICTURE}"/>', [PICTURE], [PICTURE], id="enclosure"),
        pytest.param("<image>An owl at night</image>", [], [], id="no-op: words"),
        pytest.param("<photo/><picture></picture>", [], [], id="no-op: nothing"),
    ],
)  # fmt: skip
def test_a_picture_is_found_however_its_publisher_spells_it(
    inside: str, pictures: list[str], enclosures: list[str]
) -> None:
    entry = entry_with(inside)
    assert [picture.url for picture in entry.images] == pictures
    assert [media.url for media in entry.enclosures] == enclosures


@pytest.mark.parametrize("name", ["thumbnail", "featuredImage"])
def test_the_lenient_parser_finds_pictures_that_are_an_address(name: str) -> None:
    entry = entry_with(f"<{name}>{PICTURE}</{name}>", mended=True)
    assert [picture.url for picture in entry.images] == [PICTURE]


@pytest.mark.parametrize(
    ("inside", "link"),
    [
        pytest.param(
            '<link href=""/><id>https://feed.example.org/owls</id>',
            "https://feed.example.org/owls", id="an empty link and a permanent id",
        ),
        pytest.param(
            '<link href="#"/><id>https://feed.example.org/owls</id>',
            "https://feed.example.org/owls", id="a fragment alone",
        ),
        pytest.param(
            '<link xml:base="https://feed.example.org/owls" href=""/><id>tag:x,2026:1</id>',
            "https://feed.example.org/owls", id="an empty link with a base of its own",
        ),
        pytest.param('<link href=""/><id>tag:x,2026:1</id>', None, id="nothing to follow"),
        pytest.param(
            '<link href="owls"/><id>https://feed.example.org/other</id>',
            "owls", id="no-op: a relative link",
        ),
    ],
)  # fmt: skip
def test_an_empty_link_is_none(inside: str, link: str | None) -> None:
    entry = f"<entry><title>Owls</title>{inside}<updated>2026-01-12T07:00:00Z</updated></entry>"
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Post</title>{entry}</feed>'
    assert _read(feed).entries[0].link == link
