"""Keep the secrets of a configuration out of the messages about it.

Other people may read the output of `digest check`: in a log of CI, or in a mail from cron.  The
metadata of a field in the schema says whether it may hold a secret.  With ``"secret": "whole"`` no
message repeats the value.  With ``"secret": "parts"`` the value is an address, and a message shows
it without the parts that are secrets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

from digest import deliver
from digest.net.secret_urls import is_credential, redact, without_random_words
from digest.settings.schema import FeedTable, StoreSettings

_LEAST = 4
"""Fewest characters of a value that is hidden; shorter values occur in any text by chance."""


def hider(document: Mapping[str, Any]) -> Callable[[str], str]:
    """Return a function that removes the secrets of the configuration `document` from a message."""
    values = {value for value in _secrets(document) if len(value) >= _LEAST}
    written = {repr(value)[1:-1] for value in values} | values
    longest_first = sorted(written, key=len, reverse=True)

    def hide(message: str) -> str:
        for value in longest_first:
            message = message.replace(value, "…")
        return without_random_words(redact(message))

    return hide


def _secrets(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the value of each key that may hold a secret."""
    for feed in _tables(document.get("feeds")):
        yield from _of_table(feed, FeedTable)
    for store in _tables(document.get("store")):
        yield from _of_table(store, StoreSettings)
    digests = document.get("digests")
    owners = [document, *(digests.values() if isinstance(digests, Mapping) else ())]
    for owner in _tables(owners):
        for channels in _tables(owner.get("deliver")):
            for name, table in channels.items():
                if name in deliver.names() and isinstance(table, Mapping):
                    yield from _of_table(table, deliver.load(name).Settings)


def _of_table(table: Mapping[str, Any], cls: Any) -> Iterator[str]:
    known = {field.name.rstrip("_"): field for field in fields(cls)}
    for name, value in table.items():
        field = known.get(name)
        secret = field.metadata.get("secret") == "whole" if field else is_credential(name)
        if secret:
            yield from _texts(value)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _texts(inner)
            if ":" in str(name):  # somebody wrote the whole header line as its name
                yield str(name)
    elif isinstance(value, Sequence):
        for inner in value:
            yield from _texts(inner)


def _tables(value: object) -> Iterator[Mapping[str, Any]]:
    """Yield `value` if it is a table, or the tables in it if it is a list."""
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, Mapping):
            yield item
