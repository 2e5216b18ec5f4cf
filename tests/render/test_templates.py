"""Templates of the operator's: they take precedence, and what is wrong in them is named."""

from __future__ import annotations

import pytest

from digest.errors import RenderError
from digest.render import render
from support import editions


def _page(folder, format_="html", **files):
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_bytes(text.encode())
    return render(format_, [editions.sample()], editions.site(templates=str(folder))).body.decode()


def test_a_template_of_the_operators_is_used_instead_of_ours(tmp_path):
    page = _page(tmp_path, edition__html="<p>{{ edition.title }}: {{ facts[0] }}")
    assert page == "<p>Morning transmission: Edition 41"


def test_a_part_may_be_replaced_alone(tmp_path):
    page = _page(tmp_path, style__css="body{color:green}\n")
    assert "<style>\nbody{color:green}\n</style>" in page
    assert "Attention without the softmax" in page


def test_a_template_of_the_operators_may_build_on_others(tmp_path):
    page = _page(tmp_path, edition__html='{% include "top.html" %}', top__html="{{ words.tag }}")
    assert page == "en"


def test_what_a_template_prints_is_escaped_for_its_kind(tmp_path):
    (tmp_path / "edition.html").write_text("{{ '<b>' ~ edition.title }}")
    (tmp_path / "edition.md").write_text("{{ '<b>' ~ edition.title }}")
    assert _page(tmp_path) == "&lt;b&gt;Morning transmission"
    assert _page(tmp_path, "markdown") == r"\<b\>Morning transmission"


@pytest.mark.parametrize(
    ("template", "place", "reason"),
    [
        pytest.param("a\n{% if %}", "edition.html, line 2", "expression", id="syntax"),
        pytest.param("\n\n{{ nope }}", "edition.html, line 3", "'nope' is undefined", id="name"),
        pytest.param("{{ edition.nope }}", "edition.html, line 1", "nope", id="attribute"),
        pytest.param("{{ edition.title.nope() }}", "edition.html, line 1", "nope", id="method"),
        pytest.param("{{ 1 / 0 }}", "edition.html, line 1", "division", id="arithmetic"),
        pytest.param("{{ 'a' + 1 }}", "edition.html, line 1", "str", id="types"),
        pytest.param("{{ words.say('x') }}", "edition.html, line 1", "'x'", id="words"),
        pytest.param("\n{{ words.day('x') }}", "edition.html, line 2", "x", id="our function"),
        pytest.param("{% include 'gone' %}", "edition.html, line 1", "gone", id="include"),
        pytest.param("{% include 'edition.html' %}", "edition.html", "recursion", id="loop"),
        pytest.param("{% include 'bad.html' %}", "bad.html, line 2", "')'", id="included syntax"),
    ],
)
def test_a_broken_template_is_a_render_error_that_names_file_and_line(
    template, place, reason, tmp_path
):
    with pytest.raises(RenderError) as caught:
        _page(tmp_path, edition__html=template, bad__html="\n{{ ) }}")
    assert caught.value.digest == "daily"
    assert place in str(caught.value)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_template_that_is_not_utf8_is_a_render_error(tmp_path):
    (tmp_path / "edition.html").write_bytes(b"\xff\xfe")
    with pytest.raises(RenderError, match=r"edition\.html.*utf-8"):
        _page(tmp_path)
