"""Find digests and feeds in the database that the configuration no longer names.

Where a name or an address is changed by hand, the subscribers, ids and decisions stay with the old
one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from digest.net.secret_urls import without_secrets

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from digest.settings import Config


def orphans(config: Config, connection: Connection) -> Iterator[tuple[str, str]]:
    """Yield a sentence about each orphan, and the command that gives it the new name."""
    from digest.store import digests

    known = {digest.name for digest in config.digests}
    new = sorted(known - digests.names(connection))
    for name in sorted(digests.names(connection) - known):
        target = new[0] if len(new) == 1 else "NEW"
        yield (
            f"the database knows a digest {name} with its editions and subscribers, and the "
            "configuration does not",
            f"if it has another name now: `digest digests rename {name} {target}`",
        )
    yield from _moved_feeds(config, connection)


def _moved_feeds(config: Config, connection: Connection) -> Iterator[tuple[str, str]]:
    """Yield the feeds that were never read and have the host of a removed feed."""
    from digest.store import feeds

    states = {state.url: state for state in feeds.states(connection)}
    configured = {feed.url for feed in config.feeds}
    lost: dict[str, list[str]] = {}
    for state in states.values():
        if state.url not in configured and state.succeeded_at:
            lost.setdefault(_host(state.url), []).append(state.url)
    for feed in config.feeds:
        stored = states.get(feed.url)
        candidates = lost.get(_host(feed.url), [])
        if (stored is None or stored.succeeded_at is None) and len(candidates) == 1:
            (old,) = candidates
            yield (
                f"the feed {feed.name} is new, and {without_secrets(old)} at the same host is no "
                "longer configured",
                f"if it is the same feed: `digest feeds rename '{without_secrets(old)}' "
                f"'{without_secrets(feed.url)}'`",
            )


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
