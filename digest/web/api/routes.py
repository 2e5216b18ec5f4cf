"""The endpoints of the API: the token, what was sent, the operation, and its answer as JSON."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from math import ceil
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from anyio import to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from digest.errors import BusyError, DigestError, StoreError
from digest.web.api import editions, entries, feeds, openapi, subscribers, tokens
from digest.web.api.call import ApiCall, ApiError, Operation
from digest.web.api.responses import problem, response
from digest.web.api.shapes import Mistake
from digest.web.middleware import METHODS
from digest.web.rate_limiter import network
from digest.web.request_origin import client
from digest.web.service import Service

OPERATIONS: tuple[Operation, ...] = (
    *feeds.OPERATIONS,
    *entries.OPERATIONS,
    *editions.OPERATIONS,
    *subscribers.OPERATIONS,
)
"""All that can be asked of the API."""

MOST = 65_536
"""The most bytes of a body."""
_FIELDS = 32
_PLACE = re.compile(r" - at `\$\.?(.*)`$")

logger = logging.getLogger("digest.web")

Endpoint = Callable[[Request], Awaitable[Response]]


def endpoints(service: Service) -> list[tuple[str, Endpoint, tuple[str, ...]]]:
    """Return path, endpoint and methods of each route."""
    made: list[tuple[str, Endpoint, tuple[str, ...]]] = [
        (f"/api{operation.path}", _endpoint(service, operation), (operation.method,))
        for operation in OPERATIONS
    ]
    made.insert(0, ("/api/openapi.json", _document(service), ("GET",)))
    taken: dict[str, list[str]] = {}
    for path, _, methods in made:
        taken.setdefault(path, []).extend(methods)
    return made + [
        (path, _other_method(methods), tuple(set(METHODS) - {*methods, "HEAD"}))
        for path, methods in taken.items()
    ]


def _other_method(methods: Iterable[str]) -> Endpoint:
    """Answer a method that a path does not have."""
    allowed = ", ".join(sorted({*methods, *(("HEAD",) if "GET" in methods else ())}))

    async def answer(request: Request) -> Response:
        return problem(405, f"this has {allowed}", headers={"allow": allowed})

    return answer


def _document(service: Service) -> Endpoint:
    async def answer(request: Request) -> Response:
        body = openapi.encoded(OPERATIONS, f"{service.root()}api")
        return Response(body, 200, {"cache-control": "no-cache"}, "application/json")

    return answer


def _endpoint(service: Service, operation: Operation) -> Endpoint:
    async def answer(request: Request) -> Response:
        in_thread = partial(to_thread.run_sync, limiter=service.admin.threads)
        try:
            await in_thread(partial(_authenticate, service, request))
            body = await _body(request, operation)
            return await in_thread(partial(_answer, service, operation, request, body))
        except ApiError as error:
            return problem(error.status, error.detail, error.mistakes, error.headers)

    return answer


def _authenticate(service: Service, request: Request) -> None:
    """Raise ApiError for a request without a valid token."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and 0 < len(token) <= 200:
        try:
            name = tokens.holder(service.config().root, token.strip())
        except DigestError as error:
            logger.error("%s", error)
            raise ApiError(503, "the tokens cannot be read; the log says why") from error
        if name is not None:
            return
    peer = request.client.host if request.client else None
    address = client(peer, request.headers.getlist("x-forwarded-for"), service.proxies())
    wait = service.admin.guesses_of_tokens.take(network(address), service.timer())
    if wait:
        again = {"retry-after": str(ceil(wait))}
        raise ApiError(429, "too many requests with a wrong token", headers=again)
    raise ApiError(
        401,
        "send a token that `digest web token NAME` made: `Authorization: Bearer TOKEN`",
        headers={"www-authenticate": "Bearer"},
    )


async def _body(request: Request, operation: Operation) -> bytes:
    """Read the body; raise ApiError for another type, or as soon as it is too long."""
    if operation.body is None:
        return b""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise ApiError(415, "send JSON, with `Content-Type: application/json`")
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MOST:
            closing = {"connection": "close"}
            raise ApiError(413, f"a body has at most {MOST} bytes", headers=closing)
    return body


def _answer(service: Service, operation: Operation, request: Request, body: bytes) -> Response:
    config = service.config()
    call = ApiCall(
        service=service,
        config=config,
        now=service.clock(),
        path=_path(request),
        query=_query(operation, request),
        body=_read(operation, body),
    )
    try:
        return response(operation.run(call), operation.status)
    except HTTPException as error:
        raise ApiError(error.status_code, error.detail) from error
    except (StoreError, BusyError) as error:
        logger.error("%s", error)
        raise ApiError(503, str(error)) from error
    except DigestError as error:
        logger.error("%s", error)
        raise ApiError(422, str(error)) from error


def _path(request: Request) -> Mapping[str, Any]:
    """Return the parameters of the path; an id that no row can have finds nothing."""
    values = dict(request.path_params)
    if isinstance(values.get("id"), int):
        values["id"] = min(values["id"], 2**63 - 1)
    return values


def _query(operation: Operation, request: Request) -> Any:
    try:
        pairs = parse_qsl(
            request.scope["query_string"].decode("ascii"),
            keep_blank_values=True,
            max_num_fields=_FIELDS,
            errors="strict",
        )
    except ValueError:
        raise ApiError(422, "the query cannot be read") from None
    try:
        return msgspec.convert(dict(pairs), operation.query, strict=False)
    except msgspec.ValidationError as error:
        raise _mistaken(error) from None


def _read(operation: Operation, body: bytes) -> Any:
    if operation.body is None:
        return None
    try:
        return msgspec.json.decode(body, type=operation.body)
    except msgspec.ValidationError as error:
        raise _mistaken(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ApiError(400, "the body is no JSON") from None


def _mistaken(error: msgspec.ValidationError) -> ApiError:
    message = str(error)
    place = _PLACE.search(message)
    mistake = Mistake(where=place[1] if place else "", message=_PLACE.sub("", message))
    return ApiError(422, "what was sent has a mistake", (mistake,))
