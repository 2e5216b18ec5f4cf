"""Compare, clean and resolve URLs; for a text that is no URL they return ``None``; none raises.

`canonical_link` is for comparison only and makes changes that are nearly always right (http becomes
https, ``www.`` is dropped); `clean_link` and `absolute` are for readers and change no more than
they say.  A parameter that may select content is never dropped.
"""

from __future__ import annotations

import re
from operator import itemgetter
from urllib.parse import quote_from_bytes, unquote, unquote_to_bytes

from digest.net.url_parts import LONGEST, SCHEME, escaped, joined, resolved, split, trimmed

_LOGIN = re.compile(r"^([a-z][a-z0-9+.-]*://)[^/?#]*@", re.I)

# --- tracking parameters -------------------------------------------------------------------------

_TRACKING_PREFIXES = (
    "utm_",  # Google Analytics and everyone since
    "mtm_",  # Matomo
    "pk_",  # Matomo when it was Piwik
    "piwik_",
    "at_",  # Piano, AT Internet (the BBC)
    "hsa_",  # HubSpot
    "_hs",
    "__hs",
    "itm_",  # campaigns inside a site
    "oly_",  # Omeda
    "vero_",
    "bsft_",  # Blueshift
    "ml_subscriber",  # MailerLite
    "fb_action_",  # Facebook
    "guce_",  # Yahoo
    "gaa_",  # Google's reader access
    "amp_",  # the AMP viewer
)
_TRACKERS = {
    "a click on an advertisement": """
        fbclid gclid gclsrc gbraid wbraid dclid srsltid msclkid twclid ttclid li_fat_id yclid
        ysclid rdt_cid epik tblci dicbo rb_clickid ef_id s_kwcid dm_i _branch_match_id""",
    "a mailing": "mc_cid mc_eid mkt_tok ck_subscriber_id sfmc_id __s vgo_ee _kx",
    "a share": """
        igsh igshid fb_source fb_ref ref_src ref_url soc_src soc_trk smid trk trkcampaign spm
        __twitter_impression usqp""",
    "a campaign": """
        _ga _gl _openstat s_cid sc_cid cmp cmpid cmpcode ncid ocid icid xtref wt.mc_id wt_mc wt_zmc
        ns_mchannel ns_source ns_campaign ns_linkname ns_fee .tsrc guccounter""",
    "a feed": "ftag ito maca wprss wt.rss_f xtor",
    "a session": "jsessionid phpsessid",
}
_TRACKING = frozenset(name for names in _TRACKERS.values() for name in names.split())
_ORIGIN = frozenset(
    {"ref", "referrer", "referer", "source", "src", "from", "via", "partner", "emc", "origin"}
    | {"feature", "_location", "outputtype"}
)
"""Parameters that may select content; they track only if the value names a referrer."""
_ORIGIN_VALUE = re.compile(
    r"(?:rss|atom|feed|feedburner|newsletter|twitter|facebook|share|youtu|youtube_gdata|amp)"
    r"(?![a-z])"
)
_FLAGS = frozenset({"rss", "amp"})
_FLAG_VALUES = frozenset({"", "1", "true", "yes"})
_IDLE_FRAGMENT = re.compile(
    r"comments?|comment-form|respond|reply-title|disqus_thread|more-\d+|top|_=_|tk\.rss_\w+"
    r"|\.[\w-]{11,}",  # AddThis
    re.I,
)

# --- several addresses of one page ---------------------------------------------------------------

_TWIN_HOST = re.compile(r"(?<![^.])(?:(?:www|m|mobile|amp)\.)+(?=[^.]+\.[^.])")
_SESSION = re.compile(r";jsessionid=[^/]*", re.I)
_AMP_SUFFIX = re.compile(r"(?:\.amp)+(?=(?:\.html?)?(?:/|\Z))")
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/_.~!$&'()*+,;=:@-]*")
_INDEX = frozenset(
    f"{name}.{suffix}"
    for name in ("index", "default")
    for suffix in ("html", "htm", "shtml", "php", "asp", "aspx", "jsp", "cgi")
)

_WRAPPERS = {
    # host and path: the parameters that may hold the target
    "google/url": ("url", "q"),
    "google/news/url": ("url", "q"),
    "l.facebook.com/l.php": ("u",),
    "lm.facebook.com/l.php": ("u",),
    "l.instagram.com": ("u",),
    "t.umblr.com/redirect": ("z",),
    "youtube.com/redirect": ("q",),
    "vk.com/away.php": ("to",),
    "duckduckgo.com/l": ("uddg",),
    "bing.com/news/apiclick.aspx": ("url",),
    "steamcommunity.com/linkfilter": ("url", "u"),
    "redirect.viglink.com": ("u",),
    "slack-redir.net/link": ("url",),
}
_WRAPPER_HOSTS = frozenset(place.partition("/")[0] for place in _WRAPPERS)
_GOOGLE = re.compile(r"(?:news\.)?google(?:\.com?)?\.[a-z]{2,3}")
_CACHED = re.compile(r"(?:google/amp|ampproject/[a-z])/(?:s/)?([^/]+\.[^/]+/.*)", re.S)


def canonical_link(url: str) -> str | None:
    """Return the form in which two addresses of one document are equal, or None.

    None is for an address that is too long, or not http or https with a host.  The result
    begins with ``https://`` and is its own canonical form.

    >>> canonical_link("HTTP://www.Example.org:80/a/./b/index.html?utm_source=x&b=2&a=1#comments")
    'https://example.org/a/b?a=1&b=2'
    """
    target: str | None = url
    while target is not None:
        parts = split(target)
        if parts is None:
            return None
        _, host, port, path, query, fragment = parts
        host = _TWIN_HOST.sub("", host)
        path = _path(path)
        wrapper = _wrapper(host)
        target = wrapper and _target(wrapper + path, query)
    if not wrapper and "amp" in path:
        path = _path(_without_amp(path))
    port = "" if port in (":80", ":443") else port
    return f"https://{host}{port}{path or '/'}{_query(query)}{_fragment(fragment)}"


def is_site_root(link: str) -> bool:
    """Return whether a canonical link is the front page of its host: any entry may link to it."""
    return link.endswith("/") and link.count("/") == 3


def clean_link(url: str) -> str:
    """Return `url` without its tracking parameters, all else as written.

    >>> clean_link("https://Example.org/A?id=7&utm_source=rss&fbclid=x")
    'https://Example.org/A?id=7'
    """
    if len(url) > LONGEST:
        return url
    address, mark, fragment = url.partition("#")
    start, _, query = address.partition("?")
    kept = "&".join(pair for pair in query.split("&") if not _is_tracking(pair))
    if kept != query:
        address = f"{start}?{kept}" if kept else start
    return address if _only_tracks(fragment) else f"{address}{mark}{fragment}"


def absolute(url: str, base: str) -> str | None:
    """Resolve `url` against `base` as a browser does; return None if no reader should follow it.

    Only http and https with a host, and mailto, are allowed; user names and passwords are dropped.
    A reference whose first segment holds a colon is not relative (RFC 3986, 4.2): so no scheme like
    ``javascript:`` can hide behind or contain an invisible character.
    """
    url = trimmed(url)
    scheme = SCHEME.match(url)
    name = scheme[1].lower() if scheme else ""
    rest = url[scheme.end() :] if scheme else url
    if name == "mailto":
        return f"mailto:{escaped(rest)}" if rest else None
    if not rest or len(rest) > LONGEST or name not in ("", "http", "https"):
        return None
    if not name or (rest[0] not in "/\\" and base[: len(name) + 1].lower() == f"{name}:"):
        url = resolved(rest, base)
    parts = split(url)
    return joined(parts) if parts else None


def without_login(url: str) -> str:
    """Return `url` without user name and password, so that it may be shown.

    >>> without_login("https://me:secret@example.org/feed")
    'https://example.org/feed'
    """
    return _LOGIN.sub(r"\1", url, count=1)


def without_feed_scheme(url: str) -> str:
    """Return the address behind ``feed:``, which old pages write before or instead of http.

    >>> without_feed_scheme("feed://example.org/rss")
    'http://example.org/rss'
    """
    scheme, colon, rest = url.strip().partition(":")
    if scheme.lower() != "feed" or not colon:
        return url
    return rest if rest[:4].lower() == "http" else f"http:{rest}"


# --- comparison forms ----------------------------------------------------------------------------


def _path(path: str) -> str:
    """Return a path without dot segments, index page, session, last slash; empty for the root."""
    if ";" in path:
        path = _SESSION.sub("", path)
    segments = path.split("/")[1:]
    if not _PLAIN_PATH.fullmatch(path):
        segments = [_requoted(segment, "!$&'()*+,;=:@") for segment in segments]
    if "." in segments or ".." in segments:
        segments = _without_dots(segments)
    while segments and (not segments[-1] or segments[-1].lower() in _INDEX):
        segments.pop()
    return "".join(["/" + segment for segment in segments])


def _without_dots(segments: list[str]) -> list[str]:
    kept: list[str] = []
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    return kept


def _without_amp(path: str) -> str:
    segments = _AMP_SUFFIX.sub("", path).split("/")
    kept = [segment for segment in segments if segment != "amp"]
    return "/".join(kept) if any(kept) else path


def _query(query: str) -> str:
    """Return a query sorted by name, without tracking parameters; ``+`` becomes ``%20``."""
    if len(query) < 2:
        return ""
    kept = []
    for pair in query[1:].split("&"):
        name, _, value = pair.removeprefix("amp;").replace("+", "%20").partition("=")
        if not _is_tracking(pair):
            value = _requoted(value, "!$'()*,:@/?;")
            kept.append((_requoted(name, "!$'()*,:@/?"), f"={value}" if value else ""))
    text = "&".join(
        [name + value for name, value in sorted(kept, key=itemgetter(0)) if name + value]
    )
    return f"?{text}" if text else ""


def _fragment(fragment: str) -> str:
    """Return the fragment if it may name an entry of its page, else an empty text."""
    if len(fragment) < 2:
        return ""
    text = _requoted(fragment[1:], "!$&'()*+,;=:@/?").partition(":~:")[0]
    if not text or _IDLE_FRAGMENT.fullmatch(text) or _only_tracks(text):
        return ""
    return f"#{text}"


def _requoted(text: str, safe: str) -> str:
    """Return the canonical spelling of a percent-encoded text."""
    return quote_from_bytes(unquote_to_bytes(text), safe)


# --- tracking and wrappers -----------------------------------------------------------------------


def _only_tracks(text: str) -> bool:
    return "=" in text and all(_is_tracking(pair) for pair in text.split("&"))


def _is_tracking(pair: str) -> bool:
    """Return whether a ``name=value``, as written, is a tracking parameter."""
    name, _, value = pair.removeprefix("amp;").lower().partition("=")
    if "%" in pair:
        name, value = unquote(name).lower(), unquote(value)
    return (
        name in _TRACKING
        or name.startswith(_TRACKING_PREFIXES)
        or (name in _ORIGIN and _ORIGIN_VALUE.match(value) is not None)
        or (name in _FLAGS and value in _FLAG_VALUES)
    )


def _wrapper(host: str) -> str | None:
    """Return the name of a host whose addresses may contain another address, else None."""
    if host.endswith("cdn.ampproject.org"):
        return "ampproject"
    if _GOOGLE.fullmatch(host):
        return "google"
    return host if host in _WRAPPER_HOSTS else None


def _target(place: str, query: str) -> str | None:
    """Return the address that `place` (wrapper and path) or `query` contains, or None."""
    if cached := _CACHED.fullmatch(place):
        target = f"https://{cached[1]}{query}"
        return target if split(target) else None
    pairs = [pair.removeprefix("amp;").partition("=") for pair in query[1:].split("&")]
    for name in _WRAPPERS.get(place, ()):
        for key, _, value in pairs:
            if key == name and split(target := unquote(value)):
                return target
    return None
