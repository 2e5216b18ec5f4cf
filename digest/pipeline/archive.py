"""Make the files of a digest's past editions: feeds, the archive, and their pages.

A closed page of a feed is rendered once and kept in the store, so it never changes, even where its
file is written again.  Each page begins with the edition after the page before it, and is closed as
soon as its editions hold enough stories.
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

MOST_WITH_HEADLINES = 62
"""A month with more editions than this, two a day, is listed without headlines."""
MOST_EDITIONS = 200
"""The largest number of editions in a feed, even if they hold few stories."""


@dataclass(frozen=True, slots=True)
class FormatFiles:
    """The files of one format."""

    pieces: tuple[RenderedFile, ...]
    kept: Mapping[str, Callable[[], bytes]] = field(default_factory=dict)
    """Functions that render the files that may exist already, by file name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """A file that belongs to a digest as a whole."""

    rendition: Rendition
    closed: bool
    """Whether it never changes."""


def files(store: Store, site: Site, name: str, slots: frozenset[str]) -> FormatFiles:
    """Render the past of a digest in the format `name`; close the pages that are full.

    `slots` are the slots of the editions that may have changed.
    """
    form = load(name)
    if form.SCOPE == "list":
        return _list_files(store, site, name, cast(Listing, form), slots)
    pages = close_full(store, site, name)
    current = _current(store, site, name, pages)
    return FormatFiles(
        pieces=(_rendered_file(name, form.FILENAME, current),),
        kept={page.name: partial(_body, store, site.digest, name, page.number) for page in pages},
    )


def find(store: Store, site: Site, name: str, file: str) -> FoundFile | None:
    """Render `file` if it is a feed, a list, or a page of one, of the format `name`.

    Nothing is written, and no other file is rendered; `files` closes pages.
    """
    form = load(name)
    if form.SCOPE == "edition":
        return None
    is_list = form.SCOPE == "list"
    if file == form.FILENAME:
        if is_list:
            return FoundFile(rendition=_newest(store, site, name), closed=False)
        current = _current(store, site, name, _closed_pages(store, site, name))
        return FoundFile(rendition=current, closed=False)
    first, mark, last = form.PAGE.partition("{}") if isinstance(form, Paged) else ("", "", "")
    if not mark or not (file.startswith(first) and file.endswith(last)):
        return None
    if not is_list:
        found = next((page for page in _closed_pages(store, site, name) if page.name == file), None)
        if found is None:
            return None
        body = _body(store, site.digest, name, found.number)
        media_type = cast(FeedFormat, form).MEDIA_TYPE
        return FoundFile(rendition=Rendition(media_type=media_type, body=body), closed=True)
    months = _months(store, site, cast(Listing, form))
    month = next((month for month in months if cast(Paged, form).PAGE.format(month) == file), None)
    if month is None:
        return None
    rendition = _month(store, site, name, file, month, months[month] > MOST_WITH_HEADLINES)
    return FoundFile(rendition=rendition, closed=False)


# --- feeds and their closed pages ----------------------------------------------------------------


def close_full(store: Store, site: Site, name: str) -> list[Page]:
    """Close the pages of a feed that are full; return all closed pages, the oldest first."""
    pages = _closed_pages(store, site, name)
    if not isinstance(load(name), Paged) or site.base_url is None:
        return pages
    while (following := close_next(store, site, name, pages)) is not None:
        pages = following
    return pages


def close_next(store: Store, site: Site, name: str, known: Sequence[Page]) -> list[Page] | None:
    """Close the page after the `known` pages; return all closed pages, the oldest first.

    Returns ``None`` if the next editions do not fill a page yet.  The page is rendered outside of
    the transaction.  If another run has stored this page meanwhile, that page is kept.
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
        name=form.PAGE.format(_page_name(site, full)),
        last_edition=full[0].number,
    )
    rendition = page(name, full, replace(site, closed={name: last.name}), closed.name)
    with store.write() as connection:
        kept = archive.pages(connection, site.digest, name)
        if len(kept) < closed.number:
            archive.close(connection, site.digest, name, closed, rendition.body)
            kept = [*kept, closed]
    return kept


def _closed_pages(store: Store, site: Site, name: str) -> list[Page]:
    """Return the closed pages of a feed, the oldest first.

    A feed without a public address has none, because no feed could link to them.
    """
    if site.base_url is None:
        return []
    with store.read() as connection:
        return archive.pages(connection, site.digest, name)


def _current(store: Store, site: Site, name: str, pages: Sequence[Page]) -> Rendition:
    """Render the feed of the newest stories, which links to the newest closed page."""
    form = cast(FeedFormat, load(name))
    if pages:
        site = replace(site, closed={name: pages[-1].name})
    with store.read() as connection:
        newest = editions.telling(
            connection, site.digest, form.STORIES, least=form.EDITIONS, most=MOST_EDITIONS
        )
    return render(name, newest, site)


def _page_name(site: Site, full: Sequence[Edition]) -> str:
    """Return the name of a page, made from the slot that closed it and a hash of its content.

    So a renamed digest, or one with a new database, never takes an older page of the same slot for
    its own.
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
        month: partial(
            _month, store, site, name, form.PAGE.format(month), month, count > MOST_WITH_HEADLINES
        )
        for month, count in months.items()
    }
    changed = {slot[:7] for slot in slots} & pages.keys()
    return FormatFiles(
        pieces=(
            *(
                _rendered_file(name, form.PAGE.format(month), pages[month]())
                for month in sorted(changed)
            ),
            _rendered_file(name, form.FILENAME, _newest(store, site, name)),
        ),
        kept={
            form.PAGE.format(month): partial(_bytes, make)
            for month, make in pages.items()
            if month not in changed
        },
    )


def _months(store: Store, site: Site, form: Listing) -> dict[str, int]:
    """Count the editions of each month; empty if the first page shows all editions."""
    with store.read() as connection:
        months = edition_lists.months(connection, site.digest)
    return months if sum(months.values()) > form.EDITIONS else {}


def _newest(store: Store, site: Site, name: str) -> Rendition:
    """Render the list of the newest editions, which links to the months."""
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


def _rendered_file(name: str, filename: str, rendition: Rendition) -> RenderedFile:
    return RenderedFile(format=name, filename=filename, scope="digest", rendition=rendition)
