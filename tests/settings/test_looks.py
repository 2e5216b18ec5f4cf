"""The look in the configuration: what a digest has of its own, and what `check` finds wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.errors import ConfigError
from digest.settings import Config, interpret
from digest.settings.surroundings import missing
from support.pictures import SVG, png

FEED = '[[feeds]]\nurl = "https://example.org/atom.xml"\n'
DIGEST = '[digests.daily]\n[digests.daily.deliver.files]\npath = "out"\n'


def read(folder: Path, look: str, own: str = "") -> tuple[Config, str]:
    text = f"[render.look]\n{look}\n{FEED}{DIGEST}[digests.daily.render.look]\n{own}\n"
    return interpret(text, folder / "config.toml", {}), text


def test_a_digest_has_the_shared_look_but_for_its_own_keys(tmp_path: Path) -> None:
    config, _ = read(tmp_path, 'accent = "#0b57d0"\nwidth = 700', 'width = 500\nlogo = "l.png"')
    look = config.digests[0].look
    assert (look.accent, look.width, look.logo) == ("#0b57d0", 500, tmp_path / "l.png")
    assert (config.render.look.width, config.render.look.logo) == (700, None)


def test_a_digest_has_the_shared_settings_of_a_format_but_for_its_own_keys(tmp_path: Path) -> None:
    text = (
        f"[render.mail]\nbudget = 50_000\n{FEED}{DIGEST}"
        '[digests.daily.render.mail]\nsubject = "{lead}"\n'
    )
    (digest,) = interpret(text, tmp_path / "config.toml", {}).digests
    mail = digest.options["mail"]
    assert (mail.budget, mail.subject) == (50_000, "{lead}")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("look", "sentence"),
    [
        ('accent = "blue"', 'render.look.accent: expected a color such as "#0b5fff"'),
        ('accent_dark = "#12"', "render.look.accent_dark: expected a color"),
        ('text_font = "a;b"', 'render.look.text_font: "a;b" is no name of a font'),
        ('label_font = ""', 'render.look.label_font: "" is no name of a font'),
        ("width = 100", "render.look.width: expected at least 480, found 100"),
        ('width = "40rem"', "render.look.width: expected a whole number"),
        ('colour = "#fff"', "render.look.colour: unknown key"),
    ],
)
def test_a_mistake_in_a_look_gets_its_line(tmp_path: Path, look: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, look)
    assert sentence in str(caught.value)
    assert caught.value.line == 2
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, "", look)
    assert f"digests.daily.{sentence}" in str(caught.value)


@pytest.mark.parametrize(
    ("look", "sentence"),
    [
        pytest.param(
            'accent = "#ff9900"',
            "#ff9900 has a contrast of 2.06:1 with the light page, #fcfbf8; text needs 4.5:1 "
            '(WCAG 2.2, AA): "#a66512" would do',
            id="orange on the light page",
        ),
        pytest.param(
            'accent_dark = "#333"',
            "#333 has a contrast of 1.45:1 with the dark page, #151412;",
            id="gray on the dark page",
        ),
        pytest.param('logo = "none.png"', "there is no file", id="no logo"),
        pytest.param('logo = "logo.svg"', "is an SVG drawing", id="a drawing"),
        pytest.param('logo = "large.png"', "has more than 200 kB", id="a large logo"),
        pytest.param('share_image = "logo.svg"', "is an SVG drawing", id="a drawing to share"),
    ],
)
def test_a_look_that_does_not_do_is_told_by_check(tmp_path: Path, look: str, sentence: str) -> None:
    (tmp_path / "logo.svg").write_bytes(SVG)
    (tmp_path / "large.png").write_bytes(png() + bytes(200_000))
    (error,) = missing(*read(tmp_path, look))
    assert sentence in str(error)
    assert error.line == 2
    (error,) = missing(*read(tmp_path, "", look))
    assert sentence in str(error)
    assert str(error).split(": ")[1].startswith("digests.daily.render.look.")


def test_nothing_is_said_of_a_look_that_does(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(png())
    (tmp_path / "share.png").write_bytes(png()[:-12] + bytes(300_000) + png()[-12:])
    look = 'accent = "#0b57d0"\naccent_dark = "#a8c7fa"\nlogo = "logo.png"\n'
    assert missing(*read(tmp_path, f'{look}share_image = "share.png"')) == ()
