"""Subscribe at the hubs of feeds (WebSub, W3C Recommendation 2018), and check what they send.

While the web side runs, the program subscribes at the hub that a feed names, and renews the
subscription before its lease ends.  A failing hub is retried at growing intervals.  A subscription
ends when its feed is removed, names another hub or none, or when hubs are switched off.

Hubs are not trusted.  A document that a hub sends counts as the feed's own only if it is signed
with the secret that only this hub knows; any other message only makes the feed due.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from base64 import b32encode
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from digest.fetch.hub_requests import HubAnswer, HubRequest, ask_hubs
from digest.model.hubs import HubState, HubSubscription
from digest.store import feeds as feed_rows
from digest.store import hubs as hub_rows

if TYPE_CHECKING:
    from digest.settings import Config
    from digest.store import Store

LEASE = timedelta(days=10)
"""The lease that is requested; the hub decides."""
SHORTEST_LEASE, LONGEST_LEASE = timedelta(hours=1), timedelta(days=30)
RENEWED_AFTER = 0.75
"""A subscription is renewed after this part of its lease."""
VERIFIED_WITHIN = timedelta(hours=1)
"""The time for a hub to verify a request."""
DENIED_REST = timedelta(days=7)
LONGEST_REST = timedelta(days=14)
MOST_ENDINGS = 3
"""How often a hub is asked to end a subscription; after that the lease runs out."""
MOST_REQUESTS = 50
"""The most requests after one refresh."""
MOST_REASON = 200
_METHODS = ("sha1", "sha256", "sha384", "sha512")

Ask = Callable[..., Iterator[HubAnswer]]


# --- requests to hubs ----------------------------------------------------------------------------


def keep_subscriptions(
    config: Config, store: Store, now: datetime, *, ask: Ask = ask_hubs
) -> Sequence[HubAnswer]:
    """Begin, renew and end the subscriptions that are due; return the hubs' answers."""
    with store.read() as connection:
        known = hub_rows.subscriptions(connection)
        if not known:
            return ()
        states = {state.id: state for state in feed_rows.states(connection)}
    urls = {feed.url for feed in config.feeds}
    listed = {feed_id for feed_id, state in states.items() if state.url in urls and not state.gone}
    is_on = config.web.url is not None and config.web.hubs
    steps = list(_steps(known, listed, is_on, now))[:MOST_REQUESTS]
    with store.write() as connection:
        for after in steps:
            if after.state is HubState.OFFERED and after.hub is None:
                hub_rows.forget(connection, after.feed_id)
            else:
                hub_rows.save(connection, after)
    requests = [
        _request(step, config.web.url or "")
        for step in steps
        if step.state is HubState.ENDING or step.asked_at == now
    ]
    answers = []
    for answer in ask(requests, config.fetch, now=now):
        answers.append(answer)
        with store.write() as connection:
            _record_error(connection, answer, now)
    return answers


def _steps(
    known: Iterable[HubSubscription], listed: Collection[int], is_on: bool, now: datetime
) -> Iterator[HubSubscription]:
    """Yield the new state of each subscription for which a step is due.

    `listed` are the ids of the configured feeds; `is_on` says whether hubs are switched on.
    """
    for before in known:
        is_named = before.feed_id in listed and before.hub is not None and before.topic is not None
        if (after := _step(before, is_named, is_on, now)) is not None:
            yield after


def _step(
    before: HubSubscription, is_named: bool, is_on: bool, now: datetime
) -> HubSubscription | None:
    """Return the next state of a subscription, or ``None``; its feed names a hub if `is_named`."""
    is_offered = is_named and is_on
    is_same = (before.subscribed_hub, before.subscribed_topic) == (before.hub, before.topic)
    waits = before.next_try_at is not None and before.next_try_at > now
    match before.state:
        case HubState.ACTIVE | HubState.REQUESTED if not is_offered or not is_same:
            return replace(
                before, state=HubState.ENDING, asked_at=now, failures=0, next_try_at=None
            )
        case HubState.ENDING if before.failures >= MOST_ENDINGS or _is_over(before, now):
            return _reset(before, is_named)
        case HubState.ENDING:
            return None if waits else replace(before, asked_at=now, failures=before.failures + 1)
        case HubState.ACTIVE if before.renew_at is not None and before.renew_at > now:
            return None
        case HubState.OFFERED | HubState.DENIED if not is_named:
            return _reset(before, False)
    if waits or not is_offered:
        return None
    is_running = before.state is HubState.ACTIVE and not _is_over(before, now)
    is_repeated = is_running and before.failures > 0  # the hub may still use either secret
    return replace(
        before,
        state=HubState.ACTIVE if is_running else HubState.REQUESTED,
        subscribed_hub=before.hub,
        subscribed_topic=before.topic,
        token=before.token if is_running else _random_token(),
        secret=before.secret if is_repeated else _new_secret(before.hub),
        old_secret=before.old_secret if is_repeated else before.secret if is_running else None,
        asked_at=now,
        failures=before.failures + (is_running or before.state is HubState.REQUESTED),
        next_try_at=now + _retry_delay(before.failures),
        renew_at=now + _retry_delay(before.failures) if is_running else None,
    )


def _reset(before: HubSubscription, is_named: bool) -> HubSubscription:
    """Return the subscription in its first state, before any request."""
    return HubSubscription(
        feed_id=before.feed_id,
        hub=before.hub if is_named else None,
        topic=before.topic if is_named else None,
    )


def _is_over(subscription: HubSubscription, now: datetime) -> bool:
    return subscription.lease_until is not None and subscription.lease_until <= now


def _retry_delay(failures: int) -> timedelta:
    """Return the time until the next try, which is also the time to verify a request."""
    return min(VERIFIED_WITHIN * (1 << min(failures, 16)), LONGEST_REST)


def _request(subscription: HubSubscription, root: str) -> HubRequest:
    is_ending = subscription.state is HubState.ENDING
    form = [
        ("hub.mode", "unsubscribe" if is_ending else "subscribe"),
        ("hub.topic", subscription.subscribed_topic or ""),
        ("hub.callback", callback(root, subscription)),
    ]
    if not is_ending:
        form.append(("hub.lease_seconds", str(int(LEASE.total_seconds()))))
        if subscription.secret:
            form.append(("hub.secret", subscription.secret))
    return HubRequest(
        feed_id=subscription.feed_id, hub=subscription.subscribed_hub or "", form=tuple(form)
    )


def callback(root: str, subscription: HubSubscription) -> str:
    """Return the callback URL of a subscription; `root` is ``web.url``."""
    return f"{root}hub/{subscription.token}"


def _record_error(connection: object, answer: HubAnswer, now: datetime) -> None:
    """Record a hub's error; a subscription that it has verified meanwhile stays active."""
    from sqlalchemy import Connection

    assert isinstance(connection, Connection)
    if answer.error is None:
        return
    found = [
        subscription
        for subscription in hub_rows.subscriptions(connection)
        if subscription.feed_id == answer.request.feed_id
    ]
    for before in found:
        rest = now + _retry_delay(before.failures)
        is_requested = before.state is HubState.REQUESTED
        after = replace(
            before,
            state=HubState.OFFERED if is_requested else before.state,
            failures=before.failures + 1,
            error=answer.error,
            next_try_at=max(rest, answer.retry_after or rest),
        )
        hub_rows.save(connection, after)


def _new_secret(hub: str | None) -> str | None:
    """Return a new secret for a hub; ``None`` if it could only be sent unencrypted."""
    return _random_token() if urlsplit(hub or "").scheme == "https" else None


def _random_token() -> str:
    """Return 160 random bits in base 32."""
    return b32encode(os.urandom(20)).decode().lower()


# --- requests from hubs --------------------------------------------------------------------------


def verified(
    subscription: HubSubscription, query: Mapping[str, str], now: datetime
) -> HubSubscription | None:
    """Return the subscription after a hub's verification request; ``None`` to refuse it.

    `query` holds the parameters ``hub.mode``, ``hub.topic``, ``hub.lease_seconds`` and
    ``hub.reason`` (WebSub, 5.2 and 5.3).
    """
    mode = query.get("hub.mode", "").lower()
    if query.get("hub.topic") != subscription.subscribed_topic:
        return None
    state = subscription.state
    if mode == "denied" and state in (HubState.REQUESTED, HubState.ACTIVE):
        reason = "".join(sign for sign in query.get("hub.reason", "") if sign.isprintable())
        return replace(
            subscription,
            state=HubState.DENIED,
            error=f"the hub denies it{f': {reason[:MOST_REASON]}' if reason else ''}",
            next_try_at=now + DENIED_REST,
            lease_until=None,
        )
    if mode == "unsubscribe" and state is HubState.ENDING:
        return replace(subscription, lease_until=now)
    if mode == "subscribe" and state in (HubState.REQUESTED, HubState.ACTIVE):
        lease = _lease(query.get("hub.lease_seconds"))
        return replace(
            subscription,
            state=HubState.ACTIVE,
            lease_until=now + lease,
            renew_at=now + lease * RENEWED_AFTER,
            next_try_at=None,
            failures=0,
            error=None,
        )
    return None


def _lease(written: str | None) -> timedelta:
    """Parse a lease in seconds and limit it, because a hub may send any value."""
    if written is None or not (written.isascii() and written.isdigit()) or len(written) > 12:
        return LEASE
    seconds = min(int(written), int(LONGEST_LEASE.total_seconds()))
    return max(timedelta(seconds=seconds), SHORTEST_LEASE)


def is_signed(subscription: HubSubscription, body: bytes, signature: str) -> bool:
    """Say whether a ping is signed with the subscription's secret (WebSub, 7.1)."""
    method, _, given = signature.strip().partition("=")
    if method.lower() not in _METHODS:
        return False
    for secret in filter(None, (subscription.secret, subscription.old_secret)):
        digest = hmac.new(secret.encode(), body, getattr(hashlib, method.lower())).hexdigest()
        if hmac.compare_digest(digest.encode(), given.strip().lower().encode()):
            return True
    return False
