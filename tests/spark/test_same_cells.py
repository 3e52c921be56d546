"""The same models on Spark, in a session and on a real cluster: every cell of every table is DuckDB's."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.spark.cells import differences, tables_of
from tests.spark.conftest import Built


def test_every_cell_of_every_table_is_the_same(built: Built) -> None:
    """Names and types too; counts and texts exactly, doubles up to 1e-12 of their size."""
    tables = tables_of(built.release)
    assert len(tables) == 35
    assert not [line for table in tables for line in differences(built.release, built.warehouse, table)]


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
    folder = tmp_path / "metrics.db" / "shares"
    folder.mkdir(parents=True)
    _write(tmp_path, "create schema metrics; create table metrics.shares as select 'a' as place, 0.1::double as value")
    _write(tmp_path, f"copy metrics.shares to '{folder / 'a.parquet'}'")
    assert not differences(tmp_path, tmp_path, "metrics.shares")
    _write(tmp_path, f"copy ({changed}) to '{folder / 'a.parquet'}'")
    assert differences(tmp_path, tmp_path, "metrics.shares")


def _write(release: Path, sql: str) -> None:
    with duckdb.connect(str(release / "warehouse.duckdb")) as db:
        db.execute(sql)
