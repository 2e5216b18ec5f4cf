"""Add feeds: by any address with a choice of what is found there, and from a list (OPML)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from digest.diagnostics.feed_candidates import FeedCandidate, candidates
from digest.errors import ConfigError, DigestError
from digest.model import Feed
from digest.settings import edit, opml
from digest.settings.feed_addresses import feed_address
from digest.settings.opml import OpmlOutline, SkippedOutline
from digest.web.admin import feed_rows, feeds, pages, saving
from digest.web.admin.request import AdminRequest, AdminRoute
from digest.web.admin.saving import SaveResult

LARGEST_LIST = 52_000_000
"""The most bytes of an uploaded list."""
MOST_FEEDS = 20_000
"""The most feeds of a list that a page adds."""
SHOWN = 60
"""The feeds of each kind that the dry run shows."""


def add(
    request: AdminRequest, errors: Mapping[str, str] | None = None, result: SaveResult | None = None
) -> Response:
    """Ask for an address; show what is there; add what was chosen."""
    found: tuple[FeedCandidate, ...] = ()
    notes = dict(errors or {})
    if request.method == "POST" and not notes:
        if request.sent("do") == "add":
            return _add(request)
        try:
            found = _find(request)
        except DigestError as error:
            notes["address"] = str(error)
    known = {feed.url for feed in request.config.feeds}
    return pages.show(
        request,
        "feed_add.html",
        result.status if result else 422 if notes else 200,
        title="Add a feed",
        found=[(candidate, candidate.url in known) for candidate in found],
        categories=feeds.categories(request),
        state=request.form_state("add", notes),
        result=result,
    )


def _find(request: AdminRequest) -> tuple[FeedCandidate, ...]:
    words = request.sent("address").strip()
    if not words:
        raise ConfigError("write the address of a feed, or of a page that has one")
    address = feed_address(words)
    if "://" not in address:
        address = f"https://{address}"
    if not edit.is_web(address) or edit.url_problem(address):
        raise ConfigError(f"{words[:200]} is no web address")
    return candidates(
        address, settings=request.config.fetch, root=request.config.root, now=request.now
    )


def _add(request: AdminRequest) -> Response:
    url = request.sent("url")
    if not edit.is_web(url):
        return add(request, {"": "Choose one of the feeds."})
    category = request.sent("category").strip() or None
    result = saving.save(request, lambda text: edit.add_feed(text, url, category=category))
    if not result.saved:
        return add(request, result.errors, result)
    key = feed_rows.feed_key(Feed(url=url, name=""))
    notice = "Added. It is read with the next refresh."
    return pages.redirect(request, f"feeds/{key}", notice)


# --- lists ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingList:
    """An uploaded list whose import was not confirmed yet."""

    added: tuple[OpmlOutline, ...]
    already: tuple[OpmlOutline, ...]
    skipped: tuple[SkippedOutline, ...]
    more_skipped: int
    """How many were skipped beside those in `skipped`."""


def import_list(request: AdminRequest) -> Response:
    """Ask for a list; show what importing it would do."""
    errors: dict[str, str] = {}
    waiting, token = None, ""
    if request.method == "POST":
        try:
            waiting = _read(request)
            token = secrets.token_urlsafe(12)
            request.service.admin.keep_list(token, waiting)
        except ConfigError as error:
            errors["list"] = f"{error.message[:1].upper()}{error.message[1:]}."
    return pages.show(
        request,
        "feeds_import.html",
        422 if errors else 200,
        title="Import a list of feeds",
        waiting=waiting,
        token=token,
        shown=SHOWN,
        state=request.form_state("import", errors),
    )


def _read(request: AdminRequest) -> WaitingList:
    if request.upload is None or not request.upload.filename:
        raise ConfigError("choose a file")
    skipped: list[SkippedOutline] = []
    more = 0

    def skip(outline: SkippedOutline) -> None:
        nonlocal more
        if len(skipped) < SHOWN:
            skipped.append(outline)
        else:
            more += 1

    outlines = opml.read(request.upload.file.read(), skip=skip)
    known = {feed.url for feed in request.config.feeds}
    new = tuple(outline for outline in outlines if outline.url not in known)
    if len(new) > MOST_FEEDS:
        raise ConfigError(
            f"the list has {len(new):,} new feeds, and a page adds at most {MOST_FEEDS:,}: "
            "`digest feeds import` takes it"
        )
    return WaitingList(
        added=new,
        already=tuple(outline for outline in outlines if outline.url in known),
        skipped=tuple(skipped),
        more_skipped=more,
    )


def confirm_list(request: AdminRequest) -> Response:
    """Add the feeds of a list that was shown before."""
    waiting = request.service.admin.lists.get(request.sent("list"))
    if not isinstance(waiting, WaitingList):
        return pages.redirect(
            request, "feeds/import", "The list is no longer here: choose the file again."
        )
    result = saving.save(request, lambda text: edit.import_feeds(text, waiting.added)[0])
    if not result.saved:
        return pages.show(
            request,
            "feeds_import.html",
            result.status,
            title="Import a list of feeds",
            waiting=waiting,
            token=request.sent("list"),
            shown=SHOWN,
            state=request.form_state("import", result.errors),
            result=result,
        )
    request.service.admin.lists.pop(request.sent("list"), None)
    number = pages.count(len(waiting.added), "feed")
    return pages.redirect(request, "feeds", f"Added {number}. They are read with the next refresh.")


ROUTES = (
    AdminRoute(path="/feeds/add", page=add, methods=("GET", "POST"), nav="feeds"),
    AdminRoute(
        path="/feeds/import",
        page=import_list,
        methods=("GET", "POST"),
        nav="feeds",
        upload=LARGEST_LIST,
    ),
    AdminRoute(path="/feeds/import/confirm", page=confirm_list, methods=("POST",), nav="feeds"),
)
