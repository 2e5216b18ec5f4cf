"""The table of feeds, and changes of many feeds at once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from starlette.responses import Response

from digest.model import Feed
from digest.net.secret_urls import without_secrets
from digest.settings import edit, opml
from digest.web.admin import feed_rows, pages, saving
from digest.web.admin.request import AdminRequest, AdminRoute
from digest.web.admin.saving import SaveResult

MOST_CATEGORIES = 200
"""The most categories that a list offers."""


def feeds(
    request: AdminRequest, errors: dict[str, str] | None = None, result: SaveResult | None = None
) -> Response:
    """Show the table."""
    with request.store.read() as connection:
        chosen = feed_rows.selection(request, connection)
        shown = feed_rows.lines(request, connection, chosen.shown)
    return pages.show(
        request,
        "feeds.html",
        result.status if result else 422 if errors else 200,
        title="Feeds",
        lines=shown,
        chosen=chosen,
        states=feed_rows.STATES,
        change_address=request.address("feeds/change", **_filter(request)),
        categories=categories(request),
        state=request.form_state("change", errors),
        result=result,
    )


def categories(request: AdminRequest) -> list[str]:
    """Return the categories that feeds have."""
    return sorted({feed.category for feed in request.config.feeds if feed.category})[
        :MOST_CATEGORIES
    ]


def change(request: AdminRequest) -> Response:
    """Mute, move or remove the chosen feeds."""
    if request.method != "POST":
        return feeds(request)
    keys = set(request.form.get("feed", ()))
    chosen = [feed for feed in request.config.feeds if feed_rows.feed_key(feed) in keys]
    if not chosen:
        return feeds(request, {"": "Choose the feeds first: tick the boxes before their titles."})
    urls = [feed.url for feed in chosen]
    number = pages.count(len(chosen), "feed")
    match request.sent("do"):
        case "mute":
            day = _day(request.sent("until"))
            if day is None or day <= request.now.astimezone(request.zone).date():
                return feeds(request, {"until": "Name a day in the future, such as 2026-12-24."})
            return _changed(request, urls, {"muted_until": day}, f"Muted {number} until {day}.")
        case "unmute":
            return _changed(request, urls, {"muted_until": None}, f"{number}: no longer muted.")
        case "move":
            to = " ".join(request.sent("category").split())
            words = f"Moved {number} to {to}." if to else f"{number}: now in no category."
            return _changed(request, urls, {"category": to or None}, words)
        case "remove" if request.sent("sure") == "yes":
            return _removed(request, chosen)
        case "remove":
            return _confirm_removal(request, chosen)
    return feeds(request, {"": "Choose what to do with them."})


def _changed(
    request: AdminRequest, urls: Collection[str], values: dict[str, Any], notice: str
) -> Response:
    result = saving.save(request, lambda text: edit.change_feeds(text, urls, values))
    if not result.saved:
        return feeds(request, result.errors, result)
    return pages.redirect(request, "feeds", notice, **_filter(request))


def _removed(request: AdminRequest, chosen: list[Feed]) -> Response:
    urls = [feed.url for feed in chosen]
    result = saving.save(request, lambda text: edit.remove_feeds(text, urls))
    if not result.saved:
        return feeds(request, result.errors, result)
    notice = f"Removed {pages.count(len(chosen), 'feed')}. Their stories stay in the editions."
    return pages.redirect(request, "feeds", notice, **_filter(request))


def _confirm_removal(request: AdminRequest, chosen: list[Feed]) -> Response:
    return pages.show(
        request,
        "feeds_remove.html",
        title=f"Remove {pages.count(len(chosen), 'feed')}?",
        feeds=[(feed_rows.feed_key(feed), feed.title or feed.name) for feed in chosen],
        action=request.here(),
        state=request.form_state(""),
        fingerprint=lambda: request.sent("fingerprint"),
    )


def _filter(request: AdminRequest) -> dict[str, str]:
    """Return the parameters of the table, to show the same part of it again."""
    return {name: request.asked(name) for name in ("q", "state", "category", "sort", "page")}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def export(request: AdminRequest) -> Response:
    """Return the feeds as OPML; private addresses are left out."""
    outlines = [
        opml.OpmlOutline(url=feed.url, title=feed.title or feed.name, category=feed.category)
        for feed in request.config.feeds
        if edit.is_web(feed.url) and without_secrets(feed.url) == feed.url
    ]
    return Response(
        opml.write(outlines, request.config.title, request.now),
        media_type="text/x-opml; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="feeds.opml"'},
    )


ROUTES = (
    AdminRoute(path="/feeds", page=feeds, nav="feeds"),
    AdminRoute(path="/feeds/change", page=change, methods=("GET", "POST"), nav="feeds"),
    AdminRoute(path="/feeds.opml", page=export),
)
