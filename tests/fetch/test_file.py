from __future__ import annotations

import os
from pathlib import Path

import pytest

from digest.errors import FetchError
from digest.fetch import Settings, expand, fetch_all
from digest.model import Document, FeedRequest, NotModified, Validators


def ask(root: Path, url: str, validators: Validators, now: object, **keys: object) -> object:
    request = FeedRequest(feed=url, url=url, validators=validators)
    settings = Settings(**keys)
    [(_, outcome)] = fetch_all([request], settings, root=root, now=now)
    return outcome


NONE = Validators()


def test_a_file_is_a_document_with_a_version(tmp_path: Path, now: object) -> None:
    (tmp_path / "a.xml").write_bytes(b"<rss/>")
    os.utime(tmp_path / "a.xml", ns=(0, 255))
    assert ask(tmp_path, "a.xml", NONE, now) == Document(
        url="a.xml", media_type=None, body=b"<rss/>", validators=Validators(etag='"ff-6"')
    )


def test_an_unchanged_file_is_not_read_again(tmp_path: Path, now: object) -> None:
    file = tmp_path / "a.xml"
    file.write_bytes(b"<rss/>")
    first = ask(tmp_path, "a.xml", NONE, now)
    assert isinstance(first, Document)
    assert ask(tmp_path, "a.xml", first.validators, now) == NotModified()
    file.write_bytes(b"<rss></rss>")
    assert isinstance(ask(tmp_path, "a.xml", first.validators, now), Document)


def test_an_absolute_path_is_itself(tmp_path: Path, now: object) -> None:
    (tmp_path / "a.xml").write_bytes(b"<rss/>")
    assert isinstance(ask(Path("/nowhere"), str(tmp_path / "a.xml"), NONE, now), Document)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("b.xml", "b.xml cannot be read: No such file or directory"),
        ("folder", "folder is not a file"),
        ("pipe", "pipe is not a file"),
        ("/dev/zero", "/dev/zero is not a file"),
        ("large.xml", "large.xml is larger than 10 bytes (fetch.max_bytes)"),
        ("a\0b", "is no path"),
        ("x" * 5000, "File name too long"),
        (
            "file:///etc/hosts",
            "file: is not fetched; a feed is an http or https address, or a path",
        ),
        ("gopher://example.org/", "gopher: is not fetched"),
        ("FTP://example.org/", "FTP: is not fetched"),
    ],
)
def test_what_cannot_be_read_is_named(url: str, why: str, tmp_path: Path, now: object) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large.xml").write_bytes(b"<rss></rss>")
    outcome = ask(tmp_path, url, NONE, now, max_bytes=10)
    assert isinstance(outcome, FetchError)
    assert why in str(outcome)


def test_a_folder_is_each_of_its_feed_files(tmp_path: Path) -> None:
    folder = tmp_path / "feeds"
    (folder / "c.xml").mkdir(parents=True)
    for name in ("b.xml", "A.RSS", "d.json", ".hidden.xml", "notes.md", "b.xml~", "page.txt"):
        (folder / name).touch()
    expected = ("feeds/A.RSS", "feeds/b.xml", "feeds/d.json", "feeds/page.txt")
    assert expand("feeds", tmp_path) == expected
    assert expand("feeds/", tmp_path) == expected
    assert expand(str(folder), Path("/nowhere"))[0] == str(folder / "A.RSS")


def test_a_name_that_no_configuration_could_spell_is_refused(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"\xff.xml")).touch()
    with pytest.raises(FetchError, match=r"'./\\udcff.xml' is no name in UTF-8"):
        expand(".", tmp_path)


@pytest.mark.parametrize(
    "url", ["feeds/a.xml", "missing", "https://example.org/", "http://example.org/feeds", "a\0b"]
)
def test_anything_else_is_itself(url: str, tmp_path: Path) -> None:
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds" / "a.xml").touch()
    assert expand(url, tmp_path) == (url,)
