"""The publisher's look: what is taken, what it changes in each format, and what it never does."""

from __future__ import annotations

import email
import json
import re
import zipfile
from base64 import b64encode
from dataclasses import replace
from email import policy
from io import BytesIO
from pathlib import Path

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.deliver import message
from digest.model import Image, Look, Picture, Section
from digest.render import render
from digest.render.looks import colors, fonts, pictures
from digest.resources import data_dir
from digest.web.responses import page_policy
from support import editions
from support.pictures import (
    SVG,
    gif,
    jpeg,
    png,
    webp_extended,
    webp_lossless,
    webp_lossy,
)

LOGO = Picture(
    filename="logo.png", media_type="image/png", body=png(300, 100), width=300, height=100
)
LOOK = Look(
    accent="#0b57d0",
    description="What moved in <learning> machines.",
    imprint="Example Club & friends",
    postal_address="1 Example Street, Berlin",
    text_font="Source Serif 4, Georgia, serif",
    label_font="Inter",
    width=720,
)


def site(look: Look = LOOK, logo: Picture | None = LOGO, **changes: object):
    return editions.site(look=look, logo=logo, **changes)


def shown(name: str, **changes: object) -> bytes:
    return render(name, [editions.sample()], site(**changes)).body


# --- colors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("color", "background", "expected"),
    [
        pytest.param("#000000", "#ffffff", 21.0, id="the most"),
        pytest.param("#ffffff", "#ffffff", 1.0, id="the least"),
        pytest.param("#767676", "#ffffff", 4.54, id="the lightest gray that passes on white"),
        pytest.param("#777777", "#ffffff", 4.48, id="the next one, which does not"),
        pytest.param("#ff0000", "#ffffff", 4.0, id="red on white"),
    ],
)
def test_contrast_is_that_of_wcag(color: str, background: str, expected: float) -> None:
    assert round(colors.contrast(color, background), 2) == expected
    assert colors.contrast(color, background) == colors.contrast(background, color)


@given(st.integers(0, 0xFFFFFF), st.sampled_from([colors.LIGHT, colors.DARK]))
def test_a_proposed_color_can_be_read_and_is_the_same_where_it_could(
    number: int, background: str
) -> None:
    color = f"#{number:06x}"
    proposed = colors.readable(color, background)
    assert re.fullmatch(r"#[0-9a-f]{6}", proposed)
    assert colors.contrast(proposed, background) >= colors.LEAST_CONTRAST
    if colors.contrast(color, background) >= colors.LEAST_CONTRAST:
        assert proposed == color
    assert colors.readable(proposed, background) == proposed


def test_a_proposed_color_is_no_further_than_it_must_be() -> None:
    proposed = colors.readable("#ff9900", colors.LIGHT)
    assert colors.contrast(proposed, colors.LIGHT) < colors.LEAST_CONTRAST + 0.1


@pytest.mark.parametrize(
    ("text", "expected"),
    [("#FA0", "#ffaa00"), ("#0b57d0", "#0b57d0"), ("#ABCDEF", "#abcdef")],
)
def test_colors_are_taken(text: str, expected: str) -> None:
    assert colors.parse(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "red",
        "",
        "#",
        "#12",
        "#12345",
        "#1234567",
        "#ggg",
        "rgb(0,0,0)",
        "#fff;x",
        "#fff}",
        "#fff\n",
    ],
)
def test_what_is_no_color_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a color such as"):
        colors.parse(text)


def test_contrast_is_measured_against_what_pages_and_mails_stand_on() -> None:
    style = (data_dir("templates") / "style.css").read_text()
    assert re.findall("--paper:(#[0-9a-f]{6})", style) == [colors.LIGHT, colors.DARK]
    for name in ("mail.html", "confirm.html"):
        text = (data_dir("templates") / name).read_text()
        assert f'style="background:{colors.LIGHT};word-break' in text
        assert f".p{{background:{colors.DARK}!important}}" in text


# --- fonts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Inter", "'Inter'", id="one name"),
        pytest.param('"Segoe UI", Arial', "'Segoe UI','Arial'", id="quotes are ours"),
        pytest.param("'Source Serif 4',Serif", "'Source Serif 4',serif", id="a generic name"),
        pytest.param("-apple-system, system-ui", "-apple-system,system-ui", id="systems' own"),
        pytest.param("思源宋体, Noto Naskh Arabic", "'思源宋体','Noto Naskh Arabic'", id="scripts"),
        pytest.param("M+ 1p, IBM-Plex", "'M+ 1p','IBM-Plex'", id="signs within a name"),
    ],
)
def test_lists_of_fonts_are_taken(text: str, expected: str) -> None:
    assert fonts.stack(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", ",", "Inter,", "a;b", "a}b", "a{b", "x</style>", "url(http://example.org/f)", "a\\b",
        "'a", "\"a'", "@import", "a/*", "a:b", "Inter !important", "a\nb", "x" * 80,
        ",".join("abcdefghijklm"), "-x", "expression(1)",
    ],
)  # fmt: skip
def test_what_is_no_list_of_fonts_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="font"):
        fonts.stack(text)


@given(st.text())
def test_a_list_of_fonts_can_end_nothing(text: str) -> None:
    try:
        stack = fonts.stack(text)
    except ValueError:
        return
    assert not set(stack) & set(';{}()<>\\/@:&"\n')
    assert stack.count("'") % 2 == 0


# --- pictures -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "media_type", "filename"),
    [
        pytest.param(png(7, 5), "image/png", "logo.png", id="PNG"),
        pytest.param(jpeg(7, 5), "image/jpeg", "logo.jpg", id="JPEG, behind other segments"),
        pytest.param(gif(7, 5), "image/gif", "logo.gif", id="GIF"),
        pytest.param(webp_lossy(7, 5), "image/webp", "logo.webp", id="WebP, lossy"),
        pytest.param(webp_lossless(7, 5), "image/webp", "logo.webp", id="WebP, lossless"),
        pytest.param(webp_extended(7, 5), "image/webp", "logo.webp", id="WebP, extended"),
    ],
)
def test_a_picture_is_known_by_its_first_bytes(
    tmp_path: Path, body: bytes, media_type: str, filename: str
) -> None:
    file = tmp_path / "any.svg"
    file.write_bytes(body)
    picture = pictures.load(file, "logo", most=1000)
    assert (picture.media_type, picture.filename) == (media_type, filename)
    assert (picture.width, picture.height, picture.body) == (7, 5, body)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(SVG, "SVG drawing", id="SVG"),
        pytest.param(b"\xef\xbb\xbf <svg/>", "SVG drawing", id="SVG behind a mark"),
        pytest.param(b"<!doctype html><script>", "no picture", id="a page"),
        pytest.param(b"", "no picture", id="nothing"),
        pytest.param(b"BM" + bytes(60), "no picture", id="a bitmap of Windows"),
        pytest.param(png()[:20], "cut off", id="the beginning of a PNG"),
        pytest.param(png(40, 40)[:-20], "cut off", id="a PNG without its end"),
        pytest.param(jpeg()[:30], "cut off", id="the beginning of a JPEG"),
        pytest.param(b"\xff\xd8\xff\xda" + bytes(40), "cut off", id="a JPEG without a frame"),
        pytest.param(gif()[:7], "cut off", id="the beginning of a GIF"),
        pytest.param(webp_lossy()[:-3], "cut off", id="a WebP without its end"),
        pytest.param(gif(0, 5), "0 by 5 pixels", id="no width"),
        pytest.param(gif(5, 7000), "5 by 7000 pixels", id="too high"),
        pytest.param(png() + bytes(2000), "more than 1 kB", id="too large"),
    ],
)
def test_what_is_no_fit_picture_is_refused(tmp_path: Path, body: bytes, reason: str) -> None:
    file = tmp_path / "logo.png"
    file.write_bytes(body)
    with pytest.raises(ValueError, match=reason):
        pictures.load(file, "logo", most=1000)


@pytest.mark.parametrize("kind", [png, jpeg, gif, webp_lossy, webp_lossless, webp_extended])
def test_a_picture_cut_anywhere_is_measured_or_refused(tmp_path: Path, kind) -> None:
    body = kind()
    file = tmp_path / "logo"
    for end in range(len(body)):
        file.write_bytes(body[:end])
        try:
            picture = pictures.load(file, "logo", most=1000)
        except ValueError:
            continue
        assert (picture.width, picture.height) == (4, 2)


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    for file in (tmp_path, tmp_path / "none.png"):
        with pytest.raises(ValueError, match="there is no file"):
            pictures.load(file, "logo", most=1000)


# --- formats --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", editions.FORMATS)
def test_a_look_without_a_key_changes_no_byte(name: str) -> None:
    plain = render(name, [editions.sample()], editions.site()).body
    assert render(name, [editions.sample()], site(Look(), None)).body == plain


@pytest.mark.parametrize(
    "name", ["html", "archive", "text", "markdown", "atom", "editions", "jsonfeed", "mail"]
)
def test_a_look_says_what_the_digest_is_or_whose(name: str) -> None:
    body = shown(name)
    if name == "mail":
        body = (
            email.message_from_bytes(body, policy=policy.default)
            .get_body(("plain",))
            .get_content()
            .encode()
        )
    text = body.decode().replace("\\<", "<")
    told = {
        "html": "Example Club &amp; friends",
        "archive": "1 Example Street, Berlin",
        "text": "1 Example Street, Berlin",
        "markdown": r"Example Club \& friends",
        "mail": "1 Example Street, Berlin",
    }.get(name, "machines.")
    assert told in text
    if name in ("atom", "editions"):
        assert "<logo>https://news.example.org/daily/logo.png</logo>" in text
    if name == "jsonfeed":
        assert json.loads(text)["icon"] == "https://news.example.org/daily/logo.png"
        assert json.loads(text)["description"] == "What moved in <learning> machines."


def test_a_square_logo_is_the_icon_of_a_feed() -> None:
    square = Picture(filename="logo.gif", media_type="image/gif", body=b"", width=9, height=9)
    assert b"<icon>https://news.example.org/daily/logo.gif</icon>" in shown("atom", logo=square)


def test_no_feed_points_to_a_logo_that_is_published_nowhere() -> None:
    for name in ("atom", "editions", "jsonfeed"):
        assert b"logo." not in shown(name, base_url=None)


def test_a_page_holds_its_logo_and_allows_it_and_no_other_source() -> None:
    page = shown("html").decode()
    data = f"data:image/png;base64,{b64encode(LOGO.body).decode()}"
    assert f'<img src="{data}" alt="" width="192" height="64">' in page
    assert "img-src data:; " in page
    assert "img-src data:; " in page_policy(page.encode())
    assert "img-src http: https: data:; " in page_policy(page.encode(), images=True)
    assert "img-src" not in shown("html", logo=None).decode()


def test_the_style_of_a_page_has_the_colors_fonts_and_width() -> None:
    style = shown("html").decode().partition("</style>")[0]
    assert ":root{--accent:#0b57d0}" in style
    dark = re.search(r"dark\)\{:root\{--accent:(#[0-9a-f]{6})\}\}", style)
    assert dark
    assert colors.contrast(dark[1], colors.DARK) >= colors.LEAST_CONTRAST
    assert "body{font-family:'Source Serif 4','Georgia',serif,Charter," in style
    assert ".page{max-width:720px}" in style


def test_an_imprint_that_is_an_address_is_linked() -> None:
    look = Look(imprint="https://example.org/imprint?a=1&b=2")
    for name, told in {
        "html": '<a href="https://example.org/imprint?a=1&amp;b=2">Legal notice</a>',
        "text": "Legal notice: https://example.org/imprint?a=1&b=2",
        "markdown": "[Legal notice](<https://example.org/imprint?a=1&b=2>)",
    }.items():
        assert told in shown(name, look=look).decode()


@pytest.mark.parametrize(
    "hostile", ["</style><script>alert(1)</script>", '"><img src=x onerror=y>', "javascript:x"]
)
def test_texts_of_a_look_are_only_ever_text(hostile: str) -> None:
    look = Look(description=hostile, imprint=hostile, postal_address=hostile)
    for name in ("html", "archive", "atom", "editions", "mail", "epub"):
        body = shown(name, look=look)
        if name == "mail":
            body = (
                email.message_from_bytes(body, policy=policy.default)
                .get_body(("html",))
                .get_content()
                .encode()
            )
        assert b"<script>" not in body
        assert b'href="javascript' not in body
        assert b"<img src=x" not in body


def test_a_mail_brings_its_logo_along() -> None:
    whole = email.message_from_bytes(shown("mail"), policy=policy.default)
    assert whole.get_content_type() == "multipart/alternative"
    text, related = whole.iter_parts()
    assert text.get_content_type() == "text/plain"
    assert related.get_content_type() == "multipart/related"
    page, picture = related.iter_parts()
    assert 'src="cid:logo@daily.news.example.org"' in page.get_content()
    assert picture["Content-ID"] == "<logo@daily.news.example.org>"
    assert picture.get_content_disposition() == "inline"
    assert (picture.get_content_type(), picture.get_content()) == ("image/png", LOGO.body)
    assert not whole.defects + related.defects


def test_a_mail_without_a_logo_has_two_parts() -> None:
    whole = email.message_from_bytes(shown("mail", logo=None), policy=policy.default)
    assert [part.get_content_type() for part in whole.iter_parts()] == ["text/plain", "text/html"]


def test_a_mail_has_the_accent_the_fonts_and_the_width() -> None:
    whole = email.message_from_bytes(shown("mail"), policy=policy.default)
    page = whole.get_body(("html",)).get_content()
    assert "#9b2c12" not in page
    assert "color:#0b57d0" in page
    assert "max-width:720px" in page
    assert "&#39;Source Serif 4&#39;,&#39;Georgia&#39;,serif,Georgia,serif" in page
    assert "Example Club &amp; friends · 1 Example Street, Berlin" in page


def test_the_logo_of_a_mail_does_not_weigh_on_its_page() -> None:
    heavy = Picture(
        filename="logo.png", media_type="image/png", body=bytes(150_000), width=9, height=9
    )
    plain = email.message_from_bytes(shown("mail", logo=None), policy=policy.default)
    whole = email.message_from_bytes(shown("mail", logo=heavy), policy=policy.default)
    pages = [part.get_body(("html",)).get_content() for part in (plain, whole)]
    assert pages[1].count("<h3") == pages[0].count("<h3") > 0
    assert message.size(pages[1]) < message.size(pages[0]) + 400


def test_a_book_holds_its_logo() -> None:
    book = zipfile.ZipFile(BytesIO(shown("epub")))
    assert book.read("book/logo.png") == LOGO.body
    assert b'<item id="logo" href="logo.png" media-type="image/png"/>' in book.read(
        "book/package.opf"
    )
    contents = book.read("book/contents.xhtml").decode()
    assert '<img src="logo.png" alt="" width="192" height="64"/>' in contents
    assert "1 Example Street, Berlin" in contents
    assert (
        "<dc:description>What moved in &lt;learning&gt;" in book.read("book/package.opf").decode()
    )


def test_a_book_holds_no_logo_that_some_readers_cannot_show() -> None:
    modern = Picture(filename="logo.webp", media_type="image/webp", body=b"", width=9, height=9)
    book = zipfile.ZipFile(BytesIO(shown("epub", logo=modern)))
    assert "book/logo.webp" not in book.namelist()
    assert b"logo" not in book.read("book/package.opf")


# --- what other sites show beside a link ----------------------------------------------------------

SHARE = Picture(filename="share.png", media_type="image/png", body=b"", width=1200, height=630)


def meta(page: str) -> dict[str, str]:
    tree = lxml.html.fromstring(page)
    return {
        element.get("property") or element.get("name"): element.get("content")
        for element in tree.iter("meta")
    }


def test_a_page_tells_other_sites_what_it_is() -> None:
    found = meta(shown("html", share_image=SHARE).decode())
    assert found["og:type"] == "article"
    assert found["og:url"] == "https://news.example.org/daily/2026-11-22T0700/"
    assert found["og:title"] == "Morning transmission · Sunday, November 22, 2026"
    assert found["og:image"] == "https://news.example.org/daily/share.png"
    assert (found["og:image:width"], found["og:image:height"]) == ("1200", "630")
    assert found["twitter:card"] == "summary_large_image"
    assert found["description"].startswith("Attention without the softmax")
    assert len(found["description"]) <= 200
    archive = meta(shown("archive").decode())
    assert archive["og:type"] == "website"
    assert archive["description"] == "What moved in <learning> machines."
    assert archive["og:image"] == "https://news.example.org/daily/logo.png"
    assert archive["twitter:card"] == "summary"


def test_the_first_picture_is_shared_where_the_pages_show_pictures() -> None:
    image = Image(url="https://example.org/a.jpg", width=800, height=600)
    pictured = editions.story("a", "A", image=image)
    edition = editions.edition(Section(title="", stories=(editions.story("b", "B"), pictured)))
    shared = meta(render("html", [replace(edition, images=True)], site()).body.decode())
    assert shared["og:image"] == "https://example.org/a.jpg"
    assert (shared["og:image:width"], shared["twitter:card"]) == ("800", "summary_large_image")
    assert "og:image" not in meta(render("html", [edition], site(logo=None)).body.decode())


def test_nothing_is_shared_of_what_is_published_nowhere() -> None:
    assert b"og:" not in shown("html", base_url=None)


@pytest.mark.parametrize("name", ["html", "archive"])
def test_search_engines_are_asked_to_leave_out_what_they_shall(name: str) -> None:
    assert meta(shown(name, noindex=True).decode())["robots"] == "noindex"
    assert "robots" not in meta(shown(name).decode())
