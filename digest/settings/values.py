"""Read the settings that are more than their type says: zones, languages, addresses, rules.

Each function returns the value and notes in the reader what is wrong with it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from urllib.parse import quote

from digest import render
from digest.compose import rules
from digest.model import ExcerptSettings
from digest.schedule import slots
from digest.settings import edit
from digest.settings.positions import Key
from digest.settings.reader import Reader, Table, kind_of
from digest.settings.schema import (
    DigestTable,
    FeedTable,
    RenderSettings,
    RenderTable,
    StoreSettings,
)
from digest.text.suggestions import suggestion


def timezone(reader: Reader, key: Key, name: str) -> str:
    try:
        slots.check_timezone(name)
    except ValueError as error:
        reader.note(key, str(error))
    return name


def language(reader: Reader, key: Key, tag: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", tag):
        reader.note(key, f'expected a language tag such as "en" or "zh-Hant", found "{tag}"')
    return tag


def address(reader: Reader, key: Key, url: str | None) -> str | None:
    """Return the address that output is found below, with a slash at the end."""
    if url is None:
        return None
    if not edit.is_web(url) or edit.url_problem(url) or "?" in url or "#" in url:
        reader.note(key, f'expected https://HOST/PATH or http://HOST/PATH, found "{url}"')
    return url.rstrip("/") + "/"


def store(reader: Reader, store: StoreSettings, override: str | None) -> StoreSettings:
    """Return the settings with the whole path of an SQLite file."""
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
    formats = render.names()
    own = reader.record(RenderTable, Table(("render",), items), also=formats) or RenderTable()
    if own.templates and not os.path.isdir(own.templates):
        reader.note(("render", "templates"), f"there is no folder {own.templates}")
    options = {}
    for name in formats:
        key = ("render", name)
        if name not in items:
            continue
        if (settings := getattr(render.load(name), "Settings", None)) is None:
            reader.note(key, f"the format {name} has no settings")
        elif option := reader.read(kind_of(settings), key, items[name]):
            options[name] = option
    return RenderSettings(templates=str(own.templates) if own.templates else None, options=options)


def check_known(reader: Reader, key: Key, name: str, what: str, known: Collection[str]) -> None:
    if name not in known:
        reader.note(key, f'unknown {what} "{name}"{suggestion(name, known)}')


def check_rules(
    reader: Reader, key: Key, table: DigestTable | FeedTable, names: Collection[str]
) -> None:
    """Note the rules that cannot be read, and the feeds named in them that there are not."""
    for which, written in (("drop", table.drop), ("keep", table.keep)):
        for at, one in enumerate(written):
            try:
                rule = rules.parse(one)
            except ValueError as error:
                reader.note((*key, which, at), str(error))
            else:
                if rule.feed is not None:
                    check_known(reader, (*key, which, at), rule.feed, "feed", names)
