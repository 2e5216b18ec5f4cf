"""`digest serve --web`, as a process: it answers, it ends, it says what is wrong."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from support.feedserver import FeedServer, Page, Raw, Request
from support.house import item, rss
from support.ports import free_port
from support.smtpserver import SmtpServer

LONG = 120
ENVIRONMENT = {**os.environ, "PYTHONWARNINGS": "error", "COLUMNS": "100"}


def configure(folder: Path, port: int, feed: str = "feed.xml", *, more: str = "") -> Path:
    (folder / "feed.xml").write_bytes(rss([item("a1"), item("a2")]))
    file = folder / "config.toml"
    file.write_text(
        f'[fetch]\nallow_hosts = ["127.0.0.1"]\n[[feeds]]\nurl = "{feed}"\n'
        '[digests.daily]\n[digests.daily.deliver.files]\npath = "out"\n'
        f'{more}[web]\nurl = "http://127.0.0.1:{port}"\nport = {port}\n'
    )
    return file


@contextmanager
def serving(file: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """Run the service until it says where it answers; end it, if a test has not."""
    command = [sys.executable, "-m", "digest", *options, "--config", str(file), "serve", "--web"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT
    ) as process:
        try:
            assert process.stdout
            line = process.stdout.readline()
            if "Serving (" not in line:
                process.kill()
                raise AssertionError(line + process.communicate()[1])
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
            process.communicate(timeout=LONG)


def end(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=LONG)
    return process.returncode, out, err


def read_until(process: subprocess.Popen[str], beginning: str) -> str:
    assert process.stdout
    for line in process.stdout:
        if beginning in line:  # behind its time
            return line
    raise AssertionError(f"it never said {beginning!r}")


def test_it_publishes_serves_signs_up_and_ends(tmp_path: Path) -> None:
    port = free_port()
    with SmtpServer() as mail:
        smtp = (
            '[digests.daily.deliver.smtp]\nhost = "127.0.0.1"\nfrom = "news@example.org"\n'
            f"port = {mail.port}\n"
        )
        with (
            serving(configure(tmp_path, port, more=smtp), "-v") as process,
            httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
        ):
            read_until(process, "Edition: daily")
            assert client.get("/healthz").text.startswith("ok\n")
            assert "Title of a1" in client.get("/").text
            archive = client.get("/daily/")
            assert archive.headers["content-encoding"] == "gzip"
            etag = {"if-none-match": archive.headers["etag"]}
            assert client.get("/daily/", headers=etag).status_code == 304
            assert "Title of a2" in client.get("/daily/atom.xml").text
            asked = client.post("/daily/subscribe", data={"address": "jane@example.org"})
            assert asked.status_code == 200
            status, out, err = end(process)
        assert status == 0, err
        assert [message.recipient for message in mail.messages] == ["jane@example.org"]
    assert "Traceback" not in err
    assert "POST /daily/subscribe 200" in err
    assert "jane" not in err + out
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/", trust_env=False)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_open_connection_keeps_nothing_from_ending(
    tmp_path: Path, number: signal.Signals
) -> None:
    port = free_port()
    with (
        serving(configure(tmp_path, port)) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
        socket.create_connection(("127.0.0.1", port), timeout=LONG) as idle,
    ):
        assert client.get("/healthz").status_code == 200
        read_until(process, "Delivered: ")
        process.send_signal(number)
        _, err = process.communicate(timeout=LONG)
        assert (process.returncode, err) == (0, "")
        assert idle.recv(1) == b""


def test_a_refresh_in_progress_blocks_no_page(tmp_path: Path) -> None:
    port, asked, go_on = free_port(), threading.Event(), threading.Event()

    def pieces() -> Iterator[bytes]:
        while not go_on.is_set():
            yield b""
        yield b"HTTP/1.1 404 Not Found\r\n\r\n"

    def slow(request: Request) -> Page:
        asked.set()
        return Raw(pieces=pieces(), pause=0.05)

    with (
        FeedServer({"/feed.xml": slow}) as server,
        serving(configure(tmp_path, port, server.url("/feed.xml"))) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
    ):
        assert asked.wait(LONG)
        assert client.get("/healthz").text == "ok\nno refresh has ended yet\n"
        assert client.get("/").status_code == 200
        assert client.get("/daily/").status_code == 404
        go_on.set()
        status, _, err = end(process)
        assert status == 0, err


# --- what is wrong --------------------------------------------------------------------------------


def run(*command: str) -> tuple[int, str]:
    ran = subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, timeout=LONG, env=ENVIRONMENT
    )
    assert ran.stdout == ""
    return ran.returncode, ran.stderr


def test_a_port_that_is_taken_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        file = configure(tmp_path, port)
        status, err = run("-m", "digest", "--config", str(file), "serve", "--web")
    assert status == 1
    assert err == (
        f"digest: cannot listen at port {port} of 127.0.0.1: something listens there already: "
        "end it, or set another web.port\n"
    )


def test_others_may_not_come_without_an_address(tmp_path: Path) -> None:
    file = configure(tmp_path, 8000)
    file.write_text(file.read_text().replace('url = "http://127.0.0.1:8000"', 'host = "0.0.0.0"'))
    status, err = run("-m", "digest", "--config", str(file), "serve", "--web")
    assert status == 2
    assert err == (
        "digest: web.host: at 0.0.0.0 others can come: set web.url, the address by which they do\n"
    )


@pytest.mark.parametrize("missing", ["starlette", "uvicorn"])
def test_what_is_not_installed_is_named(tmp_path: Path, missing: str) -> None:
    program = f"import sys; sys.modules['{missing}'] = None\nfrom digest.cli import main; main()"
    file = configure(tmp_path, 8000)
    status, err = run("-c", program, "--config", str(file), "serve", "--web")
    assert status == 2
    assert err.startswith("digest: --web needs starlette and uvicorn: ")
    assert "-m pip install 'argon2-cffi>=23.1' " in err
    assert " 'starlette>=1,<2' 'uvicorn>=0.54,<1'" in err


def test_a_service_without_pages_needs_neither(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['starlette'] = sys.modules['uvicorn'] = None\n"
        "from digest.cli import main; main()"
    )
    command = [sys.executable, "-c", program, "--config", str(configure(tmp_path, 8000)), "serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as process:
        read_until(process, "Delivered: ")
        process.terminate()
        process.communicate(timeout=LONG)
    assert process.returncode == 0
