"""What the operator's pages and the API cost with a large installation, as one table.

    .venv/bin/python bench/pages.py [--entries 1000000] [--feeds 5000] [--subscribers 100000]

Makes the database, starts `digest serve --web` on it, and asks for each page 10 times: the CPU
seconds of the server's process for one answer, and how long a client waits for it.  Then the same
while a refresh of 500 feeds and a mailing to all subscribers run in the same process.
"""

from __future__ import annotations

import argparse
import http.client
import os
import re
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import _feeds
import _large_store
from _large_store import NOW, Size

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "a long password"
TIMES = 10
DUE = 500
"""The feeds that are read while the pages are measured again."""
_TICKS = os.sysconf("SC_CLK_TCK")
_SLOT = f"{NOW:%Y-%m-%d}T0700"

PAGES = (
    ("home", "/admin/"),
    ("feeds", "/admin/feeds"),
    ("feeds: search", "/admin/feeds?q=4999"),
    ("editions", "/admin/editions"),
    ("an edition, failed ones", f"/admin/editions/daily/{_SLOT}"),
    ("an edition, those who have it", f"/admin/editions/daily/{_SLOT}?channel=smtp&state=sent"),
    ("people", "/admin/people"),
    ("a list", "/admin/people/daily"),
    ("a list: search", "/admin/people/daily", {"contains": "99999@", "form": "search"}),
    ("a person", "/admin/people/daily/3"),
    ("why: an entry", "/admin/why/999000"),
    ("why an edition left out", f"/admin/left-out/daily/{_SLOT}"),
    ("a digest and its preview", "/admin/digests/daily"),
)
"""Name and path of each page, and the fields of a form."""
CALLS = (
    ("API: feeds", "/api/feeds"),
    ("API: entries", "/api/entries"),
    ("API: explanation", "/api/entries/999000/explanation"),
    ("API: editions", "/api/digests/daily/editions"),
    ("API: deliveries", f"/api/digests/daily/editions/{_SLOT}/deliveries"),
    ("API: subscribers", "/api/digests/daily/subscribers"),
    ("API: history", "/api/digests/daily/subscribers/history"),
    ("API: preview", "/api/digests/daily/preview"),
)


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one answer takes."""

    status: int
    size: int
    cpu: float
    wait: float


class Browser:
    """Asks a server for pages, with the cookies and the token of an operator."""

    def __init__(self, process: int, port: int, token: str) -> None:
        self._process = process
        self._port = port
        self._token = token
        self._cookies: dict[str, str] = {}
        self._form = ""

    def log_in(self) -> None:
        _, page = self.ask("GET", "/admin/login")
        self._form = _field(page, "token")
        self.ask("POST", "/admin/login", {"password": PASSWORD, "token": self._form})
        _, page = self.ask("GET", "/admin/people/daily")
        self._form = _field(page, "token")

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=120)
        headers = {"sec-fetch-site": "same-origin"}
        if path.startswith("/api/"):
            headers["authorization"] = f"Bearer {self._token}"
        if self._cookies:
            headers["cookie"] = "; ".join(f"{k}={v}" for k, v in self._cookies.items())
        body = None
        if form is not None:
            headers["content-type"] = "application/x-www-form-urlencoded"
            body = urlencode(form)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        for value in answer.headers.get_all("set-cookie") or ():
            name, _, rest = value.partition("=")
            self._cookies[name] = rest.partition(";")[0]
        content = answer.read()
        connection.close()
        return answer.status, content

    def measure(self, path: str, fields: dict[str, str] | None) -> Cost:
        """Ask some times; the CPU is the mean, the wait the median."""
        method, form = ("POST", {**fields, "token": self._form}) if fields else ("GET", None)
        try:
            status, content = self.ask(method, path, form)
        except http.client.HTTPException:  # the server ends a request after 20 seconds
            return Cost(status=0, size=0, cpu=float("nan"), wait=float("nan"))
        waits, before = [], cpu(self._process)
        for _ in range(TIMES):
            begun = time.perf_counter()
            self.ask(method, path, form)
            waits.append(time.perf_counter() - begun)
        return Cost(
            status=status,
            size=len(content),
            cpu=(cpu(self._process) - before) / TIMES,
            wait=statistics.median(waits),
        )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--feeds", type=int, default=5000)
    parser.add_argument("--subscribers", type=int, default=100_000)
    asked = parser.parse_args()
    size = Size(entries=asked.entries, feeds=asked.feeds, subscribers=asked.subscribers)
    with tempfile.TemporaryDirectory(prefix="digest-bench-") as name:
        folder = Path(name)
        begun = time.perf_counter()
        _large_store.configure(folder, size, port=_free_port())
        _large_store.fill(folder, size).close()
        stored = (folder / "digest.db").stat().st_size / 1e6
        print(f"made in {time.perf_counter() - begun:.0f} s, {stored:,.0f} MB")
        token = _secrets(folder)
        idle = _table(folder, token)
        print(f"first answer after {idle.pop('first').cpu:.2f} s of CPU")
        with _busy(folder):
            busy = _table(folder, token)
        busy.pop("first")
        print(f"{'':32} {'status':>6} {'kB':>6} {'CPU ms':>7} {'wait ms':>8} {'busy ms':>8} times")
        for label, cost in idle.items():
            while_busy = busy[label].wait
            print(
                f"{label:32} {cost.status:6} {cost.size / 1000:6.1f} {cost.cpu * 1000:7.1f}"
                f" {cost.wait * 1000:8.1f} {while_busy * 1000:8.1f}"
                f" {while_busy / cost.wait:5.1f}"
            )


def _table(folder: Path, token: str) -> dict[str, Cost]:
    with _serving(folder) as (process, port):
        browser = Browser(process, port, token)
        first = _first_answer(browser, process)
        browser.log_in()
        costs = {"first": first}
        for label, path, *fields in (*PAGES, *CALLS):
            costs[label] = browser.measure(path, fields[0] if fields else None)
        return costs


def _first_answer(browser: Browser, process: int) -> Cost:
    while True:
        try:
            status, content = browser.ask("GET", "/healthz")
        except ConnectionError:
            time.sleep(0.005)
            continue
        return Cost(status=status, size=len(content), cpu=cpu(process), wait=0)


@contextmanager
def _serving(folder: Path) -> Iterator[tuple[int, int]]:
    text = (folder / "config.toml").read_text()
    found = re.search(r"\[web\]\nport = (\d+)", text)
    assert found
    with open(folder / "serve.log", "ab") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "digest", "serve", "--web", "-c", str(folder / "config.toml")],
            cwd=ROOT,
            stdout=log,
            stderr=log,
        )
        try:
            yield server.pid, int(found[1])
        finally:
            server.terminate()
            server.wait(30)


@contextmanager
def _busy(folder: Path) -> Iterator[None]:
    """Make feeds due and deliveries open, with a mail server that takes everything."""
    _feeds.make(folder / "feeds", DUE)
    sink = subprocess.Popen(
        [sys.executable, str(ROOT / "bench" / "_sink.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert sink.stdout
    smtp = int(sink.stdout.readline())
    path = folder / "config.toml"
    due = "".join(f'[[feeds]]\nurl = "feeds/{number}.xml"\n' for number in range(DUE))
    path.write_text(re.sub(r"port = 9\b", f"port = {smtp}", path.read_text()) + due)
    database = sqlite3.connect(folder / "digest.db")
    database.execute(
        "UPDATE deliveries SET state = 'pending', attempts = 0, error = NULL, receipt = NULL,"
        " message = NULL, message_id = NULL WHERE edition_id = (SELECT max(id) FROM editions)"
    )
    database.commit()
    database.close()
    try:
        yield
    finally:
        sink.terminate()
        sink.wait(10)


def _secrets(folder: Path) -> str:
    """Set the password of the pages; return a token of the API."""
    command = [sys.executable, "-m", "digest", "web"]
    end = ["-c", str(folder / "config.toml")]
    subprocess.run(
        [*command, "password", *end],
        input=PASSWORD,
        text=True,
        check=True,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    made = subprocess.run(
        [*command, "token", "bench", *end], text=True, check=True, cwd=ROOT, capture_output=True
    )
    return made.stdout.strip()


def _field(page: bytes, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"'.encode(), page)
    assert found, page[-500:]
    return found[1].decode()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def cpu(process: int) -> float:
    """Return the CPU seconds of a process so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


if __name__ == "__main__":
    main()
