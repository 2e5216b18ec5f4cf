"""Check host, size and method of every request; set security headers; log requests.

Every response has the security headers, error pages included.  The log holds neither addresses of
people nor tokens.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digest.web.request_origin import host_name
from digest.web.responses import ALWAYS

PAGE_METHODS = ("GET", "HEAD", "POST")
"""The methods of pages."""
METHODS = (*PAGE_METHODS, "PATCH", "DELETE")
"""The methods of the API for machines."""
WATCHED = ("/healthz", "/readyz", "/metrics")
"""Pages for programs that watch, which ask for an address or a short name of their own network."""
_LONGEST = 1024
"""The most characters of a path with its query."""
_LARGEST = 16_384
"""The most bytes of all headers together."""

logger = logging.getLogger("digest.web")

Refuse = Callable[[Scope, int], ASGIApp]


class Gate:
    """Pass requests for one of `hosts()` to `app`; refuse all others through `refuse`.

    `prefix()` is the path of the web side without a final slash; it is removed from each path.  A
    proxy may have removed it already.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        hosts: Callable[[], frozenset[str]],
        prefix: Callable[[], str],
        refuse: Refuse,
    ) -> None:
        self._app = app
        self._hosts = hosts
        self._prefix = prefix
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http", "the server is set up to speak nothing else"
        full_path: str = scope["path"]
        scope = {**scope, "path": _below(full_path, self._prefix()), "root_path": ""}
        begun = time.perf_counter()
        status = length = 0

        async def respond(message: Message) -> None:
            nonlocal status, length
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in ALWAYS.items():
                    headers.setdefault(name, value)
            elif message["type"] == "http.response.body":
                if scope["method"] == "HEAD":
                    message = {**message, "body": b""}
                length += len(message.get("body", b""))
            await send(message)

        problem = self._problem(scope)
        try:
            await (self._refuse(scope, problem) if problem else self._app)(scope, receive, respond)
        finally:
            took = (time.perf_counter() - begun) * 1000
            path = harmless(full_path)
            logger.info("%s %s %d %d bytes %.0f ms", scope["method"], path, status, length, took)

    def _problem(self, scope: Scope) -> int | None:
        """Return the status for refusing a request; ``None`` to accept it."""
        if len(scope["raw_path"]) + len(scope["query_string"]) > _LONGEST:
            return 414
        if sum(len(name) + len(value) + 4 for name, value in scope["headers"]) > _LARGEST:
            return 431
        if scope["method"] not in methods_at(scope["path"]):
            return 405
        headers = Headers(scope=scope)
        host = host_name(headers.get("host", ""))
        if host is None or ("content-length" in headers and "transfer-encoding" in headers):
            return 400  # a proxy before us may have used the other length
        if host not in self._hosts() and not (scope["path"] in WATCHED and _is_local(host)):
            return 421
        return 404 if scope["path"].endswith("\n") else None  # the $ of a route would accept it


def methods_at(path: str) -> tuple[str, ...]:
    """Return the methods that addresses like `path` may have; `path` is below the prefix."""
    return METHODS if path == "/api" or path.startswith("/api/") else PAGE_METHODS


def _is_local(host: str) -> bool:
    """Say whether `host` is an address or a name without a dot.

    No page of the public web can lead a browser here by such a name (DNS rebinding).
    """
    return "." not in host or host.replace(".", "").isdigit()


def _below(path: str, prefix: str) -> str:
    """Return `path` without `prefix`, if it has that prefix."""
    if prefix and (path == prefix or path.startswith(f"{prefix}/")):
        return path[len(prefix) :]
    return path


def harmless(path: str) -> str:
    """Return a path for the log, without tokens, addresses and control characters.

    >>> harmless("/daily/unsubscribe/7-gbzwrcfsaeyqxafpps43oeim"), harmless("/jane@example.org/x")
    ('/daily/unsubscribe/…', '/…/x')
    """
    path = re.sub(r"(?i)/(confirm|unsubscribe|hub)/.*", r"/\1/…", path, flags=re.DOTALL)
    path = re.sub(r"[^/]*(@|%40|[0-9]-[A-Za-z2-7]{20})[^/]*", "…", path)
    return "".join(sign if sign.isprintable() and sign != " " else "?" for sign in path[:200])
