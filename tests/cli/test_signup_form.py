"""`digest subscribers form`: a form for the pages of another site."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import html

from support.house import House
from support.shell import Run, shell

CONFIG = """[web]
url = "https://news.example.org/"
[[feeds]]
url = "feed.xml"
[digests.daily]
title = "Tea & <more>"
{key}
language = "{language}"
[digests.daily.deliver.smtp]
host = "127.0.0.1"
port = 9
from = "News <news@example.org>"
[digests.pages.deliver.files]
path = "out"
"""


@pytest.fixture
def digest(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> Run:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "feed.xml").write_text("<rss version='2.0'/>")
    House(tmp_path, [])
    return shell(monkeypatch, capfdbinary)


@pytest.mark.parametrize("language", ["en", "de", "ar", "zh-Hant"])
def test_a_form_needs_nothing_but_html(digest: Run, tmp_path: Path, language: str) -> None:
    (tmp_path / "config.toml").write_text(CONFIG.format(key="", language=language))
    done = digest("subscribers", "form", "daily")
    assert done.status == 0, done.err
    form = html.fromstring(done.out)
    assert (form.tag, form.get("method")) == ("form", "post")
    assert form.get("action") == "https://news.example.org/daily/subscribe"
    (field,) = form.xpath(".//input[@name='address']")
    assert form.xpath(f".//label[@for='{field.get('id')}']")[0].text_content().count("Tea & <more>")
    (name,) = form.xpath(".//input[@name='name']")
    assert (name.get("autocomplete"), name.get("required")) == ("name", None)
    assert form.xpath(f".//label[@for='{name.get('id')}']")
    assert not form.xpath(".//script | .//@style | .//img | .//link")
    assert "web.forms_from" in done.err


@pytest.mark.parametrize(("name", "key"), [("pages", ""), ("daily", "public = false")])
def test_there_is_no_form_where_nobody_can_sign_up(
    digest: Run, tmp_path: Path, name: str, key: str
) -> None:
    (tmp_path / "config.toml").write_text(CONFIG.format(key=key, language="en"))
    done = digest("subscribers", "form", name)
    assert (done.status, done.out) == (2, "")
    assert f"nobody can sign up for {name}" in done.err
