"""The same models on Spark, in a session and on a real cluster: every cell of every table is DuckDB's."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.spark.cells import differences, in_release, in_spark, tables_of
from tests.spark.conftest import Built


def test_every_cell_of_every_table_is_the_same(built: Built) -> None:
    """Names and types too; counts and texts exactly, doubles up to 1e-12 of their size."""
    tables = tables_of(built.release)
    assert len(tables) == 39
    assert not [
        line
        for table in tables
        for line in differences(table, in_release(built.release, table), in_spark(built.warehouse, table))
    ]


@pytest.mark.parametrize(
    "changed",
    [
        "select 'a' as place, 0.1::double + 1e-12 as value",
        "select 'b' as place, 0.1::double as value",
        "select 'a' as place, 0.1::float as value",
        "select 'a' as place, null::double as value",
        "select 'a' as place, 0.1::double as value union all select 'b', 0.1",
    ],
)
def test_a_difference_is_told(tmp_path: Path, changed: str) -> None:
    expected = _write(tmp_path / "expected.parquet", "select 'a' as place, 0.1::double as value")
    assert not differences("shares", expected, expected)
    assert differences("shares", expected, _write(tmp_path / "changed.parquet", changed))


def _write(file: Path, sql: str) -> str:
    duckdb.sql(sql).write_parquet(str(file))
    return str(file)
