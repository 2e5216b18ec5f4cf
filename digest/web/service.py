"""The objects and values that all pages of the web side share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from urllib.parse import unquote, urlsplit

from anyio import CapacityLimiter
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException

from digest.errors import ConfigError
from digest.model import Digest
from digest.model.pages import Frame
from digest.pipeline import looks, search
from digest.pipeline.output import sign_up
from digest.settings import Config
from digest.store import Store, editions
from digest.store.editions import DigestState
from digest.web.admin.state import AdminState
from digest.web.rate_limiter import ClientLimiter, RequestLimiter
from digest.web.recent import RecentAnswers
from digest.web.request_origin import Network, client, hosts, networks, speaks_for_others
from digest.web.response_cache import ResponseCache
from digest.web.template_state import TemplateState

THREADS = 8
"""The most pages made at once; the store has a connection for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """The parts of a request that pages use."""

    method: str
    headers: Headers
    peer: str | None
    """The address at the other end of the connection."""
    body: bytes = b""
    query: Mapping[str, str] = field(default_factory=dict)
    """The query parameters; the last value of each name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The web side: the current configuration, the store, clocks, caches and limits."""

    config: Callable[[], Config]
    store: Store
    clock: Callable[[], datetime]
    timer: Callable[[], float]
    """The time of a monotonic clock, in seconds."""
    began: datetime
    refreshed: Callable[[], datetime | None]
    """Returns when a refresh last ended since `began`."""
    send: Callable[[Callable[[], object]], bool]
    """Queues work for a background thread; returns False if the queue is full."""
    cache: ResponseCache = field(default_factory=ResponseCache)
    template_state: TemplateState = field(default_factory=TemplateState)
    states: RecentAnswers[DigestState | None] = field(default_factory=RecentAnswers)
    """The stored state of each digest."""
    states_of_search: RecentAnswers[bool] = field(default_factory=RecentAnswers)
    """Whether the database can be searched."""
    metrics: RecentAnswers[bytes] = field(default_factory=RecentAnswers)
    """The figures for Prometheus."""
    sign_ups: ClientLimiter = field(
        default_factory=lambda: ClientLimiter(
            of_network=RequestLimiter(burst=5, every=120), of_all=RequestLimiter(burst=60, every=10)
        )
    )
    """The limit of sign-ups."""
    searches: ClientLimiter = field(
        default_factory=lambda: ClientLimiter(
            of_network=RequestLimiter(burst=30, every=2),
            of_all=RequestLimiter(burst=300, every=0.1),
        )
    )
    """The limit of searches: each costs more than any other page, and no cache holds it."""
    pings: RequestLimiter = field(default_factory=lambda: RequestLimiter(burst=20, every=3))
    """The limit of pings for one subscription at a hub."""
    works: bool = True
    """Whether this process refreshes the feeds; otherwise workers do."""
    mistakes: Callable[[], tuple[ConfigError, ...]] = tuple
    """Returns the mistakes in the configuration file, where another one is in force."""
    admin: AdminState = field(default_factory=AdminState)
    """What the operator's pages remember."""
    threads: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(THREADS))

    def hosts(self) -> frozenset[str]:
        """Return the accepted hosts."""
        web = self.config().web
        return hosts(web.url, web.host)

    def root(self) -> str:
        """Return the path of the web side, with a slash at both ends."""
        url = self.config().web.url
        return urlsplit(url).path if url else "/"

    def prefix(self) -> str:
        """Return the path of the web side decoded, without the slash at the end."""
        return unquote(self.root()).rstrip("/")

    def proxies(self) -> tuple[Network, ...]:
        """Return the trusted proxies beside loopback."""
        return networks(self.config().web.proxies)

    def is_proxy(self, peer: str) -> bool:
        """Say whether `peer` is a trusted proxy."""
        return speaks_for_others(peer, self.proxies())

    def check_rate(self, request: PageRequest, limiter: ClientLimiter) -> None:
        """Raise HTTPException if the client's network, or all together, send too many requests."""
        forwarded = request.headers.getlist("x-forwarded-for")
        wait = limiter.take(client(request.peer, forwarded, self.proxies()), self.timer())
        if wait:
            raise HTTPException(429, headers={"retry-after": str(ceil(wait))})

    def digest(self, name: str) -> Digest | None:
        """Find a digest by name."""
        return next((digest for digest in self.config().digests if digest.name == name), None)

    def state(self, name: str) -> DigestState | None:
        """Return the state of a digest, at most a second old."""

        def ask() -> DigestState | None:
            with self.store.read() as connection:
                return editions.digest_state(connection, name)

        return self.states.get(name, self.timer(), ask)

    def frame(self, digest: Digest | None = None, *, title: str = "") -> Frame:
        """Return the frame of a page, in the language of its digest if it has one.

        `title` is the title of a digest that was removed from the configuration.
        """
        config = self.config()
        look = digest.look if digest else config.render.look
        return Frame(
            title=config.title,
            language=digest.language if digest else config.language,
            timezone=digest.timezone if digest else config.timezone,
            root=self.root(),
            digest=digest.name if digest else "",
            digest_title=digest.title if digest else title,
            templates=config.render.templates,
            look=look,
            logo=looks.logo(look),
        )

    @property
    def searchable(self) -> bool:
        """Say whether the editions can be searched."""
        return self.states_of_search.get("", self.timer(), lambda: search.is_possible(self.store))

    def takes_sign_ups(self, digest: Digest) -> bool:
        """Say whether people may sign up for `digest`."""
        return sign_up(self.config(), digest) is not None
