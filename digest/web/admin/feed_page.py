"""The page of one feed: its settings, its fetches, its entries, and its redirect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.responses import Response

from digest.errors import BusyError, ConfigError
from digest.model import Feed, FeedState
from digest.net.secret_urls import without_secrets
from digest.settings import edit, read_text
from digest.settings.feed_tables import written_table
from digest.store import feed_overview, fetches
from digest.store import feeds as stored_feeds
from digest.web.admin import entry_outcomes, feed_rows, feeds, pages, saving
from digest.web.admin.plots import fetch_plot, sparkline
from digest.web.admin.request import AdminRequest, AdminRoute
from digest.web.admin.saving import SaveResult

ENTRIES = 20
"""The entries of a page."""

_TEXTS = ("name", "title", "category")
_NUMBERS = ("priority", "max_entries")
_RULES = ("drop", "keep")
FIELDS = (*_TEXTS, *_NUMBERS, *_RULES, "backfill", "muted_until", "fulltext")
"""The settings that the page can change."""


def feed(
    request: AdminRequest,
    key: str,
    errors: Mapping[str, str] | None = None,
    result: SaveResult | None = None,
) -> Response:
    """Show a feed; save its settings."""
    found = _feed(request, key)
    if request.method == "POST" and errors is None:
        return _save(request, found, key)
    names: dict[str, Any] = {"plot": "", "spark": "", "fetches": [], "entries": [], "older": None}
    with request.store.read() as connection:
        state = _state(connection, found)
        if state is not None:
            names |= _names(request, connection, found, state)
    table = _table(request, found)
    title = found.title or (state.title if state else None) or found.name
    today = request.now.astimezone(request.zone).date()
    condition, words = feed_rows.state_of(found, state, request.now, today)
    return pages.show(
        request,
        "feed.html",
        result.status if result else 422 if errors else 200,
        title=title[:200],
        feed=found,
        address=without_secrets(found.url),
        key=key,
        state=state,
        condition=condition,
        words=words,
        moved=_moved(state),
        editable=table is not None,
        written=_shown(table or {}),
        categories=feeds.categories(request),
        form=request.form_state("settings", errors),
        result=result,
        **names,
    )


def _names(
    request: AdminRequest, connection: Connection, found: Feed, state: FeedState
) -> dict[str, object]:
    """Return what the store knows of a feed."""
    before = request.number("before", 0) if request.asked("before") else None
    listed = feed_overview.newest_entries(connection, state.id, limit=ENTRIES + 1, before=before)
    shown = listed[:ENTRIES]
    days = feed_overview.entries_by_day(connection, [state.id], request.now, feed_rows.WEEKS * 7)
    made = fetches.last(connection, state.id)
    return {
        "plot": fetch_plot(made),
        "spark": sparkline(days[state.id]),
        "fetches": list(reversed(made)),
        "entries": entry_outcomes.lines(request, connection, found, shown),
        "older": shown[-1].id if len(listed) > ENTRIES else None,
    }


def _feed(request: AdminRequest, key: str) -> Feed:
    for candidate in request.config.feeds:
        if feed_rows.feed_key(candidate) == key:
            return candidate
    raise HTTPException(404)


def _state(connection: Connection, found: Feed) -> FeedState | None:
    return next(iter(stored_feeds.states(connection, [found.url])), None)


def _moved(state: FeedState | None) -> str:
    """Return the address to which a feed redirects; empty if it does not."""
    return (state.fetch_url or state.moved_to or "") if state else ""


def _table(request: AdminRequest, found: Feed) -> dict[str, Any] | None:
    """Return the keys of a feed's own table; ``None`` for a feed of a folder, which has none."""
    try:
        return written_table(read_text(request.config.path), found.url)
    except ConfigError:
        return None


def _shown(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a feed's table as the fields of the form show them."""
    written = {name: table.get(name, "") for name in FIELDS}
    return written | {name: "\n".join(map(str, written[name] or ())) for name in _RULES}


def _save(request: AdminRequest, found: Feed, key: str) -> Response:
    if _table(request, found) is None:
        raise HTTPException(404)
    values, errors = _entered(request)
    if errors:
        return feed(request, key, errors)
    at, _ = edit.feed_table(read_text(request.config.path), found.url)
    result = saving.save(
        request,
        lambda text: edit.change_feeds(text, [found.url], values),
        table=f"feeds[{at}]",
        fields=FIELDS,
    )
    if not result.saved:
        return feed(request, key, result.errors, result)
    return pages.redirect(request, f"feeds/{key}", "Saved.")


def _entered(request: AdminRequest) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the values to write for each key, and the mistakes of the fields."""
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name in _TEXTS:
        values[name] = request.sent(name).strip() or None
    for name in (*_NUMBERS, "backfill"):
        text = request.sent(name).strip()
        try:
            values[name] = (
                text if name == "backfill" and text == "all" else int(text) if text else None
            )
        except ValueError:
            errors[name] = f"expected a whole number, found {text[:40]!r}"
    for name in _RULES:
        lines = [line.strip() for line in request.sent(name).splitlines() if line.strip()]
        values[name] = lines or None
    values["fulltext"] = True if request.sent("fulltext") else None
    day = request.sent("muted_until").strip()
    try:
        values["muted_until"] = date.fromisoformat(day) if day else None
    except ValueError:
        errors["muted_until"] = f"expected a day such as 2026-12-24, found {day[:40]!r}"
    return values, errors


def redirected(request: AdminRequest, key: str) -> Response:
    """Adopt the address to which a feed redirects, or keep the configured one."""
    found = _feed(request, key)
    with request.store.read() as connection:
        state = _state(connection, found)
    target = _moved(state)
    if state is None or not target or target != request.sent("to"):
        return pages.redirect(request, f"feeds/{key}", "The feed does not redirect there any more.")
    if request.sent("do") == "keep":
        with request.store.write() as connection:
            stored_feeds.keep_address(connection, state.id, target, request.now)
        return pages.redirect(
            request, f"feeds/{key}", f"The feed is asked at {without_secrets(found.url)} again."
        )
    return _adopt(request, found, key, target)


def _adopt(request: AdminRequest, found: Feed, key: str, target: str) -> Response:
    try:
        with request.store.lock("refresh"), request.store.write() as connection:
            stored_feeds.rename(connection, found.url, target)
            result = saving.save(request, lambda text: edit.move_feed(text, found.url, target))
            if not result.saved:
                raise ConfigError(" ".join(result.errors.values()))  # undoes the renaming
    except BusyError:
        return pages.redirect(
            request, f"feeds/{key}", "A refresh is running: try again in a minute."
        )
    except ConfigError as error:
        result = SaveResult(saved=False, errors={"": str(error)})
        return feed(request, key, result.errors, result)
    new_key = feed_rows.feed_key(replace(found, url=target))
    notice = "The new address is adopted; entries that were told are not told again."
    return pages.redirect(request, f"feeds/{new_key}", notice)


def remove(request: AdminRequest, key: str) -> Response:
    """Ask before a feed is removed; the table does it."""
    found = _feed(request, key)
    return pages.show(
        request,
        "feeds_remove.html",
        title="Remove the feed?",
        feeds=[(key, found.title or found.name)],
        action=request.address("feeds/change"),
        state=request.form_state(""),
    )


ROUTES = (
    AdminRoute(path="/feeds/{key}", page=feed, methods=("GET", "POST"), nav="feeds"),
    AdminRoute(path="/feeds/{key}/redirect", page=redirected, methods=("POST",), nav="feeds"),
    AdminRoute(path="/feeds/{key}/remove", page=remove, nav="feeds"),
)
