"""An edition as mail: an HTML part for all mail programs, and a plain text part.

The HTML part is one column of tables with inline styles, because many mail programs drop other
styles.  It loads nothing and does not track its readers.  A publisher's logo is attached to the
message.  An edition whose encoded HTML would exceed the budget is reduced in a fixed order
(`digest.render.mail_parts.budget`), in both parts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal
from zoneinfo import ZoneInfo

from digest.deliver import message
from digest.errors import RenderError
from digest.model import GREETING, LINK, Edition, Letter, Rendition, Section, Site, Story
from digest.net.mail_addresses import parse
from digest.render.feeds.syndication import address
from digest.render.looks.attachment import letter_pictures
from digest.render.mail_parts import budget as _budget
from digest.render.templating import clean, page, public, templates
from digest.render.words.translate import Words, speak
from digest.text.columns import WIDTH, columns, wrap

FILENAME = "edition.eml"
SCOPE: Literal["edition", "digest"] = "edition"

_SUBJECT = 150
"""Grapheme clusters."""
_SUBJECT_FIELDS = ("digest", "date", "time", "number", "stories", "lead")
_EDITION_FACTS = 2
"""How many of the first facts concern a single edition: its number and its time."""
_PREHEADER = 40, 100
"""Least and most characters of the text that a list of messages shows behind a subject."""
_PADDING = "\u034f\u200c\u00a0" * _PREHEADER[1]
"""Invisible characters that keep the body out of a list of messages behind a short preheader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    budget: int = field(default=80_000, metadata={"min": 20_000})
    """The most bytes of the HTML part; Gmail clips a message at about 102,000 bytes."""
    subject: str = "{digest}, {date}: {lead}"
    """The subject's pattern, with the fields digest, date, time, number, stories (a count) and lead
    (the title of the first story).  Mail programs show mails of one subject as one conversation."""


def letter(
    edition: Edition,
    site: Site,
    *,
    leaving: bool,
    cut: Callable[[str, int], str],
    week: Sequence[Edition] = (),
) -> Letter:
    """Make the mail of `edition`, or of a `week` of editions that ends with it.

    `leaving` says whether the mail holds `LINK`, which is replaced by each recipient's unsubscribe
    link.
    `cut` shortens a text to a number of grapheme clusters.  Raises RenderError where a template
    fails, or where not even one story fits into the budget.
    """
    shown = public.edition(edition, site)
    if week:
        shown = _week_edition(shown, [public.edition(each, site) for each in week])
    return _letter(shown, clean.site(site), leaving=leaving, cut=cut, is_week=bool(week))


def _week_edition(last: Edition, week: Sequence[Edition]) -> Edition:
    """Join the editions of a week into one, with a section for each day."""
    words = speak(last.language, last.timezone)
    sections, rank = [], 0
    for edition in week:
        stories = []
        for story in (story for section in edition.sections for story in section.stories):
            rank += 1
            stories.append(replace(story, rank=rank))
        sections.append(Section(title=words.day(edition.slot), stories=tuple(stories)))
    return replace(
        last,
        sections=tuple(sections),
        note=tuple(paragraph for edition in week for paragraph in edition.note),
        entries=sum(edition.entries for edition in week),
        feeds=0,
        capped=sum(edition.capped for edition in week),
        damped=(),
    )


def render(editions: Sequence[Edition], site: Site) -> Rendition:
    """Make a whole message from the digest to itself, without anybody's address."""
    (edition,) = editions
    made = _letter(edition, site, leaving=False, cut=_cut)
    own = f"{site.digest}@{_host(site)}"
    form = message.prepare(made, sender=own, reply_to=None)
    key = f"<{edition.slot}.{own}>"
    body = form.fill(recipient=own, message_id=key, link=None, mailto=None)
    return Rendition(media_type="message/rfc822", body=body)


def _letter(
    edition: Edition,
    site: Site,
    *,
    leaving: bool,
    cut: Callable[[str, int], str],
    is_week: bool = False,
) -> Letter:
    settings = site.options.get("mail", Settings())
    assert isinstance(settings, Settings)
    words = speak(site.language, edition.timezone)
    stories = [story for section in edition.sections for story in section.stories]
    stories.sort(key=lambda story: story.untitled)  # a list of messages shows titles, if it can
    heading = words.day(edition.slot)
    if is_week:
        heading = words.say("weekly", date=words.dated(edition.slot))
    pictures = letter_pictures(site, list_id(site))
    names = page.names(edition, site) | {
        "logo": pictures[0].cid if pictures else None,
        "leave": LINK if leaving else "",
        "greeting": GREETING if leaving else "",
        "heading": heading,
        "home": None if is_week else address(site, edition.slot, ""),
        "archive": address(site, ""),
        "preheader": _preheader(edition, stories, words, cut),
        "padding": _PADDING,
        "shortened": cut,
        "failed": len(edition.failed),
        "columns": columns,
        "wrap": wrap,
        "width": WIDTH,
    }

    if is_week:
        names["facts"] = page.facts(edition, words)[_EDITION_FACTS:]

    def fits(form: Edition, left_out: int) -> tuple[str, Mapping[str, object]] | None:
        own = names | {"edition": form, "left_out": left_out}
        html = _without_indentation(templates.fill("mail.html", site, own))
        return (html, own) if message.size(html) <= settings.budget else None

    try:
        html, own = _budget.fitting(edition, cut, fits)
    except ValueError as error:
        raise RenderError(
            f"{error} into a mail of {settings.budget} bytes: set render.mail.budget higher",
            digest=site.digest,
        ) from error
    text = templates.fill("mail.txt", site, own)
    for name, part in (("mail.html", html), ("mail.txt", text)):
        if leaving and LINK not in part:
            reason = f"template {name} does not print `leave`, the address for leaving"
            raise RenderError(reason, digest=site.digest)
    return Letter(
        subject=f"{edition.title}: {heading}"
        if is_week
        else _subject(edition, stories, settings.subject, words, cut),
        greeting=words.say("greeting", name="{name}") if leaving else "",
        text=text,
        html=html,
        date=(edition.approved_at or edition.composed_at).astimezone(ZoneInfo(edition.timezone)),
        list_id=list_id(site),
        title=edition.title,
        language=words.tag,
        pictures=pictures if any(f"cid:{picture.cid}" in html for picture in pictures) else (),
    )


def _subject(
    edition: Edition,
    stories: Sequence[Story],
    pattern: str,
    words: Words,
    cut: Callable[[str, int], str],
) -> str:
    """Fill the pattern of the subject; a long story title is cut.

    Raises RenderError for a pattern with an unknown field.
    """
    values = {
        "digest": edition.title,
        "date": words.short_day(edition.slot),
        "time": words.clock(edition.slot),
        "number": edition.number,
        "stories": words.count("stories", len(stories)),
    }
    lead = stories[0].title if stories else words.say("nothing")
    try:
        room = _SUBJECT - len(pattern.format(**values, lead=""))
        short = lead if len(lead) <= room else cut(lead, max(room, _SUBJECT // 3))
        return pattern.format(**values, lead=short)
    except (LookupError, ValueError, AttributeError) as error:
        reason = f"render.mail.subject: {error}; there are {{{'}, {'.join(_SUBJECT_FIELDS)}}}"
        raise RenderError(reason, digest=edition.digest) from error


def _preheader(
    edition: Edition, stories: Sequence[Story], words: Words, cut: Callable[[str, int], str]
) -> str:
    """Return the preview text: the titles of further stories, or the excerpt of a single one."""
    least, most = _PREHEADER
    line = " · ".join(story.title for story in stories[1:6])
    for more in (*(story.excerpt for story in stories[:1]), edition.title, words.day(edition.slot)):
        if len(line) < least and more:
            line = f"{line} · {more}" if line else more
    return line if len(line) <= most else cut(line, most - 1)[:most]


def list_id(site: Site) -> str:
    """Return the List-Id of a digest (RFC 2919), which does not depend on its title."""
    return f"{site.digest}.{_host(site)}"


def _host(site: Site) -> str:
    """Return the domain for List-Id and Message-ID."""
    try:
        return parse(f"{site.digest}@{site.authority}").rpartition("@")[2]
    except ValueError:  # for example an IP address
        return f"{re.sub('[^A-Za-z0-9-]+', '-', site.authority).strip('-')}.invalid"


def _without_indentation(html: str) -> str:
    """Remove the indentation and the blank lines of the template."""
    lines = (line.strip(" ") for line in html.split("\n"))
    return "\n".join(filter(None, lines)) + "\n"


def _cut(text: str, length: int) -> str:
    """Cut `text` to `length` grapheme clusters, at a space near the end if there is one."""
    import regex

    clusters = regex.findall(r"\X", text[: 64 * (length + 1)])
    if len(clusters) <= length:
        return text
    kept = "".join(clusters[:length])
    space = kept.rfind(" ")
    return (kept[:space] if space > 0.6 * len(kept) else kept).rstrip() + "…"
