"""Read the settings that need more than a check of their type: zones, languages, addresses, rules.

The functions note mistakes in the reader; those that read a value return it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from urllib.parse import quote

from digest import render
from digest.model import ExcerptSettings, Look
from digest.render.looks import colors, fonts
from digest.schedule import slots
from digest.settings import edit
from digest.settings.language_tags import language_problem
from digest.settings.positions import Key
from digest.settings.reader import Reader, Table, kind_of
from digest.settings.schema import (
    DigestTable,
    FeedTable,
    RenderSettings,
    RenderTable,
    StoreSettings,
)
from digest.settings.zone_advice import zone_advice
from digest.text.suggestions import suggestion


def timezone(reader: Reader, key: Key, name: str) -> str:
    try:
        slots.check_timezone(name)
    except ValueError as error:
        reader.note(key, zone_advice(name) or str(error))
    return name


def language(reader: Reader, key: Key, tag: str) -> str:
    if problem := language_problem(tag):
        reader.note(key, problem)
    return tag


def address(reader: Reader, key: Key, url: str | None) -> str | None:
    """Return the base address of published output, with a slash at the end."""
    if url is None:
        return None
    _, login, host = url.partition("://")[2].partition("/")[0].rpartition("@")
    if login:
        reader.note(key, f"this address is published: write it without the login before {host}")
    elif not edit.is_web(url) or edit.url_problem(url) or "?" in url or "#" in url:
        reader.note(key, f'expected https://HOST/PATH or http://HOST/PATH, found "{url}"')
    return url.rstrip("/") + "/"


def check_contact(reader: Reader, contact: str | None) -> None:
    """Note a contact that is neither a mail address nor a web address."""
    if contact and not re.search(r"\S@\S|https?://\S", contact):
        reader.note(
            ("fetch", "contact"),
            f'expected a mail address or a web address, found "{contact}": publishers write there',
        )


def store(reader: Reader, store: StoreSettings, override: str | None) -> StoreSettings:
    """Return the settings with the absolute path of an SQLite file."""
    url = override or store.url
    if sqlite := re.fullmatch(r"(sqlite(?:\+\w+)?:///)(?!:memory:)([^?]+)(.*)", url):
        path = os.path.join(quote(str(reader.root), errors="replace"), sqlite[2])
        url = f"{sqlite[1]}{os.path.normpath(path)}{sqlite[3]}"
    elif not re.match(r"[a-z]+(\+\w+)?://", url):
        where = "DIGEST_STORE_URL in the environment: " if override else ""
        path = url or "digest.db"
        reader.note(("store", "url"), f'{where}expected "sqlite:///{path}" or the like')
    return replace(store, url=url)


def excerpt(reader: Reader, *tables: Table) -> ExcerptSettings:
    return reader.record(ExcerptSettings, *tables) or ExcerptSettings()


def render_settings(reader: Reader, items: Mapping[str, object]) -> RenderSettings:
    also = ("look", *render.names())
    own = reader.record(RenderTable, Table(("render",), items), also=also) or RenderTable()
    if own.templates and not os.path.isdir(own.templates):
        reader.note(("render", "templates"), f"there is no folder {own.templates}")
    own_tables = (("render",), {name: item for name, item in items.items() if name in also})
    return RenderSettings(
        templates=str(own.templates) if own.templates else None,
        look=look(reader, *tables(reader, "look", own_tables)),
        options=render_options(reader, own_tables),
    )


def render_options(reader: Reader, *parents: tuple[Key, Mapping[str, object]]) -> dict[str, object]:
    """Return the settings of each format; each key is taken from the first table that has it."""
    options = {}
    for name in render.names():
        found = [(key, items) for key, items in parents if name in items]
        if not found:
            continue
        if (settings := getattr(render.load(name), "Settings", None)) is None:
            for key, _ in found:
                reader.note((*key, name), f"the format {name} has no settings")
        elif option := reader.record(settings, *tables(reader, name, *found)):
            options[name] = option
    return options


def look(reader: Reader, *places: Table) -> Look:
    """Return the look of the tables; note colors and fonts that cannot be used."""
    found = reader.record(Look, *places) or Look()
    checks = {
        "accent": colors.parse,
        "accent_dark": colors.parse,
        "text_font": fonts.stack,
        "label_font": fonts.stack,
    }
    for name, check in checks.items():
        if (value := getattr(found, name)) is None:
            continue
        try:
            check(value)
        except ValueError as error:
            key = next(table.key for table in places if name in table.items)
            reader.note((*key, name), str(error))
    return found


def tables(reader: Reader, name: str, *parents: tuple[Key, Mapping[str, object]]) -> list[Table]:
    """Return the table `name` of each parent; note a mistake where the value is no table."""
    found = []
    for key, items in parents:
        table = reader.read(kind_of(Mapping[str, object]), (*key, name), items.get(name, {}))
        found.append(Table((*key, name), table or {}))
    return found


_WRITTEN_SCHEDULES = {
    "hourly": "0 * * * *",
    "daily": "0 7 * * *",
    "every day": "0 7 * * *",
    "weekly": "0 7 * * 1",
    "weekdays": "0 7 * * 1-5",
    "monthly": "0 7 1 * *",
}
_CLOCK = re.compile(
    r"(?:(?:every ?day|daily)\s+)?(?:at\s+)?(\d{1,2})(?:[:.](\d\d))?\s*(am|pm)?", re.IGNORECASE
)
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


def schedule_advice(text: str) -> str:
    """Return the end of the message about a schedule that is no cron line: what it may mean.

    >>> schedule_advice("7:30")
    '; did you mean "30 7 * * *"?'
    """
    written = " ".join(text.casefold().split())
    line = _WRITTEN_SCHEDULES.get(written)
    if clock := _CLOCK.fullmatch(written):
        hour, minute = int(clock[1]) % (12 if clock[3] else 24), int(clock[2] or 0)
        hour += 12 if clock[3] == "pm" else 0
        line = f"{minute} {hour} * * *" if minute < 60 else None
    elif day := next((day for day in _DAYS if written.startswith(day)), None):
        line = f"0 7 * * {_DAYS.index(day)}"
    elif len(fields := written.split()) == 6 and fields[0].isdigit():
        line = " ".join(fields[1:] if fields[0] == "0" else fields[:5])
        return f'; seconds and years have no field here: did you mean "{line}"?'
    return f'; did you mean "{line}"?' if line else ""


_OTHER_CHANNELS = {
    "mail": "smtp", "email": "smtp", "e-mail": "smtp", "newsletter": "smtp", "relay": "smtp",
    "gmail": "smtp", "file": "files", "html": "files", "page": "files", "pages": "files",
    "web": "files", "website": "files", "folder": "files", "rss": "files", "atom": "files",
    "slack": "chat", "discord": "chat", "telegram": "chat", "matrix": "chat", "ntfy": "chat",
    "teams": "chat", "mattermost": "chat", "http": "webhook", "hook": "webhook", "post": "webhook",
}  # fmt: skip


def check_channel(reader: Reader, key: Key, name: str, known: Collection[str]) -> None:
    """Note an unknown channel, with the name that it has here if that is known."""
    if name not in known and (meant := _OTHER_CHANNELS.get(name.casefold())):
        reader.note(key, f'unknown channel "{name}"; here it is called "{meant}"')
    check_known(reader, key, name, "channel", known)


_PORT = re.compile(r"([^:/]+):(\d{1,5})")


def check_host(reader: Reader, key: Key, host: object) -> None:
    """Note a host name with a port behind it."""
    if isinstance(host, str) and (found := _PORT.fullmatch(host)):
        reader.note(key, f'write the port by itself: host = "{found[1]}" and port = {found[2]}')


def check_known(reader: Reader, key: Key, name: str, what: str, known: Collection[str]) -> None:
    if name not in known:
        hint = suggestion(name, known) or f"; there is no {what} yet"
        reader.note(key, f'unknown {what} "{name}"{hint}')


_TITLE_FIELD = re.compile(r"\s*(titles?|headline|heading|subject):\s*(.*)", re.IGNORECASE)
_OTHER_FIELD = re.compile(r"\s*([a-z]+):", re.IGNORECASE)
_OTHER_FIELDS = {
    "body": "text", "content": "text", "description": "text", "summary": "text",
    "tag": "category", "tags": "category", "label": "category",
    "creator": "author", "url": "link", "href": "link", "lang": "language",
}  # fmt: skip
"""The name of a rule's field in other programs -> its name here."""


def _field_problem(rule: str) -> str | None:
    """Return a sentence about a rule that begins with a field of another program.

    >>> _field_problem("title: sponsored")
    'there is no field "title:"; a rule without a field searches the title: write "sponsored"'
    """
    if title := _TITLE_FIELD.match(rule):
        name, sought = title[1].lower(), title[2].strip() or "WORDS"
        return (
            f'there is no field "{name}:"; a rule without a field searches the title: '
            f'write "{sought}"'
        )
    field = _OTHER_FIELD.match(rule)
    if field and (meant := _OTHER_FIELDS.get(field[1].lower())):
        return (
            f'there is no field "{field[1].lower()}:"; did you mean "{meant}:"? '
            "(words with a colon may stand in /.../)"
        )
    return None


def check_rules(
    reader: Reader, key: Key, table: DigestTable | FeedTable, names: Collection[str]
) -> None:
    """Note the rules that cannot be read, and the unknown feeds in them."""
    if not table.drop and not table.keep:
        return
    from digest.compose import rules  # a run without rules does not need to import it

    for which, written in (("drop", table.drop), ("keep", table.keep)):
        for at, rule_text in enumerate(written):
            if problem := _field_problem(rule_text):
                reader.note((*key, which, at), problem)
                continue
            try:
                rule = rules.parse(rule_text)
            except ValueError as error:
                reader.note((*key, which, at), str(error))
            else:
                if rule.feed is not None:
                    check_known(reader, (*key, which, at), rule.feed, "feed", names)
