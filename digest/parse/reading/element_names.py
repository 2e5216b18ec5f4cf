"""Canonical names of elements: one ``prefix:name`` for each tag that lxml or feedparser returns.

A namespace is recognized by its address in any common spelling; names are lower-case.  RSS of every
version has no prefix, so that an RSS 1.0 ``title`` and an RSS 2.0 ``title`` are one.
"""

from __future__ import annotations

PREFIXES = {
    "http://www.w3.org/2005/atom": "atom",
    "http://purl.org/atom/ns": "atom",
    "http://purl.org/rss/1.0": "",
    "http://purl.org/net/rss1.1": "",
    "http://my.netscape.com/rdf/simple/0.9": "",
    "http://channel.netscape.com/rdf/simple/0.9": "",
    "http://blogs.law.harvard.edu/tech/rss": "",
    "http://cyber.law.harvard.edu/rss": "",
    "http://backend.userland.com/rss": "",
    "http://backend.userland.com/rss2": "",
    "http://backend.userland.com/rss091": "",
    "http://backend.userland.com/rss092": "",
    "http://purl.org/rss/1.0/modules/rss091": "",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns": "rdf",
    "http://purl.org/rss/1.0/modules/content": "content",
    "http://purl.org/dc/elements/1.1": "dc",
    "http://purl.org/dc/elements/1.0": "dc",
    "http://purl.org/dc/terms": "dcterms",
    "http://search.yahoo.com/mrss": "media",
    "http://video.search.yahoo.com/mrss": "media",
    "http://www.rssboard.org/media-rss": "media",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://purl.org/rss/1.0/modules/syndication": "sy",
    "http://purl.org/rss/modules/syndication": "sy",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://www.w3.org/1999/xhtml": "xhtml",
    **{
        f"http://prismstandard.org/namespaces/{version}": "prism"
        for version in ("basic/2.0", "basic/2.1", "basic/3.0", "1.2/basic", "2.0/basic", "pam/2.0")
    },
}
"""Namespace, lower-case, as http, without a slash or number sign at its end -> prefix."""

URIS = {
    "atom": "http://www.w3.org/2005/Atom",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "media": "http://search.yahoo.com/mrss/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "xhtml": "http://www.w3.org/1999/xhtml",
    "prism": "http://prismstandard.org/namespaces/basic/2.0/",
}
"""The usual namespace of a prefix, for documents that use it without declaring it."""


class ElementNames(dict[str, str]):
    """Tag -> canonical name, worked out once for each tag of a document.

    A root in an unknown namespace, or in none, decides the format of its children: such a ``feed``
    or ``entry`` is Atom, such an ``rss`` is RSS.
    """

    def __init__(self, root: str) -> None:
        super().__init__()
        namespace, local = _split(root)
        self._own = (_key(namespace), "atom" if local in ("feed", "entry") else "")
        if local == "rdf":
            self._own = ("", "")

    def __missing__(self, tag: str) -> str:
        namespace, local = _split(tag)
        key = _key(namespace)
        prefix = self._own[1] if key == self._own[0] else PREFIXES.get(key, "?")
        if not key and self._own[1] != "atom":
            prefix = ""
        name = self[tag] = f"{prefix}:{local}" if prefix else local
        return name


def _split(tag: str) -> tuple[str, str]:
    namespace, _, local = tag.rpartition("}")
    return namespace[1:], local.lower()


def _key(namespace: str) -> str:
    return namespace.strip().lower().replace("https:", "http:", 1).rstrip("/#")
