"""No way on which an address comes in leads to a connection with a private host.

The trap listens on 127.0.0.2, on the port of the server that the configuration allows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from support.feedserver import Answer, FeedServer
from support.house import NOW, House, item, rss
from support.shell import Run, shell

SPELLINGS = (
    "127.0.0.2",
    "127.2",
    "127.0.2",
    "0x7f.2",
    "0x7f000002",
    "0177.0.0.2",
    "2130706434",
    "127。0。0。2",
    "①②⑦.⓪.⓪.②",
    "127.0.0.2.",
    "[::ffff:127.0.0.2]",
    "[::ffff:7f00:2]",
    "[0:0:0:0:0:ffff:127.0.0.2]",
    "[::127.0.0.2]",
    "[64:ff9b::7f00:2]",
    "user:password@127.0.0.2",
    "127.0.0.1@127.0.0.2",
)
PAGE = b"<!doctype html><title>A page</title><p>" + b"A sentence of a page has words. " * 40
LATER = NOW + timedelta(hours=3)


class Web:
    """A server that may be asked, a trap that may not, and a house with the feeds of the first."""

    def __init__(self, folder: Path, run: Run, honest: FeedServer, trap: FeedServer) -> None:
        self.folder = folder
        self.command = run
        self.honest = honest
        self.trap = trap
        self.allowed = '"127.0.0.1"'

    def inside(self, spelling: str, path: str = "/feed.xml") -> str:
        return f"http://{spelling}:{self.trap.port}{path}"

    def house(self, *urls: str, more: str = "") -> House:
        house = House(self.folder, [], more='[digests.daily.deliver.files]\npath = "out"\n')
        text = house.file.read_text().replace('"127.0.0.1", "localhost"', self.allowed)
        text = text.replace("[fetch]\n", '[fetch]\nspacing = "0s"\n')
        feeds = "".join(f'[[feeds]]\nurl = "{url}"\n{more}\n' for url in urls)
        house.file.write_text(text + feeds)
        return house

    def publish(self, number: int, body: bytes | Answer) -> str:
        self.honest.pages[f"/{number}.xml"] = body
        return self.honest.url(f"/{number}.xml")


def feed(web: Web, spellings: tuple[str, ...]) -> None:
    web.house(*map(web.inside, spellings)).run(NOW)


def redirect(web: Web, spellings: tuple[str, ...]) -> None:
    statuses = (301, 302, 303, 307, 308)
    web.house(
        *(
            web.publish(
                number,
                Answer(
                    status=statuses[number % 5],
                    headers={"Location": web.inside(spelling).encode().decode("latin-1")},
                ),
            )
            for number, spelling in enumerate(spellings)
        )
    ).run(NOW)


def full_text(web: Web, spellings: tuple[str, ...]) -> None:
    for number, spelling in enumerate(spellings):
        web.publish(number, rss([item(f"e{number}", link=web.inside(spelling, "/page"))]))
    urls = [web.honest.url(f"/{number}.xml") for number in range(len(spellings))]
    web.house(*urls, more="fulltext = true").run(NOW)


def full_text_by_a_redirect(web: Web, spellings: tuple[str, ...]) -> None:
    for number, spelling in enumerate(spellings):
        where = web.inside(spelling, "/page").encode().decode("latin-1")
        web.honest.pages[f"/page{number}"] = Answer(status=302, headers={"Location": where})
        link = web.honest.url(f"/page{number}")
        web.publish(number, rss([item(f"e{number}", link=link)]))
    urls = [web.honest.url(f"/{number}.xml") for number in range(len(spellings))]
    web.house(*urls, more="fulltext = true").run(NOW)


def archives(web: Web, spellings: tuple[str, ...]) -> None:
    """Replace all entries between two polls; an older document is redirected to each spelling."""

    def publish(which: str, hours: int) -> list[str]:
        urls = []
        for number, spelling in enumerate(spellings):
            where = web.inside(spelling).encode().decode("latin-1")
            web.honest.pages[f"/older{number}"] = Answer(status=302, headers={"Location": where})
            older = (
                '<link xmlns="http://www.w3.org/2005/Atom" rel="next" '
                f'href="{web.honest.url(f"/older{number}")}"/>'
            )
            entries = [
                item(
                    f"{which}{number}-{entry}",
                    published=NOW + timedelta(hours=hours, minutes=entry),
                )
                for entry in range(5)
            ]
            urls.append(web.publish(number, rss([older, *entries])))
        return urls

    house = web.house(*publish("first", -5))
    house.run(NOW)
    publish("second", 1)
    house.run(LATER)


def discovery(web: Web, spellings: tuple[str, ...]) -> None:
    house = web.house(web.publish(0, rss([item("one")])))
    for spelling in spellings:
        web.honest.pages["/blog"] = (
            "<!doctype html><meta charset=utf-8><title>A blog</title>"
            '<link rel="alternate" type="application/rss+xml" title="News" '
            f'href="{web.inside(spelling)}">'
        ).encode()
        web.command("feeds", "add", web.honest.url("/blog"), "-c", str(house.file))


WAYS: tuple[Callable[[Web, tuple[str, ...]], None], ...] = (
    feed,
    redirect,
    full_text,
    full_text_by_a_redirect,
    archives,
    discovery,
)


@pytest.fixture
def web(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Iterator[Web]:
    with (
        FeedServer({}) as honest,
        FeedServer(
            {"/feed.xml": rss([item("inside")]), "/page": PAGE}, host="127.0.0.2", port=honest.port
        ) as trap,
    ):
        yield Web(tmp_path, shell(monkeypatch, capfdbinary), honest, trap)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_no_spelling_of_a_private_address_is_connected_to(
    way: Callable[[Web, tuple[str, ...]], None], web: Web
) -> None:
    way(web, SPELLINGS)
    assert web.trap.connections == 0


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_where_it_is_allowed_the_way_leads_there(
    way: Callable[[Web, tuple[str, ...]], None], web: Web
) -> None:
    """Shows that the trap is where the other test leads to."""
    web.allowed = '"127.0.0.1", "127.0.0.2"'
    way(web, ("127.0.0.2",))
    assert web.trap.connections > 0
