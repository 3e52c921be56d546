"""dbt's own pages, with the types and rows that tables have in the release: dbt would ask a database for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ingest.settings import DBT_DIR
from orchestration.publishing.dictionary.entries import Dictionary, TableEntry

PAGES = DBT_DIR / "target" / "static_index.html"
NO_TABLES = b'"nodes": {}, "sources": {}, "errors": null'  # of the catalog that `make setup` leaves empty


def write_dbt_pages(dictionary: Dictionary, target: Path) -> None:
    """Writes the pages that `make setup` made, with the tables of the release."""
    before, empty, after = PAGES.read_bytes().rpartition(NO_TABLES)  # 4 MB: as text it would take ten times as long
    if not empty:
        raise RuntimeError(f"{PAGES} has no empty catalog: run `make setup`.")
    nodes = {f"model.edu.{table.name.partition('.')[2]}": _node(table) for table in dictionary.tables}
    text = json.dumps(nodes).encode()
    target.write_bytes(before + NO_TABLES.replace(b"{}", text, 1) + after)


def _node(table: TableEntry) -> dict[str, Any]:
    """A table as dbt's catalog has it."""
    schema, _, name = table.name.partition(".")
    rows = {"id": "num_rows", "label": "Rows", "value": table.rows, "include": True, "description": "of the release"}
    return {
        "metadata": {"type": "BASE TABLE", "schema": schema, "name": name, "database": "warehouse"},
        "columns": {
            column.name: {"type": column.type, "index": index, "name": column.name}
            for index, column in enumerate(table.columns, start=1)
        },
        "stats": {
            "num_rows": rows,
            "has_stats": {"id": "has_stats", "label": "Has Stats?", "value": True, "include": False, "description": ""},
        },
        "unique_id": f"model.edu.{name}",
    }
