"""The request that a page of the operator answers, and the state of its forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.responses import Response

from digest.settings import Config
from digest.store import Store
from digest.web.admin.sessions import Session, Signatures
from digest.web.service import PageRequest, Service

AdminPage = Callable[..., Response]
"""A function of an `AdminRequest` and the parameters of its path."""

Fields = Mapping[str, Sequence[str]]
"""The values of each field of a form or a query, in the order of the form."""


_RESTORED = "You had to log in again. Nothing is saved yet: send the form again."


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminRoute:
    """An address of the operator's pages."""

    path: str
    """The path below ``/admin``, with parameters as Starlette has them: ``/feeds/{key}``."""
    page: AdminPage
    methods: tuple[str, ...] = ("GET",)
    """"GET", "POST" or both."""
    nav: str = ""
    """The name of this section in the navigation: "feeds"."""
    upload: int = 0
    """The most bytes of the uploaded file; 0: the form has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """An uploaded file.  It lives as long as its request."""

    filename: str
    file: BinaryIO
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FormState:
    """What a form shows: what was entered before, or the current values, and its mistakes."""

    id: str
    entered: Fields | None = None
    """The fields that were sent; ``None`` where the form is shown for the first time."""
    errors: Mapping[str, str] = field(default_factory=dict)
    """The mistake of each field; that of the whole form under the empty name."""

    def value(self, name: str, current: object = "") -> str:
        """Return the text to show in a field, from what was entered or from `current`."""
        if self.entered is not None and name in self.entered:
            return self.entered[name][0]
        return "" if current is None else str(current)

    def checked(self, name: str, value: str, current: bool) -> bool:
        """Say whether a box, or one value of several, is chosen."""
        if self.entered is None:
            return current
        return value in self.entered.get(name, ())

    def error(self, name: str) -> str:
        return self.errors.get(name, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminRequest:
    """A request of the operator, who is logged in."""

    service: Service
    http: PageRequest
    route: AdminRoute
    path: str
    """The path below the root of the web side, without a slash before it: ``admin/feeds``."""
    session: Session
    signatures: Signatures
    config: Config
    """The configuration in force when the request came."""
    now: datetime
    method: str = "GET"
    query: Fields = field(default_factory=dict)
    form: Fields = field(default_factory=dict)
    """The fields of a sent form."""
    upload: Upload | None = None
    restored: bool = False
    """Whether `form` was sent before a login, and is shown again to be sent again."""
    notice: str = ""
    """What the page before has done, to be shown once."""

    @property
    def store(self) -> Store:
        return self.service.store

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the times on the pages."""
        return ZoneInfo(self.config.timezone)

    @property
    def token(self) -> str:
        """The token that each form must hold."""
        return self.signatures.form_token(self.session)

    def address(self, path: str = "", **query: object) -> str:
        """Return the address of a page: ``address("feeds", page=2)`` is ``/admin/feeds?page=2``."""
        written = urlencode(
            {name: value for name, value in query.items() if value not in ("", None)}
        )
        return f"{self.service.root()}admin/{path}{'?' if written else ''}{written}"

    def here(self, **changes: object) -> str:
        """Return the address of this page with some parameters of its query changed.

        An empty value removes a parameter.
        """
        pairs = [
            (name, value)
            for name, values in self.query.items()
            if name not in changes
            for value in values
        ]
        pairs += [(name, str(value)) for name, value in changes.items() if value not in ("", None)]
        written = urlencode(pairs)
        return f"{self.service.root()}{self.path}{'?' if written else ''}{written}"

    def asked(self, name: str, default: str = "") -> str:
        """Return the first value of a query parameter."""
        return next(iter(self.query.get(name, ())), default)

    def number(self, name: str, default: int = 1) -> int:
        """Return a query parameter that is a whole number from 1."""
        text = self.asked(name)
        fits = text.isascii() and text.isdigit() and len(text) <= 18
        return max(1, int(text)) if fits else default

    def sent(self, name: str) -> str:
        """Return the first value of a field of the form."""
        return next(iter(self.form.get(name, ())), "")

    def form_state(self, form_id: str, errors: Mapping[str, str] | None = None) -> FormState:
        """Return the state of one form of the page; a sent form shows what was entered.

        The form holds its id in a hidden field named ``form`` (see templates/web/admin/parts.html).
        """
        ours = self.sent("form") == form_id
        notes = dict(errors or {})
        if ours and self.restored:
            notes.setdefault(
                "", "You had to log in again. Nothing is saved yet: send the form again."
            )
        return FormState(id=form_id, entered=self.form if ours else None, errors=notes)
