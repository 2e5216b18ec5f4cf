"""Watch the templates, the configuration and the pictures for changes."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from digest import __version__, render
from digest.resources import data_dir
from digest.settings import Config

_SECOND = 1.0


class TemplateState:
    """The program's version, the templates and the configuration, watched for changes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._config: Config | None = None
        self._files: tuple[tuple[str, int, int], ...] = ()
        self._next = 0.0
        self._turn = 0

    def key(self, config: Config, moment: float) -> tuple[str, int]:
        """Return a key for the current state; it changes whenever a watched file changes.

        `moment` is the time of a monotonic clock, in seconds; files are checked once a second.
        """
        with self._lock:
            if config is not self._config:
                if config != self._config:
                    self._turn += 1
                    self._next = 0.0
                self._config = config
            if moment >= self._next:
                self._next = moment + _SECOND
                files = tuple(_files(config))
                if files != self._files:
                    render.forget_templates()
                    self._turn += 1
                    self._files = files
            return __version__, self._turn

    @property
    def since(self) -> datetime:
        """The newest modification time of the watched files."""
        with self._lock:
            newest = max((written for _, written, _ in self._files), default=0)
        return datetime.fromtimestamp(newest // 10**9, UTC)


def _files(config: Config) -> Iterator[tuple[str, int, int]]:
    """Yield the name, modification time and size of each watched file."""
    folders = [data_dir("templates")]
    if config.render.templates:
        folders.append(Path(config.render.templates))
    paths = [config.path]
    for look in (config.render.look, *(digest.look for digest in config.digests)):
        paths += [path for path in (look.logo, look.share_image) if path]
    for folder in folders:
        for root, _, names in sorted(os.walk(folder)):
            paths += [Path(root, name) for name in sorted(names)]
    for path in paths:
        try:
            state = path.stat()
        except OSError:  # being replaced, or deleted
            continue
        yield str(path), state.st_mtime_ns, state.st_size
