"""The search page: a form that is sent by GET, and its results; without a script."""

from __future__ import annotations

import re

from starlette.exceptions import HTTPException
from starlette.responses import Response

from digest import render
from digest.model.pages import Search
from digest.pipeline import search as archive_search
from digest.web import reading, responses
from digest.web.service import PageRequest, Service

_NUMBER = re.compile(r"[0-9]{1,18}")


def search(service: Service, request: PageRequest, name: str | None = None) -> Response:
    """Show the stories of one public digest, or of all, that hold the query's words."""
    if not service.searchable:
        raise HTTPException(404)
    digest = reading.public_digest(service, name) if name else None
    words = request.query.get("q", "")[: archive_search.LONGEST]
    before = request.query.get("before", "")
    if words:
        service.check_rate(request, service.searches)
    hits, older = archive_search.search(
        service.config(),
        service.store,
        [digest] if digest else service.config().digests,
        words,
        int(before) if _NUMBER.fullmatch(before) else None,
    )
    screen = Search(words=words, hits=tuple(hits), older=older)
    page = render.screen(screen, service.frame(digest))
    return responses.page(page.body, form=True)
