"""A web side with the operator's pages, and an operator who is logged in."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from argon2 import PasswordHasher

from digest.settings import Config, load
from digest.web.admin.password import FILE
from support.webhouse import Answer, WebHouse

PASSWORD = "correct horse battery"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Makes a hash that takes no time; that of the program takes some on purpose."""
OWN = {"sec-fetch-site": "same-origin", "origin": "https://news.example.org"}


@dataclass
class AdminHouse(WebHouse):
    """A `WebHouse` that reads its configuration again when the file changes, as `serve` does."""

    cookies: dict[str, str] = field(default_factory=dict)
    """The cookies of the operator's browser."""
    has_password: bool = True

    def __post_init__(self) -> None:
        if "[web.admin]" not in self.web:
            self.web += "\n[web.admin]"
        super().__post_init__()
        object.__setattr__(self.service.admin, "start", self.waiting.append)
        self._version = self._file_version()
        if self.has_password:
            (self.folder / FILE).write_text(QUICK.hash(PASSWORD))

    def current(self) -> Config:
        if (version := self._file_version()) != getattr(self, "_version", version):
            self.config, self._version = load(self.folder / "config.toml", {}), version
        return self.config

    def _file_version(self) -> tuple[int, ...]:
        found = (self.folder / "config.toml").stat()
        return found.st_mtime_ns, found.st_size, found.st_ino

    @property
    def file(self) -> str:
        """The text of the configuration file."""
        return (self.folder / "config.toml").read_text()

    # --- the operator's browser ---

    def ask(self, method: str, path: str, headers: Any = None, **more: Any) -> Answer:
        pairs = list(headers.items()) if isinstance(headers, Mapping) else list(headers or ())
        if self.cookies and not any(name.lower() == "cookie" for name, _ in pairs):
            cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            pairs.append(("cookie", cookies))
        answer = super().ask(method, path, pairs, **more)
        for line in answer.headers.get("set-cookie", "").splitlines():
            name, _, value = line.partition(";")[0].partition("=")
            if "max-age=0" in line.lower():
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value.strip('"')
        return answer

    def log_in(self, password: str = PASSWORD, **more: str) -> Answer:
        """Send the login form as a browser does."""
        page = self.get("/admin/login")
        fields = {"token": hidden(page, "token"), "password": password, **more}
        return self.post("/admin/login", urlencode(fields).encode(), OWN)

    def send(self, path: str, /, page: str | None = None, **fields: Any) -> Answer:
        """Send a form with its token and the fingerprint of the configuration.

        These are read from the page at `page`, by default the operator's first page.
        """
        shown = self.get(page or "/admin/")
        values: dict[str, Any] = {"token": hidden(shown, "token")}
        if 'name="fingerprint"' in shown.text:
            values["fingerprint"] = hidden(shown, "fingerprint")
        return self.post(path, urlencode({**values, **fields}, doseq=True).encode(), OWN)

    def follow(self, answer: Answer) -> Answer:
        """Go where a redirect leads."""
        assert answer.status == 303, answer.text
        return self.get(answer.headers["location"])


def hidden(answer: Answer, name: str) -> str:
    """Return the value of a hidden field of a page."""
    found = re.search(rf'name="{name}" value="([^"]*)"', answer.text)
    assert found, f"the page has no field {name}: {answer.text[-1500:]}"
    return html.unescape(found[1])
