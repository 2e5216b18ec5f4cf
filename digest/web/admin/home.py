"""The operator's first page."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from digest.web.admin import pages
from digest.web.admin.request import AdminRequest, AdminRoute


def to_home(request: AdminRequest) -> Response:
    """Redirect from the address without a slash."""
    return RedirectResponse(request.address(), 303)


def home(request: AdminRequest) -> Response:
    """Show what comes next, what happened last, and what wants a look."""
    return pages.show(request, "home.html", title="Home")


ROUTES = (
    AdminRoute(path="", page=to_home),
    AdminRoute(path="/", page=home, nav="home"),
)
