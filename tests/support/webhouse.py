"""An installation with editions, its web side, and requests to it without a network."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from digest.mailing_list.token_signatures import sign
from digest.model import Edition, Subscriber
from digest.pipeline.output import close_pages
from digest.settings import Config, load
from digest.store import Store, open_store, subscribers
from digest.store import editions as edition_rows
from digest.store.secrets import secret
from digest.web import Service, application
from support import editions

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
SLOT = editions.SLOT
JANE = "jane@example.org"
URL = "https://news.example.org/"

CONFIG = """
title = "Morning transmission"
[store]
url = "sqlite:///digest.db"
[web]
{web}
[[feeds]]
url = "feed.xml"
[digests.daily]
title = "Daily <news>"
[digests.daily.deliver.smtp]
host = "127.0.0.1"
port = {port}
from = "News <news@example.org>"
[digests.pages]
title = "Pages only"
[digests.pages.deliver.files]
path = "out"
[digests.empty]
[digests.empty.deliver.files]
path = "nothing"
[digests.arabic]
title = "نشرة الصباح"
language = "ar"
[digests.arabic.deliver.smtp]
host = "127.0.0.1"
port = {port}
from = "News <news@example.org>"
[digests.chinese]
title = "晨讯"
language = "zh"
[digests.chinese.deliver.files]
path = "chinese"
"""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        body = self.body
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        return body.decode()


@dataclass
class WebHouse:
    """A folder with a configuration and a store, and the application that shows it.

    `clock` and `timer` stand still until a test moves them.  What is to be done after an answer is
    done when `catch_up` is called.
    """

    folder: Path
    web: str = f'url = "{URL}"'
    port: int = 9
    clock: datetime = NOW
    timer: float = 1000.0
    refreshed: datetime | None = NOW
    waiting: list[Callable[[], object]] = field(default_factory=list)
    room: int = 100
    read: int = 0
    """How many pieces of the last request's body were read."""

    def __post_init__(self) -> None:
        (self.folder / "feed.xml").write_text("<rss version='2.0'/>")
        self.configure()
        self.store: Store = open_store(self.config.store.url)
        self.service = Service(
            config=self.current,
            store=self.store,
            clock=lambda: self.clock,
            timer=lambda: self.timer,
            began=NOW,
            refreshed=lambda: self.refreshed,
            send=self._later,
        )
        self.application = application(self.service)

    def configure(self, text: str = CONFIG) -> None:
        """Write the configuration, and read it as the service does."""
        path = self.folder / "config.toml"
        path.write_text(text.format(web=self.web, port=self.port))
        self.config: Config = load(path, {})

    def current(self) -> Config:
        """Return the configuration in force."""
        return self.config

    def publish(self, digest: str, edition: Edition, *slots: str) -> None:
        """Freeze `edition`, once for each slot, and close pages as publish does."""
        with self.store.write() as connection:
            edition_rows.name_authority(connection, digest, "example.org", date(2026, 1, 1))
            for days, slot in enumerate(slots or (SLOT,)):
                made = replace(
                    edition,
                    digest=digest,
                    slot=slot,
                    composed_at=edition.composed_at + timedelta(days=days),
                )
                edition_rows.freeze(connection, made, [])
        named = next(one for one in self.config.digests if one.name == digest)
        close_pages(self.config, self.store, named)

    def subscribe(self, address: str = JANE, digest: str = "daily") -> Subscriber:
        """Put somebody on a list."""
        with self.store.write() as connection:
            subscribers.add(connection, digest, address, now=NOW)
            found = subscribers.by_address(connection, digest, address)
        assert found is not None
        return found

    def token(self, purpose: str, number: int) -> str:
        with self.store.write() as connection:
            return sign(secret(connection), purpose, number)

    def state(self, address: str = JANE, digest: str = "daily") -> str | None:
        with self.store.read() as connection:
            found = subscribers.by_address(connection, digest, address)
        return str(found.state) if found else None

    def catch_up(self) -> None:
        while self.waiting:
            self.waiting.pop(0)()

    def _later(self, work: Callable[[], object]) -> bool:
        if len(self.waiting) >= self.room:
            return False
        self.waiting.append(work)
        return True

    # --- requests ---

    def get(self, path: str, headers: Mapping[str, str] | None = None, **more: Any) -> Answer:
        return self.ask("GET", path, headers, **more)

    def post(
        self,
        path: str,
        body: bytes | Iterable[bytes] = b"",
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> Answer:
        kind = {"content-type": "application/x-www-form-urlencoded"}
        return self.ask("POST", path, {**kind, **(headers or {})}, body=body, **more)

    def ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | Iterable[tuple[str, str]] | None = None,
        *,
        body: bytes | Iterable[bytes] = b"",
        host: str | None = "news.example.org",
        peer: str = "127.0.0.1",
    ) -> Answer:
        """Send a request, its path spelled as it goes over the wire."""
        return asyncio.run(self._ask(method, path, headers or {}, body, host, peer))

    async def _ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | Iterable[tuple[str, str]],
        body: bytes | Iterable[bytes],
        host: str | None,
        peer: str,
    ) -> Answer:
        given = list(headers.items() if isinstance(headers, Mapping) else headers)
        raw, _, query = path.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(raw),
            "raw_path": raw.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [
                (name.lower().encode(), value.encode("latin-1"))
                for name, value in ([("host", host)] if host is not None else []) + given
            ],
            "client": (peer, 1234),
            "server": ("127.0.0.1", 8000),
        }
        pieces = [body] if isinstance(body, bytes) else list(body)
        messages = [
            {"type": "http.request", "body": piece, "more_body": at + 1 < len(pieces)}
            for at, piece in enumerate(pieces)
        ]
        sent: list[dict[str, Any]] = []

        self.read = 0

        async def receive() -> dict[str, Any]:
            self.read += 1
            return messages.pop(0) if messages else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(dict(message))

        await self.application(scope, receive, send)
        begun, *parts = sent
        answered: dict[str, str] = {}
        for name, value in begun["headers"]:
            if name == b"set-cookie" and "set-cookie" in answered:
                answered["set-cookie"] += "\n" + value.decode("latin-1")
                continue
            assert name.decode() not in answered, f"{name} is said twice"
            answered[name.decode()] = value.decode("latin-1")
        return Answer(begun["status"], answered, b"".join(part.get("body", b"") for part in parts))

    def close(self) -> None:
        self.store.close()
