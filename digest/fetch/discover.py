"""Find the feeds that a web page names, the best candidate first.

Nothing is fetched: the caller tries the candidates, then the `well_known` addresses, until one
parses.  Any bytes give a result, in bounded time.
"""

from __future__ import annotations

import itertools
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag
from bs4.filter import SoupStrainer

from digest.net.urls import absolute, canonical_link, without_feed_scheme
from digest.text.characters import one_line
from digest.text.charset import decode_page

_LONGEST = 2_000_000
"""So many first bytes of a page are read: links to feeds stand in its head or page frame."""
_MOST_TAGS = 20_000
"""The most tags of a page that are read: Beautiful Soup is slow."""
_MOST = 50
"""The most candidates that are returned."""

_FEED_TYPE = re.compile(r"(?:application|text)/(?:x[-.])?(?:(?:rss|atom|rdf)(?:\+xml)?|feed\+json)")
_LOOSE_TYPES = ("", "application/xml", "text/xml", "application/json")
"""Types of many other documents, and a missing type: the address must look like a feed's."""

_FEED_ADDRESS = re.compile(
    r"/(?:feeds?|rss\d?|atom\d?|rdf)(?:[/?#]|\Z)"
    r"|/(?:feed|rss|atom|index|posts|news|blog|all)\.(?:xml|rdf)(?:\?|\Z)"
    r"|/feed\.json(?:\?|\Z)|\.(?:rss|atom|rdf)(?:\?|\Z)|[/_-](?:rss|atom|feed)\d?\.(?:xml|php|aspx?)\b"
    r"|[?&](?:feed|format|type|alt|output)=(?:rss\d?|atom|feed|rdf)\b"
    r"|\A//(?:feeds?|rss)\d?\.",
    re.I,
)
_FEED_WORDS = re.compile(r"\b(?:rss|atom|feed|webfeed)\b", re.I)
_FEW_WORDS = 40
"""The most characters of a link that names a feed; a longer text only mentions feeds."""
_COMMENTS = re.compile(
    r"comment|kommentar|comentari|reacties|коммент|评论|評論|コメント|댓글|تعليق", re.I
)

_WANTED = ["base", "link", "a"]
_Rank = tuple[bool, int, bool]
"""Whether it is a feed of comments, how the page names it, whether it is on another site."""
_DECLARED, _LOOKS, _SAYS = range(3)

_PLACES = ("feed", "rss", "atom.xml", "feed.xml", "rss.xml", "index.xml", "feed.json")
_MORE_PLACES = ("feeds/posts/default", "index.rdf", "rss/", "?feed=rss2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An address named by a page that may be the address of a feed."""

    url: str
    title: str | None = None
    media_type: str | None = None
    """As the page declares it, lower-cased, without parameters."""


def feeds_of(page: bytes, url: str, media_type: str | None = None) -> tuple[Candidate, ...]:
    """Return the candidates for the feeds of the page at `url`, the most likely first.

    Feeds that the head declares (``rel=alternate``) come before links whose address looks like a
    feed's, and these before links that only say so in words; the page's own site comes before
    others; feeds of comments come last.  `media_type` is the page's Content-Type as sent.
    """
    soup = _soup(decode_page(page[:_LONGEST], media_type))
    bases = (absolute(_attribute(tag, "href"), url) for tag in soup.find_all("base"))
    base = next((base for base in bases if base), url)
    best: dict[str, tuple[_Rank, Candidate]] = {}
    for rank, candidate in _candidates(soup, base, _site(url)):
        if candidate.url not in best or rank < best[candidate.url][0]:
            best[candidate.url] = rank, candidate
    ranked = sorted(best.values(), key=itemgetter(0))
    return tuple(candidate for _, candidate in ranked[:_MOST])


def well_known(url: str) -> tuple[str, ...]:
    """Return the customary addresses of a feed of the page at `url`, the most likely first."""
    page = absolute(url, "")
    root = page and absolute("/", page)
    if not page or not root:
        return ()
    places = [f"{root}{place}" for place in (*_PLACES, *_MORE_PLACES)]
    segments = [segment for segment in urlsplit(page).path.split("/") if segment]
    if segments and "." in segments[-1]:
        segments.pop()
    if 1 <= len(segments) <= 2:  # a section or a home page; deeper paths are articles
        places = [f"{root}{'/'.join(segments)}/{place}" for place in _PLACES] + places
    return tuple(places)


# --- reading the page ----------------------------------------------------------------------------


def _soup(text: str) -> BeautifulSoup:
    text = text.replace("\0", "")
    cut = next(itertools.islice(re.finditer("<", text), _MOST_TAGS, None), None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about text that looks like XML or a file name
        return BeautifulSoup(
            text[: cut.start()] if cut else text,
            "lxml",
            parse_only=SoupStrainer(_WANTED, href=True),
        )


def _candidates(soup: BeautifulSoup, base: str, site: str) -> Iterator[tuple[_Rank, Candidate]]:
    """Yield each link that may lead to a feed, with its rank; the least rank is the most likely."""
    for tag in soup.find_all(["link", "a"]):
        url = absolute(without_feed_scheme(_attribute(tag, "href")), base)
        if url is None or url.startswith("mailto:"):
            continue
        media_type = _attribute(tag, "type").partition(";")[0].strip().lower()
        words = _shortened(_attribute(tag, "title")) if tag.name == "link" else _words(tag)
        at_home = _same_site(_site(url), site)
        looks = _FEED_ADDRESS.search(url.partition(":")[2]) is not None
        typed = _FEED_TYPE.fullmatch(media_type) is not None
        if tag.name == "link":
            if not _is_declared(tag, media_type, typed or looks or bool(_FEED_WORDS.search(words))):
                continue
            kind = _DECLARED
        elif looks or typed:
            kind = _LOOKS
        elif at_home and len(words) <= _FEW_WORDS and _FEED_WORDS.search(words):
            kind = _SAYS
        else:
            continue
        about_comments = _COMMENTS.search(f"{url} {words}") is not None
        candidate = Candidate(url=url, title=words or None, media_type=media_type or None)
        yield (about_comments, kind, not at_home), candidate


def _is_declared(tag: Tag, media_type: str, hinted: bool) -> bool:
    """Return whether a ``link`` declares a feed; a loose type needs a hint."""
    relations = _attribute(tag, "rel").lower().split()
    if not (_FEED_TYPE.fullmatch(media_type) or media_type in _LOOSE_TYPES):
        return False
    return "feed" in relations or ("alternate" in relations and hinted)


def _attribute(tag: Tag, name: str) -> str:
    value = tag.get(name) or ""
    return value if isinstance(value, str) else " ".join(value)


def _words(tag: Tag) -> str:
    """Return the words of a link: its title, its text, the texts of its images."""
    said = [_attribute(tag, "title"), _attribute(tag, "aria-label")]
    # Not `descendants`, which first searches for its own end; the loop stops at the next link.
    for inside in itertools.islice(tag.next_elements, 20):
        if isinstance(inside, Tag):
            if inside.name in _WANTED:
                break
            said.append(_attribute(inside, "alt"))
        else:
            said.append(str(inside))
    return _shortened(" ".join(said))


def _shortened(text: str) -> str:
    return one_line(text, 200)


def _site(url: str) -> str:
    """Return the host by which sites are compared; empty where there is none."""
    link = canonical_link(url)
    return link.split("/")[2] if link else ""


def _same_site(one: str, other: str) -> bool:
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")
