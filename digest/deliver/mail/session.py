"""Mail over a dialog: one message, one recipient, one transaction, and what became of it.

What stands between a message and its receipt is told apart by one line: whether the final dot was
sent.  Before it nobody can have the message, so that whatever happens is temporary; after it, only
an answer ends the doubt (RFC 1047), and without one its fate is unknown.  Refusals are judged so:

    421 and other 4xx            temporary; after 421 the connection is over (RFC 5321, 3.8)
    5xx, for recipient or text   permanent: this message has failed, others go on
    5xx before a recipient       whole: it is the sender, or a missing login, that is refused;
    was named; 530, 534, 535     nobody can be reached until the operator has changed that
    5xx for the very first       the same: "relay access denied" says nothing of a recipient, and
    recipient that names relays  a login that was forgotten must not cost all of them an edition
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from digest.deliver.mail import wire
from digest.deliver.mail.dialog import ServerConnection, ServerConnectionError, ServerReply
from digest.errors import DeliveryError
from digest.model import Envelope, Receipt

CLOSING = 421
_LOGIN = (530, 534, 535, 538)
_TOO_LARGE = 552
_POLITELY = 10.0
"""How long a server may take to say goodbye, in seconds."""


class ServerSession:
    """A Post over connections to one server: opened when wanted, and again when they are lost."""

    def __init__(
        self,
        connect: Callable[[], ServerConnection],
        *,
        channel: str,
        place: str,
        patience: float,
        sign: Callable[[bytes], bytes] = bytes,
        header: str | None = None,
        known: bool = True,
    ) -> None:
        self._connect = connect
        self._channel = channel
        self._place = place
        """The server, for people."""
        self._patience = patience
        """Seconds that the answer to the final dot may take."""
        self._sign = sign
        self._header = header
        """Where a message's key is repeated to the server, if it wants to know it."""
        self._is_stranger = not known
        """Whether we have neither logged in nor seen a recipient accepted."""
        self._dialog: ServerConnection | None = None

    def open(self) -> None:
        """Connect; raises DeliveryError with `channel_down`, where that cannot be."""
        self._dialog = self._connect()

    def close(self, *, politely: bool = False) -> None:
        dialog, self._dialog = self._dialog, None
        if dialog:
            dialog.close(politely=min(_POLITELY, dialog.timeout) if politely else 0)

    def send(self, envelope: Envelope) -> Receipt:
        """Hand one message over; the receipt holds the server's reply."""
        wire.check(envelope, self._channel)
        transaction = MailTransaction(
            envelope, self._channel, self._place, is_stranger=self._is_stranger
        )
        message = self._sign(envelope.message)
        if self._header:
            key = envelope.message_id.strip("<>")
            message = f"{self._header}: {key}\r\n".encode("ascii") + message
        try:
            dialog = self._begun(transaction, len(message))
            transaction.expect(dialog.command(f"RCPT TO:<{envelope.recipient}>"), "recipient")
            self._is_stranger = False
            transaction.expect(dialog.command("DATA"), "message", 354)
            reply = self._handed_over(dialog, transaction, wire.stuffed(message))
            transaction.expect(reply, "message")
        except ServerConnectionError as error:
            self.close()
            raise transaction.lost(error) from error
        except DeliveryError:
            self._clear(transaction)
            raise
        return Receipt(detail=str(reply))

    def _begun(self, transaction: MailTransaction, size: int) -> ServerConnection:
        """Say who sends; a connection that was lost since the last message is opened again."""
        if self._dialog and not self._dialog.is_quiet():
            self.close()
        fresh = not (self._dialog and self._dialog.used)
        try:
            return self._said_sender(transaction, size)
        except ServerConnectionError:
            if fresh:
                raise
        except DeliveryError:
            if fresh or not transaction.closing:
                raise
        self.close()
        return self._said_sender(transaction, size)

    def _said_sender(self, transaction: MailTransaction, size: int) -> ServerConnection:
        if self._dialog is None:
            self.open()
        dialog = self._dialog
        assert dialog is not None
        dialog.used = True
        line = f"MAIL FROM:<{transaction.envelope.sender}>"
        if "SIZE" in dialog.features:
            transaction.check_size(size, dialog.features["SIZE"])
            line += f" SIZE={size}"
        if "8BITMIME" in dialog.features:
            line += " BODY=7BIT"
        transaction.expect(dialog.command(line), "sender")
        return dialog

    def _handed_over(
        self, dialog: ServerConnection, transaction: MailTransaction, body: bytes
    ) -> ServerReply:
        """Send the text and the final dot; a server that speaks before the dot has not taken it."""
        try:
            dialog.send(body)
        except ServerConnectionError:
            if dialog.is_quiet():
                raise
        if not dialog.is_quiet():
            reply = dialog.reply(dialog.timeout)
            self.close()
            if reply.done:
                raise ServerConnectionError("answered before the message was sent")
            return reply
        transaction.dot_sent = True
        dialog.send(b".\r\n")
        return dialog.reply(self._patience)

    def _clear(self, transaction: MailTransaction) -> None:
        """Make the connection fit for the next message, or give it up."""
        dialog = self._dialog
        if dialog is None:
            return
        try:
            if transaction.closing or not dialog.command("RSET").done:
                self.close()
        except ServerConnectionError:
            self.close()


class MailTransaction:
    """What is known of one message on its way, and the words for how it ends."""

    def __init__(self, envelope: Envelope, channel: str, place: str, *, is_stranger: bool) -> None:
        self.envelope = envelope
        self.dot_sent = False
        self.closing = False
        """Whether the server said that it is about to end the connection."""
        self._channel = channel
        self._place = place
        self._is_stranger = is_stranger

    def expect(self, reply: ServerReply, what: str, code: int = 250) -> None:
        """Pass a reply that agrees to `what`; raise DeliveryError for one that does not."""
        if reply.code == code or (code == 250 and reply.done):
            return
        if reply.code < 400:
            raise ServerConnectionError(f"answered {reply} where {code} was due")
        self.closing = reply.code == CLOSING
        to = self.envelope.recipient
        if reply.code in _LOGIN:
            raise self._error(
                f"{self._place} wants encryption or a login first: {reply}; set security, or user "
                f"and password_file, of deliver.{self._channel}",
                channel_down=True,
            )
        if reply.code < 500:
            raise self._error(f"{self._place} does not take the message for {to} now: {reply}")
        if what == "sender" and reply.code != _TOO_LARGE:
            raise self._error(
                f"{self._place} takes no mail from {self.envelope.sender}: {reply}; set from, or "
                f"bounces, of deliver.{self._channel} to an address that it sends for",
                channel_down=True,
            )
        if what == "recipient" and self._is_stranger and "relay" in reply.text.lower():
            raise self._error(
                f"{self._place} does not send on for us: {reply}; set user and password_file of "
                f"deliver.{self._channel}, or let it know this machine",
                channel_down=True,
            )
        refused = to if what == "recipient" else f"the message for {to}"
        raise self._error(f"{self._place} refused {refused}: {reply}", temporary=False)

    def check_size(self, size: int, offered: str) -> None:
        """Refuse what the server said is too large for it (RFC 1870), 0 being no limit."""
        limit = int(offered) if offered.isdecimal() and len(offered) < 20 else 0
        if 0 < limit < size:
            raise self._error(
                f"{self._place} takes messages of at most {limit:,} bytes, and the one for "
                f"{self.envelope.recipient} has {size:,}",
                temporary=False,
            )

    def lost(self, error: ServerConnectionError) -> DeliveryError:
        """Say what it means that the dialog ended."""
        to = self.envelope.recipient
        if self.dot_sent:
            return self._error(
                f"{self._place} {error} after the message for {to} was sent; whether it took it "
                "is not known",
                unknown=True,
            )
        return self._error(f"{self._place} {error} before the message for {to} was sent")

    def _error(self, message: str, **fate: Any) -> DeliveryError:
        recipient = self.envelope.recipient
        return DeliveryError(message, channel=self._channel, recipient=recipient, **fate)


# --- connections ---------------------------------------------------------------------------------


@contextmanager
def opened(line: ServerSession) -> Iterator[ServerSession]:
    """Open `line` for as long as the context lasts; say goodbye if it ended well."""
    line.open()
    well = False
    try:
        yield line
        well = True
    finally:
        line.close(politely=well)


@contextmanager
def beginning(talk: ServerConnection, *, channel: str, place: str) -> Iterator[None]:
    """Close `talk` unless it begins well; its end is a DeliveryError with `channel_down`."""
    well = False
    try:
        yield
        well = True
    except ServerConnectionError as error:
        message = f"{place} {error} before it took any message"
        raise DeliveryError(message, channel=channel, channel_down=True) from error
    finally:
        if not well:
            talk.close()
