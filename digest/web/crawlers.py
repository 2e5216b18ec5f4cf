"""Files for search engines: robots.txt (RFC 9309) and sitemap.xml (sitemaps.org, 0.9)."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response

from digest.model import Rendition
from digest.store import edition_lists
from digest.web import reading
from digest.web.service import PageRequest, Service

_MOST = 50_000
"""The most addresses in one sitemap."""
_NOTHING_TO_SHOW = ("search", "*/search", "*/subscribe", "*/confirm/", "*/unsubscribe/")


def robots(service: Service, request: PageRequest) -> Response:
    """Return the robots.txt file.

    A digest with `noindex` is not disallowed here: an engine that may not fetch a page cannot see
    its noindex mark.
    """
    web, root = service.config().web, service.root()
    lines = ["User-agent: *"]
    if web.robots == "refuse":
        lines.append(f"Disallow: {root}")
    else:
        lines += [f"Disallow: {root}{path}" for path in _NOTHING_TO_SHOW]
        if web.sitemap and web.url:
            lines.append(f"Sitemap: {web.url}sitemap.xml")
    return PlainTextResponse("\n".join([*lines, ""]), 200, {"cache-control": "max-age=3600"})


def sitemap(service: Service, request: PageRequest) -> Response:
    """Return the sitemap of the pages that search engines may show."""
    config = service.config()
    if not (config.web.sitemap and config.base_url) or config.web.robots == "refuse":
        raise HTTPException(404)
    base = config.base_url
    shown = [digest.name for digest in config.digests if digest.public and not digest.noindex]
    states = [service.state(name) for name in shown]

    def addresses() -> Iterator[tuple[str, str | None]]:
        if base == config.web.url:
            yield base, None
        with service.store.read() as connection:
            for name in shown:
                listed = edition_lists.outlines(connection, name, headlines=False)
                if listed:
                    yield f"{base}{name}/", listed[0].slot[:10]
                yield from ((f"{base}{name}/{line.slot}/", line.slot[:10]) for line in listed)

    def make() -> reading.MadePage:
        lines = [
            f"<url><loc>{escape(url)}</loc>"
            + (f"<lastmod>{day}</lastmod>" if day else "")
            + "</url>"
            for url, day in list(addresses())[:_MOST]
        ]
        body = "\n".join(
            [
                '<?xml version="1.0" encoding="utf-8"?>',
                '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">',
                *lines,
                "</urlset>\n",
            ]
        )
        media_type = "application/xml; charset=utf-8"
        newest = max(
            (state.composed_at for state in states if state and state.composed_at), default=None
        )
        return reading.MadePage(
            rendition=Rendition(media_type=media_type, body=body.encode()), at=newest
        )

    numbers = tuple(state.number if state else 0 for state in states)
    return reading.cached(service, request, ("sitemap.xml", numbers), make)
