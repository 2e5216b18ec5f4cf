"""Send commands over a connected socket and read the replies, with timeouts (RFC 5321, 4.2).

A reply is read to a limit before it is parsed.  Whatever ends the dialog (a reset, a silence, bytes
that are no reply) raises ServerConnectionError; the caller decides what that means for the message
on its way.
"""

from __future__ import annotations

import re
import socket
import ssl
from dataclasses import dataclass
from time import monotonic

from digest.deliver.mail.wire import shown

_MOST_LINE, _MOST_LINES = 65536, 200
_LINE = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?", re.DOTALL)


class ServerConnectionError(Exception):
    """The dialog cannot go on; ``str()`` ends a sentence that begins with the server's name."""


@dataclass(frozen=True, slots=True)
class ServerReply:
    """A reply: its code, its cleaned text on one line, and its lines."""

    code: int
    text: str
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.code} {self.text}".rstrip()

    @property
    def done(self) -> bool:
        return 200 <= self.code < 300


class ServerConnection:
    """One connection; used by one thread."""

    def __init__(self, connected: socket.socket, *, timeout: float) -> None:
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if connected.family != getattr(socket, "AF_UNIX", None):
            # Otherwise the final dot would wait until the data before it is acknowledged.
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = connected
        self.timeout = timeout
        """Seconds for a command and its reply."""
        self.features: dict[str, str] = {}
        """The extensions that the server offers: keyword in upper case -> parameters."""
        self.used = False
        """Whether a transaction was begun on this connection."""
        self._received = bytearray()
        self._secrets: list[str] = []

    def hello(self, verb: str, name: str) -> ServerReply:
        """Send EHLO or LHLO with `name`, and store the extensions that the server offers."""
        reply = self.command(f"{verb} {name}")
        self.features = {}
        for line in reply.lines[1:] if reply.done else ():
            keyword, _, parameters = line.replace("=", " ", 1).partition(" ")
            self.features[keyword.upper()] = parameters.strip()
        return reply

    def encrypt(self, context: ssl.SSLContext, host: str) -> None:
        """Begin TLS; whatever was received before it is not trusted.  Raises OSError."""
        if self._received:
            raise ServerConnectionError("said more than it was asked for before TLS began")
        self.socket.settimeout(self.timeout)
        self.socket = context.wrap_socket(self.socket, server_hostname=host)

    def keep_secret(self, *words: str) -> None:
        """Replace `words` by ``***`` in replies that repeat them."""
        self._secrets += [word for word in words if word]

    def command(self, line: str) -> ServerReply:
        """Send a command and wait for its reply."""
        if not line.isascii() or not line.isprintable():
            raise ValueError("a command is one line of ASCII")
        self.send(line.encode("ascii") + b"\r\n")
        return self.reply(self.timeout)

    def send(self, data: bytes) -> None:
        """Send all of `data`; raise ServerConnectionError where the server accepts none in time."""
        try:
            for start in range(0, len(data), 65536):
                self.socket.settimeout(self.timeout)
                self.socket.sendall(data[start : start + 65536])
        except TimeoutError as error:
            raise ServerConnectionError(f"took nothing for {self.timeout:g} seconds") from error
        except OSError as error:
            raise ServerConnectionError(f"broke the connection ({_reason(error)})") from error

    def reply(self, within: float) -> ServerReply:
        """Wait at most `within` seconds for a reply with all its lines."""
        deadline = monotonic() + within
        texts = []
        while True:
            found = _LINE.fullmatch(self._line(deadline, within))
            if not found:
                raise ServerConnectionError("answered with something that is not SMTP")
            texts.append(found[3] or b"")
            if len(texts) > _MOST_LINES:
                raise ServerConnectionError("answered without end")
            if found[2] != b"-":
                lines = tuple(self._cleaned(text) for text in texts)
                return ServerReply(int(found[1]), shown(" ".join(lines)), lines)

    def is_quiet(self) -> bool:
        """Return whether the connection is open and nothing unexpected was received."""
        self.socket.settimeout(0)
        try:
            received = self.socket.recv(65536)
        except (BlockingIOError, ssl.SSLWantReadError):
            return not self._received
        except OSError:
            return False
        self._received += received
        return False

    def close(self, *, politely: float = 0) -> None:
        """Close the connection, after QUIT where `politely`, the seconds to wait for its reply."""
        try:
            if politely:
                self.send(b"QUIT\r\n")
                self.reply(politely)
        except ServerConnectionError:
            pass  # every message has its answer
        finally:
            self.socket.close()

    def _line(self, deadline: float, within: float) -> bytes:
        while (end := self._received.find(b"\n")) < 0:
            if len(self._received) > _MOST_LINE:
                raise ServerConnectionError("answered with a line without end")
            self._receive(deadline, within)
        line = bytes(self._received[:end]).removesuffix(b"\r")
        del self._received[: end + 1]
        return line

    def _receive(self, deadline: float, within: float) -> None:
        left = deadline - monotonic()
        try:
            if left <= 0:
                raise TimeoutError
            self.socket.settimeout(left)
            received = self.socket.recv(65536)
        except TimeoutError as error:
            raise ServerConnectionError(f"gave no answer for {within:g} seconds") from error
        except OSError as error:
            raise ServerConnectionError(f"broke the connection ({_reason(error)})") from error
        if not received:
            raise ServerConnectionError("closed the connection")
        self._received += received

    def _cleaned(self, text: bytes) -> str:
        line = text.decode("utf-8", "replace")
        for word in self._secrets:
            line = line.replace(word, "***")
        return shown(line)


def _reason(error: OSError) -> str:
    return shown(error.strerror or type(error).__name__)
