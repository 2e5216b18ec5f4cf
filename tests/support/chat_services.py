"""Drive apprise's plugins without a network: what each would send of a message.

`addresses` makes an address for a plugin from what the plugin says of its own; `bodies_sent` gives
the texts of the requests; `alters` tells whether one of them shows a hostile title or link
otherwise than it was written.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl

import apprise
import requests
from apprise.manager_plugins import NotificationManager
from markdown_it import MarkdownIt

from digest.deliver import chat
from digest.deliver.web.chat_markup import markup

TITLE = (
    "__init__ *x* [bank](http://evil.example/) <b>b</b> ~~s~~ `c` &lt; \\d @everyone :joy: "
    "<http://evil.example/|ours>"
)
LINK = "https://a.example/x_y_z?a=1&b=2"
SERVICES = (
    "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general",
    "gchat://w/k/t",
    "tgram://123456789:abcdefghijklmnopqrstuvwxyzABCDEFGHI/111",
    "matrix://u:p@h/!r:h",
    "rocket://u:p@h/#a",
    "workflows://h:443/wf/sig",
    "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
    "ntfy://h/t",
    "line://t=/u",
    "mmost://h/abcdefgh",
    "zulip://bot@org/" + "a" * 32 + "/c",
    "wxteams://" + "a" * 80,
    "flock://" + "a" * 24,
    "json://h/",
)
_MARKDOWN = ("discord", "guilded", "mmost", "zulip", "ryver", "misskey", "rocket", "workflow",
    "wxteams", "gchat", "zalo", "github", "reddit", "revolt", "ilert", "incident", "simplepush",
    "squadcast", "twist", "spush")  # fmt: skip
_HTML = ("tgram", "flock", "mailgun", "pushplus", "smtp2go", "sparkpost", "slack")
_HIDDEN = str.maketrans("", "", "\u200b\u2060\r")
_ANSWER = {
    "ok": True, "code": 0, "status": "success", "success": True, "errcode": 0, "access_token": "x",
    "data": {"userId": "u", "authToken": "t"}, "token": "t", "user_id": "@u:h", "home_server": "h",
    "room_id": "!r:h", "joined_rooms": ["!r:h"], "event_id": "e", "result": {}, "id": "1",
}  # fmt: skip
_FILLERS = (
    *("abcdef", "a" * 32, "1" * 10, "+15551234567", "15551234567", "A" * 9, "a" * 24, "a" * 40),
    *("123456789:abcdefghijklmnopqrstuvwxyzABCDEFGHI", "abcdef12-1234-1234-1234-123456789abc"),
    *("A1" * 12, "1234567890abcdef" * 2, "me@example.org", "a" * 64, "#general", "@me", "a" * 30),
)


def plugins() -> list[Any]:
    found = set(NotificationManager().plugins())
    return sorted(found, key=lambda plugin: str(plugin.__name__))


def addresses(plugin: Any) -> Iterator[str]:
    """Yield addresses made after the plugin's own templates."""
    tokens = plugin.template_tokens
    for template in plugin.templates:
        names = re.findall(r"\{(\w+)\}", template)
        values = {name: _filled(name, tokens.get(name, {}), tokens, plugin) for name in names}
        yield template.format(**values)


def _filled(name: str, token: Any, tokens: Any, plugin: Any) -> str:
    if name == "schema":
        return str(chat._first(plugin.secure_protocol) or chat._first(plugin.protocol))
    if token.get("default"):
        return str(token["default"])
    if token.get("values"):
        return str(next(iter(token["values"])))
    if str(token.get("type", "")).startswith("list"):
        inner = tokens.get(next(iter(token.get("group") or [""])), {})
        return str(inner.get("prefix") or "") + _fitting(inner.get("regex"))
    if token.get("type") == "int":
        return str(token.get("min") or 1)
    plain = {"host": "example.org", "domain": "example.org", "port": "8080"}
    return plain.get(name) or _fitting(token.get("regex"))


def _fitting(pattern: Any) -> str:
    fitting = (text for text in _FILLERS if not pattern or re.fullmatch(pattern[0], text, re.I))
    return next(fitting, "abcdef")


class _Answer:
    """What every service says: all that plugins look for in an answer."""

    status_code, ok, reason, headers, cookies = 200, True, "OK", {}, {}  # type: ignore[var-annotated]
    text = json.dumps(_ANSWER)
    content = text.encode()

    def json(self) -> Any:
        return _ANSWER

    def close(self) -> None:
        """There is nothing to close."""


def bodies_sent(address: str) -> tuple[str, list[str]] | None:
    """Return the service's scheme and the texts it sends; ``None`` where apprise wants more."""
    service = apprise.Apprise.instantiate(address, suppress_exceptions=True)
    if service is None:
        return None
    scheme = str(chat._first(service.secure_protocol) or chat._first(service.protocol))
    chosen = markup(scheme, chat._format(service))
    item = {"title": TITLE, "url": LINK, "_digest": {"feed": {"title": None}}}
    body = chat._body([item], 1, {"_digest": {}}, chosen, chat._units, 100_000)
    sent: list[Any] = []

    def request(_: object, method: str, url: str, **more: Any) -> _Answer:
        sent.append([more.get("params"), more.get("data"), more.get("json")])
        return _Answer()

    with (
        patch.object(requests.Session, "request", request),
        patch("time.sleep"),
        suppress(Exception),  # a plugin may want another answer than ours; what it sent counts
    ):
        service.notify(title="T", body=body, body_format=chosen.body_format)
    return scheme, [text for text in _texts(sent) if "__init__" in _plain(text)]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
    if not isinstance(value, str):
        return
    try:
        inner = json.loads(value)
    except ValueError:
        is_form = "=" in value and not re.search(r"\s", value)
        inner = [text for _, text in parse_qsl(value)] if is_form else []
    if isinstance(inner, dict | list) and inner:
        yield from _texts(inner)
    else:
        yield value


def _plain(text: str) -> str:
    return text.translate(_HIDDEN).replace("\\_", "_")


def alters(scheme: str, text: str) -> bool:
    """Tell whether a service that gets `text` shows the title or the link otherwise."""
    links: list[str] = []
    if scheme.startswith(_MARKDOWN):
        tokens = MarkdownIt("commonmark").enable("strikethrough").parse(text)
        children = [child for token in tokens for child in token.children or ()]
        text = "".join(child.content or "\n" * ("break" in child.type) for child in children)
        targets = [str(child.attrs["href"]) for child in children if child.type == "link_open"]
        links = [html.unescape(target) for target in targets]
    elif scheme.startswith(_HTML) or text.lstrip().startswith("<?xml"):
        links = re.findall(r"(?i)<a[^>]+href", text)
        text = html.unescape(re.sub(r"<[^>]*>", " ", text))
    shown = text.translate(_HIDDEN)
    is_there = TITLE in shown and (LINK in shown or LINK in links)
    return not is_there or any(link != LINK for link in links)
