"""Check this machine for missing files and for files that other users can read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from digest.deliver import maildir
from digest.diagnostics.doctor.finding import Finding
from digest.errors import ConfigError
from digest.net.secret_urls import without_random_words
from digest.render.templating.copies import behind
from digest.settings import read_text
from digest.settings.surroundings import missing, unset_variables

if TYPE_CHECKING:
    from digest.settings import Config

GROUP = "files"


def examine_surroundings(config: Config, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Check that the files of the configuration exist, and that private ones are not readable."""
    try:
        lacks: tuple[ConfigError, ...] = missing(config, read_text(config.path))
    except ConfigError as error:
        lacks = (error,)
    for mistake in lacks:
        yield Finding(
            ok=False,
            what=mistake.message,
            advice=f"{mistake.key} in {config.path.name}, line {mistake.line}",
            group=GROUP,
        )
    for place, variable in unset_variables(config, environ):
        yield Finding(
            ok=False,
            what=f"{place}: {without_random_words(variable)} is not set in this environment",
            advice="a run needs it; if only the service has it, all is well",
            group=GROUP,
            minor=True,
        )
    if stale := behind(config.render.templates):
        yield Finding(
            ok=False,
            what=f"templates that you changed, and that we changed since: {', '.join(stale)}",
            advice="yours are used as they are; `digest templates list` says more",
            group=GROUP,
            minor=True,
        )
    for path in private_paths(config):
        if mode := open_mode(path):
            wanted = "700" if path.is_dir() else "600"
            yield Finding(
                ok=False,
                what=f"others can read {path} (mode {mode:o})",
                advice=f"chmod {wanted} {path}",
                group=GROUP,
                minor=True,
            )


def private_paths(config: Config) -> Iterator[Path]:
    """Yield the files and folders, besides the database, with addresses, mail or secrets."""
    if _holds_secrets(config):
        yield config.path
    for digest in config.digests:
        for settings in digest.channels.values():
            if isinstance(settings, maildir.Settings):
                yield settings.path


def _holds_secrets(config: Config) -> bool:
    """Say whether the configuration holds recipients or secret addresses of feeds."""
    from digest.net.secret_urls import without_secrets

    channels = [settings for digest in config.digests for settings in digest.channels.values()]
    return any(without_secrets(feed.url) != feed.url for feed in config.feeds) or any(
        getattr(settings, "to", None) for settings in channels if not isinstance(settings, str)
    )


def open_mode(path: Path) -> int | None:
    """Return the mode of a file that users besides its owner can access, else ``None``."""
    try:
        mode = stat.S_IMODE(os.stat(path).st_mode)
    except OSError:
        return None
    return mode if mode & 0o077 else None
