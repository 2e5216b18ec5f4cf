"""Moments as commands show them: by the clock of the digests."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from digest.settings import Config


def zone_of(config: Config) -> ZoneInfo:
    """Return the time zone that all digests have, or else that of the whole file."""
    zones = {digest.timezone for digest in config.digests}
    return ZoneInfo(zones.pop() if len(zones) == 1 else config.timezone)


def clock(moment: datetime, zone: ZoneInfo, now: datetime) -> str:
    """Return a moment without its date where that is today's.

    >>> noon = datetime(2026, 11, 20, 12, tzinfo=ZoneInfo("UTC"))
    >>> clock(noon, ZoneInfo("Europe/Berlin"), noon)
    '13:00'
    """
    local = moment.astimezone(zone)
    today = local.date() == now.astimezone(zone).date()
    return f"{local:%H:%M}" if today else f"{local:%Y-%m-%d %H:%M}"


def stamp(moment: datetime, zone: ZoneInfo) -> str:
    """Return a moment with its date, to the minute."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"
