"""Read the tables ``[[feeds]]``: each of them is a feed, or a folder of feeds."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import PurePath

from digest import fetch, parse
from digest.errors import FetchError
from digest.fetch.settings import check_proxy
from digest.model import Feed
from digest.net.proxies import NONE, read_proxy
from digest.net.secret_urls import without_secrets
from digest.resources import install_command
from digest.settings import edit, values
from digest.settings.feed_addresses import feed_address
from digest.settings.positions import Key
from digest.settings.reader import Reader
from digest.settings.schema import FeedTable, FileTable

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_OUR_HEADERS = frozenset(
    ("host", "connection", "content-length", "transfer-encoding", "accept-encoding", "range")
) | {"if-none-match", "if-modified-since", "user-agent", "te", "upgrade", "expect"}
"""Headers that the table of a feed may not set, because the program sets them itself."""

_NO_FEEDS = """there is no feed; `digest feeds add URL` adds one, or these lines do:
    [[feeds]]
    url = "https://example.org/atom.xml\""""


@dataclass(frozen=True, slots=True)
class ConfiguredFeed:
    """A feed, and the name of its table; all files of a folder have the same table."""

    table: str
    feed: Feed


def all_names(feeds: Sequence[ConfiguredFeed]) -> frozenset[str]:
    """Return all names by which digests and rules may select feeds."""
    return frozenset(name for item in feeds for name in (item.table, item.feed.name))


def read_feeds(reader: Reader, file: FileTable) -> list[ConfiguredFeed]:
    if not file.feeds and not file.web.admin:  # with its pages, the first feed is added there
        reader.note(("feeds",), _NO_FEEDS)
    kinds = parse.kinds()
    names = edit.names((table.url or "", table.name) for table in file.feeds)
    wanted = [at for at, table in enumerate(file.feeds) if table.fulltext]
    if wanted and not _can_read_pages():
        reader.note(
            ("feeds", wanted[0], "fulltext"),
            f"this needs trafilatura: {install_command('fulltext')}",
        )
    items: list[ConfiguredFeed] = []
    first: dict[tuple[str, str], int] = {}
    for at, (table, name) in enumerate(zip(file.feeds, names, strict=True)):
        if table.kind:
            values.check_known(reader, ("feeds", at, "kind"), table.kind, "kind of feed", kinds)
        backfill = file.fetch.backfill if table.backfill is None else table.backfill
        for url, own_name in _addresses(reader, ("feeds", at, "url"), table.url, name):
            for what, value in (("url", url), ("name", own_name)):
                if (other := first.setdefault((what, value), at)) != at:
                    shown = without_secrets(value)
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
                user_agent=table.user_agent,
                headers=tuple(table.headers.items()),
                user=table.user,
                password_file=table.password_file,
                password_env=table.password_env,
                token_file=table.token_file,
                token_env=table.token_env,
                proxy=table.proxy,
            )
            items.append(ConfiguredFeed(name, feed))
    called = all_names(items)
    for at, table in enumerate(file.feeds):
        values.check_rules(reader, ("feeds", at), table, called)
        for name, problem in _problems_of_requests(table):
            reader.note(("feeds", at, name), problem)
    return items


def _can_read_pages() -> bool:
    from digest.normalize import fulltext  # few runs need it

    return fulltext.is_installed()


def _problems_of_requests(table: FeedTable) -> Iterator[tuple[str, str]]:
    """Yield the key and a message for each mistake in the headers and the login of a feed."""
    for name, value in table.headers.items():
        if not _HEADER_NAME.fullmatch(name) or name.lower() in _OUR_HEADERS:
            yield "headers", f'"{name}" is no header that may be set'
        elif not _is_sendable(value):
            yield "headers", f'the value of "{name}" is not printable ASCII'
    if table.user_agent and not _is_sendable(table.user_agent):
        yield "user_agent", "it is sent in a header, so it must be printable ASCII"
    try:
        check_proxy(table.proxy)
    except ValueError as error:
        yield "proxy", str(error).removeprefix("proxy: ")
    else:
        if problem := missing_package(table.proxy):
            yield "proxy", problem
    places = ("password_file", "password_env", "token_file", "token_env")
    named = [name for name in places if getattr(table, name)]
    for name in ("password_env", "token_env"):
        variable = getattr(table, name)
        if variable and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", variable):
            yield name, f'"{variable}" is no name of a variable: write it as in TOKEN, without "$"'
    if len(named) > 1:
        yield named[1], f"{named[0]} is set as well: keep one of them"
    if bool(table.user) != any(name.startswith("password") for name in named):
        yield "user", "user and one of password_file and password_env belong together"


def missing_package(proxy: str | None) -> str | None:
    """Return how to install what a proxy needs; ``None`` where nothing is missing."""
    if proxy is None or proxy == NONE or not read_proxy(proxy).is_socks:
        return None
    if find_spec("python_socks"):
        return None
    return f"a SOCKS proxy needs python-socks: {install_command('socks')}"


def _is_sendable(value: str) -> bool:
    return value.isascii() and value.isprintable() and len(value) <= 8_000


def _advice_about_address(url: str) -> str:
    """Return the end of the message about an invalid address: the address probably meant."""
    if url.startswith("~"):
        return "; write the whole path"
    if url.lower().startswith("file://"):
        return f"; write the path alone: {url[7:]}"
    address = feed_address(url)
    return f'; did you mean "{address}"?' if address != url and edit.is_web(address) else ""


def _addresses(reader: Reader, key: Key, url: str | None, name: str) -> Iterator[tuple[str, str]]:
    """Yield the URL and the name of a feed, or of each file in a folder of feeds."""
    if url is None:
        reader.note(key, "missing; expected https://..., http://... or the path of a file")
        return
    if problem := edit.url_problem(url):
        reader.note(key, f"{problem}{_advice_about_address(url)}")
    elif not edit.is_web(url) and not os.path.exists(reader.root / url):
        meant = _advice_about_address(url) or "; a web address begins with https://"
        reader.note(key, f"there is no file or folder {reader.root / url}{meant}")
    try:
        found = fetch.expand(url, reader.root)
    except FetchError as error:
        reader.note(key, str(error))
        return
    if not found:
        reader.note(key, f"the folder {reader.root / url} holds no feeds")
    for address in found:
        yield address, name if address == url else f"{name}/{PurePath(address).name}"
