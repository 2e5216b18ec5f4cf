"""The mail of an edition: what its page and its text say, and what they never hold."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.deliver.message import prepare, size
from digest.errors import RenderError
from digest.model import LINK, Edition, Image, Letter, Section
from digest.render import mail, render
from digest.render.words.translate import speak
from digest.text.columns import columns
from support import editions

PAGE = "https://news.example.org/daily/unsubscribe/7-MHNoiLIBMQuAr3y5txEMc1y5B6I"


def letter(edition: Edition, *, leaving: bool = True, **changes: Any) -> Letter:
    return mail.letter(edition, editions.site(**changes), leaving=leaving, cut=mail._cut)


def of(name: str, **changes: Any) -> Letter:
    make, language = editions.ALL[name]
    return letter(make(), language=language, **changes)


def message(made: Letter) -> bytes:
    form = prepare(made, sender="Morning news <news@example.org>", reply_to=None)
    return form.fill(
        recipient="jane@example.com",
        message_id="<0123456789abcdef0123456789abcdef@example.org>",
        link=PAGE if LINK in made.html else None,
        mailto=None,
    )


def tree(html: str) -> Any:
    return lxml.html.document_fromstring(html)


def single(title: str, **changes: Any) -> Edition:
    story = editions.story("one", title, **changes)
    return editions.edition(Section(title="", stories=(story,)))


every_edition = pytest.mark.parametrize("name", editions.ALL)


# --- the page ------------------------------------------------------------------------------------


@every_edition
def test_the_page_holds_what_mail_programs_and_readers_need(name: str) -> None:
    page = tree(of(name).html)
    language, way = page.get("lang"), page.get("dir")
    wrapper = page.find("body/div")
    assert (wrapper.get("lang"), wrapper.get("dir")) == (language, way)
    assert way in ("ltr", "rtl")
    assert len(page.findall(".//h1")) == 1
    assert {table.get("role") for table in page.iter("table")} == {"presentation"}
    assert all(image.get("alt") is not None for image in page.iter("img"))
    assert page.find(".//meta[@name='color-scheme']").get("content") == "light dark"
    headings = [int(one.tag[1]) for one in page.iter("h1", "h2", "h3")]
    assert all(after - before <= 1 for before, after in itertools.pairwise(headings))


@every_edition
def test_the_page_holds_nothing_that_runs_loads_or_tells_on_its_reader(name: str) -> None:
    page = tree(of(name).html)
    tags = {one.tag for one in page.iter() if isinstance(one.tag, str)}
    assert not tags & {"script", "form", "input", "link", "iframe", "object", "base", "svg"}
    assert "url(" not in of(name).html
    assert len(page.findall(".//style")) == 1
    for one in page.iter():
        assert not any(key.startswith("on") for key in one.attrib)
    shows_images = editions.ALL[name][0]().images
    assert bool(page.findall(".//img")) == shows_images
    for link in page.iter("a"):
        assert re.match(rf"https?://|mailto:|{LINK}", link.get("href"))


@every_edition
def test_every_story_says_its_language_and_direction(name: str) -> None:
    page = tree(of(name).html)
    cells = [cell for cell in page.iter("td") if cell.get("lang") is not None]
    stories = [story for part in editions.ALL[name][0]().sections for story in part.stories]
    assert len(cells) == len(stories)
    assert all(cell.get("dir") in ("ltr", "rtl") for cell in cells)


def test_a_story_in_arabic_stands_on_the_right_among_others() -> None:
    cells = [cell for cell in tree(of("sample").html).iter("td") if cell.get("lang") == "ar"]
    assert [cell.get("dir") for cell in cells] == ["rtl"]
    (also,) = [one for one in cells[0].iter("p") if "Also in" in one.text_content()]
    assert "text-align:right" in also.get("style")


def test_letters_of_arabic_are_not_torn_apart() -> None:
    assert "letter-spacing" not in of("arabic").html
    assert "letter-spacing" in of("sample").html


def test_styles_stand_beside_the_words() -> None:
    html = of("sample").html
    (sheet,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    outside = re.sub(r"@media[^{]*\{\n(?:[^@}]+\{[^}]*!important\}\n)+\}\n", "", sheet)
    assert outside == "\n:root{color-scheme:light dark}\n"
    for one in tree(html).iter("p", "h1", "h2", "h3", "a"):
        assert one.get("style")


@every_edition
def test_a_list_of_messages_shows_something_behind_the_subject(name: str) -> None:
    hidden = tree(of(name).html).find("body/div/div")
    assert "display:none" in hidden.get("style")
    assert 40 <= len(hidden.text_content()) <= 100


def test_pictures_are_shown_only_where_the_digest_wants_them() -> None:
    plain = replace(editions.pictured(), images=False)
    assert "<img" not in letter(plain).html
    images = list(tree(of("pictured").html).iter("img"))
    assert len(images) == 8
    assert images[0].get("width") == "640"
    assert {int(image.get("width")) for image in images[1:]} == {150}


def test_where_pictures_are_blocked_their_words_make_no_tower_beside_the_text() -> None:
    words = "Two people and a dog stand before the old harbor, in fog. " * 5
    pictured = editions.pictured()
    sections = tuple(
        replace(
            section,
            stories=tuple(
                replace(
                    story, image=Image(url="https://img.example.com/1.png", width=64, alt=words)
                )
                for story in section.stories
            ),
        )
        for section in pictured.sections
    )
    lead, *others = tree(letter(replace(pictured, sections=sections)).html).iter("img")
    assert lead.get("alt") == words
    for image in others:
        assert image.get("alt") == "Two people and a dog stand before the old harbor, in fog.…"
        assert "font:13px/18px" in image.get("style")


# --- both parts ----------------------------------------------------------------------------------


@every_edition
def test_every_link_of_the_page_stands_in_the_text(name: str) -> None:
    made = of(name)
    links = {link.get("href") for link in tree(made.html).iter("a")}
    said = set(re.findall(r"\S+", made.text))
    assert links <= said
    assert LINK in links


@every_edition
def test_every_line_of_the_text_fits_unless_it_is_a_link(name: str) -> None:
    for line in of(name).text.splitlines():
        assert columns(line) <= 78 or "://" in line or "mailto:" in line
        assert line == line.rstrip()


@every_edition
def test_a_reader_can_leave_at_the_top_and_at_the_bottom(name: str) -> None:
    made = of(name)
    for part in (made.text, made.html):
        places = [place.start() / len(part) for place in re.finditer(LINK, part)]
        assert len(places) == 2
        assert places[0] < 0.6 < places[1]
    assert speak(editions.ALL[name][1], "UTC").say("mail_leave") in made.text


@every_edition
def test_without_a_way_to_leave_nothing_speaks_of_it(name: str) -> None:
    made = of(name, leaving=False)
    word = speak(editions.ALL[name][1], "UTC").say("mail_leave")
    for part in (made.text, made.html):
        assert LINK not in part
        assert word not in part


def test_without_a_site_nothing_points_to_it() -> None:
    made = letter(editions.sample(), base_url=None)
    assert "Read on the web" not in made.html + made.text
    assert "news.example.org" not in made.html + made.text


def test_the_page_tells_what_the_edition_does() -> None:
    said = re.sub(r"\s+", " ", tree(of("sample").html).text_content())
    for words in (
        "Edition 41",
        "Update The router that always chose expert seven",
        "first told in the edition of November 17, 2026",
        "Also in Planet Learning, Tea and Tensors",
        "Related: example.net",
        "Audio, 48.3 MB",
        "2 feeds could not be read Kernel Weekly Old Harbor Blog",
        "Feeds to look at",
        "38 more entries were left out",
        "Packet Firehose: 5 of 41",
        "You get this mail because you subscribed to Morning transmission.",
    ):
        assert words in said


def test_many_failed_feeds_are_counted_and_a_few_named() -> None:
    (failed, *_) = editions.sample().failed
    made = letter(replace(editions.sample(), failed=(failed,) * 57))
    assert "57 feeds could not be read" in made.text
    assert made.text.count("Kernel Weekly") == made.html.count("Kernel Weekly") == 10


# --- the letter ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        (
            "sample",
            "Morning transmission, Sun, Nov 22: Attention without the softmax: what is lost, and "
            "what is gained",
        ),
        (
            "one_story",
            "Morning transmission, So., 22. Nov.: The write-ahead log that was never flushed",
        ),
        ("chinese", "早间传讯, 11月22日周日: 图书馆把四万册旧书搬到了网上"),
        ("untitled", "Morning transmission, dim. 22 nov.: Rewrote the parser over the we"),
    ],
)
def test_the_subject_says_which_edition_it_is_and_what_comes_first(name: str, subject: str) -> None:
    made = of(name)
    assert made.subject == subject
    assert message_from_bytes(message(made), policy=policy.default)["Subject"] == subject


def test_the_subject_is_a_title_where_there_is_one() -> None:
    note = editions.story("note", "Fog all day. The ferry", untitled=True, excerpt="Fog all day.")
    titled = editions.story("wal", "The write-ahead log")
    made = letter(editions.edition(Section(title="", stories=(note, titled))))
    assert made.subject == "Morning transmission, Sun, Nov 22: The write-ahead log"
    assert tree(made.html).find("body/div/div").text_content().startswith("Fog all day.")


def test_editions_whose_first_titles_are_alike_are_not_one_conversation() -> None:
    first = single("Weekly links")
    assert letter(first).subject != letter(replace(first, slot="2026-11-23T0700")).subject


@pytest.mark.parametrize(
    ("pattern", "subject"),
    [
        ("{lead}", "A {title} %s"),
        (
            "{digest} no. {number}, {time}: {stories}",
            "Morning transmission no. 41, 7:00 AM: 1 story",
        ),
        ("News", "News"),
    ],
)
def test_the_subject_follows_its_pattern(pattern: str, subject: str) -> None:
    options = {"mail": mail.Settings(subject=pattern)}
    made = letter(single("A {title} %s"), options=options)
    assert made.subject.replace("\u202f", " ") == subject


@pytest.mark.parametrize("pattern", ["{title}", "{lead", "{lead.x}", "{}", "{lead[0][1]}"])
def test_a_pattern_that_names_something_else_is_told(pattern: str) -> None:
    with pytest.raises(RenderError, match=r"render\.mail\.subject: .*\{digest\}, \{date\}"):
        letter(single("One"), options={"mail": mail.Settings(subject=pattern)})


def test_the_words_of_the_page_stay_out_of_a_list_of_messages() -> None:
    """Programs show what follows a short preheader: nothing visible for 100 characters."""
    _, padding = tree(of("one_story").html).findall("body/div/div")
    assert len(padding.text_content().strip("\n")) >= 100
    assert (
        padding.text_content().translate(dict.fromkeys(map(ord, "\u034f\u200c\u00a0"))).strip()
        == ""
    )


def test_a_long_title_is_cut_in_the_subject_only() -> None:
    title = "Nobody wrote down why the harbor was rebuilt three times " * 5
    made = letter(single(title.strip()))
    assert made.subject.endswith("…")
    assert 100 < len(made.subject) <= 151
    assert title.strip() in made.html


def test_a_letter_knows_its_list_its_language_and_its_moment() -> None:
    made = of("chinese")
    assert made.list_id == "daily.news.example.org"
    assert made.title == "早间传讯"
    assert made.language == "zh"
    assert made.date.isoformat() == "2026-11-22T07:00:00+01:00"


@pytest.mark.parametrize(
    ("authority", "listed"),
    [
        ("News.example.org", "daily.news.example.org"),
        ("bücher.example", "daily.xn--bcher-kva.example"),
        ("127.0.0.1", "daily.127-0-0-1.invalid"),
        ("fd00::1", "daily.fd00-1.invalid"),
    ],
)
def test_a_list_has_a_name_wherever_it_lives(authority: str, listed: str) -> None:
    assert letter(editions.sample(), authority=authority).list_id == listed
    assert render("mail", [editions.sample()], editions.site(authority=authority)).body


def test_a_preview_is_a_whole_message_without_anybodys_address() -> None:
    rendition = render("mail", [editions.sample()], editions.site())
    assert rendition.media_type == "message/rfc822"
    read = message_from_bytes(rendition.body, policy=policy.default)
    assert read["From"] == "Morning transmission <daily@news.example.org>"
    assert read["To"] == "daily@news.example.org"
    assert "List-Unsubscribe" not in read


@pytest.mark.parametrize("name", ["one_story", "chinese", "arabic"])
def test_an_oddity_comes_out_as_it_was_approved(name: str, golden: Any) -> None:
    golden(f"{name}.eml", message(of(name)))


@pytest.mark.parametrize("name", ["mail.html", "mail.txt"])
def test_a_template_must_let_readers_leave(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("{{ edition.title }}")
    with pytest.raises(RenderError, match=rf"{name} does not print `leave`"):
        letter(editions.sample(), templates=str(tmp_path))
    assert letter(editions.sample(), leaving=False, templates=str(tmp_path))


# --- hostile feeds -------------------------------------------------------------------------------


def skeleton(html: str) -> Counter[str]:
    return Counter(str(one.tag) for one in tree(html).iter() if isinstance(one.tag, str))


@pytest.mark.parametrize("text", editions.HOSTILE_TEXTS)
def test_no_text_of_a_feed_changes_the_page(text: str) -> None:
    made = letter(single(text, excerpt=text, feed=text, authors=(text,)))
    plain = letter(single("a", excerpt="a", feed="a", authors=("b",)))
    spans = Counter(span=skeleton(made.html)["span"])  # around what is written the other way
    assert skeleton(made.html) - spans == skeleton(plain.html)
    assert message_from_bytes(message(made)).keys() == message_from_bytes(message(plain)).keys()


@given(title=st.text(max_size=200))
def test_no_title_of_a_feed_changes_the_message(title: str) -> None:
    made = letter(single(title))
    read = message_from_bytes(message(made), policy=policy.default)
    assert isinstance(read, EmailMessage)
    assert read.keys() == message_from_bytes(message(letter(single("a")))).keys()
    assert skeleton(made.html) == skeleton(letter(single("a")).html)
    assert len(made.subject) <= 151 * 64


def test_the_mark_of_the_link_cannot_come_from_a_feed() -> None:
    made = letter(
        single(f"a{LINK}b", excerpt=LINK * 3, feed=LINK, link=f"https://example.org/{LINK}")
    )
    assert made.html.count(LINK) == made.text.count(LINK) == 2
    assert LINK not in made.subject


# --- what it weighs ------------------------------------------------------------------------------


def heavy(stories: int, length: int, **changes: Any) -> Edition:
    text = "港口在一百年里重建了三次，每一次都离水更远一点，却没有人写下原因。"
    made = tuple(
        editions.story(
            f"{number:03d}",
            f"第{number:03d}篇：{text * 9}"[:300],
            link=f"https://example.org/{number:03d}/{'a' * (length % 4000)}",
            excerpt=(text * (length // len(text) + 1))[:length],
            language="zh",
        )
        for number in range(stories)
    )
    half = len(made) // 2
    sections = (Section(title="历史", stories=made[:half]), Section(title="", stories=made[half:]))
    return editions.edition(*sections, language="zh", **changes)


@pytest.mark.parametrize(("stories", "length"), [(500, 350), (60, 5000), (1, 100_000), (500, 3900)])
def test_the_heaviest_edition_fits(stories: int, length: int) -> None:
    made = letter(heavy(stories, length), language="zh")
    assert size(made.html) <= 80_000
    assert len(message(made)) < 200_000
    for part in (made.html, made.text):
        assert part.count("第000篇") >= 1
        assert part.count(LINK) == 2


def test_what_is_left_out_is_counted_and_found_on_the_web() -> None:
    made = letter(heavy(500, 350), language="en")
    told = len(re.findall(r"^ *\d+\. ", made.text, re.MULTILINE))
    assert 20 < told < 500
    assert f"{500 - told} more stories did not fit into this mail" in made.text
    assert f"{500 - told} more stories did not fit into this mail" in made.html
    assert len([cell for cell in tree(made.html).iter("td") if cell.get("lang") == "zh"]) == told


def test_an_edition_that_fits_is_told_whole() -> None:
    made = letter(editions.long(50))
    assert size(made.html) < 80_000
    assert "did not fit" not in made.text
    for section in editions.long(50).sections:
        for story in section.stories:
            assert story.excerpt in tree(made.html).text_content()


@pytest.mark.parametrize("budget", [20_000, 30_000, 50_000])
def test_the_operator_says_what_a_mail_may_weigh(budget: int) -> None:
    options = {"mail": mail.Settings(budget=budget)}
    made = letter(editions.long(50), options=options)
    assert 0.9 * budget < size(made.html) <= budget


def test_what_cannot_fit_is_said_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "mail.html").write_text("{{ leave }}" + "wide load " * 9_000)
    with pytest.raises(RenderError, match=r"set render\.mail\.budget higher"):
        letter(editions.sample(), templates=str(tmp_path))


@given(
    stories=st.integers(1, 60),
    length=st.integers(0, 3000),
    images=st.booleans(),
    text=st.text(min_size=1, max_size=20),
)
def test_any_edition_fits_and_both_parts_tell_the_same(
    stories: int, length: int, images: bool, text: str
) -> None:
    options = {"mail": mail.Settings(budget=20_000)}
    edition = heavy(stories, length, images=images)
    sections = tuple(
        replace(
            part,
            stories=tuple(replace(one, title=f"{text} {one.title}") for one in part.stories),
        )
        for part in edition.sections
    )
    made = letter(replace(edition, sections=sections), options=options)
    assert size(made.html) <= 20_000
    told = len([cell for cell in tree(made.html).iter("td") if cell.get("lang") == "zh"])
    assert told == len(re.findall(r"^ *\d+\. ", made.text, re.MULTILINE)) >= 1
    links = {link.get("href") for link in tree(made.html).iter("a")}
    assert links <= set(made.text.split())


def test_a_mail_is_the_same_each_time() -> None:
    assert message(letter(heavy(200, 350))) == message(letter(heavy(200, 350)))


def test_an_old_edition_bears_its_own_date() -> None:
    moment = datetime(2025, 3, 30, 5, tzinfo=UTC)
    assert letter(replace(editions.sample(), composed_at=moment)).date.hour == 7
