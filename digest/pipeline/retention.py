"""Drop what is kept for a time only, in short transactions: texts of entries, old deliveries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from digest.settings import Config
from digest.store import Store, entries, folding


def drop_old(
    config: Config, store: Store, now: datetime, *, stop: Callable[[], bool] = lambda: False
) -> None:
    """Drop the texts and fold the deliveries that are older than the configuration keeps them.

    Each transaction handles a few thousand rows, so that other writers wait for a fraction of a
    second.  `stop` is called after each: what is left is dropped by a later run.
    """
    _drop_bodies(config, store, now, stop)
    _fold_deliveries(config, store, now, stop)


def _drop_bodies(config: Config, store: Store, now: datetime, stop: Callable[[], bool]) -> None:
    keep = config.store.keep_bodies
    with store.read() as connection:
        limit = entries.bodies_limit(connection, now - keep, most=keep / 10)
    while limit is not None and not stop():
        with store.write() as connection:
            if entries.drop_bodies(connection, limit) < entries.DROPPED_AT_ONCE:
                return


def _fold_deliveries(config: Config, store: Store, now: datetime, stop: Callable[[], bool]) -> None:
    with store.read() as connection:
        editions = folding.foldable(connection, now - config.store.keep_deliveries)
    for edition_id in editions:
        folded = folding.PORTION
        while folded == folding.PORTION:
            if stop():
                return
            with store.write() as connection:
                folded = folding.fold(connection, edition_id)
