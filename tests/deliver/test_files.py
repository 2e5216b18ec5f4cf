"""The files channel writes an edition whole, and the same again when asked again."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from digest import deliver
from digest.deliver import EditionPackage, RenderedFile, files
from digest.errors import ConfigError, DeliveryError
from digest.model import Rendition
from support.house import NOW


def parcel(slot: str, *, newest: bool = True, **bodies: str) -> EditionPackage:
    """A parcel with a page of the edition and a feed of the digest."""
    return EditionPackage(
        digest="daily",
        slot=slot,
        newest=newest,
        at=NOW,
        pieces=(
            RenderedFile(
                format="html",
                filename="index.html",
                scope="edition",
                rendition=Rendition(
                    media_type="text/html", body=bodies.get("page", "page").encode()
                ),
            ),
            RenderedFile(
                format="atom",
                filename="atom.xml",
                scope="digest",
                rendition=Rendition(
                    media_type="application/atom+xml", body=bodies.get("feed", "feed").encode()
                ),
            ),
        ),
    )


def tree(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): path.read_text() for path in root.rglob("*") if path.is_file()
    }


def test_an_edition_stands_in_its_slot_in_latest_and_the_feed_beside_them(tmp_path: Path) -> None:
    settings = files.Settings(path=tmp_path / "out" / "daily")
    receipt = files.deliver(parcel("2026-01-12T0700"), settings)
    assert receipt.detail == str(settings.path / "2026-01-12T0700" / "index.html")
    assert tree(settings.path) == {
        "2026-01-12T0700/index.html": "page",
        "latest/index.html": "page",
        "atom.xml": "feed",
    }


def test_delivering_twice_leaves_what_delivering_once_leaves(tmp_path: Path) -> None:
    settings = files.Settings(path=tmp_path)
    files.deliver(parcel("2026-01-12T0700"), settings)
    once = tree(tmp_path)
    files.deliver(parcel("2026-01-12T0700"), settings)
    assert tree(tmp_path) == once


def test_a_kept_page_is_there_before_what_points_to_it(tmp_path: Path) -> None:
    """Whoever reads the feed at any moment finds the page that it names."""
    settings = files.Settings(path=tmp_path)
    seen = []

    def page() -> bytes:
        seen.append((tmp_path / "atom.xml").read_text())
        return b"page"

    files.deliver(parcel("2026-01-12T0700", feed="before"), settings)
    package = parcel("2026-01-13T0700", feed="names archive/atom-1.xml")
    files.deliver(replace(package, kept={"archive/atom-1.xml": page}), settings)
    assert seen == ["before"]
    assert (tmp_path / "atom.xml").read_text() == "names archive/atom-1.xml"


def test_an_older_edition_sent_again_does_not_become_the_latest(tmp_path: Path) -> None:
    settings = files.Settings(path=tmp_path)
    files.deliver(parcel("2026-01-13T0700", page="new"), settings)
    files.deliver(parcel("2026-01-12T0700", page="old", newest=False), settings)
    assert tree(tmp_path)["latest/index.html"] == "new"


def test_a_kept_file_is_written_where_it_is_missing_and_never_again(tmp_path: Path) -> None:
    settings = files.Settings(path=tmp_path)
    made = replace(parcel("2026-01-12T0700"), kept={"archive/atom-1.xml": lambda: b"first"})
    files.deliver(made, settings)
    assert tree(tmp_path)["archive/atom-1.xml"] == "first"
    files.deliver(replace(made, kept={"archive/atom-1.xml": lambda: b"second"}), settings)
    assert tree(tmp_path)["archive/atom-1.xml"] == "first"


def test_a_file_that_would_not_change_is_not_touched(tmp_path: Path) -> None:
    settings = files.Settings(path=tmp_path)
    files.deliver(parcel("2026-01-12T0700"), settings)
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    long_ago = 1_000_000_000  # whatever is written now gets a later time
    for path in written:
        os.utime(path, (long_ago, long_ago))
    files.deliver(parcel("2026-01-12T0700"), settings)
    times = {path.relative_to(tmp_path): path.stat().st_mtime for path in written}
    assert times == dict.fromkeys(times, long_ago)
    assert len(times) == 3
    files.deliver(parcel("2026-01-12T0700", feed="feet"), settings)
    assert (tmp_path / "atom.xml").read_text() == "feet"


def test_what_an_earlier_setting_wrote_into_latest_is_taken_away(tmp_path: Path) -> None:
    (tmp_path / "latest").mkdir()
    (tmp_path / "latest" / "edition.md").write_text("stale")
    files.deliver(parcel("2026-01-12T0700"), files.Settings(path=tmp_path))
    assert sorted(tree(tmp_path / "latest")) == ["index.html"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DeliveryError, match=r"cannot write .*file.*deliver\.files\.path"):
        files.deliver(parcel("2026-01-12T0700"), files.Settings(path=tmp_path / "file"))


def test_a_page_brings_its_archive() -> None:
    assert files.formats(files.Settings(path=Path(), formats=("html",))) == ("html", "archive")
    assert files.formats(files.Settings(path=Path(), formats=("text",))) == ("text",)


def test_an_unknown_channel_is_answered_with_the_known_ones() -> None:
    assert "files" in deliver.names()
    with pytest.raises(ConfigError, match='did you mean "files"'):
        deliver.load("file")
