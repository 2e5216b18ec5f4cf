"""The pages to read: the start page, archives, editions and feeds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from digest import render
from digest.model import Digest, Outline, Rendition
from digest.model.pages import ListedDigest, Start
from digest.pipeline import looks, output
from digest.settings import Config
from digest.store import edition_lists, editions
from digest.web import response_cache, responses
from digest.web.service import PageRequest, Service

FORMATS = ("html", "archive", "atom", "editions", "jsonfeed")
FEEDS = (("Atom", "atom.xml"), ("JSON Feed", "feed.json"))
_SOON, _LATER = 300, 3600
"""Cache lifetimes in seconds, of pages that change with new editions and of other pages."""
_LATEST = 4
"""How many editions of each digest the start page lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MadePage:
    """A page for the cache, with the time when its content last changed."""

    rendition: Rendition
    at: datetime | None
    max_age: int = _SOON
    images: bool = False
    noindex: bool = False
    """Whether search engines must not show the page."""
    closed: bool = False


def start(service: Service, request: PageRequest) -> Response:
    """Show the public digests."""
    config = service.config()
    shown = [digest for digest in config.digests if digest.public]
    states = [service.state(digest.name) for digest in shown]
    made = max(
        (state.published_at for state in states if state and state.published_at), default=None
    )

    def make() -> MadePage:
        with service.store.read() as connection:
            offers = tuple(
                ListedDigest(
                    name=digest.name,
                    title=digest.title,
                    language=digest.language,
                    editions=_latest(connection, digest),
                    subscribe=service.takes_sign_ups(digest),
                    description=_own_description(config, digest),
                )
                for digest in shown
            )
        picture = looks.share_image(config.render.look) if offers else None
        first = offers[0].name if offers else ""
        screen = Start(
            digests=offers,
            feeds=FEEDS,
            search=service.searchable,
            home=config.web.url,
            image=f"{config.web.url}{first}/{picture.filename}" if picture else None,
        )
        return MadePage(rendition=render.screen(screen, service.frame()), at=made)

    numbers = tuple(state.number if state else 0 for state in states)
    return cached(service, request, ("", numbers), make)


def _latest(connection: Connection, digest: Digest) -> tuple[Outline, ...]:
    newest = edition_lists.outlines(connection, digest.name, limit=1)
    others = edition_lists.outlines(connection, digest.name, limit=_LATEST, headlines=False)
    return (*newest, *others[1:])


def _own_description(config: Config, digest: Digest) -> str:
    """Return the description of a digest; empty if it is the publication's own."""
    own = digest.look.description or ""
    return own if own != config.render.look.description else ""


def edition(service: Service, request: PageRequest, name: str, slot: str) -> Response:
    """Show an edition, at its permanent address."""
    digest = public_digest(service, name)

    def make() -> MadePage:
        with service.store.read() as connection:
            found = editions.by_slot(connection, name, slot)
            _, after = editions.neighbors(connection, name, slot)
        if found is None:
            raise HTTPException(404)
        page = output.render_edition(
            service.config(), service.store, digest, found, "html", FORMATS
        )
        at = after.published_at if after else found.composed_at
        return MadePage(
            rendition=page, at=at, max_age=_LATER, images=found.images, noindex=digest.noindex
        )

    # Any new edition may be the one after this edition, so its number is in the key.
    state = service.state(name)
    return cached(service, request, (name, slot, state.number if state else 0), make)


def past(service: Service, request: PageRequest, name: str, file: str) -> Response:
    """Show a file of a digest as a whole: its archive, its feeds, and their pages."""
    digest, state = public_digest(service, name), service.state(name)
    if state is None or not state.number:
        raise HTTPException(404)
    made = state.published_at

    def make() -> MadePage:
        wanted = file or "index.html"
        found = output.find(service.config(), service.store, digest, FORMATS, wanted)
        if found is None:
            raise HTTPException(404)
        return MadePage(
            rendition=found.rendition, at=made, closed=found.closed, noindex=digest.noindex
        )

    return cached(service, request, (name, state.number, file), make)


def to_digest(service: Service, request: PageRequest, name: str) -> Response:
    """Redirect to a digest's archive."""
    public_digest(service, name)
    return _redirect(service, f"{name}/")


def to_edition(service: Service, request: PageRequest, name: str, slot: str) -> Response:
    """Redirect to an edition."""
    public_digest(service, name)
    return _redirect(service, f"{name}/{slot}/")


def to_start(service: Service, request: PageRequest) -> Response:
    """Redirect to the start page from its address without a slash."""
    return _redirect(service, "")


def public_digest(service: Service, name: str) -> Digest:
    digest = service.digest(name)
    if digest is None or not digest.public:
        raise HTTPException(404)
    return digest


def _redirect(service: Service, path: str) -> Response:
    """Redirect to `path`, which holds no text of the request."""
    return RedirectResponse(f"{service.root()}{path}", 301, {"cache-control": f"max-age={_LATER}"})


def cached(
    service: Service, request: PageRequest, key: tuple[object, ...], make: Callable[[], MadePage]
) -> Response:
    """Answer from the cache, by `key` and the templates' state; call `make` for a new page."""
    version = service.template_state.key(service.config(), service.timer())

    def item() -> response_cache.CachedResponse:
        made = make()
        rendition = made.rendition
        is_page = rendition.media_type.startswith("text/html")
        form = is_page and b"<form " in rendition.body
        posts = form and b'method="post"' in rendition.body
        policy = None
        if is_page:
            policy = responses.page_policy(rendition.body, images=made.images, form=form)
        return response_cache.item(
            rendition.media_type,
            rendition.body,
            modified=_last_modified(service, made),
            policy=policy,
            max_age=made.max_age,
            closed=made.closed,
            noindex=made.noindex,
            posts=posts,
        )

    return responses.item(service.cache.get((*key, version), item), request.headers)


def _last_modified(service: Service, made: MadePage) -> datetime:
    """Return when the edition, the templates or the configuration last changed.

    The time is never in the future and has whole seconds (RFC 9110, 8.8.2.1).
    """
    times = [service.template_state.since, *([made.at] if made.at else [])]
    return min(max(times), service.clock()).replace(microsecond=0)
