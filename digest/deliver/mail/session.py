"""Send mail over a connection: one transaction for each message, with one recipient.

Failures before the final dot are temporary, because the server cannot have the message yet.  After
the final dot only an answer tells whether the message arrived (RFC 1047); without an answer this is
unknown.  The table in `digest.net.smtp_replies` gives the meaning of refusals, except for these:

    421, and the limit of a session    the message goes over a new connection, once (RFC 5321, 3.8)
    530, 534, 535, 538                 a login is missing: the channel is down
    5xx that speaks of relaying, for   the channel is down: it says nothing of a recipient, and a
    the very first recipient           login that was forgotten must not cost all an edition
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from digest.deliver.mail import wire
from digest.deliver.mail.connection import ServerConnection, ServerConnectionError, ServerReply
from digest.deliver.mail.refusal_error import MailRefusedError, refusal
from digest.errors import DeliveryError
from digest.model import Envelope, Receipt
from digest.net.smtp_replies import ReplyMeaning, Stage

CLOSING = 421
_LOGIN = (530, 534, 535, 538)
_QUIT_TIMEOUT = 10.0
"""How long a server may take to answer QUIT, in seconds."""


class ServerSession:
    """A MailSession with one server, which connects when needed, and again after a loss.

    `place` names the server for people.  `answer_timeout` is how long the answer to the final dot
    may take, in seconds.  `sign` adds a signature.  `header` is the idempotency header, for a relay
    that knows one.  `is_known` says that a login identifies us to the server.
    """

    def __init__(
        self,
        connect: Callable[[], ServerConnection],
        *,
        channel: str,
        place: str,
        answer_timeout: float,
        sign: Callable[[bytes], bytes] = bytes,
        header: str | None = None,
        is_known: bool = True,
    ) -> None:
        self._connect = connect
        self._channel = channel
        self._place = place
        self._answer_timeout = answer_timeout
        self._sign = sign
        self._header = header
        self._is_stranger = not is_known
        """Whether we have neither logged in nor seen a recipient accepted."""
        self._connection: ServerConnection | None = None

    def open(self) -> None:
        """Connect; raises DeliveryError with `not_connected` where that fails."""
        try:
            self._connection = self._connect()
        except DeliveryError as error:
            error.not_connected = True
            raise

    def close(self, *, politely: bool = False) -> None:
        connection, self._connection = self._connection, None
        if connection:
            connection.close(politely=min(_QUIT_TIMEOUT, connection.timeout) if politely else 0)

    def send(self, envelope: Envelope) -> Receipt:
        """Send one message; the receipt holds the server's reply.

        A message that the server no longer accepts over this connection is sent over a new one.
        """
        wire.check(envelope, self._channel)
        message = self._sign(envelope.message)
        if self._header:
            key = envelope.message_id.strip("<>")
            message = f"{self._header}: {key}\r\n".encode("ascii") + message
        transaction = self._transaction(envelope)
        try:
            return self._sent(transaction, message)
        except DeliveryError:
            if not transaction.wants_new_connection:
                raise
        self.close(politely=not transaction.closing)
        return self._sent(self._transaction(envelope), message)

    def _transaction(self, envelope: Envelope) -> MailTransaction:
        return MailTransaction(envelope, self._channel, self._place, is_stranger=self._is_stranger)

    def _sent(self, transaction: MailTransaction, message: bytes) -> Receipt:
        recipient = transaction.envelope.recipient
        try:
            connection = self._begun(transaction, len(message))
            transaction.expect(connection.command(f"RCPT TO:<{recipient}>"), "recipient")
            self._is_stranger = False
            transaction.expect(connection.command("DATA"), "message", 354)
            reply = self._handed_over(connection, transaction, wire.stuffed(message))
            transaction.expect(reply, "message")
        except ServerConnectionError as error:
            self.close()
            raise transaction.lost(error) from error
        except DeliveryError:
            self._reset(transaction)
            raise
        return Receipt(detail=str(reply))

    def _begun(self, transaction: MailTransaction, size: int) -> ServerConnection:
        """Send MAIL FROM; open the connection again where it was lost since the last message."""
        if self._connection and not self._connection.is_quiet():
            self.close()
        fresh = not (self._connection and self._connection.used)
        try:
            return self._said_sender(transaction, size)
        except ServerConnectionError:
            if fresh:
                raise
        self.close()
        return self._said_sender(transaction, size)

    def _said_sender(self, transaction: MailTransaction, size: int) -> ServerConnection:
        if self._connection is None:
            self.open()
        connection = self._connection
        assert connection is not None
        connection.used = True
        line = f"MAIL FROM:<{transaction.envelope.sender}>"
        if "SIZE" in connection.features:
            transaction.check_size(size, connection.features["SIZE"])
            line += f" SIZE={size}"
        if "8BITMIME" in connection.features:
            line += " BODY=7BIT"
        transaction.expect(connection.command(line), "sender")
        return connection

    def _handed_over(
        self, connection: ServerConnection, transaction: MailTransaction, body: bytes
    ) -> ServerReply:
        """Send the text and the final dot; a reply before the dot is a refusal."""
        try:
            connection.send(body)
        except ServerConnectionError:
            if connection.is_quiet():
                raise
        if not connection.is_quiet():
            reply = connection.reply(connection.timeout)
            self.close()
            if reply.done:
                raise ServerConnectionError("answered before the message was sent")
            return reply
        transaction.dot_sent = True
        connection.send(b".\r\n")
        return connection.reply(self._answer_timeout)

    def _reset(self, transaction: MailTransaction) -> None:
        """Reset the connection for the next message, or close it."""
        connection = self._connection
        if connection is None:
            return
        try:
            if transaction.closing or not connection.command("RSET").done:
                self.close()
        except ServerConnectionError:
            self.close()


class MailTransaction:
    """The state of one message on its way, and the errors with which it may end."""

    def __init__(self, envelope: Envelope, channel: str, place: str, *, is_stranger: bool) -> None:
        self.envelope = envelope
        self.dot_sent = False
        self.closing = False
        """Whether the server said that it is about to end the connection."""
        self.wants_new_connection = False
        """Whether the server may take the message over another connection."""
        self._channel = channel
        self._place = place
        self._is_stranger = is_stranger

    def expect(self, reply: ServerReply, stage: Stage, code: int = 250) -> None:
        """Accept a positive reply to `stage`; raise DeliveryError for another."""
        if reply.code == code or (code == 250 and reply.done):
            return
        if reply.code < 400:
            raise ServerConnectionError(f"answered {reply} where {code} was due")
        self.closing = reply.code == CLOSING
        error = self._refused(reply, stage)
        self.wants_new_connection = not error.channel_down and (
            self.closing
            or (isinstance(error, MailRefusedError) and error.meaning is ReplyMeaning.SESSION_LIMIT)
        )
        raise error

    def _refused(self, reply: ServerReply, stage: Stage) -> DeliveryError:
        if reply.code in _LOGIN:
            return self._error(
                f"{self._place} wants encryption or a login first: {reply}; set security, or user "
                f"and password_file, of deliver.{self._channel}",
                channel_down=True,
            )
        relaying = stage == "recipient" and reply.code >= 500 and "relay" in reply.text.lower()
        error = refusal(
            self._place,
            reply.code,
            str(reply),
            stage,
            channel=self._channel,
            recipient=self.envelope.recipient,
            sender=self.envelope.sender,
        )
        if relaying and self._is_stranger and error.meaning is not ReplyMeaning.QUOTA:
            return self._error(
                f"{self._place} does not send on for us: {reply}; set user and password_file of "
                f"deliver.{self._channel}, or let it know this machine",
                channel_down=True,
            )
        return error

    def check_size(self, size: int, offered: str) -> None:
        """Raise DeliveryError for a message above the server's limit (RFC 1870); 0 is no limit."""
        limit = int(offered) if offered.isdecimal() and len(offered) < 20 else 0
        if 0 < limit < size:
            raise self._error(
                f"{self._place} takes messages of at most {limit:,} bytes, and the one for "
                f"{self.envelope.recipient} has {size:,}",
                temporary=False,
            )

    def lost(self, error: ServerConnectionError) -> DeliveryError:
        """Return the error for a lost connection: unknown after the dot, temporary before."""
        to = self.envelope.recipient
        if self.dot_sent:
            return self._error(
                f"{self._place} {error} after the message for {to} was sent; whether it took it "
                "is not known",
                unknown=True,
            )
        return self._error(f"{self._place} {error} before the message for {to} was sent")

    def _error(self, message: str, **more: Any) -> DeliveryError:
        recipient = self.envelope.recipient
        return DeliveryError(message, channel=self._channel, recipient=recipient, **more)


# --- connections ---------------------------------------------------------------------------------


@contextmanager
def opened(session: ServerSession) -> Iterator[ServerSession]:
    """Open `session` for the context; end it with QUIT if no exception was raised."""
    session.open()
    well = False
    try:
        yield session
        well = True
    finally:
        session.close(politely=well)


@contextmanager
def greeting(connection: ServerConnection, *, channel: str, place: str) -> Iterator[None]:
    """Close `connection` where the context fails; raise DeliveryError where it is lost."""
    well = False
    try:
        yield
        well = True
    except ServerConnectionError as error:
        message = f"{place} {error} before it took any message"
        raise DeliveryError(message, channel=channel, channel_down=True) from error
    finally:
        if not well:
            connection.close()
