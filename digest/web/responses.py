"""Make HTTP responses from pages and feeds, with validators, gzip and security headers.

Pages run no script, load nothing from other sites, and may not be framed.  The policy allows the
page's own inline stylesheet by its hash, and no other.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256

from starlette.responses import Response

from digest.web.response_cache import CachedResponse

_CLOSED = "max-age=31536000, immutable"
_STYLE = re.compile(rb"<style[^>]*>(.*?)</style>", re.DOTALL)
_LOGO = b'<p class="logo"><img src="data:image/'
_NOWHERE = "base-uri 'none'; frame-ancestors 'none'"

ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "content-security-policy": f"default-src 'none'; form-action 'none'; {_NOWHERE}; sandbox",
}
"""The default headers of every response."""


FORM_REFERRER = "same-origin"
"""The Referrer-Policy of a page with a form: the browser sends our own origin with the form, and no
referrer to other sites.  With "no-referrer" the origin would be "null", as from a sandboxed
page of another site."""


def page_policy(page: bytes, *, images: bool = False, form: bool = False) -> str:
    """Return the Content-Security-Policy that allows only the content of the page itself."""
    head, _, _ = page.partition(b"</head>")
    hashes = [b64encode(sha256(style).digest()).decode() for style in _STYLE.findall(head)]
    styles = " ".join(f"'sha256-{digest}'" for digest in hashes) or "'none'"
    sources = [*(("http:", "https:") if images else ()), *(("data:",) if _LOGO in page else ())]
    shown = f"img-src {' '.join(sources)}; " if sources else ""
    target = "'self'" if form else "'none'"
    return f"default-src 'none'; style-src {styles}; {shown}form-action {target}; {_NOWHERE}"


def page(
    body: bytes,
    status: int = 200,
    *,
    form: bool = False,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a response with a page that must not be cached."""
    own = {"referrer-policy": FORM_REFERRER} if form else {}
    return Response(
        body,
        status,
        {
            "content-type": "text/html; charset=utf-8",
            "content-security-policy": page_policy(body, form=form),
            "cache-control": "no-store",
            "x-robots-tag": "noindex",
            **own,
            **(headers or {}),
        },
    )


def item(cached: CachedResponse, request_headers: Mapping[str, str]) -> Response:
    """Return `cached` as a response; 304 if the request's headers name its current version."""
    packed = cached.packed is not None and accepts_gzip(request_headers.get("accept-encoding", ""))
    etag = cached.packed_etag if packed else cached.etag
    age = _CLOSED if cached.closed else f"max-age={cached.max_age}"
    headers = {
        "cache-control": age,
        "last-modified": format_datetime(cached.modified, usegmt=True),
        "vary": "accept-encoding",
    }
    if cached.noindex:
        headers["x-robots-tag"] = "noindex"
    if cached.posts:
        headers["referrer-policy"] = FORM_REFERRER
    if cached.policy:
        headers["content-security-policy"] = cached.policy
    if known := _unchanged(cached, etag, request_headers):
        return Response(None, 304, {**headers, "etag": known})
    headers |= {"content-type": cached.media_type, "etag": etag}
    if packed:
        headers["content-encoding"] = "gzip"
    return Response(cached.packed if packed else cached.body, headers=headers)


def accepts_gzip(header: str) -> bool:
    """Read an Accept-Encoding header (RFC 9110, 12.5.3).

    >>> [accepts_gzip(header) for header in ("br, gzip;q=0.5", "gzip;q=0, *", "*", "identity", "")]
    [True, False, True, False, False]
    """
    weights = {}
    for part in header.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        refused = any(re.fullmatch(r"q\s*=\s*0(\.0{0,3})?", parameter) for parameter in parameters)
        weights[name] = not refused
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", False)))


def _unchanged(cached: CachedResponse, etag: str, request_headers: Mapping[str, str]) -> str | None:
    """Return the ETag of the client's copy if that is current (RFC 9110, 13.1)."""
    if (names := request_headers.get("if-none-match")) is not None:
        known = re.findall(r'"[^"]*"', names)  # weak comparison: the W/ before them says nothing
        if names.strip() == "*" or etag in known:
            return etag
        return next((etag for etag in (cached.etag, cached.packed_etag) if etag in known), None)
    since = _moment(request_headers.get("if-modified-since"))
    return etag if since is not None and cached.modified <= since else None


def _moment(header: str | None) -> datetime | None:
    if header is None:
        return None
    try:
        moment = parsedate_to_datetime(header)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):  # an impossible date
        return None
