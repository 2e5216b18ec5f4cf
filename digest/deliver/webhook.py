"""The webhook channel: an edition as JSON, posted to an address of the operator's, signed.

The body is the edition's JSON Feed (`edition.json`).  The headers are those of the Standard
Webhooks specification 1.0: ``webhook-id`` is the same in every attempt, so that a receiver can
tell a repetition; with a secret, ``webhook-signature`` is ``v1,`` and the base64 of the HMAC-SHA256
over ``id.timestamp.body``.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from digest import __version__
from digest.deliver import EditionPackage
from digest.deliver.mail.password import PasswordError, read
from digest.errors import DeliveryError
from digest.model import Receipt

_SECONDS = 30.0
_TRY_AGAIN = frozenset((408, 425, 429))
"""The client errors (4xx) that go by themselves (RFC 9110, RFC 8470, RFC 6585)."""
_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    url: str
    """Where editions are posted to."""
    secret_file: Path | None = None
    """A file with what the signature is made with, "whsec_..." or any text."""
    secret_env: str | None = None
    """A variable of the environment with it."""

    def __post_init__(self) -> None:
        if urlsplit(self.url).scheme not in ("https", "http") or not urlsplit(self.url).hostname:
            raise ValueError("url is an address such as https://example.org/hook")
        if self.secret_file is not None and self.secret_env is not None:
            raise ValueError("secret_env is given beside secret_file; one of them is enough")


def formats(_settings: Settings) -> tuple[str, ...]:
    return ("json",)


def deliver(package: EditionPackage, settings: Settings) -> Receipt:
    """Post the package; the receipt is the answer's status.

    Raises DeliveryError: permanent where the receiver refuses (4xx), temporary where it is not
    there or not well.  A redirect is refused, as what it leads to was not configured.
    """
    import httpx

    (piece,) = package.pieces
    body = piece.rendition.body
    try:
        headers = _headers(package, body, settings)
        answer = httpx.post(
            settings.url,
            content=body,
            headers={"content-type": piece.rendition.media_type, **headers},
            timeout=_SECONDS,
            follow_redirects=False,
        )
    except PasswordError as error:
        raise _failed(settings, str(error), channel_down=True) from error
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:  # UnicodeError: IDNA
        reason = str(error) or type(error).__name__
        raise _failed(settings, f"cannot be reached: {reason}") from error
    if answer.is_success:
        return Receipt(detail=f"{_host(settings)}: {answer.status_code}")
    text = " ".join(answer.text[:_SHOWN].split())
    raise _failed(
        settings,
        f"answered {answer.status_code}{f' ({text})' if text else ''}",
        temporary=answer.status_code in _TRY_AGAIN or answer.is_server_error,
    )


def _headers(package: EditionPackage, body: bytes, settings: Settings) -> dict[str, str]:
    name = f"{package.digest}.{package.slot}"
    stamp = str(int(package.at.timestamp()))
    headers = {
        "user-agent": f"digest/{__version__}",
        "webhook-id": name,
        "webhook-timestamp": stamp,
    }
    if settings.secret_file is not None or settings.secret_env is not None:
        key = _key(read(settings.secret_file, settings.secret_env))
        signed = b".".join((name.encode(), stamp.encode(), body))
        signature = base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
        headers["webhook-signature"] = f"v1,{signature}"
    return headers


def _key(secret: str) -> bytes:
    """Return the bytes that a secret stands for: base64 behind ``whsec_``, else its own.

    >>> _key("whsec_c2VjcmV0"), _key("secret")
    (b'secret', b'secret')
    """
    if secret.startswith("whsec_"):
        try:
            return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except binascii.Error:
            return secret.encode()
    return secret.encode()


def _host(settings: Settings) -> str:
    """Name the receiver: the rest of its address may be a secret."""
    return urlsplit(settings.url).hostname or ""


def _failed(
    settings: Settings, what: str, *, temporary: bool = True, channel_down: bool = False
) -> DeliveryError:
    return DeliveryError(
        f"the webhook at {_host(settings)} {what}",
        channel="webhook",
        temporary=temporary,
        channel_down=channel_down,
    )
