"""Documents of up to 10 MB that are made to cost time and memory, and large honest ones.

`python -m support.hostile_documents NAME` parses one in a process of its own and prints what that
took, as JSON: CPU seconds, megabytes beyond those of the document, and the result.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from digest.model import ParsedFeed

M = 1_000_000


def rss(inside: str) -> bytes:
    head = "<rss version='2.0'><channel><title>T</title><link>https://example.org/</link>"
    return f"{head}{inside}</channel></rss>".encode()


def item(inside: str, number: int = 1) -> str:
    return (
        f"<item><title>t{number}</title><guid>g{number}</guid>"
        f"<description>{inside}</description></item>"
    )


def items(inside: str, count: int) -> bytes:
    return rss("".join(item(inside, number) for number in range(count)))


def atom(inside: str, base: str = "https://example.org/") -> bytes:
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom" xml:base="{base}"><title>T</title>'
    return f"{feed}{inside}</feed>".encode()


PARAGRAPH = "&lt;p&gt;" + "lorem ipsum dolor " * 45 + "&lt;/p&gt;"
ENTRIES = "".join(f'<entry><id>{n}</id><link href="../{n}"/></entry>' for n in range(2000))

DOCUMENTS: dict[str, Callable[[], bytes]] = {
    "200,000 entries": lambda: rss(
        "".join(f"<item><guid>{number}</guid></item>" for number in range(200_000))
    ),
    "10,000 entries with bodies": lambda: items(PARAGRAPH, 10_000),
    "10,000 entries in UTF-16": lambda: items("lorem " * 60, 10_000).decode().encode("utf-16"),
    "20,000 entries, cut": lambda: items("lorem ipsum " * 30, 20_000)[:9_000_000],
    "19,000 entries of soup": lambda: items("lorem <b>ipsum " * 10, 19_000),
    "one text of 9.9 MB": lambda: rss(item("x" * (10 * M - 99_999))),
    "an end tag that does not end": lambda: rss(item("x"))[:-6] + b"</rss" + b" " * 9_900_000,
    "a name of 9.9 MB": lambda: rss(item("x") + "</item" + "x" * 9_900_000),
    "9 MB of &": lambda: rss(item("&" * 9 * M)),
    "9 MB of & and blanks": lambda: rss(item("& " * 4_500_000)),
    "9 MB of <": lambda: rss("<" * 9 * M),
    "9 MB of [": lambda: b'{"items":' + b"[" * 9 * M,
    "500,000 links": lambda: atom("<entry><id>1</id>" + '<link href="a"/>' * 500_000 + "</entry>"),
    "140,000 links": lambda: atom("<entry><id>1</id>" + '<link href="a"/>' * 140_000 + "</entry>"),
    "140,000 enclosures": lambda: rss("<item>" + '<enclosure url="a"/>' * 140_000 + "</item>"),
    "3 million empty JSON items": lambda: b'{"items":[' + b"{}," * 3 * M + b"{}]}",
    "490,000 empty JSON items": lambda: b'{"items":[' + b"{}," * 490_000 + b"{}]}",
    "5 million JSON numbers": lambda: b'{"items":[' + b"1," * 4_900_000 + b"1]}",
    "JSON with a comma too many, often": lambda: (
        b'{"items":[' + b'{"id":"1",},' * 400_000 + b"]}"
    ),
    "900,000 JSON members": lambda: (
        b'{"items":[{' + b",".join(b'"%d":1' % number for number in range(900_000)) + b"}]}"
    ),
    "a base of 200 kB": lambda: atom(ENTRIES, "https://example.org/" + "a/" * 100_000),
    "a base of 2.9 MB": lambda: atom(ENTRIES, "https://example.org/" + "a/" * 1_450_000),
    "bases in bases": lambda: atom('<entry xml:base="a/">' * 250 + "</entry>" * 250),
    "nested 60,000 deep": lambda: rss(
        f"{item('x')}<item><title>{'<a>' * 60_000}{'</a>' * 60_000}</title></item>{item('y')}"
    ),
    "300,000 attributes": lambda: rss(
        "<item " + " ".join(f"a{number}='1'" for number in range(300_000)) + "/>"
    ),
    "140,000 prefixes": lambda: rss("".join(f"<p{number}:a/>" for number in range(140_000))),
    "140,000 declarations": lambda: rss(
        "".join(f'<a xmlns:p{number}="u{number}"/>' for number in range(140_000))
    ),
    "1.6 million references": lambda: rss(item("&#233;" * 1_600_000)),
    "1.1 million names": lambda: rss(item("&eacute;" * 1_100_000)),
    "300,000 open CDATA": lambda: rss(item("<![CDATA[" * 290_000)),
    "200,000 comments": lambda: rss("<!-- x -->" * 200_000 + item("x")),
    "5 million lines": lambda: b"INCOMING TRANSMISSION\n\nLATEST UPDATES\n" + b"a\n" * 4_900_000,
    "Latin-1 that says UTF-8": lambda: items("\xe9\xe8 lorem ipsum " * 40, 12_000).decode().encode(
        "latin-1"
    ),
    "Cyrillic that says nothing": lambda: items("новости дня " * 50, 12_000).decode().encode(
        "cp1251"
    ),
}  # fmt: skip


def jsonfeed(inside: str) -> bytes:
    return (
        f'{{"version":"https://jsonfeed.org/version/1.1","title":"T","items":[{inside}]}}'.encode()
    )


def one(inside: str) -> bytes:
    """An entry of a JSON feed whose HTML is `inside`, which needs no escape."""
    return jsonfeed(f'{{"id":"1","title":"t","content_html":"{inside}"}}')


CLEANED: dict[str, Callable[[], bytes]] = {
    "100,000 attributes in a tag": lambda: one("<p " + "a=b " * 100_000 + ">x"),
    "attributes that do not end": lambda: one("<p a='" * 200_000),
    "900 kB of quotes": lambda: one("<p " + "'x'" * 300_000),
    "60,000 bold and italic": lambda: one("<b><i>x</b></i>" * 60_000),
    "60,000 links": lambda: one("<a href=/x>y</a>" * 60_000),
    "190,000 line breaks": lambda: one("x<br>" * 190_000),
    "150,000 list items": lambda: one("<ul>" + "<li>x" * 150_000),
    "tables in tables": lambda: one("<table><tr><td>" * 60_000),
    "60,000 rows of a table": lambda: one("<table>" + "<tr><td>a<td>b" * 60_000),
    "200,000 dollar signs": lambda: one("$x$ " * 200_000),
    "900,000 unpaired dollar signs": lambda: one("$" * 900_000),
    "80,000 environments": lambda: one("\\\\begin{x}" * 80_000),
    "800,000 braces in TeX": lambda: one("$" + "{" * 400_000 + "}" * 400_000 + "$"),
    "400,000 powers in TeX": lambda: one("$$" + "x^" * 400_000 + "$$"),
    "40,000 formulas of MathML": lambda: one("<math><mi>x</mi></math>" * 40_000),
    "40,000 drawings": lambda: one("<svg><path d=x /></svg>" * 40_000),
    "40,000 pictures with sets": lambda: one("<img src=a srcset=a,b,c>" * 40_000),
    "a set of 800 kB": lambda: one("<img src=a srcset='" + "a 1x," * 160_000 + "'>"),
    "a style of 900 kB": lambda: one("<p style='" + "a:b;" * 220_000 + "'>x"),
    "a word of 900 kB": lambda: one("x" * 900_000),
    "900 kB of blanks": lambda: one("&nbsp; " * 130_000),
    "900 kB of combining marks": lambda: one("a" + "\u0301" * 450_000),
    "450 kB of joined faces": lambda: one("\U0001f468\u200d" * 120_000),
    "100,000 turns of direction": lambda: one("\u202e\u05d0\u202c" * 100_000),
    "50,000 addresses as text": lambda: one("http://a.example/ " * 50_000),
    "Markdown that nests": lambda: one("**_`[x](" * 110_000),
    "Markdown of brackets": lambda: one("[" * 450_000 + "]" * 450_000),
    "Markdown of fences": lambda: one("```\\n" * 150_000),
    "300,000 sentences": lambda: one("A. B! C? " * 100_000),
    "half a megabyte of abbreviations": lambda: one("e.g. U.S. Dr. " * 60_000),
    "comments that are not closed": lambda: one("<!--" * 220_000),
    "data in an address": lambda: one("<img src='data:image/png;base64," + "A" * 900_000 + "'>"),
    "a title of 9 MB": lambda: jsonfeed('{"id":"1","title":"' + "title " * 1_500_000 + '"}'),
    "300,000 authors": lambda: jsonfeed(
        '{"id":"1","authors":[' + ",".join(f'{{"name":"n{n}"}}' for n in range(300_000)) + "]}"
    ),
    "500,000 tags": lambda: jsonfeed(
        '{"id":"1","tags":[' + ",".join(f'"t{n}"' for n in range(500_000)) + "]}"
    ),
    "80,000 entries of one title": lambda: jsonfeed(
        ",".join(f'{{"id":"{n}","title":"same","content_text":"x"}}' for n in range(80_000))
    ),
    "80,000 entries of one id": lambda: jsonfeed(
        ",".join(f'{{"id":"1","title":"t{n}"}}' for n in range(80_000))
    ),
}
"""Documents whose cost lies in what is done with their entries: each is also sifted, cleaned and
cut, and its keys are made."""


def _memory(field: str) -> float:
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1e3 for line in status if line.startswith(field))


def _use(feed: ParsedFeed) -> None:
    """Do with a feed what refresh and publish do with one that is read for the first time."""
    from digest import sift
    from digest.excerpt import excerpt
    from digest.match import keys
    from digest.model import ExcerptSettings
    from digest.normalize.entry import normalize, skeleton

    now = datetime(2026, 11, 20, tzinfo=UTC)
    items = sift.identify(sift.complete(feed))
    found = sift.sift(items, {}, now, cut=False)
    for at, entry in enumerate(found):
        shared: dict[str, Any] = {
            "feed_id": 1,
            "uid": entry.uid,
            "feed_url": "https://example.org/feed",
            "feed_link": feed.link,
            "canonical_link": entry.item.canonical_link,
            "raw_hash": entry.item.raw_hash,
            "first_seen": now,
        }
        row = skeleton(entry.item.entry, **shared)
        if at < 5:  # what `backfill` lets in
            row = normalize(entry.item.entry, feed_language=None, **shared)
        list(keys(row))
        if row.body:
            excerpt(row.body.text, ExcerptSettings(), language=row.language)


def _main(name: str) -> None:
    import digest.excerpt
    import digest.normalize.entry  # noqa: F401
    from digest.errors import ParseError
    from digest.model import Document
    from digest.parse import parse
    from digest.parse.reading import json_repair, loose_xml, xml_tree  # noqa: F401

    body = (DOCUMENTS | CLEANED)[name]()
    document = Document(url="https://example.org/feed", media_type=None, body=body)
    before = _memory("VmRSS")
    with open("/proc/self/clear_refs", "w") as highest:
        highest.write("5")
    started = time.process_time()
    try:
        feed = parse(document)
        result = f"{len(feed.entries)} entries"
        if name in CLEANED:
            _use(feed)
    except ParseError as error:
        result = str(error)
    cpu = time.process_time() - started
    print(json.dumps({"cpu": cpu, "memory": _memory("VmHWM") - before, "result": result}))


if __name__ == "__main__":
    _main(sys.argv[1])
