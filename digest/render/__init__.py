"""Render editions: one module of this folder for each format.

A format module holds ``FILENAME`` (the name of its file), ``SCOPE``, ``Settings`` where it has any
(a frozen dataclass: the keys of ``[render.NAME]``) and ``render(editions, site)``.  Every edition
has passed `templating.public` before it comes to a format.  The same editions and site always give
the same bytes.

A format of the scope "edition" shows one edition; its file is in that slot's folder.  The other
formats show a digest's past editions, the newest first; their files are beside the slots' folders.
The scope "digest" (feeds) shows the editions that tell the last ``STORIES``, and at least
``EDITIONS``; the scope "list" shows outlines of editions.  Where one file is not enough, ``PAGE``
is the pattern of further file names, and ``page(editions, site, name)`` makes one of those files: a
closed page of a feed, or a month of a list.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Literal, Protocol, cast, runtime_checkable

from digest.errors import ConfigError
from digest.model import Edition, Letter, Outline, Rendition, Site
from digest.model.pages import Frame, Screen
from digest.render.templating import clean, public
from digest.text.suggestions import suggestion

Scope = Literal["edition", "digest", "list"]


class Format(Protocol):
    """The interface of a format module."""

    FILENAME: str

    @property
    def SCOPE(self) -> Scope: ...  # noqa: N802 - a constant; read-only, so that it may be narrower

    def render(self, editions: Sequence[Any], site: Site) -> Rendition: ...


class FeedFormat(Format, Protocol):
    """The interface of a format module of the scope "digest"."""

    MEDIA_TYPE: str
    """The media type with its charset."""
    STORIES: int
    EDITIONS: int


@runtime_checkable
class Paged(Format, Protocol):
    """The interface of a format module that splits a digest's past into pages."""

    PAGE: str
    """The path of a page below the digest's folder; ``{}`` stands for the name of the page."""

    def page(self, editions: Sequence[Any], site: Site, name: str) -> Rendition: ...


class Listing(Paged, Protocol):
    """The interface of a format module of the scope "list"."""

    EDITIONS: int
    """How many editions the first page shows."""


def names() -> tuple[str, ...]:
    """Return the names of all formats, without importing them."""
    return tuple(sorted(module.name for module in iter_modules(__path__) if not module.ispkg))


def load(name: str) -> Format:
    """Import the format `name`; raise ConfigError, with a suggestion, for an unknown one."""
    known = names()
    if name not in known:
        raise ConfigError(f"there is no format {name!r}{suggestion(name, known)}")
    return cast(Format, import_module(f"{__name__}.{name}"))


def filename(name: str, digest: str, slot: str) -> str:
    """Return the file name of one edition in a format; most formats have one name for all."""
    form = load(name)
    own = getattr(form, "filename", None)
    return str(own(digest, slot)) if own else form.FILENAME


def render(name: str, editions: Sequence[Edition | Outline], site: Site) -> Rendition:
    """Render one edition, or a digest's past editions, in the format `name`.

    A format of the scope "list" takes outlines, and whole editions as well.  Raises ConfigError
    for an unknown format, RenderError where a template fails.
    """
    form = load(name)
    return form.render(_public(form, editions, site), clean.site(site))


def readable(edition: Edition, site: Site) -> Edition:
    """Return an edition as readers may see it, cleaned."""
    return public.edition(edition, clean.site(site))


def signup_form(site: Site) -> str:
    """Return an HTML form for signing up from a page of another site."""
    from digest.render.web import screens

    return screens.signup_form(clean.site(site))


def page(name: str, editions: Sequence[Edition | Outline], site: Site, file: str) -> Rendition:
    """Render the page of past editions whose path is `file`, in the format `name`."""
    form = load(name)
    assert isinstance(form, Paged), f"the format {name} has no pages"
    return form.page(_public(form, editions, site), clean.site(site), file)


def confirmation(site: Site, *, address: str, link: str, now: datetime) -> Letter:
    """Make the letter that asks the owner of `address` to confirm the sign-up by following `link`.

    Raises RenderError where a template fails.
    """
    from digest.render.web import confirmation as _confirmation

    return _confirmation.letter(clean.site(site), address=address, link=link, now=now)


def approval_request(
    edition: Edition, site: Site, *, link: str | None, goes_at: datetime | None
) -> Letter:
    """Make the letter that asks an editor to approve `edition`, by following `link`.

    `goes_at` is when the edition goes out without approval.  Raises RenderError where a template
    fails.
    """
    from digest.render.web import approval

    shown = public.edition(edition, site)
    return approval.letter(shown, clean.site(site), link=link, goes_at=goes_at)


def screen(screen: Screen, frame: Frame) -> Rendition:
    """Render a web page that is no edition; raise RenderError where a template fails."""
    from digest.render.web import screens

    return screens.render(screen, frame)


def forget_templates() -> None:
    """Look for each template again: the operator may have added one."""
    from digest.render.templating import templates

    templates.forget()


def _public(
    form: Format, editions: Sequence[Edition | Outline], site: Site
) -> Sequence[Edition | Outline]:
    """Return `editions` as readers may see them."""
    if form.SCOPE == "list":
        return tuple(public.outline(edition, site) for edition in editions)
    return tuple(
        public.edition(edition, site) for edition in editions if isinstance(edition, Edition)
    )
