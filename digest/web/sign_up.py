"""How people come and go: sign-up, confirmation, leaving; without an account, a cookie, a script.

Programs that look at mail follow its links, so GET changes nothing: it shows a button.  Leaving
takes one POST from anybody who has the link (RFC 8058), and taking it again is no mistake.
Whatever address is signed up, the answer is the same, and as quick.
"""

from __future__ import annotations

from functools import partial
from math import ceil

from starlette.exceptions import HTTPException
from starlette.responses import Response

from digest import render
from digest.model import Digest
from digest.model.pages import Notice, Screen, SignUp
from digest.net import mail_addresses
from digest.pipeline import signup
from digest.web import responses
from digest.web.forms import check_origin, field, is_our_form
from digest.web.rate_limiter import network
from digest.web.request_origin import client
from digest.web.service import PageRequest, Service


def subscribe(service: Service, asked: PageRequest, name: str) -> Response:
    """Show the form; take what is written into it."""
    digest = _digest(service, name)
    if not service.takes(digest):
        raise HTTPException(404)
    if asked.method != "POST":
        return _show(service, digest, SignUp())
    written = field(asked.body, "address")
    if not is_our_form(service, asked) and not _is_from_a_known_site(service, asked):
        # A stranger's page must not have mail sent: whoever reads this sends the form once more.
        return _show(service, digest, SignUp(written=written[:254], foreign=True))
    try:
        address = mail_addresses.parse_public(written)
    except ValueError:
        return _show(service, digest, SignUp(written=written[:254], wrong=True), 422)
    _check_pace(service, asked)
    work = partial(
        signup.request, service.config(), service.store, digest, address, service.clock()
    )
    if not service.send(work):
        raise HTTPException(503, headers={"retry-after": "600"})
    lines = ("asked_how", "asked_else")
    return _show(service, digest, Notice(heading="asked", lines=lines, address=address))


def confirm(service: Service, asked: PageRequest, name: str, token: str) -> Response:
    """Ask whether to put somebody on the list; do so."""
    digest = _digest(service, name)
    if asked.method == "POST":
        check_origin(service, asked)
    someone = signup.confirming(service.store, token, service.clock())
    if someone is None or someone.digest != name:
        return _wrong(service, digest)
    address = masked(someone.address)
    if asked.method != "POST":
        lines, button = ("confirm_what",), "confirm_button"
        notice = Notice(heading=button, lines=lines, address=address, button=button)
    elif signup.confirm(service.store, token, service.clock()) is None:
        return _wrong(service, digest)
    else:
        notice = Notice(heading="confirmed", lines=("confirmed_what",), address=address)
    return _show(service, digest, notice)


def unsubscribe(service: Service, asked: PageRequest, name: str, token: str) -> Response:
    """Ask whether somebody wants to leave; let them go, whoever sends this and from where.

    The token alone counts: letters of a digest that there is no more have links as well.
    """
    someone = signup.leaving(service.store, token)  # a stranger shall not make writers wait
    if someone is None:
        return _wrong(service, service.digest(name))
    if asked.method == "POST":
        signup.unsubscribe(service.store, token, service.clock())
        heading, line, button = "left", "left_what", None
    else:
        heading, line, button = "leave", "leave_what", "leave_button"
    digest = service.digest(someone.digest)
    notice = Notice(
        heading=heading,
        lines=(line,),
        address=masked(someone.address),
        button=button,
        again=button is None and digest is not None and service.takes(digest),
        choose=f"{service.root()}{someone.digest}/choose/{token}" if button and digest else "",
    )
    return _show(service, digest, notice, title=someone.digest)


def masked(address: str) -> str:
    """Show an address to somebody who should know it, and to nobody else.

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


def _is_from_a_known_site(service: Service, asked: PageRequest) -> bool:
    """Say whether a form was sent from a site that the publisher has named."""
    return asked.headers.get("origin", "").lower() in service.config().web.forms_from


def _check_pace(service: Service, asked: PageRequest) -> None:
    """Refuse one sign-up too many: of this network, or of all."""
    address = client(asked.peer, asked.headers.getlist("x-forwarded-for"), service.proxies())
    moment = service.timer()
    wait = service.here.take(network(address), moment) or service.everywhere.take("", moment)
    if wait:
        raise HTTPException(429, headers={"retry-after": str(ceil(wait))})


def _show(
    service: Service, digest: Digest | None, screen: Screen, status: int = 200, *, title: str = ""
) -> Response:
    page = render.screen(screen, service.frame(digest, title=title))
    form = isinstance(screen, SignUp) or (isinstance(screen, Notice) and screen.button is not None)
    return responses.page(page.body, status, form=form)


def _wrong(service: Service, digest: Digest | None) -> Response:
    return _show(service, digest, Notice(heading="wrong_link", lines=("wrong_link_why",)), 404)
