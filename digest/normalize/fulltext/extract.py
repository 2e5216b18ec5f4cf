"""Find the main text of a page with trafilatura, and write it as plain HTML.

trafilatura is imported only when there is a page to read.  Its parser is quadratic in the
attributes of a tag, so it sees only pages that `safe_html.safe_page` has written.
"""

from __future__ import annotations

import logging
import re
import warnings
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MOST_COMPARED = 6_000
"""Tags of a page on which several algorithms are compared; jusText, one of them, is quadratic."""


def is_installed() -> bool:
    """Say whether trafilatura can be imported, without importing it."""
    return find_spec("trafilatura") is not None


_DOUBLES = (
    "//body//*[contains(@class, 'katex-html') or @class = 'MathJax_Preview'"
    " or (self::span and contains(@class, 'MathJax') and not(.//math))"
    " or (self::td and contains(@class, 'gutter'))]"
)
"""Repetitions of formulas, drawn in letters, and the line numbers of code."""
_WISHES = "//meta[translate(@name, 'ROBTS', 'robts') = 'robots']/@content"
_NOT_COPIED = re.compile(r"\b(?:noarchive|nosnippet)\b", re.IGNORECASE)


def main_text(html: str, url: str) -> str | None:
    """Return the main text of a page as HTML, "" for none; ``None`` if it forbids copies.

    `html` must be the output of `safe_html.safe_page`.
    """
    trafilatura = _trafilatura()
    tree = _tree(html)
    if any(_NOT_COPIED.search(wish) for wish in tree.xpath(_WISHES)):
        return None
    for element in tree.xpath(_DOUBLES):
        element.drop_tree()
    for block in list(tree.iter("pre")):
        _make_plain(block)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = trafilatura.bare_extraction(
                tree,
                url=url,
                fast=html.count("<") > MOST_COMPARED,
                output_format="html",
                include_comments=False,
                include_formatting=True,
                include_images=True,
                include_links=True,
                include_tables=True,
            )
    except Exception:
        # trafilatura defines no exceptions of its own; on an odd page it may raise any.
        return ""
    return _html(found.body) if found is not None and found.body is not None else ""


def _trafilatura() -> ModuleType:
    """Import trafilatura, and silence its log about pages, which no operator needs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import trafilatura
    for name in ("trafilatura", "htmldate", "courlan", "justext"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    return trafilatura


def _make_plain(block: HtmlElement) -> None:
    """Remove the elements in a block of code, because only then trafilatura keeps its lines."""
    for line_break in block.iter("br"):
        line_break.tail = f"\n{line_break.tail or ''}"
    words, tail = block.text_content(), block.tail
    block.clear()
    block.tag, block.text, block.tail = "code", words, tail


_TAGS = {
    "item": "li",
    "quote": "blockquote",
    "lb": "br",
    "graphic": "img",
    "ref": "a",
    "row": "tr",
}
_LISTS = {"ol": "ol", "dl": "dl"}
_KEPT = {"target": "href", "src": "src", "alt": "alt"}
_LOOKS = {"#b": "strong", "#i": "em", "#u": "u", "#t": "kbd", "#sub": "sub", "#sup": "sup"}


def _html(body: HtmlElement) -> str:
    """Return the output of trafilatura, which resembles TEI, as HTML.

    The HTML that trafilatura writes itself has neither inline code nor numbered lists.
    """
    from lxml.etree import tostring

    for element in body.iter("*"):
        tag, look = element.tag, element.get("rend") or ""
        parent = element.getparent()
        if tag == "code":
            is_block = "\n" in (element.text or "") or (parent is not None and parent.tag == "body")
            element.tag = "pre" if is_block else "code"
        elif tag == "list":
            element.tag = _LISTS.get(look, "ul")
        elif tag == "item" and parent is not None and parent.tag == "dl":
            element.tag = look[:2] if look[:2] in ("dt", "dd") else "dd"
        elif tag == "head":
            element.tag = look if re.fullmatch("h[1-6]", look) else "h3"
        elif tag == "hi":
            element.tag = _LOOKS.get(look, "em")
        elif tag == "cell":
            element.tag = "th" if element.get("role") == "head" else "td"
        else:
            element.tag = _TAGS.get(tag, tag)
        kept = {name: element.get(old) for old, name in _KEPT.items() if element.get(old)}
        element.attrib.clear()
        element.attrib.update(kept)
    body.tag = "div"
    return str(tostring(body, encoding="unicode"))


def _tree(html: str) -> HtmlElement:
    """Parse a rewritten page; libxml2 itself stops at a depth of 256 elements."""
    from lxml import html as lxml_html

    parser = lxml_html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    # The root element of our own makes sure that there is a tree, whatever the page holds.
    return lxml_html.document_fromstring(f"<html>{html}".encode(), parser=parser)
