"""Edit the feeds in the text of a configuration, and keep every other byte of it.

The text around the feeds is never parsed and written again.  The functions find the lines to
change, and tomlkit edits these alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import PurePosixPath
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

from digest.errors import ConfigError
from digest.net.secret_urls import without_secrets
from digest.settings.positions import Key, Places, loads, scan
from digest.text.characters import one_line
from digest.text.suggestions import suggestion


class Subscription(Protocol):
    """A feed in a list of subscriptions."""

    @property
    def url(self) -> str: ...
    @property
    def title(self) -> str | None: ...
    @property
    def category(self) -> str | None: ...


_STARTER = """\
# The configuration of digest.  Relative paths start from the folder of this file.
# `digest check` tells every mistake in it; config.example.toml shows every key there is.

title = {title}
timezone = {timezone}            # an IANA name, such as "Europe/Berlin"

[digests.daily]
schedule = "0 {hour} * * *"      # as cron has it: every day at {hour}:00, in the time zone above

[digests.daily.deliver.files]
path = "out/daily"          # open out/daily/latest/index.html

{mail}{web}# The feeds.  `digest feeds add URL` adds one here, of a page too; or write it yourself:
#
#     [[feeds]]
#     url = "https://example.org/atom.xml"
#     category = "News"     # the section of the digest it stands in
"""


_MAIL = """\
[digests.daily.deliver.smtp]
host = {server}
from = {sender}
to = [{mail}]
# user = "me"               # where the server wants a login, with its password in a file
# password_file = "smtp-password"

"""


_WEB = """\
# `digest serve --web` serves pages and feeds; with [web.admin] also your own pages, at /admin/ and
# behind the password that `digest web password` sets.
[web]
# url = "https://news.example.org/"   # where others reach it, through a proxy

[web.admin]

"""


def initial(
    outlines: Sequence[Subscription] = (),
    *,
    title: str = "My digest",
    timezone: str = "UTC",
    hour: int = 7,
    mail: str | None = None,
    server: str = "localhost",
    web: bool = False,
) -> str:
    """Return a commented configuration for a beginner, with the feeds of `outlines`.

    With `mail`, an address, the digest is also mailed to it through `server`.  With `web` the
    operator's pages are on.
    """
    import tomlkit

    def quoted(text: str) -> str:
        return tomlkit.item(one_line(text)).as_string()

    mail_table = ""
    if mail:
        mail_table = _MAIL.format(server=quoted(server), sender=quoted(mail), mail=quoted(mail))
    text = _STARTER.format(
        title=quoted(title),
        timezone=quoted(timezone),
        hour=hour,
        mail=mail_table,
        web=_WEB if web else "",
    )
    return import_feeds(text, outlines)[0]


def add_feed(
    text: str,
    url: str,
    *,
    name: str | None = None,
    title: str | None = None,
    category: str | None = None,
) -> str:
    """Return `text` with a feed added behind the others.

    Raises ConfigError where the URL is invalid, or another feed has this URL or this name.
    """
    if problem := url_problem(url):
        raise ConfigError(f"{url!r} cannot be a feed: {problem}")
    feeds = _feeds(text)
    for called, feed in zip(_names_of(feeds), feeds, strict=True):
        if feed.get("url") == url:
            raise ConfigError(f"{url} is there already, as {called!r}")
        if name and called == name:
            raise ConfigError(f"{name!r} is already the name of {feed.get('url')}; choose another")
    return _append(text, [_settings(url, name=name, title=title, category=category)])


def import_feeds(text: str, outlines: Iterable[Subscription]) -> tuple[str, int, int]:
    """Add many feeds; return the text, the number of new feeds and of those already there.

    Outlines whose URL is no web address are left out.
    """
    known = {str(feed.get("url")) for feed in _feeds(text)}
    added: dict[str, dict[str, str]] = {}
    already = 0
    for outline in outlines:
        if outline.url in known or outline.url in added:
            already += 1
        elif is_web(outline.url) and not url_problem(outline.url):
            added[outline.url] = _settings(
                outline.url, title=outline.title, category=outline.category
            )
    return (_append(text, list(added.values())) if added else text), len(added), already


def remove_feed(text: str, name_or_url: str) -> str:
    """Return `text` without a feed.

    Comments above the feed stay, because they may head a group of feeds.  Comments inside it and
    directly below it are removed.  Raises ConfigError where there is no such feed, or where a
    digest selects it by its name.
    """
    return remove_feeds(text, [name_or_url])


def remove_feeds(text: str, names_or_urls: Iterable[str]) -> str:
    """Return `text` without some feeds, as `remove_feed` does with one."""
    found = _find_all(text, names_or_urls)
    for _, name in found:
        if digest := _selecting_digest(text, name):
            raise ConfigError(f"digests.{digest}.feeds names {name!r}; remove it there first")
    text = with_last_line_ended(text)
    places = scan(text)
    if ("feeds",) in places.ends:

        def remove(part: Any) -> None:
            for at, _ in reversed(found):
                part["feeds"].pop(at)

        return edit_lines(text, places, ("feeds",), remove)
    lines = text.split("\n")
    inside = _lines_of_feeds(places)
    for at, _ in reversed(found):  # from the end, because lines before a feed keep their numbers
        gone = set(inside[at])
        end = _past_comments(lines, max(gone))
        gone.update(range(max(gone), end + 1))
        if _is_blank(lines, before := min(gone) - 1) and _is_blank(lines, end + 1):
            gone.add(before or end + 1)
        first = min(gone)
        kept = [line for number, line in enumerate(lines[first - 1 :], first) if number not in gone]
        lines[first - 1 :] = kept
    return "\n".join(lines)


def _lines_of_feeds(places: Places) -> dict[int, set[int]]:
    """Return the lines of each feed's table, by its index; its inner tables may stand elsewhere."""
    inside: dict[int, set[int]] = {}
    for key, end in places.ends.items():
        if key[:1] == ("feeds",) and len(key) > 1 and isinstance(key[1], int):
            inside.setdefault(key[1], set()).update(range(places.lines[key], end + 1))
    return inside


def mute_feed(text: str, name_or_url: str, until: date | None) -> str:
    """Return `text` with a feed muted until a day, or with ``None`` no longer muted."""
    return change_feeds(text, [name_or_url], {"muted_until": until})


def change_feeds(text: str, names_or_urls: Iterable[str], values: Mapping[str, Any]) -> str:
    """Return `text` with the keys of `values` set in the tables of some feeds.

    ``None`` removes a key.  Raises ConfigError where there is no such feed.
    """

    def change(feed: Any) -> None:
        for key, value in values.items():
            if value is None:
                feed.pop(key, None)
            elif key not in feed or feed[key] != value:
                feed[key] = value

    found = _find_all(text, names_or_urls)
    text = with_last_line_ended(text)
    places = scan(text)
    if ("feeds",) in places.ends:

        def change_all(part: Any) -> None:
            for at, _ in found:
                change(part["feeds"][at])

        return edit_lines(text, places, ("feeds",), change_all)
    for at, _ in reversed(found):  # from the end, because lines before a feed keep their numbers
        text = edit_lines(text, places, ("feeds", at), lambda part: change(part["feeds"][0]))
    return text


def move_feed(text: str, name_or_url: str, url: str) -> str:
    """Return `text` with another address for a feed; digests still select it by its name.

    Raises ConfigError where there is no such feed, the address is invalid, or another feed has it.
    """
    if problem := url_problem(url):
        raise ConfigError(f"{url!r} cannot be a feed: {problem}")
    at, name = _find(text, name_or_url)
    feeds = _feeds(text)
    for other, (called, feed) in enumerate(zip(_names_of(feeds), feeds, strict=True)):
        if other != at and feed.get("url") == url:
            raise ConfigError(f"{url} is there already, as {called!r}")

    def change(feed: Any) -> None:
        feed["url"] = url
        if "name" not in feed and _selecting_digest(text, name):
            feed["name"] = name

    return _with_feed_changed(text, at, change)


def rename_digest(text: str, old: str, new: str) -> str:
    """Return `text` with another name for the tables of a digest.

    Raises ConfigError where the name is written in a way that is not found line by line.
    """
    lines = text.split("\n")
    header = re.compile(rf"""^(\s*\[+\s*digests\s*\.\s*)(["']?){re.escape(old)}\2(?=\s*[.\]])""")
    dotted_key = re.compile(rf"""^(\s*digests\s*\.\s*)(["']?){re.escape(old)}\2(?=\s*[.=])""")
    inside = re.compile(rf"""^(\s*)(["']?){re.escape(old)}\2(?=\s*[.=])""")
    table = ""
    for at, line in enumerate(lines):
        if found := re.match(r"\s*\[+\s*([^\]]*?)\s*\]", line):
            table = found[1]
            lines[at] = header.sub(rf"\g<1>{new}", line)
        elif table == "digests":
            lines[at] = inside.sub(rf"\g<1>{new}", line)
        elif not table:
            lines[at] = dotted_key.sub(rf"\g<1>{new}", line)
    changed = "\n".join(lines)
    before, after = loads(text), loads(changed)
    wanted = {
        (new if name == old else name): value for name, value in before.get("digests", {}).items()
    }
    if after != {**before, "digests": wanted}:
        raise ConfigError(f"write {new} for {old} yourself: its tables are not found by line")
    return changed


def _with_feed_changed(text: str, at: int, change: Callable[[Any], object]) -> str:
    """Return `text` after `change` has edited the table of the feed at the index `at`."""
    text = with_last_line_ended(text)
    places = scan(text)
    if ("feeds",) in places.ends:
        return edit_lines(text, places, ("feeds",), lambda part: change(part["feeds"][at]))
    return edit_lines(text, places, ("feeds", at), lambda part: change(part["feeds"][0]))


# --- names and addresses -------------------------------------------------------------------------


def names(feeds: Iterable[tuple[str, str | None]]) -> tuple[str, ...]:
    """Return the name of each feed in commands, from pairs of its URL and its given name, if any.

    The default name of a feed is its host and the telling parts of its path, or a file's name
    without its ending.  Where several feeds have the same default name, the first keeps it and the
    others get a hash of their URL behind it, so that a name never comes to mean another feed.

    >>> names([("https://www.example.org/blog/feed.xml", None), ("feeds/a.xml", None)])
    ('example.org/blog', 'a')
    """
    feeds = list(feeds)
    taken = {name for _, name in feeds if name}
    called = []
    for url, given in feeds:
        name = given or _default_name(url)
        if not given and name in taken:
            name = f"{name}-{hashlib.sha256(url.encode(errors='replace')).hexdigest()[:6]}"
        taken.add(name)
        called.append(name)
    return tuple(called)


_ENDING = re.compile(r"\.(xml|rss|atom|rdf|json|php|html?|aspx?|txt)$", re.IGNORECASE)
_MEANINGLESS_WORDS = frozenset(
    ["", "feed", "feeds", "rss", "rss2", "rss2.0", "atom", "atom1.0", "xml", "rdf", "json", "index"]
)


def _default_name(url: str) -> str:
    if not _SCHEME.match(url):
        return PurePosixPath(url).stem or url
    try:
        parts = urlsplit(without_secrets(url))
    except ValueError:
        return without_secrets(url)
    words = [*parts.path.split("/"), *(value for _, value in parse_qsl(parts.query))]
    bare = (_ENDING.sub("", word) for word in words)
    hints = [word for word in bare if "…" not in word and word.lower() not in _MEANINGLESS_WORDS]
    return "/".join([(parts.hostname or "").removeprefix("www."), *hints])[:80]


_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")


def is_web(url: str) -> bool:
    """Say whether `url` is a web address and not the path of a file.

    >>> is_web("https://example.org/atom.xml"), is_web("feeds/a.xml")
    (True, False)
    """
    return url.lower().startswith(("https://", "http://"))


def url_problem(url: str) -> str | None:
    """Return what is wrong with a feed's URL, if anything; without a scheme it is a file's path."""
    if not (scheme := _SCHEME.match(url)):
        if _BREAKS.search(url):
            return "it holds a control character"
        return None if url.strip() else "it is empty"
    if scheme[1].lower() not in ("http", "https"):
        return f"expected http://, https:// or the path of a file, found {scheme[0]}"
    if any(char.isspace() or not char.isprintable() for char in url):
        return "it holds a space or a control character"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        return str(error)
    return None if host else "it names no host"


# --- editing -------------------------------------------------------------------------------------


def _feeds(text: str) -> list[dict[str, Any]]:
    feeds = loads(text).get("feeds", [])
    if isinstance(feeds, list) and all(isinstance(feed, dict) for feed in feeds):
        return feeds
    raise ConfigError("expected an array of tables, each under its own [[feeds]]", key="feeds")


def _find(text: str, name_or_url: str) -> tuple[int, str]:
    """Return the index and the name of a feed; raise ConfigError where there is no such feed."""
    return _find_all(text, [name_or_url])[0]


def _find_all(text: str, names_or_urls: Iterable[str]) -> list[tuple[int, str]]:
    """Return the indexes and the names of feeds in the order of the text, each once."""
    feeds = _feeds(text)
    called = _names_of(feeds)
    places: dict[str, int] = {}
    for at, (name, feed) in enumerate(zip(called, feeds, strict=True)):
        for word in (name, str(feed.get("url"))):
            places.setdefault(word, at)
    found = set()
    for word in names_or_urls:
        if word not in places:
            raise ConfigError(f"there is no feed {word!r} in the file{suggestion(word, called)}")
        found.add(places[word])
    return [(at, called[at]) for at in sorted(found)]


def _names_of(feeds: list[dict[str, Any]]) -> tuple[str, ...]:
    return names((str(feed.get("url", "")), str(feed.get("name", ""))) for feed in feeds)


def _selecting_digest(text: str, name: str) -> str | None:
    """Return the name of a digest whose `feeds` holds `name`, if there is one."""
    digests = loads(text).get("digests")
    for digest, table in digests.items() if isinstance(digests, dict) else ():
        selected = table.get("feeds") if isinstance(table, dict) else None
        if isinstance(selected, list) and name in selected:
            return str(digest)
    return None


def _settings(url: str, **words: str | None) -> dict[str, str]:
    """Return the keys of a feed; its texts, which may be hostile, are cut to one short line."""
    lines = {key: one_line(text or "") for key, text in words.items()}
    return {"url": url, **{key: line[:300] for key, line in lines.items() if line}}


_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def with_last_line_ended(text: str) -> str:
    """Return `text` without a byte order mark, and with an end to its last line."""
    text = text.removeprefix("\ufeff")
    if not text or text.endswith("\n"):
        return text
    return text + ("\r\n" if "\r\n" in text else "\n")


def _append(text: str, feeds: Sequence[Mapping[str, str]]) -> str:
    """Add feeds behind the last feed, or at the end where there is none."""
    import tomlkit

    text = with_last_line_ended(text)
    places, lines = scan(text), text.split("\n")
    if ("feeds",) in places.ends:

        def extend(part: Any) -> None:
            for feed in feeds:
                part["feeds"].append(table := tomlkit.inline_table())
                table.update(feed)

        return edit_lines(text, places, ("feeds",), extend)
    last = max((end for key, end in places.ends.items() if key[:1] == ("feeds",)), default=0)
    at = _past_comments(lines, last) if last else len(lines) - 1
    added = [""] if at and not _is_blank(lines, at) else []
    for feed in feeds:
        added += ["[[feeds]]", *tomlkit.dumps(feed).splitlines(), ""]
    if _is_blank(lines, at + 1):
        added.pop()
    end = "\r" if (lines[at - 1] if at else text.partition("\n")[0]).endswith("\r") else ""
    return "\n".join([*lines[:at], *(line + end for line in added), *lines[at:]])


def edit_lines(text: str, places: Places, key: Key, change: Callable[[Any], object]) -> str:
    """Return `text` after `change` has edited the lines of one table or setting.

    These lines are valid TOML by themselves.
    """
    import tomlkit

    lines = text.split("\n")
    first, last = places.lines[key], places.ends[key]
    before = lines[first - 1 : last]
    part = tomlkit.parse("\n".join(line.removesuffix("\r") for line in before))
    change(part)
    edited = tomlkit.dumps(part).rstrip("\n").split("\n")
    ended = _with_line_ends(edited, before)
    return "\n".join([*lines[: first - 1], *ended, *lines[last:]])


def _with_line_ends(edited: Sequence[str], before: Sequence[str]) -> list[str]:
    """Return the edited lines with the line ends that they had before.

    A new line gets the end of the line above it.  A file that several programs have written may
    have both kinds of line ends.
    """
    ends: dict[str, list[str]] = {}
    for line in before:
        ends.setdefault(line.removesuffix("\r"), []).append("\r" if line.endswith("\r") else "")
    ended, end = [], "\r" if before[0].endswith("\r") else ""
    for line in edited:
        known = ends.get(line)
        end = (known.pop(0) if len(known) > 1 else known[0]) if known else end
        ended.append(line + end)
    return ended


def _past_comments(lines: Sequence[str], last: int) -> int:
    """Return the number of the last comment line directly below the line `last`.

    Returns `last` where the comments stand directly above other settings, which they then head.
    """
    end = last
    while end < len(lines) and lines[end].lstrip().startswith("#"):
        end += 1
    return end if _is_blank(lines, end + 1) else last


def _is_blank(lines: Sequence[str], number: int) -> bool:
    """Say whether a line, counted from 1, is empty or outside the text."""
    return not 1 <= number <= len(lines) or not lines[number - 1].strip()


def feed_table(text: str, name_or_url: str) -> tuple[int, dict[str, Any]]:
    """Return the index and the keys of a feed; raise ConfigError where there is no such feed."""
    at, _ = _find(text, name_or_url)
    return at, _feeds(text)[at]


def has_feed(text: str, name_or_url: str) -> bool:
    """Say whether a table of a feed, or of a folder of feeds, has this name or URL."""
    feeds = _feeds(text)
    return any(
        name_or_url in (name, feed.get("url"))
        for name, feed in zip(_names_of(feeds), feeds, strict=True)
    )


# --- the file ------------------------------------------------------------------------------------
