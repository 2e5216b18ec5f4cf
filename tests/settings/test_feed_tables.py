"""Reading the table of one feed without the rest of the configuration."""

from __future__ import annotations

import pytest

from digest.errors import ConfigError
from digest.settings.feed_tables import written_table

URL = "https://b.example/feed"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f'[[feeds]]\nurl = "{URL}"\nname = "b"\n', id="alone"),
        pytest.param(
            f'[[feeds]]\nurl = "{URL}/more"\n\n[[feeds]]\nname = "b"\nurl = "{URL}" # {URL}\n',
            id="after a longer address",
        ),
        pytest.param(f'# {URL}\n[[feeds]]\nurl = "{URL}"\nname = "b"', id="after a comment"),
        pytest.param(f'feeds = [{{url = "{URL}", name = "b"}}]', id="in an array"),
        pytest.param(f"[[ feeds ]]\nurl = '{URL}'\nname = 'b'\n", id="under a wide header"),
        pytest.param(
            f'[[feeds]]\ntitle = "{URL}"\nurl = "https://a.example/"\n'
            f'[[feeds]]\nurl = "{URL}"\nname = "b"\n[web]\n',
            id="after a title that is the address",
        ),
        pytest.param('[[feeds]]\nurl = "https:\\u002F/b.example/feed"\nname = "b"', id="escaped"),
    ],
)
def test_the_table_is_found_however_it_is_written(text: str) -> None:
    assert written_table(text, URL) == {"url": URL, "name": "b"}


def test_a_feed_without_a_table_has_none() -> None:
    assert written_table('[[feeds]]\nurl = "feeds/"\n', "feeds/a.xml") is None


def test_what_is_not_toml_is_said() -> None:
    with pytest.raises(ConfigError):
        written_table("[[feeds", URL)
