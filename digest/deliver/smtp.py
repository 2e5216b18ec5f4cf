"""The smtp channel: mail to a relay that delivers it (RFC 5321, RFC 6409).

The connection is always encrypted and the relay's certificate verified, unless the relay is on this
machine or the operator sets security to "none".  A password is never sent unencrypted over a
network.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal

from digest.deliver import MailSession
from digest.deliver.mail.connection import ServerConnection, ServerConnectionError, ServerReply
from digest.deliver.mail.dkim import DkimSettings, KeyFileError, read_key, signing
from digest.deliver.mail.password import PasswordError, read
from digest.deliver.mail.session import ServerSession, greeting, opened
from digest.errors import DeliveryError
from digest.net.secret_urls import looks_random

__all__ = [
    "DkimSettings",
    "KeyFileError",
    "ServerConnection",
    "ServerConnectionError",
    "Settings",
    "connect",
    "dialog",
    "is_loopback",
    "place_of",
    "read_key",
    "user_of",
]

Security = Literal["starttls", "tls", "none"]

_PORTS: dict[Security, int] = {"starttls": 587, "tls": 465, "none": 25}
_CONNECTING = 30.0
"""The deadline for connecting to one of the server's addresses, in seconds."""
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(DkimSettings):
    host: str
    port: int | None = field(default=None, metadata={"min": 1, "max": 65535})
    """``None``: 587 with starttls, 465 with tls, 25 with none."""
    security: Security | None = None
    """``None``: tls at port 465, none on this machine, starttls elsewhere."""
    user: str | None = field(default=None, metadata={"secret": "whole"})
    password_file: Path | None = None
    password_env: str | None = None
    """The name of the environment variable with the password."""
    ca_file: Path | None = None
    """Certificates to trust instead of the system's, PEM."""
    hello: str | None = None
    """The client's name in EHLO; ``None``: this machine's name, or its address."""
    idempotency_header: str | None = None
    """The header by which the relay recognizes a repeated message: Resend-Idempotency-Key."""
    timeout: timedelta = field(default=timedelta(minutes=5), metadata={"min": _SECOND})
    """How long to wait for each answer (RFC 5321, 4.5.3.2)."""
    timeout_after_message: timedelta = field(
        default=timedelta(minutes=10), metadata={"min": _SECOND}
    )
    """How long to wait for the answer to a message; too short a time repeats arrived messages."""

    def __post_init__(self) -> None:
        DkimSettings.__post_init__(self)
        if not re.fullmatch(r"[A-Za-z0-9._:-]+", self.host):
            raise ValueError('host is a name or an address, such as "mail.example.org"')
        if self.hello is not None and not re.fullmatch(r"[A-Za-z0-9.:\[\]-]+", self.hello):
            raise ValueError('hello is a name such as "news.example.org", or an address in [ ]')
        if self.idempotency_header and not re.fullmatch(r"[A-Za-z0-9-]+", self.idempotency_header):
            raise ValueError("idempotency_header is the name of a header")
        if self.user is None:
            for name in ("password_file", "password_env"):
                if getattr(self, name) is not None:
                    raise ValueError(f"{name} is given without user")
        elif (self.password_file is None) == (self.password_env is None):
            raise ValueError("user needs one of password_file and password_env")
        elif security_of(self) == "none" and not is_loopback(self.host):
            raise ValueError('security "none" would send the password for all to read')


def security_of(settings: Settings) -> Security:
    """Return the security of the connection: the configured one, or that of the port or host."""
    if settings.security is not None:
        return settings.security
    if settings.port == _PORTS["tls"]:
        return "tls"
    return "none" if is_loopback(settings.host) else "starttls"


def is_loopback(host: str) -> bool:
    """Return whether the name or address `host` means this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def place_of(settings: Settings) -> str:
    """Return the server's name and port, for people."""
    return f"{settings.host}:{settings.port or _PORTS[security_of(settings)]}"


def user_of(settings: Settings) -> str:
    """Return the user of the login, for people; hide one that may be a secret key."""
    user = settings.user or ""
    return "our user" if looks_random(user) else user


@contextmanager
def connect(settings: Settings) -> Iterator[MailSession]:
    """Yield a MailSession over one connection at a time; raise DeliveryError without one."""
    try:
        sign = signing(settings)
    except KeyFileError as error:
        raise DeliveryError(str(error), channel="smtp", channel_down=True) from error
    session = ServerSession(
        lambda: dialog(settings),
        channel="smtp",
        place=place_of(settings),
        answer_timeout=settings.timeout_after_message.total_seconds(),
        sign=sign,
        header=settings.idempotency_header,
        is_known=settings.user is not None,
    )
    with opened(session):
        yield session


def dialog(settings: Settings) -> ServerConnection:
    """Connect, encrypt and log in; raise DeliveryError where one of them fails."""
    security = security_of(settings)
    connected = _connected(settings)
    connection = ServerConnection(connected, timeout=settings.timeout.total_seconds())
    with greeting(connection, channel="smtp", place=place_of(settings)):
        if security == "tls":
            _encrypt(connection, settings)
        _expect(settings, connection.reply(connection.timeout), "greets with")
        _say_hello(connection, settings)
        if security == "starttls":
            _start_tls(connection, settings)
        if settings.user is not None:
            _log_in(connection, settings, settings.user)
    return connection


def _channel_error(settings: Settings, words: str) -> DeliveryError:
    return DeliveryError(f"{place_of(settings)} {words}", channel="smtp", channel_down=True)


def _expect(settings: Settings, reply: ServerReply, words: str) -> None:
    if not reply.done:
        raise _channel_error(settings, f"{words} {reply}")


# --- the connection ------------------------------------------------------------------------------


def _connected(settings: Settings) -> socket.socket:
    port = settings.port or _PORTS[security_of(settings)]
    seconds = min(_CONNECTING, settings.timeout.total_seconds())
    try:
        return socket.create_connection((settings.host, port), seconds)
    except (socket.gaierror, UnicodeError) as error:
        words = "is not found; check host of deliver.smtp, and this machine's network"
        raise _channel_error(settings, words) from error
    except TimeoutError as error:
        words = f"did not answer in {seconds:g} seconds; check host and port of deliver.smtp"
        raise _channel_error(settings, words) from error
    except OSError as error:
        words = f"cannot be reached: {error.strerror or error}; check host and port of deliver.smtp"
        raise _channel_error(settings, words) from error


def _say_hello(connection: ServerConnection, settings: Settings) -> None:
    name = settings.hello or _own_name(connection.socket)
    _expect(settings, connection.hello("EHLO", name), f"does not greet {name} back:")


def _own_name(connected: socket.socket) -> str:
    """Return this machine's fully qualified name, or else the address in use (4.1.3)."""
    name = socket.gethostname()
    if re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", name):
        return name
    address = str(connected.getsockname()[0]).partition("%")[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


# --- encryption ----------------------------------------------------------------------------------


def _start_tls(connection: ServerConnection, settings: Settings) -> None:
    if "STARTTLS" not in connection.features:
        raise _channel_error(
            settings,
            'offers no STARTTLS; set security = "tls" if this is its TLS port (465), or "none" '
            "if nothing need be secret",
        )
    _expect(settings, connection.command("STARTTLS"), "does not begin TLS:")
    _encrypt(connection, settings)
    _say_hello(connection, settings)


def _encrypt(connection: ServerConnection, settings: Settings) -> None:
    try:
        connection.encrypt(_context(settings), settings.host)
    except ssl.SSLCertVerificationError as error:
        words = f"shows a certificate that is not valid for it: {error.verify_message}; {_CURE}"
        raise _channel_error(settings, words) from error
    except TimeoutError as error:
        raise ServerConnectionError(
            f"did not begin TLS within {connection.timeout:g} seconds"
        ) from error
    except ssl.SSLError as error:
        reason = (error.reason or "").replace("_", " ").lower() or "no reason given"
        words = (
            f'does not speak TLS with us ({reason}); check port and security, "tls" or "starttls"'
        )
        raise _channel_error(settings, words) from error
    except OSError as error:
        raise ServerConnectionError(
            f"broke the connection when TLS began ({error.strerror or error})"
        ) from error


_CURE = "check host; for a certificate of your own, name its authority's file in ca_file"


def _context(settings: Settings) -> ssl.SSLContext:
    """Return a context that verifies names and certificates, by ``ca_file`` or the system's."""
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
    except (OSError, ssl.SSLError) as error:
        words = f"cannot be trusted: {settings.ca_file} of deliver.smtp.ca_file is no PEM file"
        raise _channel_error(settings, words) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


# --- the login -----------------------------------------------------------------------------------


def _log_in(connection: ServerConnection, settings: Settings, user: str) -> None:
    try:
        password = read(settings.password_file, settings.password_env)
    except PasswordError as error:
        raise _channel_error(settings, f"cannot be logged in to: {error}") from None
    plain = _base64(f"\0{user}\0{password}")
    connection.keep_secret(password, plain, _base64(password))
    if looks_random(user):
        connection.keep_secret(user, _base64(user))
    offered = connection.features.get("AUTH", "").upper().split()
    if "PLAIN" in offered:
        reply = connection.command(f"AUTH PLAIN {plain}")
    elif "LOGIN" in offered:
        reply = connection.command("AUTH LOGIN")
        for answer in (_base64(user), _base64(password)):
            if reply.code == 334:
                reply = connection.command(answer)
    else:
        known = f"only {' '.join(offered)}" if offered else "no login at all"
        raise _channel_error(
            settings, f"offers {known}; PLAIN or LOGIN is needed for {user_of(settings)}"
        )
    if not reply.done:
        cure = "try later" if reply.code < 500 else "check user and the password"
        raise _channel_error(settings, f"does not let {user_of(settings)} in: {reply}; {cure}")


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode()
