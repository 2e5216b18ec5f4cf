"""Repair text that a strict parser refused; no text for readers is lost.

Everything before the root (declarations, warnings of a script, the DTD with its entities) and after
it is cut off.  Characters and references that XML forbids are replaced as browsers do, a bare ``&``
or ``<`` becomes text, and an unbound prefix is bound to its usual namespace.  CDATA sections and
comments stay as they are.  Every pattern is linear in the length of the text.
"""

from __future__ import annotations

import html
import re
from html.entities import html5

from digest.parse.reading.element_names import URIS
from digest.text.charset import CP1252, FORBIDDEN, reference

ROOT = re.compile(
    r"<((?:[A-Za-z_][\w.-]{0,30}:)?(?:rss|feed|rdf|channel|entry(?=[^<>]{0,2000}?/2005/atom)))"
    r"(?=[\s/>])",
    re.IGNORECASE,
)
"""The root element of a feed, or an Atom entry that is a document of its own (RFC 4287, 2)."""
_C1 = re.compile("[\x80-\x9f]")
_SPAN = re.compile(
    r"<!\[CDATA\[(?:.*?\]\]>|.*)|<!--(?:.*?-->|.*)"
    r"|&\#(?P<high>x[dD][89abAB][0-9a-fA-F]{2}|5[56][0-9]{3});&\#(?P<low>x[dD][c-fC-F][0-9a-fA-F]{2}|5[67][0-9]{3});"
    r"|&\#(?P<number>[xX][0-9a-fA-F]{1,8}|[0-9]{1,8});"
    r"|&+(?=&)"
    r"|&(?!(?:amp|lt|gt|quot|apos);)(?P<name>[A-Za-z][A-Za-z0-9]{1,31};)?|<(?![A-Za-z_/!?])",
    re.DOTALL,
)
_BARE_AMPERSAND = re.compile(
    r"&(?!(?:#[0-9]{1,6}|#x[0-9a-fA-F]{1,5}|amp|lt|gt|quot|apos);)", re.ASCII
)
_ENDED = re.compile(r"</(?:\w+:)?(?:title|description|encoded|summary|content)>")
"""End tags before which an unclosed CDATA section was probably meant to end."""
_LEAF = re.compile(
    r"<(link|guid|pubdate|comments|language|docs|generator|ttl)(\s[^<>]*)?>\s*([^\s<][^<]{0,2000})"
    r"(?=<(?!/\1\b|!))",
    re.IGNORECASE,
)
"""An RSS element for text alone that is never closed: another element begins in it."""
_NAMESPACE = re.compile(r"(?<=\sxmlns)((?::[\w.-]+)?\s?=\s?)([\"'])[^\"'<>]{1,200}\2")
_PREFIX = re.compile(r"<([A-Za-z_][\w.-]{0,30}):[A-Za-z_]|\s([A-Za-z_][\w.-]{0,30}):[\w.-]+\s?=")
_BOUND = re.compile(r"xmlns:([\w.-]+)\s*=")
_MOST_PREFIXES = 100
_MOST_MENDS = 200_000


def mend(text: str) -> str | None:
    """Return `text` from its root element on, repaired; ``None`` if there is no root."""
    text = _C1.sub(lambda found: CP1252[ord(found[0])], FORBIDDEN.sub("", text))
    if (root := ROOT.search(text)) is None:
        return None
    end = text.rfind(f"</{root[1]}>")
    text = text[root.start() : end + len(root[1]) + 3 if end > root.start() else None]
    text, count = _SPAN.subn(_mended, text, count=_MOST_MENDS)
    if count == _MOST_MENDS:
        text = _BARE_AMPERSAND.sub("&amp;", text)  # Quicker, but it does not spare CDATA.
    text = _LEAF.sub(lambda found: f"<{found[1]}{found[2] or ''}>{found[3]}</{found[1]}>", text)
    text = _NAMESPACE.sub(lambda found: "".join(found[0].split()), text)
    return _bound(text, len(root[1]) + 1)


def _mended(found: re.Match[str]) -> str:
    if found["name"]:
        return _named(found["name"])
    if found["number"]:
        return _numbered(found["number"])
    if found["high"]:
        return _pair(found["high"], found["low"])
    if found[0].startswith("<![CDATA[") and not found[0].endswith("]]>"):
        return _ENDED.sub(r"]]>\g<0>", found[0], count=1)
    if found[0][0] == "&":
        return "&amp;" * len(found[0])
    return "&lt;" if found[0] == "<" else found[0]


def _named(name: str) -> str:
    return html.escape(html5[name]) if name in html5 else f"&amp;{name}"


def _numbered(number: str) -> str:
    code = reference(number)
    if code in CP1252:
        return CP1252[code]
    legal = code in (9, 10, 13) or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE
    return f"&#{number.lower()};" if legal or 0x10000 <= code < 0x110000 else ""


def _pair(high: str, low: str) -> str:
    """UTF-16 surrogates written as two references: one character."""
    if 0xD800 <= reference(high) < 0xDC00 <= reference(low) < 0xE000:
        return chr(0x10000 + ((reference(high) - 0xD800) << 10) + (reference(low) - 0xDC00))
    return _numbered(high) + _numbered(low)


def _bound(text: str, start: int) -> str:
    """Bind every prefix that is used without being bound to what it usually means."""
    known = {*_BOUND.findall(text), "xml", "xmlns"}
    used: dict[str, None] = {}
    for prefix in _PREFIX.finditer(text):
        name = prefix[1] or prefix[2]
        if name not in known:
            used[name] = None
            if len(used) == _MOST_PREFIXES:
                break
    free = sorted(used)
    bindings = "".join(f' xmlns:{name}="{URIS.get(name.lower(), f"urn:{name}")}"' for name in free)
    return text[:start] + bindings + text[start:]
