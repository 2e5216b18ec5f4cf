"""The error for a refused message, which says what the refusal means for further mail."""

from __future__ import annotations

from datetime import timedelta

from digest.errors import DeliveryError
from digest.net.smtp_replies import ReplyMeaning, Stage, meaning_of, status_of

_AGAIN_AFTER = timedelta(hours=1)
"""How long a channel rests after its sender reached a limit, which lasts an hour or a day."""

_STOPPING = (ReplyMeaning.QUOTA, ReplyMeaning.SENDER)
_FINAL = (
    ReplyMeaning.NO_MAILBOX,
    ReplyMeaning.UNREACHABLE,
    ReplyMeaning.MESSAGE,
    ReplyMeaning.UNCLEAR,
)


class MailRefusedError(DeliveryError):
    """A message was refused; `meaning` says what the refusal concerns.

    `words` is the cleaned reply on one line; `status` is its enhanced status code, or "".
    """

    def __init__(
        self,
        message: str,
        *,
        channel: str,
        recipient: str,
        meaning: ReplyMeaning,
        words: str,
        status: str = "",
    ) -> None:
        self.meaning = meaning
        self.words = words
        self.status = status or status_of(words)
        super().__init__(
            message,
            channel=channel,
            recipient=recipient,
            temporary=meaning not in _FINAL,
            channel_down=meaning in _STOPPING,
            retry_after=_AGAIN_AFTER if meaning is ReplyMeaning.QUOTA else None,
        )


def refusal(
    place: str,
    code: int,
    words: str,
    stage: Stage,
    *,
    channel: str,
    recipient: str,
    sender: str,
    status: str = "",
) -> MailRefusedError:
    """Return the error for a refusal; `place` names the server or the program, for people."""
    meaning = meaning_of(code, words, stage, status)
    refused = recipient if stage == "recipient" else f"the message for {recipient}"
    match meaning:
        case ReplyMeaning.QUOTA:
            message = (
                f"{place} takes no more mail from {sender} for now, as a limit on sending is "
                f"reached: {words}; the rest is sent when it takes mail again (set rate of "
                f"deliver.{channel} to stay below the limit)"
            )
        case ReplyMeaning.SENDER:
            message = (
                f"{place} takes no mail from {sender}: {words}; set from, or bounces, of "
                f"deliver.{channel} to an address that it sends for, or ask who runs it"
            )
        case ReplyMeaning.RATE_LIMIT | ReplyMeaning.SESSION_LIMIT | ReplyMeaning.NOT_NOW:
            message = f"{place} does not take the message for {recipient} now: {words}"
        case _:
            message = f"{place} refused {refused}: {words}"
    return MailRefusedError(
        message,
        channel=channel,
        recipient=recipient,
        meaning=meaning,
        words=words,
        status=status,
    )
