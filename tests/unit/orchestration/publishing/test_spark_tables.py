"""Spark's tables come into the working database as the contracts promise them; what is not there is told in a sentence."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from ingest.errors import ConfigurationError
from ingest.settings import Settings
from orchestration.publishing import spark_tables
from orchestration.publishing.catalogue import load_catalogue

SHARES = spark_tables.ReleasedTableSpec("metrics", "shares", (("unit", "string", True), ("day", "date", False)))


@pytest.fixture
def shares(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where Spark keeps the one table that there is; an empty working database."""
    settings.work_dir.mkdir(parents=True)
    monkeypatch.setattr(spark_tables, "released_table_specs", lambda: iter([SHARES]))
    folder = Path(settings.spark_warehouse) / "metrics.db" / "shares"
    folder.mkdir(parents=True)
    return folder


def write(folder: Path, name: str, sql: str) -> None:
    duckdb.sql(sql).write_parquet(str(folder / name))


def gathered(settings: Settings) -> duckdb.DuckDBPyConnection:
    spark_tables.import_spark_tables(settings, lambda _: None)
    return duckdb.connect(str(settings.warehouse_path), read_only=True)


def test_a_table_of_several_files_comes_with_the_types_of_its_contract(settings: Settings, shares: Path) -> None:
    write(shares, "part-0.parquet", "select date '2020-09-01' as day, 'a' as unit")
    write(shares, "part-1.parquet", "select null::date as day, 'b' as unit")
    (shares / "_SUCCESS").touch()
    for _ in range(2):
        with gathered(settings) as db:
            columns = "select column_name, data_type, is_nullable from duckdb_columns() where table_name = 'shares'"
            assert db.sql(columns).fetchall() == [("unit", "VARCHAR", False), ("day", "DATE", True)]
            assert db.sql("select unit from metrics.shares order by all").fetchall() == [("a",), ("b",)]


def test_a_blank_where_the_contract_allows_none_is_refused(settings: Settings, shares: Path) -> None:
    write(shares, "part-0.parquet", "select date '2020-09-01' as day, null::varchar as unit")
    with pytest.raises(duckdb.ConstraintException):
        gathered(settings)


def test_a_table_that_is_not_there_is_one_clear_sentence(settings: Settings, shares: Path) -> None:
    shares.rmdir()
    with pytest.raises(ConfigurationError, match=r"metrics\.shares is not at .*EDU_SPARK_WAREHOUSE must name"):
        gathered(settings)


def test_what_a_killed_build_left_makes_room(settings: Settings, shares: Path) -> None:
    write(shares, "part-0.parquet", "select 1 as x")
    other = shares.with_name("other")
    other.mkdir()
    spark_tables.drop_leftover_tables(settings, [("metrics", "shares"), ("metrics", "never_made")])
    assert not shares.exists() and other.exists()


def test_every_released_table_has_a_contract_with_types() -> None:
    specs = list(spark_tables.released_table_specs())
    assert {(spec.schema, spec.name) for spec in specs} == set(load_catalogue())
    assert all(spec.columns and all(kind for _, kind, _ in spec.columns) for spec in specs)
