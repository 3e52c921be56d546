"""A release made from Spark's tables is the same bundle: whoever reads it cannot tell which engine computed."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from orchestration.publishing.release.store import verify_release
from orchestration.publishing.scoreboard import read_scoreboard
from tests.spark.cells import differences, in_release, tables_of
from tests.spark.conftest import Built

DESCRIBED = (
    "select schema_name, table_name, comment from duckdb_tables() order by all",
    "select schema_name, table_name, column_index, column_name, data_type, is_nullable, comment "
    "from duckdb_columns() where not internal order by all",
    "select schema_name, table_name, constraint_text from duckdb_constraints() order by all",
)


def described(release: Path) -> list[list[tuple[object, ...]]]:
    """Tables, columns and keys of the release's database, with types and comments."""
    with duckdb.connect(str(release / "warehouse.duckdb"), read_only=True) as db:
        return [db.sql(question).fetchall() for question in DESCRIBED]


def files(release: Path) -> set[Path]:
    return {path.relative_to(release.resolve()) for path in release.resolve().rglob("*")}


def page(release: Path, name: str) -> str:
    """A page of the release without its name."""
    return (release / name).read_text(encoding="utf-8").replace(release.resolve().name, "")


def test_it_has_the_same_files_and_says_the_same_of_tables_columns_and_keys(built: Built) -> None:
    assert files(built.spark_release) == files(built.release)
    assert verify_release(built.spark_release.resolve()) == []
    assert described(built.spark_release) == described(built.release)
    for table in tables_of(built.release):
        ours, sparks = (pq.read_schema(in_release(each, table)) for each in (built.release, built.spark_release))
        assert sparks.equals(ours, check_metadata=True), table


def test_every_cell_is_the_same(built: Built) -> None:
    """Doubles up to 1e-12 of their size."""
    tables = [*tables_of(built.release), "metrics.revisions"]
    assert not [
        line
        for table in tables
        for line in differences(table, in_release(built.release, table), in_release(built.spark_release, table))
    ]


def test_the_dictionary_and_the_scoreboard_say_the_same(built: Built) -> None:
    dictionary = "dictionary/index.html"
    assert page(built.spark_release, dictionary) == page(built.release, dictionary)
    ours, sparks = read_scoreboard(built.release), read_scoreboard(built.spark_release)
    assert sparks.as_text() == ours.as_text()
