"""The operator's pages in Chromium: for everybody, clicked through, and with hostile feeds."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from digest.store import feeds as stored_feeds
from digest.store import fetches
from digest.store.fetches import FetchRecord
from digest.store.tables import entries
from digest.web.admin.feed_rows import ROWS, feed_key
from digest.web.server import answering, listen
from support.adminhouse import PASSWORD, AdminHouse
from support.feedserver import FeedServer
from support.house import item, rss
from support.webhouse import NOW

pytestmark = pytest.mark.browser

CORPUS = os.environ.get("DIGEST_CORPUS")
PAYLOADS = [
    "<script>ran('script')</script>",
    "<img src=x onerror=ran('img')>",
    "\"><svg onload=ran('svg')>",
    "' autofocus onfocus=ran('focus') x='",
    "</title><script>ran('title')</script>",
    "</textarea><script>ran('area')</script>",
    "</style><script>ran('style')</script>",
    "<a href=javascript:ran('link')>x</a>",
    "{{ 7 * 7 }}{% raw %}",
    "<b>bold</b> &amp; &lt;i&gt;",
    "\u202ereversed\u202c \u2066open \x00\x1b[31m",
    "<iframe srcdoc=\"<script>parent.ran('frame')</script>\">",
    "<details open ontoggle=ran('toggle')>",
    "<math><mtext><script>ran('math')</script></mtext></math>",
    "%3Cscript%3Eran('percent')%3C/script%3E",
]

CONFIG = """
title = {title}
[fetch]
allow_hosts = ["127.0.0.1"]
[store]
url = "sqlite:///digest.db"
[web]
{web}
[digests.daily]
title = {title}
[digests.daily.deliver.files]
path = "out"   # {port}
"""


def walk(**plan: Any) -> dict[str, Any]:
    """Have a browser visit the pages; skipped, with the reason, where there is none."""
    browser, tools = os.environ.get("DIGEST_BROWSER"), os.environ.get("DIGEST_CHECKERS")
    if not browser or not tools:
        pytest.skip("DIGEST_BROWSER and DIGEST_CHECKERS do not name a Chromium and the checkers")
    command = ["node", str(Path(__file__).parent / "walk.mjs"), tools, browser]
    whole = json.dumps({"password": PASSWORD, **plan})
    ran = subprocess.run([*command, whole], capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stderr
    report: dict[str, Any] = json.loads(ran.stdout)
    return report


def configured(house: AdminHouse, feeds: list[tuple[str, str | None, str | None]]) -> None:
    """Write a configuration with feeds, of which the address, title and category are given."""
    text = CONFIG.replace("{title}", json.dumps("The <morning> news"))
    for url, title, category in feeds:
        text += f"\n[[feeds]]\nurl = {json.dumps(url)}\n"
        text += f"title = {json.dumps(title)}\n" if title else ""
        text += f"category = {json.dumps(category)}\n" if category else ""
    (house.folder / "config.toml").write_text(
        text.replace("{web}", house.web).replace("{port}", "9")
    )


def fill(house: AdminHouse, texts: list[str]) -> None:
    """Store a state, fetches and entries of each feed, with `texts` in every field."""
    with house.store.write() as connection:
        urls = [feed.url for feed in house.current().feeds]
        states = stored_feeds.ensure(connection, urls)
        for number, url in enumerate(urls):
            text = texts[number % len(texts)]
            odd = number % 4 == 1
            state = replace(
                states[url],
                title=text,
                error=f"HTTP status 500: {text}" if odd else None,
                failures=3 if odd else 0,
                succeeded_at=NOW - timedelta(hours=number),
                next_fetch_at=NOW + timedelta(hours=number),
                moved_to=f"https://moved.example/{text}" if number % 4 == 2 else None,
                requests=40,
                received=123456,
            )
            stored_feeds.save(connection, [state])
            made = [
                FetchRecord(
                    feed_id=state.id,
                    number=at,
                    at=NOW - timedelta(hours=40 - at),
                    is_unchanged=at % 3 == 0,
                    received=0 if at % 3 == 0 else 1000 * at,
                    error=text if at % 7 == 0 else None,
                )
                for at in range(1, 31)
            ]
            fetches.record(connection, made)
            rows = [
                {
                    "feed_id": state.id,
                    "uid": f"{number}-{at}",
                    "raw_hash": "x",
                    "backlog": False,
                    "first_seen": NOW - timedelta(days=at),
                    "changed_at": NOW,
                    "published": NOW - timedelta(days=at, hours=at),
                    "title": f"{text} {at}",
                    "link": f"https://example.org/{text}",
                }
                for at in range(24)
            ]
            connection.execute(entries.insert(), rows)


@contextmanager
def answered(house: AdminHouse, feeds: list[tuple[str, str | None, str | None]]) -> Iterator[str]:
    """Let the house answer at an address of its own."""
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        house.web = f'url = "http://127.0.0.1:{port}"\n[web.admin]'
        configured(house, feeds)
        house.current()
        with answering(
            house.application, listener, threading.Event(), is_proxy=house.service.is_proxy
        ):
            yield f"http://127.0.0.1:{port}"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[AdminHouse]:
    opened = AdminHouse(tmp_path)
    yield opened
    opened.close()


TITLES = ["The Guardian of <Galaxies>", "晨讯：今天的新闻", "نشرة الصباح", "Ein Blog", "a" * 150]


def pages_of(house: AdminHouse) -> dict[str, str]:
    keys = [feed_key(feed) for feed in house.current().feeds[:3]]
    return {
        "home": "/admin/",
        "feeds": "/admin/feeds",
        "feeds failing": "/admin/feeds?state=failing&sort=-title",
        "feeds none": "/admin/feeds?q=nothing",
        "feed": f"/admin/feeds/{keys[0]}",
        "feed failing": f"/admin/feeds/{keys[1]}",
        "feed moved": f"/admin/feeds/{keys[2]}",
        "add": "/admin/feeds/add",
        "import": "/admin/feeds/import",
        "remove": f"/admin/feeds/{keys[0]}/remove",
        "login": "/admin/login",
    }


def many(number: int = 60) -> list[tuple[str, str | None, str | None]]:
    return [
        (
            f"https://{at}.example/a/rather/long/address/of/a/feed.xml",
            TITLES[at % 5] + f" {at}" if at % 2 else None,
            ["News", "Science & technology", None][at % 3],
        )
        for at in range(number)
    ]


def test_every_page_is_for_everybody(house: AdminHouse) -> None:
    with answered(house, many()) as base:
        fill(house, TITLES)
        pages = pages_of(house)
        report = walk(base=base, pages=pages, pictures=os.environ.get("DIGEST_PICTURES"))
    assert len(report["pages"]) == 4 * len(pages)
    for name, seen in report["pages"].items():
        assert seen.pop("size") < 60_000, name
        assert seen == {"violations": [], "complaints": [], "beyond": 0}, name


def test_each_flow_can_be_clicked_through(house: AdminHouse, tmp_path: Path) -> None:
    listed = tmp_path / "list.opml"
    listed.write_text(
        '<opml><body><outline text="Listed" xmlUrl="https://listed.example/feed"/></body></opml>'
    )
    pages = {"/feed.xml": rss([item("one"), item("two")], "A found feed")}
    with FeedServer(pages) as server, answered(house, many(5)) as base:
        fill(house, TITLES)
        first = house.current().feeds[0]
        settings = f"/admin/feeds/{feed_key(first)}"
        flows = {
            "adding a feed": [
                ["open", "/admin/"],
                ["follow", "Feeds"],
                ["follow", "Add a feed"],
                ["fill", "Address", server.url("/feed.xml")],
                ["press", "Look there"],
                ["read"],
                ["fill", "Category", "Found"],
                ["press", "Add the chosen feed"],
                ["read"],
            ],
            "muting one of many": [
                ["open", "/admin/feeds"],
                ["fill", "Search", "3.example"],
                ["press", "Show"],
                ["tick", f"{TITLES[3]} 3"],
                ["choose", "Do", "mute"],
                ["fill", "Mute until", "2027-01-01"],
                ["press", "Change them"],
                ["read"],
            ],
            "changing the settings": [
                ["open", settings],
                ["fill", "Title in digests", "Renamed"],
                ["fill", "Priority", "7"],
                ["press", "Save"],
                ["read"],
                ["value", "Title in digests"],
            ],
            "a mistake": [
                ["open", settings],
                ["fill", "Priority", "1000"],
                ["press", "Save"],
                ["read"],
                ["value", "Priority"],
            ],
            "a session that ends amid a form": [
                ["open", settings],
                ["fill", "Category", "Typed for long"],
                ["forget"],
                ["press", "Save"],
                ["read"],
                ["fill", "Password", PASSWORD],
                ["press", "Log in"],
                ["value", "Category"],
                ["press", "Save"],
                ["read"],
            ],
            "importing a list": [
                ["open", "/admin/feeds/import"],
                ["file", str(listed)],
                ["press", "Show what is in it"],
                ["read"],
                ["press", "Add 1 feed"],
                ["read"],
            ],
            "removing a feed": [
                ["open", settings],
                ["follow", "Remove this feed"],
                ["press", "Remove 1 feed"],
                ["read"],
            ],
        }
        without = {"javaScriptEnabled": False}
        plan = {name: {"steps": steps, **without} for name, steps in flows.items()}
        report = walk(base=base, flows=plan)["flows"]
    expected = {
        "adding a feed": ["A found feed", "Added."],
        "muting one of many": ["Muted 1 feed until 2027-01-01."],
        "changing the settings": ["Saved.", "Renamed"],
        "a mistake": ["expected at most 100, found 1000", "1000"],
        "a session that ends amid a form": [
            "Nothing you typed is lost",
            "Typed for long",
            "Saved.",
        ],
        "importing a list": ["Would be added: 1", "Added 1 feed."],
        "removing a feed": ["Removed 1 feed."],
    }
    for name, parts in expected.items():
        found = report[name]
        assert found["complaints"] == [], name
        for part, text in zip(parts, found["texts"], strict=True):
            assert part in text, name
    urls = [feed.url for feed in house.current().feeds]
    assert first.url not in urls
    assert {server.url("/feed.xml"), "https://listed.example/feed"} <= set(urls)


def test_nothing_of_a_feed_runs_without_the_policy(house: AdminHouse) -> None:
    feeds = [
        (f"https://{at}.example/feed", None, text if text.isprintable() else None)
        for at, text in enumerate(PAYLOADS)
    ]
    assert _ran(house, feeds, PAYLOADS) == {}


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS, reason="DIGEST_CORPUS names no corpus")
def test_nothing_of_the_corpus_runs_without_the_policy(house: AdminHouse) -> None:
    texts = payloads_of(Path(CORPUS or "") / "xss")
    feeds = [(f"https://{at}.example/feed", None, None) for at in range(len(texts))]
    assert _ran(house, feeds, texts, pages=-(-len(texts) // ROWS)) == {}


def payloads_of(folder: Path) -> list[str]:
    """Return the texts of the corpus, however they are nested."""
    found: list[str] = []

    def gather(value: object) -> None:
        if isinstance(value, str) and "<" in value:
            found.append(value)
        elif isinstance(value, dict | list):
            for inner in value.values() if isinstance(value, dict) else value:
                gather(inner)

    for file in sorted(folder.glob("*.json")):
        gather(json.loads(file.read_text()))
    return [text.encode("utf-8", "replace").decode() for text in dict.fromkeys(found)]


def _ran(
    house: AdminHouse,
    feeds: list[tuple[str, str | None, str | None]],
    texts: list[str],
    pages: int = 1,
) -> dict[str, list[str]]:
    """Return what ran on which page."""
    with answered(house, feeds) as base:
        fill(house, texts)
        keys = [feed_key(feed) for feed in house.current().feeds]
        paths = ["/admin/", "/admin/feeds?state=failing"]
        paths += [f"/admin/feeds?page={page}" for page in range(1, pages + 1)]
        paths += [f"/admin/feeds/{key}" for key in keys[:: max(1, len(keys) // 60)]]
        report = walk(base=base, hostile=paths)["hostile"]
    assert len(report) == len(paths)
    return {path: ran for path, ran in report.items() if ran}
