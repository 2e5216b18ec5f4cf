"""Fetch documents; each request is returned with its document, its 304 or its error.

    http or https    `http.py`, many at a time, two to a host
    a path           `file.py`, relative to the configuration's folder

A failed fetch is returned as a value and stops no other.  Feeds are hostile: requests, redirects,
connections and memory are bounded before any content is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from digest.errors import FetchError, UnforeseenFetchError
from digest.fetch import file
from digest.fetch.settings import Settings
from digest.model import Document, FeedRequest, NotModified

if TYPE_CHECKING:
    import ssl

    from digest.fetch.hosts import HostAccess, Timer

__all__ = ["FetchAll", "Settings", "expand", "fetch_all"]

AHEAD = 16
"""The most results that wait for the caller; up to `concurrency` more requests are running."""

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)


class FetchAll(Protocol):
    """The type of `fetch_all`, for callers that may be given a replacement."""

    def __call__(
        self,
        requests: Iterable[FeedRequest],
        settings: Settings,
        *,
        root: Path,
        now: datetime,
    ) -> Iterator[tuple[FeedRequest, Document | NotModified | FetchError]]: ...


def fetch_all(
    requests: Iterable[FeedRequest],
    settings: Settings,
    *,
    root: Path,
    now: datetime,
    resolve: Callable[[str, int], Sequence[str]] | None = None,
    tls: Callable[[], ssl.SSLContext] | None = None,
    timer: Callable[[], Timer] | None = None,
    access: HostAccess | None = None,
) -> Iterator[tuple[FeedRequest, Document | NotModified | FetchError]]:
    """Fetch all of `requests`, and yield each with its outcome, in the order of arrival.

    Paths are relative to `root`; `now` is the run's logical time, from which freshness and
    Retry-After are counted.  `resolve` (returns the addresses of a host and a port), `tls` (makes
    the context) and `timer` (makes the clock for the spacing of requests) replace the system's
    own.  `access` says which hosts may be asked, where other processes ask hosts as well.  Closing
    the iterator ends all work.
    """
    web = []
    for request in requests:
        scheme = _SCHEME.match(request.url)
        if scheme and scheme[1].lower() in ("http", "https"):
            web.append(request)
        elif scheme:
            problem = f"{scheme[1]}: is not fetched; a feed is an http or https address, or a path"
            yield request, FetchError(problem, url=request.url, temporary=False)
        else:
            yield request, _read(request, root, settings)
    if web:
        yield from _fetch_web(web, settings, now, resolve, tls, timer, access)


def expand(url: str, root: Path) -> tuple[str, ...]:
    """Return the feed files of the directory `url`, sorted; `url` itself for anything else."""
    return (url,) if _SCHEME.match(url) else file.expand(url, root)


def _read(
    request: FeedRequest, root: Path, settings: Settings
) -> Document | NotModified | FetchError:
    try:
        return file.fetch(request, root=root, max_bytes=settings.max_bytes)
    except FetchError as error:
        return error
    except Exception as bug:  # a bug stops no other feed
        return UnforeseenFetchError(bug, url=request.url)


def _fetch_web(
    requests: Sequence[FeedRequest],
    settings: Settings,
    now: datetime,
    resolve: Callable[[str, int], Sequence[str]] | None,
    tls: Callable[[], ssl.SSLContext] | None,
    timer: Callable[[], Timer] | None,
    access: HostAccess | None,
) -> Iterator[tuple[FeedRequest, Document | NotModified | FetchError]]:
    # asyncio and httpx take longer to import than a run without web feeds takes.
    from digest.fetch.background_loop import iterate
    from digest.fetch.connection import default_tls
    from digest.fetch.guard import lookup
    from digest.fetch.host_pool import HostPool, Put

    async def work(put: Put) -> None:
        hosts = HostPool(
            settings,
            now=now,
            put=put,
            resolve=resolve or lookup,
            tls=tls or default_tls,
            timer=timer() if timer else None,
            access=access,
        )
        await hosts.run(requests)

    return iterate(work, ahead=AHEAD)
