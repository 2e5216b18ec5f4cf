"""The publisher's pictures: written beside the pages, and no reason for an edition to fail."""

from __future__ import annotations

import email
from email import policy
from pathlib import Path

import pytest

from support.house import House, rss
from support.pictures import SVG, png

ITEM = "<item><title>A story</title><link>https://example.org/1</link><guid>1</guid></item>"
LOOK = """[digests.daily.render.look]
logo = "mark"
share_image = "card"
description = "Of an example"
[digests.daily.deliver.files]
path = "out"
formats = ["html", "atom"]
[digests.daily.deliver.maildir]
path = "mail"
from = "Daily <daily@example.org>"
[digests.daily.deliver.webhook]
url = "http://127.0.0.1:9/"
"""


@pytest.fixture
def house(tmp_path: Path) -> House:
    (tmp_path / "feed.xml").write_bytes(rss([ITEM]))
    return House(tmp_path, ["feed.xml"], more=f'[digests.daily]\nschedule = "0 7 * * *"\n{LOOK}')


def letter(house: House) -> email.message.Message:
    (file,) = (house.folder / "mail" / "new").iterdir()
    return email.message_from_bytes(file.read_bytes(), policy=policy.default)


def test_pictures_are_written_beside_the_pages(house: House) -> None:
    (house.folder / "mark").write_bytes(png(8, 8))
    (house.folder / "card").write_bytes(png(9, 9))
    house.run()
    assert (house.folder / "out/logo.png").read_bytes() == png(8, 8)
    assert (house.folder / "out/share.png").read_bytes() == png(9, 9)
    assert "data:image/png;base64," in (house.folder / "out/latest/index.html").read_text()
    assert [part.get_content_type() for part in letter(house).walk()] == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
    ]


@pytest.mark.parametrize("body", [None, SVG, b""], ids=["missing", "a drawing", "empty"])
def test_an_edition_goes_out_without_a_picture_that_does_not_do(
    house: House, body: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    if body is not None:
        (house.folder / "mark").write_bytes(body)
    _, published = house.run()
    assert [made.digest for made in published.made] == ["daily"]
    assert not list((house.folder / "out").glob("*.png"))
    page = (house.folder / "out/latest/index.html").read_text()
    assert "<img" not in page
    assert "img-src" not in page
    assert [part.get_content_type() for part in letter(house).walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert "left out" in caplog.text
