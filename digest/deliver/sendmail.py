"""The sendmail channel: mail through the program that every mail server of Unix comes with.

The program is run once for each message, never by a shell; when it ends well, the message is in
its queue.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from digest.deliver import MailSession
from digest.deliver.mail import wire
from digest.deliver.mail.dkim import DkimSettings, DkimSigner, KeyFileError, signing
from digest.errors import DeliveryError
from digest.model import Envelope, Receipt

_TEMPORARY = os.EX_TEMPFAIL
_OF_THE_MESSAGE = frozenset((1, os.EX_DATAERR, os.EX_NOUSER, os.EX_NOHOST, os.EX_UNAVAILABLE))
"""What may be said of one message; all else (sysexits.h) is said of the program or its set-up."""
_SENDER, _RECIPIENT = "SENDER", "RECIPIENT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(DkimSettings):
    command: tuple[str, ...] = ("/usr/sbin/sendmail", "-i", "-f", _SENDER, "--", _RECIPIENT)
    """The program and its arguments; SENDER and RECIPIENT stand for the addresses."""
    timeout: timedelta = field(default=timedelta(minutes=5), metadata={"min": timedelta(seconds=1)})
    """For each message."""

    def __post_init__(self) -> None:
        DkimSettings.__post_init__(self)
        if _RECIPIENT not in self.command[1:]:
            raise ValueError(
                'command is a program and its arguments, one of them "RECIPIENT", such as '
                '["/usr/sbin/sendmail", "-i", "-f", "SENDER", "--", "RECIPIENT"]'
            )


@contextmanager
def connect(settings: Settings) -> Iterator[MailSession]:
    """Give a MailSession through the program; raise DeliveryError where there is none."""
    program = settings.command[0]
    if shutil.which(program) is None:
        message = f"there is no program {program}; install a mail server, or set command of "
        message += "deliver.sendmail"
        raise DeliveryError(message, channel="sendmail", channel_down=True)
    try:
        sign = signing(settings)
    except KeyFileError as error:
        raise DeliveryError(str(error), channel="sendmail", channel_down=True) from error
    yield _Program(settings, sign)


class _Program:
    def __init__(self, settings: Settings, sign: DkimSigner) -> None:
        self._settings = settings
        self._sign = sign

    def send(self, envelope: Envelope) -> Receipt:
        """Run the program on one message, whose lines end with LF as its input's do."""
        wire.check(envelope, "sendmail")
        if envelope.recipient.startswith("-"):
            message = f"{envelope.recipient} would be taken for an option of sendmail"
            raise _failed(envelope, message, temporary=False)
        addresses = {_SENDER: envelope.sender, _RECIPIENT: envelope.recipient}
        program, *arguments = self._settings.command
        seconds = self._settings.timeout.total_seconds()
        try:
            done = subprocess.run(  # noqa: S603 - the operator's own program, without a shell
                [program, *(addresses.get(word, word) for word in arguments)],
                input=self._sign(envelope.message).replace(b"\r\n", b"\n"),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            message = f"{program} did not end within {seconds:g} seconds; whether it took the mail"
            message += f" for {envelope.recipient} is not known"
            raise _failed(envelope, message, unknown=True) from error
        except OSError as error:
            message = (
                f"{program} cannot be run: {error.strerror}; check command of deliver.sendmail"
            )
            raise _failed(envelope, message, channel_down=True) from error
        self._judge(envelope, program, done)
        return Receipt(detail=f"queued by {program}")

    def _judge(
        self, envelope: Envelope, program: str, done: subprocess.CompletedProcess[bytes]
    ) -> None:
        code = done.returncode
        if code == os.EX_OK:
            return
        said = wire.shown(done.stdout.decode("utf-8", "replace"))
        words = f"{program} ended with {code}{f': {said}' if said else ''}"
        to = f"the mail for {envelope.recipient}"
        if code < 0:
            message = f"{program} was killed (signal {-code}); whether it took {to} is not known"
            raise _failed(envelope, message, unknown=True)
        if code == _TEMPORARY:
            raise _failed(envelope, f"{words}; it does not take {to} now")
        if code in _OF_THE_MESSAGE:
            raise _failed(envelope, f"{words}; it refused {to}", temporary=False)
        raise _failed(envelope, f"{words}; see to its set-up", channel_down=True)


def _failed(envelope: Envelope, message: str, **fate: Any) -> DeliveryError:
    return DeliveryError(message, channel="sendmail", recipient=envelope.recipient, **fate)
