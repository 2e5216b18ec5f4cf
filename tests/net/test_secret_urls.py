from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.net.secret_urls import (
    looks_random,
    may_be_published,
    redact,
    secrets,
    without_secrets,
)

KEY = "UC7f3kQ9zLp2XwR8"
UUID = "8a0b9c1d-1234-4abc-9def-0123456789ab"


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        pytest.param("https://host.example/private.xml?token=SECRET", "SECRET", id="a token"),
        pytest.param(
            "https://host.example/rss?u=1&Api-Key=hunter22", "hunter22", id="whatever it is called"
        ),
        pytest.param("https://host.example/rss;a;key=hunter22?x;key=hunter22", "hunter22", id=";"),
        pytest.param("https://host.example/rss?k7Qz2LmX9vB4nT8", "k7Qz2LmX9vB4nT8", id="no name"),
        pytest.param(f"https://host.example/private/{UUID}.rss", UUID, id="a UUID for a file"),
        pytest.param(
            "https://host.example/f/7f3kq9zlp2xwr8/feed", "7f3kq9zlp2xwr8", id="a random folder"
        ),
        pytest.param(
            "https://host.example/f/gbzwrcfsaeyqxafpps43oeim",
            "gbzwrcfsaeyqxafpps43oeim",
            id="base32",
        ),
        pytest.param(
            "https://host.example/f/aB3-dE5_gH7-jK9.xml", "aB3-dE5_gH7-jK9", id="base64url"
        ),
        pytest.param("https://me:hunter22@host.example/a.xml", "hunter22", id="a password"),
        pytest.param("https://hunter22@host.example/a.xml", "hunter22", id="a user that is a key"),
        pytest.param("https://host.example/a.xml#key=hunter22", "hunter22", id="in the fragment"),
        pytest.param("https://host.example/a?token=c2Vj%2BcmV0", "c2Vj+cmV0", id="escaped"),
    ],
)
def test_a_secret_is_found_and_hidden(url: str, secret: str) -> None:
    assert secret in secrets(url)
    assert not may_be_published(url)
    assert secret not in without_secrets(url)
    assert secret not in redact(f"the server at {url}, which has moved, answers 500")


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/atom.xml",
        "https://www.example.org/2024/01/my-Great-Post-about-HTTP2-and-IPv6-in-2024.xml",
        "https://example.org/AllAboutPythonProgrammingLanguage/feed",
        "https://feeds.example.org/ABC1234567890",
        "https://feeds.example.org/54nAGcIl",
        "https://example.org/internationalization/rechtschreibung-und-angstschweiss/feed",
        "https://rechtschreibung-und-angstschweiss.example/feed",
        "http://127.0.0.1:8080/a.xml",
        "https://xn--bcher-kva.example/rss",
    ],
)
def test_an_address_of_words_is_public(url: str) -> None:
    assert may_be_published(url)
    assert secrets(url) == frozenset()
    assert without_secrets(url) == url


@pytest.mark.parametrize(
    ("url", "named", "public"),
    [
        ("https://a.example/f?format=atom", None, False),
        ("https://a.example/f?format=atom", "http://www.a.example/f?format=atom", True),
        ("https://a.example/f?format=atom", "https://a.example/f?format=rss", False),
        (f"https://a.example/f?channel_id={KEY}", f"https://a.example/f?channel_id={KEY}", True),
        (f"https://a.example/shows/{UUID}", f"https://a.example/shows/{UUID}", True),
        (f"https://a.example/private/{UUID}", f"https://a.example/private/{UUID}", False),
        (f"https://a.example/f?token={KEY}", f"https://a.example/f?token={KEY}", False),
        ("https://me:pw@a.example/f", "https://me:pw@a.example/f", False),
    ],
)  # fmt: skip
def test_a_feed_may_publish_its_own_address(url: str, named: str | None, public: bool) -> None:
    """Many servers write the address that was asked for into the feed: a credential stays one."""
    assert may_be_published(url, named) is public


@given(st.text())
def test_any_text_can_be_judged(text: str) -> None:
    for url in (text, f"https://{text}", f"https://example.org/{text}"):
        may_be_published(url, text)
        looks_random(text)
        assert isinstance(secrets(url), frozenset)
        redact(without_secrets(url))
