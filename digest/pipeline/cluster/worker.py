"""One of many workers: it does the jobs that the engine hands it, and ticks in its turn."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from digest import __version__
from digest.errors import BusyError, DigestError
from digest.pipeline.cluster import units
from digest.pipeline.cluster.engine import TICK, Engine, Hint
from digest.pipeline.cluster.pieces import (
    changed_at,
    digest_piece,
    pieces_of,
    shard_piece,
    summary,
)
from digest.pipeline.publish import Made, Outcome
from digest.store import workers

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from digest.pipeline.delivery.report import DeliveryReport
    from digest.pipeline.refresh import Refreshed
    from digest.settings import Config
    from digest.store import Store

KINDS = ("refresh", "publish", "deliver")
EVERY = 15
"""Seconds between two ticks, of all workers together."""
_LONGEST_JOB = 300.0
"""Seconds after which a job begins nothing new: the next tick goes on, on any worker."""

Tell = Callable[["Refreshed | None", "Iterable[Outcome]", "Iterable[DeliveryReport]"], None]
"""Tells people what a job has done."""

logger = logging.getLogger(__name__)


class ClusterWorker:
    """Does jobs with the configuration that `config` returns."""

    def __init__(
        self,
        config: Callable[[], Config],
        store: Store,
        engine: Engine,
        name: str,
        tell: Tell,
        stop: threading.Event,
    ) -> None:
        self._config = config
        self._store = store
        self._engine = engine
        self._name = name
        self._tell = tell
        self._stop = stop
        self._lock = threading.Lock()
        self._hashed: tuple[Config, Mapping[str, str]] | None = None
        self._told: frozenset[str] = frozenset()

    def begin(self, kinds: Collection[str]) -> None:
        """Register this worker."""
        _, pieces = self._current()
        with self._store.write(alone=False) as connection:
            workers.register(
                connection,
                self._name,
                version=__version__,
                kinds=" ".join(kinds),
                configuration=summary(pieces),
            )

    def end(self) -> None:
        """Note that this worker has ended."""
        with self._store.write(alone=False) as connection:
            workers.seen(connection, self._name, ended=True)

    def show_life(self, connection: Connection) -> None:
        """Note that this worker lives, and with which configuration."""
        _, pieces = self._current()
        workers.seen(connection, self._name, configuration=summary(pieces))

    def do(self, kind: str, arguments: Mapping[str, Any]) -> None:
        """Do a job; whatever it raises is logged, because a job stops no other."""
        try:
            now = units.database_now(self._store)
            match kind, arguments:
                case "tick", _:
                    self._tick(now)
                case "refresh", {"shard": int(shard)}:
                    self._refresh(now, shard)
                case "publish", {"digest": str(digest), "slot": str(slot)}:
                    self._publish(now, digest, slot)
                case "deliver", {"part": int(part)}:
                    self._deliver(now, part)
                case _:
                    logger.warning("a job of the kind %r is not known here: it is left", kind)
        except BusyError as busy:
            logger.info("%s", busy)
        except DigestError as error:
            logger.error("%s", error)
        except Exception as bug:  # a bug in one job stops no other
            logger.error("a job failed: %s %s", kind, dict(arguments), exc_info=bug)

    # --- jobs ---

    def _tick(self, now: datetime) -> None:
        """Queue what is due, of all kinds; drop what dead workers have left in the queue."""
        config, pieces = self._current()
        with self._store.write() as connection:
            older = workers.agree(connection, pieces, changed_at(config))
            workers.seen(connection, self._name, ticked=True)
        self._tell_older(older)
        config = replace(
            config,
            digests=tuple(
                digest for digest in config.digests if digest_piece(digest.name) not in older
            ),
        )
        self._engine.drop_stalled()
        units.do_chores(config, self._store, now)
        store = self._store
        self._engine.enqueue(
            [
                *(
                    Hint("publish", {"digest": digest, "slot": slot})
                    for digest, slot in units.due_editions(config, store, now)
                ),
                *self._part_hints(config, now),
                *(
                    Hint("refresh", {"shard": shard})
                    for shard in units.due_shards(config, store, now)
                ),
            ]
        )

    def _refresh(self, now: datetime, shard: int) -> None:
        config = self._agreed(shard_piece(shard))
        if config is None:
            return
        refreshed = units.refresh_shard(config, self._store, now, shard, self._limit())
        if refreshed is not None and (refreshed.due or refreshed.pushed):
            self._tell(refreshed, (), ())

    def _publish(self, now: datetime, digest: str, slot: str) -> None:
        config = self._agreed(digest_piece(digest))
        if config is None:
            return
        outcomes = units.make_edition(config, self._store, now, digest, slot)
        self._tell(None, outcomes, ())
        if any(isinstance(outcome, Made) for outcome in outcomes):
            self._engine.enqueue(self._part_hints(config, now))

    def _deliver(self, now: datetime, part: int) -> None:
        digest = units.digest_of_part(self._store, part)
        config = digest and self._agreed(digest_piece(digest))
        if not config:
            return
        reports = units.deliver_part(config, self._store, now, part, self._limit())
        self._tell(None, (), reports)
        if reports and not self._stop.is_set():
            self._engine.enqueue(self._part_hints(config, units.database_now(self._store)))

    def _part_hints(self, config: Config, now: datetime) -> list[Hint]:
        return [
            Hint("deliver", {"part": part}) for part in units.due_parts(config, self._store, now)
        ]

    def _limit(self) -> Callable[[], bool]:
        """Return a function that says whether a job is to begin nothing new."""
        end = time.monotonic() + _LONGEST_JOB
        return lambda: self._stop.is_set() or time.monotonic() >= end

    # --- the configuration ---

    def _current(self) -> tuple[Config, Mapping[str, str]]:
        """Return the configuration and the hashes of its pieces."""
        config = self._config()
        with self._lock:
            if self._hashed is None or self._hashed[0] is not config:
                self._hashed = (config, pieces_of(config))
            return self._hashed

    def _agreed(self, piece: str) -> Config | None:
        """Return the configuration, or None where another worker has a newer state of the piece."""
        config, pieces = self._current()
        if piece not in pieces:
            logger.warning("%s: not in the configuration of this worker, so it is left", piece)
            return None
        with self._store.read() as connection:
            is_current = workers.is_current(connection, piece, pieces[piece])
        if is_current:
            return config
        with self._store.write() as connection:
            older = workers.agree(connection, pieces, changed_at(config))
        self._tell_older(older)
        return None if piece in older else config

    def _tell_older(self, older: Collection[str]) -> None:
        """Warn, once, about what other workers have in a newer state."""
        found = frozenset(older)
        if found and found != self._told:
            named = sorted(found)
            more = f" and {len(named) - 3} more" if len(named) > 3 else ""
            logger.warning(
                "other workers have a newer configuration: this one leaves them the work that "
                "differs (%s%s); give it their file",
                ", ".join(named[:3]),
                more,
            )
        self._told = found


def queues(kinds: Collection[str], concurrency: int) -> dict[str, int]:
    """Return the queues of a worker and how many jobs of each it does at a time."""
    return {TICK: 1, **{kind: concurrency for kind in KINDS if kind in kinds}}
