"""Pages for programs that watch the service: is it alive, can it work, and its figures.

`/metrics` is for Prometheus (prometheus.io/docs/instrumenting/exposition_formats).  It is there for
the networks of ``web.metrics_from`` only; to everybody else it does not exist.  No label names a
feed, a host, a person or a secret; their values are digests and channels of the configuration,
states of deliveries, and classes of failures.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response

from digest import __version__
from digest.diagnostics import figures
from digest.errors import StoreError
from digest.resources import install_command
from digest.store import editions
from digest.web.request_origin import client, networks
from digest.web.service import PageRequest, Service

if TYPE_CHECKING:
    from prometheus_client.core import Metric

    from digest.diagnostics.figures import ServiceFigures

_STALE = 3600
"""After so many seconds without the end of a refresh something is wrong."""
_NEVER_STORED = {"cache-control": "no-store"}


def health(service: Service, request: PageRequest) -> Response:
    """Say whether this process is alive: whether its refreshes end.

    A database that is away is no reason to restart the process.
    """
    return _answer(service, _staleness(service))


def readiness(service: Service, request: PageRequest) -> Response:
    """Say whether requests can be answered: whether the process lives and reads its database."""
    problem = _staleness(service)
    try:
        with service.store.read() as connection:
            editions.digest_state(connection, "")
    except StoreError:
        problem = "the store cannot be read"
    return _answer(service, problem)


def _staleness(service: Service) -> str | None:
    """Say that refreshes do not end, if this process is to refresh the feeds."""
    _, age = _last_refresh(service)
    return "no refresh has ended for long" if service.works and age > _STALE else None


def _last_refresh(service: Service) -> tuple[datetime | None, float]:
    """Return when a refresh last ended, and how many seconds ago that, or the start, was."""
    seen = service.refreshed()
    return seen, (service.clock() - (seen or service.began)).total_seconds()


def _answer(service: Service, problem: str | None) -> Response:
    seen, age = _last_refresh(service)
    looked = f"refreshed {max(0, age):.0f} s ago" if seen else "no refresh has ended yet"
    if not service.works:
        looked = "workers refresh the feeds"
    return PlainTextResponse(
        f"{problem or 'ok'}\n{looked}\n", 503 if problem else 200, _NEVER_STORED
    )


def metrics(service: Service, request: PageRequest) -> Response:
    """Return the figures of the service in the text format of Prometheus."""
    config = service.config()
    forwarded = request.headers.getlist("x-forwarded-for")
    address = client(request.peer, forwarded, service.proxies())
    if address is None or not any(
        address in network for network in networks(config.web.metrics_from)
    ):
        raise HTTPException(404)
    try:
        from prometheus_client.exposition import CONTENT_TYPE_LATEST
    except ModuleNotFoundError:
        needed = install_command("metrics")
        return PlainTextResponse(f"this needs prometheus-client: {needed}\n", 503, _NEVER_STORED)
    text = service.metrics.get("", service.timer(), lambda: _text(service))
    return Response(text, 200, {**_NEVER_STORED, "content-type": CONTENT_TYPE_LATEST})


def _text(service: Service) -> bytes:
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.registry import Collector

    now = service.clock()
    found = figures.of_service(service.config(), service.store, now)
    _, age = _last_refresh(service)
    age = age if service.works else 0.0

    class Figures(Collector):
        def collect(self) -> Iterator[Metric]:
            return _metrics(found, now, age)

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures())
    return generate_latest(registry)


def _metrics(found: ServiceFigures, now: datetime, refresh_age: float) -> Iterator[Metric]:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

    def gauge(name: str, help_: str, value: float) -> Metric:
        return GaugeMetricFamily(f"digest_{name}", help_, value=value)

    def counter(name: str, help_: str, value: float) -> Metric:
        return CounterMetricFamily(f"digest_{name}", help_, value=value)

    version = GaugeMetricFamily("digest_info", "The version of the program.", labels=["version"])
    version.add_metric([__version__], 1)
    yield version
    yield gauge("feeds", "Feeds in the configuration.", found.feeds)
    yield gauge("feeds_due", "Feeds that are to be asked now.", found.feeds_due)
    yield gauge("feeds_late", "Feeds that have been due for an hour.", found.feeds_late)
    failing = GaugeMetricFamily(
        "digest_feeds_failing", "Feeds whose last poll failed, by class.", labels=["class"]
    )
    for name in figures.FAILURE_CLASSES:
        failing.add_metric([name], found.failing[name])
    yield failing
    totals = found.totals
    yield counter("feed_requests", "Requests for feeds.", totals.requests)
    yield counter("feed_not_modified", "Answers that a feed is unchanged.", totals.not_modified)
    yield counter("feed_received_bytes", "Bytes of feeds, as they came.", totals.received)
    yield gauge("refresh_age_seconds", "Since a refresh last ended here.", refresh_age)
    yield gauge("entries", "Entries that are stored.", found.entries)
    made = CounterMetricFamily("digest_editions", "Editions that were made.", labels=["digest"])
    late = GaugeMetricFamily(
        "digest_edition_due_seconds",
        "For how long an edition has been due; 0 where none is.",
        labels=["digest"],
    )
    for name, count in found.editions.items():
        made.add_metric([name], count)
        late.add_metric([name], found.late[name].total_seconds())
    yield made
    yield late
    labels = ["channel", "state"]
    still_open = GaugeMetricFamily(
        "digest_deliveries_open", "Deliveries that are not done.", labels=labels
    )
    oldest = GaugeMetricFamily(
        "digest_deliveries_oldest_seconds",
        "The age of the oldest edition with deliveries that are not done.",
        labels=labels,
    )
    for row in found.open_deliveries:
        still_open.add_metric([row.channel, row.state], row.count)
        oldest.add_metric([row.channel, row.state], (now - row.oldest).total_seconds())
    yield still_open
    yield oldest
    yield gauge("workers", "Workers that have shown themselves lately.", found.workers)
    if found.last_tick is not None:
        age = (now - found.last_tick).total_seconds()
        yield gauge("worker_tick_age_seconds", "Since the last tick of any worker.", age)
    yield gauge("database_bytes", "The size of the database.", found.database_size)
