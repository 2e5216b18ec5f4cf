"""The links from an edition to the ones around it, in pages that are never made anew."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from lxml import html

from digest.render.html import lead_on
from support.house import NOW, House, item, rss

DAY = timedelta(days=1)
CONFIG = """base_url = "https://news.example.org/"
[[feeds]]
url = "feed.xml"
[digests.daily]
title = "{title}"
schedule = "0 7 * * *"
[digests.daily.deliver.files]
path = "out"
formats = ["html"]
"""


def slots(house: House) -> list[str]:
    return sorted(path.name for path in (house.folder / "out").glob("2*"))


def publish(house: House, days: int, title: str = "Daily") -> None:
    """Make an edition on each of these days, one story each."""
    for day in range(days):
        entries = [item(f"{title}{number}") for number in range(day + 1)]
        (house.folder / "feed.xml").write_bytes(rss(entries))
        house.file.write_text(CONFIG.format(title=title))
        house.run(NOW + day * DAY)


@pytest.fixture
def house(tmp_path: Path) -> House:
    (tmp_path / "feed.xml").write_bytes(rss([]))
    return House(tmp_path, ["feed.xml"])


def links(page: Path) -> dict[str, list[str]]:
    """Find where a page leads by each relation, in its head and in its body."""
    tree = html.parse(str(page)).getroot()
    return {
        rel: [link.get("href") for link in tree.xpath(f"//link[@rel='{rel}'] | //a[@rel='{rel}']")]
        for rel in ("prev", "next")
    }


def test_each_edition_leads_to_the_ones_around_it(house: House) -> None:
    publish(house, 3)
    first, second, third = slots(house)
    out = house.folder / "out"
    assert links(out / first / "index.html") == {"prev": [], "next": [f"../{second}/"] * 2}
    assert links(out / second / "index.html") == {
        "prev": [f"../{first}/"] * 2,
        "next": [f"../{third}/"] * 2,
    }
    assert links(out / third / "index.html") == {"prev": [f"../{second}/"] * 2, "next": []}
    assert links(out / "latest" / "index.html") == links(out / third / "index.html")


def test_a_page_gets_its_link_and_no_other_byte_of_it_changes(house: House) -> None:
    publish(house, 1)
    (slot,) = slots(house)
    page = house.folder / "out" / slot / "index.html"
    before = page.read_bytes()
    # All that a page made anew would have of today.
    house.file.write_text(CONFIG.format(title="Another title"))
    (house.folder / "feed.xml").write_bytes(rss([item("b")]))
    house.run(NOW + DAY)
    following = slots(house)[1]
    assert page.read_bytes() == lead_on(before, following)
    assert page.read_bytes().count(f"../{following}/".encode()) == 2
    assert b"Another title" not in page.read_bytes()


def test_a_page_without_a_place_for_the_link_stays_as_it_is(house: House) -> None:
    publish(house, 1)
    (slot,) = slots(house)
    page = house.folder / "out" / slot / "index.html"
    page.write_text("<p>of an older version")
    (house.folder / "feed.xml").write_bytes(rss([item("b")]))
    house.run(NOW + DAY)
    assert page.read_text() == "<p>of an older version"


def test_a_page_that_was_lost_comes_back_with_both_links(house: House) -> None:
    publish(house, 3)
    first, second, third = slots(house)
    page = house.folder / "out" / second / "index.html"
    whole = page.read_bytes()
    shutil.rmtree(page.parent)
    (house.folder / "feed.xml").write_bytes(rss([item("d")]))
    house.run(NOW + 3 * DAY)
    assert page.read_bytes() == whole
    assert links(page) == {"prev": [f"../{first}/"] * 2, "next": [f"../{third}/"] * 2}


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        pytest.param(b"<!--next:SLOT-->", b"2026-11-22T0700", id="a place"),
        pytest.param(
            b"<!--next:a-->|<!--next:SLOT SLOT-->",
            b"a|2026-11-22T0700 2026-11-22T0700",
            id="several",
        ),
        pytest.param(b"<!-- next: SLOT -->", b"<!-- next: SLOT -->", id="another comment"),
        pytest.param(b"SLOT", b"SLOT", id="no comment"),
        pytest.param(b"&lt;!--next:SLOT--&gt;", b"&lt;!--next:SLOT--&gt;", id="what a feed wrote"),
    ],
)
def test_links_are_put_where_there_is_a_place_for_them(page: bytes, expected: bytes) -> None:
    assert lead_on(page, "2026-11-22T0700") == expected
