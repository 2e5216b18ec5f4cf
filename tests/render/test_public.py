"""What readers see of an edition, in every format."""

from __future__ import annotations

import quopri
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import pytest

from digest import render
from digest.model import (
    AilingFeed,
    Ailment,
    Edition,
    Enclosure,
    FailedFeed,
    Image,
    Mention,
    Section,
    Source,
)
from digest.render import mail
from support import editions
from support.editions import story

SECRET = "kq9zLp2XwR8vB4"
PRIVATE = f"https://host.example/private.xml?token={SECRET}"
OTHER = "s3cr3tOfAnother7"


def private_edition() -> Edition:
    """Make an edition in which a secret stands wherever a feed could have put it."""
    told = story(
        "one",
        f"It says {SECRET}",
        link=f"{PRIVATE}#entry",
        feed="A private feed",
        feed_url=PRIVATE,
        feed_self=PRIVATE,
        feed_link=f"https://host.example/?key={SECRET}",
        source=Source(title=SECRET, link=PRIVATE, id=PRIVATE),
        authors=(SECRET, "me"),
        categories=(SECRET,),
        excerpt=f"Come to {PRIVATE} for more.",
        image=Image(url=f"https://host.example/a.png?{SECRET}", alt=SECRET),
        enclosures=(Enclosure(url=f"https://host.example/{SECRET}/a.mp3", title=SECRET),),
        also_in=(Mention(feed=SECRET, link=f"https://host.example/?t={OTHER}", title=OTHER),),
        related=(f"https://me:{OTHER}@host.example/", PRIVATE),
    )
    return editions.edition(
        Section(title=f"On {OTHER}", stories=(told,)),
        title=f"Daily {OTHER}",
        images=True,
        failed=(
            FailedFeed(
                title=f"Broken {OTHER}",
                url=f"https://x.example/?auth={OTHER}x",
                error=f"intranet.corp: name it in fetch.allow_hosts, or see {PRIVATE}",
                link="https://broken.example/",
            ),
            FailedFeed(title="", url=f"https://me:{OTHER}@y.example/a.xml", error="x"),
        ),
        ailing=(
            AilingFeed(
                title="Moved",
                url=f"https://z.example/?key={SECRET}z",
                ailment=Ailment.MOVED,
                moved_to=f"https://cdn.example/a?key={SECRET}z",
            ),
        ),
    )


def everything(edition: Edition, **changes: object) -> dict[str, str]:
    """Render `edition` in every format, as text that can be searched."""
    site = editions.site(private=frozenset({OTHER}), **changes)
    made = {}
    for name in render.names():
        body = render.render(name, (edition,), site).body
        if name == "epub":
            with zipfile.ZipFile(BytesIO(body)) as book:
                body = b"\n".join(map(book.read, book.namelist()))
        made[name] = (quopri.decodestring(body) if name == "mail" else body).decode()
    letter = mail.letter(edition, site, leaving=True, cut=lambda text, length: text[:length])
    made["letter"] = f"{letter.subject}\n{letter.text}\n{letter.html}"
    return made


def test_no_format_holds_a_secret_wherever_a_feed_has_put_it() -> None:
    for name, text in everything(private_edition()).items():
        for secret in (SECRET, OTHER, "allow_hosts", "intranet"):
            assert secret not in text, name


def test_a_failed_feed_is_named_with_its_site_and_without_the_reason() -> None:
    made = everything(private_edition())
    for name in ("html", "mail", "letter", "json", "markdown", "editions"):
        assert "https://broken.example/" in made[name].replace("\\", ""), name


@pytest.mark.parametrize(
    ("url", "named", "shown"),
    [
        pytest.param("https://a.example/rss", None, "https://a.example/rss", id="of words"),
        pytest.param("https://a.example/f?x=1", None, None, id="with a query"),
        pytest.param(
            "https://a.example/f?x=1", "https://a.example/f?x=1", "https://a.example/f?x=1",
            id="with a query that the feed names",
        ),
        pytest.param(
            "https://a.example/f?x=1", "https://a.example/f", "https://a.example/f",
            id="the feed names a plain one instead",
        ),
    ],
)  # fmt: skip
def test_the_address_of_a_feed_is_given_where_it_may_be(
    url: str, named: str | None, shown: str | None
) -> None:
    told = story("one", "One", feed_url=url, feed_self=named)
    made = everything(editions.edition(Section(title="", stories=(told,))))
    for name in ("atom", "jsonfeed", "json"):
        assert (shown is not None and shown in made[name]) or "a.example/f" not in made[name], name
        assert (shown is None) or shown in made[name], name


@pytest.mark.parametrize("off", ["failed_feeds", "health", "counts"])
def test_each_note_for_the_operator_has_a_switch(off: str) -> None:
    said = {
        "failed_feeds": "could not be read",
        "health": "Feeds to look at",
        "counts": "left out by the limits",
    }
    edition = replace(editions.sample())
    on = everything(edition)
    without = everything(edition, **{off: False})
    for name in ("html", "text", "markdown", "letter", "editions"):
        assert all(words in on[name] for words in said.values()), name
        assert {words for words in said.values() if words in without[name]} == {
            words for key, words in said.items() if key != off
        }, name


def test_what_holds_no_secret_passes_as_it_is() -> None:
    edition = editions.pictured()
    site = editions.site()
    from digest.render.templating import public

    assert public.edition(edition, site).sections == edition.sections


@pytest.mark.parametrize(
    ("files", "kept"),
    [
        pytest.param(
            [("https://a.example/1.mp3", 54_900_000), ("https://b.example/x/1.mp3?a", 54_900_000)],
            1,
            id="one file at two addresses",
        ),
        pytest.param(
            [("https://a.example/1.mp3", 54_900_000), ("https://b.example/r/1.mp3", None)],
            1,
            id="one file, once without its size",
        ),
        pytest.param(
            [("https://a.example/1.mp3", 10), ("https://a.example/x/1.mp3", 20)],
            2,
            id="two sizes of one name",
        ),
        pytest.param(
            [("https://a.example/1.mp3", None), ("https://a.example/2.mp3", None)],
            2,
            id="two names",
        ),
    ],
)
def test_a_file_that_a_feed_names_twice_is_shown_once(
    files: list[tuple[str, int | None]], kept: int
) -> None:
    enclosures = tuple(
        Enclosure(url=url, media_type="audio/mpeg", length=length) for url, length in files
    )
    told = story("one", "One", enclosures=enclosures)
    made = everything(editions.edition(Section(title="", stories=(told,))))
    assert made["html"].count(">Audio") == kept
    assert made["atom"].count('rel="enclosure"') == kept


@pytest.mark.parametrize(
    ("published", "shown"),
    [
        pytest.param(datetime(2026, 11, 21, tzinfo=UTC), "Sat, Nov 21", id="a day"),
        pytest.param(datetime(2025, 11, 21, tzinfo=UTC), "Nov 21, 2025", id="a day of last year"),
        pytest.param(
            datetime(2026, 11, 21, 0, 0, 1, tzinfo=UTC), "Sat, Nov 21, 1:00 AM", id="with a time"
        ),
    ],
)
def test_a_date_without_a_time_shows_the_day(published: datetime, shown: str) -> None:
    told = story("one", "One", published=published)
    made = everything(editions.edition(Section(title="", stories=(told,))))
    for name in ("html", "text", "markdown", "letter", "epub"):
        assert shown in made[name].replace("\u202f", " ").replace("\\", ""), name
        assert shown.endswith("AM") or f"{shown}, " not in made[name], name
