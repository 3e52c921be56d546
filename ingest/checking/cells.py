"""The rows of a return as single cells, so that two versions of it can be told apart cell by cell."""

from __future__ import annotations

import functools

import pyarrow as pa
import pyarrow.compute as pc

from ingest.contracts.contract import Contract
from ingest.lake.schemas import CELL_SCHEMA

KEY_SEPARATOR = "|"


def long_cells(contract: Contract, rows: pa.Table) -> pa.Table:
    """One row a cell that is not blank; `rows` are in the shape of the lake, `row_key` joins the values of the form's key."""
    key = functools.reduce(_joined, (_text(rows[_key_column(contract, name)]) for name in contract.key))
    columns = [column.lake_name for column in contract.columns if column.lake_name and column.name not in contract.key]
    pieces = [CELL_SCHEMA.empty_table()]
    for name in columns:
        cells = {
            "reading_id": rows["reading_id"],
            "form": pa.repeat(contract.form, rows.num_rows),
            "row_key": key,
            "column_name": pa.repeat(name, rows.num_rows),
            "value": _text(rows[name]),
        }
        table = pa.table(cells, CELL_SCHEMA)
        pieces.append(table.filter(table["value"].is_valid()))
    return pa.concat_tables(pieces)


def _key_column(contract: Contract, name: str) -> str:
    column = contract.column(name)
    return column.comparable_name if column.comparable else name


def _text(values: pa.ChunkedArray) -> pa.ChunkedArray:
    return values.cast(pa.string())


def _joined(left: pa.ChunkedArray, right: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.binary_join_element_wise(pc.fill_null(left, ""), pc.fill_null(right, ""), KEY_SEPARATOR)
