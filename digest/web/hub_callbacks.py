"""The callback of hubs (WebSub): GET verifies a subscription, POST brings a changed document.

    /hub/TOKEN

Requests without a token that was given to a hub are refused.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from urllib.parse import parse_qsl

from anyio import Semaphore, to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from digest.model.hubs import HubState, HubSubscription
from digest.pipeline import hubs
from digest.store import hubs as hub_rows
from digest.web.service import Service

MOST_BYTES = 4_000_000
"""A larger document is not read: the feed is fetched instead."""
AT_ONCE = 4
"""The most documents that are received at a time."""
LONGEST_CHALLENGE = 600


def endpoint(service: Service) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint for hubs."""
    places = Semaphore(AT_ONCE)

    async def answer(request: Request) -> Response:
        token = request.path_params["token"]
        find = partial(_subscription, service, token)
        subscription = await to_thread.run_sync(find, limiter=service.threads)
        if subscription is None:
            raise HTTPException(410 if request.method == "POST" else 404)
        if request.method != "POST":
            query = request.scope["query_string"].decode("latin-1")
            work = partial(_verify, service, token, query)
            return await to_thread.run_sync(work, limiter=service.threads)
        wait = service.pings.take(token, service.timer())
        if wait > 0:
            raise HTTPException(429, headers={"retry-after": f"{wait:.0f}"})
        async with places:
            body = await _body(request)
        signature = request.headers.get("x-hub-signature", "")
        media_type = request.headers.get("content-type")
        work = partial(_receive, service, subscription, body, media_type, signature)
        return await to_thread.run_sync(work, limiter=service.threads)

    return answer


async def _body(request: Request) -> bytes | None:
    """Read the document that a hub sends; ``None`` if it is too large."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            return None
    return bytes(body)


def _subscription(service: Service, token: str) -> HubSubscription | None:
    with service.store.read() as connection:
        return hub_rows.by_token(connection, token)


def _verify(service: Service, token: str, query: str) -> Response:
    """Confirm or refuse a hub's verification request."""
    given = dict(parse_qsl(query, keep_blank_values=True))
    challenge = given.get("hub.challenge", "")
    now = service.clock()
    with service.store.write() as connection:
        before = hub_rows.by_token(connection, token)
        after = hubs.verified(before, given, now) if before is not None else None
        is_denied = after is not None and after.state is HubState.DENIED
        if after is None or not (is_denied or 0 < len(challenge) <= LONGEST_CHALLENGE):
            raise HTTPException(404)
        hub_rows.save(connection, after)
    return Response("" if is_denied else challenge, media_type="text/plain")


def _receive(
    service: Service,
    subscription: HubSubscription,
    body: bytes | None,
    media_type: str | None,
    signature: str,
) -> Response:
    """Store a hub's document until the next refresh.

    The response to a wrong signature is the same as to a right one, so that nobody can try secrets
    (WebSub, 7.1).
    """
    if subscription.state is not HubState.ACTIVE:
        raise HTTPException(410)
    is_signed = bool(body) and hubs.is_signed(subscription, body or b"", signature)
    with service.store.write() as connection:
        if signature and body and subscription.secret and not is_signed:
            hub_rows.refuse(connection, subscription)
        else:
            document = body if is_signed else None
            hub_rows.receive(connection, subscription, document, media_type, service.clock())
    return Response(status_code=202)
