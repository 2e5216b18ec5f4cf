"""Make the values and functions that templates of an edition use."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, time
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from digest.model import AilingFeed, Ailment, Edition, Enclosure, NoteParagraph, Site, Story
from digest.render.words.translate import Words, iso, speak
from digest.text import scripts
from digest.text.direction import direction

# Reading speed: 238 words a minute (Brysbaert 2019, English); a word of Chinese or Japanese is
# about two characters.
_WORDS_A_MINUTE = 238
_IDEOGRAPH = re.compile(f"[{scripts.CHINESE_JAPANESE}]")
_WORD = re.compile(r"\w+")
_AUTHORS = 3
_COPIES = 12
"""How many feeds are named that have a story too; hundreds of names would bury the story."""
_NO_TIME = time()
"""A date without a time is kept as midnight, UTC."""


def names(edition: Edition, site: Site) -> dict[str, object]:
    """Return the values by their names; the comments in the templates list them."""
    words = speak(site.language, edition.timezone)
    return {
        "edition": edition,
        "site": site,
        "words": words,
        "facts": facts(edition, words),
        "headed": any(section.title for section in edition.sections),
        "who": _source_names,
        "when": lambda story: _published(story, edition, words),
        "again": lambda story: _first_told(story, words),
        "byline": lambda story: _byline(story, edition, words),
        "describe": lambda enclosure: _describe(enclosure, words),
        "named_copies": lambda story: story.also_in[:_COPIES],
        "copies_left_out": lambda story: _copies_left_out(story, words),
        "ailment": lambda feed: _ailment(feed, words),
        "noted": note_text,
        "noted_html": _note_html,
        "noted_markdown": _note_markdown,
        "host": lambda link: urlsplit(link).hostname or link,
        "direction": direction,
        "iso": iso,
    }


def note_text(paragraph: NoteParagraph) -> str:
    """Return a paragraph of an editor's note as plain text, with link addresses in parentheses."""
    pieces = []
    for at, span in enumerate(paragraph.spans):
        pieces.append(span.text)
        following = paragraph.spans[at + 1 : at + 2]
        if span.link and not (following and following[0].link == span.link):
            address = span.link.removeprefix("mailto:")
            words = "".join(other.text for other in paragraph.spans if other.link == span.link)
            if words not in (address, span.link):
                pieces.append(f" ({address})")
    return f"{paragraph.bullet} {''.join(pieces)}".lstrip()


def _note_html(paragraph: NoteParagraph, style: str = "") -> Markup:
    """Return a paragraph of an editor's note as HTML; links get the `style`."""
    own = Markup(' style="{}"').format(style) if style else Markup("")
    html = escape(f"{paragraph.bullet} ") if paragraph.bullet else Markup("")
    for span in paragraph.spans:
        text = escape(span.text)
        if span.emphasis:
            text = Markup("<em>{}</em>").format(text)
        if span.strong:
            text = Markup("<strong>{}</strong>").format(text)
        if span.link:
            text = Markup('<a href="{}"{}>{}</a>').format(span.link, own, text)
        html += text
    return html


def _note_markdown(
    paragraph: NoteParagraph, write: Callable[[str], object], target: Callable[[str], Markup]
) -> Markup:
    """Return a paragraph of an editor's note as Markdown; `write` escapes a text."""
    text = Markup("")
    for span in paragraph.spans:
        words = span.text.strip(" ")
        around = span.text.partition(words)
        mark = "*" * (span.emphasis + 2 * span.strong) if words else ""
        inner = Markup("{}{}{}").format(mark, write(words), mark)
        if span.link and words:
            inner = Markup("[{}]({})").format(inner, target(span.link))
        text += Markup("{}{}{}").format(around[0], inner, around[2])
    bullet = {"": "", "•": "- "}.get(paragraph.bullet, f"{paragraph.bullet} ")
    return Markup(bullet) + text  # noqa: S704 - a bullet is our own


def _copies_left_out(story: Story, words: Words) -> str:
    """Return "and N more" for the feeds that "Also in" does not name, or an empty text."""
    left_out = len(story.also_in) - _COPIES
    return words.count("also_more", left_out) if left_out > 0 else ""


def facts(edition: Edition, words: Words) -> list[str]:
    """Return the edition's number, time and counts as phrases; unknown counts are left out."""
    counts = {
        "stories": sum(len(section.stories) for section in edition.sections),
        "entries": edition.entries,
        "feeds": edition.feeds,
        "minutes": _minutes(edition),
    }
    return [
        words.say("edition", n=edition.number),
        words.clock(edition.slot),
        *(words.count(key, n) for key, n in counts.items() if n),
    ]


def _minutes(edition: Edition) -> int:
    """Estimate the reading time of `edition` in minutes; 0 only for an empty edition."""
    words = 0.0
    for section in edition.sections:
        for story in section.stories:
            text = story.excerpt if story.untitled else f"{story.title} {story.excerpt}"
            words += len(_IDEOGRAPH.findall(text)) / 2
            words += len(_WORD.findall(_IDEOGRAPH.sub(" ", text)))
    return max(1, round(words / _WORDS_A_MINUTE)) if edition.sections else 0


def _source_names(story: Story) -> list[str]:
    """Return the names of the feed, of the original feed and of the first authors, each once."""
    origin = story.source.title if story.source else None
    more = ("…",) if len(story.authors) > _AUTHORS else ()
    named = (story.feed, origin, *story.authors[:_AUTHORS], *more)
    return list(dict.fromkeys(filter(None, named)))


def _published(story: Story, edition: Edition, words: Words) -> str:
    """Return when `story` was published: only the day if the feed states no time or no date."""
    moment = story.published or story.updated
    if story.undated or moment.astimezone(UTC).replace(microsecond=0).time() == _NO_TIME:
        return words.day_of(moment, edition.slot)
    return words.moment(moment, edition.slot)


def _first_told(story: Story, words: Words) -> str:
    """Return when an update was first told; an empty text for other stories."""
    return words.say("first", date=words.dated(story.first_told)) if story.first_told else ""


def _byline(story: Story, edition: Edition, words: Words) -> list[str]:
    """Return the parts of the byline: update mark, sources, date, and when it was first told."""
    update = words.say("update") if story.update else ""
    parts = (
        update,
        *_source_names(story),
        _published(story, edition, words),
        _first_told(story, words),
    )
    return list(filter(None, parts))


def _ailment(feed: AilingFeed, words: Words) -> str:
    """Return a sentence that says what is wrong with `feed` and what to do about it."""
    if feed.ailment is Ailment.FAILING and feed.since is None:
        return words.say("health_unread")
    date = words.dated(feed.since) if feed.since else ""
    if feed.ailment is Ailment.LOSING:
        return words.say(
            "health_losing", date=date, number=feed.missing, interval=_interval(feed.minutes)
        )
    address = feed.moved_to or feed.url or "…"
    return words.say(f"health_{feed.ailment}", date=date, address=address)


def _interval(minutes: int | None) -> str:
    """Write a time span with unit symbols, which are the same in every language."""
    minutes = minutes or 60
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"


def _describe(enclosure: Enclosure, words: Words) -> str:
    """Return the kind of the file `enclosure`, with its size where that is known."""
    kind = (enclosure.media_type or "").partition("/")[0]
    name = words.say(kind if kind in ("audio", "video", "image") else "file")
    return f"{name}, {words.size(enclosure.length)}" if enclosure.length else name
