"""What programs that watch the service are told, and what they are never told."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert, update

from digest.diagnostics import figures
from digest.store import enlisting, feeds, tables
from support.stored import edition
from support.webhouse import NOW, SLOT, URL, WebHouse

ROOT = Path(__file__).resolve().parents[2]
DASHBOARD = ROOT / "deploy" / "grafana-dashboard.json"
HERE = 'metrics_from = ["127.0.0.1", "10.1.0.0/16", "fd00::/8"]'
PRIVATE = "https://example.org/feed?token=geheim"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[WebHouse]:
    house = WebHouse(tmp_path, web=f'url = "{URL}"\n{HERE}')
    yield house
    house.store.close()


def read(house: WebHouse) -> dict[tuple[str, ...], float]:
    """The metrics by their name and the values of their labels."""
    answer = house.get("/metrics")
    assert answer.status == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert answer.headers["cache-control"] == "no-store"
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def with_feeds(house: WebHouse) -> None:
    """Store feeds in every state."""
    errors = {
        f"{PRIVATE}&n=1": "example.org answers 404 Not Found",
        f"{PRIVATE}&n=2": "example.org answers 503 Service Unavailable",
        f"{PRIVATE}&n=3": "the name geheim.example cannot be resolved: no such name",
        f"{PRIVATE}&n=4": "an error that nobody foresaw",
        f"{PRIVATE}&n=5": None,
    }
    with house.store.write() as connection:
        known = feeds.ensure(connection, list(errors))
        for number, (url, error) in enumerate(errors.items()):
            row = tables.feeds.c.id == known[url].id
            due = NOW - timedelta(minutes=50 * number)
            connection.execute(
                update(tables.feeds)
                .where(row)
                .values(error=error, next_fetch_at=due, requests=10, not_modified=4, received=1000)
            )


def test_feeds_are_counted(house: WebHouse) -> None:
    with_feeds(house)
    found = read(house)
    assert found[("digest_feeds_due",)] == 5
    assert found[("digest_feeds_late",)] == 3
    assert found[("digest_feed_requests_total",)] == 50
    assert found[("digest_feed_not_modified_total",)] == 20
    assert found[("digest_feed_received_bytes_total",)] == 5000
    failing = {key[1]: value for key, value in found.items() if key[0] == "digest_feeds_failing"}
    assert set(failing) == set(figures.FAILURE_CLASSES)
    assert {name for name, value in failing.items() if value} == {
        "status_4xx",
        "status_5xx",
        "name",
        "other",
    }


def test_editions_and_deliveries_are_counted(house: WebHouse) -> None:
    house.publish("daily", edition("daily", SLOT, "A story"))
    with house.store.write() as connection:
        (edition_id,) = connection.scalars(tables.editions.select())
        addresses = [f"p{n}@example.org" for n in range(3)]
        for channel in ("smtp", "smtp/weekly/1", "smtp/weekly/2"):
            enlisting.enlist(connection, edition_id, channel, addresses, now=NOW)
    house.clock += timedelta(days=3)
    found = read(house)
    assert found[("digest_editions_total", "daily")] == 1
    assert found[("digest_deliveries_open", "smtp", "pending")] == 9, "weekly channels are added up"
    assert found[("digest_deliveries_oldest_seconds", "smtp", "pending")] > 2 * 86400
    assert found[("digest_edition_due_seconds", "daily")] > 0
    assert found[("digest_database_bytes",)] > 10_000
    assert found[("digest_refresh_age_seconds",)] == 3 * 86400


def test_workers_that_show_themselves_are_counted(house: WebHouse) -> None:
    now = datetime.now(UTC)  # whether a worker lives is decided by the clock of the database
    house.clock = now
    row = {"version": "1", "kinds": "publish", "configuration": "x", "started_at": now}
    with house.store.write() as connection:
        for name, minutes in (("w1", 0), ("w2", 0), ("dead", 60)):
            seen = now - timedelta(minutes=minutes)
            values = {**row, "name": name, "seen_at": seen, "ticked_at": seen}
            connection.execute(insert(tables.workers), values)
    found = read(house)
    assert found[("digest_workers",)] == 2
    assert found[("digest_worker_tick_age_seconds",)] == 0


def test_nothing_names_a_feed_a_host_or_a_person(house: WebHouse) -> None:
    with_feeds(house)
    house.publish("daily", edition("daily", SLOT, "A story"))
    with house.store.write() as connection:
        (edition_id,) = connection.scalars(tables.editions.select())
        enlisting.enlist(connection, edition_id, "smtp", ["jane@example.org"], now=NOW)
    text = house.get("/metrics").text
    for secret in ("geheim", "example.org", "jane", "token", "A story"):
        assert secret not in text
    labels = set(re.findall(r"(\w+)=\"", text))
    assert labels == {"version", "class", "digest", "channel", "state"}


@pytest.mark.parametrize(
    ("peer", "headers", "allowed"),
    [
        pytest.param("127.0.0.1", {}, True, id="this machine, which is named"),
        pytest.param("10.1.2.3", {}, True, id="a network that is named"),
        pytest.param("::ffff:10.1.2.3", {}, True, id="the same, mapped into IPv6"),
        pytest.param("fd00::1", {}, True, id="a network of IPv6"),
        pytest.param("10.2.2.3", {}, False, id="another network"),
        pytest.param("127.0.0.1", {"x-forwarded-for": "8.8.8.8"}, False, id="through the proxy"),
        pytest.param("127.0.0.1", {"x-forwarded-for": "10.1.0.9"}, True, id="allowed, by proxy"),
        pytest.param("8.8.8.8", {"x-forwarded-for": "10.1.0.9"}, False, id="a forged header"),
    ],
)
def test_metrics_are_for_networks_that_are_named(
    house: WebHouse, peer: str, headers: Mapping[str, str], allowed: bool
) -> None:
    answer = house.get("/metrics", headers, peer=peer)
    assert answer.status == (200 if allowed else 404)


def test_by_default_nobody_sees_metrics(tmp_path: Path) -> None:
    house = WebHouse(tmp_path)
    assert house.get("/metrics").status == 404
    house.store.close()


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
@pytest.mark.parametrize(
    ("host", "status"),
    [
        pytest.param("10.1.2.3:8000", 200, id="the address of a pod"),
        pytest.param("web", 200, id="the name of a service"),
        pytest.param("evil.example.org", 421, id="a name that a stranger may have made"),
        pytest.param("10.1.2.3.evil.example", 421, id="an address as a stranger's name"),
    ],
)
def test_watchers_ask_by_the_names_of_their_network(
    house: WebHouse, path: str, host: str, status: int
) -> None:
    assert house.get(path, host=host).status == status
    assert house.get("/daily/", host=host).status == 421


def test_readiness_says_ok(house: WebHouse) -> None:
    assert (house.get("/readyz").status, house.get("/readyz").text) == (
        200,
        "ok\nrefreshed 0 s ago\n",
    )


def test_a_process_without_work_waits_for_no_refresh(house: WebHouse) -> None:
    """As with `serve --web --no-work`: workers refresh the feeds."""
    object.__setattr__(house.service, "works", False)
    house.refreshed = None
    house.clock += timedelta(days=2)
    for path in ("/healthz", "/readyz"):
        assert (house.get(path).status, house.get(path).text) == (
            200,
            "ok\nworkers refresh the feeds\n",
        )


def test_every_metric_of_the_dashboard_is_there(house: WebHouse) -> None:
    """And the dashboard shows every metric."""
    test_workers_that_show_themselves_are_counted(house)
    house.publish("daily", edition("daily", SLOT, "A story"))
    with house.store.write() as connection:
        (edition_id,) = connection.scalars(tables.editions.select())
        enlisting.enlist(connection, edition_id, "smtp", ["jane@example.org"], now=NOW)
    house.timer += 2
    there = {key[0] for key in read(house)}
    board = json.loads(DASHBOARD.read_text())
    expressions = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    shown = set(re.findall(r"digest_\w+", " ".join(expressions)))
    assert shown == there
    ids = [panel["id"] for panel in board["panels"]]
    assert len(set(ids)) == len(ids)
