"""Compares a release with what Spark wrote for the same tables, cell by cell, and says in a few lines what differs."""

from __future__ import annotations

import math
from pathlib import Path

import duckdb

RELATIVE = 1e-12
SHOWN = 5
Types = dict[str, str]
Rows = list[tuple[object, ...]]


def tables_of(release: Path) -> list[str]:
    """The tables that dbt made of a release; the pipeline itself adds `revisions`."""
    with duckdb.connect(str(release / "warehouse.duckdb"), read_only=True) as db:
        names = db.sql("select schema_name || '.' || table_name from duckdb_tables() order by all").fetchall()
    return [name for (name,) in names if name != "metrics.revisions"]


def differences(release: Path, warehouse: Path, table: str) -> list[str]:
    """What differs in one table: types, the number of rows, cells; empty when the engines agree."""
    schema, name = table.split(".")
    with duckdb.connect(str(release / "warehouse.duckdb"), read_only=True) as db:
        types, expected = _sorted_rows(db, table)
    with duckdb.connect() as db:
        spark_types, actual = _sorted_rows(db, f"read_parquet('{warehouse}/{schema}.db/{name}/*.parquet')")
    if types != spark_types:
        return [f"{table}: expected {types}, got {spark_types}"]
    if len(expected) != len(actual):
        return [f"{table}: expected {len(expected)} rows, got {len(actual)}"]
    return list(_different_cells(table, list(types), expected, actual))[:SHOWN]


def _sorted_rows(db: duckdb.DuckDBPyConnection, relation: str) -> tuple[Types, Rows]:
    """Rows in an order that does not hang on the last digit of a double."""
    types = {row[0]: row[1] for row in db.sql(f"describe from {relation}").fetchall()}
    order = [f'"{name}"' for name, kind in types.items() if kind != "DOUBLE"]
    return types, db.sql(f"from {relation} order by {', '.join(order)}").fetchall()


def _different_cells(table: str, names: list[str], expected: Rows, actual: Rows) -> list[str]:
    return [
        f"{table}.{name}: expected {wanted!r}, got {got!r} in {row}"
        for row, row_got in zip(expected, actual, strict=True)
        for name, wanted, got in zip(names, row, row_got, strict=True)
        if not _same(wanted, got)
    ]


def _same(wanted: object, got: object) -> bool:
    if isinstance(wanted, float) and isinstance(got, float):
        return math.isclose(wanted, got, rel_tol=RELATIVE)
    return wanted == got
