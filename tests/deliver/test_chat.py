"""The chat channel, by apprise's own JSON service, to a receiver on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.deliver import EditionPackage, RenderedFile, chat
from digest.deliver.web import chat_process
from digest.deliver.web.chat_markup import markup
from digest.errors import DeliveryError
from digest.model import Edition
from digest.render import render
from support import editions
from support.receiver import Receiver

AT = datetime(2026, 1, 12, 6, 0, tzinfo=UTC)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        yield server


def settings(receiver: Receiver, **changes: int) -> chat.Settings:
    return chat.Settings(to={"team": f"json://127.0.0.1:{receiver.port}/hidden"}, **changes)


def edition_package(edition: Edition, **changes: str | None) -> EditionPackage:
    piece = RenderedFile(
        format="json",
        filename="edition.json",
        scope="edition",
        rendition=render("json", [edition], editions.site(**changes)),
    )
    return EditionPackage(
        digest="daily", slot=edition.slot, newest=True, at=AT, recipient="team", pieces=(piece,)
    )


def titled(title: str) -> Edition:
    section = editions.sample().sections[0]
    return editions.edition(
        replace(section, stories=(replace(section.stories[0], title=title, untitled=False),))
    )


def told(receiver: Receiver) -> dict[str, str]:
    return dict(json.loads(receiver.posts[-1].body))


def test_a_message_has_the_titles_their_feeds_and_links(receiver: Receiver) -> None:
    receipt = chat.deliver(edition_package(editions.sample()), settings(receiver))
    message = told(receiver)
    assert message["title"].startswith("Morning transmission, 2026-11-22 (")
    first = editions.sample().sections[0].stories[0]
    assert f"• {first.title} ({first.feed})\n{first.link}" in message["message"]
    assert message["message"].endswith("https://news.example.org/daily/2026-11-22T0700/")
    assert receipt.detail == "JSON (team)"


def test_more_stories_than_wanted_are_counted(receiver: Receiver) -> None:
    edition = editions.sample()
    count = sum(len(section.stories) for section in edition.sections)
    chat.deliver(edition_package(edition), settings(receiver, stories=2))
    message = told(receiver)["message"]
    assert message.count("• ") == 2
    assert f"\n\n+{count - 2}\n\n" in message


def test_without_a_page_there_is_no_link_to_it(receiver: Receiver) -> None:
    chat.deliver(edition_package(editions.sample(), base_url=None), settings(receiver))
    assert "news.example.org" not in told(receiver)["message"]


def test_a_refusal_is_an_error_without_the_address(receiver: Receiver) -> None:
    receiver.statuses = [500]
    with pytest.raises(DeliveryError, match=r"JSON \(team\) did not take .*500") as caught:
        chat.deliver(edition_package(editions.sample()), settings(receiver))
    assert caught.value.temporary
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("call", ["@everyone", "<!channel>", "a<@!7>b"])
def test_a_title_mentions_nobody(receiver: Receiver, call: str) -> None:
    chat.deliver(edition_package(titled(f"Hello {call}")), settings(receiver))
    message = told(receiver)["message"]
    assert call not in message
    assert call in message.replace("\u200b", "")


@given(
    titles=st.lists(st.text(st.characters(codec="utf-8"), min_size=1), min_size=1, max_size=30),
    room=st.integers(150, 3000),
)
def test_a_message_never_outgrows_its_service(titles: list[str], room: int) -> None:
    items = [
        {"title": title, "url": f"https://example.org/{at}", "_digest": {"feed": {"title": "F"}}}
        for at, title in enumerate(titles)
    ]
    feed = {"home_page_url": "https://news.example.org/daily/2026-11-22T0700/"}
    body = chat._body(items, len(items), feed, markup("json", "text"), chat._units, room)
    assert len(body.encode("utf-16-le")) // 2 <= room
    assert "https://example.org/0" in body or len(titles[0]) > 20


@pytest.mark.parametrize(
    ("to", "words"),
    [
        pytest.param({}, "names a place", id="none"),
        pytest.param({"team": "nonsense://x"}, "no address that apprise knows", id="unknown"),
        pytest.param({"team": "slack"}, "no address that apprise knows", id="no address"),
    ],
)
def test_an_address_that_is_none_is_refused(to: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=f"^to .*{words}"):
        chat.Settings(to=to)


def test_whatever_a_plugin_raises_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    from apprise.plugins.custom_json import NotifyJSON

    def broken(*_: object, **__: object) -> bool:
        raise RecursionError("too deep")

    monkeypatch.setattr(NotifyJSON, "send", broken)
    request = {"address": "json://localhost/", "title": "a", "body": "b", "body_format": "text"}
    assert chat_process.answer(request) == {"taken": False, "words": "RecursionError too deep"}


@pytest.mark.parametrize("name", ["http_proxy", "ALL_PROXY"])
def test_no_proxy_of_the_environment_gets_a_message(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with Receiver() as proxy:
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        chat.deliver(edition_package(editions.sample()), settings(receiver))
        assert (len(receiver.posts), proxy.posts) == (1, [])


def test_a_login_of_netrc_is_not_sent(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password hidden")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    chat.deliver(edition_package(editions.sample()), settings(receiver))
    assert receiver.posts[0].headers["authorization"] is None


@pytest.mark.parametrize("status", [302, 307])
def test_a_redirect_is_no_delivery(receiver: Receiver, status: int) -> None:
    with Receiver() as other:
        receiver.statuses, receiver.headers = [status], {"location": other.url}
        with pytest.raises(DeliveryError, match="did not take") as caught:
            chat.deliver(edition_package(editions.sample()), settings(receiver))
        assert caught.value.temporary
        assert other.posts == []


def test_a_service_that_never_answers_is_ended(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.stalls = True
    monkeypatch.setattr(chat, "_SECONDS", 1.5)
    with pytest.raises(DeliveryError, match=r"no answer within 1\.5 seconds"):
        chat.deliver(edition_package(editions.sample()), settings(receiver))


@pytest.mark.long
def test_an_answer_without_end_is_an_error(receiver: Receiver) -> None:
    receiver.text = b"x" * 2**20
    receiver.repeats = 4096
    with pytest.raises(DeliveryError, match="did not take"):
        chat.deliver(edition_package(editions.sample()), settings(receiver))
