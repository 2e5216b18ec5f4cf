"""Render editions: one module of this folder for each format.

A format module holds ``FILENAME`` (what its file is called), ``SCOPE``, ``Settings`` where it has
any (a frozen dataclass: the keys of ``[render.NAME]``) and ``render(editions, site)``.  It reads
only what `templating.public` has passed, so no format can forget to; the same editions and site
always give the same bytes.

A format of the scope "edition" shows one edition and lies in that slot's folder.  The others show
the past of a digest, the newest edition first, and lie beside the slots: "digest" (feeds) the
editions that tell the last ``STORIES``, and at least ``EDITIONS``; "list" what a list says of each.
Where the past outgrows one file, ``PAGE`` is how the files of its pages are called and
``page(editions, site, name)`` makes one: of a feed a closed page, of a list a month.
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
    """What a module of this package is."""

    FILENAME: str

    @property
    def SCOPE(self) -> Scope: ...  # noqa: N802 - a constant; to be read only lets it be narrower

    def render(self, editions: Sequence[Any], site: Site) -> Rendition: ...


class FeedFormat(Format, Protocol):
    """What a module of the scope "digest" is."""

    MEDIA_TYPE: str
    """With its charset."""
    STORIES: int
    EDITIONS: int


@runtime_checkable
class Paged(Format, Protocol):
    """What a module is whose past has pages."""

    PAGE: str
    """Where they lie, below the digest; ``{}`` stands for what tells one from others."""

    def page(self, editions: Sequence[Any], site: Site, name: str) -> Rendition: ...


class Listing(Paged, Protocol):
    """What a module of the scope "list" is."""

    EDITIONS: int
    """How many the first page shows."""


def names() -> tuple[str, ...]:
    """Name the formats there are, without importing them."""
    return tuple(sorted(module.name for module in iter_modules(__path__) if not module.ispkg))


def load(name: str) -> Format:
    """Import the format `name`; raise ConfigError, with the names there are, for another."""
    known = names()
    if name not in known:
        raise ConfigError(f"there is no format {name!r}{suggestion(name, known)}")
    return cast(Format, import_module(f"{__name__}.{name}"))


def filename(name: str, digest: str, slot: str) -> str:
    """Name the file of one edition in the format `name`; most formats have one name for all."""
    form = load(name)
    own = getattr(form, "filename", None)
    return str(own(digest, slot)) if own else form.FILENAME


def render(name: str, editions: Sequence[Edition | Outline], site: Site) -> Rendition:
    """Render in the format `name`: one edition, or what the format shows of a digest's past.

    A format of the scope "list" takes outlines, and whole editions as well.  Raises ConfigError
    for an unknown format, RenderError where a template fails.
    """
    form = load(name)
    return form.render(_public(form, editions, site), clean.site(site))


def readable(edition: Edition, site: Site) -> Edition:
    """Return what readers may see of an edition, cleaned."""
    return public.edition(edition, clean.site(site))


def signup_form(site: Site) -> str:
    """Make the form that a page elsewhere may hold, for signing up there."""
    from digest.render.web import screens

    return screens.signup_form(clean.site(site))


def page(name: str, editions: Sequence[Edition | Outline], site: Site, file: str) -> Rendition:
    """Render a page of the past in the format `name`, which is to lie at `file`."""
    form = load(name)
    assert isinstance(form, Paged), f"the format {name} has no pages"
    return form.page(_public(form, editions, site), clean.site(site), file)


def confirmation(site: Site, *, address: str, link: str, now: datetime) -> Letter:
    """Make the letter that asks whether `address` is to get a digest: by following `link`.

    Raises RenderError where a template fails.
    """
    from digest.render.web import confirmation as _confirmation

    return _confirmation.letter(clean.site(site), address=address, link=link, now=now)


def approval_request(
    edition: Edition, site: Site, *, link: str | None, goes_at: datetime | None
) -> Letter:
    """Make the letter that asks an editor to approve `edition`, by following `link`.

    `goes_at` is when it goes out without that.  Raises RenderError where a template fails.
    """
    from digest.render.web import approval

    shown = public.edition(edition, site)
    return approval.letter(shown, clean.site(site), link=link, goes_at=goes_at)


def screen(screen: Screen, frame: Frame) -> Rendition:
    """Make a page of the web side that is no edition; raise RenderError where a template fails."""
    from digest.render.web import screens

    return screens.render(screen, frame)


def forget_templates() -> None:
    """Look for each template anew: an operator's own may have come before ours."""
    from digest.render.templating import templates

    templates.forget()


def _public(
    form: Format, editions: Sequence[Edition | Outline], site: Site
) -> Sequence[Edition | Outline]:
    """Return what readers may see of `editions`."""
    if form.SCOPE == "list":
        return tuple(public.outline(edition, site) for edition in editions)
    return tuple(
        public.edition(edition, site) for edition in editions if isinstance(edition, Edition)
    )
