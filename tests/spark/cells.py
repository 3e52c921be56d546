"""Compares the tables that DuckDB and Spark made, cell by cell, and says in a few lines what differs."""

from __future__ import annotations

import math
from pathlib import Path

import duckdb

from tests.releases import without_moments

RELATIVE = 1e-12
ABSOLUTE = 1e-15  # a gap is what is left of two figures near 1
SHOWN = 5
Types = dict[str, str]
Rows = list[tuple[object, ...]]


def tables_of(release: Path) -> list[str]:
    """The tables that dbt made of a release; the pipeline itself adds `revisions`."""
    files = sorted(release.glob("parquet/*/*.parquet"))
    return [name for file in files if (name := f"{file.parent.name}.{file.stem}") != "metrics.revisions"]


def in_release(release: Path, table: str) -> str:
    """The file of a table of a release."""
    return f"{release}/parquet/{table.replace('.', '/')}.parquet"


def in_spark(warehouse: Path, table: str) -> str:
    """The files that Spark wrote of a table."""
    return f"{warehouse}/{table.replace('.', '.db/')}/*.parquet"


def differences(table: str, expected: str, actual: str) -> list[str]:
    """What differs between the files of one table: types, the number of rows, cells; empty when they agree."""
    types, rows = _sorted_rows(expected)
    other_types, other_rows = _sorted_rows(actual)
    if types != other_types:
        return [f"{table}: expected {types}, got {other_types}"]
    if len(rows) != len(other_rows):
        return [f"{table}: expected {len(rows)} rows, got {len(other_rows)}"]
    return list(_different_cells(table, list(types), rows, other_rows))[:SHOWN]


def _sorted_rows(files: str) -> tuple[Types, Rows]:
    """Rows in an order that does not hang on the last digit of a double."""
    with duckdb.connect() as db:
        types = {row[0]: row[1] for row in db.sql(f"describe from read_parquet('{files}')").fetchall()}
        order = [f'"{name}"' for name, kind in types.items() if kind != "DOUBLE"]
        columns = without_moments(types)
        return types, db.sql(f"select {columns} from read_parquet('{files}') order by {', '.join(order)}").fetchall()


def _different_cells(table: str, names: list[str], expected: Rows, actual: Rows) -> list[str]:
    return [
        f"{table}.{name}: expected {wanted!r}, got {got!r} in {row}"
        for row, row_got in zip(expected, actual, strict=True)
        for name, wanted, got in zip(names, row, row_got, strict=True)
        if not _same(wanted, got)
    ]


def _same(wanted: object, got: object) -> bool:
    if isinstance(wanted, float) and isinstance(got, float):
        return math.isclose(wanted, got, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
    return wanted == got
