"""Servers that misbehave, one behavior a page, and what a reader has to make of each.

Each behavior has a host of its own (127.1.0.1 and on), so that what one of them is up to is not
held against the others.  The titles of its entries are `CASE-behavior-number`.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import chain, cycle, repeat
from typing import TypeAlias

from support.feedserver import Answer, Page, Raw, Request

XML = {"Content-Type": "application/rss+xml"}
MB = 1_000_000


def title(name: str, number: int = 0) -> str:
    return f"CASE-{name}-{number}"


def entry(name: str, number: int = 0, body: str = "Some words.", **parts: str | None) -> str:
    """Write an item; a part that is None is left out."""
    parts = {
        "guid": f"{name}-{number}",
        "title": title(name, number),
        "link": f"http://site.example/{name}/{number}",
        "pubDate": f"Fri, 20 Nov 2026 0{number % 8}:10:00 GMT",
        "description": body,
        **parts,
    }
    inner = "".join(f"<{tag}>{text}</{tag}>" for tag, text in parts.items() if text is not None)
    inner = inner.replace("<guid>", "<guid isPermaLink='false'>")
    return f"<item>{inner}</item>"


def feed(name: str, *items: str, head: str = "", channel: str = "") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<rss version="2.0"><channel>'
        f"<title>Feed {name}</title><link>http://site.example/</link>{channel}{''.join(items)}"
        "</channel></rss>"
    ).encode()


def atom_link(rel: str, href: str) -> str:
    return f'<link xmlns="http://www.w3.org/2005/Atom" rel="{rel}" href="{href}"/>'


def three(name: str, **parts: str | None) -> bytes:
    return feed(name, *(entry(name, number, **parts) for number in range(3)))


Script: TypeAlias = Callable[[str, int, Request], Page]
"""From the behavior's name, the number of the visit (1, 2 ...) and the request to an answer."""


@dataclass(frozen=True, kw_only=True)
class Behavior:
    """What a server does, and what is to come of it after two visits."""

    does: Script
    entries: int | None = 0
    """Stored in the end; None where it does not matter how many, only that all is bounded."""
    error: str | None = None
    """A pattern of what is recorded of the feed after its second visit; None for no error."""
    paths: dict[str, Script] = field(default_factory=dict)
    """Other pages of the same host."""
    large: bool = False
    """Costs the server too much for the short form."""


def always(page: Callable[[str], Page]) -> Script:
    return lambda name, visit, request: page(name)


def body(change: Callable[[bytes], bytes], **headers: str) -> Script:
    return always(lambda name: Answer(headers={**XML, **headers}, body=change(three(name))))


def headers(**named: str) -> Script:
    given = {key.replace("_", "-"): value for key, value in named.items()}
    return always(lambda name: Answer(headers={**XML, **given}, body=three(name)))


def status(number: int, text: bytes = b"", **named: str) -> Script:
    given = {key.replace("_", "-"): value for key, value in named.items()}
    return always(lambda name: Answer(status=number, headers=given, body=text))


def redirect(to: str, number: int = 302) -> Script:
    return status(number, Location=to)


def raw(*pieces: bytes, **options: object) -> Script:
    return always(lambda name: Raw(pieces=pieces, **options))


def wire(head: bytes, change: Callable[[bytes], bytes] = lambda body: body) -> Script:
    """Send these bytes before the body of a feed, then close."""
    return always(lambda name: Raw(pieces=[head, change(three(name))]))


def conditional(name: str, visit: int, request: Request) -> Page:
    return three(name)  # the server's own validators


def weak(name: str, visit: int, request: Request) -> Page:
    tag = {"ETag": 'W/"v 1"'}
    if request.headers.get("if-none-match") == 'W/"v 1"':
        return Answer(status=304, headers=tag)
    return Answer(headers={**XML, **tag}, body=three(name))


def then(first: Script, second: Script) -> Script:
    """Do one thing at the first visit and another at each later one."""
    return lambda name, visit, request: (first if visit == 1 else second)(name, visit, request)


def visits(make: Callable[[str, int], bytes]) -> Script:
    return lambda name, visit, request: Answer(headers=XML, body=make(name, visit))


OK = headers()
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"


def large_text(name: str) -> Page:
    start, end = feed(name, entry(name, 0), entry(name, 1, body="@@")).split(b"@@")
    return Raw(pieces=chain([HEAD + b"\r\n", start], repeat(b"ipsum " * 20_000, 900), [end]))


def many_entries(name: str) -> Page:
    start, end = feed(name, "@@").split(b"@@")
    page = (
        "".join(entry(name, number, "x" * 300) for number in range(at, at + 1000)).encode()
        for at in range(0, 200_000, 1000)
    )
    return Raw(pieces=chain([HEAD + b"\r\n", start], page, [end]))


def bomb(name: str) -> Page:
    start, end = feed(name, entry(name, 0), entry(name, 1, body="@@")).split(b"@@")
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = [packer.compress(start), *(packer.compress(b"A" * MB) for _ in range(100))]
    packed += [packer.compress(end), packer.flush()]
    return Answer(headers={**XML, "Content-Encoding": "gzip"}, body=b"".join(packed))


def drip(name: str) -> Page:
    start = HEAD + b"\r\n" + three(name)[:-30]
    return Raw(pieces=chain([start], cycle([b" "])), pause=0.2)


def mute(name: str) -> Page:
    return Raw(pieces=cycle([b""]), pause=0.2)


def laughs(name: str) -> bytes:
    entities = '<!ENTITY a0 "ha">' + "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)
    )
    doctype = f"<!DOCTYPE rss [{entities}]>"
    return feed(name, entry(name, 0), entry(name, 1, "&a9;"), head=doctype)


def blow_up(name: str) -> bytes:
    doctype = f'<!DOCTYPE rss [<!ENTITY b "{"B" * 100_000}">]>'
    return feed(name, entry(name, 0), entry(name, 1, "&b;" * 2_000), head=doctype)


def outside(name: str, declaration: str) -> bytes:
    return feed(name, entry(name, 0), entry(name, 1, "[&x;]"), head=f"<!DOCTYPE rss {declaration}>")


def xml(make: Callable[[str], bytes]) -> Script:
    return always(lambda name: Answer(headers=XML, body=make(name)))


def json(text: str) -> Script:
    return always(
        lambda name: Answer(
            headers={"Content-Type": "application/feed+json"},
            body=text.replace("CASE", f"CASE-{name}").encode(),
        )
    )


def endless(first: bytes, again: bytes) -> Script:
    return always(lambda name: Raw(pieces=chain([first], repeat(again))))


NESTED = "&lt;div&gt;" * 100_000
TOO_LATE = r"no complete answer within"

KNOWN: dict[str, Behavior] = {
    "plain": Behavior(does=OK, entries=3),
    "validators": Behavior(does=conditional, entries=3),
    "weak tag": Behavior(does=weak, entries=3),
    "429 later": Behavior(does=then(OK, status(429, Retry_After="3600")), entries=3, error="429"),
    "503 always": Behavior(does=status(503, Retry_After="3600"), error="503|not asked"),
    "500 page": Behavior(
        does=status(500, b"<html>Oops</html>", Content_Type="text/html"), error="500"
    ),
    "500 feed": Behavior(
        does=always(lambda name: Answer(status=500, headers=XML, body=three(name))), error="500"
    ),
    "gone": Behavior(does=status(410), error="410"),
    "302": Behavior(does=redirect("/target"), paths={"/target": OK}, entries=3),
    "301": Behavior(does=redirect("/target", 301), paths={"/target": OK}, entries=3),
    "loop": Behavior(does=redirect("/feed.xml"), error="redirect"),
    "to a file": Behavior(does=redirect("file:///etc/hostname"), error="file"),
    "drip": Behavior(does=always(drip), error=TOO_LATE),
    "mute": Behavior(does=always(mute), error=TOO_LATE),
    "large": Behavior(does=always(large_text), error="larger than", large=True),
    "many": Behavior(does=always(many_entries), error="larger than", large=True),
    "bomb": Behavior(does=always(bomb), error="larger than", large=True),
    "not gzip": Behavior(does=headers(Content_Encoding="gzip"), entries=3),
    "short": Behavior(
        does=always(
            lambda name: Raw(pieces=[HEAD + b"Content-Length: 9999\r\n\r\n", three(name)[:-60]])
        ),
        entries=2,
    ),
    "unclosed": Behavior(
        does=body(lambda text: text.replace(b"-1</title>", b"-1 <b></title>")), entries=3
    ),
    "entities": Behavior(
        does=body(lambda text: text.replace(b"Some", b"caf&eacute; & R&D &nbsp;")), entries=3
    ),
    "control": Behavior(does=body(lambda text: text.replace(b"Some", b"So\x0bme")), entries=3),
    "not UTF-8": Behavior(
        does=body(lambda text: text.replace(b"Some", b"caf\xe9 \x93q\x94")), entries=3
    ),
    "UTF-16": Behavior(
        does=body(lambda text: text.decode().replace("UTF-8", "UTF-16").encode("utf-16")), entries=3
    ),
    "blank lines": Behavior(does=body(lambda text: b"\n\n" + text), entries=3),
    "page": Behavior(
        does=always(
            lambda name: Answer(
                headers={"Content-Type": "text/html"}, body=b"<html><title>x</title><p>y</html>"
            )
        ),
        error="web page",
    ),
    "empty": Behavior(does=body(lambda text: b""), error="empty"),
    "laughs": Behavior(does=xml(laughs), entries=2),
    "blow-up": Behavior(does=xml(blow_up), entries=2),
    "a file": Behavior(
        does=xml(lambda name: outside(name, '[<!ENTITY x SYSTEM "file:///etc/hostname">]')),
        entries=2,
    ),
    "a DTD": Behavior(
        does=xml(
            lambda name: outside(
                name,
                'SYSTEM "http://127.0.0.1:PORT/trap" [<!ENTITY x SYSTEM "http://127.0.0.1:PORT/trap">]',
            )
        ),
        entries=2,
    ),
    "deep": Behavior(
        does=xml(lambda name: feed(name, entry(name, 0), entry(name, 1, NESTED))), entries=2
    ),
    "headers": Behavior(
        does=always(
            lambda name: Answer(
                headers={**XML, "X-Big": "a" * 65_000, **{f"X-{n}": "b" for n in range(500)}},
                body=three(name),
            )
        ),
        entries=None,
        error=".*",
    ),
    "new ids": Behavior(
        does=visits(
            lambda name, visit: feed(
                name, *(entry(name, n, guid=f"v{visit}-{n}") for n in range(3))
            )
        ),
        entries=3,
    ),
    "new links": Behavior(
        does=visits(
            lambda name, visit: feed(
                name,
                *(
                    entry(name, n, link=f"http://v{visit}.example/{n}?utm_source=v{visit}")
                    for n in range(3)
                ),
            )
        ),
        entries=3,
    ),
    "campaigns": Behavior(
        does=visits(
            lambda name, visit: feed(
                name,
                *(
                    entry(name, n, guid=None, link=f"http://site.example/{n}?utm_source=v{visit}")
                    for n in range(3)
                ),
            )
        ),
        entries=3,
    ),
    "no ids": Behavior(
        does=xml(
            lambda name: feed(
                name,
                *(
                    entry(name, n, f"Text {n}.", guid=None, link=None, pubDate=None)
                    for n in range(3)
                ),
            )
        ),
        entries=3,
    ),
    "one id twice": Behavior(
        does=xml(
            lambda name: feed(
                name, entry(name, 0, guid="same"), entry(name, 1, guid="same"), entry(name, 2)
            )
        ),
        entries=3,
    ),
    "edited": Behavior(
        does=visits(
            lambda name, visit: feed(name, *(entry(name, n, f"Version {visit}.") for n in range(3)))
        ),
        entries=3,
    ),
    "dates": Behavior(
        does=xml(
            lambda name: feed(
                name,
                entry(name, 0, pubDate=None),
                entry(name, 1, pubDate="some day"),
                entry(name, 2, pubDate="Fri, 31 Dec 9999 23:59:59 GMT"),
            )
        ),
        entries=3,
    ),
    "scripts": Behavior(
        does=xml(
            lambda name: feed(
                name,
                entry(
                    name,
                    0,
                    (
                        "&lt;script&gt;EVIL()&lt;/script&gt;&lt;img src=x onerror=EVIL()&gt;"
                        "&lt;a href='javascript:EVIL()'&gt;x&lt;/a&gt;"
                    ),
                ),
            )
        ),
        entries=1,
    ),
    "header in a title": Behavior(
        does=xml(
            lambda name: feed(
                name,
                entry(
                    name,
                    0,
                    title=f"{title(name)}&#13;&#10;Bcc: evil@example.net",
                    guid="g&#13;&#10;X-Evil: 1",
                ),
            )
        ),
        entries=1,
    ),
}

OWN: dict[str, Behavior] = {
    "404 feed": Behavior(
        does=always(lambda name: Answer(status=404, headers=XML, body=three(name))), error="404"
    ),
    "401": Behavior(does=status(401, WWW_Authenticate='Basic realm="\\"'), error="401"),
    "to the cloud": Behavior(
        does=redirect("http://169.254.169.254/latest"), error="169.254|private|address"
    ),
    "to a private name": Behavior(does=redirect("http://[::ffff:10.0.0.1]/"), error="address"),
    "to data": Behavior(does=redirect("data:text/xml,<rss/>"), error="data"),
    "to nowhere": Behavior(does=redirect(""), error="redirect|Location"),
    "to a long place": Behavior(does=redirect("/" + "a" * 60_000), error=".*"),
    "a long way": Behavior(
        does=redirect("/1"),
        paths={f"/{n}": redirect(f"/{n + 1}") for n in range(1, 30)},
        error="redirect",
    ),
    "to itself with a cookie": Behavior(
        does=lambda name, visit, request: (
            Answer(headers=XML, body=three(name))
            if "seen=1" in request.headers.get("cookie", "")
            else Answer(status=302, headers={"Location": "/feed.xml", "Set-Cookie": "seen=1"})
        ),
        entries=3,
    ),
    "bad chunk": Behavior(
        does=wire(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"), error=".*"
    ),
    "endless extension": Behavior(
        does=endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5;", b"a" * 1000),
        error=".*",
    ),
    "endless trailer": Behavior(
        does=endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X-A: b\r\n" * 100),
        error=".*",
    ),
    "endless header": Behavior(
        does=endless(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n" * 100), error=".*"
    ),
    "endless first line": Behavior(does=endless(b"HTTP/1.1 200 ", b"O" * 1000), error=".*"),
    "endless hints": Behavior(does=endless(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"), error=".*"),
    "two lengths": Behavior(
        does=wire(HEAD + b"Content-Length: 5\r\nContent-Length: 700\r\n\r\n"),
        entries=None,
        error=".*",
    ),
    "negative length": Behavior(does=wire(HEAD + b"Content-Length: -1\r\n\r\n"), entries=3),
    "no HTTP": Behavior(does=raw(b"220 mail.example ESMTP\r\n"), error=".*"),
    "HTTP/0.9": Behavior(does=wire(b""), error=".*"),
    "HTTP/9.9": Behavior(does=wire(b"HTTP/9.9 200 OK\r\n\r\n"), entries=None, error=".*"),
    "204": Behavior(does=status(204), error=".*"),
    "206": Behavior(
        does=always(
            lambda name: Answer(
                status=206, headers={**XML, "Content-Range": "bytes 0-9/10"}, body=three(name)
            )
        ),
        entries=None,
        error=".*",
    ),
    "304 at once": Behavior(does=status(304), error=".*"),
    "999": Behavior(does=status(999), error="999"),
    "tag of 50 kB": Behavior(does=headers(ETag=f'"{"e" * 50_000}"'), entries=3),
    "date of the year 9999": Behavior(
        does=headers(Last_Modified="Fri, 31 Dec 9999 23:59:59 GMT", Expires="-1"), entries=3
    ),
    "dates that are none": Behavior(
        does=headers(Date="\x80", Last_Modified="0", Age="-9" * 99, Expires="x"), entries=3
    ),
    "fresh for ever": Behavior(does=headers(Cache_Control="max-age=" + "9" * 400), entries=3),
    "later, much later": Behavior(does=status(429, Retry_After="9" * 400), error="429|not asked"),
    "come back in the past": Behavior(
        does=status(503, Retry_After="Mon, 01 Jan 0001 00:00:00 GMT"), error="503|not asked"
    ),
    "charset of Python": Behavior(
        does=headers(Content_Type="text/xml; charset=unicode_escape"), entries=3
    ),
    "charset that is none": Behavior(
        does=headers(Content_Type="text/xml; charset=" + "x" * 9000), entries=3
    ),
    "brotli": Behavior(
        does=body(lambda text: b"\x1b\x00\x01\x02" * 90, **{"Content-Encoding": "br"}), error="br"
    ),
    "gzip twice": Behavior(
        does=body(
            lambda text: gzip.compress(gzip.compress(text)), **{"Content-Encoding": "gzip, gzip"}
        ),
        entries=3,
    ),
    "gzip and more": Behavior(
        does=body(lambda text: gzip.compress(text) + b"\0" * 99, **{"Content-Encoding": "gzip"}),
        entries=3,
    ),
    "gzip, cut": Behavior(
        does=body(lambda text: gzip.compress(text)[:-40], **{"Content-Encoding": "gzip"}),
        entries=None,
        error=".*",
    ),
    "reset": Behavior(
        does=raw(HEAD + b"Content-Length: 900\r\n\r\n<rss>", end="reset"), error=".*"
    ),
    "an answer too many": Behavior(
        does=always(
            lambda name: Raw(
                pieces=[
                    HEAD
                    + b"Content-Length: %d\r\n\r\n" % len(three(name))
                    + three(name)
                    + HEAD
                    + b"Content-Length: 3\r\n\r\nabc"
                ]
            )
        ),
        entries=3,
    ),
    "UTF-32": Behavior(
        does=body(lambda text: text.decode().encode("utf-32")), entries=None, error=".*"
    ),
    "UTF-7": Behavior(
        does=body(
            lambda text: text.replace(b"Some", b"+ADw-script+AD4-EVIL()+ADw-/script+AD4-"),
            **{"Content-Type": "text/xml; charset=utf-7"},
        ),
        entries=3,
    ),
    "a title of 1 MB": Behavior(
        does=xml(lambda name: feed(name, entry(name, title=title(name) + " word" * 200_000))),
        entries=1,
    ),
    "an id of 1 MB": Behavior(
        does=xml(
            lambda name: feed(name, entry(name, guid="g" * MB, link="http://a.example/" + "l" * MB))
        ),
        entries=1,
    ),
    "categories": Behavior(
        does=xml(
            lambda name: feed(
                name,
                entry(name).replace(
                    "</item>",
                    "".join(
                        f"<category>c{n}</category><author>a{n}</author><enclosure url='http://a.example/{n}'/>"
                        for n in range(10_000)
                    )
                    + "</item>",
                ),
            )
        ),
        entries=1,
    ),
    "surrogates": Behavior(
        does=xml(
            lambda name: feed(
                name, entry(name, body="a&#xD800;b&#0;c&#x110000;d", title=f"{title(name)}&#xDFFF;")
            )
        ),
        entries=1,
    ),
    "turned around": Behavior(
        does=xml(
            lambda name: feed(name, entry(name, title=f"{title(name)} \u202e\u2066\u202d gpj.exe"))
        ),
        entries=1,
    ),
    "archives in a ring": Behavior(
        does=lambda name, visit, request: Answer(
            headers=XML,
            body=feed(
                name,
                *(
                    entry(
                        name,
                        n,
                        guid=f"{visit}-{n}",
                        title=f"{title(name, n)} {visit}",
                        link=f"http://a.example/{visit}/{n}",
                        body=f"Text {visit} {n}",
                    )
                    for n in range(3)
                ),
                channel=atom_link("prev-archive", "/old"),
            ),
        ),
        paths={
            "/old": lambda name, visit, request: Answer(
                headers=XML,
                body=feed(
                    name,
                    channel=atom_link("prev-archive", "/old?x"),
                ),
            )
        },
        entries=None,
    ),
    "hub inside": Behavior(
        does=xml(
            lambda name: feed(
                name,
                entry(name),
                channel=(
                    '<link xmlns="http://www.w3.org/2005/Atom" rel="hub" href="http://127.0.0.1:PORT/trap"/>'
                ),
            )
        ),
        entries=1,
    ),
    "no hour left": Behavior(
        does=xml(
            lambda name: feed(
                name,
                entry(name),
                channel=(
                    f"<ttl>{'9' * 300}</ttl><skipHours>"
                    + "".join(f"<hour>{n}</hour>" for n in range(24))
                    + "</skipHours><skipDays><day>Friday</day><day>Saturday</day></skipDays>"
                ),
            )
        ),
        entries=1,
    ),
    "one link": Behavior(
        does=xml(
            lambda name: feed(
                name,
                *(
                    entry(name, n, f"Text {n}.", guid="", link="http://a.example/")
                    for n in range(3)
                ),
            )
        ),
        entries=3,
    ),
    "XInclude": Behavior(
        does=xml(
            lambda name: feed(
                name,
                entry(
                    name,
                    body=(
                        '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" parse="text"'
                        ' href="file:///etc/hostname"/>'
                    ),
                ),
                head='<?xml-stylesheet href="http://127.0.0.1:PORT/trap"?>',
            )
        ),
        entries=1,
    ),
    "a drawing": Behavior(
        does=xml(
            lambda name: feed(
                name,
                entry(
                    name,
                    body=(
                        "<svg xmlns='http://www.w3.org/2000/svg'><script>EVIL()</script>"
                        "<foreignObject><iframe src='javascript:EVIL()'/></foreignObject></svg>"
                    ),
                ),
            )
        ),
        entries=1,
    ),
    "header in a name": Behavior(
        does=xml(
            lambda name: feed(name, entry(name)).replace(
                b"<title>Feed", b"<title>x&#13;&#10;Bcc: evil@example.net&#10;&#10;EVIL Feed"
            )
        ),
        entries=1,
    ),
    "JSON of Python": Behavior(
        does=json(
            '{"items":[{"id":NaN,"title":"CASE-0"},{"id":1e999,"title":"CASE-1","content_text":"x"},'
            '{"id":' + "9" * 5000 + ',"title":"CASE-2"}]}'
        ),
        entries=None,
        error=".*",
    ),
    "deep JSON": Behavior(
        does=json(
            '{"items":[{"id":"1","title":"CASE-0","x":' + "[" * 100_000 + "]" * 100_000 + "}]}"
        ),
        entries=None,
        error=".*",
    ),
    "refreshing page": Behavior(
        does=always(
            lambda name: Answer(
                headers={"Content-Type": "text/html"},
                body=b"<!doctype html><meta http-equiv=refresh content='0;url=/feed.xml'>",
            )
        ),
        error="web page",
    ),
    "drip of a header": Behavior(
        does=always(
            lambda name: Raw(pieces=chain([b"HTTP/1.1 200 OK\r\nX: "], cycle([b"y"])), pause=0.2)
        ),
        error=TOO_LATE,
    ),
    "small pieces": Behavior(
        does=always(
            lambda name: Raw(
                pieces=chain([HEAD + b"\r\n"], (bytes([byte]) for byte in three(name)))
            )
        ),
        entries=3,
    ),
    "a null title": Behavior(does=body(lambda text: text.replace(b"Feed", b"\0\0")), entries=3),
}

BEHAVIORS = {**KNOWN, **OWN}


def hosts() -> dict[str, str]:
    """Give each behavior an address of loopback."""
    return {f"127.1.0.{number}": name for number, name in enumerate(BEHAVIORS, start=1)}


class Visits(dict[str, Page]):
    """The pages of a server: what the host that is asked does at this visit.

    `trapped` lists what nobody may ask for.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._seen: dict[tuple[str, str], int] = {}
        self.trapped: list[str] = []

    def get(self, key: str, default: object = None) -> Page:
        return self._answer

    def _answer(self, request: Request) -> Page:
        host = request.headers["host"].rpartition(":")[0]
        name = hosts().get(host)
        path = request.path.partition("?")[0]
        if name is None:
            self.trapped.append(f"{host}{request.path}")
            return Answer(status=404)
        behavior = BEHAVIORS[name]
        script = behavior.does if path == "/feed.xml" else behavior.paths.get(path)
        if script is None:
            return Answer(status=404)
        self._seen[name, path] = visit = self._seen.get((name, path), 0) + 1
        page = script(name.replace(" ", "-"), visit, request)
        if isinstance(page, Answer) and b":PORT/" in page.body:
            port = str(self._port).encode()
            return Answer(
                status=page.status, headers=page.headers, body=page.body.replace(b"PORT", port)
            )
        return page
