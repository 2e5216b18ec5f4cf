"""Operations on digests, their editions and the deliveries of these."""

from __future__ import annotations

from collections.abc import Iterable

from digest import pipeline
from digest.diagnostics import explain
from digest.model import Delivery, Digest, Edition, Section
from digest.pipeline import output, resend
from digest.schedule import slots
from digest.store import delivery_lists, edition_lists, subscriber_lists
from digest.store import editions as edition_rows
from digest.store.edition_lists import ListedEdition
from digest.text.marks import plain
from digest.web.api.call import ApiCall, ApiError, Operation
from digest.web.api.cursors import number_after
from digest.web.api.shapes import (
    MOST,
    DeliveriesQuestion,
    DeliveryAnswer,
    DeliveryPageAnswer,
    DigestAnswer,
    DigestList,
    EditionAnswer,
    EditionContents,
    EditionPage,
    OmissionGroup,
    Omissions,
    OmittedAnswer,
    PageQuestion,
    Preview,
    Requeued,
    Resend,
    SectionAnswer,
    StoryAnswer,
)

_EDITION = "/digests/{digest:digest_name}/editions/{slot}"


def digests(call: ApiCall) -> DigestList:
    """List the digests."""
    with call.store.read() as connection:
        counts = {
            digest.name: subscriber_lists.counts(connection, digest.name)
            for digest in call.config.digests
        }
    return DigestList(
        items=tuple(
            DigestAnswer(
                name=digest.name,
                title=digest.title,
                schedule=digest.schedule,
                timezone=digest.timezone,
                language=digest.language,
                feeds=len(digest.feeds),
                channels=tuple(digest.channels),
                next_slot=slots.next_slot(
                    slots.parse_schedule(digest.schedule), digest.timezone, call.now
                ),
                subscribers={state.value: count for state, count in counts[digest.name].items()},
            )
            for digest in call.config.digests
        )
    )


def preview(call: ApiCall) -> Preview:
    """Show the edition that would be made now."""
    digest = call.digest()
    edition = pipeline.preview(call.config, call.store, call.now, digest)
    return Preview(
        digest=digest.name,
        slot=edition.slot,
        stories=sum(len(section.stories) for section in edition.sections),
        sections=_sections(call, digest, edition),
    )


def listed(call: ApiCall) -> EditionPage:
    """List the editions of a digest, the newest first."""
    question: PageQuestion = call.query
    name, before = call.path["digest"], number_after(question.after)
    with call.store.read() as connection:
        found = edition_lists.page(
            connection,
            name,
            before=before,
            most=question.limit + 1,
            totals=call.service.admin.totals,
        )
    if not found:
        call.digest()
    items = found[: question.limit]
    return EditionPage(
        items=tuple(_answer(listed) for listed in items),
        next=str(items[-1].id) if len(found) > question.limit else None,
    )


def one(call: ApiCall) -> EditionContents:
    """Show an edition with its stories."""
    listed = _edition(call)
    with call.store.read() as connection:
        edition = edition_rows.by_id(connection, listed.id)
        counts = delivery_lists.counts(connection, listed.id)
    return EditionContents(
        edition=_answer(listed),
        channels={
            channel: {state.value: count for state, count in states.items()}
            for channel, states in counts.items()
        },
        sections=_sections(call, call.service.digest(listed.digest), edition),
    )


def omissions(call: ApiCall) -> Omissions:
    """Show what an edition left out, and why."""
    listed = _edition(call)
    with call.store.read() as connection:
        left_out = explain.left_out(call.config, connection, listed.digest, listed.slot)
    if left_out is None:
        raise ApiError(404, "nothing is known any more about what it left out")
    return Omissions(
        digest=listed.digest,
        slot=listed.slot,
        left_out=left_out.count,
        reasons=tuple(
            OmissionGroup(
                verdict=str(reason.verdict),
                rule=reason.rule,
                entries=tuple(
                    OmittedAnswer(id=entry.id, title=entry.title, feed=entry.feed, link=entry.link)
                    for entry in reason.entries[:MOST]
                ),
            )
            for reason in left_out.reasons
        ),
    )


def deliveries(call: ApiCall) -> DeliveryPageAnswer:
    """List the deliveries of an edition."""
    question: DeliveriesQuestion = call.query
    if question.state and not question.channel:
        raise ApiError(422, "a `state` needs a `channel`")
    listed = _edition(call)
    last = number_after(question.after)
    with call.store.read() as connection:
        after = delivery_lists.by_id(connection, last) if last is not None else None
        if last is not None and (after is None or after.edition_id != listed.id):
            raise ApiError(422, "`after` is no delivery of this edition")
        page = delivery_lists.page(
            connection,
            listed.id,
            channel=question.channel or None,
            state=question.state,
            after=after,
            most=question.limit,
        )
    items = tuple(_delivery(delivery) for delivery in page.deliveries)
    return DeliveryPageAnswer(items=items, next=str(items[-1].id) if page.more else None)


def try_again(call: ApiCall) -> Requeued:
    """Try again what failed of an edition."""
    wanted: Resend = call.body
    if not (wanted.failed or wanted.unknown):
        raise ApiError(422, "say `failed`, `unknown` or both")
    states = resend.states_to_repeat(failed=wanted.failed, unknown=wanted.unknown)
    count = resend.requeue(call.store, _edition(call).id, states, now=call.now)
    return Requeued(deliveries=count)


def resend_one(call: ApiCall) -> DeliveryAnswer:
    """Deliver an edition to one recipient again."""
    delivery = resend.requeue_delivery(call.store, call.path["id"], now=call.now)
    if delivery is None:
        raise ApiError(404, f"there is no delivery {call.path['id']}")
    return _delivery(delivery)


def _edition(call: ApiCall) -> ListedEdition:
    digest, slot = call.path["digest"], call.path["slot"]
    with call.store.read() as connection:
        found = edition_lists.named(connection, digest, slot)
    if found is None:
        raise ApiError(404, f"{digest!r} has no edition {slot!r}")
    return found


def _answer(listed: ListedEdition) -> EditionAnswer:
    return EditionAnswer(
        digest=listed.digest,
        slot=listed.slot,
        number=listed.number,
        composed_at=listed.composed_at,
        stories=listed.stories,
        deliveries=dict(listed.deliveries),
    )


def _sections(call: ApiCall, digest: Digest | None, edition: Edition) -> tuple[SectionAnswer, ...]:
    """Return the stories as readers see them; of a digest that was removed, as they are stored."""
    if digest is not None:
        edition = output.public_edition(call.config, call.store, digest, edition)
    return tuple(_section(section) for section in edition.sections)


def _section(section: Section) -> SectionAnswer:
    return SectionAnswer(
        title=section.title,
        stories=tuple(
            StoryAnswer(
                key=story.key,
                rank=story.rank,
                title=story.title,
                link=story.link,
                feed=story.feed,
                excerpt=plain(story.excerpt),
            )
            for story in section.stories
        ),
    )


def _delivery(delivery: Delivery) -> DeliveryAnswer:
    return DeliveryAnswer(
        id=delivery.id,
        channel=delivery.channel,
        recipient=delivery.recipient,
        state=delivery.state,
        attempts=delivery.attempts,
        error=delivery.error,
        receipt=delivery.receipt,
        updated_at=delivery.updated_at,
        next_attempt_at=delivery.next_attempt_at,
    )


OPERATIONS: Iterable[Operation] = (
    Operation(
        method="GET",
        path="/digests",
        id="listDigests",
        summary="List the digests, with their next slots and the states of their subscribers.",
        run=digests,
        answer=DigestList,
    ),
    Operation(
        method="GET",
        path="/digests/{digest:digest_name}/preview",
        id="previewDigest",
        summary="Show the edition that would be made now; nothing is written.",
        run=preview,
        answer=Preview,
        fails=(404,),
    ),
    Operation(
        method="GET",
        path="/digests/{digest:digest_name}/editions",
        id="listEditions",
        summary="List the editions of a digest, the newest first.",
        run=listed,
        query=PageQuestion,
        answer=EditionPage,
        fails=(404,),
    ),
    Operation(
        method="GET",
        path=_EDITION,
        id="showEdition",
        summary="Show an edition with its stories; the slot may be `latest`.",
        run=one,
        answer=EditionContents,
        fails=(404,),
    ),
    Operation(
        method="GET",
        path=f"{_EDITION}/omissions",
        id="listOmissions",
        summary="Show what an edition left out, and why, as `digest explain --edition` does.",
        run=omissions,
        answer=Omissions,
        fails=(404,),
    ),
    Operation(
        method="GET",
        path=f"{_EDITION}/deliveries",
        id="listDeliveries",
        summary="List the deliveries of an edition, by channel and state.",
        run=deliveries,
        query=DeliveriesQuestion,
        answer=DeliveryPageAnswer,
        fails=(404,),
    ),
    Operation(
        method="POST",
        path=f"{_EDITION}/resend",
        id="resendEdition",
        summary="Try again what failed of an edition, as `digest editions resend` does.",
        run=try_again,
        body=Resend,
        answer=Requeued,
        status=202,
        fails=(404,),
    ),
    Operation(
        method="POST",
        path="/deliveries/{id:int}/resend",
        id="resendDelivery",
        summary="Deliver an edition to one recipient again, whatever came of it before.",
        run=resend_one,
        answer=DeliveryAnswer,
        status=202,
        fails=(404,),
    ),
)
