"""The web side of `digest serve --web`: editions, feeds, search, and sign-up for mails.

    /                          the digests there are
    /NAME/                     the archive; archive/...: its months, and closed pages of feeds
    /NAME/atom.xml             and editions.xml, feed.json
    /NAME/SLOT/                an edition, for ever
    /NAME/subscribe            sign-up, where mail goes to subscribers
    /NAME/confirm/TOKEN        a button that confirms it
    /NAME/unsubscribe/TOKEN    a button that ends it; one POST is enough (RFC 8058)
    /search, /NAME/search      stories of past editions: ?q=WORDS
    /robots.txt, /sitemap.xml  for search engines
    /healthz, /readyz          "ok", or what is wrong: with the process, or with what it needs
    /metrics                   figures for Prometheus, for the networks of ``web.metrics_from``
    /hub/TOKEN                 where the hub of a feed sends what is new (WebSub)
    /admin/, /api/             the operator's pages and their API, with ``[web.admin]`` only

All paths are below the path of ``web.url``.  For visitors there are no logins, cookies, counters or
scripts; without a token they can read published content only.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from digest.errors import ConfigError
from digest.settings import Config
from digest.store import Store
from digest.web.app import application
from digest.web.background_queue import background_queue
from digest.web.request_origin import is_loopback
from digest.web.server import answering, listen
from digest.web.service import Service

__all__ = ["Service", "address", "application", "open_socket", "serving"]


def open_socket(config: Config) -> socket.socket:
    """Open the socket of the configured host and port.

    Raises ConfigError if other machines can connect but ``web.url`` is not set, or if a proxy names
    the operator but ``web.proxies`` names no proxy; DigestError if the port is taken.
    """
    web = config.web
    if web.url is None and not is_loopback(web.host):
        raise ConfigError(
            f"at {web.host} others can come: set web.url, the address by which they do",
            key="web.host",
        )
    if web.admin and web.admin.proxy_header and not web.proxies:
        raise ConfigError(
            "only a proxy in web.proxies is believed: name its address there "
            '("127.0.0.1" for one on this machine)',
            key="web.admin.proxy_header",
        )
    return listen(web.host, web.port)


def address(config: Config) -> str:
    """Return ``web.url``, or else the address where the program listens."""
    host = f"[{config.web.host}]" if ":" in config.web.host else config.web.host
    return config.web.url or f"http://{host}:{config.web.port}/"


@contextmanager
def serving(
    config: Callable[[], Config],
    store: Store,
    listener: socket.socket,
    *,
    clock: Callable[[], datetime],
    refreshed: Callable[[], datetime | None],
    mistakes: Callable[[], tuple[ConfigError, ...]] = tuple,
    works: bool = True,
    stop: threading.Event,
) -> Iterator[None]:
    """Serve at `listener` until the block is left or `stop` is set.

    `config` returns the current configuration, `refreshed` the time when a refresh last ended, and
    `mistakes` those of the configuration file if it is not in force.  Without `works`, other
    processes refresh the feeds.
    """
    with background_queue(stop) as send:
        service = Service(
            config=config,
            store=store,
            clock=clock,
            timer=time.monotonic,
            began=clock(),
            refreshed=refreshed,
            mistakes=mistakes,
            works=works,
            send=send,
        )
        with answering(application(service), listener, stop, is_proxy=service.is_proxy):
            yield
