"""The package: which formats there are, that each fits, and what each writes."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from dataclasses import is_dataclass, replace
from io import BytesIO
from pathlib import Path

import pytest

import digest
from digest.errors import ConfigError
from digest.render import load, names, render
from digest.render.transmission import Settings
from support import editions


def test_the_formats_are_the_modules_of_the_folder():
    assert names() == tuple(sorted(editions.FORMATS))


@pytest.mark.parametrize("name", editions.FORMATS)
def test_a_format_is_what_the_protocol_says(name):
    module = load(name)
    assert module.SCOPE in ("edition", "digest", "list")
    assert "/" not in module.FILENAME
    assert is_dataclass(getattr(module, "Settings", Settings))
    if module.SCOPE == "digest":
        assert module.STORIES > 0  # type: ignore[attr-defined]
        assert module.EDITIONS > 0  # type: ignore[attr-defined]
    if module.SCOPE == "list":
        assert module.EDITIONS > 0  # type: ignore[attr-defined]
        assert module.PAGE.format("x") != module.PAGE.format("y")  # type: ignore[attr-defined]


def test_mypy_proves_that_every_format_fits():
    program = f"from digest.render import Format, {', '.join(names())}\n"
    program += f"formats: list[Format] = [{', '.join(names())}]\n"
    root = Path(digest.__file__).parents[1]
    mypy = [sys.executable, "-m", "mypy", "--config-file=", f"--cache-dir={os.devnull}"]
    done = subprocess.run([*mypy, "-c", program], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_two_formats_never_write_one_file():
    files = [(load(name).SCOPE, load(name).FILENAME) for name in names()]
    assert len(set(files)) == len(files)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("htm", 'did you mean "html"?'),
        ("_clean", "known: archive, atom, e"),
        ("os", "there is no format 'os'"),
    ],
)
def test_an_unknown_format_is_refused_with_the_names_there_are(name, message):
    with pytest.raises(ConfigError, match="there is no format") as caught:
        load(name)
    assert message in str(caught.value)


@pytest.mark.parametrize("edition", editions.ALL)
@pytest.mark.parametrize("name", editions.FORMATS)
def test_rendering_twice_gives_the_same_bytes(name, edition):
    make, language = editions.ALL[edition]
    site = editions.site(language=language)
    assert render(name, [make()], site) == render(name, [make()], site)


@pytest.mark.parametrize("name", [name for name in editions.FORMATS if name != "epub"])
def test_the_sample_comes_out_as_it_was_approved(name, golden):
    golden(f"sample.{load(name).SCOPE}.{load(name).FILENAME}", _body(name, editions.sample()))


@pytest.mark.parametrize(
    ("name", "edition", "language", "file"),
    [
        ("html", editions.arabic, "ar", "arabic.html"),
        ("html", editions.one_story, "de", "one_story.html"),
        ("html", editions.untitled, "fr", "untitled.html"),
        ("text", editions.chinese, "zh", "chinese.txt"),
        ("markdown", editions.hostile, "en", "hostile.md"),
    ],
)
def test_an_oddity_comes_out_as_it_was_approved(name, edition, language, file, golden):
    golden(file, _body(name, edition(), language=language))


@pytest.mark.parametrize("name", editions.FORMATS)
def test_an_edition_without_stories_is_still_a_document(name):
    assert _body(name, editions.edition())


@pytest.mark.parametrize("name", ["atom", "editions", "jsonfeed", "archive"])
def test_a_digest_without_editions_is_still_a_document(name):
    assert render(name, [], editions.site()).body


@pytest.mark.parametrize("name", editions.FORMATS)
def test_a_story_of_which_little_is_known_is_told(name):
    bare = replace(
        editions.story("bare", "Only a title"),
        link=None,
        feed="",
        feed_url="",
        feed_link=None,
        published=None,
        language=None,
        excerpt="",
    )
    assert "Only a title" in _body(name, editions.edition(_section(bare))).decode()


def _section(*stories):
    return editions.Section(title="", stories=stories)  # type: ignore[attr-defined]


def _body(name, edition, **changes):
    body = render(name, [edition], editions.site(**changes)).body
    return zipfile.ZipFile(BytesIO(body)).read("book/section-1.xhtml") if name == "epub" else body
