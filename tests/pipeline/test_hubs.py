"""WebSub: hubs are subscribed to, send what is new, lie, flood and vanish."""

from __future__ import annotations

import hashlib
import hmac
import ssl
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import pytest

from digest import pipeline
from digest.fetch.hub_requests import ask_hubs
from digest.model.hubs import HubState, HubSubscription
from digest.pipeline.due_feeds import LEAST_AFTER_PING
from digest.pipeline.hubs import LEASE, LONGEST_LEASE, SHORTEST_LEASE, keep_subscriptions
from digest.store import feeds as feed_rows
from digest.store import hubs as hub_rows
from digest.web.hub_callbacks import MOST_BYTES
from support.certificates import Authority
from support.feedserver import Answer, FeedServer, Request
from support.house import item
from support.hubserver import HubServer
from support.webhouse import NOW, WebHouse
from support.webhouse import Answer as WebAnswer

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
OLD = NOW - 2 * DAY
CONFIG = """
title = "News"
[store]
url = "sqlite:///digest.db"
[fetch]
allow_hosts = ["127.0.0.1"]
[web]
{web}
[[feeds]]
url = "FEED"
[digests.daily]
[digests.daily.deliver.files]
path = "out{port}"
"""


def atom(*items: str, links: str = "") -> bytes:
    return (
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>'
        f"<title>A feed</title>{links}{''.join(items)}</channel></rss>"
    ).encode()


class PushedHouse:
    """A feed, its hub, and an installation whose web side hears of both."""

    def __init__(self, folder: Path, hub: HubServer, server: FeedServer, tls: ssl.SSLContext):
        self.hub, self.server = hub, server
        self.topic = server.url("/feed")
        self.links = (
            f'<atom:link rel="hub" href="{hub.url}"/><atom:link rel="self" href="{self.topic}"/>'
        )
        self.publish(item("1", published=OLD))
        self.house = WebHouse(folder)
        self.configure()
        self.ask = partial(ask_hubs, resolve=lambda host, port: ["127.0.0.1"], tls=lambda: tls)

    def configure(self, feed: str | None = None) -> None:
        self.house.configure(CONFIG.replace("FEED", feed or self.topic))

    def publish(self, *items: str) -> None:
        self.server.pages["/feed"] = atom(*items, links=self.links)

    def at(self, moment: datetime) -> None:
        self.house.clock = moment

    def refresh(self) -> pipeline.Refreshed:
        """Do what serve does each minute."""
        now = self.house.clock
        report = pipeline.refresh(self.house.config, self.house.store, now)
        keep_subscriptions(self.house.config, self.house.store, now, ask=self.ask)
        return report

    @property
    def known(self) -> HubSubscription | None:
        with self.house.store.read() as connection:
            found = hub_rows.subscriptions(connection)
        return found[0] if found else None

    @property
    def row(self) -> HubSubscription:
        assert self.known is not None
        return self.known

    @property
    def path(self) -> str:
        return f"/hub/{self.row.token}"

    def verify(self, mode: str = "subscribe", **other: str) -> WebAnswer:
        query = {
            "hub.mode": mode,
            "hub.topic": self.row.subscribed_topic or "",
            "hub.challenge": "a challenge",
            "hub.lease_seconds": "864000",
            **{f"hub.{name}": value for name, value in other.items()},
        }
        return self.house.get(f"{self.path}?{urlencode(query)}")

    def ping(self, body: bytes, *, method: str = "sha256", secret: str | None = None) -> WebAnswer:
        secret = self.row.secret if secret is None else secret
        headers = {"content-type": "application/rss+xml"}
        if method:
            digest = hmac.new((secret or "").encode(), body, getattr(hashlib, method, "md5"))
            headers["x-hub-signature"] = f"{method}={digest.hexdigest()}"
        return self.house.ask("POST", self.path, headers, body=body)

    def subscribe(self) -> None:
        self.refresh()
        assert self.verify().status == 200

    @property
    def uids(self) -> list[str]:
        with self.house.store.read() as connection:
            found = connection.exec_driver_sql("SELECT uid FROM entries ORDER BY uid")
            return [uid for (uid,) in found]

    @property
    def next_fetch(self) -> datetime:
        with self.house.store.read() as connection:
            (state,) = feed_rows.states(connection, [self.topic])
        assert state.next_fetch_at is not None
        return state.next_fetch_at


@pytest.fixture
def pushed(tmp_path: Path) -> Iterator[PushedHouse]:
    authority = Authority(tmp_path)
    trusting = ssl.create_default_context(cafile=str(authority.file))
    with HubServer(tls=authority.server("hub.example")) as hub, FeedServer({}) as server:
        house = PushedHouse(tmp_path, hub, server, trusting)
        yield house
        house.house.close()


# --- subscribing ---------------------------------------------------------------------------------


def test_a_hub_is_asked_verified_and_renewed(pushed: PushedHouse) -> None:
    pushed.refresh()
    (asked,) = pushed.hub.asked
    assert asked["hub.mode"] == "subscribe"
    assert asked["hub.topic"] == pushed.topic
    assert asked["hub.callback"] == f"https://news.example.org{pushed.path}"
    assert asked["hub.secret"] == pushed.row.secret
    assert len(asked["hub.secret"]) >= 32
    answer = pushed.verify(lease_seconds="86400")
    assert (answer.status, answer.text) == (200, "a challenge")
    assert (pushed.row.state, pushed.row.lease_until) == (HubState.ACTIVE, NOW + DAY)
    pushed.at(NOW + 12 * HOUR)
    pushed.refresh()
    assert len(pushed.hub.asked) == 1
    before = pushed.row
    pushed.at(NOW + 19 * HOUR)
    pushed.refresh()
    assert pushed.hub.asked[-1]["hub.callback"] == asked["hub.callback"]
    assert (pushed.row.old_secret, pushed.row.state) == (before.secret, HubState.ACTIVE)
    pushed.publish()
    assert pushed.ping(atom(item("2")), secret=before.secret).status == 202
    assert pushed.ping(atom(item("3"))).status == 202
    assert pushed.row.pings == 2
    assert pushed.verify(lease_seconds="86400").status == 200
    assert pushed.row.lease_until == NOW + 43 * HOUR


def test_a_link_header_names_the_hub_before_the_feed_does(pushed: PushedHouse) -> None:
    pushed.links = '<atom:link rel="hub" href="https://other.example/"/>'
    pushed.publish(item("1"))
    body = pushed.server.pages["/feed"]
    assert isinstance(body, bytes)
    links = f'<{pushed.hub.url}>; rel="hub", <{pushed.topic}?as=topic>; rel=self'
    pushed.server.pages["/feed"] = Answer(body=body, headers={"Link": links})
    pushed.refresh()
    assert [asked["hub.topic"] for asked in pushed.hub.asked] == [f"{pushed.topic}?as=topic"]


def test_a_json_feed_names_its_hub(pushed: PushedHouse) -> None:
    pushed.server.pages["/feed"] = (
        '{"version": "https://jsonfeed.org/version/1.1", "title": "A", "items": [{"id": "1"}],'
        f'"hubs": [{{"type": "rssCloud", "url": "https://no.example/"}},'
        f'{{"type": "WebSub", "url": "{pushed.hub.url}"}}]}}'
    ).encode()
    pushed.refresh()
    assert [asked["hub.topic"] for asked in pushed.hub.asked] == [pushed.topic]


def test_a_removed_feed_is_unsubscribed(pushed: PushedHouse) -> None:
    pushed.subscribe()
    pushed.server.pages["/other"] = atom(item("9"))
    pushed.configure(pushed.server.url("/other"))
    pushed.at(NOW + HOUR)
    pushed.refresh()
    assert pushed.hub.asked[-1]["hub.mode"] == "unsubscribe"
    answer = pushed.verify("unsubscribe")
    assert (answer.status, answer.text) == (200, "a challenge")
    pushed.refresh()
    assert pushed.known is None


@pytest.mark.parametrize("links", ["", '<atom:link rel="hub" href="https://new.example/"/>'])
def test_a_hub_that_a_feed_names_no_more_is_left(links: str, pushed: PushedHouse) -> None:
    pushed.subscribe()
    pushed.links = links
    pushed.publish(item("1", published=OLD), item("2"))
    pushed.at(NOW + 2 * DAY)
    pushed.refresh()
    assert pushed.hub.asked[-1]["hub.mode"] == "unsubscribe"
    assert pushed.verify("unsubscribe").status == 200
    pushed.refresh()
    assert (pushed.row.hub if pushed.known else None) == ("https://new.example/" if links else None)


@pytest.mark.parametrize("web", ['url = "https://news.example.org/"\nhubs = false', ""])
def test_no_hub_is_asked_where_that_is_not_wanted(web: str, pushed: PushedHouse) -> None:
    pushed.house.web = web
    pushed.configure()
    pushed.refresh()
    assert pushed.hub.asked == []
    assert pushed.row.state is HubState.OFFERED


def test_a_hub_on_a_private_address_is_not_asked(pushed: PushedHouse) -> None:
    pushed.ask = partial(ask_hubs, resolve=lambda host, port: ["10.0.0.5"])
    pushed.refresh()
    assert pushed.hub.asked == []
    assert "10.0.0.5, which is a private address" in str(pushed.row.error)


def test_a_hub_over_plain_http_gets_no_secret_and_is_not_believed(
    pushed: PushedHouse, tmp_path: Path
) -> None:
    with HubServer(name="127.0.0.1") as plain:
        pushed.links = f'<atom:link rel="hub" href="{plain.url}"/>'
        pushed.publish(item("1", published=OLD))
        pushed.refresh()
        (asked,) = plain.asked
    assert "hub.secret" not in asked
    assert pushed.verify().status == 200
    assert pushed.ping(atom(item("forged")), secret="").status == 202
    pushed.refresh()
    assert "forged" not in pushed.uids


def test_a_hub_that_fails_is_asked_more_and_more_rarely(pushed: PushedHouse) -> None:
    pushed.hub.status, pushed.hub.body = 500, b"come back\x1b[2J later"
    moments = []
    for hour in range(24 * 30):
        pushed.at(NOW + hour * HOUR)
        before = len(pushed.hub.asked)
        keep = keep_subscriptions if hour else lambda *_, **__: pushed.refresh()
        keep(pushed.house.config, pushed.house.store, pushed.house.clock, ask=pushed.ask)
        if len(pushed.hub.asked) > before:
            moments.append(hour)
    assert 5 <= len(moments) <= 12
    assert moments[-1] - moments[-2] >= 24 * 5
    assert pushed.row.error == "hub.example answers 500: come back[2J later"


def test_a_hub_that_accepts_and_never_verifies_is_asked_again(pushed: PushedHouse) -> None:
    pushed.refresh()
    tokens = {pushed.row.token}
    for hour in range(1, 200):
        pushed.at(NOW + hour * HOUR)
        keep_subscriptions(
            pushed.house.config, pushed.house.store, pushed.house.clock, ask=pushed.ask
        )
        tokens.add(pushed.row.token)
    assert 3 <= len(pushed.hub.asked) <= 10
    assert len(tokens) == len(pushed.hub.asked)


def test_a_hub_that_denies_is_left_for_a_week(pushed: PushedHouse) -> None:
    pushed.refresh()
    assert pushed.verify("denied", reason="not you\n").status == 200
    assert (pushed.row.state, pushed.row.error) == (HubState.DENIED, "the hub denies it: not you")
    pushed.at(NOW + 6 * DAY)
    pushed.refresh()
    assert len(pushed.hub.asked) == 1
    pushed.at(NOW + 8 * DAY)
    pushed.refresh()
    assert len(pushed.hub.asked) == 2


LIES = [
    pytest.param({"topic": "https://other.example/feed"}, id="another topic"),
    pytest.param({"mode": "unsubscribe"}, id="an end that nobody asked for"),
    pytest.param({"mode": "publish"}, id="another mode"),
    pytest.param({"mode": ""}, id="no mode"),
    pytest.param({"challenge": ""}, id="no challenge"),
    pytest.param({"challenge": "a" * 601}, id="a challenge without end"),
]


@pytest.mark.parametrize("lie", LIES)
def test_what_was_not_asked_for_is_not_confirmed(lie: dict[str, str], pushed: PushedHouse) -> None:
    pushed.refresh()
    assert pushed.verify(**{"mode": "subscribe", **lie}).status == 404
    assert pushed.row.state is HubState.REQUESTED


@pytest.mark.parametrize(
    ("written", "lease"),
    [
        ("0", SHORTEST_LEASE),
        ("1", SHORTEST_LEASE),
        ("-5", LEASE),
        ("", LEASE),
        ("ten days", LEASE),
        ("999999999999", LONGEST_LEASE),
        ("9" * 300, LEASE),
        ("86400.5", LEASE),
        ("٣", LEASE),
    ],
)
def test_a_lease_is_read_within_bounds(written: str, lease: timedelta, pushed: PushedHouse) -> None:
    pushed.refresh()
    assert pushed.verify(lease_seconds=written).status == 200
    assert pushed.row.lease_until == NOW + lease


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("token", ["a" * 32, "2" * 32])
def test_an_unknown_token_is_told_nothing(method: str, token: str, pushed: PushedHouse) -> None:
    pushed.refresh()
    house = pushed.house
    answer = house.ask(method, f"/hub/{token}?hub.challenge=x", body=[b"x" * 1000] * 9)
    assert answer.status == (410 if method == "POST" else 404)
    assert "x" * 10 not in answer.text
    assert house.read == 0, "nothing of a stranger's body is read"


# --- pings ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_a_signed_document_brings_entries_without_a_poll(method: str, pushed: PushedHouse) -> None:
    pushed.subscribe()
    pushed.at(NOW + MINUTE)
    hits = pushed.server.hits.total()
    assert pushed.ping(atom(item("2"), item("3")), method=method).status == 202
    report = pushed.refresh()
    assert (report.pushed, report.new, report.failed, report.faults) == (1, 2, (), ())
    assert pushed.uids == ["1", "2", "3"]
    assert pushed.server.hits.total() == hits


def test_what_a_hub_sent_is_told_once(pushed: PushedHouse) -> None:
    """An entry comes by a ping, by the same ping again, by a fuller one, and by a poll."""
    pushed.subscribe()
    pipeline.publish(pushed.house.config, pushed.house.store, NOW)
    for minute, items in enumerate(([item("2")], [item("2")], [item("3"), item("2")]), start=1):
        pushed.at(NOW + minute * MINUTE)
        pushed.ping(atom(*items))
        pushed.refresh()
    pushed.publish(item("3"), item("2"), item("1", published=OLD))
    pushed.at(NOW + 2 * DAY)
    assert pushed.refresh().new == 0
    pipeline.publish(pushed.house.config, pushed.house.store, NOW + 2 * DAY)
    with pushed.house.store.read() as connection:
        told = connection.exec_driver_sql(
            "SELECT count(*) FROM decisions JOIN entries ON entries.id = entry_id "
            "WHERE uid IN ('2', '3')"
        ).scalar()
    assert told == 2
    assert pushed.uids == ["1", "2", "3"]


def test_a_change_that_a_hub_sends_is_a_change(pushed: PushedHouse) -> None:
    pushed.subscribe()
    pushed.at(NOW + MINUTE)
    pushed.ping(atom(item("1", title="Corrected", published=OLD)))
    assert (pushed.refresh().changed, pushed.uids) == (1, ["1"])


def test_a_ping_of_new_entries_alone_is_no_gap_and_no_window(pushed: PushedHouse) -> None:
    pushed.publish(*[item(f"old-{at}", published=OLD - at * HOUR) for at in range(10)])
    pushed.subscribe()
    with pushed.house.store.read() as connection:
        (before,) = feed_rows.states(connection, [pushed.topic])
    pushed.at(NOW + MINUTE)
    pushed.ping(atom(item("new")))
    pushed.refresh()
    with pushed.house.store.read() as connection:
        (after,) = feed_rows.states(connection, [pushed.topic])
    assert (after.gap, after.title) == (None, before.title)
    assert before.rhythm is not None
    assert after.rhythm is not None
    assert after.rhythm.window == before.rhythm.window == 10
    assert after.validators == before.validators


NOT_BELIEVED = [
    pytest.param({"secret": "wrong"}, 1, id="another secret"),
    pytest.param({"method": "md5"}, 1, id="a weak method"),
    pytest.param({"method": "none"}, 1, id="a method that is none"),
    pytest.param({"method": ""}, 0, id="no signature"),
]


@pytest.mark.parametrize(("way", "refused"), NOT_BELIEVED)
def test_an_unsigned_document_is_no_entry(
    way: dict[str, str], refused: int, pushed: PushedHouse
) -> None:
    pushed.subscribe()
    pushed.at(NOW + MINUTE)
    assert pushed.ping(atom(item("forged")), **way).status == 202
    pushed.refresh()
    assert pushed.uids == ["1"]
    assert pushed.row.refused == refused


def test_a_ping_without_a_document_has_the_feed_asked(pushed: PushedHouse) -> None:
    pushed.subscribe()
    pushed.publish(item("1", published=OLD), item("2"))
    pushed.at(NOW + 10 * MINUTE)
    assert pushed.house.ask("POST", pushed.path).status == 202
    assert (pushed.refresh().new, pushed.uids) == (1, ["1", "2"])
    assert pushed.refresh().due == 0


def test_a_document_that_is_no_feed_has_the_feed_asked(pushed: PushedHouse) -> None:
    pushed.subscribe()
    pushed.publish(item("1", published=OLD), item("2"))
    pushed.at(NOW + 10 * MINUTE)
    pushed.ping(b"<html><p>Maintenance</p></html>")
    assert pushed.refresh().failed == ()
    pushed.refresh()
    assert pushed.uids == ["1", "2"]


def test_a_flood_of_empty_pings_is_a_poll_each_five_minutes(pushed: PushedHouse) -> None:
    pushed.subscribe()
    hits = pushed.server.hits.total()
    for second in range(0, 1200, 30):
        pushed.at(NOW + timedelta(seconds=second))
        pushed.house.timer += 30
        pushed.house.ask("POST", pushed.path)
        pushed.refresh()
    assert pushed.server.hits.total() - hits <= 20 * MINUTE / LEAST_AFTER_PING


def test_a_flood_of_documents_is_bounded(pushed: PushedHouse) -> None:
    pushed.subscribe()
    statuses = [pushed.ping(atom(item(f"flood-{number}"))).status for number in range(100)]
    assert set(statuses) == {202, 429}
    pushed.house.timer += 3600
    for number in range(100, 120):
        pushed.ping(atom(item(f"flood-{number}")))
    with pushed.house.store.read() as connection:
        waiting = hub_rows.waiting(connection)
    assert len(waiting) <= hub_rows.MOST_WAITING + 1
    assert waiting[-1].body is None, "what is too much has the feed asked"


def test_a_huge_document_has_the_feed_asked(pushed: PushedHouse) -> None:
    pushed.subscribe()
    pushed.publish(item("1", published=OLD), item("2"))
    pushed.at(NOW + 10 * MINUTE)
    pieces = [b"x" * 1_000_000] * 50
    answer = pushed.house.ask("POST", pushed.path, {"x-hub-signature": "sha1=0"}, body=pieces)
    assert answer.status == 202
    assert pushed.house.read <= MOST_BYTES // 1_000_000 + 2
    pushed.refresh()
    assert pushed.uids == ["1", "2"]


def test_a_ping_while_a_refresh_runs_waits_for_the_next(pushed: PushedHouse) -> None:
    pushed.subscribe()
    body = pushed.server.pages["/feed"]

    def page(request: Request) -> Answer:
        with ThreadPoolExecutor(1) as hub:
            hub.submit(pushed.ping, atom(item("meanwhile"))).result()
        assert isinstance(body, bytes)
        return Answer(body=body.replace(b"A feed", b"The feed"))

    pushed.server.pages["/feed"] = page
    pushed.at(NOW + 2 * DAY)
    pushed.refresh()
    pushed.server.pages["/feed"] = body
    assert "meanwhile" not in pushed.uids
    pushed.at(NOW + 2 * DAY + MINUTE)
    assert pushed.refresh().new == 1


def test_a_ping_for_a_muted_or_removed_feed_is_dropped(pushed: PushedHouse) -> None:
    pushed.subscribe()
    pushed.ping(atom(item("2")))
    pushed.server.pages["/other"] = atom(item("9"))
    pushed.configure(pushed.server.url("/other"))
    pushed.at(NOW + MINUTE)
    pushed.refresh()
    with pushed.house.store.read() as connection:
        assert hub_rows.waiting(connection) == []
    assert "2" not in pushed.uids


def test_a_servers_word_binds_before_a_hubs(pushed: PushedHouse) -> None:
    pushed.subscribe()
    pushed.server.pages["/feed"] = Answer(status=503, headers={"Retry-After": "7200"})
    pushed.at(NOW + 2 * DAY)
    pushed.refresh()
    hits = pushed.server.hits.total()
    pushed.house.ask("POST", pushed.path)
    pushed.at(NOW + 2 * DAY + HOUR)
    pushed.refresh()
    assert pushed.server.hits.total() == hits


# --- the slow poll -------------------------------------------------------------------------------


def hourly(pushed: PushedHouse, hours: range, *, announce: Callable[[int], bool]) -> int:
    """Publish an entry each hour, of which some are announced; return how often it was asked."""
    hits = pushed.server.hits.total()
    for hour in hours:
        pushed.at(NOW + hour * HOUR)
        new = item(f"h{hour}", published=pushed.house.clock - MINUTE)
        shown = [item(f"h{at}", published=NOW + at * HOUR) for at in range(max(0, hour - 4), hour)]
        pushed.publish(*shown, new)
        if announce(hour):
            pushed.ping(atom(new))
        pushed.house.timer += 3600
        pushed.refresh()
    return pushed.server.hits.total() - hits


def test_polls_become_rare_while_pings_prove_to_come_and_frequent_again_when_not(
    pushed: PushedHouse,
) -> None:
    pushed.subscribe()
    hourly(pushed, range(1, 30), announce=lambda _: False)
    assert hourly(pushed, range(30, 42), announce=lambda _: False) >= 5
    hourly(pushed, range(42, 48), announce=lambda _: True)
    assert hourly(pushed, range(48, 72), announce=lambda _: True) <= 2
    assert hourly(pushed, range(72, 84), announce=lambda _: False) >= 4
    assert {f"h{hour}" for hour in range(30, 83)} <= set(pushed.uids), "nothing is lost"


def test_polls_are_frequent_again_when_a_lease_has_ended(pushed: PushedHouse) -> None:
    pushed.refresh()
    pushed.verify(lease_seconds=str(3600 * 40))
    hourly(pushed, range(1, 30), announce=lambda _: True)
    pushed.hub.status = 500
    assert hourly(pushed, range(30, 39), announce=lambda _: True) <= 1
    assert hourly(pushed, range(39, 51), announce=lambda _: False) >= 4
