"""What pages are made from beside editions: whether it is still the same, and since when."""

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
        """Return a key for the state of now: another one where something has changed.

        `moment` is a clock's that never goes back, in seconds; files are looked at once a second.
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
        """When what they are made from was written last, as the file system has it."""
        with self._lock:
            newest = max((written for _, written, _ in self._files), default=0)
        return datetime.fromtimestamp(newest // 10**9, UTC)


def _files(config: Config) -> Iterator[tuple[str, int, int]]:
    """Yield the name, time and size of each file that pages are made from."""
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
        except OSError:  # it is being replaced, or gone
            continue
        yield str(path), state.st_mtime_ns, state.st_size
