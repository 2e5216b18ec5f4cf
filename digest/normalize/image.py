"""Choose the lead image of an entry, or none.

The image that the feed names for the entry comes first, then attached images, then the first usable
image of the text; a small image named by the feed gives way to a larger one of the text.  Tracking
pixels, icons, emoji, avatars and badges are never chosen, nor are addresses other than http(s).
"""

# ruff: noqa: SIM905  # a set of words reads best as words

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice

from digest.model import Enclosure, Image
from digest.normalize.html import web_link
from digest.text.characters import collapse, scrub

LEAST = 64
"""CSS pixels: an image known to be smaller on either side is an icon."""
LEAST_LEAD = 200
"""CSS pixels: an image known to be narrower is chosen only if there is no larger one."""
WIDEST_SHOWN = 640
"""CSS pixels of a lead image as shown: the smallest candidate at least as wide is the best."""

MOST_WRITTEN = 100
"""Images of a text that are examined."""
MOST_CANDIDATES = 50
"""Candidates of one ``srcset`` that are compared."""

_TRACKER = re.compile(
    # Hosts that serve only tracking pixels.
    r"//(?:[^/\"'\s]*\.)?(?:feedsportal\.com|doubleclick\.net|googleadservices\.com|googlesyndication\.com|googletagmanager\.com"
    r"|google-analytics\.com|scorecardresearch\.com|quantserve\.com|(?:pixel|stats)\.(?:wp|wordpress)\.com|px\.ads\.linkedin\.com"
    r"|ct\.pinterest\.com|(?:alb|events)\.reddit(?:static)?\.com|tr\.snapchat\.com|bat\.bing\.com|track\.hubspot\.com|hsforms\.com"
    r"|mc\.yandex\.\w+|yadro\.ru|top-fwz1\.mail\.ru|hm\.baidu\.com|cnzz\.com|51\.la|statcounter\.com|chartbeat\.(?:net|com)"
    r"|vgwort\.de|prolitteris\.ch|ivwbox\.de|ioam\.de|etracker\.\w+|xiti\.com|at-o\.net|adform\.net|criteo\.\w+|taboola\.com|outbrain\.com"
    r"|awin1\.com|ftjcfx\.com|tqlkg\.com|lduhtrp\.net|awltovhc\.com|yceml\.net|linksynergy\.com|amazon-adsystem\.com|assoc-amazon\.\w+"
    r"|convertkit-mail\d?\.com|p\.feedblitz\.com|pstmrk\.it|plausible\.io|goatcounter\.com|heapanalytics\.com|mixpanel\.com"
    r"|segment\.(?:io|com)|hits\.(?:sh|seeyoufarm\.com|dwyl\.com)|demdex\.net|everesttech\.net|omtrdc\.net|webtrekk\.net|wemfbox\.ch"
    r"|gemius\.pl|tns-counter\.ru|adsrvr\.org|agkn\.com|bluekai\.com|parsely\.com|tracking\.feedpress\.\w+|rss\.tracking\.\w+)(?=[/:?\"'\s]|$)"
    r"|//(?:[^/\"'\s]*[.-])?(?:pixel|counter|beacon|trk|analytics)\d?\.|//[^/\"'\s]*analytics\.|//email\.[^/\"'\s]*/o/"
    # Paths and queries.
    r"|feedburner\.com/~|feeds\.feedburner|/~r/|/~ff/|google\.[a-z.]{2,6}/(?:pagead|ads|collect)|facebook\.(?:com|net)/tr\b|/tr\?id="
    r"|/(?:b|g|__ptq|__utm|count|hit|mf|send)\.gif(?=[?\"'\s]|$)|/open(?:\.gif|\.php|\.aspx|/log|\?)|/open/[\w=/-]+(?=[?\"'\s]|$)"
    r"|pixel\.(?:gif|png|php)|/pixel[/?]|[/_.-]1x1\b|/beacon[/?.]|/impressions?(?:[/?]|\.gif)|/wf/open|/ss/o/|/ping\?|/trk\?"
    r"|list-manage\.com/track|mandrillapp\.com/track|/track(?:ing|er)?[/?]|/e[23]t/o/|medium\.com/_/stat|t\.co/i/adsct"
    r"|quora\.com/_/ad/|(?:matomo|piwik)\.php|republication-tracker|/rss-pixel|feedpress\.\w+/\d+/\d+\.gif|owen\.prolitteris"
)
"""Addresses of tracking pixels, which only count readers."""
_NOT_A_PICTURE = re.compile(
    r"blank\.gif|spacer\.|transparent\.(?:gif|png)|placeholder\.(?:gif|svg|png)|/lazy(?:load)?\.(?:gif|png|svg)|/loading\.(?:gif|svg)"
    r"|gravatar\.com/|/avatars?/|secure\.gravatar|s\.w\.org/images/core/emoji|/emojis?/|twemoji|/smil(?:ey|ies)"
    r"|img\.shields\.io|badge\.(?:svg|png)|badgen\.net|travis-ci|/badges?/|codecov\.io|ko-fi\.com|buymeacoffee"
    r"|paypalobjects|bmc-button|/favicon|/share[_-]?icons?|addtoany|/icons?/|licensebuttons|creativecommons\.org"
)
_NO_PICTURE_HINTS = tuple(
    """
    blank. spacer transparent placeholder lazy loading gravatar avatar emoji smil shields badge
    travis codecov ko-fi buymeacoffee paypal bmc- icon addtoany license creativecommons
    """.split()
)
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|(?<![\w-])opacity\s*:\s*0?\.?0*(?![\d.])"
    r"|(?<![\w-])(?:max-)?(?:width|height)\s*:\s*[012](?:px)?\s*(?:!|;|$)"
    r"|(?:left|top)\s*:\s*-\d{4,}px|clip\s*:\s*rect\(\s*[01]|clip-path\s*:\s*inset\(\s*(?:50|100)%",
    re.IGNORECASE,
)
"""Styles that hide an element."""
_PIXEL = r"\s*0*[012](?:\.\d*)?\s*(?:px)?\s*"
_PIXEL_SIZE = re.compile(_PIXEL)
"""Widths and heights of tracking pixels."""
_TRACKER_HINTS = tuple(
    """
    feedburner /~ feedsportal doubleclick google scorecard quantserve stats. .gif /open facebook
    pixel 1x1 beacon impression track trk /e2t/ /e3t/ /_/ bing linkedin pinterest reddit snapchat
    hubspot hsforms adsct analytics yandex counter yadro mail.ru hm.baidu cnzz 51.la chartbeat
    matomo piwik vgwort prolitteris ivwbox ioam.de etracker xiti at-o.net adform criteo taboola
    outbrain awin1 ftjcfx tqlkg lduhtrp awltovhc yceml linksynergy amazon convertkit feedblitz
    pstmrk plausible mixpanel segment hits. demdex everesttech omtrdc webtrekk wemfbox gemius adsrvr
    agkn bluekai parsely /o/ /ping? /tr?
    """.split()
)
"""Every match of `_TRACKER` contains one of these; most addresses contain none, so the pattern is
not tried."""


@lru_cache(maxsize=4096)
def _is_tracker(address: str) -> bool:
    lowered = address.lower()
    return any(map(lowered.__contains__, _TRACKER_HINTS)) and (_TRACKER.search(lowered) is not None)


def written_tags(text: str) -> list[str]:
    """Return the ``<img>`` tags in `text`, each without its closing bracket."""
    return _IMAGE_TAG.findall(text)


def may_hide(html: str) -> bool:
    """Say whether the source of a document may contain an image for which `is_pixel` holds."""
    return any(
        _PIXEL_TAG.search(tag) or _HIDDEN.search(tag) or _is_tracker(tag)
        for tag in _IMAGE_TAG.findall(html)
    )


_IMAGE_TAG = re.compile(r"<img\s[^<>]{0,4000}", re.IGNORECASE)
_PIXEL_TAG = re.compile(rf"\b(?:width|height)=[\"']?{_PIXEL}(?:[\"'/>]|\s|$)|\shidden\b")


def is_pixel(given: Mapping[str, str | None]) -> bool:
    """Say whether an image is a tracking pixel or hidden; `given` are its attributes."""
    if "hidden" in given or any(
        (size := given.get(name)) and _PIXEL_SIZE.fullmatch(size) for name in ("width", "height")
    ):
        return True
    if (style := given.get("style")) and _HIDDEN.search(style):
        return True
    return any(_is_tracker(given.get(name) or "") for name in ("src", "data-src"))


SOURCES = "picture sources"
"""The attribute name under which the sources of a ``<picture>`` are added to its ``<img>``."""

_SMALL_CLASS = re.compile(
    r"\b(?:emoji|wp-smiley|avatar|icon|badge|smiley|logo|gravatar)\b", re.IGNORECASE
)
_LAZY = """
    data-src data-original data-lazy-src data-lazy data-lazyload data-ll-src data-orig-file
    data-large-file data-full-url data-hi-res-src data-actualsrc data-echo data-cfsrc data-ezsrc
    data-url data-image nitro-lazy-src data-runner-src data-original-src
""".split()
_SETS = ("srcset", "data-srcset", "data-lazy-srcset", "lazy-srcset", SOURCES)
_DESCRIPTOR = re.compile(r"(\d{1,5}(?:\.\d{1,4})?)([wx])")
_SIZE = re.compile(r"\s*(\d{1,5})(?:\.\d+)?(?:px)?\s*")
_WORDPRESS_SIZE = re.compile(r"-(\d{2,4})x(\d{2,4})\.(?:jpe?g|png|webp|gif)$")
_PICTURE_NAME = re.compile(r"\.(?:jpe?g|png|webp|gif|avif)(?:[?#]|$)", re.IGNORECASE)


def lead(
    named: Iterable[Image],
    enclosures: Iterable[Enclosure],
    written: Iterable[Mapping[str, str | None]],
    *,
    base: str | None,
    text_base: str | None,
) -> Image | None:
    """Return the lead image, if any.

    `named` are the images that the feed names, `enclosures` the attached files, and `written` the
    attributes of each ``<img>`` of the text.
    """
    small = None
    for image in named:
        found = _sensible(image.url, image.width, image.height, image.alt, base)
        if found and not (found.width and found.width < LEAST_LEAD):
            return found
        small = small or found
    for enclosure in enclosures:
        kind = enclosure.media_type or ""
        if kind.startswith("image/") or (not kind and _PICTURE_NAME.search(enclosure.url)):
            found = _sensible(enclosure.url, None, None, enclosure.title, base)
            if found:
                return found
    for given in islice(written, MOST_WRITTEN):
        found = _from_attributes(given, text_base)
        if found and not (small and small.width and (found.width or LEAST_LEAD) <= small.width):
            return found
    return small


def _from_attributes(given: Mapping[str, str | None], base: str | None) -> Image | None:
    if _SMALL_CLASS.search(given.get("class") or "") or is_pixel(given):
        return None
    width, height = _pixels(given.get("width")), _pixels(given.get("height"))
    for address in _addresses(given):
        found = _sensible(address, width, height, given.get("alt"), base)
        if found:
            return found
    return None


def _addresses(given: Mapping[str, str | None]) -> Iterator[str]:
    """Yield the addresses of an image, the best first; the ``src`` of a lazy one is a stub."""
    sets = [value for name in _SETS if (value := given.get(name))]
    candidates = [found for value in sets if (found := best_candidate(value))]
    lazy = [value for name in _LAZY if (value := given.get(name))]
    yield from candidates
    yield from lazy
    source = given.get("src") or ""
    if source and not source.startswith("data:"):
        yield source


def best_candidate(srcset: str) -> str | None:
    """Return the smallest candidate not narrower than `WIDEST_SHOWN`, else the widest one.

    >>> best_candidate("/s.jpg 320w, /m.jpg 700w, /l.jpg 2000w")
    '/m.jpg'
    """
    candidates = []
    for url, wide in islice(_candidates(srcset), MOST_CANDIDATES):
        if not url.startswith("data:"):
            candidates.append((wide < WIDEST_SHOWN, abs(wide - WIDEST_SHOWN), url))
    return min(candidates)[2] if candidates else None


def _candidates(srcset: str) -> Iterator[tuple[str, float]]:
    """Yield the addresses of a ``srcset`` and the width of each (HTML, 4.8.4.2.1).

    An address may contain commas.  A density counts as if the image at density 1 were half as wide
    as `WIDEST_SHOWN`.
    """
    url, wide = "", WIDEST_SHOWN / 2
    for token in srcset.split():
        if not url:
            url, ends = token, token.endswith(",")
            following = ""
        else:
            written, comma, following = token.partition(",")
            ends = bool(comma)
            if found := _DESCRIPTOR.match(written):
                wide = float(found[1]) * (WIDEST_SHOWN / 2 if found[2] == "x" else 1)
        if ends:
            yield url.rstrip(","), wide
            url, wide = following, WIDEST_SHOWN / 2
    if url:
        yield url, wide


@lru_cache(maxsize=4096)
def _is_no_picture(address: str) -> bool:
    lowered = address.lower()
    return any(map(lowered.__contains__, _NO_PICTURE_HINTS)) and (
        _NOT_A_PICTURE.search(lowered) is not None
    )


def _sensible(
    url: str, width: int | None, height: int | None, alt: str | None, base: str | None
) -> Image | None:
    address = web_link(url, base)
    if address is None:
        return None
    if _is_tracker(address) or _is_no_picture(address):
        return None
    if width is None and height is None:
        sized = _WORDPRESS_SIZE.search(address)
        if sized:
            width, height = int(sized[1]), int(sized[2])
    if (width is not None and width < LEAST) or (height is not None and height < LEAST):
        return None
    words = collapse(scrub(alt or ""))[:300] or None
    return Image(url=address, width=width or None, height=height or None, alt=words)


def _pixels(value: str | None) -> int | None:
    found = _SIZE.fullmatch(value or "")
    return int(found[1]) if found else None
