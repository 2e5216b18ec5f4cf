"""Measure what comes in: dates, encodings, documents that were cut, answers, hostile documents.

    PYTHONPATH=.:tests .venv/bin/python bench/reading.py [--part NAME]

Prints, for each part, how much of it is read right, and for hostile documents the CPU seconds and
the megabytes that each takes in a process of its own.  It writes all its inputs itself.
"""

from __future__ import annotations

import argparse
import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from babel.dates import format_datetime
from webencodings.labels import LABELS

from digest.errors import ParseError
from digest.fetch import Settings, fetch_all
from digest.model import Document, FeedRequest
from digest.parse import parse
from digest.text.charset import decode
from digest.text.dates import parse_date
from support.feedserver import Answer, FeedServer, Page, Raw, Request
from support.hostile_documents import DOCUMENTS

NOW = datetime(2026, 12, 31, tzinfo=UTC)
LANGUAGES = """
ar bg bn bs ca cs da de el en es et eu fa fi fr gl he hi hr hu hy id is it ja ka kk ko lt lv mk ms
nb nl pl pt ro ru sk sl sq sr sv sw ta te th tr uk ur uz vi zh
"""


def dates() -> None:
    """Every month of a year in the three usual formats of each language, as the CLDR has them."""
    right, wrong = 0, []
    for language in LANGUAGES.split():
        for month in range(1, 13):
            moment = datetime(2026, month, 13, 15, 4, 5, tzinfo=UTC)
            for form in ("full", "long", "medium"):
                text = format_datetime(moment, form, locale=language)
                found = parse_date(text, NOW)
                if found and found.replace(second=0) == moment.replace(second=0):
                    right += 1
                else:
                    wrong.append(f"{language}: {text} is read as {found}")
    _print("dates", right, right + len(wrong), wrong)


def encodings() -> None:
    """Each label of the WHATWG over bytes that tell its character sets apart."""
    right, wrong = 0, []
    for label, name in LABELS.items():
        codec = {
            "macintosh": "mac-roman", "x-mac-cyrillic": "mac-cyrillic", "windows-874": "cp874",
            "iso-8859-8-i": "iso8859-8", "shift_jis": "cp932", "euc-kr": "cp949", "ibm866": "cp866",
            "big5": "big5hkscs", "utf-16le": "ascii", "utf-16be": "ascii", "replacement": "ascii",
            "x-user-defined": "ascii",
        }.get(name, name)  # fmt: skip
        letters = bytes(range(0xA1, 0xFF)).decode(codec, "ignore") if codec[0] not in "as" else "a"
        text = "".join(letters.split()) or "a"
        found = decode(b"<rss>" + text.encode(codec), f"text/xml; charset={label}").text
        if found == f"<rss>{text}":
            right += 1
        else:
            wrong.append(f"{label}: {found[:60]}")
    _print("labels of encodings", right, right + len(wrong), wrong)


RSS = """<rss><channel><title>T</title><link>https://example.org/</link>
<item><title>One</title><link>https://example.org/1</link><guid>1</guid></item>
<item><title>Two</title><link>https://example.org/2</link><guid>2</guid>
<description><![CDATA[<p>The second, with <b>much</b> to say</p>]]></description></item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title>
<entry><id>1</id><title>One</title><link href="/1"/></entry>
<entry><id>2</id><title>Two</title><link href="/2"/><content type="xhtml">
<div xmlns="http://www.w3.org/1999/xhtml"><p>The <b>second</b></p></div></content></entry></feed>"""
JSON = json.dumps(
    {"items": [{"id": "1", "title": "One"}, {"id": "2", "title": "Two", "content_html": "<p>x"}]}
)


def cuts() -> None:
    """Documents cut at every byte of the last entry: what is whole stays, nothing is half told."""
    right, wrong = 0, []
    for name, text in (("RSS", RSS), ("Atom", ATOM), ("JSON", JSON)):
        body = text.encode()
        whole = parse(_document(body)).entries
        for end in range(max(body.rfind(b"<item>"), body.rfind(b"<entry>"), 45), len(body)):
            try:
                feed = parse(_document(body[:end]))
            except ParseError as error:
                wrong.append(f"{name} cut at {end}: {error}")
                continue
            closed = feed.entries[: feed.open_entry]
            if feed.cut and closed == whole[: len(closed)] and closed:
                right += 1
            else:
                wrong.append(f"{name} cut at {end}: {len(feed.entries)} entries")
    _print("documents cut at every byte of the last entry", right, right + len(wrong), wrong)


def _document(body: bytes) -> Document:
    return Document(url="https://example.org/feed", media_type=None, body=body)


FEED = RSS.encode()
OK = b"HTTP/1.1 200 OK\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(FEED)
CHUNKED = b"%x\r\n%s\r\n0\r\n\r\n" % (len(FEED), FEED)


def _gate(request: Request) -> Page:
    if "a=1" in request.headers.get("cookie", ""):
        return FEED
    return Answer(status=302, headers={"Location": request.path, "Set-Cookie": "a=1; Path=/"})


def _raw(*lines: bytes, body: bytes = FEED) -> Raw:
    return Raw(pieces=(OK, *lines, b"\r\n", body))


ANSWERS: dict[str, Page | Callable[[Request], Page]] = {
    "a space in a name": _raw(b"X A: b\r\n", LENGTH),
    "a slash in a name": _raw(b"X/A: b\r\n", LENGTH),
    "a space before the colon": _raw(b"X-A : b\r\n", LENGTH),
    "a line without a colon": _raw(b"nothing\r\n", LENGTH),
    "a line without a name": _raw(b": b\r\n", LENGTH),
    "a name that is not ASCII": _raw(b"X-\xc3\xa4: b\r\n", LENGTH),
    "chunked twice": _raw(b"Transfer-Encoding: chunked\r\n" * 2, body=CHUNKED),
    "identity": _raw(b"Transfer-Encoding: identity\r\n", LENGTH),
    "two lengths": _raw(b"Content-Length: 3\r\n", LENGTH),
    "60,000 chunks": _raw(
        b"Transfer-Encoding: chunked\r\n",
        body=b"".join(b"1\r\n%c\r\n" % octet for octet in FEED + b" " * 60_000) + b"0\r\n\r\n",
    ),
    "brotli that is none": Answer(headers={"Content-Encoding": "br"}, body=FEED),
    "brotli that is gzip": Answer(headers={"Content-Encoding": "br"}, body=gzip.compress(FEED)),
    "gzip twice": Answer(
        headers={"Content-Encoding": "gzip, gzip"}, body=gzip.compress(gzip.compress(FEED))
    ),
    "gzip without its end": Answer(
        headers={"Content-Encoding": "gzip"}, body=gzip.compress(FEED)[:-4]
    ),
    "shorter than it says": _raw(b"Content-Length: 9999\r\n"),
    "206": Answer(status=206, body=FEED),
    "300 with Location": Answer(status=300, headers={"Location": "/ok"}),
    "a cookie gate": _gate,
    "a host that no IDNA knows": Answer(
        status=302, headers={"Location": "http://xn--ls8h.la:{port}/ok"}
    ),
    **{
        f"redirect {number}": Answer(status=302, headers={"Location": f"/{number + 1}"})
        for number in range(1, 12)
    },
}


def answers() -> None:
    """Behaviors of servers that curl and browsers take."""
    right, wrong = 0, []
    settings = Settings(allow_hosts=("127.0.0.1",), timeout=timedelta(seconds=10))
    with FeedServer({"/ok": FEED, "/12": FEED}) as server:
        paths = {}
        for number, (name, page) in enumerate(ANSWERS.items()):
            path = f"/{name.split()[1]}" if name.startswith("redirect") else f"/case{number}"
            if isinstance(page, Answer) and "{port}" in page.headers.get("Location", ""):
                page = Answer(
                    status=302, headers={"Location": f"http://xn--ls8h.la:{server.port}/ok"}
                )
            server.pages[path] = page
            paths[server.url(path)] = name
        requests = [FeedRequest(feed=url, url=url) for url in paths]
        outcomes = fetch_all(
            requests, settings, root=Path(), now=NOW, resolve=lambda host, port: ["127.0.0.1"]
        )
        for request, outcome in outcomes:
            if isinstance(outcome, Document) and outcome.body.startswith(FEED[:100]):
                right += 1
            else:
                wrong.append(f"{paths[request.url]}: {outcome}")
    _print("answers", right, right + len(wrong), wrong)


def hostile() -> None:
    """Documents of up to 10 MB that are made to cost much: CPU seconds and megabytes of each."""
    dear = []
    print(f"{'hostile documents':42}{'CPU':>8}{'memory':>10}")
    for name in DOCUMENTS:
        done = subprocess.run(
            [sys.executable, "-m", "support.hostile_documents", name],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        cost = json.loads(done.stdout)
        print(f"  {name:40}{cost['cpu']:6.2f} s{cost['memory']:7.0f} MB  {cost['result'][:60]}")
        if cost["cpu"] >= 2 or cost["memory"] >= 200:
            dear.append(name)
    _print("under 2 s and 200 MB", len(DOCUMENTS) - len(dear), len(DOCUMENTS), dear)


def _print(name: str, right: int, count: int, wrong: list[str]) -> None:
    print(f"{name}: {right} of {count}")
    for line in wrong[:20]:
        print(f"  {line}")


PARTS = {part.__name__: part for part in (dates, encodings, cuts, answers, hostile)}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--part", choices=PARTS)
    arguments = parser.parse_args()
    for name, part in PARTS.items():
        if arguments.part in (None, name):
            part()


if __name__ == "__main__":
    main()
