"""The pages for sign-up, confirmation and unsubscribing, without accounts, cookies and scripts.

Mail scanners follow links, so GET changes nothing: it shows a button.  Unsubscribing takes one POST
from anybody who has the link (RFC 8058); repeating it is no error.  The response to a sign-up is
the same for all addresses, and takes the same time.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from starlette.exceptions import HTTPException
from starlette.responses import Response

from digest import render
from digest.mailing_list.names import parse_name
from digest.model import Digest
from digest.model.pages import Notice, Screen, SignUp
from digest.net import mail_addresses
from digest.pipeline import sign_up_and_leave
from digest.web import responses
from digest.web.forms import check_origin, field, is_our_form
from digest.web.service import PageRequest, Service


def subscribe(service: Service, request: PageRequest, name: str) -> Response:
    """Show the sign-up form; process a sent form."""
    digest = _digest(service, name)
    if not service.takes_sign_ups(digest):
        raise HTTPException(404)
    if request.method != "POST":
        return _show(service, digest, SignUp())
    written, called = field(request.body, "address"), field(request.body, "name")
    entered = SignUp(written=written[:254], name=called[:254])
    if not is_our_form(service, request) and not _is_from_a_known_site(service, request):
        # Another site must not cause a mail: the visitor has to send the form again from our page.
        return _show(service, digest, replace(entered, foreign=True))
    try:
        address = mail_addresses.parse_public(written)
    except ValueError:
        return _show(service, digest, replace(entered, wrong=True), 422)
    try:
        parse_name(called)
    except ValueError:
        return _show(service, digest, replace(entered, name_wrong=True), 422)
    service.check_rate(request, service.sign_ups)
    work = partial(
        sign_up_and_leave.request,
        service.config(),
        service.store,
        digest,
        address,
        service.clock(),
        called,
    )
    if not service.send(work):
        raise HTTPException(503, headers={"retry-after": "600"})
    lines = ("asked_how", "asked_else")
    return _show(service, digest, Notice(heading="asked", lines=lines, address=address))


def confirm(service: Service, request: PageRequest, name: str, token: str) -> Response:
    """Show the button that confirms a sign-up; a POST confirms it."""
    digest = _digest(service, name)
    if request.method == "POST":
        check_origin(service, request)
    subscriber = sign_up_and_leave.confirming(service.store, token, service.clock())
    if subscriber is None or subscriber.digest != name:
        return _invalid_link(service, digest)
    address = masked(subscriber.address)
    if request.method != "POST":
        lines, button = ("confirm_what",), "confirm_button"
        notice = Notice(heading=button, lines=lines, address=address, button=button)
    elif sign_up_and_leave.confirm(service.store, token, service.clock()) is None:
        return _invalid_link(service, digest)
    else:
        notice = Notice(heading="confirmed", lines=("confirmed_what",), address=address)
    return _show(service, digest, notice)


def unsubscribe(service: Service, request: PageRequest, name: str, token: str) -> Response:
    """Show the button that unsubscribes; a POST from anywhere unsubscribes.

    Only the token counts, because letters of a digest that was removed have links as well.
    """
    subscriber = sign_up_and_leave.leaving(
        service.store, token
    )  # read first: an invalid token must not take the write lock
    if subscriber is None:
        return _invalid_link(service, service.digest(name))
    if request.method == "POST":
        sign_up_and_leave.unsubscribe(service.store, token, service.clock())
        heading, line, button = "left", "left_what", None
    else:
        heading, line, button = "leave", "leave_what", "leave_button"
    digest = service.digest(subscriber.digest)
    notice = Notice(
        heading=heading,
        lines=(line,),
        address=masked(subscriber.address),
        button=button,
        again=button is None and digest is not None and service.takes_sign_ups(digest),
        choose=f"{service.root()}{subscriber.digest}/choose/{token}" if button and digest else "",
    )
    return _show(service, digest, notice, title=subscriber.digest)


def masked(address: str) -> str:
    """Return an address that only its owner can recognize.

    >>> masked("jane@example.org")
    'j***@example.org'
    """
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}***@{domain}" if local else "***"


def _digest(service: Service, name: str) -> Digest:
    digest = service.digest(name)
    if digest is None:
        raise HTTPException(404)
    return digest


def _is_from_a_known_site(service: Service, request: PageRequest) -> bool:
    """Say whether a form was sent from a site in ``web.forms_from``."""
    return request.headers.get("origin", "").lower() in service.config().web.forms_from


def _show(
    service: Service, digest: Digest | None, screen: Screen, status: int = 200, *, title: str = ""
) -> Response:
    page = render.screen(screen, service.frame(digest, title=title))
    form = isinstance(screen, SignUp) or (isinstance(screen, Notice) and screen.button is not None)
    return responses.page(page.body, status, form=form)


def _invalid_link(service: Service, digest: Digest | None) -> Response:
    return _show(service, digest, Notice(heading="wrong_link", lines=("wrong_link_why",)), 404)
