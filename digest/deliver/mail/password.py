"""Read a password from its file or variable at the last moment, and keep it nowhere.

Only this module of the package looks at the environment: a password is no setting, and nothing
that is rendered or stored depends on it.
"""

from __future__ import annotations

import os
from pathlib import Path

from digest.net.secret_urls import without_random_words

_MOST = 4096


class PasswordError(Exception):
    """``str()`` says what is wrong with its place, never what is there."""


def _shown(name: str) -> str:
    """Return the name of a place, unless the secret itself was written there by mistake."""
    return without_random_words(name)


def read(file: Path | None, variable: str | None) -> str:
    """Return the password in `file`, but for the end of its line, or in the environment."""
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
        # An error in decoding would bear the bytes.
        password = content.decode(errors="replace").removesuffix("\n").removesuffix("\r")
    if "\ufffd" in password:
        raise PasswordError(f"{place} is not UTF-8 text")
    if not password:
        raise PasswordError(f"{place} holds no password")
    if not password.isprintable() or len(password) > _MOST:
        raise PasswordError(f"{place} holds more than a password on one line")
    return password
