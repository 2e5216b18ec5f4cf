"""Write a title and a link so that a chat service shows them as they are.

What a feed wrote must not become a mention, an emphasis, a tag, an emoji or a link under our name.
Services that render Markdown get CommonMark with escapes, those that render HTML get entities,
those with marks of their own and no escapes get the marks parted, and all others the text.
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
"""What begins ``@everyone``; ``<!channel>`` and ``<@U123>`` begin with an angle bracket."""
_BRACKET = re.compile(r"<(?=\S)")
_EMPHASIS = re.compile(r"[\\`*_\[\]]")
_FORMATS = re.compile(r"[`*_~\[\]]")
_MORE = re.compile(r"[~|<>]")
"""Strikes, spoilers and tags: backslashes before them are understood by most renderers."""
_DOUBLED = re.compile(r"(?<=[~|$])(?=[~|$])")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_EMOJI = re.compile(r":(?=[\w+-]+:)")
_NOT_IN_LINKS = {ord(mark): f"%{ord(mark):02X}" for mark in " <>\"\\^`{|}()[]'*"}

_RAW_MARKDOWN = frozenset(
    ("discord", "guilded", "mmost", "mmosts", "zulip", "ryver", "misskey", "misskeys")
)
"""The services that render Markdown in what apprise passes on to them as text."""
_WITHOUT_BACKSLASHES = frozenset(("zulip",))
"""Those of them that show the backslash before a tilde, a bar or an angle bracket."""
_WITHOUT_ESCAPES = frozenset(("slack",))
"""The services that have marks of their own, and no escape: they are asked to show plain text."""
_CARDS = frozenset(("workflow", "workflows", "msteams"))
"""The services that know links as ``[text](address)`` alone."""


@dataclass(frozen=True, slots=True)
class ChatMarkup:
    """How one service is written to: `body_format` is what apprise is told."""

    body_format: BodyFormat
    text: Callable[[str], str]
    link: Callable[[str], str]
    mark: str
    """What each story begins with."""


def markup(scheme: str, renders: BodyFormat) -> ChatMarkup:
    """Choose the markup for the service of this scheme, which `renders` what apprise says."""
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
    # A service that undoes escapes too early must not find a link.
    escaped = _EMPHASIS.sub(r"\\\g<0>", text).replace("](", f"]{_JOIN}(")
    return _MORE.sub(r"\\\g<0>", escaped) if more else _BRACKET.sub(rf"<{_BREAK}", escaped)


def _disarmed(text: str) -> str:
    """Part each mark from what it would format, by characters that nobody sees."""
    parted = _FORMATS.sub(rf"{_JOIN}\g<0>{_JOIN}", _EMOJI.sub(f":{_JOIN}", _calm(text)))
    return _BRACKET.sub(rf"<{_BREAK}", parted)


def _autolink(url: str) -> str:
    return f"<{url.translate(_NOT_IN_LINKS)}>"


def _named_link(url: str) -> str:
    return f"[{_markdown(url, more=True)}]({url.translate(_NOT_IN_LINKS)})"
