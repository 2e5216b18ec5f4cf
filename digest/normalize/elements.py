"""Tables and rules for the walk: the meaning of elements, classes, ids and roles for a text."""

# ruff: noqa: SIM905  # a set of words reads best as words

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from digest.normalize.formulas.tex_symbols import SUBSCRIPT, SUPERSCRIPT

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
PLAIN_BLOCKS = frozenset(
    """
    address article aside blockquote body center dd details dialog dir div dl dt fieldset figure
    footer header hgroup hr legend main menu p section summary table tbody tfoot thead
    """.split()
)
"""Blocks that need no other treatment."""
BLOCKS = HEADINGS | PLAIN_BLOCKS | frozenset("caption figcaption li ol td th tr ul".split())
DROPPED = frozenset(
    """
    applet area audio base button canvas col colgroup datalist del embed form frame frameset
    head iframe input link map meta meter nav noembed noframes noscript object option optgroup
    param progress rp rt rtc s script select source strike style svg template textarea title
    track video
    """.split()
)
TRANSPARENT = frozenset({"b", "em", "font", "i", "ins", "mark", "small", "span", "strong", "u"})
CODE = frozenset({"pre", "listing", "xmp", "plaintext"})
INLINE_CODE = frozenset({"code", "kbd", "samp", "tt"})
FORMULAS = frozenset({"math", "mjx-container", "d-math", "tex-math"})

TELLING = frozenset({"hidden", "style", "aria-hidden", "role", "class", "id"})
"""Attributes that may show that an element is not part of the text."""
AMP_PICTURES = frozenset({"amp-img", "amp-anim"})
_TINY = r"(?<![\w-])(?:width|height)\s*:\s*[01]px"
_CLIPPED = r"overflow\s*:\s*hidden"
HIDDEN_STYLE = re.compile(
    rf"display\s*:\s*none|visibility\s*:\s*hidden|{_TINY}.{{0,200}}{_CLIPPED}|{_CLIPPED}.{{0,200}}{_TINY}"
    r"|clip\s*:\s*rect\(\s*[01]|clip-path\s*:\s*inset\(\s*(?:50|100)%|(?:left|top)\s*:\s*-\d{4,}px",
    re.IGNORECASE,
)
JUNK = {
    name: note
    for note, names in {
        "hidden text": "sr-only screen-reader-text visually-hidden visuallyhidden",
        "table of contents": "toc table-of-contents toc-container toc_container markdown-toc"
        " ez-toc-container lwptoc wp-block-table-of-contents article-toc post-toc",
        "share links": "sharedaddy sd-sharing addtoany_share_save_container addtoany_content"
        " share-buttons social-share social-sharing feedflare sociable ssba post-share"
        " heateor_sss_sharing_container",
        "related links": "jp-relatedposts yarpp yarpp-related related-posts related_posts"
        " wp-block-yoast-seo-related-links crp_related",
        "newsletter box": "mc4wp-form newsletter-signup newsletter-box subscription-widget-wrap"
        " subscribe-widget wp-block-jetpack-subscriptions captioned-button-wrap button-wrapper"
        " cookie-notice subscription-widget blogger-post-footer",
        "footnotes": "footnotes footnotes-list footnote-definition easy-footnotes-wrapper reflist",
    }.items()
    for name in names.split()
}
"""Classes of elements that are not the text of the author, and the note for each."""
JUNK_ROLES = frozenset({"doc-endnotes", "doc-toc", "navigation"})
TOC_IDS = frozenset({"toc", "table-of-contents", "markdown-toc", "text-table-of-contents"})
CAPTIONS = frozenset(
    """
    wp-caption-text caption image-caption img-caption photo-caption figcaption photo-credit
    image-credit tr-caption
    """.split()
)

ANCHOR_SIGNS = frozenset({"#", "¶", "§", "🔗", "∞", "", "permalink", "Link", "link"})
"""The texts of a link from a heading to itself."""
NOTE_LINK = re.compile(
    r"#(?:_?ftn|fn|cite_note|footnote|easy-footnote|note|user-content-fn|sdfoot)"
)


class Numbering:
    """Count the items of a list and write the mark of each (HTML, 4.4.5 and 4.4.8)."""

    def __init__(self, node: LexborNode, tag: str, given: dict[str, str | None]) -> None:
        self._ordered = tag == "ol"
        self._style = given.get("type") or "1"
        items = sum(child.tag == "li" for child in node.iter())
        self._single = items < 2
        self._step = -1 if "reversed" in given else 1
        start = _integer(given.get("start"))
        self._next = start if start is not None else (items if self._step < 0 else 1)

    def mark(self, value: str | None) -> str:
        """Return the mark of the next item; `value` is the number that it asks for."""
        if not self._ordered:
            return "" if self._single else "• "
        given = _integer(value)
        number = self._next if given is None else given
        self._next = number + self._step
        if self._style in {"a", "A"} and 1 <= number <= 26:
            return f"{chr(ord(self._style) + number - 1)}. "
        return f"{number}. "


_INTEGER = re.compile(r"\s*(-?\d{1,6})\s*", re.ASCII)


def _integer(text: str | None) -> int | None:
    found = _INTEGER.fullmatch(text) if text else None
    return int(found[1]) if found else None


_EXPONENT = re.compile(r"[-+−]?\d+|[-+−]?[0-9a-z]|[a-z0-9][-+−][a-z0-9]|[-+−]|\d[+−-]")
_FOOTNOTE_NUMBER = re.compile(r"\s*[\[(]?\s*(?:\d{1,3}|[*†‡§])\s*[\])]?\s*(?:[,;–-]\s*\d{1,3}\s*)*")


def in_small_forms(text: str, tag: str) -> str:
    """Return a short index in the small forms of Unicode, any other text as it is.

    >>> in_small_forms("2", "sup"), in_small_forms("ij", "sub"), in_small_forms("th", "sup")
    ('²', 'ij', 'th')
    """
    if not _EXPONENT.fullmatch(text):
        return text
    table = SUPERSCRIPT if tag == "sup" else SUBSCRIPT
    signs = text.replace("-", "−")
    return signs.translate(table) if all(ord(sign) in table for sign in signs) else text


def is_reference(text: str) -> bool:
    """Say whether a superscript may number a footnote: 1, [2], †, 3–5."""
    return _FOOTNOTE_NUMBER.fullmatch(text) is not None
