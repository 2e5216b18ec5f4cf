"""The configuration file and the environment in, one frozen Config out; nothing else reads either.

Every mistake is found before any work and told at once: a ConfigError whose ``all`` holds each
with its file, line and key.  A table's path is the path of the package that it sets.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from ipaddress import ip_network
from pathlib import Path, PurePath
from typing import Any, Literal
from urllib.parse import quote

from digest import deliver, fetch, match, parse, render
from digest.compose import rules
from digest.errors import ConfigError, FetchError
from digest.model import Digest, ExcerptSettings, Feed
from digest.net import mail_addresses
from digest.net.urls import without_login
from digest.normalize import fulltext
from digest.resources import install_command
from digest.schedule import slots
from digest.settings import edit
from digest.settings.positions import Key, dotted, loads, scan
from digest.settings.reader import Reader, Table, kind_of
from digest.text.suggestions import suggestion

# --- what comes out ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    """The keys of ``[store]``."""

    url: str = "sqlite:///digest.db"
    """In a Config, with the whole path of the file."""
    keep_bodies: timedelta = field(default=timedelta(days=90), metadata={"min": timedelta(days=1)})
    """Texts older than this are dropped; what else is known of an entry never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderSettings:
    """The keys of ``[render]``."""

    templates: str | None = None
    """A folder that is looked in before our own templates."""
    options: Mapping[str, object] = field(default_factory=dict)
    """Format name -> that format's own `Settings`, where it has a table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """The keys of ``[web]``."""

    url: str | None = None
    """Where people reach `digest serve --web`; in a Config, with a slash at the end.  ``None``:
    nobody does, and no mail speaks of it."""
    host: str = "127.0.0.1"
    """The address it listens at."""
    port: int = field(default=8000, metadata={"min": 1, "max": 65535})
    proxies: tuple[str, ...] = ()
    """Addresses and networks whose word about a client is taken, beside this machine's own."""

    def __post_init__(self) -> None:
        for proxy in self.proxies:
            try:
                ip_network(proxy, strict=False)
            except ValueError:
                raise ValueError(f'proxies: "{proxy}" is no address or network') from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All that the operator decides."""

    path: Path
    root: Path
    """The folder of the file, from which relative paths start."""
    title: str
    timezone: str
    language: str
    base_url: str | None
    """With a slash at the end; where there is none, the web side's own."""
    store: StoreSettings
    fetch: fetch.Settings
    match: match.Settings = field(default_factory=match.Settings)
    excerpt: ExcerptSettings
    render: RenderSettings
    web: WebSettings = WebSettings()
    feeds: tuple[Feed, ...]
    digests: tuple[Digest, ...]


# --- what goes in: the tables of the file --------------------------------------------------------

Backfill = int | Literal["all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchTable(fetch.Settings):
    backfill: Backfill = field(default=5, metadata={"min": 0})


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderTable:
    templates: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedTable:
    url: str | None = None
    name: str | None = None
    title: str | None = None
    category: str | None = None
    kind: str | None = None
    backfill: Backfill | None = field(default=None, metadata={"min": 0})
    muted_until: date | None = None
    fulltext: bool = False
    max_entries: int | None = field(default=None, metadata={"min": 1})
    priority: int = field(default=0, metadata={"min": -100, "max": 100})
    drop: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()


Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestTable:
    title: str | None = None
    schedule: str = "0 7 * * *"
    timezone: str | None = None
    language: str | None = None
    categories: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    max_entries: int = field(default=40, metadata={"min": 1})
    max_per_feed: int = field(default=5, metadata={"min": 1})
    sections: Mapping[str, int] = field(default_factory=dict)
    min_entries: int = field(default=1, metadata={"min": 1})
    at_latest: Weekday | timedelta | None = None
    drop: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    updates: bool = True
    related: bool = True
    health: Literal["weekly", "always", "never"] = "weekly"
    images: bool = False
    excerpt: Mapping[str, object] = field(default_factory=dict)
    deliver: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTable:
    title: str = "Digest"
    timezone: str = "UTC"
    language: str = "en"
    base_url: str | None = None
    store: StoreSettings = StoreSettings()
    fetch: FetchTable = FetchTable()
    match: match.Settings = field(default_factory=match.Settings)
    excerpt: Mapping[str, object] = field(default_factory=dict)
    render: Mapping[str, object] = field(default_factory=dict)
    web: WebSettings = WebSettings()
    feeds: tuple[FeedTable, ...] = ()
    digests: Mapping[str, DigestTable] = field(default_factory=dict)
    deliver: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


# --- reading -------------------------------------------------------------------------------------


def locate(path: Path | None, environ: Mapping[str, str] = os.environ) -> Path:
    """Return the file to work with: the one asked for, else DIGEST_CONFIG's, else config.toml."""
    return path or Path(environ.get("DIGEST_CONFIG") or "config.toml")


def load(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Config:
    """Read the configuration; raise one ConfigError for all that is wrong with it."""
    path = locate(path, environ)
    return interpret(read_text(path), path, environ)


def read_text(path: Path) -> str:
    """Return the text of the file, its line ends as they are; raise ConfigError if it has none."""
    line = None
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        message = "not UTF-8 text; save it as UTF-8"
        line = error.object.count(b"\n", 0, error.start) + 1
    except FileNotFoundError:
        message = "no configuration here; `digest init` writes one"
    except IsADirectoryError:
        message = "this is a folder; name the file in it"
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
    raise ConfigError(message, file=str(path), line=line)


def interpret(text: str, path: Path, environ: Mapping[str, str] = os.environ) -> Config:
    """Read `text` as the configuration that stands, or is to stand, at `path`."""
    root = path.absolute().parent
    reader = Reader(root)
    file = reader.record(FileTable, Table((), loads(text, file=str(path)))) or FileTable()
    if str(root).encode(errors="replace").decode() != str(root):
        reader.note((), "the folder of this file has no name in UTF-8; rename it")
    feeds = _feeds(reader, file)
    web = replace(file.web, url=_address(reader, ("web", "url"), file.web.url))
    config = Config(
        path=path.absolute(),
        root=root,
        title=file.title,
        timezone=_timezone(reader, ("timezone",), file.timezone),
        language=_language(reader, ("language",), file.language),
        base_url=_address(reader, ("base_url",), file.base_url) or web.url,
        store=_store(reader, file.store, environ.get("DIGEST_STORE_URL")),
        fetch=file.fetch,
        match=file.match,
        excerpt=_excerpt(reader, Table(("excerpt",), file.excerpt)),
        render=_render(reader, file.render),
        web=web,
        feeds=tuple(item.feed for item in feeds),
        digests=_digests(reader, file, feeds),
    )
    if reader.mistakes:
        raise _error(reader.mistakes, text, str(path))
    return config


def _error(mistakes: Mapping[Key, str], text: str, file: str) -> ConfigError:
    """Make one error of them all, in the order of their lines."""
    places = scan(text)
    first, *others = sorted(
        (
            ConfigError(message, file=file, line=places.line(key), key=dotted(key))
            for key, message in mistakes.items()
        ),
        key=lambda mistake: mistake.line or math.inf,
    )
    first.others = tuple(others)
    return first


# --- single settings -----------------------------------------------------------------------------


def _timezone(reader: Reader, key: Key, name: str) -> str:
    try:
        slots.check_timezone(name)
    except ValueError as error:
        reader.note(key, str(error))
    return name


def _language(reader: Reader, key: Key, tag: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", tag):
        reader.note(key, f'expected a language tag such as "en" or "zh-Hant", found "{tag}"')
    return tag


def _address(reader: Reader, key: Key, url: str | None) -> str | None:
    """Return the address that output is found below, with a slash at the end."""
    if url is None:
        return None
    if not edit.is_web(url) or edit.url_problem(url) or "?" in url or "#" in url:
        reader.note(key, f'expected https://HOST/PATH or http://HOST/PATH, found "{url}"')
    return url.rstrip("/") + "/"


def _store(reader: Reader, store: StoreSettings, override: str | None) -> StoreSettings:
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


def _excerpt(reader: Reader, *tables: Table) -> ExcerptSettings:
    return reader.record(ExcerptSettings, *tables) or ExcerptSettings()


def _render(reader: Reader, items: Mapping[str, object]) -> RenderSettings:
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


def _check_known(reader: Reader, key: Key, name: str, what: str, known: Collection[str]) -> None:
    if name not in known:
        reader.note(key, f'unknown {what} "{name}"{suggestion(name, known)}')


# --- feeds ---------------------------------------------------------------------------------------

_NO_FEEDS = """there is no feed; `digest feeds add URL` adds one, or these lines do:
    [[feeds]]
    url = "https://example.org/atom.xml\""""


@dataclass(frozen=True, slots=True)
class _Item:
    """A feed, and the name of its table, which the files of a folder share."""

    table: str
    feed: Feed


def _names(feeds: Sequence[_Item]) -> frozenset[str]:
    """Return all that feeds may be called by."""
    return frozenset(name for item in feeds for name in (item.table, item.feed.name))


def _feeds(reader: Reader, file: FileTable) -> list[_Item]:
    if not file.feeds:
        reader.note(("feeds",), _NO_FEEDS)
    kinds = parse.kinds()
    names = edit.names((table.url or "", table.name) for table in file.feeds)
    wanted = [at for at, table in enumerate(file.feeds) if table.fulltext]
    if wanted and not fulltext.is_installed():
        reader.note(
            ("feeds", wanted[0], "fulltext"),
            f"this needs trafilatura: {install_command('fulltext')}",
        )
    items: list[_Item] = []
    first: dict[tuple[str, str], int] = {}
    for at, (table, name) in enumerate(zip(file.feeds, names, strict=True)):
        if table.kind:
            _check_known(reader, ("feeds", at, "kind"), table.kind, "kind of feed", kinds)
        backfill = file.fetch.backfill if table.backfill is None else table.backfill
        for url, own_name in _addresses(reader, ("feeds", at, "url"), table.url, name):
            for what, value in (("url", url), ("name", own_name)):
                if (other := first.setdefault((what, value), at)) != at:
                    shown = without_login(value)
                    reader.note(("feeds", at, what), f'feeds[{other}] has the {what} "{shown}" too')
                    break
            feed = Feed(
                url=url,
                name=own_name,
                title=table.title,
                category=table.category,
                kind=table.kind,
                backfill=None if backfill == "all" else backfill,
                muted_until=table.muted_until,
                fulltext=table.fulltext,
                max_entries=table.max_entries,
                priority=table.priority,
                drop=table.drop,
                keep=table.keep,
            )
            items.append(_Item(name, feed))
    called = _names(items)
    for at, table in enumerate(file.feeds):
        _check_rules(reader, ("feeds", at), table, called)
    return items


def _addresses(reader: Reader, key: Key, url: str | None, name: str) -> Iterator[tuple[str, str]]:
    """Yield the URL and the name of a feed, or of each file in a folder of feeds."""
    if url is None:
        reader.note(key, "missing; expected https://..., http://... or the path of a file")
        return
    if problem := edit.url_problem(url):
        reader.note(key, problem)
    elif not edit.is_web(url) and not os.path.exists(reader.root / url):
        reader.note(
            key,
            f"there is no file or folder {reader.root / url}; a web address begins with https://",
        )
    try:
        found = fetch.expand(url, reader.root)
    except FetchError as error:
        reader.note(key, str(error))
        return
    if not found:
        reader.note(key, f"the folder {reader.root / url} holds no feeds")
    for address in found:
        yield address, name if address == url else f"{name}/{PurePath(address).name}"


# --- digests -------------------------------------------------------------------------------------

_NO_DIGESTS = """there is no digest; these lines make one:
    [digests.daily]
    [digests.daily.deliver.files]
    path = "out/daily\""""


def _digests(reader: Reader, file: FileTable, feeds: Sequence[_Item]) -> tuple[Digest, ...]:
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
    """Note the digests that write to one folder: each would replace the other's files."""
    first: dict[object, str] = {}
    for digest in digests:
        for channel, settings in digest.channels.items():
            if isinstance(settings, deliver.Mail):
                continue  # messages have names of their own
            path = getattr(settings, "path", None)
            if path and (other := first.setdefault(path, digest.name)) != digest.name:
                key = ("digests", digest.name, "deliver", channel, "path")
                reader.note(key, f"digests.{other} writes to {path} too; each needs its own")


def _check_hubs(reader: Reader, digests: Sequence[Digest], base_url: str | None) -> None:
    """Note the hubs that could be told of nothing."""
    for digest in digests:
        if "websub" not in digest.channels:
            continue
        key = ("digests", digest.name, "deliver", "websub")
        formats = {
            name for channel in digest.channels.values() for name in getattr(channel, "formats", ())
        }
        if base_url is None:
            reader.note(key, "a hub is told of addresses: set base_url, where the feeds are found")
        elif not any(render.load(name).SCOPE == "digest" for name in formats & {*render.names()}):
            reader.note(key, 'a hub is told of feeds: add one, such as "atom", to files.formats')


def _digest(reader: Reader, name: str, file: FileTable, feeds: Sequence[_Item]) -> Digest:
    key, table = ("digests", name), file.digests[name]
    if not re.fullmatch(r"[a-z0-9_-]+", name):
        reader.note(key, "a digest's name is made of a-z, 0-9, - and _: it is part of addresses")
    try:
        slots.parse_schedule(table.schedule)
    except ValueError as error:
        reader.note((*key, "schedule"), str(error))
    timezone, language = file.timezone, file.language
    if table.timezone is not None:
        timezone = _timezone(reader, (*key, "timezone"), table.timezone)
    if table.language is not None:
        language = _language(reader, (*key, "language"), table.language)
    if table.min_entries > table.max_entries:
        reader.note((*key, "min_entries"), f"more than max_entries, which is {table.max_entries}")
    _check_rules(reader, key, table, _names(feeds))
    own, shared = Table((*key, "excerpt"), table.excerpt), Table(("excerpt",), file.excerpt)
    return Digest(
        name=name,
        title=table.title or name.capitalize(),
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
        images=table.images,
        excerpt=_excerpt(reader, own, shared),
        channels=_channels(reader, key, table, file),
    )


def _selected(
    reader: Reader, key: Key, table: DigestTable, feeds: Sequence[_Item]
) -> tuple[Feed, ...]:
    """Return the feeds of the categories and those named; every feed where neither is given."""
    categories = {item.feed.category for item in feeds if item.feed.category}
    for at, name in enumerate(table.categories):
        _check_known(reader, (*key, "categories", at), name, "category", categories)
    for at, name in enumerate(table.feeds):
        _check_known(reader, (*key, "feeds", at), name, "feed", _names(feeds))
    return tuple(
        item.feed
        for item in feeds
        if not (table.categories or table.feeds)
        or item.feed.category in table.categories
        or item.feed.name in table.feeds
        or item.table in table.feeds
    )


def _sections(
    reader: Reader, key: Key, table: DigestTable, feeds: Sequence[_Item]
) -> Mapping[str, int]:
    """Return the limits of the sections, which are categories of feeds, "" for those without."""
    categories = {item.feed.category or "" for item in feeds}
    for name, most in table.sections.items():
        _check_known(reader, (*key, "sections", name), name, "category", categories)
        if most < 1:
            reader.note((*key, "sections", name), f"expected at least 1, found {most}")
    return table.sections


def _check_rules(
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
                    _check_known(reader, (*key, which, at), rule.feed, "feed", names)


def _channels(reader: Reader, key: Key, table: DigestTable, file: FileTable) -> dict[str, object]:
    """Return the settings of each channel: the digest's own over what all digests share."""
    channels: dict[str, object] = {}
    for name, items in table.deliver.items():
        own = Table((*key, "deliver", name), items)
        shared = Table(("deliver", name), file.deliver.get(name, {}))
        if settings := _channel_settings(reader, own.key):
            channels[name] = channel = reader.record(settings, own, shared)
            if isinstance(channel, deliver.Mail):
                channels[name] = _mail(reader, own, shared, channel)
            said = own if "formats" in own.items else shared
            for at, wanted in enumerate(getattr(channel, "formats", ())):
                _check_known(reader, (*said.key, "formats", at), wanted, "format", render.names())
    return dict(sorted(channels.items(), key=lambda item: deliver.comes_last(item[0])))


def _channel_settings(reader: Reader, key: Key) -> Any:
    """Return the class of the settings of the channel that `key` ends in, if there is one."""
    name = str(key[-1])
    _check_known(reader, key, name, "channel", deliver.names())
    return deliver.load(name).Settings if name in deliver.names() else None


def _mail(reader: Reader, own: Table, shared: Table, mail: deliver.Mail) -> deliver.Mail:
    """Return the settings of a channel for mail, its addresses as they go over the wire."""

    def sent(
        name: str, text: str, *at: int, read: Callable[[str], Any] = mail_addresses.parse
    ) -> Any:
        key = (*(own if name in own.items else shared).key, name, *at)
        try:
            found = read(text)
        except ValueError as error:
            reader.note(key, f'"{text}" is no mail address: {error}')
            return None
        if name == "to" and (other := first.setdefault(mail_addresses.key(found), at)) != at:
            reader.note(key, f'"{mail.to[other[0]]}" stands before it already')
        return found

    first: dict[str, tuple[int, ...]] = {}
    if mail.reply_to is not None:
        sent("reply_to", mail.reply_to, read=mail_addresses.split_name)
    if sent("from", mail.from_, read=mail_addresses.split_name) and not (
        mail.to or mail.subscribers
    ):
        reader.note((*own.key, "to"), "nobody gets this: name somebody, or let subscribers be true")
    return replace(
        mail,
        to=tuple(sent("to", text, at) for at, text in enumerate(mail.to)),
        bounces=mail.bounces and sent("bounces", mail.bounces),
        unsubscribe=mail.unsubscribe and sent("unsubscribe", mail.unsubscribe),
    )
