"""The websub channel: it tells a hub that the digest's feeds have changed (W3C WebSub).

The feeds must be written before the hub is told; otherwise it fetches the old feeds and informs no
subscriber.  So this channel comes after the others, and waits for them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode

from digest import __version__
from digest.deliver import EditionPackage
from digest.deliver.web.post import PostError, host_of, is_web_address, post
from digest.errors import DeliveryError
from digest.model import Receipt

AFTER_OTHERS = True

_SECONDS = 20.0
"""The deadline for the whole exchange, in seconds."""
_TRY_AGAIN = frozenset((408, 425, 429))
"""The client errors (4xx) that are temporary (RFC 9110, RFC 8470, RFC 6585)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    hub: str = field(metadata={"secret": "whole"})
    """The address of the hub, which the feeds name and which is told of each edition."""

    def __post_init__(self) -> None:
        if not is_web_address(self.hub):
            raise ValueError("hub is an address such as https://hub.example.org/")


def formats(_settings: Settings) -> tuple[str, ...]:
    return ()


def deliver(package: EditionPackage, settings: Settings) -> Receipt:
    """Tell the hub of each feed; do nothing for an edition that is not the newest.

    Raises DeliveryError: temporary where the feeds are not written yet or the hub has an error,
    permanent where it refuses (4xx).  A redirect counts as a refusal, because its target was not
    configured.
    """
    if not package.newest:
        return Receipt(detail="a newer edition is told of instead")
    if not package.feeds:
        raise _failed(settings, "is told when the feeds of this edition are written")
    for feed in package.feeds:
        _publish(feed, settings, package.at)
    return Receipt(detail=f"{host_of(settings.hub)}: {', '.join(package.feeds)}")


def _publish(feed: str, settings: Settings, now: datetime) -> None:
    body = urlencode({"hub.mode": "publish", "hub.url": feed}).encode()
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "user-agent": f"digest/{__version__}",
    }
    try:
        answer = post(settings.hub, body, headers, seconds=_SECONDS, now=now)
    except PostError as error:
        raise _failed(settings, str(error)) from error
    if 200 <= answer.status < 300:
        return
    raise _failed(
        settings,
        f"answered {answer} when told of {feed}",
        temporary=answer.status in _TRY_AGAIN or answer.status >= 500,
        retry_after=answer.retry_after,
    )


def _failed(
    settings: Settings,
    what: str,
    *,
    temporary: bool = True,
    retry_after: timedelta | None = None,
) -> DeliveryError:
    return DeliveryError(
        f"the hub at {host_of(settings.hub)} {what}",
        channel="websub",
        temporary=temporary,
        retry_after=retry_after,
    )
