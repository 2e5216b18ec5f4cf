"""The table of the operator's pages, and the routes that the web side has for them.

To add a page, add its `AdminRoute` to the `ROUTES` of its module, and the module to `PAGES`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.routing import Match, Route, compile_path
from starlette.types import Scope

from digest.web.admin import (
    access,
    digests,
    editions,
    feed_adding,
    feed_page,
    feeds,
    home,
    login,
    people,
    why,
)
from digest.web.admin.request import AdminRoute
from digest.web.api.routes import endpoints
from digest.web.service import Service

PAGES = (home, digests, why, feeds, feed_adding, feed_page, editions, people)
"""The modules whose `ROUTES` are the pages."""

ROUTES: tuple[AdminRoute, ...] = (
    *(route for module in PAGES for route in module.ROUTES),
    AdminRoute(path="/logout", page=login.log_out, methods=("POST",)),
)
"""All pages behind the login."""


class _SwitchedRoute(Route):
    """A route that is there only while ``[web.admin]`` is configured."""

    is_on: Callable[[], bool]

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return super().matches(scope) if self.is_on() else (Match.NONE, {})


def routes(service: Service) -> list[Route]:
    """Return the routes of all pages and of the API, with their checks."""
    made = [
        _switched(service, f"/admin{page.path}", access.endpoint(service, page, find), page.methods)
        for page in ROUTES
    ]
    entrance = access.login_endpoint(service, find)
    return [
        *made,
        _switched(service, "/admin/login", entrance, ("GET", "POST")),
        *(_switched(service, *route) for route in endpoints(service)),
    ]


def _switched(
    service: Service, path: str, endpoint: access.Endpoint, methods: tuple[str, ...]
) -> Route:
    route = _SwitchedRoute(path, endpoint, methods=list(methods))
    route.is_on = lambda: service.config().web.admin is not None
    return route


def find(path: str) -> tuple[AdminRoute, dict[str, Any]] | None:
    """Return the page to read at a path below the root, and the parameters in the path."""
    for route in ROUTES:
        pattern, _, convertors = compile_path(f"/admin{route.path}")
        if "GET" in route.methods and (found := pattern.match(f"/{path}")):
            values = found.groupdict()
            return route, {name: convertors[name].convert(text) for name, text in values.items()}
    return None
