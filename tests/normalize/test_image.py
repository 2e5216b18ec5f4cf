"""Which picture stands for an entry."""

from __future__ import annotations

import pytest

from digest.model import Enclosure, Image
from digest.normalize.entry import document
from digest.normalize.image import lead

BASE = "https://example.org/posts/"


def found(html: str) -> str | None:
    image = document(html, base_url=BASE).image
    return image.url if image else None


CHOSEN = [
    ("the first image", '<img src="/a.jpg"><img src="/b.jpg">', "/a.jpg"),
    ("not a pixel", '<img src="/p.jpg" width="1" height="1"><img src="/b.jpg">', "/b.jpg"),
    ("not an icon by its size", '<img src="/i.png" width="32"><img src="/b.jpg">', "/b.jpg"),
    ("not an icon by its class", '<img src="/i.png" class="icon"><img src="/b.jpg">', "/b.jpg"),
    ("not an emoji", '<img src="/e.png" class="wp-smiley" alt=":)"><img src="/b.jpg">', "/b.jpg"),
    (
        "not an avatar",
        '<img src="https://secure.gravatar.com/avatar/1"><img src="/b.jpg">',
        "/b.jpg",
    ),
    ("not a badge", '<img src="https://img.shields.io/x.svg"><img src="/b.jpg">', "/b.jpg"),
    (
        "not a counter of readers",
        '<img src="https://medium.com/_/stat?event=post"><img src="/b.jpg">',
        "/b.jpg",
    ),
    ("not a small thumbnail", '<img src="/a-50x50.jpg"><img src="/b.jpg">', "/b.jpg"),
    (
        "the real source of a lazy image",
        '<img src="data:image/gif;base64,R0" data-src="/real.jpg">',
        "/real.jpg",
    ),
    (
        "the first of a set where there is no source",
        '<img srcset="/s.jpg 480w, /l.jpg 800w">',
        "/s.jpg",
    ),
    ("not a formula", r'<img src="/eq.png" alt="$x^2$"><img src="/b.jpg">', "/b.jpg"),
]
NONE = [
    "<p>a</p>",
    '<img alt="x">',
    '<img src="data:image/png;base64,AAAA">',
    '<img src="javascript:x">',
    '<img src="file:///a.png">',
]


@pytest.mark.parametrize(
    ("html", "path"), [row[1:] for row in CHOSEN], ids=[row[0] for row in CHOSEN]
)
def test_an_image_of_the_text(html: str, path: str) -> None:
    assert found(html) == f"https://example.org{path}"


@pytest.mark.parametrize("html", NONE)
def test_no_image(html: str) -> None:
    assert found(html) is None


def test_size_and_description_are_kept() -> None:
    image = document(
        '<img src="a.jpg" width="640px" height="480" alt=" A  cat ">', base_url=BASE
    ).image
    assert image == Image(url=BASE + "a.jpg", width=640, height=480, alt="A cat")


def test_what_the_feed_names_goes_first_then_what_is_attached() -> None:
    named = (
        Image(url="/small.jpg", width=16, height=16),
        Image(url="/named.jpg", width=800, height=600),
    )
    attached = (
        Enclosure(url="/a.mp3", media_type="audio/mpeg"),
        Enclosure(url="/attached.jpg", media_type="image/jpeg"),
    )
    written = ({"src": "/written.jpg"},)
    first = lead(named, attached, written, base=BASE, text_base=BASE)
    second = lead((), attached, written, base=BASE, text_base=BASE)
    third = lead((), attached[:1], written, base=BASE, text_base=BASE)
    assert [image and image.url for image in (first, second, third)] == [
        "https://example.org/named.jpg",
        "https://example.org/attached.jpg",
        "https://example.org/written.jpg",
    ]
