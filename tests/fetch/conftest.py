"""How the tests of fetching ask: one address or many, on a server of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from digest.errors import FetchError
from digest.fetch import Settings, fetch_all
from digest.model import Document, FeedRequest, NotModified, Validators

Outcome = Document | NotModified | FetchError
NONE = Validators()
NOW = datetime(2026, 1, 12, 7, 0, tzinfo=UTC)
LOOPBACK = Settings(allow_hosts=("127.0.0.1",), timeout=timedelta(seconds=10), spacing=timedelta())


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def ask() -> Callable[..., Outcome]:
    """Fetch one address; keywords are settings, or `resolve`, `tls` and `timer` of `fetch_all`."""

    def fetch(url: str, validators: Validators = NONE, **keywords: Any) -> Outcome:
        request = FeedRequest(feed=url, url=url, validators=validators)
        [(returned, outcome)] = _all([request], keywords)
        assert returned is request
        return outcome

    return fetch


@pytest.fixture
def ask_all() -> Callable[..., dict[str, Outcome]]:
    """Fetch many addresses; the outcome of each."""

    def fetch(urls: Iterable[str], **keywords: Any) -> dict[str, Outcome]:
        requests = [FeedRequest(feed=url, url=url) for url in urls]
        return {request.url: outcome for request, outcome in _all(requests, keywords)}

    return fetch


def _all(
    requests: list[FeedRequest], keywords: dict[str, Any]
) -> list[tuple[FeedRequest, Outcome]]:
    ways = {name: keywords.pop(name) for name in ("resolve", "tls", "timer") if name in keywords}
    settings = replace(LOOPBACK, **keywords)
    return list(fetch_all(requests, settings, root=Path(), now=NOW, **ways))
