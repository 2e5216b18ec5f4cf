"""Build an HTTP request for a feed and interpret its answer (RFC 9110, RFC 9111).

`connection` transfers both.  A pending request holds the redirects that it has followed; one
exchange results in a document, a 304, or the pending request with its next hop.  Validators go only
to the address that gave them, credentials only to the origin they were written for, cookies only to
the hosts that set them, within this request.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TypeAlias

from digest import __version__
from digest.errors import FetchError
from digest.fetch import cookies, time_headers
from digest.fetch.body import AnswerBody, BodyError
from digest.fetch.connection import BodyCutError, HttpAnswer, NoAnswerError, OriginConnection
from digest.fetch.link_header import link_of
from digest.model import Document, FeedRequest, NotModified, Validators
from digest.net.url_parts import WebAddress, web_address

MAX_HOPS = 20
"""The most redirects that are followed, as in a browser (Fetch standard, 4.4)."""
MAX_VALIDATOR = 1_000
"""The most bytes of a validator: a server may answer a longer one with 431 (headers too large)."""
IDLE_BODY = 64_000
"""The most bytes that are read of the body of a redirect or error; for more, a new connection is
cheaper."""
USUAL_PORTS = frozenset({80, 443, 8080, 8443})

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, "
    "application/rdf+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.8, */*;q=0.5"
)

Headers: TypeAlias = list[tuple[bytes, bytes]]
Origin: TypeAlias = tuple[str, str, int]
"""Scheme, host, port."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingRequest:
    """A feed request with the redirects that it has followed."""

    request: FeedRequest
    start: WebAddress
    authorization: bytes | None = None
    hops: tuple[WebAddress, ...] = ()
    """The redirects followed so far; the next request goes to the last one."""
    permanent: bool = True
    """Whether all of these redirects were permanent."""
    cookies: tuple[cookies.Cookie, ...] = ()
    """The cookies that the hops so far have set."""
    left: float
    """The seconds that are left before the deadline."""

    @property
    def url(self) -> WebAddress:
        return self.hops[-1] if self.hops else self.start

    @property
    def origin(self) -> Origin:
        return origin(self.url)


def origin(url: WebAddress) -> Origin:
    """Return scheme, host and port of an address."""
    return url.scheme, url.host, url.port


def pending_request(request: FeedRequest, timeout: timedelta) -> PendingRequest:
    """Return a pending request; raise `FetchError` if the address is no web address."""
    address = web_address(request.url)
    if address is None:
        raise FetchError("this is no web address", url=_hidden(request.url), temporary=False)
    login = re.sub("%([0-9a-fA-F]{2})", lambda code: chr(int(code[1], 16)), address.login)
    login = login if ":" in login else f"{login}:"
    return PendingRequest(
        request=request,
        start=replace(address, login=""),
        authorization=b"Basic " + b64encode(login.encode("latin-1", "replace"))
        if address.login
        else None,
        left=timeout.total_seconds(),
    )


def _hidden(address: str) -> str:
    """Return an invalid address without the part that may be a password."""
    return re.sub(r"//.*@", "//", address, flags=re.DOTALL)


def own_headers(contact: str | None) -> Headers:
    """Return the headers that identify this program and the accepted formats."""
    agent = f"digest/{__version__}" + (f" (+{contact})" if contact else "")
    return [
        (b"User-Agent", agent.encode("ascii")),
        (b"Accept", ACCEPT.encode("ascii")),
        (b"Accept-Encoding", b"gzip, deflate"),
    ]


async def send(
    pending: PendingRequest,
    connection: OriginConnection,
    *,
    headers: Headers,
    max_bytes: int,
    now: datetime,
) -> Document | NotModified | PendingRequest:
    """Send a pending request to its current address; raise `FetchError` if there is no result."""
    conditions = list(_conditions(pending))
    own = _own_headers(pending)
    replaced = {name.lower() for name, _ in own}
    usual = [*headers, *_authorization(pending), *_cookies(pending)]
    sent = [*(pair for pair in usual if pair[0].lower() not in replaced), *own, *conditions]
    try:
        answer = await connection.get(pending.url, sent)
        async with aclosing(answer.pieces):
            return await _outcome(pending, answer, bool(conditions), max_bytes, now)
    except NoAnswerError as error:
        raise FetchError(
            str(error), url=str(pending.url), temporary=error.temporary, local=error.local
        ) from error


async def _outcome(
    pending: PendingRequest, answer: HttpAnswer, conditional: bool, max_bytes: int, now: datetime
) -> Document | NotModified | PendingRequest:
    status = answer.status
    if status in (200, 203) or (status == 206 and _begins_at_zero(answer)):
        return await _document(pending, answer, max_bytes, now)
    await _drain(answer)
    if status == 304 and conditional:
        return NotModified(
            validators=_validators(pending, answer),
            fresh_until=time_headers.fresh_until(answer.headers, now),
            permanent_url=_permanent_url(pending),
        )
    retry_after = time_headers.retry_after(answer.headers, now, limited=status in (403, 429))
    located = status in (301, 302, 303, 307, 308) or (
        status == 300 and "location" in answer.headers
    )
    if located and retry_after is None:
        return _follow(pending, answer)
    raise FetchError(
        _refusal(pending, status),
        url=str(pending.url),
        status=status,
        retry_after=retry_after,
        temporary=status != 410,
    )


async def _document(
    pending: PendingRequest, answer: HttpAnswer, max_bytes: int, now: datetime
) -> Document:
    """Read the body.  A document that is cut gets no validators: a later one must not equal it."""
    body, cut = await _body(pending, answer, max_bytes)
    links = answer.headers.get("link", "")
    return Document(
        url=str(pending.url),
        media_type=answer.headers.get("content-type"),
        body=body,
        validators=Validators() if cut else _validators(pending, answer),
        fresh_until=None if cut else time_headers.fresh_until(answer.headers, now),
        permanent_url=_permanent_url(pending),
        cut=cut,
        hub=link_of(links, "hub", pending.url) if links else None,
        self_link=link_of(links, "self", pending.url) if links else None,
    )


# --- request headers -----------------------------------------------------------------------------


def _conditions(pending: PendingRequest) -> Iterator[tuple[bytes, bytes]]:
    """Yield the conditions of RFC 9110, 13.1, if this address gave the validators."""
    validators = pending.request.validators
    if str(pending.url) != (validators.url or str(pending.start)):
        return
    if validators.etag:
        yield b"If-None-Match", validators.etag.encode("latin-1", "replace")
    if validators.last_modified:
        yield b"If-Modified-Since", validators.last_modified.encode("latin-1", "replace")


def _authorization(pending: PendingRequest) -> Iterator[tuple[bytes, bytes]]:
    if pending.authorization and (
        pending.origin == origin(pending.start) or _upgraded(pending.start, pending.url)
    ):
        yield b"Authorization", pending.authorization


def _own_headers(pending: PendingRequest) -> Headers:
    """Return the configured headers of this feed, which only its own host gets."""
    at_home = pending.origin == origin(pending.start) or _upgraded(pending.start, pending.url)
    if not at_home:
        return []
    return [
        (name.encode("ascii"), value.encode("utf-8")) for name, value in pending.request.headers
    ]


def _cookies(pending: PendingRequest) -> Iterator[tuple[bytes, bytes]]:
    if value := cookies.header(pending.cookies, pending.url):
        yield b"Cookie", value


def _upgraded(start: WebAddress, url: WebAddress) -> bool:
    """Return whether `url` is the same host as `start`, over https instead of http."""
    return origin(start) == ("http", start.host, 80) and origin(url) == ("https", start.host, 443)


# --- answers -------------------------------------------------------------------------------------


def _validators(pending: PendingRequest, answer: HttpAnswer) -> Validators:
    """Return the validators byte for byte, with the address that gave them."""
    given = {
        name: value.decode("latin-1")
        for name, value in reversed(answer.head.lines)
        if name in (b"etag", b"last-modified") and _can_be_sent(value)
    }
    if not given:
        return Validators()
    return Validators(
        etag=given.get(b"etag"),
        last_modified=given.get(b"last-modified"),
        url=str(pending.url),
    )


def _can_be_sent(value: bytes) -> bool:
    return len(value) <= MAX_VALIDATOR and not re.search(rb"[\0-\x08\x0a-\x1f\x7f]", value)


def _permanent_url(pending: PendingRequest) -> str | None:
    """Return the target of permanent redirects; with credentials ``None``: the operator decides."""
    if pending.hops and pending.permanent and not pending.authorization:
        return str(pending.url)
    return None


async def _body(pending: PendingRequest, answer: HttpAnswer, max_bytes: int) -> tuple[bytes, bool]:
    """Return the body, and whether it ended early; raise `FetchError` if there is none."""
    cut = _is_part(answer)
    try:
        body = AnswerBody(answer.headers.get("content-encoding", ""), max_bytes)
        try:
            async for piece in answer.pieces:
                body.add(piece)
        except BodyCutError:
            cut = True
        whole = body.finish()
    except BodyError as error:
        raise FetchError(f"the body {error}", url=str(pending.url), status=200) from error
    cut = cut or body.cut
    if cut and not whole:
        raise FetchError("the answer broke off before its end", url=str(pending.url), status=200)
    return whole, cut


_RANGE = re.compile(r"\s*bytes\s+(\d+)-(\d+)/(\d+|\*)\s*", re.ASCII)


def _begins_at_zero(answer: HttpAnswer) -> bool:
    """Return whether an unrequested 206 holds at least the beginning of the document."""
    found = _RANGE.fullmatch(answer.headers.get("content-range", "bytes 0-0/*"))
    return found is not None and not found[1].strip("0")


def _is_part(answer: HttpAnswer) -> bool:
    """Return whether a 206 says that it is not the whole document."""
    found = _RANGE.fullmatch(answer.headers.get("content-range", ""))
    return (
        answer.status == 206
        and found is not None
        and found[3] != "*"
        and found[2].lstrip("0") != str(int(found[3][:20]) - 1)
    )


async def _drain(answer: HttpAnswer) -> None:
    """Read an unwanted body, so that the connection can be kept."""
    size = 0
    with suppress(NoAnswerError):
        async for piece in answer.pieces:
            size += len(piece)
            if size > IDLE_BODY:
                return


def _follow(pending: PendingRequest, answer: HttpAnswer) -> PendingRequest:
    """Return the request with its next hop, checked as the first address was (RFC 9110, 15.4)."""
    status = answer.status

    def refuse(why: str) -> FetchError:
        return FetchError(f"{_subject(pending)} {why}", url=str(pending.url), status=status)

    location = answer.head.all(b"location")
    if not location or not location[0]:
        raise refuse("redirects, but does not say where")
    written = _text(location[0])
    url = web_address(written, pending.url)
    if url is None and re.match(r"\s*(?!https?:)[a-z][a-z0-9+.-]*:", written, re.IGNORECASE):
        raise refuse(f"redirects to {_shown(_hidden(written))}, which is not fetched")
    if url is None:
        raise refuse("redirects to what is no address")
    url = replace(url, login="")
    if url.port not in {*USUAL_PORTS, pending.start.port}:
        raise refuse(f"redirects to {_shown(url)}, a port where no feed is looked for")
    jar = cookies.remembered(pending.cookies, answer.head.all(b"set-cookie"), pending.url)
    if jar == pending.cookies and (url == pending.start or url in pending.hops):
        raise refuse(f"redirects in a circle, to {_shown(url)}")
    if len(pending.hops) == MAX_HOPS:
        raise refuse(f"redirects more than {MAX_HOPS} times")
    return replace(
        pending,
        hops=(*pending.hops, url),
        permanent=pending.permanent and status in (301, 308),
        cookies=jar,
    )


def _text(value: bytes) -> str:
    """Decode a header that holds an address: as UTF-8 if it is valid, since many send it raw."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _refusal(pending: PendingRequest, status: int) -> str:
    if status == 304:
        return (
            f"{_subject(pending)} answers 304 Not Modified, though it was not asked conditionally"
        )
    if status == 410:
        return f"{_subject(pending)} says that the feed is gone for good (410 Gone)"
    return f"{_subject(pending)} answers {_phrase(status)}"


def _phrase(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _subject(pending: PendingRequest) -> str:
    return _shown(pending.url) if pending.hops else "the server"


def _shown(url: WebAddress | str, length: int = 200) -> str:
    written = str(url)
    written = "".join(
        sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in written
    )
    return written if len(written) <= length else written[: length - 1] + "…"
