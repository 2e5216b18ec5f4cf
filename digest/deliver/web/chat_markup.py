"""Write a title and a link so that a chat service shows them literally.

A feed's text must not become a mention, an emphasis, a tag, an emoji or a link under our name.
Services that render Markdown get CommonMark with escapes, and services that render HTML get
entities.  Services with marks of their own and without escapes get the marks separated by invisible
characters.  All others get the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Literal

BodyFormat = Literal["text", "markdown", "html"]

_BREAK = "\u200b"
_JOIN = "\u2060"
_MENTION = re.compile(r"@(?=\S)")
"""The beginning of ``@everyone``; ``<!channel>`` and ``<@U123>`` begin with an angle bracket."""
_BRACKET = re.compile(r"<(?=\S)")
_EMPHASIS = re.compile(r"[\\`*_\[\]]")
_FORMATS = re.compile(r"[`*_~\[\]]")
_MORE = re.compile(r"[~|<>]")
"""Strikes, spoilers and tags; most renderers understand backslashes before them."""
_DOUBLED = re.compile(r"(?<=[~|$])(?=[~|$])")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_EMOJI = re.compile(r":(?=[\w+-]+:)")
_NOT_IN_LINKS = {ord(mark): f"%{ord(mark):02X}" for mark in " <>\"\\^`{|}()[]'*"}

_RAW_MARKDOWN = frozenset(
    ("discord", "guilded", "mmost", "mmosts", "zulip", "ryver", "misskey", "misskeys")
)
"""The services that render Markdown in messages that apprise sends as text."""
_WITHOUT_BACKSLASHES = frozenset(("zulip",))
"""The Markdown services that show the backslash before a tilde, a bar or an angle bracket."""
_WITHOUT_ESCAPES = frozenset(("slack",))
"""The services that have marks of their own, and no escape: they are asked to show plain text."""
_CARDS = frozenset(("workflow", "workflows", "msteams"))
"""The services that know no other form of a link than ``[text](address)``."""


@dataclass(frozen=True, slots=True)
class ChatMarkup:
    """The markup of one service; `body_format` is the format that apprise is told."""

    body_format: BodyFormat
    text: Callable[[str], str]
    link: Callable[[str], str]
    mark: str
    """The mark before each story."""


def markup(scheme: str, renders: BodyFormat) -> ChatMarkup:
    """Return the markup for a service, by its scheme and by the format that apprise says."""
    if scheme in _RAW_MARKDOWN:
        more = scheme not in _WITHOUT_BACKSLASHES
        return ChatMarkup("text", lambda text: _markdown(text, more=more), _autolink, "•")
    if scheme in _WITHOUT_ESCAPES:
        return ChatMarkup("text", _disarmed, str, "•")
    if renders == "markdown":
        link = _named_link if scheme in _CARDS else _autolink
        return ChatMarkup("markdown", lambda text: _markdown(text, more=True), link, "•")
    if renders == "html":
        return ChatMarkup("html", _html, lambda url: escape(url), "•")
    return ChatMarkup("text", lambda text: _BRACKET.sub(rf"<{_BREAK}", _calm(text)), str, "•")


def _calm(text: str) -> str:
    return _MENTION.sub(rf"@{_BREAK}", text)


def _html(text: str) -> str:
    return escape(_calm(text), quote=False)


def _markdown(text: str, *, more: bool) -> str:
    """Escape what Markdown and its dialects take for markup.

    >>> _markdown("__init__ [x](y) :joy: @all", more=True)
    '\\\\_\\\\_init\\\\_\\\\_ \\\\[x\\\\]\\u2060(y) :\\u2060joy: @\\u200ball'
    """
    text = _ENTITY.sub(f"&{_JOIN}", _EMOJI.sub(f":{_JOIN}", _DOUBLED.sub(_JOIN, _calm(text))))
    # A service that removes escapes before it looks for links must not find one.
    escaped = _EMPHASIS.sub(r"\\\g<0>", text).replace("](", f"]{_JOIN}(")
    return _MORE.sub(r"\\\g<0>", escaped) if more else _BRACKET.sub(rf"<{_BREAK}", escaped)


def _disarmed(text: str) -> str:
    """Separate each mark from the text it would format, by invisible characters."""
    parted = _FORMATS.sub(rf"{_JOIN}\g<0>{_JOIN}", _EMOJI.sub(f":{_JOIN}", _calm(text)))
    return _BRACKET.sub(rf"<{_BREAK}", parted)


def _autolink(url: str) -> str:
    return f"<{url.translate(_NOT_IN_LINKS)}>"


def _named_link(url: str) -> str:
    return f"[{_markdown(url, more=True)}]({url.translate(_NOT_IN_LINKS)})"
