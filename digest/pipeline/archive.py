"""A digest's frozen past in, the files that show it out: its feeds, its archive, and their pages.

A closed page of a feed is rendered once in its life and kept in the store from then on, so that it
is the same for ever, wherever it is written again.  Each follows the one before it in the numbers
of the editions, and is closed as soon as these hold enough stories.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING, cast

from digest.deliver import RenderedFile
from digest.model import Edition, Rendition, Site
from digest.render import Feed, Format, Listing, Paged, load, page, render
from digest.store import archive, editions
from digest.store.archive import Page

if TYPE_CHECKING:
    from digest.store import Store

BUSY = 62
"""With more editions than two a day the page of a month is without headlines."""
MOST_EDITIONS = 200
"""However few stories they hold, a feed is made of no more editions."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The files of one format."""

    pieces: tuple[RenderedFile, ...]
    kept: Mapping[str, Callable[[], bytes]] = field(default_factory=dict)
    """Those that may be there already, by their names."""


def shown(store: Store, site: Site, name: str, slots: frozenset[str]) -> Shown:
    """Render the past of a digest in the format `name`.

    `slots` are those of the editions that may have changed it.
    """
    form = load(name)
    if form.SCOPE == "list":
        return _list(store, site, name, cast(Listing, form), slots)
    return _feed(store, site, name, cast(Feed, form))


def _feed(store: Store, site: Site, name: str, form: Feed) -> Shown:
    pages = _closed(store, site, name, form, form.STORIES)
    if pages:
        site = replace(site, closed={name: pages[-1].name})
    with store.read() as connection:
        newest = editions.telling(
            connection, site.digest, form.STORIES, least=form.EDITIONS, most=MOST_EDITIONS
        )
    return Shown(
        pieces=(_piece(name, form.FILENAME, render(name, newest, site)),),
        kept={one.name: partial(_body, store, site.digest, name, one.number) for one in pages},
    )


def _closed(store: Store, site: Site, name: str, form: Format, stories: int) -> list[Page]:
    """List the closed pages of a feed, the oldest first; close those that hold so many `stories`.

    A feed whose address is not known has none, as nothing could point to them.
    """
    if not isinstance(form, Paged) or site.base_url is None:
        return []
    with store.read() as connection:
        pages = archive.pages(connection, site.digest, name)
    while True:
        last = pages[-1] if pages else Page(number=0, name="", last_edition=0)
        with store.read() as connection:
            full = editions.filling(connection, site.digest, last.last_edition, stories)
        if not full:
            return pages
        closed = Page(
            number=last.number + 1,
            name=form.PAGE.format(_called(site, full)),
            last_edition=full[0].number,
        )
        rendition = page(name, full, replace(site, closed={name: last.name}), closed.name)
        with store.write() as connection:  # unless somebody else was quicker, with the same
            if len(archive.pages(connection, site.digest, name)) < closed.number:
                pages.append(archive.close(connection, site.digest, name, closed, rendition.body))


def _called(site: Site, full: Sequence[Edition]) -> str:
    """Name a page after the slot that closed it and after what is in it.

    So a digest that was renamed, or whose database was begun anew, never takes a page of its
    former life for its own.
    """
    keys = [story.key for one in full for part in one.sections for story in part.stories]
    origin = [site.authority, site.since.isoformat(), site.digest]
    content = blake2b("\n".join([*origin, *keys]).encode(), digest_size=4).hexdigest()
    return f"{full[0].slot}-{content}"


def _body(store: Store, digest: str, name: str, number: int) -> bytes:
    with store.read() as connection:
        return archive.body(connection, digest, name, number)


def _list(store: Store, site: Site, name: str, form: Listing, slots: frozenset[str]) -> Shown:
    with store.read() as connection:
        months = editions.months(connection, site.digest)
        newest = editions.outlines(connection, site.digest, limit=form.EDITIONS)
    pages: dict[str, Callable[[], Rendition]] = {}
    if sum(months.values()) > len(newest):
        site = replace(site, months=tuple(months))
        pages = {
            month: partial(_month, store, site, name, form.PAGE.format(month), month, count > BUSY)
            for month, count in months.items()
        }
    changed = {slot[:7] for slot in slots} & pages.keys()
    return Shown(
        pieces=(
            *(_piece(name, form.PAGE.format(month), pages[month]()) for month in sorted(changed)),
            _piece(name, form.FILENAME, render(name, newest, site)),
        ),
        kept={
            form.PAGE.format(month): partial(_bytes, make)
            for month, make in pages.items()
            if month not in changed
        },
    )


def _month(store: Store, site: Site, name: str, file: str, month: str, busy: bool) -> Rendition:
    with store.read() as connection:
        listed = editions.outlines(connection, site.digest, month=month, headlines=not busy)
    return page(name, listed, site, file)


def _bytes(make: Callable[[], Rendition]) -> bytes:
    return make().body


def _piece(name: str, filename: str, rendition: Rendition) -> RenderedFile:
    return RenderedFile(format=name, filename=filename, scope="digest", rendition=rendition)
