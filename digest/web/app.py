"""The routes of the web side, and what is said where something is wrong."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from functools import partial

from anyio import to_thread
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from digest import render
from digest.errors import DigestError, StoreError
from digest.model.pages import Notice
from digest.web import reading, responses, sign_up
from digest.web.middleware import METHODS, Gate
from digest.web.service import PageRequest, Service

Page = Callable[..., Response]

BODY = 4096
"""Bytes of a form."""

_NAME = r"/(?P<name>[a-z0-9_-]+)"
_SLOT = r"/(?P<slot>\d{4}-\d\d-\d\dT\d{4})"
_TOKEN = r"/(?P<token>[A-Za-z0-9-]{1,64})"  # noqa: S105 - the form of one, and none itself
_READ, _FORM = ("GET", "HEAD"), METHODS

ROUTES: tuple[tuple[str, Page, tuple[str, ...]], ...] = (
    ("", reading.to_start, _READ),
    ("/", reading.start, _READ),
    ("/healthz", reading.health, _READ),
    (_NAME, reading.to_digest, _READ),
    (f"{_NAME}/subscribe", sign_up.subscribe, _FORM),
    (f"{_NAME}/confirm{_TOKEN}", sign_up.confirm, _FORM),
    (f"{_NAME}/unsubscribe{_TOKEN}", sign_up.unsubscribe, _FORM),
    (f"{_NAME}{_SLOT}", reading.to_edition, _READ),
    (f"{_NAME}{_SLOT}/", reading.edition, _READ),
    (f"{_NAME}/(?P<file>[A-Za-z0-9./-]*)", reading.past, _READ),
)
"""What is asked for where; the first that fits answers."""

_SAID = {
    403: Notice(heading="foreign", lines=("foreign_why",)),
    404: Notice(heading="not_found", lines=("not_found_why",)),
    429: Notice(heading="busy", lines=("busy_why",)),
    500: Notice(heading="broken", lines=("broken_why",)),
    503: Notice(heading="broken", lines=("broken_why",)),
}
_REFUSED = Notice(heading="refused", lines=("refused_why",))

logger = logging.getLogger("digest.web")


def application(service: Service) -> ASGIApp:
    """Make the application, as ASGI has it."""

    async def bug(request: Request, error: Exception) -> Response:
        return await to_thread.run_sync(_say, service, request.scope, 500)

    return Gate(
        ServerErrorMiddleware(partial(_serve, service), handler=bug),
        hosts=service.hosts,
        prefix=service.prefix,
        refuse=lambda scope, status: partial(_refuse, service, status),
    )


async def _serve(service: Service, scope: Scope, receive: Receive, send: Send) -> None:
    try:
        response = await _answer(service, scope, receive)
    except HTTPException as refusal:
        work = partial(_say, service, scope, refusal.status_code, refusal.headers)
        response = await to_thread.run_sync(work)
    except DigestError as error:
        logger.error("%s", error)
        status = 503 if isinstance(error, StoreError) else 500
        response = await to_thread.run_sync(_say, service, scope, status)
    except ClientDisconnect:
        return
    await response(scope, receive, send)


async def _answer(service: Service, scope: Scope, receive: Receive) -> Response:
    """Let a page answer, in a thread, for the store and the templates take their time."""
    page, methods, names = _find(scope["path"])
    if scope["method"] not in methods:
        raise HTTPException(405, headers={"allow": ", ".join(methods)})
    asked = PageRequest(
        method=scope["method"],
        headers=Headers(scope=scope),
        peer=scope["client"][0] if scope["client"] else None,
        body=await _body(Request(scope, receive)) if scope["method"] == "POST" else b"",
    )
    work = partial(page, service, asked, **names)
    return await to_thread.run_sync(work, limiter=service.threads)


def _find(path: str) -> tuple[Page, tuple[str, ...], dict[str, str]]:
    for form, page, methods in ROUTES:
        if found := re.fullmatch(form, path):
            return page, methods, found.groupdict()
    raise HTTPException(404)


async def _body(request: Request) -> bytes:
    """Read a form, as far as one may go."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > BODY:
            raise HTTPException(413, headers={"connection": "close"})
    return body


async def _refuse(
    service: Service, status: int, scope: Scope, receive: Receive, send: Send
) -> None:
    headers = {"allow": ", ".join(METHODS)} if status == 405 else {}
    headers["connection"] = "close"
    response = await to_thread.run_sync(_say, service, scope, status, headers)
    await response(scope, receive, send)


def _say(
    service: Service, scope: Scope, status: int, headers: Mapping[str, str] | None = None
) -> Response:
    """Say that something is wrong, in the language of the digest that was asked for."""
    name = scope["path"].strip("/").partition("/")[0]
    screen = _SAID.get(status, _REFUSED)
    try:
        page = render.screen(screen, service.frame(service.digest(name)))
    except DigestError as error:  # of the template that is to say so
        logger.error("%s", error)
        return Response(f"{status}\n", status, headers, "text/plain; charset=utf-8")
    return responses.page(page.body, status, headers=headers)
