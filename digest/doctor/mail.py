"""Look at each channel that carries mail as far as it goes without sending; send where told to.

Connects as a run would, looks at what the server shows and offers, and whether it takes mail from
the sender; at what the world can look up about the sender's domains; and at an edition as mail.
"""

from __future__ import annotations

import ssl
import stat
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from digest import addresses, deliver, tokens
from digest.deliver import Carrier, Mail
from digest.doctor import _dns, _domains
from digest.doctor._finding import Finding
from digest.errors import ConfigError, DigestError
from digest.model import Digest, Edition, Envelope, Letter, MarkedText, SubscriberState

if TYPE_CHECKING:
    from pathlib import Path

    from digest.config import Config
    from digest.deliver import smtp
    from digest.store import Store

_PATIENCE = timedelta(seconds=30)
"""A person waits; who answers later than this is not well, whatever a run would grant."""
_SOON = timedelta(days=7)
"""A certificate that ends before was forgotten: they are renewed weeks earlier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """One digest's way over one channel."""

    digest: Digest
    channel: str
    settings: Mail

    @property
    def name(self) -> str:
        return f"{self.digest.name}: {self.channel}"

    @property
    def author(self) -> str:
        return addresses.split_name(self.settings.from_)[1]

    @property
    def sender(self) -> str:
        """Where bounces go."""
        return self.settings.bounces or self.author


def examine(
    config: Config,
    store: Store,
    now: datetime,
    digests: Sequence[Digest],
    *,
    ask: _dns.Ask | None = None,
    send_to: str | None = None,
) -> Iterator[Finding]:
    """Look at the channels for mail of `digests`; send an edition to `send_to` over each.

    `ask` looks names up; without it, dnspython does where it is installed.  Raises ConfigError
    where no channel carries mail, or `send_to` is no address.
    """
    if send_to is not None:
        try:
            send_to = addresses.parse(send_to)
        except ValueError as error:
            raise ConfigError(f'"{send_to}" is no mail address: {error}') from error
    ways = [
        _Way(digest=digest, channel=name, settings=settings)
        for digest in digests
        for name, settings in digest.channels.items()
        if isinstance(settings, Mail)
    ]
    if not ways:
        raise ConfigError(
            "no digest is sent as mail; [digests.NAME.deliver.smtp] does it: "
            "config.example.toml shows its keys"
        )
    for way in ways:
        yield from _examine(config, store, now, way, ask or _asker(), send_to)


def _asker() -> _dns.Ask | None:
    return _dns.ask if _dns.is_installed() else None


def _examine(
    config: Config,
    store: Store,
    now: datetime,
    way: _Way,
    ask: _dns.Ask | None,
    send_to: str | None,
) -> Iterator[Finding]:
    reached = yield from _examine_server(way, now)
    yield from _examine_domains(way, ask)
    yield from _examine_leaving(config, store, way)
    letter, finding = _examine_letter(config, store, now, way.digest)
    yield replace(finding, what=f"{way.name}: {finding.what}")
    if send_to and letter and reached:
        yield _send(store, way, letter, send_to, now)


# --- the server ----------------------------------------------------------------------------------


def _examine_server(way: _Way, now: datetime) -> Generator[Finding, None, bool]:
    """Look whether mail could be sent now; return whether it could."""
    from digest.deliver import lmtp, smtp

    settings = way.settings
    try:
        if isinstance(settings, smtp.Settings):
            yield from _examine_relay(way, settings, now)
        elif isinstance(settings, lmtp.Settings):
            talk = lmtp.dialog(replace(settings, timeout=min(settings.timeout, _PATIENCE)))
            yield _well(way, f"{lmtp.place_of(settings)} greets us")
            yield from _examine_dialog(way, talk)
        else:
            channel = deliver.load(way.channel)
            assert isinstance(channel, Carrier)
            with channel.connect(settings):
                yield _well(way, "is ready")
    except DigestError as error:
        yield Finding(ok=False, what=f"{way.name}: nothing can be sent", advice=str(error))
        return False
    return True


def _examine_relay(way: _Way, settings: smtp.Settings, now: datetime) -> Iterator[Finding]:
    from digest.deliver import smtp

    if settings.password_file is not None:
        yield from _examine_password(way, settings.password_file)
    talk = smtp.dialog(replace(settings, timeout=min(settings.timeout, _PATIENCE)))
    place = smtp.place_of(settings)
    if isinstance(talk.socket, ssl.SSLSocket):
        yield _examine_tls(way, place, talk.socket, now)
    else:
        near = smtp.is_loopback(settings.host)
        yield Finding(
            ok=True,
            what=f"{way.name}: {place} is reached, not encrypted",
            advice="" if near else "all on the way can read along; is that network yours?",
        )
    if settings.user is not None:
        yield _well(way, f"{settings.user} is logged in")
    yield from _examine_dialog(way, talk)


def _examine_password(way: _Way, file: Path) -> Iterator[Finding]:
    try:
        mode = file.stat().st_mode
    except OSError:
        return  # reading it will say so
    if mode & (stat.S_IRGRP | stat.S_IROTH):
        yield Finding(
            ok=False,
            what=f"{way.name}: others can read {file}",
            advice=f"chmod 600 {file}",
        )


def _examine_tls(way: _Way, place: str, connected: ssl.SSLSocket, now: datetime) -> Finding:
    cipher = (connected.cipher() or ("?",))[0]
    certificate = connected.getpeercert() or {}
    end = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
    forgotten = end - now < _SOON
    return Finding(
        ok=not forgotten,
        what=f"{way.name}: {place} is reached, with {connected.version()} and {cipher}; "
        f"its certificate is good until {end:%Y-%m-%d}",
        advice="tell who runs it: mail stops on that day" if forgotten else "",
    )


def _examine_dialog(way: _Way, talk: smtp.Dialog) -> Iterator[Finding]:
    """Name what is offered, ask whether our sender is taken, and say goodbye."""
    from digest.deliver.smtp import DialogError

    offers = " ".join(
        f"{keyword} {talk.features[keyword]}".strip()
        for keyword in ("SIZE", "PIPELINING", "8BITMIME", "SMTPUTF8", "DSN", "CHUNKING", "AUTH")
        if keyword in talk.features
    )
    yield _well(way, f"offers {offers or 'nothing beyond the least'}")
    try:
        reply = talk.command(f"MAIL FROM:<{way.sender}>")
        yield Finding(
            ok=reply.done,
            what=f"{way.name}: {'takes' if reply.done else 'refuses'} mail from {way.sender}"
            + ("" if reply.done else f": {reply}"),
            advice=""
            if reply.done
            else f"set from, or bounces, of deliver.{way.channel} to an address that it sends for",
        )
        talk.command("RSET")
        talk.close(politely=_PATIENCE.total_seconds())
    except DialogError as error:
        yield Finding(ok=False, what=f"{way.name}: the server {error}", advice="try again later")
    finally:
        talk.close()


def _well(way: _Way, what: str) -> Finding:
    return Finding(ok=True, what=f"{way.name}: {what}")


# --- what others see -----------------------------------------------------------------------------


def _examine_domains(way: _Way, ask: _dns.Ask | None) -> Iterator[Finding]:
    from digest.deliver import maildir

    author, bounces = (address.rpartition("@")[2] for address in (way.author, way.sender))
    if isinstance(way.settings, maildir.Settings) or not _domains.is_public(author):
        return
    if ask is None:
        advice = "pip install 'digest[dns]'"
        yield Finding(ok=True, what=f"{way.name}: SPF and DMARC were not looked up", advice=advice)
        return
    yield from _domains.look_up(way.name, author, bounces, ask)


def _examine_leaving(config: Config, store: Store, way: _Way) -> Iterator[Finding]:
    """Ask that subscribers can leave: mail to many without that is refused."""
    from digest.store import subscribers

    if not way.settings.subscribers or config.web.url or way.settings.unsubscribe:
        return
    with store.read() as connection:
        states = subscribers.counts(connection).get(way.digest.name, {})
    if count := states.get(SubscriberState.ACTIVE, 0):
        yield Finding(
            ok=False,
            what=f"{way.name}: {count} subscribers are not told how to leave",
            advice="set web.url, where `digest serve --web` is reached, or unsubscribe of "
            f"deliver.{way.channel}",
        )


# --- an edition as mail --------------------------------------------------------------------------


def _examine_letter(
    config: Config, store: Store, now: datetime, digest: Digest
) -> tuple[Letter | None, Finding]:
    """Render the newest edition, or the next where there is none; weigh it."""
    from digest import message
    from digest.render import mail

    try:
        which, edition = _edition(config, store, now, digest)
        letter = _letter(config, store, digest, edition)
    except DigestError as error:
        return None, Finding(ok=False, what="no edition as mail", advice=str(error))
    options = config.render.options.get("mail", mail.Settings())
    assert isinstance(options, mail.Settings)
    size = message.size(letter.html)
    what = f"{which} as mail takes {size:,} of {options.budget:,} bytes"
    return letter, Finding(ok=True, what=what)


def _edition(config: Config, store: Store, now: datetime, digest: Digest) -> tuple[str, Edition]:
    from digest import pipeline
    from digest.store import editions

    with store.read() as connection:
        newest = editions.latest(connection, digest.name, 1)
    if newest:
        return f"the edition {newest[0].slot}", newest[0]
    return "the next edition", pipeline.preview(config, store, now, digest)


def _letter(config: Config, store: Store, digest: Digest, edition: Edition) -> Letter:
    from digest import pipeline
    from digest.normalize.excerpt import excerpt
    from digest.render import mail
    from digest.store import editions

    def cut(text: str, length: int) -> str:
        settings = replace(digest.excerpt, length=length)
        return excerpt(MarkedText(text), settings, language=digest.language, verbatim=True).text

    with store.read() as connection:
        state = editions.digest_state(connection, digest.name)
    site = pipeline.site_of(config, digest, state, (), now=edition.composed_at)
    return mail.letter(edition, site, leaving=False, cut=cut)


def _send(store: Store, way: _Way, letter: Letter, recipient: str, now: datetime) -> Finding:
    """Send `letter` to one address, marked as a test; nothing of it is remembered."""
    from digest import message
    from digest.store.secrets import secret

    channel = deliver.load(way.channel)
    assert isinstance(channel, Carrier)
    with store.write() as connection:
        key = secret(connection)
    left = tokens.message_id(key, "test", way.digest.name, way.channel, recipient, now.isoformat())
    message_id = f"<{left}@{way.author.rpartition('@')[2]}>"
    settings = way.settings
    try:
        form = message.prepare(
            replace(letter, subject=f"Test: {letter.subject}", date=now),
            sender=settings.from_,
            reply_to=settings.reply_to,
        )
        body = form.fill(recipient=recipient, message_id=message_id, link=None, mailto=None)
        envelope = Envelope(
            sender=way.sender, recipient=recipient, message_id=message_id, message=body
        )
        with channel.connect(settings) as post:
            receipt = post.send(envelope)
    except (DigestError, ValueError) as error:
        return Finding(ok=False, what=f"{way.name}: not sent to {recipient}", advice=str(error))
    return _well(way, f"sent to {recipient}: {receipt.detail}")
