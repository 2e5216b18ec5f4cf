"""Operations on feeds: they edit config.toml, as `digest feeds` does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from msgspec import UNSET, structs

from digest.diagnostics.add_feeds import add_address, keep_fetched
from digest.errors import ConfigError, DigestError
from digest.model import Feed, FeedState
from digest.net.secret_urls import without_secrets
from digest.settings import Config, read_text, replace_config
from digest.settings.edit import add_feed, change_feeds, remove_feed
from digest.store import feeds as feed_rows
from digest.web.api.call import ApiCall, ApiError, Operation, invalid
from digest.web.api.shapes import (
    FeedAnswer,
    FeedChange,
    FeedPage,
    FeedsQuestion,
    NewFeed,
)


def listed(call: ApiCall) -> FeedPage:
    """List the feeds, in the order of the configuration."""
    question: FeedsQuestion = call.query
    feeds = [
        feed
        for feed in _following(call.config.feeds, question.after)
        if question.category in ("", feed.category or "")
    ]
    if not (question.search or question.state):
        feeds = feeds[: question.limit + 1]
    with call.store.read() as connection:
        states = {
            state.url: state for state in feed_rows.states(connection, [feed.url for feed in feeds])
        }
    items = []
    for feed in feeds:
        state = states.get(feed.url)
        if _has_words(feed, state, question.search) and question.state in (
            "",
            _word(call, feed, state),
        ):
            items.append(_answer(call, feed, state))
            if len(items) > question.limit:
                break
    more = len(items) > question.limit
    items = items[: question.limit]
    return FeedPage(items=tuple(items), next=items[-1].name if more else None)


def _following(feeds: Sequence[Feed], after: str) -> Sequence[Feed]:
    """Return the feeds behind the one called `after`; all, where there is none."""
    places = [place for place, feed in enumerate(feeds, 1) if feed.name == after] if after else []
    return feeds[places[0] :] if places else feeds


def _has_words(feed: Feed, state: FeedState | None, words: str) -> bool:
    title = feed.title or (state.title if state else None) or ""
    text = f"{feed.name} {title}".casefold()
    return all(word in text for word in words.casefold().split())


def one(call: ApiCall) -> FeedAnswer:
    """Show one feed."""
    return _shown(call, call.config, _feed(call.config, call.path["name"]))


def add(call: ApiCall) -> FeedAnswer:
    """Add a feed by its address or by that of its page."""
    wanted: NewFeed = call.body
    path = call.config.path
    words = {"name": wanted.name, "title": wanted.title, "category": wanted.category}
    if wanted.discover:
        with call.service.admin.saving:
            try:
                added = add_address(path, wanted.address, call.now, **words)
            except ConfigError as error:
                raise invalid(error) from error
            except DigestError as error:
                raise ApiError(422, str(error)) from error
        config = call.service.config()
        keep_fetched(config, call.store, [added], call.now)
        url = added.url
    else:
        url = wanted.address
        config = _change(call, lambda text: add_feed(text, url, **words))
    return _shown(call, config, _by_url(config, url))


def change(call: ApiCall) -> FeedAnswer:
    """Change keys of a feed."""
    feed = _feed(call.config, call.path["name"])
    wanted: FeedChange = call.body
    values = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in structs.asdict(wanted).items()
        if value is not UNSET
    }
    config = _change(call, lambda text: change_feeds(text, [feed.url], values))
    return _shown(call, config, _by_url(config, feed.url))


def remove(call: ApiCall) -> None:
    """Remove a feed; its stories stay in the editions."""
    feed = _feed(call.config, call.path["name"])
    _change(call, lambda text: remove_feed(text, feed.url))


def _change(call: ApiCall, edit: Callable[[str], str]) -> Config:
    """Edit the configuration file; raise ApiError, and write nothing, where it would be wrong."""
    path = call.config.path
    with call.service.admin.saving:
        try:
            replace_config(path, edit(read_text(path)))
        except ConfigError as error:
            raise invalid(error) from error
    return call.service.config()


def _feed(config: Config, name: str) -> Feed:
    for feed in config.feeds:
        if feed.name == name:
            return feed
    raise ApiError(404, f"there is no feed {name!r}")


def _by_url(config: Config, url: str) -> Feed:
    found = next((feed for feed in config.feeds if feed.url == url), None)
    if found is None:  # somebody else has removed it in the same moment
        raise ApiError(409, "the feed was changed by somebody else meanwhile")
    return found


def _shown(call: ApiCall, config: Config, feed: Feed) -> FeedAnswer:
    with call.store.read() as connection:
        states = feed_rows.states(connection, [feed.url])
    return _answer(call, feed, next(iter(states), None))


def _answer(call: ApiCall, feed: Feed, state: FeedState | None) -> FeedAnswer:
    return FeedAnswer(
        name=feed.name,
        url=without_secrets(feed.url),
        title=feed.title or (state.title if state else None),
        category=feed.category,
        priority=feed.priority,
        backfill=feed.backfill,
        max_entries=feed.max_entries,
        fulltext=feed.fulltext,
        muted_until=feed.muted_until,
        drop=feed.drop,
        keep=feed.keep,
        state=_word(call, feed, state),
        error=state.error if state else None,
        failures=state.failures if state else 0,
        last_success=state.succeeded_at if state else None,
        next_fetch=state.next_fetch_at if state else None,
        moved_to=_bare(state.fetch_url or state.moved_to) if state else None,
    )


def _bare(url: str | None) -> str | None:
    return None if url is None else without_secrets(url)


def _word(call: ApiCall, feed: Feed, state: FeedState | None) -> str:
    if feed.muted_until and feed.muted_until > call.now.date():
        return "muted"
    if state is None or state.checked_at is None:
        return "new"
    if state.gone:
        return "gone"
    return "failing" if state.error else "well"


OPERATIONS: Iterable[Operation] = (
    Operation(
        method="GET",
        path="/feeds",
        id="listFeeds",
        summary="List the feeds, in the order of the configuration.",
        run=listed,
        query=FeedsQuestion,
        answer=FeedPage,
    ),
    Operation(
        method="POST",
        path="/feeds",
        id="addFeed",
        summary="Add a feed by its address or by that of its page, as `digest feeds add` does.",
        run=add,
        body=NewFeed,
        answer=FeedAnswer,
        status=201,
    ),
    Operation(
        method="GET",
        path="/feeds/{name:path}",
        id="showFeed",
        summary="Show one feed.",
        run=one,
        answer=FeedAnswer,
        fails=(404,),
    ),
    Operation(
        method="PATCH",
        path="/feeds/{name:path}",
        id="changeFeed",
        summary="Change keys of a feed in the configuration.",
        run=change,
        body=FeedChange,
        answer=FeedAnswer,
        fails=(404, 409),
    ),
    Operation(
        method="DELETE",
        path="/feeds/{name:path}",
        id="removeFeed",
        summary="Remove a feed from the configuration; its stories stay in the editions.",
        run=remove,
        status=204,
        fails=(404,),
    ),
)
