"""Hostile HTML in; bounded HTML, and SafeHtml that holds only what the allow-list names, out.

Both HTML libraries are quadratic in the depth of open elements and in the attributes of one tag,
so nothing reaches them before `bounded` has counted, in linear time.  What is over a cap is
stripped of its tags by `strip` and goes on as plain text.
"""

# ruff: noqa: SIM905  # a set of words reads best as words

from __future__ import annotations

import re
from contextvars import ContextVar
from html import escape, unescape

import nh3

from digest import urls
from digest.model import SafeHtml
from digest.normalize._plain import scrub

MAX_CHARS = 1_000_000
MAX_DEPTH = 256
MAX_TAG = 16_384

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
_ADDRESSES = frozenset({"src", "cite"})
_NUMERIC = frozenset({"width", "height", "colspan", "rowspan", "start", "value"})

_DATA_URI = re.compile(r"data:[^\s\"'<>]{256,}")
# A tag as HTML 13.2.5 reads it.  Every part takes what it can and gives nothing back: linear.
_VALUE = r"""(?:"[^"]*+"?+|'[^']*+'?+|[^\s>]*+)"""
_WHOLE_TAG = re.compile(rf"<[a-zA-Z][^\s/>]*+(?:[\s/]*+[^\s/>][^\s/>=]*+(?:\s*+=\s*+{_VALUE})?+)*+")
_TAG = re.compile(r"<(/?[a-zA-Z][a-zA-Z0-9:-]*)")
# Elements that have no content, or that the parser closes by itself when the next one opens.
_NEVER_DEEP = frozenset(
    """
    p li td tr th dt dd option area base br col embed hr img input link meta source wbr
    """.split()
)
# Most links are absolute and plain: nothing to resolve.
_PLAIN_LINK = re.compile(
    r"https?://(?:[a-z0-9-]+\.)+[a-z]{2,}(?:/[A-Za-z0-9_%~.@:,+=!-]*)*([?#][!-;=?-~]*)?"
)
_CERTAINLY_FLAT = ("</", "<p>", "<br>", "<br ", "<br/", "<li>", "<img ", "<td>", "<tr>")
_ANY_TAG = re.compile(r"<[a-zA-Z/!?][^<>]*>")
_RAW_TEXT = re.compile(r"<(/?)(?:script|style)\b", re.IGNORECASE)
_LONE_IMG = re.compile(r"<img(?: (?:alt|title|width|height|lang|dir)=\"[^\"]*\")*>")


def bounded(html: str) -> str | None:
    """Cut `html` to about `MAX_CHARS` between two tags; ``None`` where no parser may see it.

    ``data:`` URLs go first: they are most of the largest bodies, and no link to them is kept.
    """
    if len(html) > MAX_TAG and "data:" in html:
        html = _DATA_URI.sub("data:", html)
    if len(html) > MAX_CHARS:
        cut = html.rfind("<", MAX_CHARS - MAX_TAG, MAX_CHARS)
        html = html[: cut if cut > 0 else MAX_CHARS]
    html = html.encode("utf-8", "replace").decode() if not html.isascii() else html
    if _may_be_deep(html) and _depth(html) > MAX_DEPTH:
        return None
    if len(html) > MAX_TAG and _longest_tag(html) > MAX_TAG:
        return None
    return html


def _may_be_deep(html: str) -> bool:
    tags = html.count("<")
    return tags > MAX_DEPTH and tags - sum(map(html.count, _CERTAINLY_FLAT)) > MAX_DEPTH


def _depth(html: str) -> int:
    """Return an upper bound of how deep elements nest, each name counted by itself."""
    names: dict[str, int] = {}
    slots: dict[str, int] = {}
    counts = [0]
    depth = deepest = 0
    for tag in _TAG.findall(html):
        # What a tag does is looked up as one number: a slot to count up, or down, or nothing.
        slot = slots.get(tag)
        if slot is None:
            name = tag.lstrip("/").lower()
            slot = 0 if name in _NEVER_DEEP else names.setdefault(name, len(names) + 1)
            counts += [0] * (len(names) + 1 - len(counts))
            slot = slots[tag] = -slot if tag[0] == "/" else slot
        if slot > 0:
            counts[slot] += 1
            depth += 1
            if depth > deepest:
                deepest = depth
        elif slot and counts[-slot]:
            counts[-slot] -= 1
            depth -= 1
    return deepest


def _longest_tag(html: str) -> int:
    """Return the most characters that one tag holds, a ``>`` within quotes among them."""
    return max((len(found[0]) for found in _WHOLE_TAG.finditer(html)), default=0)


def strip(html: str) -> str:
    """Return the text of `html` in linear time, whatever it is: no tree, tags become spaces."""
    kept = []
    end = 0
    hidden = False
    for found in _RAW_TEXT.finditer(html):
        if not hidden:
            kept.append(html[end : found.start()])
        end, hidden = found.start(), not found[1]
    kept.append("" if hidden else html[end:])
    return unescape(_ANY_TAG.sub(" ", "".join(kept)))


def sanitize(html: str, *, base: str | None) -> SafeHtml:
    """Let through what the allow-list names; `html` must be bounded.

    Links are made absolute against `base`, freed of tracking parameters, and dropped (their text
    stays) unless they are http, https or mailto.
    """
    outer = _base.set(base)
    try:
        safe = _CLEANER.clean(html)
    finally:
        _base.reset(outer)
    return SafeHtml(scrub(_LONE_IMG.sub("", safe)))


_base: ContextVar[str | None] = ContextVar("base")
"""What the links of the document in hand are resolved against: one cleaner serves them all."""


def _checked(tag: str, name: str, value: str) -> str | None:
    """Return what an attribute may say; ``None`` drops it."""
    if name == "href":
        return link(value, _base.get())
    if name in _ADDRESSES:
        return web_link(value, _base.get())
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
    """Return plain text as HTML: a paragraph a line."""
    lines = (line.strip() for line in text.split("\n"))
    return SafeHtml("".join(f"<p>{escape(line, quote=False)}</p>" for line in lines if line))


def link(value: str, base: str | None) -> str | None:
    """Resolve a link and free it of tracking; ``None`` unless http, https or mailto."""
    value = value.strip()
    if value[:7].lower() == "mailto:":
        return value if "\n" not in value and "\r" not in value else None
    return web_link(value, base)


def web_link(value: str, base: str | None) -> str | None:
    """Resolve a link and free it of tracking; ``None`` unless http or https."""
    plain = _PLAIN_LINK.fullmatch(value)
    if plain and "/." not in value:
        return urls.clean_link(value) if plain[1] else value
    absolute = urls.absolute(value, base or "")
    if absolute is None or not absolute.startswith(("http://", "https://")):
        return None
    return urls.clean_link(absolute)
