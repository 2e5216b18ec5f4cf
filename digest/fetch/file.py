"""Read feeds that are files; a path is relative to the configuration's folder.

The version of a file is its modification time and size; it is stored in place of an ETag.
"""

from __future__ import annotations

import stat
from pathlib import Path

from digest.errors import FetchError
from digest.model import Document, FeedRequest, NotModified, Validators

SUFFIXES = frozenset({".atom", ".json", ".rdf", ".rss", ".txt", ".xml"})
"""The file endings of the feeds in a directory."""


def fetch(request: FeedRequest, *, root: Path, max_bytes: int) -> Document | NotModified:
    """Read the file that `request` names; raise `FetchError` if it cannot be read."""
    path = root / request.url
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise FetchError(f"{path} is not a file", url=request.url)
        if status.st_size > max_bytes:
            raise FetchError(
                f"{path} is larger than {max_bytes:,} bytes (fetch.max_bytes)", url=request.url
            )
        version = f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
        if version == request.validators.etag:
            return NotModified()
        body = path.read_bytes()
    except OSError as error:
        raise FetchError(f"{path} cannot be read: {error.strerror}", url=request.url) from error
    except ValueError as error:  # a null byte in the path
        raise FetchError(f"{request.url!r} is no path: {error}", url=request.url) from error
    return Document(
        url=request.url, media_type=None, body=body, validators=Validators(etag=version)
    )


def expand(url: str, root: Path) -> tuple[str, ...]:
    """Return the feed files of the directory `url`; `url` itself for anything else.

    The files are sorted and relative to `root` if `url` is; hidden files are left out.  Raise
    `FetchError` for a directory that cannot be listed, or whose names are not UTF-8.
    """
    folder = root / url
    try:
        if not folder.is_dir():
            return (url,)
        names = [path.name for path in folder.iterdir() if path.is_file()]
    except (OSError, ValueError) as error:
        raise FetchError(f"{folder} cannot be listed: {error}", url=url) from error
    feeds = tuple(
        f"{url.rstrip('/')}/{name}"
        for name in sorted(names)
        if not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES
    )
    for feed in feeds:
        if feed.encode(errors="replace").decode() != feed:
            raise FetchError(f"{feed!r} is no name in UTF-8: rename the file", url=url)
    return feeds
