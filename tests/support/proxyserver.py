"""A loopback proxy: HTTP (CONNECT and absolute-form), SOCKS4 and SOCKS5 at one port.

    with ProxyServer({"feeds.example": server.port}) as proxy:
        proxy.url("socks5h")        # socks5h://127.0.0.1:PORT
        proxy.asked                 # each target, in order: "feeds.example:80"
        proxy.logins                # the login that came with each, or None

A host that `hosts` does not name is unreachable.  `answer`, where it is set, is sent instead of
anything else to HTTP clients.  `tls` makes it an HTTPS proxy.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from base64 import b64decode
from collections.abc import Mapping
from urllib.parse import urlsplit

from support.loopserver import LoopServer


class ProxyServer(LoopServer):
    """Passes connections on to ports of this machine, for as long as the context lasts."""

    def __init__(
        self,
        hosts: Mapping[str, int],
        *,
        login: str | None = None,
        answer: bytes | None = None,
        tls: ssl.SSLContext | None = None,
        silent: bool = False,
    ) -> None:
        self.hosts = dict(hosts)
        self.login = login
        self.answer = answer
        self.silent = silent
        self.asked: list[str] = []
        self.logins: list[str | None] = []
        self.heads: list[bytes] = []
        """What HTTP clients sent, up to the end of their headers."""
        self.connections = 0
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: list[asyncio.Future[None]] = []
        self._tls = tls
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port: int = self._listening.getsockname()[1]

    def url(self, scheme: str = "http", login: str = "", host: str = "127.0.0.1") -> str:
        return f"{scheme}://{login}{'@' if login else ''}{host}:{self.port}"

    async def _start(self) -> None:
        self._server = await asyncio.start_server(self._accept, sock=self._listening, ssl=self._tls)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)  # one whose task never began is closed at the end, too
        self._tasks.append(asyncio.ensure_future(self._serve(reader, writer)))

    async def _stop(self) -> None:
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await self._end_tasks()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            if self.silent:
                await asyncio.Event().wait()
            first = await reader.readexactly(1)
            if first == b"\x05":
                await self._socks5(reader, writer)
            elif first == b"\x04":
                await self._socks4(reader, writer)
            else:
                await self._http(first, reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client, or the test, has had enough
        finally:
            writer.transport.abort()

    async def _http(
        self, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        head = first + await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head)
        method, target, _ = head.split(b"\r\n")[0].decode().split(" ")
        login = None
        for line in head.decode("latin-1").split("\r\n"):
            if line.lower().startswith("proxy-authorization: basic "):
                login = b64decode(line.split(" ")[2]).decode()
        if method == "CONNECT":
            host, _, port = target.rpartition(":")
        else:
            parts = urlsplit(target)
            host, port = parts.hostname or "", str(parts.port or 80)
        self.asked.append(f"{host}:{port}")
        self.logins.append(login)
        if self.answer is not None:
            writer.write(self.answer)
            await writer.drain()
            return
        if self.login is not None and login != self.login:
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            return
        if host not in self.hosts:
            writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            return
        there = await asyncio.open_connection("127.0.0.1", self.hosts[host])
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            path = urlsplit(target)._replace(scheme="", netloc="").geturl()
            kept = [
                line
                for line in head.split(b"\r\n")[1:]
                if not line.lower().startswith(b"proxy-authorization")
            ]
            there[1].write(b"\r\n".join([b"GET %s HTTP/1.1" % path.encode(), *kept]))
        await self._pass_on(reader, writer, *there)

    async def _socks5(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        methods = await reader.readexactly((await reader.readexactly(1))[0])
        login = None
        if self.login is not None and 2 not in methods:
            writer.write(b"\x05\xff")
            await writer.drain()
            return
        writer.write(b"\x05\x02" if self.login is not None else b"\x05\x00")
        if self.login is not None:
            _, length = await reader.readexactly(2)
            user = await reader.readexactly(length)
            password = await reader.readexactly((await reader.readexactly(1))[0])
            login = f"{user.decode()}:{password.decode()}"
            writer.write(b"\x01\x00" if login == self.login else b"\x01\x01")
            if login != self.login:
                await writer.drain()
                return
        _, _, _, kind = await reader.readexactly(4)
        if kind == 1:
            host = socket.inet_ntop(socket.AF_INET, await reader.readexactly(4))
        elif kind == 4:
            host = socket.inet_ntop(socket.AF_INET6, await reader.readexactly(16))
        else:
            host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
        (port,) = struct.unpack("!H", await reader.readexactly(2))
        self.asked.append(f"{host}:{port}")
        self.logins.append(login)
        if host not in self.hosts:
            writer.write(b"\x05\x04\x00\x01" + b"\0" * 6)
            await writer.drain()
            return
        there = await asyncio.open_connection("127.0.0.1", self.hosts[host])
        writer.write(b"\x05\x00\x00\x01" + b"\0" * 6)
        await self._pass_on(reader, writer, *there)

    async def _socks4(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, port = struct.unpack("!BH", await reader.readexactly(3))
        host = socket.inet_ntop(socket.AF_INET, await reader.readexactly(4))
        await reader.readuntil(b"\0")
        self.asked.append(f"{host}:{port}")
        if host not in self.hosts:
            writer.write(b"\0\x5b" + b"\0" * 6)
            await writer.drain()
            return
        there = await asyncio.open_connection("127.0.0.1", self.hosts[host])
        writer.write(b"\0\x5a" + b"\0" * 6)
        await self._pass_on(reader, writer, *there)

    async def _pass_on(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        far_reader: asyncio.StreamReader,
        far_writer: asyncio.StreamWriter,
    ) -> None:
        async def copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            while data := await source.read(65536):
                sink.write(data)
                await sink.drain()
            sink.transport.abort()

        try:
            await asyncio.gather(copy(reader, far_writer), copy(far_reader, writer))
        finally:
            far_writer.transport.abort()
