"""A loopback HTTP server that takes what is posted to it, and answers as it is told to.

with Receiver() as receiver:
    receiver.statuses = [503, 200]     # one for each post; the last one stays
    receiver.url                       # http://127.0.0.1:PORT/hook
    receiver.posts                     # (headers, body) of each, in order
"""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from types import TracebackType


@dataclass(frozen=True)
class Post:
    headers: Message
    body: bytes


class Receiver:
    def __init__(self) -> None:
        self.statuses = [200]
        self.headers: dict[str, str] = {}
        self.text = b""
        self.echoes = False
        """Whether an answer repeats the address and the login that were given."""
        self.repeats = 1
        """How often the text of an answer is sent."""
        self.stalls = False
        """Whether no answer comes until the end."""
        self.posts: list[Post] = []
        self._ended = Event()
        outer = self

        class Answering(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["content-length"])
                outer.posts.append(Post(self.headers, self.rfile.read(length)))
                at = min(len(outer.posts), len(outer.statuses)) - 1
                self.send_response(outer.statuses[at])
                for name, value in outer.headers.items():
                    self.send_header(name, value)
                if outer.stalls:
                    outer._ended.wait(60)
                    return
                text = outer.text + (self._told() if outer.echoes else b"")
                self.send_header("content-length", str(len(text) * outer.repeats))
                self.end_headers()
                for _ in range(outer.repeats):
                    self.wfile.write(text)

            def _told(self) -> bytes:
                _, _, login = (self.headers["authorization"] or "").partition(" ")
                return f"{self.path} {login} ".encode() + b64decode(login)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def port(self) -> int:
        return self._server.server_port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def __enter__(self) -> Receiver:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
