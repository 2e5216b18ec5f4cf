"""The login page, its limits on guesses, and the cookie of the session."""

from __future__ import annotations

import re
from math import ceil
from urllib.parse import urlencode

from starlette.requests import cookie_parser
from starlette.responses import Response

from digest.web.admin import pages
from digest.web.admin.password import matches, stored_hash
from digest.web.admin.request import AdminRequest, Fields
from digest.web.admin.sessions import Session, Signatures
from digest.web.request_origin import client
from digest.web.service import PageRequest, Service

_OWN = re.compile(r"admin(/(?!\.)[A-Za-z0-9._~%-]*)*(\?[A-Za-z0-9._~%=&+-]*)?")


def page(
    service: Service,
    signatures: Signatures,
    status: int = 200,
    *,
    to: str = "",
    carried: str = "",
    lost: bool = False,
    error: str = "",
) -> Response:
    """Return the login page.

    `to` is the address to go to afterwards, `carried` a form to be shown again, `lost` says that a
    sent form could not be carried.
    """
    config = service.config()
    assert config.web.admin is not None
    return pages.show_outside(
        service,
        "login.html",
        status,
        title="Log in",
        token=signatures.login_token(),
        to=to if _OWN.fullmatch(to) else "",
        carried=carried,
        lost=lost,
        error=error,
        has_password=stored_hash(config.root) is not None,
        by_proxy=config.web.admin.proxy_header is not None,
        action=f"{service.root()}admin/login",
    )


def address(service: Service, to: str) -> str:
    """Return the address of the login page that leads to the page `to` afterwards."""
    return f"{service.root()}admin/login?{urlencode({'to': to})}"


def own_address(service: Service, to: str) -> str:
    """Return the address `to` if it is one of the operator's pages, else that of the first page."""
    return service.root() + (to if _OWN.fullmatch(to) else "admin/")


def verify(
    service: Service, http: PageRequest, signatures: Signatures, fields: Fields
) -> tuple[Session, str] | Response:
    """Return a new session and its cookie for the right password; else the page that says why."""

    def sent(name: str) -> str:
        return next(iter(fields.get(name, ())), "")

    def refused(status: int, error: str) -> Response:
        carried = sent("carried")
        known = carried if signatures.carried(carried) else ""
        return page(service, signatures, status, to=sent("to"), carried=known, error=error)

    if not signatures.is_login_token(sent("token")):
        return refused(403, "This page was open for too long. Please log in again.")
    visitor = client(http.peer, http.headers.getlist("x-forwarded-for"), service.proxies())
    wait = service.admin.guesses.take(visitor, service.timer())
    if wait:
        response = refused(
            429, f"Too many attempts. Please wait {pages.count(ceil(wait), 'second')}."
        )
        response.headers["retry-after"] = str(ceil(wait))
        return response
    with service.admin.verifying:
        is_right = matches(stored_hash(service.config().root), sent("password"))
    if not is_right:
        return refused(401, "This is not the password.")
    return signatures.new_session()


def remember(service: Service, response: Response, cookie: str) -> None:
    """Set the cookie of a new session."""
    settings = service.config().web.admin
    assert settings is not None
    seconds = int(settings.session.total_seconds())
    pages.set_cookie(service, response, cookie_name(service), cookie, seconds)


def log_out(request: AdminRequest) -> Response:
    """End the session."""
    service = request.service
    service.admin.end(request.session.id)
    response = page(service, request.signatures)
    response.delete_cookie(cookie_name(service), path=f"{service.root()}admin")
    return response


def cookie_name(service: Service) -> str:
    """Return the name of the cookie; with https browsers take it from no unencrypted page."""
    is_secure = (service.config().web.url or "").startswith("https:")
    return "__Secure-digest_admin" if is_secure else "digest_admin"


def cookies(http: PageRequest) -> dict[str, str]:
    return cookie_parser(http.headers.get("cookie", ""))
