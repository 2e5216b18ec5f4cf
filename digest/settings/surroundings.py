"""Check whether this machine has the files, folders and programs that the configuration names.

A run goes on without them as far as it can: a missing password file, for example, stops no page.
`digest check` and `digest doctor` list everything that is missing.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from urllib.parse import unquote

from digest.errors import ConfigError
from digest.settings import looks
from digest.settings.file import located
from digest.settings.positions import Key
from digest.settings.schema import Config


def missing(config: Config, text: str) -> tuple[ConfigError, ...]:
    """Return an error for everything missing, in the order of the lines of the configuration."""
    problems: dict[Key, str] = {}
    file = database(config)
    if file and (problem := _database_problem(file)):
        problems["store", "url"] = problem
    elif file is None and not re.match(r"sqlite://$|postgresql(\+psycopg)?://", config.store.url):
        problems["store", "url"] = (
            'expected a file of SQLite, such as "sqlite:///digest.db", or '
            '"postgresql://USER@HOST/DATABASE"'
        )
    shared = config.render.look
    for name, problem in looks.problems(shared):
        problems["render", "look", name] = problem
    for digest in config.digests:
        for name, problem in looks.problems(digest.look):
            if getattr(digest.look, name) != getattr(shared, name):
                problems["digests", digest.name, "render", "look", name] = problem
        for channel, settings in digest.channels.items():
            own = ("digests", digest.name, "deliver", channel)
            for name, problem in _channel_problems(settings):
                problems[(*own, name)] = problem
    return located(problems, text, str(config.path))


def database(config: Config) -> Path | None:
    """Return the file of an SQLite database; ``None`` for other databases."""
    _, _, path = config.store.url.partition("?")[0].partition("sqlite:///")
    return Path(unquote(path)) if path and path != ":memory:" else None


def has_database(config: Config) -> bool:
    """Say whether the database exists; opening one that does not exist would create it."""
    path = database(config)
    return path.exists() if path else config.store.url.startswith("postgresql")


def unset_variables(config: Config, environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield ``"DIGEST: CHANNEL"`` and the name for each environment variable that is not set."""
    for digest in config.digests:
        for channel, settings in digest.channels.items():
            for name, value in _values(settings):
                if name.endswith("_env") and isinstance(value, str) and not environ.get(value):
                    yield f"{digest.name}: {channel}", value


def _channel_problems(settings: object) -> Iterator[tuple[str, str]]:
    """Yield each key of a channel whose file, folder or program is missing, with a message."""
    for name, value in _values(settings):
        problem = None
        if name.endswith("_file") and isinstance(value, Path):
            problem = _file_problem(value)
        elif name == "path" and isinstance(value, Path):
            problem = _folder_problem(value)
        elif name == "command" and isinstance(value, tuple) and value:
            found = shutil.which(value[0])
            problem = None if found else f"there is no program {value[0]} that can be run"
        if problem:
            yield name, problem


def _values(settings: object) -> Iterator[tuple[str, object]]:
    for field in fields(settings):  # type: ignore[arg-type]
        yield field.name, getattr(settings, field.name)


def _file_problem(file: Path) -> str | None:
    """Return why `file` cannot be read, or that it is empty; ``None`` if it is fine."""
    try:
        mode = file.stat().st_mode
        if stat.S_ISDIR(mode):
            return f"{file} is a folder; name the file in it"
        if stat.S_ISREG(mode) and not file.read_bytes()[:1]:
            return f"the file {file} is empty"
    except FileNotFoundError:
        return f"there is no file {file}"
    except (OSError, ValueError) as error:
        return f"{file} cannot be read: {getattr(error, 'strerror', None) or error}"
    return None


def _folder_problem(folder: Path) -> str | None:
    """Return why `folder` cannot be written to; a missing folder is fine, as a run makes it."""
    nearest = next((part for part in (folder, *folder.parents) if os.path.lexists(part)), folder)
    if not nearest.is_dir():
        return f"{nearest} is no folder, so nothing can be written to {folder}"
    if not os.access(nearest, os.W_OK | os.X_OK) or _is_read_only(nearest):
        return f"this user may not write to {nearest}"
    return None


def _database_problem(file: Path) -> str | None:
    """Return why the database cannot be at `file`; of its folders a run makes the last one only."""
    if file.is_dir():
        return f"{file} is a folder; name a file in it"
    if file.exists():
        return None if os.access(file, os.W_OK) else f"this user may not write to {file}"
    if not file.parent.exists() and not file.parent.parent.exists():
        return f"there is no folder {file.parent.parent}"
    return _folder_problem(file.parent)


def _is_read_only(folder: Path) -> bool:
    """Say whether the file system is read-only, which ``os.access`` does not report to root."""
    try:
        return bool(os.statvfs(folder).f_flag & os.ST_RDONLY) or folder.is_relative_to("/proc")
    except OSError:
        return False
