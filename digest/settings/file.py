"""Read the configuration file and the environment as one frozen Config, and replace the file.

No other module reads either.

All mistakes are found before any work and raised together: as a ConfigError whose ``all`` holds
each of them with its file, line and key.  The path of a table is the path of the package that it
configures.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from digest import fetch
from digest.errors import ConfigError
from digest.net.proxies import ProxyRules, rules_from
from digest.net.secret_urls import without_random_words
from digest.settings import values
from digest.settings.digests import read_digests
from digest.settings.feeds import missing_package, read_feeds
from digest.settings.hidden_values import hider
from digest.settings.positions import Key, dotted, loads, scan
from digest.settings.reader import Reader, Table
from digest.settings.schema import Config, FileTable
from digest.settings.unknown_keys import unknown_key

ADMIN_PATHS = ("admin", "api")
"""The first parts of the operator's addresses, which no digest can have with ``[web.admin]``."""


def locate(path: Path | None, environ: Mapping[str, str] = os.environ) -> Path:
    """Return `path`, else the path in DIGEST_CONFIG, else config.toml in the working directory."""
    return path or Path(environ.get("DIGEST_CONFIG") or "config.toml")


def load(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Config:
    """Read the configuration; raise one ConfigError that holds all its mistakes."""
    path = locate(path, environ)
    return interpret(read_text(path), path, environ)


def read_text(path: Path) -> str:
    """Return the text of the file with its line ends; raise ConfigError if it cannot be read."""
    line = None
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        message = "not UTF-8 text; save it as UTF-8"
        line = error.object.count(b"\n", 0, error.start) + 1
    except FileNotFoundError:
        message = "there is no configuration here; `digest init` writes one"
    except IsADirectoryError:
        message = "this is a folder; name the file in it"
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
    raise ConfigError(message, file=str(path), line=line)


def interpret(text: str, path: Path, environ: Mapping[str, str] = os.environ) -> Config:
    """Read `text` as the content, or the future content, of the configuration file `path`."""
    root = path.absolute().parent
    reader = Reader(root, unknown_key)
    file = reader.record(FileTable, Table((), loads(text, file=str(path)))) or FileTable()
    if str(root).encode(errors="replace").decode() != str(root):
        reader.note((), "the name of this file's folder is not UTF-8; rename the folder")
    values.check_host(reader, ("web", "host"), file.web.host)
    feeds = read_feeds(reader, file)
    if file.web.admin:
        for name in file.digests.keys() & set(ADMIN_PATHS):
            reader.note(
                ("digests", name), f"with [web.admin], /{name}/ is an address of its own: rename it"
            )
    web = replace(file.web, url=values.address(reader, ("web", "url"), file.web.url))
    values.check_contact(reader, file.fetch.contact)
    base_url = values.address(reader, ("base_url",), file.base_url) or web.url
    config = Config(
        path=path.absolute(),
        root=root,
        title=file.title,
        timezone=values.timezone(reader, ("timezone",), file.timezone),
        language=values.language(reader, ("language",), file.language),
        base_url=base_url,
        store=values.store(reader, file.store, environ.get("DIGEST_STORE_URL")),
        fetch=replace(
            file.fetch,
            contact=file.fetch.contact or _contact_address(base_url),
            environment=_proxies(reader, file.fetch, environ),
        ),
        match=file.match,
        excerpt=values.excerpt(reader, Table(("excerpt",), file.excerpt)),
        render=values.render_settings(reader, file.render),
        web=web,
        worker=file.worker,
        feeds=tuple(item.feed for item in feeds),
        digests=read_digests(reader, file, feeds),
    )
    if reader.mistakes:
        first, *others = located(reader.mistakes, text, str(path))
        first.others = tuple(others)
        raise first
    return config


def _proxies(reader: Reader, settings: fetch.Settings, environ: Mapping[str, str]) -> ProxyRules:
    """Return the proxies of the environment, which apply where the file names none."""
    if problem := missing_package(settings.proxy):
        reader.note(("fetch", "proxy"), problem)
    if settings.proxy is None:
        try:
            return rules_from(environ)
        except ValueError as error:
            reader.note(("fetch", "proxy"), str(error))
    return ProxyRules()


def _contact_address(base_url: str | None) -> str | None:
    """Return `base_url` as the contact for publishers, if a header can hold it."""
    fits = base_url and base_url.isascii() and base_url.isprintable() and "@" not in base_url
    return base_url if fits else None


def replace_config(path: Path, text: str) -> Config:
    """Write a new configuration and return it; write nothing if it has mistakes.

    Raises ConfigError, with all mistakes, or where the file cannot be written.
    """
    config = interpret(text, path)
    replace_file(path, text)
    return config


def replace_file(path: Path, text: str, *, private: bool = False) -> None:
    """Replace the content of `path` by `text` in one step, and keep its owner and mode.

    A symbolic link stays a link.  A new file that is `private` can be read by its owner alone,
    whatever the umask is.  Raises ConfigError where the folder cannot be written.
    """
    path = path.resolve()
    new_file = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with open(os.open(new_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            if path.exists():
                old = path.stat()
                os.fchmod(file.fileno(), old.st_mode & 0o7777)
                with suppress(PermissionError):
                    os.fchown(file.fileno(), old.st_uid, old.st_gid)
            elif not private:
                os.fchmod(file.fileno(), 0o666 & ~_umask())
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        os.replace(new_file, path)
    except OSError as error:
        raise ConfigError(f"cannot be written: {error.strerror}", file=str(path)) from error
    finally:
        with suppress(OSError):
            new_file.unlink()


def _umask() -> int:
    """Return the umask of the process, which can be read only by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def located(mistakes: Mapping[Key, str], text: str, file: str) -> tuple[ConfigError, ...]:
    """Return an error for each mistake, with its line in `text`, in the order of the lines.

    A key of a digest's channel that its own table does not hold is looked for in the table
    ``[deliver.CHANNEL]``.
    """
    places = scan(text)
    hide = hider(loads(text, file=file))

    def error(key: Key, message: str) -> ConfigError:
        if key[:1] == ("digests",) and key[2:3] == ("deliver",) and key not in places.lines:
            key = key[2:] if key[2:] in places.lines else key
        line = places.line(key)
        return ConfigError(
            hide(message), file=file, line=line, key=without_random_words(dotted(key))
        )

    errors = [error(key, message) for key, message in mistakes.items()]
    return tuple(sorted(errors, key=lambda mistake: mistake.line or math.inf))
