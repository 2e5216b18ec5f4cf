"""What there is to read, and how often it has to be sent."""

from __future__ import annotations

import gzip
import json
import os
import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from urllib.parse import urljoin

import msgspec
import pytest
from lxml import etree, html

from digest.errors import StoreError
from digest.model import Edition
from support import editions
from support.webhouse import CONFIG, NOW, SLOT, URL, WebHouse

FEEDS = ["/daily/atom.xml", "/daily/editions.xml", "/daily/feed.json"]
PAGES = ["/", "/daily/", f"/daily/{SLOT}/", "/arabic/", f"/chinese/{SLOT}/"]


# --- what is there --------------------------------------------------------------------------------


def test_the_start_page_names_each_digest_and_where_its_things_are(house: WebHouse) -> None:
    page = html.fromstring(house.get("/").text)
    assert [heading.text_content() for heading in page.iter("h2")] == [
        "Daily <news>",
        "Pages only",
        "Empty",
        "نشرة الصباح",
        "晨讯",
    ]
    links = {link.get("href") for link in page.iter("a")}
    assert {f"daily/{SLOT}/", "daily/", "daily/atom.xml", "daily/feed.json"} <= links
    assert not any(link.startswith("empty/") for link in links)
    forms = [form.get("action") for form in page.iter("form") if form.get("method") == "post"]
    assert forms == ["daily/subscribe", "arabic/subscribe"], "the others are not mailed"
    assert "The first edition is still to come." in page.text_content()


@pytest.mark.parametrize("path", PAGES)
def test_every_link_of_a_page_leads_somewhere(house: WebHouse, path: str) -> None:
    page = html.fromstring(house.get(path).text)
    links = {
        urljoin(path, link.get("href")).partition("#")[0]
        for link in [*page.iter("a"), *page.iter("link")]
        if not link.get("href").startswith(("http:", "https:", "mailto:"))
    }
    assert len(links) > 2
    assert {link: house.get(link).status for link in links} == dict.fromkeys(links, 200)


@pytest.mark.parametrize(
    ("path", "media_type", "held"),
    [
        ("/", "text/html; charset=utf-8", "Morning transmission"),
        ("/daily/", "text/html; charset=utf-8", "All editions"),
        (f"/daily/{SLOT}/", "text/html; charset=utf-8", "Sunday, November 22, 2026"),
        (f"/arabic/{SLOT}/", "text/html; charset=utf-8", 'dir="rtl"'),
        ("/daily/atom.xml", "application/atom+xml; charset=utf-8", "<entry"),
        ("/daily/editions.xml", "application/atom+xml; charset=utf-8", "<entry"),
        ("/daily/feed.json", "application/feed+json; charset=utf-8", '"items"'),
    ],
)
def test_what_is_there_is_of_its_type(
    house: WebHouse, path: str, media_type: str, held: str
) -> None:
    answer = house.get(path)
    assert (answer.status, answer.headers["content-type"]) == (200, media_type)
    assert held in answer.text


def test_a_feed_names_the_address_that_it_is_read_at(house: WebHouse) -> None:
    feed = etree.fromstring(house.get("/daily/atom.xml").body)
    atom = "{http://www.w3.org/2005/Atom}"
    links = {link.get("rel"): link.get("href") for link in feed.iterfind(f"{atom}link")}
    assert links["self"] == f"{URL}daily/atom.xml"
    assert links["alternate"] == f"{URL}daily/"


def test_an_edition_keeps_its_page_when_newer_ones_come(house: WebHouse) -> None:
    before = house.get(f"/daily/{SLOT}/")
    house.publish("daily", editions.sample(), "2026-11-23T0700")
    assert house.get(f"/daily/{SLOT}/") == before


def test_a_new_edition_is_in_the_feeds_within_a_second(house: WebHouse) -> None:
    before = {path: house.get(path) for path in [*FEEDS, "/daily/", "/"]}
    house.publish("daily", replace(editions.one_story(), composed_at=NOW), "2026-11-23T0700")
    assert house.get("/daily/") == before["/daily/"]
    house.timer += 1
    after = {path: house.get(path) for path in before}
    assert [path for path in before if before[path].body == after[path].body] == []
    assert after["/daily/"].text.count('class="title"') == 3
    assert "2026-11-23T0700" in after["/"].text


def test_a_digest_that_is_new_in_the_configuration_is_there_at_once(house: WebHouse) -> None:
    assert house.get("/late/").status == 404
    assert "Late" not in house.get("/").text
    house.configure(CONFIG + '[digests.late]\n[digests.late.deliver.files]\npath = "late"\n')
    house.publish("late", editions.one_story())
    assert house.get("/late/").status == 200
    assert "Late" in house.get("/").text


def test_closed_pages_of_a_feed_never_change_and_say_so(house: WebHouse) -> None:
    made = editions.long(60)
    house.publish("pages", made, *(f"2026-11-{day}T0700" for day in range(10, 15)))
    feed = house.get("/pages/atom.xml").text
    (closed,) = re.findall(r'rel="prev-archive"[^>]* href="([^"]+)"', feed)
    answer = house.get(closed.removeprefix(URL.rstrip("/")))
    assert answer.status == 200
    assert answer.headers["cache-control"] == "max-age=31536000, immutable"
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert "<fh:archive" in answer.text
    house.publish("pages", made, "2026-11-20T0700")
    house.timer += 1
    assert house.get(closed.removeprefix(URL.rstrip("/"))).body == answer.body


def test_an_archive_that_outgrows_a_page_has_one_for_each_month(house: WebHouse) -> None:
    slots = [f"2026-{month:02}-{day:02}T0700" for month in (9, 10, 11) for day in range(1, 29)]
    house.publish("pages", editions.one_story(), *slots)
    page = html.fromstring(house.get("/pages/").text)
    months = [link.get("href") for link in page.iter("a") if "archive/" in link.get("href")]
    assert months == [f"archive/2026-{month}.html" for month in (11, 10, "09")]
    october = house.get(f"/pages/{months[1]}")
    assert (october.status, october.headers["cache-control"]) == (200, "max-age=300")
    listed = html.fromstring(october.text)
    assert len([one for one in listed.iter("a") if re.search(r"-10-\d\dT", one.get("href"))]) == 28


@pytest.mark.parametrize(
    "path",
    [
        "/nothing/",
        "/nothing",
        "/daily/2026-11-20T0700/",
        "/daily/2026-13-45T9999/",
        "/daily/2026-11-22T0700/index.html",
        "/daily/2026-11-22T0700/x",
        "/daily/other.xml",
        "/daily/archive/",
        "/daily/archive/2026-11.html",
        "/daily/archive/atom-2026-11-22T0700.xml",
        "/empty/",
        "/empty/atom.xml",
        "/DAILY/",
        "/daily//",
        "//daily/",
        "/index.html",
        "/style.css",
        "/robots.txt/",
        "/.env",
        "/config.toml",
        "/digest.db",
        "/healthz/",
    ],
)
def test_there_is_nothing_else(house: WebHouse, path: str) -> None:
    answer = house.get(path)
    assert answer.status == 404
    assert "There is nothing here" in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/daily/../../etc/passwd",
        "/../digest.db",
        "/daily/%2e%2e/%2e%2e/digest.db",
        "/daily/..%2f..%2fdigest.db",
        "/daily/..%5c..%5cdigest.db",
        "/daily/%252e%252e/digest.db",
        "/daily/%c0%ae%c0%ae/digest.db",
        "/daily/archive/../../digest.db",
        "/daily/archive/atom-../../../digest.db.xml",
        "/daily/archive/..xml",
        "/daily/archive/.html",
        "/daily/\\..\\digest.db",
        "/daily/index.html%00",
        "/daily/atom.xml%0a",
        "/daily%0a/",
        "/daily/\u2025/digest.db",
        "/file:///etc/passwd",
        "/daily/http://127.0.0.1/",
    ],
)
def test_no_path_leads_out(house: WebHouse, path: str) -> None:
    (house.folder / "secret").write_text("secret")
    answer = house.get(path.encode("ascii", "namereplace").decode())
    assert answer.status == 404
    assert b"SQLite" not in answer.body
    assert b"root:" not in answer.body


# --- slashes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/daily", "/daily/"),
        (f"/daily/{SLOT}", f"/daily/{SLOT}/"),
        ("/daily/1999-01-01T0000", "/daily/1999-01-01T0000/"),
    ],
)
def test_a_missing_slash_is_added(house: WebHouse, path: str, place: str) -> None:
    answer = house.get(f"{path}?next=//evil.example")
    assert (answer.status, answer.headers["location"]) == (301, place)


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "//evil.example/",
        "///evil.example",
        "/\\evil.example",
        "/\\\\evil.example",
        "/%2f%2fevil.example",
        "/%5cevil.example",
        "/%09/evil.example",
        "/%0d%0alocation:%20https://evil.example",
        "/https:evil.example",
        "/https://evil.example",
        "/daily//evil.example",
        "/daily/%2f%2fevil.example",
        "/daily?//evil.example",
        "/.evil.example",
        "/@evil.example",
        "//daily",
    ],
)
@pytest.mark.parametrize("host", ["news.example.org", "localhost"])
def test_no_redirect_leads_elsewhere(house: WebHouse, path: str, host: str) -> None:
    answer = house.get(path, host=host)
    assert answer.headers.get("location", "/daily/") == "/daily/"
    assert (answer.status == 301) == ("location" in answer.headers)


# --- a path of one's own --------------------------------------------------------------------------


@pytest.fixture
def below(tmp_path: Path) -> Iterator[WebHouse]:
    """A web side below a path of its host."""
    opened = WebHouse(tmp_path, web='url = "https://news.example.org/my/news"')
    opened.publish("daily", editions.sample(), "2026-11-21T0700", SLOT)
    yield opened
    opened.close()


@pytest.mark.parametrize("prefix", ["/my/news", ""], ids=["whole", "stripped by the proxy"])
@pytest.mark.parametrize("path", ["/", "/daily/", f"/daily/{SLOT}/", *FEEDS, "/healthz"])
def test_all_is_below_the_path_and_links_stay_there(
    below: WebHouse, prefix: str, path: str
) -> None:
    answer = below.get(prefix + path)
    assert answer.status == 200
    if not answer.headers["content-type"].startswith("text/html"):
        return
    seen = f"/my/news{path}"  # as the browser sees it, in both cases
    page = html.fromstring(answer.text)
    links = {
        urljoin(seen, link.get("href")).partition("#")[0]
        for link in [*page.iter("a"), *page.iter("link")]
        if not link.get("href").startswith(("http:", "https:", "mailto:"))
    }
    assert all(link.startswith("/my/news/") for link in links)
    assert {below.get(link).status for link in links} == {200}


@pytest.mark.parametrize("prefix", ["/my/news", ""], ids=["whole", "stripped by the proxy"])
def test_redirects_and_forms_stay_below_the_path(below: WebHouse, prefix: str) -> None:
    assert below.get(f"{prefix}/daily").headers["location"] == "/my/news/daily/"
    assert 'action="/my/news/daily/subscribe"' in below.get(f"{prefix}/daily/subscribe").text
    assert below.get("/my/news").headers["location"] == "/my/news/"


@pytest.mark.parametrize("path", ["/my", "/my/", "/my/newsdaily/", "/my/news/my/news/", "/other/"])
def test_beside_the_path_there_is_nothing(below: WebHouse, path: str) -> None:
    assert below.get(path).status == 404


# --- once sent ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*PAGES, *FEEDS])
@pytest.mark.parametrize("packing", ["identity", "gzip"])
def test_what_has_not_changed_is_not_sent_again(house: WebHouse, path: str, packing: str) -> None:
    first = house.get(path, {"accept-encoding": packing})
    etag = first.headers["etag"]
    assert re.fullmatch(r'"[0-9a-f]{32}(-gzip)?"', etag), "it is strong"
    assert first.headers["vary"] == "accept-encoding"
    for asked in (
        {"if-none-match": etag},
        {"if-none-match": f"W/{etag}"},
        {"if-none-match": f'"other", {etag}'},
        {"if-none-match": "*"},
        {"if-none-match": etag, "if-modified-since": "Thu, 01 Jan 1970 00:00:00 GMT"},
        {"if-modified-since": first.headers["last-modified"]},
    ):
        again = house.get(path, {"accept-encoding": packing, **asked})
        assert (again.status, again.body) == (304, b"")
        for name in ("etag", "last-modified", "cache-control", "vary"):
            assert again.headers[name] == first.headers[name]
    for asked in (
        {"if-none-match": '"other"'},
        {"if-none-match": etag.strip('"')},
        {"if-none-match": ""},
        {"if-modified-since": "Thu, 01 Jan 1970 00:00:00 GMT"},
        {"if-modified-since": "yesterday"},
        {"if-none-match": '"other"', "if-modified-since": first.headers["last-modified"]},
    ):
        assert house.get(path, {"accept-encoding": packing, **asked}) == first


def test_the_two_packings_have_tags_of_their_own(house: WebHouse) -> None:
    plain = house.get("/daily/atom.xml")
    packed = house.get("/daily/atom.xml", {"accept-encoding": "br, gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert len(packed.body) < len(plain.body) / 2
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["etag"] != plain.headers["etag"]
    kept = {"if-none-match": plain.headers["etag"], "accept-encoding": "gzip"}
    assert house.get("/daily/atom.xml", kept).headers["etag"] == plain.headers["etag"]


def test_the_same_is_sent_by_another_process(house: WebHouse, tmp_path: Path) -> None:
    other = WebHouse(house.folder)
    for path in [*PAGES, *FEEDS]:
        assert other.get(path) == house.get(path)
    other.close()


@pytest.mark.parametrize("path", [f"/daily/{SLOT}/", "/daily/", "/"])
def test_another_title_is_another_page(house: WebHouse, path: str) -> None:
    before = house.get(path)
    house.configure(CONFIG.replace("Morning transmission", "Evening transmission"))
    after = house.get(path, {"if-none-match": before.headers["etag"]})
    assert after.status == 200
    assert "Evening transmission" in after.text


def test_a_changed_template_is_seen_within_a_second(house: WebHouse) -> None:
    templates = house.folder / "templates"
    templates.mkdir()
    house.configure(f'{CONFIG}[render]\ntemplates = "templates"\n')
    before = house.get("/daily/")
    (templates / "archive.html").write_text("<!doctype html><title>{{ site.title }}</title>")
    later = NOW.replace(year=2099)
    os.utime(templates / "archive.html", (later.timestamp(),) * 2)
    house.clock = later + timedelta(hours=1)
    assert house.get("/daily/") == before
    house.timer += 1
    after = house.get("/daily/")
    assert after.text == "<!doctype html><title>Morning transmission</title>"
    assert after.headers["last-modified"] == "Sun, 22 Nov 2099 09:00:00 GMT"


def test_nothing_is_newer_than_now(house: WebHouse) -> None:
    house.clock = NOW.replace(year=2020, microsecond=5)
    assert house.get("/daily/").headers["last-modified"] == "Sun, 22 Nov 2020 09:00:00 GMT"


@pytest.mark.parametrize(
    ("path", "age"),
    [
        ("/", "max-age=300"),
        ("/daily/", "max-age=300"),
        ("/daily/atom.xml", "max-age=300"),
        (f"/daily/{SLOT}/", "max-age=3600"),
        ("/daily", "max-age=3600"),
        ("/daily/subscribe", "no-store"),
        ("/nothing", "no-store"),
        ("/healthz", "no-store"),
    ],
)
def test_how_long_it_may_be_kept(house: WebHouse, path: str, age: str) -> None:
    assert house.get(path).headers["cache-control"] == age


@pytest.mark.parametrize("path", [*PAGES, *FEEDS, "/daily", "/daily/subscribe", "/no", "/healthz"])
def test_head_says_what_get_does_and_sends_nothing(house: WebHouse, path: str) -> None:
    got, asked = house.get(path), house.ask("HEAD", path)
    assert asked.body == b""
    assert (asked.status, asked.headers) == (got.status, got.headers)
    assert int(got.headers["content-length"]) == len(got.body)


# --- what a browser may do with it ----------------------------------------------------------------


@pytest.mark.parametrize("path", [*PAGES, "/daily/subscribe", "/nothing"])
def test_a_page_may_use_its_own_style_and_nothing_else(house: WebHouse, path: str) -> None:
    answer = house.get(path)
    policy = dict(
        part.strip().partition(" ")[::2]
        for part in answer.headers["content-security-policy"].split(";")
    )
    (style,) = re.findall("<style>(.*?)</style>", answer.text, re.DOTALL)
    hashed = b64encode(sha256(style.encode()).digest()).decode()
    form = "'none'" if SLOT in path or path == "/nothing" else "'self'"
    assert policy == {
        "default-src": "'none'",
        "style-src": f"'sha256-{hashed}'",
        "form-action": form,
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    page = html.fromstring(answer.text)
    assert not page.xpath("//@style | //script | //iframe | //object | //embed | //base | //img")


def test_pictures_are_let_in_where_the_digest_shows_them(house: WebHouse) -> None:
    house.publish("pages", editions.pictured())
    policy = house.get(f"/pages/{SLOT}/").headers["content-security-policy"]
    assert "img-src http: https:;" in policy
    assert "img-src" not in house.get("/pages/").headers["content-security-policy"]


def test_a_feed_is_no_document_of_ours(house: WebHouse) -> None:
    for path in FEEDS:
        assert house.get(path).headers["content-security-policy"].endswith("; sandbox")


def test_hostile_editions_are_served_as_they_are_rendered(house: WebHouse) -> None:
    plain = json.dumps(msgspec.to_builtins(editions.hostile()))  # a lone surrogate is never stored
    house.publish("pages", msgspec.convert(json.loads(plain.replace("\\ud800", "")), Edition))
    for path in ("/pages/", f"/pages/{SLOT}/", "/pages/atom.xml", "/"):
        answer = house.get(path)
        assert answer.status == 200
        assert "<script" not in answer.text


# --- health ---------------------------------------------------------------------------------------


def test_all_is_well(house: WebHouse) -> None:
    house.clock = NOW + timedelta(seconds=42)
    answer = house.get("/healthz")
    assert (answer.status, answer.text) == (200, "ok\nrefreshed 42 s ago\n")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


def test_before_the_first_refresh_all_is_well_for_an_hour(house: WebHouse) -> None:
    house.refreshed = None
    assert house.get("/healthz").text == "ok\nno refresh has ended yet\n"
    house.clock += timedelta(hours=1, seconds=1)
    assert house.get("/healthz").status == 503


def test_a_refresh_that_does_not_end_is_an_ill(house: WebHouse) -> None:
    house.clock += timedelta(hours=1, seconds=1)
    answer = house.get("/healthz")
    assert answer.status == 503
    assert answer.text == "no refresh has ended for long\nrefreshed 3601 s ago\n"


def test_a_store_that_cannot_be_read_is_an_ill(house: WebHouse) -> None:
    def broken() -> None:
        raise StoreError(f"{house.folder}: disk I/O error")

    object.__setattr__(house.service, "store", type("Broken", (), {"read": staticmethod(broken)}))
    answer = house.get("/readyz")
    assert answer.status == 503
    assert answer.text == "the store cannot be read\nrefreshed 0 s ago\n"
    assert house.get("/healthz").status == 200, "to start anew would not help"
    page = house.get("/daily/")
    assert page.status == 503
    assert "Something is wrong here" in page.text
    assert str(house.folder) not in page.text


def test_a_template_that_fails_is_an_ill_and_told_to_the_operator(
    house: WebHouse, caplog: pytest.LogCaptureFixture
) -> None:
    templates = house.folder / "templates"
    templates.mkdir()
    (templates / "archive.html").write_text("{{ nothing }}")
    house.configure(f'{CONFIG}[render]\ntemplates = "templates"\n')
    answer = house.get("/daily/")
    assert answer.status == 500
    assert "archive.html" not in answer.text
    assert "archive.html" in caplog.text
    (templates / "web").mkdir()
    (templates / "web" / "notice.html").write_text("{{ nothing }}")
    house.timer += 1
    answer = house.get("/daily/")
    assert (answer.status, answer.text) == (500, "500\n")


# --- the editions around one, and what is not public ----------------------------------------------


def test_an_edition_leads_to_the_next_one_as_soon_as_there_is_one(house: WebHouse) -> None:
    path = f"/daily/{SLOT}/"
    before = house.get(path)
    assert 'rel="prev" href="../2026-11-21T0700/"' in before.text
    assert '<a rel="next"' not in before.text.partition("<!--next: ")[0]
    house.publish("daily", editions.sample(), "2026-11-23T0700")
    house.timer += 2
    after = house.get(path)
    assert '<a rel="next" href="../2026-11-23T0700/">' in after.text
    assert "<!--next" not in after.text
    assert after.headers["etag"] != before.headers["etag"]
    assert house.get("/daily/2026-11-23T0700/").text.count('rel="prev"') == 2


PRIVATE = CONFIG.replace("[digests.daily]\n", "[digests.daily]\npublic = false\n")


@pytest.mark.parametrize(
    "path",
    [
        *FEEDS,
        "/daily",
        "/daily/",
        f"/daily/{SLOT}",
        f"/daily/{SLOT}/",
        "/daily/subscribe",
        "/daily/x",
    ],
)
def test_a_digest_that_is_not_public_is_not_there(house: WebHouse, path: str) -> None:
    assert house.get(path).status in (200, 301) or path == "/daily/x"
    house.configure(PRIVATE)
    answer = house.get(path)
    assert answer.status == 404
    # The page says the same as that of a digest that there is not.
    assert answer.text == house.get("/other/").text


def test_the_start_page_does_not_tell_of_a_digest_that_is_not_public(house: WebHouse) -> None:
    house.configure(PRIVATE)
    page = house.get("/").text
    assert "daily" not in page
    assert "Daily" not in page
    assert "chinese/" in page


def test_people_leave_a_digest_that_is_not_public(house: WebHouse) -> None:
    someone = house.subscribe()
    house.configure(PRIVATE)
    token = house.token("unsubscribe", someone.id)
    assert house.post(f"/daily/unsubscribe/{token}").status == 200
    assert house.state() == "unsubscribed"
