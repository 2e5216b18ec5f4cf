"""A page changes the settings of a digest; every other byte of the file stays."""

from __future__ import annotations

import pytest

from digest.errors import ConfigError
from digest.settings.edit_digests import Value, set_digest
from digest.settings.positions import loads

TABLE = """\
# Mine.
title = "All"

[digests.daily]
schedule = "0 7 * * *"   # early
max_entries = 40
drop = [
  "raffle",  # for ever
  "sport",
]

[digests.daily.deliver.files]
path = "out"

[digests.other]
schedule = "0 8 * * *"
"""
INLINE = '[digests]\ndaily = { schedule = "0 7 * * *", excerpt = { length = 200 } } # short\n'
DOTTED = 'digests.daily.schedule = "0 7 * * *"\ndigests.daily.deliver.files.path = "out"\n'
BELOW = '[digests.daily.deliver.files]\npath = "out"\n'


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        pytest.param(
            TABLE,
            {"max_entries": 30},
            TABLE.replace("max_entries = 40", "max_entries = 30"),
            id="a number",
        ),
        pytest.param(
            TABLE,
            {"schedule": "0 9 * * *"},
            TABLE.replace('"0 7 * * *"   # early', '"0 9 * * *"   # early'),
            id="a text, with the comment behind it",
        ),
        pytest.param(
            TABLE,
            {"drop": ("raffle",)},
            TABLE.replace('  "sport",\n', ""),
            id="an item of a list leaves with its line",
        ),
        pytest.param(
            TABLE,
            {"excerpt.length": 240},
            TABLE.replace('  "sport",\n]\n', '  "sport",\n]\nexcerpt.length = 240\n'),
            id="a new setting of a table that has no header",
        ),
        pytest.param(
            TABLE,
            {"max_entries": None},
            TABLE.replace("max_entries = 40\n", ""),
            id="a setting that is taken out",
        ),
        pytest.param(TABLE, {"max_entries": 40}, TABLE, id="nothing new"),
        pytest.param(TABLE, {"images": None}, TABLE, id="nothing to take out"),
        pytest.param(
            INLINE,
            {"excerpt.length": 240},
            INLINE.replace("200", "240"),
            id="in an inline table",
        ),
        pytest.param(
            DOTTED,
            {"schedule": "0 9 * * *"},
            DOTTED.replace("0 7", "0 9"),
            id="a dotted key",
        ),
        pytest.param(
            BELOW,
            {"max_entries": 9},
            f"[digests.daily]\nmax_entries = 9\n\n{BELOW}",
            id="a digest that has tables below it alone",
        ),
        pytest.param(
            TABLE.replace("\n", "\r\n"),
            {"images": True},
            TABLE.replace('  "sport",\n]\n', '  "sport",\n]\nimages = true\n').replace(
                "\n", "\r\n"
            ),
            id="lines that end as on Windows",
        ),
    ],
)
def test_a_setting_changes_and_nothing_else(
    text: str, values: dict[str, Value | None], expected: str
) -> None:
    assert set_digest(text, "daily", values) == expected


def test_a_hostile_text_stays_one_value() -> None:
    hostile = '"]\n[web]\nhost = "0.0.0.0" \\ \x01'
    changed = set_digest(TABLE, "daily", {"title": hostile, "drop": (hostile,)})
    assert loads(changed)["digests"]["daily"]["title"] == hostile
    assert loads(changed)["digests"]["daily"]["drop"] == [hostile]
    assert "web" not in loads(changed)


def test_what_is_not_found_by_line_is_told() -> None:
    with pytest.raises(ConfigError, match="there is no digest 'weekly'"):
        set_digest(TABLE, "weekly", {"images": True})
    with pytest.raises(ConfigError, match="yourself"):
        set_digest(DOTTED, "daily", {"max_entries": 9})
