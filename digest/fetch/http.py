"""One request over HTTP: an errand in; a document, a 304, or the errand's next hop out.

What is sent and what an answer means is decided here (RFC 9110, RFC 9111), what carries it in
`_wire.py`.  Validators go only to the address that gave them, and credentials only to the origin
they were written for.
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

import httpx

from digest import __version__
from digest.errors import FetchError
from digest.fetch import freshness
from digest.fetch.body import Body, BodyError
from digest.fetch.connection import Wire, WireError
from digest.model import Document, FeedRequest, NotModified, Validators

MAX_HOPS = 5
MAX_VALIDATOR = 1_000
"""A longer ETag would come back to us as "431 Request Header Fields Too Large"."""
IDLE_BODY = 64_000
"""How much of the body of a redirect or an error is read; after more, a new connection is less."""
USUAL_PORTS = frozenset({80, 443, 8080, 8443})

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, "
    "application/rdf+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.8, */*;q=0.5"
)

Headers: TypeAlias = list[tuple[bytes, bytes]]
Origin: TypeAlias = tuple[str, str, int]
"""Scheme, host, port."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """A request on its way: what it is for, and where it has got to."""

    request: FeedRequest
    start: httpx.URL
    """Without credentials, as all addresses here."""
    authorization: bytes | None = None
    hops: tuple[httpx.URL, ...] = ()
    """The redirects followed so far; the last is where to ask next."""
    permanent: bool = True
    """Every one of them was permanent."""
    left: float
    """Seconds that it may still take."""

    @property
    def url(self) -> httpx.URL:
        return self.hops[-1] if self.hops else self.start

    @property
    def origin(self) -> Origin:
        return origin(self.url)


def origin(url: httpx.URL) -> Origin:
    """Give scheme, host and port of an address."""
    return url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80)


def set_out(request: FeedRequest, timeout: timedelta) -> Errand:
    """Make the errand of a request; raise `FetchError` where the address is no web address."""
    try:
        written = httpx.URL(request.url)
    except (httpx.InvalidURL, ValueError) as error:
        # Neither the error nor the address is shown whole: they may hold a password.
        shown = re.sub(r"//.*@", "//", request.url)
        raise FetchError("this is no web address", url=shown, temporary=False) from error
    url = _bare(written)
    if not url.host:
        raise FetchError("this address names no host", url=str(url), temporary=False)
    userinfo = f"{written.username}:{written.password}".encode()
    return Errand(
        request=request,
        start=url,
        authorization=b"Basic " + b64encode(userinfo) if written.userinfo else None,
        left=timeout.total_seconds(),
    )


def _bare(url: httpx.URL) -> httpx.URL:
    """Drop credentials and fragment."""
    return url.copy_with(userinfo=b"", fragment=None) if url.userinfo or url.fragment else url


def own_headers(contact: str | None) -> Headers:
    """Give the headers that say who asks, for what."""
    agent = f"digest/{__version__}" + (f" (+{contact})" if contact else "")
    return [
        (b"User-Agent", agent.encode("ascii")),
        (b"Accept", ACCEPT.encode("ascii")),
        (b"Accept-Encoding", b"gzip, deflate"),
    ]


async def take(
    errand: Errand, wire: Wire, *, headers: Headers, max_bytes: int, now: datetime
) -> Document | NotModified | Errand:
    """Ask the errand's address once; raise `FetchError` where that leads nowhere."""
    conditions = list(_conditions(errand))
    try:
        response = await wire.get(errand.url, [*headers, *_authorization(errand), *conditions])
        try:
            return await _read(errand, response, bool(conditions), max_bytes, now)
        finally:
            await response.aclose()
    except WireError as error:
        raise FetchError(str(error), url=str(errand.url), temporary=error.temporary) from error


async def _read(
    errand: Errand, response: httpx.Response, conditional: bool, max_bytes: int, now: datetime
) -> Document | NotModified | Errand:
    status = response.status_code
    if status in (200, 203):
        return Document(
            url=str(errand.url),
            media_type=response.headers.get("content-type"),
            body=await _body(errand, response, max_bytes),
            validators=_validators(errand, response),
            fresh_until=freshness.fresh_until(response.headers, now),
            permanent_url=_permanent_url(errand),
        )
    await _drain(response)
    if status == 304 and conditional:
        return NotModified(
            validators=_validators(errand, response),
            fresh_until=freshness.fresh_until(response.headers, now),
            permanent_url=_permanent_url(errand),
        )
    retry_after = freshness.retry_after(response.headers, now, limited=status in (403, 429))
    if status in (301, 302, 303, 307, 308) and retry_after is None:
        return _follow(errand, response)
    raise FetchError(
        _refusal(errand, status),
        url=str(errand.url),
        status=status,
        retry_after=retry_after,
        temporary=status != 410,
    )


# --- what is sent --------------------------------------------------------------------------------


def _conditions(errand: Errand) -> Iterator[tuple[bytes, bytes]]:
    """Yield the conditions of RFC 9110, 13.1, if this address gave the validators."""
    validators = errand.request.validators
    if str(errand.url) != (validators.url or str(errand.start)):
        return
    if validators.etag:
        yield b"If-None-Match", validators.etag.encode("latin-1")
    if validators.last_modified:
        yield b"If-Modified-Since", validators.last_modified.encode("latin-1")


def _authorization(errand: Errand) -> Iterator[tuple[bytes, bytes]]:
    if errand.authorization and (
        errand.origin == origin(errand.start) or _upgraded(errand.start, errand.url)
    ):
        yield b"Authorization", errand.authorization


def _upgraded(start: httpx.URL, url: httpx.URL) -> bool:
    """Tell whether `url` is the same host as `start`, over https instead of http."""
    return origin(start) == ("http", start.host, 80) and origin(url) == ("https", start.host, 443)


# --- what the answer means -----------------------------------------------------------------------


def _validators(errand: Errand, response: httpx.Response) -> Validators:
    """Take the validators byte for byte, with the address that gave them."""
    given = {
        name: value.decode("latin-1")
        for key, value in reversed(response.headers.raw)
        if (name := key.lower()) in (b"etag", b"last-modified") and len(value) <= MAX_VALIDATOR
    }
    if not given:
        return Validators()
    return Validators(
        etag=given.get(b"etag"),
        last_modified=given.get(b"last-modified"),
        url=str(errand.url),
    )


def _permanent_url(errand: Errand) -> str | None:
    """Give where permanent redirects alone led; with credentials the operator must decide."""
    if errand.hops and errand.permanent and not errand.authorization:
        return str(errand.url)
    return None


async def _body(errand: Errand, response: httpx.Response, max_bytes: int) -> bytes:
    try:
        body = Body(response.headers.get("content-encoding", ""), max_bytes)
        async with aclosing(Wire.pieces(response)) as pieces:
            async for piece in pieces:
                body.add(piece)
        return body.finish()
    except BodyError as error:
        raise FetchError(f"the body {error}", url=str(errand.url), status=200) from error


async def _drain(response: httpx.Response) -> None:
    """Read what nobody wants, so that the connection can be kept; where that fails, it is not."""
    size = 0
    with suppress(WireError):
        async with aclosing(Wire.pieces(response)) as pieces:
            async for piece in pieces:
                size += len(piece)
                if size > IDLE_BODY:
                    return


def _follow(errand: Errand, response: httpx.Response) -> Errand:
    """Take a redirect's next hop; each is checked as the first was (RFC 9110, 15.4)."""
    status = response.status_code

    def refuse(why: str) -> FetchError:
        return FetchError(f"{_subject(errand)} {why}", url=str(errand.url), status=status)

    location = response.headers.get("location")
    if not location:
        raise refuse("redirects, but does not say where")
    try:
        url = _bare(errand.url.join(location))
    except (httpx.InvalidURL, ValueError) as error:
        raise refuse("redirects to what is no address") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise refuse(f"redirects to {_shown(url)}, which is not fetched")
    if origin(url)[2] not in {*USUAL_PORTS, origin(errand.start)[2]}:
        raise refuse(f"redirects to {_shown(url)}, a port where no feed is looked for")
    if url == errand.start or url in errand.hops:
        raise refuse(f"redirects in a circle, to {_shown(url)}")
    if len(errand.hops) == MAX_HOPS:
        raise refuse(f"redirects more than {MAX_HOPS} times")
    return replace(
        errand,
        hops=(*errand.hops, url),
        permanent=errand.permanent and status in (301, 308),
    )


def _refusal(errand: Errand, status: int) -> str:
    if status == 304:
        return f"{_subject(errand)} answers 304 Not Modified, though it was not asked conditionally"
    if status == 410:
        return f"{_subject(errand)} says that the feed is gone for good (410 Gone)"
    return f"{_subject(errand)} answers {_phrase(status)}"


def _phrase(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _subject(errand: Errand) -> str:
    return _shown(errand.url) if errand.hops else "the server"


def _shown(url: httpx.URL, length: int = 200) -> str:
    written = str(url)
    return written if len(written) <= length else written[: length - 1] + "…"
