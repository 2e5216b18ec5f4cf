"""The websub channel: a hub is told that the digest's feeds have changed (W3C WebSub).

It carries nothing itself.  What it tells of must be there before it speaks, or the hub fetches the
old feed and tells nobody: so it comes after the other channels, and waits for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from digest import __version__
from digest.deliver import EditionPackage
from digest.errors import DeliveryError
from digest.model import Receipt

if TYPE_CHECKING:
    import httpx

AFTER_OTHERS = True

_SECONDS = 20.0
_TRY_AGAIN = frozenset((408, 425, 429))
"""The client errors (4xx) that go by themselves (RFC 9110, RFC 8470, RFC 6585)."""
_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    hub: str
    """The address of the hub, which the feeds name and which is told of each edition."""

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.hub)
        except ValueError as error:
            raise ValueError(f"hub is no address: {error}") from error
        if parts.scheme not in ("https", "http") or not parts.hostname:
            raise ValueError("hub is an address such as https://hub.example.org/")


def formats(_settings: Settings) -> tuple[str, ...]:
    return ()


def deliver(package: EditionPackage, settings: Settings) -> Receipt:
    """Tell the hub of each feed; an edition that is not the newest is not worth a word.

    Raises DeliveryError: temporary where the feeds are not written yet or the hub is not well,
    permanent where it refuses (4xx).  A redirect is refused, as what it leads to was not
    configured.
    """
    import httpx

    if not package.newest:
        return Receipt(detail="a newer edition is told of instead")
    if not package.feeds:
        raise _failed(settings, "is told when the feeds of this edition are written")
    with httpx.Client(timeout=_SECONDS, follow_redirects=False, trust_env=False) as client:
        for feed in package.feeds:
            _publish(client, feed, settings)
    return Receipt(detail=f"{_host(settings)}: {', '.join(package.feeds)}")


def _publish(client: httpx.Client, feed: str, settings: Settings) -> None:
    import httpx

    form = {"hub.mode": "publish", "hub.url": feed}
    headers = {"user-agent": f"digest/{__version__}"}
    try:
        with client.stream("POST", settings.hub, data=form, headers=headers) as answer:
            if answer.is_success:
                return
            text = next(answer.iter_text(_SHOWN), "")
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:  # UnicodeError: IDNA
        reason = str(error) or type(error).__name__
        raise _failed(settings, f"cannot be reached: {reason}") from error
    said = " ".join(text[:_SHOWN].split())
    raise _failed(
        settings,
        f"answered {answer.status_code}{f' ({said})' if said else ''} when told of {feed}",
        temporary=answer.status_code in _TRY_AGAIN or answer.is_server_error,
    )


def _host(settings: Settings) -> str:
    """Name the hub: the rest of its address may be a secret."""
    return urlsplit(settings.hub).hostname or ""


def _failed(settings: Settings, what: str, *, temporary: bool = True) -> DeliveryError:
    return DeliveryError(
        f"the hub at {_host(settings)} {what}", channel="websub", temporary=temporary
    )
