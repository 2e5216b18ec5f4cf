"""The gate: who is let in, what every answer says, and what of it is written down."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from digest.web.middleware import harmless
from support.webhouse import SLOT, WebHouse

SAID = {
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
EVERYWHERE = [
    ("GET", "/", {}),
    ("GET", "/daily", {}),
    ("GET", "/daily/", {}),
    ("HEAD", f"/daily/{SLOT}/", {}),
    ("GET", "/daily/atom.xml", {}),
    ("GET", "/daily/atom.xml", {"if-none-match": "*"}),
    ("GET", "/daily/subscribe", {}),
    ("POST", "/daily/subscribe", {}),
    ("POST", "/daily/subscribe", {"origin": "null"}),
    ("POST", "/daily/", {}),
    ("DELETE", "/daily/", {}),
    ("GET", "/nothing", {}),
    ("GET", "/healthz", {}),
    ("GET", f"/{'x' * 2000}", {}),
]


@pytest.mark.parametrize(("method", "path", "headers"), EVERYWHERE)
def test_every_answer_tells_browsers_to_make_no_more_of_it(
    house: WebHouse, method: str, path: str, headers: dict[str, str]
) -> None:
    said = house.ask(method, path, headers).headers
    assert {name: said[name] for name in SAID} == SAID
    assert said["referrer-policy"] in ("no-referrer", "same-origin")
    policy = said["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert "unsafe" not in policy
    assert "script" not in policy
    assert "set-cookie" not in said
    assert "access-control-allow-origin" not in said
    assert "server" not in said


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("news.example.org", 200),
        ("NEWS.example.org", 200),
        ("news.example.org:443", 200),
        ("127.0.0.1:8000", 200),
        ("localhost", 200),
        ("[::1]:8000", 200),
        ("evil.example", 421),
        ("news.example.org.evil.example", 421),
        ("xnews.example.org", 421),
        ("192.0.2.7", 421),
        ("localhost.evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("2130706433", 421),
        ("0", 421),
        ("", 400),
        (None, 400),
        ("news.example.org@evil.example", 400),
        ("news.example.org, evil.example", 400),
        ("http://news.example.org", 400),
    ],
)
def test_only_hosts_of_the_configuration_are_known(
    house: WebHouse, host: str | None, status: int
) -> None:
    for path in ("/", "/daily/", "/daily/subscribe"):
        answer = house.get(path, host=host)
        assert answer.status == status
        if host and status != 200:
            assert host.partition("@")[2] not in answer.text or "@" not in host
            assert "evil" not in answer.text


def test_no_answer_is_made_of_what_a_stranger_says_of_the_host(house: WebHouse) -> None:
    plain = {path: house.get(path) for path in ("/", "/daily", "/daily/", "/daily/atom.xml")}
    forged = {
        "x-forwarded-host": "evil.example",
        "x-forwarded-proto": "javascript",
        "x-forwarded-prefix": "//evil.example",
        "x-forwarded-for": "evil.example",
        "x-original-url": "/evil",
        "x-rewrite-url": "/evil",
        "forwarded": "for=1.2.3.4;host=evil.example;proto=https",
        "x-http-method-override": "DELETE",
    }
    for path, answer in plain.items():
        for peer in ("127.0.0.1", "203.0.113.9"):
            assert house.get(path, forged, peer=peer) == answer
        assert house.get(path, host="localhost") == answer, "not even of a host that is ours"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "get"])
def test_other_methods_are_refused(house: WebHouse, method: str) -> None:
    for path in ("/", "/daily/subscribe", "/nothing"):
        answer = house.ask(method, path)
        assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, POST")


@pytest.mark.parametrize("path", ["/", "/daily", "/daily/", f"/daily/{SLOT}/", "/healthz"])
def test_what_is_to_be_read_takes_no_form(house: WebHouse, path: str) -> None:
    answer = house.post(path, b"x=1")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("path", ["/daily/subscribe", "/daily/unsubscribe/1-a"])
def test_a_form_names_the_methods_that_it_takes(house: WebHouse, path: str) -> None:
    answer = house.ask("PUT", path)
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, POST")


@pytest.mark.parametrize(
    "path", ["/", "/healthz", "/daily", "/daily/", "/daily/subscribe", f"/daily/{SLOT}", "/daily/x"]
)
def test_a_line_feed_at_the_end_of_an_address_belongs_to_it(house: WebHouse, path: str) -> None:
    for spelled in (f"{path}%0a", f"{path}%0d%0a"):
        answer = house.get(spelled)
        assert (answer.status, "location" in answer.headers) == (404, False)


@pytest.mark.parametrize("path", ["/daily/subscribe/", "/healthz/", "//", f"/daily/{SLOT}//"])
def test_no_address_is_guessed_from_another(house: WebHouse, path: str) -> None:
    answer = house.get(path)
    assert (answer.status, "location" in answer.headers) == (404, False)
    assert "text/html" in answer.headers["content-type"]


def test_a_client_that_leaves_while_it_sends_a_form_is_no_bug(
    house: WebHouse, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        assert house.post("/daily/subscribe", []).status == 400
    assert [record.levelname for record in caplog.records] == ["INFO"]
    assert house.waiting == []


def test_a_form_may_be_so_large_and_no_larger(house: WebHouse) -> None:
    fits, over = b"address=" + b"x" * 4088, b"address=" + b"x" * 4089
    same = {"sec-fetch-site": "same-origin"}
    assert house.post("/daily/subscribe", fits, same).status == 422
    for body in (over, [b"x" * 3000, b"x" * 3000], b"x" * 10_000_000):
        answer = house.ask("POST", "/daily/subscribe", same, body=body)
        assert (answer.status, answer.headers["connection"]) == (413, "close")
        assert "This cannot be done like this" in answer.text


def test_no_more_of_a_large_body_is_read_than_is_needed(house: WebHouse) -> None:
    answer = house.ask("POST", "/daily/unsubscribe/1-a", body=[b"x" * 1024] * 10_000)
    assert (answer.status, house.read) == (413, 5)
    assert house.post("/nothing/", [b"x" * 1024] * 10_000).status == 405
    assert house.read == 0


def test_a_long_address_is_refused(house: WebHouse) -> None:
    assert house.get(f"/?{'x' * 1000}").status == 200
    assert house.get(f"/?{'x' * 1024}").status == 414
    assert house.get(f"/daily/{'%41' * 400}").status == 414


def test_a_bug_of_ours_is_told_to_nobody_but_the_operator(
    house: WebHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.service.cache, "get", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        house.get("/daily/")


# --- the log --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("/", "/"),
        ("/daily/2026-11-22T0700/", "/daily/2026-11-22T0700/"),
        ("/daily/archive/atom-2026-11-22T0700.xml", "/daily/archive/atom-2026-11-22T0700.xml"),
        ("/daily/unsubscribe/7-gbzwrcfsaeyqxafpps43oeim", "/daily/unsubscribe/…"),
        ("/daily/confirm/7-gbzwrcfsaeyqxafpps43oeim/x", "/daily/confirm/…"),
        ("/daily/UNSUBSCRIBE/7-gbzwrcfsaeyqxafpps43oeim", "/daily/UNSUBSCRIBE/…"),
        ("/daily/7-gbzwrcfsaeyqxafpps43oeim", "/daily/…"),
        ("/x7-GBZWRCFSAEYQXAFPPS43OEIM.html", "/…"),
        ("/jane@example.org", "/…"),
        ("/daily/jane%40example.org/x", "/daily/…/x"),
        ("/a\r\nb\x1b[31m\u202e c", "/a??b?[31m??c"),
        ("/" + "x" * 500, "/" + "x" * 199),
    ],
)
def test_a_path_is_written_down_without_what_is_private(path: str, written: str) -> None:
    assert harmless(path) == written


def test_the_log_knows_no_people(house: WebHouse, caplog: pytest.LogCaptureFixture) -> None:
    jane = house.subscribe("jane.doe@example.org")
    token = house.token("unsubscribe", jane.id)
    spelled = [f"/daily/unsubscribe/{token}", f"/daily/%75nsubscribe/{token.replace('-', '%2d')}"]
    with caplog.at_level(logging.DEBUG):
        for path in [*spelled, f"/daily/unsubscribe/{token}%2f", f"/{token}", f"/x/{token}.html"]:
            house.get(path, {"user-agent": "Secretive/1", "cookie": "a=b"}, peer="203.0.113.9")
            house.get(f"{path}?address=jane.doe@example.org")
        house.post("/daily/subscribe", b"address=jane.doe@example.org", {"sec-fetch-site": "none"})
    assert caplog.text.count("digest.web") == 11
    assert "GET /daily/unsubscribe/… 200" in caplog.text
    for private in (token, token[4:], "jane", "203.0.113", "Secretive", "a=b"):
        assert private not in caplog.text


def test_nothing_private_is_in_an_answer(house: WebHouse, tmp_path: Path) -> None:
    with house.store.write() as connection:
        held = connection.exec_driver_sql("SELECT value FROM secrets").scalar()
    for path in ("/", "/daily/", "/daily/atom.xml", "/healthz", "/daily/subscribe", "/nothing"):
        answer = house.get(path)
        assert str(tmp_path) not in answer.text
        assert "digest.db" not in answer.text
        assert held is None or held.hex() not in answer.text
