"""What chat services get of a hostile title and a link with everything in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from digest.deliver import chat
from digest.deliver.web.chat_markup import markup
from support.chat_services import SERVICES, alters, bodies_sent

TITLES = [
    "__init__ changes", "*bold* and **bolder**", "a masked [link](http://evil.example/)",
    "![image](http://evil.example/x.png)", "`code` and ``more``", "~~struck~~ ||hidden||",
    "back\\slash", "a <b>tag</b>", "&lt;entity&gt; &amp; &#60;", "<http://evil.example/|ours>",
    "# no heading", "> no quote", "1. no list", "x_y_z and a*b*c", "[ref]: http://evil.example/",
]  # fmt: skip
LINKS = [
    "https://a.example/x_y_z?a=1&b=2",
    "https://a.example/a(b)c*d*",
    "https://a.example/~u/[x]?q=|y|",
    "https://a.example/'quoted'#a_b_",
]
_INVISIBLE = str.maketrans("", "", "\u200b\u2060")


def shown(source: str) -> tuple[str, list[str]]:
    """Return the text that CommonMark shows, and where its links lead."""
    tokens = MarkdownIt("commonmark").enable("strikethrough").parse(source)
    inline = [child for token in tokens for child in token.children or ()]
    assert {child.type for child in inline} <= {"text", "text_special", "link_open", "link_close"}
    links = [str(child.attrs["href"]) for child in inline if child.type == "link_open"]
    text = "".join(child.content for child in inline).translate(_INVISIBLE)
    return text, links


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize(("scheme", "renders"), [("discord", "text"), ("wxteams", "markdown")])
def test_a_hostile_title_is_shown_as_it_is(title: str, scheme: str, renders: str) -> None:
    chosen = markup(scheme, renders)
    assert shown(f"{chosen.mark} {chosen.text(title)}") == (f"{chosen.mark} {title}", [])


@given(st.text(st.sampled_from("ab _*`[]()<>!~|\\&;:#1.@"), max_size=30))
def test_any_title_is_shown_as_it_is(title: str) -> None:
    chosen = markup("discord", "text")
    text, links = shown(f"• x{chosen.text(title)}x")
    assert (text, links) == (f"• x{title}x", [])


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("scheme", ["discord", "workflows"])
def test_a_link_leads_where_it_led(link: str, scheme: str) -> None:
    _, (found,) = shown(markup(scheme, "markdown").link(link))
    escaped = {"%28": "(", "%29": ")", "%2A": "*", "%5B": "[", "%5D": "]", "%7C": "|", "%27": "'"}
    for code, mark in escaped.items():
        found = found.replace(code, mark)
    assert found == link


@pytest.mark.parametrize("title", TITLES)
def test_html_gets_entities(title: str) -> None:
    text = markup("tgram", "html").text(title)
    assert "<" not in text
    assert text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == title


def test_text_stays_text_but_for_what_would_call_somebody() -> None:
    plain = markup("ntfy", "text")
    assert plain.text("__init__ @all <!here>") == "__init__ @\u200ball <\u200b!here>"
    assert [plain.link(link) for link in LINKS] == LINKS


def test_a_link_longer_than_the_room_is_left_out_and_none_is_cut() -> None:
    item = {
        "title": "A title",
        "url": "https://example.org/" + "x" * 500,
        "_digest": {"feed": {"title": None}},
    }
    feed = {"home_page_url": "https://news.example.org/daily/"}
    body = chat._body([item], 1, feed, markup("json", "text"), chat._units, 60)
    assert body == "• A title"


def test_ntfy_is_measured_in_bytes() -> None:
    assert (chat._bytes("日本"), chat._units("日本"), chat._units("😀")) == (6, 2, 2)


@pytest.mark.parametrize(
    "address", ["tgram://123456789:abcdefg_hijklmnop/111/222", "ntfy://localhost/one/two"]
)
def test_an_address_with_several_targets_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="2 places in one address for 'team'"):
        chat.Settings(to={"team": address})


@pytest.mark.parametrize("address", SERVICES, ids=lambda address: address.partition(":")[0])
def test_what_a_service_is_sent_shows_title_and_link_as_they_are(address: str) -> None:
    sent = bodies_sent(address)
    assert sent is not None
    scheme, texts = sent
    assert texts
    assert [text for text in texts if alters(scheme, text)] == []
