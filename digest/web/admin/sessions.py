"""Sessions, tokens of forms and short notices: signed by itsdangerous, kept by the browser alone.

The key is made from the secret of the database and the hash of the password.
"""

from __future__ import annotations

import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from itsdangerous import BadData, TimestampSigner, URLSafeTimedSerializer

CARRIED = 300_000
"""The most characters of a form that is carried through the login."""
_LOGIN_FORM = timedelta(hours=2)
_NOTICE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A login of the operator."""

    id: str
    user: str
    """The name that the proxy gave; "operator" after a login by password."""
    by_proxy: bool = False


class _ClockSigner(TimestampSigner):
    """A signer that takes the time as an argument."""

    def __init__(self, *arguments: Any, now: datetime, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._now = int(now.timestamp())

    def get_timestamp(self) -> int:
        return self._now


class Signatures:
    """Signs and verifies texts with one key at one time."""

    def __init__(self, key: bytes, now: datetime) -> None:
        self._key = key
        self._now = now

    @classmethod
    def of(cls, secret: bytes, password_hash: str | None, now: datetime) -> Signatures:
        key = hmac.digest(secret, f"web.admin {password_hash}".encode(), sha256)
        return cls(key, now)

    def new_session(self) -> tuple[Session, str]:
        """Return a new session and its cookie."""
        session = Session(id=secrets.token_urlsafe(18), user="operator")
        return session, self._sign("session", [session.id, session.user])

    def session(self, cookie: str, lifetime: timedelta) -> Session | None:
        """Return the session of a cookie; ``None`` for a forged or an old one."""
        match self._verified("session", cookie, lifetime):
            case [str(session_id), str(user)]:
                return Session(id=session_id, user=user)
        return None

    def form_token(self, session: Session) -> str:
        """Return the token that the forms of a session hold."""
        return hmac.new(self._key, f"form {session.id}".encode(), sha256).hexdigest()

    def is_form_token(self, session: Session, token: str) -> bool:
        return hmac.compare_digest(self.form_token(session).encode(), token.encode())

    def login_token(self) -> str:
        """Return the token of the login form."""
        return self._sign("login", secrets.token_urlsafe(9))

    def is_login_token(self, token: str) -> bool:
        return self._verified("login", token, _LOGIN_FORM) is not None

    def carry(self, path: str, fields: list[tuple[str, str]]) -> str | None:
        """Return a form as a signed text for the login page; ``None`` if it is too long."""
        if len(json.dumps(fields)) > CARRIED:
            return None
        return self._sign("carried", [path, fields])

    def carried(self, text: str) -> tuple[str, list[tuple[str, str]]] | None:
        """Return the path and the fields of a carried form; ``None`` for a forged or old one."""
        match self._verified("carried", text, _LOGIN_FORM):
            case [str(path), list(fields)]:
                return path, [(str(name), str(value)) for name, value in fields]
        return None

    def notice(self, text: str) -> str:
        """Return a notice for the next page as a signed text."""
        return self._sign("notice", text[:1500])

    def read_notice(self, text: str) -> str | None:
        found = self._verified("notice", text, _NOTICE)
        return found if isinstance(found, str) else None

    def _serializer(self, purpose: str) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(
            self._key,
            salt=f"digest {purpose}",
            signer=_ClockSigner,
            signer_kwargs={"now": self._now, "digest_method": sha256},
        )

    def _sign(self, purpose: str, value: object) -> str:
        signed = self._serializer(purpose).dumps(value)
        return signed if isinstance(signed, str) else signed.decode()

    def _verified(self, purpose: str, text: str, lifetime: timedelta) -> Any:
        try:
            return self._serializer(purpose).loads(text, max_age=int(lifetime.total_seconds()))
        except BadData:
            return None
