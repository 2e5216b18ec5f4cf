"""The pages of editions: what was published, how it was delivered, and delivering it again."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import Response

from digest.model import Delivery, DeliveryState
from digest.net import mail_addresses
from digest.pipeline import resend
from digest.store import delivery_lists, edition_lists, subscribers
from digest.store.edition_lists import ListedEdition
from digest.web.admin import pages
from digest.web.admin.request import AdminRequest, AdminRoute

SHOWN = 15
"""The editions of a page; the deliveries of each are counted."""
MOST = 50
"""The deliveries of a page."""

STATE_WORDS = {
    DeliveryState.SENT: "arrived",
    DeliveryState.FAILED: "failed",
    DeliveryState.UNKNOWN: "without an answer",
    DeliveryState.DEFERRED: "put off by the server",
    DeliveryState.PENDING: "waiting",
    DeliveryState.SENDING: "on its way",
    DeliveryState.WITHDRAWN: "withdrawn, as the person left",
}
"""The states in the order of a page, in words."""

_REPEATED = (DeliveryState.FAILED, DeliveryState.UNKNOWN)
_KINDS = {DeliveryState.SENT: "good", DeliveryState.FAILED: "bad", DeliveryState.UNKNOWN: "bad"}


def editions(request: AdminRequest) -> Response:
    """List the editions of all digests or of one, the newest first."""
    digest = request.asked("digest")
    before = request.number("before", 0) if request.asked("before") else None
    with request.store.read() as connection:
        found = edition_lists.page(
            connection,
            digest or None,
            before=before,
            most=SHOWN + 1,
            totals=request.service.admin.totals,
        )
    return pages.show(
        request,
        "editions.html",
        title="Editions",
        digest=digest,
        digests=[known.name for known in request.config.digests],
        editions=found[:SHOWN],
        older=found[SHOWN - 1].id if len(found) > SHOWN else None,
        words=STATE_WORDS,
        kinds=_KINDS,
    )


def edition(request: AdminRequest, name: str, slot: str) -> Response:
    """Show the deliveries of an edition, by channel and state, or those to one person."""
    listed = _listed(request, name, slot)
    channel, word = request.asked("channel"), request.asked("state")
    state = DeliveryState(word) if word in STATE_WORDS else None
    address = request.sent("address").strip()
    errors: dict[str, str] = {}
    more = False
    deliveries: tuple[Delivery, ...] = ()
    with request.store.read() as connection:
        counts = delivery_lists.counts(connection, listed.id, request.service.admin.totals)
        if channel not in counts:
            channel, state = _worst(counts)
        if address:
            deliveries = _to_person(request, listed, tuple(counts), address)
            if not deliveries:
                errors["address"] = "This edition was not for this address."
        elif state is not None:
            after = request.number("after", 0) if request.asked("after") else 0
            page = delivery_lists.page(
                connection,
                listed.id,
                channel=channel,
                state=state,
                after=delivery_lists.by_id(connection, after) if after else None,
                most=MOST,
            )
            deliveries, more = page.deliveries, page.more
    return pages.show(
        request,
        "edition.html",
        422 if errors else 200,
        title=f"{listed.digest} {listed.slot}",
        listed=listed,
        counts={
            known: {state: states[state] for state in STATE_WORDS if state in states}
            for known, states in counts.items()
        },
        channel=channel,
        state=None if address else state,
        address=address,
        deliveries=deliveries,
        more=more,
        search=request.form_state("find", errors),
        words=STATE_WORDS,
        kinds=_KINDS,
        repeated=_REPEATED,
        shown=request.service.digest(name) is not None,
    )


def retry(request: AdminRequest, name: str, slot: str) -> Response:
    """Make the deliveries of an edition in one state pending."""
    listed = _listed(request, name, slot)
    word = request.sent("state")
    if word not in _REPEATED:
        raise HTTPException(422, "Choose what is to be tried again.")
    states = frozenset({DeliveryState(word)})
    count = resend.requeue(request.store, listed.id, states, now=request.now)
    notice = f"{pages.count(count, 'delivery', 'deliveries')} will be tried within a minute."
    return pages.redirect(request, f"editions/{name}/{slot}", notice)


def resend_one(request: AdminRequest, name: str, slot: str) -> Response:
    """Deliver an edition to one recipient again."""
    listed = _listed(request, name, slot)
    wanted = request.sent("id")
    with request.store.read() as connection:
        known = delivery_lists.by_id(connection, int(wanted)) if _is_id(wanted) else None
    if known is None or known.edition_id != listed.id:
        raise HTTPException(404)
    delivery = resend.requeue_delivery(request.store, known.id, now=request.now)
    if delivery is not None and delivery.state == DeliveryState.SENDING:
        notice = "It is just being sent."
    else:
        notice = "It will be sent within a minute."
    return pages.redirect(
        request, f"editions/{name}/{slot}", notice, channel=known.channel, state=known.state.value
    )


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19


def _listed(request: AdminRequest, name: str, slot: str) -> ListedEdition:
    with request.store.read() as connection:
        listed = edition_lists.named(connection, name, slot)
    if listed is None:
        raise HTTPException(404)
    return listed


def _worst(
    counts: dict[str, dict[DeliveryState, int]],
) -> tuple[str, DeliveryState | None]:
    """Return the channel and the state that most want a look: failures first."""
    for state in (*_REPEATED, DeliveryState.DEFERRED):
        for channel, states in counts.items():
            if state in states:
                return channel, state
    return "", None


def _to_person(
    request: AdminRequest, listed: ListedEdition, channels: tuple[str, ...], address: str
) -> tuple[Delivery, ...]:
    """Return the deliveries of an edition to an address, as the list of subscribers spells it."""
    try:
        written = mail_addresses.parse(address)
    except ValueError:
        return ()
    with request.store.read() as connection:
        person = subscribers.by_address(connection, listed.digest, written)
        spelled = {written, person.address} if person else {written}
        return delivery_lists.to_recipients(connection, listed.id, channels, spelled)


_EDITION = "/editions/{name:digest_name}/{slot:edition_slot}"

ROUTES = (
    AdminRoute(path="/editions", page=editions, nav="editions"),
    AdminRoute(path=_EDITION, page=edition, methods=("GET", "POST"), nav="editions"),
    AdminRoute(path=f"{_EDITION}/retry", page=retry, methods=("POST",), nav="editions"),
    AdminRoute(path=f"{_EDITION}/resend", page=resend_one, methods=("POST",), nav="editions"),
)
