"""Sign a message for its sender's domain (DKIM, RFC 6376 and RFC 8463).

The signature's time is the message's own Date, and both kinds of key sign deterministically, so the
same message gets the same bytes however often it is sent.  The fields that people see are signed
once more than they occur, so that no second Subject can be added.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from textwrap import wrap

from digest.deliver import MailSettings
from digest.net.mail_addresses import split_name
from digest.resources import install_command

_SIGNED = (
    *("from", "to", "subject", "date", "message-id", "reply-to", "mime-version", "content-type"),
    *("content-language", "list-id", "list-unsubscribe", "list-unsubscribe-post"),
)
_OVERSIGNED = frozenset(("from", "to", "subject", "date", "mime-version", "content-type"))
"""The fields of which no more may be added than are signed."""

DkimSigner = Callable[[bytes], bytes]


class KeyFileError(Exception):
    """A key file cannot be used; ``str()`` says why and never quotes the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimSettings(MailSettings):
    """The settings of a channel's DKIM signature; without them, its messages are not signed."""

    dkim_selector: str | None = None
    """The name of the key: the TXT record of SELECTOR._domainkey.DOMAIN holds its public half."""
    dkim_key_file: Path | None = None
    """A file with the private key in PEM: RSA or Ed25519."""

    def __post_init__(self) -> None:
        if (self.dkim_selector is None) != (self.dkim_key_file is None):
            raise ValueError("dkim_selector and dkim_key_file go together")
        if self.dkim_selector is not None:
            if not re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", self.dkim_selector):
                raise ValueError('dkim_selector is a name such as "mail2026"')
            if find_spec("cryptography") is None:
                needed = install_command("dkim")
                raise ValueError(f"dkim_key_file needs the package cryptography: {needed}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimKey:
    """A private key: its kind, its function to sign, and its public record."""

    kind: str
    sign: Callable[[bytes], bytes]
    record: str
    """The TXT record with the public key, which verifies signatures."""


def signing(settings: DkimSettings) -> DkimSigner:
    """Return a function that signs messages, or returns them unchanged without a key.

    Raises KeyFileError.
    """
    if settings.dkim_selector is None or settings.dkim_key_file is None:
        return lambda message: message
    key = read_key(settings.dkim_key_file)
    domain = split_name(settings.from_)[1].rpartition("@")[2]
    selector = settings.dkim_selector
    return lambda message: _field(message, key, domain, selector) + message


def read_key(file: Path) -> DkimKey:
    """Read a private key; raise KeyFileError."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

    try:
        private = serialization.load_pem_private_key(file.read_bytes(), password=None)
    except OSError as error:
        raise KeyFileError(f"{file} cannot be read: {error.strerror}") from error
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeyFileError(f"{file} is no private key in PEM, or has a password") from None
    encodings, forms = serialization.Encoding, serialization.PublicFormat
    if isinstance(private, ed25519.Ed25519PrivateKey):
        public = private.public_key().public_bytes(encodings.Raw, forms.Raw)
        return DkimKey(kind="ed25519", sign=private.sign, record=_record("ed25519", public))
    if isinstance(private, rsa.RSAPrivateKey):
        public = private.public_key().public_bytes(encodings.DER, forms.SubjectPublicKeyInfo)

        def sign(data: bytes) -> bytes:
            return private.sign(data, padding.PKCS1v15(), hashes.SHA256())

        return DkimKey(kind="rsa", sign=sign, record=_record("rsa", public))
    raise KeyFileError(f"{file} is no key for DKIM: that is RSA or Ed25519")


def _record(kind: str, public: bytes) -> str:
    return f"v=DKIM1; k={kind}; p={b64encode(public).decode()}"


def _field(message: bytes, key: DkimKey, domain: str, selector: str) -> bytes:
    """Return the DKIM-Signature field of a message."""
    head, _, body = message.partition(b"\r\n\r\n")
    fields = [_relaxed(field) for field in re.split(rb"\r\n(?![ \t])", head)]
    names = [name for name in _SIGNED for _ in range(_count(fields, name) + (name in _OVERSIGNED))]
    written = next((value.decode() for name, value in fields if name == b"date"), "")
    moment = parsedate_to_datetime(written) if written else None
    tags = {
        "v": "1",
        "a": f"{key.kind}-sha256",
        "c": "relaxed/relaxed",
        "d": domain,
        "s": selector,
        **({"t": str(int(moment.timestamp()))} if moment else {}),
        "h": ":".join(names),
        "bh": b64encode(sha256(_relaxed_body(body)).digest()).decode(),
        "b": "",
    }
    field = _folded("; ".join(f"{name}={value}" for name, value in tags.items()))
    data = b"".join(b"%s:%s\r\n" % each for each in _selected(fields, names))
    data += b"%s:%s" % _relaxed(field)
    if key.kind == "ed25519":
        data = sha256(data).digest()  # RFC 8463, 3: the key signs the hash
    signature = b64encode(key.sign(data)).decode()
    return field + "".join(f"\r\n {line}" for line in wrap(signature, 74)).encode() + b"\r\n"


def _folded(tags: str) -> bytes:
    """Fold the field at places where folding does not change the signed text."""
    text = f"DKIM-Signature: {tags.replace(':', ': ')}"
    lines = wrap(text, 76, break_long_words=False, break_on_hyphens=False)
    return "\r\n ".join(lines).encode("ascii")


def _count(fields: list[tuple[bytes, bytes]], name: str) -> int:
    return sum(found == name.encode() for found, _ in fields)


def _selected(fields: list[tuple[bytes, bytes]], names: list[str]) -> list[tuple[bytes, bytes]]:
    """Return the fields to sign in the order of `names`: the last field of a name first (5.4.2)."""
    left = list(reversed(fields))
    chosen = []
    for name in names:
        found = next((field for field in left if field[0] == name.encode()), None)
        if found is not None:
            left.remove(found)
            chosen.append(found)
    return chosen


def _relaxed(field: bytes) -> tuple[bytes, bytes]:
    """Return a field's name and value in the form that is signed (3.4.2)."""
    name, _, value = field.partition(b":")
    return name.strip().lower(), re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b"")).strip()


def _relaxed_body(body: bytes) -> bytes:
    """Return a body in the form that is signed (3.4.4)."""
    text = re.sub(rb"[ \t]+", b" ", body).replace(b" \r\n", b"\r\n").rstrip(b" \r\n")
    return text + b"\r\n" if text else b""
