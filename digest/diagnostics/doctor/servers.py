"""Connect to the mail server of a channel and report what it offers; no mail is sent."""

from __future__ import annotations

import ssl
import stat
from collections.abc import Generator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from digest import deliver
from digest.deliver import MailChannel
from digest.diagnostics.doctor.finding import Finding
from digest.diagnostics.doctor.route import MailRoute
from digest.errors import DigestError

if TYPE_CHECKING:
    from digest.deliver import smtp

_PATIENCE = timedelta(seconds=30)
"""The longest wait for an answer, even where the configuration allows more: a person waits."""
_SOON = timedelta(days=7)
"""A certificate with less time left was forgotten: renewal usually happens weeks earlier."""
_OFFERS = ("SIZE", "PIPELINING", "8BITMIME", "SMTPUTF8", "DSN", "CHUNKING", "AUTH")
_SECRETS = ("password_file", "dkim_key_file")


def look(route: MailRoute, now: datetime) -> Generator[Finding, None, bool]:
    """Yield findings about the server; return whether mail could be sent now."""
    from digest.deliver import lmtp, smtp

    settings = route.settings
    for name in _SECRETS:
        if file := getattr(settings, name, None):
            yield from _look_at_secret(route, file)
    try:
        if isinstance(settings, smtp.Settings):
            yield from _look_at_relay(route, settings, now)
        elif isinstance(settings, lmtp.Settings):
            talk = lmtp.dialog(replace(settings, timeout=min(settings.timeout, _PATIENCE)))
            yield route.well(f"{lmtp.place_of(settings)} greets us")
            yield from _look_at_dialog(route, talk)
        else:
            channel = deliver.load(route.channel)
            assert isinstance(channel, MailChannel)
            with channel.connect(settings):
                yield route.well("is ready")
    except DigestError as error:
        yield route.ill("nothing can be sent", str(error))
        return False
    return True


def _look_at_secret(route: MailRoute, file: Path) -> Iterator[Finding]:
    try:
        mode = file.stat().st_mode
    except OSError:
        return  # the check that reads the file reports it
    if mode & (stat.S_IRGRP | stat.S_IROTH):
        yield route.ill(f"others can read {file}", f"chmod 600 {file}")


def _look_at_relay(route: MailRoute, settings: smtp.Settings, now: datetime) -> Iterator[Finding]:
    from digest.deliver import smtp

    talk = smtp.dialog(replace(settings, timeout=min(settings.timeout, _PATIENCE)))
    place = smtp.place_of(settings)
    if isinstance(talk.socket, ssl.SSLSocket):
        yield _look_at_tls(route, place, talk.socket, now)
    elif smtp.is_loopback(settings.host):
        yield route.well(f"{place} is reached, not encrypted")
    else:
        advice = "others in the network can read the mail; is the network yours?"
        yield route.well(f"{place} is reached, not encrypted", advice)
    if settings.user is not None:
        yield route.well(f"{smtp.user_of(settings)} is logged in")
    yield from _look_at_dialog(route, talk)


def _look_at_tls(route: MailRoute, place: str, connected: ssl.SSLSocket, now: datetime) -> Finding:
    cipher = (connected.cipher() or ("?",))[0]
    certificate = connected.getpeercert() or {}
    end = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
    what = (
        f"{place} is reached, with {connected.version()} and {cipher}; "
        f"its certificate is good until {end:%Y-%m-%d}"
    )
    if end - now < _SOON:
        return route.ill(what, "tell its operator: mail stops on that day")
    return route.well(what)


def _look_at_dialog(route: MailRoute, talk: smtp.ServerConnection) -> Iterator[Finding]:
    """Report the extensions and whether the server accepts our sender; end the session."""
    from digest.deliver.smtp import ServerConnectionError

    offers = " ".join(
        f"{keyword} {talk.features[keyword]}".strip()
        for keyword in _OFFERS
        if keyword in talk.features
    )
    yield route.well(f"offers {offers or 'nothing beyond the least'}")
    try:
        reply = talk.command(f"MAIL FROM:<{route.sender}>")
        if reply.done:
            yield route.well(f"takes mail from {route.sender}")
        else:
            place = f"set from, or bounces, of deliver.{route.channel} to an address"
            yield route.ill(
                f"refuses mail from {route.sender}: {reply}", f"{place} that it sends for"
            )
        talk.command("RSET")
        talk.close(politely=_PATIENCE.total_seconds())
    except ServerConnectionError as error:
        yield route.ill(f"the server {error}", "try again later")
    finally:
        talk.close()
