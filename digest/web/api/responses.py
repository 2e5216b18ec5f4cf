"""The responses of the API: JSON, and problems as RFC 9457 has them."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from starlette.responses import Response

from digest.web.api.shapes import Mistake, Problem


def problem(
    status: int,
    detail: str,
    mistakes: tuple[Mistake, ...] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a response that says why a request failed (RFC 9457)."""
    title = HTTPStatus(status).phrase
    body = Problem(title=title, status=status, detail=detail, mistakes=mistakes)
    return response(body, status, "application/problem+json", headers)


def response(
    body: object,
    status: int = 200,
    media_type: str = "application/json",
    headers: Mapping[str, str] | None = None,
) -> Response:
    content = b"" if status == 204 else msgspec.json.encode(body)
    made = Response(content, status, {"cache-control": "no-store", **(headers or {})})
    if status != 204:
        made.headers["content-type"] = media_type
    made.headers["x-robots-tag"] = "noindex"
    return made
