"""The lmtp channel: mail to the mail store of this machine or network (RFC 2033).

The server accepts a message only once it is in its recipient's mailbox, and it knows only its own
recipients: it relays nothing.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from digest.deliver import MailSession, MailSettings
from digest.deliver.mail.connection import ServerConnection
from digest.deliver.mail.session import ServerSession, greeting, opened
from digest.errors import DeliveryError

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(MailSettings):
    socket: Path | None = None
    """The server's socket on this machine; `socket` or `host` is needed, not both."""
    host: str | None = None
    """The server's name or address."""
    port: int = field(default=24, metadata={"min": 1, "max": 65535})
    timeout: timedelta = field(default=timedelta(minutes=5), metadata={"min": _SECOND})
    """How long to wait for each answer."""
    timeout_after_message: timedelta = field(
        default=timedelta(minutes=10), metadata={"min": _SECOND}
    )

    def __post_init__(self) -> None:
        if (self.socket is None) == (self.host is None):
            raise ValueError("socket or host is needed, one of them")


def place_of(settings: Settings) -> str:
    """Return where the server listens, for people."""
    return str(settings.socket) if settings.socket else f"{settings.host}:{settings.port}"


@contextmanager
def connect(settings: Settings) -> Iterator[MailSession]:
    """Yield a MailSession over one connection at a time; raise DeliveryError without one."""
    session = ServerSession(
        lambda: dialog(settings),
        channel="lmtp",
        place=place_of(settings),
        answer_timeout=settings.timeout_after_message.total_seconds(),
    )
    with opened(session):
        yield session


def dialog(settings: Settings) -> ServerConnection:
    """Connect and exchange greetings; raise DeliveryError where that fails."""
    place, timeout = place_of(settings), settings.timeout.total_seconds()
    try:
        connection = ServerConnection(_connected(settings, timeout), timeout=timeout)
    except (OSError, UnicodeError) as error:
        which = "socket" if settings.socket else "host and port"
        reason = getattr(error, "strerror", None) or error
        message = f"{place} cannot be reached: {reason}; check {which} of deliver.lmtp"
        raise DeliveryError(message, channel="lmtp", channel_down=True) from error
    with greeting(connection, channel="lmtp", place=place):
        for reply in (connection.reply(timeout), connection.hello("LHLO", "localhost")):
            if not reply.done:
                message = f"{place} does not greet us: {reply}"
                raise DeliveryError(message, channel="lmtp", channel_down=True)
    return connection


def _connected(settings: Settings, timeout: float) -> socket.socket:
    if settings.socket is None:
        return socket.create_connection((settings.host, settings.port), timeout)
    connected = socket.socket(socket.AF_UNIX)
    try:
        connected.settimeout(timeout)
        connected.connect(str(settings.socket))
    except BaseException:
        connected.close()
        raise
    return connected
