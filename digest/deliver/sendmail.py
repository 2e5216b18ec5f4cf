"""The sendmail channel: mail through the program ``sendmail`` that mail servers on Unix provide.

The program runs once for each message, without a shell; when it ends with status 0, the message is
in its queue.
"""

from __future__ import annotations

import os
import re
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
from digest.deliver.mail.refusal_error import MailRefusedError, refusal
from digest.errors import DeliveryError
from digest.model import Envelope, Receipt
from digest.net.secret_urls import without_arguments
from digest.net.smtp_replies import Stage, status_of

_TEMPORARY = os.EX_TEMPFAIL
_OF_THE_MESSAGE = frozenset((1, os.EX_DATAERR, os.EX_NOUSER, os.EX_NOHOST, os.EX_UNAVAILABLE))
"""The exit statuses about one message; others (sysexits.h) concern the program or its set-up."""
_STATUS = {os.EX_NOUSER: "5.1.1", os.EX_NOHOST: "5.1.2"}
"""The enhanced status codes that some exit statuses correspond to."""
_STAGES: dict[int, Stage] = {os.EX_NOUSER: "recipient", os.EX_NOHOST: "recipient"}
_CODE = re.compile(r"(?<![0-9.])([45][0-9]{2})(?=[ -][0-9A-Za-z])")
"""The code of an SMTP reply in the program's output."""
_SENDER, _RECIPIENT = "SENDER", "RECIPIENT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(DkimSettings):
    command: tuple[str, ...] = field(
        default=("/usr/sbin/sendmail", "-i", "-f", _SENDER, "--", _RECIPIENT),
        metadata={"secret": "whole"},
    )
    """The program and its arguments; SENDER and RECIPIENT stand for the addresses."""
    timeout: timedelta = field(default=timedelta(minutes=5), metadata={"min": timedelta(seconds=1)})
    """How long to wait for the program, for each message."""

    def __post_init__(self) -> None:
        DkimSettings.__post_init__(self)
        if _RECIPIENT not in self.command[1:]:
            raise ValueError(
                'command is a program and its arguments, one of them "RECIPIENT", such as '
                '["/usr/sbin/sendmail", "-i", "-f", "SENDER", "--", "RECIPIENT"]'
            )


@contextmanager
def connect(settings: Settings) -> Iterator[MailSession]:
    """Yield a MailSession through the program; raise DeliveryError where there is none."""
    program = settings.command[0]
    if shutil.which(program) is None:
        message = (
            f"there is no program {without_arguments(program, [program])}; install a mail server, "
            "or set command of deliver.sendmail"
        )
        raise DeliveryError(message, channel="sendmail", channel_down=True)
    try:
        sign = signing(settings)
    except KeyFileError as error:
        raise DeliveryError(str(error), channel="sendmail", channel_down=True) from error
    yield _SendmailSession(settings, sign)


class _SendmailSession:
    def __init__(self, settings: Settings, sign: DkimSigner) -> None:
        self._settings = settings
        self._sign = sign

    def send(self, envelope: Envelope) -> Receipt:
        """Run the program on one message, with LF as the end of lines."""
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
        output = done.stdout.decode("utf-8", "replace")
        said = wire.shown(without_arguments(output, self._settings.command))
        words = f"{program} ended with {code}{f': {said}' if said else ''}"
        if code < 0:
            message = (
                f"{program} was killed (signal {-code}); whether it took the mail for "
                f"{envelope.recipient} is not known"
            )
            raise _failed(envelope, message, unknown=True)
        if code == _TEMPORARY or code in _OF_THE_MESSAGE:
            raise self._refused(envelope, program, code, said)
        raise _failed(envelope, f"{words}; see to its set-up", channel_down=True)

    def _refused(self, envelope: Envelope, program: str, code: int, said: str) -> MailRefusedError:
        """Return the error for the exit status, and for the reply that the program repeats."""
        repeated = _CODE.search(said)
        reply = int(repeated[1]) if repeated else 550
        words = f"it ended with {code}{f': {said}' if said else ''}"
        return refusal(
            program,
            450 if code == _TEMPORARY else max(reply, 500),
            words,
            _STAGES.get(code, "message"),
            channel="sendmail",
            recipient=envelope.recipient,
            sender=envelope.sender,
            status=status_of(said) or _STATUS.get(code, ""),
        )


def _failed(envelope: Envelope, message: str, **more: Any) -> DeliveryError:
    return DeliveryError(message, channel="sendmail", recipient=envelope.recipient, **more)
