"""Publishers under a virtual clock: what `fetch.fetch_all` would bring, without a network.

    web = VirtualWeb([VirtualFeed("https://a.example/feed", evenly(20), window=10)])
    pipeline.refresh(config, store, now, fetch_all=web.fetch_all)
    web.log                         # each request: when, for what, conditional or not, the status

Each feed publishes at moments of its own and shows its newest entries.  Headers are read by the
program's own rules (`digest.fetch.time_headers`), so a test says what a server sends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from digest.errors import FetchError, HostClosedError
from digest.fetch import Settings, time_headers
from digest.model import Document, FeedRequest, NotModified, Validators
from support.house import item

DAY = timedelta(days=1)
Outcome = Document | NotModified | FetchError


def evenly(a_day: float, begin: datetime, days: float) -> list[datetime]:
    """So many entries a day, for so many days."""
    return [begin + number * DAY / a_day for number in range(round(days * a_day))]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request and its answer."""

    at: datetime
    url: str
    conditional: bool
    status: int


@dataclass(kw_only=True)
class VirtualFeed:
    """A feed and its server."""

    url: str
    publishes: Sequence[datetime]
    window: int = 10
    name: str = ""
    archives: str = ""
    """How older entries are offered: "" (not at all), "rfc5005" or "wordpress"."""
    headers: Mapping[str, str] = field(default_factory=dict)
    headers_of_304: Mapping[str, str] | None = None
    """Those of `headers` where they are not named."""
    channel: str = ""
    """More elements of the channel, such as its ttl."""
    validators: bool = True
    ignores_validators: bool = False
    redirect: tuple[int, str] | None = None
    """A status and an address that it leads to."""
    status: int = 200

    def __post_init__(self) -> None:
        self.name = self.name or (urlsplit(self.url).hostname or "")

    def ids(self, now: datetime) -> list[str]:
        """The ids of all entries so far, oldest first."""
        return [f"{self.name}-{n}" for n, moment in enumerate(self.publishes) if moment <= now]

    def document(self, now: datetime, page: int) -> bytes:
        """The page of the feed: 1 is the newest."""
        there = [(n, moment) for n, moment in enumerate(self.publishes) if moment <= now]
        end = len(there) - (page - 1) * self.window
        shown = there[max(0, end - self.window) : max(0, end)][::-1]
        more = self.channel
        if self.archives == "rfc5005" and end > self.window:
            older = f"{self.url}?page={page + 1}"
            more += f'<atom:link rel="prev-archive" href="{older}"/>'
        if self.archives == "wordpress":
            more += "<generator>https://wordpress.org/?v=6.4</generator>"
        items = "".join(
            item(f"{self.name}-{n}", published=moment, title=f"{self.name} tells of number {n}")
            for n, moment in shown
        )
        return (
            '<?xml version="1.0"?><rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom">'
            f"<channel><title>{self.name}</title><link>https://{self.name}/</link>"
            f"{more}{items}</channel></rss>"
        ).encode()


class VirtualWeb:
    """All the publishers, and what they were asked."""

    def __init__(self, feeds: Iterable[VirtualFeed]) -> None:
        self.feeds = {feed.url: feed for feed in feeds}
        self.log: list[Asked] = []
        self.limited: dict[str, tuple[int, timedelta]] = {}
        """Hosts that answer so many requests in so much time, and 429 to the others."""
        self._answered: dict[str, list[datetime]] = {}

    def fetch_all(
        self, requests: Iterable[FeedRequest], settings: Settings, *, root: Path, now: datetime
    ) -> Iterator[tuple[FeedRequest, Outcome]]:
        closed: dict[str, datetime] = {}
        for request in requests:
            host = urlsplit(request.url).hostname or ""
            if host in closed:
                yield request, HostClosedError("not asked", url=request.url, until=closed[host])
                continue
            outcome = self._outcome(request, now)
            if isinstance(outcome, FetchError) and outcome.closes:
                closed[host] = outcome.closes[1]
            yield request, outcome

    def asked(self, url: str, *, status: int | None = None) -> list[datetime]:
        """When a feed was asked."""
        return [one.at for one in self.log if one.url == url and status in (None, one.status)]

    def _outcome(self, request: FeedRequest, now: datetime) -> Outcome:
        url, permanent = request.url, True
        hops = 0
        while True:
            address, _, query = url.partition("?")
            feed = self.feeds.get(url) or self.feeds[address]
            if feed.redirect is None or hops > 5:
                break
            status, target = feed.redirect
            self._note(now, url, False, status)
            permanent = permanent and status in (301, 308)
            url, hops = target, hops + 1
        return self._answer(request, feed, url, query, now, url if hops and permanent else None)

    def _answer(
        self,
        request: FeedRequest,
        feed: VirtualFeed,
        url: str,
        query: str,
        now: datetime,
        permanent_url: str | None,
    ) -> Outcome:
        wait = self._refused(url, now)
        if wait is not None:
            self._note(now, url, False, 429)
            error = FetchError("429", url=url, status=429, retry_after=now + wait)
            error.closes = (urlsplit(url).hostname or "", now + wait)
            return error
        if feed.status != 200:
            self._note(now, url, False, feed.status)
            headers = dict(feed.headers)
            later = time_headers.retry_after(headers, now, limited=feed.status in (403, 429))
            return FetchError(f"{feed.status}", url=url, status=feed.status, retry_after=later)
        asked = parse_qs(query)
        page = int((asked.get("page") or asked.get("paged") or ["1"])[0])
        body = feed.document(now, page)
        etag = f'"{feed.name}-{len(feed.ids(now))}-{page}"'
        sent = request.validators
        conditional = bool(sent.etag) and sent.url in (None, url)
        if conditional and sent.etag == etag and not feed.ignores_validators:
            headers = feed.headers if feed.headers_of_304 is None else feed.headers_of_304  # type: ignore[assignment]
            self._note(now, url, True, 304)
            return NotModified(
                fresh_until=time_headers.fresh_until(headers, now),
                max_age=time_headers.max_age(headers),
                silent=time_headers.is_silent(headers),
                permanent_url=permanent_url,
            )
        self._note(now, url, conditional, 200)
        given = Validators(etag=etag, url=url) if feed.validators else Validators()
        return Document(
            url=url,
            media_type="application/rss+xml",
            body=body,
            validators=given,
            fresh_until=time_headers.fresh_until(feed.headers, now),
            max_age=time_headers.max_age(feed.headers),
            permanent_url=permanent_url,
        )

    def _refused(self, url: str, now: datetime) -> timedelta | None:
        host = urlsplit(url).hostname or ""
        if host not in self.limited:
            return None
        most, span = self.limited[host]
        answered = [moment for moment in self._answered.get(host, []) if now - moment < span]
        self._answered[host] = answered
        if len(answered) >= most:
            return answered[0] + span - now
        answered.append(now)
        return None

    def _note(self, at: datetime, url: str, conditional: bool, status: int) -> None:
        self.log.append(Asked(at=at, url=url, conditional=conditional, status=status))
