"""The choice of the lead image of an entry."""

# ruff: noqa: E501  # a case is a line

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
    ("escaped tags in a noscript", '<noscript>&lt;img src="/a.jpg"&gt;</noscript>', "/a.jpg"),
    ("candidates without a space between them", '<img srcset="/s.jpg 300w,/l.jpg 900w">', "/l.jpg"),
    ("a picture element without an image", '<picture><source srcset="/a.jpg"></picture>', "/a.jpg"),
    (
        "a poster that is loaded late",
        '<video data-poster="/a.jpg"><source src="/v.mp4"></video>',
        "/a.jpg",
    ),
    ("an image of AMP", '<amp-img src="/a.jpg" width="600" height="400"></amp-img>', "/a.jpg"),
    (
        "a picture element whose image has no address",
        '<picture><source srcset="/a.webp 800w" type="image/webp"><img alt="x"></picture>',
        "/a.webp",
    ),
    ("candidates on lines of their own", '<img srcset=" /s.jpg 300w,   /l.jpg 900w ">', "/l.jpg"),
    ("candidates with heights", '<img srcset="/s.jpg 300w 200h, /l.jpg 900w 600h">', "/l.jpg"),
    (
        "a set that is loaded late",
        '<img data-lazy-srcset="/s.jpg 300w, /l.jpg 900w" src="/spacer.gif">',
        "/l.jpg",
    ),
    ("tags in capitals", '<IMG SRC="/a.jpg" WIDTH="600">', "/a.jpg"),
    (
        "a set that holds a placeholder alone",
        '<img srcset="data:image/gif;base64,R0lGOD 1w" data-src="/a.jpg">',
        "/a.jpg",
    ),
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
        "the one of a set that fills the place",
        '<img srcset="/s.jpg 480w, /m.jpg 800w, /l.jpg 2400w">',
        "/m.jpg",
    ),
    ("the largest of a set of small ones", '<img srcset="/s.jpg 240w, /m.jpg 480w">', "/m.jpg"),
    ("the set before its fallback", '<img src="/s.jpg" srcset="/s.jpg 1x, /m.jpg 2x">', "/m.jpg"),
    (
        "addresses that hold commas",
        '<img srcset="/w_424,c_limit/a.jpg 424w, /w_848,c_limit/a.jpg 848w">',
        "/w_848,c_limit/a.jpg",
    ),
    (
        "the set of a lazy image",
        '<img src="data:image/gif;base64,R0" data-srcset="/s.jpg 300w, /m.jpg 700w">',
        "/m.jpg",
    ),
    ("a lazy image of another script", '<img src="/lazy.gif" data-lazy="/r.jpg">', "/r.jpg"),
    (
        "an image for those without scripts",
        '<img src="data:image/gif;base64,R0"><noscript><img src="/r.jpg"></noscript>',
        "/r.jpg",
    ),
    (
        "the sources of a picture",
        '<picture><source srcset="/a.avif 700w" type="image/avif">'
        '<source srcset="/b.webp 700w"><img alt="x"></picture>',
        "/b.webp",
    ),
    ("the poster of a film", '<video src="/f.mp4" poster="/p.jpg"></video>', "/p.jpg"),
    ("relative to a base of its own", '<base href="/img/"><img src="a.jpg">', "/img/a.jpg"),
    (
        "not what is hidden by style",
        '<img src="/h.jpg" style="display: none"><img src="/b.jpg">',
        "/b.jpg",
    ),
    (
        "not what is a pixel by style",
        '<img src="/h.jpg" style="width:1px;height:1px"><img src="/b.jpg">',
        "/b.jpg",
    ),
    (
        "not what a hidden element holds",
        '<div style="display:none"><img src="/h.jpg"></div><img src="/b.jpg">',
        "/b.jpg",
    ),
    (
        "not what reports to a network",
        '<img src="https://www.facebook.com/tr?id=1&ev=PageView"><img src="/b.jpg">',
        "/b.jpg",
    ),
    (
        "not a mark of a collecting society",
        '<img src="https://vg01.met.vgwort.de/na/0123"><img src="/b.jpg">',
        "/b.jpg",
    ),
    (
        "not a counted opening in noscript",
        '<noscript><img src="https://x.example/p?e=1" width=1 height=1></noscript><img src="/b.jpg">',
        "/b.jpg",
    ),
    (
        "a wide style is no pixel",
        '<img src="/a.jpg" style="max-width:100%;width:12px00">',
        "/a.jpg",
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


def test_a_small_picture_of_the_feed_gives_way_to_a_larger_one_of_the_text() -> None:
    small = (Image(url="/small.jpg", width=72, height=72),)
    written = ({"src": "/written.jpg", "width": "320"},)
    tiny = ({"src": "/tiny.jpg", "width": "70"},)
    larger = lead(small, (), written, base=BASE, text_base=BASE)
    none = lead(small, (), (), base=BASE, text_base=BASE)
    smaller = lead(small, (), tiny, base=BASE, text_base=BASE)
    assert [image and image.url for image in (larger, none, smaller)] == [
        "https://example.org/written.jpg",
        "https://example.org/small.jpg",
        "https://example.org/small.jpg",
    ]


TRACKERS = [
    '<img src="https://a.example/z.jpg" style="clip:rect(0,0,0,0);position:absolute">',
    '<img src="https://a.example/z.jpg" width=" 1 " height=" 1 ">',
    '<img src="https://a.example/z.jpg" width="1.0" height="1.0">',
    '<img src="https://a.example/z.jpg" width="01" height="01">',
    '<div style="width:1px;height:1px;overflow:hidden"><img src="https://a.example/z.jpg"></div>',
    '<img src="https://ct.pinterest.com/v3/?tid=1">',
    '<img src="https://alb.reddit.com/snoo.gif?q=1">',
    '<img src="https://tr.snapchat.com/p?x=1">',
    '<img src="https://track.hubspot.com/__ptq.gif?a=1">',
    '<img src="https://go.a.example/trk?t=1&mid=abc">',
    '<img src="https://ia.51.la/go1?id=1">',
    '<img src="https://ping.chartbeat.net/ping?h=x">',
    '<img src="https://pl02.owen.prolitteris.ch/na/vzm.1-2">',
    '<img src="https://logc1.xiti.com/hit.xiti?s=1">',
    '<img src="https://www.awin1.com/cshow.php?s=1">',
    '<img src="https://www.tqlkg.com/image-123">',
    '<img src="https://ir-na.amazon-adsystem.com/e/ir?t=x&l=as2">',
    '<img src="https://ad.linksynergy.com/fs-bin/show?id=1">',
    '<img src="https://eotrx.substackcdn.com/open?token=x">',
    '<img src="https://link.mail.beehiiv.com/ss/o/u001.abc/x.gif">',
    '<img src="https://open.convertkit-mail.com/abc">',
    '<img src="https://buttondown.com/open/abc/x">',
    '<img src="https://p.feedblitz.com/t3.asp?/1/2">',
    '<img src="https://feedpress.me/9809/1.gif">',
    '<img src="https://a.example/count.gif?n=1">',
    '<img src="https://plausible.io/api/event/x.gif">',
    '<img src="https://u.a.example/api/send.gif?x">',
    '<img src="https://track.pstmrk.it/open/x">',
    '<img src="https://email.a.example/o/eJw">',
    '<img src="https://www.facebook.com/tr?id=1&noscript=1">',
    '<img src="https://a.example/x.jpg" style="display:none !important">',
    '<img src="https://a.example/x.jpg" style="height: 1px; width: 1px">',
    '<img src="https://a.example/x.jpg" style="opacity:0">',
    '<img src="https://a.example/x.jpg" hidden>',
    '<img src="https://a.example/x.jpg" width="0">',
    '<p style="display:none">secret <img src="https://a.example/x.jpg"></p>',
    '<img src="https://mc.yandex.ru/watch/1">',
    '<img src="https://a.list-manage.com/track/open.php?u=1">',
    '<img src="https://vg07.met.vgwort.de/na/1">',
]


@pytest.mark.parametrize("html", TRACKERS)
def test_what_counts_its_readers_is_neither_chosen_nor_stored(html: str) -> None:
    made = document(f"<p>A text.</p>{html}", base_url=BASE)
    assert made.image is None
    assert "<img" not in made.html
    assert made.text == "A text."
    long = document(f"<p>{'A text. ' * 2000}</p>{html}", base_url=BASE)
    assert "<img" not in long.html


NOT_TRACKERS = [
    '<img src="https://a.example/img/kitchen-counter.jpg">',
    '<img src="https://a.example/art/impressionism.jpg">',
    '<img src="https://a.example/img/web-analytics.png">',
    '<img src="https://a.example/open-day.jpg">',
    '<img src="https://a.example/music/hit-song.jpg">',
    '<img src="https://a.example/img/count-dracula.jpg">',
    '<img src="https://a.example/maps/tr.jpg">',
    '<img src="https://a.example/img/beacon-hill.jpg">',
    '<img src="https://a.example/ships/loading-dock.jpg">',
    '<img src="https://a.example/open/house.jpg">',
    '<img src="https://a.example/x.jpg" style="opacity:0.9;width:100%">',
    '<img src="https://a.example/x.jpg" style="min-height:2em;border-width:1px">',
    '<img src="https://a.example/tracks/x.jpg">',
    '<img src="https://a.example/facebook-trains.jpg">',
    '<img src="https://a.example/pixels/x.jpg" width="200">',
]


@pytest.mark.parametrize("html", NOT_TRACKERS)
def test_what_only_looks_like_a_counter_is_kept(html: str) -> None:
    made = document(f"<p>A text.</p>{html}", base_url=BASE)
    assert made.image is not None
    assert "<img" in made.html
