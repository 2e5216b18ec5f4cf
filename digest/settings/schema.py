"""The tables of the configuration file, and the frozen Config that is made of them.

Each dataclass describes one table: the name of a field is a key, its type is the type of the value,
and its default applies where the key is missing (see `digest.settings.reader`).  The path of a
table is the path of the package that it configures.
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

# --- the result ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    """The keys of ``[store]``."""

    url: str = field(default="sqlite:///digest.db", metadata={"secret": "parts"})
    """The address of the database; in a Config it holds the absolute path of an SQLite file."""
    keep_bodies: timedelta = field(default=timedelta(days=90), metadata={"min": timedelta(days=1)})
    """Texts of entries are deleted after this time; everything else about entries is kept."""
    keep_deliveries: timedelta = field(
        default=timedelta(days=90), metadata={"min": timedelta(days=7)}
    )
    """After this time only the numbers of an edition's deliveries are kept, not who got it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderSettings:
    """The keys of ``[render]``."""

    templates: str | None = None
    """A folder whose templates replace the program's own."""
    look: Look = field(default_factory=Look)
    options: Mapping[str, object] = field(default_factory=dict)
    """Format name -> the `Settings` of the format, where the configuration has a table for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminSettings:
    """The keys of ``[web.admin]``; the pages of the operator are there if the table is."""

    proxy_header: str | None = None
    """The header in which a proxy of `WebSettings.proxies` names the operator it has let in."""
    session: timedelta = field(
        default=timedelta(hours=12),
        metadata={"min": timedelta(minutes=5), "max": timedelta(days=30)},
    )
    """The time after which the operator has to log in again."""

    def __post_init__(self) -> None:
        if self.proxy_header and not re.fullmatch(r"[A-Za-z0-9-]{1,64}", self.proxy_header):
            raise ValueError('proxy_header: expected the name of a header, "X-Forwarded-User"')


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """The keys of ``[web]``."""

    url: str | None = None
    """The address at which people reach `digest serve --web`; in a Config it ends with a slash.
    ``None``: nobody reaches it, and no mail links to it."""
    host: str = "127.0.0.1"
    """The address at which `digest serve --web` listens."""
    port: int = field(default=8000, metadata={"min": 1, "max": 65535})
    proxies: tuple[str, ...] = ()
    """Trusted proxies: what they say about a client is believed.  This machine is trusted too."""
    hubs: bool = True
    """Whether the hubs of feeds (WebSub) are asked to send new entries to `url`."""

    forms_from: tuple[str, ...] = ()
    """Sites whose pages hold a sign-up form of this one, such as "https://club.example.org"."""
    robots: Literal["allow", "refuse"] = "allow"
    """What robots.txt tells search engines about the public pages."""
    metrics_from: tuple[str, ...] = ()
    """Addresses and networks that may read /metrics; for everybody else there is no such page."""
    sitemap: bool = True
    """Whether sitemap.xml lists the pages that search engines may show."""
    admin: AdminSettings | None = None
    """The operator's own pages; ``None``: there are none."""

    def __post_init__(self) -> None:
        for site in self.forms_from:
            if not re.fullmatch(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?", site):
                raise ValueError(
                    f'forms_from: expected "https://HOST" without a path, in small letters, '
                    f'found "{site}"'
                )
        for key in ("proxies", "metrics_from"):
            for network in getattr(self, key):
                try:
                    ip_network(network, strict=False)
                except ValueError:
                    raise ValueError(f'{key}: "{network}" is no address or network') from None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """The keys of ``[worker]``, which `digest worker` reads."""

    concurrency: int = field(default=2, metadata={"min": 1, "max": 64})
    """How many jobs of each kind one worker does at a time."""
    shards: int = field(default=64, metadata={"min": 1, "max": 4096})
    """Into how many groups the hosts of the feeds are dealt; one worker at a time asks a group."""
    part: int = field(default=5000, metadata={"min": 1})
    """The most messages in a part of a mailing, which one worker sends."""
    lanes: int = field(default=2, metadata={"min": 1, "max": 64})
    """How many parts of a digest's channel are sent at a time; each has its `connections`."""
    lease: timedelta = field(default=timedelta(minutes=1), metadata={"min": timedelta(seconds=2)})
    """How long a worker that shows no life keeps its work from the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The complete configuration."""

    path: Path
    root: Path
    """The folder of the configuration file; relative paths start from it."""
    title: str
    timezone: str
    language: str
    base_url: str | None
    """The address of the published output, with a slash at the end; by default `web.url`."""
    store: StoreSettings
    fetch: fetch.Settings
    match: match.Settings = field(default_factory=match.Settings)
    excerpt: ExcerptSettings
    render: RenderSettings
    web: WebSettings = WebSettings()
    worker: WorkerSettings = WorkerSettings()
    feeds: tuple[Feed, ...]
    digests: tuple[Digest, ...]


# --- the tables of the file --------------------------------------------------------

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
    worker: WorkerSettings = WorkerSettings()
    feeds: tuple[FeedTable, ...] = ()
    digests: Mapping[str, DigestTable] = field(default_factory=dict)
    deliver: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
