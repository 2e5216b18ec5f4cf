from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.fetch.body import MAX_MEMBERS, MAX_PIECES, AnswerBody, BodyError

TEXT = b"<rss><channel><title>caf\xc3\xa9</title></channel></rss>" * 20

BROTLI = b"\x1b\x2f\x00\xf8\x1d\xa9\x53\x9f" * 20


def zipped(data: bytes) -> bytes:
    """Compress without the time of day: it would stand in the names of tests."""
    return gzip.compress(data, mtime=0)


def raw_deflate(data: bytes) -> bytes:
    deflater = zlib.compressobj(wbits=-15)
    return deflater.compress(data) + deflater.flush()


def read(label: str, wire: bytes, *, limit: int = 100_000, size: int = 64_000) -> bytes:
    body = AnswerBody(label, limit)
    for start in range(0, len(wire), size):
        body.add(wire[start : start + size])
    return body.finish()


@pytest.mark.parametrize("size", [1, 7, 64_000], ids=lambda size: f"in pieces of {size}")
@pytest.mark.parametrize(
    ("label", "wire"),
    [
        pytest.param("", TEXT, id="plain"),
        pytest.param("identity", TEXT, id="plain, and says so"),
        pytest.param("utf-8", TEXT, id="plain, under a label that is none"),
        pytest.param("gzip", TEXT, id="plain, though it says gzip"),
        pytest.param("deflate", TEXT, id="plain, though it says deflate"),
        pytest.param("gzip", zipped(TEXT), id="gzip"),
        pytest.param("X-GZIP", zipped(TEXT), id="gzip by its old name"),
        pytest.param("", zipped(TEXT), id="gzip, though it says nothing"),
        pytest.param("deflate", zipped(TEXT), id="gzip, though it says deflate"),
        pytest.param("deflate", zlib.compress(TEXT), id="deflate as RFC 1950 means it"),
        pytest.param("deflate", raw_deflate(TEXT), id="deflate as some servers mean it"),
        pytest.param("gzip", zlib.compress(TEXT), id="deflate, though it says gzip"),
        pytest.param("gzip", zipped(TEXT[:99]) + zipped(TEXT[99:]), id="two gzip members"),
        pytest.param("gzip", zipped(TEXT) + b"\0" * 600, id="gzip and padding"),
        pytest.param("gzip", zipped(TEXT) + b"\n", id="gzip and a line feed"),
        pytest.param("gzip, gzip", zipped(zipped(TEXT)), id="gzip twice, as it says"),
        pytest.param("gzip", zipped(zipped(TEXT)), id="gzip twice, though it says once"),
        pytest.param("", zipped(zipped(zipped(TEXT))), id="gzip three times, without a word"),
        pytest.param("gzip, gzip", TEXT, id="plain, though it says gzip twice"),
        pytest.param("gzip, gzip", zipped(TEXT), id="gzip once, though it says twice"),
        pytest.param("br", TEXT, id="plain, though it says brotli"),
        pytest.param("br", zipped(TEXT), id="gzip, though it says brotli"),
        pytest.param("zstd", TEXT, id="plain, though it says zstd"),
        pytest.param("br, gzip", zipped(TEXT), id="gzip, though it says brotli as well"),
    ],
)
def test_every_way_to_send_a_text_gives_the_text(label: str, wire: bytes, size: int) -> None:
    assert read(label, wire, size=size) == TEXT


@pytest.mark.parametrize("wire", [b"", b"x", b"\x1f", b"<"])
def test_a_body_too_short_to_tell_is_itself(wire: bytes) -> None:
    assert read("gzip", wire) == wire


@pytest.mark.parametrize(
    ("label", "wire", "why"),
    [
        ("br", BROTLI, "compressed as br, which was not asked for"),
        ("br", b"\x0b", "compressed as br, which was not asked for"),
        ("gzip, zstd", b"(\xb5/\xfd\x04X\0\0<rss>", "compressed as zstd, which was not asked for"),
        ("gzip", zipped(TEXT)[:11], "ends early"),
        ("gzip", b"\x1f\x8b" + b"\xff" * 50, "damaged"),
        ("deflate", b"\x07" * 50, "damaged"),
        ("", b"x" * 100_001, "larger than 100,000 bytes"),
        ("gzip", zipped(b"\0" * 100_001), "larger than 100,000 bytes"),
        ("gzip", zipped(b"") * (MAX_MEMBERS + 1), "in more than 1,000 parts"),
    ],
)
def test_what_cannot_be_had_says_why(label: str, wire: bytes, why: str) -> None:
    with pytest.raises(BodyError, match=why):
        read(label, wire)


@pytest.mark.parametrize("label", ["gzip", "br", ""])
def test_a_short_text_is_itself_under_any_label(label: str) -> None:
    assert read(label, b"<rss/>") == b"<rss/>"


@pytest.mark.parametrize(
    ("label", "wire"),
    [
        pytest.param("gzip", zipped(TEXT)[:-9], id="gzip without its end"),
        pytest.param("gzip", zipped(TEXT)[:-1], id="gzip without its last byte"),
        pytest.param("gzip", zipped(zipped(TEXT)[:-9]), id="gzip of gzip without its end"),
        pytest.param("deflate", zlib.compress(TEXT)[:-2], id="deflate without its end"),
    ],
)
def test_a_compressed_body_that_ends_early_gives_what_there_is(label: str, wire: bytes) -> None:
    body = AnswerBody(label, 100_000)
    body.add(wire)
    assert TEXT.startswith(body.finish()[:40])
    assert body.cut


def test_a_bomb_in_a_bomb_is_stopped() -> None:
    with pytest.raises(BodyError, match="larger than"):
        read("gzip", zipped(zipped(bytes(1 << 20))))


def test_a_body_of_just_the_limit_is_taken() -> None:
    assert len(read("gzip", zipped(b"\0" * 100_000))) == 100_000


def test_a_bomb_is_stopped_at_the_limit_and_not_after_it() -> None:
    deflater = zlib.compressobj(9, wbits=31)
    bomb = b"".join(deflater.compress(bytes(1 << 20)) for _ in range(64)) + deflater.flush()
    body = AnswerBody("gzip", 1_000_000)
    with pytest.raises(BodyError, match="larger than"):
        body.add(bomb)
    assert sum(map(len, body._out)) <= 1_000_000


def test_a_body_in_crumbs_is_given_up() -> None:
    body = AnswerBody("", 10_000_000)
    for _ in range(MAX_PIECES):
        body.add(b"x")
    with pytest.raises(BodyError, match="pieces"):
        body.add(b"x")


@given(
    label=st.sampled_from(["", "gzip", "deflate", "gzip, deflate", "br"]),
    make=st.sampled_from([bytes, gzip.compress, zlib.compress, raw_deflate]),
    data=st.binary(max_size=300),
    cut=st.integers(0, 300),
    size=st.integers(1, 50),
)
def test_any_bytes_give_a_body_within_the_limit_or_our_error(
    label: str, make: Callable[[bytes], bytes], data: bytes, cut: int, size: int
) -> None:
    with suppress(BodyError):
        assert len(read(label, make(data)[:cut], limit=200, size=size)) <= 200
