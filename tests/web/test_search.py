"""Searching the editions: in every script, and never for what is not public."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from lxml import html

from digest.model import Section
from support import editions
from support.webhouse import CONFIG, SLOT, URL, WebHouse


def titles(house: WebHouse, words: str, digest: str = "") -> list[str]:
    path = f"/{digest}/search" if digest else "/search"
    answer = house.get(f"{path}?q={quote(words)}")
    assert answer.status == 200
    page = html.fromstring(answer.text)
    return [heading.text_content() for heading in page.iter("h2")]


def tell(house: WebHouse, slot: str, *stories: tuple[str, str], digest: str = "pages") -> None:
    """Publish an edition of these titles and excerpts."""
    told = tuple(
        editions.story(f"{slot}{at}", title, excerpt=excerpt)
        for at, (title, excerpt) in enumerate(stories)
    )
    house.publish(digest, editions.edition(Section(title="", stories=told)), slot)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        pytest.param("harbour", True, id="a word"),
        pytest.param("HARBOUR storm", True, id="two words, in any case and order"),
        pytest.param("harb", True, id="the beginning of a word"),
        pytest.param("arbour", False, id="the end of a word"),
        pytest.param("harbour tea", False, id="a word that is not there"),
        pytest.param("Élan", True, id="an accent"),
        pytest.param("elan", True, id="no accent"),
        pytest.param("东京", True, id="two characters of Chinese"),
        pytest.param("京", True, id="one character"),
        pytest.param("京东", False, id="the characters the other way round"),
        pytest.param("ラーメン", True, id="Katakana"),
        pytest.param("서울", True, id="Korean, without its particle"),
        pytest.param("العربية", True, id="Arabic, without its marks"),
        pytest.param("ภาษา", True, id="Thai, from within"),
        pytest.param("ёлка", True, id="Cyrillic"),
        pytest.param("हिन्दी", True, id="Devanagari"),
        pytest.param("c", True, id="one letter, as a word"),
        pytest.param("h", False, id="one letter, as a beginning"),
        pytest.param('"harbour"', True, id="quotation marks"),
        pytest.param("harbour OR tea", False, id="no operator"),
        pytest.param("NOT tea", False, id="no negation"),
        pytest.param("title:harbour", False, id="no column"),
        pytest.param("harbour*) OR (x", False, id="no brackets"),
        pytest.param("'; DROP TABLE editions; --", False, id="no statement"),
        pytest.param("NEAR(harbour storm, 2)", False, id="no function"),
        pytest.param("%", False, id="nothing to look for"),
        pytest.param("\x00", False, id="a control"),
        pytest.param("🙂", False, id="a sign"),
    ],
)
def test_words_are_found_in_every_script(house: WebHouse, words: str, found: bool) -> None:
    latin = "Storm in the harbour. Élan, C and Ёлка"
    others = "东京 ラーメン, 서울에서, الْعَرَبِيَّة, ภาษาไทย, हिन्दी"
    tell(house, SLOT, ("One", f"{latin}, {others}"), ("Other", "nothing of it"))
    assert titles(house, words, "pages") == (["One"] if found else [])


def test_the_newest_edition_comes_first_and_older_results_follow(house: WebHouse) -> None:
    for day in range(10, 13):
        stories = [(f"Tea {day}.{at}", "leaves") for at in range(10)]
        tell(house, f"2026-11-{day}T0700", *stories)
    expected = [f"Tea {day}.{at}" for day in (12, 11, 10) for at in range(10)]
    assert titles(house, "tea", "pages") == expected[:20]
    page = html.fromstring(house.get("/pages/search?q=tea").text)
    (older,) = page.xpath("//a[@rel='next']/@href")
    second = html.fromstring(house.get(f"/pages/{older}").text)
    assert [heading.text_content() for heading in second.iter("h2")] == expected[20:]
    assert not second.xpath("//a[@rel='next']")


def test_a_result_leads_to_its_story(house: WebHouse) -> None:
    page = html.fromstring(house.get("/search?q=softmax").text)
    (link, *_) = page.xpath("//h2/a/@href")
    path, _, anchor = link.partition("#")
    assert html.fromstring(house.get(path).text).get_element_by_id(anchor) is not None


def test_all_public_digests_are_searched_from_the_start_page(house: WebHouse) -> None:
    tell(house, SLOT, ("Tea", "x"))
    tell(house, SLOT, ("Tea", "y"), digest="empty")
    assert titles(house, "tea") == ["Tea", "Tea"]
    assert titles(house, "tea", "empty") == ["Tea"]
    assert 'action="search"' in house.get("/").text
    assert f'action="{URL}pages/search"' in house.get("/pages/").text
    house.configure(CONFIG.replace("[digests.empty]\n", "[digests.empty]\npublic = false\n"))
    assert titles(house, "tea") == ["Tea"]
    assert house.get("/empty/search?q=tea").status == 404


def test_an_edition_is_found_as_soon_as_it_is_there(house: WebHouse) -> None:
    assert titles(house, "tea") == []
    tell(house, SLOT, ("Tea", "x"))
    assert titles(house, "tea") == ["Tea"]


def test_a_secret_that_pages_leave_out_cannot_be_guessed(house: WebHouse) -> None:
    secret = "k3ys3cr3tk3ys3cr3t"
    feed = f"https://example.org/feed?token={secret}"
    house.configure(CONFIG.replace('url = "feed.xml"', f'url = "{feed}"'))
    tell(house, SLOT, ("Tea", f"it is {secret}"))
    assert titles(house, "tea") == ["Tea"]
    assert secret not in house.get("/search?q=tea").text
    for end in range(3, len(secret) + 1):
        assert titles(house, secret[:end]) == []


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", '"><img src=x>', "{{ 7*7 }}"])
def test_what_is_asked_for_is_only_ever_text(house: WebHouse, hostile: str) -> None:
    page = house.get(f"/search?q={quote(hostile)}").text
    assert "<script" not in page
    assert "<img" not in page
    assert "Nothing was found for" in page
    assert html.fromstring(page).get_element_by_id("q").get("value") == hostile


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?q=",
        "?q=%ff",
        "?q=tea&before=x",
        "?q=tea&before=-1",
        f"?q=tea&before={10**17}",
        "?q=" + "a+" * 400,
    ],
)
def test_any_question_is_answered(house: WebHouse, query: str) -> None:
    answer = house.get(f"/search{query}")
    assert answer.status == 200
    assert answer.headers["x-robots-tag"] == "noindex"
    assert answer.headers["cache-control"] == "no-store"


def test_one_network_searches_so_often_and_others_are_not_held_back(house: WebHouse) -> None:
    def search(address: str, query: str = "?q=tea") -> int:
        return house.get(f"/search{query}", {"x-forwarded-for": address}).status

    assert [search(f"203.0.113.{number}") for number in range(31)] == [200] * 30 + [429]
    assert search("203.0.113.1", "") == 200, "the form alone asks the database for nothing"
    assert search("203.0.114.1") == 200
    house.timer += 2
    assert [search("203.0.113.1"), search("203.0.113.1")] == [200, 429]


def test_what_was_asked_for_is_not_logged(
    house: WebHouse, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", "digest.web"):
        house.get("/search?q=something+private")
    assert "/search 200" in caplog.text
    assert "private" not in caplog.text


# --- search engines -------------------------------------------------------------------------------


def test_search_engines_are_told_what_there_is(house: WebHouse) -> None:
    robots = house.get("/robots.txt")
    assert robots.headers["content-type"] == "text/plain; charset=utf-8"
    assert "Disallow: /search\n" in robots.text
    assert "Disallow: /\n" not in robots.text
    assert robots.text.endswith(f"Sitemap: {URL}sitemap.xml\n")
    answer = house.get("/sitemap.xml")
    assert answer.headers["content-type"] == "application/xml; charset=utf-8"
    found = re.findall("<loc>(.*?)</loc>", answer.text)
    assert found[:4] == [URL, f"{URL}daily/", f"{URL}daily/{SLOT}/", f"{URL}daily/2026-11-21T0700/"]
    assert f"{URL}pages/" not in found, "it has no edition"
    assert all(house.get(url.removeprefix(URL[:-1])).status == 200 for url in found)


@pytest.mark.parametrize("key", ["public = false", "noindex = true"])
def test_a_digest_may_be_left_out(house: WebHouse, key: str) -> None:
    house.configure(CONFIG.replace("[digests.daily]\n", f"[digests.daily]\n{key}\n"))
    assert "daily" not in house.get("/sitemap.xml").text
    assert "daily" not in house.get("/robots.txt").text


def test_the_pages_and_feeds_of_a_digest_say_that_they_are_not_to_be_shown(house: WebHouse) -> None:
    house.configure(CONFIG.replace("[digests.daily]\n", "[digests.daily]\nnoindex = true\n"))
    for path in ("/daily/", f"/daily/{SLOT}/", "/daily/atom.xml"):
        assert house.get(path).headers["x-robots-tag"] == "noindex"
    assert '<meta name="robots" content="noindex">' in house.get(f"/daily/{SLOT}/").text
    assert "x-robots-tag" not in house.get("/chinese/").headers


def test_all_search_engines_may_be_refused(tmp_path: Path) -> None:
    house = WebHouse(tmp_path, web=f'url = "{URL}below/"\nrobots = "refuse"')
    assert house.get("/below/robots.txt").text == "User-agent: *\nDisallow: /below/\n"
    assert house.get("/below/sitemap.xml").status == 404
    house.web = f'url = "{URL}"\nsitemap = false'
    house.configure()
    assert "Sitemap" not in house.get("/robots.txt").text
    assert house.get("/sitemap.xml").status == 404
    house.close()
