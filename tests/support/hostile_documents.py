"""Documents of up to 10 MB that are made to cost time and memory, and large honest ones.

`python -m support.hostile_documents NAME` parses one in a process of its own and prints what that
took, as JSON: CPU seconds, megabytes beyond those of the document, and the result.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

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


def _memory(field: str) -> float:
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1e3 for line in status if line.startswith(field))


def _main(name: str) -> None:
    from digest.errors import ParseError
    from digest.model import Document
    from digest.parse import parse
    from digest.parse.reading import json_repair, loose_xml, xml_tree  # noqa: F401

    body = DOCUMENTS[name]()
    document = Document(url="https://example.org/feed", media_type=None, body=body)
    before = _memory("VmRSS")
    with open("/proc/self/clear_refs", "w") as highest:
        highest.write("5")
    started = time.process_time()
    try:
        result = f"{len(parse(document).entries)} entries"
    except ParseError as error:
        result = str(error)
    cpu = time.process_time() - started
    print(json.dumps({"cpu": cpu, "memory": _memory("VmHWM") - before, "result": result}))


if __name__ == "__main__":
    _main(sys.argv[1])
