"""The operator's password: its hash is in a file beside the configuration, readable by its owner.

The hash is of Argon2id (RFC 9106) with the parameters of argon2-cffi.  Each hash has a random salt,
and the key of the sessions is made from it: so a new password, even the same one, ends them all.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from digest.errors import ConfigError
from digest.settings.file import replace_file

FILE = "admin-password"
SHORTEST = 12
"""Fewest characters of a password."""
LONGEST = 1024
"""Most characters that are compared."""


def set_password(root: Path, password: str) -> Path:
    """Store the hash of `password` in the folder of the configuration; return the file.

    Raises ConfigError where the password is too short or too long, or the file cannot be written.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise ConfigError(f"a password has {SHORTEST} to {LONGEST} characters")
    path = root / FILE
    path.unlink(missing_ok=True)  # a file that others could read keeps its mode
    replace_file(path, PasswordHasher().hash(password) + "\n", private=True)
    return path


def stored_hash(root: Path) -> str | None:
    """Return the stored hash; ``None`` where no password is set.

    Raises ConfigError where the file cannot be read.
    """
    path = root / FILE
    try:
        return path.read_text(encoding="ascii").strip() or None
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ConfigError(
            "cannot be read; set the password again: `digest web password`", file=str(path)
        ) from error


def matches(stored: str | None, password: str) -> bool:
    """Say whether `password` is the stored one.

    The time does not depend on whether a password is set.
    """
    if len(password) > LONGEST:
        return False
    try:
        return PasswordHasher().verify(stored or _no_hash(), password) and stored is not None
    except (Argon2Error, InvalidHashError):
        return False


@cache
def _no_hash() -> str:
    return PasswordHasher().hash("no password is set")
