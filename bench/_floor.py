"""The floor: the least that a refresh could do in plain Python, as a yardstick in the same run.

    python bench/_floor.py BASE_URL COUNT DATABASE

Fetches with validators, walks the tree for id, link, title, date and body, inserts: no cleaning, no
dates, no guard, no politeness, no digest.
"""

from __future__ import annotations

import sqlite3
import sys
from http.client import HTTPConnection
from urllib.parse import urlsplit

from lxml import etree


def main(base: str, count: int, database: str) -> None:
    rows = sqlite3.connect(database)
    rows.execute("PRAGMA journal_mode=WAL")
    rows.execute("CREATE TABLE IF NOT EXISTS tags (feed INTEGER PRIMARY KEY, etag TEXT)")
    rows.execute(
        "CREATE TABLE IF NOT EXISTS entries (feed INTEGER, id TEXT, link TEXT, title TEXT,"
        " date TEXT, body TEXT, PRIMARY KEY (feed, id))"
    )
    tags = dict(rows.execute("SELECT feed, etag FROM tags"))
    for feed in range(count):
        headers = {"If-None-Match": tags[feed]} if feed in tags else {}
        # In a real list every feed is at a host of its own.
        server = HTTPConnection(urlsplit(base).netloc)
        server.request("GET", f"/{feed}.xml", headers=headers)
        answer = server.getresponse()
        body = answer.read()
        server.close()
        if answer.status == 200:
            found = [_entry(feed, element) for element in _entries(body)]
            rows.executemany("INSERT OR IGNORE INTO entries VALUES (?, ?, ?, ?, ?, ?)", found)
            rows.execute(
                "INSERT OR REPLACE INTO tags VALUES (?, ?)", (feed, answer.getheader("ETag"))
            )
    rows.commit()


def _entries(body: bytes) -> list[etree._Element]:
    root = etree.fromstring(body)
    return list(root.iter("item", "{http://www.w3.org/2005/Atom}entry"))


def _entry(feed: int, element: etree._Element) -> tuple[object, ...]:
    found = {etree.QName(child).localname: child for child in element}
    text = {name: child.text for name, child in found.items()}
    return (
        feed,
        text.get("guid") or text.get("id"),
        text.get("link") or found["link"].get("href"),
        text.get("title"),
        text.get("pubDate") or text.get("updated"),
        text.get("description") or text.get("content"),
    )


main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
