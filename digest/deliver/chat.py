"""The chat channel: an edition's titles and links as one message, to Slack, Discord, Telegram,
Matrix, ntfy and whatever else apprise (extra ``[chat]``) speaks to.

Each place under ``to`` is a delivery of its own.  A message is as long as its service takes: the
stories that do not fit become "+12" with the address of the whole.  What a feed wrote cannot
mention anybody.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

from digest.deliver import EditionPackage
from digest.errors import DeliveryError
from digest.model import Receipt
from digest.resources import install_command

_CALLS = re.compile(r"[@<](?=\S)")
"""What begins a mention: ``@everyone``, ``<!channel>``, ``<@U123>``."""
_BREAK = "\u200b"
_TITLE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    to: Mapping[str, str] = field(default_factory=dict)
    """A name of your own -> an address as apprise writes them: ``slack://...``."""
    stories: int = field(default=10, metadata={"min": 1, "max": 100})
    """At most so many in a message."""

    def __post_init__(self) -> None:
        if not self.to:
            raise ValueError('to names a place at least, such as team = "slack://..."')
        if find_spec("apprise") is None:
            raise ValueError(f"to needs apprise: {install_command('chat')}")
        for name, address in self.to.items():
            if _service(address) is None:
                raise ValueError(f"to has no address that apprise knows for {name!r}")


def formats(_settings: Settings) -> tuple[str, ...]:
    return ("json",)


def recipients(settings: Settings) -> tuple[str, ...]:
    return tuple(settings.to)


def deliver(package: EditionPackage, settings: Settings) -> Receipt:
    """Send the package to the place that ``package.recipient`` names.

    Raises DeliveryError, always a temporary one: apprise tells why a service refused in words only.
    """
    from apprise import LogCapture

    (piece,) = package.pieces
    service = _service(settings.to[package.recipient])
    feed = json.loads(piece.rendition.body)
    title = f"{feed['title']} ({len(feed['items'])})"
    room = service.body_maxlen - (0 if service.title_maxlen else _units(title) + 2)
    body = _body(feed["items"][: settings.stories], len(feed["items"]), feed, room)
    logging.getLogger("apprise").propagate = False  # its words go into our error
    with LogCapture(level=logging.WARNING, fmt="%(message)s") as said:
        taken = service.notify(title=title, body=body, body_format="text")
        reason = said.getvalue().partition("\n")[0][:_TITLE]
    if not taken:
        raise DeliveryError(
            f"{service.service_name} ({package.recipient}) did not take the message: "
            f"{reason or 'it gave no reason'}",
            channel="chat",
            recipient=package.recipient,
        )
    return Receipt(detail=f"{service.service_name} ({package.recipient})")


def _body(
    items: Sequence[Mapping[str, Any]], count: int, feed: Mapping[str, Any], room: int
) -> str:
    """List as many of the stories as there is room for; the first one always."""
    for told in range(len(items), 0, -1):
        lines = [_line(item) for item in items[:told]]
        if told < count:
            lines.append(f"+{count - told}")
        if home := feed.get("home_page_url"):
            lines.append(str(home))
        text = "\n\n".join(lines)
        if _units(text) <= room:
            return text
    return _line(items[0])[: room // 2] if items else str(feed.get("home_page_url", ""))


def _line(item: Mapping[str, Any]) -> str:
    """Write a story as its title, where it is from, and its link."""
    title = str(item.get("title") or item["content_text"])
    if len(title) > _TITLE:
        title = f"{title[:_TITLE].rstrip()}…"
    source = item["_digest"]["feed"].get("title")
    heading = _CALLS.sub(rf"\g<0>{_BREAK}", f"• {title} ({source})" if source else f"• {title}")
    return f"{heading}\n{item['url']}" if item.get("url") else heading


def _units(text: str) -> int:
    """Measure a text as the strictest services do, in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _service(address: str) -> Any:
    """Return the apprise service behind `address`, or ``None`` where it is of none."""
    from apprise import Apprise

    return Apprise.instantiate(address, suppress_exceptions=True)
