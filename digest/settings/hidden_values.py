"""Keep the secrets of a configuration out of the messages about it.

`digest check` may run where others read along: in a log of CI, in cron's mail.  A field of the
schema that may hold a secret says so in its metadata: ``"secret": "whole"`` where no message
repeats the value, ``"secret": "parts"`` where it is an address, of which a message shows all but
the parts that are secrets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

from digest import deliver
from digest.net.secret_urls import is_credential, redact, without_random_words
from digest.settings.schema import FeedTable, StoreSettings

_LEAST = 4
"""Characters of a value that is hidden; shorter ones stand in any text."""


def hider(document: Mapping[str, Any]) -> Callable[[str], str]:
    """Return what takes the secrets of the configuration `document` out of a message."""
    values = {value for value in _secrets(document) if len(value) >= _LEAST}
    written = {repr(value)[1:-1] for value in values} | values
    longest_first = sorted(written, key=len, reverse=True)

    def hide(message: str) -> str:
        for value in longest_first:
            message = message.replace(value, "…")
        return without_random_words(redact(message))

    return hide


def _secrets(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield each text that stands where a secret may stand."""
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
            if ":" in str(name):  # a whole header line where its name belongs
                yield str(name)
    elif isinstance(value, Sequence):
        for inner in value:
            yield from _texts(inner)


def _tables(value: object) -> Iterator[Mapping[str, Any]]:
    """Yield `value` if it is a table, or those in it if it is a list."""
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, Mapping):
            yield item
