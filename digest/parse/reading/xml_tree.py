"""Read a well-formed tree as a feed: RSS 0.90 to 2.0, RSS 1.0 (RDF), Atom 0.3 and 1.0.

The children of the feed and of each entry are read in one pass; a table maps the canonical name of
an element to the function that reads it.  The tree may come from a hostile document: nothing here
recurses, and no element is visited more than a few times.
"""

from __future__ import annotations

import base64
import binascii
import html
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any, NamedTuple, TypeAlias

from lxml import etree

from digest.model import Markup, ParsedEntry, ParsedFeed, PollHints
from digest.parse.reading import elements
from digest.parse.reading.element_names import ElementNames
from digest.parse.reading.elements import AtomLink, EntryElements, FeedContext, TextScope

Element: TypeAlias = Any
"""An lxml element: lxml has no types.  Comments and the like are not in the tree."""

_XML = "{http://www.w3.org/XML/1998/namespace}"
_MOST_ATTRIBUTES = 100
_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"


class _Scope(NamedTuple):
    """The context of an element: names and address of its document, base and language."""

    names: ElementNames
    url: str
    place: TextScope


def read(root: Element, url: str, open_depth: int = 0) -> ParsedFeed | None:
    """Return the feed of `root`, without `flaw`; ``None`` if `root` is no feed.

    `open_depth` is the number of elements that were open at the end of a cut document: the root,
    its last child and so on.
    """
    feed = _read(root, url, open_depth)
    if feed is not None and not feed.entries and _lower(root):
        return _read(root, url, open_depth)
    return feed


def _lower(root: Element) -> bool:
    """Write all names of elements and attributes in lower case; return whether any changed."""
    changed = False
    for element in root.iter():
        if not element.tag.islower():
            namespace, bracket, local = element.tag.rpartition("}")
            if local != local.lower():
                element.tag = f"{namespace}{bracket}{local.lower()}"
                changed = True
        for name, value in _attributes(element).items():
            if name[:1] != "{" and not name.islower():
                element.set(name.lower(), value)
                changed = True
    return changed


def _read(root: Element, url: str, open_depth: int) -> ParsedFeed | None:
    names = ElementNames(root.tag)
    kind = names[root.tag]
    if kind not in _ROOTS:
        return None
    place = _place(root, TextScope(), url)
    channel = root
    if kind in ("rss", "rdf:rdf", "rdf"):
        channel = next((child for child in root if names[child.tag] == "channel"), root)
        place = _place(channel, place, url)
    scope = _Scope(names, url, place)

    found = EntryElements(base=place.base, language=place.language)
    for child in channel if kind != "atom:entry" else ():
        name = names[child.tag]
        if name in _OF_FEEDS and (take := _TAKES.get(name)) is not None:
            take(found, child, scope)
    link = elements.bounded(found.link or elements.best_link(found.links))
    site = FeedContext(
        url=url,
        link=elements.resolve(place.base or url, link) if link else None,
        atom=kind in ("atom:feed", "atom:entry"),
        authors=elements.unique(found.authors) if kind == "atom:feed" else (),
    )
    inside = _Scope(names, url, TextScope(place.base))
    open_elements = list(_last_children(root, open_depth))
    entries: list[ParsedEntry] = []
    open_entry = None
    for element in _entries(root, names):
        entry = elements.entry(_entry(element, inside), site)
        if entry is not None:
            if element in open_elements:
                open_entry = len(entries)
            entries.append(entry)
    return ParsedFeed(
        title=elements.flat(elements.first(found.texts, elements.TITLES)),
        link=site.link,
        self_link=elements.self_link(found.links, place.base or url),
        hub=elements.hub_link(found.links, place.base or url),
        new_url=_new_url(channel, names, place.base or url),
        older=elements.older_link(found.links, place.base or url),
        generator=_generator(channel, names),
        language=found.language,
        entries=tuple(entries),
        hints=_hints(channel, names),
        parser="xml",
        cut=open_depth > 0,
        open_entry=open_entry,
    )


_ROOTS = ("rss", "rdf:rdf", "rdf", "channel", "atom:feed", "atom:entry")
_PARENTS = frozenset((*_ROOTS, "item", "items", "atom:entry", "entry"))
"""The parents of an entry; some publishers nest an entry in another one."""


def _attributes(element: Element) -> dict[str, str]:
    """Return the attributes; none if they are far too many, because lxml looks each one up."""
    return dict(element.attrib) if len(element.attrib) <= _MOST_ATTRIBUTES else {}


def _last_children(root: Element, depth: int) -> Iterator[Element]:
    element = root
    for _ in range(depth):
        yield element
        if not len(element):
            return
        element = element[-1]


def _entries(root: Element, names: ElementNames) -> Iterator[Element]:
    count = 0
    for element in root.iter("{*}item", "{*}entry"):
        parent = element.getparent()
        if parent is None or names[parent.tag] in _PARENTS:
            yield element
            count += 1
            if count == elements.MAX_ENTRIES:
                return


def _entry(element: Element, scope: _Scope) -> EntryElements:
    place = _place(element, scope.place, scope.url)
    if place is not scope.place:
        scope = scope._replace(place=place)
    found = EntryElements(base=place.base, language=place.language, id=element.get(_ABOUT))
    found.permalink = elements.address(found.id)
    names = scope.names
    for child in element:
        take = _TAKES.get(names[child.tag])
        if take is not None:
            take(found, child, scope)
    return found


def _place(element: Element, outer: TextScope, url: str) -> TextScope:
    base, language = element.get(_XML + "base"), element.get(_XML + "lang")
    if base is None and language is None:
        return outer
    return TextScope(
        outer.base if base is None else elements.resolve(outer.base or url, base),
        outer.language if language is None else elements.language_tag(language),
    )


# --- texts ---------------------------------------------------------------------------------------


def _text(element: Element) -> str:
    text = "".join(element.itertext()) if len(element) else element.text
    return text.strip() if text else ""


def _markup(element: Element) -> str:
    """Return the content of an element as HTML, without namespaces and Atom's outer div."""
    element = deepcopy(element)
    for node in element.iter():
        node.tag = node.tag.rpartition("}")[2]
    etree.cleanup_namespaces(element)
    if len(element) == 1 and element[0].tag == "div" and not (element.text or "").strip():
        element = element[0]
    inside = (etree.tostring(child, encoding="unicode", method="html") for child in element)
    return (html.escape(element.text or "", quote=False) + "".join(inside)).strip()


def _html(element: Element, place: TextScope) -> Markup:
    return elements.html_text(_markup(element) if len(element) else _text(element), place)


def _guessed(element: Element, place: TextScope) -> Markup:
    return _html(element, place) if len(element) else elements.guessed_text(_text(element), place)


def _construct(element: Element, place: TextScope) -> Markup:
    """Read an Atom text or content (RFC 4287, 3.1 and 4.1.3), or one of Atom 0.3, with a mode."""
    kind = element.get("type", "").partition(";")[0].strip().lower()
    if len(element):
        return _html(element, place)
    if element.get("mode") == "base64":
        return _decoded(element, place, kind)
    if kind in ("html", "text/html"):
        return _html(element, place)
    if kind in ("text", "plain") or kind.startswith("text/"):
        return elements.plain_text(_text(element), place)
    if "/" in kind and not kind.endswith("xml"):
        return elements.plain_text("", place)  # A picture or the like, in base64.
    # Escaped text with type XHTML, or with none, is HTML if it looks like it.
    return _guessed(element, place)


def _decoded(element: Element, place: TextScope, kind: str) -> Markup:
    try:
        text = base64.b64decode(_text(element)).decode("utf-8", "replace").strip()
    except (binascii.Error, ValueError):
        text = ""
    return (elements.html_text if "html" in kind else elements.plain_text)(text, place)


def _plain_title(element: Element, place: TextScope) -> Markup:
    """Read an Atom title; one without a type is plain text, even if it looks like HTML."""
    if not (element.get("type") or element.get("mode") or len(element)):
        return elements.plain_text(_text(element), place)
    return _construct(element, place)


# --- readers of elements -------------------------------------------------------------------------

_Take = Callable[[EntryElements, Element, _Scope], None]


def _as_text(key: str, reads: Callable[[Element, TextScope], Markup]) -> _Take:
    def take(found: EntryElements, element: Element, scope: _Scope) -> None:
        if key not in found.texts:
            text = reads(element, _place(element, scope.place, scope.url))
            if text.value:
                found.texts[key] = text

    return take


def _as_date(key: str) -> _Take:
    def take(found: EntryElements, element: Element, scope: _Scope) -> None:
        if key not in found.dates and (text := _text(element)):
            found.dates[key] = text

    return take


def _content(found: EntryElements, element: Element, scope: _Scope) -> None:
    if source := element.get("src"):
        found.links.append(AtomLink(source.strip(), media_type=element.get("type")))
    _as_text("content", _construct)(found, element, scope)


def _id(found: EntryElements, element: Element, scope: _Scope) -> None:
    found.id = found.id or _text(element) or None


def _atom_id(found: EntryElements, element: Element, scope: _Scope) -> None:
    """Read an id; an id that is a web address is the link of an entry without another link."""
    _id(found, element, scope)
    found.permalink = found.permalink or elements.address(found.id)


def _guid(found: EntryElements, element: Element, scope: _Scope) -> None:
    _id(found, element, scope)
    permanent = element.get("isPermaLink") or element.get("ispermalink") or "true"
    if permanent.strip().lower() == "true":
        found.permalink = found.permalink or elements.address(found.id)


def _link(found: EntryElements, element: Element, scope: _Scope) -> None:
    href = (element.get("href") or element.get("url") or "").strip()
    if not href and len(element):
        href = (element[0].get("href") or "").strip()  # HTML's <a>
    text = _text(element) or (elements.address(element.tail and element.tail.strip()) or "")
    if base := element.get(_XML + "base"):
        href = href and elements.resolve(
            elements.resolve(scope.place.base or scope.url, base), href
        )
    if not href and not text and "href" in element.attrib:
        href = _own_base(element, scope)
    if text and not href:
        found.link = found.link or text
    elif href and element.get("rel") == "enclosure":
        elements.attach(found, _attributes(element) | {"href": href})
    elif href:
        found.links.append(AtomLink(href, element.get("rel") or "alternate", element.get("type")))


def _own_base(element: Element, scope: _Scope) -> str:
    """Return the address of an empty reference: the xml:base of its entry, or an empty text.

    The base of the whole feed, which RFC 3986 (5.2.2) prescribes, is not the address of an entry.
    """
    for node in (element, element.getparent()):
        base = node.get(_XML + "base")
        if base is not None and node.getparent() is not None:
            return elements.resolve(scope.place.base or scope.url, base)
    return ""


def _orig_link(found: EntryElements, element: Element, scope: _Scope) -> None:
    found.orig_link = elements.address(_text(element))


def _author(found: EntryElements, element: Element, scope: _Scope) -> None:
    if len(element):
        parts = {scope.names[child.tag].rpartition(":")[2]: _text(child) for child in element}
        found.authors.append(elements.author(parts.get("name") or parts.get("email") or ""))
    else:
        found.authors.append(elements.author(_text(element)))


def _category(found: EntryElements, element: Element, scope: _Scope) -> None:
    name = element.get("label") or element.get("term") or _text(element)
    found.categories.append(" ".join(name.split()))


def _categories(found: EntryElements, element: Element, scope: _Scope) -> None:
    """Read the wrapper that some publishers put around their categories."""
    for child in element:
        _category(found, child, scope)


def _language(found: EntryElements, element: Element, scope: _Scope) -> None:
    found.language = elements.language_tag(_text(element)) or found.language


def _enclosure(found: EntryElements, element: Element, scope: _Scope) -> None:
    elements.attach(found, _attributes(element))


def _media(found: EntryElements, element: Element, scope: _Scope) -> None:
    """Read Media RSS: a thumbnail, a content, or a group of them with further elements."""
    for node in element.iter():
        name = scope.names[node.tag]
        if name == "media:content":
            elements.media_content(found, {"url": _text(node)} | _attributes(node))
        elif name == "media:thumbnail":
            _picture(found, {"url": _text(node)} | _attributes(node), elements.THUMBNAIL)
        elif name in ("media:title", "media:description"):
            _as_text(name, _guessed)(found, node, scope)


def _cover(found: EntryElements, element: Element, scope: _Scope) -> None:
    """Read a picture: its address is an attribute, a child (in a channel's image) or the text."""
    parts = {scope.names[child.tag].rpartition(":")[2]: _text(child) for child in element}
    if not parts and (address := elements.address(_text(element))):
        parts = {"url": address}
    attributes = _attributes(element)
    if source := attributes.get("src"):
        parts["url"] = source
    _picture(found, parts | attributes, elements.COVER)


def _picture(found: EntryElements, attributes: dict[str, str], rank: int) -> None:
    if (picture := elements.image(attributes)) is not None:
        found.images.append((rank, picture))


def _rss_source(found: EntryElements, element: Element, scope: _Scope) -> None:
    named = elements.source(_text(element), (element.get("url") or "").strip())
    found.source = named or found.source


def _atom_source(found: EntryElements, element: Element, scope: _Scope) -> None:
    inner = EntryElements()
    for child in element:
        if (name := scope.names[child.tag]) in ("atom:title", "atom:id", "atom:link"):
            _TAKES[name](inner, child, scope)
    link = elements.bounded(elements.best_link(inner.links))
    base = _place(element, scope.place, scope.url).base or scope.url
    found.source = elements.source(
        elements.flat(inner.texts.get("title")),
        elements.resolve(base, link) if link else None,
        inner.id,
    )


_DATES = (*elements.PUBLISHED, *elements.UPDATED)
_TAKES: dict[str, _Take] = {
    **{name: _as_date(name) for name in _DATES},
    **{f"atom:{name}": _as_date(name) for name in _DATES if ":" not in name},
    **{name: _as_text(name, _guessed) for name in elements.TITLES},
    **{name: _as_text(name, _guessed) for name in elements.SUMMARIES},
    **{name: _as_text(name, _html) for name in elements.CONTENTS},
    "description": _as_text("description", _html),
    "content": _content,
    "atom:title": _as_text("title", _plain_title),
    "atom:summary": _as_text("summary", _construct),
    "atom:content": _content,
    "id": _id,
    "atom:id": _atom_id,
    "guid": _guid,
    "link": _link,
    "url": _link,
    "atom:link": _link,
    "feedburner:origlink": _orig_link,
    "author": _author,
    "atom:author": _author,
    "dc:creator": _author,
    "dc:author": _author,
    "itunes:author": _author,
    "category": _category,
    "atom:category": _category,
    "dc:subject": _category,
    "categories": _categories,
    "language": _language,
    "dc:language": _language,
    "enclosure": _enclosure,
    "media:content": _media,
    "media:thumbnail": _media,
    "media:group": _media,
    "itunes:image": _cover,
    **dict.fromkeys(elements.PICTURES, _cover),
    "source": _rss_source,
    "atom:source": _atom_source,
}
_OF_FEEDS = frozenset(
    (
        *("title", "dc:title", "atom:title", "link", "atom:link"),
        *("atom:author", "language", "dc:language"),
    )
)


def _new_url(channel: Element, names: ElementNames, url: str) -> str | None:
    for child in channel:
        if names[child.tag] == "itunes:new-feed-url" and (written := _text(child).strip()):
            return elements.resolve(url, written)
    return None


def _generator(channel: Element, names: ElementNames) -> str | None:
    for child in channel:
        if names[child.tag] in ("generator", "atom:generator"):
            return " ".join((_text(child), child.get("uri", ""))).strip()[:200] or None
    return None


def _hints(channel: Element, names: ElementNames) -> PollHints:
    found: dict[str, str] = {}
    hours: list[str] = []
    days: list[str] = []
    for child in channel:
        name = names[child.tag]
        if name in ("ttl", "sy:updateperiod", "sy:updatefrequency"):
            found[name] = _text(child)
        elif name == "skiphours":
            hours = [_text(hour) for hour in child]
        elif name == "skipdays":
            days = [_text(day) for day in child]
    return elements.hints(found, hours, days)
