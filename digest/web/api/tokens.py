"""The tokens of the API: only their hashes are kept, in a file beside the configuration.

A token has 256 random bits, so a plain hash of it tells nothing, and nobody can guess it.
"""

from __future__ import annotations

import hmac
import re
import secrets
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import msgspec

from digest.errors import ConfigError
from digest.settings.file import replace_file

FILE = "api-tokens"
PREFIX = "digest_"
"""How each token begins, so that programs which look for leaked secrets know it."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


class ApiToken(msgspec.Struct, frozen=True):
    """A token, without the token itself."""

    name: str
    hash: str
    made_at: datetime


def stored(root: Path) -> tuple[ApiToken, ...]:
    """Return the tokens of an installation, the oldest first.

    Raises ConfigError where their file cannot be read.
    """
    path = root / FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=tuple[ApiToken, ...])
    except FileNotFoundError:
        return ()
    except (OSError, msgspec.MsgspecError, ValueError) as error:
        raise ConfigError(
            "cannot be read; remove it, and make the tokens again: `digest web token NAME`",
            file=str(path),
        ) from error


def make(root: Path, name: str, now: datetime) -> str:
    """Make a token; only its hash is stored.  Raises ConfigError for a name that is taken."""
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{name!r} cannot be the name of a token: use letters, digits, _, . or -")
    known = stored(root)
    if any(token.name == name for token in known):
        raise ConfigError(f"there is a token {name!r} already: end it first (--end)")
    made = PREFIX + secrets.token_urlsafe(32)
    _write(root, (*known, ApiToken(name, _hash(made), now)))
    return made


def end(root: Path, name: str) -> None:
    """End a token at once.  Raises ConfigError where there is none of this name."""
    known = stored(root)
    left = tuple(token for token in known if token.name != name)
    if len(left) == len(known):
        names = ", ".join(token.name for token in known) or "none"
        raise ConfigError(f"there is no token {name!r}; there are: {names}")
    _write(root, left)


def holder(root: Path, token: str) -> str | None:
    """Return the name of a token; ``None`` for one that is not valid.

    The time depends on the number of tokens, and not on the token.
    """
    hashed = _hash(token)
    found = None
    for known in stored(root):
        if hmac.compare_digest(known.hash, hashed):
            found = known.name
    return found


def _hash(token: str) -> str:
    return sha256(token.encode("utf-8", "replace")).hexdigest()


def _write(root: Path, tokens: tuple[ApiToken, ...]) -> None:
    path = root / FILE
    if path.exists():
        path.chmod(0o600)  # `replace_file` keeps the mode
    replace_file(path, msgspec.json.encode(tokens).decode() + "\n", private=True)
