"""Make the responses of the operator's pages: the frame, notices, redirects, and their headers.

Every response is `no-store` and may not be framed.  The policy allows the page's own stylesheet and
script by their hashes, and no other script, style or address.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from digest.model.pages import Frame
from digest.render.templating import clean, templates
from digest.web.admin import saving
from digest.web.admin.request import AdminRequest, FormState
from digest.web.responses import FORM_REFERRER
from digest.web.service import Service

NAVIGATION = (
    ("home", "Home", ""),
    ("digests", "Digests", "digests"),
    ("feeds", "Feeds", "feeds"),
    ("editions", "Editions", "editions"),
    ("people", "People", "people"),
)
"""Each section: its name in `AdminRoute.nav`, its title, and its path below ``/admin/``."""

NOTICE = "digest_notice"
"""The cookie with the notice for the next page."""

_STYLE = re.compile(rb"<style>(.*?)</style>", re.DOTALL)
_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


def show(
    request: AdminRequest,
    template: str,
    status: int = 200,
    *,
    title: str,
    images: bool = False,
    frames: bool = False,
    **names: object,
) -> Response:
    """Return the page that `template`, a file in ``templates/web/admin``, makes of `names`.

    `images` allows pictures of other sites, `frames` frames with pages of our own.  The template
    extends ``web/admin/frame.html`` and has, beside `names`, those of `_names`.
    """
    values = _names(request, title) | names
    return _response(request.service, template, status, values, images=images, frames=frames)


def show_outside(
    service: Service, template: str, status: int = 200, *, title: str, **names: object
) -> Response:
    """Return a page for somebody who is not logged in: the login form, or an error."""
    values = {"request": None, "title": title, **_functions(service.config().timezone, service)}
    return _response(service, template, status, values | names)


def redirect(request: AdminRequest, path: str, notice: str = "", **query: object) -> Response:
    """Return to a page after a change (303), which shows `notice` once."""
    response = RedirectResponse(request.address(path, **query), 303, {"cache-control": "no-store"})
    if notice:
        set_cookie(request.service, response, NOTICE, request.signatures.notice(notice), 120)
    return response


def sealed(response: Response) -> Response:
    """Set the headers that every response of the operator's pages has."""
    for name, value in {
        "cache-control": "no-store",
        "referrer-policy": FORM_REFERRER,
        "x-frame-options": "DENY",
        "x-robots-tag": "noindex, nofollow",
    }.items():
        response.headers.setdefault(name, value)
    return response


def set_cookie(service: Service, response: Response, name: str, value: str, seconds: int) -> None:
    """Set a cookie of the operator's pages: neither other sites nor scripts have it."""
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path=f"{service.root()}admin",
        secure=(service.config().web.url or "").startswith("https:"),
        httponly=True,
        samesite="strict",
    )


def policy(body: bytes, *, images: bool = False, frames: bool = False) -> str:
    """Return the Content-Security-Policy of a page, with the hashes of its style and script."""
    head, _, _ = body.partition(b"</head>")
    parts = [
        "default-src 'none'",
        f"style-src {_hashes(_STYLE, head)}",
        f"script-src {_hashes(_SCRIPT, head)}",
        "connect-src 'self'",
        f"img-src {'http: https: data:' if images else 'data:'}",
        f"frame-src {chr(39)}{'self' if frames else 'none'}{chr(39)}",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
    return "; ".join(parts)


def _hashes(pattern: re.Pattern[bytes], head: bytes) -> str:
    digests = [b64encode(sha256(text).digest()).decode() for text in pattern.findall(head)]
    return " ".join(f"'sha256-{digest}'" for digest in digests) or "'none'"


def _response(
    service: Service,
    template: str,
    status: int,
    names: Mapping[str, object],
    *,
    images: bool = False,
    frames: bool = False,
) -> Response:
    config = service.config()
    frame = Frame(title=config.title, language="en", timezone=config.timezone, root=service.root())
    text = templates.fill(f"web/admin/{template}", frame, {"site": frame, **names}, finalize=_clean)
    body = text.encode("utf-8", "replace")
    headers = {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": policy(body, images=images, frames=frames),
    }
    return sealed(Response(body, status, headers))


def _names(request: AdminRequest, title: str) -> dict[str, object]:
    """Return the names that each template has.

    `request` (its `address`, `here`, `asked` and `token`), `title`, `navigation`, `mistakes` (of a
    configuration that was edited by hand and is not in force), `fingerprint` (of the configuration,
    for forms that change it), `no_form` (the state of a form that has only buttons), and the
    functions `when`, `ago`, `size` and `count`.
    """
    return {
        "request": request,
        "title": title,
        "navigation": NAVIGATION,
        "mistakes": request.service.mistakes(),
        "fingerprint": lambda: saving.fingerprint(request),
        "no_form": FormState(id=""),
        **_functions(request.config.timezone, request.service),
    }


def _functions(timezone: str, service: Service) -> dict[str, object]:
    zone, now = ZoneInfo(timezone), service.clock()
    return {
        "when": lambda moment: when(moment, zone, now),
        "ago": lambda moment: ago(moment, zone, now),
        "size": size,
        "count": count,
    }


def _clean(value: object) -> object:
    """Remove what no page may print from a text: control characters and unbalanced bidi marks."""
    if type(value) is not str:
        return value
    if value.isascii() and value.isprintable():
        return value
    return "\n".join(clean.text(line) for line in value.splitlines()) if value else value


# --- words ----------------------------------------------------------------------------------------


def when(moment: datetime | None, zone: ZoneInfo, now: datetime) -> Markup | str:
    """Return a time as a person reads it, in the zone of the configuration."""
    if moment is None:
        return "never"
    local = moment.astimezone(zone)
    year = "" if local.year == now.astimezone(zone).year else f" {local.year}"
    text = f"{local:%a} {local.day} {local:%b}{year}, {local:%H:%M}"
    return Markup('<time datetime="{}">{}</time>').format(_iso(moment), text)


def ago(moment: datetime | None, zone: ZoneInfo, now: datetime) -> Markup | str:
    """Return the distance of a time from now: "3 hours ago", "in 20 minutes"."""
    if moment is None:
        return "never"
    seconds = (now - moment).total_seconds()
    text = _distance(abs(seconds))
    if text != "now":
        text = f"{text} ago" if seconds > 0 else f"in {text}"
    exact = f"{moment.astimezone(zone):%Y-%m-%d %H:%M %Z}"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(_iso(moment), exact, text)


def _distance(seconds: float) -> str:
    for length, name in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= length:
            return count(int(seconds // length), name)
    return "now"


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def size(number: int | None) -> str:
    """Return a number of bytes for people.

    >>> size(900), size(2_400_000)
    ('900 bytes', '2.4 MB')
    """
    if number is None:
        return "unknown"
    for length, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if number >= length:
            return f"{number / length:.1f} {name}"
    return count(number, "byte")


def count(number: int, name: str, names: str = "") -> str:
    """Return a number with its noun.

    >>> count(1, "feed"), count(5000, "feed"), count(2, "entry", "entries")
    ('1 feed', '5,000 feeds', '2 entries')
    """
    return f"{number:,} {name if number == 1 else names or name + 's'}"
