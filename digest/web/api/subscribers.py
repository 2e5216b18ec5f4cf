"""Operations on subscribers.  No address of a person stands in a path or a query."""

from __future__ import annotations

from collections.abc import Iterable

from digest.errors import ConfigError
from digest.model import Subscriber
from digest.pipeline import mailing_lists
from digest.store import subscriber_history, subscriber_lists, subscribers
from digest.web.api.call import ApiCall, ApiError, Operation
from digest.web.api.cursors import number_after
from digest.web.api.shapes import (
    MOST,
    Forgotten,
    History,
    HistoryQuestion,
    Mistake,
    NewSubscriber,
    ReturnedMailAnswer,
    ReturnedMailList,
    SubscriberAnswer,
    SubscriberPageAnswer,
    SubscriberSearch,
    SubscribersQuestion,
    Suspension,
    WeekAnswer,
)

_LIST = "/digests/{digest:digest_name}/subscribers"


def listed(call: ApiCall) -> SubscriberPageAnswer:
    """List the subscribers of a digest, by address."""
    return _page(call, call.query)


def found(call: ApiCall) -> SubscriberPageAnswer:
    """Search for subscribers by a part of their address."""
    return _page(call, call.body)


def _page(call: ApiCall, question: SubscribersQuestion | SubscriberSearch) -> SubscriberPageAnswer:
    with call.store.read() as connection:
        page = subscriber_lists.page(
            connection,
            call.path["digest"],
            state=question.state,
            contains=question.contains if isinstance(question, SubscriberSearch) else "",
            after=number_after(question.after),
            most=question.limit,
        )
    if not page.subscribers and not question.after:
        call.digest()
    return SubscriberPageAnswer(
        items=tuple(_answer(subscriber) for subscriber in page.subscribers),
        next=None if page.last is None else str(page.last),
    )


def one(call: ApiCall) -> SubscriberAnswer:
    """Show one subscriber."""
    return _answer(_subscriber(call))


def add(call: ApiCall) -> SubscriberAnswer:
    """Add a person to the list of a digest."""
    digest, wanted = call.digest(), call.body
    try:
        mailing_lists.check_leaving(call.config, digest)
        with call.store.write() as connection:
            added = mailing_lists.add(
                connection,
                digest.name,
                wanted.address,
                again=wanted.again,
                name=wanted.name,
                now=call.now,
            )
    except ConfigError as error:
        raise ApiError(409, error.message) from error
    except ValueError as error:
        raise ApiError(422, str(error), (Mistake(where="address", message=str(error)),)) from error
    if added.refusal:
        refusal = added.refusal.replace("--again", "send `again`")
        raise ApiError(409, f"not added: {refusal}")
    return _answer(added.change.subscriber)


def suspend(call: ApiCall) -> SubscriberAnswer:
    """Suspend a subscriber."""
    with call.store.write() as connection:
        change = mailing_lists.suspend(
            connection, call.path["id"], reason=call.body.reason, now=call.now
        )
    if change is None:
        raise _missing(call)
    return _answer(change.subscriber)


def remove(call: ApiCall) -> SubscriberAnswer:
    """Take a subscriber off the list."""
    subscriber = _subscriber(call)
    if not subscriber.address:
        return _answer(subscriber)
    with call.store.write() as connection:
        change = subscribers.remove(connection, subscriber.digest, subscriber.address, now=call.now)
    return _answer(change.subscriber if change else subscriber)


def forget(call: ApiCall) -> Forgotten:
    """Erase a subscriber's address everywhere."""
    subscriber = _subscriber(call)
    if not subscriber.address:
        return Forgotten(lists=0)
    return Forgotten(lists=mailing_lists.forget(call.store, subscriber.address, now=call.now))


def history(call: ApiCall) -> History:
    """Show the states, sign-ups, leavings and bounces of each week."""
    digest = call.digest()
    with call.store.read() as connection:
        weeks = subscriber_history.weeks(
            connection, digest.name, today=call.now.date(), most=call.query.weeks
        )
    return History(
        items=tuple(
            WeekAnswer(
                monday=week.monday,
                states={state.value: count for state, count in week.states.items()},
                joined=week.joined,
                left=week.left,
                suspended=week.suspended,
                bounced=week.bounced,
            )
            for week in weeks
        )
    )


def returned(call: ApiCall) -> ReturnedMailList:
    """List the newest mails that came back or were held up."""
    digest = call.digest()
    with call.store.read() as connection:
        events = subscriber_lists.returned_mail(connection, digest.name, most=MOST)
    return ReturnedMailList(
        items=tuple(
            ReturnedMailAnswer(
                subscriber=_answer(event.subscriber),
                event=event.event.value,
                at=event.at,
                reason=event.reason,
            )
            for event in events
        )
    )


def _subscriber(call: ApiCall) -> Subscriber:
    with call.store.read() as connection:
        subscriber = subscribers.by_id(connection, call.path["id"])
    if subscriber is None:
        raise _missing(call)
    return subscriber


def _missing(call: ApiCall) -> ApiError:
    return ApiError(404, f"there is no subscriber {call.path['id']}")


def _answer(subscriber: Subscriber) -> SubscriberAnswer:
    return SubscriberAnswer(
        id=subscriber.id,
        digest=subscriber.digest,
        address=subscriber.address,
        name=subscriber.name,
        state=subscriber.state,
        origin=subscriber.origin,
        since=subscriber.changed_at,
        bounces=subscriber.bounces,
        frequency="each" if subscriber.weekly_after is None else "weekly",
    )


OPERATIONS: Iterable[Operation] = (
    Operation(
        method="GET",
        path=_LIST,
        id="listSubscribers",
        summary="List the subscribers of a digest, by address.",
        run=listed,
        query=SubscribersQuestion,
        answer=SubscriberPageAnswer,
        fails=(404,),
    ),
    Operation(
        method="POST",
        path=_LIST,
        id="addSubscriber",
        summary="Add a person to the list of a digest.",
        run=add,
        body=NewSubscriber,
        answer=SubscriberAnswer,
        status=201,
        fails=(404, 409),
    ),
    Operation(
        method="POST",
        path=f"{_LIST}/search",
        id="findSubscribers",
        summary="Search for subscribers by a part of their address, which stands in no URL.",
        run=found,
        body=SubscriberSearch,
        answer=SubscriberPageAnswer,
        fails=(404,),
    ),
    Operation(
        method="GET",
        path=f"{_LIST}/history",
        id="showHistory",
        summary="Show the states of a list, its sign-ups, leavings and bounces, week by week.",
        run=history,
        query=HistoryQuestion,
        answer=History,
        fails=(404,),
    ),
    Operation(
        method="GET",
        path=f"{_LIST}/returned",
        id="listReturnedMail",
        summary="List the newest mails that came back or were held up, with their reasons.",
        run=returned,
        answer=ReturnedMailList,
        fails=(404,),
    ),
    Operation(
        method="GET",
        path="/subscribers/{id:int}",
        id="showSubscriber",
        summary="Show one subscriber.",
        run=one,
        answer=SubscriberAnswer,
        fails=(404,),
    ),
    Operation(
        method="POST",
        path="/subscribers/{id:int}/suspend",
        id="suspendSubscriber",
        summary="Suspend a subscriber: they get nothing until they are added again.",
        run=suspend,
        body=Suspension,
        answer=SubscriberAnswer,
        fails=(404,),
    ),
    Operation(
        method="POST",
        path="/subscribers/{id:int}/remove",
        id="removeSubscriber",
        summary="Take a subscriber off the list; no import brings them back.",
        run=remove,
        answer=SubscriberAnswer,
        fails=(404,),
    ),
    Operation(
        method="POST",
        path="/subscribers/{id:int}/forget",
        id="forgetSubscriber",
        summary="Erase a subscriber's address everywhere; it may take minutes.",
        run=forget,
        answer=Forgotten,
        fails=(404,),
    ),
)
