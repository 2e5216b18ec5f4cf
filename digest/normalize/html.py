"""Bound hostile HTML, and reduce it to the elements of an allow-list (`SafeHtml`).

Both HTML libraries are quadratic in the depth of open elements and in the attributes of one tag,
so no HTML reaches them before `bounded` has counted both in linear time.  `strip` turns HTML over a
limit into plain text.
"""

# ruff: noqa: SIM905  # a set of words reads best as words

from __future__ import annotations

import re
from contextvars import ContextVar
from dataclasses import dataclass
from html import escape

import nh3
from selectolax.lexbor import LexborHTMLParser

from digest.model import SafeHtml
from digest.net import urls
from digest.normalize.nesting import ALL_ATTRIBUTES, MAX_DEPTH, MAX_REOPENED, nests_deeply
from digest.text.characters import decode_references, scrub

MAX_CHARS = 1_000_000
MAX_TAG = 16_384
MAX_LINKS = 10_000
MAX_ADDRESS = 4_096
"""Characters of a link, or of the base of links; a longer one is ignored."""
MAX_TABLES = 2_000
"""Tables of a document: nh3 moves text out of tables, and collects it again for each table."""
MOST_SOUGHT = 5_000_000_000
"""Characters that nh3 may search for signs to escape, which takes a tenth of a second."""
MOST_IN_A_TEXT = 1_000
"""Characters of a piece of text, when a text is divided to shorten that search."""

TAGS = set(
    """
    a abbr b bdi bdo blockquote br caption cite code col colgroup dd del details dfn div dl dt
    em figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q rp rt ruby s samp
    small span strong sub summary sup table tbody td tfoot th thead time tr u ul var wbr
    """.split()
)
DROPPED_WITH_CONTENT = {
    "script",
    "style",
    "template",
    "noscript",
    "iframe",
    "object",
    "embed",
    "applet",
    "svg",
    "math",
    "canvas",
    "audio",
    "video",
    "form",
    "button",
    "select",
    "textarea",
    "title",
    "noembed",
    "noframes",
    "xmp",
    "plaintext",
}
ATTRIBUTES = {
    "*": {"lang", "dir"},
    "a": {"href", "title"},
    "abbr": {"title"},
    "blockquote": {"cite"},
    "del": {"datetime"},
    "img": {"src", "alt", "title", "width", "height"},
    "ins": {"datetime"},
    "li": {"value"},
    "ol": {"start", "reversed", "type"},
    "q": {"cite"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "time": {"datetime"},
}
SCHEMES = {"http", "https", "mailto"}
_ADDRESSES = frozenset({"href", "src", "cite"})
_NUMERIC = frozenset({"width", "height", "colspan", "rowspan", "start", "value"})

_DATA_URI = re.compile(r"data:[^\s\"'<>]{256,}")
# A tag as HTML 13.2.5 reads it.  The pattern never backtracks, so it is linear.
_WHOLE_TAG = re.compile(rf"<[a-zA-Z][^\s/>]*+{ALL_ATTRIBUTES}")
_END_IN_VALUE = re.compile(r"=\s*(?:\"[^\">]*|'[^'>]*)>")
# Most links are absolute and plain: nothing to resolve.
_PLAIN_LINK = re.compile(
    r"https?://(?:[a-z0-9-]++\.)+[a-z]{2,}+(?:/[A-Za-z0-9_%~.@:,+=!/-]*+)?([?#][!-;=?-~]*+)?"
)
_CERTAINLY_FLAT = ("</", "<p>", "<br>", "<br ", "<br/", "<li>", "<img ")
_FLAT_IN_TABLES = ("<td>", "<tr>")
_LEAF = re.compile(r"<(span|a|b|i|em|strong|code)(?: [a-z-]+=\"[^\"<>]*\")*>[^<]*</\1>")
"""An element that holds only text.  Wherever a parser reads its two tags as tags, the second one
closes the first, so of all such elements at most one is open at a time."""
_TABLE_TAG = re.compile("<table", re.IGNORECASE)
_FOREIGN = re.compile("<(?:math|svg)", re.IGNORECASE)
_ANY_TAG = re.compile(r"<[a-zA-Z/!?][^<>]*>")
_RAW_TEXT = re.compile(r"<(/?)(?:script|style)\b", re.IGNORECASE)
_LONE_IMG = re.compile(r"<img(?: (?:alt|title|width|height|lang|dir)=\"[^\"]*\")*>")


def bounded(html: str) -> str | None:
    """Cut `html` to about `MAX_CHARS` between two tags; return ``None`` if no parser may see it.

    ``data:`` URLs are removed first: they make up most of the largest bodies, and no link to them
    is kept.
    """
    if len(html) > MAX_TAG and "data:" in html:
        html = _DATA_URI.sub("data:", html)
    if len(html) > MAX_CHARS:
        cut = html.rfind("<", MAX_CHARS - MAX_TAG, MAX_CHARS)
        html = html[: cut if cut > 0 else MAX_CHARS]
    html = _without_surrogates(html)
    if _may_nest(html) and nests_deeply(html):
        return None
    if len(html) > MAX_TAG and len(_TABLE_TAG.findall(html)) > MAX_TABLES:
        return None
    if len(html) > MAX_TAG and _has_long_tag(html):
        return None
    return html


def _without_surrogates(text: str) -> str:
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def _may_nest(html: str) -> bool:
    """Say, by counting alone, whether `html` may nest deeply, so that every tag must be read."""
    deep = tags = html.count("<")
    if deep <= MAX_DEPTH and deep * tags <= MAX_REOPENED:
        return False
    # In SVG and MathML even the parts of a table nest.
    flat_tags = _CERTAINLY_FLAT if _FOREIGN.search(html) else _CERTAINLY_FLAT + _FLAT_IN_TABLES
    for flat in flat_tags:
        if deep <= MAX_DEPTH and deep * tags <= MAX_REOPENED:
            return False
        deep -= html.count(flat)
    if deep <= MAX_DEPTH and deep * tags <= MAX_REOPENED:
        return False
    deep -= len(_LEAF.findall(html))
    return deep >= MAX_DEPTH or deep * tags > MAX_REOPENED


def _has_long_tag(html: str) -> bool:
    """Say whether a tag has over `MAX_TAG` characters, a ``>`` within quotes among them."""
    half = MAX_TAG // 2
    if not _END_IN_VALUE.search(html) and all(
        html.find(">", start, start + half) >= 0 for start in range(0, len(html) - half, half)
    ):
        return False
    return any(len(found[0]) > MAX_TAG for found in _WHOLE_TAG.finditer(html))


def strip(html: str) -> str:
    """Return the text of any `html` in linear time, without a tree; tags become spaces."""
    kept = []
    end = 0
    hidden = False
    for found in _RAW_TEXT.finditer(html):
        if not hidden:
            kept.append(html[end : found.start()])
        end, hidden = found.start(), not found[1]
    kept.append("" if hidden else html[end:])
    return decode_references(_ANY_TAG.sub(" ", "".join(kept)))


def sanitize(html: str, *, base: str | None, may_need_scrub: bool = True) -> SafeHtml:
    """Return only what the allow-list permits; `html` must be bounded.

    Links are made absolute against `base` and lose their tracking parameters.  Links other than
    http, https and mailto are dropped, but their text stays.  `may_need_scrub` says whether
    `html` may hold characters that `scrub` drops.
    """
    if _writes_slowly(html):
        html = _divided(html)
    outer = _links.set(_Links(base))
    try:
        safe = _CLEANER.clean(html)
    finally:
        _links.reset(outer)
    if "<img" in safe:
        safe = _LONE_IMG.sub("", safe)
    return SafeHtml(scrub(safe) if may_need_scrub else safe)


def _writes_slowly(html: str) -> bool:
    """Say whether nh3 may take long to write `html` again.

    For each character that it writes as a reference, or whose UTF-8 begins like that of a no-break
    space, it searches for the next ``<`` or ``>``, up to the end of that text.
    """
    size = len(html)  # no more signs than characters
    return size * size > MOST_SOUGHT and (
        size * (html.count("&") + html.encode().count(b"\xc2")) > MOST_SOUGHT
    )


def _divided(html: str) -> str:
    """Divide long texts by elements that nh3 does not know and removes."""
    tree = LexborHTMLParser("<!---->" + html, is_fragment=True)
    if tree.root is not None:
        for node in list(tree.root.traverse(include_text=True)):
            text = node.text_content or "" if node.tag == "-text" else ""
            if len(text) > MOST_IN_A_TEXT:
                for start in range(0, len(text), MOST_IN_A_TEXT):
                    part = tree.create_node("x-part")
                    part.insert_child(text[start : start + MOST_IN_A_TEXT])
                    node.insert_before(part)
                node.decompose()
    return tree.inner_html or ""


@dataclass(slots=True)
class _Links:
    """The base of the links of the current document, and the number of links still allowed."""

    base: str | None
    left: int = MAX_LINKS

    def checked(self, name: str, value: str) -> str | None:
        self.left -= 1
        if self.left < 0:
            return None
        return link(value, self.base) if name == "href" else web_link(value, self.base)


_links: ContextVar[_Links] = ContextVar("links")
"""The links of the current document.  One cleaner serves all documents, because making a cleaner
takes longer than using it, so it gets these from a context variable."""


def _checked(tag: str, name: str, value: str) -> str | None:
    """Return the permitted value of an attribute; ``None`` drops the attribute."""
    if name in _ADDRESSES:
        return _links.get().checked(name, value)
    if name in _NUMERIC:
        return value if value.isascii() and value.isdigit() and len(value) < 7 else None
    return value


_CLEANER = nh3.Cleaner(
    tags=TAGS,
    clean_content_tags=DROPPED_WITH_CONTENT,
    attributes=ATTRIBUTES,
    attribute_filter=_checked,
    url_schemes=SCHEMES,
    link_rel="noopener noreferrer nofollow",
)


def paragraphs(text: str) -> SafeHtml:
    """Return plain text as HTML, each line as a paragraph."""
    lines = (line.strip() for line in text.split("\n"))
    return SafeHtml("".join(f"<p>{escape(line, quote=False)}</p>" for line in lines if line))


def link(value: str, base: str | None) -> str | None:
    """Return a link resolved and without tracking; ``None`` unless http, https or mailto."""
    value = value.strip()
    if value[:7].lower() == "mailto:":
        return value if "\n" not in value and "\r" not in value else None
    return web_link(value, base)


def web_link(value: str, base: str | None) -> str | None:
    """Return a link resolved and without tracking; ``None`` unless http or https."""
    if len(value) > MAX_ADDRESS:
        return None
    if base is not None and len(base) > MAX_ADDRESS:
        base = None
    plain = _PLAIN_LINK.fullmatch(value)
    if plain and "/." not in value:
        return urls.clean_link(value) if plain[1] else value
    absolute = urls.absolute(value, base or "")
    if absolute is None or not absolute.startswith(("http://", "https://")):
        return None
    return urls.clean_link(absolute)
