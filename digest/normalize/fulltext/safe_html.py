"""Rewrite a page in linear time, without scripts, styles and comments, and within limits.

Pages are hostile, and the libraries that find a main text are quadratic in the attributes of a tag.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from itertools import islice

from digest.normalize.nesting import ALL_ATTRIBUTES, VALUE
from digest.text.characters import decode_references

MOST_CHARS = 1_000_000
"""Characters of a page that are kept."""
MOST_TAGS = 20_000
"""Tags that are kept, end tags included; trafilatura takes some 50 microseconds for a tag."""
MOST_ATTRIBUTES = 24
LONGEST_VALUE = 2_000


_MARK = re.compile(
    rf"<!--.*?(?:--!?>|\Z)|<[!?][^>]*+>?+|</(?P<end>[a-zA-Z][^\s/>]*+)[^>]*+>?+"
    rf"|<(?P<start>[a-zA-Z][^\s/>]*+)(?P<attributes>{ALL_ATTRIBUTES})[\s/]*+>?+",
    re.DOTALL,
)
"""Comments, declarations and tags, as HTML 13.2.5 reads them.  The pattern never
backtracks, so it is linear."""
_NAMED_VALUE = re.compile(
    rf"[\s/]*+(?P<name>[^\s/>][^\s/>=]*+)(?:\s*+=\s*+(?P<value>{VALUE}))?", re.DOTALL
)
_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9:-]{0,40}")
_RAW = {
    name: re.compile(rf"</{name}(?=[\s/>])|\Z", re.IGNORECASE)
    for name in ("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes")
}
"""Elements that hold no tags (HTML 13.2.5.1), and the pattern of the end of each."""
_TEX = re.compile(r"type\s*=\s*[\"']?math/tex(?P<display>[^\"'>]{0,20}mode\s*=\s*display)?", re.I)
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]+")


def safe_page(page: str) -> str:
    """Return a page without scripts, styles and comments, within the limits of this module."""
    return "".join(islice(_within(MOST_CHARS, _pieces(_CONTROLS.sub("", page))), 2 * MOST_TAGS))


def _within(most: int, pieces: Iterator[str]) -> Iterator[str]:
    for piece in pieces:
        yield piece[:most]
        most -= len(piece)
        if most <= 0:
            return


def _pieces(page: str) -> Iterator[str]:
    """Yield the tags of a page and, escaped, the texts between them."""
    at = 0
    while mark := _MARK.search(page, at):
        yield page[at : mark.start()].replace("<", "&lt;")
        at = mark.end()
        if name := mark["start"]:
            if not _NAME.fullmatch(name):
                continue
            name = name.lower()
            if name not in _RAW:
                yield f"<{name}{''.join(_attributes(mark['attributes']))}>"
                continue
            end = _RAW[name].search(page, at)
            assert end is not None, "the end of the page is an end"
            yield _raw(name, mark["attributes"], page[at : end.start()])
            at = end.start()
        elif (name := mark["end"]) and _NAME.fullmatch(name) and name.lower() not in _RAW:
            yield f"</{name}>"
    yield page[at:].replace("<", "&lt;")


def _attributes(written: str) -> Iterator[str]:
    for found in islice(_NAMED_VALUE.finditer(written), MOST_ATTRIBUTES):
        value = found["value"] or ""
        if value[:1] in ("'", '"'):
            value = value[1:].removesuffix(value[0])
        if _NAME.fullmatch(found["name"]) and len(value) <= LONGEST_VALUE:
            yield f' {found["name"]}="{value.replace(chr(34), "&quot;")}"'


def _raw(name: str, attributes: str, text: str) -> str:
    """Return an element of raw text if it is the title or a formula (MathJax 2), else ""."""
    if name == "title":
        return f"<title>{escape(decode_references(text[:LONGEST_VALUE]))}</title>"
    tex = _TEX.search(attributes[:LONGEST_VALUE]) if name == "script" else None
    if tex is None:
        return ""
    return escape(rf"\[{text}\]" if tex["display"] else rf"\({text}\)")
