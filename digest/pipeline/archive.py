"""Make the files that show the past of a digest: its feeds, its archive, and their pages.

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
from digest.render import FeedFormat, Listing, Paged, load, page, render
from digest.store import archive, edition_lists, editions
from digest.store.archive import Page

if TYPE_CHECKING:
    from digest.store import Store

BUSY = 62
"""With more editions than two a day the page of a month is without headlines."""
MOST_EDITIONS = 200
"""However few stories they hold, a feed is made of no more editions."""


@dataclass(frozen=True, slots=True)
class FormatFiles:
    """The files of one format."""

    pieces: tuple[RenderedFile, ...]
    kept: Mapping[str, Callable[[], bytes]] = field(default_factory=dict)
    """Those that may be there already, by their names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """A file that belongs to a digest as a whole."""

    rendition: Rendition
    closed: bool
    """Whether it never changes."""


def files(store: Store, site: Site, name: str, slots: frozenset[str]) -> FormatFiles:
    """Render the past of a digest in the format `name`; close the pages that are full.

    `slots` are those of the editions that may have changed it.
    """
    form = load(name)
    if form.SCOPE == "list":
        return _list_files(store, site, name, cast(Listing, form), slots)
    pages = close_full(store, site, name)
    current = _current(store, site, name, pages)
    return FormatFiles(
        pieces=(_piece(name, form.FILENAME, current),),
        kept={page.name: partial(_body, store, site.digest, name, page.number) for page in pages},
    )


def find(store: Store, site: Site, name: str, file: str) -> FoundFile | None:
    """Render `file`, where it is one of the format `name`: a feed, a list, or a page of one.

    Nothing is written, and nothing else is rendered: closing pages belongs to `files`.
    """
    form = load(name)
    if form.SCOPE == "edition":
        return None
    is_list = form.SCOPE == "list"
    if file == form.FILENAME:
        if is_list:
            return FoundFile(rendition=_newest(store, site, name), closed=False)
        current = _current(store, site, name, _closed(store, site, name))
        return FoundFile(rendition=current, closed=False)
    first, mark, last = form.PAGE.partition("{}") if isinstance(form, Paged) else ("", "", "")
    if not mark or not (file.startswith(first) and file.endswith(last)):
        return None
    if not is_list:
        found = next((page for page in _closed(store, site, name) if page.name == file), None)
        if found is None:
            return None
        body = _body(store, site.digest, name, found.number)
        media_type = cast(FeedFormat, form).MEDIA_TYPE
        return FoundFile(rendition=Rendition(media_type=media_type, body=body), closed=True)
    months = _months(store, site, cast(Listing, form))
    month = next((month for month in months if cast(Paged, form).PAGE.format(month) == file), None)
    if month is None:
        return None
    rendition = _month(store, site, name, file, month, months[month] > BUSY)
    return FoundFile(rendition=rendition, closed=False)


# --- feeds and their closed pages ----------------------------------------------------------------


def close_full(store: Store, site: Site, name: str) -> list[Page]:
    """Close the pages of a feed that are full; list all of them, the oldest first."""
    pages = _closed(store, site, name)
    if not isinstance(load(name), Paged) or site.base_url is None:
        return pages
    while (following := close_next(store, site, name, pages)) is not None:
        pages = following
    return pages


def close_next(store: Store, site: Site, name: str, known: Sequence[Page]) -> list[Page] | None:
    """Close the page that follows the `known` ones; list what there is now, the oldest first.

    ``None`` where the editions that follow do not fill a page yet.  The page is rendered outside of
    the transaction.  Where another run has been quicker, what it has kept counts, and this page is
    dropped.
    """
    form = load(name)
    assert isinstance(form, Paged), f"the format {name} has no pages"
    last = known[-1] if known else Page(number=0, name="", last_edition=0)
    with store.read() as connection:
        full = editions.filling(
            connection, site.digest, last.last_edition, cast(FeedFormat, form).STORIES
        )
    if not full:
        return None
    closed = Page(
        number=last.number + 1,
        name=form.PAGE.format(_called(site, full)),
        last_edition=full[0].number,
    )
    rendition = page(name, full, replace(site, closed={name: last.name}), closed.name)
    with store.write() as connection:
        kept = archive.pages(connection, site.digest, name)
        if len(kept) < closed.number:
            archive.close(connection, site.digest, name, closed, rendition.body)
            kept = [*kept, closed]
    return kept


def _closed(store: Store, site: Site, name: str) -> list[Page]:
    """List the closed pages of a feed, the oldest first.

    A feed whose address is not known has none, as nothing could point to them.
    """
    if site.base_url is None:
        return []
    with store.read() as connection:
        return archive.pages(connection, site.digest, name)


def _current(store: Store, site: Site, name: str, pages: Sequence[Page]) -> Rendition:
    """Render the feed of the newest stories, which points to its newest closed page."""
    form = cast(FeedFormat, load(name))
    if pages:
        site = replace(site, closed={name: pages[-1].name})
    with store.read() as connection:
        newest = editions.telling(
            connection, site.digest, form.STORIES, least=form.EDITIONS, most=MOST_EDITIONS
        )
    return render(name, newest, site)


def _called(site: Site, full: Sequence[Edition]) -> str:
    """Name a page after the slot that closed it and after what is in it.

    So a digest that was renamed, or whose database was begun anew, never takes a page of its
    former life for its own.
    """
    keys = [story.key for edition in full for part in edition.sections for story in part.stories]
    origin = [site.authority, site.since.isoformat(), site.digest]
    content = blake2b("\n".join([*origin, *keys]).encode(), digest_size=4).hexdigest()
    return f"{full[0].slot}-{content}"


def _body(store: Store, digest: str, name: str, number: int) -> bytes:
    with store.read() as connection:
        return archive.body(connection, digest, name, number)


# --- lists of editions ---------------------------------------------------------------------------


def _list_files(
    store: Store, site: Site, name: str, form: Listing, slots: frozenset[str]
) -> FormatFiles:
    months = _months(store, site, form)
    pages = {
        month: partial(_month, store, site, name, form.PAGE.format(month), month, count > BUSY)
        for month, count in months.items()
    }
    changed = {slot[:7] for slot in slots} & pages.keys()
    return FormatFiles(
        pieces=(
            *(_piece(name, form.PAGE.format(month), pages[month]()) for month in sorted(changed)),
            _piece(name, form.FILENAME, _newest(store, site, name)),
        ),
        kept={
            form.PAGE.format(month): partial(_bytes, make)
            for month, make in pages.items()
            if month not in changed
        },
    )


def _months(store: Store, site: Site, form: Listing) -> dict[str, int]:
    """Count the editions of each month that has a page: none where the first page shows all."""
    with store.read() as connection:
        months = edition_lists.months(connection, site.digest)
    return months if sum(months.values()) > form.EDITIONS else {}


def _newest(store: Store, site: Site, name: str) -> Rendition:
    """Render the list of the newest editions, which points to the months."""
    form = cast(Listing, load(name))
    months = _months(store, site, form)
    with store.read() as connection:
        newest = edition_lists.outlines(connection, site.digest, limit=form.EDITIONS)
    return render(name, newest, replace(site, months=tuple(months)))


def _month(store: Store, site: Site, name: str, file: str, month: str, busy: bool) -> Rendition:
    with store.read() as connection:
        listed = edition_lists.outlines(connection, site.digest, month=month, headlines=not busy)
    return page(name, listed, site, file)


def _bytes(make: Callable[[], Rendition]) -> bytes:
    return make().body


def _piece(name: str, filename: str, rendition: Rendition) -> RenderedFile:
    return RenderedFile(format=name, filename=filename, scope="digest", rendition=rendition)
