"""The tables of the configuration file, and the frozen Config that is made of them.

Each dataclass describes one table: a field's name is a key, its type what the key takes, its
default what holds without the key (`digest.settings.reader` says how).  A table's path is the path
of the package that it sets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Literal

from digest import fetch, match
from digest.model import Digest, ExcerptSettings, Feed, Look

# --- what comes out ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    """The keys of ``[store]``."""

    url: str = field(default="sqlite:///digest.db", metadata={"secret": "parts"})
    """In a Config, with the whole path of the file."""
    keep_bodies: timedelta = field(default=timedelta(days=90), metadata={"min": timedelta(days=1)})
    """Texts older than this are dropped; what else is known of an entry never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderSettings:
    """The keys of ``[render]``."""

    templates: str | None = None
    """A folder that is looked in before our own templates."""
    look: Look = field(default_factory=Look)
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
    hubs: bool = True
    """Whether the hubs of feeds (WebSub) are asked to send what is new to `url`."""

    forms_from: tuple[str, ...] = ()
    """The sites whose pages hold a form for signing up here, such as "https://club.example.org"."""
    robots: Literal["allow", "refuse"] = "allow"
    """What robots.txt says to search engines, of all that is public."""
    sitemap: bool = True
    """Whether sitemap.xml lists what search engines may show."""

    def __post_init__(self) -> None:
        for site in self.forms_from:
            if not re.fullmatch(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?", site):
                raise ValueError(
                    f'forms_from: expected "https://HOST" without a path, in small letters, '
                    f'found "{site}"'
                )
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
    url: str | None = field(default=None, metadata={"secret": "parts"})
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
    user_agent: str | None = field(default=None, metadata={"secret": "whole"})
    headers: Mapping[str, str] = field(default_factory=dict, metadata={"secret": "whole"})
    user: str | None = field(default=None, metadata={"secret": "whole"})
    password_file: str | None = None
    password_env: str | None = None
    token_file: str | None = None
    token_env: str | None = None
    proxy: str | None = field(default=None, metadata={"secret": "parts"})


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
    health: Literal["weekly", "always", "never"] | None = None
    failed_feeds: bool = True
    counts: bool | None = None
    images: bool = False
    public: bool = True
    noindex: bool = False
    weekly: str = "0 7 * * 1"
    approve: bool | None = None
    approve_by: time | timedelta | None = field(
        default=None, metadata={"min": timedelta(minutes=1)}
    )
    editor: str | None = None
    excerpt: Mapping[str, object] = field(default_factory=dict)
    render: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
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
