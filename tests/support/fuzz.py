"""Mutated documents for every part that reads what strangers wrote, and what each of them costs.

    python tests/support/fuzz.py parser 1 200

runs 200 mutations of the seed 1 in a process of its own and prints a JSON object: how many raised
what they may not raise, the most CPU seconds that one took, and the peak of memory in MB.  The
same seed gives the same documents.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from digest.errors import DigestError
from digest.excerpt import excerpt
from digest.mailing_list import bounces
from digest.model import Document, ExcerptSettings, Markup, ParsedEntry, RawHtml
from digest.normalize.entry import normalize
from digest.parse import parse
from digest.pipeline import publish, refresh
from digest.settings import opml

TESTS = Path(__file__).resolve().parents[1]
NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
MOST_BYTES = 400_000
"""A document that grows beyond this is cut: what is sought are faults, not sizes."""

TAGS = "<>&;\"'/=!?[]{}()-:# \t\n\r\0"
PIECES = (
    *(b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<?xml version='1.0' encoding='utf-16'?>", b"&#x0;"),
    *(b"&#xD800;", b"&amp;amp;", b"<math>", b"<svg><style>", b"<table><tr><td>", b"</p>", b"<pre>"),
    *(
        b'<a href="http://xn--a/">',
        b'<img src="data:,x" srcset="a 1x,,b 2x">',
        b"<source>",
        b"<br/>",
    ),
    *(
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\xe2\x80\xae",
        b"\xed\xa0\x80",
        b"\xf0\x9f\x91\xa8\xe2\x80\x8d",
    ),
    *(
        b"<entry>",
        b"</item>",
        b"<item>",
        b"<channel>",
        b'xml:base="//["',
        b'xmlns:x="x"',
        b"<x:y/>",
    ),
    *(b"$$", b"\\(", b"\\begin{matrix}", b"```", b"[[", b"]](", b"**", b"\n\n- ", b"\r\n.\r\n"),
    *(
        b"{",
        b"}",
        b"null",
        b"1e999",
        b'"\\ud800"',
        b"Content-Type: message/rfc822\r\n\r\n",
        b"--=\r\n",
    ),
    *(
        "é".encode(),
        "　".encode(),
        "漢字。".encode(),
        "नमस्ते".encode(),
        "שלום".encode(),
        "ไทย".encode(),
    ),
    *(b"Mon, 99 Foo 20266 25:61:61 +9999", b"0001-01-01T00:00:00Z", b"9" * 40, b"-" * 40),
)


def mutated(document: bytes, chance: random.Random) -> bytes:
    """Change a document in one to twelve places."""
    body = bytearray(document)
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(body) + 1)
        end = min(len(body), at + chance.choice((1, 4, 30, 300)))
        match chance.randrange(8):
            case 0:
                del body[at:end]
            case 1:
                body[at:at] = chance.choice(PIECES)
            case 2:
                body[at:at] = chance.choice(PIECES) * chance.choice((2, 50, 2000))
            case 3:
                body[at:at] = body[at:end] * chance.choice((2, 50, 2000))
            case 4:
                body[at:end] = bytes(chance.randrange(256) for _ in range(end - at))
            case 5:
                body[at:at] = chance.choice(TAGS).encode() * chance.choice((1, 3, 5000))
            case 6:
                del body[at:]
            case 7:
                other = chance.randrange(len(body) + 1)
                body[at:end], body[other:other] = body[other : other + 30], body[at:end]
        del body[MOST_BYTES:]
    return bytes(body)


def _samples(folder: str, *endings: str) -> list[bytes]:
    files = sorted((TESTS / folder).rglob("*"))
    return [file.read_bytes() for file in files if file.suffix in endings]


def read_feed(body: bytes) -> None:
    """Parse, normalize and cut, as a refresh and a publish would."""
    document = Document(url="https://example.org/feed", media_type=None, body=body)
    feed = parse(document)
    for entry in feed.entries[:30]:
        clean(entry)


def clean(entry: ParsedEntry) -> None:
    """Normalize an entry and cut an excerpt of its text."""
    cleaned = normalize(
        entry,
        feed_id=1,
        uid="x",
        feed_url="https://example.org/feed",
        feed_link=None,
        feed_language=None,
        canonical_link=None,
        raw_hash="x",
        first_seen=NOW,
    )
    if cleaned.body:
        for length in (1, 20, 350):
            settings = ExcerptSettings(length=length)
            excerpt(cleaned.body.text, settings, language=cleaned.language)


def read_html(body: bytes) -> None:
    """Clean a text of a feed."""
    text = body.decode("utf-8", "replace")
    content = Markup(value=RawHtml(text), html=True)
    clean(ParsedEntry(title=Markup(value=RawHtml(text[:300]), html=True), content=content))


def read_opml(body: bytes) -> None:
    """Read a subscription list and write it again."""
    outlines = opml.read(body)
    again = opml.read(opml.write(outlines, "List").encode()) if outlines else ()
    # Outlines of one folder stand together in what is written.
    assert sorted(outline.url for outline in again) == sorted(outline.url for outline in outlines)


def read_bounce(body: bytes) -> None:
    """Read a mail that came back; nothing may be raised, whatever it is."""
    bounces.read(body)


def run_both_lines(body: bytes) -> None:
    """Refresh and publish one mutated feed beside a good one, which must be told."""
    from support.house import House, item, rss, titles

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "bad").write_bytes(body)
        (folder / "good").write_bytes(rss([item("good")]))
        house = House(folder, ["bad", "good"])
        with house.store() as store:
            assert refresh(house.config, store, NOW).faults == ()
            publish(house.config, store, NOW)
        assert "Title of good" in [
            title for edition in house.editions() for title in titles(edition)
        ]


TARGETS: dict[str, tuple[Callable[[bytes], None], Callable[[], list[bytes]]]] = {
    "parser": (read_feed, lambda: _samples("parse/golden", ".xml", ".txt")),
    "normalizer": (read_html, lambda: _samples("normalize/golden", ".html")),
    "opml": (read_opml, lambda: [OPML]),  # type: ignore[has-type]
    "bounces": (read_bounce, lambda: [BOUNCE]),  # type: ignore[has-type]
    "pipeline": (run_both_lines, lambda: _samples("parse/golden", ".xml")),
}

OPML = b"""<?xml version="1.0"?><opml version="2.0"><head><title>Mine</title></head><body>
<outline text="News"><outline text="Harbor" type="rss" xmlUrl="https://harbor.example/feed"
htmlUrl="https://harbor.example/" category="/News/Local,/Sea"/><outline text="Inner">
<outline title="Mill" xmlUrl="http://mill.example/?a=1&amp;b=2"/></outline></outline>
<outline xmlUrl="feed://tower.example/rss"/></body></opml>"""

BOUNCE = b"""From: MAILER-DAEMON@mx.example.org\r\nTo: bounces+7-abcdef@news.example.org\r
Subject: Undelivered\r\nMIME-Version: 1.0\r
Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r
--b\r\nContent-Type: text/plain\r\n\r\nIt did not work.\r\n--b\r
Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\n\r
Final-Recipient: rfc822; ada@example.net\r\nAction: failed\r\nStatus: 5.1.1\r
Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r
Message-ID: <x.7@news.example.org>\r\nSubject: Daily\r\n\r\nText\r\n--b--\r\n"""


def main(target: str, seed: int, count: int) -> dict[str, object]:
    """Try `count` mutations; return what was seen."""
    run, samples = TARGETS[target]
    documents = samples()
    run(documents[0])  # imports are no document's cost
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    faults: list[str] = []
    slowest = 0.0
    for number in range(count):
        chance = random.Random(f"{target} {seed} {number}")
        body = mutated(chance.choice(documents), chance)
        start = time.thread_time()
        try:
            run(body)
        except DigestError:
            pass
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            fault = f"{number}: {type(error).__name__}: {error} ({place.filename}:{place.lineno})"
            faults.append(fault[:300])
        slowest = max(slowest, time.thread_time() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return {"faults": faults, "slowest": round(slowest, 3), "megabytes": peak // 1024}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
