"""The pages of people: the lists, who is on them, and what became of each person.

No address of a person stands in the address of a page: people have numbers, and a search is a form.
"""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import Response

from digest.errors import ConfigError
from digest.model import Digest, Subscriber, SubscriberState
from digest.pipeline import mailing_lists
from digest.store import (
    delivery_lists,
    forgetting,
    subscriber_history,
    subscriber_lists,
    subscribers,
)
from digest.web.admin import list_plots, pages
from digest.web.admin.downloads import Download
from digest.web.admin.editions import STATE_WORDS
from digest.web.admin.request import AdminRequest, AdminRoute

MOST = 40
"""The people of a page."""
WEEKS = 52
RETURNED = 20
EDITIONS_BACK = 10
"""The editions whose deliveries a person's page shows."""
LARGEST = 100_000_000
"""The most bytes of an imported file."""
BAD_SHOWN = 50

WORDS = {
    SubscriberState.ACTIVE: "on the list",
    SubscriberState.REQUESTED: "asked, not confirmed yet",
    SubscriberState.SUSPENDED: "suspended",
    SubscriberState.UNSUBSCRIBED: "left",
    SubscriberState.REMOVED: "taken off",
}
_KINDS = {SubscriberState.ACTIVE: "good", SubscriberState.SUSPENDED: "bad"}


def lists(request: AdminRequest) -> Response:
    """Show the lists of all digests, with the states of their people."""
    with request.store.read() as connection:
        found = [
            (digest, subscriber_lists.counts(connection, digest.name))
            for digest in request.config.digests
        ]
    return pages.show(
        request,
        "people.html",
        title="People",
        lists=[
            (digest, counts)
            for digest, counts in found
            if counts or mailing_lists.goes_to_subscribers(digest)
        ],
        words=WORDS,
    )


def people(request: AdminRequest, name: str) -> Response:
    """Show the list of a digest; search it by a part of an address."""
    return _list(request, _digest(request, name))


def _list(
    request: AdminRequest, digest: Digest, errors: dict[str, str] | None = None, status: int = 200
) -> Response:
    contains = request.sent("contains").strip()[:254]
    word = request.sent("state") or request.asked("state")
    state = SubscriberState(word) if word in list(WORDS) else None
    after = request.sent("after") or request.asked("after")
    with request.store.read() as connection:
        page = subscriber_lists.page(
            connection,
            digest.name,
            state=state,
            contains=contains,
            after=int(after) if _is_id(after) else None,
            most=MOST,
        )
        counts = subscriber_lists.counts(connection, digest.name)
        weeks = subscriber_history.weeks(
            connection, digest.name, today=request.now.date(), most=WEEKS, counts=counts
        )
        returned = subscriber_lists.returned_mail(connection, digest.name, most=RETURNED)
    return pages.show(
        request,
        "list.html",
        status,
        title=f"People of {digest.title}",
        digest=digest,
        page=page,
        counts=counts,
        state=state,
        contains=contains,
        weeks=weeks,
        plot=list_plots.of_weeks(weeks),
        returned=returned,
        search=request.form_state("search"),
        adding=request.form_state("add", errors),
        words=WORDS,
        kinds=_KINDS,
        states=[("", "all states"), *((key.value, text) for key, text in WORDS.items())],
        mailed=mailing_lists.goes_to_subscribers(digest),
    )


def add(request: AdminRequest, name: str) -> Response:
    """Add a person to the list of a digest."""
    digest = _digest(request, name)
    address, called = request.sent("address").strip(), request.sent("name").strip()
    try:
        mailing_lists.check_leaving(request.config, digest)
        with request.store.write() as connection:
            added = mailing_lists.add(
                connection,
                digest.name,
                address,
                again=bool(request.sent("again")),
                name=called or None,
                now=request.now,
            )
    except ConfigError as error:
        return _list(request, digest, {"": error.message}, 422)
    except ValueError as error:
        return _list(request, digest, {"address": f"This cannot be used: {error}."}, 422)
    if added.refusal:
        reason = added.refusal.partition(";")[0]
        message = f"Not added: {reason}. If they asked to come back, tick the box below."
        return _list(request, digest, {"address": message}, 422)
    return pages.redirect(
        request, f"people/{name}/{added.change.subscriber.id}", "They are on the list."
    )


def export(request: AdminRequest, name: str) -> Response:
    """Send the list of a digest as CSV, a piece at a time."""
    digest = _digest(request, name)
    word = request.sent("state")
    state = SubscriberState(word) if word in list(WORDS) else None
    with request.store.read() as connection:
        lines = mailing_lists.export(connection, digest.name, state)
        return Download(lines, f"{digest.name}.csv", "text/csv; charset=utf-8")


# --- importing -----------------------------------------------------------------------------------


def import_list(request: AdminRequest, name: str) -> Response:
    """Import a file of people, after a dry run where it is wanted; show how far it has come."""
    digest = _digest(request, name)
    imports = request.service.admin.imports
    errors: dict[str, str] = {}
    if request.method == "POST":
        errors = _begin(request, digest)
        if not errors:
            return pages.redirect(request, f"people/{name}/import")
    last = imports.last.get(digest.name)
    return pages.show(
        request,
        "import.html",
        422 if errors else 200,
        title=f"Import people into {digest.title}",
        digest=digest,
        last=last,
        bad=last.report.bad[:BAD_SHOWN] if last else (),
        form=request.form_state("import", errors),
    )


def import_checked(request: AdminRequest, name: str) -> Response:
    """Import the file of the last dry run."""
    digest = _digest(request, name)
    imports = request.service.admin.imports
    last = imports.last.get(digest.name)
    if last is None or not last.done or last.error or not last.report.dry_run:
        return pages.redirect(request, f"people/{name}/import", "Choose the file again.")
    begun = imports.begin(
        request.store, digest.name, last.filename, last.file, request.service.clock, dry_run=False
    )
    notice = "" if begun else "Another import is running: wait for its end."
    return pages.redirect(request, f"people/{name}/import", notice)


def _begin(request: AdminRequest, digest: Digest) -> dict[str, str]:
    """Begin to import the uploaded file; return the mistakes."""
    try:
        mailing_lists.check_leaving(request.config, digest)
    except ConfigError as error:
        return {"": error.message}
    upload = request.upload
    if upload is None or not upload.size:
        return {"file": "Choose a file."}
    begun = request.service.admin.imports.begin(
        request.store,
        digest.name,
        upload.filename[:200],
        upload.file,
        request.service.clock,
        dry_run=bool(request.sent("dry_run")),
    )
    return {} if begun else {"": "Another import is running: wait for its end."}


# --- one person ----------------------------------------------------------------------------------


def person(request: AdminRequest, name: str, id: int) -> Response:
    """Show what is known of a person: state, events, and the newest deliveries."""
    subscriber = _subscriber(request, name, id)
    with request.store.read() as connection:
        log = subscriber_lists.log(connection, subscriber.id, most=50)
        deliveries = delivery_lists.to_subscriber(
            connection, subscriber.id, editions_back=EDITIONS_BACK
        )
        also = (
            [other for other in subscribers.same_person(connection, subscriber) if other.id != id]
            if subscriber.address
            else []
        )
    digest = request.service.digest(name)
    return pages.show(
        request,
        "person.html",
        title=subscriber.address or "A person who was forgotten",
        person=subscriber,
        log=log,
        deliveries=deliveries,
        also=also,
        places=list(mailing_lists.places(digest, subscriber.address))
        if digest and subscriber.address
        else [],
        words=WORDS,
        kinds=_KINDS,
        delivery_words=STATE_WORDS,
    )


def change(request: AdminRequest, name: str, id: int) -> Response:
    """Suspend a person, take them off, bring them back, or forget them."""
    subscriber = _subscriber(request, name, id)
    if not subscriber.address:
        raise HTTPException(404)
    notice = "Nothing was changed."
    with request.store.write() as connection:
        match request.sent("do"):
            case "suspend":
                reason = request.sent("reason").strip()[:200]
                mailing_lists.suspend(connection, id, reason=reason, now=request.now)
                notice = "They get nothing until you bring them back."
            case "remove":
                subscribers.remove(connection, name, subscriber.address, now=request.now)
                notice = "They are off the list, and no import brings them back."
            case "again":
                mailing_lists.add(connection, name, subscriber.address, again=True, now=request.now)
                notice = "They are on the list again."
            case "forget":
                forgetting.forget(connection, subscriber.address, now=request.now)
                notice = "The address is erased. Copies of the database still hold it."
    if request.sent("do") == "forget":
        request.service.send(request.store.compact)  # the tables are written anew, which takes long
    return pages.redirect(request, f"people/{name}/{id}", notice)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19


def _digest(request: AdminRequest, name: str) -> Digest:
    digest = request.service.digest(name)
    if digest is None:
        raise HTTPException(404)
    return digest


def _subscriber(request: AdminRequest, name: str, id: int) -> Subscriber:
    if id >= 2**63:
        raise HTTPException(404)
    with request.store.read() as connection:
        subscriber = subscribers.by_id(connection, id)
    if subscriber is None or subscriber.digest != name:
        raise HTTPException(404)
    return subscriber


_LIST = "/people/{name:digest_name}"

ROUTES = (
    AdminRoute(path="/people", page=lists, nav="people"),
    AdminRoute(path=_LIST, page=people, methods=("GET", "POST"), nav="people"),
    AdminRoute(path=f"{_LIST}/add", page=add, methods=("POST",), nav="people"),
    AdminRoute(path=f"{_LIST}/export", page=export, methods=("POST",), nav="people"),
    AdminRoute(
        path=f"{_LIST}/import",
        page=import_list,
        methods=("GET", "POST"),
        nav="people",
        upload=LARGEST,
    ),
    AdminRoute(
        path=f"{_LIST}/import/checked", page=import_checked, methods=("POST",), nav="people"
    ),
    AdminRoute(path=f"{_LIST}/{{id:int}}", page=person, nav="people"),
    AdminRoute(path=f"{_LIST}/{{id:int}}/change", page=change, methods=("POST",), nav="people"),
)
