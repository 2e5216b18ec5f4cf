"""Read a password from its file or environment variable when it is needed, and store it nowhere.

Only this module of the package reads the environment: a password is no setting, and nothing
rendered or stored depends on it.
"""

from __future__ import annotations

import os
from pathlib import Path

from digest.net.secret_urls import without_random_words

_MOST = 4096


class PasswordError(Exception):
    """A password cannot be read; ``str()`` says why and never quotes it."""


def _shown(name: str) -> str:
    """Return the name of a file or variable; hide random words, which may be the secret itself."""
    return without_random_words(name)


def read(file: Path | None, variable: str | None) -> str:
    """Return the password in `file`, without the end of its line, or else in `variable`.

    Raises PasswordError.
    """
    if file is None:
        password = os.environ.get(variable or "", "")
        place = f"the environment's {_shown(variable or '')}"
    else:
        place = str(file.with_name(_shown(file.name)))
        try:
            with file.open("rb") as opened:
                content = opened.read(_MOST + 1)
        except OSError as error:
            raise PasswordError(f"{place} cannot be read: {error.strerror}") from error
        # The message of a decoding error would quote the bytes.
        password = content.decode(errors="replace").removesuffix("\n").removesuffix("\r")
    if "\ufffd" in password:
        raise PasswordError(f"{place} is not UTF-8 text")
    if not password:
        raise PasswordError(f"{place} holds no password")
    if not password.isprintable() or len(password) > _MOST:
        raise PasswordError(f"{place} holds more than a password on one line")
    return password
