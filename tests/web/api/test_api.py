"""Every operation of the API, by its document: what it does, and how it fails."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from sqlalchemy import update

from digest.model import DeliveryState, SubscriberState
from digest.store import deliveries, enlisting, entries, feeds
from digest.store.tables import deliveries as delivery_rows
from digest.web.admin.password import set_password
from digest.web.api import feeds as api_feeds
from digest.web.api import tokens
from digest.web.api.call import ApiCall
from digest.web.api.routes import MOST, OPERATIONS
from digest.web.api.shapes import FeedChange
from support import editions, stored
from support.adminhouse import PASSWORD, AdminHouse
from support.apiclient import DOCUMENT, ApiClient
from support.webhouse import JANE, NOW, SLOT

EDITION = f"/digests/daily/editions/{SLOT}"
PLAIN = 'A <script>alert(1)</script> "quoted" & more'
HOSTILE = "<script>alert(1)</script>\u202e\"'&\x07"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[AdminHouse]:
    opened = AdminHouse(tmp_path, has_password=False)
    opened.publish("daily", editions.sample(), "2026-11-21T0700", editions.SLOT)
    yield opened
    opened.close()


@pytest.fixture
def api(house: AdminHouse) -> ApiClient:
    return ApiClient(house, tokens.make(house.folder, "test", NOW))


def failing_delivery(house: AdminHouse, *addresses: str) -> list[int]:
    """Put people on the list and freeze their failed deliveries; return the ids of these."""
    for address in addresses:
        house.subscribe(address)
    with house.store.write() as connection:
        enlisting.enlist_recipients(
            connection, 2, "daily", "smtp", subscribed=True, named=(), now=NOW
        )
        connection.execute(
            update(delivery_rows).values(state="failed", error=f"550 5.1.1 {HOSTILE}")
        )
        return [delivery.id for delivery in deliveries.of_edition(connection, 2, "smtp")]


def with_entries(house: AdminHouse, count: int) -> None:
    with house.store.write() as connection:
        (feed,) = feeds.ensure(connection, ["feed.xml"]).values()
        made = [
            stored.entry(feed.id, f"e{number}", title=f"{HOSTILE} {number}")
            for number in range(count)
        ]
        entries.save(connection, made, [() for _ in made], NOW)


# --- the document --------------------------------------------------------------------------------


def test_the_document_is_valid() -> None:
    OpenAPIV31SpecValidator(DOCUMENT).validate()
    ids = [operation.id for operation in OPERATIONS]
    assert len(set(ids)) == len(ids)


def test_the_document_is_served_without_a_token(house: AdminHouse) -> None:
    answer = house.get("/api/openapi.json")
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert json.loads(answer.text) == json.loads(json.dumps(DOCUMENT))


def test_every_operation_is_asked_and_answers_as_described(api: ApiClient) -> None:
    house = api.house
    with_entries(house, 5)
    (delivery,) = failing_delivery(house, JANE)
    (house.folder / "other.xml").write_text(
        "<rss version='2.0'><channel><title>O</title></channel></rss>"
    )
    expected = [
        ("GET", "/feeds", None, 200),
        ("POST", "/feeds", {"address": "https://example.org/b.xml", "discover": False}, 201),
        ("GET", "/feeds/feed", None, 200),
        ("PATCH", "/feeds/feed", {"category": "News"}, 200),
        ("DELETE", "/feeds/example.org%2Fb", None, 204),
        ("GET", "/entries", None, 200),
        ("GET", "/entries/1", None, 200),
        ("GET", "/entries/1/explanation", None, 200),
        ("GET", "/digests", None, 200),
        ("GET", "/digests/daily/preview", None, 200),
        ("GET", "/digests/daily/editions", None, 200),
        ("GET", EDITION, None, 200),
        ("GET", f"{EDITION}/omissions", None, 200),
        ("GET", f"{EDITION}/deliveries", None, 200),
        ("POST", f"{EDITION}/resend", {}, 202),
        ("POST", f"/deliveries/{delivery}/resend", None, 202),
        ("GET", "/digests/daily/subscribers", None, 200),
        ("POST", "/digests/daily/subscribers", {"address": "joe@example.org"}, 201),
        ("POST", "/digests/daily/subscribers/search", {"contains": "JOE@"}, 200),
        ("GET", "/digests/daily/subscribers/history", None, 200),
        ("GET", "/digests/daily/subscribers/returned", None, 200),
        ("GET", "/subscribers/1", None, 200),
        ("POST", "/subscribers/1/suspend", {"reason": HOSTILE}, 200),
        ("POST", "/subscribers/1/remove", None, 200),
        ("POST", "/subscribers/1/forget", None, 200),
    ]
    for method, path, body, status in expected:
        answer = api(method, path, body)
        assert answer.status == status, f"{method} {path}: {answer.text}"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
    assert api.asked == {operation.id for operation in OPERATIONS}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "word"),
    [
        ("GET", "/feeds/nothing", None, 404, "no feed 'nothing'"),
        ("GET", "/entries/99", None, 404, "no entry 99"),
        ("GET", "/entries/99999999999999999999999", None, 404, "no entry"),
        ("GET", "/entries?after=x", None, 422, "no cursor"),
        ("GET", "/entries?after=99999999999999999999", None, 422, "no cursor"),
        ("GET", "/entries?limit=0", None, 422, "mistake"),
        ("GET", "/entries?limit=201", None, 422, "mistake"),
        ("GET", "/entries?page=2", None, 422, "mistake"),
        ("GET", "/entries?feed=nothing", None, 404, "no feed"),
        ("GET", "/entries?" + "a&" * 40, None, 422, "cannot be read"),
        ("GET", "/digests/nothing/editions", None, 404, "no digest"),
        ("GET", "/digests/daily/editions/2020-01-01T0700", None, 404, "no edition"),
        ("GET", "/digests/daily/editions/..%2f..", None, 404, ""),
        ("GET", f"{EDITION}/deliveries?state=failed", None, 422, "needs a `channel`"),
        ("GET", f"{EDITION}/deliveries?channel=smtp&state=lost", None, 422, "mistake"),
        ("GET", f"{EDITION}/deliveries?after=77", None, 422, "no delivery of this edition"),
        ("POST", "/deliveries/77/resend", None, 404, "no delivery"),
        ("POST", f"{EDITION}/resend", {"failed": False}, 422, "say `failed`"),
        ("GET", "/digests/nothing/subscribers", None, 404, "no digest"),
        ("POST", "/digests/daily/subscribers", {"address": "nobody"}, 422, "no @"),
        ("POST", "/digests/daily/subscribers", {}, 422, "mistake"),
        ("POST", "/digests/daily/subscribers", {"address": 7}, 422, "mistake"),
        ("POST", "/digests/daily/subscribers", {"adress": "a@b.example"}, 422, "mistake"),
        ("POST", "/digests/daily/subscribers", b"{", 400, "no JSON"),
        ("POST", "/digests/daily/subscribers", b"[" * 50_000, 422, "mistake"),
        ("POST", "/digests/daily/subscribers", b"\xff", 400, "no JSON"),
        ("POST", "/digests/daily/subscribers", b" " * (MOST + 1), 413, "at most"),
        ("GET", "/subscribers/99", None, 404, "no subscriber"),
        ("POST", "/subscribers/99/forget", None, 404, "no subscriber"),
        ("POST", "/feeds", {"address": "nothing.xml"}, 422, ""),
        ("POST", "/feeds", {"address": "feed.xml", "discover": False}, 422, "nothing was changed"),
        ("PATCH", "/feeds/feed", {"drop": ["text:("]}, 422, "nothing was changed"),
        ("PATCH", "/feeds/feed", {"url": "x"}, 422, "mistake"),
    ],
)
def test_a_mistake_is_a_problem_with_its_reason(
    api: ApiClient, method: str, path: str, body: object, status: int, word: str
) -> None:
    before = api.house.file
    answer = api(method, path, body)
    assert answer.status == status, answer.text
    problem = json.loads(answer.text)
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["status"] == status
    assert word in problem["detail"]
    assert api.house.file == before


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/", 404),
        ("PUT", "/feeds", 405),
        ("DELETE", "/entries", 405),
    ],
)
def test_an_unknown_address_is_a_problem_too(
    api: ApiClient, method: str, path: str, status: int
) -> None:
    answer = api(method, path)
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert json.loads(answer.text)["status"] == status


def test_a_body_needs_its_type(api: ApiClient) -> None:
    path = "/digests/daily/subscribers"
    answer = api("POST", path, {"address": JANE}, headers={"content-type": "text/plain"})
    assert answer.status == 415


# --- tokens --------------------------------------------------------------------------------------


def test_without_admin_pages_there_is_no_api(api: ApiClient) -> None:
    house = api.house
    house.web = house.web.replace("[web.admin]", "")
    house.configure()
    for path in ("/feeds", "/openapi.json", "/digests/daily/subscribers"):
        assert (
            house.ask("GET", f"/api{path}", {"authorization": f"Bearer {api.token}"}).status == 404
        )


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer digest_x",
        "Bearer {token}x",
        "Bearer {token},{token}",
        "Basic {token}",
        "{token}",
        "Bearer {hash}",
        "Bearer " + "a" * 10_000,
    ],
)
def test_a_request_needs_a_valid_token(api: ApiClient, authorization: str | None) -> None:
    (known,) = tokens.stored(api.house.folder)
    headers = {}
    if authorization is not None:
        headers["authorization"] = authorization.format(token=api.token, hash=known.hash)
    answer = api.house.ask("GET", "/api/feeds", headers)
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert json.loads(answer.text)["title"] == "Unauthorized"


def test_a_cookie_of_the_pages_is_no_token(house: AdminHouse) -> None:
    set_password(house.folder, PASSWORD)
    house.log_in()
    assert house.cookies
    assert house.get("/api/feeds").status == 401


def test_guesses_are_limited_and_a_valid_token_still_works(api: ApiClient) -> None:
    statuses = [api("GET", "/feeds", token=f"digest_{n}").status for n in range(30)]
    assert statuses[0] == 401
    assert statuses[-1] == 429
    limited = api("GET", "/feeds", token="digest_x")
    assert int(limited.headers["retry-after"]) > 0
    assert api("GET", "/feeds").status == 200
    other = api("GET", "/feeds", token="digest_x", headers={"x-forwarded-for": "198.51.100.7"})
    assert other.status == 401


def test_a_token_is_stored_as_a_hash_and_never_logged(
    api: ApiClient, caplog: pytest.LogCaptureFixture
) -> None:
    path = api.house.folder / tokens.FILE
    assert path.stat().st_mode & 0o777 == 0o600
    with caplog.at_level(logging.DEBUG):
        api("GET", "/feeds")
        api("GET", "/feeds", token="digest_wrong")
    for text in (path.read_text(), caplog.text):
        assert api.token not in text
        assert "digest_wrong" not in text


def test_a_token_has_a_name_and_an_end(api: ApiClient) -> None:
    root = api.house.folder
    path = root / tokens.FILE
    path.chmod(0o644)
    second = tokens.make(root, "second", NOW)
    assert path.stat().st_mode & 0o777 == 0o600
    assert api("GET", "/feeds", token=second).status == 200
    assert tokens.holder(root, second) == "second"
    tokens.end(root, "test")
    assert api("GET", "/feeds").status == 401
    assert api("GET", "/feeds", token=second).status == 200
    with pytest.raises(Exception, match="there is no token 'test'; there are: second"):
        tokens.end(root, "test")
    with pytest.raises(Exception, match="already"):
        tokens.make(root, "second", NOW)
    with pytest.raises(Exception, match="cannot be the name"):
        tokens.make(root, "a b", NOW)


def test_a_damaged_file_of_tokens_lets_nobody_in(api: ApiClient) -> None:
    (api.house.folder / tokens.FILE).write_text("[{")
    assert api("GET", "/feeds").status == 503


# --- feeds ---------------------------------------------------------------------------------------


def test_a_change_of_a_feed_is_an_edit_of_the_file(api: ApiClient) -> None:
    house = api.house
    text = house.file.replace('url = "feed.xml"', 'url = "feed.xml"  # my own feed')
    (house.folder / "config.toml").write_text(text)
    change = {
        "title": PLAIN,
        "priority": 3,
        "drop": ["sponsored"],
        "muted_until": "2027-01-02",
    }
    answer = api("PATCH", "/feeds/feed", change)
    assert answer.status == 200, answer.text
    shown = json.loads(answer.text)
    assert shown["title"] == PLAIN
    assert shown["drop"] == ["sponsored"]
    assert shown["state"] == "muted"
    assert 'url = "feed.xml"  # my own feed' in house.file
    back = dict.fromkeys(change)
    assert api("PATCH", "/feeds/feed", back).status == 200
    assert house.file == text


def test_a_feed_is_found_from_its_file_and_read_at_once(api: ApiClient) -> None:
    (api.house.folder / "other.xml").write_text(
        "<rss version='2.0'><channel><title>Other</title><item><title>One</title>"
        "<guid>1</guid></item></channel></rss>"
    )
    answer = api("POST", "/feeds", {"address": "other.xml", "category": "News"})
    assert answer.status == 201, answer.text
    shown = json.loads(answer.text)
    assert (shown["name"], shown["title"], shown["category"]) == ("other", "Other", "News")
    found = json.loads(api("GET", "/entries?feed=other").text)
    assert [entry["title"] for entry in found["items"]] == ["One"]


def test_two_changes_at_once_are_both_written(api: ApiClient) -> None:
    for number in range(6):
        address = f"https://example.org/{number}.xml"
        api("POST", "/feeds", {"address": address, "name": f"f{number}", "discover": False})

    def change(number: int) -> None:
        call = ApiCall(
            service=api.house.service,
            config=api.house.config,
            now=NOW,
            path={"name": f"f{number}"},
            query=None,
            body=FeedChange(category=f"C{number}"),
        )
        api_feeds.change(call)

    workers = [threading.Thread(target=change, args=(number,)) for number in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    shown = json.loads(api("GET", "/feeds?search=f").text)["items"]
    assert {f["category"] for f in shown if f["name"] != "feed"} == {f"C{n}" for n in range(6)}


def test_a_private_address_is_not_shown(api: ApiClient) -> None:
    api(
        "POST",
        "/feeds",
        {"address": "https://u:secret@example.org/a?token=s3cret", "name": "p", "discover": False},
    )
    text = api("GET", "/feeds").text
    assert "secret" not in text
    assert "s3cret" not in text


# --- pages ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1, 2, 5, 200])
def test_the_pages_of_a_list_hold_everything_once(api: ApiClient, limit: int) -> None:
    with_entries(api.house, 5)
    failing_delivery(api.house, *(f"p{number}@example.org" for number in range(5)))
    for number in range(4):
        address = f"https://example.org/{number}.xml"
        api("POST", "/feeds", {"address": address, "discover": False})

    def walk(path: str, key: str) -> list[object]:
        found: list[object] = []
        after, joint = "", "&" if "?" in path else "?"
        for _ in range(20):
            page = json.loads(api("GET", f"{path}{joint}limit={limit}&after={after}").text)
            assert len(page["items"]) <= limit
            found += [item[key] for item in page["items"]]
            if page["next"] is None:
                return found
            after = page["next"].replace("/", "%2F")
        raise AssertionError("the pages have no end")

    assert walk("/entries", "id") == [5, 4, 3, 2, 1]
    assert walk("/entries?feed=feed", "id") == [5, 4, 3, 2, 1]
    assert len(set(walk("/feeds", "name"))) == 5
    assert walk("/digests/daily/editions", "slot") == [SLOT, "2026-11-21T0700"]
    assert walk("/digests/daily/subscribers", "address") == [f"p{n}@example.org" for n in range(5)]
    assert len(set(walk(f"{EDITION}/deliveries?channel=smtp&state=failed", "id"))) == 5
    assert len(set(walk(f"{EDITION}/deliveries", "id"))) == 5


# --- deliveries and people -----------------------------------------------------------------------


def test_failed_deliveries_are_tried_again(api: ApiClient) -> None:
    one, _ = failing_delivery(api.house, JANE, "joe@example.org")
    failed = json.loads(api("GET", f"{EDITION}/deliveries?channel=smtp&state=failed").text)["items"]
    assert failed[0]["error"] == f"550 5.1.1 {HOSTILE}"
    again = json.loads(api("POST", f"/deliveries/{one}/resend").text)
    assert (again["state"], again["error"], again["attempts"]) == ("pending", None, 0)
    assert json.loads(api("POST", f"{EDITION}/resend", {}).text) == {"deliveries": 1}
    with api.house.store.read() as connection:
        counts = deliveries.counts(connection, 2)
    assert counts == {"smtp": {DeliveryState.PENDING: 2}}


def test_who_left_is_not_added_without_being_asked(api: ApiClient) -> None:
    jane = api.house.subscribe()
    assert api("POST", f"/subscribers/{jane.id}/remove").status == 200
    again = api("POST", "/digests/daily/subscribers", {"address": JANE.upper()})
    assert again.status == 201, "the operator took Jane off, and may add her"
    suspended = api("POST", f"/subscribers/{jane.id}/suspend", {})
    assert json.loads(suspended.text)["state"] == SubscriberState.SUSPENDED
    refused = api("POST", "/digests/daily/subscribers", {"address": JANE})
    assert refused.status == 409
    assert "suspended on 2026-11-22, by the operator" in json.loads(refused.text)["detail"]
    back = api("POST", "/digests/daily/subscribers", {"address": JANE, "again": True, "name": "J"})
    assert (back.status, json.loads(back.text)["name"]) == (201, "J")


def test_who_is_forgotten_has_no_address_any_more(
    api: ApiClient, caplog: pytest.LogCaptureFixture
) -> None:
    jane = api.house.subscribe()
    with caplog.at_level(logging.DEBUG):
        api("POST", "/digests/daily/subscribers/search", {"contains": JANE})
        assert json.loads(api("POST", f"/subscribers/{jane.id}/forget").text) == {"lists": 1}
    assert json.loads(api("GET", f"/subscribers/{jane.id}").text)["address"] == ""
    assert json.loads(api("POST", f"/subscribers/{jane.id}/forget").text) == {"lists": 0}
    assert "jane" not in caplog.text.lower()


def test_the_history_of_a_list_is_told_by_weeks(api: ApiClient) -> None:
    jane = api.house.subscribe()
    api.house.clock = NOW + timedelta(days=7)
    api("POST", f"/subscribers/{jane.id}/remove")
    weeks = json.loads(api("GET", "/digests/daily/subscribers/history?weeks=3").text)["items"]
    assert [(w["joined"], w["left"], w["states"]["active"]) for w in weeks] == [
        (0, 0, 0),
        (1, 0, 1),
        (0, 1, 0),
    ]
