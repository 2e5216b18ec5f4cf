"""The configuration: read TOML and the environment as a frozen Config, and edit the file."""

from __future__ import annotations

from digest.settings.file import interpret, load, locate, read_text, replace_config
from digest.settings.schema import (
    Backfill,
    Config,
    DigestTable,
    FeedTable,
    FetchTable,
    FileTable,
    RenderSettings,
    RenderTable,
    StoreSettings,
    WebSettings,
    Weekday,
)

__all__ = [
    "Backfill",
    "Config",
    "DigestTable",
    "FeedTable",
    "FetchTable",
    "FileTable",
    "RenderSettings",
    "RenderTable",
    "StoreSettings",
    "WebSettings",
    "Weekday",
    "interpret",
    "load",
    "locate",
    "read_text",
    "replace_config",
]
