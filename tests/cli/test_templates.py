"""`digest templates`: copies that follow, copies that stay, and what is told of them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from digest import __version__
from digest.cli import templates as command
from digest.render import render
from digest.render.templating import copies
from digest.resources import data_dir
from support import editions
from support.house import House, item, rss
from support.shell import Run, shell


@pytest.fixture
def digest(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> Run:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.xml").write_bytes(rss([item("a1")]))
    House(tmp_path, ["a.xml"])
    return shell(monkeypatch, capfdbinary)


def use(folder: Path) -> None:
    config = folder / "config.toml"
    config.write_text(f'{config.read_text()}[render]\ntemplates = "templates"\n')


def states(digest: Run) -> dict[str, str]:
    rows = json.loads(digest("templates", "list", "--json").out)
    return {row["name"]: row["state"] for row in rows if row["state"] != "ours"}


def age(file: Path) -> None:
    """Make a copy one of an older version, whose template was another."""
    older = re.sub(
        r"digest [\w.]+, hash \w+", "digest 0.0.9, hash 0123456789abcdef", file.read_text(), count=1
    )
    file.write_text(older)


def test_every_template_is_copied_and_follows_ours(digest: Run, tmp_path: Path) -> None:
    copied = digest("templates", "copy", "--all")
    assert copied.status == 0, copied.err
    assert 'under [render], templates = "templates"' in copied.out
    use(tmp_path)
    assert states(digest) == dict.fromkeys(copies.names(), "unchanged")
    again = digest("templates", "copy", "--all")
    assert (again.status, "left alone" in again.out) == (0, False)


@pytest.mark.parametrize("name", editions.FORMATS)
def test_a_copy_renders_the_same_whether_ours_or_its_own_text_is_used(
    tmp_path: Path, name: str
) -> None:
    plain = render(name, [editions.sample()], editions.site()).body
    for template in copies.names():
        target = tmp_path / template
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(copies.copy(template, __version__))
    site = editions.site(templates=str(tmp_path))
    assert render(name, [editions.sample()], site).body == plain
    for template in copies.names():
        age(tmp_path / template)
    assert {copy.state for copy in copies.examine(tmp_path)} == {copies.CopyState.BEHIND}
    again = tmp_path / ".." / tmp_path.name  # another folder to the cache of templates
    assert render(name, [editions.sample()], editions.site(templates=str(again))).body == plain


def test_a_changed_copy_is_used_and_an_unchanged_one_follows(tmp_path: Path) -> None:
    text = copies.copy("transmission.txt", __version__)
    (tmp_path / "transmission.txt").write_text(text + "THE END\n")
    (tmp_path / "edition.txt").write_text(
        copies.copy("edition.txt", __version__).replace("\n", "\r\n") + "\n"
    )
    site = editions.site(templates=str(tmp_path))
    assert render("transmission", [editions.sample()], site).body.endswith(b"THE END")
    assert copies.is_unchanged((tmp_path / "edition.txt").read_text())
    assert {copy.name: copy.state.value for copy in copies.examine(tmp_path)} == {
        "transmission.txt": "changed",
        "edition.txt": "unchanged",
    }


def test_what_has_fallen_behind_is_told_once_and_plainly(digest: Run, tmp_path: Path) -> None:
    digest("templates", "copy", "style.css", "web/home.html", "atom.xml")
    use(tmp_path)
    folder = tmp_path / "templates"
    for name in ("style.css", "web/home.html"):
        (folder / name).write_text((folder / name).read_text() + "\n/* mine */\n")
    assert "templates" not in digest("check").out
    age(folder / "style.css")
    checked = digest("check")
    assert checked.status == 0
    assert checked.out.count("Since you copied style.css, our originals have changed") == 1
    assert json.loads(digest("check", "--json").out)["templates_behind"] == ["style.css"]
    assert (
        digest("doctor").out.count(
            "templates that you changed, and that we changed since: style.css"
        )
        == 1
    )
    assert states(digest) == {
        "style.css": "behind",
        "web/home.html": "changed",
        "atom.xml": "unchanged",
    }
    listed = digest("templates", "list").out
    assert "yours, changed from that of 0.0.9; ours has changed since" in listed
    assert "`digest templates copy style.css --to FOLDER`" in listed


def test_a_file_of_yours_is_never_replaced(digest: Run, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "style.css").write_text("p{}")
    (tmp_path / "mine" / "footer.html").write_text("<p>")
    done = digest("templates", "copy", "style.css", "edition.html", "--to", "mine")
    assert "mine/style.css is there and not ours any more: left alone." in done.out
    assert (tmp_path / "mine" / "style.css").read_text() == "p{}"
    found = {copy.name: copy.state.value for copy in copies.examine(tmp_path / "mine")}
    assert found == {"style.css": "own", "footer.html": "unknown", "edition.html": "unchanged"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("copy",), "name the templates to copy, or give --all"),
        (("copy", "--all", "style.css"), "name the templates to copy, or give --all"),
        (("copy", "styel.css"), 'did you mean "style.css"?'),
        (("copy", "../config.toml"), "there is no template '../config.toml'"),
    ],
)
def test_what_cannot_be_copied(digest: Run, words: tuple[str, ...], said: str) -> None:
    done = digest("templates", *words)
    assert done.status == 2
    assert said in done.err


def test_a_note_says_the_version_and_is_no_part_of_what_is_printed() -> None:
    text = copies.copy("style.css", "1.2.3")
    assert text.startswith("{# Copied from digest 1.2.3, hash ")
    assert text.endswith((data_dir("templates") / "style.css").read_text())
    assert command._FOLDER == "templates"
