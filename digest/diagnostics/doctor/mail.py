"""Check each mail channel without sending; send a test mail only on request.

The checks connect to the server as a run does, and see which extensions it offers and whether it
accepts mail from the sender.  They look up the DNS records of the sender's domains, and they render
an edition as mail.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from digest.deliver import MailSettings
from digest.diagnostics.doctor import dns, domains, sample_mail, servers
from digest.diagnostics.doctor.finding import Finding
from digest.diagnostics.doctor.route import MailRoute
from digest.errors import ConfigError
from digest.model import Digest, SubscriberState
from digest.net import mail_addresses
from digest.resources import install_command

if TYPE_CHECKING:
    from digest.settings import Config
    from digest.store import Store


def examine(
    config: Config,
    store: Store,
    now: datetime,
    digests: Sequence[Digest],
    *,
    ask: dns.Ask | None = None,
    send_to: str | None = None,
) -> Iterator[Finding]:
    """Check the mail channels of `digests`; send an edition to `send_to` over each of them.

    `ask` looks up DNS records; by default dnspython does, where it is installed.  Raises
    ConfigError where there is no mail channel, or `send_to` is no address.
    """
    if send_to is not None:
        try:
            send_to = mail_addresses.parse(send_to)
        except ValueError as error:
            raise ConfigError(f'"{send_to}" is no mail address: {error}') from error
    routes = [
        MailRoute(digest=digest, channel=name, settings=settings)
        for digest in digests
        for name, settings in digest.channels.items()
        if isinstance(settings, MailSettings)
    ]
    if not routes:
        raise ConfigError(
            "no digest is sent as mail; [digests.NAME.deliver.smtp] does it: "
            "config.example.toml shows its keys"
        )
    for route in routes:
        yield from _examine(config, store, now, route, ask or _asker(), send_to)


def _asker() -> dns.Ask | None:
    return dns.ask if dns.is_installed() else None


def _examine(
    config: Config,
    store: Store,
    now: datetime,
    route: MailRoute,
    ask: dns.Ask | None,
    send_to: str | None,
) -> Iterator[Finding]:
    reached = yield from servers.look(route, now)
    yield from _examine_domains(route, ask)
    yield from _examine_leaving(config, store, route)
    letter, finding = sample_mail.weigh(config, store, now, route)
    yield finding
    if send_to and letter and reached:
        yield sample_mail.send(store, route, letter, send_to, now)


def _examine_domains(route: MailRoute, ask: dns.Ask | None) -> Iterator[Finding]:
    from digest.deliver import maildir
    from digest.deliver.smtp import DkimSettings, KeyFileError, read_key

    author, bounces = (address.rpartition("@")[2] for address in (route.author, route.sender))
    public = domains.is_public(author) and not isinstance(route.settings, maildir.Settings)
    if public and ask is None:
        yield route.well("SPF, DKIM and DMARC were not looked up", install_command("dns"))
    elif public and ask is not None:
        yield from domains.look_up(route, author, bounces, ask)
    if not isinstance(route.settings, DkimSettings) or route.settings.dkim_key_file is None:
        return
    try:
        record = read_key(route.settings.dkim_key_file).record
    except KeyFileError as error:
        yield route.ill("nothing can be signed", str(error))
        return
    name = f"{route.settings.dkim_selector}._domainkey.{author}"
    yield domains.dkim(route, name, record, ask if public else None)


def _examine_leaving(config: Config, store: Store, route: MailRoute) -> Iterator[Finding]:
    """Check that subscribers can leave; providers refuse bulk mail without a way to leave."""
    from digest.store import subscribers

    if not route.settings.subscribers or config.web.url or route.settings.unsubscribe:
        return
    with store.read() as connection:
        states = subscribers.counts(connection).get(route.digest.name, {})
    if count := states.get(SubscriberState.ACTIVE, 0):
        yield route.ill(
            f"subscribers are not told how to leave (there are {count})",
            "set web.url, where `digest serve --web` is reached, or unsubscribe of "
            f"deliver.{route.channel}",
        )
