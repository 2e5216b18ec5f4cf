"""What the operator's pages remember between requests."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from anyio import CapacityLimiter

from digest.store.delivery_lists import DeliveryTotals
from digest.web.admin.drafts import DraftMemory
from digest.web.admin.list_imports import ListImports
from digest.web.rate_limiter import ClientLimiter, RequestLimiter

THREADS = 4
"""The most pages of the operator that are made at once, beside those of visitors."""
_ENDED = 1000
_TEXTS = 16
_LONGEST_TEXT = 1_000_000
_LISTS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkResult:
    """The result of work that a page does not wait for."""

    at: datetime
    value: Any


def _in_thread(work: Callable[[], None]) -> None:
    threading.Thread(target=work, daemon=True, name="operator's work").start()


@dataclass(frozen=True, slots=True)
class AdminState:
    """Locks, limits and caches; nothing here has to survive a restart."""

    saving: threading.Lock = field(default_factory=threading.Lock)
    """Held while the configuration is read, changed and written."""
    verifying: threading.Lock = field(default_factory=threading.Lock)
    """Held while a password is verified, which takes much memory."""
    guesses: ClientLimiter = field(
        default_factory=lambda: ClientLimiter(
            of_network=RequestLimiter(burst=5, every=60), of_all=RequestLimiter(burst=40, every=15)
        )
    )
    """The limit of logins."""
    guesses_of_tokens: RequestLimiter = field(
        default_factory=lambda: RequestLimiter(burst=20, every=10)
    )
    """The limit of API requests from one network with a wrong token."""
    totals: DeliveryTotals = field(default_factory=DeliveryTotals)
    """The numbers of deliveries of editions."""
    imports: ListImports = field(default_factory=ListImports)
    """The imports of subscribers."""
    threads: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(THREADS))
    ended: OrderedDict[str, None] = field(default_factory=OrderedDict)
    """The sessions that were logged out, by their id."""
    texts: OrderedDict[str, str] = field(default_factory=OrderedDict)
    """The last shown texts of the configuration, by their fingerprint."""
    drafts: DraftMemory = field(default_factory=DraftMemory)
    """The last previews of editions."""
    secret: list[bytes] = field(default_factory=list)
    """The secret of the database, once it is known."""

    start: Callable[[Callable[[], None]], None] = _in_thread
    """Does work beside the requests."""
    answers: dict[str, WorkResult] = field(default_factory=dict)
    """The last results of such work."""
    running: set[str] = field(default_factory=set)
    """The work that is not done yet, by the key of its answer."""
    lists: OrderedDict[str, object] = field(default_factory=OrderedDict)
    """The uploaded lists that wait for a confirmation, by a random name."""

    def end(self, session: str) -> None:
        """Remember that a session was logged out."""
        self.ended[session] = None
        while len(self.ended) > _ENDED:
            self.ended.popitem(last=False)

    def keep_list(self, name: str, waiting: object) -> None:
        """Keep an uploaded list until it is confirmed; only the last few are kept."""
        self.lists[name] = waiting
        while len(self.lists) > _LISTS:
            self.lists.popitem(last=False)

    def remember_text(self, fingerprint: str, text: str) -> None:
        """Remember a text of the configuration, to show later what was changed in it."""
        if len(text) > _LONGEST_TEXT:
            return
        self.texts[fingerprint] = text
        self.texts.move_to_end(fingerprint)
        while len(self.texts) > _TEXTS:
            self.texts.popitem(last=False)
