"""A loopback SMTP server that takes mail, and misbehaves where it is told to.

    with SmtpServer(Fault("rcpt", "550 5.1.1 no such user", to="bob@")) as server:
        server.port                 # where it listens, on 127.0.0.1
        server.messages             # what it took, in order: sender, recipient, data, ...
        server.commands             # every line that was said to it, logins too
        server.connections          # how many there were
        server.faults.append(...)   # faults may change while it runs

A `Fault` strikes at one stage (connect, ehlo, starttls, auth, mail, rcpt, data, body, dot, rset,
quit): with a reply, with raw bytes, by ending or resetting the connection, by ending its own side
of it while it reads on, by a reply that comes byte by byte and has no end, or by saying nothing
until `server.release()`.  `server.wait(stage)` returns once a fault has struck at that stage.

Given a folder as `record`, each message is on disk before it is answered for; `read_record` reads
it back.  `python -m support.smtpserver FOLDER [FAULTS]` serves until its standard input ends, in a
process of its own; it prints its port, and FAULTS is a JSON array of objects with a Fault's fields.
"""

from __future__ import annotations

import json
import os
import re
import socket
import ssl
import struct
import sys
from base64 import b64decode
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Event, Lock, Thread
from typing import BinaryIO

DRIP = 0.05
"""Seconds between two bytes of a reply that drips."""
LONGEST_WAIT = 240
"""Seconds after which a stall ends by itself, so that no test hangs for ever."""


@dataclass(kw_only=True)
class Message:
    """What was taken: one transaction with all its recipients."""

    sender: str
    recipients: list[str]
    data: bytes
    """As sent, without the dots that were doubled."""
    parameters: str = ""
    """What stood behind the sender: SIZE, BODY."""
    hello: str = ""
    encrypted: bool = False
    user: str | None = None

    @property
    def recipient(self) -> str:
        (only,) = self.recipients
        return only


@dataclass
class Fault:
    """What goes wrong, where and when."""

    stage: str
    does: str | bytes
    """A reply (its lines by LF), raw bytes, or "reset", "close", "half-close", "drip", "stall"."""
    to: str | None = None
    """Only where this expression is found in the recipient (rcpt, data, body, dot)."""
    after: int = 0
    """How often the stage passes first."""
    times: int | None = None
    """How often it strikes; ``None``: always."""
    taken: bool = False
    """At the dot: whether the message is taken nevertheless."""
    every_connection: bool = False
    """Whether the stage is counted anew in each connection."""
    seen: int = field(default=0, init=False)

    def strikes(self, stage: str, recipient: str, own: dict[int, int]) -> bool:
        """Count the stage; `own` holds the counts of one connection."""
        if stage != self.stage or not re.search(self.to or "", recipient):
            return False
        self.seen += 1
        own[id(self)] = own.get(id(self), 0) + 1
        seen = own[id(self)] if self.every_connection else self.seen
        return self.after < seen <= self.after + (self.times or sys.maxsize)


class _Over(Exception):
    """The connection ends."""


class SmtpServer:
    """Takes mail on loopback, each connection in a thread, for as long as the context lasts."""

    def __init__(
        self,
        *faults: Fault,
        offers: tuple[str, ...] = ("SIZE 10485760", "8BITMIME"),
        tls: ssl.SSLContext | None = None,
        tls_at_once: bool = False,
        users: Mapping[str, str] | None = None,
        mechanisms: str = "PLAIN LOGIN",
        lmtp: bool = False,
        path: Path | None = None,
        host: str = "127.0.0.1",
        record: Path | None = None,
    ) -> None:
        self.faults = list(faults)
        self.messages: list[Message] = []
        self.commands: list[str] = []
        self.connections = 0
        self.host = host
        self._offers = offers
        self._tls = tls
        self._tls_at_once = tls_at_once
        self.users = users
        self.mechanisms = mechanisms
        self.echoes = False
        """Whether a refused login is repeated in the refusal, also as it was coded."""
        self._verb = "LHLO" if lmtp else "EHLO"
        self._record = record
        self._lock = Lock()
        self._struck: dict[str, Event] = {}
        self._released = Event()
        self._ending = False
        self._open: set[socket.socket] = set()
        self._threads: list[Thread] = []
        if path:
            self._listening = socket.socket(socket.AF_UNIX)
            self._listening.bind(str(path))
            self._listening.listen(64)
            self.port = 0
        else:
            self._listening = socket.create_server((host, 0), backlog=64)
            self.port: int = self._listening.getsockname()[1]  # type: ignore[no-redef]

    def __enter__(self) -> SmtpServer:
        self._accepting = Thread(target=self._accept, name="smtpserver", daemon=True)
        self._accepting.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending = True
        self._released.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._listening.close()
        with self._lock:
            left = list(self._open)
        for connection in left:
            _hang_up(connection)
        for thread in self._threads:
            thread.join()

    def release(self) -> None:
        """Let everything that stalls go on as if nothing had been."""
        self._released.set()

    def wait(self, stage: str) -> None:
        """Wait until a fault has struck at `stage`."""
        assert self._event(stage).wait(LONGEST_WAIT), f"no fault struck at {stage}"

    def hang_up(self) -> None:
        """End every open connection, as a server does with those that are idle for long."""
        with self._lock:
            left = list(self._open)
        for connection in left:
            _hang_up(connection)

    def to(self, recipient: str) -> list[Message]:
        """Give what was taken for one recipient."""
        return [message for message in self.messages if recipient in message.recipients]

    def _accept(self) -> None:
        while not self._ending:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return  # the context has ended
            with self._lock:
                self.connections += 1
                self._open.add(connection)
            thread = Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        session = _Session(self, connection)
        try:
            session.run()
        except (OSError, ValueError, _Over):
            pass  # either side has had enough
        finally:
            self.swap(session.socket, None)
            session.end()

    def swap(self, old: socket.socket, new: socket.socket | None) -> None:
        """Note that a connection has ended, or goes on encrypted."""
        with self._lock:
            self._open.discard(old)
            if new:
                self._open.add(new)

    def _event(self, stage: str) -> Event:
        with self._lock:
            return self._struck.setdefault(stage, Event())

    def fault(self, stage: str, recipient: str, own: dict[int, int]) -> Fault | None:
        """Find what strikes at `stage` now."""
        with self._lock:
            found = [fault for fault in self.faults if fault.strikes(stage, recipient, own)]
        return found[0] if found else None

    def struck(self, stage: str) -> None:
        self._event(stage).set()

    def stall(self) -> None:
        self._released.wait(LONGEST_WAIT)

    def drip(self, connection: socket.socket) -> None:
        """Say one byte after the other, until the other side has had enough."""
        connection.sendall(b"250 ")
        while not self._released.wait(DRIP):
            connection.sendall(b"x")

    def take(self, message: Message) -> None:
        """Be answerable for `message`: from here on it is not lost."""
        with self._lock:
            if self._record:
                _write(self._record, message)
            self.messages.append(message)

    def hear(self, line: bytes) -> None:
        with self._lock:
            self.commands.append(line.decode("ascii"))

    @property
    def verb(self) -> str:
        return self._verb

    def offered(self, encrypted: bool) -> list[str]:
        """Name what is offered in answer to a greeting."""
        lines = [*self._offers]
        if self._tls and not encrypted:
            lines.append("STARTTLS")
        if self.users is not None:
            lines.append(f"AUTH {self.mechanisms}")
        return lines

    @property
    def tls(self) -> ssl.SSLContext | None:
        return self._tls

    @property
    def tls_at_once(self) -> bool:
        return self._tls_at_once


def _hang_up(connection: socket.socket) -> None:
    with suppress(OSError):  # it may be gone
        connection.shutdown(socket.SHUT_RDWR)


class _Session:
    """One connection."""

    def __init__(self, server: SmtpServer, connection: socket.socket) -> None:
        self._server = server
        self.socket = connection
        self._file: BinaryIO | None = None
        self._encrypted = False
        self._hello = ""
        self._user: str | None = None
        self._counts: dict[int, int] = {}
        self._forget()

    def _forget(self) -> None:
        self._sender: str | None = None
        self._parameters = ""
        self._recipients: list[str] = []

    def run(self) -> None:
        if self._server.tls_at_once:
            self._encrypt()
        self._open()
        self._answer("connect", "220 loopback ESMTP")
        while True:
            line = self._read_line()
            self._server.hear(line)
            verb, _, rest = line.decode("ascii").partition(" ")
            getattr(self, f"_on_{verb.lower()}", self._on_unknown)(rest)

    def end(self) -> None:
        if self._file:
            self._file.close()
        self.socket.close()

    def _open(self) -> None:
        if self._file:
            self._file.close()
        self._file = self.socket.makefile("rb")

    def _encrypt(self) -> None:
        assert self._server.tls
        plain = self.socket
        self.socket = self._server.tls.wrap_socket(plain, server_side=True)
        self._server.swap(plain, self.socket)
        self._encrypted = True

    def _read_line(self) -> bytes:
        assert self._file
        line = self._file.readline()
        if not line.endswith(b"\r\n"):
            raise _Over  # what is not ended was cut off, or a lone LF that must not be
        return line[:-2]

    def _say(self, reply: str) -> None:
        *first, last = reply.splitlines()
        text = "".join(f"{line[:3]}-{line[4:]}\r\n" for line in first) + f"{last}\r\n"
        self.socket.sendall(text.encode())

    def _answer(self, stage: str, usual: str, recipient: str = "") -> bool:
        """Answer as usual, or as a fault has it; tell whether all went as usual."""
        fault = self._server.fault(stage, recipient, self._counts)
        if fault is None:
            if usual:
                self._say(usual)
            return True
        self._suffer(stage, fault)
        if fault.does == "stall":
            if usual:
                self._say(usual)
            return True
        return False

    def _suffer(self, stage: str, fault: Fault) -> None:
        self._server.struck(stage)
        match fault.does:
            case "stall":
                self._server.stall()
            case "reset":
                linger = struct.pack("ii", 1, 0)
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                raise _Over
            case "close":
                _hang_up(self.socket)
                raise _Over
            case "half-close":
                self.socket.shutdown(socket.SHUT_WR)
            case "drip":
                self._server.drip(self.socket)
                raise _Over
            case str() as reply:
                self._say(reply)
                if reply.startswith("421"):
                    raise _Over
            case raw:
                self.socket.sendall(raw)

    # --- what is said to it ---

    def _on_unknown(self, rest: str) -> None:
        self._say("500 5.5.1 what?")

    def _on_ehlo(self, rest: str, verb: str = "EHLO") -> None:
        if verb != self._server.verb:
            self._on_unknown(rest)
            return
        lines = ["loopback", *self._server.offered(self._encrypted)]
        if self._answer("ehlo", "\n".join(f"250 {line}" for line in lines)):
            self._hello = rest
            self._forget()

    def _on_lhlo(self, rest: str) -> None:
        self._on_ehlo(rest, "LHLO")

    def _on_starttls(self, rest: str) -> None:
        if self._answer("starttls", "220 2.0.0 begin"):
            self._encrypt()
            self._open()

    def _on_auth(self, rest: str) -> None:
        mechanism, _, initial = rest.partition(" ")
        self._login = [initial]
        if mechanism == "PLAIN":
            _, user, password = b64decode(initial).decode().split("\0")
        else:
            user, password = (self._ask(word) for word in ("VXNlcm5hbWU6", "UGFzc3dvcmQ6"))
        if (self._server.users or {}).get(user) != password:
            told = " ".join((*self._login, user, password)) if self._server.echoes else ""
            self._answer("auth", f"535 5.7.8 wrong user or password {told}".rstrip())
        elif self._answer("auth", "235 2.7.0 welcome"):
            self._user = user

    def _ask(self, prompt: str) -> str:
        self._say(f"334 {prompt}")
        answer = self._read_line()
        self._server.hear(answer)
        self._login.append(answer.decode())
        return b64decode(answer).decode()

    def _on_mail(self, rest: str) -> None:
        if self._server.users is not None and self._user is None:
            self._say("530 5.7.0 authentication required")
            return
        named = re.fullmatch(r"(?i:FROM):<([^<>]*)> ?(.*)", rest)
        if not named:
            self._say("501 5.5.4 syntax")
        elif self._sender is not None:
            self._say("503 5.5.1 nested MAIL command")
        elif self._answer("mail", "250 2.1.0 ok"):
            self._sender, self._parameters = named[1], named[2]

    def _on_rcpt(self, rest: str) -> None:
        named = re.fullmatch(r"(?i:TO):<([^<>]+)>", rest)
        if self._sender is None or not named:
            self._say("503 5.5.1 who sends it, and to whom?")
        elif self._answer("rcpt", "250 2.1.5 ok", named[1]):
            self._recipients.append(named[1])

    def _on_data(self, rest: str) -> None:
        if not self._recipients:
            self._say("554 5.5.1 no valid recipients")
        elif self._answer("data", "354 end with a dot", self._recipients[0]):
            self._take()

    def _take(self) -> None:
        recipient = self._recipients[0]
        lines: list[bytes] = []
        while (line := self._read_line()) != b".":
            lines.append(line.removeprefix(b"."))
            if len(lines) == 1 and not self._answer("body", "", recipient):
                raise _Over
        message = Message(
            sender=self._sender or "",
            recipients=self._recipients,
            data=b"".join(line + b"\r\n" for line in lines),
            parameters=self._parameters,
            hello=self._hello,
            encrypted=self._encrypted,
            user=self._user,
        )
        self._forget()
        fault = self._server.fault("dot", recipient, self._counts)
        if fault is None or fault.taken:
            self._server.take(message)
        if fault:
            self._suffer("dot", fault)
        if fault is None or fault.does == "stall":
            self._say(f"250 2.0.0 queued as {len(self._server.messages)}")

    def _on_rset(self, rest: str) -> None:
        if self._answer("rset", "250 2.0.0 ok"):
            self._forget()

    def _on_quit(self, rest: str) -> None:
        if self._answer("quit", "221 2.0.0 bye"):
            raise _Over


# --- the record ----------------------------------------------------------------------------------


def _write(folder: Path, message: Message) -> None:
    row = {**asdict(message), "data": message.data.decode("latin-1")}
    with (folder / "messages.jsonl").open("ab") as file:
        file.write(json.dumps(row).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def read_record(folder: Path) -> list[Message]:
    """Give what a server with `folder` as its record has taken, in order."""
    path = folder / "messages.jsonl"
    rows = [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []
    return [Message(**{**row, "data": row["data"].encode("latin-1")}) for row in rows]


if __name__ == "__main__":
    scripted = json.loads(sys.argv[2]) if len(sys.argv) > 2 else []
    with SmtpServer(*(Fault(**fault) for fault in scripted), record=Path(sys.argv[1])) as served:
        print(served.port, flush=True)
        sys.stdin.read()
