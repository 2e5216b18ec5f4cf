"""Adding feeds: by an address, with a choice, and from a list."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from support.adminhouse import OWN, AdminHouse, hidden
from support.feedserver import Answer as Reply
from support.feedserver import FeedServer
from support.house import item, rss
from support.webhouse import Answer

CONFIG = """# by hand
title = "News"
[fetch]
allow_hosts = ["127.0.0.1"]
[store]
url = "sqlite:///digest.db"
[web]
{web}
[digests.daily]
[digests.daily.deliver.files]
path = "out"   # {port}

[[feeds]]
url = "https://a.example/feed"
"""

PAGE = b"""<html><head>
<link rel="alternate" type="application/rss+xml" title="All" href="/all.xml">
<link rel="alternate" type="application/rss+xml" title="Broken" href="/broken.xml">
<link rel="alternate" type="application/rss+xml" title="Sport" href="/sport.xml">
</head></html>"""


@pytest.fixture
def server() -> Iterator[FeedServer]:
    hostile = item("s1").replace("<title>", "<title>&lt;script&gt;alert(1)&lt;/script&gt; ")
    with FeedServer(
        {
            "/all.xml": rss([item("a1"), item("a2")], "All <of> it"),
            "/sport.xml": rss([hostile], "Sport"),
            "/page": Reply(body=PAGE, headers={"content-type": "text/html"}),
            "/nothing": Reply(body=b"<html></html>", headers={"content-type": "text/html"}),
        }
    ) as running:
        yield running


@pytest.fixture
def house(tmp_path: Path) -> Iterator[AdminHouse]:
    opened = AdminHouse(tmp_path)
    opened.configure(CONFIG)
    opened.log_in()
    yield opened
    opened.close()


def test_the_feeds_of_a_page_are_shown_and_one_is_chosen(
    house: AdminHouse, server: FeedServer
) -> None:
    before = house.file
    found = house.send(
        "/admin/feeds/add", "/admin/feeds/add", form="add", do="find", address=server.url("/page")
    )
    assert found.status == 200
    assert house.file == before
    for url in ("/all.xml", "/sport.xml"):
        assert f'value="{server.url(url)}"' in found.text
    assert f'value="{server.url("/broken.xml")}"' not in found.text
    assert "<script>alert" not in found.text
    fields = {
        "token": hidden(found, "token"),
        "fingerprint": hidden(found, "fingerprint"),
        "form": "add",
        "do": "add",
        "url": server.url("/sport.xml"),
        "category": "Sport",
    }

    answer = house.post("/admin/feeds/add", urlencode(fields).encode(), OWN)
    assert answer.status == 303, answer.text
    assert house.file == (
        before + f'\n[[feeds]]\nurl = "{server.url("/sport.xml")}"\ncategory = "Sport"\n'
    )
    assert "Added." in house.follow(answer).text


@pytest.mark.parametrize(
    ("address", "words"),
    [
        pytest.param("", "write the address", id="nothing"),
        pytest.param("/nothing", "no feed at", id="a page without a feed"),
        pytest.param("/missing", "404", id="no page"),
        pytest.param("ftp://a.example/x", "is no web address", id="another scheme"),
        pytest.param("https://[", "is no web address", id="no address at all"),
        pytest.param("http://169.254.169.254/", "169.254", id="a private address"),
    ],
)
def test_an_address_without_a_feed_is_a_sentence_at_the_field(
    house: AdminHouse, server: FeedServer, address: str, words: str
) -> None:
    before = house.file
    written = server.url(address) if address.startswith("/") else address
    answer = house.send(
        "/admin/feeds/add", "/admin/feeds/add", form="add", do="find", address=written
    )
    assert answer.status == 422
    assert words in answer.text
    assert 'id="add-address-mistake"' in answer.text
    assert house.file == before


@pytest.mark.parametrize("url", ["", "/etc/passwd", "javascript:alert(1)"])
def test_what_is_no_address_is_not_added(house: AdminHouse, url: str) -> None:
    before = house.file
    answer = house.send("/admin/feeds/add", "/admin/feeds/import", form="add", do="add", url=url)
    assert answer.status == 422
    assert house.file == before


# --- lists ----------------------------------------------------------------------------------------

LIST = """<opml version="2.0"><body>
<outline text="News"><outline text="&lt;b&gt;New&lt;/b&gt;" xmlUrl="https://new.example/feed"/></outline>
<outline text="Known" xmlUrl="https://a.example/feed"/>
<outline text="A file" xmlUrl="file:///etc/passwd"/>
<outline text="A page" htmlUrl="https://page.example/"/>
</body></opml>"""


def upload(house: AdminHouse, body: bytes, *, filename: str = "feeds.opml") -> Answer:
    """Send the form with a file, as a browser does."""
    token = hidden(house.get("/admin/feeds/import"), "token")
    parts = [
        b'--B\r\ncontent-disposition: form-data; name="token"\r\n\r\n' + token.encode(),
        b'--B\r\ncontent-disposition: form-data; name="form"\r\n\r\nimport',
        b'--B\r\ncontent-disposition: form-data; name="list"; filename="'
        + filename.encode()
        + b'"\r\ncontent-type: text/xml\r\n\r\n'
        + body,
        b"--B--\r\n",
    ]
    headers = {**OWN, "content-type": "multipart/form-data; boundary=B"}
    return house.post("/admin/feeds/import", b"\r\n".join(parts), headers)


def test_a_list_is_shown_before_it_is_added(house: AdminHouse) -> None:
    before = house.file
    shown = upload(house, LIST.encode())
    assert shown.status == 200
    assert house.file == before
    for words in (
        "Would be added: 1",
        "&lt;b&gt;New&lt;/b&gt;",
        "Are there already: 1",
        "Left out: 2",
        "is no http or https address",
    ):
        assert words in shown.text, words
    fields = {name: hidden(shown, name) for name in ("token", "fingerprint", "list")}

    answer = house.post("/admin/feeds/import/confirm", urlencode(fields).encode(), OWN)
    assert "Added 1 feed" in house.follow(answer).text
    assert 'url = "https://new.example/feed"' in house.file
    again = house.post("/admin/feeds/import/confirm", urlencode(fields).encode(), OWN)
    assert "choose the file again" in house.follow(again).text


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "The file is empty"),
        (b"<rss/>", "This is a feed, not an OPML list"),
        (b"\x00\xff" * 1000, "This is not an OPML list"),
        (b"<opml><body>" + b"<outline/>" * 1000 + b"</body></opml>", "names a feed"),
    ],
    ids=["nothing", "a feed", "no text", "no address"],
)
def test_what_is_no_list_is_a_sentence(house: AdminHouse, body: bytes, words: str) -> None:
    answer = upload(house, body)
    assert answer.status == 422
    assert words in answer.text


def test_a_form_without_a_file_is_a_sentence(house: AdminHouse) -> None:
    assert "Choose a file." in upload(house, b"", filename="").text


def test_a_long_list_makes_a_short_page(house: AdminHouse) -> None:
    outlines = "".join(
        f'<outline text="{"x" * 200}" xmlUrl="https://{n}.example/{"y" * 200}"/>'
        f'<outline text="{"z" * 200}"/>'
        for n in range(2000)
    )
    answer = upload(house, f"<opml><body>{outlines}</body></opml>".encode())
    assert answer.status == 200
    assert "and 1,940 more" in answer.text
    assert len(answer.body) < 60_000


def test_a_list_that_is_too_large_is_refused_while_it_is_read(house: AdminHouse) -> None:
    pieces = [b"--B\r\n" + b"x" * 999_995] * 60
    headers = {**OWN, "content-type": "multipart/form-data; boundary=B"}
    assert house.post("/admin/feeds/import", pieces, headers).status in (400, 413)
    assert house.read <= 56


def test_nothing_is_read_of_a_file_that_a_stranger_sends(house: AdminHouse) -> None:
    house.cookies = {}
    headers = {**OWN, "content-type": "multipart/form-data; boundary=B"}
    answer = house.post("/admin/feeds/import", [b"--B\r\n" + b"x" * 9999] * 60, headers)
    assert answer.status == 401
    assert house.read <= 1
