"""Releases of two refreshes side by side."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb

LAST_DAY = "2026-01-01"  # no document of the sample says that it is from a later one, but for those from times to come


def without_moments(types: Mapping[str, str]) -> str:
    """A list for `select` of columns with these types, moments of arrival all alike.

    A document whose time lies ahead counts as received at the moment of its arrival, which no two refreshes share.
    """
    alike = 'case when "{0}" > timestamp \'{1}\' then timestamp \'9999-12-31\' else "{0}" end as "{0}"'
    return ", ".join(
        alike.format(name, LAST_DAY) if kind == "TIMESTAMP" else f'"{name}"' for name, kind in types.items()
    )


def different_tables(one: Path, two: Path) -> list[str]:
    """The tables of two releases that differ in a cell."""
    with duckdb.connect() as db:
        for name, release in (("one", one), ("two", two)):
            db.execute(f"attach '{release / 'warehouse.duckdb'}' as {name} (read_only)")
        tables = "select schema_name || '.' || table_name from duckdb_tables() where database_name = '{}' order by all"
        names, others = (db.sql(tables.format(name)).fetchall() for name in ("one", "two"))
        assert names == others and names
        return [table for (table,) in names if _differ(db, table)]


def _differ(db: duckdb.DuckDBPyConnection, table: str) -> bool:
    columns = without_moments({name: kind for name, kind, *_ in db.execute(f"describe one.{table}").fetchall()})
    one, two = (f"(select {columns} from {name}.{table})" for name in ("one", "two"))
    return bool(db.execute(f"({one} except all {two}) union all ({two} except all {one}) limit 1").fetchall())
