"""Say in which table an unknown key belongs, or the name that it has here.

People copy keys from other programs, or write them in the wrong table: for example below
``[[feeds]]``, where TOML reads each line as a key of that feed.  No message repeats a password.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields

from digest import deliver, render
from digest.model import ExcerptSettings
from digest.settings.positions import Key, dotted
from digest.settings.schema import DigestTable, FeedTable, FileTable
from digest.text.suggestions import nearest, suggestion

_PASSWORD = re.compile(
    r"(?:.*_)?(?:pass|passwd|password|passphrase|pwd|secret|token|api_?key)(?:_.*)?", re.IGNORECASE
)

_SYNONYMS: Mapping[str, Mapping[str, str]] = {
    "": {
        "name": "title",
        "cron": "[digests.NAME] schedule",
        "every": "[digests.NAME] schedule",
        "time": "[digests.NAME] schedule",
        "to": "[digests.NAME.deliver.smtp] to",
        "from": "[digests.NAME.deliver.smtp] from",
        "tz": "timezone",
        "lang": "language",
        "locale": "language",
        "url": "base_url",
        "site_url": "base_url",
        "interval": "[fetch] interval",
        "database": "[store] url",
        "db": "[store] url",
        "output": "[digests.NAME.deliver.files] path",
        "output_dir": "[digests.NAME.deliver.files] path",
        "mail": "[digests.NAME.deliver.smtp]",
        "email": "[digests.NAME.deliver.smtp]",
        "server": "[web]",
        "subscriptions": "[[feeds]]",
        "sources": "[[feeds]]",
    },
    "feeds": {
        "link": "url",
        "href": "url",
        "address": "url",
        "xmlurl": "url",
        "feed": "url",
        "label": "title",
        "type": "kind",
        "format": "kind",
        "tag": "category",
        "tags": "category",
        "folder": "category",
        "group": "category",
        "section": "category",
        "limit": "max_entries",
        "weight": "priority",
        "mute": "muted_until",
        "muted": "muted_until",
        "full_text": "fulltext",
        "filter": "drop",
        "exclude": "drop",
        "include": "keep",
    },
    "digests": {
        "cron": "schedule",
        "interval": "schedule",
        "every": "schedule",
        "at": "schedule",
        "time": "schedule",
        "frequency": "schedule",
        "name": "title",
        "limit": "max_entries",
        "max_items": "max_entries",
        "max": "max_entries",
        "tags": "categories",
        "filter": "drop",
        "exclude": "drop",
        "include": "keep",
        "length": "[digests.NAME.excerpt] length",
        "path": "[digests.NAME.deliver.files] path",
        "output": "[digests.NAME.deliver.files] path",
        "formats": "[digests.NAME.deliver.files] formats",
        "format": "[digests.NAME.deliver.files] formats",
        "to": "[digests.NAME.deliver.smtp] to",
        "email": "[digests.NAME.deliver.smtp] to",
        "recipients": "[digests.NAME.deliver.smtp] to",
        "mail": "[digests.NAME.deliver.smtp]",
        "subscribers": "[digests.NAME.deliver.smtp] subscribers",
        "template": "[render] templates",
    },
    "deliver": {
        "server": "host",
        "hostname": "host",
        "smtp_host": "host",
        "smtp_server": "host",
        "smtp_port": "port",
        "username": "user",
        "login": "user",
        "sender": "from",
        "from_addr": "from",
        "mail_from": "from",
        "recipient": "to",
        "recipients": "to",
        "email": "to",
        "rcpt": "to",
        "ssl": "security",
        "tls": "security",
        "starttls": "security",
        "use_tls": "security",
        "encryption": "security",
        "folder": "path",
        "dir": "path",
        "directory": "path",
        "format": "formats",
        "replyto": "reply_to",
    },
    "fetch": {"every": "interval", "user_agent": "contact", "max_size": "max_bytes"},
    "web": {"listen": "host", "bind": "host", "address": "host", "base_url": "url"},
    "store": {"path": "url", "file": "url", "database": "url", "retention": "keep_bodies"},
    "excerpt": {"max_length": "length", "size": "length", "chars": "length"},
}
"""Table -> name of a key in other programs -> name of the key here."""


_MISSING_FEATURES: Mapping[str, str] = {
    "include": 'all settings stand in one file; [[feeds]] url = "folder" takes a folder of feeds',
    "includes": 'all settings stand in one file; [[feeds]] url = "folder" takes a folder of feeds',
    "import": 'all settings stand in one file; [[feeds]] url = "folder" takes a folder of feeds',
    "logging": "the command line decides how much is printed: -v, or -q",
    "log": "the command line decides how much is printed: -v, or -q",
    "log_level": "the command line decides how much is printed: -v, or -q",
    "verbose": "the command line decides how much is printed: -v, or -q",
    "debug": "the command line decides how much is printed: -v, or -q",
    "enabled": "take it out, or put # before its lines, to turn it off",
    "disabled": "take it out, or put # before its lines, to turn it off",
    "active": "take it out, or put # before its lines, to turn it off",
    "cc": "each gets a mail of their own: name them in to = [...]",
    "bcc": "each gets a mail of their own: name them in to = [...]",
    "version": "the format of this file has no version",
}
"""Key that other programs have and this one does not -> what to do instead."""


def unknown_key(key: Key, known: Collection[str]) -> str:
    """Return the message about `key`, which is unknown in a table with the keys `known`."""
    *table, name = key
    if not isinstance(name, str):
        return "unknown key"
    known = frozenset(known)
    if _PASSWORD.fullmatch(name):
        return _about_password(name, known)
    if instead := _MISSING_FEATURES.get(name.casefold()):
        return f"unknown key; {instead}"
    if nearest(name, known, cutoff=0.8):
        return f"unknown key{suggestion(name, known)}"
    if meant := _synonym(table, name.casefold().replace("-", "_"), known):
        return f"unknown key; here it is called {meant}"
    if table and name in _keys(FileTable) and not _is_table(name):
        return (
            f'"{name}" is a setting of the whole file: move it to the top, above the first line in '
            f"[brackets]; a line below {_header(table)} belongs to that table"
        )
    if home := next((place for place, keys in _tables() if name in keys), None):
        return f'unknown key; "{name}" belongs into {home}'
    if not table and name in deliver.names():
        return f'unknown key; the channel "{name}" belongs into [digests.NAME.deliver.{name}]'
    if len(table) == 2 and table[0] == "digests" and name in deliver.names():
        return f"unknown key; write [{dotted(tuple(table))}.deliver.{name}]"
    return f"unknown key{suggestion(name, known)}"


def _about_password(name: str, known: frozenset[str]) -> str:
    stem = "secret" if "secret_file" in known else "password"
    sentence = "a password never stands in this file"
    if f"{stem}_file" in known:
        return (
            f"{sentence}: put it into a file of its own (chmod 600), and name that: {stem}_file = "
            f'"smtp-{stem}"; or name a variable of the environment: {stem}_env = "SMTP_{stem}"'
        ).replace(f"SMTP_{stem}", f"SMTP_{stem.upper()}")
    return f"{sentence}; [digests.NAME.deliver.smtp] takes password_file, which names one for it"


def _synonym(table: list[str | int], name: str, known: frozenset[str]) -> str | None:
    scope = "deliver" if "deliver" in table else str(table[0]) if table else ""
    meant = _SYNONYMS.get(scope, {}).get(name)
    if meant is None or (not meant.startswith("[") and meant not in known):
        return None
    digest = str(table[1]) if len(table) > 1 and table[0] == "digests" else "NAME"
    return meant.replace("NAME", digest) if meant.startswith("[") else f'"{meant}"'


def _header(table: list[str | int]) -> str:
    if table[0] == "feeds":
        return "[[feeds]]"
    return f"[{dotted(tuple(table))}]"


def _is_table(name: str) -> bool:
    return name in ("feeds", "digests", "deliver", "render", "excerpt", "match")


def _keys(cls: type) -> frozenset[str]:
    return frozenset(
        field.name.removesuffix("_") for field in fields(cls) if field.metadata.get("is_key", True)
    )


def _tables() -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the header of each possible table, with its keys."""
    file = FileTable()
    yield "a [digests.NAME] table", _keys(DigestTable)
    for name in ("fetch", "web", "store"):
        yield f"[{name}]", _keys(type(getattr(file, name)))
    yield "[excerpt]", _keys(ExcerptSettings)
    for channel in deliver.names():
        yield f"[digests.NAME.deliver.{channel}]", _keys(deliver.load(channel).Settings)
    yield "a [[feeds]] table", _keys(FeedTable)
    for format_ in render.names():
        if settings := getattr(render.load(format_), "Settings", None):
            yield f"[render.{format_}]", _keys(settings)
    yield "[match]", _keys(type(file.match))
    yield "[render]", frozenset(("templates",))
