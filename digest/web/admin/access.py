"""Let only the operator in: check the session, the origin and the token of every request.

A request without a session gets the login page.  A form that was sent without one is carried
through the login and shown again; it changes nothing until it is sent again.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from urllib.parse import parse_qs, quote, urlsplit

from anyio import to_thread
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Message

from digest.errors import BusyError, DigestError, StoreError
from digest.web.admin import login, pages
from digest.web.admin.identity import is_own_form, session_of, signatures_of
from digest.web.admin.request import AdminRequest, AdminRoute, Upload
from digest.web.admin.sessions import Session, Signatures
from digest.web.service import PageRequest, Service

LONGEST_FORM = 262_144
"""The most bytes of a form without a file."""
MOST_FIELDS = 12_000
"""The most fields of a form; a form for many feeds has one for each."""
_HEADS = 65_536
"""The bytes of the other fields of a form with a file."""
_FOREIGN = (
    "This form was not sent by a page of this program. Open the page here, and send it again."
)

T = TypeVar("T")

logger = logging.getLogger("digest.web")

Endpoint = Callable[[Request], Awaitable[Response]]
FindRoute = Callable[[str], tuple[AdminRoute, dict[str, Any]] | None]
"""Returns the page to read at a path, and the parameters in the path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentForm:
    """The fields of a form in their order, and its file."""

    pairs: tuple[tuple[str, str], ...] = ()
    upload: Upload | None = None

    @property
    def fields(self) -> dict[str, list[str]]:
        fields: dict[str, list[str]] = {}
        for name, value in self.pairs:
            fields.setdefault(name, []).append(value)
        return fields


def endpoint(service: Service, route: AdminRoute, find: FindRoute) -> Endpoint:
    """Return the ASGI endpoint of a page."""

    async def answer(request: Request) -> Response:
        visit = _visit(service, request, find)
        page = partial(_answer, visit, route, request.path_params)
        refusal = await _in_thread(service, partial(_refusal, visit, route))
        if refusal is not None:
            return refusal
        return await _with_form(service, request, route.upload, page)

    return answer


def login_endpoint(service: Service, find: FindRoute) -> Endpoint:
    """Return the ASGI endpoint of the login page."""

    async def answer(request: Request) -> Response:
        visit = _visit(service, request, find)
        return await _with_form(service, request, 0, partial(_log_in, visit), carries=True)

    return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A request for a page of the operator, from anybody."""

    service: Service
    http: PageRequest
    path: str
    """The path below the root of the web side, without a slash before it."""
    query_string: str
    find: FindRoute

    @property
    def address(self) -> str:
        return f"{self.path}{'?' if self.query_string else ''}{self.query_string}"


def _visit(service: Service, request: Request, find: FindRoute) -> Visit:
    return Visit(
        service=service,
        http=PageRequest(
            method=request.method,
            headers=request.headers,
            peer=request.client.host if request.client else None,
        ),
        path=quote(request.scope["path"].lstrip("/")),
        query_string=request.scope["query_string"].decode("ascii", "replace"),
        find=find,
    )


async def _with_form(
    service: Service,
    request: Request,
    upload: int,
    page: Callable[[SentForm], Response],
    *,
    carries: bool = False,
) -> Response:
    """Read the form of a request, if it has one, and make the page in a thread."""
    if request.method != "POST":
        return await _in_thread(service, partial(page, SentForm()))
    most = upload + _HEADS if upload else LONGEST_FORM * (4 if carries else 1)
    reading = Request(request.scope, partial(_receive_at_most, request.receive, [most]))
    async with reading.form(max_files=1, max_fields=MOST_FIELDS, max_part_size=most) as form:
        pairs, file = [], None
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                file = Upload(filename=value.filename or "", file=value.file, size=value.size or 0)
            else:
                pairs.append((name, value))
        return await _in_thread(service, partial(page, SentForm(pairs=tuple(pairs), upload=file)))


async def _receive_at_most(receive: Callable[[], Awaitable[Message]], left: list[int]) -> Message:
    """Receive a piece of a body; raise HTTPException as soon as the body is too long."""
    message = await receive()
    left[0] -= len(message.get("body", b""))
    if left[0] < 0:
        raise HTTPException(413, headers={"connection": "close"})
    return message


async def _in_thread(service: Service, work: Callable[[], T]) -> T:
    return await to_thread.run_sync(work, limiter=service.admin.threads)


# --- before the form is read ----------------------------------------------------------------------


def _refusal(visit: Visit, route: AdminRoute) -> Response | None:
    """Return the answer to a request that is refused by its headers alone."""
    if visit.http.method != "POST":
        return None
    if not is_own_form(visit.service, visit.http):
        return _error(visit.service, 403, _FOREIGN)
    if not route.upload:
        return None
    try:
        signatures = signatures_of(visit.service)
        if session_of(visit.service, visit.http, signatures):
            return None
    except DigestError as error:
        return _failed(visit.service, error)
    return login.page(visit.service, signatures, 401, lost=True)  # no file is carried


# --- the answer -----------------------------------------------------------------------------------


def _answer(
    visit: Visit, route: AdminRoute, parameters: Mapping[str, Any], form: SentForm
) -> Response:
    """Return the page, or what keeps the visitor from it."""
    service = visit.service
    try:
        signatures = signatures_of(service)
        session = session_of(service, visit.http, signatures)
        if session is None:
            return _login_page(visit, signatures, form)
        request = _request(visit, route, signatures, session, form)
        if visit.http.method == "POST" and not signatures.is_form_token(
            session, request.sent("token")
        ):
            return _shown_again(visit, signatures, session, visit.address, form.pairs, 403)
        return _page(request, parameters)
    except DigestError as error:
        return _failed(service, error)


def _login_page(visit: Visit, signatures: Signatures, form: SentForm) -> Response:
    service = visit.service
    if visit.http.method == "POST":
        carried = signatures.carry(visit.address, list(form.pairs))
        return login.page(service, signatures, 401, carried=carried or "", lost=not carried)
    if visit.http.headers.get("sec-fetch-site") == "cross-site":
        # After a link on another site the browser does not send the cookie; after our own it does.
        return pages.show_outside(
            service, "arrived.html", title="One moment", to=service.root() + visit.address
        )
    return pages.sealed(RedirectResponse(login.address(service, visit.address), 303))


def _request(
    visit: Visit,
    route: AdminRoute,
    signatures: Signatures,
    session: Session,
    form: SentForm,
    *,
    restored: bool = False,
) -> AdminRequest:
    service = visit.service
    notice = login.cookies(visit.http).get(pages.NOTICE, "")
    return AdminRequest(
        service=service,
        http=visit.http,
        route=route,
        path=visit.path,
        session=session,
        signatures=signatures,
        config=service.config(),
        now=service.clock(),
        method="POST" if visit.http.method == "POST" and not restored else "GET",
        query=parse_qs(visit.query_string, max_num_fields=64, errors="replace"),
        form=form.fields,
        upload=form.upload,
        restored=restored,
        notice=(signatures.read_notice(notice) or "") if notice else "",
    )


def _page(request: AdminRequest, parameters: Mapping[str, Any]) -> Response:
    """Call the page; show an expected error as a page with its sentence."""
    try:
        response = request.route.page(request, **parameters)
    except HTTPException as error:
        response = _error(request.service, error.status_code, error.detail)
    except DigestError as error:
        response = _failed(request.service, error)
    if request.notice and request.method == "GET":
        response.delete_cookie(pages.NOTICE, path=f"{request.service.root()}admin")
    return pages.sealed(response)


def _shown_again(
    visit: Visit,
    signatures: Signatures,
    session: Session,
    address: str,
    pairs: tuple[tuple[str, str], ...],
    status: int,
) -> Response:
    """Show a sent form once more, filled in; nothing of it has been done.

    An address that also has a page to read is shown as that page; else the fields are listed with a
    button that sends them.
    """
    parts = urlsplit(address)
    found = visit.find(parts.path)
    again = Visit(
        service=visit.service,
        http=visit.http,
        path=parts.path,
        query_string=parts.query,
        find=visit.find,
    )
    form = SentForm(pairs=tuple((name, value) for name, value in pairs if name != "token"))
    if found is not None:
        route, parameters = found
        request = _request(again, route, signatures, session, form, restored=True)
        response = _page(request, parameters)
    else:
        route = AdminRoute(path="", page=_never)
        request = _request(again, route, signatures, session, form, restored=True)
        response = pages.show(
            request,
            "again.html",
            title="Send it again",
            to=visit.service.root() + address,
            pairs=form.pairs,
        )
    if response.status_code == 200:
        response.status_code = status
    return response


def _never(request: AdminRequest) -> Response:
    raise HTTPException(404)


def _log_in(visit: Visit, form: SentForm) -> Response:
    """Show the login form; check the password, and go on where the visitor was."""
    service, fields = visit.service, form.fields
    try:
        signatures = signatures_of(service)
        if visit.http.method != "POST":
            to = parse_qs(visit.query_string, max_num_fields=64).get("to", [""])[0]
            return login.page(service, signatures, to=to)
        if not is_own_form(service, visit.http):
            return _error(service, 403, _FOREIGN)
        result = login.verify(service, visit.http, signatures, fields)
        if isinstance(result, Response):
            return result
        session, cookie = result
        carried = signatures.carried(fields.get("carried", [""])[0])
        if carried is not None:
            address, pairs = carried
            response = _shown_again(visit, signatures, session, address, tuple(pairs), 200)
        else:
            to = login.own_address(service, fields.get("to", [""])[0])
            response = pages.sealed(RedirectResponse(to, 303))
        login.remember(service, response, cookie)
        return response
    except DigestError as error:
        return _failed(service, error)


# --- errors ---------------------------------------------------------------------------------------


def _failed(service: Service, error: DigestError) -> Response:
    logger.error("%s", error)
    status = 503 if isinstance(error, StoreError | BusyError) else 500
    return _error(service, status, str(error))


def _error(service: Service, status: int, message: str) -> Response:
    titles = {403: "Not done", 404: "Not found", 429: "Too many requests", 503: "Not possible now"}
    sentence = message if status != 404 or message != "Not Found" else "There is no such page."
    return pages.show_outside(
        service, "error.html", status, title=titles.get(status, "Not possible"), message=sentence
    )
