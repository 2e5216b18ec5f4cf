"""The catalogs of the words for readers: whole, right and compiled."""

from __future__ import annotations

from io import BytesIO
from string import Formatter

import pytest
from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from digest.render.words import messages
from digest.render.words.messages import MESSAGES
from digest.render.words.translate import LOCALES, languages, speak

TRANSLATED = [name for name in languages() if name != "en"]
SHARED = {"comma", "share", "audio", "image", "video", "by_mail"}
"""Phrases that a language may say as English does."""


def catalog(name: str) -> Catalog:
    with (LOCALES / name / "LC_MESSAGES" / "digest.po").open("rb") as file:
        return read_po(file, locale=name, domain="digest")


def fields(phrase: str) -> set[str | None]:
    return {field for _, field, _, _ in Formatter().parse(phrase) if field}


@pytest.mark.parametrize("name", TRANSLATED)
def test_every_catalog_says_all_that_english_says(name: str) -> None:
    said = {message.context: message for message in catalog(name) if message.id}
    assert said.keys() == MESSAGES.keys()
    plurals = catalog(name).num_plurals
    for key, english in MESSAGES.items():
        message = said[key]
        assert not message.fuzzy, key
        assert (message.id if len(english) == 2 else (message.id,)) == english, key
        forms = message.string if len(english) == 2 else (message.string,)
        assert len(forms) == (plurals if len(english) == 2 else 1), key
        for form in forms:
            assert form.strip(), key
            assert key == "comma" or form == form.strip(), key
            assert fields(form) <= fields(english[-1]), key
        assert fields(forms[-1]) == fields(english[-1]), key  # type: ignore[index]
        if key not in SHARED:
            assert forms[-1] != english[-1], key  # type: ignore[index]


@pytest.mark.parametrize("name", TRANSLATED)
def test_what_is_compiled_is_what_is_written(name: str) -> None:
    compiled = BytesIO()
    write_mo(compiled, catalog(name))
    assert (LOCALES / name / "LC_MESSAGES" / "digest.mo").read_bytes() == compiled.getvalue()


def test_the_template_holds_what_the_program_says() -> None:
    with (LOCALES / "digest.pot").open("rb") as file:
        held = [(message.context, message.id) for message in read_po(file) if message.id]
    keywords = {"pgettext": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3)}
    with open(messages.__file__, "rb") as source:
        found = [(key, texts) for _, texts, _, key in extract("python", source, keywords)]
    assert held == found
    assert {key: texts if isinstance(texts, tuple) else (texts,) for key, texts in found} == dict(
        MESSAGES
    )


@pytest.mark.parametrize("name", languages())
def test_each_number_has_the_form_that_unicode_gives_it(name: str) -> None:
    """Gettext's rule of a catalog parts numbers as CLDR does, or coarser where forms are alike."""
    words, plural = speak(name.replace("_", "-"), "UTC"), Locale.parse(name).plural_form
    forms: dict[str, set[str]] = {}
    for n in (*range(130), 1000, 10_001, 100_000, 1_000_000):
        one, more = MESSAGES["stories"]
        forms.setdefault(plural(n), set()).add(words.catalog.npgettext("stories", one, more, n))
    assert all(len(phrases) == 1 for phrases in forms.values())
