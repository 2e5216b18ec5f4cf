"""Headers and credentials of one feed: sent to its own host, kept nowhere."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from digest import pipeline
from digest.errors import ConfigError
from digest.settings import interpret
from support.feedserver import Answer, FeedServer
from support.house import NOW, House, item, rss

SECRET = "correct-horse-battery"


def house_of(folder: Path, url: str, keys: str) -> House:
    more = f'[[feeds]]\nurl = "{url}"\n{keys}\n[digests.daily.deliver.files]\npath = "out"\n'
    (folder / "plain.xml").write_bytes(rss([item("plain")]))
    return House(folder, ["plain.xml"], more=more)


def refreshed(house: House) -> pipeline.Refreshed:
    with house.store() as store:
        return pipeline.refresh(house.config, store, NOW)


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("keys", "header", "value"),
    [
        ('user_agent = "Mozilla/5.0"', "user-agent", "Mozilla/5.0"),
        ('headers = { X-Edition = "de" }', "x-edition", "de"),
        ('headers = { Accept = "text/xml" }', "accept", "text/xml"),
        ('token_file = "token"', "authorization", f"Bearer {SECRET}"),
        ('token_env = "FEED_TOKEN"', "authorization", f"Bearer {SECRET}"),
        (
            'user = "me"\npassword_file = "token"',
            "authorization",
            "Basic bWU6Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5",
        ),
    ],
)
def test_a_feeds_own_headers_are_sent_to_its_host_alone(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    keys: str,
    header: str,
    value: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("FEED_TOKEN", SECRET)
    (tmp_path / "token").write_text(f"{SECRET}\n")
    with FeedServer({"/there": rss([item("a")])}) as server:
        there = server.url("/there", host="localhost")
        server.pages["/feed"] = Answer(status=302, headers={"Location": there})
        house = house_of(tmp_path, server.url("/feed"), keys)
        assert refreshed(house).failed == ()
        feed, redirected = server.requests
        assert feed.headers[header] == value
        assert value not in redirected.headers.values()
    assert SECRET not in caplog.text
    assert SECRET.encode() not in (tmp_path / "digest.db").read_bytes()


def test_a_password_that_is_not_there_fails_its_feed_alone(tmp_path: Path) -> None:
    with FeedServer({"/feed": rss([item("a")])}) as server:
        house = house_of(tmp_path, server.url("/feed"), 'token_file = "missing"')
        report = refreshed(house)
        assert server.requests == []
    assert report.fetched == 1
    assert ["cannot be read" in failed.error for failed in report.failed] == [True]


@pytest.mark.parametrize(
    ("keys", "key"),
    [
        ('user = "me"', "user"),
        ('password_file = "a"', "user"),
        ('user = "me"\npassword_file = "a"\npassword_env = "B"', "password_env"),
        ('token_file = "a"\ntoken_env = "B"', "token_env"),
        ('headers = { Host = "other.example" }', "headers"),
        ('headers = { "X-A" = "a\\r\\nX-B: b" }', "headers"),
        ('headers = { "X A" = "a" }', "headers"),
        ('user_agent = "a\\nb"', "user_agent"),
    ],
)
def test_what_cannot_be_sent_is_refused(keys: str, key: str) -> None:
    text = f'[[feeds]]\nurl = "https://example.org/feed"\n{keys}\n[digests.daily]\n'
    with pytest.raises(ConfigError) as raised:
        interpret(text, Path("config.toml"), {})
    assert any((error.key or "").startswith(f"feeds[0].{key}") for error in raised.value.all)
