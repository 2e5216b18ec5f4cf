from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.mailing_list import token_signatures
from digest.mailing_list.token_signatures import message_id, sign, verify

SECRET = b"a secret of the database"
SUBSCRIBERS = st.integers(1, 10**18 - 1)


@given(SUBSCRIBERS, st.sampled_from(["bounce", "unsubscribe"]))
def test_a_token_names_its_subscriber_in_any_case(subscriber: int, purpose: str) -> None:
    token = sign(SECRET, purpose, subscriber)
    assert verify(SECRET, purpose, token) == subscriber
    assert verify(SECRET, purpose, token.upper()) == subscriber
    assert len(f"bounces+{token}") <= 64


@given(SUBSCRIBERS, st.integers(0, 40), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567-0189"))
def test_no_other_spelling_is_a_token(subscriber: int, at: int, letter: str) -> None:
    token = sign(SECRET, "bounce", subscriber)
    forged = token[:at] + letter + token[at + 1 :]
    assert verify(SECRET, "bounce", forged) == (subscriber if forged == token else None)


@pytest.mark.parametrize(
    ("secret", "purpose", "token"),
    [
        pytest.param(b"another", "bounce", sign(SECRET, "bounce", 7), id="of another database"),
        pytest.param(SECRET, "unsubscribe", sign(SECRET, "bounce", 7), id="for another purpose"),
        pytest.param(SECRET, "bounce", sign(SECRET, "bounce", 7) + "\n", id="with a line end"),
        pytest.param(SECRET, "bounce", " " + sign(SECRET, "bounce", 7), id="with a space"),
        pytest.param(SECRET, "bounce", "0" + sign(SECRET, "bounce", 7), id="with a zero in front"),
        pytest.param(
            SECRET,
            "bounce",
            sign(SECRET, "bounce", 7).replace("k", "\u212a").replace("s", "\u017f"),
            id="with letters that lower case makes ASCII",
        ),
        pytest.param(SECRET, "bounce", "", id="empty"),
        pytest.param(SECRET, "bounce", "7", id="a number alone"),
    ],
)
def test_what_is_no_token_of_ours_names_nobody(secret: bytes, purpose: str, token: str) -> None:
    assert verify(secret, purpose, token) is None


def test_message_ids_differ_where_any_part_differs() -> None:
    parts = ["daily", "2026-01-12T0700", "smtp", "a@example.org"]
    ids = {message_id(SECRET, *parts)} | {
        message_id(SECRET, *parts[:at], "x", *parts[at + 1 :]) for at in range(len(parts))
    }
    assert len(ids) == len(parts) + 1
    assert message_id(SECRET, *parts) == message_id(SECRET, *parts)
    assert message_id(SECRET, *parts) != message_id(b"another", *parts)


def test_the_examples_hold() -> None:
    assert doctest.testmod(token_signatures).failed == 0
