"""Make the request headers of one feed, with its credentials.

Passwords and tokens are read from their files or environment variables for each request and kept
nowhere: no message, log line or database row holds them.  They are sent to the feed's own host
only.
"""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

from digest.deliver.mail.password import PasswordError, read
from digest.errors import FetchError
from digest.model import Feed
from digest.net.secret_urls import without_secrets


def request_headers(feed: Feed, root: Path) -> tuple[tuple[str, str], ...]:
    """Return the headers that are sent with each request for `feed`.

    Paths of password files are relative to `root`.  Raises FetchError if one cannot be read.
    """
    headers = list(feed.headers)
    if feed.user_agent:
        headers.append(("User-Agent", feed.user_agent))
    try:
        if feed.password_file or feed.password_env:
            password = read(_path(root, feed.password_file), feed.password_env)
            login = b64encode(f"{feed.user or ''}:{password}".encode()).decode()
            headers.append(("Authorization", f"Basic {login}"))
        elif feed.token_file or feed.token_env:
            token = read(_path(root, feed.token_file), feed.token_env)
            headers.append(("Authorization", f"Bearer {token}"))
    except PasswordError as error:
        raise FetchError(str(error), url=without_secrets(feed.url), local=True) from error
    return tuple(headers)


def _path(root: Path, name: str | None) -> Path | None:
    return root / name if name else None
