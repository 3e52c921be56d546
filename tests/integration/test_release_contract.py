"""What BI tools may rely on in a release: names, types, comments, keys and labels, in DuckDB and in Parquet."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest

from ingest.reference import SEEDS_DIR
from orchestration.publishing.catalogue import load_catalogue
from tests.integration.conftest import Workplace

INTERFACE = Path(__file__).with_name("released_columns.csv")
COLUMNS = """
select schema_name, table_name, column_name, data_type, comment
from duckdb_columns() where database_name = current_database() order by schema_name, table_name, column_index
"""
NO_KEY = {"arrivals", "issues", "unplaced", "fct_class", "fct_recognition"}


@pytest.fixture(scope="module")
def columns(released: Workplace) -> pd.DataFrame:
    return released.query(COLUMNS)


def test_released_names_and_types_are_as_promised(columns: pd.DataFrame) -> None:
    """A change breaks somebody's query. New columns come last in their table, and as new lines in `released_columns.csv`."""
    with open(INTERFACE, encoding="utf-8") as lines:
        promised = [tuple(row.values()) for row in csv.DictReader(lines)]
    assert list(columns.drop(columns="comment").itertuples(index=False, name=None)) == promised


def test_every_table_and_column_says_what_it_is_and_where_it_comes_from(
    released: Workplace, columns: pd.DataFrame
) -> None:
    tables = released.query("select table_name, comment from duckdb_tables() where database_name = current_database()")
    assert len(tables) == 40
    for comment in [*tables.comment, *columns.comment]:
        assert comment and "；" in comment and "；来源 source：" in comment, comment


def test_parquet_says_the_same_as_duckdb(released: Workplace, columns: pd.DataFrame) -> None:
    files = sorted((released.current / "parquet").rglob("*.parquet"))
    assert len(files) == columns.groupby(["schema_name", "table_name"]).ngroups
    for file in files:
        schema = pq.read_schema(file)
        of_table = columns[(columns.schema_name == file.parent.name) & (columns.table_name == file.stem)]
        assert schema.names == list(of_table.column_name)
        assert [field.metadata[b"comment"].decode() for field in schema] == list(of_table.comment)
    metadata = pq.read_schema(released.current / "parquet" / "marts" / "fct_pay.parquet").metadata
    assert json.loads(metadata[b"key"]) == ["collection_id", "unit_code", "year"]
    relations = {relation["table"]: relation["columns"] for relation in json.loads(metadata[b"relations"])}
    assert relations == {
        "marts.dim_collection": ["collection_id"],
        "marts.dim_unit": ["unit_code"],
        "quality.documents": ["document_id", "collection_id", "unit_code"],
    }


def test_rows_of_parquet_are_those_of_duckdb(released: Workplace, columns: pd.DataFrame) -> None:
    with duckdb.connect(str(released.current / "warehouse.duckdb"), read_only=True) as db:
        for schema, table in sorted(set(zip(columns.schema_name, columns.table_name, strict=True))):
            file = released.current / "parquet" / schema / f"{table}.parquet"
            own, other = f"(from {schema}.{table})", "(from read_parquet($1))"
            differing = db.execute(f"({own} except all {other}) union all ({other} except all {own})", [str(file)])
            assert differing.fetchall() == [], table


def places(columns: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    """Schema, table and name of each column."""
    return zip(columns.schema_name, columns.table_name, columns.column_name, strict=True)


def test_keys_are_declared(released: Workplace, columns: pd.DataFrame) -> None:
    constraints = released.query(
        "select table_name, constraint_type, constraint_column_names as key from duckdb_constraints() "
        "where constraint_type in ('PRIMARY KEY', 'UNIQUE')"
    )
    rows = zip(constraints.table_name, constraints.constraint_type, constraints.key, strict=True)
    keys = {table: (kind, list(key)) for table, kind, key in rows}
    assert set(columns.table_name) - set(keys) == NO_KEY
    assert keys["metric_values"] == ("PRIMARY KEY", ["metric_id", "collection_id", "unit_code"])
    # A teacher's stage may be blank, and a primary key may not.
    assert [table for table, (kind, _) in keys.items() if kind == "UNIQUE"] == ["fct_teacher_qualification"]


def test_what_refers_to_dimensions_is_declared(columns: pd.DataFrame) -> None:
    catalogue = load_catalogue()
    owners = {"collection_id": {"dim_collection"}, "unit_code": {"dim_unit", "dim_area"}}
    for schema, table, column in places(columns[columns.column_name.isin(owners)]):
        if table not in (*owners[column], "revisions"):
            relations = catalogue[schema, table].relations
            assert any(r.columns == (column,) and r.to_table in owners[column] for r in relations), (table, column)


def test_rows_of_metrics_are_named_as_areas_and_those_of_marts_as_units(columns: pd.DataFrame) -> None:
    catalogue = load_catalogue()
    named = columns[columns.column_name == "unit_code"]
    for schema, table, _ in places(named[named.schema_name.isin(["marts", "metrics"])]):
        if table not in ("dim_unit", "dim_area", "revisions", "balance_sections", "school_figures"):
            (parent,) = [r.to_table for r in catalogue[schema, table].relations if r.columns == ("unit_code",)]
            assert parent == ("dim_area" if schema == "metrics" else "dim_unit"), table


def test_every_code_has_its_label_beside_it(released: Workplace, columns: pd.DataFrame) -> None:
    """A column whose every value is in one code list or vocabulary is coded."""
    lists: dict[str, set[str]] = {}
    for file, name, code in (
        ("codes", "code_list", "code"),
        ("labels", "vocabulary", "code"),
        ("code_groups", "code_list", "code_group"),
    ):
        with open(SEEDS_DIR / f"{file}.csv", encoding="utf-8") as lines:
            for row in csv.DictReader(lines):
                lists.setdefault(f"{file} {row[name]}", set()).add(row[code])
    named = set(zip(columns.table_name, columns.column_name, strict=True))
    coded = 0
    for schema, name, column in places(
        columns[(columns.data_type == "VARCHAR") & ~columns.column_name.str.endswith("_zh")]
    ):
        table = f"{schema}.{name}"
        values = set(released.query(f'select distinct "{column}" from {table} where "{column}" is not null').iloc[:, 0])
        if values and any(values <= codes for codes in lists.values()):
            coded += 1
            assert (name, f"{column}_zh") in named, (table, column)
            unlabelled = released.query(f'select 1 from {table} where "{column}" is not null and "{column}_zh" is null')
            assert unlabelled.empty, (table, column)
    assert coded > 40
