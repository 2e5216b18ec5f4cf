"""The mail that asks for a confirmation."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest import render
from digest.deliver import message
from digest.errors import RenderError
from digest.model import Letter, Site
from digest.render.words.translate import languages, speak
from support.editions import site

SITE = site()

ADDRESS = "jane@example.org"
LINK = "https://news.example.org/daily/confirm/7-gbzwrcfsaeyqxafpps43oeim"
NOW = datetime(2026, 1, 12, 7, tzinfo=UTC)


def letter(site: Site = SITE, address: str = ADDRESS) -> Letter:
    return render.confirmation(site, address=address, link=LINK, now=NOW)


@pytest.mark.parametrize("language", [name.replace("_", "-") for name in languages()])
def test_it_asks_in_each_language_and_can_be_sent(language: str) -> None:
    asked = letter(replace(SITE, language=language))
    assert asked.language == language
    assert LINK in asked.text.split()
    assert f'href="{LINK}"' in asked.html
    for part in (asked.text, asked.html):
        assert ADDRESS in part
        assert speak(language, "UTC").say("confirm_else")[:8] in part
    assert f'dir="{"rtl" if language == "ar" else "ltr"}"' in asked.html
    form = message.prepare(asked, sender="news@example.org", reply_to=None)
    sent = form.fill(recipient=ADDRESS, message_id="<1@example.org>", link=None, mailto=None)
    assert b"List-Unsubscribe" not in sent
    assert len(sent) < 10_000


def test_it_is_of_the_list_that_its_editions_are_of() -> None:
    asked = letter()
    assert asked.list_id == f"{SITE.digest}.{SITE.authority}"
    assert asked.date == NOW


def test_what_was_written_into_the_form_is_only_text() -> None:
    asked = letter(address="a'b&c=d@example.org")
    assert "a&#39;b&amp;c=d@example.org" in asked.html
    assert "a'b&c=d@example.org" in asked.text


def test_the_title_stands_in_it_as_text() -> None:
    asked = letter(replace(SITE, digest_title="<b>\u202eNews\r\nBcc: x"))
    assert "&lt;b&gt;News Bcc: x" in asked.html
    assert asked.subject == "Please confirm: <b>News Bcc: x"


def test_an_operator_may_write_it_anew(tmp_path: Path) -> None:
    (tmp_path / "confirm.txt").write_text("{{ address }} {{ link }}\n")
    own = replace(SITE, templates=str(tmp_path))
    assert letter(own).text == f"{ADDRESS} {LINK}\n"
    (tmp_path / "confirm.txt").write_text("{{ nothing }}")
    with pytest.raises(RenderError, match=r"confirm\.txt, line 1"):
        letter(own)
