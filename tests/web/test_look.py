"""The publisher's look on the web side."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.pictures import png
from support.webhouse import CONFIG, SLOT, WebHouse

LOOK = """
[render.look]
logo = "logo.png"
description = "Everything that moves"
imprint = "Example Club"
[digests.daily.render.look]
description = "What is <new>"
accent = "#0b57d0"
"""


@pytest.fixture
def dressed(house: WebHouse, tmp_path: Path) -> WebHouse:
    (tmp_path / "logo.png").write_bytes(png(64, 64))
    house.configure(CONFIG + LOOK)
    return house


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/", "Everything that moves"),
        ("/daily/", "What is &lt;new&gt;"),
        ("/chinese/", "Everything that moves"),
        (f"/daily/{SLOT}/", "Example Club"),
        ("/daily/subscribe", "Example Club"),
        ("/nothing/", "Example Club"),
    ],
)
def test_each_page_has_the_look_and_may_show_its_logo_only(
    dressed: WebHouse, path: str, told: str
) -> None:
    answer = dressed.get(path)
    assert told in answer.text
    assert '<p class="logo"><img src="data:image/png;base64,' in answer.text
    assert "img-src data:; " in answer.headers["content-security-policy"]
    assert ("--accent:#0b57d0" in answer.text) == path.startswith("/daily/")


def test_the_logo_is_served_where_feeds_say_it_is(dressed: WebHouse) -> None:
    assert (
        "<icon>https://news.example.org/daily/logo.png</icon>"
        in dressed.get("/daily/atom.xml").text
    )
    answer = dressed.get("/daily/logo.png")
    assert (answer.status, answer.body) == (200, png(64, 64))
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]


def test_a_logo_that_was_replaced_is_shown_within_a_second(
    dressed: WebHouse, tmp_path: Path
) -> None:
    before = dressed.get("/daily/").text
    (tmp_path / "logo.png").write_bytes(png(32, 64, b"\xff\0\0"))
    dressed.timer += 2
    after = dressed.get("/daily/").text
    assert before != after
    assert 'width="32" height="64"' in after


def test_without_a_look_there_is_no_picture(house: WebHouse) -> None:
    assert house.get("/daily/logo.png").status == 404
    assert "img-src" not in house.get("/daily/").headers["content-security-policy"]
