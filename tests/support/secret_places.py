"""An installation that holds a secret in every place where a configuration may hold one.

`text_keys` lists the keys of the schema that take a text, a path or a table of them.  `SECRET`
names those among them that may hold a secret, or name where one lies; `HARMLESS` are all others.
A new key belongs into one of the two: a test compares.
"""

from __future__ import annotations

import base64
import re
import types
from collections.abc import Iterator, Mapping
from dataclasses import Field, fields, is_dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from digest import deliver, render
from digest.settings.schema import DigestTable, FeedTable, FileTable
from support.feedserver import Answer, FeedServer
from support.house import item, rss
from support.receiver import Receiver
from support.smtpserver import SmtpServer

_NO_TEXT = (bool, int, float, date, timedelta, type(None))

# --- the schema ----------------------------------------------------------------------------------


def text_keys() -> set[str]:
    """Return the keys, with dots, whose value may be a text."""
    return {name for name, kind, _ in _keys() if _takes_text(kind)}


def marked_keys() -> set[str]:
    """Return the keys whose field says that its value may be a secret."""
    return {name for name, _, field in _keys() if "secret" in field.metadata}


def _keys() -> Iterator[tuple[str, Any, Field[Any]]]:
    yield from _of_table(FileTable, "")
    yield from _of_table(FeedTable, "feeds.")
    yield from _of_table(DigestTable, "digests.")
    for name in deliver.names():
        yield from _of_table(deliver.load(name).Settings, f"deliver.{name}.")
    for name in render.names():
        if settings := getattr(render.load(name), "Settings", None):
            yield from _of_table(settings, f"render.{name}.")


def _of_table(table: Any, before: str) -> Iterator[tuple[str, Any, Field[Any]]]:
    hints = get_type_hints(table)
    for field in fields(table):
        kind = hints[field.name]
        name = f"{before}{field.name.rstrip('_')}"
        if is_dataclass(kind):
            yield from _of_table(kind, f"{name}.")
        elif not any(map(is_dataclass, _inner(kind))):
            yield name, kind, field


def _inner(kind: Any) -> tuple[Any, ...]:
    return tuple(part for argument in get_args(kind) for part in (argument, *_inner(argument)))


def _takes_text(kind: Any) -> bool:
    if get_origin(kind) in (Union, types.UnionType, tuple):
        return any(map(_takes_text, get_args(kind)))
    if get_origin(kind) is Literal or kind is Ellipsis:
        return False
    return kind not in _NO_TEXT


HARMLESS = frozenset(
    re.findall(
        r"\S+",
        """
        title timezone language base_url excerpt render deliver
        fetch.allow_hosts fetch.contact match.embedder render.mail.subject
        web.url web.host web.proxies web.metrics_from
        feeds.name feeds.title feeds.category feeds.kind feeds.drop feeds.keep
        digests.title digests.schedule digests.timezone digests.language digests.categories
        digests.feeds digests.sections digests.drop digests.keep digests.excerpt
        digests.render digests.deliver
        digests.weekly digests.editor digests.approve_by web.forms_from
        fetch.no_proxy fetch.environment.exceptions
        deliver.files.path deliver.files.formats
        deliver.lmtp.from deliver.lmtp.to deliver.lmtp.reply_to deliver.lmtp.bounces
        deliver.lmtp.unsubscribe deliver.lmtp.socket deliver.lmtp.host
        deliver.maildir.from deliver.maildir.to deliver.maildir.reply_to deliver.maildir.bounces
        deliver.maildir.unsubscribe deliver.maildir.path
        deliver.sendmail.from deliver.sendmail.to deliver.sendmail.reply_to
        deliver.sendmail.bounces deliver.sendmail.unsubscribe deliver.sendmail.dkim_selector
        deliver.smtp.from deliver.smtp.to deliver.smtp.reply_to deliver.smtp.bounces
        deliver.smtp.unsubscribe deliver.smtp.dkim_selector deliver.smtp.host deliver.smtp.ca_file
        deliver.smtp.hello deliver.smtp.idempotency_header""",
    )
)
"""What readers see, the operator's own rules, and names of files and hosts."""


# --- the secrets ---------------------------------------------------------------------------------

SECRET: Mapping[str, tuple[str, ...]] = {
    "store.url": ("store_password", "store_query"),
    "feeds.url": (
        *("feed_query", "feed_failing", "feed_login", "feed_path", "feed_redirect", "feed_dead"),
    ),
    "feeds.proxy": ("proxy_login",),
    "fetch.proxy": ("proxy_login",),
    "feeds.headers": ("feed_header",),
    "feeds.user_agent": ("feed_agent",),
    "feeds.user": ("feed_user",),
    "feeds.password_file": ("feed_password_file",),
    "feeds.password_env": ("feed_password_env",),
    "feeds.token_file": ("feed_token_file",),
    "feeds.token_env": ("feed_token_env",),
    "deliver.chat.to": ("chat_path", "chat_password", "chat_query"),
    "deliver.sendmail.command": ("sendmail_argument",),
    "deliver.sendmail.dkim_key_file": ("dkim_key",),
    "deliver.smtp.dkim_key_file": ("dkim_key",),
    "deliver.smtp.user": ("smtp_user",),
    "deliver.smtp.password_file": ("smtp_password_file",),
    "deliver.smtp.password_env": ("smtp_password_env",),
    "deliver.webhook.url": ("hook_login", "hook_path", "hook_query"),
    "deliver.webhook.secret_file": ("hook_secret_file",),
    "deliver.webhook.secret_env": ("hook_secret_env",),
    "deliver.websub.hub": ("hub_login", "hub_query"),
}
"""Key -> the names of the secrets that an installation holds there."""


def _text(name: str) -> str:
    """Return a secret: random in addresses, words that any guess would miss elsewhere."""
    plain = name.replace("_", "")
    return f"{plain}-velvet-anchor" if name.endswith(("file", "env")) else f"{plain}kq9zLp2XwR8vB4"


SECRETS = {name: _text(name) for names in SECRET.values() for name in names if name != "dkim_key"}


def spellings(name: str) -> set[str]:
    """Return a secret as it may stand in a text: plain, and in base64 wherever it begins."""
    if name not in SECRETS:
        return set()
    secret = SECRETS[name].encode()
    coded = {base64.b64encode(b"\0" * before + secret).decode()[4:-4] for before in range(3)}
    return {secret.decode(), *coded}


def found(text: str, more: Mapping[str, str] = {}) -> set[str]:
    """Name the secrets that stand in `text`; `more` are others to look for."""
    names = {name for name in SECRETS if any(form in text for form in spellings(name))}
    return names | {name for name, secret in more.items() if secret in text}


# --- the installation ----------------------------------------------------------------------------

_CONFIG = """
base_url = "https://news.example.org/"
[web]
url = "https://news.example.org/"
[fetch]
allow_hosts = ["127.0.0.1"]
spacing = "0s"
[deliver.smtp]
host = "127.0.0.1"
port = {smtp.port}
from = "news@example.org"
user = "{s[smtp_user]}"
dkim_selector = "mail2026"
dkim_key_file = "dkim.pem"
timeout = "5s"
[deliver.files]
formats = {formats}
[digests.daily.deliver]
files = {{ path = "out" }}
maildir = {{ path = "mail", from = "news@example.org", to = ["me@example.org"] }}
smtp = {{ password_file = "smtp-password" }}
websub = {{ hub = "http://me:{s[hub_login]}@{web}/hub?key={s[hub_query]}" }}
[digests.daily.deliver.webhook]
url = "http://me:{s[hook_login]}@{web}/{s[hook_path]}?key={s[hook_query]}"
secret_file = "hook-secret"
[digests.daily.deliver.chat.to]
team = "json://me:{s[chat_password]}@{web}/{s[chat_path]}?-key={s[chat_query]}"
[digests.second.deliver]
files = {{ path = "second" }}
smtp = {{ user = "second@example.org", password_env = "SMTP_PASSWORD" }}
webhook = {{ url = "http://{web}/hook", secret_env = "HOOK_SECRET" }}
[digests.second.deliver.sendmail]
from = "news@example.org"
to = ["me@example.org"]
command = ["{sendmail}", "--password={s[sendmail_argument]}", "RECIPIENT"]
dkim_selector = "mail2026"
dkim_key_file = "dkim.pem"
"""

_FEED_KEYS = (
    'headers = {{ X-Key = "{s[feed_header]}" }}',
    'user_agent = "Mozilla/5.0 {s[feed_agent]}"',
    'user = "{s[feed_user]}"\npassword_file = "feed-password"',
    'user = "me"\npassword_env = "FEED_PASSWORD"',
    'token_file = "feed-token"',
    'token_env = "FEED_TOKEN"',
    'proxy = "http://me:{s[proxy_login]}@127.0.0.1:1/"',
)
_FORMATS = sorted(name for name in render.names() if name != "templating")
_SENDMAIL = """#!/bin/sh
cat > /dev/null
if [ -e fail ]; then echo "$0 $*: cannot log in with $*"; exit "$(cat fail)"; fi
"""


class SecretHouse:
    """A folder with a configuration whose every place for a secret holds one."""

    def __init__(self, folder: Path, web: FeedServer, hook: Receiver, smtp: SmtpServer) -> None:
        self.folder, self.web, self.hook, self.smtp = folder, web, hook, smtp
        self.environment = {
            "FEED_PASSWORD": SECRETS["feed_password_env"],
            "FEED_TOKEN": SECRETS["feed_token_env"],
            "HOOK_SECRET": SECRETS["hook_secret_env"],
            "SMTP_PASSWORD": SECRETS["smtp_password_env"],
        }
        key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self.more = {"dkim_key": pem.decode().splitlines()[1]}
        """Secrets that are no text of ours."""
        self.files = {
            "dkim.pem": pem.decode(),
            "feed-password": SECRETS["feed_password_file"],
            "feed-token": SECRETS["feed_token_file"],
            "hook-secret": SECRETS["hook_secret_file"],
            "smtp-password": SECRETS["smtp_password_file"],
        }
        for name, text in self.files.items():
            self.write(name, text)
        sendmail = folder / "sendmail"
        sendmail.write_text(_SENDMAIL)
        sendmail.chmod(0o700)
        smtp.users = {
            SECRETS["smtp_user"]: SECRETS["smtp_password_file"],
            "second@example.org": SECRETS["smtp_password_env"],
        }
        urls = self._publish()
        feeds = "".join(
            f'[[feeds]]\nurl = "{url}"\n{keys.format(s=SECRETS)}\n' for url, keys in urls
        )
        places = {"web": f"127.0.0.1:{hook.port}", "smtp": smtp, "sendmail": sendmail}
        self.write("config.toml", _CONFIG.format(s=SECRETS, formats=_FORMATS, **places) + feeds)

    def write(self, name: str, text: str) -> None:
        file = self.folder / name
        file.write_text(text)
        file.chmod(0o600)

    def _publish(self) -> list[tuple[str, str]]:
        """Publish the feeds; return their addresses with further keys of their tables."""
        private = self.web.url(f"/private.xml?token={SECRETS['feed_query']}")
        entries = [item("a1", link="#a1"), item("a2", text=f"It is at {private} for you.")]
        moved = {"location": f"/x?auth={SECRETS['feed_redirect']}"}
        self.web.pages |= {
            "/private.xml": rss(entries, title="Private"),
            "/failing.xml": Answer(status=500),
            "/moved.xml": Answer(status=301, headers=moved),
            "/gone.xml": Answer(status=410),
            f"/f/{SECRETS['feed_path']}/feed.xml": rss([item("p1")], title="Path"),
        }
        urls = [
            private,
            self.web.url(f"/failing.xml?key={SECRETS['feed_failing']}"),
            self.web.url("/moved.xml"),
            self.web.url("/gone.xml").replace("://", f"://me:{SECRETS['feed_login']}@"),
            self.web.url(f"/f/{SECRETS['feed_path']}/feed.xml"),
            f"http://dead.invalid/feed?sig={SECRETS['feed_dead']}",
        ]
        for number, _ in enumerate(_FEED_KEYS):
            self.web.pages[f"/keyed{number}.xml"] = rss([item(f"k{number}")], title="Keyed")
        keyed = [self.web.url(f"/keyed{number}.xml") for number, _ in enumerate(_FEED_KEYS)]
        return [*((url, "") for url in urls), *zip(keyed, _FEED_KEYS, strict=True)]

    def found(self, text: str) -> set[str]:
        """Name the secrets that stand in `text`."""
        return found(text, self.more)
