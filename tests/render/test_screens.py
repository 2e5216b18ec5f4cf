"""The web side's own pages: in every language, with every title."""

from __future__ import annotations

import pytest
from lxml import html

from digest.model import Headline, Outline
from digest.model.pages import Frame, Hit, ListedDigest, Notice, Search, SignUp, Start
from digest.render import screen
from digest.render.words.translate import languages
from support import editions

OFFER = ListedDigest(
    name="daily",
    title="Daily",
    language="en",
    editions=(
        Outline(slot="2026-01-12T0700", number=3, stories=12, headlines=(Headline(title="One"),)),
        Outline(slot="2026-01-11T0700", number=2, stories=9),
    ),
    subscribe=True,
)
HIT = Hit(
    digest="daily",
    digest_title="Daily",
    digest_language="en",
    slot="2026-01-12T0700",
    story=editions.story("tea", "Tea"),
)
SCREENS = {
    "start": Start(digests=(OFFER,), feeds=(("Atom", "atom.xml"),)),
    "sign-up": SignUp(),
    "sign-up, filled in elsewhere": SignUp(written="jane@example.org", foreign=True),
    "a search": Search(words="tea", hits=(HIT,), older=7),
    "a search in vain": Search(words="<b>", hits=()),
    "a search for nothing": Search(words="", hits=()),
    "sign-up, mistaken": SignUp(written="jane", wrong=True),
    "a notice": Notice(heading="left", lines=("left_what",), address="j***@example.org"),
    "a button": Notice(
        heading="leave",
        lines=("leave_what",),
        address="j***@example.org",
        button="leave_button",
        again=True,
    ),
}


def frame(language: str = "en", title: str = "Daily") -> Frame:
    return Frame(
        title=title,
        language=language,
        timezone="Europe/Berlin",
        root="/news/",
        digest="daily",
        digest_title=title,
    )


@pytest.mark.parametrize("language", [name.replace("_", "-") for name in languages()])
@pytest.mark.parametrize("name", SCREENS)
def test_every_page_speaks_every_language(language: str, name: str) -> None:
    page = html.fromstring(screen(SCREENS[name], frame(language)).body.decode())
    assert page.get("lang") == language
    assert page.get("dir") == ("rtl" if language == "ar" else "ltr")
    assert len(page.findall(".//h1")) == 1
    assert page.findtext("head/title").strip()
    assert page.find(".//a[@class='skip']").get("href") == "#content"
    assert page.get_element_by_id("content").tag == "main"
    assert len({element.get("id") for element in page.iterfind(".//*[@id]")}) == len(
        page.findall(".//*[@id]")
    )


def test_a_form_says_what_it_wants_and_what_is_wrong() -> None:
    page = html.fromstring(screen(SCREENS["sign-up, mistaken"], frame()).body.decode())
    field, name = page.xpath("//input")
    assert page.xpath("//label/@for") == [field.get("id"), name.get("id")]
    assert (name.get("autocomplete"), name.get("required")) == ("name", None)
    assert [page.get_element_by_id(one).tag for one in field.get("aria-describedby").split()] == [
        "p",
        "p",
    ]
    assert (field.get("type"), field.get("autocomplete"), field.get("value")) == (
        "email",
        "email",
        "jane",
    )
    assert field.get("required") is not None


@pytest.mark.parametrize("text", editions.HOSTILE_TEXTS)
@pytest.mark.parametrize("name", SCREENS)
def test_no_title_changes_a_page(name: str, text: str) -> None:
    def shape(title: str, written: str) -> list[str]:
        shown = SCREENS[name]
        if isinstance(shown, SignUp):
            shown = SignUp(written=written, wrong=shown.wrong)
        page = html.fromstring(screen(shown, frame(title=title)).body.decode())
        return [element.tag for element in page.iter() if isinstance(element.tag, str)]

    assert shape(text, text) == shape("Daily", "jane")


def test_no_headline_changes_the_start_page() -> None:
    def shape(text: str) -> list[str]:
        newest = Outline(
            slot="2026-01-12T0700",
            number=1,
            stories=1,
            headlines=(Headline(title=text, language=text),),
        )
        offer = ListedDigest(
            name="daily", title=text, language="en", editions=(newest,), subscribe=False
        )
        page = screen(Start(digests=(offer,), feeds=()), frame())
        tree = html.fromstring(page.body.decode())
        return [element.tag for element in tree.iter() if isinstance(element.tag, str)]

    for text in editions.HOSTILE_TEXTS:
        assert shape(text) == shape("One"), text


def test_a_page_without_digests_says_so() -> None:
    page = html.fromstring(screen(Start(digests=(), feeds=()), frame()).body.decode())
    assert "The first edition is still to come." in page.text_content()
