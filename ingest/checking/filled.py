"""Which columns hold values, school by school: what a later document that lacks a column is held against."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from ingest.contracts.contract import Contract
from ingest.lake.schemas import FILLED_SCHEMA


def filled_columns(contract: Contract, rows: pa.Table) -> pa.Table:
    """One row a sheet, school and column of the contract that has a value there; `rows` are in the shape of the lake.

    Of columns that may stand for each other none is told: a later document may have the other.
    """
    pairs = {name for rule in contract.row_rules if rule.rule == "one_of_required" for name in rule.columns}
    columns = {c.lake_name: c for c in contract.columns if c.lake_name and c.name not in pairs}
    by_school = contract.replacement_scope == "school"
    keys = ["reading_id", "sheet_no", *(["school_id"] if by_school else [])]
    counts = rows.group_by(keys).aggregate([(name, "count") for name in columns if name not in keys])
    schools = counts["school_id"] if by_school else pa.nulls(counts.num_rows, pa.string())
    pieces = [FILLED_SCHEMA.empty_table()]
    for name, column in columns.items():
        held = pc.greater(counts[f"{name}_count"], 0) if name not in keys else pc.is_valid(schools)
        table = {
            "reading_id": counts["reading_id"],
            "sheet_no": counts["sheet_no"],
            "form": pa.repeat(contract.form, counts.num_rows),
            "school_id": schools,
            "column_name": pa.repeat(column.name, counts.num_rows),
            "heading_zh": pa.repeat(column.heading_zh, counts.num_rows),
        }
        pieces.append(pa.table(table, FILLED_SCHEMA).filter(held))
    return pa.concat_tables(pieces)
