"""The routes of the web side, and its error pages.

Starlette's router finds the page or raises 404 or 405; exception handlers make the error pages.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from anyio import to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from digest import render
from digest.errors import ConfigError, DigestError, StoreError
from digest.model.pages import Notice
from digest.resources import install_command
from digest.settings.file import ADMIN_PATHS
from digest.web import (
    approval,
    choices,
    crawlers,
    hub_callbacks,
    path_parts,
    reading,
    responses,
    searching,
    sign_up_and_leave,
    watching,
)
from digest.web.middleware import METHODS, Gate, methods_at
from digest.web.service import PageRequest, Service

Page = Callable[..., Response]

BODY = 4096
"""The most bytes of a form."""

_NOTICES = {
    403: Notice(heading="foreign", lines=("foreign_why",)),
    404: Notice(heading="not_found", lines=("not_found_why",)),
    429: Notice(heading="busy", lines=("busy_why",)),
    500: Notice(heading="broken", lines=("broken_why",)),
    503: Notice(heading="broken", lines=("broken_why",)),
}
_REFUSED = Notice(heading="refused", lines=("refused_why",))

logger = logging.getLogger("digest.web")


class _BareRoute(Route):
    """The address of the whole web side without its slash: an empty path below the prefix."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return (Match.NONE, {}) if scope["path"] else super().matches({**scope, "path": "/"})


class _UnknownRoute(Route):
    """All addresses below a name that is kept for the operator's pages: 404, with any method.

    A digest may have the name where the operator has no pages.
    """

    is_free: Callable[[], bool]

    @classmethod
    def below(cls, service: Service, name: str) -> Route:
        async def unknown(request: Request) -> Response:
            raise HTTPException(404)

        route = cls(f"/{name}{{rest:path}}", unknown, methods=METHODS)
        route.is_free = lambda: service.digest(name) is None
        return route

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, inner = super().matches(scope)
        rest = inner.get("path_params", {}).get("rest", "")
        return (match, inner) if rest[:1] in ("", "/") and self.is_free() else (Match.NONE, {})


def application(service: Service) -> ASGIApp:
    """Make the application, as ASGI has it."""
    path_parts.register()
    app = Starlette(
        routes=_routes(service),
        exception_handlers={
            HTTPException: partial(_refused, service),
            DigestError: partial(_failed, service),
            ClientDisconnect: _disconnected,
            Exception: partial(_crashed, service),
        },
    )
    app.router.redirect_slashes = False  # to_digest and to_edition redirect by our own names only
    return Gate(
        app,
        hosts=service.hosts,
        prefix=service.prefix,
        refuse=lambda scope, status: partial(_refuse, service, status),
    )


def _routes(service: Service) -> list[Route]:
    """Return the routes; the first that matches is used.

    GET includes HEAD.
    """

    def route(path: str, page: Page, *methods: str, kind: type[Route] = Route) -> Route:
        return kind(path, _endpoint(service, page), methods=methods or ("GET",))

    admin = [*_admin_routes(service), *(_UnknownRoute.below(service, name) for name in ADMIN_PATHS)]
    digest, edition = "/{name:digest_name}", "/{name:digest_name}/{slot:edition_slot}"
    return [
        route("/", reading.to_start, kind=_BareRoute),
        route("/", reading.start),
        route("/healthz", watching.health),
        route("/readyz", watching.readiness),
        route("/metrics", watching.metrics),
        *admin,
        Route("/hub/{token:hub_token}", hub_callbacks.endpoint(service), methods=["GET", "POST"]),
        route("/robots.txt", crawlers.robots),
        route("/sitemap.xml", crawlers.sitemap),
        route("/search", searching.search),
        route(f"{digest}/search", searching.search),
        route(digest, reading.to_digest),
        route(f"{digest}/subscribe", sign_up_and_leave.subscribe, "GET", "POST"),
        route(f"{digest}/confirm/{{token:link_token}}", sign_up_and_leave.confirm, "GET", "POST"),
        route(
            f"{digest}/unsubscribe/{{token:link_token}}",
            sign_up_and_leave.unsubscribe,
            "GET",
            "POST",
        ),
        route(f"{digest}/choose/{{token:link_token}}", choices.choose, "GET", "POST"),
        route(f"{digest}/approve/{{token:link_token}}/edition", approval.whole),
        route(f"{digest}/approve/{{token:link_token}}", approval.decide, "GET", "POST"),
        route(edition, reading.to_edition),
        route(f"{edition}/", reading.edition),
        route(f"{digest}/{{file:archive_file}}", reading.past),
    ]


def _admin_routes(service: Service) -> list[Route]:
    """Return the operator's pages; none where their packages are missing and nobody wants them."""
    try:
        from digest.web.admin.routes import routes
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("digest"):
            raise
        if service.config().web.admin:
            needed = install_command("web")
            raise ConfigError(f"[web.admin] needs the package {error.name}: {needed}") from error
        return []
    return routes(service)


def _endpoint(service: Service, page: Page) -> Callable[[Request], Awaitable[Response]]:
    """Run `page` in a thread, because the store and the templates block."""

    async def endpoint(request: Request) -> Response:
        page_request = PageRequest(
            method=request.method,
            headers=request.headers,
            peer=request.client.host if request.client else None,
            body=await _body(request) if request.method == "POST" else b"",
            query=dict(request.query_params),
        )
        work = partial(page, service, page_request, **request.path_params)
        return await to_thread.run_sync(work, limiter=service.threads)

    return endpoint


async def _body(request: Request) -> bytes:
    """Read a form.

    Raises HTTPException as soon as the form is longer than BODY.
    """
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > BODY:
            raise HTTPException(413, headers={"connection": "close"})
    return body


# Starlette runs a handler that is no coroutine in a thread.


def _refused(service: Service, request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    if methods := headers.get("allow"):  # the router joins a set, in any order
        headers["allow"] = ", ".join(sorted(methods.split(", ")))
    return _error_page(service, request.scope, error.status_code, headers)


def _failed(service: Service, request: Request, error: Exception) -> Response:
    logger.error("%s", error)
    return _error_page(service, request.scope, 503 if isinstance(error, StoreError) else 500)


def _crashed(service: Service, request: Request, error: Exception) -> Response:
    """Return the page for a bug; Starlette raises `error` again afterwards."""
    return _error_page(service, request.scope, 500)


def _disconnected(request: Request, error: Exception) -> Response:
    """End a request whose client disconnected while sending a form; nobody gets the response."""
    return Response(status_code=400)


async def _refuse(
    service: Service, status: int, scope: Scope, receive: Receive, send: Send
) -> None:
    """Answer a request that the gate refuses."""
    headers = {"allow": ", ".join(methods_at(scope["path"]))} if status == 405 else {}
    headers["connection"] = "close"
    response = await to_thread.run_sync(_error_page, service, scope, status, headers)
    await response(scope, receive, send)


def _error_page(
    service: Service, scope: Scope, status: int, headers: Mapping[str, str] | None = None
) -> Response:
    """Return an error page, in the language of the requested digest; of the API a problem."""
    name = scope["path"].strip("/").partition("/")[0]
    if name == "api" and service.config().web.admin:
        from digest.web.api.responses import problem

        return problem(status, "there is no such address" if status == 404 else "", (), headers)
    notice = _NOTICES.get(status, _REFUSED)
    digest = service.digest(name)
    try:
        page = render.screen(notice, service.frame(digest if digest and digest.public else None))
    except DigestError as error:  # the template of this page fails
        logger.error("%s", error)
        return Response(f"{status}\n", status, headers, "text/plain; charset=utf-8")
    return responses.page(page.body, status, headers=headers)
