"""What a real browser makes of the web side: by eye, by keyboard, and with something injected."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from digest.model import Section, SubscriberState
from digest.web.server import answering, listen
from support import editions
from support.pictures import png
from support.smtpserver import SmtpServer
from support.webhouse import CONFIG, SLOT, WebHouse

pytestmark = pytest.mark.checkers

HERE = Path(__file__).parent
SAME = {"sec-fetch-site": "same-origin"}
INJECTED = """
<script>document.title = "ran"</script>
<img src="x" onerror="document.title = 'ran'">
<svg onload="document.title = 'ran'"></svg>
<a id="a" href="javascript:document.title='ran'" autofocus onfocus="document.title='ran'">x</a>
<style>body { color: rgb(1, 2, 3) !important }</style>
<p style="position: fixed; inset: 0">over all</p>
<link rel="stylesheet" href="data:text/css,body{color:rgb(1,2,3)!important}">
<iframe srcdoc="<script>parent.document.title='ran'</script>"></iframe>
<object data="data:text/html,x"></object>
<base href="https://evil.example/">
<form action="https://evil.example/"><button id="b">send</button></form>
<meta http-equiv="refresh" content="9;url=https://evil.example/">
"""


def walk(**plan: Any) -> dict[str, Any]:
    """Have a browser look at a web side; skipped, with the reason, where there is none."""
    browser, tools = os.environ.get("DIGEST_BROWSER"), os.environ.get("DIGEST_CHECKERS")
    if not browser or not tools:
        pytest.skip("DIGEST_BROWSER and DIGEST_CHECKERS do not name a Chromium and the checkers")
    whole = json.dumps({"pages": {}, "walks": {}, "hostile": [], **plan})
    ran = subprocess.run(
        ["node", str(HERE / "walk.mjs"), tools, browser, whole],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stderr
    report: dict[str, Any] = json.loads(ran.stdout)
    return report


@contextmanager
def answered(house: WebHouse) -> Iterator[str]:
    """Let the house answer at an address of its own."""
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        house.web = f'url = "http://127.0.0.1:{port}"'
        house.configure()
        with answering(
            house.application, listener, threading.Event(), is_proxy=house.service.is_proxy
        ):
            yield f"http://127.0.0.1:{port}"


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer() as running:
        yield running


@pytest.fixture
def house(tmp_path: Path, server: SmtpServer) -> Iterator[WebHouse]:
    opened = WebHouse(tmp_path, port=server.port)
    opened.publish("daily", editions.sample(), "2026-11-21T0700", SLOT)
    opened.publish("arabic", editions.arabic())
    opened.publish("chinese", editions.chinese())
    yield opened
    opened.close()


def confirmation(house: WebHouse, server: SmtpServer, digest: str = "daily") -> str:
    """Sign somebody up; return the path of the link that they were sent."""
    body = b"address=jane@example.org"
    assert house.post(f"/{digest}/subscribe", body, SAME, host="localhost").status == 200
    house.catch_up()
    mail = message_from_bytes(server.messages[-1].data, policy=policy.default)
    text = mail.get_body(("plain",))
    assert text is not None
    (link,) = (word for word in text.get_content().split() if word.startswith("http"))
    return f"/{link.split('/', 3)[3]}"


LOOK = """
[render.look]
accent = "#0b57d0"
logo = "logo.png"
description = "What moved, each morning"
imprint = "https://example.org/imprint"
postal_address = "1 Example Street, Berlin"
text_font = "Noto Serif"
width = 760
"""


def test_every_page_with_a_look_is_for_everybody(house: WebHouse, tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(png(300, 90))
    with answered(house) as base:
        house.configure(CONFIG + LOOK)
        pages = {
            "start": "/",
            "archive": "/daily/",
            "edition": f"/daily/{SLOT}/",
            "from the right": f"/arabic/{SLOT}/",
            "sign-up": "/daily/subscribe",
        }
        report = walk(base=base, pages=pages)
    for name, seen in report["pages"].items():
        assert seen["violations"] == [], name
        assert seen["complaints"] == [], name


def test_every_page_is_for_everybody(house: WebHouse, server: SmtpServer) -> None:
    with answered(house) as base:
        joe = house.subscribe("joe@example.org")
        pages = {
            "start": "/",
            "earlier edition": "/daily/2026-11-21T0700/",
            "archive": "/daily/",
            "edition": f"/daily/{SLOT}/",
            "sign-up": "/daily/subscribe",
            "confirmation": confirmation(house, server),
            "leaving": f"/daily/unsubscribe/{house.token('unsubscribe', joe.id)}",
            "nothing": "/daily/nothing",
            "from the right": "/arabic/subscribe",
            "from the right, nothing": "/arabic/nothing",
            "Chinese": "/chinese/",
            "search": "/search?q=the",
            "search in vain": "/daily/search?q=nothing",
            "from the right, search": "/arabic/search",
        }
        report = walk(base=base, pages=pages)
    assert len(report["pages"]) == 4 * len(pages)
    for name, seen in report["pages"].items():
        wanted = {"violations": [], "complaints": [], "cookies": 0}
        assert seen == {**wanted, "beyond": seen["beyond"]}, name
        assert seen["beyond"] <= 0, f"{name} is too wide"


def test_all_can_be_done_by_keyboard(house: WebHouse, server: SmtpServer) -> None:
    with answered(house) as base:
        link = confirmation(house, server)
        joe = house.subscribe("joe@example.org")
        leave = f"/daily/unsubscribe/{house.token('unsubscribe', joe.id)}"
        form = [["open", "/daily/subscribe"], ["tab to", "Mail address"]]
        walks = {
            "from the start": [
                ["open", "/"],
                ["tab to", "Get Daily <news> by mail"],
                ["type", "jo@example.org"],
                ["tab to", "Subscribe"],
                ["press", "Enter"],
            ],
            "by the key of the field": [*form, ["type", "jim@example.org"], ["press", "Enter"]],
            "mistaken": [*form, ["type", "jim@example.123"], ["press", "Enter"]],
            "confirming": [
                ["open", link],
                ["tab to", "Confirm the subscription"],
                ["press", "Enter"],
            ],
            "leaving": [["open", leave], ["tab to", "Unsubscribe"], ["press", "Space"]],
        }
        report = walk(base=base, walks=walks)["walks"]
    sent = "Look into your mailbox"
    headings = {name: seen["headings"] for name, seen in report.items()}
    assert headings == {
        "from the start": [sent],
        "by the key of the field": [sent],
        "mistaken": ["Get Daily <news> by mail"],
        "confirming": ["You are subscribed"],
        "leaving": ["You are unsubscribed"],
    }
    for name, seen in report.items():
        assert seen["complaints"] == [], name
        assert seen["focus"][0]["what"].startswith("Skip to"), name
        for stop in seen["focus"]:
            assert stop["seen"], f"{name}: who stands at {stop['what']} does not see it"
            assert stop["inside"], f"{name}: {stop['what']} is out of sight"
    assert house.state() == SubscriberState.ACTIVE
    assert house.state("joe@example.org") == SubscriberState.UNSUBSCRIBED
    assert len(house.waiting) == 2, "two were signed up, and nobody by mistake"


def test_what_was_injected_does_nothing_and_is_reported(house: WebHouse) -> None:
    (sample, *_) = editions.sample().sections
    hostile = replace(sample.stories[0], title=INJECTED)
    house.publish("pages", editions.edition(Section(title="", stories=(hostile,))))
    templates = house.folder / "templates"
    templates.mkdir()
    (templates / "edition.html").write_text(
        "<!doctype html><html lang='en'><head><title>still</title>"
        "<style>body{color:rgb(9,9,9)}</style></head>"
        "<body>{{ edition.sections[0].stories[0].title | safe }}</body></html>"
    )
    with answered(house) as base:
        house.configure(f'{CONFIG}[render]\ntemplates = "templates"\n')
        assert INJECTED.split()[0] in house.get(f"/pages/{SLOT}/", host="localhost").text
        report = walk(base=base, hostile=[f"/pages/{SLOT}/"])["hostile"][f"/pages/{SLOT}/"]
    assert report["title"] == "still"
    assert report["color"] == "rgb(9, 9, 9)"
    assert report["address"].startswith(base)
    refused = " ".join(report["complaints"])
    for directive in (
        "script-src",
        "style-src",
        "img-src",
        "object-src",
        "base-uri",
        "form-action",
    ):
        assert directive in refused, f"{directive} was not held up:\n{refused}"
    assert "asked" not in refused, "nothing was loaded"
