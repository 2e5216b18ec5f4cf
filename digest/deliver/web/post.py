"""Post a body to an address of the operator's, with a deadline for the whole exchange.

The answer is read to a limit, no redirect is followed, and the environment's proxies are not used:
the configuration alone decides where the body goes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar
from urllib.parse import urlsplit

from digest.net.secret_urls import without_parts
from digest.text.characters import one_line

MOST_ANSWER = 4096
"""How many bytes of an answer are read, at most."""
_SHOWN = 200

Result = TypeVar("Result")


class PostError(Exception):
    """There was no answer; ``str()`` says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP answer: its status, the beginning of its text, and its Retry-After."""

    status: int
    text: str
    """The beginning of the body, on one line, without secrets."""
    retry_after: timedelta | None
    """How long the server asks to be left alone (RFC 9110, 10.2.3)."""

    def __str__(self) -> str:
        return f"{self.status}{f' ({self.text})' if self.text else ''}"


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    seconds: float,
    now: datetime,
    secrets: Collection[str] = (),
) -> Answer:
    """Post `body`; raise PostError where no answer came within `seconds`.

    No word of the answer or the error repeats `secrets`, or a part of `url` beside its host.  The
    exchange runs in a thread of its own: no timeout of a socket bounds a server that sends a
    byte now and then.
    """

    def hide(words: str) -> str:
        for secret in secrets:
            words = words.replace(secret, "…")
        return without_parts(words, url)

    return within(seconds, lambda: _exchange(url, body, headers, seconds, now, hide))


def within(seconds: float, work: Callable[[], Result]) -> Result:
    """Return the result of `work`, or raise its exception; raise PostError after `seconds`.

    `work` then goes on in a daemon thread, and its result is dropped.
    """
    results: SimpleQueue[tuple[Result] | Exception] = SimpleQueue()

    def run() -> None:
        try:
            results.put((work(),))
        except Exception as error:  # raised again in the thread that waits
            results.put(error)

    Thread(target=run, name="digest-post", daemon=True).start()
    try:
        result = results.get(timeout=seconds)
    except Empty:
        raise PostError(f"gave no answer within {seconds:g} seconds") from None
    if isinstance(result, Exception):
        raise result
    return result[0]


def _exchange(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    seconds: float,
    now: datetime,
    hide: Callable[[str], str],
) -> Answer:
    import httpx

    try:
        with (
            httpx.Client(timeout=seconds, follow_redirects=False, trust_env=False) as client,
            client.stream("POST", url, content=body, headers=dict(headers)) as answer,
        ):
            received = b""
            if not answer.is_success:
                with suppress(httpx.HTTPError):  # the status counts, however the text ends
                    for piece in answer.iter_raw(MOST_ANSWER):
                        received += piece
                        if len(received) >= MOST_ANSWER:
                            break
            text = received[:MOST_ANSWER].decode("utf-8", "replace")
            return Answer(
                status=answer.status_code,
                text=one_line(hide(text), _SHOWN),
                retry_after=_retry_after(answer.headers.get("retry-after", ""), now),
            )
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:  # UnicodeError: IDNA
        # h11 shows the bytes that it refuses, as Python writes them.
        words = hide(str(error).partition(": bytearray(")[0]) or type(error).__name__
        raise PostError(f"cannot be reached: {words}") from error


def _retry_after(value: str, now: datetime) -> timedelta | None:
    """Parse a Retry-After header: seconds, or a date."""
    value = value.strip()
    if value.isascii() and value.isdecimal():
        return timedelta(seconds=min(int(value[:12]), 10**9))
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(moment - now, timedelta(0))


def host_of(url: str) -> str:
    """Return the host of an address, for people: the rest of it may be a secret."""
    return urlsplit(url).hostname or ""


def is_web_address(url: str) -> bool:
    """Return whether `url` can be posted to."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("https", "http") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
