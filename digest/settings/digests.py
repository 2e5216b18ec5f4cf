"""Read the tables ``[digests.NAME]``: the feeds, limits and channels of each digest."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from digest import deliver, render
from digest.model import Digest, Feed
from digest.net import mail_addresses
from digest.schedule import slots
from digest.settings import values
from digest.settings.feeds import ConfiguredFeed, all_names
from digest.settings.positions import Key
from digest.settings.reader import Reader, Table
from digest.settings.schema import DigestTable, FileTable

_NO_DIGESTS = """there is no digest; these lines make one:
    [digests.daily]
    [digests.daily.deliver.files]
    path = "out/daily\""""


def read_digests(
    reader: Reader, file: FileTable, feeds: Sequence[ConfiguredFeed]
) -> tuple[Digest, ...]:
    if not file.digests:
        reader.note(("digests",), _NO_DIGESTS)
    for channel, items in file.deliver.items():
        if settings := _channel_settings(reader, ("deliver", channel)):
            reader.values(settings, Table(("deliver", channel), items))
    digests = tuple(_digest(reader, name, file, feeds) for name in file.digests)
    _check_folders(reader, digests)
    _check_hubs(reader, digests, file.base_url or file.web.url)
    return digests


def _check_folders(reader: Reader, digests: Sequence[Digest]) -> None:
    """Note digests that write to the same folder: each would replace the files of the other."""
    first: dict[object, str] = {}
    for digest in digests:
        for channel, settings in digest.channels.items():
            if isinstance(settings, deliver.MailSettings):
                continue  # each message gets a file name of its own
            path = getattr(settings, "path", None)
            if path and (other := first.setdefault(path, digest.name)) != digest.name:
                key = ("digests", digest.name, "deliver", channel, "path")
                reader.note(key, f"digests.{other} writes to {path} too; each needs its own")


def _check_hubs(reader: Reader, digests: Sequence[Digest], base_url: str | None) -> None:
    """Note a mistake for a websub channel without anything to announce to its hub."""
    for digest in digests:
        if "websub" not in digest.channels:
            continue
        key = ("digests", digest.name, "deliver", "websub")
        formats = {
            name for channel in digest.channels.values() for name in getattr(channel, "formats", ())
        }
        if base_url is None:
            reader.note(
                key, "a hub is told addresses: set base_url to the address of the published feeds"
            )
        elif not any(render.load(name).SCOPE == "digest" for name in formats & {*render.names()}):
            reader.note(
                key,
                'a hub is told the addresses of feeds: add one, such as "atom", to files.formats',
            )


def _digest(reader: Reader, name: str, file: FileTable, feeds: Sequence[ConfiguredFeed]) -> Digest:
    key, table = ("digests", name), file.digests[name]
    if not re.fullmatch(r"[a-z0-9_-]+", name):
        reader.note(
            key,
            "the name of a digest consists of a-z, 0-9, - and _, because it is part of addresses",
        )
    for name_of_key, line in (("schedule", table.schedule), ("weekly", table.weekly)):
        try:
            slots.parse_schedule(line)
        except ValueError as error:
            reader.note((*key, name_of_key), f"{error}{values.schedule_advice(line)}")
    timezone, language = file.timezone, file.language
    if table.timezone is not None:
        timezone = values.timezone(reader, (*key, "timezone"), table.timezone)
    if table.language is not None:
        language = values.language(reader, (*key, "language"), table.language)
    if table.min_entries > table.max_entries:
        reader.note((*key, "min_entries"), f"more than max_entries, which is {table.max_entries}")
    values.check_rules(reader, key, table, all_names(feeds))
    own, shared = Table((*key, "excerpt"), table.excerpt), Table(("excerpt",), file.excerpt)
    renders = (((*key, "render"), table.render), (("render",), file.render))
    for wanted in table.render:
        known = ("look", *render.names())
        values.check_known(reader, (*key, "render", wanted), wanted, "table of render", known)
    return Digest(
        name=name,
        title=_title(reader, key, table) or name.capitalize(),
        schedule=table.schedule,
        timezone=timezone,
        language=language,
        feeds=_selected(reader, key, table, feeds),
        max_entries=table.max_entries,
        max_per_feed=table.max_per_feed,
        sections=_sections(reader, key, table, feeds),
        min_entries=table.min_entries,
        at_latest=table.at_latest,
        drop=table.drop,
        keep=table.keep,
        updates=table.updates,
        related=table.related,
        health=table.health,
        failed_feeds=table.failed_feeds,
        counts=table.counts,
        images=table.images,
        public=table.public,
        noindex=table.noindex,
        weekly=table.weekly,
        approve=table.approve,
        approve_by=table.approve_by,
        editor=_editor(reader, key, table),
        excerpt=values.excerpt(reader, own, shared),
        channels=_channels(reader, key, table, file),
        look=values.look(reader, *values.tables(reader, "look", *renders)),
        options=values.render_options(reader, *renders),
    )


def _title(reader: Reader, key: Key, table: DigestTable) -> str | None:
    if table.title is not None and not table.title.strip():
        reader.note((*key, "title"), "it is empty: write a title, or leave the line out")
    return table.title


def _editor(reader: Reader, key: Key, table: DigestTable) -> str | None:
    """Return the editor's address in its form on the wire; note keys that need ``approve``."""
    if table.approve is None:
        for name in ("approve_by", "editor"):
            if getattr(table, name) is not None:
                reader.note(
                    (*key, name),
                    "it applies to editions that wait for approval: add approve = true",
                )
    if table.editor is None:
        return None
    try:
        address = mail_addresses.parse(table.editor)
    except ValueError as error:
        reader.note((*key, "editor"), f'"{table.editor}" is no mail address: {error}')
        return None
    if not any(
        issubclass(deliver.load(name).Settings, deliver.MailSettings)
        for name in table.deliver
        if name in deliver.names()
    ):
        reader.note(
            (*key, "editor"),
            "mail to the editor needs a mail channel in the digest: "
            f"add [{'.'.join(map(str, key))}.deliver.smtp]",
        )
    return address


def _selected(
    reader: Reader, key: Key, table: DigestTable, feeds: Sequence[ConfiguredFeed]
) -> tuple[Feed, ...]:
    """Return the feeds of the digest's categories and names; all feeds where it has neither key."""
    categories = {item.feed.category for item in feeds if item.feed.category}
    for at, name in enumerate(table.categories):
        values.check_known(reader, (*key, "categories", at), name, "category", categories)
    for at, name in enumerate(table.feeds):
        values.check_known(reader, (*key, "feeds", at), name, "feed", all_names(feeds))
    return tuple(
        item.feed
        for item in feeds
        if not (table.categories or table.feeds)
        or item.feed.category in table.categories
        or item.feed.name in table.feeds
        or item.table in table.feeds
    )


def _sections(
    reader: Reader, key: Key, table: DigestTable, feeds: Sequence[ConfiguredFeed]
) -> Mapping[str, int]:
    """Return the limit of each section: a category of feeds, or "" for feeds without one."""
    categories = {item.feed.category or "" for item in feeds}
    for name, most in table.sections.items():
        values.check_known(reader, (*key, "sections", name), name, "category", categories)
        if most < 1:
            reader.note((*key, "sections", name), f"expected at least 1, found {most}")
    return table.sections


def _channels(reader: Reader, key: Key, table: DigestTable, file: FileTable) -> dict[str, object]:
    """Return the settings of each channel: the digest's keys before those of ``[deliver]``."""
    channels: dict[str, object] = {}
    for name, items in table.deliver.items():
        own = Table((*key, "deliver", name), items)
        shared = Table(("deliver", name), file.deliver.get(name, {}))
        if settings := _channel_settings(reader, own.key):
            channels[name] = channel = reader.record(settings, own, shared)
            host_key = (*(own if "host" in own.items else shared).key, "host")
            values.check_host(reader, host_key, getattr(channel, "host", None))
            if isinstance(channel, deliver.MailSettings):
                channels[name] = _mail(
                    reader, own, shared, channel, has_editor=table.editor is not None
                )
            said = own if "formats" in own.items else shared
            for at, wanted in enumerate(getattr(channel, "formats", ())):
                values.check_known(
                    reader, (*said.key, "formats", at), wanted, "format", render.names()
                )
    return dict(sorted(channels.items(), key=lambda item: deliver.comes_last(item[0])))


def _channel_settings(reader: Reader, key: Key) -> Any:
    """Return the settings class of the channel that `key` ends in, or ``None`` if it is unknown."""
    name = str(key[-1])
    values.check_channel(reader, key, name, deliver.names())
    return deliver.load(name).Settings if name in deliver.names() else None


def _mail(
    reader: Reader,
    own: Table,
    shared: Table,
    mail: deliver.MailSettings,
    *,
    has_editor: bool,
) -> deliver.MailSettings:
    """Return the settings of a mail channel, with its addresses in their form on the wire."""

    def sent(
        name: str, text: str, *at: int, read: Callable[[str], Any] = mail_addresses.parse
    ) -> Any:
        key = (*(own if name in own.items else shared).key, name, *at)
        try:
            found = read(text)
        except ValueError as error:
            several = [part.strip() for part in re.split("[,;]", text) if "@" in part]
            hint = f"; write {json.dumps(several)}" if len(several) > 1 else ""
            reader.note(key, f'"{text}" is no mail address: {error}{hint}')
            return None
        if name == "to" and (other := first.setdefault(mail_addresses.key(found), at)) != at:
            reader.note(key, f'"{mail.to[other[0]]}" stands in the list before it')
        return found

    first: dict[str, tuple[int, ...]] = {}
    if mail.reply_to is not None:
        sent("reply_to", mail.reply_to, read=mail_addresses.split_name)
    if sent("from", mail.from_, read=mail_addresses.split_name) and not (
        mail.to or mail.subscribers or has_editor
    ):
        reader.note(
            (*own.key, "to"), "nobody gets this mail: name a recipient, or set subscribers = true"
        )
    return replace(
        mail,
        to=tuple(sent("to", text, at) for at, text in enumerate(mail.to)),
        bounces=mail.bounces and sent("bounces", mail.bounces),
        unsubscribe=mail.unsubscribe and sent("unsubscribe", mail.unsubscribe),
    )
