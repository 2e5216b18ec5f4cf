"""How people come and go on the web side, and how strangers try to do it for them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from urllib.parse import urlencode

import pytest
from lxml import html

from digest.errors import ConfigError, DeliveryError
from digest.model import SubscriberState
from digest.store import subscribers
from digest.web.sign_up_and_leave import masked
from support import editions
from support.smtpserver import SmtpServer
from support.webhouse import CONFIG, JANE, NOW, URL, Answer, WebHouse

SAME = {"sec-fetch-site": "same-origin", "origin": "https://news.example.org"}


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer() as running:
        yield running


@pytest.fixture
def house(tmp_path: Path, server: SmtpServer) -> Iterator[WebHouse]:
    opened = WebHouse(tmp_path, port=server.port)
    opened.publish("daily", editions.sample())
    yield opened
    opened.close()


def sign_up(
    house: WebHouse, address: str = JANE, path: str = "/daily/subscribe", *, name: str = ""
) -> Answer:
    return house.post(path, urlencode({"address": address, "name": name}).encode(), SAME)


def name_of(house: WebHouse) -> str | None:
    with house.store.read() as connection:
        found = subscribers.by_address(connection, "daily", JANE)
    assert found is not None
    return found.name


def link_in(mail: bytes) -> str:
    body = message_from_bytes(mail, policy=policy.default).get_body(("plain",))
    assert body is not None
    (link,) = (word for word in body.get_content().split() if word.startswith(URL))
    return f"/{link.removeprefix(URL)}"


# --- coming ---------------------------------------------------------------------------------------


def test_from_the_form_to_the_list(house: WebHouse, server: SmtpServer) -> None:
    form = html.fromstring(house.get("/daily/subscribe").text).forms[0]
    assert (form.method, form.action) == ("POST", "/daily/subscribe")
    assert list(form.fields) == ["address", "name"]
    asked = sign_up(house)
    assert asked.status == 200
    assert "Look into your mailbox" in asked.text
    assert server.messages == [], "the answer does not wait for the mail"
    house.catch_up()
    (mail,) = server.messages
    assert mail.recipient == JANE
    link = link_in(mail.data)

    shown = house.get(link)
    assert shown.status == 200
    assert "j***@example.org" in shown.text
    assert JANE not in shown.text
    assert house.state() == SubscriberState.REQUESTED, "looking changes nothing"
    (button,) = html.fromstring(shown.text).forms
    assert (button.method, button.action) == ("POST", None), "it posts to its own address"

    done = house.post(link, b"List-Unsubscribe=One-Click", SAME)
    assert done.status == 200
    assert "You are subscribed" in done.text
    assert house.state() == SubscriberState.ACTIVE
    assert house.post(link, b"", SAME).status == 200, "twice is no mistake"


def test_a_name_is_theirs_once_they_confirm(house: WebHouse, server: SmtpServer) -> None:
    page = html.fromstring(house.get("/daily/subscribe").text)
    (field,) = page.xpath("//input[@name='name']")
    assert (field.get("autocomplete"), field.get("maxlength")) == ("name", "60")
    assert field.get("required") is None
    assert page.xpath(f"//label[@for='{field.get('id')}']")
    assert sign_up(house, name="  Jane  Döe ").status == 200
    house.catch_up()
    (mail,) = server.messages
    assert "Döe" not in message_from_bytes(mail.data, policy=policy.default).as_string()
    assert name_of(house) is None
    house.post(link_in(mail.data), b"", SAME)
    assert name_of(house) == "Jane Döe"
    house.post(link_in(mail.data), b"", SAME)
    assert name_of(house) == "Jane Döe", "twice is no mistake"


def test_a_stranger_renames_nobody(house: WebHouse, server: SmtpServer) -> None:
    sign_up(house, name="Jane")
    house.catch_up()
    house.post(link_in(server.messages[0].data), b"", SAME)
    sign_up(house, name="Somebody else")
    house.catch_up()
    assert (name_of(house), len(server.messages)) == ("Jane", 1)
    with house.store.read() as connection:
        found = subscribers.by_address(connection, "daily", JANE)
    assert found is not None
    house.post(f"/daily/unsubscribe/{house.token('unsubscribe', found.id)}")
    sign_up(house, name="Somebody else")
    house.catch_up()
    assert name_of(house) == "Jane", "nobody has confirmed it"


def test_who_signs_up_again_without_a_name_keeps_theirs(
    house: WebHouse, server: SmtpServer
) -> None:
    who = house.subscribe()
    with house.store.write() as connection:
        subscribers.set_names(connection, "daily", {JANE: "Jane"})
    house.post(f"/daily/unsubscribe/{house.token('unsubscribe', who.id)}")
    sign_up(house)
    house.catch_up()
    house.post(link_in(server.messages[0].data), b"", SAME)
    assert (house.state(), name_of(house)) == (SubscriberState.ACTIVE, "Jane")


@pytest.mark.parametrize(
    "name",
    ["J" * 61, "Jane\r\nBcc: joe@example.org", "www.example.org", "=?utf-8?q?a?=", "<b>Jane</b>"],
)
def test_what_is_no_name_comes_back_to_be_looked_over(house: WebHouse, name: str) -> None:
    answer = sign_up(house, name=name)
    assert answer.status == 422
    page = html.fromstring(answer.text)
    (field,) = page.xpath("//input[@name='name']")
    assert field.get("aria-invalid") == "true"
    assert page.get_element_by_id(field.get("aria-describedby")).get("role") == "alert"
    assert page.xpath("//input[@name='address']")[0].get("value") == JANE
    assert "<b>Jane" not in answer.text
    assert house.waiting == []


def test_the_answer_is_the_same_whoever_is_known(house: WebHouse, server: SmtpServer) -> None:
    house.subscribe(JANE)
    gone = house.subscribe("gone@example.org")
    house.post(f"/daily/unsubscribe/{house.token('unsubscribe', gone.id)}")
    answers = []
    for address in (JANE, "gone@example.org", "news@example.org"):
        answer = sign_up(house, address)
        answers.append((answer.status, answer.text.replace(address, "..."), sorted(answer.headers)))
        assert len(house.waiting) == 1, "and no more is done before it"
        house.catch_up()
        house.timer += 3600
    assert answers[0] == answers[1] == answers[2]
    assert [mail.recipient for mail in server.messages] == ["gone@example.org", "news@example.org"]


def test_the_address_that_mail_goes_to_is_shown(house: WebHouse) -> None:
    assert "Jane.Doe@xn--mller-kva.example" in sign_up(house, " Jane.Doe@Müller.example ").text


@pytest.mark.parametrize(
    "address",
    [
        "",
        "jane",
        "jane@",
        "a@b",
        "root@localhost",
        "jane@example.",
        "@example.org",
        "jane example.org",
        "jane@example.org, joe@example.org",
        "Jane <jane@example.org>",
        "jane@example.org\r\nBcc: joe@example.org",
        '"><script>alert(1)</script>@example.org',
        "jane@example.org\x00",
        "\u202ejane@example.org",
        "j" * 3000 + "@example.org",
    ],
)
def test_what_is_no_address_comes_back_to_be_looked_over(house: WebHouse, address: str) -> None:
    answer = sign_up(house, address)
    assert answer.status == 422
    page = html.fromstring(answer.text)
    (field,) = page.xpath("//input[@name='address']")
    assert field.get("aria-invalid") == "true"
    assert field.get("aria-describedby").split() == ["wrong", "hint"]
    assert page.get_element_by_id("wrong").get("role") == "alert"
    assert page.findtext("head/title").startswith("That is no mail address")
    assert len(field.get("value")) <= 254
    assert "<script" not in answer.text
    assert house.waiting == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"address",
        b"other=jane@example.org",
        b'{"address": "jane@example.org"}',
        b"\xff\xfe",
        b"address=%ff%fe",
        b"&".join(b"a%d=1" % number for number in range(50)),
        b"--x\r\nContent-Disposition: form-data; name=address\r\n\r\njane@example.org\r\n--x--\r\n",
    ],
)
def test_a_body_that_is_no_form_of_ours_is_an_empty_form(house: WebHouse, body: bytes) -> None:
    assert house.post("/daily/subscribe", body, SAME).status == 422
    assert house.waiting == []


@pytest.mark.parametrize("path", ["/pages/subscribe", "/chinese/subscribe", "/nothing/subscribe"])
def test_where_no_mail_is_sent_there_is_no_sign_up(house: WebHouse, path: str) -> None:
    assert house.get(path).status == 404
    assert sign_up(house, path=path).status == 404
    assert house.waiting == []


@pytest.mark.parametrize(
    ("web", "more"),
    [
        pytest.param("", "", id="without an address that a link could lead to"),
        pytest.param(
            f'url = "{URL}"',
            'subscribers = false\nto = ["me@example.org"]\n',
            id="with readers of the operator",
        ),
    ],
)
def test_whom_nobody_may_join_is_not_offered(house: WebHouse, web: str, more: str) -> None:
    house.web = web
    house.configure(CONFIG.replace("port = {port}\n", f"port = {{port}}\n{more}"))
    assert house.get("/daily/subscribe", host="localhost").status == 404
    assert "subscribe" not in house.get("/", host="localhost").text


def test_a_mail_that_cannot_be_sent_changes_nothing_that_a_stranger_sees(house: WebHouse) -> None:
    well = sign_up(house)
    house.port = 9  # where nobody listens
    house.configure()
    ill = sign_up(house)
    assert (ill.status, ill.text) == (well.status, well.text)
    house.waiting.pop(0)
    with pytest.raises(DeliveryError):
        house.catch_up()


def test_when_too_much_is_waiting_nothing_is_promised(house: WebHouse) -> None:
    house.room = 0
    answer = sign_up(house)
    assert (answer.status, answer.headers["retry-after"]) == (503, "600")
    assert "Look into your mailbox" not in answer.text


# --- too many -------------------------------------------------------------------------------------


def test_one_network_signs_up_a_few_at_once(house: WebHouse) -> None:
    def from_(address: str) -> int:
        body = b"address=jane@example.org"
        return house.post("/daily/subscribe", body, {**SAME, "x-forwarded-for": address}).status

    assert [from_(f"203.0.113.{number}") for number in range(7)] == [200] * 5 + [429] * 2
    assert from_("203.0.114.1") == 200, "another is not held back by it"
    house.timer += 120
    assert [from_("203.0.113.1"), from_("203.0.113.1")] == [200, 429]


def test_all_together_sign_up_so_many_and_no_more(house: WebHouse) -> None:
    answers = []
    for number in range(70):
        headers = {**SAME, "x-forwarded-for": f"10.{number}.0.1"}
        answers.append(house.post("/daily/subscribe", b"address=jane@example.org", headers))
        house.catch_up()
    assert [answer.status for answer in answers] == [200] * 60 + [429] * 10
    assert answers[-1].headers["retry-after"] == "10"
    assert "Too many at once" in answers[-1].text


def test_a_stranger_cannot_say_that_he_is_another(house: WebHouse) -> None:
    statuses = [
        house.post(
            "/daily/subscribe",
            b"address=jane@example.org",
            {**SAME, "x-forwarded-for": f"10.{number}.0.1", "forwarded": f"for=10.{number}.0.1"},
            peer="203.0.113.9",
        ).status
        for number in range(6)
    ]
    assert statuses == [200] * 5 + [429]


def test_a_proxy_elsewhere_is_believed_where_it_is_named(house: WebHouse) -> None:
    house.web = f'url = "{URL}"\nproxies = ["203.0.113.0/24"]'
    house.configure()
    statuses = [
        house.post(
            "/daily/subscribe",
            b"address=jane@example.org",
            {**SAME, "x-forwarded-for": f"10.{number}.0.1"},
            peer="203.0.113.9",
        ).status
        for number in range(6)
    ]
    assert statuses == [200] * 6


def test_a_wrong_address_costs_nothing(house: WebHouse) -> None:
    assert [sign_up(house, "jane").status for _ in range(9)] == [422] * 9
    assert sign_up(house).status == 200


# --- from elsewhere -------------------------------------------------------------------------------

FOREIGN = [
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "cross-site", "origin": "https://news.example.org"},
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://news.example.org"},
    {"origin": "https://news.example.org.evil.example"},
    {"origin": ""},
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_another_site_signs_nobody_up(house: WebHouse, headers: dict[str, str]) -> None:
    answer = house.post("/daily/subscribe", b"address=jane@example.org", headers)
    assert answer.status == 200
    assert "Another site has filled in this form." in answer.text
    assert 'value="jane@example.org"' in answer.text
    assert house.waiting == []


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_site_that_was_named_signs_people_up(house: WebHouse, headers: dict[str, str]) -> None:
    house.web = f'url = "{URL}"\nforms_from = ["https://club.example.org", "http://[::1]"]'
    with pytest.raises(ConfigError, match="forms_from"):
        house.configure()
    house.web = f'url = "{URL}"\nforms_from = ["https://club.example.org"]'
    house.configure()
    house.post("/daily/subscribe", b"address=jane@example.org", headers)
    assert house.waiting == []
    named = {"sec-fetch-site": "cross-site", "origin": "https://club.example.org"}
    answer = house.post("/daily/subscribe", b"address=jane@example.org", named)
    assert "Look into your mailbox" in answer.text
    assert len(house.waiting) == 1
    token = house.token("unsubscribe", house.subscribe("john@example.org").id)
    assert house.post("/daily/confirm/1-x", b"", named).status == 403
    assert house.post(f"/daily/unsubscribe/{token}", b"", named).status == 200


@pytest.mark.parametrize("headers", FOREIGN)
def test_another_site_confirms_nothing(
    house: WebHouse, server: SmtpServer, headers: dict[str, str]
) -> None:
    sign_up(house)
    house.catch_up()
    assert house.post(link_in(server.messages[0].data), b"", headers).status == 403
    assert house.state() == SubscriberState.REQUESTED


@pytest.mark.parametrize("headers", [*FOREIGN, {}])
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", b"List-Unsubscribe=One-Click"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n'
            b"One-Click\r\n--x--\r\n",
        ),
        ("text/plain", b""),
    ],
)
def test_leaving_takes_one_post_from_wherever(
    house: WebHouse, headers: dict[str, str], kind: str, body: bytes
) -> None:
    jane = house.subscribe()
    token = house.token("unsubscribe", jane.id)
    headers = {**headers, "content-type": kind}
    answer = house.post(f"/daily/unsubscribe/{token}", body, headers, peer="198.51.100.1")
    assert answer.status == 200
    assert "set-cookie" not in answer.headers
    assert "location" not in answer.headers
    assert house.state() == SubscriberState.UNSUBSCRIBED


def test_a_form_is_shown_so_that_a_browser_names_its_origin(house: WebHouse) -> None:
    jane = house.subscribe()
    token = house.token("unsubscribe", jane.id)
    for path in ("/daily/subscribe", f"/daily/unsubscribe/{token}"):
        assert house.get(path).headers["referrer-policy"] == "same-origin"
    assert house.get("/daily/").headers["referrer-policy"] == "no-referrer"


# --- going ----------------------------------------------------------------------------------------


def test_looking_at_the_link_lets_nobody_go(house: WebHouse) -> None:
    jane = house.subscribe()
    path = f"/daily/unsubscribe/{house.token('unsubscribe', jane.id)}"
    for method in ("GET", "HEAD", "GET"):
        answer = house.ask(method, path)
        assert answer.status == 200
    assert "j***@example.org" in answer.text
    assert "Unsubscribe from" in answer.text
    (form,) = html.fromstring(answer.text).forms
    assert dict(form.fields) == {"List-Unsubscribe": "One-Click"}
    assert house.state() == SubscriberState.ACTIVE


def test_leaving_again_is_no_mistake_and_coming_back_is_offered(house: WebHouse) -> None:
    jane = house.subscribe()
    path = f"/daily/unsubscribe/{house.token('unsubscribe', jane.id)}"
    for _ in range(3):
        answer = house.post(path, b"List-Unsubscribe=One-Click")
        assert answer.status == 200
        assert "You are unsubscribed" in answer.text
        assert "Subscribe again" in answer.text
    assert house.get(path).status == 200


def test_a_writer_at_work_keeps_no_page_and_no_stranger_waiting(house: WebHouse) -> None:
    jane = house.subscribe()
    own = f"/daily/unsubscribe/{house.token('unsubscribe', jane.id)}"
    with house.store.write():
        for path in ("/", "/daily/", "/daily/atom.xml", "/daily/subscribe", "/healthz", own):
            assert house.get(path).status == 200
        assert house.post("/daily/unsubscribe/1-" + "a" * 24).status == 404
        assert house.post("/daily/confirm/1-" + "a" * 24, b"", SAME).status == 404
        assert sign_up(house).status == 200


def test_a_digest_that_there_is_no_more_can_be_left(house: WebHouse) -> None:
    jane = house.subscribe(digest="old")
    path = f"/old/unsubscribe/{house.token('unsubscribe', jane.id)}"
    assert "old" in house.get(path).text
    answer = house.post(path)
    assert answer.status == 200
    assert "Subscribe again" not in answer.text
    assert house.state(digest="old") == SubscriberState.UNSUBSCRIBED


def test_no_token_does_what_another_is_for(house: WebHouse, server: SmtpServer) -> None:
    jane = house.subscribe()
    own = house.token("unsubscribe", jane.id)
    forged = [
        f"{own[:-1]}{'a' if own[-1] != 'a' else 'b'}",
        own[:-1],
        f"{own}a",
        own.replace(f"{jane.id}-", f"{jane.id + 1}-", 1),
        own.partition("-")[2],
        f"0{own}",
        f"{jane.id}-{'a' * 24}",
        house.token("confirm", jane.id),
        house.token("bounce", jane.id),
        "1",
        "-",
        "x",
        "a" * 64,
        "a" * 65,
        f"{'9' * 30}-{own.partition('-')[2]}",
        f"{own}%00",
        f"{own}%0a",
        f"{own}/..",
        f"{own}/../",
        f"{own}/x",
        f"{own}.x",
        f"{own}{'.' * 5}",
        f".{own}",
        f"({own})",
    ]
    for token in forged:
        for method in ("GET", "POST"):
            for action in ("unsubscribe", "confirm"):
                answer = house.ask(method, f"/daily/{action}/{token}")
                assert answer.status in (404, 405), token
    assert house.post(f"/daily/confirm/{own}", b"", SAME).status == 404
    assert house.state() == SubscriberState.ACTIVE
    kind = house.get(f"/daily/unsubscribe/{jane.id}-{'a' * 24}")
    assert "This link does not work" in kind.text


APPENDED = [
    pytest.param(".", id="a full stop"),
    pytest.param(")", id="a bracket"),
    pytest.param("/", id="a slash"),
    pytest.param(").", id="a bracket and a full stop"),
    pytest.param("./", id="a full stop and a slash"),
    pytest.param("/.", id="a slash and a full stop"),
    pytest.param("%29", id="a bracket, encoded"),
    pytest.param("%3E", id="an angle bracket"),
    pytest.param(",", id="a comma"),
    pytest.param("%22.", id="a quote and a full stop"),
    pytest.param("%20", id="a space"),
    pytest.param("%E2%80%9D", id="a curly quote"),
    pytest.param("?utm_source=mail", id="a query"),
]


@pytest.mark.parametrize("appended", APPENDED)
def test_what_a_mail_program_appends_to_a_link_keeps_nobody_on_the_list(
    house: WebHouse, appended: str
) -> None:
    jane = house.subscribe()
    path = f"/daily/unsubscribe/{house.token('unsubscribe', jane.id)}{appended}"
    assert "Unsubscribe from" in house.get(path).text
    assert house.state() == SubscriberState.ACTIVE
    assert house.post(path, b"List-Unsubscribe=One-Click").status == 200
    assert house.state() == SubscriberState.UNSUBSCRIBED


@pytest.mark.parametrize("appended", APPENDED)
def test_what_a_mail_program_appends_to_a_link_keeps_nobody_off_the_list(
    house: WebHouse, server: SmtpServer, appended: str
) -> None:
    sign_up(house)
    house.catch_up()
    path = f"{link_in(server.messages[0].data)}{appended}"
    assert house.get(path).status == 200
    assert house.state() == SubscriberState.REQUESTED
    assert house.post(path, b"", SAME).status == 200
    assert house.state() == SubscriberState.ACTIVE


def test_a_confirmation_is_of_its_own_digest_and_time(house: WebHouse, server: SmtpServer) -> None:
    sign_up(house)
    house.catch_up()
    link = link_in(server.messages[0].data)
    for path in (link.replace("/daily/", "/arabic/"), link.replace("confirm", "unsubscribe")):
        assert house.get(path).status == 404
        assert house.post(path, b"", SAME).status == 404
    assert house.state() == SubscriberState.REQUESTED
    house.clock = NOW + timedelta(days=7, seconds=1)
    assert house.get(link).status == 404
    assert house.post(link, b"", SAME).status == 404


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("jane@example.org", "j***@example.org"),
        ("j@example.org", "j***@example.org"),
        ("", "***"),
    ],
)
def test_an_address_is_shown_to_whom_it_belongs(address: str, shown: str) -> None:
    assert masked(address) == shown


# --- in their language ----------------------------------------------------------------------------


def test_pages_speak_the_language_of_their_digest(house: WebHouse) -> None:
    for path, status in (("/arabic/subscribe", 200), ("/arabic/nothing", 404)):
        answer = house.get(path)
        assert answer.status == status
        root = html.fromstring(answer.text)
        assert (root.get("lang"), root.get("dir")) == ("ar", "rtl")
    assert html.fromstring(house.get("/chinese/x").text).get("lang") == "zh"
    assert html.fromstring(house.get("/x").text).get("lang") == "en"


def test_titles_cannot_leave_their_place(house: WebHouse) -> None:
    house.configure(CONFIG.replace("Daily <news>", "</h1><script>alert(1)</script>"))
    jane = house.subscribe()
    token = house.token("unsubscribe", jane.id)
    for path in ("/", "/daily/subscribe", f"/daily/unsubscribe/{token}", "/daily/nothing"):
        text = house.get(path).text
        assert "<script" not in text
        assert "&lt;script" in text
