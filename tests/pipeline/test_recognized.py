"""What is told is not told again: from documents that are cut, from ids and links that change."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from support.feedserver import FeedServer
from support.house import DAY, NOW, House, item, rss

FERRY = (
    "The ferry that has linked Lowbridge and Saltmarsh for eighty years made its last crossing on "
    "Friday evening. Captain Irene Falk sounded the horn three times, and those who had come to "
    "see it off answered with bicycle bells. A bridge takes the traffic now."
)
HONEY = (
    "Beekeepers in the hills above Fernley report the best harvest in a decade after a wet spring "
    "and a long, mild summer. The heather bloomed late, and wasps were few. Prices will not fall."
)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer({}) as running:
        yield running


def told(house: House) -> list[str]:
    return sorted(title for titles in house.told() for title in titles)


def run(house: House, server: FeedServer, *documents: bytes) -> list[str]:
    """Serve the documents day by day; give all titles that were told, repeated ones as often."""
    for day, document in enumerate(documents):
        server.pages["/feed.xml"] = document
        house.run(NOW + day * 3 * DAY)
    return told(house)


def house_of(folder: Path, server: FeedServer) -> House:
    server.pages["/feed.xml"] = b""
    return House(folder, [server.url("/feed.xml")])


ITEMS = [
    item("ferry", title="The last ferry", text=FERRY),
    item("honey", title="A good year for honey", text=HONEY, published=NOW - DAY),
]


CUT_ENTRIES = [
    ("ferry", "The last ferry", FERRY, NOW - timedelta(hours=3)),
    ("honey", "A good year for honey", HONEY, NOW - DAY),
]


def rss_document(count: int) -> str:
    return rss(ITEMS[:count]).decode()


def atom_document(count: int) -> str:
    entries = "".join(
        f"<entry><id>urn:example:{id}</id><title>{title}</title>"
        f'<link rel="alternate" href="https://example.org/{id}"/>'
        f"<published>{date:%Y-%m-%dT%H:%M:%SZ}</published>"
        f"<updated>{date:%Y-%m-%dT%H:%M:%SZ}</updated>"
        f'<content type="html">&lt;p&gt;{text}&lt;/p&gt;</content></entry>'
        for id, title, text, date in CUT_ENTRIES[:count]
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
        "<id>urn:example:feed</id><title>A feed</title><updated>2026-11-20T05:00:00Z</updated>"
        f'<link href="https://example.org/"/>{entries}</feed>'
    )


def rdf_document(count: int) -> str:
    entries = "".join(
        f'<item rdf:about="https://example.org/{id}"><title>{title}</title>'
        f"<link>https://example.org/{id}</link><description>{text}</description>"
        f"<dc:date>{date:%Y-%m-%dT%H:%M:%SZ}</dc:date></item>"
        for id, title, text, date in CUT_ENTRIES[:count]
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        '<channel rdf:about="https://example.org/feed"><title>A feed</title>'
        "<link>https://example.org/</link><description>-</description></channel>"
        f"{entries}</rdf:RDF>"
    )


def json_document(count: int) -> str:
    return json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "A feed",
            "home_page_url": "https://example.org/",
            "items": [
                {
                    "id": f"urn:example:{id}",
                    "url": f"https://example.org/{id}",
                    "title": title,
                    "content_html": f"<p>{text}</p>",
                    "date_published": f"{date:%Y-%m-%dT%H:%M:%SZ}",
                }
                for id, title, text, date in CUT_ENTRIES[:count]
            ],
        }
    )


@pytest.mark.parametrize("cuts", [3, pytest.param(None, marks=pytest.mark.long)])
@pytest.mark.parametrize("known", [True, False], ids=["entry known before", "entry new"])
@pytest.mark.parametrize("document", [rss_document, atom_document, rdf_document, json_document])
def test_a_document_cut_anywhere_in_its_last_entry_repeats_nothing(
    tmp_path: Path,
    server: FeedServer,
    document: Callable[[int], str],
    known: bool,
    cuts: int | None,
) -> None:
    whole, first = document(2).encode(), document(1).encode()
    # The last entry begins where the document with one entry ends, and ends as far from the end.
    start = next(at for at in range(len(whole)) if whole[: at + 1] != first[: at + 1])
    end = len(whole) - next(at for at in range(1, len(first)) if whole[-at:] != first[-at:])
    step = (end - start) // cuts if cuts else 5
    for at in range(start, end, step):
        folder = tmp_path / str(at)
        folder.mkdir()
        house = house_of(folder, server)
        found = run(house, server, whole if known else first, whole[:at], whole)
        assert found == ["A good year for honey", "The last ferry"], at
        assert not any(
            story.update
            for edition in house.editions()
            for section in edition.sections
            for story in section.stories
        ), at


def test_a_feed_that_is_cut_when_it_is_read_first_keeps_its_backlog(
    tmp_path: Path, server: FeedServer
) -> None:
    many = [
        item(f"i{number}", title=f"Report no. {number}", published=NOW - number * DAY / 24)
        for number in range(1, 40)
    ]
    whole = rss(many)
    cut = whole[: whole.index(b"<item>", whole.index(b"Report no. 3<")) + 20]
    found = run(house_of(tmp_path, server), server, cut, whole, whole)
    assert len(found) <= 8


@pytest.mark.parametrize(
    "move",
    [
        pytest.param(
            lambda text: text.replace(">https://example.org/", ">https://new.example.net/").replace(
                ">ferry<", ">urn:1<"
            ),
            id="host and id",
        ),
        pytest.param(
            lambda text: text.replace("example.org/", "example.org/2026/11/").replace(
                "'>", "'>https://example.org/?p="
            ),
            id="path and id",
        ),
    ],
)
@pytest.mark.parametrize("dated", [True, False])
def test_a_site_that_changes_its_permalinks_is_not_told_again(
    tmp_path: Path, server: FeedServer, move: object, dated: bool
) -> None:
    date = NOW - timedelta(hours=5) if dated else None
    items = [
        item("ferry", title="The last ferry", text=FERRY, published=date),
        item("note", title="A note on the weather", text="Fog.", published=NOW - DAY),
    ]
    moved = [move(text) for text in items]  # type: ignore[operator]
    assert moved != items
    found = run(house_of(tmp_path, server), server, rss(items), rss(moved), rss(moved))
    assert found == ["A note on the weather", "The last ferry"]


def test_a_title_alone_whose_link_changes_at_each_fetch_is_told_once(
    tmp_path: Path, server: FeedServer
) -> None:
    def document(session: int) -> bytes:
        link = f"https://example.org/ferry?session={session}"
        return rss(
            [f"<item><title>The last ferry</title><link>{link}</link></item>".replace("&", "")]
        )

    house = house_of(tmp_path, server)
    assert run(house, server, *map(document, range(4))) == ["The last ferry"]


def test_each_notice_of_a_status_page_is_told(tmp_path: Path, server: FeedServer) -> None:
    def notice(number: int, title: str) -> str:
        return item(
            f"n{number}",
            title=title,
            link="https://status.example.org/",
            text=f"{title}. " + (HONEY, FERRY, HONEY[90:] + FERRY[90:])[number],
            published=NOW + number * 3 * DAY - DAY / 8,
        )

    notices = [notice(0, "All is well"), notice(1, "The line is down"), notice(2, "All is well")]
    house = house_of(tmp_path, server)
    found = run(house, server, *(rss([one]) for one in notices))
    assert found == ["All is well", "All is well", "The line is down"]
