"""The exceptions of this program, one branch for each party that can mend the error.

    DigestError
      ConfigError      the operator: found before any work, all mistakes at once
      FeedError        the publisher: recorded on that feed, every other feed goes on
        FetchError
          HostClosedError        the host wants no requests for now: the feed was not fetched
          ProxyUnavailableError  the proxy cannot be used: the feed was not fetched
          UnforeseenFetchError   an error in this program
        ParseError
      RenderError      the author of a template: that edition is not written or sent
      DeliveryError    the owner of a channel: retried where temporary, else recorded
      StoreError       the database: the run stops, and nothing is half-written
      BusyError        another run holds the lock: not a failure

``str()`` of each is one sentence for the operator; the exception of a library is chained as
``__cause__``.  Any other exception is an error in this program.  Where a feed or an entry causes
one, it is recorded on the feed or the entry and stops nothing else; elsewhere it is not caught.
"""

from __future__ import annotations

from datetime import datetime, timedelta

MOST_SHOWN = 200
"""Most characters of an unforeseen exception that are shown."""


def cause_of(error: BaseException) -> str:
    """Return an unforeseen exception as one printable line, whatever its text is.

    >>> cause_of(ValueError("a\\n  b"))
    'ValueError: a b'
    """
    try:
        text = str(error)
    except Exception:  # its class has a faulty __str__
        text = ""
    text = text.encode("utf-8", "backslashreplace").decode()
    text = "".join(char if char.isprintable() else " " for char in text[: 10 * MOST_SHOWN])
    text = " ".join(text.split())[:MOST_SHOWN]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


class DigestError(Exception):
    """The base class of all errors that this program expects."""


class ConfigError(DigestError):
    """A mistake in the configuration or on the command line.

    Its text begins with ``file:line: key`` as far as these are known.  Several mistakes found
    together are raised as one error, whose ``others`` holds the rest.
    """

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        line: int | None = None,
        key: str | None = None,
        others: tuple[ConfigError, ...] = (),
    ) -> None:
        self.message = message
        self.file = file
        self.line = line
        self.key = key
        self.others = others
        super().__init__(message)

    @property
    def all(self) -> tuple[ConfigError, ...]:
        """Every mistake, this one first."""
        return (self, *self.others)

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        return ": ".join(part for part in (place, self.key, self.message) if part)


class FeedError(DigestError):
    """A feed could not be read; ``url`` is the address that was requested."""

    def __init__(self, message: str, *, url: str) -> None:
        self.url = url
        super().__init__(message)


class FetchError(FeedError):
    """The document could not be fetched.

    ``status`` is the HTTP status, if there was an answer.  ``retry_after`` is the time before which
    the server wants no other request (RFC 9110, 10.2.3).  ``temporary`` is false where a retry is
    pointless without a change of the configuration (410, a refused address).  ``local`` is true
    where no request reached the publisher: this program refused the address, or this machine has no
    network.  ``closes`` is the host that wants no more requests, and the time until which it wants
    none, where the answer says so.
    """

    closes: tuple[str, datetime] | None = None

    def __init__(
        self,
        message: str,
        *,
        url: str,
        status: int | None = None,
        retry_after: datetime | None = None,
        temporary: bool = True,
        local: bool = False,
    ) -> None:
        self.status = status
        self.retry_after = retry_after
        self.temporary = temporary
        self.local = local
        super().__init__(message, url=url)


class HostClosedError(FetchError):
    """The address was not requested: its host wants no requests before `until`."""

    def __init__(self, message: str, *, url: str, until: datetime) -> None:
        self.until = until
        super().__init__(message, url=url)


class ProxyUnavailableError(FetchError):
    """The address was not requested: its proxy cannot be used; `trouble` is the reason."""

    def __init__(self, trouble: str, *, url: str) -> None:
        self.trouble = trouble
        super().__init__(f"not asked: {trouble}", url=url)


class UnforeseenFetchError(FetchError):
    """An error in this program occurred during a fetch; `cause` is the exception."""

    def __init__(self, cause: Exception, *, url: str) -> None:
        self.cause = cause
        super().__init__(f"an error in digest itself ({type(cause).__name__})", url=url)


class ParseError(FeedError):
    """The document is no feed that this program can read."""


class RenderError(DigestError):
    """A template or a format failed; ``digest`` is the digest's name."""

    def __init__(self, message: str, *, digest: str) -> None:
        self.digest = digest
        super().__init__(message)


class DeliveryError(DigestError):
    """An edition did not reach a recipient over a channel.

    ``temporary`` is false where a retry is pointless (SMTP 5xx).  ``unknown`` is true where the
    whole message was sent and no answer came (RFC 1047).  ``channel_down`` is true where the
    channel reaches no recipient now: no connection, a refused login.  ``not_connected`` is true
    where the reason is a missing connection, so that another connection may still work.
    ``retry_after`` is the time to wait before a retry: the server asks for it, or an earlier retry
    is pointless.
    """

    def __init__(
        self,
        message: str,
        *,
        channel: str,
        recipient: str = "",
        temporary: bool = True,
        unknown: bool = False,
        channel_down: bool = False,
        not_connected: bool = False,
        retry_after: timedelta | None = None,
    ) -> None:
        self.channel = channel
        self.recipient = recipient
        self.temporary = temporary
        self.unknown = unknown
        self.channel_down = channel_down
        self.not_connected = not_connected
        self.retry_after = retry_after
        super().__init__(message)


class StoreError(DigestError):
    """The database cannot be read or written."""


class BusyError(DigestError):
    """Another run is at work on the same database."""
