"""The error tree: one branch for each party whose business an error is.

    DigestError
      ConfigError      the operator's: found before any work, all of them at once
      FeedError        the publisher's: recorded on that feed, every other feed goes on
        FetchError
          HostClosedError        its host wants to be left alone: the feed was not asked
          ProxyUnavailableError  the proxy to it is down: the feed was not asked
          UnforeseenFetchError   ours: an exception that nobody foresaw
        ParseError
      RenderError      a template's: that edition is not written or sent
      DeliveryError    a channel's: retried where temporary, recorded where not
      StoreError       the database's: the run stops, nothing is half-written
      BusyError        another run holds the lock: not a failure

``str()`` of any of them is one sentence for the operator; the library's own exception is chained
as ``__cause__``.  What is not a DigestError is an error in this program.  One that a feed or an
entry brings to light is recorded there and stops nothing else; any other travels up untouched.
"""

from __future__ import annotations

from datetime import datetime, timedelta

MOST_SHOWN = 200
"""Characters of the text of an unforeseen exception that are shown."""


def cause_of(error: BaseException) -> str:
    """Describe an unforeseen exception in one printable line, whatever its text is.

    >>> cause_of(ValueError("a\\n  b"))
    'ValueError: a b'
    """
    try:
        text = str(error)
    except Exception:  # of a class that is wrong itself
        text = ""
    text = text.encode("utf-8", "backslashreplace").decode()
    text = "".join(char if char.isprintable() else " " for char in text[: 10 * MOST_SHOWN])
    text = " ".join(text.split())[:MOST_SHOWN]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


class DigestError(Exception):
    """Anything that this program expects to go wrong."""


class ConfigError(DigestError):
    """A mistake in the configuration or on the command line.

    ``where`` is ``file:line: key`` as far as it is known.  Several mistakes found together
    travel as one error whose ``others`` holds the rest.
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
    """A feed could not be read; ``url`` is the address that was asked."""

    def __init__(self, message: str, *, url: str) -> None:
        self.url = url
        super().__init__(message)


class FetchError(FeedError):
    """The document could not be had.

    ``status`` is the HTTP status, if there was an answer; ``retry_after`` the moment before which
    the server asks us not to come back (RFC 9110, 10.2.3); ``temporary`` is false where trying
    again without a change of the configuration is pointless (410, a refused address); ``local`` is
    true where nothing reached the publisher: we refused the address ourselves, or this machine has
    no network; ``closes`` names the host that wants no more requests, and until when, where the
    answer says so.
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
    """The address was not asked: its host wants no requests before `until`."""

    def __init__(self, message: str, *, url: str, until: datetime) -> None:
        self.until = until
        super().__init__(message, url=url)


class ProxyUnavailableError(FetchError):
    """The address was not asked: the proxy to it cannot be used; `trouble` says why."""

    def __init__(self, trouble: str, *, url: str) -> None:
        self.trouble = trouble
        super().__init__(f"not asked: {trouble}", url=url)


class UnforeseenFetchError(FetchError):
    """An error in this program, met while an address was fetched; `cause` is the exception."""

    def __init__(self, cause: Exception, *, url: str) -> None:
        self.cause = cause
        super().__init__(f"an error in digest itself ({type(cause).__name__})", url=url)


class ParseError(FeedError):
    """The document is not a feed that we can read."""


class RenderError(DigestError):
    """A template or a format failed; ``digest`` is the digest's name."""

    def __init__(self, message: str, *, digest: str) -> None:
        self.digest = digest
        super().__init__(message)


class DeliveryError(DigestError):
    """An edition did not reach a recipient over a channel.

    ``temporary`` is false where trying again is pointless (SMTP 5xx).  ``unknown`` is true where
    all was handed over and no answer came (RFC 1047).  ``channel_down`` is true where nobody can be
    reached over the channel now: no connection, a refused login.  ``not_connected`` is true where
    that is for want of a connection, so that another connection may still do.  ``retry_after`` is
    the time for which the other side asks to be left alone, or for which trying is pointless.
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
