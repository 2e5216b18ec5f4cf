"""The operator's first page: what comes next, what happened last, and what wants a look.

The stories that an edition would have now, and the findings of the doctor, take longer than a page
may: they are worked out beside the requests, and shown as they were found last.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from starlette.responses import RedirectResponse, Response

from digest import pipeline
from digest.diagnostics import doctor
from digest.errors import DigestError
from digest.model import Digest
from digest.schedule import slots
from digest.settings import Config
from digest.store import edition_lists
from digest.store.edition_lists import ListedEdition
from digest.web.admin import feed_rows, pages
from digest.web.admin.request import AdminRequest, AdminRoute
from digest.web.admin.state import WorkResult

FRESH_COUNT = timedelta(minutes=10)
"""The age of a count of stories after which it is counted again."""
FRESH_FINDINGS = timedelta(hours=6)
"""The age of the doctor's findings after which it looks again."""
LAST = 8
"""The editions that the page lists."""
_FULL = 0.9
_MOST_FINDINGS = 12

logger = logging.getLogger("digest.web")


@dataclass(frozen=True, slots=True, kw_only=True)
class UpcomingEdition:
    """The next slot of a digest, and what its edition would tell now."""

    digest: Digest
    at: datetime
    stories: int | None
    """``None``: not counted yet."""
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionItem:
    """Something that wants a look, and what to do about it."""

    words: str
    link: str = ""
    action: str = ""
    """The words of the link."""
    advice: str = ""


def to_home(request: AdminRequest) -> Response:
    """Redirect from the address without a slash."""
    return RedirectResponse(request.address(), 303)


def home(request: AdminRequest) -> Response:
    """Show the page."""
    titles = {digest.name: digest.title for digest in request.config.digests}
    with request.store.read() as connection:
        last = edition_lists.page(connection, None, before=None, most=LAST)
        states = feed_rows.tally(request, connection)
    findings = _answer(request, "doctor", FRESH_FINDINGS, partial(_examine, request.config))
    return pages.show(
        request,
        "home.html",
        title="Home",
        upcoming=[_upcoming(request, digest) for digest in request.config.digests],
        last=[(edition, titles.get(edition.digest, edition.digest)) for edition in last],
        attention=[
            *_of_feeds(request, states),
            *_of_editions(request, last),
            *_of_disk(request),
            *(findings.value if findings else ()),
        ],
        examined=findings.at if findings else None,
        feeds=len(request.config.feeds),
    )


def look_again(request: AdminRequest) -> Response:
    """Have the doctor look again, and the stories counted."""
    request.service.admin.answers.clear()
    home(request)
    return pages.redirect(request, "", "Looking again: load this page in a moment.")


def _upcoming(request: AdminRequest, digest: Digest) -> UpcomingEdition:
    schedule = slots.parse_schedule(digest.schedule)
    counted = _answer(
        request,
        f"stories {digest.name}",
        FRESH_COUNT,
        partial(_count, request.config, request, digest),
    )
    return UpcomingEdition(
        digest=digest,
        at=slots.next_slot(schedule, digest.timezone, request.now),
        stories=counted.value if counted and isinstance(counted.value, int) else None,
        error=counted.value if counted and isinstance(counted.value, str) else "",
    )


def _count(config: Config, request: AdminRequest, digest: Digest, now: datetime) -> int | str:
    """Return how many stories an edition would have now; a sentence if that cannot be told."""
    try:
        edition = pipeline.preview(config, request.store, now, digest)
    except DigestError as error:
        return str(error)
    return sum(len(section.stories) for section in edition.sections)


def _examine(config: Config, now: datetime) -> list[AttentionItem]:
    """Return what the doctor finds wrong; feeds are counted by the page itself."""
    found = [
        AttentionItem(words=finding.what, advice=finding.advice)
        for finding in doctor.examine(config, now)
        if finding.severity >= doctor.Severity.WARNING and finding.group != "feeds"
    ]
    if len(found) > _MOST_FINDINGS:
        more = len(found) - _MOST_FINDINGS
        found[_MOST_FINDINGS:] = [
            AttentionItem(words=f"and {more} more", advice="`digest doctor` names all")
        ]
    return found


def _answer(
    request: AdminRequest, key: str, fresh: timedelta, work: Callable[[datetime], object]
) -> WorkResult | None:
    """Return the last result of `work`; start it anew if that is missing or old."""
    state, now = request.service.admin, request.now
    known = state.answers.get(key)
    if key not in state.running and (known is None or now - known.at >= fresh):
        state.running.add(key)

        def run() -> None:
            try:
                state.answers[key] = WorkResult(at=now, value=work(now))
            except DigestError as error:
                logger.error("%s", error)
            finally:
                state.running.discard(key)

        state.start(run)
    return state.answers.get(key)


# --- what wants a look ----------------------------------------------------------------------------

_TROUBLES = {
    "failing": ("fails", "fail"),
    "gone": ("is gone", "are gone"),
    "moved": ("redirects to another address", "redirect to another address"),
    "silent": ("has been silent for half a year", "have been silent for half a year"),
}


def _of_feeds(request: AdminRequest, states: dict[str, int]) -> list[AttentionItem]:
    found = []
    for state, (does, do) in _TROUBLES.items():
        if number := states.get(state, 0):
            words = f"{pages.count(number, 'feed')} {does if number == 1 else do}"
            link = request.address("feeds", state=state)
            found.append(AttentionItem(words=words, link=link, action="Show them"))
    return found


def _of_editions(request: AdminRequest, last: list[ListedEdition]) -> list[AttentionItem]:
    return [
        AttentionItem(
            words=f"{edition.digest} {edition.slot}: "
            f"{pages.count(number, 'delivery', 'deliveries')} failed",
            link=request.address(f"editions/{edition.digest}/{edition.slot}"),
            action="Show why",
        )
        for edition in last
        if (number := edition.deliveries.get("failed", 0))
    ]


def _of_disk(request: AdminRequest) -> list[AttentionItem]:
    try:
        usage = shutil.disk_usage(request.config.root)
    except OSError:
        return []
    if usage.used / usage.total < _FULL:
        return []
    words = f"the disk of {request.config.root} is {usage.used / usage.total:.0%} full"
    advice = f"{pages.size(usage.free)} are free: `digest backup`, then remove what is not needed"
    return [AttentionItem(words=words, advice=advice)]


ROUTES = (
    AdminRoute(path="", page=to_home),
    AdminRoute(path="/", page=home, nav="home"),
    AdminRoute(path="/look-again", page=look_again, methods=("POST",), nav="home"),
)
