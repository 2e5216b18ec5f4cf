"""The gate that every request passes: for which host, how long, by which method.

Whatever is answered, by us or by a mistake of ours, bears the headers that keep a browser from
making more of it; and what is logged names neither people nor their tokens.
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

METHODS = ("GET", "HEAD", "POST")
_LONGEST = 1024
"""Characters of a path and its query."""
_LARGEST = 16_384
"""Bytes of all headers together."""

logger = logging.getLogger("digest.web")

Refuse = Callable[[Scope, int], ASGIApp]


class Gate:
    """Let through to `app` what is for one of `hosts()`; answer everything else by `refuse`.

    `prefix()` is the path that everything is below, without a slash at its end; it is taken off.
    A proxy may have done so already.
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
        asked: str = scope["path"]
        scope = {**scope, "path": _below(asked, self._prefix()), "root_path": ""}
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
            path = harmless(asked)
            logger.info("%s %s %d %d bytes %.0f ms", scope["method"], path, status, length, took)

    def _problem(self, scope: Scope) -> int | None:
        """Return the status to refuse with."""
        if len(scope["raw_path"]) + len(scope["query_string"]) > _LONGEST:
            return 414
        if sum(len(name) + len(value) + 4 for name, value in scope["headers"]) > _LARGEST:
            return 431
        if scope["method"] not in METHODS:
            return 405
        headers = Headers(scope=scope)
        host = host_name(headers.get("host", ""))
        if host is None or ("content-length" in headers and "transfer-encoding" in headers):
            return 400  # of two lengths, a proxy before us may have believed the other
        if host not in self._hosts():
            return 421
        return 404 if scope["path"].endswith("\n") else None  # the $ of a route would ignore it


def _below(path: str, prefix: str) -> str:
    """Take `prefix` off `path`, where it is there."""
    if prefix and (path == prefix or path.startswith(f"{prefix}/")):
        return path[len(prefix) :]
    return path


def harmless(path: str) -> str:
    """Write a path as it may be logged: no token, no address, nothing that a terminal obeys.

    >>> harmless("/daily/unsubscribe/7-gbzwrcfsaeyqxafpps43oeim"), harmless("/jane@example.org/x")
    ('/daily/unsubscribe/…', '/…/x')
    """
    path = re.sub(r"(?i)/(confirm|unsubscribe|hub)/.*", r"/\1/…", path, flags=re.DOTALL)
    path = re.sub(r"[^/]*(@|%40|[0-9]-[A-Za-z2-7]{20})[^/]*", "…", path)
    return "".join(sign if sign.isprintable() and sign != " " else "?" for sign in path[:200])
