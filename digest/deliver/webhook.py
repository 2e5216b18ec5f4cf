"""The webhook channel: an edition as signed JSON, posted to an address of the operator's.

The body is the edition's JSON Feed (`edition.json`).  Headers and behavior are those of Standard
Webhooks 1.0: ``webhook-id`` is the same in every attempt, so that a receiver recognizes a
repetition; with a secret, ``webhook-signature`` is ``v1,`` and the base64 of the HMAC-SHA256 over
``id.timestamp.body``.  After any answer but 2xx, also a redirect, the edition is tried again for
days; 410 ends the attempts; ``Retry-After`` is obeyed.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from digest import __version__
from digest.deliver import EditionPackage
from digest.deliver.mail.password import PasswordError, read
from digest.deliver.web.post import PostError, host_of, is_web_address, post
from digest.errors import DeliveryError
from digest.model import Receipt

_SECONDS = 30.0
"""The deadline for the whole exchange, in seconds; the specification advises 15 to 30."""
_GONE = 410


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    url: str = field(metadata={"secret": "whole"})
    """The address that editions are posted to."""
    secret_file: Path | None = None
    """A file with the secret of the signature, "whsec_..." or any text."""
    secret_env: str | None = None
    """The environment variable with the secret."""

    def __post_init__(self) -> None:
        if not is_web_address(self.url):
            raise ValueError("url is an address such as https://example.org/hook")
        if self.secret_file is not None and self.secret_env is not None:
            raise ValueError("secret_env is given beside secret_file; one of them is enough")


def formats(_settings: Settings) -> tuple[str, ...]:
    return ("json",)


def deliver(package: EditionPackage, settings: Settings) -> Receipt:
    """Post the package; the receipt is the answer's status.

    Raises DeliveryError: permanent after 410, which says that the receiver wants no more, and
    temporary after everything else.
    """
    (rendered,) = package.pieces
    body = rendered.rendition.body
    try:
        secret = _secret(settings)
    except PasswordError as error:
        raise _failed(settings, str(error), channel_down=True) from error
    headers = _headers(package, body, secret)
    headers["content-type"] = rendered.rendition.media_type
    try:
        answer = post(
            settings.url,
            body,
            headers,
            seconds=_SECONDS,
            now=package.at,
            secrets=[secret] if secret else [],
        )
    except PostError as error:
        raise _failed(settings, str(error)) from error
    if 200 <= answer.status < 300:
        return Receipt(detail=f"{host_of(settings.url)}: {answer.status}")
    raise _failed(
        settings,
        f"answered {answer}",
        temporary=answer.status != _GONE,
        retry_after=answer.retry_after,
    )


def _secret(settings: Settings) -> str | None:
    if settings.secret_file is None and settings.secret_env is None:
        return None
    return read(settings.secret_file, settings.secret_env)


def _headers(package: EditionPackage, body: bytes, secret: str | None) -> dict[str, str]:
    name = f"{package.digest}_{package.slot}"  # a dot separates the signed parts
    stamp = str(int(package.at.timestamp()))
    headers = {
        "user-agent": f"digest/{__version__}",
        "webhook-id": name,
        "webhook-timestamp": stamp,
    }
    if secret is not None:
        signed = b".".join((name.encode(), stamp.encode(), body))
        signature = base64.b64encode(hmac.digest(_key(secret), signed, "sha256")).decode()
        headers["webhook-signature"] = f"v1,{signature}"
    return headers


def _key(secret: str) -> bytes:
    """Return the bytes of a secret: decoded base64 behind ``whsec_``, else the text's own.

    >>> _key("whsec_c2VjcmV0"), _key("secret")
    (b'secret', b'secret')
    """
    if secret.startswith("whsec_"):
        try:
            return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except binascii.Error:
            return secret.encode()
    return secret.encode()


def _failed(
    settings: Settings,
    what: str,
    *,
    temporary: bool = True,
    channel_down: bool = False,
    retry_after: timedelta | None = None,
) -> DeliveryError:
    return DeliveryError(
        f"the webhook at {host_of(settings.url)} {what}",
        channel="webhook",
        temporary=temporary,
        channel_down=channel_down,
        retry_after=retry_after,
    )
