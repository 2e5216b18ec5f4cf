"""The cache: made once, given often, bounded; and what is made of the bytes."""

from __future__ import annotations

import gzip
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from digest.web.response_cache import CachedResponse, ResponseCache, item
from support.webhouse import NOW


def made(body: bytes) -> CachedResponse:
    return item("text/plain", body, modified=NOW, policy=None, max_age=1)


def test_an_etag_is_that_of_the_bytes() -> None:
    assert made(b"one").etag == made(b"one").etag
    assert made(b"one").etag != made(b"two").etag
    assert made(b"one").etag[0] == made(b"one").etag[-1] == '"', "it is strong"
    assert made(b"one").packed_etag != made(b"one").etag


def test_bytes_are_packed_where_it_is_worth_it() -> None:
    long = made(b"news " * 500)
    assert long.packed is not None
    assert gzip.decompress(long.packed) == long.body
    assert long.packed == made(b"news " * 500).packed, "without the time of packing"
    assert made(b"n").packed is None


def test_what_is_there_is_not_made_again() -> None:
    cache = ResponseCache()
    first = cache.get("a", lambda: made(b"first"))
    assert cache.get("a", lambda: made(b"second")) is first


def test_what_was_not_asked_for_longest_goes_first() -> None:
    cache = ResponseCache(limit=30)
    for key in ("a", "b", "c"):
        cache.get(key, lambda: made(b"0123456789"))
    cache.get("a", lambda: made(b"again"))
    cache.get("d", lambda: made(b"0123456789"))
    assert cache.weight == 30
    assert cache.get("a", lambda: made(b"anew")).body == b"0123456789"
    assert cache.get("b", lambda: made(b"anew")).body == b"anew"


def test_what_is_too_large_is_given_and_not_kept() -> None:
    cache = ResponseCache(limit=5)
    assert cache.get("a", lambda: made(b"0123456789")).body == b"0123456789"
    assert cache.weight == 0


def test_many_who_ask_at_once_have_it_made_once() -> None:
    cache, calls, ready = ResponseCache(), [], threading.Barrier(8)

    def ask(number: int) -> CachedResponse:
        ready.wait(60)

        def make() -> CachedResponse:
            calls.append(number)
            return made(b"page")

        return cache.get("a", make)

    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(ask, range(8)))
    assert len(calls) == 1
    assert len({id(one) for one in given}) == 1


def test_what_cannot_be_made_leaves_nothing_behind() -> None:
    cache = ResponseCache()

    def fail() -> CachedResponse:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        cache.get("a", fail)
    assert cache.get("a", lambda: made(b"page")).body == b"page"
