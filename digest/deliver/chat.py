"""The chat channel: an edition's titles and links as one message, to Slack, Discord, Telegram,
Matrix, ntfy and every other service that apprise (extra ``[chat]``) supports.

Each address under ``to`` is a delivery of its own.  A message is as long as its service allows: the
stories that do not fit become "+12" with the address of the whole edition, and no link is cut.
A feed's text is shown literally (`digest.deliver.web.chat_markup`).  The message goes straight to
its service: no proxy of the environment is used and no redirect is followed.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from digest.deliver import EditionPackage
from digest.deliver.web import chat_process
from digest.deliver.web.chat_markup import BodyFormat, ChatMarkup
from digest.deliver.web.chat_markup import markup as markup_of
from digest.errors import DeliveryError
from digest.model import Receipt
from digest.net.secret_urls import redact, without_parts
from digest.resources import install_command
from digest.text.characters import one_line

_TITLE = 200
_SECONDS = 120.0
"""The deadline for one message, in seconds; some services need several requests for it."""
_PROGRAM = Path(chat_process.__file__)
_COUNT_BYTES = frozenset(("ntfy", "ntfys"))
"""The services that measure a message in bytes of UTF-8."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    to: Mapping[str, str] = field(default_factory=dict, metadata={"secret": "whole"})
    """A name of your own -> an address in apprise's form: ``slack://...``."""
    stories: int = field(default=10, metadata={"min": 1, "max": 100})
    """How many stories a message has, at most."""

    def __post_init__(self) -> None:
        if not self.to:
            raise ValueError('to names a place at least, such as team = "slack://..."')
        if find_spec("apprise") is None:
            raise ValueError(f"to needs apprise: {install_command('chat')}")
        for name, address in self.to.items():
            service = _service(address)
            if service is None:
                raise ValueError(f"to has no address that apprise knows for {name!r}")
            if len(service) > 1:
                raise ValueError(
                    f"to names {len(service)} places in one address for {name!r}: give each a name "
                    "and an address of its own, so that none is told twice when another fails"
                )


def formats(_settings: Settings) -> tuple[str, ...]:
    return ("json",)


def recipients(settings: Settings) -> tuple[str, ...]:
    return tuple(settings.to)


def deliver(package: EditionPackage, settings: Settings) -> Receipt:
    """Send the package to the address that ``package.recipient`` names.

    Raises DeliveryError, always a temporary one: apprise gives the reason of a refusal in words
    only.
    """
    (rendered,) = package.pieces
    address = settings.to[package.recipient]
    service = _service(address)
    feed = json.loads(rendered.rendition.body)
    title = f"{feed['title']} ({len(feed['items'])})"
    scheme = str(_first(service.secure_protocol) or _first(service.protocol))
    markup = markup_of(scheme, _format(service))
    measure = _bytes if scheme in _COUNT_BYTES else _units
    room = service.body_maxlen - (0 if service.title_maxlen else measure(title) + 8)
    body = _body(feed["items"][: settings.stories], len(feed["items"]), feed, markup, measure, room)
    place = f"{service.service_name} ({package.recipient})"
    taken, reason = _sent(
        {"address": address, "title": title, "body": body, "body_format": markup.body_format}
    )
    if not taken:
        words = _shown(reason, address) or "it gave no reason"
        raise _failed(package, f"{place} did not take the message: {words}")
    return Receipt(detail=place)


def _sent(request: Mapping[str, str]) -> tuple[bool, str]:
    """Send a message in a process of its own; return whether it was accepted, and the reason.

    An apprise plugin makes its requests by its own means: only a process can be ended at the
    deadline, and kept from the environment's proxies.
    """
    try:
        done = subprocess.run(  # noqa: S603 - our own program, and the address is no argument
            [sys.executable, "-P", str(_PROGRAM)],
            input=json.dumps(request).encode(),
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
        answer = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return False, f"it gave no answer within {_SECONDS:g} seconds"
    except OSError as error:
        return False, f"no process can be started: {error.strerror}"
    except ValueError:
        return False, "its answer ended the process"
    return answer["taken"], answer["words"]


def _shown(words: str, address: str) -> str:
    """Return the words of a service or its plugin on one line, without secrets of the address."""
    return one_line(without_parts(redact(words), address), _TITLE)


def _failed(package: EditionPackage, message: str) -> DeliveryError:
    return DeliveryError(message, channel="chat", recipient=package.recipient)


def _body(
    items: Sequence[Mapping[str, Any]],
    count: int,
    feed: Mapping[str, Any],
    markup: ChatMarkup,
    measure: Callable[[str], int],
    room: int,
) -> str:
    """Return a text with as many stories as fit into `room`, at least the first story's title."""
    home = [markup.link(str(feed["home_page_url"]))] if feed.get("home_page_url") else []
    words = " ".join(feed.get("_digest", {}).get("note", ()))
    note = [markup.text(_shortened(words))] if words else []
    paragraph = "<br/><br/>" if markup.body_format == "html" else "\n\n"
    for shown in range(len(items), 0, -1):
        lines = [_story(item, markup) for item in items[:shown]]
        rest = [f"+{count - shown}"] if shown < count else []
        text = paragraph.join([*note, *lines, *rest, *home])
        if measure(text) <= room:
            return text
    shortest = [_title(item, markup) for item in items[:1]] + home
    return next((text for text in shortest if measure(text) <= room), f"+{count}")


def _story(item: Mapping[str, Any], markup: ChatMarkup) -> str:
    """Write a story: its title, its source and its link."""
    line = "<br/>" if markup.body_format == "html" else "\n"
    if markup.body_format == "markdown":
        line = "  \n"  # a hard break
    link = [markup.link(str(item["url"]))] if item.get("url") else []
    return line.join([_title(item, markup), *link])


def _shortened(text: str) -> str:
    return text if len(text) <= _TITLE else f"{text[:_TITLE].rstrip()}…"


def _title(item: Mapping[str, Any], markup: ChatMarkup) -> str:
    title = _shortened(str(item.get("title") or item["content_text"]))
    source = item["_digest"]["feed"].get("title")
    return f"{markup.mark} {markup.text(f'{title} ({source})' if source else title)}"


def _units(text: str) -> int:
    """Return the length of a text in UTF-16 code units, the measure of the strictest services."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _first(value: Any) -> Any:
    """Return the first value of an attribute that apprise gives as one value or as several."""
    return (value or (None,))[0] if isinstance(value, (tuple, list)) else value


def _format(service: Any) -> BodyFormat:
    """Return the format that a service renders: the first that apprise names for it."""
    name = str(getattr(_first(service.notify_format), "value", _first(service.notify_format)))
    return "html" if name == "html" else "markdown" if name == "markdown" else "text"


def _service(address: str) -> Any:
    """Return the apprise service of `address`, or ``None`` where apprise knows none.

    The log of apprise repeats the address, so it is dropped.
    """
    from apprise import Apprise

    logger = logging.getLogger("apprise")
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())

    return Apprise.instantiate(address, suppress_exceptions=True)
