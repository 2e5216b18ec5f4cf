"""The files channel: an edition becomes a folder, beside the digest's feeds and archive.

``PATH/SLOT/`` appears whole or not at all; ``PATH/latest/`` and the files of the digest as a whole
are replaced one by one, each atomically, so no program reads half a file.  A file that would not
change is not touched, so a server's ETag and Last-Modified stay right.  Pages that never change
are written where they are missing, before the pages that link to them.  The page of the edition
before gets its link to the new edition, and no other byte of it changes.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from digest.deliver import EditionPackage
from digest.errors import DeliveryError
from digest.model import Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    path: Path
    """The folder that editions are written to, relative to the configuration."""
    formats: tuple[str, ...] = ("html", "text", "json", "atom", "editions", "jsonfeed", "archive")
    """The names of the formats to write."""


def formats(settings: Settings) -> tuple[str, ...]:
    """Return the formats to render: with ``html`` always the archive, which links to the pages."""
    wanted = settings.formats
    return (*wanted, "archive") if "html" in wanted and "archive" not in wanted else wanted


def deliver(package: EditionPackage, settings: Settings) -> Receipt:
    """Write the package below ``settings.path``; the receipt names the edition's first file.

    Raises DeliveryError where the folder cannot be written (a full disk, no permission).
    """
    root = settings.path
    own = {
        piece.filename: piece.rendition.body for piece in package.pieces if piece.scope == "edition"
    }
    shared = {
        piece.filename: piece.rendition.body for piece in package.pieces if piece.scope == "digest"
    }
    try:
        root.mkdir(parents=True, exist_ok=True)
        _replace_folder(root / package.slot, own)
        if package.newest:
            _fill_folder(root / "latest", own)
        _add_missing(root, package.kept)
        for name, amend in package.amended.items():
            if (root / name).is_file():
                _replace_file(root / name, amend((root / name).read_bytes()))
        for name, body in shared.items():
            (root / name).parent.mkdir(exist_ok=True)
            _replace_file(root / name, body)
    except OSError as error:
        place = error.filename or root
        raise DeliveryError(
            f"cannot write {place}: {error.strerror}; free or choose another place for "
            f"digests.{package.digest}.deliver.files.path",
            channel="files",
            recipient=str(root),
            channel_down=True,
        ) from error
    first = next(iter(own or shared), "")
    return Receipt(detail=str(root / package.slot / first if own else root / first))


def _replace_folder(folder: Path, files: dict[str, bytes]) -> None:
    """Make `folder` hold exactly `files`: written aside, then renamed into place."""
    if not files:
        return
    if folder.is_dir():
        _fill_folder(folder, files)
        return
    aside = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    for name, body in files.items():
        _write(aside / name, body)
    aside.rename(folder)
    _sync_folder(folder.parent)


def _fill_folder(folder: Path, files: dict[str, bytes]) -> None:
    """Make `folder` hold exactly `files`, each replaced on its own."""
    if not files:
        return
    folder.mkdir(exist_ok=True)
    for name, body in files.items():
        _replace_file(folder / name, body)
    for stale in folder.iterdir():
        if stale.is_file() and stale.name not in files:
            stale.unlink()


def _add_missing(root: Path, files: Mapping[str, Callable[[], bytes]]) -> None:
    """Write those of `files` that are not there."""
    folders = {(root / name).parent for name in files}
    for folder in folders:
        folder.mkdir(exist_ok=True)
    existing = {path for folder in folders for path in folder.iterdir()}
    for name, load_body in files.items():
        if root / name not in existing:
            _replace_file(root / name, load_body())


def _replace_file(path: Path, body: bytes) -> None:
    """Make `path` hold `body`; do not touch it where it does already."""
    if path.is_file() and path.stat().st_size == len(body) and path.read_bytes() == body:
        return
    aside = path.with_name(f".{path.name}.new")
    _write(aside, body)
    aside.replace(path)


def _write(path: Path, body: bytes) -> None:
    with path.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make a rename in `folder` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
