"""The maildir channel: editions as files of a mail folder, for any mail program to read.

A message is written to ``tmp``, synced, and moved to ``new``.  Its file name is derived from its
Message-ID, so writing it twice leaves one file, also where a mail program has moved it to ``cur``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from digest.deliver import MailSession, MailSettings
from digest.deliver.mail import wire
from digest.errors import DeliveryError
from digest.model import Envelope, Receipt
from digest.net.mail_addresses import split_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(MailSettings):
    path: Path
    """The folder that holds ``cur``, ``new`` and ``tmp``; created where it is missing."""
    to: tuple[str, ...] = ()
    """The addresses that get the messages; without them, the address in `from_`."""
    subscribers: bool = False

    def __post_init__(self) -> None:
        if not self.to and not self.subscribers:
            object.__setattr__(self, "to", _own(self.from_))


def _own(sender: str) -> tuple[str, ...]:
    try:
        return (split_name(sender)[1],)
    except ValueError:
        return ()  # the reader of the settings reports the error


@contextmanager
def connect(settings: Settings) -> Iterator[MailSession]:
    """Yield a MailSession into the folder; raise DeliveryError where it cannot be made."""
    with _translated(settings.path):
        for name in ("tmp", "new", "cur"):
            (settings.path / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        # Mail programs move a message to "cur", and append flags to its name.
        read_names = {name.partition(":")[0] for name in os.listdir(settings.path / "cur")}
    yield _MaildirSession(settings.path, read_names)


class _MaildirSession:
    """Writes messages into a folder; `read_names` are the file names of messages already read."""

    def __init__(self, path: Path, read_names: set[str]) -> None:
        self._path = path
        self._read_names = read_names

    def send(self, envelope: Envelope) -> Receipt:
        """Write the message into ``new``, unless it is in ``new`` or ``cur``."""
        wire.check(envelope, "maildir")
        key = f"{envelope.message_id}\0{envelope.recipient}".encode()
        name = f"{blake2b(key, digest_size=16).hexdigest()}.digest"
        place = self._path / "new" / name
        with _translated(self._path, envelope.recipient):
            if not place.exists() and name not in self._read_names:
                self._write(self._path / "tmp" / name, place, _stored_form(envelope))
        return Receipt(detail=str(place))

    def _write(self, aside: Path, place: Path, message: bytes) -> None:
        with aside.open("wb") as file:
            file.write(message)
            file.flush()
            os.fsync(file.fileno())
        aside.rename(place)
        handle = os.open(place.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _stored_form(envelope: Envelope) -> bytes:
    """Return the message as it is stored: with its envelope (RFC 5321, 4.4), lines end with LF."""
    head = f"Return-Path: <{envelope.sender}>\nDelivered-To: {envelope.recipient}\n"
    return head.encode("ascii") + envelope.message.replace(b"\r\n", b"\n")


@contextmanager
def _translated(path: Path, recipient: str = "") -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DeliveryError(
            f"cannot write {error.filename or path}: {error.strerror}; free or choose another "
            "place for path of deliver.maildir",
            channel="maildir",
            recipient=recipient,
            channel_down=True,
        ) from error
