from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from digest.model import Enclosure, Image
from digest.store import entries, feeds, stories, tables
from digest.store.column_types import Packed, Utc

SQLITE = sqlite.dialect()
POSTGRESQL = postgresql.dialect()

moments = st.datetimes(timezones=st.timezones() | st.just(UTC), allow_imaginary=False).filter(
    lambda moment: 2 <= moment.year <= 9998
)


@pytest.mark.parametrize(
    ("moment", "kept"),
    [
        pytest.param(datetime(2026, 1, 12, 7, tzinfo=UTC), "2026-01-12 07:00:00", id="UTC"),
        pytest.param(
            datetime(2026, 1, 12, 7, tzinfo=timezone(timedelta(hours=5, minutes=30))),
            "2026-01-12 01:30:00",
            id="another zone becomes UTC",
        ),
        pytest.param(
            datetime(2026, 1, 12, 7, 0, 0, 5, tzinfo=UTC),
            "2026-01-12 07:00:00.000005",
            id="microseconds are kept",
        ),
        pytest.param(None, None, id="unknown stays unknown"),
    ],
)
def test_a_date_is_kept_as_readable_text_in_utc(moment: datetime | None, kept: str | None) -> None:
    assert Utc().process_bind_param(moment, SQLITE) == kept
    assert Utc().process_result_value(kept, SQLITE) == moment


def test_a_naive_date_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        Utc().process_bind_param(datetime(2026, 1, 12), SQLITE)  # noqa: DTZ001


@given(moments, moments)
def test_dates_come_back_and_sort_as_text(one: datetime, other: datetime) -> None:
    first, second = (Utc().process_bind_param(moment, SQLITE) for moment in (one, other))
    assert first is not None
    assert second is not None
    back = Utc().process_result_value(first, SQLITE)
    # In UTC, because a time that a clock shows twice equals no time of another zone (PEP 495).
    assert back == one.astimezone(UTC)
    assert back.tzinfo is UTC
    assert (first < second) == (one.astimezone(UTC) < other.astimezone(UTC))


@pytest.mark.parametrize(
    ("column", "value", "kept"),
    [
        (Packed(tuple[str, ...], ()), ("a", "ü\0"), '["a","ü\\u0000"]'),
        (Packed(tuple[str, ...], ()), (), None),
        (Packed(Image, None), None, None),
        (
            Packed(Image, None),
            Image(url="https://example.org/a.png", width=3),
            '{"url":"https://example.org/a.png","width":3,"height":null,"alt":null}',
        ),
        (
            Packed(tuple[Enclosure, ...], ()),
            (Enclosure(url="https://example.org/a.mp3", length=10**12),),
            '[{"url":"https://example.org/a.mp3","media_type":null,'
            '"length":1000000000000,"title":null}]',
        ),
    ],
)
def test_structures_are_kept_as_json(column: Packed, value: object, kept: str | None) -> None:
    assert column.process_bind_param(value, SQLITE) == kept
    assert column.process_result_value(kept, SQLITE) == value


@pytest.mark.parametrize("table", tables.metadata.sorted_tables, ids=lambda table: table.name)
def test_postgresql_takes_the_tables(table: tables.Table) -> None:  # type: ignore[name-defined]
    assert "WITHOUT ROWID" not in str(CreateTable(table).compile(dialect=POSTGRESQL))
    for index in table.indexes:
        assert str(CreateIndex(index).compile(dialect=POSTGRESQL))


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param(entries._upsert("postgresql"), id="saving entries"),
        pytest.param(stories._ELIGIBLE, id="eligible"),
        pytest.param(stories._SHARING, id="sharing"),
        pytest.param(stories._SEEN_BY, id="seen by"),
        pytest.param(stories._RETOLD_IN, id="retold in"),
        pytest.param(stories._REVISED, id="revised"),
        pytest.param(stories._DUPLICATES, id="duplicates"),
        pytest.param(feeds._SAVE, id="saving feeds"),
        pytest.param(
            tables.insert_into(tables.editions, "postgresql").on_conflict_do_nothing(),
            id="freezing",
        ),
    ],
)
def test_postgresql_takes_the_statements(statement: object) -> None:
    compiled = str(statement.compile(dialect=POSTGRESQL))  # type: ignore[attr-defined]
    assert "?" not in compiled
