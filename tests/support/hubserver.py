"""A loopback WebSub hub: it notes what it is asked, and answers as it is told.

with HubServer(tls=context) as hub:
    hub.url                  # https://hub.example:PORT/
    hub.asked                # each form that was posted, as a dict
    hub.status = 500
"""

from __future__ import annotations

import ssl
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl


class HubServer:
    """Takes POSTs of forms, for as long as the context lasts."""

    def __init__(self, *, tls: ssl.SSLContext | None = None, name: str = "hub.example") -> None:
        self.asked: list[dict[str, str]] = []
        self.status = 202
        self.headers: dict[str, str] = {}
        self.body = b""
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["content-length"]))
                hub.asked.append(dict(parse_qsl(content.decode())))
                self.send_response(hub.status)
                for header in hub.headers.items():
                    self.send_header(*header)
                self.send_header("content-length", str(len(hub.body)))
                self.end_headers()
                self.wfile.write(hub.body)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        scheme = "http" if tls is None else "https"
        self.url = f"{scheme}://{name}:{self._server.server_address[1]}/"

    def __enter__(self) -> HubServer:
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
