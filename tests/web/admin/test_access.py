"""Who comes in to the operator's pages, and who does not: every route, from a table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest

from digest.web.admin import login, password
from digest.web.admin.routes import ROUTES
from support.adminhouse import OWN, PASSWORD, AdminHouse, hidden
from support.webhouse import WebHouse

SAMPLES = {
    "name": "daily",
    "digest": "daily",
    "slot": "2026-11-22T0700",
    "key": "0123456789ab",
    "id": "1",
    "number": "1",
}
"""A value for each parameter of a path."""


def paths(method: str) -> Iterator[str]:
    for route in ROUTES:
        if method in route.methods:
            yield "/admin" + re.sub(
                r"{(\w+)(:\w+)?}", lambda found: SAMPLES.get(found[1], "1"), route.path
            )


GETS, POSTS = list(paths("GET")), list(paths("POST"))


@pytest.fixture
def stranger(tmp_path: Path) -> Iterator[AdminHouse]:
    """A web side where nobody is logged in."""
    opened = AdminHouse(tmp_path)
    yield opened
    opened.close()


@pytest.mark.parametrize("path", [*GETS, *POSTS, "/admin/login", "/admin/x", "/api/", "/api/x"])
def test_without_the_table_every_address_is_unknown(tmp_path: Path, path: str) -> None:
    house = WebHouse(tmp_path)
    try:
        assert house.get(path).status == 404
        assert house.post(path, b"password=x", OWN).status == 404
    finally:
        house.close()


@pytest.mark.parametrize("path", GETS)
def test_a_page_wants_a_login_first(stranger: AdminHouse, path: str) -> None:
    answer = stranger.get(path)
    assert answer.status == 303
    assert answer.headers["location"].startswith("/admin/login?to=admin")
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("path", POSTS)
def test_a_form_without_a_session_gets_the_login_page(stranger: AdminHouse, path: str) -> None:
    before = stranger.file
    answer = stranger.post(path, b"a=b&token=x", OWN)
    assert answer.status == 401
    assert "Your session has ended" in answer.text
    assert stranger.file == before


FOREIGN = {
    "another site": {"sec-fetch-site": "cross-site"},
    "another host of the same site": {"sec-fetch-site": "same-site"},
    "typed by a person": {"sec-fetch-site": "none"},
    "no browser at all": {},
    "another origin": {"origin": "https://evil.example"},
    "a sandboxed page": {"origin": "null"},
    "the right name without encryption": {"origin": "http://news.example.org"},
    "the right name with more behind it": {"origin": "https://news.example.org.evil.example"},
    "two opinions": {"sec-fetch-site": "same-origin", "origin": "https://evil.example"},
}


@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN)
@pytest.mark.parametrize("path", [*POSTS, "/admin/login"])
def test_a_form_from_elsewhere_is_refused(
    house: AdminHouse, path: str, headers: dict[str, str]
) -> None:
    before = house.file
    token = hidden(house.get("/admin/login" if path.endswith("login") else "/admin/"), "token")
    answer = house.post(path, urlencode({"token": token, "password": PASSWORD}).encode(), headers)
    assert answer.status == 403
    assert house.file == before


@pytest.mark.parametrize("token", [None, "", "x" * 64, "é"], ids=repr)
@pytest.mark.parametrize("path", POSTS)
def test_a_form_without_its_token_is_refused(
    house: AdminHouse, path: str, token: str | None
) -> None:
    before = house.file
    fields = {"a": "b"} if token is None else {"a": "b", "token": token}
    assert house.post(path, urlencode(fields).encode(), OWN).status in (403, 404)
    assert house.file == before


@pytest.mark.parametrize("path", [*GETS, *POSTS, "/admin/login"])
def test_a_forged_host_is_refused(house: AdminHouse, path: str) -> None:
    assert house.get(path, host="evil.example").status == 421
    assert house.post(path, b"", OWN, host="evil.example").status == 421


@pytest.mark.parametrize("path", [*GETS, "/admin/login"])
def test_every_page_is_sealed(house: AdminHouse, path: str) -> None:
    for answer in (house.get(path), house.get(path, {"cookie": ""})):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["x-content-type-options"] == "nosniff"
        if answer.headers.get("content-type", "").startswith("text/html"):
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert len(answer.body) < 60_000


def test_the_cookie_is_for_these_pages_alone(stranger: AdminHouse) -> None:
    cookie = stranger.log_in().headers["set-cookie"]
    assert cookie.startswith("__Secure-digest_admin=")
    for part in ("HttpOnly", "Secure", "SameSite=strict", "Path=/admin", "Max-Age=43200"):
        assert part in cookie, cookie


def test_a_session_ends_after_its_time(house: AdminHouse) -> None:
    assert house.get("/admin/").status == 200
    house.clock += timedelta(hours=12, seconds=1)
    assert house.get("/admin/").status == 303


def test_a_new_password_ends_all_sessions(house: AdminHouse) -> None:
    password.set_password(house.folder, PASSWORD)
    assert house.get("/admin/").status == 303


def test_without_its_password_a_session_is_worth_nothing(house: AdminHouse) -> None:
    (house.folder / password.FILE).unlink()
    assert house.get("/admin/").status == 303
    page = house.get("/admin/login")
    assert "digest web password" in page.text


def test_a_logout_ends_the_session_for_a_copy_of_the_cookie_too(house: AdminHouse) -> None:
    copied = dict(house.cookies)
    assert house.send("/admin/logout", "/admin/").status == 200
    assert house.cookies == {}
    house.cookies = copied
    assert house.get("/admin/").status == 303


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda cookie: cookie[:-2] + "xx", id="another signature"),
        pytest.param(lambda cookie: "e" + cookie, id="another content"),
        pytest.param(lambda cookie: "", id="nothing"),
        pytest.param(lambda cookie: "a.b.c", id="three words"),
        pytest.param(lambda cookie: cookie.partition(".")[0], id="no signature"),
        pytest.param(lambda cookie: "é" * 20, id="no ASCII"),
    ],
)
def test_a_forged_cookie_is_no_session(house: AdminHouse, change) -> None:
    (name, cookie), *_ = house.cookies.items()
    forged = change(cookie).encode().decode("latin-1")
    assert house.get("/admin/", {"cookie": f"{name}={forged}"}).status == 303


def test_a_signed_text_of_another_purpose_is_no_session(house: AdminHouse) -> None:
    (name, _), *_ = house.cookies.items()
    token = hidden(house.get("/admin/login", {"cookie": ""}), "token")
    assert house.get("/admin/", {"cookie": f"{name}={token}"}).status == 303


def test_the_file_of_the_password_is_the_owners(stranger: AdminHouse) -> None:
    file = password.set_password(stranger.folder, PASSWORD)
    assert file.stat().st_mode & 0o777 == 0o600
    assert PASSWORD not in file.read_text()
    file.chmod(0o644)
    password.set_password(stranger.folder, PASSWORD)
    assert file.stat().st_mode & 0o777 == 0o600


# --- guesses --------------------------------------------------------------------------------------


def test_guesses_from_one_network_are_limited(stranger: AdminHouse) -> None:
    statuses = [stranger.log_in("wrong").status for _ in range(6)]
    assert statuses == [401] * 5 + [429]
    assert stranger.log_in().status == 429  # the right one, too
    stranger.timer += 60
    assert stranger.log_in().status == 303


def test_guesses_from_many_networks_are_limited(stranger: AdminHouse, monkeypatch) -> None:
    monkeypatch.setattr(login, "matches", lambda stored, written: False)  # it takes its time
    page = stranger.get("/admin/login")
    body = urlencode({"token": hidden(page, "token"), "password": "wrong"}).encode()
    statuses = [
        stranger.post("/admin/login", body, OWN, peer=f"203.{at}.113.9").status for at in range(41)
    ]
    assert statuses == [401] * 40 + [429]


@pytest.mark.parametrize("written", ["", "x", "x" * 1025, "x" * 100_000, "é\x00\u2028"], ids=len)
def test_what_is_no_password_is_refused(stranger: AdminHouse, written: str) -> None:
    assert stranger.log_in(written).status == 401


def test_a_login_needs_the_token_of_its_page(stranger: AdminHouse) -> None:
    body = urlencode({"password": PASSWORD, "token": "x"}).encode()
    assert stranger.post("/admin/login", body, OWN).status == 403


# --- where it goes on -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("to", "leads"),
    [
        ("admin/feeds?state=failing", "/admin/feeds?state=failing"),
        ("", "/admin/"),
        ("//evil.example/", "/admin/"),
        ("admin/../../evil", "/admin/"),
        ("https://evil.example/admin/", "/admin/"),
        ("admin\\@evil.example", "/admin/"),
        ("admin/\r\nset-cookie: a=b", "/admin/"),
        ("administrator", "/admin/"),
    ],
)
def test_a_login_leads_to_a_page_of_ours(stranger: AdminHouse, to: str, leads: str) -> None:
    assert stranger.log_in(to=to).headers["location"] == leads


def test_a_link_on_another_site_finds_the_session(house: AdminHouse) -> None:
    """Browsers hold a strict cookie back after such a link, and send it after one of our own."""
    answer = house.get("/admin/?a=b", {"sec-fetch-site": "cross-site", "cookie": ""})
    assert answer.status == 200
    assert 'content="0; url=/admin/?a=b"' in answer.text


# --- a form that outlives its session -------------------------------------------------------------


def test_a_form_comes_back_after_the_login(house: AdminHouse) -> None:
    house.cookies = {}
    typed = 'two\r\nlines, "quoted" <b>ünïcode</b> 日本'
    refused = house.post("/admin/logout", urlencode({"note": typed, "x": ["1"]}).encode(), OWN)
    assert refused.status == 401
    carried = hidden(refused, "carried")
    answer = house.post(
        "/admin/login",
        urlencode(
            {"token": hidden(refused, "token"), "password": PASSWORD, "carried": carried}
        ).encode(),
        OWN,
    )
    assert answer.status == 200
    assert "Nothing has been changed yet" in answer.text
    assert hidden(answer, "note").replace("\n", "\r\n").replace("\r\r", "\r") == typed
    assert house.get("/admin/").status == 200  # the session is not ended by the carried logout


def test_a_forged_carried_form_is_not_shown(stranger: AdminHouse) -> None:
    assert stranger.log_in(carried="evil.x.y").headers["location"] == "/admin/"


def test_a_form_with_an_old_token_comes_back_at_once(house: AdminHouse) -> None:
    answer = house.post("/admin/logout", b"note=typed&token=old", OWN)
    assert answer.status == 403
    assert hidden(answer, "note") == "typed"


def test_a_form_that_is_too_long_is_refused_before_it_is_read(house: AdminHouse) -> None:
    pieces = [b"a=" + b"x" * 60_000] * 100
    assert house.post("/admin/logout", pieces, OWN).status == 413
    assert house.read < 10


# --- a proxy that names the operator --------------------------------------------------------------

PROXY = """url = "https://news.example.org/"
proxies = ["10.1.0.0/16"]
[web.admin]
proxy_header = "X-Forwarded-User"
"""


@pytest.fixture
def behind(tmp_path: Path) -> Iterator[AdminHouse]:
    opened = AdminHouse(tmp_path, web=PROXY, has_password=False)
    yield opened
    opened.close()


def test_a_proxy_names_the_operator(behind: AdminHouse) -> None:
    named = {"x-forwarded-user": "jane"}
    page = behind.get("/admin/", named, peer="10.1.2.3")
    assert page.status == 200
    assert "jane" in page.text


@pytest.mark.parametrize(
    ("peer", "headers"),
    [
        pytest.param("127.0.0.1", [("x-forwarded-user", "jane")], id="a user of this machine"),
        pytest.param("10.2.0.1", [("x-forwarded-user", "jane")], id="a machine beside it"),
        pytest.param("10.1.2.3", [], id="the proxy names nobody"),
        pytest.param("10.1.2.3", [("x-forwarded-user", " ")], id="the proxy names a blank"),
        pytest.param(
            "10.1.2.3",
            [("x-forwarded-user", "jane"), ("x-forwarded-user", "eve")],
            id="the proxy passes a second name on",
        ),
        pytest.param("10.1.2.3", [("x-forwarded-users", "jane")], id="another header"),
    ],
)
def test_nobody_else_does(behind: AdminHouse, peer: str, headers: list[tuple[str, str]]) -> None:
    assert behind.get("/admin/", headers, peer=peer).status == 303


# --- behind a prefix ------------------------------------------------------------------------------


def test_it_works_behind_a_prefix(tmp_path: Path) -> None:
    house = AdminHouse(tmp_path, web='url = "https://news.example.org/my%20news/"\n[web.admin]')
    try:
        login_page = house.get("/my%20news/admin/login")
        assert 'action="/my%20news/admin/login"' in login_page.text
        body = urlencode({"token": hidden(login_page, "token"), "password": PASSWORD}).encode()
        answer = house.post("/my%20news/admin/login", body, OWN)
        assert answer.headers["location"] == "/my%20news/admin/"
        assert "Path=/my%20news/admin;" in answer.headers["set-cookie"]
        page = house.get("/my%20news/admin/")
        assert page.status == 200
        assert 'href="/my%20news/admin/feeds"' in page.text
        assert 'href="/admin' not in page.text
    finally:
        house.close()


def test_the_paths_of_the_routes_are_all_different() -> None:
    seen = [(route.path, method) for route in ROUTES for method in route.methods]
    assert len(seen) == len(set(seen))
