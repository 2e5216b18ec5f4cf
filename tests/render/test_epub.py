"""The book: what is in it, that it is one, and that hostile text stays text."""

from __future__ import annotations

import os
import subprocess
import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from lxml import etree

from digest.model import Edition, Section
from digest.render import filename, render
from support import editions

XHTML = "{http://www.w3.org/1999/xhtml}"
LEADS_OUT = ("https://", "http://", "mailto:")


def book(edition: Edition, language: str = "en") -> zipfile.ZipFile:
    body = render("epub", [edition], editions.site(language=language)).body
    return zipfile.ZipFile(BytesIO(body))


def page(archive: zipfile.ZipFile, name: str) -> etree._Element:
    return etree.fromstring(archive.read(f"book/{name}"))


@pytest.mark.parametrize("name", editions.ALL)
def test_every_page_is_well_formed_and_leads_only_where_it_may(name: str) -> None:
    make, language = editions.ALL[name]
    archive = book(make(), language)
    pages = [one for one in archive.namelist() if one.endswith(".xhtml")]
    for one in pages:
        root = etree.fromstring(archive.read(one))
        assert not root.findall(f".//{XHTML}script")
        for link in root.iter(f"{XHTML}a"):
            target = link.get("href", "")
            inside = f"book/{target.partition('#')[0]}" in archive.namelist()
            assert inside or target.startswith(LEADS_OUT), target
    assert len(pages) == 1 + max(1, len(make().sections))


def test_the_media_type_comes_first_and_is_not_compressed() -> None:
    first = book(editions.sample()).infolist()[0]
    assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
    assert book(editions.sample()).read("mimetype") == b"application/epub+zip"


def test_the_files_bear_the_editions_own_time() -> None:
    dates = {info.date_time for info in book(editions.sample()).infolist()}
    assert dates == {(2026, 11, 22, 7, 0, 0)}


def test_every_story_is_in_the_contents_and_in_its_chapter() -> None:
    edition = editions.sample()
    archive = book(edition)
    targets = [link.get("href") for link in page(archive, "contents.xhtml").iter(f"{XHTML}a")]
    for at, section in enumerate(edition.sections, 1):
        place = f"section-{at}.xhtml"
        ids = {one.get("id") for one in page(archive, place).iter(f"{XHTML}article")}
        for story in section.stories:
            assert f"{place}#story-{story.rank}" in targets
            assert f"story-{story.rank}" in ids


def test_an_edition_without_stories_says_so() -> None:
    archive = book(editions.edition())
    assert "Nothing new." in archive.read("book/section-1.xhtml").decode()


def test_an_edition_without_sections_titles_has_no_heading_but_the_stories() -> None:
    (section, *_) = editions.sample().sections
    plain = editions.edition(Section(title="", stories=section.stories))
    headings = page(book(plain), "section-1.xhtml").findall(f".//{XHTML}h1")
    assert len(headings) == len(section.stories)


def test_a_moment_before_the_archive_formats_first_year_is_its_first() -> None:
    old = replace(editions.sample(), composed_at=editions.MOMENT.replace(year=1970))
    assert book(old).infolist()[0].date_time == (1980, 1, 1, 0, 0, 0)


@pytest.mark.checkers
@pytest.mark.parametrize("name", editions.ALL)
def test_epubcheck_finds_nothing(name: str, tmp_path: Path) -> None:
    jar = os.environ.get("DIGEST_EPUBCHECK")
    if not jar:
        pytest.skip("DIGEST_EPUBCHECK does not name epubcheck's jar")
    make, language = editions.ALL[name]
    file = tmp_path / "edition.epub"
    file.write_bytes(render("epub", [make()], editions.site(language=language)).body)
    done = subprocess.run(
        ["java", "-jar", jar, str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 fatals / 0 errors / 0 warnings / 0 infos" in done.stdout


def test_links_are_written_as_epub_takes_them_and_the_book_has_an_author() -> None:
    links = ("https://a.example/x#a#b", "https://bücher.example/ü", "https://a..b.example/")
    told = [editions.story(f"s{n}", f"S{n}", link=link) for n, link in enumerate(links)]
    archive = book(editions.edition(Section(title="", stories=tuple(told))))
    chapter = page(archive, "section-1.xhtml")
    hrefs = [a.get("href") for a in chapter.iter(f"{XHTML}a")]
    assert hrefs[:2] == ["https://a.example/x#a%23b", "https://xn--bcher-kva.example/%C3%BC"]
    assert b"<dc:creator>Morning transmission</dc:creator>" in archive.read("book/package.opf")


def test_a_book_has_the_name_of_its_digest_and_its_slot() -> None:
    assert filename("epub", "daily", "2026-01-12T0700") == "daily-2026-01-12T0700.epub"
    assert filename("html", "daily", "2026-01-12T0700") == "index.html"
